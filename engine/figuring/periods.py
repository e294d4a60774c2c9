"""Months and days of a town as spans of time: [since, until) in UTC microseconds, on the wall of its programme."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from engine import catalog, errors
from engine import now as times

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DECEMBER = 12
_USAGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span with the words that name it; None is without end."""

    since: int | None
    until: int | None
    words: str


class PeriodUnclear(errors.EngineError):
    """A period that cannot be meant."""

    code = "usage"
    exit = _USAGE


def month(words: str, zone: str) -> Period:
    """`2026-11` as the month of a zone. Raises PeriodUnclear."""
    found = _MONTH.fullmatch(words.strip())
    if found is None or not 1971 <= int(found[1]) < 2200:
        raise PeriodUnclear(f"{words!r} is no month; write it as 2026-11", f"{words!r} 不是月份；请写成 2026-11")
    year, number = int(found[1]), int(found[2])
    following = dt.date(year + number // _DECEMBER, number % _DECEMBER + 1, 1)
    return Period(since=midnight(dt.date(year, number, 1), zone), until=midnight(following, zone), words=words.strip())


def month_of(at: int, zone: str, *, back: int = 0) -> Period:
    """The month of a moment, or so many before it."""
    local = times.local(at, zone).date()
    months = local.year * _DECEMBER + local.month - 1 - back
    return month(f"{months // _DECEMBER:04d}-{months % _DECEMBER + 1:02d}", zone)


def day_of(at: int, zone: str, *, back: int = 0) -> Period:
    """The day of a moment, or so many before it."""
    day = times.local(at, zone).date() - dt.timedelta(days=back)
    return Period(since=midnight(day, zone), until=midnight(day + dt.timedelta(days=1), zone), words=day.isoformat())


def midnight(day: dt.date, zone: str) -> int:
    return times.micros(dt.datetime.combine(day, dt.time(), times.zone(zone)))


def zone_of(known: catalog.Catalog, programme: str) -> str:
    """The zone whose months are meant. Raises PeriodUnclear where programmes in force lie in several."""
    if programme:
        return known.of(programme).live.programme.time_zone
    zones = sorted({town.live.programme.time_zone for town in known.programmes.values()})
    if len(zones) > 1:
        said = ", ".join(zones)
        raise PeriodUnclear(
            f"programmes lie in several zones ({said}); say whose month is meant with --programme",
            f"各项目的时区不同（{said}）；请用 --programme 指明按哪个项目的月份",
        )
    return zones[0] if zones else "UTC"
