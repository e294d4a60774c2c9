"""Where is it? A town's areas as a tree of polygons, asked for one point at a time. Pure; built once for each version of a folder.

Distances are metres on a plane that touches the earth in the middle of the town: over 50 km they are right to a few per mille."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely

from config import areas
from places import geojson, located
from places.located import Found, How, Near

MARGIN = 10.0
"""Metres by which the nearest area must be nearer than the next, if the point itself says nothing of its accuracy."""
_DEGREE = math.pi / 180 * 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area. `square` is what it covers, in square metres."""

    name: str
    unit: str
    kind: str
    square: float

    @property
    def ours(self) -> bool:
        return self.kind != located.NEIGHBOUR


class Ground:
    """The areas of one town, indexed. `nearest` and `accuracy` (metres) are as in areas.yaml."""

    def __init__(self, features: Sequence[tuple[str, geojson.Feature]], *, nearest: float, accuracy: float) -> None:
        """`features`: each with its kind."""
        corners = [point for _, feature in features for point in geojson.points(feature.polygons)]
        self._lon = sum(lon for lon, _ in corners) / len(corners) if corners else 0.0
        self._lat = sum(lat for _, lat in corners) / len(corners) if corners else 0.0
        self._x, self._y = _DEGREE * math.cos(math.radians(self._lat)), _DEGREE
        self.shapes = [self._shape(feature.polygons) for _, feature in features]
        self.areas = tuple(
            Area(name=feature.name, unit=feature.unit, kind=kind, square=float(shape.area))
            for (kind, feature), shape in zip(features, self.shapes, strict=True)
        )
        self.features = tuple(feature for _, feature in features)
        self.nearest, self.accuracy = float(nearest), float(accuracy)
        shapely.prepare(self.shapes)
        self._tree = shapely.STRtree(self.shapes)

    def locate(self, lon: float, lat: float, accuracy: float | None = None) -> Found:
        """Whose a point in WGS-84 is. What is on the edge of several belongs to ours before a neighbour's, to the smallest, to the
        first by name: always to the same."""
        if not self.areas:
            return Found(how=How.OUTSIDE, accuracy=accuracy)
        point = shapely.Point(self._plane(lon, lat))
        inside = sorted((int(i) for i in self._tree.query(point, predicate="intersects")), key=self._order)
        if inside:
            near = tuple(self._near(i, 0.0) for i in inside)
            if accuracy is not None and accuracy > self.accuracy:
                return Found(how=How.UNSURE, near=near, accuracy=accuracy)
            first = self.areas[inside[0]]
            return Found(how=How.INSIDE, unit=first.unit, area=first.name, kind=first.kind, near=near, accuracy=accuracy)
        return self._beside(point, accuracy)

    def _beside(self, point: shapely.Point, accuracy: float | None) -> Found:
        """A point that lies in no area."""
        reach = self.nearest if accuracy is None else max(self.nearest, accuracy)
        close = [int(i) for i in self._tree.query(point, predicate="dwithin", distance=reach)]
        if not close:
            return Found(how=How.OUTSIDE, accuracy=accuracy)
        far = {i: float(shapely.distance(point, self.shapes[i])) for i in close}
        least = min(far.values())
        weighed = [i for i in close if far[i] <= least + max(MARGIN, accuracy or 0.0)]
        weighed.sort(key=lambda i: (far[i] > least + 0.01, *self._order(i)))
        near = tuple(self._near(i, far[i]) for i in weighed)
        first = self.areas[weighed[0]]
        if (accuracy is not None and accuracy > self.accuracy) or self._rivals(weighed):
            return Found(how=How.UNSURE, near=near, accuracy=accuracy)
        if least > self.nearest:
            return Found(how=How.OUTSIDE, near=near, accuracy=accuracy)
        return Found(how=How.NEAREST, unit=first.unit, area=first.name, kind=first.kind, near=near, accuracy=accuracy)

    def _rivals(self, weighed: Sequence[int]) -> bool:
        """Whether two of them claim a point on the same footing: two of one kind, or one of ours and a neighbour's."""
        units: dict[str, set[str]] = {}
        for i in weighed:
            units.setdefault(self.areas[i].kind, set()).add(self.areas[i].unit)
        return any(len(each) > 1 for each in units.values()) or (located.NEIGHBOUR in units and len(units) > 1)

    def _order(self, i: int) -> tuple[bool, float, str, str]:
        area = self.areas[i]
        return not area.ours, round(area.square, 3), area.unit, area.name

    def _near(self, i: int, metres: float) -> Near:
        area = self.areas[i]
        return Near(name=area.name, unit=area.unit, kind=area.kind, metres=metres)

    def clearing(self, shape: shapely.Polygon | shapely.MultiPolygon) -> tuple[tuple[float, float], float]:
        """The middle (lon, lat) of the largest circle within a shape of the plane, and its radius in metres."""
        circle = shapely.maximum_inscribed_circle(shape, tolerance=5.0)
        x, y = circle.coords[0]
        return (self._lon + x / self._x, self._lat + y / self._y), float(circle.length)

    def _plane(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self._lon) * self._x, (lat - self._lat) * self._y

    def _shape(self, polygons: geojson.Polygons) -> shapely.MultiPolygon:
        return shapely.MultiPolygon(
            [
                shapely.Polygon(
                    [self._plane(*point) for point in rings[0]], [[self._plane(*point) for point in hole] for hole in rings[1:]]
                )
                for rings in polygons
            ]
        )


def of(said: areas.Areas, maps: Mapping[str, str]) -> Ground:
    """The ground of a folder that was checked: `maps` holds the text of each file under `areas/`, by its name as areas.yaml says it."""
    features = [(layer.kind, feature) for layer in said.areas for feature in geojson.read(maps.get(layer.file, ""), layer, layer.file)[0]]
    return Ground(features, nearest=said.nearest, accuracy=said.accuracy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An area as a map draws it: rings of (lon, lat), and where its name has most room, with that room's radius in metres."""

    name: str
    unit: str
    kind: str
    rings: tuple[geojson.Ring, ...]
    middle: tuple[float, float]
    room: float


def outlines(laid: Ground) -> tuple[Outline, ...]:
    """The areas, the largest first, so that what lies within another is drawn upon it and the name of the other beside it."""
    order = sorted(range(len(laid.areas)), key=lambda i: -laid.areas[i].square)
    found = []
    for place, i in enumerate(order):
        free = shapely.difference(laid.shapes[i], shapely.union_all([laid.shapes[j] for j in order[place + 1 :]]))
        drawn = free if isinstance(free, shapely.Polygon | shapely.MultiPolygon) and not free.is_empty else laid.shapes[i]
        middle, radius = laid.clearing(drawn)
        rings = tuple(ring for polygon in laid.features[i].polygons for ring in polygon)
        area = laid.areas[i]
        found.append(Outline(name=area.name, unit=area.unit, kind=area.kind, rings=rings, middle=middle, room=radius))
    return tuple(found)
