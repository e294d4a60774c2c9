"""THE CARRIER for chat groups: posts one message to one robot and says what became of it. Never raises for the network.

Addresses are secrets: they stand in no log, no error and no record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson

from notifications import chat, dingtalk, feishu, say, wecom
from notifications.mailer import Fate
from notifications.servers import LOOPBACK

CONNECT_S = 5.0
TOTAL_S = 15.0
"""Real seconds for one message, from looking the name up to the last byte of the answer."""
LONGEST_ANSWER = 64 * 1024
_RETRIED = frozenset({408, 425, 429})
_SHORTEST_SECRET = 6
"""What is shorter is no secret, and would hide parts of words."""


class Kind(Protocol):
    """What differs between the products."""

    def request(self, address: str, secret: str, words: chat.Words, called: chat.Called, *, at: int) -> chat.Request: ...

    def verdict(self, answer: Mapping[str, object]) -> chat.Verdict: ...


KINDS: Mapping[str, Kind] = MappingProxyType({"wecom": wecom, "dingtalk": dingtalk, "feishu": feishu})


class _WithoutAddresses(logging.Filter):
    """httpx logs each request with its whole URL; only where it went is left of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(f"{arg.scheme}://{arg.host}/…" if isinstance(arg, httpx.URL) else arg for arg in record.args)
        return True


logging.getLogger("httpx").addFilter(_WithoutAddresses())


def wrong_address(address: str) -> str | None:
    """What is wrong with an address, never repeating it; None if it can be used."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "it is no URL / 不是网址"
    if not parts.hostname or port == 0 or any(c.isspace() for c in address):
        return "it is no URL / 不是网址"
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return "it must begin with https:// / 必须以 https:// 开头"
    return None


def send(kind: str, address: str, secret: str, words: chat.Words, called: chat.Called, *, at: int) -> chat.Verdict:
    """Post one message. `at`: now, in real UTC microseconds, for the signature."""
    wrong = wrong_address(address)
    if wrong is not None:
        return chat.Verdict(kind=Fate.REFUSED, detail=f"the address in the variable of the environment cannot be used: {wrong}")
    request = KINDS[kind].request(address, secret, words, called, at=at)
    found = asyncio.run(_posted(kind, request))
    hidden = [address, request.url, secret, *_parts(request.url)]
    return chat.Verdict(kind=found.kind, detail=masked(found.detail, hidden), code=found.code, wait_s=found.wait_s)


def masked(words: str, hidden: Sequence[str]) -> str:
    """Words without what nobody may read in them."""
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            words = words.replace(secret, "•••")
    return words


def _parts(url: str) -> list[str]:
    """What in an address lets somebody send: the values of its query, and the end of its path."""
    parts = urlsplit(url)
    return [*(value for _, value in parse_qsl(parts.query)), parts.path.rsplit("/", 1)[-1] if "hook/" in parts.path else ""]


async def _posted(kind: str, request: chat.Request) -> chat.Verdict:
    url = httpx.URL(request.url)
    own = url.host in LOOPBACK  # what is on this machine is never reached through a proxy
    try:
        async with asyncio.timeout(TOTAL_S):
            patience, tls = httpx.Timeout(TOTAL_S, connect=CONNECT_S), url.scheme == "https"
            async with httpx.AsyncClient(timeout=patience, trust_env=not own, verify=tls) as client:
                headers = {"Content-Type": "application/json; charset=utf-8", "Accept-Encoding": "identity"}
                async with client.stream("POST", url, content=request.body, headers=headers) as answer:
                    return _read(kind, answer.status_code, await _whole(answer))
    except TimeoutError:
        return _unavailable("no whole answer came in time")
    except (httpx.TransportError, OSError) as exc:
        return _unavailable(f"{type(exc).__name__} {exc}")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError, ImportError) as exc:
        return chat.rubbish(f"{type(exc).__name__} {exc}")


async def _whole(answer: httpx.Response) -> bytes | None:
    """The answer's bytes, None if there are too many."""
    found = b""
    async for chunk in answer.aiter_bytes():
        found += chunk
        if len(found) > LONGEST_ANSWER:
            return None
    return found


def _read(kind: str, status: int, raw: bytes | None) -> chat.Verdict:
    answer: Any = None
    if raw is None:
        found = chat.rubbish(f"HTTP {status}, longer than {LONGEST_ANSWER // 1024} kB")
    else:
        try:
            answer = orjson.loads(raw)
        except orjson.JSONDecodeError:
            found = chat.rubbish(f"HTTP {status}, {'empty' if not raw.strip() else 'no JSON'}")
        else:
            found = KINDS[kind].verdict(answer) if isinstance(answer, dict) else chat.rubbish(f"HTTP {status}, no object")
    if status == 200:
        return found
    if found.kind is Fate.SENT:
        return chat.rubbish(f"HTTP {status} with a code of success")
    if status in _RETRIED or status >= 500:
        wait = found.wait_s or (chat.RATE_S if status == 429 else None)
        return chat.Verdict(kind=Fate.LATER, detail=f"HTTP {status}: {found.detail}", code=found.code, wait_s=wait)
    return found


def _unavailable(what: str) -> chat.Verdict:
    words = say.short(" ".join(what.split()), 200)
    return chat.Verdict(kind=Fate.UNAVAILABLE, detail=f"the robot cannot be reached: {words} / 无法连接群机器人")
