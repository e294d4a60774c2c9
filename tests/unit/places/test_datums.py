from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from places import datums

LON, LAT = st.floats(73.7, 134.7), st.floats(18.3, 53.4)


def by_the_formula(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 written down once more from its description: an ellipsoid of Krasovsky and a sum of sines, no library."""
    x, y = lon - 105.0, lat - 35.0
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    common = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north += common + (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east += common + (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    axis, flat = 6378245.0, 0.00669342162296594323
    bent = 1 - flat * math.sin(math.radians(lat)) ** 2
    return (
        lon + math.degrees(east / (axis / math.sqrt(bent) * math.cos(math.radians(lat)))),
        lat + math.degrees(north / (axis * (1 - flat) / (bent * math.sqrt(bent)))),
    )


def baidu(lon: float, lat: float) -> tuple[float, float]:
    """BD-09 from GCJ-02, likewise."""
    turn = math.pi * 3000 / 180
    far, angle = math.hypot(lon, lat) + 0.00002 * math.sin(lat * turn), math.atan2(lat, lon) + 0.000003 * math.cos(lon * turn)
    return far * math.cos(angle) + 0.0065, far * math.sin(angle) + 0.006


@pytest.mark.parametrize(
    ("datum", "wgs84", "shown"),
    [
        # Tian'anmen, as the converters that everybody uses have it
        ("gcj02", (116.397389, 39.908722), (116.403631, 39.910126)),
        # the middle of Beijing on both kinds of maps
        ("gcj02", (116.404, 39.915), (116.4102445, 39.9164043)),
        ("bd09", (116.404, 39.915), (116.4166272, 39.9226996)),
    ],
)
def test_known_places_are_where_the_maps_show_them(datum: str, wgs84: tuple[float, float], shown: tuple[float, float]) -> None:
    assert datums.metres(datums.from_wgs84(*wgs84, datum), shown) < 1.0
    assert datums.metres(datums.to_wgs84(*shown, datum), wgs84) < 1.0


@given(lon=LON, lat=LAT)
def test_both_datums_agree_with_a_formula_written_down_anew(lon: float, lat: float) -> None:
    gcj = by_the_formula(lon, lat)
    assert datums.metres(datums.from_wgs84(lon, lat, "gcj02"), gcj) < 0.01
    assert datums.metres(datums.from_wgs84(lon, lat, "bd09"), baidu(*gcj)) < 0.01


@given(lon=LON, lat=LAT, datum=st.sampled_from(["wgs84", "gcj02", "bd09"]))
def test_there_and_back_is_less_than_a_metre(lon: float, lat: float, datum: str) -> None:
    assert datums.metres(datums.to_wgs84(*datums.from_wgs84(lon, lat, datum), datum), (lon, lat)) < 1.0


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), datum=st.sampled_from(["gcj02", "bd09"]))
def test_no_place_on_earth_is_moved_by_more_than_three_kilometres(lon: float, lat: float, datum: str) -> None:
    """Outside China nothing is shifted; nor does a library warn of it, which would be an error here."""
    moved = datums.metres(datums.to_wgs84(lon, lat, datum), (lon, lat))
    assert moved < 3000
    if not (0.8 <= lat <= 55.9 and 72 <= lon <= 137.9):
        assert moved < 0.01


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert datums.metres((111.0, 37.0), (111.0, 38.0)) == pytest.approx(111_195, abs=1)
    assert datums.metres((0.0, 0.0), (180.0, 0.0)) == pytest.approx(math.pi * 6_371_008.8)
