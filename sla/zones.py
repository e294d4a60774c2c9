"""A zone's wall clock made monotone: the ground on which days, dates and opening hours are counted.

Instants are UTC microseconds; *wall* is microseconds of local time since 1970-01-01T00:00 local, so that
`wall // DAY` numbers the dates. In spring the wall jumps over the missing hour; autumn's repeated hour is a plateau
(its second pass counts nothing), so that wall time never runs backwards and each wall time has one earliest instant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla import errors

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_STEP = 5 * DAY  # no zone keeps an offset for less, so looking every five days finds every change
_BEFORE_ALL, _AFTER_ALL = -(10**30), 10**30
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # beyond them the offset is the border's


def date_of(day: int) -> date:
    """The date with this number (0 is 1970-01-01)."""
    return date.fromordinal(day + _EPOCH_DAY)


def day_of(when: date) -> int:
    """The number of a date (0 is 1970-01-01)."""
    return when.toordinal() - _EPOCH_DAY


def micros_of(moment: datetime) -> int:
    """An aware moment in UTC microseconds."""
    return (moment - _EPOCH) // _MICRO


class Wall:
    """One zone. The table of its changes grows by the years that are asked for."""

    def __init__(self, zone: str) -> None:
        try:
            self._zone = ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as exc:
            raise errors.UnknownZone(zone) from exc
        self.name = zone
        self._years: tuple[int, int] | None = None
        self._low = self._high = 0
        self._starts: list[int] = []
        self._offsets: list[int] = []
        self._peaks: list[int] = []

    def at(self, instant: int) -> int:
        """What the wall clock shows (microseconds), or has shown at most."""
        if not self._low <= instant < self._high:
            self._cover(instant)
        place = bisect_right(self._starts, instant) - 1
        shown, peak = instant + self._offsets[place], self._peaks[place]
        return max(peak, shown)

    def first(self, wall: int) -> int:
        """The earliest instant at which the wall clock shows `wall` or more."""
        if not self._low + DAY <= wall < self._high - DAY:
            self._cover(wall - 2 * DAY)
            self._cover(wall + 2 * DAY)
        place = max(bisect_left(self._peaks, wall) - 1, 0)
        since, shown = self._starts[place], wall - self._offsets[place]
        return max(since, shown)

    def year_of(self, instant: int) -> int:
        return date_of(self.at(instant) // DAY).year

    def local(self, instant: int) -> datetime:
        """The instant as people of the zone write it."""
        return (_EPOCH + instant * _MICRO).astimezone(self._zone)

    def _cover(self, instant: int) -> None:
        """Let the table reach from a year before to four years after `instant`."""
        year = 1970 + instant // (365 * DAY + DAY // 4)
        low, high = year - 2, year + 5
        if self._years is not None:
            low, high = min(low, self._years[0]), max(high, self._years[1])
        low, high = min(max(low, _FIRST_YEAR), _LAST_YEAR - 1), max(min(high, _LAST_YEAR), _FIRST_YEAR + 1)
        begin, end = day_of(date(low, 1, 1)) * DAY, day_of(date(high, 1, 1)) * DAY
        starts, offsets, peaks = [_BEFORE_ALL], [self._offset(begin)], [_BEFORE_ALL]
        for left in range(begin, end, _STEP):
            if (offset := self._offset(left + _STEP)) != offsets[-1]:
                change = self._change(left, left + _STEP)
                peaks.append(max(peaks[-1], change + offsets[-1]))
                starts.append(change)
                offsets.append(offset)
        self._starts, self._offsets, self._peaks, self._years = starts, offsets, peaks, (low, high)
        self._low = begin if low > _FIRST_YEAR else _BEFORE_ALL
        self._high = end if high < _LAST_YEAR else _AFTER_ALL

    def _offset(self, instant: int) -> int:
        offset = (_EPOCH + instant * _MICRO).astimezone(self._zone).utcoffset()
        return offset // _MICRO if offset is not None else 0

    def _change(self, left: int, right: int) -> int:
        """The first whole second after `left` whose offset is that of `right`."""
        low, high, new = left // SECOND, right // SECOND, self._offset(right)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._offset(middle * SECOND) == new else (middle, high)
        return high * SECOND
