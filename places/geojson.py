"""A GeoJSON file (RFC 7946) → its polygons in WGS-84, each with the line it stands in, or what is wrong with it. Strict; geometry is `checking`'s."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config import areas, problems
from config.problems import Problem, Saying
from places import datums

Ring = tuple[tuple[float, float], ...]
Polygons = tuple[tuple[Ring, ...], ...]
"""Polygons, each as its outer ring and its holes; a ring is closed: its last point is its first."""
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_WGS84 = re.compile(r"(?i)(.*crs:?84|.*epsg:+(.*:)?4326|wgs-?84)$")

NOT_JSON = Saying("map-not-json", "is not JSON: {what}", "export it as GeoJSON anew", "不是 JSON：{what}", "请重新导出为 GeoJSON")
NOT_FEATURES = Saying(
    "map-without-features",
    "is no FeatureCollection with features",
    'a file of areas is {{"type": "FeatureCollection", "features": […]}}',
    "不是含有 features 的 FeatureCollection",
    '区域文件应为 {{"type": "FeatureCollection", "features": […]}}',
)
OTHER_DATUM = Saying(
    "map-datum",
    "the file says that its coordinates are `{given}`",
    "export it in WGS-84 (EPSG:4326), or say `datum: gcj02` or `datum: bd09` in areas.yaml and delete `crs`",
    "文件注明的坐标系是 `{given}`",
    "请以 WGS-84（EPSG:4326）导出；若为火星或百度坐标，请在 areas.yaml 写 `datum: gcj02` 或 `datum: bd09`，并删去 `crs`",
)
NAMELESS = Saying(
    "area-without-name",
    "area {which} has no `{name}` among its properties",
    "give it one, or say in areas.yaml which property holds the name",
    "第 {which} 个区域的属性中没有 `{name}`",
    "请补上，或在 areas.yaml 中用 `name` 指明名称所在的属性",
)
NAME_TWICE = Saying(
    "area-name-twice",
    "two areas of this file are called `{name}`",
    "draw both as one MultiPolygon, or rename one",
    "此文件中有两个区域都叫 `{name}`",
    "请合并为一个 MultiPolygon，或改名",
)
NOT_POLYGON = Saying(
    "area-not-polygon",
    "area `{name}` is a {given}",
    "an area is a Polygon or a MultiPolygon",
    "区域 `{name}` 的类型是 {given}",
    "区域应为 Polygon 或 MultiPolygon",
)
EMPTY = Saying("area-empty", "area `{name}` has no coordinates", "draw it, or delete it", "区域 `{name}` 没有坐标", "请绘制，或删除")
NOT_COORDINATES = Saying(
    "area-coordinates",
    "area `{name}` has something that is no point: {given}",
    "points are [longitude, latitude], as [111.19, 37.34]",
    "区域 `{name}` 中有不是坐标的内容：{given}",
    "坐标应为 [经度, 纬度]，如 [111.19, 37.34]",
)
SWAPPED = Saying(
    "area-swapped",
    "area `{name}` has the point {given}: longitude and latitude are swapped",
    "GeoJSON writes the longitude first",
    "区域 `{name}` 的点 {given} 经纬度写反了",
    "GeoJSON 先写经度，再写纬度",
)
NOT_ON_EARTH = Saying(
    "area-not-on-earth",
    "area `{name}` has the point {given}, which is not on this earth",
    "longitudes go from -180 to 180, latitudes from -90 to 90, in degrees (not metres)",
    "区域 `{name}` 的点 {given} 不在地球上",
    "经度 -180 到 180，纬度 -90 到 90，单位是度（不是米）",
)
FEW_POINTS = Saying(
    "area-few-points",
    "a ring of area `{name}` has {given} points",
    "a ring has four at least, the last being the first again",
    "区域 `{name}` 的一个环只有 {given} 个点",
    "每个环至少 4 个点，最后一点与第一点相同",
)
UNCLOSED = Saying(
    "area-unclosed",
    "a ring of area `{name}` is not closed: it begins at {first} and ends at {last}",
    "repeat its first point at the end",
    "区域 `{name}` 的一个环没有闭合：起于 {first}，止于 {last}",
    "请在末尾重复第一个点",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One area of a file, in WGS-84. `unit` is what the file or areas.yaml says, else its name. `place`: (line, column)."""

    name: str
    unit: str
    place: tuple[int, int]
    polygons: Polygons


class Misread(Exception):
    """What is wrong with one area; `saying` with its `words`."""

    def __init__(self, saying: Saying, **words: str) -> None:
        self.saying, self.words = saying, words
        super().__init__(saying.code)


