"""The four programmes as they ship, and Boston's: they fit the language, and they say what the stories say."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import pytest

from config import checks, reading
from config.programme import Programme
from config.week import minutes_of
from config.workflow import Clock, Workflow

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "config" / "programmes"
BOSTON = ROOT / "tests" / "programmes" / "boston"
FOUR = ("ningxiang", "dingcheng", "haidian", "najin")
FOLDERS = [*(SHIPPED / name for name in FOUR), BOSTON]
SHARED = {path.name.split(".")[0] for path in (ROOT / "notifications" / "templates").glob("*.txt")}
ENDANGERING = ("power-manhole", "manhole", "wire", "collapse", "burst-pipe", "obstacle")


@functools.cache
def programme(name: str) -> Programme:
    folder = BOSTON if name == "boston" else SHIPPED / name
    read = reading.read_folder(folder)
    assert read.programme is not None, "\n".join(map(str, read.problems))
    return read.programme


def report(name: str) -> Workflow:
    return programme(name).workflows["report"]


def limit(clock: Clock, **facts: str) -> str | None:
    """The target that counts for these facts, in the definition's words; None where the clock has none."""
    for target in clock.within or ():
        if all(facts.get(fact) in values for fact, values in (target.when or {}).items()):
            return str(target.is_)
    return None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_a_shipped_folder_is_read_without_a_problem(folder: Path) -> None:
    assert [str(problem) for problem in reading.read_folder(folder).problems] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_a_shipped_folder_makes_sense(folder: Path) -> None:
    assert [str(problem) for problem in checks.check(reading.read_folder(folder), templates=SHARED)] == []


