"""Matches (`when: {urgency: 1}`): may they be asked, can each be met, and do a clock's targets answer for every case?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config import check_graph, landscape
from config import problems as said
from config.landscape import Known, WorkflowPage
from config.problems import Path, Said, Saying
from config.workflow import NO_TARGET, FactType, Target

MOST_COMBINATIONS = 5000
_MATCHABLE = (FactType.CHOICE, FactType.YES_NO, FactType.CATEGORY, FactType.UNIT, FactType.TEXT, FactType.ENTRY)

UNMATCHABLE = Saying(
    "unmatchable-fact",
    "`{name}` is a {type}, which has no values to match",
    "match facts of type choice, yes_no, category, unit, entry or text",
    "`{name}` 的类型是 {type}，无法匹配",
    "只能匹配 choice、yes_no、category、unit、entry、text 类型的信息项",
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


OVERLAP = Saying(
    "overlapping-matches",
    "{which} meets an earlier target ({first}) and this one ({second}); the earlier counts",
    "name each value in one target only",
    "{which} 同时符合前面的时限（{first}）和此条（{second}），以前面的为准",
    "请让每个取值只出现在一条时限中",
    "warning",
)
LAXER = Saying(
    "laxer-first",
    "a case that also has {which} gets {first} here, though {second} is written for it below",
    "put the stricter target first, or waive this if it is meant so",
    "同时符合 {which} 的案件在此得到 {first}，而下面写的是 {second}",
    "请把更严的时限放在前面；若有意如此，可豁免",
    "warning",
)
TOLD_ALREADY = Saying(
    "told-already",
    "a notice above tells `{name}` of `{trigger}` already; of one move everybody hears once, by the first notice that names him",
    "give the two notices conditions that exclude each other, or take `{name}` out of one",
    "上面的通知已把 `{trigger}` 告诉 `{name}`；同一步每人只收到一次，以先写的为准",
    "请让两条通知的条件互斥，或从其中一条去掉 `{name}`",
    "warning",
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
    if fact.type is FactType.ENTRY:
        register = page.land.registers.get(fact.register_ or "")
        return frozenset(register.rows) if register is not None else None
    return page.land.unit_names if fact.type is FactType.UNIT else None


def targets(page: WorkflowPage, clock: str, listed: Sequence[Target]) -> None:
    """Each target can be met by some case, every case meets one, and none takes a case from a stricter one unseen."""
    path: Path = ("clocks", clock, "within")
    asked = [sets(target.when) for target in listed]
    for index, match in enumerate(asked):
        if any(covers(earlier, match) for earlier in asked[:index]):
            page.say(AFTER_DEFAULT, (*path, index))
        else:
            _overlaps(page, path, listed, asked, index)
    without = _says_none(page, clock)
    if without and any(target.when is None for target in listed):
        page.say(AFTER_DEFAULT, (*path, len(listed)))
    if not without and all(target.when is not None for target in listed):
        which = _left_over(page, clock, asked)
        if which is not None:
            page.say(NO_DEFAULT, path, which=which)


def notices(page: WorkflowPage) -> None:
    """A person (or a group) hears of a move once, by the first notice that names him: a later one to the same word needs a case of its own."""
    told: dict[tuple[str, str], list[Asked]] = {}
    for index, notice in enumerate(page.workflow.notices):
        match = sets(notice.when)
        groups = landscape.each(notice.robots, "notices", index, "robots")
        page.names("robot", groups, page.land.robot_names)
        for word, place in [*landscape.each(notice.to, "notices", index, "to"), *groups]:
            earlier = told.setdefault((notice.on, word), [])
            if any(covers(one, match) for one in earlier):
                page.say(TOLD_ALREADY, place, name=word, trigger=notice.on)
            earlier.append(match)


def _overlaps(page: WorkflowPage, path: Path, listed: Sequence[Target], asked: Sequence[Asked], index: int) -> None:
    for number in range(index):
        earlier, later = asked[number], asked[index]
        if not both(earlier, later) or covers(later, earlier):
            continue
        if earlier.keys() == later.keys():
            values = {name: sorted(earlier[name] & later[name]) for name in earlier if earlier[name] != later[name]}
            words = ", ".join(f"{name}={value}" for name, (value, *_) in values.items())
            page.say(OVERLAP, (*path, index), which=words, first=listed[number].is_.words, second=listed[index].is_.words)
            return
        if laxer(page.workflow.clocks[str(path[1])].hours, listed[number], listed[index]):
            page.say(LAXER, (*path, number), first=listed[number].is_.words, second=listed[index].is_.words, which=said_of(later))
            return


def laxer(hours: str, one: Target, other: Target) -> bool:
    """Whether `one` certainly gives more time than `other`: in the same measure, or in office hours against plain ones."""
    measures = [(target.hours or hours, target.is_.unit) for target in (one, other)]
    comparable = measures[0] == measures[1] or measures[1][0] == "always"
    return comparable and one.is_.micros > other.is_.micros


Asked = dict[str, frozenset[str]]
"""A match, its values as sets; empty: it asks for nothing."""


def sets(match: Mapping[str, Sequence[str]] | None) -> Asked:
    return {name: frozenset(values) for name, values in (match or {}).items()}


def said_of(match: Asked) -> str:
    """A match in a few words: `urgency=1`."""
    return ", ".join(f"{name}={'/'.join(sorted(values)[:4])}" for name, values in match.items())


def covers(earlier: Asked, later: Asked) -> bool:
    """Whether every case of `later` is one of `earlier`."""
    return all(name in later and later[name] <= values for name, values in earlier.items())


def both(one: Asked, other: Asked) -> bool:
    """Whether some case meets both."""
    return not any(name in other and other[name].isdisjoint(values) for name, values in one.items())


def _says_none(page: WorkflowPage, clock: str) -> bool:
    written = page.part.data["clocks"][clock].get("within")
    return isinstance(written, list) and bool(written) and written[-1] == NO_TARGET


def _left_over(page: WorkflowPage, clock: str, matches: Sequence[Asked]) -> Said | None:
    """Which cases none of the matches takes: of a fact not given yet, or of values not named. None: it takes all."""
    asked = sorted({name for match in matches for name in match})
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
    found = uncovered(page, matches)
    if isinstance(found, int):
        return Said(f"there are {found} combinations", f"共有 {found} 种组合")
    if found is None:
        return None
    words = ", ".join(f"{name}={value}" for name, value in found.items())
    return Said(f"none for {words}", f"{words} 没有对应时限")


def uncovered(page: WorkflowPage, matches: Sequence[Asked]) -> dict[str, str] | int | None:
    """The first case, by its values, that meets none of the matches; None: each meets one; a number: so many cases, too many to try.

    Facts must exist and have known values."""
    asked = sorted({name for match in matches for name in match})
    domains = {name: sorted(values_of(page, name) or ()) for name in asked}
    size = 1
    for domain in domains.values():
        size *= max(1, len(domain))
    if size > MOST_COMBINATIONS:
        return size
    try:
        return _missed(page, domains, asked, matches)
    except _Impatient:
        return size


class _Impatient(Exception):
    """There are too many matches to try them all."""


def _missed(
    page: WorkflowPage, domains: Mapping[str, Sequence[str]], left: Sequence[str], matches: Sequence[Asked]
) -> dict[str, str] | None:
    """Values that the matches do not tell apart are tried as one."""
    page.patience -= len(matches) + 1
    if page.patience < 0:
        raise _Impatient
    if not all(matches):
        return None
    if not matches or not left:
        return {name: domains[name][0] for name in left if domains[name]}
    name, rest = left[0], left[1:]
    by_value: dict[str, list[int]] = {value: [] for value in domains[name]}
    for number, match in enumerate(matches):
        for value in match.get(name, ()):
            if value in by_value:
                by_value[value].append(number)
    tried: set[tuple[int, ...]] = set()
    for value, numbers in by_value.items():
        if tuple(numbers) in tried:
            continue
        tried.add(tuple(numbers))
        met = set(numbers)
        remaining = [
            {fact: values for fact, values in match.items() if fact != name}
            for number, match in enumerate(matches)
            if name not in match or number in met
        ]
        missed = _missed(page, domains, rest, remaining)
        if missed is not None:
            return {name: value, **missed}
    return None
