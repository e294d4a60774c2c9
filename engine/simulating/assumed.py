"""What a simulation assumes where nobody has said otherwise, read off the definition: the way to the end that it describes,
with handling times that are a small part of its targets.

`complete` fills up what an admin has written; the result says everything and can be written out, edited and read again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from config import assumptions, programme, workflow, yamltext
from config.assumptions import Arrivals, Assumptions, Staff, Work
from config.words import MICROS, Duration

A_DAY = 100
ACKNOWLEDGE = 30
HOURS = {"00:00-06:00": 1, "06:00-09:00": 6, "09:00-18:00": 5, "18:00-22:00": 7, "22:00-24:00": 3}
DAYS = {"mon-fri": 10, "sat-sun": 9}
_FORWARD, _SPECIAL, _SELDOM, _BACK, _REJECTED = 100, 900, 10, 5, 3
_URGENT, _OTHERS = 1, 9
_FAR = 1 << 30
_PART, _SHORTEST, _LONGEST = 4, 30, 900
"""Doing the work of a clock takes a fourth of its target, shared by its states; in seconds, at least and at most."""
_FEW = {workflow.FactType.CHOICE, workflow.FactType.CATEGORY, workflow.FactType.YES_NO}


def complete(whole: programme.Programme, flow: str, given: Assumptions | None = None) -> Assumptions:
    """Assumptions about one workflow that leave nothing open, `given` before what is derived."""
    defined = whole.workflows[flow]
    given = given if given is not None else Assumptions(workflow=flow)
    return Assumptions(
        workflow=flow,
        arrivals=_arrivals(whole, defined, given.arrivals),
        facts={**dict(_mixes(whole, defined)), **given.facts},
        staff={role: _staff(given.staff.get(role, Staff())) for role in _working(whole, defined, given)},
        work={trigger: _filled(given.work.get(trigger, Work()), work) for trigger, work in _works(whole, defined)},
        acknowledge=ACKNOWLEDGE if given.acknowledge is None else given.acknowledge,
    )


def written(full: Assumptions) -> dict[str, Any]:
    """As plain data in the words of the file."""
    data: dict[str, Any] = full.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return data


def text(full: Assumptions) -> str:
    """The same as YAML that an admin can edit."""
    return yamltext.written(written(full))


def _arrivals(whole: programme.Programme, flow: workflow.Workflow, given: Arrivals) -> Arrivals:
    riders = tuple(role for role, each in whole.people.roles.items() if each.rider)
    may = flow.opened_by if "anyone" not in flow.opened_by else riders
    known = tuple(role for role in may if role in whole.people.roles)
    return Arrivals(a_day=given.a_day or A_DAY, hours=given.hours or HOURS, days=given.days or DAYS, from_=given.from_ or known)


def _mixes(whole: programme.Programme, flow: workflow.Workflow) -> Iterator[tuple[str, dict[str, int]]]:
    """All values alike, but what the programme calls urgent is rare. Units follow from categories where those name one."""
    urgent = whole.programme.urgent
    written = {fact for rule in flow.transitions.values() for fact in rule.writes()}
    for name, fact in flow.facts.items():
        if fact.type in _FEW and fact.drawn is None and fact.located is None and name not in written:
            values = assumptions.values_of(flow, name, whole.categories, whole.units.units) or ()
            if values:
                yield name, {value: _URGENT if value in urgent.get(name, ()) else _OTHERS for value in values}


def _working(whole: programme.Programme, flow: workflow.Workflow, given: Assumptions) -> list[str]:
    """Roles that may do anything here, riders aside."""
    named = {role for rule in flow.transitions.values() for role in rule.by}
    return [r for r, role in whole.people.roles.items() if r in given.staff or (r in named and not role.rider)]


def _staff(given: Staff) -> Staff:
    return Staff(at_work=given.at_work, hours=given.hours or assumptions.ALWAYS)


def _filled(given: Work, derived: Work) -> Work:
    takes = given.takes or derived.takes
    assert takes is not None
    return Work(
        weight=derived.weight if given.weight is None else given.weight,
        takes=takes,
        nine_of_ten=given.nine_of_ten or seconds(3 * takes.micros // MICROS["second"]),
        varies=given.varies or assumptions.Varies.LOGNORMAL,
        by=given.by,
    )


def _works(whole: programme.Programme, flow: workflow.Workflow) -> Iterator[tuple[str, Work]]:
    aside = {role for role, each in whole.people.roles.items() if each.rider} | set(workflow.ACTORS)
    seldom = {trigger for trigger, rule in flow.transitions.items() if aside.issuperset(rule.by)}
    far = _distances(flow, seldom)
    for trigger, rule in flow.transitions.items():
        weight = 0 if left_to_timer(whole, flow, trigger) else _weight(flow, trigger, rule, far)
        yield trigger, Work(weight=min(weight, _SELDOM) if trigger in seldom else weight, takes=_takes(flow, rule))


def left_to_timer(whole: programme.Programme, flow: workflow.Workflow, trigger: str) -> bool:
    """What the timer does as well is left to it; but somebody whose work is to close a case does not wait until it closes by itself."""
    rule = flow.transitions[trigger]
    if "timer" not in rule.by:
        return False
    office = any(role in whole.people.roles and not whole.people.roles[role].rider for role in rule.by)
    return not (office and rule.to is not None and flow.states[rule.to].final is workflow.Final.DONE)


def _distances(flow: workflow.Workflow, seldom: Collection[str]) -> dict[str, int]:
    """How many moves each state is from being done; going back for a reason is not the way. What only riders or the timer may do, and
    what is for some cases only, is the way where there is no other."""
    far = {name: 0 for name, state in flow.states.items() if state.final is workflow.Final.DONE}
    for _ in flow.states:
        for trigger, rule in flow.transitions.items():
            back = flow.kind_of(trigger) in (workflow.Kind.REWORK, workflow.Kind.REOPEN)
            if rule.to in far and not back:
                step = far[rule.to] + (len(flow.states) if trigger in seldom or rule.when is not None else 1)
                for state in rule.from_:
                    far[state] = min(far.get(state, step), step)
    return far


def _weight(flow: workflow.Workflow, trigger: str, rule: workflow.Transition, far: Mapping[str, int]) -> int:
    """The way ahead is usual, and where a condition opens a special one it is taken; going back is rare, all else is left out.

    What is done in a final state is left to those who say how often."""
    if rule.to is None or any(flow.states[state].final for state in rule.from_):
        return 0
    if flow.states[rule.to].final is workflow.Final.REJECTED:
        return _REJECTED
    first = rule.from_[0]
    order = list(flow.states)
    nearer = far.get(rule.to, _FAR) < far.get(first, _FAR)
    onwards = far.get(rule.to) == far.get(first, -1) and order.index(rule.to) > order.index(first)
    kind = flow.kind_of(trigger)
    if kind in (workflow.Kind.RETURN, workflow.Kind.REWORK) and not nearer:
        return _BACK
    if nearer or (onwards and kind is None):
        return _SPECIAL if rule.when is not None else _FORWARD
    return 0


def _takes(flow: workflow.Workflow, rule: workflow.Transition) -> Duration:
    shares = []
    for name, clock in flow.clocks.items():
        runs = flow.runs_in(name)
        if clock.within is not None and runs & set(rule.from_):
            shares.append(min(target.is_.micros for target in clock.within) // MICROS["second"] // (_PART * len(runs)))
    return seconds(min(_LONGEST, max(_SHORTEST, min(shares, default=_LONGEST))))


def seconds(count: int) -> Duration:
    """So many seconds, in the unit in which a person would say them."""
    if count % 60 == 0 and count > 60:
        return Duration.parse(f"{min(count // 60, 999_999)} minutes")
    return Duration.parse(f"{max(1, min(count, 999_999))} seconds")