def test_the_shipped_programmes_can_run_on_one_engine() -> None:
    assert [str(problem) for problem in checks.across(map(reading.read_folder, FOLDERS))] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_each_file_names_its_schema_for_the_editor(folder: Path) -> None:
    for file in [*folder.glob("*.yaml"), *folder.glob("workflows/*.yaml")]:
        if file.name.startswith("map"):
            continue
        first = file.read_text(encoding="utf-8").splitlines()[0]
        kind = "tests" if file.name.endswith(".tests.yaml") else "workflow" if file.parent.name == "workflows" else file.stem
        schema = (file.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
        assert schema == ROOT / "config" / "schema" / f"{kind}.schema.json", f"{file}: {first}"


@pytest.mark.parametrize(
    ("name", "clock", "facts", "words"),
    [
        # Ningxiang: a report is classified and dispatched within ten minutes, whatever it is
        ("ningxiang", "dispatching", {}, "10 minutes"),
        ("ningxiang", "dispatching", {"urgency": "1", "category": "lamp"}, "10 minutes"),
        # the lamp crew was there in under thirty minutes; else an hour
        ("ningxiang", "handling", {"urgency": "1", "category": "lamp"}, "30 minutes"),
        ("ningxiang", "handling", {"urgency": "3", "category": "stairwell"}, "1 hour"),
        # the manhole on Huaxi road: on site within 30 minutes, replaced within 2 hours, 3 hours in all
        ("dingcheng", "arriving", {"urgency": "2", "category": "power-manhole"}, "30 minutes"),
        ("dingcheng", "handling", {"urgency": "2", "category": "power-manhole"}, "2 hours"),
        ("dingcheng", "whole", {"urgency": "2", "category": "power-manhole"}, "3 hours"),
        # the pothole at the estate's gate: within two days
        ("dingcheng", "handling", {"urgency": "3", "category": "pothole"}, "2 days"),
        # the slow kinds count office hours
        ("dingcheng", "handling", {"urgency": "3", "category": "greening"}, "5 working days"),
        # Najin: the sparking lamp was safe within 30 minutes; everything within the hour
        ("najin", "danger", {"urgency": "1"}, "30 minutes"),
        ("najin", "whole", {"urgency": "1"}, "1 hour"),
        ("najin", "whole", {"urgency": "3"}, "1 hour"),
    ],
)  # fmt: skip
def test_the_limits_of_the_stories(name: str, clock: str, facts: dict[str, str], words: str) -> None:
    assert limit(report(name).clocks[clock], **facts) == words


@pytest.mark.parametrize("clock", ["signing", "arriving", "handling", "whole"])
def test_what_endangers_in_dingcheng_has_short_limits_by_its_category_alone(clock: str) -> None:
    of = report("dingcheng").clocks[clock]
    assert {limit(of, category=category, urgency="3") for category in ENDANGERING} == {limit(of, urgency="1", category="other")}
    assert set(ENDANGERING) <= set(programme("dingcheng").categories.categories)


def test_ningxiangs_ten_minutes_run_until_dispatch_and_again_after_a_return() -> None:
    flow = report("ningxiang")
    assert flow.runs_in("dispatching") == {"reported", "classified", "returned"}
    assert flow.clocks["dispatching"].on_return == "restart"


def test_ningxiangs_desk_is_warned_then_urged_then_its_chief_hears_then_the_leader_again_and_again() -> None:
    rungs = report("ningxiang").ladders["desk"]
    said = [(str(rung.at or rung.after), rung.notify) for rung in rungs]
    assert said == [("80%", ("duty",)), ("due", ("duty",)), ("10 minutes", ("desk-chief",)), ("30 minutes", ("leader",))]
    assert rungs[-1].repeat is not None
    assert rungs[-1].repeat.most > 1


def test_a_rider_of_ningxiang_may_be_the_handler_beside_the_grid_worker() -> None:
    people = programme("ningxiang").people
    for community in ("dongguan", "beijie"):
        handlers = [p for p in people.people.values() if p.unit == community and "handler" in p.roles]
        assert any("rider" in p.roles for p in handlers)
        assert any("rider" not in p.roles for p in handlers)


def test_the_unit_hears_at_once_of_what_is_urgent_in_ningxiang() -> None:
    urgent = [n for n in report("ningxiang").notices if n.on == "dispatch" and n.when == {"urgency": ("1",)}]
    assert [n.to for n in urgent] == [("unit-chief",)]
    assert report("ningxiang").transitions["alert"].when == {"urgency": ("1",)}


def test_ningxiangs_four_classes_of_kinds() -> None:
    codes = {category.code[:2] for category in programme("ningxiang").categories.categories.values() if category.code}
    assert codes == {"01", "02", "03", "04"}


def test_haidians_property_manager_confirms_on_the_spot_and_handles() -> None:
    moves = report("haidian").transitions
    assert "property" in moves["confirm"].by
    assert "property" in moves["resolve"].by
    assert "dispatched" not in moves["resolve"].from_, "confirming comes before handling"


def test_in_haidian_a_rider_helps_on_the_spot_in_one_step_and_somebody_else_verifies() -> None:
    flow = report("haidian")
    help_ = flow.transitions["help"]
    assert (help_.from_, help_.to, help_.by) == (("reported",), "helped", ("rider",))
    assert "help" in flow.transitions["check"].not_by
    assert "result_photos" not in help_.needs


def test_what_the_property_manager_finds_untrue_somebody_else_looks_at_before_it_is_invalid() -> None:
    moves = report("haidian").transitions
    assert moves["refute"].to == "refuted"
    assert report("haidian").states["refuted"].final is None
    assert "refute" in moves["discard"].not_by


@pytest.mark.parametrize("name", FOUR)
def test_a_returned_case_may_only_be_rerouted(name: str) -> None:
    leaving = {trigger for trigger, move in report(name).transitions.items() if "returned" in move.from_}
    assert leaving <= {"redispatch", "convene", "emergency"}, "never invalid, never closed"
    assert report(name).transitions["redispatch"].needs == ("unit",)


def test_what_is_too_big_in_haidian_waits_for_a_named_clearing_day() -> None:
    flow = report("haidian")
    assert flow.transitions["gather"].to == "clearing"
    assert "review_on" in flow.transitions["gather"].needs
    due = flow.clocks["clearing"].due
    assert due is not None
    assert due.fact == "review_on"


def test_najin_asks_for_a_photo_and_names_a_tracker() -> None:
    flow = report("najin")
    assert flow.facts["photos"].required
    assert flow.facts["tracker"].type == "person"
    assert "tracker" in flow.transitions["classify"].needs
    assert all(any("tracker" in rung.notify for rung in rungs) for rungs in flow.ladders.values())


def test_each_step_of_najin_has_a_limit_and_together_they_make_the_hour() -> None:
    clocks = report("najin").clocks
    steps = [limit(clocks[name], urgency="3") or "" for name in ("classifying", "dispatching", "handling", "verifying")]
    assert sum(int(words.split()[0]) for words in steps) == 60
    assert all(words.endswith("minutes") for words in steps)


def test_najins_emergency_plan_tells_the_unit_and_municipal_services_by_the_same_move() -> None:
    flow = report("najin")
    assert flow.transitions["emergency"].when == {"urgency": ("1",)}
    starts = flow.transitions["emergency"].starts
    assert starts is not None
    assert {named.is_ for named in starts.named} == set(programme("najin").plans.plans)
    assert flow.transitions["resolve"].needs_done == ("plan",), "nothing is resolved before every step is ticked"
    assert any({"handler", "unit-chief", "municipal-watch"} <= set(n.to) for n in flow.notices if n.on == "emergency")


def test_najins_joint_meeting_and_the_border() -> None:
    flow = report("najin")
    assert flow.transitions["return"].most == 2
    assert flow.transitions["decide"].from_ == ("joint_meeting",)
    assert "unit" in flow.transitions["decide"].needs
    assert flow.transitions["decide"].by == ("linked",), "the meeting is a case of its own, and its decision binds"
    assert programme("najin").workflows["joint-meeting"].opened_by == ("linked",)
    assert limit(flow.clocks["handover"]) == "15 minutes"
    assert [rung.do for rung in flow.ladders["handover"]] == [None, "take_back"], "nobody accepted: it is ours again"


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(FOUR, 2)))
def test_the_four_differ_in_states_clocks_and_people(one: str, other: str) -> None:
    a, b = programme(one), programme(other)
    assert set(report(one).states) != set(report(other).states)
    assert set(report(one).transitions) != set(report(other).transitions)
    assert set(report(one).clocks) != set(report(other).clocks)
    assert not set(a.people.people) & set(b.people.people)
    assert a.programme.prefix != b.programme.prefix


