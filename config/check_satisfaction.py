"""Asking whether all is well: do those who are asked, the fact for the answer and the way back exist, and may that way be taken?"""

from __future__ import annotations

from config import check_facts, landscape
from config.landscape import WorkflowPage
from config.problems import Path, Saying
from config.workflow import FactType, Satisfaction

PATH = "satisfaction"
NOT_OPEN_TO = Saying(
    "reopens-not-by-reporter",
    "`{name}` may not be pulled by `reporter`, for whom an answer speaks",
    "add `reporter` to its `by`",
    "`{name}` 不允许 `reporter` 执行，而回答代表上报人",
    "请在其 `by` 中加入 `reporter`",
)
ASKS_TOO_MUCH = Saying(
    "reopens-needs-too-much",
    "`{name}` needs {facts}; an answer brings no more than a reason",
    "let it need one fact of type text at most",
    "`{name}` 需要填写 {facts}，而回答只带一个理由",
    "请最多要求一个 text 类型的信息项",
)
NOT_FROM_THERE = Saying(
    "reopens-from-elsewhere",
    "`{name}` does not start from `{state}`, where the case is when it is asked about",
    "add `{state}` to its `from`",
    "`{name}` 不能从询问时的状态 `{state}` 出发",
    "请在其 `from` 中加入 `{state}`",
)


def check(page: WorkflowPage) -> None:
    asking = page.workflow.satisfaction
    if asking is None:
        return
    triggers = page.written("transitions")
    for word, place in landscape.each(asking.asks, PATH, "asks"):
        check_facts.recipient(page, word, place, reporter=True)
    page.names("trigger", landscape.each(asking.on, PATH, "on"), triggers)
    page.names("template", [(asking.template, (PATH, "template"))], page.land.templates)
    check_facts.fact_of(page, asking.fact, (PATH, "fact"), FactType.YES_NO)
    if asking.reopens is not None:
        page.names("trigger", [(asking.reopens, (PATH, "reopens"))], triggers)
        if page.whole("transitions", "facts"):
            _way_back(page, asking, asking.reopens)


def _way_back(page: WorkflowPage, asking: Satisfaction, trigger: str) -> None:
    workflow, path = page.workflow, (PATH, "reopens")
    rule = workflow.transitions.get(trigger)
    if rule is None:
        return
    if not {"reporter", "anyone"} & set(rule.by):
        page.say(NOT_OPEN_TO, path, name=trigger)
    texts = [name for name in rule.needs if name in workflow.facts and workflow.facts[name].type is FactType.TEXT]
    if len(rule.needs) > 1 or len(texts) < len(rule.needs):
        page.say(ASKS_TOO_MUCH, path, name=trigger, facts=", ".join(rule.needs))
    for index, on in enumerate(asking.on):
        asked = workflow.transitions.get(on)
        place: Path = (PATH, "on", index)
        for state in () if asked is None else ((asked.to,) if asked.to is not None else asked.from_):
            if state not in rule.from_:
                page.say(NOT_FROM_THERE, place, name=trigger, state=state)
