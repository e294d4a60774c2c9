"""Feishu's own robot of a group (飞书自定义机器人): rich text within a body of 20 kB, signed in the body where a secret is given.

Feishu allows 100 messages a minute and 5 a second; we keep to the 20 that all three can bear."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from notifications import chat
from notifications.mailer import Fate

MOST = 20_000
"""Bytes of the whole body."""
BAD_REQUEST = 9499
"""Feishu's gateway says this of what it cannot read, and also of too many requests; its words say which."""
_LANGUAGE: Mapping[str, str] = {"zh": "zh_cn", "en": "en_us"}
_CONTENT = chat.Meaning(kind=Fate.REFUSED, en="the message was not taken as it is; report it", zh="消息格式不被接受，请反馈")
CODES: Mapping[int, chat.Meaning] = {
    11232: chat.TOO_OFTEN,
    99991400: chat.TOO_OFTEN,
    BAD_REQUEST: _CONTENT,
    19001: chat.Meaning(
        kind=Fate.REFUSED,
        en="no robot has this address; copy it anew into the variable of the environment",
        zh="webhook 地址无效，请重新复制到环境变量",
    ),
    19002: _CONTENT,
    19021: chat.Meaning(
        kind=Fate.REFUSED,
        en="the signature does not match; copy the secret anew, and check this machine's clock",
        zh="签名校验失败，请重新复制密钥，并校准本机时间",
    ),
    19022: chat.Meaning(kind=Fate.REFUSED, en="this machine's address is not on the robot's list", zh="本机出口 IP 不在机器人的白名单中"),
    19024: chat.Meaning(
        kind=Fate.REFUSED,
        en="the robot wants a keyword; let it be a word of the programme's title, or choose signing",
        zh="缺少关键词；请把关键词设为项目名称中的词，或改用签名校验",
    ),
    19036: _CONTENT,
}


def request(address: str, secret: str, words: chat.Words, called: chat.Called, *, at: int) -> chat.Request:
    """`at`: now, in real UTC microseconds; Feishu takes a signature for an hour. It calls nobody by telephone."""
    stamp = at // 1_000_000
    signed = {"timestamp": str(stamp), "sign": signature(stamp, secret)} if secret else {}
    body = chat.fitted(lambda text: chat.json({**signed, **_body(words, text, called)}), words.text, MOST)
    return chat.Request(url=address, body=body)


def signature(stamp: int, secret: str) -> str:
    """HMAC-SHA256 of nothing, under the seconds, a line break and the secret."""
    code = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(code).decode()


def verdict(answer: Mapping[str, object]) -> chat.Verdict:
    code, message = answer.get("code"), answer.get("msg")
    if code == BAD_REQUEST and isinstance(message, str) and "too many" in message.lower():
        return chat.TOO_OFTEN.verdict(BAD_REQUEST, message[:200])
    return chat.judge(code, message, CODES)


def _body(words: chat.Words, text: str, called: chat.Called) -> dict[str, object]:
    lines: list[list[dict[str, str]]] = [[{"tag": "text", "text": line}] for line in text.split("\n") if line]
    if words.link:
        lines.append([{"tag": "a", "text": words.open, "href": words.link}])
    lines.append([{"tag": "text", "text": words.sender}])
    calls = [*called.ids, *(["all"] if called.everyone else [])]
    if calls:
        lines.append([{"tag": "at", "user_id": each} for each in calls])
    return {"msg_type": "post", "content": {"post": {_LANGUAGE[words.language]: {"title": words.title, "content": lines}}}}
