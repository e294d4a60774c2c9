"""What became of cases that are over, remembered so that figures over many of them need not fold each again.

A row holds for a case of a certain length of history, reckoned under a certain definition and calendar (`basis`): a case that went on
since, or a calendar that changed, makes it void by itself. Nothing is written on the way of a case; rows are made when figures are
asked for, and by the nightly flow. `fengxing verify` derives each again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from config.workflow import FactType
from engine import catalog, courses, draft, moves
from sla import clocks
from storage import database, figures, statements

CHUNK = 1000
EDITION = 1
"""Raised whenever a row would be made differently: older ones are void then."""
AREA = "area"
"""The fact that says in which community or grid a case lies."""


class Outcome(NamedTuple):
    """One case as the figures see it; the columns of storage.figures.OUTCOME. `course`: JSON of [to resolve, to close, clocks, stays]."""

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
        course = orjson.dumps([found.to_resolve, found.to_close, [tuple(each) for each in found.clocks], found.stays]).decode()
        category = self._facts[compiled.id]
        return (
            Outcome(
                case.id, case.length, self.basis(compiled), compiled.programme, compiled.id, case.state, case.opened_at, found.due, case.unit,
                _word(case.facts.get(category)) if category is not None else None, _word(case.facts.get(AREA)), case.reporter,
                int(found.marks), course,
            ),
            over,
        )  # fmt: skip


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def keep_up(
    store: database.Store, known: catalog.Catalog, *, now: int, progress: Callable[[int, int], None] | None = None
) -> int:  # fmt: skip
    """Remember what became of every case that is over; how many were written. Reads first and writes briefly, a thousand at a time."""
    with store.reading() as tx:
        known.refresh(tx)
    reader, last, written = Reader(known), -1, 0
    _forget(store, known, reader)
    while True:
        with store.reading() as tx:
            rows = tx.all(figures.UNCOVERED_CLOSED, (last, CHUNK))
            if not rows:
                return written
            last = rows[-1][0]
            cases = [draft.read(row, known, tx) for row in rows]
            made = [outcome for outcome, over in reader.outcomes(tx, cases, now=now) if over]
        if made:
            with store.writing() as tx:
                tx.many(figures.PUT_OUTCOMES, made)
            written += len(made)
        if progress is not None:
            progress(written, written)


def _forget(store: database.Store, known: catalog.Catalog, reader: Reader) -> None:
    """Take out what was reckoned under calendars or definitions that are no longer so."""
    with store.reading() as tx:
        void = [(number, reader.basis(known.pinned(tx, number))) for number in _void(tx, known, reader)]
    if void:
        with store.writing() as tx:
            for each in void:
                tx.run(figures.FORGET_OUTCOMES, each)


def _void(tx: database.Transaction, known: catalog.Catalog, reader: Reader) -> list[int]:
    """Definitions with rows of another basis than they have now."""
    return sorted({number for number, basis in tx.all(figures.BASES) if basis != reader.basis(known.pinned(tx, number))})


def standing(
    tx: database.Transaction, known: catalog.Catalog, *, by_due: bool, since: int, until: int, programme: str, now: int,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Outcome]:  # fmt: skip
    """Every case of a period as it is: what is remembered, and the rest read and reckoned. One consistent view."""
    reader = Reader(known)
    opened = (-(1 << 62), 1 << 62) if by_due else (since, until)
    void = set(_void(tx, known, reader))
    bases = {number: reader.basis(known.pinned(tx, number)) for number in void}
    fresh = [row[0] for row in tx.all(figures.UNCOVERED, (-1, *opened, programme, programme))]
    uncovered = set(fresh)
    kept = tx.all(figures.OUTCOMES_DUE if by_due else figures.OUTCOMES_OPENED, (since, until, programme, programme))
    for row in kept:
        if row[0] in uncovered:
            continue
        if row[4] in void and row[2] != bases[row[4]]:
            fresh.append(row[0])
            continue
        yield Outcome._make(row)
    if void and by_due:  # what was due elsewhere under another calendar may be due here
        remembered = {row[0] for row in kept} | uncovered
        fresh += [
            number for definition, basis in tx.all(figures.BASES) if definition in void and basis != bases[definition]
            for (number,) in tx.all(figures.OUTCOMES_UNDER, (definition, basis)) if number not in remembered
        ]  # fmt: skip
    yield from _read(
        tx, known, reader, sorted(fresh), by_due=by_due, since=since, until=until, programme=programme, now=now, progress=progress
    )


def _read(
    tx: database.Transaction, known: catalog.Catalog, reader: Reader, ids: Sequence[int], *, by_due: bool, since: int, until: int,
    programme: str, now: int, progress: Callable[[int, int], None] | None,
) -> Iterator[Outcome]:  # fmt: skip
    """Cases as they are now, of which those with another due date are left out."""
    for begin in range(0, len(ids), CHUNK):
        rows = tx.all(statements.CASES_PEEK, (tx.listed(ids[begin : begin + CHUNK]),))
        cases = [draft.read(row, known, tx) for row in rows]
        for outcome, _ in reader.outcomes(tx, cases, now=now):
            if programme in ("", outcome.programme) and (not by_due or (outcome.due_at is not None and since <= outcome.due_at < until)):
                yield outcome
        if progress is not None:
            progress(begin + len(rows), len(ids))
