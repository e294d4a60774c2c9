"""The worst case that a definition allows: the longest time until a leader hears, and until closure if every deadline is used up, by severity.

Told by `fengxing check --bounds`; and where the stages' limits add up to more than that of the whole case, it is a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config import longest, partition, problems, reading
from config import programme as programmes
from config.problems import Problem, Said, Saying
from config.workflow import Clock, Rung, Workflow
from engine import almanacs
from notifications import say
from sla import calendars

EXCEEDS = Saying(
    "stages-exceed-whole",
    "the stages may take {stages} together ({which}), and this gives {whole} for all of them",
    "shorten a stage for these cases, or give the whole more time",
    "各阶段时限合计可达 {stages}（{which}），而全程只有 {whole}",
    "请缩短这类案件的某个阶段，或放宽全程时限",
    "warning",
)
NEVER_HEARS = Saying(
    "leader-never-hears",
    "however long a case stays in `{name}`, no rung at or after a deadline tells a leader{which}",
    "tell a role of scope `programme` by a rung of a clock that runs here, or let the whole-case clock run here",
    "无论案件在 `{name}` 停留多久，到期后都没有一级会通知领导{which}",
    "请在此处运行的时钟的阶梯中通知一个 `programme` 范围的角色，或让全程时钟在此运行",
    "warning",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The worst case of one severity of a workflow, in microseconds of elapsed time; None where nothing bounds it.

    `path` are the open states on the longest way, `straight` its time without going back; `waits` are states that wait for an agreed
    date or for nobody (their time is not counted), `unheard` those from which no leader ever hears."""

    file: str
    workflow: str
    severity: str
    leader_hears: int | None
    closure: int | None
    straight: int | None
    whole: int | None
    path: tuple[str, ...]
    waits: tuple[str, ...]
    unheard: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "workflow": self.workflow,
            "severity": self.severity,
            "leader_hears_s": _seconds(self.leader_hears),
            "closure_s": _seconds(self.closure),
            "straight_s": _seconds(self.straight),
            "whole_s": _seconds(self.whole),
            "path": list(self.path),
            "waits": list(self.waits),
            "unheard": list(self.unheard),
        }


def _seconds(micros: int | None) -> int | None:
    return None if micros is None else micros // 1_000_000


