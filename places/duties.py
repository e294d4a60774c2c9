"""Whose is it? The duties table: category × area → unit, the first row that fits. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config import areas


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The row that fits (counted from 1) and the unit it names."""

    row: int
    unit: str


def match(
    duties: Sequence[areas.Duty], above: Mapping[str, str | None], *, category: str | None, area: str | None, ours: bool = True
) -> Match | None:
    """The first row for a category in an area (either None: not known). `above`: each unit's `part_of`; `ours`: no neighbour's area."""
    within = frozenset(upwards(above, area)) if area is not None else frozenset()
    for number, duty in enumerate(duties, start=1):
        if duty.category and category not in duty.category:
            continue
        if duty.area and within.isdisjoint(duty.area):
            continue
        if duty.unit != areas.AREA:
            return Match(row=number, unit=duty.unit)
        if area is not None and ours:
            return Match(row=number, unit=area)
    return None


def upwards(above: Mapping[str, str | None], unit: str) -> Iterator[str]:
    """A unit, what it is part of, and so on; a circle ends where it began."""
    seen: set[str] = set()
    here: str | None = unit
    while here is not None and here not in seen:
        seen.add(here)
        yield here
        here = above.get(here)
