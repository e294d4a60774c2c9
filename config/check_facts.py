"""Facts, transitions and notices: do the names they speak by exist, and can what they ask for be had?"""

from __future__ import annotations

from collections.abc import Mapping

from config import check_matches, landscape
from config import problems as said
from config.check_graph import RESERVED
from config.landscape import WORDS, Page, WorkflowPage
from config.problems import Path, Said, Saying
from config.registers import Column
from config.workflow import ACTORS, Extends, Fact, FactType, FromFact

_PEOPLE = (FactType.CONTACT, FactType.PERSON, FactType.UNIT)
_FIXED: Mapping[str, FactType] = {"unit": FactType.UNIT, "tracker": FactType.PERSON}

OPTION = Saying(
    "option-of-another-type",
    "`{option}` says nothing of a {type}",
    "it belongs to facts of type {types}",
    "`{option}` 对 {type} 类型无效",
    "它只用于 {types} 类型",
)
NO_CHOICES = Saying(
    "no-choices",
    "a choice without `choices`",
    "write `choices: {{1: …, 2: …}}`",
    "choice 类型缺少 `choices`",
    "请写 `choices: {{1: …, 2: …}}`",
)
NO_REGISTER = Saying(
    "no-register",
    "an entry without `register`",
    "name the register whose rows it may be, as `register: stations`",
    "entry 类型缺少 `register`",
    "请写明登记表，如 `register: stations`",
)
FIXED_TYPE = Saying(
    "fixed-type",
    "`{name}` is a word of the language for a fact of type {type}",
    "say `type: {type}`, or give it another name",
    "`{name}` 是保留的信息项名，类型应为 {type}",
    "请写 `type: {type}`，或改名",
)
TWICE_ASKED = Saying(
    "needs-and-takes",
    "`{name}` is both needed and taken",
    "keep it in `needs` if it must come, in `takes` if it may",
    "`{name}` 同时出现在 `needs` 和 `takes`",
    "必填留在 `needs`，选填留在 `takes`",
)
NO_UNIT = Saying(
    "no-unit-fact",
    "`{name}` is meant within the case's unit, but cases have none here",
    "add a fact `unit: {{type: unit, …}}`",
    "`{name}` 指案件承办单位内的角色，但此流程没有承办单位",
    "请添加信息项 `unit: {{type: unit, …}}`",
)
NOT_A_PERSON = Saying(
    "not-a-person",
    "the fact `{name}` is a {type}; nobody can be told by it",
    "facts of type contact, person or unit (its people) can be told, and {near}",
    "信息项 `{name}` 的类型是 {type}，无法据此通知",
    "可通知 contact、person、unit（其人员）类型的信息项，以及{near}",
)
UNIT_OR_PERSON = Saying(
    "unit-or-person",
    "`{name}` tells the people of a unit, but {both} names a unit and a person",
    "give the person another id",
    "`{name}` 通知某个单位的人员，但 {both} 既是单位又是人员",
    "请给人员改用其他编号",
)
UNKNOWN_READER = Saying("unknown-recipient", "nobody is called `{name}`", "{near}", "没有 `{name}` 这个对象", "{near}")
TWO_MEANINGS = Saying(
    "two-meanings", "`{name}` is both a role and a fact", "rename the fact", "`{name}` 既是角色又是信息项", "请给信息项改名"
)
WRONG_FACT = Saying(
    "wrong-fact-type",
    "the fact `{name}` is a {type}",
    "{types} is wanted here",
    "信息项 `{name}` 的类型是 {type}",
    "此处应为 {types}",
)
IDLE_EXTENSION = Saying(
    "idle-extension",
    "the clock `{name}` neither runs nor pauses in {states}",
    "extend it from a state it runs in",
    "时钟 `{name}` 在 {states} 既不运行也不暂停",
    "请从其运行的状态延期",
)
NO_TARGET = Saying(
    "nothing-to-extend",
    "`{name}` ends when a fact says; it has no target to add to",
    "change the fact instead (`needs: [{fact}]`)",
    "`{name}` 的期限来自信息项，没有可延长的时限",
    "请改为更新该信息项（`needs: [{fact}]`）",
)
NEVER_PULLED = Saying(
    "timer-never-comes",
    "`timer` may pull this, but no rung does",
    "write a rung with `do: {name}`, or take `timer` out",
    "允许 `timer` 操作，但没有任何阶梯会触发",
    "请写一级 `do: {name}`，或去掉 `timer`",
)


