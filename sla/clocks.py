"""One case's clocks: history folded step by step into a small value per clock, and the one law that reads it, `reckon`.

All times are UTC microseconds; `facts` are those of the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from config.programme import Definition
from config.words import Unit
from config.workflow import Kind
from sla import calendars, folds, plans, running

ClockPlan = plans.ClockPlan
ClockFold = folds.ClockFold


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One history entry as the clocks see it: `at` when it happened, `seq` the order of recording among what happened together.

    `facts` are those set by this entry; `acknowledged` names a clock; `rung` is (clock, round, rung, repeat) that fired, standing
    also for the `skipped` (rung, repeat); `extension` is (clock, µs, "time" or "days")."""

    at: int
    seq: int
    trigger: str
    kind: Kind | None
    from_state: str | None
    to_state: str
    facts: Mapping[str, object]
    acknowledged: str | None = None
    rung: tuple[str, int, int, int] | None = None
    extension: tuple[str, int, str] | None = None
    skipped: tuple[tuple[int, int], ...] = ()


Folds = Mapping[str, folds.ClockFold]
Plans = Mapping[str, plans.ClockPlan]


def plan(definition: Definition) -> dict[str, plans.ClockPlan]:
    """All clocks of a definition, compiled; by name."""
    return {name: plans.compiled(definition, name) for name in definition.workflow.clocks}


def apply(
    plans: Plans, folds: Folds, effect: Effect, facts: Mapping[str, object], timelines: calendars.Timelines
) -> dict[str, folds.ClockFold]:
    """The folds after one more effect; those it does not touch are the same objects. `facts` are the case's after the effect.

    Effects come in the order (at, seq)."""
    after = dict(folds)
    for name, clock in plans.items():
        known = folds.get(name)
        fold = _apply(clock, known, effect, facts, timelines)
        if fold is not None and fold is not known:
            after[name] = fold
    return after


def in_order(history: Iterable[Effect]) -> list[Effect]:
    """As it happened. What leaves the state did so in the state of its moment: the one it names may have ended before, by an entry
    that was recorded later."""
    found: list[Effect] = []
    state: str | None = None
    for effect in sorted(history, key=lambda effect: (effect.at, effect.seq)):
        if state is None or effect.to_state != effect.from_state:
            state = effect.to_state
        found.append(effect if effect.to_state == state else replace(effect, from_state=state, to_state=state))
    return found


def fold(plans: Plans, history: Iterable[Effect], timelines: calendars.Timelines) -> dict[str, folds.ClockFold]:
    """The folds of a whole history, recorded in whatever order."""
    found: dict[str, folds.ClockFold] = {}
    facts: dict[str, object] = {}
    for effect in in_order(history):
        facts.update(effect.facts)
        found = apply(plans, found, effect, facts, timelines)
    return found


def _apply(
    plan: plans.ClockPlan, fold: folds.ClockFold | None, effect: Effect, facts: Mapping[str, object], timelines: calendars.Timelines
) -> folds.ClockFold | None:
    to, at = effect.to_state, effect.at
    if fold is None:
        return begun(plan, at, to, facts, timelines) if to in plan.runs_in else None
    if effect.rung is not None and effect.rung[0] == plan.name and effect.rung[1] == fold.round:
        fold = _fired(plan, fold, ((effect.rung[2], effect.rung[3]), *effect.skipped))
    if effect.acknowledged == plan.name and (fold.acknowledged is None or fold.acknowledged < at):
        fold = fold._replace(acknowledged=at)
    moves = to != effect.from_state or effect.kind is not None  # what leaves the state may name one that a late entry has ended before
    runs, pauses = moves and to in plan.runs_in, moves and to in plan.pauses_in
    back = fold.back if effect.kind is None else max(fold.back, _back(plan, effect.kind))
    entered = fold.settled is not None and (runs or pauses)
    if (back == folds.STARTS_ANEW and (runs or pauses)) or (entered and runs and not back):
        return _anew(plan, fold, at, to, facts, timelines)
    if entered and not back:
        return fold
    if fold.settled is not None and back != fold.back and not entered:
        fold = fold._replace(back=back)
    if fold.settled is None or fold.settled == at:  # what happens together with the end still counts
        if effect.extension is not None and effect.extension[0] == plan.name:
            fold = _extended(marked(plan, fold, timelines, at), effect.extension[1], effect.extension[2])
        if effect.facts and not plan.looks_at.isdisjoint(effect.facts):
            fold = retargeted(plan, fold, at, facts, timelines)
    if to == effect.from_state and not entered:
        return fold
    after = moved(plan, fold, at, to, facts, timelines)
    if entered:
        return after._replace(back=0)
    return after._replace(back=back) if after.settled is not None and fold.settled is None and back else after


