"""What became of cases that are over, remembered so that figures over many of them need not fold each again.

A row holds for a case of a certain length of history, reckoned under a certain definition and calendar (`basis`): a case that went on
since, or a calendar that changed, makes it void by itself. Nothing is written on the way of a case; rows are made when figures are
asked for, and by the nightly flow. `fengxing verify` derives each again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from config.workflow import FactType, Workflow
from engine import catalog, courses, draft, moves
from sla import clocks
from storage import database, figures, statements

CHUNK = 1000
STRETCH = 5000
"""Entries of the history that are gone through at a time."""
UPTO = "outcomes.upto"
EDITION = 1
"""Raised whenever a row would be made differently: older ones are void then."""
AREA = "area"
"""The fact that says in which community or grid a case lies."""


class Outcome(NamedTuple):
    """One case as the figures see it; the columns of storage.figures.OUTCOME. `course`: JSON, see `_packed`."""

    case_id: int
    length: int
    basis: str
    programme: str
    definition: int
    state: str
    opened_at: int
    due_at: int | None
    unit: str | None
    category: str | None
    area: str | None
    reporter: str | None
    marks: int
    course: str


class Reader:
    """Makes outcomes of cases; holds what is known of their definitions."""

    def __init__(self, known: catalog.Catalog) -> None:
        self._known = known
        self._senses: dict[int, courses.Sense] = {}
        self._facts: dict[int, str | None] = {}
        self._bases: dict[int, str] = {}

    def basis(self, compiled: catalog.Compiled) -> str:
        """What an outcome hangs on beside the case's own history: how it is made, its definition, the exceptions and holidays known."""
        found = self._bases.get(compiled.id)
        if found is None:
            town = self._known.programmes.get(compiled.programme)
            days = {name: each.days for name, each in town.live.calendars.calendars.items()} if town is not None else {}
            parts = [
                EDITION,
                compiled.hash,
                town.calendar if town is not None else "",
                sorted((n, sorted(d.items())) for n, d in days.items()),
            ]
            found = self._bases[compiled.id] = hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]
        return found

    def outcomes(self, tx: database.Transaction, cases: Sequence[draft.Draft], *, now: int) -> Iterator[tuple[Outcome, bool]]:
        """Each case as it is, and whether that is the end of it: every clock of it is settled."""
        happened = moves.of(tx, [case.id for case in cases], migrated=[case.id for case in cases if case.earlier])
        for case in cases:
            yield self.outcome(case, happened[case.id], case.folds, now=now)

    def outcome(
        self, case: draft.Draft, entries: Iterable[courses.Entry], folds: Mapping[str, clocks.ClockFold], *, now: int
    ) -> tuple[Outcome, bool]:  # fmt: skip
        """The same of one case, by its moves and clocks."""
        compiled = case.compiled
        sense = self._senses.get(compiled.id)
        if sense is None:
            sense = self._senses[compiled.id] = courses.sense(compiled.workflow)
            facts = compiled.workflow.facts.items()
            self._facts[compiled.id] = next((name for name, fact in facts if fact.type is FactType.CATEGORY), None)
        latest = max(now, case.latest)
        reckoned = [clocks.reckon(compiled.plans[name], fold, compiled.timelines, now=latest) for name, fold in folds.items()]
        found = courses.course(sense, case.state, entries, reckoned, case.facts)
        over = case.closed_at is not None and not any(each.live for each in reckoned)
        course = orjson.dumps(_packed(compiled.workflow, found)).decode()
        category = self._facts[compiled.id]
        return (
            Outcome(
                case.id, case.length, self.basis(compiled), compiled.programme, compiled.id, case.state, case.opened_at, found.due, case.unit,
                _word(case.facts.get(category)) if category is not None else None, _word(case.facts.get(AREA)), case.reporter,
                int(found.marks), course,
            ),
            over,
        )  # fmt: skip


def _packed(flow: Workflow, found: courses.Course) -> list[object]:
    """A course as a row of one width for all cases of a definition: to resolve, to close, then a code for each clock, its time, for
    each state the stay (or stays), and the stays in states that the definition does not have."""
    said = {each.clock: each for each in found.clocks}
    codes = [_code(said[name]) if name in said else None for name in flow.clocks]
    times = [said[name].elapsed if name in said else None for name in flow.clocks]
    stays: dict[str, list[int]] = {}
    for state, span in found.stays:
        stays.setdefault(state, []).append(span)
    stayed = [spans[0] if len(spans := stays.pop(name, [])) == 1 else spans or None for name in flow.states]
    return [found.to_resolve, found.to_close, *codes, *times, *stayed, list(stays.items()) or None]


def _code(said: courses.Said) -> int:
    return (0 if said.late is None else LATE if said.late else MET) + (EXEMPTED if said.exempted else 0)


