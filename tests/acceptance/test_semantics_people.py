"""semantics.md, "Who" and the tracker: each test carries its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import errors, requests
from states import errors as states_errors
from tests import builders
from tests.acceptance.town import Town, a_town, edited

RIDERS = edited(
    builders.PEOPLE, ("ma:     {name: 马骑手, roles: [rider],", "ma:     {name: 马骑手, roles: [rider, handler], unit: community,")
)
TRACKED = edited(
    builders.WORKFLOW,
    ("  reason:      {type: text", "  tracker:     {type: person, title: {zh: 专人, en: Tracker}}\n  reason:      {type: text"),
    ("needs: [category, urgency, unit]}", "needs: [category, urgency, unit], takes: [tracker]}"),
)


def test_a_person_is_an_id_in_one_programme(town: Town) -> None:
    """A *person* is an id in one programme with one or more roles and perhaps a unit."""
    number = town.open("2026-11-20T08:00", by="zhao")  # two roles: each of them counts
    assert set(town.case(number, viewer="zhao")["possible"]) == {"dispatch", "discard"}
    with pytest.raises(errors.NotFound, match="no person xu-peng"):  # somebody of another programme is a stranger here
        town.move(number, "dispatch", by="xu-peng", category="lamp", urgency=3, unit="lights")
    with pytest.raises(errors.NotFound, match="no person xu-peng"):
        town.open(by="xu-peng")


def test_handler_and_unit_chief_mean_within_the_cases_unit(town: Town) -> None:
    """`handler`, `unit-chief` mean: with that role within the case's unit"""
    number = town.dispatched("2026-11-20T08:00", unit="lights")
    with pytest.raises(states_errors.RoleRefused):
        town.move(number, "resolve", by="hu", result="看过了")  # a handler too, but of the community
    town.until("2026-11-20T09:00")
    assert [who for who, template in town.told(number) if template == "overdue"] == ["li", "sun"]
    town.move(number, "resolve", by="li", result="换了灯泡")


def test_a_rider_may_be_a_handler(tmp_path: Path) -> None:
    """(a rider may be a handler)"""
    with a_town(tmp_path, people=RIDERS) as town:
        number = town.dispatched("2026-11-20T08:00", unit="community")
        assert {"ma", "hu"} <= {who for who, template in town.told(number) if template == "assigned"}
        town.until("2026-11-20T09:00")
        assert ("ma", "overdue") not in town.told(number)
        assert ("hu", "overdue") in town.told(number)
        assert town.move(number, "resolve", by="ma", result="扶起了井盖").state == "resolved"


@pytest.mark.parametrize(("opened", "desk"), [("07:51:59", "zhao"), ("07:52:00", "wang"), ("19:51:59", "wang"), ("19:52:00", "zhao")])
def test_a_desk_role_means_whoever_is_on_the_rota_at_that_minute(town: Town, opened: str, desk: str) -> None:
    """A desk role means whoever is on the rota at that minute."""
    number = town.open(f"2026-11-20T{opened}")
    town.until("2026-11-21T00:00")
    assert next(who for who, template in town.told(number) if template == "due-soon") == desk


@pytest.mark.parametrize(
    ("by", "unit", "may"), [("hu", None, True), ("hu", "community", True), ("hu", "lights", False), ("ma", None, False)]
)
def test_a_role_within_a_unit_may_open_cases_of_that_unit(tmp_path: Path, by: str, unit: str | None, may: bool) -> None:
    """`handler`, `unit-chief` mean: with that role within the case's unit; before there is a case, within his own or the one he gives."""
    flow = edited(builders.WORKFLOW, ("initial: reported\n", "initial: reported\nopened_by: [handler]\n"))
    with a_town(tmp_path, workflow=flow) as town:
        if may:
            assert town.open("2026-11-20T08:00", by=by, **({"unit": unit} if unit else {}))
        else:
            with pytest.raises(states_errors.RoleRefused):
                town.open("2026-11-20T08:00", by=by, **({"unit": unit} if unit else {}))


def test_where_a_unit_has_nobody_of_a_role_the_unit_above_it_answers(tmp_path: Path) -> None:
    """`part_of` is the unit above, which answers for a role that nobody has here: it is told, and it may act."""
    units = builders.UNITS + "  grid:      {title: {zh: 一网格, en: Grid one}, part_of: community}\n"
    people = edited(builders.PEOPLE, ("  hu: ", "  kong:   {name: 孔网格, roles: [handler], unit: grid, email: kong@example.org}\n  hu: "))
    with a_town(tmp_path, units=units, people=people) as town:
        number = town.dispatched("2026-11-20T08:00", unit="grid")
        town.until("2026-11-20T09:00")
        assert [who for who, template in town.told(number) if template == "overdue"] == ["kong", "hu"]
        with pytest.raises(states_errors.RoleRefused):  # the grid has a handler of its own; hu answers as head of the unit only
            town.move(number, "resolve", by="hu", result="看过了")
        town.acknowledge(number, "handling", by="hu")
        town.move(number, "resolve", by="kong", result="换了灯泡")


