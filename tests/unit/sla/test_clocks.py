"""A clock's life in tables: what happened, and how it stands. `a` and `b` run, `p` pauses, `s` is neither, `f` is final."""

from __future__ import annotations

from typing import Any

import pytest

from config.workflow import Kind
from sla import clocks, errors, ladders
from tests.unit.sla import making

HOUR = 3_600_000_000
URGENT = {"within": [{"when": {"u": 1}, "is": "30 minutes"}, {"when": {"u": [2, 3]}, "is": "4 hours", "hours": "office"}, {"is": "1 hour"}]}


def reckoned(clock: dict[str, Any], history: list[str], now: str) -> clocks.Reckoning:
    definition = making.a_definition(clock)
    found = clocks.reckon_history(definition, making.told(*history), "c", making.times_of(definition), now=making.at(now))
    assert found is not None
    return found


def stands(found: clocks.Reckoning) -> str:
    """`breached at 11:00, due 11:00` and the like."""
    due = "none" if found.due is None else making.local(found.due)[5:]
    broken = f" at {making.local(found.breached_at)[5:]}" if found.breached_at is not None else ""
    return f"{found.state}{broken}{' under the earlier target' if found.under_earlier_target else ''}, due {due}"


@pytest.mark.parametrize(
    ("within", "history", "now", "expected"),
    [
        # an hour from ten, looked at half past
        ("1 hour", ["2026-11-20T10:00 a"], "2026-11-20T10:30", "running, due 11-20T11:00"),
        # at the very second it is due it is late
        ("1 hour", ["2026-11-20T10:00 a"], "2026-11-20T11:00", "breached at 11-20T11:00, due 11-20T11:00"),
        # done at the very second it was due, it was in time
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T11:00 f"], "2026-11-20T12:00", "met, due 11-20T11:00"),
        # a second later it was not, and the moment of the lapse is the deadline, not the end
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T11:00:01 f"], "2026-11-20T12:00", "breached at 11-20T11:00, due 11-20T11:00"),
        # moving between states it runs in changes nothing
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T10:40 b"], "2026-11-20T10:50", "running, due 11-20T11:00"),
        # a pause of two hours moves the deadline by two hours
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T10:40 p", "2026-11-20T12:40 a"], "2026-11-20T12:50", "running, due 11-20T13:00"),
        # while it pauses it is not late, however long; due would be twenty minutes from now
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T10:40 p"], "2026-11-21T10:00", "paused, due 11-21T10:20"),
        # ended out of a pause, it was in time
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T10:40 p", "2026-11-21T10:00 f"], "2026-11-21T11:00", "met, due 11-20T11:00"),
        # paused at the very second it was due: in time, and late the moment it goes on
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T11:00 p"], "2026-11-20T11:30", "paused, due 11-20T11:30"),
        (
            "1 hour",
            ["2026-11-20T10:00 a", "2026-11-20T11:00 p", "2026-11-20T12:00 a"],
            "2026-11-20T12:00",
            "breached at 11-20T12:00, due 11-20T12:00",
        ),
        # a late clock that pauses stays late
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T11:30 p"], "2026-11-20T12:00", "breached at 11-20T11:00, due 11-20T11:00"),
        # left for good and entered again by a plain move: a new round with its whole hour
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T12:00 b"], "2026-11-20T12:10", "running, due 11-20T13:00"),
        # sent back meanwhile, it goes on where it stopped, since the clock resumes on a return
        (
            "1 hour",
            ["2026-11-20T10:00 a", "2026-11-20T10:40 s return", "2026-11-20T12:00 b"],
            "2026-11-20T12:10",
            "running, due 11-20T12:20",
        ),
        # what has ended is not begun again by a pause
        ("1 hour", ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T12:00 p"], "2026-11-20T12:10", "met, due 11-20T11:00"),
        # two days go by the wall clock
        ("2 days", ["2026-11-20T10:00 a"], "2026-11-20T10:30", "running, due 11-22T10:00"),
    ],
)
def test_a_life(within: str, history: list[str], now: str, expected: str) -> None:
    assert stands(reckoned({"within": within}, history, now)) == expected


@pytest.mark.parametrize(
    ("history", "now", "expected"),
    [
        # a night's pause in office hours moves nothing
        (["2026-11-19T17:00 a", "2026-11-19T18:00 p", "2026-11-20T08:00 a"], "2026-11-20T08:00", "running, due 11-20T09:00"),
        # nor does a pause over lunch, nor over a weekend
        (["2026-11-20T11:30 a", "2026-11-20T12:10 p", "2026-11-20T13:50 a"], "2026-11-20T14:00", "running, due 11-20T14:30"),
        (["2026-11-20T17:00 a", "2026-11-20T17:30 p", "2026-11-23T08:30 a"], "2026-11-23T08:30", "running, due 11-23T09:00"),
        # a pause from five to nine o'clock moves it by the hour that was open
        (["2026-11-19T16:45 a", "2026-11-19T17:00 p", "2026-11-20T09:00 a"], "2026-11-20T09:00", "running, due 11-20T09:45"),
        # used up at closing, it is late at closing
        (["2026-11-20T16:30 a"], "2026-11-20T17:31", "breached at 11-20T17:30, due 11-20T17:30"),
    ],
)
def test_pauses_in_office_hours(history: list[str], now: str, expected: str) -> None:
    assert stands(reckoned({"within": "1 working hour", "hours": "office"}, history, now)) == expected


@pytest.mark.parametrize(
    ("history", "now", "expected", "rule"),
    [
        # half an hour because it is urgent; 1 and "1" are the same choice
        (["2026-11-20T10:00 a u=1"], "2026-11-20T10:10", "running, due 11-20T10:30", "c.within[1]: u = 1"),
        (["2026-11-20T10:00 a"], "2026-11-20T10:10", "running, due 11-20T11:00", "c.within[3]: otherwise"),
        # found to be urgent after twenty minutes: the half hour counts from the start
        (["2026-11-20T10:00 a", "2026-11-20T10:20 u=1"], "2026-11-20T10:25", "running, due 11-20T10:30", "c.within[1]: u = 1"),
        # found to be urgent after forty minutes: late at that moment
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:40 u=1"],
            "2026-11-20T10:40",
            "breached at 11-20T10:40, due 11-20T10:30",
            "c.within[1]: u = 1",
        ),
        # late first, then found to be ordinary: the breach stays, marked, and the new target counts from the start in its own hours
        (
            ["2026-11-20T10:00 a u=1", "2026-11-20T10:40 u=3"],
            "2026-11-20T10:45",
            "breached at 11-20T10:30 under the earlier target, due 11-20T16:00",
            "c.within[2]: u = 2 or 3",
        ),
        # pauses are honoured by the new target too, in its own hours: 12:00 to 14:00 is lunch
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:30 p", "2026-11-20T12:00 a", "2026-11-20T12:10 u=2"],
            "2026-11-20T12:15",
            "running, due 11-20T17:30",
            "c.within[2]: u = 2 or 3",
        ),
        # paused for long, then found to be urgent: past already, late at the change
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:40 p", "2026-11-20T12:00 u=1"],
            "2026-11-20T12:00",
            "breached at 11-20T12:00, due 11-20T10:30",
            "c.within[1]: u = 1",
        ),
        # found to be urgent in the step that ends it, after forty minutes: late
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:40 f u=1"],
            "2026-11-20T11:00",
            "breached at 11-20T10:40, due 11-20T10:30",
            "c.within[1]: u = 1",
        ),
        # said at the very moment of the end, though recorded after it, it counts
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:40 f", "2026-11-20T10:40 u=1"],
            "2026-11-20T11:00",
            "breached at 11-20T10:40, due 11-20T10:30",
            "c.within[1]: u = 1",
        ),
        # what becomes known after the end changes nothing
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:40 f", "2026-11-20T10:50 u=1"],
            "2026-11-20T11:00",
            "met, due 11-20T11:00",
            "c.within[3]: otherwise",
        ),
        # but counts when the clock goes on
        (
            ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T10:50 u=1", "2026-11-20T12:00 a rework"],
            "2026-11-20T12:00",
            "breached at 11-20T12:00, due 11-20T10:30",
            "c.within[1]: u = 1",
        ),
    ],
)
def test_reclassification(history: list[str], now: str, expected: str, rule: str) -> None:
    found = reckoned(URGENT, history, now)
    assert (stands(found), found.rule) == (expected, rule)


