from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from places import geojson, ground
from places.located import Found, How

METRE = 1 / 111_195.08
"""A metre of latitude in degrees; the towns here lie on the equator, where one of longitude is as long."""
Corner = tuple[float, float]


def square(name: str, west: float, south: float, east: float, north: float, unit: str = "") -> geojson.Feature:
    """A rectangle, its sides in metres from 0, 0."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = tuple((x * METRE, y * METRE) for x, y in corners)
    return geojson.Feature(name=name, unit=unit or name, place=(1, 1), polygons=((ring,),))


EAST = ("community", square("east", 0, -500, 1000, 500))
WEST = ("community", square("west", -1000, -500, 0, 500))
GRID = ("grid", square("grid", 200, 0, 400, 200))
BEYOND = ("neighbour", square("beyond", 1000, -500, 2000, 500))
ALL = (EAST, WEST, GRID, BEYOND)


def locate(x: float, y: float, accuracy: float | None = None, features: tuple[tuple[str, geojson.Feature], ...] = ALL) -> Found:
    return ground.Ground(features, nearest=200, accuracy=100).locate(x * METRE, y * METRE, accuracy)


@pytest.mark.parametrize(
    ("x", "y", "accuracy", "how", "unit"),
    [
        (500, -300, None, How.INSIDE, "east"),
        # a grid lies within its community: the smaller is meant
        (300, 100, None, How.INSIDE, "grid"),
        # on the street between two communities of one size: the first by name, always
        (0, 100, None, How.INSIDE, "east"),
        # on the border with the next street: ours
        (1000, 0, None, How.INSIDE, "east"),
        (1001, 0, None, How.INSIDE, "beyond"),
        # fifty metres outside, and no other near
        (500, 550, None, How.NEAREST, "east"),
        (500, 701, None, How.OUTSIDE, None),
        # outside, and as near to one as to the other
        (0, 550, None, How.UNSURE, None),
        (4, 550, None, How.UNSURE, None),
        (60, 550, None, How.NEAREST, "east"),
        # outside, between ours and the neighbour's
        (1001, 560, None, How.UNSURE, None),
        # a phone that knows only the quarter of the town
        (500, -300, 99.0, How.INSIDE, "east"),
        (500, -300, 101.0, How.UNSURE, None),
        (500, 750, 300.0, How.UNSURE, None),
        (500, 650, 99.0, How.NEAREST, "east"),
        # the sea, another province, the other side of the world
        (5_000_000, -3_000_000, None, How.OUTSIDE, None),
        (19_000_000, 0, 50.0, How.OUTSIDE, None),
    ],
)
def test_whose_a_point_is(x: float, y: float, accuracy: float | None, how: How, unit: str | None) -> None:
    found = locate(x, y, accuracy)
    assert (found.how, found.unit) == (how, unit)


def test_what_has_to_be_confirmed_says_between_which() -> None:
    found = locate(3, 550)
    assert [(near.unit, round(near.metres)) for near in found.near] == [("east", 50), ("west", 50)]
    assert [near.unit for near in locate(500, -300, 400).near] == ["east"]


def test_a_hole_is_outside_and_a_second_part_is_inside() -> None:
    outer, hole = square("a", -900, -900, 900, 900).polygons[0][0], square("h", -500, -500, 500, 500).polygons[0][0]
    far = square("b", 3000, 0, 4000, 1000).polygons[0]
    both = geojson.Feature(name="a", unit="a", place=(1, 1), polygons=((outer, hole), far))
    assert locate(0, 0, features=(("community", both),)).how is How.OUTSIDE
    assert locate(700, 0, features=(("community", both),)).unit == "a"
    assert locate(3500, 500, features=(("community", both),)).unit == "a"


def test_a_town_without_areas_has_no_inside() -> None:
    assert ground.Ground((), nearest=200, accuracy=100).locate(111.19, 37.34).how is How.OUTSIDE


@given(x=st.floats(-1500, 2500), y=st.floats(-900, 900), order=st.permutations(ALL))
def test_the_answer_does_not_hang_on_the_order_of_the_files(x: float, y: float, order: list[tuple[str, geojson.Feature]]) -> None:
    one, other = locate(x, y), locate(x, y, features=tuple(order))
    assert (one.how, one.unit, one.area) == (other.how, other.unit, other.area)


@given(x=st.floats(-1500, 2500), y=st.floats(-900, 900))
def test_the_answer_is_that_of_rectangles_told_by_their_sides(x: float, y: float) -> None:
    """An oracle without polygons: sides compared, a centimetre on either side of an edge left out."""
    boxes = {"east": (0, -500, 1000, 500), "west": (-1000, -500, 0, 500), "grid": (200, 0, 400, 200), "beyond": (1000, -500, 2000, 500)}
    edges = [side for box in boxes.values() for side in ((x - box[0]), (x - box[2]), (y - box[1]), (y - box[3]))]
    if min(abs(edge) for edge in edges) < 0.01:
        return
    inside = [name for name, (w, s, e, n) in boxes.items() if w < x < e and s < y < n]
    found = locate(x, y)
    if inside:
        assert found.unit == ("grid" if "grid" in inside else inside[0])
    else:
        assert found.how is not How.INSIDE


def test_the_name_of_what_encloses_others_stands_beside_them() -> None:
    drawn = ground.outlines(ground.Ground((EAST, GRID), nearest=0, accuracy=1))
    assert [each.name for each in drawn] == ["east", "grid"], "the smaller is drawn upon the larger"
    x, y = (value / METRE for value in drawn[0].middle)
    assert not (200 < x < 400 and 0 < y < 200)
