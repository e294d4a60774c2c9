"""WeCom's group robot (企业微信群机器人): markdown up to 4,096 bytes, or text up to 2,048 where people are called by telephone.

It signs nothing: whoever has the address may send. A robot may send 20 messages a minute."""

from __future__ import annotations

from collections.abc import Mapping

from notifications import chat
from notifications.mailer import Fate

MOST_MARKDOWN = 4096
MOST_TEXT = 2048
"""Bytes of UTF-8 of the content."""
_ADDRESS = chat.Meaning(
    kind=Fate.REFUSED,
    en="the address is not one of a robot in a group; copy it anew into the variable of the environment",
    zh="地址无效或机器人已移出群，请重新复制 webhook 地址到环境变量",
)
_CONTENT = chat.Meaning(kind=Fate.REFUSED, en="the message was not taken as it is; report it", zh="消息内容不被接受，请反馈")
CODES: Mapping[int, chat.Meaning] = {
    -1: chat.BUSY,
    45009: chat.TOO_OFTEN,
    45033: chat.TOO_OFTEN,
    93000: _ADDRESS,
    93004: chat.Meaning(kind=Fate.REFUSED, en="the robot was switched off; switch it on in the group", zh="机器人已被停用，请在群里启用"),
    93008: _ADDRESS,
    40008: _CONTENT,
    40058: _CONTENT,
    44004: _CONTENT,
    45002: _CONTENT,
}


def request(address: str, secret: str, words: chat.Words, called: chat.Called, *, at: int) -> chat.Request:  # noqa: ARG001 - as its likes
    """Nothing is signed here, so `secret` and `at` are not asked."""
    if called.phones or called.everyone:
        everyone = ["@all"] if called.everyone else []
        content = chat.fitted(lambda text: _text(words, text).encode(), words.text, MOST_TEXT).decode()
        inner = {"content": content, "mentioned_list": [*called.ids, *everyone], "mentioned_mobile_list": list(called.phones)}
        return chat.Request(url=address, body=chat.json({"msgtype": "text", "text": inner}))
    content = chat.fitted(lambda text: _markdown(words, text, called.ids).encode(), words.text, MOST_MARKDOWN).decode()
    return chat.Request(url=address, body=chat.json({"msgtype": "markdown", "markdown": {"content": content}}))


def verdict(answer: Mapping[str, object]) -> chat.Verdict:
    return chat.judge(answer.get("errcode"), answer.get("errmsg"), CODES)


def _text(words: chat.Words, text: str) -> str:
    link = f"{words.open}: {words.link}" if words.link else ""
    return "\n".join(line for line in (chat.plain(words.title), chat.plain(text), link, chat.plain(words.sender)) if line)


def _markdown(words: chat.Words, text: str, ids: tuple[str, ...]) -> str:
    link = f"[{words.open}]({words.link})" if words.link else ""
    calls = " ".join(f"<@{each}>" for each in ids)
    lines = (f"**{chat.plain(words.title)}**", chat.plain(text), link, chat.plain(words.sender), calls)
    return "\n".join(line for line in lines if line)
