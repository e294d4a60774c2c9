"""What a trigger does beyond its own case: it opens cases, tells others, joins them, waits for them. Shape only; see `check_links`.

All of it hangs on triggers as notices do, and happens in the same transaction as the move itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from config.matches import Choice, Match
from config.words import Flag, Frozen, Name, OneOrMany

OPENER = "opener"
"""How a case names whoever opened it, or whom it was joined to."""


class Constant(Frozen):
    is_: Choice = Field(alias="is")


def _kind(value: object) -> str:
    return "(mapping)" if isinstance(value, dict | Frozen) else "(scalar)"


Given = Annotated[Annotated[Constant, Tag("(mapping)")] | Annotated[Name, Tag("(scalar)")], Discriminator(_kind)]
"""A fact of this case by its name, or `{is: constant}`."""
Carried = Annotated[dict[Name, Given], Field(max_length=50)]
"""Facts of the other case ← what they get from this one."""
Triggers = Annotated[tuple[Name, ...], Field(min_length=1), OneOrMany(unique=True)]


class ForEach(Frozen):
    """One case for each row of a register; columns that have the name of a fact of the new case are given to it."""

    register_: Name = Field(alias="register")
    when: Match | None = None


class Opens(Frozen):
    """A linked case that a trigger opens. `reporter`: who counts as having reported it: nobody, this case's reporter, or who moved it."""

    on: Triggers
    workflow: Name
    link: Name
    with_: Carried = Field(default={}, alias="with")
    reporter: Literal["none", "same", "actor"] = "none"
    for_each: ForEach | None = None
    when: Match | None = None


class Tells(Frozen):
    """A trigger pulled on linked cases, as the actor `linked`: on the `opener`, or on all that are linked under a name."""

    on: Triggers
    case: Name
    trigger: Name
    with_: Carried = Field(default={}, alias="with")
    when: Match | None = None


class Links(Frozen):
    """This case is joined to another that exists, which a fact of type case names; `cut` undoes it."""

    on: Triggers
    as_: Name = Field(alias="as")
    fact: Name | None = None
    cut: Flag = False


class Joins(Frozen):
    """A case that waits for others: when all (or any) of those linked under a name have ended, `do` is pulled, as `linked`."""

    of: Name
    when: Literal["all", "any"] = "all"
    do: Name
