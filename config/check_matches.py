"""Matches (`when: {urgency: 1}`): may they be asked, can each be met, and do a clock's targets answer for every case?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from config import check_graph, landscape
from config import problems as said
from config.landscape import Known, WorkflowPage
from config.problems import Path, Said, Saying
from config.workflow import NO_TARGET, FactType, Target

MOST_COMBINATIONS = 5000
_MATCHABLE = (FactType.CHOICE, FactType.YES_NO, FactType.CATEGORY, FactType.UNIT, FactType.TEXT)

UNMATCHABLE = Saying(
    "unmatchable-fact",
    "`{name}` is a {type}, which has no values to match",
    "match facts of type choice, yes_no, category, unit or text",
    "`{name}` 的类型是 {type}，无法匹配",
    "只能匹配 choice、yes_no、category、unit、text 类型的信息项",
)
NOT_A_VALUE = Saying("unknown-value", "`{value}` is not a value of `{name}`", "{near}", "`{value}` 不是 `{name}` 的取值", "{near}")
AFTER_DEFAULT = Saying(
    "never-matched",
    "no case comes to this: an earlier one takes them all",
    "put it before the one it repeats, or delete it",
    "不会用到此条：前面的条目已包含所有情况",
    "请移到前面，或删除",
)
NO_DEFAULT = Saying(
    "no-default",
    "not every case has a target: {which}",
    "end with one that has no `when`, as `- {{is: 1 hour}}`, or with `- {{is: none}}`",
    "并非每个案件都有时限：{which}",
    "请在最后写一条没有 `when` 的，如 `- {{is: 1 hour}}` 或 `- {{is: none}}`",
)


def check(page: WorkflowPage, match: Mapping[str, Sequence[str]] | None, path: Path) -> None:
    """Facts exist and can be matched; values are among those the fact can have."""
    for name, values in (match or {}).items():
        page.names("fact", [(name, (*path, name))], page.written("facts"))
        fact = page.workflow.facts.get(name)
        if fact is None:
            continue
        if fact.type not in _MATCHABLE:
            page.say(UNMATCHABLE, (*path, name), key=True, name=name, type=fact.type.value)
            continue
        known = values_of(page, name)
        for value, place in landscape.each(values, *path, name):
            if known is not None and value not in known:
                page.say(NOT_A_VALUE, place, value=value, name=name, near=said.near(value, known, Said("values", "取值")))


def values_of(page: WorkflowPage, name: str) -> Known:
    """All values a fact can have; None where that is not known."""
    fact = page.workflow.facts[name]
    if fact.type is FactType.CHOICE:
        return frozenset(fact.choices) if fact.choices else None
    if fact.type is FactType.YES_NO:
        return frozenset({"true", "false"})
    if fact.type is FactType.CATEGORY:
        return page.land.category_names
    return page.land.unit_names if fact.type is FactType.UNIT else None


def targets(page: WorkflowPage, clock: str, listed: Sequence[Target]) -> None:
    """Each target can be met by some case, and every case meets one."""
    path: Path = ("clocks", clock, "within")
    for index, target in enumerate(listed):
        if any(_covers(earlier.when, target.when) for earlier in listed[:index]):
            page.say(AFTER_DEFAULT, (*path, index))
    without = _says_none(page, clock)
    if without and any(target.when is None for target in listed):
        page.say(AFTER_DEFAULT, (*path, len(listed)))
    if not without and all(target.when is not None for target in listed):
        which = _left_over(page, clock, listed)
        if which is not None:
            page.say(NO_DEFAULT, path, which=which)


def _says_none(page: WorkflowPage, clock: str) -> bool:
    written = page.part.data["clocks"][clock].get("within")
    return isinstance(written, list) and bool(written) and written[-1] == NO_TARGET


def _covers(earlier: Mapping[str, Sequence[str]] | None, later: Mapping[str, Sequence[str]] | None) -> bool:
    if earlier is None:
        return True
    return later is not None and all(name in later and set(later[name]) <= set(values) for name, values in earlier.items())


def _left_over(page: WorkflowPage, clock: str, listed: Sequence[Target]) -> Said | None:
    """Which cases none of the matches takes: of a fact not given yet, or of values not named. None: it takes all."""
    asked = sorted({name for target in listed for name in target.when or ()})
    if any(name not in page.workflow.facts for name in asked):
        return None
    given = check_graph.given_in(page.workflow)
    for state in sorted(page.workflow.runs_in(clock)):
        late = [name for name in asked if state in given and name not in given[state]]
        if late:
            return Said(f"in `{state}` `{late[0]}` may not be known", f"在 `{state}` 时 `{late[0]}` 可能尚未填写")
    endless = [name for name in asked if page.workflow.facts[name].type is FactType.TEXT]
    if endless:
        return Said(f"`{endless[0]}` may have any words", f"`{endless[0]}` 可以是任意文字")
    domains = [sorted(values_of(page, name) or ()) for name in asked]
    size = 1
    for domain in domains:
        size *= max(1, len(domain))
    if size > MOST_COMBINATIONS:
        return Said(f"there are {size} combinations", f"共有 {size} 种组合")
    for values in itertools.product(*domains):
        case = dict(zip(asked, values, strict=True))
        if not any(all(case[name] in wanted for name, wanted in (target.when or {}).items()) for target in listed):
            words = ", ".join(f"{name}={value}" for name, value in case.items())
            return Said(f"none for {words}", f"{words} 没有对应时限")
    return None
