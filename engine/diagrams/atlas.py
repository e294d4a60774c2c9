"""A town on a small map: its areas with their names, and where its open cases lie, as SVG. Pure but for reading the cases.

North is up; a degree of longitude is drawn as much shorter than one of latitude as it is there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.words import Text
from engine import catalog, errors, routing, views
from engine.diagrams import drawing

EDGE, WIDE, TALLEST = 28.0, 900.0, 680.0
MOST_NUMBERS = 40
"""Cases beyond so many are dots without their numbers."""
_DEGREE = 111_195.0
"""Metres of a degree of latitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One area: rings of (lon, lat), its unit's title, where its name has room, and that room's radius in metres."""

    name: str
    unit: str
    kind: str
    title: Text
    rings: tuple[tuple[tuple[float, float], ...], ...]
    middle: tuple[float, float]
    room: float
    cases: int = 0

    def body(self) -> dict[str, Any]:
        return {"area": self.name, "unit": self.unit, "kind": self.kind, "title": self.title.body(), "cases": self.cases}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """An open case and where it is, in WGS-84."""

    number: str
    lon: float
    lat: float
    urgent: bool
    overdue: bool
    area: str | None

    def body(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "lon": self.lon,
            "lat": self.lat,
            "urgent": self.urgent,
            "overdue": self.overdue,
            "area": self.area,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """What is drawn. `placeless` counts open cases whose place is not known or hidden."""

    programme: str
    title: Text
    places: tuple[Place, ...]
    pins: tuple[Pin, ...] = ()
    placeless: int = 0

    def body(self) -> dict[str, Any]:
        return {
            "programme": self.programme,
            "title": self.title.body(),
            "areas": [place.body() for place in self.places],
            "cases": [pin.body() for pin in self.pins],
            "placeless": self.placeless,
        }


def atlas(known: catalog.Catalog, town: catalog.InForce, cases: Iterable[views.CaseView] = ()) -> Atlas:
    """A programme's areas, and cases as somebody may see them; a map hangs on a wall, so personal places are never on it.

    Raises RequestInvalid for a town without areas."""
    from places import ground

    whereabouts, units, name = routing.of(town), town.live.units.units, town.live.programme.programme
    if not whereabouts.said.areas:
        raise errors.RequestInvalid(
            f"{name} has no areas.yaml, so there is nothing to draw; see docs/where-and-whose.md",
            f"{name} 没有 areas.yaml，无图可画；见 docs/where-and-whose.md",
        )
    pins, placeless = _pins(known, town, cases)
    counted: dict[str | None, int] = {}
    for pin in pins:
        counted[pin.area] = counted.get(pin.area, 0) + 1
    places = tuple(
        Place(
            name=each.name,
            unit=each.unit,
            kind=each.kind,
            title=units[each.unit].title,
            rings=each.rings,
            middle=each.middle,
            room=each.room,
            cases=counted.get(each.name, 0),
        )
        for each in ground.outlines(whereabouts.ground())
    )
    return Atlas(programme=name, title=town.live.programme.title, places=places, pins=tuple(pins), placeless=placeless)


def _pins(known: catalog.Catalog, town: catalog.InForce, cases: Iterable[views.CaseView]) -> tuple[list[Pin], int]:
    pins, placeless = list[Pin](), 0
    personal: dict[str, frozenset[str]] = {}
    for case in cases:
        if case.definition not in personal:
            personal |= {compiled.hash: compiled.personal for compiled in known.known.values()}
        public = (value for name, value in case.facts.items() if name not in personal.get(case.definition, ()))
        point = next((value for value in public if isinstance(value, Mapping) and "lon" in value and "lat" in value), None)
        if point is None:
            placeless += 1
            continue
        found = routing.locate(town, point)
        pins.append(Pin(number=case.number, lon=point["lon"], lat=point["lat"], urgent=case.urgent, overdue=case.overdue, area=found.area))
    return pins, placeless


class _Paper:
    """Places on earth → pixels. Cases far outside are left out of what decides the scale."""

    def __init__(self, places: Sequence[Place]) -> None:
        corners = [point for place in places for ring in place.rings for point in ring]
        west, east = min(lon for lon, _ in corners), max(lon for lon, _ in corners)
        south, north = min(lat for _, lat in corners), max(lat for _, lat in corners)
        self.west, self.north = west, north
        self.shrink = math.cos(math.radians((south + north) / 2))
        self.scale = min((WIDE - 2 * EDGE) / max((east - west) * self.shrink, 1e-9), TALLEST / max(north - south, 1e-9))
        self.right = EDGE + (east - west) * self.shrink * self.scale
        self.high = (north - south) * self.scale
        self.top = EDGE + 52
        self.box = (west, south, east, north)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return EDGE + (lon - self.west) * self.shrink * self.scale, self.top + (self.north - lat) * self.scale

    @property
    def metre(self) -> float:
        """Pixels of a metre."""
        return self.scale / _DEGREE

    def holds(self, pin: Pin) -> bool:
        west, south, east, north = self.box
        return west <= pin.lon <= east and south <= pin.lat <= north


def svg(drawn: Atlas, language: str) -> str:
    """The whole map, in `zh` or `en`."""
    sheet, paper = drawing.Sheet(language), _Paper(drawn.places)
    sheet.write(EDGE, EDGE + 20, drawing.cut(sheet.say(drawn.title), drawing.SIZES["h1"], WIDE / 2), "h1")
    outside, late = sum(not paper.holds(pin) for pin in drawn.pins), sum(pin.overdue and paper.holds(pin) for pin in drawn.pins)
    sheet.write(EDGE, EDGE + 40, _summary(sheet, drawn, outside, late), "small")
    colours = _colours(drawn.places)
    for place in drawn.places:
        _area(sheet, paper, place, colours.get(place.unit))
    taken = [_name(sheet, paper, place) for place in drawn.places]
    _dots(sheet, paper, [pin for pin in drawn.pins if paper.holds(pin)], taken)
    bottom = _scale(sheet, paper, paper.top + paper.high + 26)
    said = sheet.say(drawn.title) + sheet.says(" · map", " · 地图")
    names = sheet.says(", ", "、").join(sheet.say(place.title) for place in drawn.places)
    return sheet.svg(max(paper.right + EDGE, 560.0), bottom + EDGE, said, sheet.says(f"Areas: {names}.", f"区域：{names}。"))


def _summary(sheet: drawing.Sheet, drawn: Atlas, outside: int, late: int) -> str:
    parts = [
        sheet.says(
            f"{len(drawn.pins) - outside} open cases on the map, {late} overdue",
            f"图上未结案件 {len(drawn.pins) - outside} 件，超期 {late} 件",
        )
        if drawn.pins
        else sheet.says("no open case has a place", "没有带位置的未结案件")
    ]
    if outside:
        parts.append(sheet.says(f"{outside} beyond its edge", f"图外 {outside} 件"))
    if drawn.placeless:
        parts.append(sheet.says(f"{drawn.placeless} without a place", f"无位置 {drawn.placeless} 件"))
    return " · ".join(parts)


def _colours(places: Sequence[Place]) -> dict[str, str]:
    """A colour for each unit of ours; neighbours stay grey."""
    units = dict.fromkeys(place.unit for place in sorted(places, key=lambda p: p.unit) if place.kind != "neighbour")
    return {unit: drawing.COLOURS[number % len(drawing.COLOURS)] for number, unit in enumerate(units)}


def _area(sheet: drawing.Sheet, paper: _Paper, place: Place, colour: str | None) -> None:
    line = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (paper.at(*point) for point in ring)) + "z" for ring in place.rings)
    sheet.draw(
        "path",
        d=line,
        fill=colour or "#64748b",
        fill_opacity="0.16" if colour else "0.10",
        fill_rule="evenodd",
        stroke=colour or "#64748b",
        stroke_width="1.6",
        stroke_dasharray=None if colour else "5 4",
    )


Box = tuple[float, float, float, float]


def _name(sheet: drawing.Sheet, paper: _Paper, place: Place) -> Box:
    """The area's name where it has room, folded to fit; returns the box that it takes."""
    x, y = paper.at(*place.middle)
    room = max(2 * place.room * paper.metre, 70.0)
    lines = drawing.folded(sheet.say(place.title), drawing.SIZES["label"], room)[:3]
    if place.cases:
        lines.append(sheet.says(f"{place.cases} open", f"{place.cases} 件未结"))
    wide = max(drawing.width(line, drawing.SIZES["label"]) for line in lines)
    high = drawing.leading("label") * len(lines)
    sheet.draw("rect", x=x - wide / 2 - 4, y=y - high / 2 - 3, width=wide + 8, height=high + 6, rx=4, class_="veil")
    kinds = ["label"] * (len(lines) - bool(place.cases)) + ["small"] * bool(place.cases)
    sheet.paragraph(x, y - high / 2, list(zip(kinds, lines, strict=True)), "middle")
    return (x - wide / 2 - 4, y - high / 2 - 3, x + wide / 2 + 4, y + high / 2 + 3)


