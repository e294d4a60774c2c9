"""A programme: the folder of a town. What a case pins when it is opened (`Definition`) and what stays live beside it (`Live`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag

from config import words
from config.areas import Areas, Datum, Duties
from config.matches import Values
from config.plans import Plans
from config.points import Points
from config.registers import Register
from config.robots import Robots
from config.schedules import Schedule, Schedules
from config.week import DAYS, Week, Weekdays, Window, Windows
from config.words import Count, Duration, Flag, Frozen, Line, Name, Names, OneOrMany, Text
from config.workflow import Language, Workflow


def _exception(value: object) -> str:
    return "(windows)" if isinstance(value, list | tuple) or (isinstance(value, str) and ":" in value) else "(word)"


Exception_ = Annotated[
    Annotated[Literal["closed", "open"], Tag("(word)")] | Annotated[Windows, Tag("(windows)")],
    Discriminator(_exception),
]
"""What a town decides for one date."""


def _days(value: object) -> object:
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


class Calendar(Frozen):
    """Weekly windows; `holidays: CN` follows the published list with its make-up working days (which take `makeup`'s hours,
    Monday's by default); `days` are the town's own exceptions by date: `closed`, `open` (Monday's hours) or windows."""

    title: Text
    week: Week
    holidays: Literal["CN", "none"] = "none"
    makeup: Windows | None = None
    days: Annotated[dict[Annotated[str, StringConstraints(pattern=words.DATE)], Exception_], BeforeValidator(_days)] = {}


class Calendars(Frozen):
    calendars: dict[Name, Calendar] = {}


class Role(Frozen):
    """`scope`: `programme` is everybody who has it, `unit` those within the case's unit, `desk` whoever is on the rota at that minute.
    `rider: true` marks riders, whom no ladder ever chases. `quiet`: hours in which what is not urgent waits."""

    title: Text
    scope: Literal["programme", "unit", "desk"] = "programme"
    rider: Flag = False
    quiet: Windows = ()


class Person(Frozen):
    """Somebody in one programme. `email` in the order in which addresses are tried."""

    name: Line
    roles: Names = Field(min_length=1)
    unit: Name | None = None
    email: Annotated[tuple[Annotated[str, StringConstraints(pattern=words.ADDRESS)], ...], OneOrMany()] = ()
    phone: Line | None = None
    language: Language | None = None


class Shift(Frozen):
    """Who sits at a desk in which hours; `days` are weekdays (all by default). Over midnight the shift belongs to the day it begins."""

    hours: Window
    days: Weekdays = DAYS
    who: Names = Field(min_length=1)


class People(Frozen):
    roles: dict[Name, Role]
    people: dict[Name, Person]
    rota: dict[Name, Annotated[tuple[Shift, ...], Field(max_length=300)]] = {}


class Unit(Frozen):
    """Where a unit has nobody of a role, the one it is `part_of` answers. A `neighbour` is another street, which is told and not chased."""

    title: Text
    kind: Literal["department", "community", "grid", "company", "street", "estate", "team", "neighbour"] = "department"
    part_of: Name | None = None


class Units(Frozen):
    units: dict[Name, Unit] = {}

    @property
    def ours(self) -> tuple[str, ...]:
        """The units to which a case can be given: a neighbour is told and takes over, but for what is not done we answer ourselves."""
        return tuple(name for name, unit in self.units.items() if unit.kind != "neighbour")


class Near(Frozen):
    """What may have been reported twice: so near (`metres`), and still open or closed at most `hours` before. What is left out is as for the whole town."""

    metres: Count | None = Field(default=None, ge=1, le=1000)
    hours: Count | None = Field(default=None, ge=1, le=8760)


class Learns(Frozen):
    """From how many confirmed cases on categories are learned from them, and how many of each category there must be."""

    from_: Count = Field(default=200, ge=50, le=1_000_000, alias="from")
    per_category: Count = Field(default=10, ge=5, le=10_000)


class Category(Frozen):
    """`code` is its number in the scheme; `keywords` suggest it; `unit` is who usually handles it; `duplicates` where it differs from the town's."""

    title: Text
    code: Line | None = None
    keywords: Annotated[tuple[Line, ...], OneOrMany()] = ()
    unit: Name | None = None
    duplicates: Near | None = None


class Categories(Frozen):
    scheme: Line = "none"
    version: Line = "1"
    learns: Learns = Learns()
    duplicates: Near = Near()
    categories: dict[Name, Category] = {}


class ProgrammeFile(Frozen):
    """`fallback`: who hears when a rung reaches nobody. `digest_above`: more ladder mails than this for one person within a
    minute become one digest. `holidays`/`makeup` are looked up by calendar. `datum`: what a point is in that names none."""

    programme: Name
    title: Text
    prefix: Annotated[str, StringConstraints(pattern=words.PREFIX)]
    time_zone: Line
    language: Language = "zh"
    fallback: Names = Field(min_length=1)
    quiet: Windows = ()
    digest_above: Count = Field(default=5, ge=1, le=1000)
    urgent: dict[Name, Values] = {"urgency": ("1",)}
    keep_personal: Duration | None = None
    datum: Datum | None = None


class Rate(StrEnum):
    """The rates by name; docs/figures.md has the formula of each."""

    CLOSURE = "closure_rate"
    VALID_LEADS = "valid_lead_rate"
    FOUND = "found_rate"
    CLOSING = "closing_rate"
    ON_TIME = "on_time_closing_rate"
    RESPONSE = "response_rate"
    RESOLUTION = "resolution_rate"
    SATISFACTION = "satisfaction_rate"
    REWORK = "rework_rate"
    RETURN = "return_rate"
    EXTENSION = "extension_rate"
    OVERDUE = "overdue_rate"


Rates = Annotated[tuple[Rate, ...], Field(min_length=1), OneOrMany(unique=True)]
Clock24 = Annotated[str, StringConstraints(pattern=words.TIME)]
"""A time of the day on the town's wall, as `07:30`."""


class Outside(Frozen):
    """Counts that come from elsewhere, day by day, in a file under `outside/`. `known`: matters the town knows of that its riders did not find."""

    title: Text
    file: Annotated[str, StringConstraints(pattern=words.CSV)]
    known: Flag = False


class MorningMail(Frozen):
    """The morning digest: `to` persons or roles, from `at` on, on these `days`."""

    to: Names = Field(min_length=1)
    at: Clock24 = "07:30"
    days: Weekdays = DAYS
    rates: Rates = (Rate.CLOSURE, Rate.ON_TIME, Rate.OVERDUE)


class Circular(Frozen):
    """The monthly circular (通报) on the month before: from `at` of that `day` on, by unit, held against the month before that one."""

    to: Names = Field(min_length=1)
    at: Clock24 = "08:30"
    day: Count = Field(default=1, ge=1, le=28)
    rates: Rates = (Rate.ON_TIME, Rate.CLOSING, Rate.CLOSURE, Rate.RETURN, Rate.REWORK)
    exempt: Literal["with", "without", "both"] = "with"


class Figures(Frozen):
    """What the figures are held against, and which mails bring them to whom. `workflows`: whose cases the mails count (default: all)."""

    workflows: Names = ()
    outside: dict[Name, Outside] = Field(default={}, max_length=20)
    morning: MorningMail | None = None
    monthly: Circular | None = None


class Programme(Frozen):
    """A whole folder, read. `templates` maps a file's name under templates/ to its text; so does `maps`, by names as `areas/town.geojson`."""

    programme: ProgrammeFile
    units: Units = Units()
    people: People
    calendars: Calendars = Calendars()
    categories: Categories = Categories()
    points: Points = Points()
    plans: Plans = Plans()
    robots: Robots = Robots()
    figures: Figures = Figures()
    workflows: dict[Name, Workflow]
    areas: Areas = Areas()
    duties: Duties = Duties()
    templates: dict[str, str] = {}
    registers: dict[Name, Register] = {}
    schedules: Schedules = Schedules()
    maps: dict[str, str] = {}


class Definition(Frozen):
    """What a case pins: its workflow with clocks, targets and ladders, the weekly hours, the categories, the zone."""

    programme: Name
    time_zone: str
    workflow: Workflow
    calendars: dict[Name, Calendar] = {}
    categories: Categories = Categories()

    def text(self) -> str:
        """JSON in the order of the admin's own file, without what is as by default: the same bytes for the same words."""
        import json

        return json.dumps(self.model_dump(mode="json", by_alias=True, exclude_defaults=True), ensure_ascii=False, separators=(",", ":"))

    def hash(self) -> str:
        return hashlib.sha256(self.text().encode()).hexdigest()


class Live(Frozen):
    """What stays live: people, rota, units, areas and duties, words of templates, emergency plans, points, groups' robots, exceptions and
    holidays of the calendars, registers, schedules."""

    programme: ProgrammeFile
    units: Units
    people: People
    calendars: Calendars
    areas: Areas = Areas()
    duties: Duties = Duties()
    points: Points = Points()
    plans: Plans = Plans()
    robots: Robots = Robots()
    figures: Figures = Figures()
    templates: dict[str, str] = {}
    registers: dict[Name, Register] = {}
    schedules: dict[Name, Schedule] = {}
    maps: dict[str, str] = {}


def definition_of(programme: Programme, workflow: str) -> Definition:
    """The pinned part: exceptions by date are live and left out."""
    weekly = {name: calendar.model_copy(update={"days": {}}) for name, calendar in programme.calendars.calendars.items()}
    return Definition(
        programme=programme.programme.programme,
        time_zone=programme.programme.time_zone,
        workflow=programme.workflows[workflow],
        calendars=weekly,
        categories=programme.categories,
    )


def live_of(programme: Programme) -> Live:
    return Live(
        programme=programme.programme,
        units=programme.units,
        people=programme.people,
        calendars=programme.calendars,
        areas=programme.areas,
        duties=programme.duties,
        points=programme.points,
        plans=programme.plans,
        robots=programme.robots,
        figures=programme.figures,
        templates=programme.templates,
        registers=programme.registers,
        schedules=programme.schedules.schedules,
        maps=programme.maps,
    )


FILES: Mapping[str, Any] = {
    "programme.yaml": ProgrammeFile,
    "units.yaml": Units,
    "people.yaml": People,
    "calendars.yaml": Calendars,
    "categories.yaml": Categories,
    "schedules.yaml": Schedules,
    "areas.yaml": Areas,
    "duties.yaml": Duties,
    "points.yaml": Points,
    "plans.yaml": Plans,
    "robots.yaml": Robots,
    "figures.yaml": Figures,
}
"""The files of a folder beside `workflows/*.yaml`, `registers/*.yaml`, `templates/` and `areas/`, with the model each is read by."""
