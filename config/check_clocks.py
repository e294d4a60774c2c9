"""Clocks: do they run somewhere, in hours that exist, with a target for every case, and does what they declare have an effect?"""

from __future__ import annotations

from collections.abc import Iterable

from config import check_facts, check_matches, landscape
from config.landscape import WorkflowPage
from config.problems import Path, Saying
from config.words import Duration
from config.workflow import Clock, FactType, Kind

ALWAYS = "always"

OPEN_ALONE = Saying(
    "open-and-others",
    "`open` is every state that is not final; nothing stands beside it",
    "write `runs_in: open`, and the exceptions under `pauses_in`",
    "`open`指所有非终态，不能与其他状态并列",
    "请写 `runs_in: open`，例外写在 `pauses_in`",
)
RUNS_FINAL = Saying(
    "runs-when-final",
    "`{name}` is final; no clock runs or pauses there",
    "take it out",
    "`{name}` 是终态，时钟不会在此运行或暂停",
    "请删除",
)
RUNS_AND_PAUSES = Saying(
    "runs-and-pauses",
    "the clock both runs and pauses in `{name}`",
    "keep it in one of the two lists",
    "时钟在 `{name}` 既运行又暂停",
    "请只保留在一个列表中",
)
RESTART_UNUSED = Saying(
    "restart-without-effect",
    "no transition is a {kind}, so nothing restarts",
    "say `kind: {kind}` at the transition that is one, or delete this line",
    "没有 {kind} 类的操作，不会重新计时",
    "请在相应操作处写 `kind: {kind}`，或删除此行",
)
NO_WORKING_HOURS = Saying(
    "working-without-hours",
    "`{words}` needs working hours, but the clock `{clock}` runs `always`",
    "give `hours: …` with a calendar, or leave out `working`",
    "`{words}` 需要工作时间，但时钟 `{clock}` 全天运行",
    "请用 `hours: …` 指定日历，或去掉 `working`",
)
NOBODY_HEARS = Saying(
    "no-ladder",
    "nobody hears when this clock lapses",
    "name a `ladder`, if somebody should",
    "此时钟到期时没有人会得知",
    "如需通知，请指定 `ladder`",
    "warning",
)
NOTHING_TO_ACKNOWLEDGE = Saying(
    "acknowledge-without-ladder",
    "without a ladder there is nothing to acknowledge",
    "name a `ladder`, or delete `acknowledge`",
    "没有升级阶梯，无可签收",
    "请指定 `ladder`，或删除 `acknowledge`",
)


def check(page: WorkflowPage) -> None:
    for name, clock in page.workflow.clocks.items():
        path: Path = ("clocks", name)
        _states(page, name, clock)
        _hours(page, name, clock)
        if clock.due is not None:
            check_facts.fact_of(page, clock.due.fact, (*path, "due", "fact"), FactType.DATE, FactType.DATETIME)
        for index, target in enumerate(clock.within or ()):
            check_matches.check(page, target.when, (*path, "within", index, "when"))
        whole = page.whole("initial", "facts", "states", "transitions") and page.intact(path)
        if clock.within is not None and whole:
            check_matches.targets(page, name, clock.within)
        if page.whole("transitions"):
            _restarts(page, name, clock)
        if clock.ladder is not None:
            page.names("ladder", [(clock.ladder, (*path, "ladder"))], page.written("ladders"))
        elif page.whole("clocks"):
            page.say(NOBODY_HEARS, path, key=True)
            if page.wrote(*path, "acknowledge"):
                page.say(NOTHING_TO_ACKNOWLEDGE, (*path, "acknowledge"), key=True)


def _states(page: WorkflowPage, name: str, clock: Clock) -> None:
    path: Path = ("clocks", name)
    page.names("state", landscape.each(clock.runs_in, *path, "runs_in"), page.written("states"), ("open",))
    page.names("state", landscape.each(clock.pauses_in, *path, "pauses_in"), page.written("states"))
    if "open" in clock.runs_in and len(clock.runs_in) > 1:
        page.say(OPEN_ALONE, (*path, "runs_in"))
    listed = [*landscape.each(clock.runs_in, *path, "runs_in"), *landscape.each(clock.pauses_in, *path, "pauses_in")]
    for state, place in listed:
        found = page.workflow.states.get(state)
        if found is not None and found.final is not None:
            page.say(RUNS_FINAL, place, name=state)
    for state, place in landscape.each(clock.pauses_in, *path, "pauses_in"):
        if state in clock.runs_in:
            page.say(RUNS_AND_PAUSES, place, name=state)


def _hours(page: WorkflowPage, name: str, clock: Clock) -> None:
    path: Path = ("clocks", name)
    calendars = page.land.calendar_names
    page.names("calendar", [(clock.hours, (*path, "hours"))], calendars, (ALWAYS,))
    for index, target in enumerate(clock.within or ()):
        place: Path = (*path, "within", index)
        if target.hours is not None:
            page.names("calendar", [(target.hours, (*place, "hours"))], calendars, (ALWAYS,))
        _working(page, target.is_, (name,), target.hours or clock.hours, (*place, "is"))
    if clock.acknowledge.for_ is not None:
        _working(page, clock.acknowledge.for_, (name,), clock.hours, (*path, "acknowledge", "for"))
    for trigger, transition in page.workflow.transitions.items():
        extends = transition.extends
        if extends is not None and extends.clock == name and isinstance(extends.by, Duration):
            working(page, extends.by, (name,), ("transitions", trigger, "extends", "by"))


def working(page: WorkflowPage, duration: Duration, clocks: Iterable[str], path: Path) -> None:
    """A duration in working time needs hours that close, in each of these clocks and for each of their targets."""
    for name in clocks:
        clock = page.workflow.clocks[name]
        hours = {target.hours or clock.hours for target in clock.within or ()} or {clock.hours}
        if ALWAYS in hours:
            _working(page, duration, (name,), ALWAYS, path)


def _working(page: WorkflowPage, duration: Duration, clocks: Iterable[str], hours: str, path: Path) -> None:
    if duration.working and hours == ALWAYS:
        for name in (clock for clock in clocks if page.intact(("clocks", clock))):
            page.say(NO_WORKING_HOURS, path, words=duration.words, clock=name)


def _restarts(page: WorkflowPage, name: str, clock: Clock) -> None:
    there = {page.workflow.kind_of(trigger) for trigger in page.workflow.transitions}
    for kind in Kind:
        if kind in clock.restarts_on() and kind not in there:
            page.say(RESTART_UNUSED, ("clocks", name, f"on_{kind.value}"), kind=kind.value)
