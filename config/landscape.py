"""What the checks of meaning look at: the names that exist in a folder, and a workflow's page with the problems found on it.

Names are taken from the files as written, so that an entry that is wrong in shape is not also reported as missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from config import problems
from config.areas import Areas, Duties
from config.plans import Plans
from config.problems import Path, Problem, Said, Saying
from config.programme import Calendars, Categories, People, ProgrammeFile, Units
from config.reading import Part, Reading
from config.registers import Register
from config.robots import Robots
from config.schedules import Schedules
from config.workflow import Workflow

M = TypeVar("M", bound=BaseModel)
Known = frozenset[str] | None
"""Names that exist; None: the file cannot be read, so nothing is said about them."""

_MOST = 300
"""Problems of meaning told of one file; more are for the next time."""
_KINDS = {
    "state": ("states", "状态"),
    "fact": ("facts", "信息项"),
    "trigger": ("triggers", "操作"),
    "clock": ("clocks", "时钟"),
    "ladder": ("ladders", "升级阶梯"),
    "role": ("roles", "角色"),
    "person": ("persons", "人员"),
    "unit": ("units", "单位"),
    "category": ("categories", "类别"),
    "calendar": ("calendars", "日历"),
    "template": ("templates", "模板"),
    "workflow": ("workflows", "流程"),
    "register": ("registers", "登记表"),
    "column": ("columns", "列"),
    "account": ("accounts", "账户"),
    "exchange": ("exchanges", "兑换"),
    "plan": ("plans", "预案"),
    "robot": ("robots", "群机器人"),
}
WORDS = {kind: Said(english, chinese) for kind, (english, chinese) in _KINDS.items()}
UNKNOWN = {
    kind: Saying(f"unknown-{kind}", f"no {kind} `{{name}}`", "{near}", f"没有{chinese} `{{name}}`", "{near}")
    for kind, (_, chinese) in _KINDS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """The folder around the workflows."""

    programme: ProgrammeFile | None
    people: People | None
    units: Units | None
    calendars: Calendars | None
    categories: Categories | None
    areas: Areas | None
    duties: Duties | None
    plans: Plans | None
    roles: Known
    persons: Known
    unit_names: Known
    calendar_names: Known
    category_names: Known
    accounts: Known
    exchanges: Known
    plan_names: Known
    robots: Robots | None
    robot_names: Known
    templates: Known
    workflow_names: Known
    registers: Mapping[str, Register]
    register_names: Known
    scheduled_by: frozenset[str]
    people_whole: bool
    workflows: Mapping[str, Workflow] | None = None
    """Those that could be read; None: one could not, so nothing is said of names among them."""

    def riders(self) -> frozenset[str]:
        """The roles that mark riders."""
        return frozenset(name for name, role in self.people.roles.items() if role.rider) if self.people else frozenset()

    def ticking(self) -> frozenset[str]:
        """The roles that steps of plans ask for."""
        return frozenset(
            role for plan in (self.plans.plans.values() if self.plans else ()) for step in plan.steps.values() for role in step.by
        )

    def is_rider(self, person: str) -> bool:
        return self.people is not None and person in self.people.people and not self.riders().isdisjoint(self.people.people[person].roles)

    def holders(self, role: str) -> list[str]:
        """The persons who have a role."""
        return [name for name, person in self.people.people.items() if role in person.roles] if self.people else []

    def scope(self, role: str) -> str | None:
        found = self.people.roles.get(role) if self.people else None
        return found.scope if found else None


def of(reading: Reading, templates: Collection[str] | None) -> Landscape:
    """`templates`: names that exist beside the folder's own; None where that is not known."""
    own = {name.split(".", 1)[0] for name in reading.templates}
    return Landscape(
        programme=_value(reading, "programme.yaml", ProgrammeFile),
        people=_value(reading, "people.yaml", People),
        units=_value(reading, "units.yaml", Units) if "units.yaml" in reading.parts else Units(),
        calendars=_value(reading, "calendars.yaml", Calendars) if "calendars.yaml" in reading.parts else Calendars(),
        categories=_value(reading, "categories.yaml", Categories) if "categories.yaml" in reading.parts else Categories(),
        areas=_value(reading, "areas.yaml", Areas) if "areas.yaml" in reading.parts else Areas(),
        duties=_value(reading, "duties.yaml", Duties) if "duties.yaml" in reading.parts else Duties(),
        plans=_value(reading, "plans.yaml", Plans) if "plans.yaml" in reading.parts else Plans(),
        roles=_keys(reading, "people.yaml", "roles"),
        persons=_keys(reading, "people.yaml", "people"),
        unit_names=_keys(reading, "units.yaml", "units", absent=True),
        calendar_names=_keys(reading, "calendars.yaml", "calendars", absent=True),
        category_names=_keys(reading, "categories.yaml", "categories", absent=True),
        accounts=_keys(reading, "points.yaml", "accounts", absent=True),
        exchanges=_keys(reading, "points.yaml", "exchanges", absent=True),
        plan_names=_keys(reading, "plans.yaml", "plans", absent=True),
        robots=_value(reading, "robots.yaml", Robots) if "robots.yaml" in reading.parts else Robots(),
        robot_names=_keys(reading, "robots.yaml", "robots", absent=True),
        templates=None if templates is None else frozenset(templates) | own,
        workflows=_workflows(reading),
        workflow_names=_called(reading, "workflows/", "workflow"),
        registers={
            part.fitted.value.register_: part.fitted.value for part in reading.parts.values() if isinstance(part.fitted.value, Register)
        },
        register_names=_called(reading, "registers/", "register"),
        scheduled_by=_calendars_of(_value(reading, "schedules.yaml", Schedules)),
        people_whole="people.yaml" in reading.parts and not reading.parts["people.yaml"].fitted.gone,
    )


