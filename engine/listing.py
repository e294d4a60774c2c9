"""Lists of cases, by time left: who looks at a desk wants what is due first on top. Filters in the store, no query per case."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from engine import catalog, draft, views
from sla import clocks
from storage import database, looking, statements

PAGE = 500
_LATEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases: empty texts are any. `overdue`: only those with a clock that goes on past its deadline."""

    programme: str = ""
    state: str = ""
    unit: str = ""
    overdue: bool = False
    closed: bool = True


Rank = tuple[int, int, int]


def listed(
    tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, *, viewer: str | None, now: int, limit: int | None
) -> Iterator[views.CaseView]:
    """The open cases by time left, then the closed ones, the latest first; at most `limit`. One consistent view."""
    ranked = _ranked(tx, known, wanted, now=now)
    order = sorted(ranked) if limit is None else heapq.nsmallest(limit, ranked)
    for at in range(0, len(order), PAGE):
        ids = [case for *_, case in order[at : at + PAGE]]
        found = {row[0]: draft.read(row, known, tx) for row in tx.all(statements.CASES_PEEK, (tx.listed(sorted(ids)),))}
        yield from views.cases(tx, [found[case] for case in ids], viewer=viewer, now=now)
    if wanted.closed and not wanted.overdue:
        yield from _closed(tx, known, wanted, viewer=viewer, now=now, most=None if limit is None else limit - len(order))


def _ranked(tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, *, now: int) -> Iterator[Rank]:
    """Every open case with its rank: what runs by its due date, then what is paused, then what has no promise."""
    last = -1
    while rows := tx.all(looking.OPEN_CASES, (last, *_filter(wanted), PAGE)):
        last = rows[-1][0]
        for row in rows:
            rank = _rank(draft.read(row, known, tx), now=now, overdue=wanted.overdue)
            if rank is not None:
                yield rank


def _rank(case: draft.Draft, *, now: int, overdue: bool) -> Rank | None:
    """(paused or without promise last, due, id); None for what is not wanted."""
    best, late, moment = (2, 0), False, max(now, case.latest)
    for name, fold in case.folds.items():
        reckoned = clocks.reckon(case.compiled.plans[name], fold, case.compiled.timelines, now=moment)
        if not reckoned.live or reckoned.due is None:
            continue
        late = late or reckoned.state == "breached"
        best = min(best, (int(reckoned.phase == "paused"), reckoned.due))
    return None if overdue and not late else (*best, case.id)


def _closed(
    tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, *, viewer: str | None, now: int, most: int | None
) -> Iterator[views.CaseView]:
    place = (_LATEST, _LATEST, _LATEST)
    while most is None or most > 0:
        rows = tx.all(looking.CLOSED_CASES, (*place, *_filter(wanted), PAGE if most is None else min(PAGE, most)))
        if not rows:
            return
        found = [draft.read(row, known, tx) for row in rows]
        place = (found[-1].closed_at or 0, found[-1].closed_at or 0, found[-1].id)
        most = None if most is None else most - len(found)
        yield from views.cases(tx, found, viewer=viewer, now=now)


def _filter(wanted: Wanted) -> tuple[str, ...]:
    return tuple(value for value in (wanted.programme, wanted.state, wanted.unit) for _ in range(2))
