"""A few days in a town that was accepted, whatever stands in its files: cases are opened, moved and left lying; nothing may break."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from config import programme as programmes
from config import workflow
from engine import errors, rehearsal
from states import errors as states_errors

DAY = 86_400_000_000
_VALUES: dict[workflow.FactType, Any] = {
    workflow.FactType.TEXT: "{{ 7*7 }}",
    workflow.FactType.NUMBER: "3",
    workflow.FactType.YES_NO: "true",
    workflow.FactType.CONTACT: {"name": "某", "email": "somebody@example.org"},
    workflow.FactType.POINT: "103.7,27.3,wgs84",
    workflow.FactType.CASE: "XX-20261120-0001",
    workflow.FactType.DATE: "2026-11-01",
    workflow.FactType.DATETIME: "2026-12-24T08:00:00+08:00",
    workflow.FactType.DURATION: "1 hour",
    workflow.FactType.PHOTOS: list(rehearsal.photos(1)),
    workflow.FactType.VIDEOS: list(rehearsal.videos(1)),
}


def live(whole: programmes.Programme, seed: int, *, now: int) -> None:
    """Refusals are no matter; whatever else is raised goes to the caller."""
    rng = random.Random(seed)
    people = list(whole.people.people)
    for name, flow in whole.workflows.items():
        if len(flow.clocks) * sum(map(len, flow.ladders.values())) > 300:
            continue  # so many rungs take their time, rightly
        town = rehearsal.of_programme(whole, now=now)
        case = _open(town, name, flow, whole, people)
        if case is None:
            continue
        for _ in range(8):
            town.until(town.now + rng.choice((0, 600_000_000, DAY // 2)))
            state = town.cases[case].state
            leaving = [trigger for trigger, rule in flow.transitions.items() if state in rule.from_]
            if leaving:
                _move(town, case, rng.choice(leaving), flow, whole, rng.sample(people, len(people)))
        town.until(town.now + 3 * DAY)
        town.happened()


def _open(town: rehearsal.Rehearsal, name: str, flow: workflow.Workflow, whole: programmes.Programme, people: list[str]) -> int | None:
    facts = _facts(flow, whole, [fact for fact, rule in flow.facts.items() if rule.required])
    for person in people[:20]:
        try:
            return town.open(name, actor=person, facts=facts).id
        except (errors.EngineError, states_errors.StatesError):
            continue
    return None


def _move(
    town: rehearsal.Rehearsal, case: int, trigger: str, flow: workflow.Workflow, whole: programmes.Programme, people: list[str]
) -> None:
    rule = flow.transitions[trigger]
    facts = _facts(flow, whole, (*rule.needs, *rule.takes))
    for person in people[:20]:
        try:
            town.move(case, trigger, actor=person, facts=facts)
        except (errors.EngineError, states_errors.StatesError):
            continue
        return


def _facts(flow: workflow.Workflow, whole: programmes.Programme, names: Iterable[str]) -> dict[str, Any]:
    """A value of each fact's type, where the town has one."""
    lists = {
        workflow.FactType.CATEGORY: list(whole.categories.categories),
        workflow.FactType.UNIT: list(whole.units.ours),
        workflow.FactType.PERSON: list(whole.people.people),
    }
    found = {}
    for name in names:
        kind = flow.facts[name].type
        choices = lists.get(kind)
        if kind is workflow.FactType.CHOICE:
            choices = list(flow.facts[name].choices or ())
        elif kind is workflow.FactType.ENTRY:
            kept = whole.registers.get(flow.facts[name].register_ or "")
            choices = list(kept.rows) if kept is not None else []
        if choices is None:
            found[name] = _VALUES.get(kind, "?")  # a checklist is given by nobody
        elif choices:
            found[name] = choices[len(name) % len(choices)]
    return found
