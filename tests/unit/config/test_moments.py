from __future__ import annotations

import pytest

from config import moments

ZONE = "Asia/Shanghai"


def at(words: str) -> int:
    said = moments.parse(words)
    assert said is not None
    return moments.instant(said, ZONE, after=0, since=0)


@pytest.mark.parametrize(("said", "after", "expected"), [
    # the next such minute
    ("at 23:58", "2026-02-16 23:50", "2026-02-16 23:58"),
    # which may be tomorrow's
    ("at 00:20", "2026-02-16 23:50", "2026-02-17 00:20"),
    ("at 23:40", "2026-02-16 23:50", "2026-02-17 23:40"),
    # the very moment counts
    ("at 23:50", "2026-02-16 23:50", "2026-02-16 23:50"),
    # 24:00 is the end of the day, and the beginning of the next
    ("at 24:00", "2026-02-16 23:50", "2026-02-17 00:00"),
    ("24:00", "2026-02-17 00:00", "2026-02-17 00:00"),
    ("at 24:10", "2026-02-16 23:50", "2026-02-17 00:10"),
    ("at 24:00", "2026-02-17 00:01", "2026-02-18 00:00"),
    ("at 2026-02-16 24:00", "2026-01-01 00:00", "2026-02-17 00:00"),
    ("on 2026-02-17 at 08:00", "2026-01-01 00:00", "2026-02-17 08:00"),
    ("10 minutes later", "2026-02-16 23:55", "2026-02-17 00:05"),
    ("10 分钟后", "2026-02-16 23:55", "2026-02-17 00:05"),
    ("2 days later", "2026-02-16 23:55", "2026-02-18 23:55"),
    ("3 天后", "2026-02-16 23:55", "2026-02-19 23:55"),
    ("the next day at 08:00", "2026-02-16 00:30", "2026-02-17 08:00"),
    ("次日 08:00", "2026-02-16 00:30", "2026-02-17 08:00"),
    ("09:10:01", "2026-02-16 09:10", "2026-02-16 09:10:01"),
])  # fmt: skip
def test_a_moment_is_when_people_would_say_it_is(said: str, after: str, expected: str) -> None:
    found = moments.parse(said)
    assert found is not None
    assert moments.written(moments.instant(found, ZONE, after=at(after), since=at(after)), ZONE) == expected


@pytest.mark.parametrize(
    "said", ["at 25:00", "at 23:60", "at 2026-02-30 08:00", "at noon", "at 1899-01-01 08:00", "at 3000-01-01 08:00", "later"]
)
def test_what_is_no_moment(said: str) -> None:
    assert moments.parse(said) is None


def test_a_day_later_keeps_the_time_of_day_when_the_clocks_change() -> None:
    """The last Sunday of March: the wall clock's day has 23 hours."""
    start = moments.parse("at 2026-03-28 12:00")
    later = moments.parse("1 day later")
    assert start is not None
    assert later is not None
    begun = moments.instant(start, "Europe/Berlin", after=0, since=0)
    assert moments.written(moments.instant(later, "Europe/Berlin", after=begun, since=begun), "Europe/Berlin") == "2026-03-29 12:00"
