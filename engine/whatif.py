"""What an edited folder would have changed: the real history of cases lived through twice, as it was and as it would have been.

Before: each case under the definition it is pinned to, with the people of today. After: under the edited folder, with its
people. What the new rules refuse is counted, and passed over where it still leads somewhere; nothing is written to the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from config import programme as programmes
from engine import catalog, courses, draft, history, lives, rehearsal
from engine import now as times
from storage import database, statements

CHUNK = 200
SHOWN = 20
"""Numbers of cases that are named where a rehearsal differs from the past."""
NOBODY = "-"
"""In place of a unit where there is none."""


@dataclass(slots=True)
class Side:
    """One of the two lives, added up."""

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    rungs: Counter[tuple[str, int]] = field(default_factory=Counter)
    mails: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    breached_of: Counter[str] = field(default_factory=Counter)
    rungs_of: Counter[str] = field(default_factory=Counter)
    mails_of: Counter[str] = field(default_factory=Counter)
    refused: Counter[lives.Refused] = field(default_factory=Counter)

    def add(self, unit: str, life: lives.Life) -> None:
        self.verdicts.update(life.verdicts.items())
        self.rungs += life.rungs
        self.mails += life.mails
        self.alarms += life.alarms
        self.refused.update(life.refused)
        self.breached_of[unit] += courses.BREACHED in life.verdicts.values()
        self.rungs_of[unit] += life.rungs.total()
        self.mails_of[unit] += life.mails.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A case whose verdict on one clock would have been another; `none` also where the clock is not there."""

    number: str
    clock: str
    before: str
    after: str


@dataclass(slots=True, kw_only=True)
class Report:
    """Both lives of all cases. `agree` counts those whose life as it was came out in the rehearsal as it stands in the history, of
    `compared`; `differ` names the first of the others. `migrated` cases are lived through under the definition they have now and
    so are not compared. `gone`: cases of workflows that the edited folder no longer has."""

    programme: str
    zone: str
    since: int | None
    until: int
    cases: int = 0
    agree: int = 0
    gone: int = 0
    migrated: int = 0
    differ: list[str] = field(default_factory=list)
    turned: list[Turned] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)

    @property
    def compared(self) -> int:
        return self.cases - self.migrated

    def clocks(self) -> Iterator[dict[str, Any]]:
        """Each clock: in how many cases it was breached, met, or neither, before and after."""
        for name in dict.fromkeys(clock for side in (self.before, self.after) for clock, _ in side.verdicts):
            row: dict[str, Any] = {"clock": name}
            for said, side in (("before", self.before), ("after", self.after)):
                row[said] = {verdict: side.verdicts[name, verdict] for verdict in (courses.BREACHED, courses.MET, courses.NONE)}
            yield row

    def rungs(self) -> Iterator[dict[str, Any]]:
        """Each rung (from 1) of each clock: how often it fired, repeats among them."""
        for clock, rung in sorted({*self.before.rungs, *self.after.rungs}):
            before, after = self.before.rungs[clock, rung], self.after.rungs[clock, rung]
            yield {"clock": clock, "rung": rung + 1, "before": before, "after": after}

    def persons(self) -> Iterator[dict[str, Any]]:
        """Messages to each person (or `fact:NAME`: the contact given in a fact), and how many of them rungs sent."""
        for name in sorted({*self.before.mails, *self.after.mails}):
            row: dict[str, Any] = {"person": name}
            for said, side in (("before", self.before), ("after", self.after)):
                row[said] = {"mails": side.mails[name], "rungs": side.alarms[name]}
            yield row

    def by_unit(self) -> Iterator[dict[str, Any]]:
        """Cases of each unit, as they stand now: how many breached a clock, rungs and messages."""
        for name in sorted(self.units):
            row: dict[str, Any] = {"unit": name, "cases": self.units[name]}
            for said, side in (("before", self.before), ("after", self.after)):
                row[said] = {"breached": side.breached_of[name], "rungs": side.rungs_of[name], "mails": side.mails_of[name]}
            yield row

    def refused(self) -> Iterator[dict[str, Any]]:
        """What people did and the new rules would refuse, beyond what today's people could not do under the old ones either."""
        for one, count in sorted((self.after.refused - self.before.refused).items()):
            yield {"trigger": one.name, "code": one.code, "count": count, "passed_over": one.passed_over}

    def body(self) -> dict[str, Any]:
        return {
            "programme": self.programme,
            "since": times.written(self.since, self.zone) if self.since is not None else None,
            "until": times.written(self.until, self.zone),
            "cases": self.cases,
            "gone": self.gone,
            "migrated": self.migrated,
            "agreement": {"agree": self.agree, "of": self.compared, "differ": self.differ},
            "clocks": list(self.clocks()),
            "rungs": list(self.rungs()),
            "units": list(self.by_unit()),
            "persons": list(self.persons()),
            "changed": [{"number": t.number, "clock": t.clock, "before": t.before, "after": t.after} for t in self.turned],
            "refused": list(self.refused()),
        }


