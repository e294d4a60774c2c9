"""Schedules at work: each of their moments opens its cases once, through outages and among several engines, or is recorded as skipped.

How far a schedule has been dealt with (`until`) moves in the transaction that opens its cases, under a lock of its row; each
case has a key beside. A schedule begins when it is first put in force; what it says counts from when it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config import programme, schedules
from engine import cases, catalog, doorbell, registers, requests
from engine import now as times
from sla import calendars, occasions
from storage import database, occurring
from storage import errors as storage_errors

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""Cases opened in one transaction."""
LATE, FAILED = "late", "failed"
"""Why nothing was opened: it was too late for it, or the program failed over it. Anything else is the refusal's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurred:
    """What came of a schedule at a moment (UTC microseconds) for a row (`entry`, empty where it has none): a case's number, or why none."""

    programme: str
    schedule: str
    moment: int
    entry: str
    case: str | None
    reason: str | None
    at: int

    def body(self, zone: str) -> dict[str, Any]:
        """As JSON, in the programme's zone."""
        return {
            "moment": times.written(self.moment, zone),
            "entry": self.entry or None,
            "case": self.case,
            "reason": self.reason,
            "at": times.written(self.at, zone),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one transaction did of a schedule; `following` is when it comes next, `armed` the earliest timer that this armed."""

    occurred: tuple[Occurred, ...]
    following: int | None
    armed: int | None = None


def lines_of(live: programme.Live) -> calendars.Timelines:
    """The calendars by which a town's schedules go: those in force, with their exceptions."""
    return calendars.Timelines(live.calendars.calendars, live.programme.time_zone)


def asked(town: catalog.InForce, compiled: catalog.Compiled, name: str, moment: int) -> list[tuple[str, requests.Opening]]:
    """What a schedule opens at a moment: per row (its id, empty without a register) the request, in the order of the register."""
    schedule, live = town.live.schedules[name], town.live
    each = schedule.for_each
    rows = registers.rows(live, each.register_, each.when) if each is not None else [("", dict[str, Any]())]
    own, when = live.programme.programme, times.written(moment, live.programme.time_zone)
    found: list[tuple[str, requests.Opening]] = []
    for row, values in rows:
        facts = registers.given(compiled.workflow, each.register_, row, values) if each is not None else {}
        opening = requests.Opening(
            programme=own,
            workflow=schedule.opens,
            actor=requests.SYSTEM,
            facts={**facts, **schedule.with_},
            key=f"schedule:{own}:{name}:{when}:{row}",
            at=moment,
            occasion={"name": name, "moment": moment, "entry": row},
        )
        found.append((row, opening))
    return found


def take_up(tx: database.Transaction, before: catalog.InForce | None, live: programme.Live, *, now: int) -> None:
    """A folder is put in force: its schedules begin, or go on from now by what they say now; those that are gone end."""
    known = before.live.schedules if before is not None else {}
    own = live.programme.programme
    for name in known.keys() - live.schedules.keys():
        tx.run(occurring.DROP, (own, name))
    tx.many(occurring.TAKE_UP, [(own, name, now, now + (name in known)) for name in live.schedules])


def settle(tx: database.Transaction, known: catalog.Catalog, town: catalog.InForce, *, now: int) -> int | None:
    """Open what is due by the schedules of a town, before others take their place; the earliest timer that this armed."""
    armed: list[int] = []
    lines = lines_of(town.live) if town.live.schedules else None
    for name in town.live.schedules:
        while lines is not None:
            step = open_next(tx, known, town, name, lines, now=now, most=None)
            armed += [step.armed] if step.armed is not None else []
            if step.following is None or step.following > now:
                break
    return min(armed, default=None)


def open_next(
    tx: database.Transaction,
    known: catalog.Catalog,
    town: catalog.InForce,
    name: str,
    lines: calendars.Timelines,
    *,
    now: int,
    most: int | None = AT_ONCE,
) -> Step:
    """Deal with the first moment of a schedule that is due and not dealt with: open its cases, at most `most`, or record it as skipped."""
    own, schedule = town.live.programme.programme, town.live.schedules[name]
    row = tx.one(occurring.UNTIL, (own, name))
    moments = occasions.upcoming(schedule, lines, row[0] if row is not None else now + 1)
    moment = next(moments, None)
    if row is None or moment is None or moment > now:
        return Step(occurred=(), following=moment)
    if now - moment > schedule.late_by.micros:
        late = Occurred(programme=own, schedule=name, moment=moment, entry="", case=None, reason=LATE, at=now)
        _note(tx, [(late, None)])
        logger.warning("a schedule came too late; nothing was opened", extra=_extra(late) | {"late_s": (now - moment) // 1_000_000})
        done, whole, armed = [late], True, None
    else:
        done, whole, armed = _open(tx, known, town, name, moment, now=now, most=most)
    if whole:
        tx.run(occurring.PAST, (moment + 1, own, name, moment + 1))
    return Step(occurred=tuple(done), following=next(moments, None) if whole else moment, armed=armed)


def _open(
    tx: database.Transaction, known: catalog.Catalog, town: catalog.InForce, name: str, moment: int, *, now: int, most: int | None
) -> tuple[list[Occurred], bool, int | None]:
    """The cases of one moment: what came of them, whether it was all, and the earliest timer armed."""
    own = town.live.programme.programme
    compiled = known.newest(tx, own, town.live.schedules[name].opens)
    dealt_with = {entry for (entry,) in tx.all(occurring.ENTRIES, (own, name, moment))}
    left = [(row, opening) for row, opening in asked(town, compiled, name, moment) if row not in dealt_with]
    taken = left[:most]
    outcomes, armed = cases.perform_in(tx, known, [opening for _, opening in taken], now=now) if taken else ([], None)
    done: list[tuple[Occurred, int | None]] = []
    for (row, _), outcome in zip(taken, outcomes, strict=True):
        if isinstance(outcome, requests.Done):
            one = Occurred(programme=own, schedule=name, moment=moment, entry=row, case=outcome.number, reason=None, at=now)
            done.append((one, outcome.case))
        else:
            one = Occurred(programme=own, schedule=name, moment=moment, entry=row, case=None, reason=outcome.code, at=now)
            done.append((one, None))
            logger.warning("a schedule could not open its case", extra=_extra(one) | {"why": str(outcome)})
    _note(tx, done)
    return [one for one, _ in done], len(taken) == len(left), armed


def _note(tx: database.Transaction, done: Sequence[tuple[Occurred, int | None]]) -> None:
    tx.many(occurring.NOTE, [(o.programme, o.schedule, o.moment, o.entry, case, o.reason, o.at) for o, case in done])


def _extra(one: Occurred) -> dict[str, Any]:
    return {"programme": one.programme, "schedule": one.schedule, "due": one.moment, "entry": one.entry, "reason": one.reason}


@dataclass(slots=True)
class Agenda:
    """What one clock knows of the schedules in force: when each comes next. Without schedules there is nothing to ask or to keep.

    `coming` is the earliest moment, None where nothing comes."""

    known: catalog.Catalog
    coming: int | None = None
    _seen: object = None
    _next: dict[tuple[str, str], int] = field(default_factory=dict)
    _lines: dict[str, tuple[programme.Live, calendars.Timelines]] = field(default_factory=dict)

    @property
    def stale(self) -> bool:
        """Whether another version of some programme has been taken up since the last look."""
        return self._seen is not self.known.programmes

    def look(self, store: database.Store) -> int | None:
        """Take up what is in force now; when the first schedule comes."""
        with store.reading() as tx:
            self.known.refresh(tx)
            if self.stale:
                self._take_up(tx)
        return self.coming

    def open_due(self, store: database.Store, *, now: int, soon: int) -> list[Occurred]:
        """Deal with the schedule that comes first, in one transaction. One that fails does not stop the others: it is skipped, and said aloud."""
        if self.coming is None or self.coming > now:
            return []
        own, name = min(self._next, key=lambda key: (self._next[key], key))
        try:
            with store.writing() as tx:
                self.known.refresh(tx)
                town = self.known.programmes.get(own)
                if town is None or name not in town.live.schedules:
                    step = Step(occurred=(), following=None)
                else:
                    step = open_next(tx, self.known, town, name, self._lines_of(town), now=now)
                if step.armed is not None and step.armed <= now + soon:
                    doorbell.ring(tx, store)
        except storage_errors.StorageError:
            raise
        except Exception:
            logger.exception("a schedule failed; its moment is skipped", extra={"programme": own, "schedule": name, "due": self.coming})
            step = self._give_up(store, own, name, self.coming, now=now)
        self._plan(own, name, step.following)
        return list(step.occurred)

    def _take_up(self, tx: database.Transaction) -> None:
        self._next.clear()
        towns = {own: town for own, town in self.known.programmes.items() if town.live.schedules}
        for own, name, _, until in tx.all(occurring.STANDING) if towns else ():
            if own in towns and name in towns[own].live.schedules:
                moments = occasions.upcoming(towns[own].live.schedules[name], self._lines_of(towns[own]), until)
                self._plan(own, name, next(moments, None))
        self.coming = min(self._next.values(), default=None)
        self._seen = self.known.programmes

    def _plan(self, own: str, name: str, moment: int | None) -> None:
        self._next.pop((own, name), None)
        if moment is not None:
            self._next[own, name] = moment
        self.coming = min(self._next.values(), default=None)

    def _lines_of(self, town: catalog.InForce) -> calendars.Timelines:
        own = town.live.programme.programme
        known = self._lines.get(own)
        if known is None or known[0] is not town.live:
            known = self._lines[own] = (town.live, lines_of(town.live))
        return known[1]

    def _give_up(self, store: database.Store, own: str, name: str, moment: int, *, now: int) -> Step:
        failed = Occurred(programme=own, schedule=name, moment=moment, entry="", case=None, reason=FAILED, at=now)
        with store.writing() as tx:
            _note(tx, [(failed, None)])
            tx.run(occurring.PAST, (moment + 1, own, name, moment + 1))
        town = self.known.programmes[own]
        return Step(
            occurred=(failed,), following=next(occasions.upcoming(town.live.schedules[name], self._lines_of(town), moment + 1), None)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A schedule in force: what it opens for how many rows (None: it goes by no register), since when it is known, when it comes next, what came of it last."""

    programme: str
    name: str
    schedule: schedules.Schedule
    rows: int | None
    since: int | None
    coming: tuple[int, ...]
    latest: tuple[Occurred, ...]
    zone: str

    def body(self) -> dict[str, Any]:
        """As JSON."""
        said = self.schedule.model_dump(mode="json", by_alias=True)
        return {
            "programme": self.programme,
            "schedule": self.name,
            **{key: said[key] for key in ("title", "opens", "at", "days", "monthly", "calendar", "for_each", "with", "late_by")},
            "rows": self.rows,
            "since": times.written(self.since, self.zone),
            "next": [times.written(moment, self.zone) for moment in self.coming],
            "last": [one.body(self.zone) for one in self.latest],
        }


def listed(tx: database.Transaction, known: catalog.Catalog, own: str | None, *, now: int, until: int, most: int) -> list[Standing]:
    """The schedules of a programme (of all, if none is named): what comes up to `until`, and at most `most` of what came last.

    Raises NotFound for a programme that nobody knows."""
    known.refresh(tx)
    towns = known.programmes if own is None else {own: known.of(own)}
    found: list[Standing] = []
    for name, town in towns.items():
        lines, kept = lines_of(town.live), standing(tx, name) if town.live.schedules else {}
        for each, schedule in town.live.schedules.items():
            since, done = kept.get(each, (None, now))
            rows = registers.rows(town.live, schedule.for_each.register_, schedule.for_each.when) if schedule.for_each is not None else None
            found.append(
                Standing(
                    programme=name,
                    name=each,
                    schedule=schedule,
                    rows=len(rows) if rows is not None else None,
                    since=since,
                    coming=tuple(coming(schedule, lines, since=done, until=until)),
                    latest=tuple(latest(tx, name, each, most=most)),
                    zone=town.live.programme.time_zone,
                )
            )
    return found


def standing(tx: database.Transaction, own: str) -> Mapping[str, tuple[int, int]]:
    """Per schedule of a programme: since when it is known, and up to when it has been dealt with."""
    return {name: (since, until) for programme_, name, since, until in tx.all(occurring.STANDING) if programme_ == own}


def latest(tx: database.Transaction, own: str, name: str, *, most: int) -> list[Occurred]:
    """What came of a schedule last, the newest first."""
    return [
        Occurred(programme=own, schedule=name, moment=moment, entry=entry, case=number, reason=reason, at=at)
        for _, _, moment, entry, _, reason, at, number in tx.all(occurring.LATEST, (own, name, most))
    ]


def coming(schedule: schedules.Schedule, lines: calendars.Timelines, *, since: int, until: int) -> list[int]:
    """The moments of a schedule in [since, until)."""
    found: list[int] = []
    for moment in occasions.upcoming(schedule, lines, since):
        if moment >= until:
            break
        found.append(moment)
    return found
