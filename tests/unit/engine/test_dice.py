from __future__ import annotations

import itertools
import statistics
from collections import Counter

import pytest

from config.assumptions import Varies
from engine.simulating import dice

MANY = 20_000


def test_a_share_belongs_to_what_it_is_drawn_for() -> None:
    assert dice.share(1, 2, 3, 4) == dice.share(1, 2, 3, 4)
    assert len({dice.share(*about) for about in itertools.product(range(4), repeat=4)}) == 256


@pytest.mark.parametrize("varied", ["seed", "first", "second", "third"])
def test_shares_are_even_and_know_nothing_of_their_neighbours(varied: str) -> None:
    shares = [dice.share(**{"seed": 5, "first": 7, "second": 2, "third": 1001, varied: number}) for number in range(MANY)]
    assert all(0 < each < 1 for each in shares)
    assert all(abs(count - MANY / 20) < MANY / 20 * 0.15 for count in Counter(int(each * 20) for each in shares).values())
    assert abs(statistics.correlation(shares[:-1], shares[1:])) < 0.03


def test_a_mix_gives_each_its_weight() -> None:
    mix = dice.Mix({"often": 3, "never": 0, "seldom": 1})
    found = Counter(mix.pick((number + 0.5) / 1000) for number in range(1000))
    assert found == {"often": 750, "seldom": 250}


@pytest.mark.parametrize(
    ("varies", "median", "ninety", "mean"),
    [
        (Varies.FIXED, 100, 100, 100),
        # three times the median in nine of ten
        (Varies.LOGNORMAL, 100, 300, 144.4),
        # without memory: whatever was said of nine of ten
        (Varies.EXPONENTIAL, 100, 332, 144.3),
    ],
)
def test_spans_scatter_as_they_should(varies: Varies, median: int, ninety: int, mean: float) -> None:
    second = 1_000_000
    span = dice.Span(100 * second, 300 * second, varies)
    drawn = sorted(span.draw((number + 0.5) / MANY) for number in range(MANY))
    assert drawn[MANY // 2] / second == pytest.approx(median, rel=0.01)
    assert drawn[MANY * 9 // 10] / second == pytest.approx(ninety, rel=0.01)
    assert statistics.mean(drawn) / second == pytest.approx(mean, rel=0.01)
