from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import workflow, yamltext
from engine import placing
from tests import builders


def flow(facts: str) -> workflow.Workflow:
    """Testtown's report with other facts."""
    begin, end = builders.WORKFLOW.index("facts:\n"), builders.WORKFLOW.index("states:\n")
    data, _, problems = yamltext.read("report.yaml", "report.yaml", f"{builders.WORKFLOW[:begin]}facts:\n{facts}{builders.WORKFLOW[end:]}")
    assert not problems
    return workflow.Workflow.model_validate(data)


NAMED = "{zh: 名, en: Name}"


@pytest.mark.parametrize(
    ("facts", "noted"),
    [
        # the text that must be given is what the report says, wherever it stands
        (
            f"  note: {{type: text, title: {NAMED}}}\n  what: {{type: text, required: true, title: {NAMED}}}\n",
            (None, None, "what", ("note", "what")),
        ),
        # without one, the first
        (f"  note: {{type: text, title: {NAMED}}}\n  what: {{type: text, title: {NAMED}}}\n", (None, None, "note", ("note", "what"))),
        # of two points the first: where it is, not where it goes
        (f"  from: {{type: point, title: {NAMED}}}\n  to: {{type: point, title: {NAMED}}}\n", ("from", None, None, ())),
        # somebody's home is nobody else's business
        (
            f"  home: {{type: point, personal: true, title: {NAMED}}}\n  kind: {{type: category, title: {NAMED}}}\n",
            (None, "kind", None, ()),
        ),
    ],
)
def test_what_says_where_and_what_a_case_is_is_read_off_the_types(facts: str, noted: tuple[object, ...]) -> None:
    assert tuple(placing.noted(flow(facts))) == noted


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        # a minute of latitude is a nautical mile
        ((0, 0), (0, 16_667), 1853),
        # a thousandth of a degree of longitude in Ningxiang
        ((111_190_000, 37_340_000), (111_191_000, 37_340_000), 88),
        # across the line where the dates change
        ((179_999_500, 0), (-179_999_500, 0), 111),
        ((111_190_000, 37_340_000), (111_190_000, 37_340_000), 0),
    ],
)
def test_metres_between_two_places(one: tuple[int, int], other: tuple[int, int], metres: int) -> None:
    assert round(placing.metres(placing.Place(*one), placing.Place(*other))) == metres


@given(
    lon=st.integers(-180_000_000, 180_000_000),
    lat=st.integers(-89_000_000, 89_000_000),
    bearing=st.floats(0, 2 * math.pi),
    share=st.floats(0, 0.999),
    radius=st.integers(1, 300),
)
def test_whatever_is_so_near_lies_in_the_box_and_in_one_of_its_cells(lon: int, lat: int, bearing: float, share: float, radius: int) -> None:
    centre, away = placing.Place(lon, lat), radius * share
    north = away * math.cos(bearing) / 0.1111950
    east = away * math.sin(bearing) / 0.1111950 / math.cos(math.radians(lat / 1e6))
    other = placing.Place((round(lon + east) + 180_000_000) % 360_000_000 - 180_000_000, round(lat + north))
    if placing.metres(centre, other) <= radius:
        box = placing.around(centre, radius)
        assert other.cell in box.cells
        assert box.west <= other.lon <= box.east
        assert box.south <= other.lat <= box.north


@pytest.mark.parametrize(
    ("given_", "place"),
    [
        ({"lon": 111.19, "lat": 37.34, "datum": "wgs84"}, (111_190_000, 37_340_000)),
        # Tiananmen as a Chinese map says it, and as Baidu says it: some five hundred metres, and a kilometre and more, from where it is
        ({"lon": 116.397428, "lat": 39.90923, "datum": "gcj02"}, (116_391_184, 39_907_827)),
        ({"lon": 116.403981, "lat": 39.914887, "datum": "bd09"}, (116_391_300, 39_907_500)),
        # outside China nothing is shifted
        ({"lon": -71.06, "lat": 42.36, "datum": "gcj02"}, (-71_060_000, 42_360_000)),
    ],
)
def test_a_place_is_kept_in_wgs84(given_: dict[str, object], place: tuple[int, int]) -> None:
    found = placing.place(given_)
    assert found is not None
    assert placing.metres(found, placing.Place(*place)) < 50


@pytest.mark.parametrize("value", [None, "somewhere", {"hidden": True}, {"erased": True}, {"$personal": "ab"}])
def test_what_is_no_place_is_none(value: object) -> None:
    assert placing.place(value) is None
