"""semantics.md, "Clocks", "Re-entry", "Re-classification", "due from a fact", "Acknowledge": each test carries its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import errors
from tests import builders
from tests.acceptance.town import Town, a_town, edited

RECLASSIFY = ("  extend:   {", "  reclassify: {from: [reported, dispatched], by: [duty], takes: [urgency, category]}\n  extend:   {")


def test_any_number_run_at_once_each_with_its_own(town: Town) -> None:
    """Any number run at once, each with its own states, target, hours, pauses and one ladder."""
    number = town.dispatched("2026-11-20T08:00", category="greening")
    town.move(number, "suspend", "2026-11-20T09:00", by="mayor", reason="等配件", review_on="2026-11-25")
    seen = {c["name"]: (c["phase"], c["target"], c["elapsed_s"]) for c in town.case(number)["clocks"]}
    assert seen == {
        "dispatching": ("settled", "10 minutes", 0),
        "handling": ("settled", "8 working hours", 1800),  # office hours began at half past eight
        "whole": ("paused", "2 days", 3600),
        "review": ("running", "2026-11-25", 0),
    }


def test_the_next_rung_is_armed_per_clock(town: Town) -> None:
    """The next rung is armed per clock."""
    number = town.dispatched("2026-11-20T08:00")
    armed = town.rows("SELECT clock, due, rung FROM timers ORDER BY clock")
    assert [(clock, town.said(due), rung) for clock, due, rung in armed] == [
        ("handling", "2026-11-20T08:48:00", 0),
        ("whole", "2026-11-22T08:00:00", 0),
    ]
    town.until("2026-11-20T08:48")
    armed = town.rows("SELECT clock, due, rung FROM timers WHERE clock = 'handling'")
    assert [(clock, town.said(due), rung) for clock, due, rung in armed] == [("handling", "2026-11-20T09:00:00", 1)]
    assert town.case(number)["clocks"][1]["rungs_fired"] == [1]


def test_a_rung_has_fired_under_the_key_it_fires_once(town: Town) -> None:
    """A rung has fired under the key (case, clock, round, rung, repeat): it fires once."""
    number = town.open("2026-11-20T08:00")
    fired = town.until("2026-11-20T20:00")
    keys = [(f.case, f.clock, f.round, f.rung, f.repeat) for f in fired]
    assert len(set(keys)) == len(keys)
    assert [(f.rung + 1, f.repeat, town.said(f.due)) for f in fired if f.rung == 4] == [
        (5, repeat, f"2026-11-20T{8 + repeat:02}:40:00") for repeat in range(6)
    ]
    for again in range(2):
        town.damage(
            "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) VALUES (1, 'dispatching', ?, 1, ?, 0, 9)",
            town.now,
            again,
        )
        assert town.until("2026-11-20T20:00") == []  # a timer that comes twice finds its rung fired
    assert len(town.rungs(number)) == len(keys)


@pytest.mark.parametrize("how", ["pause and resume", "extension", "re-classification", "new holidays"])
def test_round_rises_only_when_a_clock_restarts_rearming_does_not_refire(tmp_path: Path, how: str) -> None:
    """`round` rises only when a clock *restarts*; re-arming (…) cancels and arms anew without re-firing."""
    flow = edited(
        builders.WORKFLOW,
        RECLASSIFY,
        ("    runs_in: [dispatched]\n    within:", "    runs_in: [dispatched]\n    pauses_in: [suspended]\n    within:"),
        ("      - {when: {urgency: 1}, is: 30 minutes}\n", "      - {when: {urgency: 2}, is: 3 hours}\n"),
    )
    with a_town(tmp_path, workflow=flow) as town:
        number = town.dispatched("2026-11-20T08:00", category="greening" if how == "new holidays" else "lamp")
        town.until("2026-11-20T17:00" if how == "new holidays" else "2026-11-20T08:50")
        before = [rung for rung in town.rungs(number) if rung[0] == "handling"]
        assert [rung[2] for rung in before] == [1]
        due, generation = town.due(number, "handling"), town.rows("SELECT generation FROM timers WHERE clock = 'handling'")
        if how == "pause and resume":
            town.move(number, "suspend", by="mayor", reason="等配件", review_on="2026-12-01")
            town.asleep_until("2026-11-20T09:20")
            town.move(number, "resume", by="mayor")
        elif how == "extension":
            town.move(number, "extend", by="mayor", more_time="30 minutes")
        elif how == "re-classification":
            town.move(number, "reclassify", by="wang", urgency=2)
        else:
            town.publish(
                calendars=edited(
                    builders.CALENDARS, ("    holidays: CN\n", '    holidays: CN\n    days: {2026-11-20: ["08:30-12:00", "14:00-17:00"]}\n')
                )
            )
        clock = town.clock(number, "handling")
        assert (clock["round"], clock["rungs_fired"]) == (1, [1])
        assert town.due(number, "handling") > due
        assert town.rows("SELECT generation FROM timers WHERE clock = 'handling'") != generation
        town.until("2026-11-24T08:00")
        after = [(turn, rung) for clock, turn, rung, _ in town.rungs(number) if clock == "handling"]
        assert after == [(1, 1), (1, 2), (1, 3)]
        assert town.verified() == []


def reentry(kind: str, choice: str) -> str:
    """A workflow in which the clock `handling` says `on_<kind>: <choice>`."""
    return edited(builders.WORKFLOW, ("    on_rework: restart\n", f"    on_{kind}: {choice}\n"))


@pytest.mark.parametrize(
    ("kind", "choice", "turn", "due"),
    [
        ("rework", "resume", 1, "10:40:00"),  # twenty minutes were used before it was resolved: forty are left
        ("rework", "restart", 2, "11:00:00"),
        ("reopen", "resume", 1, "10:40:00"),
        ("reopen", "restart", 2, "11:00:00"),
    ],
)
def test_for_rework_and_reopen_each_clock_says(tmp_path: Path, kind: str, choice: str, turn: int, due: str) -> None:
    """For return, rework, reopen each clock says `resume` (default) or `restart`."""
    with a_town(tmp_path, workflow=reentry(kind, choice)) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.move(number, "resolve", "2026-11-20T08:20", by="li", result="换了灯泡")
        if kind == "rework":
            town.move(number, "rework", "2026-11-20T10:00", by="qian", reason="还是不亮")
        else:
            town.move(number, "verify", "2026-11-20T08:30", by="qian")
            town.move(number, "reopen", "2026-11-20T10:00", by="mayor", reason="还是不亮")
        clock = town.clock(number, "handling")
        assert (clock["round"], clock["due"][11:19], clock["phase"]) == (turn, due, "running")
        assert town.verified() == []


@pytest.mark.parametrize(("line", "turn", "due"), [("", 1, "10:40:00"), ("    on_return: resume\n", 1, "10:40:00"), ("    on_return: restart\n", 2, "11:00:00")])  # fmt: skip
def test_a_return_decides_when_the_clock_is_entered_again_by_a_later_move(tmp_path: Path, line: str, turn: int, due: str) -> None:
    """For return … `resume` (default) or `restart`: also where the return leads elsewhere and a dispatch enters the clock again."""
    with a_town(tmp_path, workflow=edited(builders.WORKFLOW, ("    on_rework: restart\n", line))) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.move(number, "return", "2026-11-20T08:20", by="li", reason="不归我管")
        assert town.clock(number, "handling")["phase"] == "settled"
        town.move(number, "dispatch", "2026-11-20T10:00", by="wang", category="lamp", urgency=3, unit="community")
        clock = town.clock(number, "handling")
        assert (clock["round"], clock["due"][11:19]) == (turn, due)
        assert town.verified() == []


def test_a_return_starts_a_clock_anew_where_it_says_restart(town: Town) -> None:
    """`restart`: the return itself enters the desk's clock again."""
    number = town.dispatched("2026-11-20T08:00")
    town.move(number, "return", "2026-11-20T08:20", by="li", reason="不归我管")
    clock = town.clock(number, "dispatching")
    assert (clock["round"], clock["due"][11:19], clock["rungs_fired"]) == (2, "08:30:00", [])
    town.until("2026-11-20T08:28")
    assert town.rungs(number) == [("dispatching", 2, 1, "2026-11-20T08:28:00")]


