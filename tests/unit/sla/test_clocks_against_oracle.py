"""Random lives of a clock, reckoned by `sla` and by the slow reading of semantics.md: the same verdicts, deadlines and firings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import orjson
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config import words, workflow
from config.programme import Definition
from sla import clocks, ladders
from tests import proving
from tests.unit.sla import making, oracle

# Quarters of them fall on whole ticks.
TARGETS = ["40 minutes", "200 minutes", "4 hours", "1 day", "2 days"]
MORE = ["40 minutes", "2 hours", "1 day"]
WORKING = ["always", "office", "night"]
TIMES = making.times_of(making.a_definition({"within": "1 hour"}))  # all definitions here have these calendars


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    clock: dict[str, Any] = {"hours": draw(st.sampled_from(WORKING))}
    if draw(st.integers(0, 3)) == 0:
        clock["due"] = {"fact": "d"}
    else:
        first = {"when": {"u": 1}, "is": draw(st.sampled_from(TARGETS))}
        second = {"when": {"u": 2}, "is": draw(st.sampled_from(TARGETS)), "hours": draw(st.sampled_from(WORKING))}
        clock["within"] = [first, second, *([{"is": draw(st.sampled_from(TARGETS))}] if draw(st.booleans()) else [])]
    for kind in ("on_return", "on_rework"):
        clock[kind] = draw(st.sampled_from(["resume", "restart"]))
    if draw(st.booleans()):
        clock["acknowledge"] = {"for": draw(st.sampled_from(["3 hours", "1 day"]))}
    return making.a_definition(clock, draw(st.lists(rungs("due" not in clock), max_size=4)) or None)


@st.composite
def rungs(draw: st.DrawFn, shares: bool) -> dict[str, Any]:
    durations = st.sampled_from(["10 minutes", "50 minutes", "3 hours", "1 day"])
    rung: dict[str, Any] = draw(
        st.one_of(
            st.sampled_from(["25%", "75%", "due"] if shares else ["due"]).map(lambda share: {"at": share}),
            durations.map(lambda d: {"before": d}),
            durations.map(lambda d: {"after": d}),
        )
    )
    if draw(st.integers(0, 3)) == 0:
        rung["do"] = "go"
        if draw(st.booleans()):
            rung |= {"notify": ["leader"], "template": "overdue"}
    elif draw(st.integers(0, 3)) == 0:
        rung["always"] = True
    if draw(st.integers(0, 3)) == 0:
        rung["repeat"] = {"every": draw(durations), "most": draw(st.integers(1, 3))}
    return rung


@st.composite
def histories(draw: st.DrawFn, most: int = 9) -> list[clocks.Effect]:
    """Effects with the ticks between them; the state goes wherever it likes."""
    tick, state = draw(st.integers(0, 5 * oracle.DAY)), "a"
    found = [clocks.Effect(at=oracle.instant(tick), seq=1, trigger="open", kind=None, from_state=None, to_state="a", facts=draw(facts()))]
    for seq in range(2, 2 + draw(st.integers(0, most))):
        tick += draw(st.sampled_from([0, 1, 3, 6, 10, 20, 50, 100, 200]))
        to = draw(st.sampled_from("abpsf" + state * 3))
        kind = draw(st.sampled_from([None, None, None, *workflow.Kind]))
        more: dict[str, Any] = {"facts": draw(facts())}
        what = draw(st.integers(0, 5))
        if what == 0:
            more["acknowledged"] = "c"
        elif what == 1:
            by = words.Duration.parse(draw(st.sampled_from(MORE)))
            more["extension"] = ("c", by.micros, by.unit.value)
        found.append(clocks.Effect(at=oracle.instant(tick), seq=seq, trigger="go", kind=kind, from_state=state, to_state=to, **more))
        state = to
    return found


def facts() -> st.SearchStrategy[dict[str, object]]:
    urgency = st.sampled_from(["1", "2", "3"]).map(lambda u: {"u": u})
    promised = st.integers(14, 28).map(lambda day: {"d": f"2026-09-{day}"})
    return st.one_of(st.just({}), st.just({}), urgency, promised)


def mixed(definition: Definition, history: Sequence[clocks.Effect]) -> bool:
    """Shares of a target that was extended in another unit may fall between two ticks."""
    shares = any(rung.at is not None and rung.at.share < 100 for rung in definition.workflow.ladders.get("l", ()))
    units = {target.is_.unit for target in definition.workflow.clocks["c"].within or ()}
    return shares and any(units - {effect.extension[2]} for effect in history if effect.extension)


def assert_same(definition: Definition, history: Sequence[clocks.Effect], now: int) -> None:
    times = TIMES
    reckoned = clocks.reckon_history(definition, history, "c", times, now=oracle.instant(now))
    stand = oracle.Walk(definition, history, now).stand()
    assert (reckoned is None) == (stand is None)
    if reckoned is None or stand is None:
        return
    mine = {each.name: getattr(reckoned, each.name) for each in fields(reckoned)}
    mine |= oracle.as_ticks(mine, "started", "due", "breached_at")
    mine |= {name: None if mine[name] is None else mine[name] / oracle.TICK for name in ("elapsed", "remaining")}
    assert {each.name: mine[each.name] for each in fields(stand)} == asdict(stand)


@settings(max_examples=proving.times(200, 3000))
@given(definitions(), histories(), st.integers(0, 400))
def test_the_reckoning_is_the_oracles(definition: Definition, history: list[clocks.Effect], later: int) -> None:
    assert_same(definition, history, (history[-1].at - oracle.instant(0)) // oracle.TICK + later)


def as_ticks(firing: ladders.Firing | None) -> object:
    if firing is None:
        return None
    return ((firing.due - oracle.instant(0)) / oracle.TICK, firing.rung, firing.repeat), frozenset(firing.skipped)


def fired(firing: ladders.Firing, number: int, state: str, tick: int, seq: int) -> clocks.Effect:
    """What the engine writes into the history."""
    rung = ("c", number, firing.rung, firing.repeat)
    at = oracle.instant(tick)
    return clocks.Effect(
        at=at, seq=seq, trigger="rung", kind=None, from_state=state, to_state=state, facts={}, rung=rung, skipped=firing.skipped
    )


@settings(max_examples=proving.times(200, 3000))
@given(definitions(), histories(), st.lists(st.sampled_from([1, 5, 30, 144, 400]), max_size=6))
def test_the_firings_are_the_oracles(definition: Definition, history: list[clocks.Effect], polls: list[int]) -> None:
    """The loop of an engine: at each effect, and at polls after it, everything due fires, and the firings go into the history."""
    assume(not mixed(definition, history))
    plans, times = clocks.plan(definition), TIMES
    lived: list[clocks.Effect] = []
    folds: dict[str, clocks.ClockFold] = {}
    known: dict[str, object] = {}
    ends = [*((effect.at - oracle.instant(0)) // oracle.TICK for effect in history[1:]), None]
    for effect, end in zip(history, ends, strict=True):
        known |= effect.facts
        lived.append(replace(effect, seq=len(lived) + 1))
        folds = clocks.apply(plans, folds, lived[-1], known, times)
        tick = (effect.at - oracle.instant(0)) // oracle.TICK
        for step in [0, *polls]:
            tick += step
            if "c" not in folds or (end is not None and tick >= end):
                break
            for _ in range(30):
                walk = oracle.Walk(definition, lived, tick)
                owed, owing = ladders.owed(plans["c"], folds["c"], times), walk.owing()
                assert (owed is None) == (not owing)
                if owed is not None:
                    assert ((owed.due - oracle.instant(0)) / oracle.TICK, owed.rung, owed.repeat) == owing[0]
                firing = ladders.due(plans["c"], folds["c"], times, now=oracle.instant(tick))
                assert as_ticks(firing) == walk.firing()
                if firing is None:
                    break
                lived.append(fired(firing, folds["c"].round, effect.to_state, tick, len(lived) + 1))
                folds = clocks.apply(plans, folds, lived[-1], known, times)
            else:
                raise AssertionError("the ladder never comes to rest")
    assert folds == clocks.fold(plans, lived, times)


@given(definitions(), histories())
def test_step_by_step_is_the_whole_history_and_survives_json(definition: Definition, history: list[clocks.Effect]) -> None:
    plans, times = clocks.plan(definition), TIMES
    folds: dict[str, clocks.ClockFold] = {}
    known: dict[str, object] = {}
    for effect in history:
        known |= effect.facts
        folds = clocks.apply(plans, folds, effect, known, times)
        kept = orjson.loads(orjson.dumps({name: fold.to_json() for name, fold in folds.items()}))
        folds = {name: clocks.ClockFold.from_json(values) for name, values in kept.items()}
    assert folds == clocks.fold(plans, reversed(history), times)


@given(definitions(), histories(), st.randoms(use_true_random=False), st.integers(0, 400))
def test_the_order_of_recording_does_not_matter(definition: Definition, history: list[clocks.Effect], random: Any, later: int) -> None:
    """What stays in its state commutes with all that happens at the same moment but moves of its clock's own making: the same deadline."""
    times, plan = TIMES, making.the_plan(definition)
    moves = [effect for effect in history if effect.from_state != effect.to_state or effect.kind is not None]
    stays = [effect for effect in history if effect not in moves]
    grouped = [replace(e, at=moves[-1].at, from_state=moves[-1].to_state, to_state=moves[-1].to_state, facts={}) for e in stays]
    one = [*moves, *(replace(e, seq=100 + n) for n, e in enumerate(grouped))]
    random.shuffle(grouped)
    other = [*moves, *(replace(e, seq=100 + n) for n, e in enumerate(grouped))]
    random.shuffle(other)
    now = history[-1].at + later * oracle.TICK
    reckonings = [clocks.reckon_history(definition, told, "c", times, now=now) for told in (one, other)]
    assert reckonings[0] == reckonings[1]
    folded = [clocks.fold({"c": plan}, told, times).get("c") for told in (one, other)]
    timers = [ladders.owed(plan, fold, times) if fold is not None else None for fold in folded]
    assert timers[0] == timers[1]
