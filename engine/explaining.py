"""Why a deadline is when it is: the stretches in which each clock ran, the rule of each, and what a rung does and to whom.

Everything comes from the history and from `sla.clocks`, the same functions that arm the timers; nothing is told twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from engine import catalog, draft, eras, errors, explanations, history, secrecy, views
from engine import now as times
from notifications import passed, recipients
from sla import calendars, clocks, folds, ladders
from sla import explaining as stretches
from storage import database


def explain(
    tx: database.Transaction,
    case: draft.Draft,
    *,
    at: int | None = None,
    clock: str | None = None,
    rung: int | None = None,
    rungs: bool = False,
    viewer: str | None = None,
    now: int,
) -> explanations.Explanation:
    """All clocks that have begun by `at` (now by default; a later moment: if nothing happens until then), or the one asked for.

    `rung` counts from 0 and belongs to `clock`; `rungs` asks for all of every clock. A clock whose deadline is a fact hidden from the viewer
    is not among them, and a rule that would say one is not told. Raises TooEarly before the opening, NotFound for a clock or rung there is not."""
    moment = max(now, case.latest) if at is None else at
    if moment < case.opened_at:
        raise errors.TooEarly(
            f"{case.number} was opened at {times.written(case.opened_at, case.compiled.zone)}; there is nothing to explain before",
            f"{case.number} 于 {times.written(case.opened_at, case.compiled.zone)} 开案；此前没有可说明的内容",
        )
    rows = [row for row in history.rows(tx, case.id) if row[history.AT] <= moment]
    life = eras.life(case, rows)
    hides = secrecy.hidden(case, viewer)
    told = _Known(case=case, effects=tuple(clocks.in_order(life.effects)), lived=tuple(life.stretches()), rows=rows, hides=hides)
    named = [clock] if clock is not None else [name for name in told.compiled.workflow.clocks if name in told.folded]
    named = [name for name in named if not secrecy.undated(told.compiled, name, hides)]
    if clock is not None:
        _require(told, clock, rung)
    stories = tuple(_story(told, name, rung=rung, rungs=rungs, at=moment) for name in named)
    refused = sum(row[history.KIND] == "refused" for row in rows)
    return explanations.Explanation(
        case=case.id,
        number=case.number,
        state=told.effects[-1].to_state,
        at=moment,
        zone=told.compiled.zone,
        clocks=stories,
        refused=refused,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A case's history up to the moment, in order and era by era."""

    case: draft.Draft
    effects: tuple[clocks.Effect, ...]
    lived: tuple[eras.Stretch, ...]
    rows: Sequence[tuple[Any, ...]]
    hides: frozenset[str]

    @property
    def compiled(self) -> catalog.Compiled:
        """The definition of that moment."""
        return self.lived[-1].compiled

    @property
    def folded(self) -> draft.Fold:
        return self.lived[-1].ended


def _require(told: _Known, clock: str, rung: int | None) -> None:
    case, folded, defined = told.case, told.folded, list(told.compiled.workflow.clocks)
    if clock not in defined:
        raise errors.unknown("clock", clock, defined, zh="时限")
    if clock not in folded:
        raise errors.NotRunning(
            f"{clock} has not begun on {case.number}; begun: {', '.join(folded) or 'none'}",
            f"{case.number} 的“{clock}”尚未开始；已开始：{'、'.join(folded) or '无'}",
            possible=list(folded),
        )
    count = len(told.compiled.notices.rungs[clock])
    if rung is not None and not 0 <= rung < count:
        known = [str(number + 1) for number in range(count)]
        raise errors.NotFound(f"rung of {clock}", rung + 1, zh=f"“{clock}”的提醒级", known=known)


def _story(told: _Known, name: str, *, rung: int | None, rungs: bool, at: int) -> explanations.ClockStory:
    compiled = told.compiled
    plan, fold = compiled.plans[name], told.folded[name]
    view = views.clock_view(compiled, name, fold, now=max(at, told.effects[-1].at), hides=told.hides)
    passages = eras.passages(told.lived, name)
    segments = [segment for passage in passages for segment in _segments(passage, at)]
    if secrecy.unruled(compiled, name, told.hides):
        segments = [replace(segment, rule=views.UNTOLD) for segment in segments]
    due, ahead = view.reckoned.due, list[calendars.Segment]()
    if view.reckoned.phase == "running" and due is not None and due > at:
        ahead = compiled.timelines.of(*plan.measure(fold.terms)).segments(at, due)
    stories = {
        number: _rung_story(told, name, fold, passages, number=number, at=at)
        for number in range(len(compiled.notices.rungs[name]))
        if rungs or number == rung
    }
    story = stories[rung] if rung is not None else None
    return explanations.ClockStory(
        view=view, segments=tuple(segments), ahead=tuple(ahead), rung=story, rungs=tuple(stories.values()) if rungs else ()
    )


