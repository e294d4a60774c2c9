"""A definition's clocks, compiled once: sets of states, targets with their matches, rungs with what can be reckoned ahead.

What is not said here is not looked up again: the engine asks every clock of a case at every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config import matches, workflow
from config.programme import Definition
from config.words import Duration, Unit
from sla import calendars


class Target(NamedTuple):
    """One line of `within`: so many µs of one measure, where all of `when` holds of the case's facts.

    `elapses`: the measure is plain elapsed time. `offsets`: then also where each rung stands, in µs from the round's start,
    unless a rung counts days."""

    when: tuple[tuple[str, frozenset[str]], ...]
    micros: int
    unit: Unit
    hours: str
    words: str
    rule: str
    elapses: bool
    offsets: tuple[int, ...] | None


class Rung(NamedTuple):
    """A step of the ladder: at a share (per cent) of the target, or an amount before or after the deadline.

    `tells`: somebody is notified; `acts`: a trigger, `pulls`, is pulled; after firing it repeats `most` times, every `every`."""

    share: int | None
    before: Duration | None
    after: Duration | None
    tells: bool
    acts: bool
    always: bool
    every: Duration | None
    most: int
    pulls: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPlan:
    """One clock. Either `targets` or `due_fact` says by when; `looks_at` are the facts on which that depends."""

    name: str
    runs_in: frozenset[str]
    pauses_in: frozenset[str]
    restarts: frozenset[workflow.Kind]
    targets: tuple[Target, ...]
    due_fact: str | None
    hours: str
    looks_at: frozenset[str]
    acknowledged_for: Duration | None
    rungs: tuple[Rung, ...]

    def measure(self, terms: int | None) -> tuple[str, Unit]:
        """The hours and unit in which the clock counts under these terms (see `clocks.ClockFold.terms`)."""
        if terms is None or self.due_fact is not None:
            return self.hours, Unit.TIME
        return self.targets[terms].hours, self.targets[terms].unit

    def choose(self, facts: Mapping[str, object]) -> int | None:
        """The first target whose match holds of the facts, or None."""
        for index, target in enumerate(self.targets):
            for name, values in target.when:
                value = facts.get(name)
                if value is None or (value if type(value) is str else matches.spelled(value)) not in values:
                    break
            else:
                return index
        return None


def compiled(definition: Definition, name: str) -> ClockPlan:
    """The plan of one clock."""
    flow = definition.workflow
    clock = flow.clocks[name]
    rungs = tuple(_rung(rung) for rung in flow.ladders[clock.ladder]) if clock.ladder is not None else ()
    within = clock.within or ()
    facts = {fact for target in within for fact in target.when or {}} | ({clock.due.fact} if clock.due is not None else set())
    return ClockPlan(
        name=name,
        runs_in=flow.runs_in(name),
        pauses_in=frozenset(clock.pauses_in),
        restarts=clock.restarts_on(),
        targets=tuple(_target(name, clock.hours, rungs, target, number, len(within)) for number, target in enumerate(within, 1)),
        due_fact=clock.due.fact if clock.due is not None else None,
        hours=clock.hours,
        looks_at=frozenset(facts),
        acknowledged_for=clock.acknowledge.for_,
        rungs=rungs,
    )


def _rung(rung: workflow.Rung) -> Rung:
    return Rung(
        share=rung.at.share if rung.at is not None else None,
        before=rung.before,
        after=rung.after,
        tells=bool(rung.notify),
        acts=rung.do is not None,
        always=rung.always,
        every=rung.repeat.every if rung.repeat is not None else None,
        most=rung.repeat.most if rung.repeat is not None else 0,
        pulls=rung.do,
    )


def _target(clock: str, hours: str, rungs: tuple[Rung, ...], target: workflow.Target, number: int, of: int) -> Target:
    when = tuple((name, frozenset(values)) for name, values in (target.when or {}).items())
    if when:
        rule = f"{clock}.within[{number}]: {said(target.when or {})}"
    else:
        rule = f"{clock}.within[{number}]: otherwise" if of > 1 else f"{clock}.within"
    counted_in = target.hours or hours
    elapses = counted_in == calendars.ALWAYS and target.is_.unit is Unit.TIME
    return Target(
        when=when,
        micros=target.is_.micros,
        unit=target.is_.unit,
        hours=counted_in,
        words=target.is_.words,
        rule=rule,
        elapses=elapses,
        offsets=_offsets(target.is_.micros, rungs) if elapses else None,
    )


def said(match: Mapping[str, tuple[str, ...]]) -> str:
    """A match in words: `urgency = 1 and category = greening or advertising`."""
    return " and ".join(f"{name} = {' or '.join(values)}" for name, values in match.items())


def _offsets(micros: int, rungs: tuple[Rung, ...]) -> tuple[int, ...] | None:
    durations = [duration for rung in rungs for duration in (rung.before, rung.after, rung.every) if duration is not None]
    if any(duration.unit is Unit.DAYS for duration in durations):
        return None
    return tuple(_offset(micros, rung) for rung in rungs)


def _offset(micros: int, rung: Rung) -> int:
    if rung.before is not None:
        return max(0, micros - rung.before.micros)
    if rung.after is not None:
        return micros + rung.after.micros
    return share_of(micros, rung.share or 100)


def share_of(amount: int, share: int) -> int:
    """So many per cent of an amount, reached (rounded up)."""
    return -(-amount * share // 100)