def test_who_holds_a_desk_role_may_act_at_any_hour(town: Town) -> None:
    """A desk role means whoever is on the rota …: that is who hears; who may act is whoever holds the role (docs/adr/0009)."""
    number = town.open("2026-11-20T21:00")
    town.move(number, "dispatch", by="wang", category="lamp", urgency=3, unit="lights")  # whose shift ended at eight
    assert town.case(number)["state"] == "dispatched"


def test_a_reporter_is_a_person(town: Town) -> None:
    """A reporter is a person"""
    number = town.open("2026-11-20T08:00", by="ma")
    assert town.case(number)["reporter"] == "ma"
    assert town.told(number) == [("ma", "received")]
    assert [letter.to for letter in town.mails()] == [("ma@example.org",)]


def test_or_anonymous_recorded_as_such_no_dead_letter(town: Town) -> None:
    """or anonymous (no address: recorded as such, no dead letter)"""
    number = town.open("2026-11-20T08:00", by=None)
    assert town.case(number)["reporter"] is None
    assert town.history(number)[0]["actor"] is None
    assert town.messages(number) == []
    assert town.deliver().dead == 0


def test_a_reporter_without_an_address_is_no_dead_letter(tmp_path: Path) -> None:
    """no address: recorded as such, no dead letter"""
    with a_town(tmp_path, people=edited(builders.PEOPLE, (", email: ma@example.org", ""))) as town:
        number = town.open("2026-11-20T08:00", by="ma")
        assert town.messages(number) == []
        assert town.deliver().dead == 0
        assert town.case(number)["reporter"] == "ma"


def test_on_behalf_of_a_resident_who_hears_too(town: Town) -> None:
    """perhaps *on behalf of* a resident who hears too"""
    contact = {"name": "王奶奶", "phone": "13800000000", "email": "granny@example.net"}
    number = town.dispatched("2026-11-20T08:00", urgency=2, on_behalf_of=contact)
    town.move(number, "resolve", "2026-11-20T08:20", by="li", result="换了灯泡")
    town.move(number, "verify", "2026-11-20T08:30", by="qian")
    assert [who for who, template in town.told(number) if template == "closed"] == ["ma", "fact:on_behalf_of"]
    (letter,) = town.mails("granny@example.net")
    assert "王奶奶" in letter.text


@pytest.mark.parametrize("reserved", ["timer", "system"])
def test_timer_and_system_are_reserved_actors(town: Town, reserved: str) -> None:
    """`--as` takes a person's id; `timer` and `system` are reserved actors."""
    number = town.dispatched("2026-11-20T08:00")
    town.move(number, "suspend", by="mayor", reason="等配件", review_on="2026-12-01")
    asked: list[requests.Request] = [
        requests.Opening(programme="testtown", workflow="report", actor=reserved, facts={"description": "路灯"}),
        requests.Move(case=number, trigger="resume", actor=reserved),  # which the timer may
        requests.Move(case=number, trigger="resume", actor=reserved, key="k"),
        requests.Acknowledgement(case=number, clock="whole", actor=reserved),
    ]
    before = town.case(number)
    for request in asked:
        with pytest.raises((errors.EngineError, states_errors.StatesError)):
            town.engine.door.submit(request)
    assert town.case(number) == before
    assert len(town.listed()) == 1
    assert [p.code for p in town.publish(people=edited(builders.PEOPLE, ("  ma: ", f"  {reserved}: ")))] == ["reserved-name"]


def test_a_case_may_name_a_tracker_who_is_told_what_its_ladders_tell(tmp_path: Path) -> None:
    """A case may name a `tracker` (专人), who follows it to its end and is told what its ladders tell."""
    with a_town(tmp_path, workflow=TRACKED) as town:
        number = town.dispatched("2026-11-20T08:00")
        other = town.open("2026-11-20T08:00")
        town.move(other, "dispatch", "2026-11-20T08:00", by="wang", category="lamp", urgency=3, unit="lights", tracker="qian")
        town.until("2026-11-20T09:30")
        plain, tracked = town.told(number), town.told(other)
        rungs = [template for who, template in tracked if who == "qian"]
        assert ("qian", "overdue") not in plain
        assert rungs == ["due-soon", "overdue", "overdue"]  # the warning, the deadline, the leader's rung
        assert [told for told in tracked if told[0] != "qian"] == plain
        town.move(other, "resolve", by="li", result="换了灯泡")
        town.until("2026-11-22T08:00")
        assert [m.clock for m in town.messages(other) if m.recipient == "qian"][3:] == ["verifying", "whole"]  # to its end
