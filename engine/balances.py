"""What everybody owns and how it came about. A balance is never kept: it is the sum of the postings, each time.

Who has left the programme keeps his lines; he is shown by his id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from config import words
from engine import catalog, errors
from engine import now as times
from engine.awards import Kind
from storage import database
from storage import ledger as rows
from storage.ledger import HELD, TOWN

_MONTH = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])")
_SAID: Mapping[Kind, tuple[str, str]] = {
    Kind.AWARD: ("awarded", "奖励"),
    Kind.REVERSAL: ("taken back", "冲回"),
    Kind.EXCHANGE: ("exchanged", "兑换"),
    Kind.REFUND: ("exchange undone", "兑换退回"),
    Kind.HOLD: ("held", "冻结"),
    Kind.RELEASE: ("released", "解冻"),
    Kind.CORRECTION: ("corrected", "更正"),
}


class BadMonth(errors.RequestInvalid):
    """Not a month as `2026-11`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What one person owns of one account at the end of a month. `held` is not in `balance`; `month`: how both together changed in it."""

    programme: str
    person: str
    name: str
    account: str
    title: words.Text
    unit: words.Text
    balance: int
    held: int
    month: int

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return {"programme": self.programme, "person": self.person, "name": self.name, "account": self.account, "title": self.title.body(),
                "unit": self.unit.body(), "balance": self.balance, "held": self.held, "month": self.month}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a person's statement. `case` is the public number, None for a correction; `balance` is that of the account after it."""

    at: int
    recorded_at: int
    case: str | None
    seq: int
    trigger: str | None
    kind: Kind
    reason: words.Text
    account: str
    unit: words.Text
    amount: int
    balance: int
    actor: str | None
    zone: str

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "at": times.written(self.at, self.zone),
            "recorded_at": times.written(self.recorded_at, self.zone),
            "case": self.case,
            "seq": self.seq,
            "trigger": self.trigger,
            "kind": str(self.kind),
            "reason": self.reason.body(),
            "account": self.account,
            "unit": self.unit.body(),
            "amount": self.amount,
            "balance": self.balance,
            "actor": self.actor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A person's lines of a month, or all: what he owned before them and owns after, and what is held for him now, by account."""

    programme: str
    person: str
    name: str
    month: str | None
    before: Mapping[str, int]
    entries: tuple[Entry, ...]
    balances: Mapping[str, int]
    held: Mapping[str, int]

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return {"programme": self.programme, "person": self.person, "name": self.name, "month": self.month, "before": self.before,
                "entries": [entry.body() for entry in self.entries], "balances": self.balances, "held": self.held}  # fmt: skip


def balances(tx: database.Transaction, known: catalog.Catalog, *, programme: str = "", person: str = "", month: str | None = None, now: int) -> list[Balance]:  # fmt: skip
    """Of everybody who was ever given or taken anything, at the end of a month (the present one by default), by programme and person."""
    found: list[Balance] = []
    for name in [programme] if programme else sorted(known.programmes):
        town = known.of(name)
        begin, end = _span(month or month_of(now, town), town)
        own: dict[tuple[str, str], list[int]] = {}
        for holder, account, total, changed in tx.all(rows.BALANCES, (begin, name, end)):
            if holder == TOWN:
                continue
            sums = own.setdefault((holder.removeprefix(HELD), account), [0, 0, 0])
            sums[1 if holder.startswith(HELD) else 0] += total
            sums[2] += changed
        for (who, account), (balance, held, changed) in sorted(own.items()):
            if person in ("", who):
                title, unit = titles(town, account)
                found.append(
                    Balance(
                        programme=name,
                        person=who,
                        name=named(town, who),
                        account=account,
                        title=title,
                        unit=unit,
                        balance=balance,
                        held=held,
                        month=changed,
                    )
                )
    return found


def statement(tx: database.Transaction, known: catalog.Catalog, programme: str, person: str, *, month: str | None = None) -> Statement:
    """A person's lines, the oldest first. Raises NotFound for one who is neither in the programme nor in its ledger."""
    town = known.of(programme)
    found = tx.all(rows.STATEMENT, (programme, person, HELD + person))
    if not found and person not in town.live.people.people:
        raise errors.unknown("person", person, list(town.live.people.people), zh="人员")
    begin, end = _span(month, town) if month is not None else (0, 2**62)
    running: dict[str, int] = {}
    before: dict[str, int] = {}
    held: dict[str, int] = {}
    entries: list[Entry] = []
    for line in (_Line(*row) for row in found):
        if line.holder != person:
            held[line.account] = held.get(line.account, 0) + line.amount
            continue
        if line.at >= end:
            continue
        running[line.account] = running.get(line.account, 0) + line.amount
        if line.at < begin:
            before[line.account] = before.get(line.account, 0) + line.amount
        else:
            entries.append(_entry(line, town, running[line.account]))
    return Statement(programme=programme, person=person, name=named(town, person), month=month, before=before, entries=tuple(entries),
                     balances=running, held={account: amount for account, amount in held.items() if amount})  # fmt: skip


