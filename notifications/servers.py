"""WHERE mail is handed over: a mail server from its URL, refused with a remedy when it cannot be meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from notifications import errors

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SHAPES = "write as `smtp://127.0.0.1:1025`, `smtps://user:password@mail.example.cn` or `smtp+starttls://user:password@mail.example.cn`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server. `tls` from the first byte (smtps) or `starttls` after a greeting; plain otherwise."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: bool = False

    def said(self) -> str:
        return f"{self.host}:{self.port}"


def parse(url: str) -> Server:
    """AddressRefused says what is wrong, without ever repeating a password."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as exc:
        raise errors.AddressRefused(f"the mail server's URL has no usable host or port; {_SHAPES}") from exc
    if parts.scheme not in PORTS:
        raise errors.AddressRefused(f"{parts.scheme or 'no scheme'!r} is no way to send mail; {_SHAPES}")
    if not parts.hostname:
        raise errors.AddressRefused(f"the mail server's URL names no host; {_SHAPES}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise errors.AddressRefused(
            f"nothing may follow the port in the mail server's URL (encode `/`, `?` and `#` in a password); {_SHAPES}"
        )
    if (parts.username is None) != (parts.password is None):
        raise errors.AddressRefused(f"the mail server's URL has a user or a password without the other; {_SHAPES}")
    if parts.password is not None and parts.scheme == "smtp" and parts.hostname not in LOOPBACK:
        raise errors.AddressRefused("a password would travel in the clear; write `smtps://` or `smtp+starttls://` instead of `smtp://`")
    return Server(
        host=parts.hostname,
        port=PORTS[parts.scheme] if port is None else port,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp+starttls",
    )