def test_without_a_matching_target_there_is_no_verdict() -> None:
    found = reckoned({"within": [{"when": {"u": 1}, "is": "1 hour"}]}, ["2026-11-20T10:00 a", "2026-11-25T10:00 f"], "2026-11-26T10:00")
    assert (found.state, found.due, found.target, found.remaining) == ("met", None, None, None)
    assert found.rule == "c.within: no target for these facts"


@pytest.mark.parametrize(
    ("clock", "history", "now", "expected"),
    [
        # half an hour more, granted in time
        ({"within": "1 hour"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 +30 minutes"], "2026-11-20T11:10", "running, due 11-20T11:30"),
        # granted at the very second it was due
        ({"within": "1 hour"}, ["2026-11-20T10:00 a", "2026-11-20T11:00 +30 minutes"], "2026-11-20T11:10", "running, due 11-20T11:30"),
        # granted late: the breach stays
        (
            {"within": "1 hour"},
            ["2026-11-20T10:00 a", "2026-11-20T11:05 +30 minutes"],
            "2026-11-20T11:10",
            "breached at 11-20T11:00, due 11-20T11:30",
        ),
        # an extension outlives a pause
        (
            {"within": "1 hour"},
            ["2026-11-20T10:00 a", "2026-11-20T10:30 +30 minutes", "2026-11-20T10:40 p", "2026-11-20T12:00 a"],
            "2026-11-20T12:10",
            "running, due 11-20T12:50",
        ),
        # granted while it pauses
        (
            {"within": "1 hour"},
            ["2026-11-20T10:00 a", "2026-11-20T10:40 p", "2026-11-20T11:00 +30 minutes", "2026-11-20T12:00 a"],
            "2026-11-20T12:10",
            "running, due 11-20T12:50",
        ),
        # in the clock's own hours: one hour more from Friday's closing is Monday morning's
        (
            {"within": "1 hour", "hours": "office"},
            ["2026-11-20T16:30 a", "2026-11-20T17:00 +1 hour"],
            "2026-11-20T17:10",
            "running, due 11-23T09:30",
        ),
        # days on top of hours: the hours first, from there two days by the wall clock
        ({"within": "4 hours"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 +2 days"], "2026-11-20T10:40", "running, due 11-22T14:00"),
        # two working days on top of four working hours: Friday 15:00, so Tuesday 15:00
        (
            {"within": "3 hours", "hours": "office"},
            ["2026-11-20T10:00 a", "2026-11-20T10:30 +2 days"],
            "2026-11-20T10:40",
            "running, due 11-24T15:00",
        ),
        # hours on top of days
        ({"within": "1 day"}, ["2026-11-20T10:00 a", "2026-11-20T10:30 +2 hours"], "2026-11-20T10:40", "running, due 11-21T12:00"),
        # granted at the very moment of the end, though recorded after it
        (
            {"within": "1 hour"},
            ["2026-11-20T10:00 a", "2026-11-20T11:10 s", "2026-11-20T11:10 +1 hour"],
            "2026-11-20T12:00",
            "breached at 11-20T11:00, due 11-20T12:00",
        ),
        # what is granted to a clock that has ended reaches nothing
        (
            {"within": "1 hour"},
            ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T10:50 +1 hour"],
            "2026-11-20T10:55",
            "met, due 11-20T11:00",
        ),
    ],
)
def test_extensions(clock: dict[str, Any], history: list[str], now: str, expected: str) -> None:
    assert stands(reckoned(clock, history, now)) == expected


@pytest.mark.parametrize(
    ("clock", "history", "expected", "number"),
    [
        # returned: the clock goes on where it was
        ({}, ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T12:00 a return"], "running, due 11-20T12:20", 1),
        # or begins a new round
        (
            {"on_return": "restart"},
            ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T12:00 a return"],
            "running, due 11-20T13:00",
            2,
        ),
        # also when it was running all the while
        ({"on_return": "restart"}, ["2026-11-20T10:00 a", "2026-11-20T12:00 b return"], "running, due 11-20T13:00", 2),
        # and when the case stays in its state
        ({"on_return": "restart"}, ["2026-11-20T10:00 a", "2026-11-20T12:00 return"], "running, due 11-20T13:00", 2),
        # each way back has its own word
        (
            {"on_return": "restart"},
            ["2026-11-20T10:00 a", "2026-11-20T10:40 s", "2026-11-20T12:00 a rework"],
            "running, due 11-20T12:20",
            1,
        ),
        (
            {"on_reopen": "restart"},
            ["2026-11-20T10:00 a", "2026-11-20T10:40 f", "2026-11-20T12:00 a reopen"],
            "running, due 11-20T13:00",
            2,
        ),
        # back into a state where it does not run, it stays as it was
        # a return that settles the clock decides when it is entered again
        (
            {"on_return": "restart"},
            ["2026-11-20T10:00 a", "2026-11-20T10:40 s return", "2026-11-20T11:30 b"],
            "running, due 11-20T12:30",
            2,
        ),
        ({"on_return": "restart"}, ["2026-11-20T10:00 a", "2026-11-20T10:40 s return"], "met, due 11-20T11:00", 1),
        # back into a pause: a new round that has not run yet
        ({"on_return": "restart"}, ["2026-11-20T10:00 a", "2026-11-20T11:30 p return"], "paused, due 11-20T13:10", 2),
        # a new round forgets what was granted
        (
            {"on_return": "restart"},
            ["2026-11-20T10:00 a", "2026-11-20T10:10 +2 hours", "2026-11-20T12:00 a return"],
            "running, due 11-20T13:00",
            2,
        ),
    ],
)
def test_ways_back(clock: dict[str, Any], history: list[str], expected: str, number: int) -> None:
    found = reckoned({"within": "1 hour", **clock}, history, "2026-11-20T12:10")
    assert (stands(found), found.round) == (expected, number)


def test_a_new_round_that_never_ran_still_has_its_whole_target() -> None:
    clock = {"within": "1 hour", "on_return": "restart"}
    found = reckoned(
        clock, ["2026-11-20T10:00 a", "2026-11-20T11:00 p return", "2026-11-20T11:30 +1 day", "2026-11-20T12:00 f"], "2026-11-20T12:10"
    )
    assert (found.state, found.elapsed, (found.remaining or 0) / HOUR) == ("met", 0, 25)


def test_a_new_round_remembers_how_many_were_breached() -> None:
    clock = {"within": "1 hour", "on_return": "restart"}
    found = reckoned(clock, ["2026-11-20T10:00 a", "2026-11-20T12:00 a return", "2026-11-20T12:30 a return"], "2026-11-20T12:40")
    assert (found.state, found.round, found.earlier_breaches) == ("running", 3, 1)


@pytest.mark.parametrize(
    ("history", "now", "expected"),
    [
        # until the end of the promised day
        (["2026-11-20T10:00 a d=2026-11-22"], "2026-11-21T10:00", "running, due 11-23T00:00"),
        (["2026-11-20T10:00 a d=2026-11-22"], "2026-11-23T00:00", "breached at 11-23T00:00, due 11-23T00:00"),
        # or until the promised moment
        (["2026-11-20T10:00 a d=2026-11-22T18:00:00+08:00"], "2026-11-21T10:00", "running, due 11-22T18:00"),
        # kept at the very moment
        (["2026-11-20T10:00 a d=2026-11-22", "2026-11-23T00:00 f"], "2026-11-24T10:00", "met, due 11-23T00:00"),
        (["2026-11-20T10:00 a d=2026-11-22", "2026-11-20T11:00 p", "2026-11-23T00:00 f"], "2026-11-24T10:00", "met, due 11-23T00:00"),
        # nothing promised, nothing broken
        (["2026-11-20T10:00 a"], "2026-12-20T10:00", "running, due none"),
        # promised later; promised anew
        (["2026-11-20T10:00 a", "2026-11-21T10:00 d=2026-11-22"], "2026-11-21T10:00", "running, due 11-23T00:00"),
        (["2026-11-20T10:00 a d=2026-11-22", "2026-11-21T10:00 d=2026-11-25"], "2026-11-24T10:00", "running, due 11-26T00:00"),
        # promised anew too late: the breach stays, marked
        (
            ["2026-11-20T10:00 a d=2026-11-22", "2026-11-23T10:00 d=2026-11-25"],
            "2026-11-24T10:00",
            "breached at 11-23T00:00 under the earlier target, due 11-26T00:00",
        ),
        # promised for a day before it began: late at once
        (["2026-11-20T10:00 a d=2026-11-18"], "2026-11-20T10:00", "breached at 11-20T10:00, due 11-19T00:00"),
        # a pause does not move a promise, but one that passes in a pause is broken only when the clock goes on
        (["2026-11-20T10:00 a d=2026-11-22", "2026-11-21T10:00 p"], "2026-11-24T10:00", "paused, due 11-23T00:00"),
        (
            ["2026-11-20T10:00 a d=2026-11-22", "2026-11-21T10:00 p", "2026-11-24T10:00 a"],
            "2026-11-24T10:00",
            "breached at 11-24T10:00, due 11-23T00:00",
        ),
        # or ends
        (
            ["2026-11-20T10:00 a d=2026-11-22", "2026-11-21T10:00 p", "2026-11-24T10:00 f"],
            "2026-11-25T10:00",
            "breached at 11-24T10:00, due 11-23T00:00",
        ),
        # and that stays so when it goes on after its end
        (
            ["2026-11-20T10:00 a d=2026-11-22", "2026-11-21T10:00 p", "2026-11-24T10:00 s", "2026-11-25T10:00 a rework"],
            "2026-11-26T10:00",
            "breached at 11-24T10:00, due 11-23T00:00",
        ),
        # extended by two days
        (["2026-11-20T10:00 a d=2026-11-22", "2026-11-21T10:00 +2 days"], "2026-11-24T10:00", "running, due 11-25T00:00"),
    ],
)
def test_a_promise(history: list[str], now: str, expected: str) -> None:
    assert stands(reckoned({"due": {"fact": "d"}}, history, now)) == expected


def test_elapsed_and_remaining_are_counted_in_the_clocks_hours() -> None:
    found = reckoned({"within": "4 hours", "hours": "office"}, ["2026-11-20T11:00 a"], "2026-11-20T15:00")
    assert (found.elapsed / HOUR, (found.remaining or 0) / HOUR) == (2, 2)
    late = reckoned({"within": "1 hour", "hours": "office"}, ["2026-11-20T16:00 a"], "2026-11-23T09:30")
    assert (late.elapsed / HOUR, (late.remaining or 0) / HOUR) == (2.5, -1.5)
    over = reckoned({"within": "1 hour"}, ["2026-11-20T10:00 a", "2026-11-20T12:00 f"], "2026-11-25T10:00")
    assert (over.elapsed / HOUR, (over.remaining or 0) / HOUR) == (2, -1)  # ended: it stands still
    promised = reckoned({"due": {"fact": "d"}, "hours": "office"}, ["2026-11-20T11:00 a d=2026-11-20"], "2026-11-20T15:00")
    assert ((promised.remaining or 0) / HOUR, promised.target, promised.rule) == (2.5, "2026-11-20", "c.due: d")


def test_a_due_date_in_a_year_without_a_list_is_provisional() -> None:
    clock = {"within": "30 working days", "hours": "office"}
    assert reckoned(clock, ["2026-11-20T10:00 a"], "2026-11-20T10:00").provisional
    assert not reckoned(clock, ["2026-11-10T10:00 a"], "2026-11-10T10:00").provisional
    assert not reckoned({"within": "90 days"}, ["2026-11-20T10:00 a"], "2026-11-20T10:00").provisional


def test_nothing_has_begun() -> None:
    definition = making.a_definition({"within": "1 hour", "runs_in": ["b"]})
    history = making.told("2026-11-20T10:00 a", "2026-11-20T10:10 p", "2026-11-20T10:20 s")
    assert clocks.reckon_history(definition, history, "c", making.times_of(definition), now=making.at("2026-11-21T10:00")) is None


def test_what_is_told_later_but_happened_earlier_counts_from_when_it_happened() -> None:
    definition = making.a_definition({"within": "1 hour"})
    times = making.times_of(definition)
    lived = making.told("2026-11-20T10:00 a", "2026-11-20T10:40 p", "2026-11-20T11:30 a")
    told = [lived[0], clocks.Effect(at=lived[2].at, seq=2, trigger="go", kind=None, from_state="p", to_state="a", facts={})]
    told.append(clocks.Effect(at=lived[1].at, seq=3, trigger="go", kind=None, from_state="a", to_state="p", facts={}))
    now = making.at("2026-11-20T11:40")
    assert clocks.reckon_history(definition, told, "c", times, now=now) == clocks.reckon_history(definition, lived, "c", times, now=now)


def test_two_facts_of_one_moment_may_be_recorded_in_either_order() -> None:
    definition = making.a_definition({"within": [{"when": {"u": 2, "v": 1}, "is": "10 minutes"}, {"is": "1 hour"}]}, [{"at": "50%"}])
    plan, times, now = making.the_plan(definition), making.times_of(definition), making.at("2026-11-20T10:50")
    begun = "2026-11-20T10:00 a u=1 v=1"
    told = [making.told(begun, *(f"2026-11-20T10:40 {fact}" for fact in order)) for order in (["u=2", "v=2"], ["v=2", "u=2"])]
    folded = [clocks.fold({"c": plan}, history, times)["c"] for history in told]
    assert clocks.reckon(plan, folded[0], times, now=now) == clocks.reckon(plan, folded[1], times, now=now)
    assert clocks.reckon(plan, folded[0], times, now=now).breached_at is None  # ten minutes were the target for no time at all
    assert ladders.owed(plan, folded[0], times) == ladders.owed(plan, folded[1], times)


def test_what_does_not_concern_a_clock_leaves_its_fold_the_same_object() -> None:
    definition = making.a_definition(URGENT)
    plans, times = clocks.plan(definition), making.times_of(definition)
    begun = clocks.apply(plans, {}, making.told("2026-11-20T10:00 a u=1")[0], {"u": "1"}, times)
    for line in ("2026-11-20T10:10 b", "2026-11-20T10:10 d=2026-11-22", "2026-11-20T10:10 u=1", "2026-11-20T10:10"):
        effect = making.told("2026-11-20T10:00 a u=1", line)[1]
        assert clocks.apply(plans, begun, effect, {"u": "1", **effect.facts}, times)["c"] is begun["c"]


def test_an_impossible_promise_is_an_error_that_says_how_to_write_one() -> None:
    with pytest.raises(errors.BadPromise, match="d is 'soon'; a due date is written 2026-12-01"):
        reckoned({"due": {"fact": "d"}}, ["2026-11-20T10:00 a d=soon"], "2026-11-20T10:00")


def test_every_kind_of_going_back_is_compiled() -> None:
    plan = making.the_plan(making.a_definition({"within": "1 hour", "on_return": "restart", "on_reopen": "restart"}))
    assert plan.restarts == {Kind.RETURN, Kind.REOPEN}
    assert plan.looks_at == frozenset()


def test_what_leaves_the_state_counts_in_the_state_of_its_moment() -> None:
    """At 10:30 it was returned where it lay: in `s`, as far as anybody had recorded. That it had come to `a` at 10:15 was entered later."""
    history = making.told("2026-11-20T10:00 s", "2026-11-20T10:30 return", "2026-11-20T10:15 a", "2026-11-20T10:40 s")
    assert [effect.to_state for effect in clocks.in_order(history)] == ["s", "a", "a", "s"]
    definition = making.a_definition({"within": "2 hours", "on_return": "restart"})
    found = clocks.fold(clocks.plan(definition), history, making.times_of(definition))["c"]
    assert (found.round, making.local(found.started)) == (2, "2026-11-20T10:30")


@pytest.mark.parametrize(("choice", "round_", "phase", "elapsed"), [
    # returned in place, while the case waits where the clock would pause: it has what is left, and pauses
    ("resume", 1, "paused", 30),
    # or its whole time again, from the next running state on
    ("restart", 2, "paused", 0),
])  # fmt: skip
def test_what_has_ended_goes_on_when_it_is_returned_in_place(choice: str, round_: int, phase: str, elapsed: int) -> None:
    history = ["2026-11-20T10:00 a", "2026-11-20T10:30 s", "2026-11-20T10:40 p", "2026-11-20T10:50 return"]
    found = reckoned({"within": "1 hour", "on_return": choice}, history, "2026-11-20T11:00")
    assert (found.round, found.phase, found.elapsed // 60_000_000) == (round_, phase, elapsed)
    assert reckoned({"within": "1 hour", "on_return": choice}, history[:3], "2026-11-20T11:00").phase == "settled"
