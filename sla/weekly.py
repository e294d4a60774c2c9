"""One town's calendar in one zone: which windows a date has and why, year by year.

Precedence: the town's own exception for the date, then the statutory list (`holidays: CN`), then the week. A window over
midnight belongs to the day on which it begins: where that day is closed, the whole window is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from config import programme, week
from sla import openings, statutory, zones

Exceptions = Mapping[str, Literal["closed", "open"] | tuple[str, ...]]
"""A town's own rulings by date (`2026-11-20`)."""
Minutes = tuple[tuple[int, int], ...]
_LAST_YEAR = 9990


class Day(NamedTuple):
    """A date: `kind` open, closed, holiday or makeup; windows in minutes of the day (the end may lie after 1440); the rule in words."""

    kind: str
    windows: Minutes
    rule: str


def _minutes(windows: tuple[str, ...]) -> Minutes:
    pairs = (week.minutes_of(window) for window in windows)
    return tuple((begin, end if end > begin else end + 1440) for begin, end in pairs)


def _days_of(year: int) -> range:
    return range(zones.day_of(date(year, 1, 1)), zones.day_of(date(year + 1, 1, 1)))


class Weekly:
    """What each date of a calendar is, and its open time as instants (`open_time`) or as whole dates in wall time (`open_dates`)."""

    def __init__(self, name: str, calendar: programme.Calendar, wall: zones.Wall, exceptions: Exceptions) -> None:
        self.name, self._wall, self._follows = name, wall, calendar.holidays == "CN"
        self._week = tuple(_minutes(calendar.week.get(day, ())) for day in week.DAYS)
        self._makeup = _minutes(calendar.makeup) if calendar.makeup is not None else self._week[0]
        self._exceptions = {date.fromisoformat(day): ruling for day, ruling in {**calendar.days, **exceptions}.items()}
        last = _LAST_YEAR if any(self._week) else max([statutory.latest() if self._follows else 0, *(day.year for day in self._exceptions)])
        self.open_time = openings.Openings(name, self._time_of, wall.year_of, last)
        self.open_dates = openings.Openings(name, self._dates_of, lambda at: zones.date_of(at // zones.DAY).year, last)

    def provisional(self, year: int) -> bool:
        """True where the calendar follows a list that is not published for this year."""
        return self._follows and statutory.arrangement(year) is None

    def day(self, when: date) -> Day:
        ruling = self._exceptions.get(when)
        if ruling is not None:
            return self._ruled(when, ruling)
        arrangement = statutory.arrangement(when.year) if self._follows else None
        if arrangement is not None:
            if when in arrangement.makeup and self._makeup:
                return Day("makeup", self._makeup, f"{self.name}: {when} is a make-up working day")
            if when in arrangement.off:
                return Day("holiday", (), f"{self.name}: {when} {arrangement.off[when]}")
        windows, name = self._week[when.weekday()], week.DAYS[when.weekday()]
        if not windows:
            return Day("closed", (), f"{self.name}: closed on {name}")
        return Day("open", windows, f"{self.name}: open on {name}")

    def _ruled(self, when: date, ruling: str | tuple[str, ...]) -> Day:
        if ruling == "closed" or not ruling:
            return Day("closed", (), f"{self.name}: {when} closed by the town")
        windows = self._week[0] if ruling == "open" else _minutes(tuple(ruling))
        return Day("open" if windows else "closed", windows, f"{self.name}: {when} opened by the town")

    def _time_of(self, year: int) -> openings.Year:
        days, first = _days_of(year), self._wall.first
        intervals = [
            (first(number * zones.DAY + begin * zones.MINUTE), first(number * zones.DAY + end * zones.MINUTE))
            for number in range(days.start - 1, days.stop)
            for begin, end in self.day(zones.date_of(number)).windows
        ]
        return openings.year(first(days.start * zones.DAY), first(days.stop * zones.DAY), intervals)

    def _dates_of(self, year: int) -> openings.Year:
        days = _days_of(year)
        intervals = [(number * zones.DAY, (number + 1) * zones.DAY) for number in days if self.day(zones.date_of(number)).windows]
        return openings.year(days.start * zones.DAY, days.stop * zones.DAY, intervals)
