"""Codes to answer with: signed, so that nobody can answer for another, about another case, or when the time is over.

`7-12-1-K3QZ-M7WD-2LXA-9RTB`: the case's id, the entry that asked, the place among those asked, and an HMAC-SHA256 over case, round,
recipient and expiry, cut to 80 bits (RFC 2104, 4: no fewer) and written in base32."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from engine import composition
from storage import database, statements

SETTING = "SIGNING_KEY"
_META = "signing-key"
_CODE = re.compile(r"([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,4})-([A-Z2-7]{16})")
_LOOKS_LIKE = str.maketrans("018", "OIB")
"""What base32 leaves out, as it may have been read from a screen."""
_BYTES = 10
_FOUR = 4


class Place(NamedTuple):
    """Where a code points: a case, the entry that asked, and who of those asked (counted from 1). `mark` is what is signed for."""

    case: int
    seq: int
    number: int
    mark: str


class Question(NamedTuple):
    """What a code is signed over; `until` in UTC microseconds."""

    number: str
    round: int
    recipient: str
    until: int


def key(engine: composition.Engine) -> bytes:
    """The key of FENGXING_SIGNING_KEY; without one, the store's own, made at random when first needed."""
    given = engine.settings.text(SETTING)
    if given:
        return given.encode()
    with engine.store.reading() as tx:
        row = tx.one(statements.META_GET, (_META,))
    if row is None:
        with engine.store.writing() as tx:
            row = tx.one(statements.META_GET, (_META,)) or _made(tx)
    return str(row[0]).encode()


def _made(tx: database.Transaction) -> tuple[str]:
    made = secrets.token_hex(32)
    tx.run(statements.META_PUT, (_META, made))
    return (made,)


def write(signing: bytes, case: int, seq: int, number: int, question: Question) -> str:
    """The code for one of those asked."""
    mark = _mark(signing, question)
    parts = "-".join(mark[at : at + _FOUR] for at in range(0, len(mark), _FOUR))
    return f"{case}-{seq}-{number}-{parts}"


def read(words: str) -> Place | None:
    """A code as people type it, in any case and with or without its dashes at the end; None for what cannot be one."""
    parts = "".join(words.upper().split()).split("-")
    mark = "".join(parts[3:]).translate(_LOOKS_LIKE)
    found = _CODE.fullmatch("-".join([*parts[:3], mark]))
    return None if found is None else Place(int(found[1]), int(found[2]), int(found[3]), found[4])


def fits(signing: bytes, mark: str, question: Question) -> bool:
    """Whether this mark was given for this question; takes as long whether or not."""
    return hmac.compare_digest(mark, _mark(signing, question))


def _mark(signing: bytes, question: Question) -> str:
    said = "\n".join((question.number, str(question.round), question.recipient, str(question.until)))
    return base64.b32encode(hmac.new(signing, said.encode(), hashlib.sha256).digest()[:_BYTES]).decode()