def test_a_settled_clock_that_is_entered_again_begins_a_new_round(tmp_path: Path) -> None:
    """A clock that was settled and is entered again begins a new round, unless a return, rework or reopen brought it about."""
    with a_town(tmp_path) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.move(number, "suspend", "2026-11-20T08:20", by="mayor", reason="等配件", review_on="2026-11-21")
        assert town.clock(number, "handling")["phase"] == "settled"  # the builder's clock does not say that it pauses there
        town.move(number, "resume", "2026-11-20T10:00", by="mayor")
        assert (town.clock(number, "handling")["round"], town.due(number, "handling")) == (2, "2026-11-20T11:00:00")
        town.move(number, "suspend", "2026-11-20T10:20", by="mayor", reason="等配件", review_on="2026-11-25")
        review = town.clock(number, "review")
        assert (review["round"], review["target"]) == (2, "2026-11-25")
        assert town.verified() == []


@pytest.mark.parametrize(("choice", "turn", "due"), [("resume", 1, "09:00:00"), ("restart", 2, "09:20:00")])
@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_return_while_the_clock_runs_or_pauses(tmp_path: Path, choice: str, turn: int, due: str, state: str) -> None:
    """A return that happens while the clock runs or pauses: restart begins a new round at once, resume goes on."""
    pauses = "    pauses_in: [suspended]\n" if state == "paused" else ""
    flow = edited(
        builders.WORKFLOW,
        ("    runs_in: [dispatched]\n    within:", f"    runs_in: [reported, dispatched]\n{pauses}    on_return: {choice}\n    within:"),
        ("  return:   {from: dispatched,", "  return:   {from: [dispatched, suspended],"),
        ("      - {when: {urgency: 1}, is: 30 minutes}\n", ""),
    )
    with a_town(tmp_path, workflow=flow) as town:
        number = town.dispatched("2026-11-20T08:00")
        if state == "paused":
            town.move(number, "suspend", "2026-11-20T08:10", by="mayor", reason="等配件", review_on="2026-12-01")
            due = due if choice == "restart" else "09:10:00"
        town.move(number, "return", "2026-11-20T08:20", by="li", reason="不归我管")
        clock = town.clock(number, "handling")
        assert (clock["round"], clock["due"][11:19], clock["phase"]) == (turn, due, "running")
        assert town.verified() == []


