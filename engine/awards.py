"""What an entry of a case does in the ledger, as values: its records, the lines each makes, and which of them still stand.

An entry keeps its records in its `detail` (`awarded`), so that the rows of the ledger can be derived again; nothing here reads a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from storage.ledger import HELD, TOWN

Line = tuple[str, str, int]
"""Whose, which account, how much. The lines of a record come to nothing for each account."""


class Kind(StrEnum):
    """What a posting is. A reversal takes an award back, a refund an exchange."""

    AWARD = "award"
    REVERSAL = "reversal"
    EXCHANGE = "exchange"
    REFUND = "refund"
    HOLD = "hold"
    RELEASE = "release"
    CORRECTION = "correction"


class Record(NamedTuple):
    """One thing that an entry did. `name`: the account, or the exchange; `to`: the rule's word for who it was; `of`: the record (entry,
    place) that it undoes or uses up; `capped`: how much more there would have been without a monthly limit."""

    kind: Kind
    who: str
    name: str
    to: str | None
    lines: tuple[Line, ...]
    month: str
    reason: Mapping[str, str] | None = None
    of: tuple[int, int] | None = None
    capped: int = 0

    def body(self) -> dict[str, Any]:
        """As JSON, without what is not there."""
        whole = {"kind": str(self.kind), "who": self.who, "name": self.name, "to": self.to, "lines": self.lines, "month": self.month,
                 "for": self.reason, "of": self.of, "capped": self.capped}  # fmt: skip
        return {key: value for key, value in whole.items() if value}


class Standing(NamedTuple):
    """A record that has not been undone, with the entry that made it, its place in it, and the trigger."""

    seq: int
    place: int
    trigger: str
    record: Record

    def body(self) -> list[Any]:
        return [self.seq, self.place, self.trigger, self.record.body()]


def record(body: Mapping[str, Any]) -> Record:
    """A record as it was kept."""
    of = body.get("of")
    return Record(
        kind=Kind(body["kind"]), who=body["who"], name=body["name"], to=body.get("to"), month=body["month"], reason=body.get("for"),
        lines=tuple((holder, account, amount) for holder, account, amount in body.get("lines", ())), of=(of[0], of[1]) if of else None,
        capped=body.get("capped", 0),
    )  # fmt: skip


def standing(body: Sequence[Any]) -> Standing:
    """The same of what a case's row keeps."""
    seq, place, trigger, kept = body
    return Standing(seq, place, trigger, record(kept))


def after(before: Sequence[Standing], seq: int, trigger: str, records: Sequence[Record]) -> tuple[Standing, ...]:
    """What stands once an entry has been made: what it undid or used up is gone, what it gave or held has come."""
    gone = {each.of for each in records if each.of is not None}
    kept = [each for each in before if (each.seq, each.place) not in gone]
    made = [
        Standing(seq, place, trigger, each)
        for place, each in enumerate(records)
        if each.kind in (Kind.AWARD, Kind.EXCHANGE, Kind.HOLD) and (seq, place) not in gone
    ]
    return (*kept, *made)


def counter(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that undo these; what came out of what was held goes back to its owner."""
    return tuple((holder.removeprefix(HELD), account, -amount) for holder, account, amount in lines)


def exchange_of(made: Record) -> str | None:
    """The exchange that a record is of, if it is of one."""
    return made.name if made.kind in (Kind.EXCHANGE, Kind.REFUND, Kind.HOLD, Kind.RELEASE) else None


def both_sides(who: str, account: str, amount: int) -> tuple[Line, ...]:
    """A person gets (or, below nothing, gives) what the town gives (or gets)."""
    return ((who, account, amount), (TOWN, account, -amount)) if amount else ()


def rows(
    *, programme: str, case: int, seq: int, trigger: str, actor: str | None, at: int, recorded: int, records: Sequence[Record]
) -> Iterator[tuple[Any, ...]]:
    """The rows of the ledger (the columns of storage.ledger.POSTING) that an entry's records make."""
    nth = 0
    for each in records:
        reason = orjson.dumps(each.reason).decode() if each.reason else None
        exchange = exchange_of(each)
        for holder, account, amount in each.lines:
            yield (programme, case, seq, nth, trigger, str(each.kind), holder, account, amount, exchange, each.month, at, recorded, reason, actor, None)  # fmt: skip
            nth += 1


def by_hand(programme: str, who: str, account: str, amount: int, *, month: str, at: int, seq: int = 0, recorded: int | None = None,
            reason: str | None = None, actor: str | None = None) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """The rows of a correction, which is of no case; its `digest` is for whoever chains it."""
    for nth, (holder, unit, number) in enumerate(both_sides(who, account, amount)):
        yield (programme, None, seq, nth, None, str(Kind.CORRECTION), holder, unit, number, None, month, at, recorded or at, reason, actor, None)  # fmt: skip
