"""The duties table as people see it: its rows in words, what fits a place and a category, and the row that a decision implies.

Nothing here changes a folder: a proposed row is for an admin to look at and publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config import areas
from config.words import Text
from engine import catalog, draft, errors, history, routing
from places import located
from storage import database

_ALL = Text(zh="全部", en="all")
_EVERYWHERE = Text(zh="各处", en="everywhere")
_ITS_AREA = Text(zh="所在区域的单位", en="the unit of the area")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row with its number (from 1), its names and what people call them."""

    number: int
    duty: areas.Duty
    categories: Text
    places: Text
    unit: Text

    def body(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "category": list(self.duty.category),
            "area": list(self.duty.area),
            "unit": self.duty.unit,
            "said": {"category": self.categories.body(), "area": self.places.body(), "unit": self.unit.body()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where a point lies and who has the duty; either may be left out."""

    located: located.Found | None
    routing: routing.Routing

    def body(self) -> dict[str, Any]:
        return {"located": None if self.located is None else self.located.body(), "routed": self.routing.body()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The row that a case's decision implies, as YAML, and above which row it goes (from 1). `line` None: the table says so already."""

    case: str
    line: str | None
    above: int
    decided: str
    by: str | None
    seq: int
    table: routing.Routing

    def body(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "file": "duties.yaml",
            "line": self.line,
            "above_row": self.above,
            "decided": self.decided,
            "by": self.by,
            "seq": self.seq,
            "table_says": self.table.body(),
        }


def rows(town: catalog.InForce, categories: Mapping[str, Any]) -> list[Row]:
    """The table, from top to bottom; `categories` give the titles."""
    units = town.live.units.units
    titles = {name: unit.title for name, unit in units.items()}
    kinds = {name: category.title for name, category in categories.items()}
    return [
        Row(
            number=number,
            duty=duty,
            categories=_listed(duty.category, kinds) if duty.category else _ALL,
            places=_listed(duty.area, titles) if duty.area else _EVERYWHERE,
            unit=_ITS_AREA if duty.unit == areas.AREA else titles.get(duty.unit, Text(zh=duty.unit, en=duty.unit)),
        )
        for number, duty in enumerate(town.live.duties.duties, start=1)
    ]


def _listed(names: Sequence[str], titles: Mapping[str, Text]) -> Text:
    said = [titles.get(name, Text(zh=name, en=name)) for name in names]
    return Text.model_construct(zh="、".join(each.zh for each in said), en=", ".join(each.en for each in said))


def ask(town: catalog.InForce, categories: Mapping[str, Any], *, point: Mapping[str, Any] | None, category: str | None) -> Answer:
    """Whose a point (as facts keep it) is, and who has the duty for a category there. Raises NotFound for a category nobody knows."""
    if category is not None and category not in categories:
        raise errors.unknown("category", category, sorted(categories), zh="类别")
    found = routing.locate(town, point) if point is not None else None
    area = found.unit if found is not None else None
    return Answer(located=found, routing=routing.route(town, categories, category=category, area=area))


def propose(tx: database.Transaction, case: draft.Draft) -> Proposal:
    """What would make the table say what was decided of this case. Raises RequestInvalid where nothing was decided by a person."""
    routed = routing.of_case(case.compiled, case.town, case.facts)
    entry = next((row for row in reversed(history.rows(tx, case.id)) if _decides(row, case.unit)), None)
    if case.unit is None or entry is None or routed.category is None:
        lacking, zh = (
            ("category", "类别") if case.unit is not None and routed.category is None else ("unit that a person chose", "人工确定的单位")
        )
        raise errors.RequestInvalid(
            f"{case.number} has no {lacking} yet; a row follows from a decision, so decide first",
            f"{case.number} 还没有{zh}；先有决定，才有职责表的一行",
        )
    same = routed.unit == case.unit and routed.by == "duties"
    area = f"area: {routed.area}, " if routed.area is not None else ""
    return Proposal(
        case=case.number,
        line=None if same else f"  - {{category: {routed.category}, {area}unit: {case.unit}}}",
        above=routed.row or len(case.town.live.duties.duties) + 1,
        decided=case.unit,
        by=entry[history.ACTOR],
        seq=entry[history.SEQ],
        table=routed,
    )


def _decides(row: tuple[Any, ...], unit: str | None) -> bool:
    """Whether an entry gave the case its unit, and not by the table."""
    given = orjson.loads(row[history.FACTS]) if row[history.FACTS] else {}
    detail = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
    return unit is not None and given.get("unit") == unit and "routed" not in detail
