"""Assumptions read off what has happened: how many cases came and when, of what kind, what was done with them and how soon.

A stay in a state is waiting and work together; what a quarter of the stays did not exceed is taken for the work alone."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from config import assumptions, matches, programme, week
from config.assumptions import Arrivals, Assumptions, Work
from config.words import Duration
from engine import catalog, courses, draft, errors, moves
from engine import now as times
from engine.simulating import assumed
from storage import database
from storage import figures as queries

CHUNK = 1000
_DAY, _SECOND = 86_400_000_000, 1_000_000
_NEVER = 1 << 62


class NothingObserved(errors.EngineError):
    """The store has no case to learn from."""

    code = "nothing-observed"

    def __init__(self, programme: str, flow: str) -> None:
        super().__init__(
            f"the store has no case of {programme}/{flow} yet; leave --from-history away, or give --assume",
            f"数据库中还没有 {programme}/{flow} 的案件；请去掉 --from-history，或用 --assume 指定",
        )


class _Seen:
    """What was counted."""

    def __init__(self) -> None:
        self.hours: Counter[int] = Counter()
        self.days: Counter[int] = Counter()
        self.first, self.last = _NEVER, 0
        self.facts: dict[str, Counter[str]] = {}
        self.moves: Counter[str] = Counter()
        self.closed = 0
        self.stays: dict[str, array[int]] = {}


def assumptions_of(tx: database.Transaction, known: catalog.Catalog, whole: programme.Programme, flow: str) -> Assumptions:
    """What the store's cases of one workflow say; nothing of staff and of those who report. Raises NothingObserved."""
    seen = _Seen()
    for case, happened in _cases(tx, known, whole.programme.programme, flow):
        _count(seen, whole, flow, case, happened)
    if not seen.hours:
        raise NothingObserved(whole.programme.programme, flow)
    count, span = sum(seen.hours.values()), (seen.last - seen.first) // _DAY + 1
    return Assumptions(
        workflow=flow,
        arrivals=Arrivals(
            a_day=min(1_000_000, max(1, round(count / span))),
            hours={f"{hour:02}:00-{hour + 1:02}:00": number for hour, number in sorted(seen.hours.items())},
            days={week.DAYS[day]: number for day, number in sorted(seen.days.items())},
        ),
        facts={fact: dict(sorted(values.items())) for fact, values in seen.facts.items()},
        work=dict(_works(seen, whole, flow)),
    )


def _cases(tx: database.Transaction, known: catalog.Catalog, name: str, flow: str) -> Iterator[tuple[draft.Draft, list[courses.Entry]]]:
    """States are not asked for, so that it does not matter what they were called before a case was migrated."""
    known.refresh(tx)
    last = -1
    while rows := tx.all(queries.CASES_OPENED, (last, -_NEVER, _NEVER, name, name, CHUNK)):
        last = rows[-1][0]
        happened = moves.of(tx, [row[0] for row in rows], migrated=())
        for row in rows:
            case = draft.read(row, known, tx)
            if case.compiled.workflow.workflow == flow:
                yield case, happened[case.id]


def _count(seen: _Seen, whole: programme.Programme, flow: str, case: draft.Draft, happened: list[courses.Entry]) -> None:
    defined, opened = whole.workflows[flow], times.local(case.opened_at, whole.programme.time_zone)
    seen.hours[opened.hour] += 1
    seen.days[opened.weekday()] += 1
    seen.first, seen.last = min(seen.first, case.opened_at), max(seen.last, case.opened_at)
    seen.closed += case.closed_at is not None
    for fact, value in case.facts.items():
        few = assumptions.values_of(defined, fact, whole.categories, whole.units.units) if fact in defined.facts else None
        if few is not None and (spelled := matches.spelled(value)) in few:
            seen.facts.setdefault(fact, Counter())[spelled] += 1
    for (before, *_), (at, trigger, _, _) in pairwise(happened):
        if trigger in defined.transitions:
            seen.moves[trigger] += 1
            seen.stays.setdefault(trigger, array("q")).append(max(1, at - before))


def _works(seen: _Seen, whole: programme.Programme, flow: str) -> Iterator[tuple[str, Work]]:
    """In a final state weights are parts of a hundred, and in one that the timer ends; what is left to the timer is not said,
    nor what nobody knows yet: where no case has been seen to leave a state, the definition's own way is assumed."""
    defined = whole.workflows[flow]
    leaving: Counter[str] = Counter()
    for trigger, rule in defined.transitions.items():
        leaving.update(dict.fromkeys(rule.from_, seen.moves[trigger]))
    timers = {trigger for trigger in defined.transitions if assumed.left_to_timer(whole, defined, trigger)}
    ended = {state for trigger in timers for state in defined.transitions[trigger].from_}
    for trigger, rule in defined.transitions.items():
        if trigger in timers:
            continue
        weight: int | None = seen.moves[trigger]
        if not any(leaving[state] for state in rule.from_):
            weight = None
        elif any(defined.states[state].final for state in rule.from_):
            weight = round(100 * seen.moves[trigger] / max(1, seen.closed))
        elif ended.issuperset(rule.from_):
            weight = round(100 * seen.moves[trigger] / max(1, sum(leaving[state] for state in rule.from_)))
        stays = sorted(seen.stays.get(trigger, ()))
        takes = _said(stays[len(stays) // 4]) if stays else None
        yield trigger, Work(weight=None if weight is None else min(weight, 1_000_000), takes=takes)


def _said(micros: int) -> Duration:
    return assumed.seconds(micros // _SECOND)
