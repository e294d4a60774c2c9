"""Are a folder's areas sound? Every polygon by itself, each against the others of its kind, and the units they name; problems at their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import shapely
import shapely.validation

from config import areas, problems
from config.problems import Problem, Said, Saying
from places import geojson, ground, located

SLIVER = 0.001
"""A share of the smaller area: two that overlap by less were drawn by different hands along the same street."""
_WIDEST = 300_000.0
"""Metres; a town is smaller."""

CROSSES = Saying(
    "area-crosses-itself",
    "area `{name}` crosses itself near {where}",
    "draw its edge once around, without a loop",
    "区域 `{name}` 的边界在 {where} 附近自相交叉",
    "请沿边界画一圈，不要交叉",
)
HOLE = Saying(
    "area-hole",
    "area `{name}`: a hole lies outside it, or in another hole, near {where}",
    "the first ring is the outer one; the others lie within it",
    "区域 `{name}` 在 {where} 附近的洞不在其内，或在另一个洞内",
    "第一个环是外边界，其余的环在其内",
)
UNSOUND = Saying(
    "area-unsound",
    "area `{name}` is no sound polygon: {what}",
    "draw it anew",
    "区域 `{name}` 不是有效的多边形：{what}",
    "请重新绘制",
)
OVERLAP = Saying(
    "areas-overlap",
    "areas `{name}` and `{other}` overlap by {share} % of the smaller one",
    "a point there goes to the smaller; move the edge if that is not meant",
    "区域 `{name}` 与 `{other}` 重叠，占较小者的 {share} %",
    "落在重叠处的点归较小的区域；若非本意，请调整边界",
    severity="warning",
)
NO_UNIT = Saying(
    "area-unit",
    "area `{name}` belongs to `{unit}`, which is no unit",
    "{near}",
    "区域 `{name}` 属于 `{unit}`，但没有这个单位",
    "{near}",
)
NOT_NEIGHBOUR = Saying(
    "area-neighbour",
    "area `{name}` is of kind {kind}, but its unit `{unit}` is of kind {given}",
    "a neighbour's area has a unit of `kind: neighbour`, and only that",
    "区域 `{name}` 的类型是 {kind}，而单位 `{unit}` 的类型是 {given}",
    "邻街的区域对应 `kind: neighbour` 的单位，反之亦然",
)
FAR = Saying(
    "areas-far-apart",
    "area `{name}` lies {far} km from the middle of the others",
    "look at its coordinates and at their datum",
    "区域 `{name}` 距其他区域的中心 {far} 公里",
    "请检查坐标和坐标系",
    severity="warning",
)
_UNITS = Said("units", "单位")


def check(folder: Path, said: areas.Areas, maps: Mapping[str, str], units: Mapping[str, str] | None) -> tuple[Problem, ...]:
    """`maps`: the text of each file by its name; `units`: each unit's kind, None where they could not be read."""
    found: list[Problem] = []
    sound: list[tuple[str, str, geojson.Feature]] = []
    for layer in said.areas:
        if layer.file not in maps:
            continue  # `config.check_areas` says so
        file = str(folder / layer.file)
        features, misread = geojson.read(maps[layer.file], layer, file)
        found += misread
        for feature in features:
            against = [*_shape(feature, file), *(_unit(feature, layer.kind, file, units) if units is not None else ())]
            found += against
            if not problems.errors(against):
                sound.append((file, layer.kind, feature))
    if sound:
        found += _together(sound)
    return tuple(found)


def _shape(feature: geojson.Feature, file: str) -> Iterator[Problem]:
    for rings in feature.polygons:
        yield from _polygon(feature, shapely.Polygon(rings[0], rings[1:]), file)
    whole = shapely.MultiPolygon([(rings[0], list(rings[1:])) for rings in feature.polygons])
    if len(feature.polygons) > 1 and not whole.is_valid and all(each.is_valid for each in whole.geoms):
        yield CROSSES.at(file, feature.place, (feature.name,), name=feature.name, where=_where(shapely.validation.explain_validity(whole)))


def _polygon(feature: geojson.Feature, shape: shapely.Polygon, file: str) -> Iterator[Problem]:
    if shape.is_valid:
        return
    why = shapely.validation.explain_validity(shape)
    path = (feature.name,)
    if "elf-intersection" in why:
        yield CROSSES.at(file, feature.place, path, name=feature.name, where=_where(why))
    elif "ole" in why or "ested" in why:
        yield HOLE.at(file, feature.place, path, name=feature.name, where=_where(why))
    else:
        yield UNSOUND.at(file, feature.place, path, name=feature.name, what=problems.shown(why, 80))


def _where(why: str) -> str:
    """`Self-intersection[111.19 37.34]` → `[111.19, 37.34]`."""
    inside = why.partition("[")[2].rstrip("]").split()
    return geojson.written((float(inside[0]), float(inside[1]))) if len(inside) == 2 else why


def _unit(feature: geojson.Feature, kind: str, file: str, units: Mapping[str, str]) -> Iterator[Problem]:
    name, unit = feature.name, feature.unit
    if unit not in units:
        yield NO_UNIT.at(file, feature.place, (name,), name=name, unit=problems.shown(unit), near=problems.near(unit, units, _UNITS))
    elif (units[unit] == located.NEIGHBOUR) != (kind == located.NEIGHBOUR):
        yield NOT_NEIGHBOUR.at(file, feature.place, (name,), name=name, kind=kind, unit=unit, given=units[unit])


def _together(sound: Sequence[tuple[str, str, geojson.Feature]]) -> Iterator[Problem]:
    """What shows only among all of them, on the plane of the town."""
    laid = ground.Ground([(kind, feature) for _, kind, feature in sound], nearest=0, accuracy=1)
    for (file, _, feature), shape in zip(sound, laid.shapes, strict=True):
        far = shapely.distance(shape, shapely.Point(0, 0))
        if far > _WIDEST:
            yield FAR.at(file, feature.place, (feature.name,), name=feature.name, far=str(round(far / 1000)))
    first, second = shapely.STRtree(laid.shapes).query(laid.shapes, predicate="intersects")
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        (file, kind, feature), (_, other_kind, other) = sound[i], sound[j]
        if i >= j or not _same_footing(kind, other_kind):
            continue
        share = shapely.intersection(laid.shapes[i], laid.shapes[j]).area / min(laid.areas[i].square, laid.areas[j].square)
        if share > SLIVER:
            yield OVERLAP.at(file, feature.place, (feature.name,), name=feature.name, other=other.name, share=f"{100 * share:.1f}")


def _same_footing(kind: str, other: str) -> bool:
    """Two of one kind, or ours and a neighbour's; a grid lies within its community on purpose."""
    return kind == other or located.NEIGHBOUR in (kind, other)
