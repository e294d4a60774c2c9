"""Moments as a story says them: `at 24:00`, `at 2026-02-17 08:00`, `10 minutes later`, `次日 08:00`; and when that is.

A time of day without a date is the next such time. 24:00 is the end of a day, the same instant as 00:00 of the next; 24:10 is
ten minutes later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = "day"
_UNITS = {
    "second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, _DAY: 0,
    "秒": 1_000_000, "分钟": 60_000_000, "小时": 3_600_000_000, "天": 0,
}  # fmt: skip
_OF_DAY = r"\d{1,2}:\d{2}(?::\d{2})?"
_DATE = r"\d{4}-\d{1,2}-\d{1,2}"
TIME = rf"(?:{_DATE}\s+)?{_OF_DAY}"
"""A time of day, perhaps with its date."""
WHEN_EN = (
    rf"(?:at\s+{TIME}|on\s+{_DATE}\s+at\s+{_OF_DAY}|\d{{1,5}}\s+(?:second|minute|hour|day)s?\s+later|the\s+next\s+day\s+at\s+{_OF_DAY})"
)
WHEN_ZH = rf"(?:{TIME}|\d{{1,5}}\s*(?:秒|分钟|小时|天)后|次日\s*{_OF_DAY})"
_LATER = re.compile(r"(\d{1,5})\s*(second|minute|hour|day|秒|分钟|小时|天)(?:s?\s+later|后)", re.IGNORECASE)
_TIME = re.compile(rf"(?:({_DATE})\s+(?:at\s+)?)?(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?", re.IGNORECASE)
_NEXT = re.compile(r"the\s+next\s+day|次日", re.IGNORECASE)
FIRST, LAST = 2000, 2199
"""The years that can be reckoned with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """As it was said: so many seconds into a day (`day`, the next one, or whichever comes first), or some time later."""

    seconds: int = 0
    day: date | None = None
    next_day: bool = False
    later: tuple[int, int] | None = None
    """(days by the wall clock, microseconds)."""

    @property
    def dated(self) -> bool:
        return self.day is not None


def parse(words: str) -> Moment | None:
    """A moment in either language; None: there is no such moment."""
    later = _LATER.fullmatch(words.strip())
    if later:
        number, unit = int(later[1]), later[2].lower()
        return Moment(later=(0, number * _UNITS[unit]) if _UNITS[unit] else (number, 0))
    found = _TIME.search(words)
    if not found:
        return None
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    if hour > 24 or minute > 59 or second > 59:
        return None
    seconds = hour * 3600 + minute * 60 + second
    if found[1] is None:
        return Moment(seconds=seconds, next_day=bool(_NEXT.search(words)))
    try:
        day = date(*(int(part) for part in found[1].split("-")))
    except ValueError:
        return None
    return Moment(seconds=seconds, day=day) if FIRST <= day.year <= LAST else None


def instant(said: Moment, zone: str, *, after: int, since: int) -> int:
    """UTC microseconds of a moment: of a time of day, the first from `after` on; of what comes later, counted from `since`."""
    place = ZoneInfo(zone)
    if said.later is not None:
        days, micros = said.later
        there = _local(since, place)
        return (_micros(datetime.combine(there.date() + timedelta(days=days), there.time(), place)) if days else since) + micros
    if said.day is not None:
        return _on(said.day, said.seconds, place)
    if said.next_day:
        return _on(_local(since, place).date() + timedelta(days=1), said.seconds, place)
    day = _local(after, place).date() - timedelta(days=1)
    while (found := _on(day, said.seconds, place)) < after:
        day += timedelta(days=1)
    return found


def written(moment: int, zone: str) -> str:
    """`2026-02-17 00:00`, with seconds where there are any."""
    there = _local(moment, ZoneInfo(zone))
    return there.strftime("%Y-%m-%d %H:%M:%S" if moment % 60_000_000 else "%Y-%m-%d %H:%M")


def _on(day: date, seconds: int, place: ZoneInfo) -> int:
    if seconds >= 86_400:
        day, seconds = day + timedelta(days=1), seconds - 86_400
    return _micros(datetime.combine(day, time(seconds // 3600, seconds // 60 % 60, seconds % 60), place))


def _local(moment: int, place: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=moment)).astimezone(place)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
