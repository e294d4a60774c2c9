"""THE DEMO'S MAILBOX: a real SMTP server on loopback that keeps what it is sent and can be told to refuse, to ask for patience or to hang up."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd import smtp

ANY = "*"
"""Stands for every address in `refuse` and `hang_up`."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail as it arrived; `received` in UTC microseconds of the mailbox's clock, `to` as the envelope says."""

    sender: str
    to: tuple[str, ...]
    received: int
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return "" if body is None else str(body.get_content()).replace("\r\n", "\n")


class Mailbox:
    """A server in a thread of its own: `with Mailbox() as mailbox: … mailbox.url … mailbox.letters`.

    `now` gives the time letters are stamped with (the demo's clock may run fast); with a `folder` each letter is also a file there."""

    def __init__(self, folder: Path | None = None, *, port: int = 0, now: Callable[[], int] | None = None, keep: int = 100_000) -> None:
        self.folder = folder
        self.port = port
        self.letters: deque[Letter] = deque(maxlen=keep)
        self.arrivals = 0
        self.connections = 0
        self._now = now or (lambda: time.time_ns() // 1000)
        self._answers: dict[str, str | None] = {}
        self._arrived = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def refuse(self, address: str, code: int = 550, words: str = "no such mailbox") -> None:
        """Answer mails to that address with this code: 550 refuses for good, 451 asks to come again."""
        self._answers[address] = f"{code} {words}"

    def hang_up(self, address: str) -> None:
        """Break the connection when somebody writes to that address."""
        self._answers[address] = None

    def accept(self, address: str) -> None:
        """Take back `refuse` and `hang_up`."""
        self._answers.pop(address, None)

    def to(self, address: str) -> list[Letter]:
        """What has arrived for that address, in order."""
        return [letter for letter in tuple(self.letters) if address in letter.to]

    def wait(self, count: int, timeout: float = 10.0) -> bool:
        """Until that many letters have arrived in all; False if they have not in `timeout` seconds."""
        with self._arrived:
            return self._arrived.wait_for(lambda: self.arrivals >= count, timeout)

    def start(self) -> Self:
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        ready = threading.Event()
        failed: list[OSError] = []
        self._thread = threading.Thread(target=self._serve, args=(ready, failed), name="mailbox", daemon=True)
        self._thread.start()
        ready.wait()
        if failed:
            self._thread.join()
            raise failed[0]
        return self

    def stop(self) -> None:
        if self._thread is not None and self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _serve(self, ready: threading.Event, failed: list[OSError]) -> None:
        loop = self._loop = asyncio.new_event_loop()
        sessions: weakref.WeakSet[smtp.SMTP] = weakref.WeakSet()
        try:
            server = loop.run_until_complete(loop.create_server(lambda: self._session(sessions, loop), "127.0.0.1", self.port))
        except OSError as exc:
            failed.append(exc)
            loop.close()
            ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for session in tuple(sessions):
                if session.transport is not None:
                    session.transport.close()
            loop.run_until_complete(_end_conversations())
            loop.close()

    def _session(self, sessions: weakref.WeakSet[smtp.SMTP], loop: asyncio.AbstractEventLoop) -> smtp.SMTP:
        session = smtp.SMTP(_Door(self), enable_SMTPUTF8=True, hostname="localhost", ident="Fengxing mailbox", loop=loop)
        sessions.add(session)
        self.connections += 1
        return session

    def answer(self, address: str) -> str | None:
        """What is said to a recipient: `250 …` takes it, None hangs up."""
        return self._answers.get(address, self._answers.get(ANY, "250 OK"))

    def take(self, sender: str, to: tuple[str, ...], raw: bytes) -> None:
        letter = Letter(sender=sender, to=to, received=self._now(), raw=raw)
        with self._arrived:
            self.letters.append(letter)
            self.arrivals += 1
            number = self.arrivals
            self._arrived.notify_all()
        if self.folder is not None:
            (self.folder / f"{number:06}.eml").write_bytes(raw)


async def _end_conversations() -> None:
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


class _Door:
    """What aiosmtpd asks while a mail comes in; the names of the hooks are its own."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: smtp.SMTP, _session: smtp.Session, envelope: smtp.Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.mailbox.answer(address)
        if answer is None:
            if server.transport is not None:
                server.transport.close()
            return "421 good bye"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: smtp.SMTP, _session: smtp.Session, envelope: smtp.Envelope
    ) -> str:
        content = envelope.content or b""
        self.mailbox.take(str(envelope.mail_from), tuple(envelope.rcpt_tos), content if isinstance(content, bytes) else content.encode())
        return "250 kept"
