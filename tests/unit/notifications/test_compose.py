from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from notifications import compose
from notifications.compose import Message, Place
from tests.unit.notifications import town

DUE = Place(clock="dispatching", round=1, rung=0)


def rung(
    ladder: list[dict[str, Any]], place: Place = DUE, skipped: tuple[tuple[int, int], ...] = (), *, urgent: bool = False, **case: Any
) -> tuple[tuple[Message, ...], bool]:
    live = case.pop("live", {})
    plan = compose.plan(town.a_definition(ladder=ladder))
    return compose.rung(
        plan, town.a_directory(**live), town.about(case.pop("when", "2026-11-20T09:00"), **case), place, skipped, urgent=urgent
    )


def notices(given: list[dict[str, Any]], trigger: str, *, urgent: bool = False, **case: Any) -> tuple[Message, ...]:
    live = case.pop("live", {})
    plan = compose.plan(town.a_definition(notices=given))
    return compose.notices(plan, town.a_directory(**live), town.about(case.pop("when", "2026-11-20T09:00"), **case), trigger, urgent=urgent)


def told(messages: tuple[Message, ...]) -> list[tuple[str, str, str]]:
    return [(m.recipient, m.kind, m.template) for m in messages]


def test_a_notice_goes_to_those_it_names_on_its_trigger_only() -> None:
    given = [{"on": "open", "to": ["reporter"], "template": "received"}]
    assert told(notices(given, "open", reporter="ma")) == [("ma", "notice", "received")]
    assert notices(given, "dispatch", reporter="ma") == ()
    assert notices(given, "open") == ()


def test_who_is_named_twice_gets_one_message_by_the_first_template() -> None:
    given = [
        {"on": "verify", "to": ["reporter"], "template": "closed"},
        {"on": "verify", "to": ["leader", "reporter"], "template": "result"},
    ]
    assert told(notices(given, "verify", reporter="zhou")) == [("zhou", "notice", "closed")]


@pytest.mark.parametrize(
    ("when", "facts", "hears"),
    [
        ({"urgency": 1}, {"urgency": "1"}, True),
        ({"urgency": [1, 2]}, {"urgency": "2"}, True),
        ({"urgency": [1, 2]}, {"urgency": "3"}, False),
        ({"urgency": 1}, {}, False),
        ({"danger": True}, {"danger": True}, True),
        ({"danger": True}, {"danger": False}, False),
        ({"category": ["gas", "fire"], "urgency": 1}, {"category": "gas", "urgency": "2"}, False),
        ({"category": ["gas", "fire"], "urgency": 1}, {"category": "gas", "urgency": "1"}, True),
        ({"category": "gas"}, {"category": ["lamp", "gas"]}, True),
    ],
)
def test_a_notice_with_a_condition_is_told_when_every_fact_matches(when: dict[str, Any], facts: dict[str, Any], hears: bool) -> None:
    given = [{"on": "open", "to": ["leader"], "template": "received", "when": when}]
    assert bool(notices(given, "open", facts=facts)) is hears


def test_quiet_hours_delay_and_never_drop() -> None:
    given = [{"on": "open", "to": ["leader", "duty"], "template": "received"}]
    leader, duty = notices(given, "open", when="2026-11-20T23:15")
    assert leader.not_before == town.at("2026-11-21T06:30")
    assert duty.not_before == town.at("2026-11-20T23:15")


def test_what_is_urgent_passes_quiet_hours() -> None:
    given = [{"on": "open", "to": ["leader"], "template": "received"}]
    (leader,) = notices(given, "open", when="2026-11-20T23:15", urgent=True)
    assert leader.not_before == town.at("2026-11-20T23:15")


def test_a_rider_hears_his_result_after_the_meal_peak() -> None:
    given = [{"on": "resolve", "to": ["reporter"], "template": "result"}]
    (rider,) = notices(given, "resolve", reporter="ma", when="2026-11-20T12:15")
    assert rider.not_before == town.at("2026-11-20T13:00")


def test_the_programmes_quiet_hours_hold_for_everybody() -> None:
    given = [{"on": "open", "to": ["duty", "on_behalf_of"], "template": "received"}]
    facts = {"on_behalf_of": {"email": "zhang@example.org"}}
    sent = notices(given, "open", when="2026-11-20T23:15", facts=facts, live={"quiet": ["23:00-05:00"]})
    assert {m.not_before for m in sent} == {town.at("2026-11-21T05:00")}