def _segments(passage: eras.Passage, at: int) -> list[calendars.Segment]:
    """What the clock did in one era, by the rules of that era."""
    stretch = passage.stretch
    compiled, crossed = stretch.compiled, stretch.crossed
    before = None
    if crossed is not None and passage.clock in stretch.begun:
        state, fold = crossed.crossing.to_state, stretch.begun[passage.clock]
        before = stretches.Before(crossed.crossing.at, state, stretch.facts, fold)
    until = passage.until if passage.until is not None else at
    return stretches.explain(compiled.plans[passage.clock], stretch.effects, compiled.timelines, until=until, before=before)


def _rung_story(
    told: _Known, name: str, fold: folds.ClockFold, passages: Sequence[eras.Passage], *, number: int, at: int
) -> explanations.RungStory:  # fmt: skip
    compiled, case = told.compiled, told.case
    rule = compiled.notices.rungs[name][number]
    fired = tuple(one for passage in passages for one in _fired(passage, number, told.rows))
    due = _stands(compiled, name, fold, number)
    mine = [one.at for one in fired if one.round == fold.round]
    moment = mine[-1] if mine else max(due, at) if due is not None else at
    about = _about(case, told.effects, moment)
    reached = recipients.find(case.town.people, rule.notify, about, chase=True)
    if (sieve := secrecy.sieve(case)) is not None:
        reached = recipients.sifted(reached, sieve)
    others = passed.over(case.town.people, rule.notify, about, heard=(*reached.hits, *reached.missed))
    return explanations.RungStory(number=number, rule=rule, due=due, fired=fired, at=moment, reached=reached, passed=others)


def _stands(compiled: catalog.Compiled, name: str, fold: folds.ClockFold, number: int) -> int | None:
    """When a rung of this round stands by itself: what the clock would owe if no other rung were there."""
    plan = compiled.plans[name]
    alone = tuple(0 if index == number else rung.most + 1 for index, rung in enumerate(plan.rungs))
    owed = ladders.owed(plan, fold._replace(fired=alone, acknowledged=None), compiled.timelines)
    return None if owed is None else owed.due


def _fired(passage: eras.Passage, number: int, rows: Sequence[tuple[Any, ...]]) -> list[explanations.Told]:
    """The entries of one era in which this rung fired, or was stood for by another."""
    found: list[explanations.Told] = []
    for row in rows:
        inside = passage.first < row[history.SEQ] and (passage.end is None or row[history.SEQ] < passage.end)
        if row[history.KIND] != "rung" or not inside:
            continue
        detail = orjson.loads(row[history.DETAIL])
        by = _now(passage, detail["rung"])
        stood = [(detail["rung"], detail["repeat"]), *((rung, repeat) for rung, repeat in detail.get("skipped", ()))]
        for rung, repeat in stood if detail["clock"] == passage.clock else ():
            if _now(passage, rung) == number:
                found.append(
                    explanations.Told(
                        round=detail["round"],
                        repeat=repeat,
                        due=detail["due"],
                        at=row[history.AT],
                        by=number if by is None else by,
                        told=tuple(who for who, *_ in detail.get("told", ())),
                        unreached=bool(detail.get("unreached")),
                    )
                )
    return found


def _now(passage: eras.Passage, rung: int) -> int | None:
    """Which rung of the last era's ladder one of this era's is."""
    return rung if passage.rungs is None else passage.rungs.get(rung)


def _about(case: draft.Draft, effects: Sequence[clocks.Effect], at: int) -> recipients.About:
    """What decided who hears at that moment: the facts that had been given by then."""
    facts: dict[str, Any] = {}
    for effect in effects:
        if effect.at <= at:
            facts.update(effect.facts)
    unit, tracker = facts.get("unit"), facts.get("tracker")
    return recipients.About(
        unit=unit if isinstance(unit, str) else None,
        reporter=case.reporter,
        tracker=tracker if isinstance(tracker, str) else None,
        facts=facts,
        at=at,
    )
