"""The figures of a period, in groups: what is remembered of cases that are over, and the rest as they stand, added up.

Every deadline in them is the one that the alarms go by (`clocks.reckon`). Nothing of a single case leaves here but in sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from config.words import Text
from config.workflow import Workflow
from engine import catalog, figures, outcomes, secrecy
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
ALONG = {"hour": "%H", "day": "%Y-%m-%d", "month": "%Y-%m"}
"""Groupings by the wall clock, with how each is written."""
QUARTER = 900_000_000
"""µs of a quarter of an hour: no zone's midnight lies within one."""
_KEYS = {"unit": "unit", "category": "category", "area": "area", "programme": "programme", "state": "state", "rider": "rider"}
GROUPINGS = ("unit", "category", "area", "programme", "workflow", "state", "rider", "hour", "day", "month", "clock")
WITH, WITHOUT, BOTH = "with", "without", "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases, by when they were opened or (`by_due`) due (UTC µs, [since, until)), how they are grouped, and how breaches that
    were exempted count. `workflows`: only cases of workflows of these names. `known`: by group, how much is known from elsewhere. `names`: only these figures. `mails`: count those sent too."""

    by: str | None = None
    since: int | None = None
    until: int | None = None
    programme: str = ""
    workflows: tuple[str, ...] = ()
    by_due: bool = False
    exempt: str = WITH
    known: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    mails: bool = False


@dataclass(slots=True)
class _Tally:
    """One group, added up: how many cases have which marks, and by definition the courses of its cases."""

    title: Text | None
    marks: dict[int, int] = field(default_factory=dict)
    courses: dict[int, list[str]] = field(default_factory=dict)
    found: int = 0
    sent: int = 0

    def add(self, marks: int, number: int, definition: int, courses: str) -> None:
        self.marks[marks] = self.marks.get(marks, 0) + number
        self.courses.setdefault(definition, []).append(courses)

    def count(self, mark: int) -> int:
        """How many cases have the mark."""
        return sum(number for each, number in self.marks.items() if each & mark)

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
        self._definitions: dict[int, catalog.Compiled] = {}
        self._places: dict[tuple[object, str, int], _Tally] = {}

    def read(self, now: int, progress: Callable[[int, int], None] | None) -> None:
        self._known.refresh(self._tx)
        wanted = self._wanted
        since = -_NEVER if wanted.since is None else wanted.since
        until = _NEVER if wanted.until is None else wanted.until
        period = outcomes.Period(since=since, until=until, by_due=wanted.by_due, programme=wanted.programme)
        standing = outcomes.Standing(self._tx, self._known, period, anew=wanted.mails)
        key = _KEYS.get(wanted.by or "", "") if wanted.by not in ALONG else "due" if wanted.by_due else "opened"
        for each in standing.remembered(key):
            if not self._wants(each.definition):
                continue
            self._tally(each.key, each.programme, each.definition).add(each.marks, each.number, each.definition, each.courses)
        for of, programme, definition, reporter, count in standing.reported(key):
            if not self._wants(definition):
                continue
            tally = self._tally(of, programme, definition)
            tally.found += count if reporter in self._riders[programme] else 0
        tallied: dict[int, _Tally] = {}
        for outcome in standing.read(now=now, progress=progress):
            if not self._wants(outcome.definition):
                continue
            tally = tallied[outcome.case_id] = self._tally(_key_of(outcome, key), outcome.programme, outcome.definition)
            tally.add(outcome.marks, 1, outcome.definition, outcome.course)
            tally.found += outcome.reporter in self._riders[outcome.programme]
        if wanted.mails:
            self._sent(tallied)

    def _wants(self, definition: int) -> bool:
        return not self._wanted.workflows or self._learn(definition).workflow.workflow in self._wanted.workflows

    def _tally(self, key: object, programme: str, definition: int) -> _Tally:
        """The group that a key of storage.figures belongs to."""
        place = (key, programme, definition)
        found = self._places.get(place)
        if found is None:
            self._learn(definition)
            group = self._group(key, programme, definition)
            found = self.tallies.get(group)
            if found is None:
                found = self.tallies[group] = _Tally(title=self._title(group, programme, definition))
            self._places[place] = found
        return found

    def _sent(self, tallied: Mapping[int, _Tally]) -> None:
        ordered = sorted(tallied)
        for begin in range(0, len(ordered), CHUNK):
            for number, count in self._tx.all(queries.SENT, (self._tx.listed(ordered[begin : begin + CHUNK]),)):
                tallied[number].sent += count

    def _learn(self, definition: int) -> catalog.Compiled:
        found = self._definitions.get(definition)
        if found is not None:
            return found
        compiled = self._definitions[definition] = self._known.pinned(self._tx, definition)
        flow = compiled.workflow
        self._clocks.update({name: clock.title for name, clock in flow.clocks.items()})
        self._states.update({name: state.title for name, state in flow.states.items()})
        if compiled.programme not in self._riders:
            people = self._known.of(compiled.programme).live.people
            riding = {name for name, role in people.roles.items() if role.rider}
            self._riders[compiled.programme] = frozenset(name for name, one in people.people.items() if not riding.isdisjoint(one.roles))
        return compiled

    def _group(self, key: object, programme: str, definition: int) -> str:
        """What the group is called that a key belongs to."""
        by = self._wanted.by
        if by in ALONG:  # by the moment that chooses the period, on the wall of the programme
            zone = self._known.of(programme).live.programme.time_zone
            at = key if isinstance(key, int) else 0
            return times.local(at * QUARTER, zone).strftime(ALONG[by])
        if by == "rider":
            if key is not None and secrecy.confidential(self._definitions[definition]):
                return "others"  # a figure names nobody who reported what is not to be known of
            return "anonymous" if key is None else str(key) if key in self._riders[programme] else "others"
        if by == "workflow":
            name = self._definitions[definition].workflow.workflow
            return name if self._wanted.programme else f"{programme}/{name}"
        return str(key or NONE) if by in _KEYS else ALL

    def _title(self, group: str, programme: str, definition: int) -> Text | None:
        """Words for a group, from one definition that has cases in it."""
        live, by = self._known.of(programme).live, self._wanted.by
        if group in TITLES and by not in ALONG:
            return TITLES[group]
        compiled = self._definitions[definition]
        named: Mapping[str, Text] = {}
        if by in ("unit", "area"):
            named = {name: unit.title for name, unit in live.units.units.items()}
        elif by == "category":
            named = {name: category.title for name, category in compiled.definition.categories.categories.items()}
        elif by == "state":
            named = {name: state.title for name, state in compiled.workflow.states.items()}
        elif by == "rider":
            named = {name: Text(zh=one.name, en=one.name) for name, one in live.people.people.items()}
        elif by in ("programme", "workflow"):
            return live.programme.title if by == "programme" else compiled.workflow.title
        return named.get(group)

    def rows(self, group: str) -> Iterator[figures.Row]:
        """One group's figures."""
        tally, ways = self.tallies[group], _WAYS[self._wanted.exempt]
        title, took = tally.title, _Took(tally.courses, self._definitions)
        for figure, mark in _COUNTS:
            yield figures.count(figure, group, tally.cases if mark is None else tally.count(mark.value), title)
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
        for clock in (name for name in self._clocks if took.clocks.get(name)):
            yield from figures.times(figures.CLOCK_TIME, group, took.clocks[clock], title, of=clock, of_title=self._clocks[clock])
        for state in (name for name in self._states if took.stays.get(name)):
            yield from figures.times(figures.STAGE, group, took.stays[state], title, of=state, of_title=self._states[state])

    def by_clock(self) -> list[figures.Row]:
        """How each clock was kept, over all cases."""
        took = _Took(self.tallies[ALL].courses if ALL in self.tallies else {}, self._definitions)
        ways = _WAYS[self._wanted.exempt]
        return [
            figures.rate(figures.OVERDUE_RATE, name, *took.judged[name, without], title, without=without, apart=without and len(ways) > 1)
            for name, title in self._clocks.items() for without in ways if (name, without) in took.judged
        ]  # fmt: skip


