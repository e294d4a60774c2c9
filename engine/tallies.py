"""What a simulation counts while it runs: spreads of durations, lengths of queues, mails a day. They hold numbers, never cases."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from engine import rehearsal

_FINE = 100.0
"""Durations are kept to one per cent: a year's cases need a thousand numbers."""
DAY = 86_400_000_000


class Spread:
    """Durations (µs) by size; percentiles come out to one per cent."""

    __slots__ = ("_sizes", "count", "greatest", "total")

    def __init__(self) -> None:
        self._sizes: Counter[int] = Counter()
        self.count = self.total = self.greatest = 0

    def add(self, span: int) -> None:
        self.count += 1
        self.total += span
        self.greatest = max(self.greatest, span)
        self._sizes[round(math.log(span + 1) * _FINE)] += 1

    def percentile(self, percent: float) -> int:
        """The duration that so many of a hundred do not exceed; 0 where there is none."""
        wanted, seen = self.count * percent / 100, 0
        for size in sorted(self._sizes):
            seen += self._sizes[size]
            if seen >= wanted:
                return min(self.greatest, round(math.exp(size / _FINE) - 1))
        return 0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0


class Level:
    """How many there are at a time, weighed by how long there are so many."""

    __slots__ = ("_for", "_since", "now")

    def __init__(self, at: int) -> None:
        self._for: Counter[int] = Counter()
        self._since, self.now = at, 0

    def change(self, at: int, by: int) -> None:
        self._for[self.now] += at - self._since
        self._since = at
        self.now += by

    @property
    def mean(self) -> float:
        whole = sum(self._for.values())
        return sum(level * span for level, span in self._for.items()) / whole if whole else 0.0

    @property
    def greatest(self) -> int:
        return max((level for level, span in self._for.items() if span), default=0)

    def percentile(self, percent: float) -> int:
        """Not more than that for so many per cent of the time."""
        wanted, seen = sum(self._for.values()) * percent / 100, 0
        for level in sorted(self._for):
            seen += self._for[level]
            if seen >= wanted:
                return level
        return 0


class Post:
    """Mails by person and day, those of ladders also for themselves."""

    __slots__ = ("_days", "_start", "chasing", "total")

    def __init__(self, start: int) -> None:
        self._start = start
        self._days: dict[str, Counter[int]] = {}
        self.total: Counter[str] = Counter()
        self.chasing: Counter[str] = Counter()

    def add(self, mail: rehearsal.Mail) -> None:
        who = mail.recipient
        if who not in self._days:
            self._days[who] = Counter()
        self._days[who][(mail.at - self._start) // DAY] += 1
        self.total[who] += 1
        if mail.kind != "notice":
            self.chasing[who] += 1

    def people(self) -> Iterator[str]:
        """Whoever was told anything, the most told first."""
        return iter(sorted(self._days, key=lambda who: (-self.total[who], who)))

    def most(self, who: str) -> int:
        """On the worst day."""
        return max(self._days[who].values())
