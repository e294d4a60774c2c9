"""How a simulation imagines a town: how many cases come and when, of what kind, who works on them, how long that takes.

Assumptions are a YAML file of their own (`assumptions.yaml`), read as strictly as definitions are; `check` then holds them against
a programme. Whatever is left out is derived from the definition (see `engine.simulating.assumed`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from config import alone, problems
from config.matches import spelled
from config.problems import Problem, Said, Saying
from config.programme import Categories, Programme
from config.source import Source
from config.week import Day, Window
from config.words import Count, Duration, Frozen, Line, Name, Names
from config.workflow import FactType, Workflow

ALWAYS = "always"

UNREADABLE = Saying(
    "unreadable",
    "cannot be read: {what}",
    "give the assumptions as --assume FILE.yaml, UTF-8 text of at most 64 kB",
    "无法读取：{what}",
    "请用 --assume FILE.yaml 给出假设文件（UTF-8，不超过 64 kB）",
)
UNKNOWN = Saying("unknown-name", "`{name}` is not known in this programme", "{near}", "本项目中没有 `{name}`", "{near}")
NO_MIX = Saying(
    "no-mix",
    "`{name}` is no choice between a few values",
    "give shares for facts of type choice, category, unit or yes_no",
    "`{name}` 不是在几个值中选择的信息项",
    "只能为 choice、category、unit、yes_no 类型的信息项填写比例",
)
NOT_BY = Saying(
    "not-theirs",
    "`{role}` may not do `{trigger}`",
    "{near}",
    "`{role}` 无权执行 `{trigger}`",
    "{near}",
)
NO_TIME = Saying(
    "no-arrivals",
    "no case would ever come",
    "give at least one of them a share above 0",
    "不会有任何案件到来",
    "请至少给其中一项大于 0 的比例",
)


class Varies(StrEnum):
    """How handling times scatter around their median: as human work does, as waiting for chance does, or not at all."""

    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"
    FIXED = "fixed"


Share = Annotated[Count, Field(ge=0, le=1_000_000)]
"""A weight among its neighbours: twice the number comes twice as often."""


def _spelled_keys(value: object) -> object:
    return {spelled(key): each for key, each in value.items()} if isinstance(value, dict) else value


Shares = Annotated[dict[Line, Share], Field(min_length=1), BeforeValidator(_spelled_keys)]


class Arrivals(Frozen):
    """How many cases a day, and how they spread over the hours of a day and the days of a week. `from`: roles of those who report."""

    a_day: Annotated[Count, Field(ge=1, le=1_000_000)] | None = None
    hours: dict[Window, Share] = {}
    days: dict[Day, Share] = {}
    from_: Names = Field(default=(), alias="from")


class Staff(Frozen):
    """Of a role: how many are at work at the same time (in each unit, on each shift), and in which calendar's hours.

    Without a number those of people.yaml; desks keep the hours of their rota."""

    at_work: Annotated[Count, Field(ge=0, le=1000)] | None = None
    hours: Name | None = None


class Work(Frozen):
    """A trigger: its `weight` among those that lead on from the same state, the median time that doing it takes, how long it takes
    at most in nine cases of ten, and the role that does it."""

    weight: Share | None = None
    takes: Duration | None = None
    nine_of_ten: Duration | None = None
    varies: Varies | None = None
    by: Name | None = None


class Assumptions(Frozen):
    """All that a simulation assumes. `acknowledge`: of a hundred people who are chased while the case waits for them, so many
    say that they are on it and take it next."""

    workflow: Name
    arrivals: Arrivals = Arrivals()
    facts: dict[Name, Shares] = {}
    staff: dict[Name, Staff] = {}
    work: dict[Name, Work] = {}
    acknowledge: Annotated[Count, Field(ge=0, le=100)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file as read: `assumptions` is None where it cannot be used."""

    assumptions: Assumptions | None
    source: Source
    problems: tuple[Problem, ...]


