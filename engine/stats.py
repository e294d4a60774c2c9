"""The figures of a period, by unit, category, programme, state, rider, hour or clock: the store's cases read in chunks and added up.

Every deadline in them is the one that the alarms go by (`clocks.reckon`)."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from config.words import Text
from config.workflow import FactType
from engine import catalog, courses, draft, figures, moves, secrecy
from engine import now as times
from sla import clocks
from storage import database
from storage import figures as queries

CHUNK = 1000
ALL = "all"
NONE = "none"
"""The group of cases that have no unit, category …"""
_NEVER = 1 << 62
_TITLES = {
    NONE: Text(zh="（无）", en="(none)"),
    "anonymous": Text(zh="匿名", en="Anonymous"),
    "others": Text(zh="其他上报人", en="Other reporters"),
    ALL: Text(zh="全部", en="All"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases, by when they were opened (UTC µs, [since, until)), and how they are grouped."""

    by: str | None = None
    since: int | None = None
    until: int | None = None
    programme: str = ""


@dataclass(slots=True)
class _Tally:
    """One group, added up."""

    title: Text | None
    numbers: dict[str, int] = field(default_factory=dict)
    judged: dict[str, list[int]] = field(default_factory=dict)
    stays: dict[str, array[int]] = field(default_factory=dict)
    to_resolve: array[int] = field(default_factory=lambda: array("q"))
    to_close: array[int] = field(default_factory=lambda: array("q"))

    def add(self, course: courses.Course, sent: int) -> None:
        numbers = self.numbers
        numbers["reports"] = numbers.get("reports", 0) + 1
        for name in _COUNTED:
            if getattr(course, name):
                numbers[name] = numbers.get(name, 0) + 1
        numbers["sent"] = numbers.get("sent", 0) + sent
        for clock, late in course.judged.items():
            both = self.judged.setdefault(clock, [0, 0])
            both[0] += late
            both[1] += 1
        for state, span in course.stays:
            self.stays.setdefault(state, array("q")).append(span)
        if course.to_resolve is not None:
            self.to_resolve.append(course.to_resolve)
        if course.to_close is not None:
            self.to_close.append(course.to_close)


_COUNTED = ("resolved", "closed", "rejected", "due_to_close", "on_time", "suspended", "returnable", "returned", "reworkable", "reworked")


def stats(
    tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, *, now: int, progress: Callable[[int, int], None] | None = None
) -> list[figures.Row]:
    """All rows, group by group in the groups' order. `progress(cases read, of all)` is called as it goes."""
    adder = _Adder(tx, known, wanted, now)
    adder.read(progress)
    if wanted.by == "clock":
        return adder.by_clock()
    return [row for group in sorted(adder.tallies) for row in adder.rows(group)]


