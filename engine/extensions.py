"""May a deadline be extended now? Asked by the move that does it and by whoever lists what is possible, so that both say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config import words, workflow
from engine import catalog, draft
from sla import clocks
from states import errors, machine


def against(
    compiled: catalog.Compiled, folds: draft.Fold, trigger: str, *, at: int, possible: Sequence[str] = ()
) -> errors.AlreadyOverdue | errors.NothingToExtend | None:
    """Why the clock that a trigger extends cannot be extended at that moment; None where it can, or where nothing is extended.

    `folds` are the clocks as they stood then; `possible` is for the words of the refusal."""
    rule = compiled.workflow.transitions[trigger].extends
    if rule is None:
        return None
    fold = folds.get(rule.clock)
    reckoned = clocks.reckon(compiled.plans[rule.clock], fold, compiled.timelines, now=at) if fold is not None else None
    others = [each for each in possible if each != trigger]
    if reckoned is None or reckoned.target is None or reckoned.phase == "settled":
        return errors.NothingToExtend(trigger=trigger, clock=rule.clock, possible=others)
    if reckoned.state == "breached" and not rule.once_overdue:
        return errors.AlreadyOverdue(trigger=trigger, clock=rule.clock, possible=others)
    return None


def granted(
    case: draft.Draft, folds: draft.Fold, trigger: str, facts: Mapping[str, object], *, at: int, asked: machine.Asked
) -> tuple[str, int, str] | None:
    """What an approved extension grants: (clock, amount in microseconds, unit); None where the trigger extends nothing. Raises why not.

    `facts` are the case's with the new ones in place."""
    rule = case.compiled.workflow.transitions[trigger].extends
    if rule is None:
        return None
    refusal = against(case.compiled, folds, trigger, at=at, possible=case.compiled.machine.possible(case.state, asked))
    if refusal is not None:
        raise refusal
    by = words.Duration.parse(str(facts[rule.by.fact])) if isinstance(rule.by, workflow.FromFact) else rule.by
    return (rule.clock, by.micros, by.unit.value)
