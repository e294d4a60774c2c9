"""Where and whose: do the files, units and categories exist that areas.yaml, duties.yaml and the workflows name, and is every row of use?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from config import areas, landscape
from config import problems as said
from config.landscape import Page, WorkflowPage
from config.problems import Path, Problem, Said, Saying
from config.workflow import FactType

MOST_PAIRS = 200_000
"""Rows times units up to which it is asked whether each row is ever reached."""

NO_MAP = Saying("no-such-map", "there is no file `{name}`", "{near}", "没有文件 `{name}`", "{near}")
MAP_UNNAMED = Saying(
    "map-unnamed",
    "areas.yaml does not name this file, so nobody reads it",
    "name it there, or delete it",
    "areas.yaml 没有提到此文件，不会被读取",
    "请在其中写明，或删除",
    severity="warning",
)
MAP_TWICE = Saying("map-twice", "`{name}` is named twice", "one row for each file", "`{name}` 写了两次", "每个文件写一条")
NEVER_REACHED = Saying(
    "duty-never-reached",
    "no case comes to this row: those above take them all",
    "put it above the one that takes its cases, or delete it",
    "不会用到此行：上面的各行已包含所有情况",
    "请移到前面，或删除",
)
NO_DUTY = Saying(
    "category-without-duty",
    "nobody has the duty for category `{name}`: no row names it, none is for all, and it has no `unit` in categories.yaml",
    "add a row, or end with one for all: `- {{unit: area}}`",
    "类别 `{name}` 无人负责：职责表中没有它，也没有通用的一行，categories.yaml 中也没有 `unit`",
    "请添加一行，或以通用的一行结尾：`- {{unit: area}}`",
    severity="warning",
)
NEIGHBOURS_DUTY = Saying(
    "duty-of-a-neighbour",
    "`{name}` is a neighbour; until it has accepted a hand-over, one of ours answers",
    "name a unit of ours here, and hand over by a transition",
    "`{name}` 是邻街；对方接收移交之前由我方负责",
    "请写我方的单位，移交用操作完成",
)
NOWHERE_TO_ROUTE = Saying(
    "nothing-to-route-by",
    "there is no duties table, so nothing is ever filled in",
    "write `duties.yaml`, or take `routes` out",
    "没有职责表，不会填写任何内容",
    "请编写 `duties.yaml`，或去掉 `routes`",
)
ROUTE_UNASKED = Saying(
    "route-unasked",
    "`{trigger}` neither needs nor takes `{name}`",
    "add it to `needs` (it must be known then) or to `takes`",
    "`{trigger}` 既不必填也不选填 `{name}`",
    "请加入 `needs`（则必须有）或 `takes`",
)
NOT_LOCATED = Saying(
    "not-located",
    "a {type} cannot be located",
    "a unit (in whose area the point lies) or a choice (how that was found) can",
    "{type} 类型不能定位",
    "可定位的是 unit（所在区域的单位）或 choice（定位结果）",
)
GIVEN_ANYWAY = Saying(
    "located-and-given",
    "`{name}` follows from the point `{point}`; nobody gives it",
    "take it out here; give the point anew instead: `{point}`",
    "`{name}` 由坐标 `{point}` 得出，不由人填",
    "请从此处去掉；需要更正时重新填写 `{point}`",
)
HOW_CHOICES = Saying(
    "located-choices",
    "how a point was found is one of {words}; here stand {given}",
    "write these four, each with what people read",
    "定位结果为 {words} 之一，此处写的是 {given}",
    "请写这四项及其显示名称",
)
ROUTED_TYPE = Saying(
    "routed-type",
    "the fact `{name}` is a {type}",
    "the duties table fills facts of type unit",
    "信息项 `{name}` 的类型是 {type}",
    "职责表填写的是 unit 类型",
)
LOCATED_BY = Saying(
    "located-by",
    "the fact `{name}` is a {type}",
    "what is located is a fact of type point",
    "信息项 `{name}` 的类型是 {type}",
    "定位所依据的应为 point 类型的信息项",
)
NO_AREAS = Saying(
    "nothing-to-locate-in",
    "there is no areas.yaml, so no point lies in any area",
    "write `areas.yaml`, or take `located` out",
    "没有 areas.yaml，任何坐标都不在区域内",
    "请编写 `areas.yaml`，或去掉 `located`",
)
_FILES = Said("files", "文件")


def workflow(page: WorkflowPage) -> None:
    """What a workflow asks of areas and duties."""
    flow = page.workflow
    for name, fact in flow.facts.items():
        if fact.located is not None:
            _located(page, name, fact.located)
    for trigger, rule in flow.transitions.items():
        if rule.routes is None:
            continue
        path: Path = ("transitions", trigger, "routes")
        page.names("fact", [(rule.routes, path)], page.written("facts"))
        fact_ = flow.facts.get(rule.routes)
        if fact_ is not None and fact_.type is not FactType.UNIT:
            page.say(ROUTED_TYPE, path, name=rule.routes, type=fact_.type.value)
        if rule.routes not in (*rule.needs, *rule.takes):
            page.say(ROUTE_UNASKED, path, trigger=trigger, name=rule.routes)
        if page.land.duties is not None and not page.land.duties.duties:
            page.say(NOWHERE_TO_ROUTE, path)


def _located(page: WorkflowPage, name: str, point: str) -> None:
    flow, path = page.workflow, ("facts", name, "located")
    fact = flow.facts[name]
    if fact.type not in (FactType.UNIT, FactType.CHOICE):
        page.say(NOT_LOCATED, path, type=fact.type.value)
    page.names("fact", [(point, path)], page.written("facts"))
    found = flow.facts.get(point)
    if found is not None and found.type is not FactType.POINT:
        page.say(LOCATED_BY, path, name=point, type=found.type.value)
    if fact.type is FactType.CHOICE and fact.choices is not None and set(fact.choices) != set(areas.HOW):
        page.say(HOW_CHOICES, ("facts", name, "choices"), words=", ".join(areas.HOW), given=", ".join(fact.choices))
    if page.land.areas is not None and not page.land.areas.areas:
        page.say(NO_AREAS, path)
    if fact.required:
        page.say(GIVEN_ANYWAY, ("facts", name, "required"), key=True, name=name, point=point)
    for trigger, rule in flow.transitions.items():
        for key, listed in (("needs", rule.needs), ("takes", rule.takes)):
            for word, place in landscape.each(listed, "transitions", trigger, key):
                if word == name:
                    page.say(GIVEN_ANYWAY, place, name=name, point=point)


def check_areas(page: Page, value: areas.Areas, maps: Collection[str]) -> None:
    """`maps`: the files under `areas/`, as `areas/town.geojson`."""
    seen: set[str] = set()
    for index, layer in enumerate(value.areas):
        path: Path = ("areas", index, "file")
        if layer.file in seen:
            page.say(MAP_TWICE, path, name=layer.file)
        elif layer.file not in maps:
            page.say(NO_MAP, path, name=layer.file, near=said.near(layer.file, maps, _FILES))
        seen.add(layer.file)
        if isinstance(layer.unit, dict):
            page.names("unit", [(unit, ("areas", index, "unit", name)) for name, unit in layer.unit.items()], page.land.unit_names)


def unnamed(folder: str, value: areas.Areas | None, maps: Iterable[str]) -> list[Problem]:
    """The files under `areas/` that nobody names."""
    named = {layer.file for layer in value.areas} if value is not None else set()
    return [MAP_UNNAMED.at(f"{folder}/{name}", (1, 1), ()) for name in sorted(set(maps) - named)]


def check_duties(page: Page, value: areas.Duties) -> None:
    for index, duty in enumerate(value.duties):
        page.names("category", landscape.each(duty.category, "duties", index, "category"), page.land.category_names)
        page.names("unit", landscape.each(duty.area, "duties", index, "area"), page.land.unit_names)
        page.names("unit", [(duty.unit, ("duties", index, "unit"))], page.land.unit_names, (areas.AREA,))
    land = page.land
    for index, duty in enumerate(value.duties):
        if land.units is not None and duty.unit in land.units.units and duty.unit not in land.units.ours:
            page.say(NEIGHBOURS_DUTY, ("duties", index, "unit"), name=duty.unit)
    if land.categories is None or land.units is None or not page.whole("duties") or page.found or not value.duties:
        return
    above = {name: unit.part_of for name, unit in land.units.units.items()}
    kinds = {name: unit.kind for name, unit in land.units.units.items()}
    left = _reach(page, value.duties, list(land.categories.categories), above, kinds)
    for name, category in land.categories.categories.items():
        if left is not None and name in left and category.unit is None:
            page.say(NO_DUTY, ("duties",), key=True, name=name)


def _reach(
    page: Page, duties: Sequence[areas.Duty], categories: Sequence[str], above: Mapping[str, str | None], kinds: Mapping[str, str]
) -> set[str] | None:
    """Says which rows nothing comes to; returns the categories that no row takes anywhere. None: too much to ask."""
    whole = [None, *above]
    if len(duties) * len(whole) > MOST_PAIRS:
        return None
    within = {name: [unit for unit in above if name in _upwards(above, unit)] for name in above}
    left = {category: set(whole) for category in categories}
    for index, duty in enumerate(duties):
        fits = {unit for name in duty.area for unit in within.get(name, ())} if duty.area else set(whole)
        if duty.unit == areas.AREA:
            fits = {unit for unit in fits if unit is not None and kinds[unit] != "neighbour"}
        reached = False
        for category in duty.category or categories:
            reached |= not fits.isdisjoint(left[category])
            left[category] -= fits
        if not reached and categories:
            page.say(NEVER_REACHED, ("duties", index))
    return {category for category, units in left.items() if len(units) == len(whole)}


def _upwards(above: Mapping[str, str | None], unit: str) -> set[str]:
    seen: set[str] = set()
    here: str | None = unit
    while here is not None and here not in seen:
        seen.add(here)
        here = above.get(here)
    return seen
