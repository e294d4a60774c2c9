"""Steps of a checklist that are done on the way: before a simulated move that asks for all of them, each open one is ticked by somebody who may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from engine import checklists, draft, moving, rehearsal


def tick(town: rehearsal.Rehearsal, case: draft.Draft, trigger: str, *, who: str) -> None:
    """Tick what `trigger` asks for; `who` is about to pull it, and does himself what he may. What nobody may tick stays open."""
    for fact in case.compiled.workflow.transitions[trigger].needs_done:
        for step, _, done in list(checklists.steps(checklists.of(case.facts, fact))):
            if done is None:
                _by_somebody(town, case, fact, step, who)


def _by_somebody(town: rehearsal.Rehearsal, case: draft.Draft, fact: str, step: str, who: str) -> None:
    rules = case.compiled.workflow.transitions.items()
    ticking = [(name, rule.by) for name, rule in rules if rule.ticks == fact and case.state in rule.from_]
    for name, by in ticking:
        for person in dict.fromkeys((who, *_holders(town, by))):
            with suppress(*moving.REFUSALS):
                town.carry_on(case.id, name, actor=person, kept={}, excused=False, step=step)
                return


def _holders(town: rehearsal.Rehearsal, roles: tuple[str, ...]) -> Iterator[str]:
    for role in roles:
        yield from town.town.people.having.get(role, ())
