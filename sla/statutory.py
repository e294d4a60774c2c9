"""China's statutory holidays with their make-up working days (调休), as the State Council has published them.

The list is the library's `holidays`; it is imported only when a calendar asks (it costs a tenth of a second). A year whose
arrangement is not published yet has no list here: the library would give lunar guesses without make-up days, and we do not guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version

_DAY = timedelta(days=1)
_EARLIEST, _LATEST = 2001, 2099  # the first list; what the library's lunar tables reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """One published year: the days off with their names, and the weekend days on which people work."""

    off: Mapping[date, str]
    makeup: frozenset[date]


def known() -> str:
    """What the lists are taken from: changes when other lists may be known."""
    return f"holidays {version('holidays')}"


@cache
def arrangement(year: int) -> Arrangement | None:
    """The published arrangement of a year, or None where there is none yet.

    The weekend that touches a holiday belongs to it, as in the official notices ("1 to 7 October"): it matters to
    offices that open at weekends. The neighbouring years' lists count too: a make-up day in December comes with January's."""
    if not _published(year):
        return None
    off: dict[date, str] = {}
    makeup: set[date] = set()
    for near in (year - 1, year, year + 1):
        if _published(near):
            days, worked = _listed(near)
            off |= days
            makeup |= worked
    for day, name in list(off.items()):
        for step in (-_DAY, _DAY):
            beside = day + step
            while beside.weekday() >= 5 and beside not in makeup and beside not in off:
                off[beside] = f"weekend of {name}"
                beside += step
    return Arrangement(
        off={day: name for day, name in sorted(off.items()) if day.year == year and day not in makeup},
        makeup=frozenset(day for day in makeup if day.year == year),
    )


@cache
def latest() -> int:
    """The last year of which an arrangement is known."""
    year = _EARLIEST
    while _published(year + 1):
        year += 1
    return year


def _published(year: int) -> bool:
    return _EARLIEST <= year <= _LATEST and any(day.year == year for day in _listed(year)[1])


@cache
def _listed(year: int) -> tuple[dict[date, str], frozenset[date]]:
    import holidays

    found = holidays.country_holidays("CN", years=year, language="en_US")
    return dict(found.items()), frozenset(found.weekend_workdays)
