"""Does a folder make sense? Asked of the definition alone, file by file, after `reading`; every problem at its place.

What needs more than the definition (does a rung reach somebody at every minute, do templates compile) is `engine.catalog`'s."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from config import (
    areas,
    check_areas,
    check_awards,
    check_clocks,
    check_cycles,
    check_facts,
    check_figures,
    check_four_eyes,
    check_graph,
    check_ladders,
    check_links,
    check_matches,
    check_people,
    check_plans,
    check_registers,
    check_riders,
    check_robots,
    check_rounds,
    check_rungs,
    check_satisfaction,
    check_schedules,
    check_visibility,
    landscape,
    plans,
    points,
    problems,
    programme,
    registers,
    robots,
    schedules,
)
from config.landscape import Landscape, Page, WorkflowPage
from config.problems import Problem, Saying
from config.reading import Part, Reading
from config.workflow import Workflow

SAME_PROGRAMME = Saying(
    "same-programme",
    "`{name}` is the {what} of `{other}` too",
    "choose another",
    "`{name}` 也是 `{other}` 的{what}",
    "请改用其他",
)


_EACH = (
    check_graph,
    check_facts,
    check_clocks,
    check_ladders,
    check_rounds,
    check_cycles,
    check_rungs,
    check_four_eyes,
    check_plans,
    check_riders,
    check_satisfaction,
    check_links,
    check_awards,
    check_visibility,
    check_figures,
)
"""What is asked of each workflow."""


def check(reading: Reading, *, templates: Collection[str] | None = None) -> tuple[Problem, ...]:
    """The problems of meaning; those of text and shape are in `reading.problems`. What is broken in shape is passed over here.

    `templates` names those that ship with the engine (beside the folder's own); None: not known, so their names are not checked."""
    land = landscape.of(reading, templates)
    found: list[Problem] = []
    workflows: list[Workflow] = []
    for part in reading.parts.values():
        if isinstance(part.fitted.value, Workflow):
            page = WorkflowPage(part, land, workflow=part.fitted.value)
            for one in _EACH:
                one.check(page)
            check_areas.workflow(page)
            check_matches.notices(page)
            found += page.found
            workflows.append(part.fitted.value)
    for part in reading.parts.values():
        found += _around(part, land, workflows, whole=reading.programme is not None)
        if isinstance(part.fitted.value, areas.Areas):
            page_ = Page(part, land)
            check_areas.check_areas(page_, part.fitted.value, reading.maps)
            found += page_.found
    if land.areas is not None:
        found += check_areas.unnamed(str(reading.folder), land.areas, reading.maps)
    return problems.ordered(found)


def across(parts: Iterable[Part | None]) -> tuple[Problem, ...]:
    """What only shows among all programmes of one engine, each by its programme.yaml: the same name or case-number prefix twice."""
    found: list[Problem] = []
    first: dict[tuple[str, str], str] = {}
    for part in parts:
        file = part.fitted.value if part else None
        if part is None or not isinstance(file, programme.ProgrammeFile):
            continue
        for what, key, value in ((_NAME, "programme", file.programme), (_PREFIX, "prefix", file.prefix)):
            other = first.setdefault((key, value), part.source.file)
            if other != part.source.file:
                found.append(part.source.problem(SAME_PROGRAMME, (key,), name=value, what=what, other=other))
    return problems.ordered(found)


_NAME = problems.Said("name", "名称")
_PREFIX = problems.Said("prefix", "编号前缀")


def _around(part: Part, land: Landscape, workflows: list[Workflow], *, whole: bool) -> list[Problem]:
    page, value = Page(part, land), part.fitted.value
    check = _BESIDE.get(type(value))
    if check is not None:
        check(page, value, workflows, whole)
    return page.found


def _people(page: Page, value: programme.People, workflows: list[Workflow], whole: bool) -> None:
    land = page.land
    check_people.check_people(page, value)
    check_riders.quiet(page, value)
    if whole:
        used = _roles_used(workflows) | frozenset(land.programme.fallback if land.programme else ()) | land.ticking()
        check_people.unused(page, value, used)
        check_people.unheld(page, value, used)


def _calendars(page: Page, value: programme.Calendars, workflows: list[Workflow], whole: bool) -> None:
    check_people.check_calendars(page, value)
    if whole:
        check_people.unused_calendars(page, value, _hours_used(workflows) | page.land.scheduled_by)


def _robots(page: Page, value: robots.Robots, workflows: list[Workflow], whole: bool) -> None:
    check_robots.check(page, value)
    if whole:
        check_robots.unused(page, value, workflows)


_BESIDE: Mapping[type, Callable[[Page, Any, list[Workflow], bool], None]] = {
    programme.People: _people,
    programme.Units: lambda page, value, _flows, _whole: check_people.check_units(page, value),
    areas.Duties: lambda page, value, _flows, _whole: check_areas.check_duties(page, value),
    programme.Categories: lambda page, value, _flows, _whole: check_people.check_categories(page, value),
    programme.Calendars: _calendars,
    points.Points: lambda page, value, _flows, _whole: check_awards.check_points(page, value),
    plans.Plans: lambda page, value, flows, whole: check_plans.check_plans(page, value, flows, whole=whole),
    robots.Robots: _robots,
    programme.Figures: lambda page, value, _flows, _whole: check_figures.check_file(page, value),
    programme.ProgrammeFile: lambda page, value, flows, whole: check_people.check_programme(page, value, flows, whole=whole),
    registers.Register: lambda page, value, _flows, _whole: check_registers.check(page, value),
    schedules.Schedules: lambda page, value, flows, _whole: check_schedules.check(page, value, {flow.workflow: flow for flow in flows}),
}
"""What is asked of each file beside the workflows: its page, what fits of it, the workflows, whether the whole folder could be read."""


def _roles_used(workflows: Iterable[Workflow]) -> frozenset[str]:
    used: set[str] = set()
    for workflow in workflows:
        used.update(workflow.opened_by)
        for transition in workflow.transitions.values():
            used.update(transition.by)
        for notice in workflow.notices:
            used.update(notice.to)
        if workflow.satisfaction is not None:
            used.update(workflow.satisfaction.asks)
        for rule in workflow.visibility:
            used.update(rule.only)
        for ladder in workflow.ladders.values():
            used.update(word for rung in ladder for word in rung.notify)
    return frozenset(used)


def _hours_used(workflows: Iterable[Workflow]) -> frozenset[str]:
    clocks = [clock for workflow in workflows for clock in workflow.clocks.values()]
    return frozenset(
        {clock.hours for clock in clocks} | {target.hours for clock in clocks for target in clock.within or () if target.hours}
    )
