"""Where and whose, as the admin writes it: `areas.yaml` (which polygons belong to which unit) and `duties.yaml` (which unit for what, where).

The polygons themselves are GeoJSON files under `areas/`; `places` reads and checks them. All of this is live: no case pins it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from config.words import MAP_FILE, Count, Frozen, Line, Name, Names

Datum = Literal["wgs84", "gcj02", "bd09"]
"""WGS-84 is what satellites and GeoJSON say, GCJ-02 what Chinese maps show (WeChat, Amap, Tencent), BD-09 what Baidu shows."""
DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")
AREA = "area"
"""In a duty's `unit`: whose area it is."""
HOW = ("inside", "nearest", "unsure", "outside")
"""How a point was located: in an area; outside all but near one; to be confirmed; nobody's."""


def _table_or_property(value: object) -> str:
    return "(mapping)" if isinstance(value, dict) else "(scalar)"


class Layer(Frozen):
    """One file of polygons of one kind. `name`: the property that holds an area's name; `unit`: the property that holds its unit,
    or a table name → unit; without either the name itself is the unit. `datum` is what the file's coordinates are in."""

    file: Annotated[str, StringConstraints(pattern=MAP_FILE)]
    kind: Literal["community", "grid", "street", "estate", "neighbour"]
    name: Line = "name"
    unit: Annotated[Annotated[dict[Line, Name], Tag("(mapping)")] | Annotated[Line, Tag("(scalar)")], Discriminator(_table_or_property)] = (
        "unit"
    )
    datum: Datum = "wgs84"


class Areas(Frozen):
    """`nearest`: a point outside all areas belongs to the nearest if it is no further than so many metres.
    `accuracy`: a point that is known less exactly than so many metres has to be confirmed."""

    areas: tuple[Layer, ...] = Field(default=(), max_length=20)
    nearest: Count = Field(default=200, ge=0, le=5000)
    accuracy: Count = Field(default=100, ge=1, le=10000)


class Duty(Frozen):
    """One row: for these categories (all, if none is named) in these areas (everywhere, if none is named) this unit.

    An area means what is part of it too. `unit: area` is the unit in whose area it lies."""

    category: Names = ()
    area: Names = ()
    unit: Name


class Duties(Frozen):
    """Who does what where; the first row that fits counts."""

    duties: tuple[Duty, ...] = Field(default=(), max_length=2000)
