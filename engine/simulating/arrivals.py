"""When cases come: at random, at a rate that changes with the hour of the day and the day of the week (a Poisson process)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from config import assumptions, week
from engine import now as times
from engine.simulating import dice

Moments = Iterator[int]
HOUR = 3_600_000_000
_PURPOSE = 77


def rates(given: assumptions.Arrivals) -> tuple[tuple[float, ...], ...]:
    """Cases an hour for each hour of each weekday, so that a week has seven times `a_day`. Windows and days that overlap add up."""
    hours = _hours(given.hours)
    days = [0.0] * 7
    for key, share in given.days.items():
        for day in week.days_of(key):
            days[week.DAYS.index(day)] += share
    whole = sum(hours) * sum(days)
    a_week = 7 * (given.a_day or 0)
    return tuple(tuple(a_week * hour * day / whole for hour in hours) for day in days)


def _hours(shares: Mapping[str, int]) -> list[float]:
    """A window's share is that of each of its hours; an hour of which it has a part takes that part."""
    minutes = [0.0] * 1440
    for window, share in shares.items():
        begin, end = week.minutes_of(window)
        spans = ((begin, end),) if end > begin else ((begin, 1440), (0, end))
        for first, last in spans:
            for minute in range(first, last):
                minutes[minute] += share
    return [sum(minutes[first:last]) / 60 for first, last in pairwise(range(0, 1441, 60))]


def moments(given: assumptions.Arrivals, zone: str, start: int, seed: int) -> Moments:
    """The moments (UTC µs) at which cases come, without end."""
    table = rates(given)
    waits = dice.waits(seed, _PURPOSE)
    at, wait = float(start), next(waits)
    while True:
        local = times.local(int(at), zone)
        rate = table[local.weekday()][local.hour] / HOUR
        end = start + (int(at - start) // HOUR + 1) * HOUR
        if rate and wait <= rate * (end - at):
            at += wait / rate
            wait = next(waits)
            yield int(at)
        else:
            wait -= rate * (end - at)
            at = float(end)
