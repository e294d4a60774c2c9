"""Cases linked to cases: does what a trigger opens, joins and tells exist, get the facts it needs, and come to an end?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config import check_graph, check_matches, check_schedules, effects, kin, landscape
from config import problems as said
from config.effects import OPENER, Constant
from config.landscape import WorkflowPage
from config.problems import Path, Said, Saying
from config.workflow import Fact, FactType, Workflow

LINKED = "linked"

UNKNOWN_LINK = Saying(
    "unknown-link", "no case is linked under `{name}`", "{near}", "没有以 `{name}` 为名的关联案件", "{near}"
)  # fmt: skip
SAME_LINK = Saying(
    "link-twice",
    "the link `{name}` is waited for twice",
    "keep one: `when: all` or `when: any`",
    "关联 `{name}` 被等待了两次",
    "请只保留一条：`when: all` 或 `when: any`",
)
NOT_BY_LINKED = Saying(
    "linked-may-not",
    "linked cases may not pull `{name}` in `{workflow}`",
    "write `linked` in its `by` there",
    "关联案件不能在 `{workflow}` 中触发 `{name}`",
    "请在该操作的 `by` 中加入 `linked`",
)
NEVER_LINKED = Saying(
    "linked-never-comes",
    "`linked` may pull this, but no case tells it and no `joins` waits",
    "write `tells` in the other workflow or `joins` here, or take `linked` out",
    "允许 `linked` 操作，但没有案件会触发",
    "请在另一流程写 `tells` 或在此写 `joins`，或去掉 `linked`",
)
NOT_GIVEN = Saying(
    "link-lacks-fact",
    "`{workflow}` needs the fact `{name}`, and it is not given",
    "write `with: {{{name}: …}}`",
    "`{workflow}` 必须有信息项 `{name}`，此处没有给出",
    "请写 `with: {{{name}: …}}`",
)
MAY_LACK = Saying(
    "link-may-lack-fact",
    "`{workflow}` needs `{name}`, but a case may come here without `{source}`",
    "ask for `{source}` before, with `needs` or `required`",
    "`{workflow}` 必须有 `{name}`，而案件到此可能还没有 `{source}`",
    "请在此之前用 `needs` 或 `required` 要求填写 `{source}`",
)
OTHER_TYPE = Saying(
    "link-of-another-type",
    "`{source}` is a {type}, and `{name}` in `{workflow}` a {wanted}",
    "give a fact of the same type",
    "`{source}` 的类型是 {type}，而 `{workflow}` 的 `{name}` 是 {wanted}",
    "请给出同类型的信息项",
)
PERSONAL = Saying(
    "link-carries-personal",
    "`{name}` is personal; it stays with its own case",
    "carry what the other case needs in a fact of its own",
    "`{name}` 是个人信息，只保留在原案件中",
    "请另设信息项传递所需内容",
)
OUT_OF_HIDING = Saying(
    "carried-out-of-hiding",
    "`{source}` is not for everybody's eyes here, but `{name}` in `{workflow}` is",
    "write a rule for `{name}` under `visibility` there, or do not carry it",
    "`{source}` 在此处并非人人可见，而 `{workflow}` 的 `{name}` 人人可见",
    "请在该流程的 `visibility` 中为 `{name}` 写规则，或不要传递",
    "warning",
)
NOT_TAKEN = Saying(
    "told-fact-not-taken",
    "`{trigger}` of `{workflow}` does not take `{name}`",
    "write it in its `needs` or `takes`",
    "`{workflow}` 的 `{trigger}` 不接受 `{name}`",
    "请写入其 `needs` 或 `takes`",
)
WRONG_CONSTANT = Saying(
    "wrong-constant",
    "`{given}` is no value of `{name}`",
    "{near}",
    "`{given}` 不是 `{name}` 的取值",
    "{near}",
)
NO_CONSTANT = Saying(
    "no-constant",
    "a fact of type {type} cannot be set to a constant",
    "constants are for text, numbers, yes_no, choices, categories, units and persons",
    "{type} 类型的信息项不能写成常量",
    "常量只用于文字、数字、是否、选项、类别、单位和人员",
)
HALF_LINK = Saying(
    "link-or-cut",
    "either `fact` names the other case, or `cut: true` undoes it",
    "write one of the two",
    "应由 `fact` 指明另一案件，或以 `cut: true` 撤销",
    "请二者择一",
)
CIRCLE = Saying(
    "opens-for-ever",
    "opening a case of `{name}` opens another of `{name}`, and so on without end",
    "open it on a trigger that people pull",
    "登记 `{name}` 会再登记一个 `{name}`，无穷无尽",
    "请改为在由人执行的操作上登记",
)
DRAWN_ELSEWHERE = Saying(
    "drawn-and-asked",
    "`{name}` is drawn by the engine, so nobody can give it",
    "take it out here, or take `drawn` out of the fact",
    "`{name}` 由系统抽取，无法填写",
    "请在此去掉，或去掉信息项的 `drawn`",
)
CLAIMED_BY_MACHINE = Saying(
    "claimed-by-nobody",
    "`{name}` may pull this, but it is nobody who could be written into `{fact}`",
    "let only roles claim",
    "`{name}` 可执行此操作，但无法作为人员写入 `{fact}`",
    "认领操作只能由角色执行",
)
_CONSTANTS = (
    FactType.TEXT,
    FactType.NUMBER,
    FactType.YES_NO,
    FactType.CHOICE,
    FactType.CATEGORY,
    FactType.UNIT,
    FactType.PERSON,
)
_LINKS = Said("links", "关联")
_VALUES = Said("values", "取值")


def check(page: WorkflowPage) -> None:
    flow = page.workflow
    triggers = page.written("transitions")
    for section, lists in (("opens", flow.opens), ("tells", flow.tells), ("links", flow.links)):
        for index, one in enumerate(lists):
            assert isinstance(one, effects.Opens | effects.Tells | effects.Links)
            page.names("trigger", landscape.each(one.on, section, index, "on"), triggers, ("open",))
    for index, opens in enumerate(flow.opens):
        _opens(page, index, opens)
    for index, tells in enumerate(flow.tells):
        _tells(page, index, tells)
    for index, links in enumerate(flow.links):
        _links(page, index, links)
    _joins(page)
    for trigger in flow.transitions:
        _written(page, trigger)
    for name, fact in flow.facts.items():
        if fact.workflow is not None and page.land.workflows is not None:
            page.names("workflow", [(fact.workflow, ("facts", name, "workflow"))], frozenset(page.land.workflows))
    _bidden(page)
    if _opens_itself(page):
        page.say(CIRCLE, ("opens",), key=True, name=flow.workflow)


def _opens(page: WorkflowPage, index: int, opens: effects.Opens) -> None:
    path: Path = ("opens", index)
    check_matches.check(page, opens.when, (*path, "when"))
    if page.land.workflows is None:
        return
    page.names("workflow", [(opens.workflow, (*path, "workflow"))], frozenset(page.land.workflows))
    child = page.land.workflows.get(opens.workflow)
    if child is None:
        return
    _carried(page, opens.with_, (*path, "with"), child)
    if opens.for_each is not None:  # what its columns give is asked row by row, when the folder is read
        check_schedules.for_each(page, opens.for_each, (*path, "for_each"))
        return
    for name, fact in child.facts.items():
        if not fact.required:
            continue
        source = opens.with_.get(name) or opens.with_.get(fact.or_ or "")
        if source is None:
            page.say(NOT_GIVEN, (*path, "with"), key=True, workflow=opens.workflow, name=name)
        elif isinstance(source, str) and not _sure(page.workflow, opens.on, source):
            page.say(MAY_LACK, (*path, "with", name), workflow=opens.workflow, name=name, source=source)


def _sure(flow: Workflow, triggers: tuple[str, ...], source: str) -> bool:
    """Whether every case has the fact after any of these triggers."""
    given = check_graph.given_in(flow)
    required = flow.always_given
    for trigger in triggers:
        rule = flow.transitions.get(trigger)
        if rule is None:
            if trigger == "open" and source not in required:
                return False
            continue
        if source in rule.needs or source in rule.writes():
            continue
        if any(source not in given.get(state, frozenset()) for state in rule.from_ if state in given):
            return False
    return True


def _tells(page: WorkflowPage, index: int, tells: effects.Tells) -> None:
    path: Path = ("tells", index)
    check_matches.check(page, tells.when, (*path, "when"))
    others = page.land.workflows
    if others is None:
        return
    targets = list(_others(page, tells.case))
    if tells.case != OPENER and tells.case not in _link_names(page):
        page.say(UNKNOWN_LINK, (*path, "case"), name=tells.case, near=said.near(tells.case, {OPENER, *_link_names(page)}, _LINKS))
    for target in targets:
        rule = target.transitions.get(tells.trigger)
        if rule is None:
            page.names("trigger", [(tells.trigger, (*path, "trigger"))], frozenset(target.transitions))
            continue
        if LINKED not in rule.by:
            page.say(NOT_BY_LINKED, (*path, "trigger"), name=tells.trigger, workflow=target.workflow)
        _carried(page, tells.with_, (*path, "with"), target)
        for name in tells.with_:
            if name in target.facts and name not in (*rule.needs, *rule.takes):
                page.say(NOT_TAKEN, (*path, "with", name), key=True, trigger=tells.trigger, workflow=target.workflow, name=name)
        for name in rule.needs:
            if name not in tells.with_:
                page.say(NOT_GIVEN, (*path, "with"), key=True, workflow=target.workflow, name=name)


def _links(page: WorkflowPage, index: int, links: effects.Links) -> None:
    path: Path = ("links", index)
    if (links.fact is None) is not links.cut:
        page.say(HALF_LINK, path, key=True)
    if links.fact is not None:
        page.names("fact", [(links.fact, (*path, "fact"))], page.written("facts"))
        fact = page.workflow.facts.get(links.fact)
        if fact is not None and fact.type is not FactType.CASE:
            page.say(
                OTHER_TYPE, (*path, "fact"), source=links.fact, type=fact.type.value, name=links.as_, workflow=page.workflow.workflow, wanted="case"
            )  # fmt: skip


def _joins(page: WorkflowPage) -> None:
    seen: set[str] = set()
    for index, joins in enumerate(page.workflow.joins):
        path: Path = ("joins", index)
        page.names("trigger", [(joins.do, (*path, "do"))], page.written("transitions"))
        rule = page.workflow.transitions.get(joins.do)
        if rule is not None and LINKED not in rule.by:
            page.say(NOT_BY_LINKED, (*path, "do"), name=joins.do, workflow=page.workflow.workflow)
        if page.land.workflows is not None and joins.of not in _link_names(page):
            page.say(UNKNOWN_LINK, (*path, "of"), name=joins.of, near=said.near(joins.of, _link_names(page), _LINKS))
        if joins.of in seen:
            page.say(SAME_LINK, (*path, "of"), name=joins.of)
        seen.add(joins.of)


def _written(page: WorkflowPage, trigger: str) -> None:
    """What the engine writes with a move, and what nobody can give."""
    flow, rule, path = page.workflow, page.workflow.transitions[trigger], ("transitions", trigger)
    facts = page.written("facts")
    for section, names in (("needs", rule.needs), ("takes", rule.takes)):
        for name, place in landscape.each(names, *path, section):
            if name in flow.facts and flow.facts[name].drawn is not None:
                page.say(DRAWN_ELSEWHERE, place, name=name)
    if rule.claims is not None:
        page.names("fact", [(rule.claims, (*path, "claims"))], facts)
        fact = flow.facts.get(rule.claims)
        if fact is not None and fact.type is not FactType.PERSON:
            page.say(
                OTHER_TYPE, (*path, "claims"), source=rule.claims, type=fact.type.value, name=trigger, workflow=flow.workflow, wanted="person"
            )  # fmt: skip
        for word, place in landscape.each(rule.by, *path, "by"):
            if word in ("anyone", "timer", LINKED):
                page.say(CLAIMED_BY_MACHINE, place, name=word, fact=rule.claims)
    page.names("fact", [(name, (*path, "sets", name)) for name in rule.sets], facts)
    for name, value in rule.sets.items():
        fact = flow.facts.get(name)
        if fact is not None:
            _constant(page, name, fact, value, (*path, "sets", name))


def _bidden(page: WorkflowPage) -> None:
    """Whoever lets linked cases pull a trigger has one that does."""
    flow, others = page.workflow, page.land.workflows
    if others is None:
        return
    told = {joins.do for joins in flow.joins}
    told |= {tells.trigger for other in others.values() for tells in other.tells}
    for trigger, rule in flow.transitions.items():
        for word, place in landscape.each(rule.by, "transitions", trigger, "by"):
            if word == LINKED and trigger not in told:
                page.say(NEVER_LINKED, place)


def _carried(page: WorkflowPage, given: effects.Carried, path: Path, other: Workflow) -> None:
    flow = page.workflow
    page.names("fact", [(name, (*path, name)) for name in given], frozenset(other.facts))
    for name, source in given.items():
        fact = other.facts.get(name)
        if isinstance(source, Constant):
            if fact is not None:
                _constant(page, name, fact, source.is_, (*path, name, "is"))
            continue
        page.names("fact", [(source, (*path, name))], page.written("facts"))
        own = flow.facts.get(source)
        if own is None or fact is None:
            continue
        if own.type is not fact.type:
            page.say(
                OTHER_TYPE, (*path, name), source=source, type=own.type.value, name=name, workflow=other.workflow, wanted=fact.type.value
            )  # fmt: skip
        if own.personal or fact.personal:
            page.say(PERSONAL, (*path, name), name=source if own.personal else name)
        if _hidden(flow, source) and not _hidden(other, name):
            page.say(OUT_OF_HIDING, (*path, name), source=source, name=name, workflow=other.workflow)


def _hidden(flow: Workflow, fact: str) -> bool:
    """Whether a rule hides it in some state, by itself or with the whole case."""
    return any(rule.whole or fact in rule.facts for rule in flow.visibility)


def _constant(page: WorkflowPage, name: str, fact: Fact, value: str, path: Path) -> None:
    if fact.type not in _CONSTANTS:
        page.say(NO_CONSTANT, path, type=fact.type.value)
        return
    known = {
        FactType.YES_NO: frozenset({"true", "false"}),
        FactType.CHOICE: frozenset(fact.choices or {value: value}),
        FactType.CATEGORY: page.land.category_names,
        FactType.UNIT: page.land.unit_names,
        FactType.PERSON: page.land.persons,
    }.get(fact.type)
    if fact.type is FactType.NUMBER and not _is_number(value):
        known = frozenset({"0"})
    if known is not None and value not in known:
        page.say(WRONG_CONSTANT, path, given=said.shown(value), name=name, near=said.near(value, known, _VALUES))


def _is_number(value: str) -> bool:
    try:
        return abs(float(value)) < 2**53
    except ValueError:
        return False


def _link_names(page: WorkflowPage) -> set[str]:
    """Under which names cases are linked to those of this workflow."""
    return set(kin.linked(page.workflow, page.land.workflows or {})) | {opens.link for opens in page.workflow.opens}


def _others(page: WorkflowPage, case: str) -> Iterator[Workflow]:
    """The workflows that a `tells` may mean."""
    flows: Mapping[str, Workflow] = page.land.workflows or {}
    names = kin.openers(page.workflow, flows) if case == OPENER else kin.linked(page.workflow, flows).get(case, frozenset())
    yield from (flows[name] for name in sorted(names))


def _opens_itself(page: WorkflowPage) -> bool:
    """Whether opening a case opens others on and on."""
    flows = page.land.workflows or {}
    ways = {name: {opens.workflow for opens in other.opens if "open" in opens.on} for name, other in flows.items()}
    return page.workflow.workflow in check_graph.closure(ways.get(page.workflow.workflow, ()), ways)