def _workflows(reading: Reading) -> dict[str, Workflow] | None:
    found: dict[str, Workflow] = {}
    for name, part in reading.parts.items():
        if name.startswith("workflows/"):
            if not isinstance(part.fitted.value, Workflow) or part.fitted.gone:
                return None
            found[part.fitted.value.workflow] = part.fitted.value
    return found


def _value(reading: Reading, name: str, model: type[M]) -> M | None:
    part = reading.parts.get(name)
    value = part.fitted.value if part else None
    return value if isinstance(value, model) else None


def _keys(reading: Reading, name: str, section: str, *, absent: bool = False) -> Known:
    """The names written in a section. A file that is not there (`absent`) names nothing; one that was refused is not known."""
    part = reading.parts.get(name)
    if part is None:
        refused = any(problem.file.endswith(name) for problem in reading.problems)
        return frozenset() if absent and not refused else None
    return _written(part.data, section)


def _calendars_of(file: Schedules | None) -> frozenset[str]:
    """The calendars that say on which dates something opens."""
    return frozenset(one.calendar for one in file.schedules.values() if one.calendar is not None) if file is not None else frozenset()


def _called(reading: Reading, inside: str, key: str) -> Known:
    """The names that the files of a folder give themselves; not known where one of them cannot be read."""
    found = [part.data for name, part in reading.parts.items() if name.startswith(inside) and not name.endswith(".tests.yaml")]
    if any(not isinstance(data, dict) for data in found):
        return None
    return frozenset(str(data.get(key)) for data in found)


def _written(data: Any, section: str) -> Known:
    if not isinstance(data, dict):
        return None
    inside = data.get(section, {})
    return frozenset(str(key) for key in inside) if isinstance(inside, dict) else None


@dataclass(slots=True)
class Page:
    """One file under check: says problems at their place in it and collects them."""

    part: Part
    land: Landscape
    found: list[Problem] = field(default_factory=list)

    def say(self, saying: Saying, path: Path, *, key: bool = False, **words: str | int | Said) -> None:
        """A problem at `path` of the value read: of the innermost part of it that was written."""
        if len(self.found) >= _MOST:
            return
        place = self.part.fitted.origin(path)
        while place and not self.part.source.knows(place):
            place = place[:-1]
        self.found.append(self.part.source.problem(saying, place, key=key, **words))

    def names(self, kind: str, given: Iterable[tuple[str, Path]], known: Known, also: Iterable[str] = ()) -> None:
        """Say which of the `given` names do not exist; `also` are words that may stand there beside names."""
        if known is None or len(self.found) >= _MOST:
            return
        allowed = known | frozenset(also)
        for name, path in given:
            if name not in allowed and len(self.found) < _MOST:
                self.say(UNKNOWN[kind], path, name=name, near=problems.near(name, allowed, WORDS[kind]))

    def whole(self, *sections: str) -> bool:
        """Whether nothing is missing from these sections of the file."""
        return not any(path[:1] == (section,) for path in self.part.fitted.gone for section in sections)

    def intact(self, path: Path) -> bool:
        """Whether nothing is missing at or under `path` of the value read."""
        place = self.part.fitted.origin(path)
        return not any(gone[: len(place)] == place for gone in self.part.fitted.gone)

    def written(self, section: str) -> Known:
        return _written(self.part.data, section)

    def wrote(self, *path: str | int) -> bool:
        """Whether this stands in the file, and is not merely a default."""
        return self.part.source.knows(path)


@dataclass(slots=True)
class WorkflowPage(Page):
    """A workflow's file under check. `patience`: how many comparisons of matches are still made before they count as too many."""

    workflow: Workflow = field(kw_only=True)
    patience: int = 400_000


def each(names: Iterable[str], *path: str | int) -> list[tuple[str, Path]]:
    """The items of a list with the path of each."""
    return [(name, (*path, index)) for index, name in enumerate(names)]
