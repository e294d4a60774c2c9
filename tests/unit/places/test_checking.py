"""What is wrong with a drawing: each said of its area, at its line, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import areas
from config.problems import Problem
from places import checking, geojson
from tests import builders

UNITS = {"east": "community", "west": "community", "grid": "grid", "beyond": "neighbour"}
LAYER = areas.Layer(file="areas/town.geojson", kind="community")
SQUARE = "[[111.18, 37.33], [111.19, 37.33], [111.19, 37.34], [111.18, 37.34], [111.18, 37.33]]"


def found(text: str, layer: areas.Layer = LAYER, **maps: str) -> tuple[Problem, ...]:
    return checking.check(Path("town"), areas.Areas(areas=(layer,)), {layer.file: text, **maps}, UNITS)


def collection(*features: str) -> str:
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}"


def feature(coordinates: str, kind: str = "Polygon", name: str = "east") -> str:
    return f'{{"type": "Feature", "properties": {{"name": "{name}"}}, "geometry": {{"type": "{kind}", "coordinates": {coordinates}}}}}'


GOOD = feature(f"[{SQUARE}]", name="west")


@pytest.mark.parametrize(
    ("code", "wrong", "says"),
    [
        # a figure of eight
        ("area-crosses-itself", feature("[[[111.18,37.33],[111.19,37.34],[111.19,37.33],[111.18,37.34],[111.18,37.33]]]"), "`east` crosses itself near [111.185, 37.335]"),
        ("area-hole", feature(f"[{SQUARE}, [[111.2,37.33],[111.21,37.33],[111.21,37.34],[111.2,37.33]]]"), "a hole lies outside it"),
        ("area-unclosed", feature("[[[111.18,37.33],[111.19,37.33],[111.19,37.34],[111.18,37.34]]]"), "begins at [111.18, 37.33] and ends at [111.18, 37.34]"),
        ("area-few-points", feature("[[[111.18,37.33],[111.19,37.33],[111.18,37.33]]]"), "has 3 points"),
        ("area-empty", feature("[]"), "no coordinates"),
        ("area-empty", feature("[[]]"), "no coordinates"),
        ("area-swapped", feature("[[[37.33,111.18],[37.34,111.18],[37.34,111.19],[37.33,111.18]]]"), "longitude and latitude are swapped"),
        # metres instead of degrees
        ("area-not-on-earth", feature("[[[512345.0,4132000.0],[512999.0,4132000.0],[512999.0,4133000.0],[512345.0,4132000.0]]]"), "not on this earth"),
        ("area-coordinates", feature('[[["a",37.33],[111.19,37.33],[111.19,37.34],[111.18,37.33]]]'), "something that is no point"),
        ("area-coordinates", feature("[[[111.18],[111.19,37.33],[111.19,37.34],[111.18]]]"), "something that is no point"),
        ("area-not-polygon", feature("[111.18, 37.33]", "Point"), "`east` is a Point"),
        ("area-without-name", feature(f"[{SQUARE}]").replace('"name"', '"called"'), "area 2 has no `name`"),
        ("area-name-twice", feature(f"[{SQUARE}]", name="west"), "two areas of this file are called `west`"),
        ("area-unit", feature(f"[{SQUARE}]", name="eest"), "`eest` belongs to `eest`, which is no unit"),
        ("area-neighbour", feature(f"[{SQUARE}]", name="beyond"), "its unit `beyond` is of kind neighbour"),
        ("areas-overlap", feature("[[[111.185,37.33],[111.195,37.33],[111.195,37.34],[111.185,37.34],[111.185,37.33]]]"), "overlap by 50.0 % of the smaller"),
    ],
)  # fmt: skip
def test_each_fault_is_said_of_its_area(code: str, wrong: str, says: str) -> None:
    problems = found(collection(GOOD, wrong))
    assert [p.code for p in problems] == [code]
    assert says in problems[0].message
    assert problems[0].file == "town/areas/town.geojson"
    assert problems[0].line in ((2, 3) if code == "areas-overlap" else (3,)), "the line of the area itself"
    assert problems[0].message_zh
    assert problems[0].hint_zh
    assert "{" not in problems[0].message_zh


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("map-not-json", '{"type": "FeatureCollection",\n "features": [}'),
        ("map-not-json", "[" * 100_000),
        ("map-without-features", '{"type": "Feature"}'),
        ("map-without-features", '{"type": "FeatureCollection", "features": []}'),
        ("map-without-features", "7"),
        ("map-datum", '{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, "features": [1]}'),
    ],
)  # fmt: skip
def test_a_file_that_is_no_drawing_is_one_problem(code: str, text: str) -> None:
    assert [p.code for p in found(text)] == [code]


def test_a_sound_drawing_is_passed_over_in_silence() -> None:
    assert found(collection(GOOD)) == ()
    named = collection(GOOD).replace(
        '"features"', '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "features"'
    )
    assert found(named) == ()


def test_neighbours_along_one_street_do_not_overlap() -> None:
    east = feature("[[[111.19,37.33],[111.2,37.33],[111.2,37.34],[111.19,37.34],[111.19,37.33]]]")
    assert found(collection(GOOD, east)) == ()


def test_an_area_in_another_province_is_pointed_out() -> None:
    far = feature("[[[91.1,29.6],[91.2,29.6],[91.2,29.7],[91.1,29.6]]]")
    assert "areas-far-apart" in {p.code for p in found(collection(GOOD, far))}


def test_a_drawing_on_a_chinese_map_is_brought_to_wgs84() -> None:
    _, _, text = builders.a_map("town", builders.an_area("east", (111.18, 37.33), (111.19, 37.34))).partition(" ")
    (shifted,), _ = geojson.read(text, areas.Layer(file="areas/town.geojson", kind="community", datum="gcj02"), "x")
    assert shifted.polygons[0][0][0] == pytest.approx((111.17374, 37.32934), abs=1e-4)


def test_an_areas_unit_is_said_by_the_file_or_by_a_table() -> None:
    _, _, text = builders.a_map("town", builders.an_area("城东", (111.18, 37.33), (111.19, 37.34), owner="east")).partition(" ")
    for unit in ("owner", {"城东": "east"}):
        (feature_,), _ = geojson.read(text, areas.Layer(file="areas/town.geojson", kind="community", unit=unit), "x")
        assert (feature_.name, feature_.unit) == ("城东", "east")
