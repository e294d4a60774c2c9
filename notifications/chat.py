"""IN WHICH WORDS a chat group hears, and how its product's answers are to be read: what the three kinds of robots share. Pure.

A message is a title, some lines, and the link to the case, which stays whatever has to be cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from notifications import say
from notifications.mailer import Fate

LONGEST_TITLE = 120
_OPEN: Mapping[str, str] = {"zh": "查看并办理", "en": "Open and act"}
_SIGNATURE = re.compile(r"\n-- ?\n")
_MARKS = str.maketrans({"<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "`": "｀", "#": "＃"})
MUTED_S = 600.0
RATE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a group reads. `title` is one line, `text` the lines below it, `sender` the programme that speaks; `link` may be empty."""

    title: str
    text: str
    sender: str
    link: str
    language: str

    @property
    def open(self) -> str:
        """What the link is called."""
        return _OPEN[self.language]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Who is called by `@`: by telephone, by the product's own ids, or everyone."""

    phones: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    everyone: bool = False


NOBODY = Called()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is posted where. The address is a secret."""

    url: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one message. `wait_s`: real seconds for which nothing more should be sent to this robot."""

    kind: Fate
    detail: str
    code: int | None = None
    wait_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an error code means for the message, and the remedy in both languages."""

    kind: Fate
    en: str
    zh: str
    wait_s: float | None = None

    def verdict(self, code: int, message: str) -> Verdict:
        return Verdict(kind=self.kind, detail=f"{code} {message}: {self.en} / {self.zh}", code=code, wait_s=self.wait_s)


BUSY = Meaning(kind=Fate.LATER, en="the product is busy; it is tried again", zh="对方系统繁忙，稍后重试")
TOO_OFTEN = Meaning(kind=Fate.LATER, en="too many messages; they wait a minute", zh="发送过于频繁，一分钟后再发", wait_s=RATE_S)
UNKNOWN = Meaning(
    kind=Fate.REFUSED, en="refused; look the code up in the product's documentation", zh="被拒绝，请在该产品的开放平台文档中查此错误码"
)


def judge(code: object, message: object, known: Mapping[int, Meaning]) -> Verdict:
    """Success is 0 and nothing else; a code that nobody knows is not tried again; what is no code at all is rubbish."""
    words = say.short(" ".join(str(message).split()), 200) if isinstance(message, str) else ""
    if isinstance(code, bool) or not isinstance(code, int):
        return rubbish("it has no error code")
    if code == 0:
        return Verdict(kind=Fate.SENT, detail=words or "ok", code=0)
    return known.get(code, UNKNOWN).verdict(code, words)


def rubbish(what: str) -> Verdict:
    """An answer that cannot be the product's: something stands between, and the message is tried again."""
    return Verdict(
        kind=Fate.LATER,
        detail=f"the answer cannot be read ({what}); check the address and the proxy between / 应答无法识别，请检查地址和中间的代理",
    )


def of_mail(subject: str, text: str, *, sender: str, link: str, language: str) -> Words:
    """A mail's words for a group: without its signature, its empty lines and the lines whose link stands at the end anyway."""
    body = _SIGNATURE.split(text, maxsplit=1)[0]
    lines = [line for line in body.split("\n") if line.strip() and not (link and link in line)]
    return Words(title=say.short(subject, LONGEST_TITLE), text="\n".join(lines), sender=sender, link=link, language=language)


def plain(words: str) -> str:
    """Words in which nothing is read as markdown: nobody calls a whole group by what he writes in a report."""
    return words.translate(_MARKS)


def fitted(build: Callable[[str], bytes], text: str, most: int) -> bytes:
    """What `build` makes of as much of the text as fits into so many bytes, cut between two characters."""
    whole = build(text)
    if len(whole) <= most:
        return whole
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(build(_cut(text, middle))) <= most:
            low = middle
        else:
            high = middle - 1
    return build(_cut(text, low))


def _cut(text: str, most: int) -> str:
    return text[:most].rstrip() + "…" if most else "…"


def json(value: object) -> bytes:
    return orjson.dumps(value)
