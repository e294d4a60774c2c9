"""The statutory list, held against the notice itself (2026, typed from it) and against a second library."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from sla import statutory

# 国务院办公厅关于2026年部分节假日安排的通知: off from … to …, and worked.
OFF_2026 = [
    ("01-01", "01-03"),
    ("02-15", "02-23"),
    ("04-04", "04-06"),
    ("05-01", "05-05"),
    ("06-19", "06-21"),
    ("09-25", "09-27"),
    ("10-01", "10-07"),
]
WORKED_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
# The second library lacks the make-up Saturday that came with the list of 2006.
KNOWN_GAP = {date(2005, 12, 31)}


def days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def test_2026_is_the_notice() -> None:
    found = statutory.arrangement(2026)
    assert found is not None
    off = {d for first, last in OFF_2026 for d in days(2026) if f"2026-{first}" <= str(d) <= f"2026-{last}"}
    assert set(found.off) == off
    assert {str(day)[5:] for day in found.makeup} == set(WORKED_2026)


@pytest.mark.parametrize("year", range(2006, 2027))
def test_a_second_library_agrees_on_every_date(year: int) -> None:
    found = statutory.arrangement(year)
    assert found is not None
    worked = {d for d in days(year) if d in found.makeup or (d.weekday() < 5 and d not in found.off)}
    assert worked == {d for d in days(year) if chinese_calendar.is_workday(d)} | (KNOWN_GAP & set(days(year)))


@pytest.mark.parametrize("year", [1990, 2027, 2028, 2100, 9000])
def test_a_year_that_is_not_published_has_no_list(year: int) -> None:
    assert statutory.arrangement(year) is None


def test_the_weekend_of_a_holiday_belongs_to_it() -> None:
    found = statutory.arrangement(2026)
    assert found is not None
    assert found.off[date(2026, 10, 4)] == "weekend of National Day"
    assert found.off[date(2026, 10, 1)] == "National Day"
    assert date(2026, 11, 21) not in found.off  # a weekend like any other