def test_urgency_is_what_the_programme_calls_urgent() -> None:
    directory = town.a_directory()
    assert compose.is_urgent(directory, {"urgency": "1"})
    assert not compose.is_urgent(directory, {"urgency": "2"})
    assert not compose.is_urgent(directory, {})
    assert compose.is_urgent(town.a_directory(urgent={"category": ["gas"]}), {"category": "gas"})


def test_a_rung_tells_its_people_and_says_which_rung_it_is() -> None:
    messages, reached = rung([{"at": "due", "notify": ["duty"], "template": "overdue"}])
    assert reached
    assert messages == (
        Message(
            recipient="wang", channel="email", template="overdue", kind="ladder", clock="dispatching", round=1, rung=0,
            urgent=False, not_before=town.at("2026-11-20T09:00"),
        ),
    )  # fmt: skip


def test_a_rung_goes_to_the_recipients_of_those_it_stands_for_too() -> None:
    ladder = [
        {"at": "80%", "notify": ["handler"], "template": "due-soon"},
        {"at": "due", "notify": ["duty"], "template": "overdue"},
        {"after": "10 minutes", "notify": ["leader"], "template": "supervise"},
    ]
    messages, reached = rung(ladder, Place(clock="dispatching", round=1, rung=2), ((0, 0), (1, 0)), unit="lights")
    assert reached
    assert told(messages) == [("zhou", "ladder", "supervise"), ("li", "ladder", "supervise"), ("wang", "ladder", "supervise")]


def test_a_tracker_is_told_what_ladders_tell_unless_he_rides() -> None:
    ladder = [{"at": "due", "notify": ["duty"], "template": "overdue"}]
    assert [m.recipient for m in rung(ladder, tracker="zhou")[0]] == ["wang", "zhou"]
    assert [m.recipient for m in rung(ladder, tracker="ma")[0]] == ["wang"]


def test_no_ladder_chases_a_rider_even_if_he_is_the_handler() -> None:
    messages, reached = rung([{"at": "due", "notify": ["handler"], "template": "overdue"}], unit="grid")
    assert not reached
    assert told(messages) == [("zhou", "incident", "unreached")]


def test_a_rung_that_reaches_nobody_goes_to_the_fallback_as_an_incident() -> None:
    ladder = [{"at": "due", "notify": ["handler"], "template": "overdue"}]
    assert told(rung(ladder)[0]) == [("zhou", "incident", "unreached")]
    assert told(rung(ladder, live={"fallback": ["wang"]})[0]) == [("wang", "incident", "unreached")]  # a person's id
    messages, reached = rung(ladder, tracker="wang")
    assert not reached
    assert told(messages) == [("wang", "ladder", "overdue"), ("zhou", "incident", "unreached")]


def test_a_fallback_that_reaches_nobody_still_says_so() -> None:
    assert rung([{"at": "due", "notify": ["handler"], "template": "overdue"}], live={"fallback": ["inspector"]}) == ((), False)


def test_a_rung_that_only_pulls_a_trigger_tells_nothing_but_what_it_skipped() -> None:
    ladder: list[dict[str, Any]] = [{"at": "80%", "notify": ["duty"], "template": "due-soon"}, {"at": "due", "do": "resume"}]
    place = Place(clock="dispatching", round=1, rung=1)
    assert rung(ladder, place) == ((), True)
    assert told(rung(ladder, place, ((0, 0),))[0]) == [("wang", "ladder", "due-soon")]


def test_composing_needs_no_template_engine() -> None:
    """The hot path's imports stay small."""
    loaded = "import sys, notifications.compose, notifications.digest, notifications.reach; print('jinja2' in sys.modules, 'asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_whom_the_sieve_keeps_back_hears_nothing() -> None:
    plan = compose.plan(town.a_definition(notices=[{"on": "verify", "to": ["leader", "reporter"], "template": "closed"}]))
    about = town.about("2026-11-20T09:00", reporter="ma")
    assert told(compose.notices(plan, town.a_directory(), about, "verify", urgent=False, sieve=lambda who: who == "ma")) == [
        ("ma", "notice", "closed")
    ]


