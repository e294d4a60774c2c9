"""Ways of counting time: a clock's target is counted in one *measure*, given by its hours and by the unit of the duration.

| hours | minutes, hours (TIME) | days (DAYS) |
|---|---|---|
| `always` | elapsed | wall-clock days of the programme's zone: the same wall time so many dates later |
| a calendar | elapsed inside its open windows | whole open dates: 24 hours of wall time of every date that has a window |

All measures count microseconds; a day is nominally 86,400 s. `between` never runs backwards and adds up; `add` answers the
EARLIEST instant, so that what fills the day to its closing ends at closing, not at the next opening."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from config import programme
from config.words import Unit
from sla import errors, statutory, weekly, zones

ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of time [begin, end): running and makeup are counted, closed, holiday and paused are not; the rule says why."""

    begin: int
    end: int
    kind: str
    rule: str


class Timeline(Protocol):
    """One measure. Instants are UTC microseconds."""

    def between(self, a: int, b: int) -> int:
        """What is counted in [a, b); 0 if b is not after a."""

    def add(self, start: int, amount: int) -> int:
        """The earliest instant from `start` on by which `amount` has been counted."""

    def segments(self, a: int, b: int) -> list[Segment]:
        """What [a, b) consists of."""


def merged(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbours of the same kind and rule as one; empty ones left out."""
    found: list[Segment] = []
    for segment in segments:
        last = found[-1] if found else None
        if segment.begin >= segment.end:
            continue
        if last is not None and last.end == segment.begin and (last.kind, last.rule) == (segment.kind, segment.rule):
            found[-1] = Segment(begin=last.begin, end=segment.end, kind=last.kind, rule=last.rule)
        else:
            found.append(segment)
    return found


def dates(wall: zones.Wall, a: int, b: int) -> Iterator[tuple[int, int, int]]:
    """[a, b) cut at the zone's midnights: begin, end and the number of the date."""
    while a < b:
        number = wall.at(a) // zones.DAY
        end = min(b, wall.first((number + 1) * zones.DAY))
        yield a, end, number
        a = end


class Elapsed:
    """Every microsecond counts."""

    def between(self, a: int, b: int) -> int:
        return b - a if b > a else 0

    def add(self, start: int, amount: int) -> int:
        return start + amount if amount > 0 else start

    def segments(self, a: int, b: int) -> list[Segment]:
        return merged([Segment(begin=a, end=b, kind="running", rule="round the clock")])


class WallDays:
    """Days by the wall clock: two days later is the same wall time two dates later, across changes of summer time too."""

    def __init__(self, wall: zones.Wall) -> None:
        self._wall = wall

    def between(self, a: int, b: int) -> int:
        return self._wall.at(b) - self._wall.at(a) if b > a else 0

    def add(self, start: int, amount: int) -> int:
        return self._wall.first(self._wall.at(start) + amount) if amount > 0 else start

    def segments(self, a: int, b: int) -> list[Segment]:
        return merged([Segment(begin=a, end=b, kind="running", rule=f"days by the wall clock of {self._wall.name}")])


class OpenTime:
    """Elapsed time inside a calendar's windows."""

    def __init__(self, calendar: weekly.Weekly, wall: zones.Wall) -> None:
        self._calendar, self._wall = calendar, wall
        self.between, self.add = calendar.open_time.between, calendar.open_time.add

    def segments(self, a: int, b: int) -> list[Segment]:
        found: list[Segment] = []
        for low, high in [*self._calendar.open_time.inside(a, b), (b, b)]:
            found.extend(self._shut(found[-1].end if found else a, low))
            for begin, end, _ in dates(self._wall, low, high):
                kind, rule = self._opened(begin)
                found.append(Segment(begin=begin, end=end, kind=kind, rule=rule))
        return merged(found)

    def _opened(self, instant: int) -> tuple[str, str]:
        """Which day's window is open at an instant: its own date's, else the one before, over midnight."""
        wall = self._wall.at(instant)
        number, minutes = wall // zones.DAY, wall % zones.DAY / zones.MINUTE
        today = self._calendar.day(zones.date_of(number))
        own = any(begin <= minutes < end for begin, end in today.windows)
        day = today if own else self._calendar.day(zones.date_of(number - 1))
        return ("makeup" if day.kind == "makeup" else "running"), day.rule

    def _shut(self, a: int, b: int) -> list[Segment]:
        """A stretch without open time, date by date: outside the windows of an open date, or a date without any."""
        found: list[Segment] = []
        for begin, end, number in dates(self._wall, a, b):
            day = self._calendar.day(zones.date_of(number))
            kind, rule = ("closed", f"{self._calendar.name}: outside opening hours") if day.windows else (day.kind, day.rule)
            found.append(Segment(begin=begin, end=end, kind=kind, rule=rule))
        return found


class OpenDates:
    """Whole open dates: each counts from 00:00 to 24:00, all others count nothing."""

    def __init__(self, calendar: weekly.Weekly, wall: zones.Wall) -> None:
        self._calendar, self._wall = calendar, wall

    def between(self, a: int, b: int) -> int:
        return self._calendar.open_dates.between(self._wall.at(a), self._wall.at(b)) if b > a else 0

    def add(self, start: int, amount: int) -> int:
        if amount <= 0:
            return start
        return self._wall.first(self._calendar.open_dates.add(self._wall.at(start), amount))

    def segments(self, a: int, b: int) -> list[Segment]:
        found: list[Segment] = []
        for begin, end, number in dates(self._wall, a, b):
            day = self._calendar.day(zones.date_of(number))
            found.append(Segment(begin=begin, end=end, kind="running" if day.kind == "open" else day.kind, rule=day.rule))
        return merged(found)


class Timelines:
    """A definition's calendars with the live exceptions by date, in one zone. Keeps the years it has built."""

    def __init__(
        self, calendars: Mapping[str, programme.Calendar], zone: str, exceptions: Mapping[str, weekly.Exceptions] | None = None
    ) -> None:
        self._calendars, self._exceptions, self._wall = calendars, exceptions or {}, zones.Wall(zone)
        self._hours: dict[str, weekly.Weekly] = {}
        self._built: dict[tuple[str, str], Timeline] = {}
        self._fingerprint: str | None = None

    def of(self, hours: str, unit: str) -> Timeline:
        """The measure of a duration: its hours (`always` or a calendar) and its unit."""
        found = self._built.get((hours, unit))
        return found if found is not None else self._built.setdefault((hours, unit), self._made(hours, unit))

    def provisional(self, hours: str, year: int) -> bool:
        """True where those hours follow the statutory list and that of `year` is not published yet."""
        return hours != ALWAYS and self._of(hours).provisional(year)

    def opens_on(self, hours: str, day: int) -> bool:
        """Whether those hours have any on the date of this number (0 is 1970-01-01)."""
        return hours == ALWAYS or bool(self._of(hours).day(zones.date_of(day)).windows)

    @property
    def wall(self) -> zones.Wall:
        return self._wall

    def year_of(self, instant: int) -> int:
        return self._wall.year_of(instant)

    def moment(self, fact: str, value: object) -> int:
        """The instant a fact promises: a date is until its end (24:00), a moment is itself."""
        try:
            if isinstance(value, str) and len(value) == 10:
                return self._wall.first((zones.day_of(date.fromisoformat(value)) + 1) * zones.DAY)
            moment = datetime.fromisoformat(str(value))
        except ValueError as exc:
            raise errors.BadPromise(fact, value) from exc
        if moment.tzinfo is None:
            raise errors.BadPromise(fact, value)
        return zones.micros_of(moment)

    def promised(self, instant: int) -> str:
        """A promised instant in words: the date whose end it is, else the local moment."""
        local = self._wall.local(instant)
        return str(local.date() - timedelta(days=1)) if local.time() == time.min else local.isoformat()

    def fingerprint(self) -> str:
        """Changes when what is known of hours, exceptions or holidays changes: what was reckoned before is then reckoned anew."""
        if self._fingerprint is None:
            follows = any(calendar.holidays == "CN" for calendar in self._calendars.values())
            parts = [self._wall.name, statutory.known() if follows else ""]
            parts += [f"{name} {calendar.model_dump_json()}" for name, calendar in sorted(self._calendars.items())]
            parts += [f"{name} {sorted(days.items())}" for name, days in sorted(self._exceptions.items()) if days]
            self._fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        return self._fingerprint

    def _of(self, name: str) -> weekly.Weekly:
        found = self._hours.get(name)
        if found is None:
            if name not in self._calendars:
                raise errors.UnknownHours(name, self._calendars)
            found = self._hours[name] = weekly.Weekly(name, self._calendars[name], self._wall, self._exceptions.get(name, {}))
        return found

    def _made(self, hours: str, unit: str) -> Timeline:
        if hours == ALWAYS:
            return Elapsed() if unit == Unit.TIME else WallDays(self._wall)
        return OpenTime(self._of(hours), self._wall) if unit == Unit.TIME else OpenDates(self._of(hours), self._wall)
