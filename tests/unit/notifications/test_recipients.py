from __future__ import annotations

import timeit
from typing import Any

import pytest

from notifications import directory, recipients
from notifications.recipients import Why
from tests.unit.notifications import town


@pytest.mark.parametrize(
    ("when", "who"),
    [
        # the day shift sits from eight to eight
        ("2026-11-20T08:00", "wang"),
        ("2026-11-20T19:59", "wang"),
        # the night shift goes on after midnight
        ("2026-11-20T20:00", "zhao"),
        ("2026-11-21T03:00", "zhao"),
        # and from Sunday night into Monday
        ("2026-11-23T07:59", "zhao"),
        ("2026-11-23T08:00", "wang"),
    ],
)
def test_a_desk_is_whoever_is_on_the_rota_at_that_minute(when: str, who: str) -> None:
    assert recipients.find(town.a_directory(), ("duty",), town.about(when), chase=True).people == (who,)


def test_a_shift_over_midnight_belongs_to_the_day_it_begins() -> None:
    rota = {"duty": [{"hours": "22:00-06:00", "days": ["fri"], "who": ["zhao"]}]}
    directory = town.a_directory(rota=rota)
    assert recipients.find(directory, ("duty",), town.about("2026-11-21T05:00"), chase=True).people == ("zhao",)  # a Saturday morning
    missing = recipients.find(directory, ("duty",), town.about("2026-11-20T05:00"), chase=True)  # Friday morning
    assert missing.people == ()
    assert missing.how == ("duty: nobody is on the rota at that minute",)


def test_a_unit_role_means_the_cases_unit_and_who_has_no_address_is_not_reached() -> None:
    reached = recipients.find(town.a_directory(), ("handler",), town.about(unit="lights"), chase=True)
    assert reached.people == ("li",)
    assert reached.how == ("li is handler of the unit lights", "mute (handler) has no e-mail address: not reached")


@pytest.mark.parametrize(
    ("words", "case", "why"),
    [
        (("handler",), {}, Why.NO_UNIT),
        (("handler",), {"unit": "empty"}, Why.EMPTY_UNIT),
        (("reporter",), {}, Why.ANONYMOUS),
        (("reporter",), {"reporter": "left"}, Why.GONE),
        (("tracker",), {}, Why.NO_TRACKER),
        (("on_behalf_of",), {}, Why.NOT_GIVEN),
        (("on_behalf_of",), {"facts": {"on_behalf_of": {"name": "张大爷", "phone": "13800000000"}}}, Why.NO_ADDRESS),
        (("inspector",), {}, Why.EMPTY_ROLE),
    ],
)
def test_who_is_not_reached_is_said_with_the_reason(words: tuple[str, ...], case: dict[str, Any], why: Why) -> None:
    reached = recipients.find(town.a_directory(), words, town.about(**case), chase=False)
    assert reached.people == ()
    assert [hit.why for hit in reached.missed] == [why]
    assert all(said and "{" not in said and "None" not in said for language in ("zh", "en") for said in reached.say(language))


def test_an_anonymous_reporter_is_recorded_as_such() -> None:
    reached = recipients.find(town.a_directory(), ("reporter",), town.about(), chase=False)
    assert reached.how == ("reporter: anonymous, no address: recorded as such",)
    assert reached.say("zh") == ("reporter：匿名，无地址，已如实记录",)


def test_a_resident_named_in_a_fact_hears_and_so_does_a_person_named_by_id() -> None:
    facts = {"on_behalf_of": {"name": "张大爷", "email": "zhang@example.org"}, "adviser": "zhou"}
    reached = recipients.find(
        town.a_directory(), ("reporter", "on_behalf_of", "adviser"), town.about(reporter="ma", facts=facts), chase=False
    )
    assert reached.people == ("ma", "fact:on_behalf_of", "zhou")


@pytest.mark.parametrize(
    ("words", "case"),
    [
        (("rider",), {}),
        (("reporter",), {"reporter": "ma"}),
        (("tracker",), {"tracker": "ma"}),
        (("handler",), {"unit": "grid"}),  # a handler who rides
        (("helper",), {"facts": {"helper": "both"}}),
    ],
)
def test_a_rider_is_never_chased_by_whatever_word(words: tuple[str, ...], case: dict[str, Any]) -> None:
    directory, case_now = town.a_directory(), town.about(**case)
    assert recipients.find(directory, words, case_now, chase=True).people == ()
    assert recipients.find(directory, words, case_now, chase=True).missed[0].why is Why.RIDER
    assert recipients.find(directory, words, case_now, chase=False).people != ()


