"""A second, slower reading of semantics.md: time walked tick by tick, a history read from its start at every question.

It shares nothing with `sla/` but the shape of an effect; it reads the definition itself. Time is a whole number of ticks of ten
minutes since 2026-09-14T00:00 in Shanghai (a Monday: Mid-Autumn, National Day and their make-up days lie ahead)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from config.programme import Definition
from config.workflow import Rung

TICK = 600_000_000
DAY = 144
EPOCH = datetime(2026, 9, 14, tzinfo=ZoneInfo("Asia/Shanghai"))
HORIZON = 60 * DAY
_CLOSED = {date(2026, 9, 25), *(date(2026, 10, n) for n in range(1, 8))}
_WORKED = {date(2026, 9, 20), date(2026, 10, 10)}


def instant(tick: int) -> int:
    return int(EPOCH.timestamp()) * 1_000_000 + tick * TICK


def _open_date(day: date, hours: str) -> bool:
    if hours == "night":
        return True
    return day in _WORKED or (day.weekday() < 5 and day not in _CLOSED)


@cache
def counts(hours: str, unit: str) -> list[int]:
    """For every tick whether it counts: 1 or 0."""
    found = []
    for tick in range(HORIZON):
        moment = (EPOCH + timedelta(minutes=10 * tick)).replace(tzinfo=None)
        minute = moment.hour * 60 + moment.minute
        if hours == "always":
            found.append(1)
        elif unit == "days":
            found.append(int(_open_date(moment.date(), hours)))
        elif hours == "office":
            found.append(int(_open_date(moment.date(), hours) and (510 <= minute < 720 or 840 <= minute < 1050)))
        else:
            found.append(int(minute >= 1320 or minute < 360))
    return found


@dataclass
class Round:
    """What the walk has gathered of a clock's present round."""

    number: int
    started: int
    ran: list[int] = field(default_factory=list)
    phase: str = "running"
    stopped: int | None = None
    settled: int | None = None
    terms: Any = None
    since: int = 0
    more: dict[str, int] = field(default_factory=lambda: {"time": 0, "days": 0})
    breached_at: int | None = None
    breached_under: Any = None
    fired: set[tuple[int, int]] = field(default_factory=set)
    acknowledged: int | None = None
    earlier_breaches: int = 0
    went_back: tuple[str, ...] = ()


@dataclass
class Stand:
    """The oracle's answer, in ticks."""

    state: str
    phase: str
    round: int
    started: int
    elapsed: int
    remaining: int | None
    due: int | None
    breached_at: int | None
    under_earlier_target: bool
    earlier_breaches: int
    rungs_fired: tuple[tuple[int, int], ...]
    acknowledged: bool


