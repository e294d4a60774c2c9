from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import reach, recipients
from tests.unit.notifications import town

START, END = town.at("2026-11-20T00:00"), town.at("2026-12-04T00:00")
MINUTE = 60_000_000


def gaps(directory: Any, words: tuple[str, ...], units: tuple[str | None, ...] = (), end: int = END) -> list[tuple[int, int, str | None]]:
    return [(gap.begin, gap.end, gap.unit) for gap in reach.reach(directory, words, units, START, end)]


def test_a_desk_that_is_manned_round_the_clock_has_no_gap() -> None:
    assert gaps(town.a_directory(), ("duty",)) == []


def test_an_hour_that_nobody_covers_is_found_on_each_day() -> None:
    rota = {"duty": [{"hours": "08:00-20:00", "who": ["wang"]}, {"hours": "21:00-08:00", "who": ["zhao"]}]}
    found = gaps(town.a_directory(rota=rota), ("duty",))
    assert len(found) == 14
    assert found[0] == (town.at("2026-11-20T20:00"), town.at("2026-11-20T21:00"), None)


def test_a_weekend_without_shifts_is_one_gap() -> None:
    rota = {"duty": [{"hours": "00:00-24:00", "days": ["mon", "tue", "wed", "thu", "fri"], "who": ["wang"]}]}
    assert gaps(town.a_directory(rota=rota), ("duty",)) == [
        (town.at("2026-11-21T00:00"), town.at("2026-11-23T00:00"), None),
        (town.at("2026-11-28T00:00"), town.at("2026-11-30T00:00"), None),
    ]


def test_a_shift_of_people_without_address_covers_nothing() -> None:
    rota = {"duty": [{"hours": "00:00-24:00", "who": ["mute"]}]}
    assert gaps(town.a_directory(rota=rota), ("duty",)) == [(START, END, None)]


def test_each_unit_without_a_reachable_handler_is_named() -> None:
    units = ("lights", "grid", "empty", None)
    assert gaps(town.a_directory(), ("handler",), units) == [
        (START, END, "grid"),
        (START, END, "empty"),
        (START, END, None),
    ]  # grid's one rides


def test_somebody_in_the_whole_programme_or_a_manned_desk_fills_every_gap() -> None:
    assert gaps(town.a_directory(), ("handler", "leader"), ("empty",)) == []
    assert gaps(town.a_directory(), ("handler", "duty"), ("empty",)) == []


def test_words_that_depend_on_the_case_promise_nobody() -> None:
    assert gaps(town.a_directory(), ("reporter", "tracker")) == [(START, END, None)]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"])
@given(
    shifts=st.lists(
        st.tuples(st.integers(0, 23), st.integers(0, 23), st.sets(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1)), max_size=3
    )
)
def test_gaps_are_those_that_asking_every_quarter_finds(zone: str, shifts: list[tuple[int, int, set[str]]]) -> None:
    begin = town.at("2026-10-24T00:00", zone)  # Berlin's clocks go back on the 25th
    end = begin + 3 * 1440 * MINUTE
    rota = {"duty": [{"hours": f"{a:02}:15-{b:02}:00", "days": sorted(days), "who": ["wang"]} for a, b, days in shifts]}
    directory = town.a_directory(rota=rota, time_zone=zone)
    found = reach.reach(directory, ("duty",), (), begin, end)
    for at in range(begin, end, 15 * MINUTE):
        case = recipients.About(unit=None, reporter=None, tracker=None, facts={}, at=at)
        dark = not recipients.find(directory, ("duty",), case, chase=True).people
        assert dark == any(gap.begin <= at < gap.end for gap in found)
