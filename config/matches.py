"""Declarative conditions, as every part of the language writes them: `{severity: 1, category: [gas, fire]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.words import Name, OneOrMany

Scalar = str | int | bool


def spelled(value: object) -> str:
    """A scalar as matches compare it: `1` and `"1"` are the same choice, `true` is `yes_no`'s true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


Choice = Annotated[str, BeforeValidator(spelled), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Values = Annotated[tuple[Choice, ...], Field(min_length=1), OneOrMany(unique=True)]
Match = Annotated[dict[Name, Values], Field(min_length=1)]
"""A declarative condition: every named fact has one of the listed values (text: these very words)."""


def hold(when: Mapping[str, tuple[str, ...]], facts: Mapping[str, object]) -> bool:
    """Every named fact is known and has one of the listed values."""
    return all(name in facts and spelled(facts[name]) in values for name, values in when.items())
