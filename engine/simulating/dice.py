"""Chance that can be asked twice: a draw belongs to what it is drawn for, so that two simulations of one seed differ only where
they were made to (common random numbers)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from statistics import NormalDist

from config.assumptions import Varies

_MASK = (1 << 64) - 1
_UNIT = 1 / (1 << 53)
_HALF = _UNIT / 2
_NORMAL = NormalDist().inv_cdf
_NINETY = _NORMAL(0.9)


def share(seed: int, first: int, second: int = 0, third: int = 0) -> float:
    """A number in (0, 1) that is always the same for the same things (mixed as SplitMix64 does)."""
    mixed = seed * 0x9E3779B97F4A7C15 + first * 0xD1B54A32D192ED03 + second * 0xABC98388FB8FAC03 + third * 0x8CB92BA72F3D8DD7
    mixed = (mixed ^ ((mixed & _MASK) >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) * _UNIT + _HALF


class Mix:
    """Values with weights; `pick` finds the one on which a share falls."""

    __slots__ = ("_bounds", "_values", "total")

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._values = tuple(weights)
        self._bounds: list[int] = []
        self.total = 0
        for weight in weights.values():
            self.total += weight
            self._bounds.append(self.total)

    def pick(self, share: float) -> str:
        return self._values[bisect_right(self._bounds, share * self.total)]


class Span:
    """How long something takes, in µs: `median`, in nine of ten no longer than `ninety`."""

    __slots__ = ("_median", "_spread", "_varies")

    def __init__(self, median: int, ninety: int, varies: Varies) -> None:
        self._median, self._varies = median, varies
        self._spread = math.log(max(1.0, ninety / median)) / _NINETY

    def draw(self, share: float) -> int:
        if self._varies is Varies.FIXED:
            return self._median
        if self._varies is Varies.EXPONENTIAL:
            return max(1, round(-math.log(share) * self._median / math.log(2)))
        return max(1, round(self._median * math.exp(self._spread * _NORMAL(share))))


def waits(seed: int, purpose: int) -> Iterator[float]:
    """Waiting times of mean one, one after the other, without memory."""
    number = 0
    while True:
        yield -math.log(share(seed, purpose, number))
        number += 1
