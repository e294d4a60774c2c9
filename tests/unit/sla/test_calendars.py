"""How long is it, and until when? Tables with the sentence a person would say, and the laws of every measure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sla import calendars, errors
from tests.unit.sla import making

AROUND = "2026-11-20"  # a Friday


@pytest.mark.parametrize(
    ("begun", "within", "due"),
    [
        # ten minutes begun five minutes before closing end five minutes after the next opening
        ("2026-11-20T17:25", "10 working minutes", "2026-11-23T08:35"),
        # the Sunday before National Day is a make-up working day
        ("2026-09-18T17:00", "2 working hours", "2026-09-20T10:00"),
        # the last hour of the day ends at closing, not at the next opening
        ("2026-11-20T16:30", "1 hour", "2026-11-20T17:30"),
        # an hour before lunch, an hour after it
        ("2026-11-20T11:00", "2 hours", "2026-11-20T15:00"),
        # begun on a Saturday, counted from Monday's opening
        ("2026-11-21T10:00", "1 hour", "2026-11-23T09:30"),
        # Mid-Autumn's Friday and its weekend count nothing
        ("2026-09-24T17:00", "1 hour", "2026-09-28T09:00"),
        # National Day's week: from 30 September's last hour to 8 October
        ("2026-09-30T16:30", "2 hours", "2026-10-08T09:30"),
        # the Saturday after it is worked
        ("2026-10-09T17:30", "30 minutes", "2026-10-10T09:00"),
        # the word `working` changes nothing where the clock has hours
        ("2026-11-20T17:25", "10 minutes", "2026-11-23T08:35"),
        # two working days from Friday ten o'clock are Tuesday ten o'clock
        ("2026-11-20T10:00", "2 working days", "2026-11-24T10:00"),
        # before opening and after closing count like the rest of an open date
        ("2026-11-20T20:00", "1 working day", "2026-11-23T20:00"),
        # a day that begins on a Saturday is all of Monday
        ("2026-11-21T10:00", "1 working day", "2026-11-24T00:00"),
        # a day over a make-up Sunday
        ("2026-09-18T10:00", "1 working day", "2026-09-20T10:00"),
        # ten working days: 20 (the make-up Sunday) to 24, 28 to 30 September, 8 and 9 October
        ("2026-09-18T10:00", "10 working days", "2026-10-09T10:00"),
    ],
)
def test_office_hours(begun: str, within: str, due: str) -> None:
    timeline, amount = making.measure(within)
    assert making.local(timeline.add(making.at(begun), amount)) == due


@pytest.mark.parametrize(
    ("zone", "begun", "within", "due"),
    [
        # minutes elapse, at night and on Sundays
        ("Asia/Shanghai", "2026-11-20T23:55", "10 minutes", "2026-11-21T00:05"),
        # two days are the same time two dates later
        ("Asia/Shanghai", "2026-11-20T23:55", "2 days", "2026-11-22T23:55"),
        ("Asia/Shanghai", "2026-11-20T23:55", "1 week", "2026-11-27T23:55"),
        # over the night the clocks go forward, a day is 23 hours
        ("America/New_York", "2026-03-07T12:00", "1 day", "2026-03-08T12:00"),
        ("America/New_York", "2026-03-07T12:00", "24 hours", "2026-03-08T13:00"),
        # to an hour that does not exist: the moment that takes its place
        ("America/New_York", "2026-03-07T02:30", "1 day", "2026-03-08T03:00"),
        # over the night they go back, a day is 25 hours
        ("America/New_York", "2026-10-31T12:00", "1 day", "2026-11-01T12:00"),
        ("America/New_York", "2026-10-31T12:00", "24 hours", "2026-11-01T11:00"),
        # a hundred and twenty days over the end of summer time (Boston, July 2011)
        ("America/New_York", "2011-07-15T09:41", "120 days", "2011-11-12T09:41"),
    ],
)
def test_round_the_clock(zone: str, begun: str, within: str, due: str) -> None:
    timeline, amount = making.measure(within, "always", zone)
    assert making.local(timeline.add(making.at(begun, zone), amount), zone) == due


def test_a_day_that_ends_in_the_repeated_hour_ends_in_its_first_pass() -> None:
    timeline, amount = making.measure("1 day", "always", "America/New_York")
    due = timeline.add(making.at("2026-10-31T01:30", "America/New_York"), amount)
    assert due == making.at("2026-11-01T01:30", "America/New_York")
    assert timeline.between(due, due + 3_600_000_000) == 30 * 60_000_000  # the second pass stands still


@pytest.mark.parametrize(
    ("week", "begun", "within", "due"),
    [
        # a window over midnight belongs to the day it begins: Friday's night ends on Saturday morning
        ({"mon-fri": ["22:00-06:00"]}, "2026-11-20T23:00", "8 hours", "2026-11-23T23:00"),
        # Saturday has no night of its own
        ({"mon-fri": ["22:00-06:00"]}, "2026-11-21T23:00", "1 hour", "2026-11-23T23:00"),
        # to the day's end is 24:00, not 23:59
        ({"mon-fri": ["18:00-24:00"]}, "2026-11-20T23:59", "2 minutes", "2026-11-23T18:01"),
        # nights that touch mornings are one
        ({"mon-sun": ["00:00-06:00", "22:00-24:00"]}, "2026-11-20T23:00", "7 hours", "2026-11-21T06:00"),
        # windows that overlap count once
        ({"mon-sun": ["08:00-12:00", "10:00-14:00"]}, "2026-11-20T08:00", "6 hours", "2026-11-20T14:00"),
        # round the clock over New Year's Eve
        ({"mon-sun": ["00:00-24:00"]}, "2026-12-31T23:00", "2 hours", "2027-01-01T01:00"),
        ({"mon-sun": ["22:00-06:00"]}, "2026-12-31T23:00", "8 hours", "2027-01-01T23:00"),
    ],
)
def test_windows(week: dict[str, list[str]], begun: str, within: str, due: str) -> None:
    timeline, amount = making.measure(within, "own", own=making.a_calendar(week))
    assert making.local(timeline.add(making.at(begun), amount)) == due


@pytest.mark.parametrize(
    ("exceptions", "more", "begun", "within", "due"),
    [
        # the town closes on Monday for its fair
        ({"2026-11-23": "closed"}, {}, "2026-11-20T17:00", "1 hour", "2026-11-24T09:00"),
        # the town works on a Saturday, in Monday's hours
        ({"2026-11-21": "open"}, {}, "2026-11-20T17:00", "1 hour", "2026-11-21T09:00"),
        # or in hours of its own
        ({"2026-11-21": ("10:00-11:00",)}, {}, "2026-11-20T17:00", "1 hour", "2026-11-21T10:30"),
        # the town's word goes before the statutory list: open on National Day, closed on a make-up day
        ({"2026-10-01": "open"}, {}, "2026-09-30T17:00", "1 hour", "2026-10-01T09:00"),
        ({"2026-09-20": "closed"}, {}, "2026-09-18T17:00", "1 hour", "2026-09-21T09:00"),
        # make-up days have hours of their own where the calendar says so
        ({}, {"makeup": ["09:00-12:00"]}, "2026-09-18T17:00", "1 hour", "2026-09-20T09:30"),
        # a day that is not open counts nothing, in days as in hours
        ({"2026-11-23": "closed"}, {}, "2026-11-20T10:00", "1 day", "2026-11-24T10:00"),
    ],
)
def test_exceptions(exceptions: dict[str, object], more: dict[str, Any], begun: str, within: str, due: str) -> None:
    office = making.a_calendar(holidays="CN", **more)
    amount = making.measure(within)[1]
    unit = "days" if "day" in within else "time"
    timeline = making.timelines(exceptions={"office": exceptions}, office=office).of("office", unit)
    assert making.local(timeline.add(making.at(begun), amount)) == due


def test_a_night_window_of_a_closed_day_is_closed_after_midnight_too() -> None:
    own = making.a_calendar({"mon-sun": ["22:00-06:00"]})
    night = making.timelines(exceptions={"own": {"2026-11-20": "closed"}}, own=own).of("own", "time")
    assert night.between(making.at("2026-11-20T00:00"), making.at("2026-11-20T06:00")) == 6 * 3_600_000_000  # Thursday's
    assert night.between(making.at("2026-11-20T06:00"), making.at("2026-11-21T22:00")) == 0


def test_the_year_without_a_published_list_is_provisional_and_plain() -> None:
    times = making.timelines(own=making.a_calendar())
    assert [times.provisional("office", year) for year in (2025, 2026, 2027, 2200)] == [False, False, True, True]
    assert not times.provisional("own", 2027)  # it follows no list
    assert not times.provisional("always", 2027)
    office = times.of("office", "time")
    assert making.local(office.add(making.at("2027-02-05T17:00"), 3_600_000_000)) == "2027-02-08T09:00"  # no guess at Spring Festival


def test_the_fingerprint_follows_what_is_known() -> None:
    plain = making.timelines().fingerprint()
    assert making.timelines().fingerprint() == plain
    assert making.timelines(exceptions={"office": {}}).fingerprint() == plain
    assert making.timelines(exceptions={"office": {"2026-11-23": "closed"}}).fingerprint() != plain
    assert making.timelines(office=making.a_calendar()).fingerprint() != plain
    assert making.timelines("Asia/Urumqi").fingerprint() != plain


def test_segments_tell_why() -> None:
    office = making.timelines(exceptions={"office": {"2026-09-21": "closed"}}).of("office", "time")
    found = office.segments(making.at("2026-09-19T10:00"), making.at("2026-09-22T10:00"))
    assert [(making.local(s.begin), making.local(s.end), s.kind, s.rule) for s in found] == [
        ("2026-09-19T10:00", "2026-09-20T00:00", "closed", "office: closed on sat"),
        ("2026-09-20T00:00", "2026-09-20T08:30", "closed", "office: outside opening hours"),
        ("2026-09-20T08:30", "2026-09-20T12:00", "makeup", "office: 2026-09-20 is a make-up working day"),
        ("2026-09-20T12:00", "2026-09-20T14:00", "closed", "office: outside opening hours"),
        ("2026-09-20T14:00", "2026-09-20T17:30", "makeup", "office: 2026-09-20 is a make-up working day"),
        ("2026-09-20T17:30", "2026-09-21T00:00", "closed", "office: outside opening hours"),
        ("2026-09-21T00:00", "2026-09-22T00:00", "closed", "office: 2026-09-21 closed by the town"),
        ("2026-09-22T00:00", "2026-09-22T08:30", "closed", "office: outside opening hours"),
        ("2026-09-22T08:30", "2026-09-22T10:00", "running", "office: open on tue"),
    ]


def test_segments_of_days_and_of_nights() -> None:
    days = making.timelines().of("office", "days").segments(making.at("2026-09-24T10:00"), making.at("2026-09-28T10:00"))
    assert [(making.local(s.begin), s.kind, s.rule) for s in days] == [
        ("2026-09-24T10:00", "running", "office: open on thu"),
        ("2026-09-25T00:00", "holiday", "office: 2026-09-25 Mid-Autumn Festival"),
        ("2026-09-26T00:00", "holiday", "office: 2026-09-26 weekend of Mid-Autumn Festival"),
        ("2026-09-27T00:00", "holiday", "office: 2026-09-27 weekend of Mid-Autumn Festival"),
        ("2026-09-28T00:00", "running", "office: open on mon"),
    ]
    own = making.a_calendar({"thu": ["22:00-06:00"]})
    night = making.timelines(own=own).of("own", "time").segments(making.at("2026-11-19T20:00"), making.at("2026-11-20T08:00"))
    assert [(making.local(s.begin), s.kind, s.rule) for s in night] == [
        ("2026-11-19T20:00", "closed", "own: outside opening hours"),
        ("2026-11-19T22:00", "running", "own: open on thu"),
        ("2026-11-20T06:00", "closed", "own: closed on fri"),
    ]
    always = making.timelines().of("always", "days").segments(making.at("2026-11-19T20:00"), making.at("2026-11-20T08:00"))
    assert [(s.kind, s.rule) for s in always] == [("running", "days by the wall clock of Asia/Shanghai")]


def test_a_promise_is_a_date_to_its_end_or_a_moment() -> None:
    times = making.timelines()
    assert making.local(times.moment("review_on", "2026-12-01")) == "2026-12-02T00:00"
    assert making.local(times.moment("review_on", "2026-12-01T17:30:00+08:00")) == "2026-12-01T17:30"
    assert times.promised(times.moment("review_on", "2026-12-01")) == "2026-12-01"
    assert times.promised(times.moment("review_on", "2026-12-01T17:30:00+08:00")) == "2026-12-01T17:30:00+08:00"


@pytest.mark.parametrize("value", ["tomorrow", "2026-13-01", "2026-12-01T17:30:00", 20261201])
def test_a_promise_that_is_no_date_says_how_to_write_one(value: object) -> None:
    with pytest.raises(errors.BadPromise, match="a due date is written 2026-12-01"):
        making.timelines().moment("review_on", value)


def test_unknown_hours_name_the_known_ones() -> None:
    with pytest.raises(errors.UnknownHours, match=r"no calendar is called `offise`; write `always` or one of: office"):
        making.timelines().of("offise", "time")


def test_an_unknown_zone_says_what_is_one() -> None:
    with pytest.raises(errors.UnknownZone, match="Asia/Shanghai"):
        calendars.Timelines({}, "China/Peking")


@pytest.mark.parametrize("days", [{}, {"2026-11-21": "closed"}, {"2026-11-21": ("10:00-11:00",)}])
def test_a_calendar_that_never_opens_is_an_error_with_a_remedy(days: dict[str, object]) -> None:
    own = making.a_calendar({"mon": []}, days=days)
    timeline = making.timelines(own=own).of("own", "time")
    assert timeline.between(making.at("2026-11-01T00:00"), making.at("2026-12-01T00:00")) <= 3_600_000_000
    with pytest.raises(errors.NeverOpens, match=r"give its `week` windows"):
        timeline.add(making.at("2026-11-01T00:00"), 2 * 3_600_000_000)


def test_a_century_of_working_hours_is_counted_without_complaint() -> None:
    timeline, amount = making.measure("200000 hours")
    due = timeline.add(making.at("2026-11-20T10:00"), amount)
    assert timeline.between(making.at("2026-11-20T10:00"), due) == amount
    assert date.fromisoformat(making.local(due)[:10]).year > 2120
