"""The small words of the language: names, texts in two languages, durations and shares, as the YAML spells them.

Everything here is a value that pydantic can read from a scalar and write back as the same words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from config import sayings

MICROS = {"second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000}
DURATION = r"^\s*(\d{1,6})\s+(working\s+)?(second|minute|hour|day|week)s?\s*$"
_DURATION = re.compile(DURATION)
_SHARE = re.compile(r"^\s*(\d{1,2})\s*%\s*$")

SHARE = r"^([1-9]\d?|100)%$"
PREFIX = r"^[A-Z]{2,6}$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
MAP_FILE = r"^areas/[A-Za-z0-9_-]{1,60}\.geojson$"
ADDRESS = r"^[^@\s<>]+@[^@\s<>]+$"
DAY = r"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$"
TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
CSV = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,58}\.csv$"
WINDOW = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
"""An identifier in the YAML: lower case, digits, `-` and `_`."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""Words people read."""
Flag = Annotated[bool, Strict()]
"""`true` or `false`, and no other spelling of them."""
Count = Annotated[int, Strict()]
"""A whole number, not the text of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOrMany:
    """In an annotation of a tuple: a single value may be written without the brackets of a list. `unique`: each once."""

    unique: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        many = handler(source)
        if self.unique:
            many = core_schema.no_info_after_validator_function(_once, many)
        return core_schema.no_info_before_validator_function(_listed, many)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = handler(schema) | ({"uniqueItems": True} if self.unique else {})
        return {"anyOf": [many.get("items", {}), many]}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int | float | bool) else value


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for item in value:
        if item in seen:
            raise sayings.wrong(sayings.LISTED_TWICE, given=item)
        seen.add(item)
    return value


Names = Annotated[tuple[Name, ...], OneOrMany(unique=True)]
"""Names, each once; a single one may stand without brackets."""


class Frozen(BaseModel):
    """A value of the language: immutable, and a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Text(Frozen):
    """Words people read, in Chinese and English."""

    zh: Line
    en: Line

    def say(self, language: str) -> str:
        return self.en if language == "en" else self.zh

    def body(self) -> dict[str, str]:
        """As JSON."""
        return {"zh": self.zh, "en": self.en}


class Unit(StrEnum):
    """What a duration is counted in: elapsed time, or days by the wall clock."""

    TIME = "time"
    DAYS = "days"


_UNITS_ZH = {"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周"}


def in_chinese(words: str) -> str:
    """A duration as it is written (`4 working hours`) in Chinese: `4 个工作小时`; other words are left as they are."""
    parts = words.split()
    unit = _UNITS_ZH.get(parts[-1].removesuffix("s")) if parts and parts[0].isdigit() else None
    if unit is None:
        return words
    if parts[1] == "working":
        return f"{parts[0]} 个工作{'日' if unit == '天' else unit}"
    return f"{parts[0]} {unit}"


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
            raise sayings.wrong(sayings.DURATION, given=words[:60])
        number, working, unit = int(found[1]), bool(found[2]), found[3]
        if unit == "week":
            number, unit = number * 7, "day"
        if number == 0:
            raise sayings.wrong(sayings.NOTHING, given=words)
        kind = Unit.DAYS if unit == "day" else Unit.TIME
        return cls(number * MICROS[unit], kind, working, " ".join(words.split()))

    @classmethod
    def _read(cls, value: object) -> Duration:
        return value if isinstance(value, cls) else cls.parse(str(value))

    def __str__(self) -> str:
        return self.words

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": DURATION,
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
            raise sayings.wrong(sayings.MOMENT, given=words[:60])
        return cls(int(found[1]))

    @classmethod
    def _read(cls, value: object) -> Moment:
        return value if isinstance(value, cls) else cls.parse(str(value))

    def __str__(self) -> str:
        return "due" if self.share == 100 else f"{self.share}%"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^(due|[1-9]\d?%)$", "examples": ["80%", "due"]}
