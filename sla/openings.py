"""Counting inside open intervals, a year at a time: each year is built once, with running sums, so that a span of years costs
a few binary searches. The coordinate is the caller's: instants for opening hours, wall time for open dates."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import NamedTuple

from sla import errors


class Year(NamedTuple):
    """The open intervals in [begin, end), disjoint and ascending; `before[i]` is what was open before interval i."""

    begin: int
    end: int
    opens: list[int]
    closes: list[int]
    before: list[int]
    total: int

    def counted(self, until: int) -> int:
        """What was open in [begin, until)."""
        place = bisect_right(self.opens, until) - 1
        if place < 0:
            return 0
        return self.before[place] + min(until, self.closes[place]) - self.opens[place]


def year(begin: int, end: int, intervals: Iterable[tuple[int, int]]) -> Year:
    """Intervals (any order, overlapping or not, over the borders or not) as the open time of [begin, end)."""
    opens: list[int] = []
    closes: list[int] = []
    for first, last in sorted(intervals):
        low, high = max(first, begin), min(last, end)
        if low >= high:
            continue
        if closes and low <= closes[-1]:
            closes[-1] = max(closes[-1], high)
        else:
            opens.append(low)
            closes.append(high)
    sums = list(accumulate((high - low for low, high in zip(opens, closes, strict=True)), initial=0))
    return Year(begin, end, opens, closes, sums[:-1], sums[-1])


class Openings:
    """`build` makes one year, `year_of` finds the year of a coordinate, after year `last` nothing is open any more."""

    def __init__(self, name: str, build: Callable[[int], Year], year_of: Callable[[int], int], last: int) -> None:
        self._name, self._build, self._year_of, self._last = name, build, year_of, last
        self._years: dict[int, Year] = {}

    def between(self, begin: int, end: int) -> int:
        """What is open in [begin, end)."""
        if end <= begin:
            return 0
        number = self._year_of(begin)
        now = self._year(number)
        counted = -now.counted(begin)
        while end > now.end:
            counted += now.total
            number += 1
            now = self._year(number)
        return counted + now.counted(end)

    def add(self, start: int, amount: int) -> int:
        """The earliest coordinate not before `start` by which `amount` has been open. Raises `NeverOpens`."""
        if amount <= 0:
            return start
        number = self._year_of(start)
        now = self._year(number)
        wanted = now.counted(start) + amount
        while wanted > now.total:
            wanted -= now.total
            number += 1
            if number > self._last:
                raise errors.NeverOpens(self._name, self._last)
            now = self._year(number)
        place = bisect_left(now.before, wanted) - 1
        return now.opens[place] + wanted - now.before[place]

    def inside(self, begin: int, end: int) -> list[tuple[int, int]]:
        """The open intervals of [begin, end), cut to it."""
        found: list[tuple[int, int]] = []
        if end <= begin:
            return found
        for number in range(self._year_of(begin), self._year_of(end) + 1):
            now = self._year(number)
            for low, high in zip(now.opens, now.closes, strict=True):
                if high > begin and low < end:
                    found.append((max(low, begin), min(high, end)))
        return found

    def _year(self, number: int) -> Year:
        found = self._years.get(number)
        if found is None:
            found = self._years[number] = self._build(number)
        return found
