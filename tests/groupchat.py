"""A server that behaves like those of WeCom, DingTalk and Feishu: signatures, sizes, limits, the ten minutes of DingTalk's mute, and
answers that are no answers. On loopback, through real HTTP; its clock is the test's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
SECRET = "SEC-of-the-test-0123456789"
PATHS = {
    "wecom": f"/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": f"/robot/send?access_token={KEY}",
    "feishu": f"/open-apis/bot/v2/hook/{KEY}",
}
HOUR, MINUTE, TEN_MINUTES = 3600.0, 60.0, 600.0
A_MINUTE = {"wecom": 20, "dingtalk": 20, "feishu": 100}


@dataclass(slots=True)
class Chat:
    """What has come to the groups, and how the next requests are to be answered. `next` are (status, body) that come before any rule."""

    port: int = 0
    now: Callable[[], float] = time.time
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: int = 0
    next: list[tuple[int, bytes]] = field(default_factory=list)
    moments: dict[str, list[float]] = field(default_factory=dict)
    muted_until: float = 0.0
    mutes: int = 0
    secret: dict[str, str] = field(default_factory=dict)
    keyword: str = ""
    delay_s: float = 0.0

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.port}{PATHS[kind]}"

    def texts(self, kind: str = "") -> list[str]:
        """What people in the groups read, in order."""
        return [_words(body) for of, body in self.taken if kind in ("", of)]

    def answer(self, path: str, raw: bytes) -> tuple[int, bytes]:
        self.asked += 1
        if self.next:
            return self.next.pop(0)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kind = next((each for each, known in PATHS.items() if parts.path == urlsplit(known).path), None)
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if kind is None:
            return 404, b"<html>not found</html>"
        code, words = {"wecom": self._wecom, "dingtalk": self._dingtalk, "feishu": self._feishu}[kind](query, raw, body)
        if code == 0:
            self.taken.append((kind, body))
        if kind == "feishu":
            return 200, json.dumps({"code": code, "msg": words, "data": {}}).encode()
        return 200, json.dumps({"errcode": code, "errmsg": words}).encode()

    def _crowded(self, kind: str) -> bool:
        now = self.now()
        self.moments[kind] = [at for at in self.moments.get(kind, []) if now - at < MINUTE] + [now]
        return len(self.moments[kind]) > A_MINUTE[kind]

    def _wecom(self, query: dict[str, str], _raw: bytes, body: Any) -> tuple[int, str]:
        if query.get("key") != KEY:
            return 93000, "invalid webhook url, hint: [1701]"
        if self._crowded("wecom"):
            return 45009, "api freq out of limit"
        kind = body.get("msgtype")
        if kind not in ("text", "markdown"):
            return 40008, "invalid message type"
        content = body[kind]["content"]
        if not content:
            return 44004, "empty content"
        return (45002, "content size out of limit") if len(content.encode()) > {"text": 2048, "markdown": 4096}[kind] else (0, "ok")

    def _dingtalk(self, query: dict[str, str], raw: bytes, body: Any) -> tuple[int, str]:
        if query.get("access_token") != KEY:
            return 300005, "token is not exist"
        if self.muted_until > self.now():
            self.mutes += 1
            return 410100, "发送速度太快而限流"
        if self._crowded("dingtalk"):
            self.muted_until = self.now() + TEN_MINUTES
            return 130101, "send too fast, exceed 20 times per minute"
        secret = self.secret.get("dingtalk")
        if secret is not None:
            stamp = query.get("timestamp", "0")
            if abs(self.now() - int(stamp) / 1000) > HOUR:
                return 310000, "invalid timestamp"
            wanted = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()).decode()
            if query.get("sign") != wanted:
                return 310000, "sign not match"
        if len(raw) > 20_000:
            return 40035, "content too long"
        if self.keyword and self.keyword not in body["markdown"]["text"]:
            return 310000, "keywords not in content"
        return 0, "ok"

    def _feishu(self, _query: dict[str, str], raw: bytes, body: Any) -> tuple[int, str]:
        if self._crowded("feishu"):
            return 11232, "frequency limited psm[lark.oapi.app_platform_runtime]"
        secret = self.secret.get("feishu")
        if secret is not None:
            stamp = body.get("timestamp", "0")
            wanted = base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()
            if abs(self.now() - int(stamp)) > HOUR or body.get("sign") != wanted:
                return 19021, "sign match fail or timestamp is not within one hour from current time"
        if len(raw) > 20 * 1024:
            return 19036, "request body is too large"
        return (19024, "Key Words Not Found") if self.keyword and self.keyword not in _words(body) else (0, "success")


def _words(body: dict[str, Any]) -> str:
    if "content" in body:
        post = next(iter(body["content"]["post"].values()))
        return "\n".join([post["title"], *("".join(each.get("text", "") for each in line) for line in post["content"])])
    inner = body[body["msgtype"]]
    return str(inner.get("content") or inner["text"])


@contextmanager
def running() -> Iterator[Chat]:
    """The server on a port of its own, ended with the block."""
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, body = chat.answer(self.path, raw)
            time.sleep(chat.delay_s)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
