"""A case's clocks carried over from one definition to another, and back: what is kept, what is judged anew, what begins and ends.

Nothing that has fired fires again, nobody is late for a promise not yet made, and a clock that has ended keeps its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from config.words import Duration
from sla import calendars, clocks, folds, plans

Pairs = tuple[tuple[int, int], ...]
Mark = tuple[object, ...]
"""What makes a rung the same in two ladders: where it stands, what it pulls, and how many such stand before it."""


class Side(NamedTuple):
    """A definition as the clocks see it."""

    plans: clocks.Plans
    timelines: calendars.Timelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """From one definition to another at a moment: the state in which the case goes on, its clocks (name before → name after), and
    for each clock after which rungs are the same as which before: (before, after), from 0.

    `fired`: what has fired in the eras before the last, by the clocks' names before: how often under each mark."""

    at: int
    to_state: str
    clocks: Mapping[str, str]
    rungs: Mapping[str, Pairs]
    fired: Mapping[str, Mapping[Mark, int]] = field(default_factory=dict)


def same_rungs(was: plans.ClockPlan, will: plans.ClockPlan) -> Pairs:
    """The rungs that stand at the same moment of both ladders and pull the same trigger: (before, after)."""
    known = {mark: number for number, mark in enumerate(marks_of(was))}
    return tuple((known[mark], after) for after, mark in enumerate(marks_of(will)) if mark in known)


def marks_of(plan: plans.ClockPlan) -> tuple[Mark, ...]:
    """The mark of each rung. Of those that stand at the same moment and pull the same, the first is another than the second."""
    alike: Counter[Mark] = Counter()
    found: list[Mark] = []
    for rung in plan.rungs:
        mark = (rung.share, _length(rung.before), _length(rung.after), rung.pulls)
        found.append((*mark, alike[mark]))
        alike[mark] += 1
    return tuple(found)


def _length(duration: Duration | None) -> tuple[int, str] | None:
    return None if duration is None else (duration.micros, duration.unit)


def carry(old: Side, new: Side, standing: clocks.Folds, crossing: Crossing, facts: Mapping[str, object]) -> dict[str, folds.ClockFold]:
    """The clocks under the new definition.

    A clock keeps its round, start, spans, extensions and acknowledgement. Its target is the one that the facts choose now, counted
    from its start; a breach under the earlier terms is recorded first. One that the case did not have begins now if it runs in the
    case's state; one that the new definition does not have is left out."""
    came: dict[str, folds.ClockFold] = {}
    sources = {after: before for before, after in crossing.clocks.items()}
    for name, plan in new.plans.items():
        before = sources.get(name)
        if before is not None and before in standing:
            came[name] = _carried(old, new, (old.plans[before], plan), standing[before], crossing, facts)
        elif crossing.to_state in plan.runs_in:
            came[name] = clocks.begun(plan, crossing.at, crossing.to_state, facts, new.timelines)
    return came


def bring_back(
    old: Side, new: Side, standing: clocks.Folds, crossing: Crossing, facts: Mapping[str, object], *, left: clocks.Folds, found: clocks.Folds
) -> dict[str, folds.ClockFold]:  # fmt: skip
    """The clocks after a crossing is taken back: as they were when they were `left`, with what has happened since they were `found`
    under the definition that is given up now. If nothing happened, exactly as they were.

    A breach of the terms that are given up is not held against the case; what has fired stays fired. A clock that the crossing had
    ended goes on as if it had run all the time."""
    came: dict[str, folds.ClockFold] = {}
    sources = {after: before for before, after in crossing.clocks.items()}
    for name, plan in new.plans.items():
        source = sources.get(name, "")
        fold, begun, was = standing.get(source), found.get(source), left.get(name)
        if was is not None and (fold is None or begun is None):
            came[name] = _onwards(new, plan, was, crossing, facts)
        elif was is not None and fold is not None and begun is not None and fold.round == was.round:
            restored = _restored(plan, was, begun, fold, crossing.rungs.get(name, ()), crossing.fired.get(source, {}))
            came[name] = _onwards(new, plan, restored, crossing, facts)
        elif fold is not None and fold != begun:
            came[name] = _carried(old, new, (old.plans[source], plan), fold, crossing, facts)
        elif crossing.to_state in plan.runs_in:
            came[name] = clocks.begun(plan, crossing.at, crossing.to_state, facts, new.timelines)
    return came


def _carried(
    old: Side,
    new: Side,
    both: tuple[plans.ClockPlan, plans.ClockPlan],
    fold: folds.ClockFold,
    crossing: Crossing,
    facts: Mapping[str, object],
) -> folds.ClockFold:
    was, will = both
    at, to = crossing.at, crossing.to_state
    climbed = _climbed(fold.fired, will, crossing.rungs.get(will.name, ()), crossing.fired.get(was.name, {}))
    if fold.settled is not None:
        fold = _at_rest(old, new, both, fold, at)._replace(fired=climbed)
        return clocks.moved(will, fold, at, to, facts, new.timelines) if to in will.runs_in else fold
    terms = clocks.terms_of(will, facts, new.timelines)
    same = _same_promise(old, new, both, fold, terms)
    if not same:
        fold = clocks.marked(was, fold, old.timelines, at)
    fold = fold._replace(
        fired=climbed,
        terms=terms,
        since=fold.since if same else at,
        former=None,
        breached_under=_counterpart(was, will, fold.breached_under),
    )
    return clocks.moved(will, fold, at, to, facts, new.timelines)