class _Adder:
    """Reads cases and adds them up; holds what is known of their definitions."""

    def __init__(self, tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, now: int) -> None:
        self.tallies: dict[str, _Tally] = {}
        self._tx, self._known, self._wanted, self._now = tx, known, wanted, now
        self._senses: dict[int, courses.Sense] = {}
        self._categories: dict[int, str | None] = {}
        self._clocks: dict[str, Text] = {}
        self._states: dict[str, Text] = {}

    def read(self, progress: Callable[[int, int], None] | None) -> None:
        self._known.refresh(self._tx)
        wanted, last, count = self._wanted, -1, 0
        since = -_NEVER if wanted.since is None else wanted.since
        until = _NEVER if wanted.until is None else wanted.until
        while rows := self._tx.all(queries.CASES_OPENED, (last, since, until, wanted.programme, wanted.programme, CHUNK)):
            last = rows[-1][0]
            listed = (self._tx.listed([row[0] for row in rows]),)
            cases = [draft.read(row, self._known, self._tx) for row in rows]
            happened = moves.of(self._tx, [case.id for case in cases], migrated=[case.id for case in cases if case.earlier])
            sent: dict[int, int] = {row[0]: row[1] for row in self._tx.all(queries.SENT, listed)}
            for case in cases:
                self._add(case, happened[case.id], sent.get(case.id, 0))
            count += len(rows)
            if progress is not None:
                progress(count, count)

    def _add(self, case: draft.Draft, entries: list[courses.Entry], sent: int) -> None:
        compiled = case.compiled
        if compiled.id not in self._senses:
            self._learn(compiled)
        now = max(self._now, case.latest)
        reckoned = (clocks.reckon(compiled.plans[name], fold, compiled.timelines, now=now) for name, fold in case.folds.items())
        group, title = self._group(case)
        tally = self.tallies.get(group)
        if tally is None:
            tally = self.tallies[group] = _Tally(title=title)
        tally.add(courses.course(self._senses[compiled.id], case.state, entries, reckoned), sent)

    def _learn(self, compiled: catalog.Compiled) -> None:
        flow = compiled.workflow
        self._senses[compiled.id] = courses.sense(flow)
        self._categories[compiled.id] = next((name for name, fact in flow.facts.items() if fact.type is FactType.CATEGORY), None)
        self._clocks.update({name: clock.title for name, clock in flow.clocks.items()})
        self._states.update({name: state.title for name, state in flow.states.items()})

    def _group(self, case: draft.Draft) -> tuple[str, Text | None]:
        """The group of a case, with words for it."""
        by, live = self._wanted.by, case.town.live
        if by == "unit":
            unit = live.units.units.get(case.unit or "")
            return (case.unit or NONE), unit.title if unit is not None else _TITLES.get(case.unit or NONE)
        if by == "category":
            name = self._categories[case.compiled.id]
            value = case.facts.get(name) if name is not None else None
            category = case.compiled.definition.categories.categories.get(str(value))
            return (str(value) if value else NONE), category.title if category is not None else _TITLES[NONE]
        if by == "programme":
            return case.compiled.programme, live.programme.title
        if by == "state":
            return case.state, case.compiled.workflow.states[case.state].title
        if by == "hour":
            return f"{times.local(case.opened_at, case.compiled.zone):%H}", None
        if by == "rider":
            return self._rider(case)
        return ALL, _TITLES[ALL]

    def _rider(self, case: draft.Draft) -> tuple[str, Text | None]:
        people = case.town.live.people
        person = (
            people.people.get(case.reporter or "") if secrecy.sees(case, secrecy.NOBODY) else None
        )  # a figure names no one who trusted us
        if person is not None and any(people.roles[role].rider for role in person.roles):
            return str(case.reporter), Text(zh=person.name, en=person.name)
        group = "anonymous" if case.reporter is None else "others"
        return group, _TITLES[group]

    def rows(self, group: str) -> Iterator[figures.Row]:
        """One group's figures."""
        tally = self.tallies[group]
        title, n = tally.title, tally.numbers
        for figure, name in _COUNTS:
            yield figures.count(figure, group, n.get(name, 0), title)
        for figure, over, under in _RATES:
            yield figures.rate(figure, group, n.get(over, 0), sum(sign * n.get(name, 0) for name, sign in under), title)
        for clock in (name for name in self._clocks if name in tally.judged):
            late, judged = tally.judged[clock]
            yield figures.rate(figures.OVERDUE_RATE, group, late, judged, title, of=clock, of_title=self._clocks[clock])
        yield from figures.times(figures.TO_RESOLVE, group, tally.to_resolve, title)
        yield from figures.times(figures.TO_CLOSE, group, tally.to_close, title)
        for state in (name for name in self._states if name in tally.stays):
            yield from figures.times(figures.STAGE, group, tally.stays[state], title, of=state, of_title=self._states[state])

    def by_clock(self) -> list[figures.Row]:
        """How each clock was kept, over all cases."""
        judged = self.tallies[ALL].judged if ALL in self.tallies else {}
        known = [(name, title, judged[name]) for name, title in self._clocks.items() if name in judged]
        return [figures.rate(figures.OVERDUE_RATE, name, late, of, title) for name, title, (late, of) in known]


_COUNTS = (
    (figures.REPORTS, "reports"),
    (figures.RESOLVED, "resolved"),
    (figures.CLOSED, "closed"),
    (figures.REJECTED, "rejected"),
    (figures.MESSAGES_SENT, "sent"),
)
_RATES = (
    (figures.CLOSURE_RATE, "resolved", (("reports", 1),)),
    (figures.CLOSING_RATE, "closed", (("due_to_close", 1),)),
    (figures.ON_TIME_RATE, "on_time", (("due_to_close", 1), ("suspended", -1))),
    (figures.RETURN_RATE, "returned", (("returnable", 1),)),
    (figures.REWORK_RATE, "reworked", (("reworkable", 1),)),
)