MET, LATE, EXEMPTED = 1, 2, 4
"""The code of a clock: nothing for no verdict, one of the first two, and the last besides."""


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def keep_up(store: database.Store, known: catalog.Catalog, *, now: int, progress: Callable[[int, int], None] | None = None) -> int:
    """Remember what became of every case that is over; how many were written. Goes along the history from where it was left, reads
    first and writes briefly, so that nobody waits for it."""
    with store.reading() as tx:
        known.refresh(tx)
        upto, end = _upto(tx), _end(tx)
    reader, written = Reader(known), 0
    if _forget(store, known, reader):
        upto = 0
    while upto < end:
        following = min(upto + STRETCH, end)
        with store.reading() as tx:
            cases = [draft.read(row, known, tx) for row in tx.all(figures.CHANGED_CLOSED, (upto, following))]
            made = [outcome if over else outcome._replace(length=0) for outcome, over in reader.outcomes(tx, cases, now=now)]
        with store.writing() as tx:
            tx.many(figures.PUT_OUTCOMES, made)
            tx.run(statements.META_PUT, (UPTO, str(following)))
        written += len(made)
        upto = following
        if progress is not None:
            progress(upto, end)
    return written


def unremembered(tx: database.Transaction) -> frozenset[int]:
    """The cases that figures read anew, whatever is remembered of them."""
    return frozenset(row[0] for row in tx.all(figures.UNREMEMBERED, (_upto(tx),)))


def _upto(tx: database.Transaction) -> int:
    """The place of the history up to which what is over is remembered."""
    row = tx.one(statements.META_GET, (UPTO,))
    return int(row[0]) if row is not None else 0


def _end(tx: database.Transaction) -> int:
    return int((tx.one(figures.HISTORY_END) or (0,))[0])


def _forget(store: database.Store, known: catalog.Catalog, reader: Reader) -> bool:
    """Take out what was reckoned under calendars or definitions that are no longer so; whether there was any."""
    with store.reading() as tx:
        bases = _bases(tx, known, reader)
    void = [(number, basis) for number, (basis, others) in bases.items() if others]
    if void:
        with store.writing() as tx:
            for each in void:
                tx.run(figures.FORGET_OUTCOMES, each)
            tx.run(statements.META_PUT, (UPTO, "0"))
    return bool(void)


def _bases(tx: database.Transaction, known: catalog.Catalog, reader: Reader) -> dict[int, tuple[str, list[str]]]:
    """By definition: the basis that holds, and those of rows that were made under another."""
    found: dict[int, tuple[str, list[str]]] = {}
    for number, basis in tx.all(figures.BASES):
        holds, others = found.setdefault(number, (reader.basis(known.pinned(tx, number)), []))
        if basis != holds:
            others.append(basis)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Cases opened, or due, in [since, until) (UTC µs); of a programme, or of all (the empty text)."""

    since: int
    until: int
    by_due: bool = False
    programme: str = ""

    def has(self, outcome: Outcome) -> bool:
        at = outcome.due_at if self.by_due else outcome.opened_at
        return at is not None and self.since <= at < self.until and self.programme in ("", outcome.programme)


class Sum(NamedTuple):
    """So many cases of one key, programme and definition that have the same marks, with their courses (JSON, between commas)."""

    key: object
    programme: str
    definition: int
    marks: int
    number: int
    courses: str


class Standing:
    """The cases of a period as they are: sums of what is remembered, and one by one the rest. One consistent view of the store."""

    def __init__(self, tx: database.Transaction, known: catalog.Catalog, period: Period, *, anew: bool = False) -> None:
        """`anew`: nothing is taken from memory."""
        self._tx, self._known, self._period = tx, known, period
        self._reader = Reader(known)
        bases = _bases(tx, known, self._reader)
        self._fresh = {row[0] for row in tx.all(figures.ALL_IDS)} if anew else set(unremembered(tx))
        for number, (_, others) in bases.items():
            for basis in others:
                self._fresh |= {row[0] for row in tx.all(figures.OUTCOMES_UNDER, (number, basis))}
        self._given = (
            period.since, period.until, period.programme, period.programme, tx.listed([basis for basis, _ in bases.values()]),
            tx.listed(sorted(self._fresh)),
        )  # fmt: skip

    def remembered(self, key: str) -> Iterator[Sum]:
        """What is remembered, by a key of storage.figures."""
        return (Sum._make(row) for row in self._tx.all(figures.SUMMED[key, self._period.by_due], self._given))

    def reported(self, key: str) -> list[tuple[object, str, int, str, int]]:
        """(key, programme, definition, reporter, how many) of what is remembered."""
        return [(row[0], row[1], row[2], row[3], row[4]) for row in self._tx.all(figures.REPORTED[key, self._period.by_due], self._given)]

    def read(self, *, now: int, progress: Callable[[int, int], None] | None = None) -> Iterator[Outcome]:
        """The others, read and reckoned."""
        ids = sorted(self._fresh)
        for begin in range(0, len(ids), CHUNK):
            rows = self._tx.all(statements.CASES_PEEK, (self._tx.listed(ids[begin : begin + CHUNK]),))
            cases = [draft.read(row, self._known, self._tx) for row in rows if self._may(row)]
            for outcome, _ in self._reader.outcomes(self._tx, cases, now=now):
                if self._period.has(outcome):
                    yield outcome
            if progress is not None:
                progress(begin + len(rows), len(ids))

    def _may(self, row: Sequence[Any]) -> bool:
        """Whether a case may be of the period, as far as its row says."""
        if self._period.programme not in ("", row[_PROGRAMME]):
            return False
        return self._period.by_due or self._period.since <= row[_OPENED] < self._period.until


_PROGRAMME, _OPENED = list(statements.CASE).index("programme"), list(statements.CASE).index("opened_at")
