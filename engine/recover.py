"""Putting right what a crash may have left: leases nobody holds any more, timers a case owes and does not have."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from engine import catalog, doorbell, draft
from sla import ladders
from storage import database, orchestration, statements

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was put right: messages whose lease had lapsed, cases looked at, timers that were missing, wrong or not owed."""

    leases: int
    cases: int
    timers: int


def recover(store: database.Store, known: catalog.Catalog, *, now: int, wall: int) -> Recovered:
    """Release lapsed leases (`wall`: leases count real time) and put every open case's timers right. Safe to repeat, and beside a running clock."""
    with store.writing() as tx:
        known.refresh(tx)
        leases = tx.run(orchestration.LEASES_LAPSED, (wall,))
    cases = timers = last = 0
    while True:
        with store.reading() as tx:
            ids = [row[0] for row in tx.all(orchestration.OPEN_PAGE, (last, PAGE))]
            wrong = _wrong(tx, known, ids)
        cases += len(ids)
        if wrong:
            timers += _put_right(store, known, wrong, now=now)
        if len(ids) < PAGE:
            return Recovered(leases=leases, cases=cases, timers=timers)
        last = ids[-1]


def sample(tx: database.Transaction, count: int) -> list[int]:
    """Cases to look at closely: those that moved lately, and as many from all of them by lot."""
    lately = [row[0] for row in tx.all(orchestration.CASES_LATELY, (count * 4, count))]
    row = tx.one(orchestration.CASE_LAST)
    last = int(row[0]) if row else 0
    by_lot = secrets.SystemRandom().sample(range(1, last + 1), min(count, last))
    return sorted({*lately, *by_lot})


def _wrong(tx: database.Transaction, known: catalog.Catalog, ids: list[int]) -> list[int]:
    """The cases whose timer rows are not what they owe."""
    if not ids:
        return []
    armed: dict[int, dict[str, tuple[int, int, int, int]]] = {}
    for case_id, clock, due, turn, rung, repeat, _generation in tx.all(statements.TIMERS_MANY, (tx.listed(ids),)):
        armed.setdefault(case_id, {})[clock] = (due, turn, rung, repeat)
    rows = tx.all(statements.CASES_PEEK, (tx.listed(ids),))
    return [case.id for case in (draft.read(row, known, tx) for row in rows) if _owed(case) != armed.get(case.id, {})]


def _owed(case: draft.Draft) -> dict[str, tuple[int, int, int, int]]:
    owed = {}
    for name, fold in case.folds.items():
        next_rung = ladders.owed(case.compiled.plans[name], fold, case.compiled.timelines)
        if next_rung is not None:
            owed[name] = (next_rung.due, fold.round, next_rung.rung, next_rung.repeat)
    return owed


def _put_right(store: database.Store, known: catalog.Catalog, ids: list[int], *, now: int) -> int:
    """Look again under the lock, and arm what is owed."""
    count = 0
    with store.writing() as tx:
        batch = draft.Batch(tx, known, now)
        batch.load(ids)
        armed: dict[int, dict[str, tuple[int, int, int, int]]] = {}
        for case_id, clock, *timer, _generation in tx.all(statements.TIMERS_MANY, (tx.listed(ids),)):
            armed.setdefault(case_id, {})[clock] = (timer[0], timer[1], timer[2], timer[3])
        for case in batch.drafts.values():
            owed, has = _owed(case), armed.get(case.id, {})
            for name in sorted(owed.keys() | has.keys()):
                if owed.get(name) == has.get(name):
                    continue
                count += 1
                old = case.timers.pop(name, None)
                if name in owed:
                    case.timers[name] = (*owed[name], old[4] + 1 if old is not None else 1)
                batch.armed[case.id, name] = case.timers.get(name)
                batch.changed[case.id] = case
        batch.flush()
        if count:
            doorbell.ring(tx, store)
    return count
