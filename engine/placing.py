"""Where a case is, as the row that its neighbours are searched by. Derived from the facts and written with them; `verify` derives it again.

The search asks for the cells around a point: squares of a thousandth of a degree, about 111 metres from south to north."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from config import workflow
from places import datums
from storage import database, suggesting

if TYPE_CHECKING:
    from engine import draft

OPEN = 2**62
"""Until when an open case is open."""
CELL = 1000
"""Millionths of a degree from one side of a cell to the other."""
_ROUND = 360_000_000 // CELL
_METRES = math.radians(1e-6) * 6_371_008.8
"""Of a millionth of a degree on a meridian."""


class Noted(NamedTuple):
    """What of a workflow's facts says where a case is, what it is and what was written: by their types, the first of each that is not personal.

    `text` is the first text that must be given, else the first of all; `texts` are all, the personal ones too: who may read them is asked later."""

    point: str | None
    category: str | None
    text: str | None
    texts: tuple[str, ...]


def noted(flow: workflow.Workflow) -> Noted:
    """Read it off the definition."""
    of: dict[workflow.FactType, list[str]] = {}
    for name, fact in flow.facts.items():
        if not fact.personal:
            of.setdefault(fact.type, []).append(name)
    texts = of.get(workflow.FactType.TEXT, [])
    required = next((name for name in texts if flow.facts[name].required), None)
    return Noted(
        point=next(iter(of.get(workflow.FactType.POINT, ())), None),
        category=next(iter(of.get(workflow.FactType.CATEGORY, ())), None),
        text=required or next(iter(texts), None),
        texts=tuple(name for name, fact in flow.facts.items() if fact.type is workflow.FactType.TEXT),
    )


class Place(NamedTuple):
    """WGS-84 in millionths of a degree."""

    lon: int
    lat: int

    @property
    def cell(self) -> int:
        return (self.lat + 90_000_000) // CELL * _ROUND + (self.lon + 180_000_000) // CELL % _ROUND


def place(value: object) -> Place | None:
    """A point as facts keep it, whatever its datum; None for what is none (not given, hidden, erased)."""
    if not isinstance(value, Mapping) or "lon" not in value or "lat" not in value:
        return None
    lon, lat = datums.to_wgs84(float(value["lon"]), float(value["lat"]), value.get("datum", "wgs84"))
    return Place(round(lon * 1_000_000), round(lat * 1_000_000))


def metres(one: Place, other: Place) -> float:
    return datums.metres((one.lon / 1e6, one.lat / 1e6), (other.lon / 1e6, other.lat / 1e6))


class Box(NamedTuple):
    """What encloses a circle: from and to which longitude and latitude, and the cells it touches. Where it crosses 180°, all longitudes."""

    west: int
    east: int
    south: int
    north: int
    cells: list[int]


def around(centre: Place, radius: int) -> Box:
    """Within which everything lies that is at most `radius` metres away; of a kilometre a few hundred cells."""
    up = math.ceil(radius / _METRES)
    south, north = max(centre.lat - up, -90_000_000), min(centre.lat + up, 90_000_000)
    narrowest = max(math.cos(math.radians(max(abs(south), abs(north)) / 1e6)), 0.01)
    aside = min(math.ceil(up / narrowest), 180_000_000)
    west, east = centre.lon - aside, centre.lon + aside
    rows = range((south + 90_000_000) // CELL, (north + 90_000_000) // CELL + 1)
    columns = range((west + 180_000_000) // CELL, (east + 180_000_000) // CELL + 1)
    cells = [row * _ROUND + column % _ROUND for row in rows for column in columns]
    if west < -180_000_000 or east > 180_000_000:
        west, east = -180_000_000, 180_000_000
    return Box(west, east, south, north, cells)


Row = tuple[Any, ...]


def row(case: draft.Draft) -> Row | None:
    """The row of storage.suggesting.PLACE that a case is to have; None if it says no place."""
    of = case.compiled.noted
    where = place(case.facts.get(of.point)) if of.point is not None else None
    if where is None:
        return None
    kind = case.facts.get(of.category) if of.category is not None else None
    return (case.id, case.compiled.programme, case.compiled.workflow.workflow, where.cell, where.lon, where.lat,
            kind if isinstance(kind, str) else None, case.opened_at, OPEN if case.closed_at is None else case.closed_at)  # fmt: skip


def write(tx: database.Transaction, new: Iterable[draft.Draft], old: Iterable[draft.Draft]) -> None:
    """Bring the rows of changed cases up to date, before the cases themselves are written."""
    kept = [found for case in new if case.compiled.noted.point is not None and (found := row(case)) is not None]
    gone: list[tuple[int]] = []
    for case in old:
        if not _touched(case):
            continue
        found = row(case)
        if found is None:
            gone.append((case.id,))
        else:
            kept.append(found)
    tx.many(suggesting.DELETE_PLACES, gone)
    tx.many(suggesting.PUT_PLACES, kept)


_FACTS, _CLOSED = 2, 5
"""Where `draft.Draft.stored` has them."""


def _touched(case: draft.Draft) -> bool:
    """Whether the row may be another than the stored one; always asked anew of a case that was moved to another definition."""
    of = case.compiled.noted
    if case.earlier:
        return True
    if of.point is None:
        return False
    if case.closed_at != case.stored[_CLOSED]:
        return True
    if case.facts_text is not None:
        return False
    before = orjson.loads(case.stored[_FACTS])
    return any(name is not None and before.get(name) != case.facts.get(name) for name in (of.point, of.category))


def astray(case: draft.Draft, stored: Row | None) -> Iterator[tuple[str, str]]:
    """What of a stored row is not as the case's facts say: (code, detail)."""
    derived = row(case)
    if derived is None and stored is not None:
        yield "place-extra", "the search for what was reported twice has a place for it, its facts have none"
    elif derived is not None and stored is None:
        yield "place-missing", "its facts say where it is, the search for what was reported twice does not know"
    elif derived is not None and stored is not None and derived != tuple(stored):
        differing = [name for name, a, b in zip(suggesting.PLACE, stored, derived, strict=True) if a != b]
        yield "place-changed", f"not as its facts say: {', '.join(differing)}"
