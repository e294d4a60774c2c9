"""Registers at work: which rows a `for_each` goes through, and what each gives to the case that it opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import matches, programme, registers, workflow
from config.words import Text


def rows(live: programme.Live, register: str, when: matches.Match | None) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a register that `when` picks, in the order of the file: (id, values by column as they were written).

    A register that is not there (any more) has none. The values are not in their kept form yet: `engine.facts.check` brings them into it."""
    found = live.registers.get(register)
    if found is None:
        return []
    return [(name, {c: v for c, v in row.items() if c in found.columns}) for name, row in found.rows.items() if registers.meets(row, when)]


def titled(live: programme.Live, fact: workflow.Fact, row: str) -> Text | None:
    """What people call the row that a fact of type `entry` names; None where it is not there (any more)."""
    found = live.registers.get(fact.register_ or "")
    return found.titled(row) if found is not None else None


def given(flow: workflow.Workflow, register: str, row: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row gives to a case of a workflow: the columns that have the name of a fact, and its own id to each `entry` of its register."""
    facts: dict[str, Any] = {
        name: row for name, fact in flow.facts.items() if fact.type is workflow.FactType.ENTRY and fact.register_ == register
    }
    return facts | {name: value for name, value in values.items() if name in flow.facts}
