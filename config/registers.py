"""A register: a table of the town beside its people, read from `registers/NAME.yaml`. Live, like they are: service points, homes, standing orders.

A column is typed as a fact is. Whether each value is one of its column's is asked by `engine.registers`, which reads it as it reads a fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from config import workflow
from config.matches import Match, spelled
from config.words import Flag, Frozen, Line, Name, Text
from config.workflow import FactType, Label, spelled_keys

MOST_ROWS = 10_000
MOST_COLUMNS = 40
UNFIT = frozenset({FactType.PHOTOS, FactType.VIDEOS})
"""Types that no column has: a table holds no files."""


class Column(Frozen):
    """What is known of each row. `required`: no row is without it. A column with the name of a fact is given to the cases a row opens."""

    type: FactType
    title: Text
    required: Flag = False
    choices: Annotated[dict[Line, Label], Field(min_length=1), BeforeValidator(spelled_keys)] | None = None
    register_: Name | None = Field(default=None, alias="register")

    def fact(self) -> workflow.Fact:
        """The fact that a column's values are read as."""
        return workflow.Fact(type=self.type, title=self.title, choices=self.choices, register_=self.register_)


def _shape(value: object) -> str:
    return "(mapping)" if isinstance(value, dict | Frozen) else "(list)" if isinstance(value, list | tuple) else "(scalar)"


Scalar = Annotated[str | bool | int | float, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Cell = Annotated[
    Annotated[Scalar, Tag("(scalar)")] | Annotated[dict[Line, Scalar], Tag("(mapping)")],
    Discriminator(_shape),
]
"""A value as it is written: one word or number, or a mapping where the type has parts (a title, a contact, a point)."""
TITLE = "title"


def _titled(schema: dict[str, Any]) -> None:
    schema["required"] = [TITLE]


Row = Annotated[dict[Name, Cell], Field(json_schema_extra=_titled)]
"""A row: its `title`, in both languages or in one, and values by column."""


class Register(Frozen):
    """`rows` by their ids, which cases keep."""

    register_: Name = Field(alias="register")
    title: Text
    columns: dict[Name, Column] = Field(default={}, max_length=MOST_COLUMNS)
    rows: dict[Name, Row] = Field(default={}, max_length=MOST_ROWS)

    def titled(self, row: str) -> Text | None:
        """What people call a row; None for one that is not there (any more)."""
        title = self.rows.get(row, {}).get(TITLE)
        if isinstance(title, dict):
            return Text(zh=str(title.get("zh") or title.get("en")), en=str(title.get("en") or title.get("zh")))
        return None if title is None else Text(zh=str(title), en=str(title))


def meets(row: Mapping[str, Any], when: Match | None) -> bool:
    """Whether a row's columns have the values asked for, compared as matches compare."""
    return all(name in row and spelled(row[name]) in values for name, values in (when or {}).items())
