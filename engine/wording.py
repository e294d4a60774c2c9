"""A case in people's words, beside the names of the definition: what its facts are called and say, what its moves are called, and
which category the reporter's own words suggest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config import workflow
from config.words import Text
from engine import catalog, checklists, registers
from engine.suggesting import keywords


def both(label: Text | str) -> Text:
    """A label that may have been written in one language only."""
    return label if isinstance(label, Text) else Text(zh=label, en=label)


def composed(*, zh: str, en: str) -> Text:
    """A sentence put together from an admin's words: it may be longer than what may be written in one place."""
    return Text.model_construct(zh=zh, en=en)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A fact: its title, and its value where that is a name of the definition or the town. `more` is what else is known of it."""

    title: Text
    value: Text | None = None
    more: Mapping[str, str] | None = None

    def body(self) -> dict[str, Any]:
        return {"title": self.title.body(), "value": None if self.value is None else self.value.body(), **(self.more or {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A category whose keywords (`words`) stand in the report. `unit` is who usually handles it."""

    category: str
    title: Text
    unit: str | None
    words: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        return {"category": self.category, "title": self.title.body(), "unit": self.unit, "words": list(self.words)}


def facts(compiled: catalog.Compiled, town: catalog.InForce, given: Mapping[str, Any]) -> dict[str, Said]:
    """What is known of a case, in the order of the definition."""
    return {name: _said(fact, compiled, town, given[name]) for name, fact in compiled.workflow.facts.items() if name in given}


def _said(fact: workflow.Fact, compiled: catalog.Compiled, town: catalog.InForce, value: Any) -> Said:
    """Codes differ between cities, so a category's comes with its scheme and version."""
    kinds = workflow.FactType
    if fact.type is kinds.CHECKLIST and isinstance(value, dict) and "steps" in value:
        return Said(title=fact.title, value=checklists.progress(value))
    if not isinstance(value, str):
        return Said(title=fact.title)
    if fact.type is kinds.CHOICE and fact.choices is not None and value in fact.choices:
        return Said(title=fact.title, value=both(fact.choices[value]))
    if fact.type is kinds.CATEGORY:
        known = compiled.definition.categories
        category = known.categories.get(value)
        if category is not None:
            code = {"scheme": known.scheme, "version": known.version, "code": category.code} if category.code is not None else None
            return Said(title=fact.title, value=category.title, more=code)
    if fact.type is kinds.UNIT and value in town.live.units.units:
        unit = town.live.units.units[value]
        return Said(title=fact.title, value=unit.title, more={"kind": unit.kind})
    if fact.type is kinds.PERSON and value in town.live.people.people:
        return Said(title=fact.title, value=both(town.live.people.people[value].name))
    if fact.type is kinds.ENTRY and (title := registers.titled(town.live, fact, value)) is not None:
        return Said(title=fact.title, value=title)
    return Said(title=fact.title)


def moves(compiled: catalog.Compiled, triggers: Iterable[str]) -> dict[str, Text]:
    """What the buttons say, of the triggers that have a title of their own."""
    rules = compiled.workflow.transitions
    return {trigger: title for trigger in triggers if (title := rules[trigger].title) is not None}


def suggested(compiled: catalog.Compiled, given: Mapping[str, Any]) -> tuple[Suggestion, ...]:
    """Categories for a case that has none yet, the best first: by the keywords that stand in its texts."""
    defined = compiled.workflow.facts
    wanted = next((name for name, fact in defined.items() if fact.type is workflow.FactType.CATEGORY), None)
    if wanted is None or wanted in given:
        return ()
    texts = [name for name, fact in defined.items() if fact.type is workflow.FactType.TEXT and isinstance(given.get(name), str)]
    known = compiled.definition.categories.categories
    return tuple(
        Suggestion(category=one.category, title=known[one.category].title, unit=known[one.category].unit, words=one.words)
        for one in keywords.find(known, "\n".join(given[name] for name in texts))
    )
