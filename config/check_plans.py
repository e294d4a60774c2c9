"""Emergency plans and places: is every checklist started before it is ticked, every plan there, and what is counted what is entered?"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from config import check_facts, check_matches, landscape
from config.check_graph import RESERVED
from config.landscape import Page, WorkflowPage
from config.plans import Plans
from config.problems import Path, Saying
from config.workflow import FactType, Transition, Workflow

STEP = "step"
CHECKLIST_GIVEN = Saying(
    "checklist-given",
    "the checklist `{name}` is not given by anybody",
    "let a move start it (`starts`) and tick its steps (`ticks`)",
    "清单 `{name}` 不能由人填写",
    "请由操作启动（`starts`）并逐项确认（`ticks`）",
)
NEVER_STARTED = Saying(
    "checklist-never-started",
    "no move starts a plan in `{name}`",
    "write `starts: {{plan: {name}, named: …}}` at a transition before this one",
    "没有操作在 `{name}` 中启动预案",
    "请在此前的操作处写 `starts: {{plan: {name}, named: …}}`",
)
UNUSED_PLAN = Saying(
    "unused-plan",
    "no workflow starts the plan `{name}`",
    "name it in a `starts`, or delete it",
    "没有流程启动预案 `{name}`",
    "请在 `starts` 中引用，或删除",
    "warning",
)
NEVER_NAMED = Saying(
    "plan-never-chosen",
    "an earlier line takes every case, so this one is never chosen",
    "put the line without `when` last",
    "前面的一行已适用于所有案件，这一行不会被选中",
    "请把没有 `when` 的一行放在最后",
)
ELSEWHERE = Saying(
    "places-elsewhere",
    "`{trigger}` leads to `{to}`, which is not among the states that are counted",
    "name `{to}` in `in`, or delete `places`",
    "`{trigger}` 通向 `{to}`，而计数的状态中没有它",
    "请在 `in` 中写 `{to}`，或删除 `places`",
)
NOT_ERASABLE = Saying(
    "not-erasable",
    "`{name}` is kept in the history, from which nothing can be taken",
    "say `personal: true` too, so that it is kept apart; photos and videos need not",
    "`{name}` 写在历史中，无法从中清除",
    "请同时写 `personal: true` 单独保存；照片和视频不必",
)


def check(page: WorkflowPage) -> None:
    workflow = page.workflow
    started = {rule.starts.plan for rule in workflow.transitions.values() if rule.starts is not None}
    for trigger, rule in workflow.transitions.items():
        path: Path = ("transitions", trigger)
        _given(page, rule, path)
        _starts(page, rule, path)
        if rule.ticks is not None:
            _listed(page, rule.ticks, (*path, "ticks"), started)
            if STEP in workflow.facts:
                page.say(RESERVED, ("facts", STEP), key=True, name=STEP)
        for name, place in landscape.each(rule.needs_done, *path, "needs_done"):
            _listed(page, name, place, started)
        _places(page, trigger, rule)
    for name, fact in workflow.facts.items():
        if fact.type is FactType.CHECKLIST and fact.required:
            page.say(CHECKLIST_GIVEN, ("facts", name, "required"), key=True, name=name)
        if fact.kept is not None and not fact.personal and fact.type not in (FactType.PHOTOS, FactType.VIDEOS):
            page.say(NOT_ERASABLE, ("facts", name, "kept"), key=True, name=name)


def _given(page: WorkflowPage, rule: Transition, path: Path) -> None:
    for key, names in (("needs", rule.needs), ("takes", rule.takes)):
        for name, place in landscape.each(names, *path, key):
            fact = page.workflow.facts.get(name)
            if fact is not None and fact.type is FactType.CHECKLIST:
                page.say(CHECKLIST_GIVEN, place, name=name)


def _starts(page: WorkflowPage, rule: Transition, path: Path) -> None:
    if rule.starts is None:
        return
    check_facts.fact_of(page, rule.starts.plan, (*path, "starts", "plan"), FactType.CHECKLIST)
    whole = False
    for index, one in enumerate(rule.starts.named):
        place: Path = (*path, "starts", "named", index)
        page.names("plan", [(one.is_, (*place, "is"))], page.land.plan_names)
        check_matches.check(page, one.when, (*place, "when"))
        if whole:
            page.say(NEVER_NAMED, place)
        whole = whole or one.when is None


def _listed(page: WorkflowPage, name: str, path: Path, started: Collection[str]) -> None:
    check_facts.fact_of(page, name, path, FactType.CHECKLIST)
    fact = page.workflow.facts.get(name)
    if fact is not None and fact.type is FactType.CHECKLIST and name not in started and page.whole("transitions"):
        page.say(NEVER_STARTED, path, name=name)


def _places(page: WorkflowPage, trigger: str, rule: Transition) -> None:
    if rule.places is None:
        return
    path: Path = ("transitions", trigger, "places")
    page.names("state", landscape.each(rule.places.in_, *path, "in"), page.written("states"))
    ends = [rule.to] if rule.to is not None else list(rule.from_)
    if not set(ends) & set(rule.places.in_):
        page.say(ELSEWHERE, (*path, "in"), trigger=trigger, to=ends[0])


def check_plans(page: Page, plans: Plans, workflows: Iterable[Workflow], *, whole: bool) -> None:
    """The file of plans: who ticks exists, and each plan is started somewhere."""
    for name, plan in plans.plans.items():
        for step, about in plan.steps.items():
            page.names("role", landscape.each(about.by, "plans", name, "steps", step, "by"), page.land.roles, ("reporter", "tracker"))
    used = {one.is_ for flow in workflows for rule in flow.transitions.values() if rule.starts is not None for one in rule.starts.named}
    for name in plans.plans if whole else ():
        if name not in used:
            page.say(UNUSED_PLAN, ("plans", name), key=True, name=name)
