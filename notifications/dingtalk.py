"""DingTalk's own robot of a group (钉钉自定义机器人): markdown within a body of 20,000 bytes, signed in the query where a secret is given.

More than 20 messages a minute, and DingTalk mutes the robot for ten minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote_plus

from notifications import chat
from notifications.mailer import Fate

MOST = 20_000
"""Bytes of the whole body."""
_ADDRESS = chat.Meaning(
    kind=Fate.REFUSED,
    en="no robot has this address; copy it anew into the variable of the environment",
    zh="地址中的 access_token 无效，请重新复制 webhook 地址到环境变量",
)
_GONE = chat.Meaning(
    kind=Fate.REFUSED, en="the group or its robot is gone or switched off; make a new one", zh="群已解散或机器人已停用，请重新添加机器人"
)
_MUTED = chat.Meaning(
    kind=Fate.LATER,
    en="muted for sending too fast; nothing is sent for ten minutes",
    zh="发送过快被限流，十分钟后再发",
    wait_s=chat.MUTED_S,
)
_WORDS = chat.Meaning(kind=Fate.REFUSED, en="DingTalk refuses the words or the link", zh="钉钉认为内容或链接不合规")
_CONTENT = chat.Meaning(kind=Fate.REFUSED, en="the message was not taken as it is; report it", zh="消息格式不被接受，请反馈")
CODES: Mapping[int, chat.Meaning] = {
    -1: chat.BUSY,
    130101: _MUTED,
    410100: _MUTED,
    90030: _MUTED,
    300001: _ADDRESS,
    300005: _ADDRESS,
    400101: _ADDRESS,
    400013: _GONE,
    400102: _GONE,
    40035: _CONTENT,
    400105: _CONTENT,
    400106: _CONTENT,
    430101: _WORDS,
    430102: _WORDS,
    430103: _WORDS,
    430104: _WORDS,
}
SECURITY = 310000
"""One code for all of the robot's security settings; its words say which."""
_SECURITY: tuple[tuple[str, chat.Meaning], ...] = (
    (
        "keyword",
        chat.Meaning(
            kind=Fate.REFUSED,
            en="the robot wants a keyword; let it be a word of the programme's title, or choose signing",
            zh="缺少关键词；请把关键词设为项目名称中的词，或改用加签",
        ),
    ),
    (
        "timestamp",
        chat.Meaning(kind=Fate.REFUSED, en="this machine's clock is wrong by more than an hour", zh="本机时间误差超过一小时，请校准"),
    ),
    (
        "sign",
        chat.Meaning(
            kind=Fate.REFUSED, en="the signature does not match; copy the secret (SEC…) anew", zh="加签不匹配，请重新复制密钥（SEC…）"
        ),
    ),
    (
        "ip",
        chat.Meaning(kind=Fate.REFUSED, en="this machine's address is not on the robot's list", zh="本机出口 IP 不在机器人的白名单中"),
    ),
)


def request(address: str, secret: str, words: chat.Words, called: chat.Called, *, at: int) -> chat.Request:
    """`at`: now, in real UTC microseconds; DingTalk takes a signature for an hour."""
    body = chat.fitted(lambda text: chat.json(_body(words, text, called)), words.text, MOST)
    if not secret:
        return chat.Request(url=address, body=body)
    stamp = at // 1000
    joint = "&" if "?" in address else "?"
    return chat.Request(url=f"{address}{joint}timestamp={stamp}&sign={signature(stamp, secret)}", body=body)


def signature(stamp: int, secret: str) -> str:
    """For a query: HMAC-SHA256 of the milliseconds, a line break and the secret, under the secret."""
    code = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return quote_plus(base64.b64encode(code))


def verdict(answer: Mapping[str, object]) -> chat.Verdict:
    code, message = answer.get("errcode"), answer.get("errmsg")
    if code == SECURITY and isinstance(message, str):
        said = message.lower()
        meaning = next((meaning for word, meaning in _SECURITY if word in said), chat.UNKNOWN)
        return meaning.verdict(SECURITY, message[:200])
    return chat.judge(code, message, CODES)


def _body(words: chat.Words, text: str, called: chat.Called) -> dict[str, object]:
    link = f"[{words.open}]({words.link})" if words.link else ""
    calls = " ".join(f"@{each}" for each in (*called.phones, *called.ids))
    lines = [f"**{chat.plain(words.title)}**", *chat.plain(text).split("\n"), link, chat.plain(words.sender), calls]
    return {
        "msgtype": "markdown",
        "markdown": {"title": words.title, "text": "  \n".join(line for line in lines if line)},
        "at": {"atMobiles": list(called.phones), "atUserIds": list(called.ids), "isAtAll": called.everyone},
    }