def _back(plan: plans.ClockPlan, kind: Kind) -> int:
    """What a return, rework or reopen means for the clock once it is entered again."""
    return folds.STARTS_ANEW if kind in plan.restarts else folds.GONE_BACK


def _anew(
    plan: plans.ClockPlan, fold: folds.ClockFold, at: int, to: str, facts: Mapping[str, object], timelines: calendars.Timelines
) -> folds.ClockFold:
    """The next round; a breach of the round before stays counted."""
    lapsed = marked(plan, fold, timelines, at)
    earlier = lapsed.earlier_breaches + (lapsed.breached_at is not None)
    return begun(plan, at, to, facts, timelines)._replace(round=fold.round + 1, earlier_breaches=earlier)


def terms_of(plan: plans.ClockPlan, facts: Mapping[str, object], timelines: calendars.Timelines) -> int | None:
    """The terms that the facts choose: see `ClockFold.terms`."""
    if plan.due_fact is None:
        return plan.choose(facts)
    promised = facts.get(plan.due_fact)
    return None if promised is None or promised == "" else timelines.moment(plan.due_fact, promised)


def begun(plan: plans.ClockPlan, at: int, to: str, facts: Mapping[str, object], timelines: calendars.Timelines) -> folds.ClockFold:
    """A first round; a later one is the same, numbered on."""
    return folds.ClockFold(1, at, (at,) if to in plan.runs_in else (), terms_of(plan, facts, timelines), at)


def moved(
    plan: plans.ClockPlan, fold: folds.ClockFold, at: int, to: str, facts: Mapping[str, object], timelines: calendars.Timelines
) -> folds.ClockFold:
    """The case has changed its state: the clock runs, pauses or is settled."""
    runs, ran = to in plan.runs_in, len(fold.spans) % 2 == 1
    if runs and ran:
        return fold
    pauses = not runs and to in plan.pauses_in
    if fold.settled is not None and (runs or pauses):  # it goes on after all, under what the facts say by now
        fold = retargeted(plan, marked(plan, fold, timelines, at), at, facts, timelines)._replace(settled=None, kept=None)
    if runs:
        spans = fold.spans[:-1] if fold.spans and fold.spans[-1] == at else (*fold.spans, at)
        return fold._replace(spans=spans)
    if ran:
        return fold._replace(spans=(*fold.spans, at), settled=None if pauses else at)
    return fold if pauses or fold.settled is not None else fold._replace(settled=at)


def retargeted(
    plan: plans.ClockPlan, fold: folds.ClockFold, at: int, facts: Mapping[str, object], timelines: calendars.Timelines
) -> folds.ClockFold:
    """Under the target that the facts choose now. It counts from the round's start; what was breached before stays so."""
    terms = terms_of(plan, facts, timelines)
    if terms == fold.terms:
        return fold
    fold = marked(plan, fold, timelines, at)
    former = fold.former if fold.since == at and fold.former is not None else (fold.terms, fold.since)
    if former[0] == terms and fold.since == at:
        return fold._replace(terms=terms, since=former[1], former=None)
    return fold._replace(terms=terms, since=at, former=former)


def _extended(fold: folds.ClockFold, micros: int, unit: str) -> folds.ClockFold:
    if unit == Unit.DAYS:
        return fold._replace(more_days=fold.more_days + micros)
    return fold._replace(more_time=fold.more_time + micros)


def _fired(plan: plans.ClockPlan, fold: folds.ClockFold, rungs: Iterable[tuple[int, int]]) -> folds.ClockFold:
    counts = list(fold.fired) or [0] * len(plan.rungs)
    for rung, repeat in rungs:
        counts[rung] = max(counts[rung], repeat + 1)
    fired = tuple(counts)
    return fold if fired == fold.fired else fold._replace(fired=fired)


