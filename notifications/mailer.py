"""THE CARRIER: hands mails to the town's mail server over one kept connection and says what became of each. Never raises for the network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Self

import aiosmtplib

from notifications import servers

IDLE_SECONDS = 20.0


class Fate(StrEnum):
    """`refused`: for good, the next contact is to be tried; `later`: the server asks for patience; `unavailable`: no server took it."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mail; `detail` is a sentence with the server's own words, `code` its reply."""

    kind: Fate
    detail: str
    code: int | None = None


class Mailer:
    """One connection to one server, opened when first needed and kept for many mails; for one event loop.

    Concurrent senders take turns. A connection that has gone stale is replaced once, as long as the mail was not yet handed over."""

    def __init__(self, server: servers.Server, *, timeout: float = 20.0) -> None:
        self.server = server
        self.timeout = timeout
        self._client: aiosmtplib.SMTP | None = None
        self._used = 0.0
        self._turn = asyncio.Lock()

    async def send(self, message: EmailMessage, to: str) -> Outcome:
        """Hand over one mail to one address (as `mail.address` gives it)."""
        sender = str(message["From"].addresses[0].addr_spec)
        async with self._turn:
            for _ in range(2):
                client = await self._kept() or await self._open()
                if isinstance(client, Outcome):
                    return client
                outcome = await self._hand_over(client, message, sender, to)
                if outcome is not None:
                    return outcome
        return _unavailable(f"{self.server.said()} closes the connection before taking the mail", None)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2)
            client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def _kept(self) -> aiosmtplib.SMTP | None:
        """The open connection, asked whether it is still there if it has been idle."""
        client = self._client
        if client is None or not client.is_connected:
            return None
        if time.monotonic() - self._used < IDLE_SECONDS:
            return client
        try:
            await client.noop(timeout=5)
        except (aiosmtplib.SMTPException, OSError):
            self._drop()
            return None
        return client

    async def _open(self) -> aiosmtplib.SMTP | Outcome:
        self._drop()
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=_own_name(),
            timeout=self.timeout,
            use_tls=server.tls,
            start_tls=server.starttls,
        )
        try:
            await client.connect()
            if client.last_ehlo_response is None:
                await client.ehlo()
        except aiosmtplib.SMTPAuthenticationError as exc:
            client.close()
            return _unavailable(f"{server.said()} refuses the user or the password: {_words(exc.message)}", exc.code)
        except (aiosmtplib.SMTPException, OSError) as exc:
            client.close()
            return _unavailable(f"no mail server answers at {server.said()}: {_words(str(exc))}", None)
        self._client = client
        self._used = time.monotonic()
        return client

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage, sender: str, to: str) -> Outcome | None:
        """None if the connection was gone before the mail left us: then it may be tried again without sending it twice."""
        international = not (sender + to).isascii()
        if international and not client.supports_extension("smtputf8"):
            return Outcome(kind=Fate.REFUSED, detail=f"{self.server.said()} does not take addresses beyond ASCII such as {to}")
        options, encoding = (["SMTPUTF8"], "utf-8") if international else (None, "ascii")
        leaving = False
        try:
            await client.mail(sender, options=options, encoding=encoding)
            await client.rcpt(to, encoding=encoding)
            leaving = True
            reply = await client.data(message.as_bytes())
        except asyncio.CancelledError:
            self._drop()
            raise
        except aiosmtplib.SMTPResponseException as exc:
            return await self._answered(client, exc)
        except (aiosmtplib.SMTPException, OSError) as exc:
            self._drop()
            if isinstance(exc, aiosmtplib.SMTPServerDisconnected | OSError) and not leaving:
                return None
            return _unavailable(f"the connection to {self.server.said()} broke while the mail was handed over: {_words(str(exc))}", None)
        self._used = time.monotonic()
        return Outcome(kind=Fate.SENT, detail=_words(reply.message), code=reply.code)

    async def _answered(self, client: aiosmtplib.SMTP, said: aiosmtplib.SMTPResponseException) -> Outcome:
        """The server said no: for good (5xx), for now (4xx), or to us as sender, which no other contact would mend."""
        if said.code == 421:
            self._drop()
        else:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.rset()
            self._used = time.monotonic()
        detail = f"{said.code} {_words(said.message)}"
        if isinstance(said, aiosmtplib.SMTPSenderRefused) and said.code >= 500:
            return _unavailable(f"the sender is refused, check its address: {detail}", said.code)
        return Outcome(kind=Fate.LATER if said.code < 500 else Fate.REFUSED, detail=detail, code=said.code)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


class Post:
    """The same for callers without an event loop: one thread's mailer with a loop of its own between calls."""

    def __init__(self, server: servers.Server, *, timeout: float = 20.0) -> None:
        self._runner = asyncio.Runner()
        self._mailer = Mailer(server, timeout=timeout)

    def send(self, message: EmailMessage, to: str) -> Outcome:
        return self._runner.run(self._mailer.send(message, to))

    def close(self) -> None:
        self._runner.run(self._mailer.close())
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _unavailable(detail: str, code: int | None) -> Outcome:
    return Outcome(kind=Fate.UNAVAILABLE, detail=detail, code=code)


def _words(said: str) -> str:
    return " ".join(said.split())[:300]


def _own_name() -> str:
    """What we call ourselves in EHLO: no name server is asked, which may take seconds where there is none."""
    name = socket.gethostname()
    return name if name.isascii() and name else "localhost"