def test_nobody_is_named_twice_and_the_order_of_the_words_stays() -> None:
    directory = town.a_directory(people={"sun": {"name": "孙", "roles": ["leader", "duty"], "email": "sun@example.org"}})
    reached = recipients.find(directory, ("leader", "duty", "tracker"), town.about(tracker="sun"), chase=True)
    assert reached.people == ("zhou", "sun", "wang")
    assert [hit.word for hit in reached.hits] == ["leader", "leader", "duty"]


def test_for_people_the_sentences_have_names_and_titles() -> None:
    directory = town.a_directory(roles={"handler": {"title": {"zh": "承办人", "en": "Handler"}, "scope": "unit"}})
    reached = recipients.find(directory, ("handler", "tracker"), town.about(unit="lights"), chase=True)
    assert recipients.explain(directory, reached.hits, "zh") == ("李师傅 是承办单位 测试镇 的 承办人",)
    assert recipients.explain(directory, reached.missed, "zh") == ("无邮箱（承办人）没有电子邮箱：未通知到", "跟踪专人：此件未指定跟踪专人")


def test_a_contact_has_the_addresses_in_their_order_and_an_erased_one_has_none() -> None:
    directory = town.a_directory()
    assert recipients.contact(directory, "li", {}).addresses == ("li@example.org", "li2@example.org")
    assert recipients.contact(directory, "zhou", {}).language == "en"
    facts = {"on_behalf_of": {"name": "张大爷", "email": "zhang@example.org"}}
    assert recipients.contact(directory, "fact:on_behalf_of", facts) == recipients.Contact(
        name="张大爷", addresses=("zhang@example.org",), language=None
    )
    assert recipients.contact(directory, "fact:on_behalf_of", {}).addresses == ()
    assert recipients.contact(directory, "left", {}).addresses == ()


@pytest.mark.parametrize(
    ("zone", "when", "who"),
    [
        # the clocks go back at 2:00 on 2026-10-25: both hours "02:30" are the night shift's
        ("Europe/Berlin", "2026-10-25T02:30", "zhao"),
        ("Europe/Berlin", "2026-10-25T08:00", "wang"),
        # half an hour of summer time
        ("Australia/Lord_Howe", "2026-10-04T08:00", "wang"),
        ("Asia/Kathmandu", "2026-11-20T07:59", "zhao"),
    ],
)
def test_the_rota_goes_by_the_wall_clock_of_the_programmes_zone(zone: str, when: str, who: str) -> None:
    directory = town.a_directory(time_zone=zone)
    case = recipients.About(unit=None, reporter=None, tracker=None, facts={}, at=town.at(when, zone))
    assert recipients.find(directory, ("duty",), case, chase=True).people == (who,)


def test_finding_is_cheap_enough_for_every_transition() -> None:
    directory, case = town.a_directory(), town.about(unit="lights", reporter="ma")
    seconds = min(
        timeit.repeat(lambda: recipients.find(directory, ("duty", "handler", "reporter"), case, chase=False), number=2000, repeat=3)
    )
    assert seconds / 2000 < 100e-6  # some 5 µs; a zoneinfo datetime or a walk over people in it would not pass


def test_overlapping_shifts_seat_everybody_once_in_the_order_of_the_shifts() -> None:
    shifts = [
        {"hours": "08:00-20:00", "who": ["wang", "zhao"]},
        {"hours": "12:00-14:00", "who": ["zhao", "li"]},
        {"hours": "19:00-08:00", "who": ["li"]},
    ]
    people = town.a_directory(rota={"duty": shifts})
    seated = {
        at: people.seated("duty", people.seat("duty", town.at(f"2026-11-23T{at}"))) for at in ("07:59", "11:59", "13:00", "19:30", "20:00")
    }
    assert seated == {
        "07:59": ("li",),
        "11:59": ("wang", "zhao"),
        "13:00": ("wang", "zhao", "li"),
        "19:30": ("wang", "zhao", "li"),
        "20:00": ("li",),
    }


def test_the_nearest_unit_above_answers_however_far_it_is() -> None:
    far = {f"u{n}": {"title": town.TITLE, "part_of": f"u{n + 1}" if n < 2000 else "lights"} for n in range(2001)}
    live = town.a_live()
    units = live.units.model_validate(
        {"units": {**far, "lights": {"title": town.TITLE}, "alone": {"title": town.TITLE, "part_of": "alone"}}}
    )
    within = directory.Directory(live.model_copy(update={"units": units})).within
    assert {within["handler", unit] for unit in far} == {("li", "mute")}
    assert ("handler", "alone") not in within