def read(path: Path) -> Reading:
    """Read a file of assumptions; never raises for what is in it."""
    value, source, found = alone.read(path, Assumptions, UNREADABLE)
    return Reading(assumptions=value, source=source, problems=found)


def check(read: Reading, whole: Programme) -> tuple[Problem, ...]:
    """Everything the assumptions name that the programme does not know, and what can mean nothing."""
    given, source = read.assumptions, read.source
    if given is None:
        return read.problems
    flow = whole.workflows.get(given.workflow)
    if flow is None:
        return (_unknown(source, ("workflow",), given.workflow, whole.workflows, "workflows", "流程"),)
    found = [*_arrivals(source, given.arrivals, whole), *_mixes(source, given, flow, whole)]
    for role, staff in given.staff.items():
        if role not in whole.people.roles:
            found.append(_unknown(source, ("staff", role), role, whole.people.roles, "roles", "角色", key=True))
        if staff.hours is not None and staff.hours not in {ALWAYS, *whole.calendars.calendars}:
            known = {ALWAYS: None, **whole.calendars.calendars}
            found.append(_unknown(source, ("staff", role, "hours"), staff.hours, known, "calendars", "日历"))
    found += _works(source, given, flow)
    return problems.ordered(found)


def _arrivals(source: Source, arrivals: Arrivals, whole: Programme) -> Iterator[Problem]:
    for key, shares in (("hours", arrivals.hours), ("days", arrivals.days)):
        if shares and not any(shares.values()):
            yield source.problem(NO_TIME, ("arrivals", key), key=True)
    for number, role in enumerate(arrivals.from_):
        if role not in whole.people.roles:
            at = ("arrivals", "from", number) if source.knows(("arrivals", "from", number)) else ("arrivals", "from")
            yield _unknown(source, at, role, whole.people.roles, "roles", "角色")


def _mixes(source: Source, given: Assumptions, flow: Workflow, whole: Programme) -> Iterator[Problem]:
    for name, shares in given.facts.items():
        path: problems.Path = ("facts", name)
        if name not in flow.facts:
            yield _unknown(source, path, name, flow.facts, "facts", "信息项", key=True)
            continue
        values = values_of(flow, name, whole.categories, whole.units.units)
        if values is None:
            yield source.problem(NO_MIX, path, key=True, name=name)
            continue
        for value in shares:
            if value not in values:
                yield _unknown(source, (*path, value), value, dict.fromkeys(values), "values", "值", key=True)
        if not any(shares.values()):
            yield source.problem(NO_TIME, path, key=True)


def _works(source: Source, given: Assumptions, flow: Workflow) -> Iterator[Problem]:
    for trigger, work in given.work.items():
        rule = flow.transitions.get(trigger)
        if rule is None:
            yield _unknown(source, ("work", trigger), trigger, flow.transitions, "triggers", "操作", key=True)
        elif work.by is not None and work.by not in rule.by:
            near = problems.near(work.by, rule.by, Said("it is done by", "可执行者"))
            yield source.problem(NOT_BY, ("work", trigger, "by"), role=work.by, trigger=trigger, near=near)


def values_of(flow: Workflow, fact: str, categories: Categories, units: Mapping[str, object]) -> tuple[str, ...] | None:
    """What a fact may be, where it is a choice between a few values; None for all others."""
    kind = flow.facts[fact].type
    if kind is FactType.CHOICE:
        return tuple(flow.facts[fact].choices or ())
    if kind is FactType.CATEGORY:
        return tuple(categories.categories)
    if kind is FactType.UNIT:
        return tuple(units)
    return ("true", "false") if kind is FactType.YES_NO else None


def _unknown(
    source: Source, path: problems.Path, name: str, known: Mapping[str, object], en: str, zh: str, *, key: bool = False
) -> Problem:
    return source.problem(UNKNOWN, path, key=key, name=name, near=problems.near(name, known, Said(en, zh)))
