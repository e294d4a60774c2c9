"""The small words of the language: names, texts in two languages, durations and shares, as the YAML spells them.

Everything here is a value that pydantic can read from a scalar and write back as the same words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MICROS = {"second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000}
_DURATION = re.compile(r"^\s*(\d{1,6})\s+(working\s+)?(second|minute|hour|day|week)s?\s*$")
_SHARE = re.compile(r"^\s*(\d{1,2})\s*%\s*$")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
"""An identifier in the YAML: lower case, digits, `-` and `_`."""


class Frozen(BaseModel):
    """A value of the language: immutable, and a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Text(Frozen):
    """Words people read, in Chinese and English."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        return self.en if language == "en" else self.zh


class Unit(StrEnum):
    """What a duration is counted in: elapsed time, or days by the wall clock."""

    TIME = "time"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Duration:
    """`10 minutes`, `4 working hours`, `2 days`: `micros` in its `unit` (a day has a nominal 86,400 s), and whether
    the word *working* stood there. Hours and minutes elapse; days go by the wall clock of the programme's zone."""

    micros: int
    unit: Unit
    working: bool
    words: str

    @classmethod
    def parse(cls, words: str) -> Duration:
        found = _DURATION.match(words)
        if not found:
            raise ValueError(f"{words!r} is not a duration; write a number and a unit, as in `10 minutes`, `4 working hours` or `2 days`")
        number, working, unit = int(found[1]), bool(found[2]), found[3]
        if unit == "week":
            number, unit = number * 7, "day"
        if number == 0:
            raise ValueError("a duration of nothing; write at least `1 second`")
        kind = Unit.DAYS if unit == "day" else Unit.TIME
        return cls(number * MICROS[unit], kind, working, " ".join(words.split()))

    def __str__(self) -> str:
        return self.words

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from_words = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=from_words,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_words]),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": r"^\s*\d{1,6}\s+(working\s+)?(second|minute|hour|day|week)s?\s*$",
            "examples": ["10 minutes", "4 working hours", "2 days"],
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a rung stands on its clock: `80%` of the target, or `due` itself (share 100)."""

    share: int

    @classmethod
    def parse(cls, words: str) -> Moment:
        if words.strip() == "due":
            return cls(100)
        found = _SHARE.match(words)
        if not found or int(found[1]) == 0:
            raise ValueError(f"{words!r} is not a moment; write `due` or a share of the target between 1% and 99%, as in `80%`")
        return cls(int(found[1]))

    def __str__(self) -> str:
        return "due" if self.share == 100 else f"{self.share}%"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from_words = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=from_words,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_words]),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^(due|[1-9]\d?%)$", "examples": ["80%", "due"]}