OR_WITHOUT = Saying(
    "or-without-required",
    "`or` says what will do in place of a required fact, and `{name}` is not required",
    "write `required: true`, or take `or` out",
    "`or` 写的是可代替必填项的信息项，而 `{name}` 不是必填项",
    "请写 `required: true`，或去掉 `or`",
)
DRAWN_REQUIRED = Saying(
    "drawn-and-required",
    "`{name}` is drawn by the engine, so nobody can be required to give it",
    "take `required` out",
    "`{name}` 由系统抽取，不能要求填写",
    "请去掉 `required`",
)


def check(page: WorkflowPage) -> None:
    workflow = page.workflow
    page.names("role", landscape.each(workflow.opened_by, "opened_by"), page.land.roles, ("anyone", "linked", "system"))
    _unit_known(page, workflow.opened_by, ("opened_by",))
    for name, fact in workflow.facts.items():
        _fact(page, name, fact)
    for trigger in workflow.transitions:
        _transition(page, trigger)
    for index, notice in enumerate(workflow.notices):
        page.names("trigger", [(notice.on, ("notices", index, "on"))], page.written("transitions"), ("open",))
        page.names("template", [(notice.template, ("notices", index, "template"))], page.land.templates)
        check_matches.check(page, notice.when, ("notices", index, "when"))
        for word, path in landscape.each(notice.to, "notices", index, "to"):
            recipient(page, word, path, reporter=True)


def _fact(page: WorkflowPage, name: str, fact: Fact) -> None:
    path: Path = ("facts", name)
    options = (
        ("choices", fact.choices, ("choice",)),
        ("most", fact.most, ("photos", "videos")),
        ("longest", fact.longest, ("text",)),
        ("drawn", fact.drawn, ("yes_no",)),
        ("workflow", fact.workflow, ("case",)),
        ("register", fact.register_, ("entry",)),
    )
    for option, value, types in options:
        if value is not None and fact.type.value not in types:
            page.say(OPTION, (*path, option), key=True, option=option, type=fact.type.value, types=" / ".join(types))
    of_names(page, fact, path)
    fixed = _FIXED.get(name)
    if fixed is not None and fact.type is not fixed:
        page.say(FIXED_TYPE, (*path, "type"), name=name, type=fixed.value)
    if fact.drawn is not None and fact.required:
        page.say(DRAWN_REQUIRED, (*path, "required"), name=name)
    if fact.or_ is not None:
        page.names("fact", [(fact.or_, (*path, "or"))], frozenset(page.workflow.facts) - {name})
        if not fact.required:
            page.say(OR_WITHOUT, (*path, "or"), key=True, name=name)
    if name in ("reporter", "open", "timer", "system", "linked", "opener", "all"):
        page.say(RESERVED, path, key=True, name=name)


def of_names(page: Page, fact: Fact | Column, path: Path) -> None:
    """A choice says what may be chosen, an entry of which register it is."""
    if fact.type is FactType.CHOICE and fact.choices is None and not page.part.source.knows((*path, "choices")):
        page.say(NO_CHOICES, path, key=True)
    if fact.type is FactType.ENTRY and fact.register_ is None and not page.part.source.knows((*path, "register")):
        page.say(NO_REGISTER, path, key=True)
    if fact.register_ is not None:
        page.names("register", [(fact.register_, (*path, "register"))], page.land.register_names)


