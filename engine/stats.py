"""The figures of a period, in groups: what is remembered of cases that are over, and the rest as they stand, added up.

Every deadline in them is the one that the alarms go by (`clocks.reckon`). Nothing of a single case leaves here but in sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from config.words import Text
from engine import catalog, figures, outcomes
from engine import now as times
from engine.courses import Mark
from storage import database
from storage import figures as queries

CHUNK = 1000
ALL = "all"
NONE = "none"
"""The group of cases that have no unit, category …"""
_NEVER = 1 << 62
TITLES = {
    NONE: Text(zh="（无）", en="(none)"),
    "anonymous": Text(zh="匿名", en="Anonymous"),
    "others": Text(zh="其他上报人", en="Other reporters"),
    ALL: Text(zh="全部", en="All"),
}
GROUPINGS = ("unit", "category", "area", "programme", "workflow", "state", "rider", "hour", "day", "month", "clock")
WITH, WITHOUT, BOTH = "with", "without", "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases, by when they were opened or (`by_due`) due (UTC µs, [since, until)), how they are grouped, and how breaches that
    were exempted count. `known`: by group, how much is known from elsewhere. `names`: only these figures. `mails`: count those sent too."""

    by: str | None = None
    since: int | None = None
    until: int | None = None
    programme: str = ""
    by_due: bool = False
    exempt: str = WITH
    known: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    mails: bool = False


@dataclass(slots=True)
class _Tally:
    """One group, added up: how many cases have which marks, and what their clocks and stays took."""

    title: Text | None
    marks: dict[int, int] = field(default_factory=dict)
    courses: list[str] = field(default_factory=list)
    found: int = 0
    sent: int = 0

    def count(self, *marks: Mark) -> int:
        """How many cases have all of these marks."""
        wanted = 0
        for mark in marks:
            wanted |= mark.value
        return sum(number for each, number in self.marks.items() if each & wanted == wanted)

    @property
    def cases(self) -> int:
        return sum(self.marks.values())


def stats(
    tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, *, now: int, progress: Callable[[int, int], None] | None = None
) -> list[figures.Row]:
    """All rows, group by group in the groups' order. `progress(cases read, of all)` is called as it goes."""
    adder = _Adder(tx, known, wanted)
    adder.read(now, progress)
    rows = adder.by_clock() if wanted.by == "clock" else [row for group in sorted(adder.tallies) for row in adder.rows(group)]
    return [row for row in rows if not wanted.names or row.figure.name in wanted.names or row.name in wanted.names]


