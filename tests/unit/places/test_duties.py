from __future__ import annotations

import pytest

from config import areas
from places import duties

ABOVE = {"street": None, "east": "street", "grid-3": "east", "west": "street", "lamps": None, "round": "about", "about": "round"}
TABLE = [
    areas.Duty(category=("lamp",), area=("grid-3",), unit="east"),
    areas.Duty(category=("lamp",), unit="lamps"),
    areas.Duty(category=("litter", "dog"), area=("east",), unit="area"),
    areas.Duty(area=("street",), unit="street"),
    areas.Duty(category=("dog",), unit="area"),
]


@pytest.mark.parametrize(
    ("category", "area", "row", "unit"),
    [
        ("lamp", "west", 2, "lamps"),
        ("lamp", None, 2, "lamps"),
        # the first that fits counts
        ("lamp", "grid-3", 1, "east"),
        # an area means what is part of it too, and `area` the unit in whose area it lies
        ("litter", "grid-3", 3, "grid-3"),
        ("litter", "east", 3, "east"),
        ("litter", "west", 4, "street"),
        ("litter", None, None, None),
        ("dog", "lamps", 5, "lamps"),
        ("dog", None, None, None),
        (None, "west", 4, "street"),
        (None, None, None, None),
        # units that are part of each other end somewhere
        ("litter", "round", None, None),
    ],
)
def test_the_first_row_that_fits(category: str | None, area: str | None, row: int | None, unit: str | None) -> None:
    found = duties.match(TABLE, ABOVE, category=category, area=area)
    assert (found.row, found.unit) == (row, unit) if found is not None else row is None


def test_a_neighbour_is_never_the_unit_of_its_area() -> None:
    assert duties.match([areas.Duty(unit="area")], {}, category="dog", area="beyond", ours=False) is None
