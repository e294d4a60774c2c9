"""What a simulation counts while it runs: spreads of durations, lengths of queues, mails a day. They hold numbers, never cases."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from engine import catalog, draft, rehearsal
from sla import folds

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
    """Mails by person and day, those that chase also for themselves."""

    __slots__ = ("_days", "_start", "chasing")

    def __init__(self, start: int) -> None:
        self._start = start
        self._days: dict[str, Counter[int]] = {}
        self.chasing: Counter[str] = Counter()

    def add(self, mail: rehearsal.Mail) -> None:
        who = mail.recipient
        days = self._days.get(who)
        if days is None:
            days = self._days[who] = Counter()
        days[(mail.at - self._start) // DAY] += 1
        if mail.kind != "notice":
            self.chasing[who] += 1

    def people(self) -> list[str]:
        """Whoever was told anything, the most told first."""
        return sorted(self._days, key=lambda who: (-self.total(who), who))

    def total(self, who: str) -> int:
        return sum(self._days[who].values())

    def most(self, who: str) -> int:
        """On the worst day."""
        return max(self._days[who].values())


class Counts:
    """Everything that is counted of cases. `late`: those with a breach of a clock, `breaches`: rounds; `begun`: had a target at all."""

    def __init__(self, start: int, states: Iterable[str]) -> None:
        self.arrived = self.acknowledged = 0
        self.stages = {state: Spread() for state in states}
        self.whole_time = Spread()
        self.post = Post(start)
        self.fired: Counter[tuple[str, int]] = Counter()
        self.begun: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.breaches: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.unserved: Counter[str] = Counter()
        self.stuck: Counter[str] = Counter()

    def judge(self, case: draft.Draft, compiled: catalog.Compiled, now: int) -> None:
        """Each clock's verdict, by the lapse that `clocks.reckon` reads; every round counts."""
        for name, fold in case.folds.items():
            lapsed = fold.breached_at
            if lapsed is None and fold.terms is not None:
                lapsed = folds.lapse(compiled.plans[name], fold, compiled.timelines)
            rounds = fold.earlier_breaches + (lapsed is not None and lapsed <= now)
            if fold.terms is not None or rounds:
                self.begun[name] += 1
                self.late[name] += rounds > 0
                self.breaches[name] += rounds
