from __future__ import annotations

from collections import Counter
from itertools import takewhile

import pytest

from config.assumptions import Arrivals
from engine import now as times
from engine.simulating import arrivals

ZONE = "Asia/Shanghai"
MONDAY = times.parse("2026-03-02T00:00:00+08:00")
WEEK = 7 * 24 * arrivals.HOUR


def given(**said: object) -> Arrivals:
    return Arrivals.model_validate({"a_day": 100, "hours": {"00:00-24:00": 1}, "days": {"mon-sun": 1}, **said})


def test_a_week_has_seven_times_a_day_however_it_is_spread() -> None:
    for each in (given(), given(hours={"08:00-10:00": 3, "22:00-02:00": 1}), given(days={"mon": 5, "sat-sun": 1})):
        assert sum(map(sum, arrivals.rates(each))) == pytest.approx(700)


def test_hours_and_days_have_their_shares() -> None:
    rates = arrivals.rates(given(hours={"08:00-09:00": 3, "09:30-10:30": 1, "23:00-01:00": 2}, days={"mon-sat": 2, "sun": 1}))
    monday, sunday = rates[0], rates[6]
    unit = monday[9]
    assert [round(hour / unit, 6) for hour in monday] == [4, 0, 0, 0, 0, 0, 0, 0, 6, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]
    assert [2 * hour for hour in sunday] == pytest.approx(list(monday))


def test_cases_come_in_the_hours_that_are_theirs_and_as_many_as_were_said() -> None:
    each = given(a_day=400, hours={"08:00-12:00": 3, "14:00-18:00": 1}, days={"mon-fri": 1})
    moments = list(takewhile(lambda at: at < MONDAY + 8 * WEEK, arrivals.moments(each, ZONE, MONDAY, 3)))
    assert moments == sorted(moments)
    assert len(moments) == pytest.approx(8 * 2800, rel=0.03)
    local = [times.local(at, ZONE) for at in moments]
    assert {moment.weekday() for moment in local} == {0, 1, 2, 3, 4}
    hours = Counter(moment.hour for moment in local)
    assert set(hours) == {8, 9, 10, 11, 14, 15, 16, 17}
    assert sum(hours[hour] for hour in (8, 9, 10, 11)) / len(moments) == pytest.approx(0.75, abs=0.02)


def test_another_seed_is_another_week_and_the_same_one_the_same() -> None:
    first, again, other = (
        list(takewhile(lambda at: at < MONDAY + WEEK, arrivals.moments(given(), ZONE, MONDAY, seed))) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
