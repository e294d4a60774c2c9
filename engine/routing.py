"""Where and whose, for one case: the facts that follow from a point, and the unit that the duties table names. Pure.

What was found is written into the entry as it was then; a later map or table changes nothing that has happened."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from config import workflow
from engine import catalog
from notifications import directory
from places import located, whereabouts

_KNOWN: weakref.WeakKeyDictionary[directory.Directory, whereabouts.Whereabouts] = weakref.WeakKeyDictionary()
"""By the people of the same live part: both are built once for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Which unit has the duty, and why: a `row` of the table (from 1), else the category's own unit; `unit` None where nobody has it."""

    category: str | None
    area: str | None
    unit: str | None
    by: Literal["duties", "category"] | None
    row: int | None = None

    def body(self) -> dict[str, Any]:
        """As JSON, and as an entry of the history keeps it."""
        return {"unit": self.unit, "by": self.by, "row": self.row, "category": self.category, "area": self.area}


def of(town: catalog.InForce) -> whereabouts.Whereabouts:
    """The areas and duties of a programme in force."""
    found = _KNOWN.get(town.people)
    if found is None:
        found = _KNOWN[town.people] = whereabouts.Whereabouts(town.live)
    return found


def locate(town: catalog.InForce, point: Mapping[str, Any]) -> located.Found:
    """Whose a point is, in the form in which facts keep it."""
    return of(town).locate(point["lon"], point["lat"], point.get("accuracy"))


def placed(compiled: catalog.Compiled, town: catalog.InForce, kept: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Add to `kept` the facts that follow from the points in it; returns what the entry says of it, by point.

    Where a point lies in nobody's area or has to be confirmed there is no unit: one that was known before is then taken back."""
    noted: dict[str, Any] = {}
    for point, names in compiled.located.items():
        if point not in kept:
            continue
        found = locate(town, kept[point])
        for name in names:
            if compiled.workflow.facts[name].type is workflow.FactType.CHOICE:
                kept[name] = found.how.value
            elif found.unit is not None or known.get(name) is not None:
                kept[name] = found.unit
        noted[point] = found.body()
        if point in compiled.personal:
            noted[point]["near"] = []  # how far it is from each of three areas says where it is
    return noted


def route(town: catalog.InForce, categories: Mapping[str, Any], *, category: str | None, area: str | None) -> Routing:
    """Who has the duty for a category in the area of a unit. `categories` are those a case pins: what names no row goes to their own unit."""
    match = of(town).duty(category, area)
    if match is not None:
        return Routing(category=category, area=area, unit=match.unit, by="duties", row=match.row)
    own = categories[category].unit if category is not None and category in categories else None
    own = None if of(town).neighbour(own) else own
    return Routing(category=category, area=area, unit=own, by="category" if own is not None else None)


def of_case(compiled: catalog.Compiled, town: catalog.InForce, facts: Mapping[str, Any]) -> Routing:
    """The same for a case with these facts."""
    category = _first(compiled, facts, workflow.FactType.CATEGORY)
    area = next(
        (facts[n] for names in compiled.located.values() for n in names if _is_unit(compiled, n) and isinstance(facts.get(n), str)), None
    )
    return route(town, compiled.definition.categories.categories, category=category, area=area)


def filled(
    compiled: catalog.Compiled, town: catalog.InForce, trigger: str, kept: Mapping[str, Any], facts: Mapping[str, Any]
) -> tuple[str, Routing] | None:
    """The fact that a trigger's `routes` fills, and how; None where it fills nothing. `facts` are the case's, `kept` what comes with the move."""
    rule = compiled.workflow.transitions.get(trigger)
    if rule is None or rule.routes is None or rule.routes in kept:
        return None
    routing = of_case(compiled, town, {**facts, **kept})
    return (rule.routes, routing) if routing.unit is not None else None


def _is_unit(compiled: catalog.Compiled, name: str) -> bool:
    return compiled.workflow.facts[name].type is workflow.FactType.UNIT


def _first(compiled: catalog.Compiled, facts: Mapping[str, Any], kind: workflow.FactType) -> str | None:
    return next((facts[n] for n, fact in compiled.workflow.facts.items() if fact.type is kind and isinstance(facts.get(n), str)), None)
