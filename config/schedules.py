"""A schedule: at which moments of the town's wall clock the engine opens cases by itself, and with what. Read from `schedules.yaml`. Live."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from config import words
from config.effects import ForEach
from config.registers import Cell
from config.week import DAYS, Weekdays
from config.words import Count, Duration, Frozen, Name, OneOrMany, Text

Time = Annotated[str, StringConstraints(pattern=words.TIME)]
"""A time of the day, as `10:30`."""


class Schedule(Frozen):
    """`opens` a case of this workflow on each date that is one of `days`, one of the days of the month in `monthly` (the 31st of a
    shorter month is its last day) and a date on which `calendar` opens, as far as they are given."""

    title: Text
    opens: Name
    at: Annotated[tuple[Time, ...], Field(min_length=1, max_length=48), OneOrMany(unique=True)]
    days: Weekdays = DAYS
    monthly: Annotated[tuple[Annotated[Count, Field(ge=1, le=31)], ...], Field(max_length=31), OneOrMany()] = ()
    calendar: Name | None = None
    for_each: ForEach | None = None
    with_: dict[Name, Cell] = Field(default={}, alias="with")
    late_by: Duration = Field(default=Duration.parse("1 hour"), json_schema_extra={"default": "1 hour"})


class Schedules(Frozen):
    schedules: dict[Name, Schedule] = Field(default={}, max_length=200)
