"""What is kept of a clock between two steps, and what follows from it at any moment: the deadline and the breach.

Nothing here patches a due date: a fold holds what happened, the deadline is derived from it anew whenever it is asked for.
All times are UTC microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from config.words import Unit
from sla import calendars, plans, running

GONE_BACK, STARTS_ANEW = 1, 2
ELSEWHERE = -1
"""Terms that the plan at hand does not have."""


class Kept(NamedTuple):
    """How a clock ended under a definition that its case has left since: what `clocks.reckon` said of it then."""

    due: int | None
    elapsed: int
    remaining: int | None
    target: str | None
    rule: str
    under_earlier_target: bool


class ClockFold(NamedTuple):
    """What a clock has been through in its present round.

    `spans`: when it ran (`running.Spans`). `settled`: when it was left for good, None while it runs or pauses.
    `terms`: which target holds (its index in `within`, or the instant promised by the fact), None for none; `since` when, and
    `former` the (terms, since) before, so that changes at one instant leave no trace of their order.
    `back`: whether a return, rework or reopen has come since it was settled (GONE_BACK), one for which the clock restarts (STARTS_ANEW).
    `breached_under`: the terms that were broken, ELSEWHERE if an earlier definition's that this one does not have. `fired`: per
    rung how often (itself and its repeats). `kept`: of a clock that ended under an earlier definition."""

    round: int
    started: int
    spans: running.Spans
    terms: int | None
    since: int
    settled: int | None = None
    former: tuple[int | None, int] | None = None
    more_time: int = 0
    more_days: int = 0
    breached_at: int | None = None
    breached_under: int | None = None
    fired: tuple[int, ...] = ()
    acknowledged: int | None = None
    earlier_breaches: int = 0
    back: int = 0
    kept: Kept | None = None

    def goes_on(self, number: int) -> bool:
        """Whether the round of this number is under way still: what was said of it is worth hearing."""
        return self.round == number and self.settled is None

    def to_json(self) -> list[Any]:
        """As a list, without what is as in a fresh round at its end; an older store's shorter list reads the same."""
        if self[_GIVEN:] == _FRESH:  # most clocks of most cases, at every step
            return list(self[:_GIVEN])
        values: list[Any] = list(self)
        if self.kept is not None:
            values[-1] = list(self.kept)
        while len(values) > _GIVEN and values[-1] == _FRESH[len(values) - 1 - _GIVEN]:
            values.pop()
        return values

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> ClockFold:
        if len(values) == _GIVEN:
            return cls(values[0], values[1], tuple(values[2]), values[3], values[4])
        whole = (*values, *_FRESH[len(values) - _GIVEN :])
        round_, started, spans, terms, since, settled, former, time, days, at, under, fired, acknowledged, earlier, back, kept = whole
        return cls(round_, started, tuple(spans), terms, since, settled, None if former is None else (former[0], former[1]),
                   time, days, at, under, tuple(fired), acknowledged, earlier, back, None if kept is None else Kept(*kept))  # fmt: skip


_FRESH = tuple(ClockFold._field_defaults.values())
_GIVEN = len(ClockFold._fields) - len(_FRESH)


def deadline(plan: plans.ClockPlan, fold: ClockFold, timelines: calendars.Timelines) -> int | None:
    """When the target is used up, if the clock goes on from where it stands; None without a target.

    Extensions in the target's own unit are added to it; those in the other unit are counted on from there, on the running
    timeline, in the same hours. After a promised date, days come before hours. So the order of granting does not matter."""
    if fold.terms is None:
        return None
    spans = fold.spans
    if plan.due_fact is not None:
        due = timelines.of(plan.hours, Unit.DAYS).add(fold.terms, fold.more_days) if fold.more_days else fold.terms
        return timelines.of(plan.hours, Unit.TIME).add(due, fold.more_time) if fold.more_time else due
    target = plan.targets[fold.terms]
    if target.elapses and len(spans) <= 2 and not fold.more_days:
        return (spans[0] if spans else fold.started) + target.micros + fold.more_time
    in_days = target.unit is Unit.DAYS
    more, other = (fold.more_days, fold.more_time) if in_days else (fold.more_time, fold.more_days)
    due = running.onwards(spans, timelines.of(target.hours, target.unit), fold.started, target.micros + more)
    if not other:
        return due
    return running.onwards(spans, timelines.of(target.hours, Unit.TIME if in_days else Unit.DAYS), due, other)


def lapse(plan: plans.ClockPlan, fold: ClockFold, timelines: calendars.Timelines) -> int | None:
    """When the clock breaches its present terms: for a running clock perhaps in the future, for a stopped one only if it did.

    A target found to be past already is breached at the moment it came to hold; a promise that passes in a pause, when the
    clock runs again or is settled."""
    due = deadline(plan, fold, timelines)
    if due is None:
        return None
    known = max(due, fold.since)
    if plan.due_fact is not None:
        runs = running.wait(fold.spans, known)
        return runs if runs is not None or fold.settled is None or due >= fold.settled else fold.settled
    if len(fold.spans) % 2 == 1:
        return known
    return known if fold.spans and due < fold.spans[-1] else None


def total(plan: plans.ClockPlan, fold: ClockFold, timelines: calendars.Timelines, due: int) -> int:
    """The whole target with its extensions, in the measure of the terms."""
    hours, unit = plan.measure(fold.terms)
    if plan.due_fact is not None:
        return timelines.of(hours, unit).between(fold.started, due)
    own, other = (fold.more_days, fold.more_time) if unit is Unit.DAYS else (fold.more_time, fold.more_days)
    if not other:
        return plan.targets[fold.terms or 0].micros + own
    spans = fold.spans if running.is_open(fold.spans) else fold.spans[:-1] or (fold.started,)
    return running.counted(spans, timelines.of(hours, unit), due)


def acknowledged_until(plan: plans.ClockPlan, fold: ClockFold, timelines: calendars.Timelines) -> int | None:
    """When the acknowledgement runs out; None if there is none, or if it lasts to the round's end."""
    if fold.acknowledged is None or plan.acknowledged_for is None:
        return None
    return timelines.of(calendars.ALWAYS, plan.acknowledged_for.unit).add(fold.acknowledged, plan.acknowledged_for.micros)


def words(plan: plans.ClockPlan, fold: ClockFold, timelines: calendars.Timelines) -> tuple[str | None, str]:
    """The target and the rule that set it, as people read them."""
    if plan.due_fact is not None:
        return None if fold.terms is None else timelines.promised(fold.terms), f"{plan.name}.due: {plan.due_fact}"
    if fold.terms is None:
        return None, f"{plan.name}.within: no target for these facts"
    return plan.targets[fold.terms].words, plan.targets[fold.terms].rule