def _key_of(outcome: outcomes.Outcome, key: str) -> object:
    """The key of storage.figures of a case that was read."""
    if key in ("opened", "due"):
        return ((outcome.due_at if key == "due" else outcome.opened_at) or 0) // QUARTER
    return getattr(outcome, "reporter" if key == "rider" else key) if key else ""


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

    def __init__(self, courses: Mapping[int, Sequence[str]], definitions: Mapping[int, catalog.Compiled]) -> None:
        self.to_resolve: list[int] = []
        self.to_close: list[int] = []
        self.clocks: dict[str, list[int]] = {}
        self.stays: dict[str, list[int]] = {}
        self.judged: dict[tuple[str, bool], tuple[int, int]] = {}
        for definition, packed in courses.items():
            self._add(definitions[definition].workflow, orjson.loads(f"[{','.join(packed)}]"))

    def _add(self, flow: Workflow, rows: Sequence[Sequence[Any]]) -> None:
        """Column by column: a column is one clock's or one state's, and most of it is read without a step of ours for each case."""
        columns = iter(zip(*rows, strict=True))
        self.to_resolve += _numbers(next(columns))
        self.to_close += _numbers(next(columns))
        for clock in flow.clocks:
            self._judge(clock, Counter(next(columns)))
        for clock in flow.clocks:
            self.clocks.setdefault(clock, []).extend(_numbers(next(columns)))
        for state in flow.states:
            self.stays.setdefault(state, []).extend(_numbers(next(columns)))
        for elsewhere in next(columns):
            for state, spans in elsewhere or ():
                self.stays.setdefault(state, []).extend(spans)

    def _judge(self, clock: str, codes: Mapping[int | None, int]) -> None:
        for code, number in codes.items():
            exempted, verdict = divmod(code or 0, outcomes.EXEMPTED)
            for without in (False, True):
                if verdict and (without or not exempted):
                    late, judged = self.judged.get((clock, without), (0, 0))
                    self.judged[clock, without] = (late + number * (verdict == outcomes.LATE), judged + number)


def _numbers(column: Sequence[int | list[int] | None]) -> list[int]:
    """The spans of a column; a case that stayed somewhere several times has a list of them."""
    try:
        return [each for each in column if each is not None and each >= 0]  # type: ignore[operator, misc]
    except TypeError:
        return [span for each in column if each is not None for span in (each if isinstance(each, list) else (each,))]


def _counted(tally: _Tally, asked: tuple[_Part, tuple[_Part, ...]], known: int) -> tuple[int, int]:
    """Numerator and denominator of a rate in one group."""

    def number(part: _Part) -> int:
        if part == _ALL:
            return tally.cases
        if part == _FOUND:
            return tally.found
        return known if part == _KNOWN else tally.count(part)

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
