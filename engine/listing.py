"""Lists of cases, by time left: who looks at a desk wants what is due first on top. Filters in the store, no query per case."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from engine import catalog, draft, secrecy, views
from sla import folds, running
from storage import database, looking, statements

PAGE = 500
_LATEST = 2**62
_PROGRAMME, _DEFINITION, _FOLD = (list(statements.CASE).index(column) for column in ("programme", "definition", "fold"))


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
    """The open cases by time left, then the closed ones, the latest first; at most `limit`. One consistent view.

    A viewer sees the programmes in which he is a person, and there the cases that he may know of."""
    where = {name for name, town in known.programmes.items() if viewer is None or viewer in town.live.people.people}
    ranked = _ranked(tx, known, wanted, where, viewer=viewer, now=now)
    order = sorted(ranked) if limit is None else heapq.nsmallest(limit, ranked)
    for at in range(0, len(order), PAGE):
        ids = [case for *_, case in order[at : at + PAGE]]
        found = {row[0]: draft.read(row, known, tx) for row in tx.all(statements.CASES_PEEK, (tx.listed(sorted(ids)),))}
        yield from views.cases(tx, [found[case] for case in ids], viewer=viewer, now=now)
    if wanted.closed and not wanted.overdue:
        yield from _closed(tx, known, wanted, where, viewer=viewer, now=now, most=None if limit is None else limit - len(order))


def _ranked(
    tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, where: Container[str], *, viewer: str | None, now: int
) -> Iterator[Rank]:
    """Every open case with its rank: what runs by its due date, then what is paused, then what has no promise."""
    last = -1
    while rows := tx.all(looking.OPEN_CASES, (last, *_filter(wanted), PAGE)):
        last = rows[-1][0]
        for row in rows:
            if row[_PROGRAMME] not in where:
                continue
            compiled = known.pinned(tx, row[_DEFINITION])
            if compiled.veils and viewer is not None and not _shown(draft.read(row, known, tx), wanted, viewer):
                continue
            late, *place = rank(compiled, orjson.loads(row[_FOLD]), now=now)
            if late or not wanted.overdue:
                yield place[0], place[1], row[0]


def rank(compiled: catalog.Compiled, kept: dict[str, Any], *, now: int) -> tuple[bool, int, int]:
    """(overdue, paused or without promise last, due) of a kept fold. Only the deadlines are reckoned, not all that a view shows;
    a test holds the order equal to `CaseView.pressing`."""
    late, best, moment = False, (2, 0), max(now, kept["m"])
    for name, values in kept["k"].items():
        fold = folds.ClockFold.from_json(values)
        if fold.settled is not None or fold.terms is None:
            continue
        plan, runs = compiled.plans[name], running.is_open(fold.spans)
        due = folds.deadline(plan, fold if runs else fold._replace(spans=(*fold.spans, moment)), compiled.timelines) or 0
        best = min(best, (int(not runs), due))
        if not late and due <= moment:
            lapsed = fold.breached_at or folds.lapse(plan, fold, compiled.timelines)
            late = lapsed is not None and lapsed <= moment
    return late, *best


def _closed(
    tx: database.Transaction,
    known: catalog.Catalog,
    wanted: Wanted,
    where: Container[str],
    *,
    viewer: str | None,
    now: int,
    most: int | None,
) -> Iterator[views.CaseView]:
    place = (_LATEST, _LATEST, _LATEST)
    while most is None or most > 0:
        rows = tx.all(looking.CLOSED_CASES, (*place, *_filter(wanted), PAGE))
        if not rows:
            return
        found = [draft.read(row, known, tx) for row in rows]
        place = (found[-1].closed_at or 0, found[-1].closed_at or 0, found[-1].id)
        shown = [case for case in found if case.compiled.programme in where and _shown(case, wanted, viewer)][:most]
        most = None if most is None else most - len(shown)
        yield from views.cases(tx, shown, viewer=viewer, now=now)


def _shown(case: draft.Draft, wanted: Wanted, viewer: str | None) -> bool:
    """Whether a case stands in somebody's list: he may know of it, and a filter does not tell him a unit that is hidden from him."""
    return secrecy.sees(case, viewer) and not (wanted.unit and "unit" in secrecy.hidden(case, viewer))


def _filter(wanted: Wanted) -> tuple[str, ...]:
    return tuple(value for value in (wanted.programme, wanted.state, wanted.unit) for _ in range(2))
