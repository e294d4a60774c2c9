"""The worst case that a definition allows, reckoned by hand beside it; and when the stages add up to more than the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import longest, partition, reading, workflow
from config.problems import Problem
from config.programme import Programme
from engine import bounds, loading
from engine import now as times
from tests import builders

NOW = times.parse("2026-11-20T08:00:00+08:00")
HOUR, MINUTE = 3600, 60


def edited(*changes: tuple[str, str]) -> str:
    text = builders.WORKFLOW
    for sound, other in changes:
        assert sound in text
        text = text.replace(sound, other, 1)
    return text


def loaded(tmp_path: Path, *changes: tuple[str, str]) -> loading.Loaded:
    return loading.load(builders.a_folder(tmp_path, workflow=edited(*changes)), now=NOW)


def bound(tmp_path: Path, severity: str, *changes: tuple[str, str]) -> dict[str, object]:
    """A row of `check --json`."""
    return next(one.body() for one in loaded(tmp_path, *changes).bounds if one.severity == severity)


def exceeding(tmp_path: Path, *changes: tuple[str, str]) -> list[Problem]:
    return [problem for problem in loaded(tmp_path, *changes).problems if problem.code == "stages-exceed-whole"]


def whole(tmp_path: Path, *changes: tuple[str, str]) -> Programme:
    read = reading.read_folder(builders.a_folder(tmp_path, workflow=edited(*changes)))
    assert read.programme is not None
    return read.programme


def test_an_urgent_case_of_the_builders_town(tmp_path: Path) -> None:
    assert bound(tmp_path, "urgency=1") == {
        "file": str(tmp_path / "testtown" / "workflows" / "report.yaml"),
        "workflow": "report",
        "severity": "urgency=1",
        # in `resolved` only the whole-case clock tells a leader, three hours after the report; the verifier's rung comes after a day
        "leader_hears_s": 3 * HOUR,
        # 10 minutes to dispatch, 30 to resolve, 24 hours to verify
        "straight_s": 24 * HOUR + 40 * MINUTE,
        # the return begins the ten minutes anew; rework and resumption the thirty
        "closure_s": 24 * HOUR + 40 * MINUTE + 10 * MINUTE + 2 * 30 * MINUTE,
        "whole_s": 3 * HOUR,
        "path": ["reported", "dispatched", "resolved"],
        "waits": ["suspended"],
        "unheard": [],
    }


def test_office_hours_are_begun_at_the_worst_moment(tmp_path: Path) -> None:
    """Eight working hours of a town with seven a day, begun on a Thursday evening before a long weekend …: days, not hours."""
    slow = bound(tmp_path, "urgency=3")
    straight = slow["straight_s"]
    assert isinstance(straight, int)
    # longer than the two nights and the weekend that eight hours must span
    assert straight > 24 * HOUR + 10 * MINUTE + 3 * 24 * HOUR
    assert slow["path"] == ["reported", "dispatched", "resolved"]


def test_a_way_back_counts_as_often_as_it_may_be_gone(tmp_path: Path) -> None:
    once = bound(tmp_path / "a", "urgency=1")["closure_s"]
    five = bound(
        tmp_path / "b",
        "urgency=1",
        ("to: reported, by: [handler], needs: [reason]}", "to: reported, by: [handler], needs: [reason], most: 5}"),
    )
    assert isinstance(once, int)
    assert five["closure_s"] == once + 4 * 10 * MINUTE


def test_a_clock_that_spans_two_states_is_counted_once(tmp_path: Path) -> None:
    """Thirty minutes for `dispatched` and `on_site` together are not an hour."""
    spread = [
        ("  resolved:   {title", "  on_site:    {title: {zh: 已到场, en: On site}}\n  resolved:   {title"),
        ("  resolve:  {from: dispatched,", "  arrive:   {from: dispatched, to: on_site, by: [handler]}\n  resolve:  {from: on_site,"),
        ("runs_in: [dispatched]", "runs_in: [dispatched, on_site]"),
    ]
    row = bound(tmp_path, "urgency=1", *spread)
    assert row["path"] == ["reported", "dispatched", "on_site", "resolved"]
    assert row["straight_s"] == 24 * HOUR + 40 * MINUTE


def test_a_way_that_only_other_cases_may_take_is_not_counted(tmp_path: Path) -> None:
    detour = [
        ("  resolved:   {title", "  checking:   {title: {zh: 会商, en: Talks}}\n  resolved:   {title"),
        ("  resolve:  {from: dispatched,", "  talk:     {from: dispatched, to: checking, by: [leader], when: {urgency: 3}}\n  settle:   {from: checking, to: resolved, by: [leader]}\n  resolve:  {from: dispatched,"),
        ("  verifying:\n    title", "  talking:\n    title: {zh: 会商, en: Talks}\n    runs_in: checking\n    within: 9 days\n    ladder: leaders\n  verifying:\n    title"),
    ]  # fmt: skip
    assert bound(tmp_path / "a", "urgency=1", *detour)["path"] == ["reported", "dispatched", "resolved"]
    assert bound(tmp_path / "b", "urgency=3", *detour)["path"] == ["reported", "dispatched", "checking", "resolved"]


UNHEARD = (
    ("runs_in: open\n    pauses_in: [suspended]", "runs_in: [reported, dispatched]"),
    ("notify: [verifier, desk-chief]", "notify: [handler]"),
)


def test_a_state_from_which_no_leader_hears_is_named(tmp_path: Path) -> None:
    row = bound(tmp_path, "urgency=1", *UNHEARD)
    assert row["leader_hears_s"] is None
    assert row["unheard"] == ["resolved"]
    (problem,) = [one for one in loaded(tmp_path, *UNHEARD).problems if one.code == "leader-never-hears"]
    assert problem.path == "states.resolved"
    assert "in `resolved`, no rung at or after a deadline tells a leader (urgency=1)" in problem.message


def test_where_cases_have_no_deadline_on_purpose_nobody_need_hear(tmp_path: Path) -> None:
    on_purpose = ("within: 24 hours", "within: [{when: {urgency: 1}, is: 24 hours}, {is: none}]")
    found = [one for one in loaded(tmp_path, *UNHEARD, on_purpose).problems if one.code == "leader-never-hears"]
    assert ["(urgency=1)" in one.message for one in found] == [True]


def test_without_a_leader_there_is_nobody_to_hear(tmp_path: Path) -> None:
    """Every role belongs to a desk or a unit: a town without leaders is told nothing of them."""
    programme = whole(tmp_path)
    roles = {name: role.model_copy(update={"scope": "unit"}) for name, role in programme.people.roles.items()}
    read = reading.read_folder(tmp_path / "testtown")
    changed = programme.model_copy(update={"people": programme.people.model_copy(update={"roles": roles})})
    found = bounds.check(read, changed, now=NOW)[1]
    assert [problem.code for problem in found if problem.code == "leader-never-hears"] == []


def test_without_severities_there_is_one_row_for_all(tmp_path: Path) -> None:
    programme = builders.PROGRAMME + "urgent: {category: lamp}\n"
    found = loading.load(builders.a_folder(tmp_path, programme=programme), now=NOW)
    assert [one.severity for one in found.bounds] == [""]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        # 10 + 30 minutes + 24 hours against three; and eight office hours over a weekend against two days
        ((), ["clocks.whole.within.0", "clocks.whole.within.1"]),
        # urgent cases are verified within two hours
        ((("within: 24 hours", "within: [{when: {urgency: 1}, is: 2 hours}, {is: 24 hours}]"),), ["clocks.whole.within.1"]),
        # the whole gives others nine days
        ((("{is: 2 days}]", "{is: 9 days}]"),), ["clocks.whole.within.0"]),
        # a whole that ends before the long stage begins has nothing to do with it
        ((("runs_in: open\n    pauses_in: [suspended]", "runs_in: [reported, dispatched, suspended]"), ("{is: 2 days}]", "{is: 9 days}]")), []),
        # counted in office days, stages in other hours are not held against it
        ((("{when: {urgency: 1}, is: 3 hours}, {is: 2 days}]", "{when: {urgency: 1}, is: 3 days}, {is: 2 working days, hours: office}]"),), []),
    ],
)  # fmt: skip
def test_where_the_stages_add_up_to_more_than_the_whole(tmp_path: Path, changes: tuple[tuple[str, str], ...], places: list[str]) -> None:
    assert [problem.path for problem in exceeding(tmp_path, *changes)] == places


def test_the_sum_is_said_in_full(tmp_path: Path) -> None:
    problem = exceeding(tmp_path)[0]
    assert (
        "may take 24 hours 40 minutes together (urgency=1: Time to dispatch 10 minutes + Time to resolve 30 minutes + Time to verify 24 hours)"
        in problem.message
    )
    assert "this gives 3 hours for all of them" in problem.message
    assert (
        "合计可达 24 小时 40 分钟（urgency=1：派单时限 10 分钟 + 处置时限 30 分钟 + 核查时限 24 小时），而全程只有 3 小时"
        in problem.message_zh
    )


def test_cases_are_told_apart_only_where_targets_do(tmp_path: Path) -> None:
    """Of three categories two share a target: greening stands for both, and `…` for the lamp that nobody names."""
    programme = whole(tmp_path)
    flow = programme.workflows["report"]
    assert partition.severities(programme, flow) == ({"urgency": "1"}, {"urgency": "2"}, {"urgency": "3"})
    assert partition.classes(programme, flow, {"urgency": "1"}) == (
        {"urgency": "1", "category": "greening"},
        {"urgency": "1", "category": partition.OTHER},
    )


def test_the_time_of_a_clock_is_given_out_once(tmp_path: Path) -> None:
    flow = whole(tmp_path, ("runs_in: [dispatched]", "runs_in: [reported, dispatched]")).workflows["report"]
    ground = longest.map_of(flow, {})
    assert longest.spent(ground, ("reported", "dispatched"), {"dispatching": 10, "handling": 30}) == [
        ("reported", "dispatching", 10),
        ("dispatched", "handling", 20),
    ]


def test_a_clock_that_ended_gives_its_whole_time_where_it_begins_anew() -> None:
    """An hour in the first and the third state, and in the second a clock of its own: two hours and a half."""
    ground = longest.map_of(a_flow("a-b b-c c-end", ("a", "c"), ("b",)), {})
    assert longest.spent(ground, ("a", "b", "c"), {"c0": 60, "c1": 30}) == [("a", "c0", 60), ("b", "c1", 30), ("c", "c0", 60)]
    paused = longest.map_of(a_flow("a-b b-c c-end", ("a", "c"), ("b",), pauses=("b",)), {})
    assert longest.spent(paused, ("a", "b", "c"), {"c0": 60, "c1": 30}) == [("a", "c0", 60), ("b", "c1", 30), ("c", "c0", 0)]


def test_a_stage_counts_only_for_what_its_clocks_still_give() -> None:
    """By `b` the hour of the first clock is gone, whatever the second would give there; `c` gives forty minutes more."""
    ground = longest.map_of(a_flow("a-b b-end a-c c-end", ("a", "b"), ("b",), ("c",)), {})
    limits = {"c0": 60, "c1": 50, "c2": 40}
    assert longest.way(ground, limits) == ("a", "c")
    assert longest.spent(ground, ("a", "c"), limits) == [("a", "c0", 60), ("c", "c2", 40)]


def a_flow(ways: str, *runs: tuple[str, ...], pauses: tuple[str, ...] = ()) -> workflow.Workflow:
    """States that lead to each other, and a clock for each of `runs`; the first pauses in `pauses`."""
    title = {"zh": "某", "en": "Some"}
    moves = [way.split("-") for way in ways.split()]
    names = sorted({name for move in moves for name in move})
    clocks: dict[str, dict[str, object]] = {
        f"c{number}": {"title": title, "runs_in": list(states), "within": "1 hour"} for number, states in enumerate(runs)
    }
    clocks["c0"] |= {"pauses_in": list(pauses)}
    body = {
        "workflow": "flow",
        "title": title,
        "initial": "a",
        "facts": {},
        "states": {name: {"title": title} | ({"final": "done"} if name == "end" else {}) for name in names},
        "transitions": {f"t{number}": {"from": [source], "to": to, "by": ["anyone"]} for number, (source, to) in enumerate(moves)},
        "clocks": clocks,
        "ladders": {},
        "notices": [],
    }
    return workflow.Workflow.model_validate(body)
