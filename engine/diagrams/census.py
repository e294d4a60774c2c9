"""Where the cases of a workflow are now, and where their time goes: counted over the store's cases, for the picture's states.

How long a stay was comes from the moves (`courses`); whether a case is overdue from the same reckoning as the lists."""

from __future__ import annotations

import statistics
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import orjson

from config.words import Text
from engine import catalog, courses, listing, moves
from engine import now as times
from engine.diagrams import pictures
from storage import database, statements
from storage import figures as queries

CHUNK = 1000
_NEVER = 1 << 62
_COLUMNS = list(statements.CASE)
_ID, _DEFINITION, _STATE, _FOLD, _CHANGED, _CLOSED = (
    _COLUMNS.index(column) for column in ("id", "definition", "state", "fold", "changed_at", "closed_at")
)


@dataclass(slots=True)
class Tally:
    """One state: cases there now, those of them still open, those of these overdue, the stays (µs) that ended, the time (µs) of all stays up to now."""

    cases: int = 0
    open: int = 0
    overdue: int = 0
    ended: array[int] = field(default_factory=lambda: array("q"))
    spent: int = 0


def census(
    tx: database.Transaction,
    known: catalog.Catalog,
    programme: str,
    workflow: str,
    *,
    since: int | None,
    now: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Tally]:
    """Tallies by state, over the cases opened since (all by default), under whatever version of the workflow."""
    tallies: dict[str, Tally] = {}
    senses: dict[int, courses.Sense] = {}
    last, count, earliest = -1, 0, -_NEVER if since is None else since
    while rows := tx.all(queries.CASES_OPENED, (last, earliest, _NEVER, programme, programme, CHUNK)):
        last, count = rows[-1][_ID], count + len(rows)
        mine = [row for row in rows if known.pinned(tx, row[_DEFINITION]).workflow.workflow == workflow]
        migrated = [row[_ID] for row in mine if "eras" in orjson.loads(row[_FOLD])]
        happened = moves.of(tx, [row[_ID] for row in mine], migrated=migrated)
        for row in mine:
            compiled = known.pinned(tx, row[_DEFINITION])
            if compiled.id not in senses:
                senses[compiled.id] = courses.sense(compiled.workflow)
            course = courses.course(senses[compiled.id], row[_STATE], happened[row[_ID]], ())
            for state, stay in course.stays:
                tally = tallies.setdefault(state, Tally())
                tally.ended.append(stay)
                tally.spent += stay
            tally = tallies.setdefault(row[_STATE], Tally())
            tally.cases += 1
            if row[_CLOSED] is None:
                late, *_ = listing.rank(compiled, orjson.loads(row[_FOLD]), now=now)
                tally.open += 1
                tally.overdue += late
                tally.spent += max(0, now - row[_CHANGED])
        if progress is not None:
            progress(count, count)
    return tallies


def counted(picture: pictures.Picture, tallies: Mapping[str, Tally], *, since: int | None, now: int, zone: str) -> pictures.Picture:
    """The picture with the counts on its states. Time in final states is nobody's, and is left out of the shares."""
    whole = sum(tally.spent for node in picture.nodes if node.final is None and (tally := tallies.get(node.name)) is not None)
    nodes = tuple(_node(node, tallies.get(node.name, Tally()), whole) for node in picture.nodes)
    names = {node.name for node in picture.nodes}
    return replace(
        picture,
        nodes=nodes,
        counted=_period(since, now, zone),
        elsewhere=sum(tally.open for state, tally in tallies.items() if state not in names),
    )


def _node(node: pictures.Node, tally: Tally, whole: int) -> pictures.Node:
    if node.final is not None:
        return replace(node, cases=tally.cases, overdue=tally.overdue)
    return replace(
        node,
        cases=tally.cases,
        overdue=tally.overdue,
        stays=len(tally.ended),
        median=round(statistics.median(tally.ended)) if tally.ended else None,
        share=round(tally.spent / whole, 4) if whole else None,
    )


def _period(since: int | None, now: int, zone: str) -> Text:
    until = f"{times.local(now, zone):%Y-%m-%d %H:%M}"
    if since is None:
        return Text(zh=f"全部案件，截至 {until}", en=f"all cases, as of {until}")
    begun = f"{times.local(since, zone):%Y-%m-%d %H:%M}"
    return Text(zh=f"{begun} 起开案，截至 {until}", en=f"cases opened since {begun}, as of {until}")
