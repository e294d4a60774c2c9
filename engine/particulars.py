"""What a move asks beyond its machine, and writes beyond what it is given: checklists, and places of which there are only so many.

Only for the triggers that say so (`catalog.Compiled.particular`); all others pass by without a question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import workflow
from engine import checklists, draft
from states import errors, machine


def written(
    batch: draft.Batch,
    case: draft.Draft,
    trigger: str,
    to_state: str,
    kept: Mapping[str, Any],
    *,
    step: str | None,
    asked: machine.Asked,
    at: int,
    excused: bool,
) -> dict[str, Any]:
    """The checklists that the move writes. Raises what stands against it; `excused` as for `engine.moving.move`.

    What is in `kept` already (a life that is lived again) is taken as it is."""
    rule = case.compiled.workflow.transitions[trigger]
    if not excused:
        _require(batch, case, trigger, rule, to_state, asked)
    found: dict[str, Any] = {}
    if rule.starts is not None and rule.starts.plan not in kept:
        value = checklists.started(case, rule.starts, asked.facts, at=at)
        if value is not None:
            found[rule.starts.plan] = value
    if rule.ticks is not None and rule.ticks not in kept and not excused:
        found[rule.ticks] = checklists.ticked(case, trigger, rule.ticks, step, asked, at=at)
    return found


def _require(batch: draft.Batch, case: draft.Draft, trigger: str, rule: workflow.Transition, to_state: str, asked: machine.Asked) -> None:
    compiled = case.compiled
    if rule.needs_done:
        refusal = checklists.against(compiled, case.facts, trigger, possible=compiled.machine.possible(case.state, asked))
        if refusal is not None:
            raise refusal
    if rule.places is not None and to_state in rule.places.in_ and batch.others_in(case, rule.places.in_) >= rule.places.most:
        others = [each for each in compiled.machine.possible(case.state, asked) if each != trigger]
        raise errors.NoPlace(trigger=trigger, most=rule.places.most, states=titles(compiled.workflow, rule.places), possible=others)


def titles(flow: workflow.Workflow, places: workflow.Places) -> list[tuple[str, str]]:
    """The states that are counted, as people read them: English and Chinese."""
    return [(flow.states[name].title.en, flow.states[name].title.zh) for name in places.in_ if name in flow.states]