RECLASSIFIED = edited(builders.WORKFLOW, RECLASSIFY)


def test_the_new_target_counts_from_the_clocks_start_in_the_new_hours(tmp_path: Path) -> None:
    """The new target counts from the clock's start, in the new hours"""
    with a_town(tmp_path, workflow=RECLASSIFIED) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.move(number, "reclassify", "2026-11-20T08:40", by="wang", category="greening")
        clock = town.clock(number, "handling")
        assert (clock["due"], clock["target"], clock["elapsed_s"]) == ("2026-11-23T09:30:00+08:00", "8 working hours", 600)
        assert "greening" in clock["rule"]


def test_if_that_is_already_past_it_is_breached_at_the_change(tmp_path: Path) -> None:
    """if that is already past, it is breached at the change"""
    with a_town(tmp_path, workflow=RECLASSIFIED) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.until("2026-11-20T08:40")
        town.move(number, "reclassify", by="wang", urgency=1)
        clock = town.clock(number, "handling")
        assert (clock["state"], clock["due"], clock["breached_at"]) == (
            "breached",
            "2026-11-20T08:30:00+08:00",
            "2026-11-20T08:40:00+08:00",
        )
        assert [(f.clock, f.rung + 1, town.said(f.due)) for f in town.until("2026-11-20T08:40")] == [("handling", 2, "2026-11-20T08:40:00")]


def test_an_earlier_breach_stays_recorded_marked_under_the_earlier_target(tmp_path: Path) -> None:
    """An earlier breach stays recorded, marked "under the earlier target"."""
    with a_town(tmp_path, workflow=RECLASSIFIED) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.until("2026-11-20T09:20")
        town.move(number, "reclassify", by="wang", category="greening")
        clock = town.clock(number, "handling")
        assert (clock["state"], clock["under_earlier_target"]) == ("breached", True)
        assert (clock["breached_at"], clock["due"]) == ("2026-11-20T09:00:00+08:00", "2026-11-23T09:30:00+08:00")


def test_a_due_date_may_also_come_from_a_fact(town: Town) -> None:
    """A due date may also come from a fact, for promises made elsewhere."""
    number = town.dispatched("2026-11-20T08:00")
    town.move(number, "suspend", "2026-11-20T09:00", by="mayor", reason="等配件", review_on="2026-11-22")
    assert town.clock(number, "review")["due"] == "2026-11-23T00:00:00+08:00"  # until the end of that day
    (fired,) = [f for f in town.until("2026-11-23T00:00") if f.clock == "review"]
    assert town.said(fired.at) == "2026-11-23T00:00:00"
    assert town.case(number)["state"] == "dispatched"


