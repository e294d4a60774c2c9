"""What a move does in the ledger: which of its workflow's `awards` fire, for whom, how much, and what the limits leave of it.

Decided before the case is touched, so that an exchange that cannot be paid refuses the whole move. Sums are always asked of the
postings; whoever asks for one that decides holds it until the transaction ends, so that the same points are not spent twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config import matches, points, workflow
from engine import awards, catalog, requests
from engine import now as times
from engine.awards import Kind, Line, Record, Standing
from states import errors as states_errors
from storage import database
from storage import ledger as rows
from storage.ledger import HELD, TOWN

Key = tuple[str, ...]
"""A sum: (`own`, programme, holder, account), (`earned`, …, month), (`given`, programme, account, month), (`times`, …, month, exchange)."""
_ASKED = {"own": rows.OWN, "earned": rows.EARNED, "given": rows.GIVEN, "times": rows.TIMES}


@dataclass(slots=True)
class Book:
    """The ledger as one transaction sees it: what is stored, and what it is about to post. Without `tx` there is nothing stored.

    `boundless`: nothing is refused for want of points; for lives that are lived apart from what else the person earned."""

    tx: database.Transaction | None
    boundless: bool = False
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    _stored: dict[Key, int] = field(default_factory=dict)
    _posted: Counter[Key] = field(default_factory=Counter)

    def sum(self, *key: str) -> int:
        """A sum as it stands; on PostgreSQL nobody else can change it until this transaction ends."""
        found = self._stored.get(key)
        if found is None:
            found = self._stored[key] = self._ask(key)
        return found + self._posted[key]

    def trial(self) -> Book:
        """The same ledger, to try out postings that are not to be written."""
        return Book(self.tx, boundless=self.boundless, _stored=self._stored, _posted=self._posted.copy())

    def post(self, lines: Iterator[tuple[Any, ...]]) -> None:
        """Rows (the columns of storage.ledger.POSTING) to be written with the rest of the transaction."""
        for row in lines:
            programme, kind, holder, account, amount, exchange, month = row[0], row[5], *row[6:11]
            self.rows.append(row)
            self._posted.update(dict(_sums(programme, Kind(kind), (holder, account, amount), exchange, month)))

    def _ask(self, key: Key) -> int:
        if self.tx is None:
            return 0
        kind, programme, *rest = key
        self.tx.one(rows.LOCK, (f"ledger/{programme}/{'account/' if kind == 'given' else ''}{rest[0]}",))
        found = self.tx.one(_ASKED[kind], (programme, *rest))
        return int(found[0]) if found is not None else 0


def _sums(programme: str, kind: Kind, line: Line, exchange: str | None, month: str) -> Iterator[tuple[Key, int]]:
    """The sums that a line counts in, as the statements of storage.ledger do."""
    holder, account, amount = line
    yield ("own", programme, holder, account), amount
    if kind in (Kind.AWARD, Kind.REVERSAL):
        yield ("earned", programme, holder, account, month), amount
    if exchange is not None:
        yield ("times", programme, holder, account, month, exchange), 1 if amount < 0 else -1
    given = kind in (Kind.AWARD, Kind.REVERSAL) or (kind is Kind.EXCHANGE and amount < 0) or (kind is Kind.REFUND and amount > 0)
    if holder == TOWN and given:
        yield ("given", programme, account, month), -amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A move about to be made, as its rules see it: `facts` after it, `people` by the words `reporter`, `tracker` and `actor`.

    `excused`: what cannot be paid is owed, and refuses nothing."""

    trigger: str
    at: int
    facts: Mapping[str, Any]
    people: Mapping[str, str | None]
    standing: Sequence[Standing] = ()
    excused: bool = False


def due(book: Book, compiled: catalog.Compiled, town: catalog.InForce, asked: Asked) -> tuple[Record, ...]:
    """What the move does in the ledger, in the order of the rules. Raises the move's refusal where an exchange cannot be paid."""
    deciding = _Deciding(book, compiled, town, asked)
    for rule in compiled.awards[asked.trigger]:
        if rule.when is None or matches.hold(rule.when, asked.facts):
            deciding.take(rule)
    return tuple(deciding.made)


