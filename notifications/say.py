"""Times and durations as people say them in Chinese and English: the filters of the templates, and nothing that needs Jinja."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config import words as durations

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = {"zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_SIZES = ((86_400, "天", "day"), (3_600, "小时", "hour"), (60, "分钟", "minute"), (1, "秒", "second"))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(at: int, zone: str) -> datetime:
    """A moment in UTC microseconds as the clock on the wall shows it in the zone."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(_zone(zone))


def moment(at: int | None, language: str, zone: str, now: int) -> str:
    """`11月20日（周五）08:31`, `Fri 20 Nov, 08:31`; the year is said if it is not this one. Nothing for None."""
    if at is None:
        return ""
    then, today = local(at, zone), local(now, zone)
    weekday = WEEKDAYS[language][then.weekday()]
    if language == "zh":
        year = f"{then.year}年" if then.year != today.year else ""
        return f"{year}{then.month}月{then.day}日（{weekday}）{then:%H:%M}"
    year = f" {then.year}" if then.year != today.year else ""
    return f"{weekday} {then.day} {_MONTHS[then.month - 1][:3]}{year}, {then:%H:%M}"


def clock_time(at: int | None, zone: str) -> str:
    """`08:31`."""
    return "" if at is None else f"{local(at, zone):%H:%M}"


def day(given: int | str | None, language: str, zone: str) -> str:
    """`2026年11月20日`, `20 November 2026`, of a moment or of a fact's `2026-11-20`; other words are left as they are."""
    if given is None or given == "":
        return ""
    try:
        on = date.fromisoformat(given) if isinstance(given, str) else local(given, zone).date()
    except ValueError:
        return str(given)
    return f"{on.year}年{on.month}月{on.day}日" if language == "zh" else f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def duration(micros: int | None, language: str) -> str:
    """`1 小时 12 分钟`, `1 hour 12 minutes`: the two largest units, rounded down; seconds only below a minute."""
    if micros is None:
        return ""
    seconds = abs(micros) // 1_000_000
    if seconds < 60:
        return _counted(seconds, 3, language)
    parts: list[tuple[int, int]] = []
    for place, (size, _, _) in enumerate(_SIZES[:3]):
        number, seconds = divmod(seconds, size)
        if number or parts:
            parts.append((number, place))
    return " ".join(_counted(number, place, language) for number, place in parts[:2] if number)


def exactly(micros: int, language: str) -> str:
    """`24 hours 40 minutes`, `3 天 5 小时`: nothing rounded off but seconds; days from the second on."""
    minutes = micros // 60_000_000
    days, minutes = divmod(minutes, 1440) if minutes >= 2880 else (0, minutes)
    numbers = (days, minutes // 60, minutes % 60)
    return " ".join(_counted(number, place, language) for place, number in enumerate(numbers) if number) or duration(micros, language)


def _counted(number: int, place: int, language: str) -> str:
    _, zh, en = _SIZES[place]
    return f"{number} {zh}" if language == "zh" else f"{number} {en}{'' if number == 1 else 's'}"


def words(target: str | None, language: str) -> str:
    """A duration of the definitions (`4 working hours`) in the reader's language: `4 个工作小时`; nothing for None."""
    return durations.in_chinese(target) if target and language == "zh" else target or ""


def short(text: object, most: int = 200) -> str:
    """At most that many characters, the last of them `…` if there was more."""
    said = str(text)
    return said if len(said) <= most else said[: max(most - 1, 0)].rstrip() + "…"
