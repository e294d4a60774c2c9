"""Ladders: do the rungs ascend on every clock that uses them, reach somebody who is not a rider, and pull triggers that `timer` may pull?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config import check_clocks, check_facts, landscape
from config.landscape import WorkflowPage
from config.problems import Path, Saying
from config.words import Duration
from config.workflow import FactType, Rung

UNUSED = Saying(
    "unused-ladder",
    "no clock uses the ladder `{name}`",
    "name it in a clock's `ladder`, or delete it",
    "没有时钟使用升级阶梯 `{name}`",
    "请在时钟的 `ladder` 中引用，或删除",
)
DESCENDS = Saying(
    "rungs-descend",
    "on the clock `{clock}` this rung stands before the one above it",
    "order rungs by time: shares and `before`, then `at: due`, then `after`",
    "在时钟 `{clock}` 上，这一级早于上一级",
    "请按时间排序：先百分比和 `before`，再 `at: due`，最后 `after`",
)
RUNG_TWICE = Saying("rung-twice", "the same rung stands twice", "delete one", "两级完全相同", "请删除一个")
BEFORE_START = Saying(
    "before-start",
    "`{words}` before the deadline is before the clock `{clock}` begins: its target is {target}",
    "choose less than the shortest target",
    "到期前 `{words}` 早于时钟 `{clock}` 开始（时限 {target}）",
    "请小于最短的时限",
)
EARLY_REPEAT = Saying(
    "early-repeat",
    "a rung before the deadline does not repeat",
    "write further rungs, or repeat from `at: due` on",
    "到期之前的一级不能重复",
    "请多写几级，或从 `at: due` 起重复",
)
REPEATED_TRIGGER = Saying(
    "repeated-trigger",
    "`repeat` repeats telling; a trigger is pulled once",
    "put `do` in a rung of its own",
    "`repeat` 只重复通知，操作只触发一次",
    "请把 `do` 单独写成一级",
)
TIMER_MAY_NOT = Saying(
    "timer-may-not",
    "`{name}` may not be pulled by `timer`",
    "add `timer` to its `by`",
    "`timer` 不能触发 `{name}`",
    "请在其 `by` 中加入 `timer`",
)
TIMER_KNOWS_NOT = Saying(
    "timer-cannot-give",
    "`{name}` needs {facts}, which a timer cannot give",
    "name a trigger without `needs`",
    "`{name}` 需要填写 {facts}，定时器无法提供",
    "请使用没有 `needs` 的操作",
)
NEVER_POSSIBLE = Saying(
    "trigger-never-possible",
    "`{name}` is never possible while the clock `{clock}` runs",
    "it goes from {states}; let the clock run there, or name another trigger",
    "时钟 `{clock}` 运行期间无法进行 `{name}`",
    "它从 {states} 出发，请让时钟在那里运行，或改用其他操作",
)
RIDER_CHASED = Saying(
    "rider-chased",
    "`{name}` is a rider; no ladder ends at a rider",
    "tell those who sit at a desk; riders hear by `notices`",
    "`{name}` 是骑手，升级阶梯不能催骑手",
    "请通知值守人员，骑手通过 `notices` 得知",
)
REPORTER_CHASED = Saying(
    "reporter-chased",
    "a ladder does not chase the {name}",
    "tell those who can act; others hear by `notices`",
    "升级阶梯不催办 {name}",
    "请通知能处理的人，其他人通过 `notices` 得知",
)
ONLY_RIDERS = Saying(
    "only-riders",
    "everybody this rung tells is a rider: {names}",
    "add a role whose holders are not riders",
    "这一级通知的都是骑手：{names}",
    "请加入非骑手的角色",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A ladder on one clock, for one of its targets (None: until a date in a fact). `elapsed`: the hours never close."""

    clock: str
    target: Duration | None
    elapsed: bool


def check(page: WorkflowPage) -> None:
    workflow = page.workflow
    for name, ladder in workflow.ladders.items():
        clocks = [clock for clock, one in workflow.clocks.items() if one.ladder == name]
        if not clocks and page.whole("clocks"):
            page.say(UNUSED, ("ladders", name), key=True, name=name)
        for index, rung in enumerate(ladder):
            _rung(page, ("ladders", name, index), rung, clocks)
        if page.whole("clocks"):
            _ascends(page, name, ladder, [use for clock in clocks for use in _uses(page, clock)])


def _uses(page: WorkflowPage, name: str) -> list[_Use]:
    clock = page.workflow.clocks[name]
    if clock.within is None:
        return [_Use(clock=name, target=None, elapsed=clock.hours == check_clocks.ALWAYS)]
    return [_Use(clock=name, target=t.is_, elapsed=(t.hours or clock.hours) == check_clocks.ALWAYS) for t in clock.within]


