"""A clock under another definition: what it keeps, what is judged anew, and what is exactly as it was once it is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from sla import carrying, clocks, folds, ladders
from tests.unit.sla import making

HOUR = {"within": "1 hour"}
LADDER = ({"at": "80%"}, {"at": "due"}, {"after": "30 minutes"})


class Version(NamedTuple):
    """One definition of the clock `c`."""

    side: carrying.Side

    @property
    def plan(self) -> Any:
        return self.side.plans["c"]


def a_version(clock: Mapping[str, Any] = HOUR, ladder: Sequence[Mapping[str, Any]] | None = LADDER) -> Version:
    definition = making.a_definition(clock, ladder)
    return Version(carrying.Side(clocks.plan(definition), making.times_of(definition)))


def lived(version: Version, *lines: str) -> dict[str, folds.ClockFold]:
    return clocks.fold(version.side.plans, making.told(*lines), version.side.timelines)


def facts_of(*lines: str) -> dict[str, object]:
    return {name: value for effect in making.told(*lines) for name, value in effect.facts.items()}


def a_crossing(old: Version, new: Version, at: str, to_state: str = "a") -> carrying.Crossing:
    rungs = {"c": carrying.same_rungs(old.plan, new.plan)}
    return carrying.Crossing(at=making.at(at), to_state=to_state, clocks={"c": "c"}, rungs=rungs)


def carried(old: Version, new: Version, *lines: str, at: str, state: str = "a") -> folds.ClockFold:
    return carrying.carry(old.side, new.side, lived(old, *lines), a_crossing(old, new, at, state), facts_of(*lines))["c"]


def stands(version: Version, fold: folds.ClockFold, now: str) -> clocks.Reckoning:
    return clocks.reckon(version.plan, fold, version.side.timelines, now=making.at(now))


def owed(version: Version, fold: folds.ClockFold) -> tuple[str, int] | None:
    """When the next rung (from 0) stands."""
    found = ladders.owed(version.plan, fold, version.side.timelines)
    return None if found is None else (making.local(found.due), found.rung)


@pytest.mark.parametrize(
    ("within", "at", "due", "state", "breached"),
    [
        # more time: the new hour and a half counts from the clock's start, not from the migration
        ("90 minutes", "2026-11-20T10:30", "2026-11-20T11:30", "running", None),
        # less time, and still ahead
        ("40 minutes", "2026-11-20T10:30", "2026-11-20T10:40", "running", None),
        # less time, and past already: it is breached at the migration, not before
        ("20 minutes", "2026-11-20T10:30", "2026-11-20T10:20", "breached", "2026-11-20T10:30"),
        # it was late under the old target: that stays, whatever the new one says
        ("90 minutes", "2026-11-20T11:10", "2026-11-20T11:30", "breached", "2026-11-20T11:00"),
        # the same promise in other words changes nothing
        ("60 minutes", "2026-11-20T10:30", "2026-11-20T11:00", "running", None),
    ],
)
def test_a_new_target_counts_from_the_clocks_start(within: str, at: str, due: str, state: str, breached: str | None) -> None:
    old, new = a_version(), a_version({"within": within})
    stood = stands(new, carried(old, new, "2026-11-20T10:00 a", at=at), at)
    assert stood.due is not None
    assert (making.local(stood.due), stood.state) == (due, state)
    assert (None if stood.breached_at is None else making.local(stood.breached_at)) == breached


def test_the_same_definition_again_is_the_same_clock() -> None:
    """A version in which only words have changed moves nothing."""
    old, new = a_version(), a_version()
    for lines in (
        ["2026-11-20T10:00 a"],
        ["2026-11-20T10:00 a", "2026-11-20T10:20 p"],
        ["2026-11-20T10:00 a", "2026-11-20T10:48 rung 0", "2026-11-20T10:50 +20 minutes", "2026-11-20T10:55 ack"],
        ["2026-11-20T10:00 a", "2026-11-20T11:00 rung 1", "2026-11-20T11:20 s"],
    ):
        state = making.told(*lines)[-1].to_state
        assert carried(old, new, *lines, at="2026-11-20T11:30", state=state) == lived(old, *lines)["c"]


def test_facts_choose_among_the_new_targets() -> None:
    old = a_version()
    new = a_version({"within": [{"when": {"u": ["1"]}, "is": "2 hours"}, {"is": "3 hours"}]})
    lines = ["2026-11-20T10:00 a u=1"]
    assert stands(new, carried(old, new, *lines, at="2026-11-20T10:10"), "2026-11-20T10:10").target == "2 hours"


def test_an_extension_that_was_granted_is_granted_still() -> None:
    old, new = a_version(), a_version({"within": "2 hours"})
    fold = carried(old, new, "2026-11-20T10:00 a", "2026-11-20T10:10 +30 minutes", at="2026-11-20T10:20")
    assert making.local(stands(new, fold, "2026-11-20T10:20").due or 0) == "2026-11-20T12:30"


@pytest.mark.parametrize(
    ("ladder", "then"),
    [
        # the same ladder goes on where it was
        (LADDER, ("2026-11-20T11:00", 1)),
        # a rung below the one that has fired is not fired afterwards
        (({"at": "30%"}, {"at": "50%"}, *LADDER), ("2026-11-20T11:00", 3)),
        # a rung above it is
        (({"at": "80%"}, {"before": "5 minutes"}, {"at": "due"}), ("2026-11-20T10:55", 1)),
        # what has fired has no counterpart: the ladder is climbed from where the clock stands
        (({"at": "90%"}, {"at": "due"}), ("2026-11-20T10:54", 0)),
        # a rung that pulls a trigger is no reminder: it is due even if it stands lower
        (({"at": "50%", "do": "go"}, {"at": "80%"}, {"at": "due"}), ("2026-11-20T10:30", 0)),
        # the same moment with a trigger is another rung
        (({"at": "80%", "do": "go"}, {"at": "due"}), ("2026-11-20T10:48", 0)),
        # no ladder at all
        (None, None),
    ],
)
def test_nothing_that_has_fired_fires_again(ladder: Sequence[Mapping[str, Any]] | None, then: tuple[str, int] | None) -> None:
    old, new = a_version(), a_version(ladder=ladder)
    assert owed(new, carried(old, new, "2026-11-20T10:00 a", "2026-11-20T10:48 rung 0", at="2026-11-20T10:50")) == then


def test_what_fired_two_versions_ago_does_not_fire_again() -> None:
    """80% fired under the first, the second did not have it, the third has it again."""
    first, second = a_version(), a_version(ladder=[{"at": "due"}])
    folds_ = {"c": carried(first, second, "2026-11-20T10:00 a", "2026-11-20T10:48 rung 0", at="2026-11-20T10:50")}
    again = a_crossing(second, first, "2026-11-20T10:51")
    assert owed(first, carrying.carry(second.side, first.side, folds_, again, {})["c"]) == ("2026-11-20T10:48", 0)
    known = {"c": {carrying.marks_of(first.plan)[0]: 1}}
    again = carrying.Crossing(at=again.at, to_state="a", clocks=again.clocks, rungs=again.rungs, fired=known)
    assert owed(first, carrying.carry(second.side, first.side, folds_, again, {})["c"]) == ("2026-11-20T11:00", 1)


@pytest.mark.parametrize(
    ("before", "state", "phase"),
    [
        # it ran, and the new definition pauses there
        ("a", "p", "paused"),
        # it ran, and the new definition does not run there
        ("a", "s", "settled"),
        # it was paused, and runs in the state that stands for the old one
        ("p", "b", "running"),
    ],
)
def test_the_state_decides_whether_it_goes_on(before: str, state: str, phase: str) -> None:
    old = new = a_version()
    lines = ["2026-11-20T10:00 a", *([f"2026-11-20T10:10 {before}"] if before != "a" else [])]
    assert stands(new, carried(old, new, *lines, at="2026-11-20T10:30", state=state), "2026-11-20T10:30").phase == phase


@pytest.mark.parametrize(
    ("ended", "verdict", "elapsed"),
    [
        # kept in fifty minutes of an hour: still kept where only ten are given
        ("2026-11-20T10:50", "met", 50),
        # late then, late now
        ("2026-11-20T11:10", "breached", 70),
    ],
)
def test_a_clock_that_has_ended_keeps_its_verdict(ended: str, verdict: str, elapsed: int) -> None:
    old, new = a_version(), a_version({"within": "10 minutes"})
    fold = carried(old, new, "2026-11-20T10:00 a", f"{ended} s", at="2026-11-20T12:00", state="s")
    assert folds.ClockFold.from_json(fold.to_json()) == fold
    stood = stands(new, fold, "2026-11-20T13:00")
    assert (stood.state, stood.phase, stood.target, stood.elapsed) == (verdict, "settled", "1 hour", elapsed * 60_000_000)
    assert making.local(stood.due or 0) == "2026-11-20T11:00"


def test_a_clock_that_has_ended_and_is_entered_again_goes_on_under_the_new_target() -> None:
    old, new = a_version(), a_version({"within": "2 hours"})
    ended = carried(old, new, "2026-11-20T10:00 a", "2026-11-20T10:30 s", at="2026-11-20T12:00", state="s")
    again = [*making.told("2026-11-20T10:00 a", "2026-11-20T10:30 s", "2026-11-20T13:00 a return")][-1]
    fold = clocks.apply(new.side.plans, {"c": ended}, again, {}, new.side.timelines)["c"]
    stood = stands(new, fold, "2026-11-20T13:00")
    assert (stood.phase, stood.target, making.local(stood.due or 0)) == ("running", "2 hours", "2026-11-20T14:30")


def test_nobody_is_late_for_a_promise_not_yet_made() -> None:
    """A clock that the case did not have begins at the migration."""
    old, new = a_version({"within": "1 hour", "runs_in": ["b"]}), a_version()
    assert lived(old, "2026-11-20T10:00 a") == {}
    fold = carried(old, new, "2026-11-20T10:00 a", at="2026-11-20T12:00")
    assert making.local(stands(new, fold, "2026-11-20T12:00").due or 0) == "2026-11-20T13:00"


def test_a_clock_the_new_definition_does_not_have_ends() -> None:
    old = a_version()
    nothing = carrying.Side({}, old.side.timelines)
    crossing = carrying.Crossing(at=making.at("2026-11-20T10:30"), to_state="a", clocks={}, rungs={})
    assert carrying.carry(old.side, nothing, lived(old, "2026-11-20T10:00 a"), crossing, {}) == {}


def there_and_back(
    old: Version, new: Version, lines: Sequence[str], between: Sequence[str] = ()
) -> tuple[folds.ClockFold, folds.ClockFold]:
    """Over at 10:30, what happens in between, and back at 11:30: as it was when it was left, and as it is after."""
    left, facts = lived(old, *lines), facts_of(*lines)
    state = making.told(*lines)[-1].to_state
    found = carrying.carry(old.side, new.side, left, a_crossing(old, new, "2026-11-20T10:30", state), facts)
    standing: Mapping[str, folds.ClockFold] = found
    for effect in making.told(*lines, *between)[len(lines) :]:
        facts.update(effect.facts)
        state = effect.to_state
        standing = clocks.apply(new.side.plans, standing, effect, facts, new.side.timelines)
    back = a_crossing(new, old, "2026-11-20T11:30", state)
    return left["c"], carrying.bring_back(new.side, old.side, standing, back, facts, left=left, found=found)["c"]


@pytest.mark.parametrize(
    "new",
    [
        a_version({"within": "5 minutes"}),
        a_version({"within": "2 days"}, ladder=[{"at": "50%"}, {"at": "due"}]),
        a_version({"within": "1 hour", "runs_in": ["b"], "pauses_in": ["a"]}),
        a_version({"within": "1 hour", "runs_in": ["b"]}),
        a_version({"due": {"fact": "d"}}),
    ],
)
@pytest.mark.parametrize(
    "lines",
    [
        ["2026-11-20T10:00 a"],
        ["2026-11-20T10:00 a", "2026-11-20T10:10 p"],
        ["2026-11-20T10:00 a", "2026-11-20T10:10 s"],
        ["2026-11-20T08:00 a d=2026-11-20", "2026-11-20T08:48 rung 0", "2026-11-20T09:00 rung 1 0", "2026-11-20T09:20 ack"],
    ],
)
def test_taken_back_when_nothing_has_happened_it_is_exactly_as_it_was(new: Version, lines: list[str]) -> None:
    before, after = there_and_back(a_version(), new, lines)
    assert after == before


def test_what_has_happened_in_between_has_happened() -> None:
    """It was extended, acknowledged, paused and went on, and `due` fired under the shorter target: all that stays, with the old target."""
    new = a_version({"within": "20 minutes"})
    between = [
        "2026-11-20T10:31 rung 1",
        "2026-11-20T10:35 ack",
        "2026-11-20T10:40 +30 minutes",
        "2026-11-20T10:50 p",
        "2026-11-20T11:00 a",
    ]
    old = a_version()
    _, after = there_and_back(old, new, ["2026-11-20T10:00 a"], between)
    stood = stands(old, after, "2026-11-20T11:30")
    assert (stood.target, stood.state, making.local(stood.due or 0)) == ("1 hour", "running", "2026-11-20T11:40")
    assert stood.acknowledged
    assert dict(stood.rungs_fired) == {1: 0}


def test_a_breach_of_terms_that_were_given_up_is_not_held_against_the_case() -> None:
    old, new = a_version({"within": "5 hours"}), a_version({"within": "10 minutes"})
    _, after = there_and_back(old, new, ["2026-11-20T10:00 a"], ["2026-11-20T10:31 rung 1"])
    assert stands(old, after, "2026-11-20T11:30").state == "running"


def test_a_new_round_in_between_is_a_new_round() -> None:
    clock = {"within": "1 hour", "on_rework": "restart"}
    old, new = a_version(clock), a_version({**clock, "within": "20 minutes"})
    _, after = there_and_back(old, new, ["2026-11-20T10:00 a"], ["2026-11-20T10:40 s", "2026-11-20T11:00 a rework"])
    stood = stands(old, after, "2026-11-20T11:30")
    assert (stood.round, stood.target, making.local(stood.due or 0)) == (2, "1 hour", "2026-11-20T12:00")


def test_a_clock_that_had_ended_by_the_crossing_comes_back_as_if_it_had_run_on() -> None:
    old = a_version()
    nothing = carrying.Side({}, old.side.timelines)
    left = lived(old, "2026-11-20T10:00 a")
    back = carrying.Crossing(at=making.at("2026-11-20T10:50"), to_state="a", clocks={}, rungs={})
    assert carrying.bring_back(nothing, old.side, {}, back, {}, left=left, found={}) == left
