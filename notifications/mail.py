"""THE LETTER: a rendered message as an e-mail that threads per case and answers nobody's robot. `mailer` carries it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from notifications import errors, say, variables
from notifications.render import Rendered

_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\]+@[^@\s<>\"(),:;\\]+")
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who writes to whom about what. `at` is the time in UTC microseconds, `number` the case's, None for a digest."""

    sender: str
    sender_name: str
    to: str
    to_name: str
    number: str | None
    message_id: str
    at: int
    zone: str
    language: str = "zh"
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG or JPEG inside the mail, which its HTML shows as `cid:NAME`; nothing is fetched from anywhere."""

    name: str
    content: bytes
    kind: Literal["png", "jpeg"] = "png"


def message_id(number: str, seq: int | str, recipient: str, channel: str, domain: str) -> str:
    """The same for every attempt at one message: `<NX-20261120-0007.12.9c1185a5c5e9@town.example>`. `seq` is the history entry's
    number or the rung's key; the recipient is a person, so that his next address gets the same message."""
    who = hashlib.sha256(f"{recipient}\n{channel}".encode()).hexdigest()[:12]
    return f"<{_SAFE.sub('-', number)}.{_SAFE.sub('-', str(seq))}.{who}@{_SAFE.sub('-', domain)}>"


def thread(number: str, domain: str) -> str:
    """The root to which all mails of a case refer, so that mail programs show them as one conversation."""
    return f"<{_SAFE.sub('-', number)}.case@{_SAFE.sub('-', domain)}>"


def address(given: str) -> str:
    """An address as it travels: the domain in ASCII (IDNA). AddressRefused if it cannot be one."""
    if not _ADDRESS.fullmatch(given) or len(given) > 254:
        raise errors.AddressRefused(f"{variables.clean(given)[:80]!r} is no e-mail address; write as `name@example.cn`")
    local, _, domain = given.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as exc:
        raise errors.AddressRefused(f"{domain!r} is no domain name; check the spelling of the address") from exc


def domain_of(sender: str) -> str:
    """The part of our own address that Message-IDs end in."""
    return address(sender).rpartition("@")[2]


def build(rendered: Rendered, envelope: Envelope, pictures: Sequence[Picture] = ()) -> EmailMessage:
    """The whole mail, with the pictures its HTML shows. AddressRefused for an address that cannot be meant: the next contact is to be tried."""
    sender, to = address(envelope.sender), address(envelope.to)
    message = EmailMessage(policy=policy.SMTP if (sender + to).isascii() else policy.SMTPUTF8)
    message["From"] = _named(envelope.sender_name, sender)
    message["To"] = _named(envelope.to_name, to)
    message["Subject"] = _line(rendered.subject)
    message["Date"] = format_datetime(say.local(envelope.at, envelope.zone))
    message["Message-ID"] = envelope.message_id
    if envelope.number is not None:
        root = thread(envelope.number, domain_of(sender))
        message["In-Reply-To"] = root
        message["References"] = root
        message["X-Fengxing-Case"] = _line(envelope.number)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if envelope.urgent:
        message["Importance"] = "high"
    message.set_content(rendered.text, charset="utf-8", cte="base64")
    message.add_alternative(rendered.html, subtype="html", charset="utf-8", cte="base64")
    message["Content-Language"] = "zh-CN" if envelope.language == "zh" else "en"
    if pictures:
        *_, html = message.iter_parts()
        assert isinstance(html, EmailMessage)
        for number, picture in enumerate(pictures, 1):
            name = f"picture-{number}.{picture.kind}"
            html.add_related(picture.content, "image", picture.kind, cid=f"<{picture.name}>", filename=name, disposition="inline")
        html.set_boundary("=_related_" + hashlib.sha256(envelope.message_id.encode()).hexdigest()[:24])
    message.set_boundary("=_" + hashlib.sha256(envelope.message_id.encode()).hexdigest()[:24])
    return message


def _named(name: str, given: str) -> Address:
    local, _, domain = given.rpartition("@")
    return Address(display_name=_line(name), username=local, domain=domain)


def _line(text: str) -> str:
    """One line: nothing in it can begin a header of its own."""
    return " ".join(variables.clean(text).split())
