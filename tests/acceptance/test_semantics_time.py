"""semantics.md, "Time" and "Effects …": each test carries its sentence."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from states import errors as states_errors
from tests import builders
from tests.acceptance.town import Town, a_town, edited

NEW_YORK = "America/New_York"


def test_stored_as_utc_integer_microseconds_json_is_rfc_3339_with_an_offset(town: Town) -> None:
    """Stored as UTC integer microseconds; JSON is RFC 3339 with an offset, in the programme's zone."""
    number = town.open("2026-11-20T08:00:00.000007")
    assert town.rows("SELECT opened_at FROM cases") == [(1_795_132_800_000_007,)]
    case = town.case(number)
    assert case["opened_at"] == "2026-11-20T08:00:00.000007+08:00"
    assert case["clocks"][0]["due"] == "2026-11-20T08:10:00.000007+08:00"
    assert town.history(number)[0]["at"] == "2026-11-20T08:00:00.000007+08:00"


@pytest.mark.parametrize(
    ("within", "opened", "due"),
    [
        ("1 day", "2026-10-31T10:00:00", "2026-11-01T10:00:00-05:00"),  # the night in which an hour comes twice
        ("24 hours", "2026-10-31T10:00:00", "2026-11-01T09:00:00-05:00"),
        ("1440 minutes", "2026-10-31T10:00:00", "2026-11-01T09:00:00-05:00"),
        ("1 day", "2027-03-13T10:00:00", "2027-03-14T10:00:00-04:00"),  # the night in which an hour is left out
        ("24 hours", "2027-03-13T10:00:00", "2027-03-14T11:00:00-04:00"),
        ("1 week", "2027-03-13T10:00:00", "2027-03-20T10:00:00-04:00"),
    ],
)
def test_day_is_a_wall_clock_day_hour_and_minute_elapse(tmp_path: Path, within: str, opened: str, due: str) -> None:
    """`day` is a wall-clock day in that zone, `hour` and `minute` elapse."""
    with a_town(tmp_path, zone=NEW_YORK, workflow=edited(builders.WORKFLOW, ("within: 10 minutes", f"within: {within}"))) as town:
        number = town.open(opened)
        assert town.clock(number, "dispatching")["due"] == due
        fired = [fired for fired in town.until("2027-04-01T00:00") if fired.clock == "dispatching" and fired.rung == 2]
        assert [fired.at for fired in fired] == [town.at(due)]  # the alarm is the screen's


def test_each_history_entry_has_when_it_happened_and_when_it_was_recorded(town: Town) -> None:
    """Each history entry has *when it happened* and *when it was recorded*."""
    number = town.open("2026-11-20T08:00")
    town.until("2026-11-20T08:05")
    town.move(number, "dispatch", "2026-11-20T08:03", by="wang", category="lamp", urgency=3, unit="lights")
    entry = town.history(number)[1]
    assert (entry["at"], entry["recorded_at"]) == ("2026-11-20T08:03:00+08:00", "2026-11-20T08:05:00+08:00")
    assert town.due(number, "handling") == "2026-11-20T09:03:00"  # what counts is when it happened


def test_nothing_happens_in_the_future_or_before_the_case_was_opened(town: Town) -> None:
    """In any order the rules admit: not before the opening, and no change of state before one that stands already."""
    number = town.dispatched("2026-11-20T08:00")
    town.move(number, "resolve", "2026-11-20T08:30", by="li", result="换了灯泡")
    with pytest.raises(Exception, match="opened at"):
        town.move(number, "rework", "2026-11-20T07:59", by="qian", reason="还是不亮")
    with pytest.raises(Exception, match="can no longer be entered"):
        town.move(number, "return", "2026-11-20T08:10", by="li", reason="不归我管")
    assert town.case(number)["state"] == "resolved"


RECLASSIFY = "  reclassify: {from: [reported, dispatched, resolved], by: [duty], needs: [urgency]}\n  extend_whole:"
FLOW = edited(
    builders.WORKFLOW,
    ("  extend:   {", "  extend_whole: {from: [dispatched], by: [leader], extends: {clock: whole, by: 5 hours}}\n  extend:   {"),
    ("  extend_whole:", RECLASSIFY),
)
Effect = Callable[[Town, str], object]
EFFECTS: list[Effect] = [
    lambda town, case: town.move(case, "extend", "2026-11-20T08:10", by="mayor", more_time="20 minutes"),
    lambda town, case: town.move(case, "reclassify", "2026-11-20T08:25", by="wang", urgency=1),
    lambda town, case: town.move(case, "reclassify", "2026-11-20T08:29", by="wang", urgency=2),
    lambda town, case: town.move(case, "extend_whole", "2026-11-20T08:15", by="mayor"),
]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_effects_recorded_in_any_order_give_the_same_deadline(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Effects that happened at given times, recorded in any order the rules admit, give the same deadline."""
    with a_town(tmp_path, workflow=FLOW) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.asleep_until("2026-11-20T08:29:30")  # nothing fired yet: what fired is an effect of its own
        for which in order:
            EFFECTS[which](town, number)
        seen = town.case(number)
        assert [(c["name"], c["due"][11:19], c["target"]) for c in seen["clocks"] if c["state"] == "running"] == [
            ("handling", "09:20:00", "1 hour"),
            ("whole", "13:00:00", "2 days"),
        ]
        assert seen["facts"]["urgency"] == "2"  # the latest that happened, not the latest recorded
        assert town.verified() == []


def test_not_any_order_of_happening(tmp_path: Path) -> None:
    """(Not: any order of happening.)"""
    dues = set[str]()
    for number, (first, second) in enumerate([("extend", "suspend"), ("suspend", "extend")]):
        with a_town(tmp_path / str(number)) as town:
            case = town.dispatched("2026-11-20T08:00")
            facts = {"extend": {"more_time": "20 minutes"}, "suspend": {"reason": "等配件", "review_on": "2026-12-01"}}
            town.move(case, first, "2026-11-20T08:10", by="mayor", **facts[first])
            try:
                town.move(case, second, "2026-11-20T08:20", by="mayor", **facts[second])
            except states_errors.StatesError:  # nothing to extend where it no longer runs
                continue
            dues.add(first)
    assert dues == {"extend"}
