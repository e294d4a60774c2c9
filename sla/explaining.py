"""What a clock did, piece by piece, each with the rule that said so: the same fold as `clocks`, told instead of reckoned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sla import calendars, clocks, folds, plans, running


class Before(NamedTuple):
    """Where the history begins if not at the case's opening: the moment, the state, the facts, and the clock as it stood."""

    at: int
    state: str
    facts: Mapping[str, object]
    fold: folds.ClockFold


def explain(
    plan: plans.ClockPlan, history: Sequence[clocks.Effect], timelines: calendars.Timelines, *, until: int, before: Before | None = None
) -> list[calendars.Segment]:
    """The segments from the clock's first start (or from `before` on) to `until`; those of a round above 1 say so.

    Kinds: running and makeup are counted; closed and holiday lie outside its hours; paused; stopped, between two runs."""
    effects = [effect for effect in clocks.in_order(history) if effect.at <= until]
    moments = [*(effect.at for effect in effects), until]
    facts = dict(before.facts) if before is not None else {}
    known: Mapping[str, folds.ClockFold] = {plan.name: before.fold} if before is not None else {}
    found = _pieces(plan, before.fold, before.state, before.at, moments[0], timelines) if before is not None else []
    for effect, following in zip(effects, moments[1:], strict=True):
        facts.update(effect.facts)
        known = clocks.apply({plan.name: plan}, known, effect, facts, timelines)
        if plan.name in known:
            found += _pieces(plan, known[plan.name], effect.to_state, effect.at, following, timelines)
    while found and found[-1].kind == "stopped":
        found.pop()
    return calendars.merged(found)


def _pieces(
    plan: plans.ClockPlan, fold: folds.ClockFold, state: str, begin: int, end: int, timelines: calendars.Timelines
) -> list[calendars.Segment]:
    if end <= begin:
        return []
    pieces = _stretch(plan, fold, state, begin, end, timelines)
    return pieces if fold.round == 1 else [replace(piece, rule=f"round {fold.round}: {piece.rule}") for piece in pieces]


def _stretch(
    plan: plans.ClockPlan, fold: folds.ClockFold, state: str, begin: int, end: int, timelines: calendars.Timelines
) -> list[calendars.Segment]:
    if fold.settled is not None:
        return [calendars.Segment(begin=begin, end=end, kind="stopped", rule=f"{state} is not among {plan.name}.runs_in")]
    if not running.is_open(fold.spans):
        return [calendars.Segment(begin=begin, end=end, kind="paused", rule=f"{plan.name}.pauses_in: {state}")]
    target, rule = folds.words(plan, fold, timelines)
    found = timelines.of(*plan.measure(fold.terms)).segments(begin, end)
    said = f"{rule} → {target}" if target is not None else rule
    return [
        calendars.Segment(begin=piece.begin, end=piece.end, kind=piece.kind, rule=f"{said}; {piece.rule}")
        if piece.kind in {"running", "makeup"}
        else piece
        for piece in found
    ]
