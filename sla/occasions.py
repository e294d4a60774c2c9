"""When a schedule comes: the moments of a town's wall clock, on the dates that its days, its days of the month and its calendar leave."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date

from config import schedules, week
from sla import calendars, zones

HORIZON = 5 * 366
"""Days looked ahead. A schedule that does not come within them never does."""


def upcoming(schedule: schedules.Schedule, lines: calendars.Timelines, since: int) -> Iterator[int]:
    """Its moments (UTC microseconds) not before `since`, ascending, each once.

    A time that spring's change leaves out is the moment of the change; of an hour that autumn has twice the first counts."""
    wall, last = lines.wall, since - 1
    times = sorted(int(at[:2]) * 60 + int(at[3:]) for at in schedule.at)
    first = wall.at(since) // zones.DAY - 1
    for day in range(first, first + HORIZON):
        if not _falls_on(schedule, lines, day):
            continue
        for minutes in times:
            moment = wall.first(day * zones.DAY + minutes * zones.MINUTE)
            if moment > last:
                last = moment
                yield moment


def _falls_on(schedule: schedules.Schedule, lines: calendars.Timelines, day: int) -> bool:
    when = zones.date_of(day)
    if week.DAYS[when.weekday()] not in schedule.days:
        return False
    if schedule.monthly and not _of_month(when, schedule.monthly):
        return False
    return schedule.calendar is None or lines.opens_on(schedule.calendar, day)


def _of_month(when: date, monthly: tuple[int, ...]) -> bool:
    """Whether it is one of these days of the month; the last day stands for those that the month does not have."""
    last = calendar.monthrange(when.year, when.month)[1]
    return when.day in monthly or (when.day == last and any(day > last for day in monthly))
