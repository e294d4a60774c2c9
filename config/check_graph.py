"""Does the workflow hang together: one beginning, every state reachable, from each a way to an end, and nowhere a wait without a deadline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from config import landscape
from config.landscape import WorkflowPage
from config.problems import Saying
from config.workflow import Kind, Transition, Workflow

INITIAL_FINAL = Saying(
    "initial-final",
    "a case cannot begin in `{name}`, which is final",
    "begin in a state that waits for somebody",
    "案件不能始于终态 `{name}`",
    "请从需要有人处理的状态开始",
)
NO_FINAL = Saying(
    "no-final-state",
    "no state is final",
    "say `final: done` (or `rejected`) in the states in which a case ends",
    "没有终态",
    "请在案件结束的状态写 `final: done`（或 `rejected`）",
)
UNREACHABLE = Saying(
    "unreachable-state",
    "no case can come to `{name}`",
    "write a transition with `to: {name}` from a state that is reached, or delete the state",
    "没有案件能到达 `{name}`",
    "请写一个 `to: {name}` 的操作，或删除该状态",
)
NO_END = Saying(
    "dead-end",
    "from `{name}` no case can come to an end",
    "write a transition from it that leads to a final state, or say `final: done`",
    "从 `{name}` 出发无法结案",
    "请写一个通向终态的操作，或写 `final: done`",
)
REOPENS = Saying(
    "unsaid-reopen",
    "this leaves the final state `{name}`",
    "say `kind: reopen`, so that clocks know",
    "此操作离开终态 `{name}`",
    "请写 `kind: reopen`，以便时钟处理",
)
NO_DEADLINE = Saying(
    "no-deadline",
    "a case may wait in `{name}` for ever: no clock runs there",
    "name it in a clock's `runs_in`, or say why not: `no_deadline: reason`",
    "案件可能在 `{name}` 无限期等待：没有时钟在此运行",
    "请将其写入某个时钟的 `runs_in`，或说明原因：`no_deadline: 原因`",
)
HAS_DEADLINE = Saying(
    "deadline-anyway",
    "says `no_deadline`, but the clock `{clock}` runs here",
    "delete `no_deadline`, or take the state out of the clock",
    "写了 `no_deadline`，但时钟 `{clock}` 在此运行",
    "请删除 `no_deadline`，或将该状态移出时钟",
    "warning",
)
FINAL_DEADLINE = Saying(
    "deadline-when-final",
    "a final state waits for nobody",
    "delete `no_deadline`",
    "终态不等待任何人",
    "请删除 `no_deadline`",
    "warning",
)
RESERVED = Saying("reserved-name", "`{name}` is a word of the language", "choose another name", "`{name}` 是保留词", "请改用其他名称")


def check(page: WorkflowPage) -> None:
    workflow = page.workflow
    states = page.written("states")
    page.names("state", [(workflow.initial, ("initial",))], states)
    for trigger, transition in workflow.transitions.items():
        page.names("state", landscape.each(transition.from_, "transitions", trigger, "from"), states)
        if transition.to is not None:
            page.names("state", [(transition.to, ("transitions", trigger, "to"))], states)
    for section, word in (("states", "open"), ("transitions", "open"), ("transitions", "acknowledge")):
        if word in (page.written(section) or ()):
            page.say(RESERVED, (section, word), key=True, name=word)
    if page.whole("initial", "states", "transitions") and workflow.initial in workflow.states:
        _ways(page)
    if page.whole("states", "clocks"):
        _waits(page)


def _ways(page: WorkflowPage) -> None:
    workflow = page.workflow
    finals = [name for name, state in workflow.states.items() if state.final is not None]
    if workflow.initial in finals:
        page.say(INITIAL_FINAL, ("initial",), name=workflow.initial)
    for trigger, transition in workflow.transitions.items():
        for name, path in landscape.each(transition.from_, "transitions", trigger, "from"):
            leaves = name in finals and transition.to is not None and transition.to not in finals
            if leaves and workflow.kind_of(trigger) is not Kind.REOPEN:
                page.say(REOPENS, path, name=name)
    if any(name not in workflow.states for rule in workflow.transitions.values() for name in (*rule.from_, rule.to) if name is not None):
        return  # a misspelt name is said already; where its cases go is not known
    reached = closure([workflow.initial], forward(workflow))
    for name in workflow.states:
        if name not in reached:
            page.say(UNREACHABLE, ("states", name), key=True, name=name)
    if not finals:
        page.say(NO_FINAL, ("states",), key=True)
        return
    ends = closure(finals, backward(workflow))
    for name in workflow.states:
        if name not in ends:
            page.say(NO_END, ("states", name), key=True, name=name)


def _waits(page: WorkflowPage) -> None:
    workflow = page.workflow
    running: dict[str, list[str]] = {}
    for clock in workflow.clocks:
        for name in workflow.runs_in(clock):
            running.setdefault(name, []).append(clock)
    for name, state in workflow.states.items():
        if state.final is not None:
            if state.no_deadline is not None:
                page.say(FINAL_DEADLINE, ("states", name, "no_deadline"), key=True)
        elif state.no_deadline is None and name not in running:
            page.say(NO_DEADLINE, ("states", name), key=True, name=name)
        elif state.no_deadline is not None and name in running:
            page.say(HAS_DEADLINE, ("states", name, "no_deadline"), key=True, clock=running[name][0])


def forward(workflow: Workflow) -> dict[str, set[str]]:
    """State → the states one transition away."""
    ways: dict[str, set[str]] = {}
    for transition in workflow.transitions.values():
        for name in transition.from_:
            if transition.to is not None:
                ways.setdefault(name, set()).add(transition.to)
    return ways


def backward(workflow: Workflow) -> dict[str, set[str]]:
    ways: dict[str, set[str]] = {}
    for name, targets in forward(workflow).items():
        for target in targets:
            ways.setdefault(target, set()).add(name)
    return ways


def closure(begin: Iterable[str], ways: Mapping[str, set[str]]) -> set[str]:
    seen = set(begin)
    waiting = list(seen)
    while waiting:
        for name in ways.get(waiting.pop(), ()):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen


def given_in(workflow: Workflow) -> dict[str, frozenset[str]]:
    """State → the facts every case has by the time it is there: required at opening, or needed (or set by the move itself) on every way to it."""
    required = workflow.always_given
    leaving: dict[str, list[Transition]] = {}
    for transition in workflow.transitions.values():
        for name in transition.from_:
            leaving.setdefault(name, []).append(transition)
    given: dict[str, frozenset[str]] = {workflow.initial: required}
    waiting = [workflow.initial]
    while waiting:
        state = waiting.pop()
        for transition in leaving.get(state, ()):
            after = given[state] | frozenset(transition.needs) | transition.writes()
            target = transition.to or state
            narrowed = after if target not in given else given[target] & after
            if given.get(target) != narrowed:
                given[target] = narrowed
                waiting.append(target)
    return given
