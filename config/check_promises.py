"""A promised date may be past when a clock begins. A rung that then pulls a trigger must not bring the case back at once: it would go
round and round within one moment, and never come to rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from config.landscape import WorkflowPage
from config.problems import Path, Saying
from config.workflow import Kind, Reentry, Workflow

ROUND_AT_ONCE = Saying(
    "round-at-once",
    "once `{fact}` is past, `{trigger}` brings the case back to `{state}` within the same moment, again and again",
    "let it lead to a state from which only people lead back, or limit it with `most`",
    "`{fact}` 已过时，`{trigger}` 会使案件在同一时刻反复回到 `{state}`",
    "请让它通向只能由人退回的状态，或用 `most` 限制次数",
)


class _Way(NamedTuple):
    """A rung's trigger that may be pulled the moment its clock begins."""

    to: str
    trigger: str
    clock: str
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
                due = workflow.clocks[way.clock].due
                assert due is not None
                page.say(ROUND_AT_ONCE, way.path, fact=due.fact, trigger=way.trigger, state=state)


def _ways(workflow: Workflow) -> Iterator[tuple[str, _Way]]:
    for name, clock in workflow.clocks.items():
        if clock.due is None or clock.ladder is None:
            continue
        for index, rung in enumerate(workflow.ladders.get(clock.ladder, ())):
            rule = workflow.transitions.get(rung.do or "")
            if rung.do is None or rule is None or rule.most is not None:
                continue
            for state in rule.from_:
                if state in workflow.runs_in(name):
                    yield state, _Way(rule.to or state, rung.do, name, ("ladders", clock.ladder, index, "do"))


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
    choices = {Kind.RETURN: clock.on_return, Kind.REWORK: clock.on_rework, Kind.REOPEN: clock.on_reopen}
    kinds = {workflow.kind_of(each.trigger) for state in passed for each in ways.get(state, ()) if each.to in passed}
    restarts = any(choices[kind] is Reentry.RESTART for kind in kinds if kind is not None)
    return restarts or not passed <= workflow.runs_in(way.clock) | frozenset(clock.pauses_in)