def _rung(page: WorkflowPage, path: Path, rung: Rung, clocks: Sequence[str]) -> None:
    for word, place in landscape.each(rung.notify, *path, "notify"):
        _told(page, word, place)
    _not_only_riders(page, rung, path)
    page.names("robot", landscape.each(rung.robots, *path, "robots"), page.land.robot_names)
    if rung.template is not None:
        page.names("template", [(rung.template, (*path, "template"))], page.land.templates)
    if rung.repeat is not None and (rung.before is not None or (rung.at is not None and rung.at.share < 100)):
        page.say(EARLY_REPEAT, (*path, "repeat"), key=True)
    if rung.repeat is not None and rung.do is not None:
        page.say(REPEATED_TRIGGER, (*path, "repeat"), key=True)
    durations = (("before", rung.before), ("after", rung.after), ("repeat", rung.repeat.every if rung.repeat else None))
    for key, duration in durations:
        if duration is not None:
            check_clocks.working(page, duration, clocks, (*path, key, "every") if key == "repeat" else (*path, key))
    if rung.do is not None:
        _pulls(page, rung.do, (*path, "do"), clocks)


def _told(page: WorkflowPage, word: str, path: Path) -> None:
    fact = page.workflow.facts.get(word)
    if word == "reporter" or (fact is not None and fact.type is FactType.CONTACT and word not in (page.land.roles or ())):
        page.say(REPORTER_CHASED, path, name=word)
    elif word in page.land.riders():
        page.say(RIDER_CHASED, path, name=word)
    else:
        check_facts.recipient(page, word, path, reporter=False)


def _not_only_riders(page: WorkflowPage, rung: Rung, path: Path) -> None:
    """Roles that are no riders' roles, but all of whose holders are riders too, reach nobody on a ladder."""
    land = page.land
    if (
        not rung.notify
        or land.people is None
        or not land.people_whole
        or any(word not in land.people.roles or word in land.riders() for word in rung.notify)
    ):
        return
    holders = [person for word in rung.notify for person in land.holders(word)]
    if holders and all(land.is_rider(person) for person in holders):
        page.say(ONLY_RIDERS, (*path, "notify"), names=", ".join(sorted(set(holders))[:5]))


def _pulls(page: WorkflowPage, trigger: str, path: Path, clocks: Sequence[str]) -> None:
    page.names("trigger", [(trigger, path)], page.written("transitions"))
    transition = page.workflow.transitions.get(trigger)
    if transition is None or not page.intact(("transitions", trigger)):
        return
    if "timer" not in transition.by:
        page.say(TIMER_MAY_NOT, path, name=trigger)
    if transition.needs:
        page.say(TIMER_KNOWS_NOT, path, name=trigger, facts=", ".join(transition.needs))
    if page.whole("states", "clocks"):
        for clock in clocks:
            if page.workflow.runs_in(clock).isdisjoint(transition.from_):
                page.say(NEVER_POSSIBLE, path, name=trigger, clock=clock, states=", ".join(transition.from_))


def _ascends(page: WorkflowPage, name: str, ladder: Sequence[Rung], uses: Sequence[_Use]) -> None:
    last: dict[str, Rung] = {}
    above: Rung | None = None
    for index, rung in enumerate(ladder):
        path: Path = ("ladders", name, index)
        _before_start(page, rung, path, uses)
        earlier = [one for one in (above, *last.values()) if one is not None]
        wrong = next((use for use in uses for one in earlier if _descends(one, rung, use)), None)
        if wrong is not None:
            page.say(DESCENDS, path, clock=wrong.clock)
        elif rung in ladder[:index][-20:] and page.intact(("ladders", name)):
            page.say(RUNG_TWICE, path)
        above = last[_kind(rung)] = rung


def _before_start(page: WorkflowPage, rung: Rung, path: Path, uses: Sequence[_Use]) -> None:
    for use in uses:
        if rung.before is not None and use.target is not None and _micros(rung.before, use) > use.target.micros:
            page.say(BEFORE_START, (*path, "before"), words=rung.before.words, clock=use.clock, target=use.target.words)
            return


def _kind(rung: Rung) -> str:
    return "before" if rung.before is not None else "after" if rung.after is not None else "share"


def _micros(duration: Duration, use: _Use) -> int:
    """Comparable within one use; -1 where days and hours of a calendar that closes would have to be compared."""
    mixed = use.target is not None and use.target.unit is not duration.unit and not use.elapsed
    return -1 if mixed else duration.micros


def _descends(earlier: Rung, later: Rung, use: _Use) -> bool:
    """Whether `later` certainly stands before `earlier`; what cannot be compared does not."""
    phases = [_phase(rung) for rung in (earlier, later)]
    if phases[0] != phases[1]:
        return phases[1] < phases[0]
    if _kind(earlier) == _kind(later):
        return _same_kind_descends(earlier, later, use)
    if phases[0] != 0 or use.target is None:
        return False
    places = []
    for rung in (earlier, later):
        if rung.at is not None:
            places.append(use.target.micros * rung.at.share // 100)
        elif rung.before is not None:
            offset = _micros(rung.before, use)
            if offset < 0:
                return False
            places.append(use.target.micros - offset)
    return places[1] < places[0]


def _same_kind_descends(earlier: Rung, later: Rung, use: _Use) -> bool:
    if earlier.at is not None and later.at is not None:
        return later.at.share < earlier.at.share
    first, second = (earlier.before, later.before) if earlier.before is not None else (earlier.after, later.after)
    if first is None or second is None or (first.unit is not second.unit and not use.elapsed):
        return False
    return second.micros > first.micros if earlier.before is not None else second.micros < first.micros


def _phase(rung: Rung) -> int:
    """Before the deadline, at it, after it."""
    if rung.after is not None:
        return 2
    return 1 if rung.at is not None and rung.at.share == 100 else 0