class _Adder:
    """Reads cases and adds them up; holds what is known of their definitions and programmes."""

    def __init__(self, tx: database.Transaction, known: catalog.Catalog, wanted: Wanted) -> None:
        self.tallies: dict[str, _Tally] = {}
        self._tx, self._known, self._wanted = tx, known, wanted
        self._clocks: dict[str, Text] = {}
        self._states: dict[str, Text] = {}
        self._riders: dict[str, frozenset[str]] = {}

    def read(self, now: int, progress: Callable[[int, int], None] | None) -> None:
        self._known.refresh(self._tx)
        wanted = self._wanted
        since = -_NEVER if wanted.since is None else wanted.since
        until = _NEVER if wanted.until is None else wanted.until
        standing = outcomes.standing(
            self._tx, self._known, by_due=wanted.by_due, since=since, until=until, programme=wanted.programme, now=now, progress=progress
        )
        learnt: set[int] = set()
        group = self._grouping()
        ids: dict[int, str] = {}
        for outcome in standing:
            if outcome.definition not in learnt:
                learnt.add(outcome.definition)
                self._learn(self._known.pinned(self._tx, outcome.definition))
            key = group(outcome)
            tally = self.tallies.get(key)
            if tally is None:
                tally = self.tallies[key] = _Tally(title=self._title(key, outcome))
            tally.marks[outcome.marks] = tally.marks.get(outcome.marks, 0) + 1
            tally.courses.append(outcome.course)
            tally.found += outcome.reporter in self._riders[outcome.programme]
            if wanted.mails:
                ids[outcome.case_id] = key
        for number, count in self._sent(ids):
            self.tallies[ids[number]].sent += count

    def _sent(self, ids: Mapping[int, str]) -> Iterator[tuple[int, int]]:
        ordered = sorted(ids)
        for begin in range(0, len(ordered), CHUNK):
            yield from ((row[0], row[1]) for row in self._tx.all(queries.SENT, (self._tx.listed(ordered[begin : begin + CHUNK]),)))

    def _learn(self, compiled: catalog.Compiled) -> None:
        flow = compiled.workflow
        self._clocks.update({name: clock.title for name, clock in flow.clocks.items()})
        self._states.update({name: state.title for name, state in flow.states.items()})
        if compiled.programme not in self._riders:
            people = self._known.of(compiled.programme).live.people
            riding = {name for name, role in people.roles.items() if role.rider}
            self._riders[compiled.programme] = frozenset(name for name, one in people.people.items() if not riding.isdisjoint(one.roles))

    def _grouping(self) -> Callable[[outcomes.Outcome], str]:
        """What the group of a case is called."""
        by = self._wanted.by
        if by in ("unit", "category", "area"):
            place = outcomes.Outcome._fields.index(by)
            return lambda outcome: str(outcome[place] or NONE)
        if by in ("programme", "state"):
            place = outcomes.Outcome._fields.index(by)
            return lambda outcome: str(outcome[place])
        if by in ("hour", "day", "month"):
            return self._calendar({"hour": "%H", "day": "%Y-%m-%d", "month": "%Y-%m"}[by])
        if by == "rider":
            return self._rider
        if by == "workflow":
            return self._workflow
        return lambda _: ALL

    def _calendar(self, form: str) -> Callable[[outcomes.Outcome], str]:
        """By the moment that chooses the period: of opening, or the due date; on the wall of the programme."""
        zones: dict[str, str] = {}

        def group(outcome: outcomes.Outcome) -> str:
            zone = zones.get(outcome.programme)
            if zone is None:
                zone = zones[outcome.programme] = self._known.of(outcome.programme).live.programme.time_zone
            at = outcome.due_at if self._wanted.by_due else outcome.opened_at
            return times.local(at or outcome.opened_at, zone).strftime(form)

        return group

    def _rider(self, outcome: outcomes.Outcome) -> str:
        if outcome.reporter in self._riders[outcome.programme]:
            return str(outcome.reporter)
        return "anonymous" if outcome.reporter is None else "others"

    def _workflow(self, outcome: outcomes.Outcome) -> str:
        name = self._known.pinned(self._tx, outcome.definition).workflow.workflow
        return name if self._wanted.programme else f"{outcome.programme}/{name}"

    def _title(self, group: str, outcome: outcomes.Outcome) -> Text | None:
        """Words for a group, from one case of it."""
        live, by = self._known.of(outcome.programme).live, self._wanted.by
        if group in TITLES and by not in ("hour", "day", "month"):
            return TITLES[group]
        compiled = self._known.pinned(self._tx, outcome.definition)
        if by == "unit":
            return live.units.units[group].title if group in live.units.units else None
        if by == "category":
            categories = compiled.definition.categories.categories
            return categories[group].title if group in categories else None
        if by == "programme":
            return live.programme.title
        if by == "state":
            return compiled.workflow.states[group].title
        if by == "workflow":
            return compiled.workflow.title
        if by == "rider":
            name = live.people.people[group].name
            return Text(zh=name, en=name)
        return None

    def rows(self, group: str) -> Iterator[figures.Row]:
        """One group's figures."""
        tally, ways = self.tallies[group], _WAYS[self._wanted.exempt]
        title, took = tally.title, _Took(tally.courses)
        for figure, mark in _COUNTS:
            yield figures.count(figure, group, tally.cases if mark is None else tally.count(mark), title)
        if self._wanted.mails:
            yield figures.count(figures.MESSAGES_SENT, group, tally.sent, title)
        for figure, marks in _RATES:
            for without in ways if figure.without is not None else ways[:1]:
                over, under = _counted(tally, marks[-1] if without else marks[0], self._wanted.known.get(group, 0))
                yield figures.rate(figure, group, over, under, title, without=without, apart=without and len(ways) > 1)
        for clock in self._clocks:
            yield from _judged(took, clock, self._clocks[clock], group, title, ways)
        yield from figures.times(figures.TO_RESOLVE, group, took.to_resolve, title)
        yield from figures.times(figures.TO_CLOSE, group, took.to_close, title)
        for clock in (name for name in self._clocks if name in took.clocks):
            yield from figures.times(figures.CLOCK_TIME, group, took.clocks[clock], title, of=clock, of_title=self._clocks[clock])
        for state in (name for name in self._states if name in took.stays):
            yield from figures.times(figures.STAGE, group, took.stays[state], title, of=state, of_title=self._states[state])

    def by_clock(self) -> list[figures.Row]:
        """How each clock was kept, over all cases."""
        took = _Took(self.tallies[ALL].courses if ALL in self.tallies else ())
        ways = _WAYS[self._wanted.exempt]
        return [
            figures.rate(figures.OVERDUE_RATE, name, *took.judged[name, without], title, without=without, apart=without and len(ways) > 1)
            for name, title in self._clocks.items() for without in ways if (name, without) in took.judged
        ]  # fmt: skip


def _judged(
    took: _Took, clock: str, said: Text, group: str, title: Text | None, ways: tuple[bool, ...]
) -> Iterator[figures.Row]:  # fmt: skip
    for without in ways:
        if (clock, without) in took.judged:
            late, judged = took.judged[clock, without]
            yield figures.rate(
                figures.OVERDUE_RATE, group, late, judged, title, of=clock, of_title=said, without=without, apart=without and len(ways) > 1
            )