def _at_rest(
    old: Side, new: Side, both: tuple[plans.ClockPlan, plans.ClockPlan], fold: folds.ClockFold, at: int
) -> folds.ClockFold:  # fmt: skip
    """A clock that has ended keeps its verdict, whatever the new targets are."""
    was, will = both
    if fold.kept is not None:
        return fold
    terms = _counterpart(was, will, fold.terms)
    if _same_promise(old, new, both, fold, terms):
        return fold._replace(terms=terms, former=None, breached_under=_counterpart(was, will, fold.breached_under))
    stood = clocks.reckon(was, fold, old.timelines, now=at)
    kept = folds.Kept(stood.due, stood.elapsed, stood.remaining, stood.target, stood.rule, stood.under_earlier_target)
    under = None if stood.breached_at is None else folds.ELSEWHERE
    return fold._replace(terms=None, former=None, breached_at=stood.breached_at, breached_under=under, kept=kept)


def _onwards(
    new: Side, plan: plans.ClockPlan, fold: folds.ClockFold, crossing: Crossing, facts: Mapping[str, object]
) -> folds.ClockFold:  # fmt: skip
    """A clock that was brought back, with what the facts and the state have become meanwhile."""
    at, to = crossing.at, crossing.to_state
    if fold.settled is not None:
        return clocks.moved(plan, fold, at, to, facts, new.timelines) if to in plan.runs_in else fold
    return clocks.moved(plan, clocks.retargeted(plan, fold, at, facts, new.timelines), at, to, facts, new.timelines)


def _restored(
    plan: plans.ClockPlan, was: folds.ClockFold, begun: folds.ClockFold, fold: folds.ClockFold, pairs: Pairs, earlier: Mapping[Mark, int]
) -> folds.ClockFold:  # fmt: skip
    """As it was left, with what has happened since: whether it runs, extensions, an acknowledgement, rungs that fired."""
    went = (fold.spans, fold.settled, fold.back) != (begun.spans, begun.settled, begun.back)
    moves = fold if went else was
    gained = tuple(count if count > before else 0 for count, before in zip(fold.fired, begun.fired or (0,) * len(fold.fired), strict=True))
    counts = [
        was.fired or (0,) * len(plan.rungs),
        _climbed(gained, plan, pairs, {}),
        [earlier.get(mark, 0) for mark in marks_of(plan)],
    ]
    fired = tuple(max(each) for each in zip(*(count for count in counts if count), strict=True))
    return was._replace(
        spans=moves.spans,
        settled=moves.settled,
        back=moves.back,
        kept=was.kept if moves.settled is not None else None,
        more_time=fold.more_time,
        more_days=fold.more_days,
        acknowledged=fold.acknowledged,
        earlier_breaches=fold.earlier_breaches,
        fired=fired if any(fired) else (),
    )


def _climbed(fired: tuple[int, ...], will: plans.ClockPlan, pairs: Pairs, earlier: Mapping[Mark, int]) -> tuple[int, ...]:
    """How often each rung of the new ladder counts as fired: the same as before, and a rung that only tells and that the old ladder
    did not have, if it stands below one that has fired. A ladder is not climbed again from below."""
    if not fired and not earlier:
        return ()
    counts = [earlier.get(mark, 0) for mark in marks_of(will)]
    for before, after in pairs if fired else ():
        counts[after] = max(counts[after], fired[before])
    known = {after for _, after in pairs}
    highest = max((number for number, count in enumerate(counts) if count), default=-1)
    for number, rung in enumerate(will.rungs[: max(highest, 0)]):
        if number not in known and not rung.acts:
            counts[number] = rung.most + 1
    return tuple(counts) if any(counts) else ()


def _same_promise(
    old: Side, new: Side, both: tuple[plans.ClockPlan, plans.ClockPlan], fold: folds.ClockFold, terms: int | None
) -> bool:  # fmt: skip
    """Whether these terms of the new plan are what the clock promises already: the same measure, and the same deadline from it."""
    was, will = both
    if terms == folds.ELSEWHERE or _promise(was, fold.terms) != _promise(will, terms):
        return False
    return folds.deadline(was, fold, old.timelines) == folds.deadline(will, fold._replace(terms=terms), new.timelines)


def _promise(plan: plans.ClockPlan, terms: int | None) -> tuple[object, ...] | None:
    if terms is None:
        return None
    if plan.due_fact is not None:
        return (terms, plan.hours)
    target = plan.targets[terms]
    return (target.micros, target.unit, target.hours)


def _counterpart(was: plans.ClockPlan, will: plans.ClockPlan, terms: int | None) -> int | None:
    """The terms of the new plan that say the same as these of the old one; ELSEWHERE if none does."""
    if terms is None or terms == folds.ELSEWHERE:
        return terms
    if was.due_fact is not None or will.due_fact is not None:
        return terms if was.due_fact is not None and will.due_fact is not None else folds.ELSEWHERE
    alike = [number for number in range(len(will.targets)) if _promise(will, number) == _promise(was, terms)]
    return terms if terms in alike else alike[0] if alike else folds.ELSEWHERE
