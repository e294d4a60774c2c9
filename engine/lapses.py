"""What lapsed between two places of the history: the rungs that fired, with their clocks as they stand now; for those who show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config import robots, workflow
from engine import catalog, draft, eras, history, secrecy
from sla import clocks
from storage import database, orchestration, statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """One rung that fired, with its clock as it stands now. `rung` from 1; `overdue` in microseconds, negative before the deadline,
    at the end of a clock that has `ended` meanwhile."""

    cursor: int
    number: str
    programme: str
    workflow: str
    clock: str
    title: str
    phase: str
    rung: int
    target: str
    state: str
    unit: str
    urgent: bool
    told: tuple[str, ...]
    reached: int
    due: int | None
    overdue: int
    ended: bool
    zone: str


def between(
    tx: database.Transaction, known: catalog.Catalog, *, after: int, until: int, now: int, limit: int = 5_000
) -> tuple[list[Lapse], int]:
    """The rungs that fired between two cursors, the latest of each case and clock, most overdue first; and how far was read.

    They are for nobody in particular: a case that is hidden is not among them, and no fact that is."""
    known.refresh(tx)
    rows = tx.all(orchestration.RUNGS_BETWEEN, (after, until, limit))
    latest: dict[tuple[int, str], tuple[int, int, dict[str, Any]]] = {}
    for place, case_id, seq, _at, text in rows:
        detail = orjson.loads(text)
        latest[case_id, detail["clock"]] = (place, seq, detail)
    cases: dict[int, draft.Draft] = {}
    for row in tx.all(statements.CASES_PEEK, (tx.listed(sorted({case for case, _ in latest})),)) if latest else ():
        cases[row[0]] = draft.read(row, known, tx)
    found = []
    for (number, clock), (place, seq, detail) in latest.items():
        if (case := cases.get(number)) is not None and secrecy.sees(case, secrecy.NOBODY):
            entries = history.rows(tx, number) if case.earlier else ()
            today = eras.called(case, entries, clock, after=seq, until=case.length)
            found.append(_lapse(case, clock, today, place, seq, detail, now=now))
    return sorted(found, key=lambda lapse: -lapse.overdue), rows[-1][0] if len(rows) == limit else until


def grouped(found: Sequence[Lapse]) -> dict[tuple[str, str], list[Lapse]]:
    """By programme and clock."""
    groups: dict[tuple[str, str], list[Lapse]] = {}
    for lapse in found:
        groups.setdefault((lapse.programme, lapse.clock), []).append(lapse)
    return dict(sorted(groups.items()))


def phase(ladder: Sequence[workflow.Rung], rung: int, repeat: int, skipped: Sequence[Sequence[int]]) -> str:
    """`warned` before the deadline, `breached` at the first rung that stands at or after it, `escalated` from then on."""
    late = [i for i, r in enumerate(ladder) if r.after is not None or (r.at is not None and r.at.share >= 100)]
    fired = {rung if repeat == 0 else -1, *(number for number, again in skipped if again == 0)}
    if not late or rung < late[0]:
        return "warned"
    return "breached" if late[0] in fired else "escalated"


def _lapse(case: draft.Draft, clock: str, today: str | None, place: int, seq: int, detail: Mapping[str, Any], *, now: int) -> Lapse:
    """`today` is what the clock is called by now, if it still exists."""
    hides = secrecy.hidden(case, secrecy.NOBODY)
    compiled = eras.compiled_at(case, seq)  # the rung is one of the ladder that the clock had then
    flow = compiled.workflow
    language = case.town.live.programme.language
    ladder = ladder_of(compiled, clock)
    fold = case.folds.get(today) if today is not None else None
    reckoned = None
    current = fold is not None and fold.round == detail["round"]
    if today is not None and fold is not None and current:
        reckoned = clocks.reckon(case.compiled.plans[today], fold, case.compiled.timelines, now=now)
    dated = today is not None and not secrecy.undated(case.compiled, today, hides)
    due = reckoned.due if reckoned is not None and dated else None
    settled = fold.settled if fold is not None and current else detail["due"]
    return Lapse(
        cursor=place,
        number=case.number,
        programme=compiled.programme,
        workflow=flow.workflow,
        clock=clock,
        title=flow.clocks[clock].title.say(language),
        phase=phase(ladder, detail["rung"], detail["repeat"], detail.get("skipped", ())),
        rung=detail["rung"] + 1,
        target=(reckoned.target if reckoned is not None and dated else None) or "",
        state=case.compiled.workflow.states[case.state].title.say(language),
        unit="" if "unit" in hides else case.unit or "",
        urgent=secrecy.urgent_to(case, hides),
        told=tuple(ladder[detail["rung"]].notify),
        reached=sum(not who.startswith(robots.ROBOT) for who, *_ in detail.get("told", ())),
        due=due,
        overdue=(now if settled is None else settled) - due if due is not None else 0,
        ended=settled is not None,
        zone=compiled.zone,
    )


def ladder_of(compiled: catalog.Compiled, clock: str) -> tuple[workflow.Rung, ...]:
    flow = compiled.workflow
    name = flow.clocks[clock].ladder
    return flow.ladders[name] if name is not None else ()