class _Deciding:
    """One move's records while they are decided: each sees those before it."""

    def __init__(self, book: Book, compiled: catalog.Compiled, town: catalog.InForce, asked: Asked) -> None:
        self.book, self.compiled, self.asked = book, compiled, asked
        self.programme, self.points = compiled.programme, town.live.points
        self.month = times.local(asked.at, town.live.programme.time_zone).strftime("%Y-%m")
        self.standing = list(asked.standing)
        self.made: list[Record] = []
        self.sums: Counter[Key] = Counter()
        self.strict = not (asked.excused or book.boundless)

    def take(self, rule: workflow.Award) -> None:
        if rule.reverses:
            self.reverse(rule)
        elif rule.releases is not None:
            self.release(rule.releases)
        elif rule.amount is not None and rule.account is not None:
            self.award(rule, rule.account, rule.amount)
        elif rule.holds is not None:
            self.hold(rule, rule.holds)
        elif rule.exchange is not None:
            self.exchange(rule, rule.exchange)

    def award(self, rule: workflow.Award, account: str, amounts: Sequence[workflow.Share]) -> None:
        who = self.person(rule)
        amount = next((share.is_ for share in amounts if share.when is None or matches.hold(share.when, self.asked.facts)), 0)
        if who is None or not amount or self.stands(rule, Kind.AWARD, account):
            return
        given = min(amount, self.left(who, account, amount))
        lines = awards.both_sides(who, account, given)
        self.add(Record(Kind.AWARD, who, account, rule.to, lines, self.month, _reason(rule), capped=amount - given))

    def left(self, who: str, account: str, amount: int) -> int:
        """How much of an amount the monthly limits leave."""
        limits = self.points.accounts.get(account)
        if limits is None:
            return amount
        if limits.budget is not None:
            amount = min(amount, limits.budget - self.sum("given", account, self.month))
        if limits.monthly_cap is not None:
            amount = min(amount, limits.monthly_cap - self.sum("earned", who, account, self.month))
        return max(0, amount)

    def reverse(self, rule: workflow.Award) -> None:
        for each in [s for s in self.standing if s.trigger in rule.reverses and s.record.kind in (Kind.AWARD, Kind.EXCHANGE)]:
            kind = Kind.REVERSAL if each.record.kind is Kind.AWARD else Kind.REFUND
            self.undo(kind, each, awards.counter(each.record.lines), _reason(rule))

    def release(self, name: str) -> None:
        for each in [s for s in self.standing if s.record.kind is Kind.HOLD and s.record.name == name]:
            self.undo(Kind.RELEASE, each, tuple((holder, account, -amount) for holder, account, amount in each.record.lines), None)

    def hold(self, rule: workflow.Award, name: str) -> None:
        if self.stands(rule, Kind.HOLD, name) or self.stands(rule, Kind.EXCHANGE, name):
            return
        who, exchange = self.payer(rule, name)
        self.affordable(who, name, exchange)
        lines = [line for account, needed in exchange.from_.items() for line in ((who, account, -needed), (HELD + who, account, needed))]
        self.add(Record(Kind.HOLD, who, name, rule.to, tuple(lines), self.month, _reason(rule)))

    def exchange(self, rule: workflow.Award, name: str) -> None:
        """What was held for it is used up; else it is taken from what the person owns."""
        if self.stands(rule, Kind.EXCHANGE, name):
            return
        who, exchange = self.payer(rule, name)
        held = next((s for s in self.standing if s.record.kind is Kind.HOLD and s.record.name == name), None)
        self.within_budget(exchange)
        if held is None:
            self.affordable(who, name, exchange)
            taken = [line for account, needed in exchange.from_.items() for line in awards.both_sides(who, account, -needed)]
        else:
            who = held.record.who
            self.undebted(who, exchange)
            taken = [line for holder, account, amount in held.record.lines if holder.startswith(HELD) for line in awards.both_sides(holder, account, -amount)]  # fmt: skip
        given = [line for account, amount in exchange.to.items() for line in awards.both_sides(who, account, amount)]
        of = (held.seq, held.place) if held is not None else None
        self.add(Record(Kind.EXCHANGE, who, name, rule.to, (*taken, *given), self.month, _reason(rule), of=of))

    def stands(self, rule: workflow.Award, kind: Kind, name: str) -> bool:
        """Whether the case has had this of this rule, and it was not taken back. A rule is known by its words, in whichever version."""
        return any(
            s.record.kind is kind and s.record.name == name and s.record.to == rule.to and s.trigger in rule.on
            for s in self.standing
        )  # fmt: skip

    def undo(self, kind: Kind, each: Standing, lines: Sequence[Line], reason: Mapping[str, str] | None) -> None:
        """A counter-entry, in the month of what it undoes."""
        was = each.record
        self.add(Record(kind, was.who, was.name, was.to, tuple(lines), was.month, reason or was.reason, of=(each.seq, each.place)))

    def add(self, made: Record) -> None:
        self.standing = [s for s in self.standing if (s.seq, s.place) != made.of]
        self.made.append(made)
        exchange = awards.exchange_of(made)
        for line in made.lines:
            self.sums.update(dict(_sums(self.programme, made.kind, line, exchange, made.month)))

    def sum(self, kind: str, *rest: str) -> int:
        key = (kind, self.programme, *rest)
        return self.book.sum(*key) + self.sums[key]

    def person(self, rule: workflow.Award) -> str | None:
        """Whom the rule means: None where nobody is known, or a machine did it."""
        word = rule.to or ""
        found = self.asked.people[word] if word in workflow.EARNERS else self.asked.facts.get(word)
        return found if isinstance(found, str) and found not in requests.RESERVED else None

    def payer(self, rule: workflow.Award, name: str) -> tuple[str, points.Exchange]:
        who, exchange = self.person(rule), self.points.exchanges.get(name)
        if who is None or exchange is None:
            known = list(self.points.exchanges)
            raise states_errors.NothingToExchange(trigger=self.asked.trigger, exchange=name, nobody=str(rule.to) if exchange else None, known=known)  # fmt: skip
        return who, exchange

    def affordable(self, who: str, name: str, exchange: points.Exchange) -> None:
        """Raise unless the person owns what it takes, and has not exchanged as often as a month allows."""
        if not self.strict:
            return
        for account, needed in exchange.from_.items():
            found = self.sum("own", who, account)
            if found < needed:
                raise states_errors.BalanceShort(
                    trigger=self.asked.trigger, who=who, account=self.titled(account), found=found, needed=needed
                )
        cap = exchange.monthly_cap
        if cap is not None and self.sum("times", who, next(iter(exchange.from_)), self.month, name) >= cap:
            raise states_errors.MonthlyLimit(trigger=self.asked.trigger, who=who, exchange=name, most=cap, month=self.month)

    def undebted(self, who: str, exchange: points.Exchange) -> None:
        """Raise where something was taken back meanwhile that is held here: what is held is not all earned any more."""
        for account, needed in exchange.from_.items():
            lacking = -self.sum("own", who, account) if self.strict else 0
            if lacking > 0:
                raise states_errors.BalanceShort(
                    trigger=self.asked.trigger, who=who, account=self.titled(account), found=needed - lacking, needed=needed
                )

    def within_budget(self, exchange: points.Exchange) -> None:
        for account, amount in exchange.to.items():
            limits = self.points.accounts.get(account)
            if self.strict and limits is not None and limits.budget is not None:
                left = limits.budget - self.sum("given", account, self.month)
                if amount > left:
                    raise states_errors.BudgetSpent(
                        trigger=self.asked.trigger, account=self.titled(account), left=max(0, left), needed=amount, month=self.month
                    )

    def titled(self, account: str) -> tuple[str, str]:
        """What people read of an account, in English and Chinese."""
        known = self.points.accounts.get(account)
        return (known.unit.en, known.unit.zh) if known is not None else (account, account)


def _reason(rule: workflow.Award) -> Mapping[str, str] | None:
    return rule.for_.body() if rule.for_ is not None else None
