"""Wall-clock time of one zone without a datetime per question: who sits at a desk, and which hours are quiet, is asked on the hot path.

Moments are integer UTC microseconds; minutes of the day count from 0 (midnight) to 1439, minutes of the week from Monday 00:00."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config import week

MINUTE = 60_000_000
DAY = 1440 * MINUTE
WEEK_MINUTES = 7 * 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_THURSDAY = 3 * 1440
_KEPT_DAYS = 4096


class Zone:
    """A time zone by its IANA name; the offsets of days without a change of clocks are kept."""

    def __init__(self, name: str) -> None:
        self._zone = ZoneInfo(name)
        self._days: dict[int, int | None] = {}

    def offset(self, at: int) -> int:
        """What is added to UTC at that moment, in microseconds."""
        day = at // DAY
        try:
            known = self._days[day]
        except KeyError:
            known = self._learn(day)
        return self._ask(at) if known is None else known

    def steady(self, at: int) -> bool:
        """Whether the offset stays the same for the whole UTC day around that moment."""
        self.offset(at)
        return self._days.get(at // DAY) is not None

    def minute_of_day(self, at: int) -> int:
        return (at + self.offset(at)) // MINUTE % 1440

    def minute_of_week(self, at: int) -> int:
        return ((at + self.offset(at)) // MINUTE + _THURSDAY) % WEEK_MINUTES

    def _learn(self, day: int) -> int | None:
        if len(self._days) >= _KEPT_DAYS:
            self._days.clear()
        begin, end = self._ask(day * DAY), self._ask((day + 1) * DAY)
        known = begin if begin == end else None
        self._days[day] = known
        return known

    def _ask(self, at: int) -> int:
        offset = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone).utcoffset()
        return 0 if offset is None else offset // timedelta(microseconds=1)


def waits(windows: Iterable[str]) -> tuple[int, ...]:
    """For each minute of the day, how many minutes until none of the daily windows holds it (0: it is open already).

    Empty if no minute is quiet. Windows that cover the whole day would hold a message for ever and count as none."""
    quiet = [False] * 1440
    for window in windows:
        begin, end = week.minutes_of(window)
        for minute in range(begin, end if end > begin else end + 1440):
            quiet[minute % 1440] = True
    if not any(quiet) or all(quiet):
        return ()
    left = [0] * 1440
    for minute in range(2 * 1440 - 1, -1, -1):
        here = minute % 1440
        left[here] = left[(here + 1) % 1440] + 1 if quiet[here] else 0
    return tuple(left)


def opens(zone: Zone, quiet: tuple[int, ...], at: int) -> int:
    """The first moment from `at` on that `quiet` (see `waits`) does not hold: `at` itself, or the full minute at which it opens."""
    if not quiet:
        return at
    left = quiet[zone.minute_of_day(at)]
    if left == 0:
        return at
    begin = at - (at + zone.offset(at)) % MINUTE
    moment = begin + left * MINUTE
    return moment + zone.offset(at) - zone.offset(moment)
