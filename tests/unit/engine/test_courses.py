"""What one case contributes to the figures, read off its workflow and its moves."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest

from config import reading
from config.workflow import Counts, Workflow
from engine import courses
from engine.courses import Mark
from sla import clocks
from tests import builders

ROOT = Path(__file__).parents[3]
MINUTE = 60_000_000
_BACK = (Mark.RETURNABLE, Mark.RETURNED, Mark.REWORKABLE, Mark.REWORKED)


@functools.cache
def flow() -> Workflow:
    with tempfile.TemporaryDirectory() as folder:
        read = reading.read_folder(builders.a_folder(Path(folder)))
    assert read.programme is not None, read.problems
    return read.programme.workflows["report"]


def shipped(name: str) -> Workflow:
    programme = reading.read_folder(ROOT / "config" / "programmes" / name).programme
    assert programme is not None
    return programme.workflows["report"]


def a_path(*moves: str) -> list[courses.Entry]:
    """`open` and then triggers, ten minutes apart, each from where the one before led."""
    entries = [courses.Entry(0, "open", None, flow().initial)]
    for number, trigger in enumerate(moves, 1):
        state = entries[-1].to_state
        entries.append(courses.Entry(number * 10 * MINUTE, trigger, state, flow().transitions[trigger].to or state))
    return entries


def a_clock(name: str, state: str, *, phase: str = "settled", due: int | None = 1, earlier: int = 0) -> clocks.Reckoning:
    return clocks.Reckoning(
        clock=name, state=state, phase=phase, round=1 + earlier, started=0, elapsed=0, remaining=None, due=due, target="1 hour", rule="",
        breached_at=None, under_earlier_target=False, earlier_breaches=earlier, rungs_fired=(), acknowledged=False, provisional=False,
    )  # fmt: skip


def a_course(*moves: str, reckoned: tuple[clocks.Reckoning, ...] = ()) -> courses.Course:
    path = a_path(*moves)
    return courses.course(courses.sense(flow()), path[-1].to_state, path, reckoned)


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("ningxiang", {"verified", "closed_with", "passed_on"}),
        ("dingcheng", {"verified", "closed_with", "transferred"}),
        ("haidian", {"verified", "closed_with", "transferred", "put_right"}),
        ("najin", {"verified", "closed_with"}),
    ],
)
def test_the_shipped_workflows_are_understood_without_being_known_by_name(name: str, ends: set[str]) -> None:
    known = courses.sense(shipped(name))
    assert known.handled == {"resolved", *ends}
    assert (sorted(known.closing), sorted(known.done), sorted(known.rejected)) == (["whole"], sorted(ends), ["invalid"])


@pytest.mark.parametrize(
    ("moves", "resolved", "closed"),
    [
        ((), False, False),
        (("dispatch",), False, False),
        # the handler says it is done; verification is still to come
        (("dispatch", "resolve"), True, False),
        # the verifier sends it back: it is not resolved any more
        (("dispatch", "resolve", "rework"), False, False),
        (("dispatch", "resolve", "rework", "resolve", "verify"), True, True),
        (("dispatch", "resolve", "verify", "reopen"), False, False),
        (("discard",), False, False),
    ],
)
def test_resolved_is_what_was_handled_and_not_sent_back_since(moves: tuple[str, ...], resolved: bool, closed: bool) -> None:
    found = a_course(*moves)
    assert (found.has(Mark.RESOLVED), found.has(Mark.CLOSED)) == (resolved, closed)


def test_stays_and_spans() -> None:
    found = a_course("dispatch", "extend", "resolve", "rework", "resolve", "verify")
    stays = [(state, span // MINUTE) for state, span in found.stays]
    assert stays == [("reported", 10), ("dispatched", 20), ("resolved", 10), ("dispatched", 10), ("resolved", 10)]
    assert (found.to_resolve, found.to_close) == (30 * MINUTE, 60 * MINUTE)


@pytest.mark.parametrize(
    ("moves", "whole", "due_to_close", "on_time", "suspended"),
    [
        # closed in time
        (("dispatch", "resolve", "verify"), a_clock("whole", "met"), True, True, False),
        # closed, but late
        (("dispatch", "resolve", "verify"), a_clock("whole", "breached"), True, False, False),
        # late in a round before: a restart does not wash it off
        (("dispatch", "resolve", "verify"), a_clock("whole", "met", earlier=1), True, False, False),
        # open, its time not up
        (("dispatch",), a_clock("whole", "running", phase="running"), False, False, False),
        # open and over
        (("dispatch",), a_clock("whole", "breached", phase="running"), True, False, False),
        # over, then suspended: out of the denominator
        (("dispatch", "suspend"), a_clock("whole", "breached", phase="paused"), True, False, True),
        # what is no case of ours is not due to be closed
        (("discard",), a_clock("whole", "breached"), False, False, False),
    ],
)
def test_due_to_close_on_time_and_suspended(
    moves: tuple[str, ...], whole: clocks.Reckoning, due_to_close: bool, on_time: bool, suspended: bool
) -> None:
    found = a_course(*moves, reckoned=(whole,))
    assert (found.has(Mark.DUE), found.has(Mark.ON_TIME), found.has(Mark.SUSPENDED)) == (due_to_close, on_time, suspended)


def test_a_late_dispatch_is_overdue_but_the_case_may_close_on_time() -> None:
    found = a_course("dispatch", "resolve", "verify", reckoned=(a_clock("dispatching", "breached"), a_clock("whole", "met")))
    assert found.has(Mark.ON_TIME)
    assert found.judged == {"dispatching": True, "whole": False}


def test_clocks_without_a_verdict_are_not_judged() -> None:
    found = a_course("dispatch", reckoned=(a_clock("whole", "running", phase="running"), a_clock("dispatching", "met", due=None)))
    assert found.judged == {}


def test_returns_and_rework_count_once_against_the_cases_that_could_have_been() -> None:
    once = a_course("dispatch", "return", "dispatch", "return")
    assert tuple(map(once.has, _BACK)) == (True, True, False, False)
    again = a_course("dispatch", "resolve", "rework")
    assert tuple(map(again.has, _BACK)) == (True, False, True, True)
    assert not a_course().has(Mark.RETURNABLE)


def test_what_counts_as_what_may_be_declared() -> None:
    declared = flow().model_copy(update={"counts": Counts(resolved=("verified",), valid=("resolved",), responded=("resolved",))})
    path = a_path("dispatch")
    found = courses.course(courses.sense(declared), path[-1].to_state, path, ())
    assert (found.has(Mark.RESPONDED), found.has(Mark.VALID), found.has(Mark.RESOLVED)) == (False, False, False)
    path = a_path("dispatch", "resolve")
    found = courses.course(courses.sense(declared), path[-1].to_state, path, ())
    assert (found.has(Mark.RESPONDED), found.has(Mark.VALID), found.has(Mark.RESOLVED)) == (True, True, False)


def test_what_is_rejected_in_the_end_was_responded_to_but_is_no_valid_lead() -> None:
    found = a_course("discard")
    assert (found.has(Mark.RESPONDED), found.has(Mark.VALID)) == (True, False)
