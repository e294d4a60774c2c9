"""Checklists in a case: a plan is started (its steps are copied into the case's fact), its steps are ticked, a move asks that all are done.

The fact holds `{plan, title, at, steps: {ID: {title, by, done: {by, at}}}}`; who ticked what and when stands in the history with it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from config import matches, workflow
from config.words import Text
from engine import catalog, draft, errors
from engine import now as times
from states import errors as states_errors
from states import machine

STEP = "step"
"""What a move that ticks comes with, beside its facts: the name of the step."""
Value = Mapping[str, Any]


def apart(compiled: catalog.Compiled, trigger: str, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The facts of a move, and the step that it ticks (None: it names none, or ticks nothing). Raises FactInvalid for what is no name."""
    rule = compiled.workflow.transitions.get(trigger)
    if rule is None or rule.ticks is None or STEP not in given:
        return given, None
    step = given[STEP]
    if not isinstance(step, str) or not step.strip():
        raise errors.FactInvalid(STEP, "give the name of one step: --fact step=ID", "请给出一个步骤的名称：--fact step=ID")
    return {name: value for name, value in given.items() if name != STEP}, step.strip()


def started(case: draft.Draft, starts: workflow.Starts, facts: Mapping[str, object], *, at: int) -> dict[str, Any] | None:
    """The checklist of the first plan that fits; None where none does, or where the town has taken it out of plans.yaml since."""
    named = next((one.is_ for one in starts.named if one.when is None or matches.hold(one.when, facts)), None)
    plan = case.town.live.plans.plans.get(named or "")
    if plan is None or named is None:
        return None
    steps = {name: {"title": step.title.body(), **({"by": list(step.by)} if step.by else {})} for name, step in plan.steps.items()}
    return {"plan": named, "title": plan.title.body(), "at": times.written(at, case.compiled.zone), "steps": steps}


def ticked(case: draft.Draft, trigger: str, fact: str, step: str | None, asked: machine.Asked, *, at: int) -> dict[str, Any]:
    """The checklist with one more step done. Raises why it cannot be; `at` is when it was done."""
    possible = case.compiled.machine.possible(case.state, asked)
    value = of(case.facts, fact)
    if value is None:
        raise states_errors.NoPlan(trigger=trigger, fact=fact, possible=possible)
    if step is None:
        raise states_errors.FactMissing(trigger=trigger, missing=[STEP], possible=possible)
    steps = value["steps"]
    if step not in steps:
        near = difflib.get_close_matches(step, list(steps), n=1)
        raise states_errors.StepUnknown(trigger=trigger, step=step, known=list(steps), near=near, possible=possible)
    done = steps[step].get("done")
    if done is not None:
        raise states_errors.StepDone(trigger=trigger, step=step, by=done["by"], at=done["at"], possible=possible)
    by = steps[step].get("by", ())
    if by and asked.words.isdisjoint(by):
        raise states_errors.RoleRefused(
            trigger=f"{trigger} {step}", actor=asked.actor, by=by, possible=possible, unit=asked.unit, scopes=asked.scopes
        )
    _require_in_order(case, value, at)
    mark = {"by": asked.actor, "at": times.written(at, case.compiled.zone)}
    return {**value, "steps": {**steps, step: {**steps[step], "done": mark}}}


def _require_in_order(case: draft.Draft, value: Value, at: int) -> None:
    """Each entry holds the whole list, so one that happened before another must be entered before it."""
    last = max(times.parse(moment) for moment in (value["at"], *(one["done"]["at"] for one in value["steps"].values() if "done" in one)))
    if at < last:
        since = times.written(last, case.compiled.zone)
        raise errors.TooEarly(
            f"the checklist of {case.number} was changed at {since}; a step done before that can no longer be entered",
            f"{case.number} 的清单已于 {since} 更新；不能再补录更早完成的步骤",
        )


def against(
    compiled: catalog.Compiled, facts: Mapping[str, Any], trigger: str, *, possible: Sequence[str] = ()
) -> states_errors.StepsOpen | None:
    """Which steps stand against a move that asks for all to be done; a plan that was never started asks for nothing."""
    for fact in compiled.workflow.transitions[trigger].needs_done:
        open_ = [(title.en, title.zh) for _, title, done in steps(of(facts, fact)) if done is None]
        if open_:
            return states_errors.StepsOpen(trigger=trigger, fact=fact, steps=open_, possible=[each for each in possible if each != trigger])
    return None


def of(facts: Mapping[str, Any], fact: str) -> Value | None:
    """A checklist among facts, if it was started."""
    value = facts.get(fact)
    return value if isinstance(value, Mapping) and isinstance(value.get("steps"), Mapping) else None


def steps(value: Value | None) -> Iterator[tuple[str, Text, Mapping[str, str] | None]]:
    """Name, title, and who did it when (`{by, at}`; None while it is open), in the order of the plan."""
    for name, step in value["steps"].items() if value is not None else ():
        yield name, Text.model_construct(**step["title"]), step.get("done")


def progress(value: Value) -> Text:
    """`Gas leak: 2 of 4 done; open: shut the valve, …`."""
    listed = list(steps(value))
    open_ = [title for _, title, done in listed if done is None]
    title = Text.model_construct(**value["title"])
    return Text.model_construct(
        zh=f"{title.zh}：完成 {len(listed) - len(open_)}/{len(listed)}"
        + (f"；待办：{'、'.join(one.zh for one in open_)}" if open_ else ""),
        en=f"{title.en}: {len(listed) - len(open_)} of {len(listed)} done"
        + (f"; open: {', '.join(one.en for one in open_)}" if open_ else ""),
    )


def in_definition(compiled: catalog.Compiled) -> Collection[str]:
    """The facts of a definition that are checklists."""
    return [name for name, fact in compiled.workflow.facts.items() if fact.type is workflow.FactType.CHECKLIST]
