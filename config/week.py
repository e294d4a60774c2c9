"""Hours and days as the language writes them: `08:30-12:00`, `mon-fri`, and whole weeks of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from config import sayings, words
from config.words import OneOrMany


def minutes_of(window: str) -> tuple[int, int]:
    """`22:00-06:00` → (1320, 360) in minutes of the day; an end not after its start is over midnight; 24:00 is 1440."""
    start, end = window.split("-")
    hour, minute = start.split(":")
    until_hour, until_minute = end.split(":")
    return int(hour) * 60 + int(minute), int(until_hour) * 60 + int(until_minute)


def _window(value: str) -> str:
    begin, end = minutes_of(value)
    if begin == end:
        raise sayings.wrong(sayings.EMPTY_WINDOW, given=value)
    return value


Window = Annotated[str, StringConstraints(pattern=words.WINDOW), AfterValidator(_window)]
"""Hours of a day, as `08:30-12:00`, `22:00-06:00` (over midnight) or `18:00-24:00`."""
Windows = Annotated[tuple[Window, ...], OneOrMany()]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Annotated[str, StringConstraints(pattern=words.DAY)]
"""A weekday, or a span of them as `mon-fri`."""


def days_of(key: str) -> tuple[str, ...]:
    """`mon-wed` → (`mon`, `tue`, `wed`)."""
    first, _, last = key.partition("-")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    if end < begin:
        raise sayings.wrong(sayings.BACKWARDS, given=key)
    return DAYS[begin : end + 1]


def _week(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """`mon-fri: [...]` spelled out day by day."""
    days: dict[str, tuple[str, ...]] = {}
    for key, windows in value.items():
        for day in days_of(key):
            if day in days:
                raise sayings.wrong(sayings.DAY_TWICE, day=day, given=key)
            days[day] = windows
    return days


def _weekdays(value: tuple[str, ...]) -> tuple[str, ...]:
    days: list[str] = []
    for key in value:
        for day in days_of(key):
            if day in days:
                raise sayings.wrong(sayings.DAY_TWICE, day=day, given=key)
            days.append(day)
    return tuple(days)


Week = Annotated[dict[Day, Windows], AfterValidator(_week)]
Weekdays = Annotated[tuple[Day, ...], AfterValidator(_weekdays), OneOrMany()]
