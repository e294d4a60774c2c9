"""Would every rung reach somebody? The gaps of the coming time in which a ladder's words name nobody with an address. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifications import localtime, recipients
from notifications.directory import Directory

_QUARTER = 15 * localtime.MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """[begin, end) in UTC microseconds in which nobody would hear; `unit` is the case's unit, None where it makes no difference."""

    begin: int
    end: int
    unit: str | None


def reach(
    directory: Directory, words: Sequence[str], units: Sequence[str | None], start: int, end: int, *, chase: bool = True
) -> tuple[Gap, ...]:
    """The gaps between `start` and `end`. `units` are those a case may have while the rung stands (None: it has none yet).

    Words that depend on the single case (reporter, tracker, facts) promise nobody and are not counted."""
    roles = [word for word in words if word in directory.scope]
    if any(_reaches(directory, w, None, chase) for w in roles if directory.scope[w] == "programme"):
        return ()
    by_unit = [word for word in roles if directory.scope[word] == "unit"]
    lacking = [unit for unit in units if not any(_reaches(directory, w, unit, chase) for w in by_unit)] if by_unit else [None]
    if not lacking:
        return ()
    dark = tuple(_dark(directory, [w for w in roles if directory.scope[w] == "desk"], start, end, chase))
    return tuple(Gap(begin=b, end=e, unit=unit) for unit in lacking for b, e in dark)


def _reaches(directory: Directory, word: str, place: str | int | None, chase: bool) -> bool:
    return bool(recipients.role(directory, word, place, chase=chase).people)


def _dark(directory: Directory, desks: Sequence[str], start: int, end: int, chase: bool) -> Iterator[tuple[int, int]]:
    """The spans in which no desk is manned, from one change of shift to the next."""
    manned = {
        desk: [_reaches(directory, desk, seat, chase) for seat in range(len(directory.rotas[desk].cuts))]
        for desk in desks
        if desk in directory.rotas
    }
    opened: int | None = None
    at = start
    while at < end:
        lit = any(seats[directory.seat(desk, at)] for desk, seats in manned.items())
        if lit and opened is not None:
            yield opened, at
            opened = None
        elif not lit and opened is None:
            opened = at
        at = _next_change(directory, tuple(manned), at)
    if opened is not None:
        yield opened, end


def _next_change(directory: Directory, desks: Sequence[str], at: int) -> int:
    """The next moment at which a seat may change; a day on which the clocks change is walked in quarter hours."""
    zone = directory.zone
    stop = (at // localtime.DAY + 1) * localtime.DAY if zone.steady(at) else (at // _QUARTER + 1) * _QUARTER
    minute = zone.minute_of_week(at)
    begin = at - at % localtime.MINUTE
    return min([stop, *(begin + directory.rotas[desk].until(minute) * localtime.MINUTE for desk in desks)])
