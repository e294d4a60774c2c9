"""The outbox as people look at it: which messages wait, went, or died, and what a mail says; retrying and dropping by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from engine import catalog, composition, draft, errors, outbox, secrecy
from engine import now as times
from storage import database, looking, statements

STATES = ("pending", "sent", "dead", "dropped")
PAGE = 500
_NEWEST = 2**62
_CASE, _RECIPIENT, _SUBJECT, _BODY = 1, 3, 14, 15
_PREPARED = 17
"""How many of the columns `posting` knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One row of the outbox. `tried`: (address, how it went, what the server said), oldest first."""

    id: int
    case: int
    number: str
    programme: str
    seq: int
    kind: str
    clock: str | None
    recipient: str
    channel: str
    template: str
    urgent: bool
    state: str
    attempts: int
    message_id: str | None
    subject: str | None
    created_at: int
    next_at: int
    done_at: int | None
    tried: tuple[tuple[str, str, str], ...]

    def body(self, zone: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "case": self.case,
            "number": self.number,
            "programme": self.programme,
            "seq": self.seq,
            "kind": self.kind,
            "clock": self.clock,
            "recipient": self.recipient,
            "channel": self.channel,
            "template": self.template,
            "urgent": self.urgent,
            "state": self.state,
            "attempts": self.attempts,
            "message_id": self.message_id,
            "subject": self.subject,
            "created_at": times.written(self.created_at, zone),
            "next_at": times.written(self.next_at, zone) if self.state == "pending" else None,
            "done_at": times.written(self.done_at, zone),
            "tried": [{"address": address, "outcome": outcome, "detail": detail} for address, outcome, detail in self.tried],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says. `preview`: it was not rendered yet, and may still change with the case."""

    message: MessageView
    subject: str
    text: str
    html: str
    preview: bool


class NotInState(errors.EngineError):
    """A message that is not where the wish applies."""

    code = "message-state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A person who looks at his own messages: those to him, of cases that he may know of. Where a fact is hidden from him by now, the words
    that he was once sent are not shown again."""

    known: catalog.Catalog
    person: str

    def shown(self, tx: database.Transaction, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Those of the rows that are his, as he may see them."""
        his = [row for row in rows if row[_RECIPIENT] == self.person]
        found = tx.all(statements.CASES_PEEK, (tx.listed(sorted({row[_CASE] for row in his})),)) if his else ()
        cases = {case.id: case for case in (draft.read(row, self.known, tx) for row in found) if secrecy.sees(case, self.person)}
        wordless = {number for number, case in cases.items() if secrecy.hidden(case, self.person)}
        return [(*row[:_SUBJECT], None, None, *row[_BODY + 1 :]) if row[_CASE] in wordless else row for row in his if row[_CASE] in cases]


def listed(
    tx: database.Transaction, *, state: str = "", case: int = 0, limit: int | None = None, reader: Reader | None = None
) -> Iterator[MessageView]:
    """Messages, the newest first; `state` one of STATES or empty for all, `case` an id or 0 for all. A reader sees his own."""
    last, left = _NEWEST, limit
    while left is None or left > 0:
        rows = tx.all(
            looking.MESSAGES_PAGE, (last, state, state, case, case, PAGE if left is None or reader is not None else min(PAGE, left))
        )
        if not rows:
            return
        last = rows[-1][0]
        if reader is not None:
            rows = reader.shown(tx, rows)[:left]
        left = None if left is None else left - len(rows)
        yield from (_view(row) for row in rows)


def letter(engine: composition.Engine, message: int, *, viewer: str | None = None) -> Letter:
    """What one message says, as it was sent or, if it was not rendered yet, as it would be said now. Raises NotFound, for a viewer
    whose message it is not as well."""
    with engine.store.reading() as tx:
        row = _row(tx, message)
        told = row
        if viewer is not None:
            his = Reader(known=engine.catalog, person=viewer).shown(tx, [row])
            if not his:
                raise errors.NotFound("message", message, zh="消息")
            row = his[0]
        body, message_id = row[_BODY], row[13]
        if body is None and message_id is not None and row is told:  # one of several in a digest: the first of them keeps its words
            kept = tx.one(looking.DIGEST_BODY, (message_id,))
            body = kept[0] if kept is not None else None
    view = _view(row)
    if body is not None:
        said = orjson.loads(body)
        return Letter(message=view, subject=view.subject or "", text=said["text"], html=said["html"], preview=False)
    from engine import posting

    parcel = posting.prepare(engine, [tuple(row[:_PREPARED])], now=engine.time.now())[0]
    return Letter(message=view, subject=parcel.subject, text=parcel.text, html=parcel.html, preview=True)


def retry(engine: composition.Engine, message: int) -> MessageView:
    """Put a dead letter back among the waiting. Raises NotFound, NotInState."""
    if not outbox.retry(engine, message):
        found = view(engine, message)
        raise NotInState(
            f"message {message} is {found.state}; only a dead letter can be tried again",
            f"消息 {message} 的状态是 {found.state}；只有无法投递（dead）的才能重试",
        )
    return view(engine, message)


def drop(engine: composition.Engine, message: int) -> MessageView:
    """Take a message that waits or died out of the post for good; the history keeps that it was told. Raises NotFound, NotInState."""
    why = orjson.dumps([["", "dropped", "by hand"]]).decode()
    now = engine.time.now()
    with engine.store.writing() as tx:
        found = _view(_row(tx, message))
        if not tx.run(looking.DROP_MESSAGE, (now, why, message, times.wall())):
            raise NotInState(
                f"message {message} is {found.state}{' and being sent' if found.state == 'pending' else ''}; it cannot be dropped",
                f"消息 {message} 的状态是 {found.state}{'，正在发送' if found.state == 'pending' else ''}；不能撤销",
            )
    return view(engine, message)


def view(engine: composition.Engine, message: int) -> MessageView:
    """One message. Raises NotFound."""
    with engine.store.reading() as tx:
        return _view(_row(tx, message))


def _row(tx: database.Transaction, message: int) -> tuple[Any, ...]:
    row = tx.one(looking.MESSAGE_BY_ID, (message,)) if 0 <= message < _NEWEST else None
    if row is None:
        raise errors.NotFound("message", message, zh="消息")
    return row


def _view(row: tuple[Any, ...]) -> MessageView:
    (number_id, case, seq, recipient, channel, template, kind, clock, _round, urgent, created, next_at, attempts, message_id, subject,
     _body, tried, state, done_at, number, programme) = row  # fmt: skip
    return MessageView(
        id=number_id,
        case=case,
        number=number,
        programme=programme,
        seq=seq,
        kind=kind,
        clock=clock,
        recipient=recipient,
        channel=channel,
        template=template,
        urgent=bool(urgent),
        state=state,
        attempts=attempts,
        message_id=message_id,
        subject=subject,
        created_at=created,
        next_at=next_at,
        done_at=done_at,
        tried=tuple((str(address), str(outcome), str(detail)) for address, outcome, detail in orjson.loads(tried)) if tried else (),
    )
