"""The longest way through a workflow, from the first state to an end without going back, and how much time its clocks give on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from config import partition
from config.partition import Case
from config.workflow import Workflow

Limits = Mapping[str, int]
"""Clock → how long it gives."""
_MOST, _WORK = 12, 1_000
"""Ways to one state that are followed, fewer in a workflow of many ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A move between two states of a case that is still open, or to its end."""

    trigger: str
    source: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A workflow for one class of cases: the ways onward (no state is come to twice) and the ways back, as moves and state by state."""

    flow: Workflow
    onward: Mapping[str, Sequence[str]]
    back: tuple[Step, ...]
    returning: Mapping[str, Mapping[str, None]]
    order: tuple[str, ...]
    finals: frozenset[str]
    runs: Mapping[str, frozenset[str]]

    def running(self, state: str, among: Iterable[str]) -> list[str]:
        return [name for name in among if state in self.runs[name]]


def map_of(flow: Workflow, case: Case) -> Map:
    """Returns, reworks and reopenings lead back, and so does whatever comes to a state that is still open on the way."""
    kinds = {trigger: flow.kind_of(trigger) for trigger in flow.transitions}
    steps = [
        Step(trigger=trigger, source=name, to=rule.to)
        for trigger, rule in flow.transitions.items()
        if rule.to is not None and partition.allows(rule.when, case)
        for name in rule.from_
        if rule.to != name and flow.states[name].final is None
    ]
    ways: dict[str, dict[str, None]] = {}
    for step in steps:
        if kinds[step.trigger] is None:
            ways.setdefault(step.source, {})[step.to] = None
    order, turning = _sorted(flow.initial, ways)
    onward = {name: tuple(to for to in ways.get(name, ()) if (name, to) not in turning) for name in order}
    back = tuple(step for step in steps if kinds[step.trigger] is not None or (step.source, step.to) in turning)
    returning: dict[str, dict[str, None]] = {}
    for step in back:
        returning.setdefault(step.source, {})[step.to] = None
    finals = frozenset(name for name, state in flow.states.items() if state.final is not None)
    runs = {name: flow.runs_in(name) for name in flow.clocks}
    return Map(flow=flow, onward=onward, back=back, returning=returning, order=order, finals=finals, runs=runs)


def _sorted(begin: str, ways: Mapping[str, Mapping[str, None]]) -> tuple[tuple[str, ...], set[tuple[str, str]]]:
    """The states in an order in which every way onward leads forward, and the ways that lead back."""
    done: list[str] = []
    turning: set[tuple[str, str]] = set()
    entered = {begin: 1}
    stack: list[tuple[str, Iterator[str]]] = [(begin, iter(ways.get(begin, ())))]
    while stack:
        name, left = stack[-1]
        for to in left:
            if to not in entered:
                entered[to] = 1
                stack.append((to, iter(ways.get(to, ()))))
                break
            if entered[to] == 1:
                turning.add((name, to))
        else:
            entered[name] = 2
            done.append(name)
            stack.pop()
    return tuple(reversed(done)), turning


class _Stay(NamedTuple):
    """A state on some way: the time until it is left, what each clock still gives then, which clock ended it, and where the case was before."""

    total: int
    left: dict[str, int]
    state: str
    clock: str | None
    took: int
    before: _Stay | None