@pytest.mark.parametrize("name", FOUR)
def test_a_report_costs_the_rider_no_more_than_a_line_and_a_photo(name: str) -> None:
    needed = {fact for fact, what in report(name).facts.items() if what.required}
    assert needed == ({"description", "photos"} if name == "najin" else {"description"})


@pytest.mark.parametrize("name", FOUR)
def test_there_is_a_straight_way_from_the_report_to_its_end(name: str) -> None:
    moves = report(name).transitions
    state = report(name).initial
    for trigger in ("classify", "dispatch", "sign", "arrive", "confirm", "resolve", "verify"):
        if trigger in moves:
            assert state in moves[trigger].from_, f"{trigger} is not possible from {state}"
            state = moves[trigger].to or state
    assert report(name).states[state].final == "done"


@pytest.mark.parametrize("name", FOUR)
def test_nobody_verifies_his_own_work(name: str) -> None:
    assert "resolve" in report(name).transitions["verify"].not_by


@pytest.mark.parametrize("name", FOUR)
def test_no_ladder_chases_a_rider(name: str) -> None:
    riders = {role for role, what in programme(name).people.roles.items() if what.rider}
    assert riders
    told = {role for rungs in report(name).ladders.values() for rung in rungs for role in rung.notify}
    assert not told & (riders | {"reporter"})


@pytest.mark.parametrize("name", FOUR)
def test_the_rider_hears_of_receipt_result_closure_and_refusal(name: str) -> None:
    heard = {notice.on for notice in report(name).notices if "reporter" in notice.to}
    assert {"open", "resolve", "verify", "discard"} <= heard


@pytest.mark.parametrize("name", FOUR)
def test_each_unit_has_a_chief_and_somebody_to_handle_who_is_no_rider(name: str) -> None:
    whole = programme(name)
    for unit in whole.units.ours:
        people = [p for p in whole.people.people.values() if p.unit == unit and p.email and "rider" not in p.roles]
        assert any("unit-chief" in p.roles for p in people), unit
        assert any({"handler", "property"} & set(p.roles) for p in people), unit


@pytest.mark.parametrize("name", FOUR)
def test_the_desk_is_manned_at_every_minute_of_the_week(name: str) -> None:
    manned: set[int] = set()
    for shift in programme(name).people.rota["duty"]:
        begin, end = minutes_of(shift.hours)
        for day in shift.days:
            first = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day) * 1440 + begin
            manned |= {minute % 10080 for minute in range(first, first + (end - begin) % 1440)}
    assert len(manned) == 10080


@pytest.mark.parametrize("name", [*FOUR, "boston"])
def test_everybody_has_an_address_and_some_have_two(name: str) -> None:
    addresses = [person.email for person in programme(name).people.people.values()]
    assert all(addresses)
    assert any(len(email) > 1 for email in addresses)


@pytest.mark.parametrize("name", [*FOUR, "boston"])
def test_what_is_defined_is_used(name: str) -> None:
    whole = programme(name)
    said, hours = set(whole.programme.fallback), set[str | None]()
    for flow in whole.workflows.values():
        said |= {w for move in flow.transitions.values() for w in move.by} | set(flow.opened_by)
        said |= {w for notice in flow.notices for w in notice.to} | {
            w for rungs in flow.ladders.values() for rung in rungs for w in rung.notify
        }
        hours |= {clock.hours for clock in flow.clocks.values()} | {t.hours for c in flow.clocks.values() for t in c.within or ()}
        assert set(flow.ladders) == {clock.ladder for clock in flow.clocks.values() if clock.ladder}
    assert {name for name, role in whole.people.roles.items() if not role.rider} <= said
    assert {role for person in whole.people.people.values() for role in person.roles} == set(whole.people.roles)
    assert set(whole.calendars.calendars) <= hours


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("Schedule a Bulk Item Pickup", "2 working days"),
        ("Sticker Request", "2 working days"),
        ("Missed Trash/Recycling/Yard Waste/Bulk Item", "2 working days"),
        ("Street Light Outages", "10 working days"),
        ("Unsatisfactory Living Conditions", "120 days"),
        ("Rodent Activity", "30 days"),
        # a type that no month has had before is no error and has no target
        ("Unicorn Sighting", None),
    ],
)
def test_bostons_own_targets_by_type(type_: str, words: str | None) -> None:
    flow = report("boston")
    assert flow.facts["type"].type == "text", "any other month may bring other types"
    assert limit(flow.clocks["own"], type=type_) == words


def test_boston_keeps_the_citys_own_promise_beside_it() -> None:
    due = report("boston").clocks["promised"].due
    assert due is not None
    assert due.fact == "target"
