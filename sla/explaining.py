"""What a clock did, piece by piece, each with the rule that said so: the same fold as `clocks`, told instead of reckoned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sla import calendars, clocks, folds, plans, running


def explain(
    plan: plans.ClockPlan, history: Sequence[clocks.Effect], timelines: calendars.Timelines, *, until: int
) -> list[calendars.Segment]:
    """The segments from the clock's first start to `until`; those of a round above 1 say so.

    Kinds: running and makeup are counted; closed and holiday lie outside its hours; paused; stopped, between two runs."""
    effects = [effect for effect in clocks.in_order(history) if effect.at <= until]
    facts: dict[str, object] = {}
    known: dict[str, folds.ClockFold] = {}
    found: list[calendars.Segment] = []
    for effect, following in zip(effects, [*(effect.at for effect in effects[1:]), until], strict=False):
        facts.update(effect.facts)
        known = clocks.apply({plan.name: plan}, known, effect, facts, timelines)
        fold = known.get(plan.name)
        if fold is not None and following > effect.at:
            pieces = _stretch(plan, fold, effect, following, timelines)
            found += pieces if fold.round == 1 else [replace(piece, rule=f"round {fold.round}: {piece.rule}") for piece in pieces]
    while found and found[-1].kind == "stopped":
        found.pop()
    return calendars.merged(found)


def _stretch(
    plan: plans.ClockPlan, fold: folds.ClockFold, effect: clocks.Effect, end: int, timelines: calendars.Timelines
) -> list[calendars.Segment]:
    begin = effect.at
    if fold.settled is not None:
        return [calendars.Segment(begin=begin, end=end, kind="stopped", rule=f"{effect.to_state} is not among {plan.name}.runs_in")]
    if not running.is_open(fold.spans):
        return [calendars.Segment(begin=begin, end=end, kind="paused", rule=f"{plan.name}.pauses_in: {effect.to_state}")]
    target, rule = folds.words(plan, fold, timelines)
    found = timelines.of(*plan.measure(fold.terms)).segments(begin, end)
    said = f"{rule} → {target}" if target is not None else rule
    return [
        calendars.Segment(begin=piece.begin, end=piece.end, kind=piece.kind, rule=f"{said}; {piece.rule}")
        if piece.kind in {"running", "makeup"}
        else piece
        for piece in found
    ]