def read(text: str, layer: areas.Layer, file: str) -> tuple[tuple[Feature, ...], tuple[Problem, ...]]:
    """The areas of a file that can be read, and what is wrong with the others."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = (getattr(error, "lineno", 1), getattr(error, "colno", 1))
        what = problems.shown(getattr(error, "msg", None) or "too deep", 80)
        return (), (NOT_JSON.at(file, place, (), what=what),)
    features = data.get("features") if isinstance(data, dict) and data.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        return (), (NOT_FEATURES.at(file, (1, 1), ()),)
    crs = _crs(data)
    if crs is not None and not _WGS84.fullmatch(crs):
        return (), (OTHER_DATUM.at(file, (1, 1), ("crs",), given=problems.shown(crs)),)
    places = _places(text, features)
    read_, found, seen = list[Feature](), list[Problem](), set[str]()
    for number, raw in enumerate(features):
        try:
            feature = _feature(raw, number, layer, places[number])
        except Misread as wrong:
            found.append(wrong.saying.at(file, places[number], ("features", number), **wrong.words))
            continue
        if feature.name in seen:
            found.append(NAME_TWICE.at(file, places[number], ("features", number), name=feature.name))
            continue
        seen.add(feature.name)
        read_.append(feature)
    return tuple(read_), tuple(found)


def _crs(data: dict[str, Any]) -> str | None:
    """The datum named as GeoJSON did before RFC 7946, as old exports still do."""
    crs = data.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return str(properties.get("name")) if isinstance(properties, dict) else str(crs)


def _places(text: str, features: list[Any]) -> list[tuple[int, int]]:
    """(line, column) at which each feature begins; the file's beginning where that cannot be told."""
    decoder, found = json.JSONDecoder(), list[tuple[int, int]]()
    begin = _FEATURES.search(text)
    line, counted = 1, 0
    at = begin.end() if begin is not None else len(text)
    for feature in features:
        skipped = _BETWEEN.match(text, at)
        at = skipped.end() if skipped is not None else at
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if value != feature:
            break
        line, counted = line + text.count("\n", counted, at), at
        found.append((line, at - (text.rfind("\n", 0, at) + 1) + 1))
        at = end
    return found + [(1, 1)] * (len(features) - len(found))


def _feature(raw: Any, number: int, layer: areas.Layer, place: tuple[int, int]) -> Feature:
    properties = raw.get("properties") if isinstance(raw, dict) else None
    known = properties if isinstance(properties, dict) else {}
    name = known.get(layer.name)
    if not isinstance(name, str | int) or not str(name).strip():
        raise Misread(NAMELESS, which=str(number + 1), name=layer.name)
    name = problems.shown(str(name).strip(), 80)
    unit = layer.unit.get(name, name) if isinstance(layer.unit, dict) else known.get(layer.unit, name)
    geometry = raw.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise Misread(NOT_POLYGON, name=name, given=problems.shown(kind or "area without geometry"))
    coordinates = geometry.get("coordinates")
    listed = [coordinates] if kind == "Polygon" else coordinates
    if not listed or not isinstance(listed, list) or not all(isinstance(each, list) and each for each in listed):
        raise Misread(EMPTY, name=name)
    polygons = tuple(tuple(_ring(ring, name, layer.datum) for ring in polygon) for polygon in listed)
    return Feature(name=name, unit=str(unit), place=place, polygons=polygons)


def _ring(raw: Any, name: str, datum: str) -> Ring:
    if not isinstance(raw, list) or not raw:
        raise Misread(EMPTY, name=name)
    if len(raw) < 4:
        raise Misread(FEW_POINTS, name=name, given=str(len(raw)))
    points = [_point(each, name) for each in raw]
    if points[0] != points[-1]:
        raise Misread(UNCLOSED, name=name, first=written(points[0]), last=written(points[-1]))
    return tuple(datums.to_wgs84(lon, lat, datum) for lon, lat in points)


def _point(raw: Any, name: str) -> tuple[float, float]:
    if not isinstance(raw, list) or len(raw) not in (2, 3) or any(isinstance(n, bool) or not isinstance(n, int | float) for n in raw):
        raise Misread(NOT_COORDINATES, name=name, given=problems.shown(json.dumps(raw, ensure_ascii=False)))
    lon, lat = float(raw[0]), float(raw[1])
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180 or abs(lat) > 180:
        raise Misread(NOT_ON_EARTH, name=name, given=written((lon, lat)))
    if abs(lat) > 90:
        raise Misread(SWAPPED if abs(lon) <= 90 else NOT_ON_EARTH, name=name, given=written((lon, lat)))
    return lon, lat


def written(point: tuple[float, float]) -> str:
    return f"[{point[0]:.6g}, {point[1]:.6g}]"


def points(polygons: Polygons) -> Iterator[tuple[float, float]]:
    """Every corner."""
    return (point for polygon in polygons for ring in polygon for point in ring)
