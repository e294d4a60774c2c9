"""One case's life lived once more in memory, under whatever rules: what people did then is done again, what clocks do comes anew.

What-if lives each case twice, under its own definition and under an edited one. What people did is taken from the history;
rungs, the moves that rungs make, and messages are not: they come as the rules in hand say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from engine import actors, catalog, courses, draft, errors, facts, history, moving, rehearsal, requests
from sla import clocks
from states import errors as states_errors

Mark = tuple[str, int, int, int]


class Deed(NamedTuple):
    """What somebody did: opened the case, pulled a trigger, or acknowledged a clock (whose name is in place of the trigger).

    `second`: a timer of that very moment had its turn before, as happens where time is virtual."""

    at: int
    seq: int
    kind: str
    name: str
    actor: str | None
    facts: Mapping[str, Any]
    second: bool = False


class Refused(NamedTuple):
    """A deed that the rules in hand do not allow. `passed_over`: it happened all the same, for it leads somewhere; else it is left out."""

    name: str
    code: str
    passed_over: bool


@dataclass(slots=True, kw_only=True)
class Life:
    """What came of a case. `marks` are its rungs as (clock, round, rung, repeat), those that another stood for among them;
    `path` the states it was in, in order; `mails` how many went to whom, `alarms` those of them that rungs sent."""

    unit: str | None = None
    verdicts: dict[str, str] = field(default_factory=dict)
    rungs: Counter[tuple[str, int]] = field(default_factory=Counter)
    marks: frozenset[Mark] = frozenset()
    path: tuple[str, ...] = ()
    mails: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)


def deeds(entries: Iterable[Sequence[Any]]) -> list[Deed]:
    """What people did, in the order in which it happened."""
    found, fired = [], -1
    for row in entries:
        kind, at, seq, actor = row[history.KIND], row[history.AT], row[history.SEQ], row[history.ACTOR]
        if kind == "rung":
            fired = at
        elif kind in ("open", "move") and actor != requests.TIMER:
            given = orjson.loads(row[history.FACTS]) if row[history.FACTS] != "{}" else {}
            found.append(Deed(at, seq, kind, row[history.TRIGGER], actor, given, second=at == fired))
        elif kind == "acknowledge":
            clock = orjson.loads(row[history.DETAIL])["clock"]
            found.append(Deed(at, seq, kind, clock, actor, {}, second=at == fired))
    return sorted(found, key=lambda deed: (deed.at, deed.seq))


def lived(town: catalog.InForce, compiled: catalog.Compiled, done: Sequence[Deed], *, until: int) -> Life:
    """The life of a case of this definition, from its opening (the first deed) up to `until`."""
    opening, *others = done
    flow = compiled.workflow.workflow
    stage = rehearsal.Rehearsal(town, {flow: compiled}, now=opening.at, alone=True, boundless=True)
    case = stage.begin(flow, actor=opening.actor, kept=opening.facts)
    life = Life(refused=[Refused(opening.name, code, passed_over=True) for code in _against(town, compiled, opening)])
    for deed in others:
        (stage.until if deed.second else stage.before)(deed.at)
        _do(stage, case, deed, life)
    stage.until(max(until, done[-1].at))
    happened = stage.happened()
    life.unit, life.verdicts = case.unit, verdicts(case, now=max(until, case.latest))
    life.rungs = Counter((fired.clock, fired.rung) for fired in happened.fired)
    life.marks, life.path = marks(happened.entries), path(happened.entries)
    sent = [mail for mail in happened.mails if not mail.dropped]
    life.mails = Counter(mail.recipient for mail in sent)
    life.alarms = Counter(mail.recipient for mail in sent if mail.clock is not None)
    return life


def _against(town: catalog.InForce, compiled: catalog.Compiled, opening: Deed) -> list[str]:
    """Why the case could not be opened so, as codes; empty if it could."""
    unit = opening.facts.get("unit")
    may = frozenset(compiled.workflow.opened_by)
    try:
        if opening.actor == requests.SYSTEM:
            words = may
        else:
            words = actors.words(town, opening.actor, unit=unit if isinstance(unit, str) else None, reporter=opening.actor, tracker=None)
        facts.required(compiled, opening.facts)
    except errors.EngineError as refusal:
        return [refusal.code]
    return [] if words & may else [states_errors.RoleRefused.code]


def _do(stage: rehearsal.Rehearsal, case: draft.Draft, deed: Deed, life: Life) -> None:
    """As the rules allow it; else without asking who and with what; else not at all."""
    if deed.kind == "acknowledge":
        try:
            stage.acknowledge(case.id, deed.name, actor=str(deed.actor))
        except moving.REFUSALS as refusal:
            life.refused.append(Refused(deed.name, refusal.code, passed_over=False))
        return
    try:
        stage.carry_on(case.id, deed.name, actor=str(deed.actor), kept=deed.facts, excused=False)
    except moving.REFUSALS as refusal:
        life.refused.append(Refused(deed.name, refusal.code, passed_over=_passed_over(stage, case, deed)))


def _passed_over(stage: rehearsal.Rehearsal, case: draft.Draft, deed: Deed) -> bool:
    try:
        stage.carry_on(case.id, deed.name, actor=str(deed.actor), kept=deed.facts, excused=True)
    except moving.REFUSALS:
        return False
    return True


def verdicts(case: draft.Draft, *, now: int) -> dict[str, str]:
    """Each clock that has begun, with its verdict."""
    plans, timelines = case.compiled.plans, case.compiled.timelines
    return {name: courses.verdict(clocks.reckon(plans[name], fold, timelines, now=now)) for name, fold in case.folds.items()}


def marks(entries: Iterable[Sequence[Any]]) -> frozenset[Mark]:
    """The rungs that were reached, however an outage may have heaped them."""
    found: set[Mark] = set()
    for row in entries:
        if row[history.KIND] == "rung":
            detail = orjson.loads(row[history.DETAIL])
            clock, round_ = detail["clock"], detail["round"]
            found.add((clock, round_, detail["rung"], detail["repeat"]))
            found.update((clock, round_, rung, repeat) for rung, repeat in detail.get("skipped", ()))
    return frozenset(found)


def path(entries: Iterable[Sequence[Any]]) -> tuple[str, ...]:
    """The states a case came to, in the order of what happened."""
    moved = [(row[history.AT], row[history.SEQ], row[history.TO]) for row in entries if row[history.FROM] != row[history.TO]]
    return tuple(state for _, _, state in sorted(moved))
