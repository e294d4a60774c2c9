"""Rungs that never come: by the time they stand, the timer has moved every case out of the clock's states, for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config import check_cycles, check_graph
from config.check_clocks import ALWAYS
from config.landscape import WorkflowPage
from config.problems import Said, Saying
from config.words import MICROS, Duration, Unit
from config.workflow import Clock, Rung, Target, Transition, Workflow

NEVER = Saying(
    "rung-never-comes",
    "this rung never comes: by then `{trigger}` on the clock `{clock}` has ended the states it runs in",
    "put it before that rung, or delete it",
    "这一级永远不会到来：在此之前时钟 `{clock}` 的 `{trigger}` 已结束它运行的状态",
    "请移到那一级之前，或删除",
    "warning",
)
CUT_SHORT = Saying(
    "repeat-cut-short",
    "at most {comes} of the {most} repeats come: then `{trigger}` on the clock `{clock}` ends it",
    "{remedy}, or let `{trigger}` come later",
    "{most} 次重复最多只有 {comes} 次会发生：之后时钟 `{clock}` 的 `{trigger}` 会结束它",
    "请{remedy}，或让 `{trigger}` 晚一些",
    "warning",
)
_SUMMER = MICROS["hour"]
"""By so much a day of the wall clock may be longer or shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a rung stands on its clock at the earliest and at the latest, over all targets; comparable within one measure."""

    measure: tuple[str, str]
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """A rung that pulls a trigger which leads away from `sources`, unconditionally; `beyond` is where a case may be from then on."""

    clock: str
    number: int
    rung: Rung
    trigger: str
    place: Place | None
    sources: frozenset[str]
    beyond: frozenset[str]


def check(page: WorkflowPage) -> None:
    flow = page.workflow
    if not page.whole("states", "transitions", "clocks", "ladders"):
        return
    ends = list(_ends(flow))
    if not ends:
        return
    spent = {name: _spent(flow, name, ends) for name, clock in flow.clocks.items() if clock.ladder in flow.ladders}
    for ladder, rungs in flow.ladders.items():
        users = [name for name, clock in flow.clocks.items() if clock.ladder == ladder]
        for number, rung in enumerate(rungs):
            found = [spent[name].get(number) for name in users]
            end = next((one for one in found if one is not None), None)
            if end is not None and None not in found:
                page.say(NEVER, ("ladders", ladder, number), trigger=end.trigger, clock=end.clock)
            elif rung.repeat is not None and len(users) == 1:
                _cut_short(page, users[0], ladder, number, ends)


def _ends(flow: Workflow) -> Iterator[_End]:
    """The rungs that the timer can always carry out in every state of their clock."""
    ways, beyond = check_graph.forward(flow), dict[str, frozenset[str]]()
    for name, clock in flow.clocks.items():
        runs = flow.runs_in(name)
        for number, rung in enumerate(flow.ladders.get(clock.ladder or "", ())):
            rule = flow.transitions.get(rung.do or "")
            if rung.do is None or rule is None or not _unconditional(rule) or not runs <= set(rule.from_):
                continue
            to = str(rule.to)
            if to not in beyond:
                beyond[to] = frozenset(check_graph.closure([to], ways))
            yield _End(
                clock=name,
                number=number,
                rung=rung,
                trigger=rung.do,
                place=place_of(clock, rung),
                sources=frozenset(rule.from_),
                beyond=beyond[to],
            )


def _unconditional(rule: Transition) -> bool:
    return rule.to is not None and "timer" in rule.by and not (rule.when or rule.not_by or rule.needs or rule.most or rule.extends)


def _spent(flow: Workflow, name: str, ends: Sequence[_End]) -> dict[int, _End]:
    """The rungs of a clock that never come, each with the rung that comes before."""
    clock, runs = flow.clocks[name], flow.runs_in(name)
    held = runs | set(clock.pauses_in)
    rungs = flow.ladders[str(clock.ladder)]
    places = [place_of(clock, rung) for rung in rungs]
    beside = {other: _runs_beside(flow, name, other) for other in flow.clocks}
    found: dict[int, _End] = {}
    for end in ends:
        if not beside[end.clock] or not runs <= end.sources or not held.isdisjoint(end.beyond):
            continue
        for number, place in enumerate(places):
            if end.clock == name:
                later = number > end.number and _after(end.rung, rungs[number])
            else:
                later = None not in (place, end.place) and _later(place, end.place)
            if later:
                found.setdefault(number, end)
    return found


def _later(place: Place | None, other: Place | None) -> bool:
    return place is not None and other is not None and place.measure == other.measure and place.earliest > other.latest


def _runs_beside(flow: Workflow, name: str, other: str) -> bool:
    """Whether the other clock (which may be this one) has always run for at least as long."""
    clock = flow.clocks[other]
    if name == other:
        return True
    if clock.within is None or all(target.when is not None for target in clock.within):
        return False
    if _extended(flow, other) or not (flow.runs_in(name) <= flow.runs_in(other) and clock.restarts_on() <= flow.clocks[name].restarts_on()):
        return False
    return not check_cycles.begins_anew_plainly(flow, other) or _end_together(flow, name, other)


def _extended(flow: Workflow, name: str) -> bool:
    return any(rule.extends is not None and rule.extends.clock == name for rule in flow.transitions.values())


def _end_together(flow: Workflow, name: str, other: str) -> bool:
    """Whether the first clock has ended, too, wherever the other has, and does not go on where the other begins anew."""
    runs, held = ([flow.runs_in(one), flow.runs_in(one) | set(flow.clocks[one].pauses_in)] for one in (name, other))
    if runs == held:
        return True
    kinds = {kind.value for trigger in flow.transitions if (kind := flow.kind_of(trigger)) is not None}
    return runs[1] <= held[1] and kinds <= flow.clocks[name].restarts_on()


def place_of(clock: Clock, rung: Rung) -> Place | None:
    """Where a rung stands, in µs of the clock's measure; None where its targets count in several or it waits for a promise."""
    places = [_at(clock, target, rung) for target in clock.within or ()]
    found = [place for place in places if place is not None]
    if not found or len(found) < len(places) or len({place.measure for place in found}) > 1:
        return None
    return Place(measure=found[0].measure, earliest=min(p.earliest for p in found), latest=max(p.latest for p in found))


