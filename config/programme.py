"""A programme: the folder of a town. What a case pins when it is opened (`Definition`) and what stays live beside it (`Live`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StringConstraints, Tag

from config import sayings, words
from config.words import Count, Duration, Flag, Frozen, Line, Name, Names, OneOrMany, Text
from config.workflow import Language, Values, Workflow


def minutes_of(window: str) -> tuple[int, int]:
    """`22:00-06:00` → (1320, 360) in minutes of the day; an end not after its start is over midnight; 24:00 is 1440."""
    start, end = window.split("-")
    hour, minute = start.split(":")
    until_hour, until_minute = end.split(":")
    return int(hour) * 60 + int(minute), int(until_hour) * 60 + int(until_minute)


def _window(value: str) -> str:
    begin, end = minutes_of(value)
    if begin == end:
        raise sayings.wrong(sayings.EMPTY_WINDOW, given=value)
    return value


Window = Annotated[str, StringConstraints(pattern=words.WINDOW), AfterValidator(_window)]
"""Hours of a day, as `08:30-12:00`, `22:00-06:00` (over midnight) or `18:00-24:00`."""
Windows = Annotated[tuple[Window, ...], OneOrMany()]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Annotated[str, StringConstraints(pattern=words.DAY)]
"""A weekday, or a span of them as `mon-fri`."""


def days_of(key: str) -> tuple[str, ...]:
    """`mon-wed` → (`mon`, `tue`, `wed`)."""
    first, _, last = key.partition("-")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    if end < begin:
        raise sayings.wrong(sayings.BACKWARDS, given=key)
    return DAYS[begin : end + 1]


def _week(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """`mon-fri: [...]` spelled out day by day."""
    days: dict[str, tuple[str, ...]] = {}
    for key, windows in value.items():
        for day in days_of(key):
            if day in days:
                raise sayings.wrong(sayings.DAY_TWICE, day=day, given=key)
            days[day] = windows
    return days


def _weekdays(value: tuple[str, ...]) -> tuple[str, ...]:
    days: list[str] = []
    for key in value:
        for day in days_of(key):
            if day in days:
                raise sayings.wrong(sayings.DAY_TWICE, day=day, given=key)
            days.append(day)
    return tuple(days)


Week = Annotated[dict[Day, Windows], AfterValidator(_week)]
Weekdays = Annotated[tuple[Day, ...], AfterValidator(_weekdays), OneOrMany()]


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
    """Where a unit has nobody of a role, the one it is `part_of` answers."""

    title: Text
    kind: Literal["department", "community", "grid", "company", "street", "estate", "team"] = "department"
    part_of: Name | None = None


class Units(Frozen):
    units: dict[Name, Unit] = {}


class Category(Frozen):
    """`code` is its number in the scheme; `keywords` suggest it; `unit` is who usually handles it."""

    title: Text
    code: Line | None = None
    keywords: Annotated[tuple[Line, ...], OneOrMany()] = ()
    unit: Name | None = None


class Categories(Frozen):
    scheme: Line = "none"
    version: Line = "1"
    categories: dict[Name, Category] = {}


class ProgrammeFile(Frozen):
    """`fallback`: who hears when a rung reaches nobody. `digest_above`: more ladder mails than this for one person within a
    minute become one digest. `holidays`/`makeup` are looked up by calendar."""

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
Clock24 = Annotated[str, StringConstraints(pattern=words.CLOCK)]
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
    """What the figures are held against, and which mails bring them to whom."""

    outside: dict[Name, Outside] = Field(default={}, max_length=20)
    morning: MorningMail | None = None
    monthly: Circular | None = None


class Programme(Frozen):
    """A whole folder, read. `templates` maps a file's name under templates/ to its text."""

    programme: ProgrammeFile
    units: Units = Units()
    people: People
    calendars: Calendars = Calendars()
    categories: Categories = Categories()
    figures: Figures = Figures()
    workflows: dict[Name, Workflow]
    templates: dict[str, str] = {}


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
    """What stays live: people, rota, units, words of templates, exceptions and holidays of the calendars."""

    programme: ProgrammeFile
    units: Units
    people: People
    calendars: Calendars
    figures: Figures = Figures()
    templates: dict[str, str] = {}


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
        figures=programme.figures,
        templates=programme.templates,
    )


FILES: Mapping[str, Any] = {
    "programme.yaml": ProgrammeFile,
    "units.yaml": Units,
    "people.yaml": People,
    "calendars.yaml": Calendars,
    "categories.yaml": Categories,
    "figures.yaml": Figures,
}
"""The files of a folder beside `workflows/*.yaml` and `templates/`, with the model each is read by."""