# acknowledging


def overdue(town: Town) -> str:
    """A case whose hour has lapsed at nine; its handler and the head of the unit were told."""
    number = town.dispatched("2026-11-20T08:00")
    town.until("2026-11-20T09:00")
    return number


def handling(town: Town, number: str) -> list[tuple[int, int, str]]:
    return [(turn, rung, at[11:]) for clock, turn, rung, at in town.rungs(number) if clock == "handling"]


SILENT = edited(
    builders.WORKFLOW,
    ("    - {after: 30 minutes, notify: [leader], template: overdue, always: true}",
     ("    - {after: 30 minutes, notify: [leader], template: overdue, repeat: {every: 1 hour, most: 3}}\n"
     "    - {after: 2 hours, notify: [leader], template: overdue, always: true}\n"
     "    - {after: 6 hours, notify: [leader], template: overdue}")),
)  # fmt: skip


def test_acknowledge_stops_repeats_and_later_rungs_but_those_marked_always_until_its_for_runs_out(tmp_path: Path) -> None:
    """it stops repeats and later rungs (but those marked `always`), until … its `for:` runs out, when the ladder goes on."""
    with a_town(tmp_path, workflow=SILENT) as town:
        number = overdue(town)
        town.until("2026-11-20T09:31")
        town.acknowledge(number, "handling", by="li")
        assert town.clock(number, "handling")["acknowledged"] is True
        town.until("2026-11-20T16:00")
        assert handling(town, number) == [
            (1, 1, "08:48:00"),
            (1, 2, "09:00:00"),
            (1, 3, "09:30:00"),
            (1, 4, "11:00:00"),  # always
            (1, 3, "11:31:00"),  # two hours are over: the repeat that stood at half past ten
            (1, 3, "12:30:00"),
            (1, 5, "15:00:00"),
        ]
        assert town.clock(number, "handling")["acknowledged"] is False


def test_without_for_it_lasts_until_the_round_ends(tmp_path: Path) -> None:
    """until the round ends"""
    with a_town(tmp_path, workflow=edited(SILENT, ("    acknowledge: {for: 2 hours}\n", ""))) as town:
        number = overdue(town)
        town.acknowledge(number, "handling", by="sun")
        town.until("2026-11-20T20:00")
        assert handling(town, number)[2:] == [(1, 4, "11:00:00")]
        town.move(number, "resolve", by="li", result="换了灯泡")
        town.move(number, "rework", by="qian", reason="还是不亮")  # on_rework: restart
        assert town.clock(number, "handling")["acknowledged"] is False
        town.until("2026-11-20T21:30")
        assert [turn for turn, _, _ in handling(town, number)[3:]] == [2, 2, 2]


def test_acknowledge_is_per_clock_and_round(town: Town) -> None:
    """*Acknowledge* is per clock and round"""
    number = overdue(town)
    town.acknowledge(number, "handling", by="li")
    assert {c["name"]: c["acknowledged"] for c in town.case(number)["clocks"]} == {"dispatching": False, "handling": True, "whole": False}


def test_by_a_role_that_a_reached_rung_has_told(town: Town) -> None:
    """by a role that a reached rung has told"""
    number = town.dispatched("2026-11-20T08:00")
    with pytest.raises(errors.MayNotAcknowledge, match="no rung of handling has told anybody"):
        town.acknowledge(number, "handling", by="li")
    town.until("2026-11-20T08:50")
    for stranger in ("sun", "mayor", "hu", "ma"):  # later rungs' people, another unit's handler, the reporter
        with pytest.raises(errors.MayNotAcknowledge):
            town.acknowledge(number, "handling", by=stranger)
    town.acknowledge(number, "handling", by="li")
    with pytest.raises(errors.NotRunning):
        town.acknowledge(number, "dispatching", by="wang")


def test_the_breach_stays_recorded(town: Town) -> None:
    """The breach stays recorded."""
    number = overdue(town)
    town.acknowledge(number, "handling", "2026-11-20T09:05", by="li")
    town.move(number, "resolve", "2026-11-20T09:10", by="li", result="换了灯泡")
    clock = town.clock(number, "handling")
    assert (clock["state"], clock["breached_at"]) == ("breached", "2026-11-20T09:00:00+08:00")
    assert [e["kind"] for e in town.history(number)].count("acknowledge") == 1
