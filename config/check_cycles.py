"""Traps and endless rounds: states that some case can never leave, ways that can be used up, cycles that no deadline bounds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from config import check_graph, check_matches
from config.landscape import WorkflowPage
from config.problems import Said, Saying
from config.workflow import FactType, Transition, Workflow

STUCK = Saying(
    "stuck-state",
    "a case {which} can never leave `{name}`: no way out is open to it",
    "write a transition from it without `when`, or one for these cases",
    "{which}的案件永远无法离开 `{name}`：没有可走的操作",
    "请写一个从此处出发、没有 `when` 的操作，或补上这些情况",
    "warning",
)
USED_UP = Saying(
    "way-used-up",
    "once {triggers} has been done as often as it may, a case in `{name}` can come to no end",
    "write another way out of `{name}`, without `most`",
    "{triggers} 用完次数后，`{name}` 中的案件再也无法结案",
    "请为 `{name}` 另写一个没有 `most` 的出口",
    "warning",
)
ENDLESS = Saying(
    "endless-cycle",
    "a case may go round {states} for ever and no clock lapses: each begins anew on the way",
    "let a clock go on across it (`runs_in: open`, without `restart`), or give a transition of it a `most`",
    "案件可能在 {states} 之间无限循环而没有时钟到期：每个时钟都在途中重新计时",
    "请让某个时钟贯穿其中（`runs_in: open`，不写 `restart`），或给其中一个操作写 `most`",
    "warning",
)
_PLAIN = "-"
Ways = dict[str, dict[str, set[str]]]
"""State → the states one unlimited move away → what such moves do to clocks: a kind of going back, a fact given, or nothing (`-`)."""


def check(page: WorkflowPage) -> None:
    workflow = page.workflow
    if not page.whole("initial", "facts", "states", "transitions", "clocks") or workflow.initial not in workflow.states:
        return
    if any(name not in workflow.states for rule in workflow.transitions.values() for name in (*rule.from_, rule.to) if name is not None):
        return
    reached = check_graph.closure([workflow.initial], check_graph.forward(workflow))
    waiting = [name for name, state in workflow.states.items() if state.final is None and name in reached]
    _stuck(page, waiting)
    _used_up(page, reached)
    for states in _rounds(workflow, waiting):
        if not all(workflow.states[name].no_deadline for name in states):
            page.say(ENDLESS, ("transitions", _turning(workflow, states)), key=True, states=" – ".join(f"`{name}`" for name in states[:8]))


def _stuck(page: WorkflowPage, waiting: Sequence[str]) -> None:
    """Where every way out has a condition, and some case meets none and can do nothing about it."""
    workflow = page.workflow
    leaving = leaving_of(workflow)
    given = check_graph.given_in(workflow)
    for name in waiting:
        rules = leaving.get(name, [])
        out = [rule.when for rule in rules if rule.to not in (None, name)]
        matches = [check_matches.sets(when) for when in out]
        asked = {fact for match in matches for fact in match}
        if not out or not all(matches) or any(not asked.isdisjoint((*rule.needs, *rule.takes)) for rule in rules):
            continue
        if any(fact not in workflow.facts or workflow.facts[fact].type is FactType.TEXT for fact in asked):
            continue
        late = sorted(asked - given.get(name, asked))
        if late and all(late[0] in match for match in matches):
            page.say(STUCK, ("states", name), key=True, name=name, which=Said(f"without `{late[0]}`", f"未填写 `{late[0]}`"))
            continue
        missed = check_matches.uncovered(page, matches)
        if isinstance(missed, dict):
            words = ", ".join(f"{fact}={value}" for fact, value in missed.items())
            page.say(STUCK, ("states", name), key=True, name=name, which=Said(f"with {words}", f"{words} "))


def leaving_of(workflow: Workflow) -> dict[str, list[Transition]]:
    """State → the transitions that can be made in it, those that stay there too."""
    leaving: dict[str, list[Transition]] = {}
    for rule in workflow.transitions.values():
        for name in rule.from_:
            leaving.setdefault(name, []).append(rule)
    return leaving


def _used_up(page: WorkflowPage, reached: AbstractSet[str]) -> None:
    """States from which only limited moves lead to an end, and to which a case can come back."""
    workflow = page.workflow
    limited = {name: rule for name, rule in workflow.transitions.items() if rule.most is not None and rule.to is not None}
    finals = [name for name, state in workflow.states.items() if state.final is not None]
    if not limited or not finals:
        return
    free = workflow.model_copy(update={"transitions": {n: rule for n, rule in workflow.transitions.items() if n not in limited}})
    ends = check_graph.closure(finals, check_graph.backward(workflow))
    still = check_graph.closure(finals, check_graph.backward(free))
    lost = [name for name in workflow.states if name in reached and name in ends and name not in still]
    ways = check_graph.forward(workflow)
    for name in lost:
        out = [trigger for trigger, rule in limited.items() if name in rule.from_ and rule.to in ends and rule.to not in lost]
        if any(name in check_graph.closure([workflow.transitions[trigger].to or name], ways) for trigger in out[:5]):
            triggers = " / ".join(f"`{trigger}`" for trigger in out)
            page.say(USED_UP, ("transitions", out[0], "most"), key=True, triggers=triggers, name=name)


def _rounds(workflow: Workflow, waiting: Sequence[str]) -> Iterator[list[str]]:
    """Sets of open states that a case can go round in such that each clock which runs there begins anew on the way.

    Taken apart until it is so: in a set that is strongly connected, the states of a clock that goes on are left out, and what
    remains is looked at again. At least one state goes each time, so this ends."""
    ways = _ways(workflow)
    pending: list[Collection[str]] = [waiting]
    while pending:
        for states in _connected(pending.pop(), ways):
            going_on: set[str] = set()
            for name in workflow.clocks:
                runs = workflow.runs_in(name) & states
                if runs and not _begins_anew(workflow, name, states, ways):
                    going_on |= runs
            if going_on:
                pending.append(states - going_on)
            else:
                yield [name for name in workflow.states if name in states]


def _ways(workflow: Workflow) -> Ways:
    promised = {clock.due.fact for clock in workflow.clocks.values() if clock.due is not None}
    ways: Ways = {}
    for trigger, rule in workflow.transitions.items():
        if rule.most is not None:
            continue
        kind = workflow.kind_of(trigger)
        does = {kind.value if kind else _PLAIN} | {f"fact {name}" for name in (*rule.needs, *rule.takes) if name in promised}
        for name in rule.from_:
            to = rule.to or name
            if to != name or kind is not None:
                ways.setdefault(name, {}).setdefault(to, set()).update(does)
    return ways


def _connected(states: Collection[str], ways: Ways) -> Iterator[set[str]]:
    """The strongly connected parts in which one can move at all."""
    within = set(states)
    inside = {name: {to for to in ways.get(name, ()) if to in within} for name in within}
    back: dict[str, set[str]] = {}
    for name, targets in inside.items():
        for to in targets:
            back.setdefault(to, set()).add(name)
    left = set(within)
    for name in states:
        if name in left:
            part = check_graph.closure([name], inside) & check_graph.closure([name], back) & left
            left -= part
            if len(part) > 1 or name in inside[name]:
                yield part


def _begins_anew(workflow: Workflow, name: str, states: AbstractSet[str], ways: Ways) -> bool:
    """Whether going round can make the clock begin anew: by a kind of going back, a new promise, or by leaving it and coming back plainly."""
    clock = workflow.clocks[name]
    signs = {kind.value for kind in clock.restarts_on()} | ({f"fact {clock.due.fact}"} if clock.due else set())
    inside = {name: {to: does for to, does in ways.get(name, {}).items() if to in states} for name in states}
    if any(not signs.isdisjoint(does) for targets in inside.values() for does in targets.values()):
        return True
    plain = {name: {to for to, does in targets.items() if _PLAIN in does} for name, targets in inside.items()}
    return _left_and_entered(workflow, name, plain)


def begins_anew_plainly(workflow: Workflow, name: str) -> bool:
    """Whether a clock that has ended can begin anew by moves that are no going back."""
    plain: dict[str, set[str]] = {}
    for trigger, rule in workflow.transitions.items():
        for source in rule.from_ if rule.to is not None and workflow.kind_of(trigger) is None else ():
            plain.setdefault(source, set()).add(str(rule.to))
    return _left_and_entered(workflow, name, plain)


def _left_and_entered(workflow: Workflow, name: str, plain: Mapping[str, set[str]]) -> bool:
    """A clock that has ended does not pause: it begins anew where it next runs."""
    runs = workflow.runs_in(name)
    held = runs | set(workflow.clocks[name].pauses_in)
    away = {to for name in held for to in plain.get(name, ()) if to not in held}
    ended = {name: {to for to in targets if to not in runs} for name, targets in plain.items()}
    return any(not runs.isdisjoint(plain.get(name, ())) for name in check_graph.closure(away, ended))


def _turning(workflow: Workflow, states: Collection[str]) -> str:
    """The transition to name: one that goes back, else the first that stays within."""
    within: Mapping[str, Transition] = {
        trigger: rule
        for trigger, rule in workflow.transitions.items()
        if rule.most is None and any(name in states and (rule.to or name) in states for name in rule.from_)
    }
    return next((trigger for trigger in within if workflow.kind_of(trigger) is not None), next(iter(within)))
