from __future__ import annotations

import pytest

from notifications import say
from tests.unit.notifications import town

NOW = town.at("2026-11-20T08:32")
MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("micros", "zh", "en"),
    [
        (0, "0 秒", "0 seconds"),
        (45_999_999, "45 秒", "45 seconds"),
        (MINUTE, "1 分钟", "1 minute"),
        (12 * MINUTE + 59_000_000, "12 分钟", "12 minutes"),
        (72 * MINUTE, "1 小时 12 分钟", "1 hour 12 minutes"),
        (120 * MINUTE, "2 小时", "2 hours"),
        (1445 * MINUTE, "1 天", "1 day"),
        (3000 * MINUTE, "2 天 2 小时", "2 days 2 hours"),
        (-12 * MINUTE, "12 分钟", "12 minutes"),
        (None, "", ""),
    ],
)
def test_durations_as_people_say_them(micros: int | None, zh: str, en: str) -> None:
    assert (say.duration(micros, "zh"), say.duration(micros, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        ("2026-11-20T08:31", "11月20日（周五）08:31", "Fri 20 Nov, 08:31"),
        ("2027-01-02T23:05", "2027年1月2日（周六）23:05", "Sat 2 Jan 2027, 23:05"),
    ],
)
def test_moments_in_the_programmes_zone_with_the_year_when_it_is_another(when: str, zh: str, en: str) -> None:
    said = [say.moment(town.at(when), language, "Asia/Shanghai", NOW) for language in ("zh", "en")]
    assert said == [zh, en]


def test_dates_of_facts_and_of_moments() -> None:
    assert say.day("2026-11-27", "zh", "UTC") == "2026年11月27日"
    assert say.day("2026-11-27", "en", "UTC") == "27 November 2026"
    assert say.day(town.at("2026-11-27T00:30"), "en", "Asia/Shanghai") == "27 November 2026"
    assert say.day("next week", "en", "UTC") == "next week"
    assert say.day("", "zh", "UTC") == say.day(None, "zh", "UTC") == ""


@pytest.mark.parametrize(
    ("target", "zh"),
    [
        ("10 minutes", "10 分钟"),
        ("1 hour", "1 小时"),
        ("4 working hours", "4 个工作小时"),
        ("8 working days", "8 个工作日"),
        ("2 weeks", "2 周"),
        ("until 17:00", "until 17:00"),
        ("", ""),
    ],
)
def test_targets_of_the_definitions_in_chinese(target: str, zh: str) -> None:
    assert say.words(target, "zh") == zh
    assert say.words(target, "en") == target


def test_long_texts_are_cut_where_it_shows() -> None:
    assert say.short("灯" * 300, 5) == "灯灯灯灯…"
    assert say.short("灯", 5) == "灯"


@pytest.mark.parametrize(
    ("micros", "en", "zh"),
    [
        (90 * 60_000_000, "1 hour 30 minutes", "1 小时 30 分钟"),
        (24 * 3600_000_000, "24 hours", "24 小时"),
        (50 * 3600_000_000 + 60_000_000, "2 days 2 hours 1 minute", "2 天 2 小时 1 分钟"),
        (5_000_000, "5 seconds", "5 秒"),
    ],
)
def test_a_time_is_said_exactly(micros: int, en: str, zh: str) -> None:
    assert (say.exactly(micros, "en"), say.exactly(micros, "zh")) == (en, zh)
