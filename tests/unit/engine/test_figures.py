"""The arithmetic of the figures, on what cities have published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import figures


@pytest.mark.parametrize(
    ("figure", "numerator", "denominator", "said"),
    [
        # Tianmen, December 2016: 996 filed, 972 due to close, 911 closed, 737 of them on time, none suspended
        (figures.CLOSING_RATE, 911, 972, "93.72%"),
        (figures.ON_TIME_RATE, 737, 972 - 0, "75.82%"),
        # Ningguo, April 2022: 601 dispatched, 597 closed on time
        (figures.ON_TIME_RATE, 597, 601, "99.33%"),
        # Ningxiang: 197 reported, 193 resolved
        (figures.CLOSURE_RATE, 193, 197, "97.97%"),
    ],
)
def test_rates_that_cities_have_published(figure: figures.Figure, numerator: int, denominator: int, said: str) -> None:
    row = figures.rate(figure, "all", numerator, denominator)
    assert f"{row.value:.2%}" == said
    assert (row.numerator, row.denominator) == (numerator, denominator)


def test_nothing_to_divide_by_is_no_value_and_no_error() -> None:
    assert figures.rate(figures.RETURN_RATE, "all", 0, 0).value is None
    assert [row.value for row in figures.times(figures.TO_CLOSE, "all", [])] == [None, None, None]


def test_times_are_seconds_with_their_sum_and_count() -> None:
    minutes = [60_000_000 * n for n in (30, 10, 20, 40)]
    mean, median, ninth = figures.times(figures.STAGE, "all", minutes, of="dispatched")
    assert [row.name for row in (mean, median, ninth)] == ["stage_mean:dispatched", "stage_median:dispatched", "stage_p90:dispatched"]
    assert {(row.numerator, row.denominator) for row in (mean, median, ninth)} == {(6000.0, 4)}
    assert [row.value for row in (mean, median, ninth)] == [1500.0, 1500.0, 2400.0]


@pytest.mark.parametrize(("of", "ninth"), [(1, 1), (9, 9), (10, 9), (11, 10), (100, 90)])
def test_nine_in_ten_are_not_longer(of: int, ninth: int) -> None:
    assert figures.percentile(range(1, of + 1), 90) == ninth


@given(st.lists(st.integers(0, 10**12), min_size=1))
def test_the_ninth_decile_is_the_smallest_that_nine_in_ten_do_not_exceed(spans: list[int]) -> None:
    ordered = sorted(spans)
    found = figures.percentile(ordered, 90)
    assert 10 * sum(span <= found for span in ordered) >= 9 * len(ordered)
    assert 10 * sum(span < found for span in ordered) < 9 * len(ordered)