def whatif(
    tx: database.Transaction,
    known: catalog.Catalog,
    edited: programmes.Programme,
    *,
    since: int | None,
    now: int,
    heard: Callable[[int, int], None] | None = None,
) -> Report:
    """Live through every case opened since then (and all that are open) up to `now`; `heard(done, of)` is called as it goes.

    `tx` sees one moment throughout. Raises NotFound where the edited programme was never published here."""
    known.refresh(tx)
    name = edited.programme.programme
    town = known.of(name)
    stage = rehearsal.of_programme(edited, now=now)
    report = Report(programme=name, zone=town.live.programme.time_zone, since=since, until=now)
    row = tx.one(statements.CASES_SINCE_COUNT, (name, since or 0))
    total = int(row[0]) if row is not None else 0
    for place, (case, entries) in enumerate(_cases(tx, known, name, since or 0)):
        _add(report, town, stage.definitions, stage.town, case, entries)
        if heard is not None and place % 20 == 0:
            heard(place, total)
    return report


def _cases(tx: database.Transaction, known: catalog.Catalog, name: str, since: int) -> Iterator[tuple[draft.Draft, list[tuple[Any, ...]]]]:
    last = -1
    while rows := tx.all(statements.CASES_SINCE, (name, since, last, CHUNK)):
        last = rows[-1][0]
        entries = history.of(tx, [row[0] for row in rows])
        for row in rows:
            yield draft.read(row, known, tx), entries[row[0]]


def _add(
    report: Report,
    town: catalog.InForce,
    edited: Mapping[str, catalog.Compiled],
    edited_town: catalog.InForce,
    case: draft.Draft,
    entries: list[tuple[Any, ...]],
) -> None:
    """One case, lived twice."""
    then = edited.get(case.compiled.workflow.workflow)
    if then is None:
        report.gone += 1
        return
    done, until = lives.deeds(entries), max(report.until, case.latest)
    before = lives.lived(town, case.compiled, done, until=until)
    after = lives.lived(edited_town, then, done, until=until)
    unit = case.unit or NOBODY
    report.cases += 1
    report.units[unit] += 1
    report.before.add(unit, before)
    report.after.add(unit, after)
    for clock in dict.fromkeys([*before.verdicts, *after.verdicts]):
        was, is_ = before.verdicts.get(clock, courses.NONE), after.verdicts.get(clock, courses.NONE)
        if was != is_:
            report.turned.append(Turned(number=case.number, clock=clock, before=was, after=is_))
    if case.earlier:
        report.migrated += 1
        return
    same = (
        before.path == lives.path(entries) and before.marks == lives.marks(entries) and before.verdicts == lives.verdicts(case, now=until)
    )
    report.agree += same
    if not same and len(report.differ) < SHOWN:
        report.differ.append(case.number)
