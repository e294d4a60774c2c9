"""What is known for certain: the categories of cases that were settled, with what was reported when they were opened.

A case counts once it has come to an end that is `done`: a category that somebody only chose is not yet confirmed. What was written
later (the result, a reason) is left out, for nobody has it when a category is suggested; personal texts are, because a model would keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from config.programme import Categories
from config.workflow import Final
from engine import catalog, placing
from engine.suggesting import learner
from storage import database, suggesting

MOST = 10_000
"""The newest confirmed cases of a programme that are learned from."""
_PAGE = 2000
_END = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The confirmed cases of a programme, and which share of each category was urgent."""

    samples: tuple[learner.Sample, ...]
    urgent: Mapping[str, float]


def read(tx: database.Transaction, known: catalog.Catalog, programme: str, categories: Categories) -> Confirmed:
    """The newest ones, of the categories that there are today; those that have been dropped since teach nothing."""
    samples: list[learner.Sample] = []
    urgent: dict[str, list[int]] = {}
    last = _END
    while len(samples) < MOST and (rows := tx.all(suggesting.CONFIRMED, (programme, last, _PAGE))):
        last = rows[-1][0]
        for _, definition, state, facts, opened, was_urgent, first in rows:
            compiled = known.pinned(tx, definition)
            category = _category(compiled, state, orjson.loads(facts))
            text = words(compiled.noted, orjson.loads(first))
            if category in categories.categories and text:
                samples.append(learner.Sample(opened, text, str(category)))
                urgent.setdefault(str(category), []).append(was_urgent)
    return Confirmed(samples=tuple(samples[:MOST]), urgent={name: sum(each) / len(each) for name, each in urgent.items()})


def words(noted: placing.Noted, given: Mapping[str, Any]) -> str:
    """What was written, of facts as they were given or may be seen."""
    return "\n".join(value for name in noted.texts if isinstance(value := given.get(name), str))


def _category(compiled: catalog.Compiled, state: str, facts: Mapping[str, Any]) -> str | None:
    settled = compiled.workflow.states.get(state)
    if settled is None or settled.final is not Final.DONE or compiled.noted.category is None:
        return None
    found = facts.get(compiled.noted.category)
    return found if isinstance(found, str) else None