def _at(clock: Clock, target: Target, rung: Rung) -> Place | None:
    hours = target.hours or clock.hours
    offset = rung.before or rung.after
    if hours != ALWAYS and offset is not None and offset.unit is not target.is_.unit:
        return None
    loose = _SUMMER if hours == ALWAYS and Unit.DAYS in (target.is_.unit, offset.unit if offset else None) else 0
    micros = along(target.is_, rung)
    measure = (hours, "" if hours == ALWAYS else target.is_.unit.value)
    return Place(measure=measure, earliest=micros - loose, latest=micros + loose)


def along(target: Duration, rung: Rung) -> int:
    """A rung's place on a target in nominal µs."""
    if rung.before is not None:
        return max(0, target.micros - rung.before.micros)
    if rung.after is not None:
        return target.micros + rung.after.micros
    return target.micros * (rung.at.share if rung.at is not None else 100) // 100


def _after(earlier: Rung, later: Rung) -> bool:
    """Whether, on one clock, `later` certainly stands after `earlier` and not at the same moment."""
    phases = [2 if rung.after is not None else 1 if _late(rung) else 0 for rung in (earlier, later)]
    if phases[0] != phases[1]:
        return phases[0] < phases[1]
    if earlier.at is not None and later.at is not None:
        return earlier.at.share < later.at.share
    if earlier.after is not None and later.after is not None and earlier.after.unit is later.after.unit:
        return earlier.after.micros < later.after.micros
    return False


def _cut_short(page: WorkflowPage, name: str, ladder: str, number: int, ends: Sequence[_End]) -> None:
    """Repeats that go on beyond the rung with which the timer ends the matter."""
    clock, rungs = page.workflow.clocks[name], page.workflow.ladders[ladder]
    held = page.workflow.runs_in(name) | set(clock.pauses_in)
    end = next((one for one in ends if one.clock == name and one.number > number and held.isdisjoint(one.beyond)), None)
    repeat = rungs[number].repeat
    if end is None or repeat is None:
        return
    if _extended(page.workflow, name) and not _late(rungs[number]):
        return  # an extension moves the deadline away from what stands before it
    comes = _between(clock, rungs, number, end.number)
    if comes is not None and 0 <= comes < repeat.most:
        remedy = Said(f"say `most: {comes}`", f"写 `most: {comes}`") if comes else Said("delete `repeat`", "删除 `repeat`")
        at = ("ladders", ladder, number, "repeat")
        page.say(CUT_SHORT, at, key=True, trigger=end.trigger, clock=name, comes=comes, most=repeat.most, remedy=remedy)


def _late(rung: Rung) -> bool:
    return rung.after is not None or (rung.at is not None and rung.at.share == 100)


def _between(clock: Clock, rungs: Sequence[Rung], number: int, end: int) -> int | None:
    """How many repeats there can be at most before the rung `end`, over all targets; None where that cannot be compared."""
    repeat = rungs[number].repeat
    if repeat is None or clock.within is None or place_of(clock, rungs[number]) is None or place_of(clock, rungs[end]) is None:
        return None
    if any((target.hours or clock.hours) != ALWAYS and repeat.every.unit is not target.is_.unit for target in clock.within):
        return None
    spans = [along(target.is_, rungs[end]) - along(target.is_, rungs[number]) for target in clock.within]
    return max(span // repeat.every.micros for span in spans)
