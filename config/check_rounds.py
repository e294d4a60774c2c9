"""A rung may stand where its clock begins: its promised date is past, or it stands the whole target before the deadline. If it pulls a
trigger that begins the clock anew, the case goes round and round within one moment, and never comes to rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from config.landscape import WorkflowPage
from config.problems import Path, Said, Saying
from config.workflow import Clock, Rung, Workflow

ROUND_AT_ONCE = Saying(
    "round-at-once",
    "{when}, `{trigger}` brings the case back to `{state}` within the same moment, again and again",
    "let it lead to a state from which only people lead back, or limit it with `most`",
    "{when}，`{trigger}` 会使案件在同一时刻反复回到 `{state}`",
    "请让它通向只能由人退回的状态，或用 `most` 限制次数",
)


class _Way(NamedTuple):
    """A rung's trigger that may be pulled the moment its clock begins."""

    to: str
    trigger: str
    clock: str
    when: Said
    path: Path


def check(page: WorkflowPage) -> None:
    workflow = page.workflow
    if not page.whole("states", "transitions", "clocks", "ladders"):
        return
    ways: dict[str, list[_Way]] = defaultdict(list)
    for state, way in _ways(workflow):
        ways[state].append(way)
    for state, leading in ways.items():
        for way in leading:
            passed = _reached(way.to, ways) | {way.to}
            if state in passed and _anew(workflow, way, passed, ways):
                page.say(ROUND_AT_ONCE, way.path, when=way.when, trigger=way.trigger, state=state)


def _ways(workflow: Workflow) -> Iterator[tuple[str, _Way]]:
    for name, clock in workflow.clocks.items():
        for index, rung in enumerate(workflow.ladders.get(clock.ladder or "", ())):
            rule, when = workflow.transitions.get(rung.do or ""), _at_once(clock, rung)
            if rung.do is None or rule is None or rule.most is not None or when is None:
                continue
            for state in rule.from_:
                if state in workflow.runs_in(name):
                    yield state, _Way(rule.to or state, rung.do, name, when, ("ladders", clock.ladder or "", index, "do"))


def _at_once(clock: Clock, rung: Rung) -> Said | None:
    """When a rung may be due the moment its clock begins; None: never."""
    if clock.due is not None:
        return Said(f"once `{clock.due.fact}` is past", f"`{clock.due.fact}` 已过时")
    for target in clock.within or ():
        before, whole = rung.before, target.is_
        if before is not None and (before.unit is not whole.unit or before.micros >= whole.micros):
            return Said(f"where `{before.words}` may be all of `{whole.words}`", f"当 `{before.words}` 可能达到整个 `{whole.words}` 时")
    return None


def _reached(state: str, ways: Mapping[str, list[_Way]]) -> set[str]:
    seen, waiting = set[str](), [state]
    while waiting:
        for way in ways.get(waiting.pop(), ()):
            if way.to not in seen:
                seen.add(way.to)
                waiting.append(way.to)
    return seen


def _anew(workflow: Workflow, way: _Way, passed: set[str], ways: Mapping[str, list[_Way]]) -> bool:
    """Does the clock begin another round on the way? A rung fires once in each."""
    clock = workflow.clocks[way.clock]
    kinds = {workflow.kind_of(each.trigger) for state in passed for each in ways.get(state, ()) if each.to in passed}
    return not kinds.isdisjoint(clock.restarts_on()) or not passed <= workflow.runs_in(way.clock) | frozenset(clock.pauses_in)