def marked(plan: plans.ClockPlan, fold: folds.ClockFold, timelines: calendars.Timelines, at: int) -> folds.ClockFold:
    """With the breach that lies before `at` recorded, since what comes now might move the deadline."""
    if fold.breached_at is not None:
        return fold
    lapsed = folds.lapse(plan, fold, timelines)
    return fold if lapsed is None or lapsed >= at else fold._replace(breached_at=lapsed, breached_under=fold.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Where a clock stands at one moment.

    `elapsed` and `remaining` are µs of the measure (`remaining` turns negative and goes on while the clock runs overdue).
    `due` is None without a target; of a paused clock it is what it would be if the clock went on now. `phase` (running, paused,
    settled) tells whether a breached clock still goes on. `target` None: no target applies, and no verdict is passed.
    `rungs_fired`: (rung, repeat), from 0."""

    clock: str
    state: str
    phase: str
    round: int
    started: int
    elapsed: int
    remaining: int | None
    due: int | None
    target: str | None
    rule: str
    breached_at: int | None
    under_earlier_target: bool
    earlier_breaches: int
    rungs_fired: tuple[tuple[int, int], ...]
    acknowledged: bool
    provisional: bool

    @property
    def live(self) -> bool:
        """The round is not over: the clock runs or pauses, breached or not."""
        return self.phase != "settled"


def reckon(plan: plans.ClockPlan, fold: folds.ClockFold, timelines: calendars.Timelines, *, now: int) -> Reckoning:
    """The law: running, paused, met or breached; elapsed, remaining, due. `now` is not before the last effect folded."""
    if fold.kept is not None:
        return _kept(plan, fold, fold.kept)
    phase = "running" if running.is_open(fold.spans) else "paused" if fold.settled is None else "settled"
    standing = fold if phase != "paused" else fold._replace(spans=(*fold.spans, now))
    due = folds.deadline(plan, standing, timelines)
    hours, unit = plan.measure(fold.terms)
    timeline = timelines.of(hours, unit)
    breached_at, under = fold.breached_at, fold.breached_under
    if breached_at is None and (lapsed := folds.lapse(plan, fold, timelines)) is not None and lapsed <= now:
        breached_at, under = lapsed, fold.terms
    elapsed = running.counted(fold.spans, timeline, now)
    remaining: int | None = None
    if due is not None and plan.due_fact is not None:
        stop = now if fold.settled is None else fold.settled
        remaining = timeline.between(stop, due) - timeline.between(due, stop)
    elif due is not None:
        remaining = folds.total(plan, standing, timelines, due) - elapsed
    target, rule = folds.words(plan, fold, timelines)
    until = folds.acknowledged_until(plan, fold, timelines)
    return Reckoning(
        clock=plan.name,
        state="breached" if breached_at is not None else "met" if phase == "settled" else phase,
        phase=phase,
        round=fold.round,
        started=fold.started,
        elapsed=elapsed,
        remaining=remaining,
        due=due,
        target=target,
        rule=rule,
        breached_at=breached_at,
        under_earlier_target=breached_at is not None and under != fold.terms,
        earlier_breaches=fold.earlier_breaches,
        rungs_fired=_rungs_fired(fold),
        acknowledged=fold.acknowledged is not None and (until is None or now < until),
        provisional=due is not None and timelines.provisional(hours, timelines.year_of(due)),
    )


def _kept(plan: plans.ClockPlan, fold: folds.ClockFold, kept: folds.Kept) -> Reckoning:
    """A clock that ended under an earlier definition stands as it ended."""
    return Reckoning(
        clock=plan.name,
        state="met" if fold.breached_at is None else "breached",
        phase="settled",
        round=fold.round,
        started=fold.started,
        elapsed=kept.elapsed,
        remaining=kept.remaining,
        due=kept.due,
        target=kept.target,
        rule=kept.rule,
        breached_at=fold.breached_at,
        under_earlier_target=kept.under_earlier_target,
        earlier_breaches=fold.earlier_breaches,
        rungs_fired=_rungs_fired(fold),
        acknowledged=False,
        provisional=False,
    )


def _rungs_fired(fold: folds.ClockFold) -> tuple[tuple[int, int], ...]:
    return tuple((rung, repeat) for rung, count in enumerate(fold.fired) for repeat in range(count))


def reckon_history(
    definition: Definition, history: Sequence[Effect], clock: str, timelines: calendars.Timelines, *, now: int
) -> Reckoning | None:
    """The same from the whole history; None if the clock has not begun."""
    compiled = {clock: plans.compiled(definition, clock)}
    folded = fold(compiled, [effect for effect in history if effect.at <= now], timelines).get(clock)
    return None if folded is None else reckon(compiled[clock], folded, timelines, now=now)
