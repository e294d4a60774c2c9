"""The answer to where a point is, as a value; what is asked for it stands in `ground`, which needs the polygons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NEIGHBOUR = "neighbour"
"""The kind of another street's areas and units."""


class How(StrEnum):
    """See config.areas.HOW."""

    INSIDE = "inside"
    NEAREST = "nearest"
    UNSURE = "unsure"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An area that might be meant, and how far the point lies outside it in metres (0: in it or on its edge)."""

    name: str
    unit: str
    kind: str
    metres: float

    def body(self) -> dict[str, Any]:
        """As JSON, metres to the decimetre."""
        return {"area": self.name, "unit": self.unit, "kind": self.kind, "metres": round(self.metres, 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whose a point is. `unit` and `area` are None where it has to be confirmed (`unsure`) or lies `outside`; `near` are the areas
    that were weighed, the likeliest first. `accuracy` is what the point came with, in metres."""

    how: How
    unit: str | None = None
    area: str | None = None
    kind: str | None = None
    near: tuple[Near, ...] = ()
    accuracy: float | None = None

    @property
    def ours(self) -> bool:
        return self.kind != NEIGHBOUR

    def body(self) -> dict[str, Any]:
        """As JSON, and as an entry of the history keeps it."""
        kept: dict[str, Any] = {"how": self.how.value, "unit": self.unit, "area": self.area, "kind": self.kind}
        if self.accuracy is not None:
            kept["accuracy"] = self.accuracy
        return kept | {"near": [each.body() for each in self.near]}
