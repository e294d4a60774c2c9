"""Did rungs and acknowledgements keep to the ladders: in their order, once, when due, on a clock that was under way?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from engine import catalog, history, requests, rungs
from engine import now as times
from engine.mining import conform_walk
from engine.mining.conform_walk import Detail, Entry, Remark, Walk, deviation
from sla import clocks, ladders, running


def bids(compiled: catalog.Compiled, entries: Sequence[Entry], place: int) -> str | None:
    """The trigger that the rung just before pulls: it and what comes of it are written together."""
    before = entries[place - 1] if place else None
    if before is None or before[history.KIND] != "rung":
        return None
    return _pulls(compiled, orjson.loads(before[history.DETAIL]))


def _pulls(compiled: catalog.Compiled, detail: Detail) -> str | None:
    clock, rung = detail["clock"], detail["rung"]
    return compiled.notices.rungs[clock][rung].do if conform_walk.has_rung(compiled, clock, rung) else None


def rung(walk: Walk, place: int, row: Entry, detail: Detail) -> Iterator[Remark]:
    yield from conform_walk.machines(row, requests.TIMER)
    clock, number = detail["clock"], detail["rung"] + 1
    if not conform_walk.has_rung(walk.compiled, clock, detail["rung"]):
        yield deviation("rung-unknown", row, f"{clock} has no rung {number}", f"{clock} 没有第 {number} 级提醒")
        return
    pulls = _pulls(walk.compiled, detail)
    after = walk.entries[place + 1] if place + 1 < len(walk.entries) else None
    done = after is not None and after[history.KIND] in ("move", "refused") and after[history.TRIGGER] == pulls
    if pulls is not None and not (done and after is not None and after[history.ACTOR] == requests.TIMER):
        yield deviation("rung-idle", row, f"the rung pulls {pulls}, and nothing came of it", f"该级提醒应触发 {pulls}，但没有结果")
    if walk.folds is not None:
        yield from _on_clock(walk, row, detail, walk.folds.get(clock))


def _on_clock(walk: Walk, row: Entry, detail: Detail, fold: clocks.ClockFold | None) -> Iterator[Remark]:
    clock, number, repeat = detail["clock"], detail["rung"] + 1, detail["repeat"]
    if fold is None:
        yield deviation("clock-not-running", row, f"{clock} had not begun", f"{clock} 尚未开始计时")
        return
    if detail["round"] != fold.round:
        yield deviation(
            "rung-round",
            row,
            f"{clock} was in round {fold.round}, not {detail['round']}",
            f"{clock} 当时为第 {fold.round} 轮，而非第 {detail['round']} 轮",
        )
        return
    if fold.fired and fold.fired[detail["rung"]] > repeat:
        yield deviation("rung-twice", row, f"rung {number} of {clock} had fired before", f"{clock} 第 {number} 级提醒此前已触发")
        return
    if not running.is_open(fold.spans):
        settled = fold.settled is not None
        yield deviation(
            "clock-not-running", row, f"{clock} was {'settled' if settled else 'paused'}", f"{clock} 已{'结束' if settled else '暂停'}"
        )
        return
    yield from _on_ladder(walk, row, detail, fold)


def _on_ladder(walk: Walk, row: Entry, detail: Detail, fold: clocks.ClockFold) -> Iterator[Remark]:
    """Is it the very rung that was due, standing for those it says? The ladder is asked as the loop asks it."""
    clock, number, compiled = detail["clock"], detail["rung"] + 1, walk.compiled
    plan = compiled.plans[clock]
    due = ladders.due(plan, fold, compiled.timelines, now=row[history.AT])
    skipped = tuple((a, b) for a, b in detail.get("skipped", ()))
    if due is not None and (due.due, due.rung, due.repeat, due.skipped) == (detail["due"], detail["rung"], detail["repeat"], skipped):
        return
    if not _elapses(plan, fold) and not walk.steady():
        yield conform_walk.note(
            "calendar-since", row, f"the calendars have changed since; rung {number} of {clock} cannot be held against them", f"日历此后有变，无法核对 {clock} 第 {number} 级提醒"
        )  # fmt: skip
    elif due is None:
        owed = ladders.owed(plan, fold, compiled.timelines)
        when = times.written(owed.due, compiled.zone) if owed is not None else None
        yield deviation(
            "rung-early", row, f"{clock} owed nothing before {when or 'its end'}", f"{clock} 在 {when or '结束'} 之前没有应触发的提醒"
        )
    elif (due.rung, due.repeat) != (detail["rung"], detail["repeat"]):
        yield deviation(
            "rung-order",
            row,
            f"rung {due.rung + 1} of {clock} was to fire, not {number}",
            f"{clock} 应触发第 {due.rung + 1} 级提醒，而非第 {number} 级",
        )
    elif due.due != detail["due"]:
        when = times.written(due.due, compiled.zone)
        yield deviation("rung-due", row, f"rung {number} of {clock} was due at {when}", f"{clock} 第 {number} 级提醒应于 {when} 触发")
    else:
        stood, said = (", ".join(str(rung + 1) for rung, _ in each) or "–" for each in (due.skipped, skipped))
        yield deviation(
            "rung-skipped",
            row,
            f"rung {number} of {clock} stood for {stood}, not {said}",
            f"{clock} 第 {number} 级提醒应代表 {stood}，而非 {said}",
        )


def _elapses(plan: clocks.ClockPlan, fold: clocks.ClockFold) -> bool:
    """Counted in plain elapsed time, so that no calendar has a say."""
    return plan.due_fact is None and fold.terms is not None and plan.targets[fold.terms].offsets is not None


def acknowledgement(walk: Walk, _place: int, row: Entry, detail: Detail) -> Iterator[Remark]:
    clock, who = detail["clock"], row[history.ACTOR]
    if clock not in walk.compiled.plans:
        yield deviation("clock-not-running", row, f"the definition has no clock {clock}", f"定义中没有时限 {clock}")
        return
    if walk.folds is None:
        return
    fold = walk.folds.get(clock)
    if fold is None or fold.settled is not None:
        yield deviation("clock-not-running", row, f"{clock} was not under way", f"{clock} 当时未在计时")
        return
    ladder = walk.compiled.notices.rungs[clock]
    told = frozenset(word for place in rungs.fired_rungs(fold) for word in (*ladder[place].notify, "tracker"))
    known = walk.words_of(who, told)
    if known is None:
        yield conform_walk.stranger(row)
    elif not known & told:
        yield deviation("acknowledge-untold", row, f"{clock} had not told {who} of anything", f"{clock} 尚未通知过 {who}")


def rearmed(walk: Walk, _place: int, row: Entry, _detail: Detail) -> Iterator[Remark]:
    """The calendars know more: from here on the clocks stand as the whole history gives them today."""
    yield from conform_walk.machines(row, requests.SYSTEM)
    walk.refold()
