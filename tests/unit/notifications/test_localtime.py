from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import localtime
from tests.unit.notifications import town

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(
    st.integers(0, 4_000_000_000),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_minutes_are_those_of_the_standard_library(second: int, name: str) -> None:
    local = (EPOCH + timedelta(seconds=second)).astimezone(ZoneInfo(name))
    zone = localtime.Zone(name)
    assert zone.minute_of_day(second * 1_000_000) == local.hour * 60 + local.minute
    assert zone.minute_of_week(second * 1_000_000) == (local.weekday() * 24 + local.hour) * 60 + local.minute


@pytest.mark.parametrize(
    ("windows", "now", "opens"),
    [
        # an open minute stays what it is, to the second
        (["22:00-06:00"], "2026-11-20T21:59:59", "2026-11-20T21:59:59"),
        # over midnight: both halves end the same morning
        (["22:00-06:00"], "2026-11-20T22:00", "2026-11-21T06:00"),
        (["22:00-06:00"], "2026-11-21T05:59:30", "2026-11-21T06:00"),
        (["22:00-06:00"], "2026-11-21T06:00", "2026-11-21T06:00"),
        # two windows that touch are one
        (["20:00-24:00", "00:00-07:30"], "2026-11-20T23:10", "2026-11-21T07:30"),
        # the meal peak
        (["11:00-13:00", "17:00-19:00"], "2026-11-20T12:15", "2026-11-20T13:00"),
        # a day that is quiet altogether would hold for ever, and does not hold
        (["00:00-24:00"], "2026-11-20T12:15", "2026-11-20T12:15"),
        ([], "2026-11-20T12:15", "2026-11-20T12:15"),
    ],
)
def test_quiet_hours_end_at_the_next_open_minute(windows: list[str], now: str, opens: str) -> None:
    zone = localtime.Zone("Asia/Shanghai")
    assert localtime.opens(zone, localtime.waits(windows), town.at(now)) == town.at(opens)


def test_quiet_hours_go_by_the_wall_clock_over_a_change_of_clocks() -> None:
    zone = localtime.Zone("Europe/Berlin")
    quiet = localtime.waits(["22:00-06:00"])
    assert localtime.opens(zone, quiet, town.at("2026-10-24T23:00", "Europe/Berlin")) == town.at("2026-10-25T06:00", "Europe/Berlin")
    assert localtime.opens(zone, quiet, town.at("2026-03-28T23:00", "Europe/Berlin")) == town.at("2026-03-29T06:00", "Europe/Berlin")
