"""The wall clock made monotone, held against the zone's own offsets."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import zones
from tests.unit.sla import making

ZONES = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"]
SOMETIME = st.integers(
    zones.micros_of(datetime(1950, 1, 1, tzinfo=ZoneInfo("UTC"))), zones.micros_of(datetime(2150, 1, 1, tzinfo=ZoneInfo("UTC")))
)


@given(st.sampled_from(ZONES), st.lists(SOMETIME, min_size=2, max_size=4))
def test_it_never_runs_backwards_and_each_wall_time_has_its_first_instant(zone: str, instants: list[int]) -> None:
    wall = zones.Wall(zone)
    shown = [wall.at(instant) for instant in sorted(instants)]
    assert shown == sorted(shown)
    for instant in instants:
        first = wall.first(wall.at(instant))
        assert first <= instant
        assert wall.at(first) == wall.at(instant)
        assert wall.at(first - 1) < wall.at(first)


@given(st.sampled_from(ZONES), SOMETIME)
def test_outside_a_repeated_hour_it_is_what_the_zone_shows(zone: str, instant: int) -> None:
    wall, local = zones.Wall(zone), datetime.fromtimestamp(instant / 1e6, ZoneInfo(zone))
    shown = zones.micros_of(local.replace(tzinfo=ZoneInfo("UTC")))
    if zone == "Asia/Shanghai" and local.year >= 1992:
        assert wall.at(instant) == pytest.approx(shown, abs=1)
    assert shown - 1 <= wall.at(instant) <= shown + 3_600_000_000 + 1


def test_the_change_itself() -> None:
    wall = zones.Wall("America/New_York")
    spring = making.at("2026-03-08T03:00", "America/New_York")
    assert wall.at(spring) - wall.at(spring - 1) == 3_600_000_001
    autumn = making.at("2026-11-01T01:00", "America/New_York") + 3_600_000_000  # two o'clock becomes one
    assert wall.at(autumn) - wall.at(autumn - 1) == 1
    assert wall.at(autumn + 3_600_000_000) == wall.at(autumn)
    assert wall.at(autumn + 3_600_000_001) == wall.at(autumn) + 1


def test_dates_have_numbers() -> None:
    assert zones.day_of(zones.date_of(0)) == 0
    assert str(zones.date_of(0)) == "1970-01-01"
    wall = zones.Wall("Asia/Shanghai")
    assert str(zones.date_of(wall.at(making.at("2026-11-20T23:59")) // zones.DAY)) == "2026-11-20"
    assert wall.year_of(making.at("2026-12-31T23:59")) == 2026
    assert wall.local(making.at("2026-11-20T08:30")).isoformat() == "2026-11-20T08:30:00+08:00"