class Walk:
    """One clock (`c`) of a definition, walked through a history up to a tick (what happens at that tick included)."""

    def __init__(self, definition: Definition, history: Iterable[Any], now: int) -> None:
        self.clock = definition.workflow.clocks["c"]
        self.ladder = definition.workflow.ladders[self.clock.ladder] if self.clock.ladder else ()
        self.now = now
        self.round: Round | None = None
        self.facts: dict[str, object] = {}
        effects = sorted(history, key=lambda e: (e.at, e.seq))
        groups = [(tick, list(some)) for tick, some in groupby(effects, key=lambda e: (e.at - instant(0)) // TICK) if tick <= now]
        for place, (tick, some) in enumerate(groups):
            self._together(tick, some)
            last = place + 1 == len(groups)
            self._until(tick, now if last else groups[place + 1][0], last)

    # what happens at one tick

    def _together(self, tick: int, effects: list[Any]) -> None:
        before = (self.round.number, self.round.terms, self.round.since) if self.round else None
        for effect in effects:
            self.facts.update(effect.facts)
            self._one(tick, effect)
        if self.round and before and before[:2] == (self.round.number, self.round.terms):
            self.round.since = before[2]

    def _one(self, tick: int, effect: Any) -> None:
        clock, to, now = self.clock, effect.to_state, self.round
        inside = to in clock.runs_in or to in clock.pauses_in
        if now is None:
            if to in clock.runs_in:
                self.round = self._new(1, tick, to)
            return
        if effect.rung and effect.rung[1] == now.number:
            now.fired |= {(rung, k) for r, repeat in (effect.rung[2:], *effect.skipped) for rung, k in [(r, n) for n in range(repeat + 1)]}
        if effect.acknowledged == "c":
            now.acknowledged = tick
        went = (*now.went_back, str(effect.kind)) if effect.kind else now.went_back
        anew = any({"return": clock.on_return, "rework": clock.on_rework, "reopen": clock.on_reopen}[kind] == "restart" for kind in went)
        again = now.settled is not None and to in clock.runs_in and not went
        if inside and (anew or again):
            self.round = self._new(now.number + 1, tick, to)
            self.round.earlier_breaches = now.earlier_breaches + (now.breached_at is not None)
            return
        if inside and now.settled is not None and not went:
            return  # a pause does not begin what has ended
        now.went_back = () if inside else went
        goes_on = now.settled is not None and inside and bool(effect.kind)  # also where it was returned in place
        if now.settled is None or now.settled == tick:
            if effect.extension:
                now.more[effect.extension[2]] += effect.extension[1] // TICK
            self._choose(now, tick)
        if to != effect.from_state or goes_on:
            self._move(now, tick, to)

    def _move(self, now: Round, tick: int, to: str) -> None:
        if now.phase == "running" and to not in self.clock.runs_in:
            now.stopped = tick
        if to in self.clock.runs_in or to in self.clock.pauses_in:
            now.phase, now.settled = ("running" if to in self.clock.runs_in else "paused"), None
            self._choose(now, tick)
        elif now.settled is None:
            now.phase, now.settled = "settled", tick

    def _new(self, number: int, tick: int, to: str) -> Round:
        new = Round(number, tick, phase="running" if to in self.clock.runs_in else "paused")
        self._choose(new, tick)
        new.since = tick
        return new

    def _choose(self, now: Round, tick: int) -> None:
        terms = self._wanted()
        if terms != now.terms:
            now.terms, now.since = terms, tick

    def _wanted(self) -> Any:
        if self.clock.due is not None:
            promised = self.facts.get(self.clock.due.fact)
            return None if promised is None else (date.fromisoformat(str(promised)) - EPOCH.date()).days * DAY + DAY
        for number, target in enumerate(self.clock.within or ()):
            if all(str(self.facts.get(name)) in values for name, values in (target.when or {}).items()):
                return number
        return None

    # the deadline

    def measure(self) -> tuple[str, str]:
        now = self._now()
        if self.clock.due is not None or now.terms is None:
            return self.clock.hours, "time"
        target = (self.clock.within or ())[now.terms]
        return target.hours or self.clock.hours, str(target.is_.unit)

    def _now(self) -> Round:
        assert self.round is not None
        return self.round

    def ticks(self, goes_on_at: int) -> list[int]:
        """The ticks it has run, and those it would run if it went on (again) from one on."""
        ran = self._now().ran
        return [*(t for t in ran if t < goes_on_at), *range(goes_on_at, HORIZON)]

    def reached(self, ticks: list[int], hours: str, unit: str, amount: int, origin: int) -> int:
        """The first of the ticks, from `origin` on, before which `amount` of them has counted."""
        counted, counting = 0, counts(hours, unit)
        for tick in ticks:
            if tick < origin:
                continue
            if counted >= amount:
                return tick
            counted += counting[tick]
        raise AssertionError("beyond the oracle's horizon")

    def deadline(self, goes_on_at: int) -> int | None:
        now = self._now()
        if now.terms is None:
            return None
        hours, unit = self.measure()
        if self.clock.due is not None:
            every = list(range(HORIZON))
            due = self.reached(every, hours, "days", now.more["days"], now.terms) if now.more["days"] else int(now.terms)
            return self.reached(every, hours, "time", now.more["time"], due) if now.more["time"] else due
        ticks, other = self.ticks(goes_on_at), "time" if unit == "days" else "days"
        due = self.reached(ticks, hours, unit, (self.clock.within or ())[now.terms].is_.micros // TICK + now.more[unit], now.started)
        return self.reached(ticks, hours, other, now.more[other], due) if now.more[other] else due

    def goes_on(self, tick: int) -> int:
        """From where it goes on: now, or for a settled clock from where it stopped."""
        now = self._now()
        if now.phase != "settled":
            return tick
        return now.started if now.stopped is None else now.stopped

    # between two ticks at which something happens

    def _until(self, tick: int, following: int, last: bool) -> None:
        now = self.round
        if now is None:
            return
        due = self.deadline(self.goes_on(tick))
        if due is not None and now.breached_at is None:
            if now.phase == "running":
                when = max(due, tick)
                broken = when <= following if last else when < following
            elif self.clock.due is not None:
                when, broken = tick, now.settled == tick and due < tick
            else:
                when, broken = tick, due in now.ran
            if broken:
                now.breached_at, now.breached_under = when, now.terms
        if now.phase == "running":
            now.ran.extend(range(tick, following))

    def stand(self) -> Stand | None:
        now = self.round
        if now is None:
            return None
        hours, unit = self.measure()
        counting = counts(hours, unit)
        elapsed = sum(counting[t] for t in now.ran)
        due = self.deadline(self.goes_on(self.now))
        remaining = None
        if due is not None and self.clock.due is not None:
            stop = self.now if now.settled is None else now.settled
            remaining = sum(counting[stop:due]) - sum(counting[due:stop])
        elif due is not None:
            whole = sum(counting[t] for t in self.ticks(self.goes_on(self.now)) if t < due)
            if not now.more["time" if unit == "days" else "days"]:
                whole = (self.clock.within or ())[now.terms].is_.micros // TICK + now.more[unit]
            remaining = whole - elapsed
        quiet = self.quiet_until()
        state = "breached" if now.breached_at is not None else "met" if now.phase == "settled" else now.phase
        return Stand(
            state=state,
            phase=now.phase,
            round=now.number,
            started=now.started,
            elapsed=elapsed,
            remaining=remaining,
            due=due,
            breached_at=now.breached_at,
            under_earlier_target=now.breached_at is not None and now.breached_under != now.terms,
            earlier_breaches=now.earlier_breaches,
            rungs_fired=tuple(sorted(now.fired)),
            acknowledged=now.acknowledged is not None and (quiet is None or self.now < quiet),
        )

    # the ladder

    def quiet_until(self) -> int | None:
        now = self._now()
        if now.acknowledged is None or self.clock.acknowledge.for_ is None:
            return None
        return now.acknowledged + self.clock.acknowledge.for_.micros // TICK

    def owing(self) -> list[tuple[int, int, int]]:
        """All (due, rung, repeat) that have not fired and may, in the order of their times."""
        now = self.round
        if now is None or now.phase != "running" or now.terms is None:
            return []
        found = []
        for number, rung in enumerate(self.ladder):
            silent = now.acknowledged is not None and not rung.always and rung.do is None
            if silent and self.clock.acknowledge.for_ is None:
                continue
            first = max(self._place(rung), now.since)
            ticks = self.ticks(self.now)
            first = next(t for t in ticks if t >= first)
            for repeat in range((rung.repeat.most if rung.repeat else 0) + 1):
                if (number, repeat) in now.fired:
                    continue
                place = first
                if repeat and rung.repeat:
                    place = self._later(ticks, rung.repeat.every, first, repeat)
                found.append((max(place, self.quiet_until() or 0) if silent else place, number, repeat))
        return sorted(found)

    def _later(self, ticks: list[int], duration: Any, origin: int, times: int = 1) -> int:
        return self.reached(ticks, self.measure()[0], str(duration.unit), times * duration.micros // TICK, origin)

    def _place(self, rung: Rung) -> int:
        now, ticks = self._now(), self.ticks(self.now)
        due = self.deadline(self.now)
        assert due is not None
        if rung.after is not None:
            return self._later(ticks, rung.after, due)
        if self.clock.due is not None:  # a promise stands still while the clock pauses
            ticks = list(range(now.started, HORIZON))
        if rung.before is not None:
            counting = counts(self.measure()[0], str(rung.before.unit))
            left = sum(counting[t] for t in ticks if t < due)
            for tick in ticks:
                if left <= rung.before.micros // TICK:
                    return tick
                left -= counting[tick]
        if rung.at is None or rung.at.share == 100:
            return due
        hours, unit = self.measure()
        whole = sum(counts(hours, unit)[t] for t in ticks if t < due)
        return self.reached(ticks, hours, unit, -(-whole * rung.at.share // 100), now.started)

    def firing(self) -> tuple[tuple[int, int, int], frozenset[tuple[int, int]]] | None:
        """What fires now, and what it stands for."""
        come = [owed for owed in self.owing() if owed[0] <= self.now]
        acting = [n for n, owed in enumerate(come) if self.ladder[owed[1]].do is not None]
        if acting and (acting[0] == 0 or self.ladder[come[acting[0]][1]].notify):
            come = come[: acting[0] + 1]
            fires = come[-1]
        elif come:
            come = come[: acting[0]] if acting else come
            fires = max(come, key=lambda owed: owed[1:])
        else:
            return None
        return fires, frozenset(owed[1:] for owed in come if owed != fires)


def as_ticks(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Instants of a reckoning as ticks."""
    return {name: None if values[name] is None else (values[name] - instant(0)) / TICK for name in names}