class _Took:
    """What cases took, from their courses: spans by clock and by state, and per clock how many were late of how many judged (without
    exemptions, or with)."""

    def __init__(self, courses: Iterable[str]) -> None:
        self.to_resolve: list[int] = []
        self.to_close: list[int] = []
        self.clocks: dict[str, list[int]] = {}
        self.stays: dict[str, list[int]] = {}
        self.judged: dict[tuple[str, bool], tuple[int, int]] = {}
        verdicts: dict[tuple[str, bool | None, bool], int] = {}
        for to_resolve, to_close, clocks, stays in orjson.loads(f"[{','.join(courses)}]"):
            if to_resolve is not None:
                self.to_resolve.append(to_resolve)
            if to_close is not None:
                self.to_close.append(to_close)
            for clock, late, exempted, elapsed in clocks:
                key = (clock, late, exempted)
                verdicts[key] = verdicts.get(key, 0) + 1
                if elapsed is not None:
                    try:
                        self.clocks[clock].append(elapsed)
                    except KeyError:
                        self.clocks[clock] = [elapsed]
            for state, span in stays:
                try:
                    self.stays[state].append(span)
                except KeyError:
                    self.stays[state] = [span]
        for (clock, late, exempted), number in verdicts.items():
            for without in (False, True):
                if late is not None and (without or not exempted):
                    had = self.judged.get((clock, without), (0, 0))
                    self.judged[clock, without] = (had[0] + number * late, had[1] + number)


def _counted(tally: _Tally, asked: tuple[_Part, tuple[_Part, ...]], known: int) -> tuple[int, int]:
    """Numerator and denominator of a rate in one group."""

    def number(part: _Part) -> int:
        if part == _ALL:
            return tally.cases
        if part == _FOUND:
            return tally.found
        return known if part == _KNOWN else tally.count(Mark(part))

    over, under = asked
    return number(over), sum(number(abs(part)) * (1 if part >= 0 else -1) for part in under)


_Part = int
"""A mark, or one of these; below nothing it is taken away."""
_ALL, _FOUND, _KNOWN = 1 << 60, 1 << 59, 1 << 58
_WAYS = {WITH: (False,), WITHOUT: (True,), BOTH: (False, True)}
_COUNTS = (
    (figures.REPORTS, None),
    (figures.RESOLVED, Mark.RESOLVED),
    (figures.CLOSED, Mark.CLOSED),
    (figures.REJECTED, Mark.REJECTED),
    (figures.EXEMPTED, Mark.EXEMPTED),
)
_ON_TIME = (Mark.ON_TIME.value, (Mark.DUE.value, -Mark.SUSPENDED.value, -Mark.EXCUSED.value))
_ON_TIME_HELD = (Mark.ON_TIME_HELD.value, (Mark.DUE_HELD.value, -Mark.SUSPENDED_HELD.value))
_RATES: tuple[tuple[figures.Figure, tuple[tuple[_Part, tuple[_Part, ...]], ...]], ...] = (
    (figures.CLOSURE_RATE, ((Mark.RESOLVED.value, (_ALL,)),)),
    (figures.VALID_LEAD_RATE, ((Mark.VALID.value, (_ALL,)),)),
    (figures.FOUND_RATE, ((_FOUND, (_ALL, _KNOWN)),)),
    (figures.RESPONSE_RATE, ((Mark.RESPONDED.value, (_ALL,)),)),
    (figures.RESOLUTION_RATE, ((Mark.RESOLVED.value, (_ALL, -Mark.REJECTED.value)),)),
    (figures.CLOSING_RATE, ((Mark.CLOSED.value, (Mark.DUE.value,)), (Mark.CLOSED.value, (Mark.DUE_HELD.value,)))),
    (figures.ON_TIME_RATE, (_ON_TIME, _ON_TIME_HELD)),
    (figures.SATISFACTION_RATE, ((Mark.SATISFIED.value, (Mark.ANSWERED.value,)),)),
    (figures.RETURN_RATE, ((Mark.RETURNED.value, (Mark.RETURNABLE.value,)),)),
    (figures.REWORK_RATE, ((Mark.REWORKED.value, (Mark.REWORKABLE.value,)),)),
    (figures.EXTENSION_RATE, ((Mark.EXTENDED.value, (Mark.EXTENDABLE.value,)),)),
    (figures.OVERDUE_RATE, ((Mark.LATE.value, (Mark.JUDGED.value,)), (Mark.LATE_HELD.value, (Mark.JUDGED_HELD.value,)))),
)
"""Each rate's numerator and the parts of its denominator: with exemptions, and where they change it, without."""
