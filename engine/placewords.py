"""Where and whose in words, for a desk that asks: in whose area a point lies and how that was found, who has the duty and by which row."""

from __future__ import annotations

from collections.abc import Iterator

from config.words import Text
from engine import catalog, dutytable, routing, wording
from places import located


def answer(given: dutytable.Answer, town: catalog.InForce) -> Iterator[Text]:
    """A sentence for the place, if one was asked for, and one for the duty."""
    if given.located is not None:
        yield place(given.located, town)
    if given.located is None or given.routing.category is not None:
        yield duty(given.routing, town)


def place(found: located.Found, town: catalog.InForce) -> Text:
    """Where a point was found to lie."""
    nearest = found.near[0].metres if found.near else 0.0
    if found.how is located.How.OUTSIDE:
        return Text(zh="不在任何区域内", en="outside all areas")
    if found.how is located.How.UNSURE:
        zh = "、".join(_title(town, each.unit).zh for each in found.near)
        en = " or ".join(_title(town, each.unit).en for each in found.near)
        why_zh, why_en = (
            (f"精度只有 {found.accuracy:g} 米", f"known to {found.accuracy:g} m only")
            if found.accuracy
            else ("与几个区域距离相近", "several are as near")
        )
        return wording.composed(zh=f"待确认（{why_zh}）：可能是 {zh or '未知'}", en=f"to be confirmed ({why_en}): {en or 'unknown'}")
    title = _title(town, found.unit)
    neighbour = ("", "") if found.ours else ("（邻街，应移交）", " (a neighbour's: hand it over)")
    if found.how is located.How.NEAREST:
        return wording.composed(
            zh=f"在所有区域之外，距 {title.zh} {nearest:.0f} 米，归它{neighbour[0]}",
            en=f"outside all areas, {nearest:.0f} m from {title.en}, which is the nearest{neighbour[1]}",
        )
    return wording.composed(zh=f"位于 {title.zh}{neighbour[0]}", en=f"in {title.en}{neighbour[1]}")


def duty(routed: routing.Routing, town: catalog.InForce) -> Text:
    """Who has the duty, and why."""
    if routed.unit is None:
        return Text(zh="职责表中没有符合的一行，由值班台派单", en="no row of the duties table fits; the desk decides")
    title = _title(town, routed.unit)
    if routed.by == "category":
        return wording.composed(
            zh=f"由 {title.zh} 办理：职责表没有符合的行，按类别的承办单位", en=f"{title.en}: no row fits, so the category's own unit"
        )
    return wording.composed(zh=f"由 {title.zh} 办理：职责表第 {routed.row} 行", en=f"{title.en}: row {routed.row} of the duties table")


def _title(town: catalog.InForce, unit: str | None) -> Text:
    units = town.live.units.units
    return units[unit].title if unit in units else Text(zh=str(unit), en=str(unit))
