"""Who sees what of a case: the rules of a workflow as the admin writes them, and what they come to in each state.

The first rule that names a fact in a state decides on it. What no rule names is seen as before (see `engine.secrecy`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from config.words import Frozen, Names

ALL = "all"
"""In `facts`: the case itself, and with it each of its facts."""


class Visibility(Frozen):
    """One rule: `in` these states (every one, if none is named) these `facts`, or `all` of the case, are for `only` these people."""

    in_: Names = Field(default=(), alias="in")
    facts: Annotated[Names, Field(min_length=1)]
    only: Annotated[Names, Field(min_length=1)]

    @property
    def whole(self) -> bool:
        """Whether it is about the case itself."""
        return self.facts == (ALL,)

    def holds_in(self, state: str) -> bool:
        return not self.in_ or state in self.in_


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """What the rules come to in one state: `case` are the words that see the case (None: everybody does), `facts` those that see one
    of its facts, where not everybody does who sees the case."""

    case: frozenset[str] | None
    facts: Mapping[str, frozenset[str]]


def veils(rules: Sequence[Visibility], states: Iterable[str]) -> dict[str, Veil]:
    """State → veil, of the states that have one."""
    found = {state: _veil(rules, state) for state in states} if rules else {}
    return {state: veil for state, veil in found.items() if veil.case is not None or veil.facts}


def _veil(rules: Sequence[Visibility], state: str) -> Veil:
    facts: dict[str, frozenset[str]] = {}
    for rule in rules:
        if not rule.holds_in(state):
            continue
        if rule.whole:
            return Veil(case=frozenset(rule.only), facts=facts)
        for name in rule.facts:
            facts.setdefault(name, frozenset(rule.only))
    return Veil(case=None, facts=facts)