def check(read: reading.Reading, whole: programmes.Programme, *, now: int) -> tuple[list[Bound], list[Problem]]:
    """The bounds of every workflow of a sound folder, and what is wrong with them."""
    almanac = almanacs.Almanac(calendars.Timelines(whole.calendars.calendars, whole.programme.time_zone, {}), now)
    bounds: list[Bound] = []
    found: dict[tuple[str, problems.Path], Problem] = {}
    for name, file in read.workflow_files().items():
        source = read.parts[file].source
        survey = _survey(whole, whole.workflows[name], almanac)
        for severity in partition.severities(whole, survey.flow):
            classes = [_class(survey, case) for case in partition.classes(whole, survey.flow, severity)]
            bounds.append(_bound(survey, source.file, severity, classes))
            for one in classes:
                exceeds = _exceeds(survey, one)
                if exceeds is not None:
                    path, stages, which, given = exceeds
                    found.setdefault((file, path), source.problem(EXCEEDS, path, stages=stages, which=which, whole=given))
                for state in _unheard(survey, one) if survey.leaders else ():
                    at: problems.Path = ("states", state)
                    label = ", ".join(f"{fact}={value}" for fact, value in severity.items())
                    of = Said(f" ({label})", f"（{label}）") if label else Said("", "")
                    found.setdefault((file, at), source.problem(NEVER_HEARS, at, key=True, name=state, which=of))
    return bounds, list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """One workflow: its whole-case clock, if it has one, the roles that count as leaders, and the states where a case only waits."""

    flow: Workflow
    almanac: almanacs.Almanac
    whole: str | None
    leaders: frozenset[str]
    waits: frozenset[str]
    maps: dict[frozenset[str], longest.Map] = field(default_factory=dict)

    def map_of(self, case: partition.Case) -> longest.Map:
        """Classes to which the same moves are open share one."""
        closed = frozenset(trigger for trigger, rule in self.flow.transitions.items() if not partition.allows(rule.when, case))
        if closed not in self.maps:
            self.maps[closed] = longest.map_of(self.flow, case)
        return self.maps[closed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """One class of cases on its longest way."""

    case: partition.Case
    ground: longest.Map
    limits: Mapping[str, int]
    path: tuple[str, ...]
    straight: int | None
    hears: Mapping[str, int | None]


def _survey(whole: programmes.Programme, flow: Workflow, almanac: almanacs.Almanac) -> _Survey:
    """A leader is whoever has a role of the whole programme that is no rider's."""
    leaders = frozenset(name for name, role in whole.people.roles.items() if role.scope == "programme" and not role.rider)
    timed = {name for clock, one in flow.clocks.items() if one.within is not None for name in flow.runs_in(clock)}
    waits = frozenset(name for name, state in flow.states.items() if state.final is None and (state.no_deadline or name not in timed))
    return _Survey(flow=flow, almanac=almanac, whole=whole_case(flow), leaders=leaders, waits=waits)


def whole_case(flow: Workflow) -> str | None:
    """The clock of the whole case: it runs in more than half of the open states, and in all states of at least two others."""
    waiting = {name for name, state in flow.states.items() if state.final is None}
    runs = {name: flow.runs_in(name) for name, clock in flow.clocks.items() if clock.within is not None}
    fitting = [
        name
        for name, states in runs.items()
        if len(states) > max(2, len(waiting) / 2) and sum(other < states for each, other in runs.items() if each != name) >= 2
    ]
    return max(fitting, key=lambda name: len(runs[name]), default=None)


def _class(survey: _Survey, case: partition.Case) -> _Class:
    flow = survey.flow
    limits: dict[str, int] = {}
    for name, clock in flow.clocks.items():
        limit = _limit(survey, clock, case)
        if limit is not None and name != survey.whole:
            limits[name] = limit
    ground = survey.map_of(case)
    alone = [s for s in ground.order if s not in ground.finals | survey.waits and not ground.running(s, limits)]
    whole = flow.clocks[survey.whole] if survey.whole is not None else None
    if alone and whole is not None and survey.whole is not None and (limit := _limit(survey, whole, case)) is not None:
        limits[survey.whole] = limit
    path = longest.way(ground, limits)
    given = longest.spent(ground, path, limits)
    unbounded = not path or any(
        name not in survey.waits and not ground.running(name, limits) for name in ground.order if name not in ground.finals
    )
    straight = None if unbounded else sum(took for _, _, took in given)
    waiting = [name for name in ground.order if name not in ground.finals | survey.waits]
    told = {name: _told(survey, clock, case) for name, clock in flow.clocks.items()}
    hears = {state: _soonest([told[name] for name in ground.running(state, told)]) for state in waiting}
    return _Class(case=case, ground=ground, limits=limits, path=path, straight=straight, hears=hears)


def _soonest(times: Sequence[int | None]) -> int | None:
    return min((time for time in times if time is not None), default=None)


def _limit(survey: _Survey, clock: Clock, case: partition.Case) -> int | None:
    """The longest that the clock can give such a case; None where it may give it no target."""
    targets = clock.within or ()
    found = list(partition.possible(targets, case))
    if not found or any(name not in case for name in targets[found[-1]].when or {}):
        return None
    return max(survey.almanac.worst(targets[number].hours or clock.hours, targets[number].is_) for number in found)


def _told(survey: _Survey, clock: Clock, case: partition.Case) -> int | None:
    """How long after the clock's start its first rung at or after the deadline tells a leader, if nobody acknowledges."""
    limit = _limit(survey, clock, case)
    rungs = survey.flow.ladders.get(clock.ladder or "", ())
    late = [rung for rung in rungs if _late(rung) and not survey.leaders.isdisjoint(rung.notify)]
    if limit is None or not late:
        return None
    targets = clock.within or ()
    found = [targets[number] for number in partition.possible(targets, case)]
    return max(
        min(
            survey.almanac.worst(target.hours or clock.hours, target.is_)
            + (survey.almanac.worst(target.hours or clock.hours, rung.after) if rung.after is not None else 0)
            for rung in late
        )
        for target in found
    )


def _late(rung: Rung) -> bool:
    return rung.after is not None or (rung.at is not None and rung.at.share == 100)


def _bound(survey: _Survey, file: str, severity: partition.Case, classes: list[_Class]) -> Bound:
    """The worst of the classes of one severity."""
    worst = max(classes, key=lambda one: (one.straight is None, one.straight or 0))
    closure = None if worst.straight is None else worst.straight + longest.rounds(worst.ground, worst.path, worst.limits)
    unheard = dict.fromkeys(state for one in classes for state, hears in one.hears.items() if hears is None)
    heard = [hears for one in classes for hears in one.hears.values() if hears is not None]
    whole = [_limit(survey, survey.flow.clocks[survey.whole], one.case) for one in classes] if survey.whole is not None else []
    seen = {name for one in classes for name in one.ground.order}
    return Bound(
        file=file,
        workflow=survey.flow.workflow,
        severity=", ".join(f"{name}={value}" for name, value in severity.items()),
        leader_hears=None if unheard or not heard else max(heard),
        closure=closure,
        straight=worst.straight,
        whole=None if not whole or None in whole else max(limit for limit in whole if limit is not None),
        path=worst.path,
        waits=tuple(name for name in survey.flow.states if name in survey.waits and name in seen),
        unheard=tuple(unheard),
    )


def _unheard(survey: _Survey, one: _Class) -> list[str]:
    """Where a deadline runs for these cases and still no leader hears; a state in which they have none on purpose is passed over."""
    limited = {name for name, clock in survey.flow.clocks.items() if _limit(survey, clock, one.case) is not None}
    return [state for state, hears in one.hears.items() if hears is None and one.ground.running(state, limited)]


def _exceeds(survey: _Survey, one: _Class) -> tuple[problems.Path, Said, Said, Said] | None:
    """Whether the stages that the whole-case clock runs through add up to more than it, counted in its own measure.

    Against a whole that runs day and night a stage in office hours is begun at its worst moment. Against one that counts office
    hours a stage in other hours is left out: begun as the office closes it may take nothing of them."""
    if survey.whole is None:
        return None
    clock = survey.flow.clocks[survey.whole]
    number = partition.certain(clock, one.case)
    if number is None or clock.within is None:
        return None
    target = clock.within[number]
    hours = target.hours or clock.hours
    limits: dict[str, int] = {}
    asked: dict[str, Sequence[str]] = {survey.whole: tuple(target.when or ())}
    for name, stage in survey.flow.clocks.items():
        chosen = partition.certain(stage, one.case)
        if chosen is None or name == survey.whole or stage.within is None:
            continue
        own = stage.within[chosen]
        asked[name] = tuple(own.when or ())
        same = (own.hours or stage.hours) == hours and own.is_.unit is target.is_.unit
        elapsed = survey.almanac.worst(own.hours or stage.hours, own.is_) if hours == calendars.ALWAYS else 0
        limits[name] = own.is_.micros if same else elapsed
    runs = one.ground.runs[survey.whole]
    path = [name for name in longest.way(one.ground, limits) if name in runs]
    given = [(state, name, took) for state, name, took in longest.spent(one.ground, path, limits) if took]
    total = sum(took for _, _, took in given)
    if total <= target.is_.micros:
        return None
    matter = {fact for name in (survey.whole, *(name for _, name, _ in given)) for fact in asked[name]}
    label = ", ".join(f"{name}={value}" for name, value in one.case.items() if name in matter and value != partition.OTHER)
    stages, parts = _both(total), [_part(survey.flow, name, took) for _, name, took in given[:8]]
    which = Said(" + ".join(part.en for part in parts), " + ".join(part.zh for part in parts))
    if label:
        which = Said(f"{label}: {which.en}", f"{label}：{which.zh}")
    return ("clocks", survey.whole, "within", number), stages, which, Said(target.is_.words, say.words(target.is_.words, "zh"))


def _part(flow: Workflow, name: str, took: int) -> Said:
    title, time = flow.clocks[name].title, _both(took)
    return Said(f"{title.en} {time.en}", f"{title.zh} {time.zh}")


def _both(micros: int) -> Said:
    return Said(say.exactly(micros, "en"), say.exactly(micros, "zh"))
