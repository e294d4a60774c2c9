"""`points.yaml`: the accounts of a programme (points, money) with their monthly limits, and what is exchanged for what. Live, never pinned."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.words import Count, Frozen, Name, Text

MOST = 1_000_000_000
Sum = Annotated[Count, Field(ge=1, le=MOST)]
"""A whole number of an account's unit."""
Sums = Annotated[dict[Name, Sum], Field(min_length=1, max_length=10)]
"""How much of which accounts."""


class Account(Frozen):
    """What persons own a number of. `monthly_cap` is each person's in a month of the programme's zone, `budget` all persons' together."""

    title: Text
    unit: Text
    monthly_cap: Sum | None = None
    budget: Sum | None = None


class Exchange(Frozen):
    """Some of one account for some of another, as one posting. `monthly_cap`: how many times a person and month."""

    title: Text | None = None
    from_: Sums = Field(alias="from")
    to: Sums
    monthly_cap: Annotated[Count, Field(ge=1, le=1000)] | None = None


class Points(Frozen):
    accounts: dict[Name, Account] = Field(default={}, max_length=20)
    exchanges: dict[Name, Exchange] = Field(default={}, max_length=50)
