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


def check_file(page: Page, value: Figures) -> None:
    """figures.yaml: whose cases its mails count, and whom they go to."""
    if page.land.workflows is not None:
        page.names("workflow", landscape.each(value.workflows, "workflows"), frozenset(page.land.workflows))
    for mail in ("morning", "monthly"):
        told = getattr(value, mail)
        if told is not None and page.land.roles is not None and page.land.persons is not None:
            page.names("role", landscape.each(told.to, mail, "to"), page.land.roles, page.land.persons)