def test_a_rung_whose_people_are_all_kept_back_has_reached_nobody() -> None:
    """The programme's fallback hears of it, unless it is kept back as well."""
    plan = compose.plan(town.a_definition(ladder=[{"at": "due", "notify": ["duty"], "template": "overdue"}]))
    directory, about = town.a_directory(), town.about("2026-11-20T09:00")
    everybody, _ = compose.rung(plan, directory, about, DUE, (), urgent=False)
    on_duty = {message.recipient for message in everybody}
    messages, reached = compose.rung(plan, directory, about, DUE, (), urgent=False, sieve=lambda who: who not in on_duty)
    assert ([kind for _, kind, _ in told(messages)], reached) == (["incident"], False)
    assert compose.rung(plan, directory, about, DUE, (), urgent=False, sieve=lambda _: False) == ((), False)


ROBOT = {"title": town.TITLE, "kind": "wecom", "address": "env:A_ROBOT"}


def groups(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(m.recipient, m.channel) for m in messages if m.recipient.startswith("robot:")]


@pytest.mark.parametrize(("stands_for", "to", "unit", "heard"), [
    # what is told to the desk goes to the desk's group
    (["duty"], ["duty"], None, True),
    # by whatever other word it is told, it does not
    (["duty"], ["leader"], None, False),
    # what is told to a handler goes to the group of the unit that has the case
    (["lights"], ["handler"], "lights", True),
    (["lights"], ["handler"], "grid", False),
    (["lights"], ["handler"], None, False),
    # but not what is told to others while that unit has it
    (["lights"], ["leader"], "lights", False),
    # a role of units may have a group over all units
    (["handler"], ["handler"], "grid", True),
    # a group hears even where nobody of the role could be reached
    (["empty"], ["handler"], "empty", True),
])  # fmt: skip
def test_for_whom_a_group_stands(stands_for: list[str], to: list[str], unit: str | None, heard: bool) -> None:
    live = {"robots": {"group": {**ROBOT, "for": stands_for}}}
    given = [{"on": "open", "to": to, "template": "received"}]
    assert groups(notices(given, "open", unit=unit, live=live)) == ([("robot:group", "wecom")] if heard else [])


def test_a_group_that_is_named_hears_once_and_by_the_first_notice_that_names_it() -> None:
    live = {"robots": {"group": {**ROBOT, "for": ["duty"]}}}
    given = [
        {"on": "open", "to": ["leader"], "template": "received", "robots": ["group"]},
        {"on": "open", "to": ["duty"], "template": "assigned", "robots": ["group"]},
    ]
    found = notices(given, "open", live=live)
    assert [(m.recipient, m.template) for m in found if m.recipient == "robot:group"] == [("robot:group", "received")]


def test_a_group_that_is_no_longer_in_robots_yaml_is_passed_over() -> None:
    given = [{"on": "open", "to": ["leader"], "template": "received", "robots": ["gone"]}]
    assert groups(notices(given, "open")) == []
    assert groups(notices(given, "open", live={"robots": {"other": ROBOT}})) == []


def test_a_group_is_no_person_a_rung_reaches_nobody_by_it() -> None:
    live = {"robots": {"group": ROBOT}}
    found, reached = rung([{"at": "due", "notify": ["handler"], "template": "overdue", "robots": ["group"]}], unit="empty", live=live)
    assert not reached
    assert groups(found) == [("robot:group", "wecom")]
    assert {m.kind for m in found if not m.recipient.startswith("robot:")} == {"incident"}


def test_the_group_of_a_rung_that_was_skipped_hears_by_the_one_that_stands_for_it() -> None:
    ladder = [
        {"at": "80%", "notify": ["leader"], "template": "due-soon", "robots": ["group"]},
        {"at": "due", "notify": ["leader"], "template": "overdue"},
    ]
    found, _ = rung(ladder, Place(clock="dispatching", round=1, rung=1), ((0, 0),), live={"robots": {"group": ROBOT}})
    assert [(m.recipient, m.template) for m in found if m.recipient == "robot:group"] == [("robot:group", "overdue")]


def test_quiet_hours_hold_for_groups_too_but_not_what_is_urgent() -> None:
    live = {"robots": {"group": {**ROBOT, "for": ["duty"]}}, "quiet": ["22:00-06:00"]}
    given = [{"on": "open", "to": ["duty"], "template": "received"}]
    night = "2026-11-20T23:00"
    (calm,) = [m for m in notices(given, "open", when=night, live=live) if m.recipient == "robot:group"]
    (urgent,) = [m for m in notices(given, "open", when=night, live=live, urgent=True) if m.recipient == "robot:group"]
    assert calm.not_before - urgent.not_before == 7 * 3_600_000_000