def _transition(page: WorkflowPage, trigger: str) -> None:
    transition, path = page.workflow.transitions[trigger], ("transitions", trigger)
    facts = page.written("facts")
    page.names("role", landscape.each(transition.by, *path, "by"), page.land.roles, (*ACTORS, *page.workflow.deputed()))
    _unit_known(page, transition.by, (*path, "by"))
    page.names("fact", landscape.each(transition.needs, *path, "needs"), facts)
    page.names("fact", landscape.each(transition.takes, *path, "takes"), facts)
    for name, place in landscape.each(transition.takes, *path, "takes"):
        if name in transition.needs:
            page.say(TWICE_ASKED, place, name=name)
    for word, place in landscape.each(transition.by, *path, "by"):
        if word == "tracker" and facts is not None and "tracker" not in facts:
            page.names("fact", [(word, place)], facts)
        if word == "timer" and page.whole("ladders") and not _pulled(page, trigger):
            page.say(NEVER_PULLED, place, name=trigger)
    page.names("trigger", landscape.each(transition.not_by, *path, "not_by"), page.written("transitions"), ("open",))
    check_matches.check(page, transition.when, (*path, "when"))
    if transition.extends is not None:
        _extension(page, trigger, transition.extends)


def _pulled(page: WorkflowPage, trigger: str) -> bool:
    return any(rung.do == trigger for ladder in page.workflow.ladders.values() for rung in ladder)


def _extension(page: WorkflowPage, trigger: str, extends: Extends) -> None:
    workflow, path = page.workflow, ("transitions", trigger, "extends")
    page.names("clock", [(extends.clock, (*path, "clock"))], page.written("clocks"))
    if isinstance(extends.by, FromFact):
        fact_of(page, extends.by.fact, (*path, "by", "fact"), FactType.DURATION)
    clock = workflow.clocks.get(extends.clock)
    if clock is None or not page.whole("clocks", "states"):
        return
    if clock.due is not None:
        page.say(NO_TARGET, (*path, "clock"), name=extends.clock, fact=clock.due.fact)
    states = workflow.transitions[trigger].from_
    if (workflow.runs_in(extends.clock) | set(clock.pauses_in)).isdisjoint(states):
        page.say(IDLE_EXTENSION, (*path, "clock"), name=extends.clock, states=", ".join(states))


def fact_of(page: WorkflowPage, name: str, path: Path, *types: FactType) -> None:
    """A fact named where only some types make sense."""
    page.names("fact", [(name, path)], page.written("facts"))
    fact = page.workflow.facts.get(name)
    if fact is not None and fact.type not in types:
        page.say(WRONG_FACT, path, name=name, type=fact.type.value, types=" / ".join(kind.value for kind in types))


def recipient(page: WorkflowPage, word: str, path: Path, *, reporter: bool) -> None:
    """A word for people in a case: a role, `reporter`, `tracker`, or a fact of type contact, person or unit."""
    roles, facts = page.land.roles, page.written("facts")
    fact = page.workflow.facts.get(word)
    if roles is None or facts is None or (word == "reporter" and reporter):
        return
    people = frozenset(name for name, one in page.workflow.facts.items() if one.type in _PEOPLE)
    if word in roles:
        if word in facts:
            page.say(TWO_MEANINGS, path, name=word)
        _unit_known(page, (word,), path)
    elif word not in facts:
        known = roles | people | {"reporter"} if reporter else (roles - page.land.riders()) | (people - _contacts(page))
        page.say(UNKNOWN_READER, path, name=word, near=said.near(word, known, Said("roles and facts", "角色和信息项")))
    elif (
        fact is not None
        and fact.type is FactType.UNIT
        and (both := (page.land.persons or frozenset()) & (page.land.unit_names or frozenset()))
    ):
        page.say(UNIT_OR_PERSON, path, name=word, both=", ".join(sorted(both)))
    elif fact is not None and fact.type not in _PEOPLE:
        page.say(NOT_A_PERSON, path, name=word, type=fact.type.value, near=said.near("", roles, WORDS["role"]))


def _contacts(page: WorkflowPage) -> frozenset[str]:
    return frozenset(name for name, fact in page.workflow.facts.items() if fact.type is FactType.CONTACT)


def _unit_known(page: WorkflowPage, words: tuple[str, ...], path: Path) -> None:
    facts = page.written("facts")
    for word, place in landscape.each(words, *path):
        if page.land.scope(word) == "unit" and facts is not None and "unit" not in facts:
            page.say(NO_UNIT, place, name=word)