def way(found: Map, limits: Limits) -> tuple[str, ...]:
    """The open states on the way that takes longest, if each is left when the first of its clocks lapses.

    Of the ways to a state those are followed that may still become the longest; in a large workflow only the longest of them."""
    most = max(1, min(_MOST, _WORK // (1 + sum(map(len, found.onward.values())))))
    come: dict[str, list[_Stay]] = {}
    longest: _Stay | None = None
    for name in found.order:
        if name in found.finals:
            continue
        stays = come.setdefault(name, [_stay(found, name, limits, None)])
        for to in found.onward[name]:
            if to in found.finals:
                longest = max([longest, *stays] if longest is not None else stays, key=lambda stay: stay.total)
            else:
                come[to] = _followed([*come.get(to, ()), *(_stay(found, to, limits, stay) for stay in stays)], most)
    states: list[str] = []
    while longest is not None:
        states.append(longest.state)
        longest = longest.before
    return tuple(reversed(states))


def spent(found: Map, states: Sequence[str], limits: Limits) -> list[tuple[str, str, int]]:
    """How long a case can stay in each state before the first of its clocks lapses: (state, the clock that ends there, time).

    Each clock's time is given out once, from the first state on, and again where it begins anew after it has ended; where clocks
    run without a break nothing longer is possible."""
    given: list[tuple[str, str, int]] = []
    stay: _Stay | None = None
    for name in states:
        stay = _stay(found, name, limits, stay)
        if stay.clock is not None:
            given.append((name, stay.clock, stay.took))
    return given


def _stay(found: Map, name: str, limits: Limits, before: _Stay | None) -> _Stay:
    """As long in a state as its clocks let a case; one that has ended gives its whole time where it runs again."""
    clocks = found.flow.clocks
    left = dict(before.left) if before is not None else dict(limits)
    running = found.running(name, limits)
    for clock in limits:
        if clock not in running and name not in clocks[clock].pauses_in:
            left[clock] = limits[clock]
    first = min(running, key=lambda clock: left[clock], default=None)
    took = 0 if first is None else left[first]
    for clock in running:
        left[clock] -= took
    return _Stay((before.total if before is not None else 0) + took, left, name, first, took, before)


def _followed(stays: Sequence[_Stay], most: int) -> list[_Stay]:
    """Without those that are no longer than another and after which no clock gives more."""
    kept: list[_Stay] = []
    for stay in sorted(stays, key=lambda stay: -stay.total):
        if len(kept) < most and not any(all(one.left[clock] >= time for clock, time in stay.left.items()) for one in kept):
            kept.append(stay)
    return kept


def rounds(found: Map, states: Sequence[str], limits: Limits) -> int:
    """What going back adds: each way back once, or as often as its `most` allows, with the clocks that begin anew on it."""
    place = {name: number for number, name in enumerate(states)}
    chains: dict[str, tuple[str, ...] | None] = {}
    added = 0
    for step in _turns(found, place):
        if step.to not in chains:
            chains[step.to] = _home(found, step.to, place)
        chain = chains[step.to]
        if chain is not None and place[chain[-1]] <= place[step.source]:
            circle = {*chain, *states[place[chain[-1]] : place[step.source] + 1]}
            anew = [clock for clock in limits if _begins_anew(found, clock, step.trigger, circle)]
            rule = found.flow.transitions.get(step.trigger)
            added += (rule.most if rule is not None and rule.most else 1) * sum(limits[clock] for clock in anew)
    return added


def _turns(found: Map, place: Mapping[str, int]) -> Iterator[Step]:
    """The moves that leave the long way and may come back to it, each from where it goes back farthest; plain ones by their aim alone."""
    farthest: dict[str, Step] = {}
    aside = [Step(trigger="", source=name, to=to) for name in place for to in found.onward.get(name, ()) if to not in place]
    for step in (*found.back, *aside):
        key = step.trigger or f"to {step.to}"
        before = farthest.get(key)
        if step.source in place and step.to not in found.finals and (before is None or place[step.source] > place[before.source]):
            farthest[key] = step
    yield from farthest.values()


def _home(found: Map, begin: str, place: Mapping[str, int]) -> tuple[str, ...] | None:
    """The shortest way from a state back to the long way; its last state is on it. None: there is none."""
    if begin in place:
        return (begin,)
    came: dict[str, str] = {begin: begin}
    waiting = [begin]
    for name in waiting:
        for to in (*found.onward.get(name, ()), *found.returning.get(name, ())):
            if to in came or to in found.finals:
                continue
            came[to] = name
            if to in place:
                chain = [to]
                while chain[-1] != begin:
                    chain.append(came[chain[-1]])
                return tuple(reversed(chain))
            waiting.append(to)
    return None


def _begins_anew(found: Map, name: str, trigger: str, circle: set[str]) -> bool:
    clock, kind = found.flow.clocks[name], found.flow.kind_of(trigger) if trigger else None
    if found.runs[name].isdisjoint(circle):
        return False
    if kind is None:
        return not circle <= found.runs[name] | set(clock.pauses_in)
    return kind in clock.restarts_on()
