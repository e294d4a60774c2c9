"""What a clock owes next: each rung's place on the clock's own running timeline, and what fires when its time has come.

A rung fires once under (clock, round, rung, repeat). Rungs are counted from 0 in the ladder's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from config.words import Duration, Unit
from sla import calendars, folds, plans, running


class Owed(NamedTuple):
    """The next timer of a clock."""

    due: int
    rung: int
    repeat: int


class Firing(NamedTuple):
    """The rung that fires, with those (rung, repeat) it stands for."""

    due: int
    rung: int
    repeat: int
    skipped: tuple[tuple[int, int], ...]


class _Place(NamedTuple):
    due: int
    rung: int
    repeat: int


def owed(plan: plans.ClockPlan, fold: folds.ClockFold, timelines: calendars.Timelines) -> Owed | None:
    """The earliest rung or repeat that has not fired; None: nothing to wait for (not running, no target, all fired, or
    acknowledged for good)."""
    if not plan.rungs or len(fold.spans) % 2 == 0 or fold.terms is None:
        return None
    first: tuple[int, int, int] | None = None
    ladder = _Ladder(plan, fold, timelines)
    for index, rung in enumerate(plan.rungs):
        repeat = fold.fired[index] if fold.fired else 0
        if repeat > rung.most or (quiet := ladder.quiet(rung)) is None:
            continue
        place = max(ladder.place(index, repeat), quiet)
        if first is None or place < first[0]:
            first = (place, index, repeat)
    return None if first is None else Owed(due=first[0], rung=first[1], repeat=first[2])


def due(plan: plans.ClockPlan, fold: folds.ClockFold, timelines: calendars.Timelines, *, now: int) -> Firing | None:
    """What fires at `now`: the highest rung whose time has come, standing for all others.

    Rungs with a trigger are never skipped: the earliest of them fires first, standing for what should have been told before it;
    if it tells nobody itself, what should have been told fires before it. Ask again after applying: there may be more."""
    if not plan.rungs or len(fold.spans) % 2 == 0 or fold.terms is None:
        return None
    places = sorted(_come(plan, fold, timelines, now))
    if not places:
        return None
    number = next((n for n, place in enumerate(places) if plan.rungs[place.rung].acts), None)
    if number is not None:
        told = plan.rungs[places[number].rung].tells
        places = places[: number + 1] if told or number == 0 else places[:number]
        fires = places[-1] if told or number == 0 else max(places, key=lambda place: (place.rung, place.repeat))
    else:
        fires = max(places, key=lambda place: (place.rung, place.repeat))
    skipped = tuple((place.rung, place.repeat) for place in places if place is not fires)
    return Firing(due=fires.due, rung=fires.rung, repeat=fires.repeat, skipped=skipped)


def _come(plan: plans.ClockPlan, fold: folds.ClockFold, timelines: calendars.Timelines, now: int) -> Iterator[_Place]:
    ladder = _Ladder(plan, fold, timelines)
    for index, rung in enumerate(plan.rungs):
        quiet = ladder.quiet(rung)
        if quiet is None or quiet > now:
            continue
        for repeat in range(fold.fired[index] if fold.fired else 0, rung.most + 1):
            place = max(ladder.place(index, repeat), quiet)
            if place > now:
                break
            yield _Place(place, index, repeat)


class _Ladder:
    """The places of one running clock's rungs; what is common to them is reckoned once, and only if asked."""

    __slots__ = ("_deadline", "_fold", "_offsets", "_plan", "_timelines", "_until")

    def __init__(self, plan: plans.ClockPlan, fold: folds.ClockFold, timelines: calendars.Timelines) -> None:
        self._plan, self._fold, self._timelines = plan, fold, timelines
        self._until = folds.acknowledged_until(plan, fold, timelines)
        self._deadline: int | None = None
        simple = plan.due_fact is None and len(fold.spans) == 1 and not fold.more_time and not fold.more_days
        self._offsets = plan.targets[fold.terms].offsets if simple and fold.terms is not None else None

    def quiet(self, rung: plans.Rung) -> int | None:
        """Before which instant the rung may not fire: 0 for free, None for not in this round. A trigger is not a nag."""
        if self._fold.acknowledged is None or rung.always or rung.acts:
            return 0
        return self._until

    def place(self, index: int, repeat: int) -> int:
        """Where a rung, or a repeat of it, stands; never before its target came to hold, never in a pause."""
        fold, rung = self._fold, self._plan.rungs[index]
        if self._offsets is not None:
            place = fold.spans[0] + self._offsets[index]
            place = max(place, fold.since)
            return place if repeat == 0 or rung.every is None else place + repeat * rung.every.micros
        place = running.wait(fold.spans, max(self._stands(rung), fold.since)) or 0
        if repeat == 0 or rung.every is None:
            return place
        return running.onwards(fold.spans, self._timeline(rung.every), place, repeat * rung.every.micros)

    def _stands(self, rung: plans.Rung) -> int:
        plan, fold = self._plan, self._fold
        if self._deadline is None:
            self._deadline = folds.deadline(plan, fold, self._timelines) or 0
        due = self._deadline
        if rung.after is not None:
            return running.onwards(fold.spans, self._timeline(rung.after), due, rung.after.micros)
        spans = fold.spans if plan.due_fact is None else (fold.started,)  # pauses do not move a promise
        if rung.before is not None:
            timeline = self._timeline(rung.before)
            return running.onwards(spans, timeline, fold.started, max(0, running.counted(spans, timeline, due) - rung.before.micros))
        if rung.share == 100 or rung.share is None:
            return due
        hours, unit = plan.measure(fold.terms)
        whole = folds.total(plan, fold, self._timelines, due)
        return running.onwards(spans, self._timelines.of(hours, unit), fold.started, plans.share_of(whole, rung.share))

    def _timeline(self, duration: Duration) -> calendars.Timeline:
        """In the hours of the target in force, in the duration's own unit."""
        return self._timelines.of(self._plan.measure(self._fold.terms)[0], Unit(duration.unit))