def _dots(sheet: drawing.Sheet, paper: _Paper, pins: Sequence[Pin], taken: Sequence[Box]) -> None:
    """A dot for each case, what is urgent or late on top; its number where nothing else stands."""
    for pin in sorted(pins, key=lambda p: (p.overdue, p.urgent)):
        x, y = paper.at(pin.lon, pin.lat)
        sheet.draw(
            "circle",
            cx=x,
            cy=y,
            r=6.0 if pin.urgent else 4.5,
            class_="late" if pin.overdue else "onhead",
            stroke="#ffffff",
            stroke_width="1.2",
        )
    if len(pins) > MOST_NUMBERS:
        return
    boxes = [*taken, *((x - 6, y - 6, x + 6, y + 6) for x, y in (paper.at(pin.lon, pin.lat) for pin in pins))]
    for pin in sorted(pins, key=lambda p: (not p.overdue, not p.urgent, p.number)):
        x, y = paper.at(pin.lon, pin.lat)
        wide = drawing.width(pin.number, drawing.SIZES["small"])
        for left, anchor in ((x + 9, "start"), (x - 9 - wide, "end")):
            box = (left, y - 7, left + wide, y + 6)
            if left >= EDGE and box[2] <= paper.right + EDGE and not any(_meet(box, other) for other in boxes):
                sheet.write(x + 9 if anchor == "start" else x - 9, y + 4, pin.number, "small", anchor)
                boxes.append(box)
                break


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _scale(sheet: drawing.Sheet, paper: _Paper, y: float) -> float:
    """A bar of a round length, which way north is, and what the dots mean; returns where they end."""
    length = next(each for each in (10_000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10) if each * paper.metre <= 180 or each == 10)
    wide = length * paper.metre
    sheet.draw("path", d=f"M{EDGE:.1f} {y - 5:.1f}v5h{wide:.1f}v-5", class_="on arrow")
    said = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    sheet.write(EDGE + wide + 8, y, said, "small")
    x = EDGE + wide + 70
    sheet.write(x, y, sheet.says("north is up", "上北"), "small")
    x += 90
    for kind, size, en, zh in (("onhead", 4.5, "open", "未结"), ("onhead", 6.0, "urgent", "紧急"), ("late", 4.5, "overdue", "超期")):
        sheet.draw("circle", cx=x, cy=y - 4, r=size, class_=kind)
        sheet.write(x + 10, y, sheet.says(en, zh), "small")
        x += 74
    sheet.write(x, y, sheet.says("dashed: a neighbour's", "虚线：相邻辖区"), "small")
    return y
