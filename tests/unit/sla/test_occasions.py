"""When a schedule comes, each row with the sentence a person would say."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config import programme, schedules
from sla import calendars, occasions, zones

OFFICE = {
    "title": {"zh": "工作时间", "en": "Office"},
    "week": {"mon-fri": ["08:30-12:00"]},
    "holidays": "CN",
    "days": {"2026-11-24": "closed"},
}
SHUT = {"title": {"zh": "从不", "en": "Never"}, "week": {"sat": ["08:30-12:00"]}, "days": {}}


def coming(since: str, count: int = 3, *, zone: str = "Asia/Shanghai", **said: Any) -> list[str]:
    """The next moments on the wall."""
    title = {"zh": "某", "en": "Some"}
    schedule = schedules.Schedule.model_validate({"title": title, "opens": "errand", "at": "10:30", **said})
    known = {"office": programme.Calendar.model_validate(OFFICE), "saturdays": programme.Calendar.model_validate(SHUT)}
    begin = zones.micros_of(datetime.fromisoformat(since).replace(tzinfo=ZoneInfo(zone)))
    found = islice(occasions.upcoming(schedule, calendars.Timelines(known, zone), begin), count)
    epoch = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
    return [(epoch + timedelta(microseconds=moment)).astimezone(ZoneInfo(zone)).isoformat()[:16] for moment in found]


@pytest.mark.parametrize(("said", "since", "expected"), [
    # every day at half past ten; what is now is not past yet
    ({}, "2026-11-20T10:30", ["2026-11-20T10:30", "2026-11-21T10:30", "2026-11-22T10:30"]),
    ({}, "2026-11-20T10:30:01", ["2026-11-21T10:30", "2026-11-22T10:30", "2026-11-23T10:30"]),
    # several times a day, in whatever order they are written
    ({"at": ["17:00", "00:00", "10:30"]}, "2026-11-20T11:00", ["2026-11-20T17:00", "2026-11-21T00:00", "2026-11-21T10:30"]),
    # on weekdays
    ({"days": "mon-wed"}, "2026-11-20T08:00", ["2026-11-23T10:30", "2026-11-24T10:30", "2026-11-25T10:30"]),
    # on the 1st and the 15th
    ({"monthly": [1, 15]}, "2026-11-20T08:00", ["2026-12-01T10:30", "2026-12-15T10:30", "2027-01-01T10:30"]),
    # the 31st of a shorter month is its last day, and the 30th and 31st of February are one day
    ({"monthly": [30, 31]}, "2027-02-01T08:00", ["2027-02-28T10:30", "2027-03-30T10:30", "2027-03-31T10:30"]),
    # on the dates of the office: neither a weekend nor what the town closed
    ({"calendar": "office"}, "2026-11-20T12:00", ["2026-11-23T10:30", "2026-11-25T10:30", "2026-11-26T10:30"]),
    # the Sunday before National Day is a make-up working day, and the week after is none
    ({"calendar": "office", "days": "sun"}, "2026-09-14T00:00", ["2026-09-20T10:30"]),
    # all that is said must hold: a weekday, a day of the month, an open date
    ({"calendar": "office", "days": "mon", "monthly": [23, 24, 30]}, "2026-11-20T08:00", ["2026-11-23T10:30", "2026-11-30T10:30", "2027-05-24T10:30"]),
    # and what never holds never comes
    ({"calendar": "saturdays", "days": "mon"}, "2026-11-20T08:00", []),
])  # fmt: skip
def test_moments(said: dict[str, Any], since: str, expected: list[str]) -> None:
    assert coming(since, max(1, len(expected)), **said) == expected


def test_in_the_hour_that_spring_leaves_out_it_comes_at_the_change() -> None:
    # 02:00 becomes 03:00 on 2026-03-29; two times within are one moment
    found = coming("2026-03-28T12:00", 3, zone="Europe/Berlin", at=["02:15", "02:45"])
    assert found == ["2026-03-29T03:00", "2026-03-30T02:15", "2026-03-30T02:45"]


def test_of_the_hour_that_autumn_has_twice_the_first_counts() -> None:
    # 03:00 becomes 02:00 on 2026-10-25
    found = coming("2026-10-24T12:00", 2, zone="Europe/Berlin", at="02:30")
    assert found == ["2026-10-25T02:30", "2026-10-26T02:30"]