def lines(tx: database.Transaction, known: catalog.Catalog, *, programme: str = "", month: str | None = None) -> Iterator[tuple[str, str, Entry]]:  # fmt: skip
    """Every line of every person (programme, person's id, entry), the oldest first; what is held counts as its owner's."""
    sums: dict[tuple[str, str, str], int] = {}
    for row in tx.all(rows.LINES_ALL, (programme, programme)):
        line = _Line(*row)
        if line.holder == TOWN or line.holder.startswith(HELD) or line.programme not in known.programmes:
            continue
        town = known.of(line.programme)
        begin, end = _span(month, town) if month is not None else (0, 2**62)
        key = (line.programme, line.holder, line.account)
        sums[key] = sums.get(key, 0) + line.amount
        if begin <= line.at < end:
            yield line.programme, line.holder, _entry(line, town, sums[key])


def require_month(word: str) -> str:
    """A month as `2026-11`; raises BadMonth."""
    if not _MONTH.fullmatch(word):
        raise BadMonth(f"--month {word!r}: write as 2026-11", f"--month {word!r}：请写成 2026-11")
    return word


def named(town: catalog.InForce, person: str) -> str:
    """The person's name, or his id if he has left."""
    found = town.live.people.people.get(person)
    return found.name if found is not None else person


def titles(town: catalog.InForce, account: str) -> tuple[words.Text, words.Text]:
    """An account's title and unit; its name where points.yaml has it no more."""
    found = town.live.points.accounts.get(account)
    plain = words.Text(zh=account, en=account)
    return (found.title, found.unit) if found is not None else (plain, plain)


class _Line:
    """A row of STATEMENT or LINES_ALL by names."""

    __slots__ = ("account", "actor", "amount", "at", "exchange", "holder", "kind", "number", "programme", "reason", "recorded", "seq", "trigger")  # fmt: skip

    def __init__(self, *row: Any) -> None:
        (self.programme, _, self.seq, _, self.trigger, kind, self.holder, self.account, self.amount, self.exchange, _, self.at,
         self.recorded, self.reason, self.actor, _, self.number) = row  # fmt: skip
        self.kind = Kind(kind)


def _entry(line: _Line, town: catalog.InForce, balance: int) -> Entry:
    return Entry(
        at=line.at, recorded_at=line.recorded, case=line.number, seq=line.seq, trigger=line.trigger, kind=line.kind, reason=_reason(line, town),
        account=line.account, unit=titles(town, line.account)[1], amount=line.amount, balance=balance, actor=line.actor,
        zone=town.live.programme.time_zone,
    )  # fmt: skip


def _reason(line: _Line, town: catalog.InForce) -> words.Text:
    """What the rule or the correction says it is for, else the exchange's title or the trigger; what is no award says that first."""
    kept = orjson.loads(line.reason) if line.reason else None
    exchange = town.live.points.exchanges.get(line.exchange or "")
    if kept is not None:
        said = words.Text(**kept)
    elif exchange is not None and exchange.title is not None:
        said = exchange.title
    else:
        plain = line.exchange or line.trigger or line.account
        said = words.Text(zh=plain, en=plain)
    if line.kind is Kind.AWARD:
        return said
    en, zh = _SAID[line.kind]
    return words.Text(zh=f"{zh}：{said.zh}", en=f"{en}: {said.en}")


def month_of(now: int, town: catalog.InForce) -> str:
    """The month of the programme's zone that a moment is in."""
    return times.local(now, town.live.programme.time_zone).strftime("%Y-%m")


def _span(month: str, town: catalog.InForce) -> tuple[int, int]:
    """A month of the programme's zone as UTC microseconds, its end excluded."""
    year, number = int(month[:4]), int(month[5:])
    zone = times.zone(town.live.programme.time_zone)
    begin, end = datetime(year, number, 1, tzinfo=zone), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return times.micros(begin), times.micros(end)
