"""Group robots as a town writes them (`robots.yaml`): of which product each is, whom it stands for, and where its address is kept.

Addresses and secrets are never in the folder, which is read by many: only the names of the environment's variables that hold them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from config import sayings
from config.words import Frozen, Name, Names, OneOrMany, Text

Kind = Literal["wecom", "dingtalk", "feishu"]
ENV = "env:"
VARIABLE = r"^env:[A-Za-z_][A-Za-z0-9_]{0,99}$"
MENTION = r"^(id:[A-Za-z0-9_.-]{1,100}|[a-z][a-z0-9_-]{0,59})$"
ALL = "all"
ID = "id:"
"""Before the id by which the product itself knows somebody."""
ROBOT = "robot:"
"""Before a robot's name where a message goes to it."""


def _variable(value: str) -> str:
    if re.fullmatch(VARIABLE, value) is None:
        raise sayings.wrong(sayings.LITERAL_SECRET)
    if value.startswith(f"{ENV}FENGXING_"):
        raise sayings.wrong(sayings.OUR_VARIABLE, given=value)
    return value


Variable = Annotated[
    str, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE, "examples": ["env:DESK_ROBOT_URL"]})
]
"""`env:NAME`: the variable of the environment that holds the words themselves."""
Mentions = Annotated[tuple[Annotated[str, StringConstraints(pattern=MENTION)], ...], OneOrMany(unique=True)]
"""Persons (called by the `phone` of people.yaml), `id:…` as the product knows them, or `all`."""


class Robot(Frozen):
    """`for`: what is told to these roles, or to people within these units, goes to the group too. `mention`: who is called by `@` in
    what is urgent or of a ladder; `all` only in urgent notices, for a ladder calls no rider."""

    title: Text
    kind: Kind
    address: Variable
    secret: Variable | None = None
    for_: Names = Field(default=(), alias="for")
    mention: Mentions = ()


class Robots(Frozen):
    robots: dict[Name, Robot] = {}


def variable_of(written: str) -> str:
    """`env:DESK_ROBOT_URL` → `DESK_ROBOT_URL`."""
    return written.removeprefix(ENV)
