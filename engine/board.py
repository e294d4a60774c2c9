"""The board: what is open, by time left, per programme; for a screen in the duty room and for Prefect's artifacts.

A case that its viewer may not know of is counted and has no line; by default the viewer is nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from engine import catalog, draft, secrecy
from sla import clocks
from storage import database, orchestration, statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One open case with its most pressing clock. `left` in microseconds, negative when over; None where no clock runs."""

    number: str
    workflow: str
    state: str
    unit: str
    urgent: bool
    clock: str
    target: str
    due: int | None
    left: int | None
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A programme's open cases. `overdue` counts among the cases read, which are `complete` unless a town is drowning;
    those that its viewer may not know of have no line. `veiled`: something of it is hidden from him."""

    programme: str
    title: str
    zone: str
    open: int
    urgent: int
    overdue: int
    complete: bool
    lines: tuple[Line, ...]
    veiled: bool = False


def boards(tx: database.Transaction, known: catalog.Catalog, *, now: int, most: int = 1_000, viewer: str = secrecy.NOBODY) -> list[Board]:
    """One board per programme in force: the cases whose timers come first and the oldest ones, at most `most` of each."""
    known.refresh(tx)
    counts = {name: (int(total), int(urgent or 0)) for name, total, urgent in tx.all(orchestration.OPEN_COUNTS)}
    asked = _Asked(now=now, most=most, viewer=viewer)
    return [_board(tx, known, name, counts.get(name, (0, 0)), asked) for name in sorted(known.programmes)]


class _Asked(NamedTuple):
    now: int
    most: int
    viewer: str


def _board(tx: database.Transaction, known: catalog.Catalog, name: str, counts: tuple[int, int], asked: _Asked) -> Board:
    ids = (
        {row[0] for query in (orchestration.OPEN_BY_TIMER, orchestration.OPEN_OLDEST) for row in tx.all(query, (name, asked.most))}
        if counts[0]
        else set()
    )
    rows = tx.all(statements.CASES_PEEK, (tx.listed(sorted(ids)),)) if ids else []
    cases = [draft.read(row, known, tx) for row in rows]
    hides = {case.id: secrecy.hidden(case, asked.viewer) for case in cases}
    shown = {case.id for case in cases if secrecy.sees(case, asked.viewer)}
    read = {case.id: _line(case, hides[case.id] if case.id in shown else frozenset(), now=asked.now) for case in cases}
    lines = sorted((line for number, line in read.items() if number in shown), key=_pressing)
    live = known.of(name).live.programme
    return Board(
        programme=name,
        title=live.title.say(live.language),
        zone=live.time_zone,
        open=counts[0],
        urgent=counts[1],
        overdue=sum(line.left is not None and line.left < 0 for line in read.values()),
        complete=len(read) == counts[0],
        lines=tuple(lines),
        veiled=len(shown) < len(read) or any(hides.values()),
    )


def _line(case: draft.Draft, hides: frozenset[str], *, now: int) -> Line:
    flow = case.compiled.workflow
    language = case.town.live.programme.language
    name, pressing = _most_pressing(case, now, hides)
    return Line(
        number=case.number,
        workflow=flow.title.say(language),
        state=flow.states[case.state].title.say(language),
        unit="" if "unit" in hides else _unit(case, language),
        urgent=secrecy.urgent_to(case, hides),
        clock=flow.clocks[name].title.say(language) if name else "",
        target=(pressing.target or "") if pressing is not None else "",
        due=pressing.due if pressing is not None else None,
        left=pressing.due - now if pressing is not None and pressing.due is not None else None,
        paused=pressing is not None and pressing.phase == "paused",
    )


def _most_pressing(case: draft.Draft, now: int, hides: frozenset[str]) -> tuple[str, clocks.Reckoning | None]:
    """The clock that is due first, those that run before those that pause; none where nothing is promised."""
    found: tuple[str, clocks.Reckoning | None] = ("", None)
    best: tuple[bool, int] | None = None
    for name, fold in case.folds.items():
        reckoned = clocks.reckon(case.compiled.plans[name], fold, case.compiled.timelines, now=now)
        if secrecy.undated(case.compiled, name, hides):
            continue
        if reckoned.phase == "settled" or reckoned.due is None:
            continue
        rank = (reckoned.phase == "paused", reckoned.due)
        if best is None or rank < best:
            found, best = (name, reckoned), rank
    return found


def _unit(case: draft.Draft, language: str) -> str:
    unit = case.town.live.units.units.get(case.unit or "")
    return unit.title.say(language) if unit is not None else case.unit or ""


def _pressing(line: Line) -> tuple[bool, bool, int, str]:
    return (line.left is None, line.paused, line.left if line.left is not None else 0, line.number)
