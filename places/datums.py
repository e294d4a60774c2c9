"""Coordinates as phones and maps give them, brought to WGS-84. Pure.

GCJ-02 is off by 300 to 600 metres in China, on purpose; BD-09 adds as much again. Outside China neither shifts anything."""

from __future__ import annotations

import math

import prcoords

_EARTH = 6_371_008.8
"""The mean radius in metres (IUGG)."""


def to_wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """(lon, lat) in WGS-84, to a hundred-millionth of a degree (a millimetre). `datum`: `wgs84`, `gcj02` or `bd09`."""
    point = prcoords.Coords(lat, lon)
    if datum == "bd09" and prcoords.sanity_in_china_p(point):
        point = prcoords.bd_gcj_bored(point)
    if datum != "wgs84" and prcoords.sanity_in_china_p(point):
        point = prcoords.gcj_wgs_bored(point)
    return (lon, lat) if datum == "wgs84" else (round(point.lon, 8), round(point.lat, 8))


def from_wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """(lon, lat) as a map in `datum` shows it; the way back of `to_wgs84`."""
    point = prcoords.Coords(lat, lon)
    if datum == "wgs84" or not prcoords.sanity_in_china_p(point):
        return lon, lat
    shown = prcoords.wgs_gcj(point)
    if datum == "bd09":
        shown = prcoords.gcj_bd(shown)
    return float(shown.lon), float(shown.lat)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two points (lon, lat) are from each other, by the haversine formula."""
    lon, lat, lon2, lat2 = (math.radians(each) for each in (*one, *other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))
