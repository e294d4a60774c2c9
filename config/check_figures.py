"""What the figures count: are the states, clocks, persons and roles there, and can what counts as resolved or valid be meant?"""

from __future__ import annotations

from config import landscape
from config.landscape import Page, WorkflowPage
from config.problems import Saying
from config.programme import Figures
from config.workflow import Counts, Final

COUNTS_REJECTED = Saying(
    "counts-rejected",
    "`{name}` ends as rejected; it cannot count as {what}",
    "name states that a case comes to when it is {what}",
    "`{name}` 是不予受理的终态，不能算作 {what}",
    "请写案件 {what} 时到达的状态",
)
EXEMPTS_NOTHING = Saying(
    "exempts-nothing",
    "the clock `{name}` has not begun when `{trigger}` can be pulled, and never will after it",
    "exempt a clock that a case has been through by then",
    "可以执行 `{trigger}` 时，时钟 `{name}` 尚未也不会再开始",
    "请写案件此前经历过的时钟",
)


def check(page: WorkflowPage) -> None:
    """`counts` and `exempts` of a workflow."""
    workflow = page.workflow
    for what in Counts.model_fields:
        for name, path in landscape.each(getattr(workflow.counts, what), "counts", what):
            page.names("state", [(name, path)], page.written("states"))
            state = workflow.states.get(name)
            if state is not None and state.final is Final.REJECTED and what != "responded":
                page.say(COUNTS_REJECTED, path, name=name, what=what)
    for trigger, transition in workflow.transitions.items():
        for name, path in landscape.each(transition.exempts, "transitions", trigger, "exempts"):
            page.names("clock", [(name, path)], page.written("clocks"))
            if name in workflow.clocks and page.whole("states", "transitions", "clocks") and not _met(page, trigger, name):
                page.say(EXEMPTS_NOTHING, path, name=name, trigger=trigger)


def _met(page: WorkflowPage, trigger: str, clock: str) -> bool:
    """Whether a case that pulls the trigger can have been, or can still come, where the clock runs."""
    workflow, transition = page.workflow, page.workflow.transitions[trigger]
    runs = workflow.runs_in(clock)
    leads = [(source, each.to or source) for each in workflow.transitions.values() for source in each.from_]
    after = {*transition.from_, *([transition.to] if transition.to is not None else ())}
    before = set(transition.from_)
    for reach, way in ((after, 0), (before, 1)):
        grown = True
        while grown:
            new = {pair[1 - way] for pair in leads if pair[way] in reach} - reach
            reach.update(new)
            grown = bool(new)
    return not runs.isdisjoint(after | before)


def check_file(page: Page, value: Figures) -> None:
    """figures.yaml: whom its mails go to."""
    for mail in ("morning", "monthly"):
        told = getattr(value, mail)
        if told is not None and page.land.roles is not None and page.land.persons is not None:
            page.names("role", landscape.each(told.to, mail, "to"), page.land.roles, page.land.persons)
