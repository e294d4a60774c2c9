"""What a clock owes next and what fires, in tables. `a` and `b` run, `p` pauses, `s` is neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from config import programme
from sla import clocks, ladders
from tests.unit.sla import making

HOUR: dict[str, Any] = {"within": "1 hour"}
OFFICE: dict[str, Any] = {"within": "4 hours", "hours": "office"}
PROMISE: dict[str, Any] = {"due": {"fact": "d"}, "hours": "office"}
NAGS: list[dict[str, Any]] = [
    {"at": "50%"},
    {"at": "due", "repeat": {"every": "10 minutes", "most": 3}},
    {"after": "30 minutes", "always": True},
]


def fold_of(definition: programme.Definition, history: Sequence[clocks.Effect]) -> clocks.ClockFold:
    return clocks.fold(clocks.plan(definition), history, making.times_of(definition))["c"]


def owed(clock: dict[str, Any], ladder: list[dict[str, Any]], *history: str) -> str | None:
    """`11-20T10:48 rung 0` or `… rung 1 repeat 2`."""
    definition = making.a_definition(clock, ladder)
    found = ladders.owed(making.the_plan(definition), fold_of(definition, making.told(*history)), making.times_of(definition))
    if found is None:
        return None
    return f"{making.local(found.due)[5:]} rung {found.rung}" + (f" repeat {found.repeat}" if found.repeat else "")


def fires(clock: dict[str, Any], ladder: list[dict[str, Any]], now: str, *history: str) -> list[str]:
    """Everything that fires one after another at one moment: `1` or `1.2` (its second repeat), with what each stands for."""
    definition = making.a_definition(clock, ladder)
    plan, times = making.the_plan(definition), making.times_of(definition)
    lived, said = making.told(*history), list[str]()
    while (firing := ladders.due(plan, (fold := fold_of(definition, lived)), times, now=making.at(now))) is not None:
        skipped = [f"{rung}.{repeat}" if repeat else str(rung) for rung, repeat in firing.skipped]
        name = f"{firing.rung}.{firing.repeat}" if firing.repeat else str(firing.rung)
        said.append(f"{name} for {' '.join(skipped)}" if skipped else name)
        at, state = making.at(now), lived[-1].to_state
        effect = replace(lived[-1], at=at, seq=len(lived) + 1, kind=None, from_state=state, facts={}, acknowledged=None, extension=None)
        lived.append(replace(effect, rung=("c", fold.round, firing.rung, firing.repeat), skipped=firing.skipped))
    return said


@pytest.mark.parametrize(
    ("clock", "rung", "history", "expected"),
    [
        # four fifths of an hour
        (HOUR, {"at": "80%"}, ["2026-11-20T10:00 a"], "11-20T10:48 rung 0"),
        (HOUR, {"at": "due"}, ["2026-11-20T10:00 a"], "11-20T11:00 rung 0"),
        (HOUR, {"before": "10 minutes"}, ["2026-11-20T10:00 a"], "11-20T10:50 rung 0"),
        # ten minutes after it was due
        (HOUR, {"after": "10 minutes"}, ["2026-11-20T10:00 a"], "11-20T11:10 rung 0"),
        # two hours before an hour's end is its beginning
        (HOUR, {"before": "2 hours"}, ["2026-11-20T10:00 a"], "11-20T10:00 rung 0"),
        # half of two days by the wall clock
        ({"within": "2 days"}, {"at": "50%"}, ["2026-11-20T10:00 a"], "11-21T10:00 rung 0"),
        # four hours before two days are over; a day after an hour
        ({"within": "2 days"}, {"before": "4 hours"}, ["2026-11-20T10:00 a"], "11-22T06:00 rung 0"),
        (HOUR, {"after": "1 day"}, ["2026-11-20T10:00 a"], "11-21T11:00 rung 0"),
        # an hour before a due date is an hour of the clock's own: Friday's last, for Monday's opening
        (OFFICE, {"before": "1 hour"}, ["2026-11-20T14:30 a"], "11-20T17:30 rung 0"),
        (OFFICE, {"before": "90 minutes"}, ["2026-11-20T14:30 a"], "11-20T17:00 rung 0"),
        # an hour after half past five on Friday is Monday, half past nine
        (OFFICE, {"after": "1 hour"}, ["2026-11-20T11:30 a"], "11-23T09:30 rung 0"),
        # what has passed while it ran is not asked again of a pause: half an hour had gone, a quarter is left to 75%
        (HOUR, {"at": "75%"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 p", "2026-11-20T12:00 a"], "11-20T12:15 rung 0"),
        # a paused clock's rungs wait; a settled clock has none
        (HOUR, {"at": "75%"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 p"], None),
        (HOUR, {"at": "75%"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 s"], None),
        # that came due at the very moment of the pause, it waits for the end of it
        (HOUR, {"at": "50%"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 p", "2026-11-20T12:00 a"], "11-20T12:00 rung 0"),
        # a share counts what was granted
        (HOUR, {"at": "50%"}, ["2026-11-20T10:00 a", "2026-11-20T10:10 +1 hour"], "11-20T11:00 rung 0"),
        # a new round begins its ladder anew
        ({**HOUR, "on_return": "restart"}, {"at": "50%"}, ["2026-11-20T10:00 a", "2026-11-20T10:31 rung 0", "2026-11-20T12:00 a return"], "11-20T12:30 rung 0"),
        # a plain way back does not fire it again
        (HOUR, {"at": "50%"}, ["2026-11-20T10:00 a", "2026-11-20T10:31 rung 0", "2026-11-20T12:00 a return"], None),
        # the same after a pause
        (HOUR, {"at": "50%"}, ["2026-11-20T10:00 a", "2026-11-20T10:31 rung 0", "2026-11-20T10:40 p", "2026-11-20T12:00 a"], None),
    ],
)  # fmt: skip
def test_where_a_rung_stands(clock: dict[str, Any], rung: dict[str, Any], history: list[str], expected: str | None) -> None:
    assert owed(clock, [rung], *history) == expected


@pytest.mark.parametrize(
    ("rung", "history", "expected"),
    [
        # half of the open time between Friday ten o'clock and the end of Monday (5½ and 7 hours): 6¼ hours, so ¾ into Monday
        ({"at": "50%"}, ["2026-11-20T10:00 a d=2026-11-23"], "11-23T09:15 rung 0"),
        # an hour before the end of the day is an hour before closing, in office hours
        ({"before": "1 hour"}, ["2026-11-20T10:00 a d=2026-11-23"], "11-23T16:30 rung 0"),
        ({"at": "due"}, ["2026-11-20T10:00 a d=2026-11-23"], "11-24T00:00 rung 0"),
        ({"after": "1 hour"}, ["2026-11-20T10:00 a d=2026-11-23"], "11-24T09:30 rung 0"),
        # a pause does not move a promise: the rung fires as soon as the clock goes on
        ({"before": "1 hour"}, ["2026-11-20T10:00 a d=2026-11-23", "2026-11-20T11:00 p", "2026-11-23T17:00 a"], "11-23T17:00 rung 0"),
        ({"before": "1 hour"}, ["2026-11-20T10:00 a d=2026-11-23", "2026-11-20T11:00 p", "2026-11-23T10:00 a"], "11-23T16:30 rung 0"),
        # nothing promised, nothing owed
        ({"at": "due"}, ["2026-11-20T10:00 a"], None),
        # promised anew
        ({"at": "due"}, ["2026-11-20T10:00 a d=2026-11-23", "2026-11-21T10:00 d=2026-11-25"], "11-26T00:00 rung 0"),
        # promised too late: at once
        ({"before": "1 hour"}, ["2026-11-20T10:00 a d=2026-11-18"], "11-20T10:00 rung 0"),
    ],
)
def test_the_rungs_of_a_promise(rung: dict[str, Any], history: list[str], expected: str | None) -> None:
    assert owed(PROMISE, [rung], *history) == expected


def test_a_rung_is_never_due_before_its_target_came_to_hold() -> None:
    clock = {"within": [{"when": {"u": 1}, "is": "30 minutes"}, {"is": "4 hours"}]}
    assert owed(clock, [{"at": "80%"}], "2026-11-20T10:00 a", "2026-11-20T10:40 u=1") == "11-20T10:40 rung 0"
    assert owed(clock, [{"after": "5 minutes"}], "2026-11-20T10:00 a", "2026-11-20T10:40 u=1") == "11-20T10:40 rung 0"
    assert owed(clock, [{"after": "20 minutes"}], "2026-11-20T10:00 a", "2026-11-20T10:40 u=1") == "11-20T10:50 rung 0"
    # nor is it after a pause
    paused = ["2026-11-20T10:00 a", "2026-11-20T10:10 p", "2026-11-20T10:20 a", "2026-11-20T10:50 u=1"]
    assert owed(clock, [{"at": "80%"}], *paused) == "11-20T10:50 rung 0"


def test_repeats_come_until_there_were_enough() -> None:
    history = ["2026-11-20T10:00 a", "2026-11-20T10:30 rung 0"]
    assert owed(HOUR, NAGS[:2], *history) == "11-20T11:00 rung 1"
    for repeat, expected in enumerate(["11-20T11:10 rung 1 repeat 1", "11-20T11:20 rung 1 repeat 2", "11-20T11:30 rung 1 repeat 3", None]):
        history.append(f"2026-11-20T11:{repeat}0 rung 1 {repeat}")
        assert owed(HOUR, NAGS[:2], *history) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # before anything is due, nothing fires
        ("2026-11-20T10:29", []),
        ("2026-11-20T10:30", ["0"]),
        # after an outage the highest that is due fires and stands for the lower ones
        ("2026-11-20T11:00", ["1 for 0"]),
        ("2026-11-20T11:20", ["1.2 for 0 1 1.1"]),
        ("2026-11-20T15:00", ["2 for 0 1 1.1 1.2 1.3"]),
    ],
)
def test_catching_up(now: str, expected: list[str]) -> None:
    assert fires(HOUR, NAGS, now, "2026-11-20T10:00 a") == expected


@pytest.mark.parametrize(
    ("ladder", "expected"),
    [
        # a trigger that tells too stands for what should have been told before it; the rest follows
        ([{"at": "50%"}, {"at": "due", "do": "go", "notify": ["leader"], "template": "t"}, {"after": "1 minute"}], ["1 for 0", "2"]),
        # one that tells nobody lets the telling go first
        ([{"at": "20%"}, {"at": "50%"}, {"at": "due", "do": "go"}, {"after": "1 minute"}], ["1 for 0", "2", "3"]),
        # two triggers both fire, in their order
        ([{"at": "due", "do": "go"}, {"after": "1 minute", "do": "go"}], ["0", "1"]),
        # also where a higher rung stands below
        ([{"after": "1 minute"}, {"at": "due", "do": "go"}], ["1", "0"]),
        # each repeat of a trigger is a trigger
        ([{"at": "due", "do": "go", "repeat": {"every": "1 minute", "most": 2}}], ["0", "0.1", "0.2"]),
    ],
)
def test_triggers_are_never_skipped(ladder: list[dict[str, Any]], expected: list[str]) -> None:
    assert fires(HOUR, ladder, "2026-11-20T12:00", "2026-11-20T10:00 a") == expected


ACKNOWLEDGED = ["2026-11-20T10:00 a", "2026-11-20T11:00 rung 0", "2026-11-20T11:00 rung 1", "2026-11-20T11:05 ack"]
FOR_AN_HOUR = {**HOUR, "acknowledge": {"for": "1 hour"}}


def test_an_acknowledged_clock_is_quiet_to_the_end_of_its_round() -> None:
    assert owed(HOUR, NAGS[:2], *ACKNOWLEDGED) is None
    assert owed(HOUR, NAGS, *ACKNOWLEDGED) == "11-20T11:30 rung 2"  # `always`
    assert owed(HOUR, [*NAGS[:2], {"after": "2 hours", "do": "go"}], *ACKNOWLEDGED) == "11-20T13:00 rung 2"  # a trigger is not a nag
    restarting = {**HOUR, "on_return": "restart"}
    assert owed(restarting, NAGS, *ACKNOWLEDGED, "2026-11-20T12:00 a return") == "11-20T12:30 rung 0"


def test_an_acknowledgement_that_runs_out_lets_the_ladder_go_on() -> None:
    assert owed(FOR_AN_HOUR, NAGS[:2], *ACKNOWLEDGED) == "11-20T12:05 rung 1 repeat 1"
    assert fires(FOR_AN_HOUR, NAGS[:2], "2026-11-20T12:04", *ACKNOWLEDGED) == []
    assert fires(FOR_AN_HOUR, NAGS[:2], "2026-11-20T12:05", *ACKNOWLEDGED) == ["1.3 for 1.1 1.2"]
    # acknowledged again, it is quiet again
    assert owed(FOR_AN_HOUR, NAGS[:2], *ACKNOWLEDGED, "2026-11-20T12:00 ack") == "11-20T13:00 rung 1 repeat 1"
    by_day = {**HOUR, "acknowledge": {"for": "1 day"}}
    assert owed(by_day, NAGS[:2], *ACKNOWLEDGED) == "11-21T11:05 rung 1 repeat 1"


def test_the_reckoning_tells_of_the_ladder() -> None:
    definition = making.a_definition(FOR_AN_HOUR, NAGS)
    plan, times = making.the_plan(definition), making.times_of(definition)
    fold = fold_of(definition, making.told(*ACKNOWLEDGED))
    found = clocks.reckon(plan, fold, times, now=making.at("2026-11-20T11:10"))
    assert (found.rungs_fired, found.acknowledged) == (((0, 0), (1, 0)), True)
    assert not clocks.reckon(plan, fold, times, now=making.at("2026-11-20T12:05")).acknowledged


def test_a_rung_of_an_earlier_round_marks_nothing() -> None:
    restarting = {**HOUR, "on_return": "restart"}
    late = ["2026-11-20T10:00 a", "2026-11-20T12:00 a return", "2026-11-20T12:01 rung 0"]
    assert owed(restarting, NAGS, *late) == "11-20T12:30 rung 0"


def test_without_a_ladder_nothing_is_owed() -> None:
    definition = making.a_definition(HOUR)
    plan, times = making.the_plan(definition), making.times_of(definition)
    fold = fold_of(definition, making.told("2026-11-20T10:00 a"))
    assert ladders.owed(plan, fold, times) is None
    assert ladders.due(plan, fold, times, now=making.at("2026-11-21T10:00")) is None
