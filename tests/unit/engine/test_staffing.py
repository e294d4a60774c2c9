from __future__ import annotations

import pytest

from config import assumptions, programme, reading
from engine import catalog
from engine import now as times
from engine.simulating import staffing
from notifications import directory
from sla import calendars
from tests import builders

HOUR = 3_600_000_000


def at(words: str) -> int:
    return times.parse(f"{words}+08:00")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> programme.Live:
    people = builders.PEOPLE.replace("roles: [rider], email: ma", "roles: [rider, handler], unit: lights, email: ma")
    whole = reading.read_folder(builders.a_folder(tmp_path_factory.mktemp("town"), people=people)).programme
    assert whole is not None
    return programme.live_of(whole)


def with_staff(live: programme.Live, **at_work: int) -> programme.Live:
    return staffing.staffed(live, {role.replace("_", "-"): assumptions.Staff(at_work=number) for role, number in at_work.items()})


def a_crew(live: programme.Live, role: str, unit: str | None = None, **staff: object) -> staffing.Crew | None:
    timelines = calendars.Timelines(live.calendars.calendars, live.programme.time_zone)
    return staffing.crew(directory.Directory(live), timelines, role, unit, assumptions.Staff.model_validate(staff))


def members(live: programme.Live, role: str, unit: str | None = None) -> tuple[str, ...]:
    crew = a_crew(live, role, unit)
    return () if crew is None else crew.members


def test_more_hands_are_invented_in_every_unit_and_fewer_stay_away(live: programme.Live) -> None:
    more = with_staff(live, handler=3, verifier=2, leader=1)
    assert members(more, "handler", "lights") == ("li", "li-handler-2", "li-handler-3")
    assert members(more, "handler", "community") == ("hu", "hu-handler-2", "hu-handler-3")
    assert members(more, "verifier") == ("qian", "qian-verifier-2")
    assert members(with_staff(more, handler=1), "handler", "lights") == ("li",)
    assert catalog.in_force(more, bundle=0, digest="", newest={}).people.addressed >= {"li-handler-3", "qian-verifier-2"}


def test_a_desk_has_so_many_on_every_shift(live: programme.Live) -> None:
    crew = a_crew(with_staff(live, duty=2), "duty")
    assert crew is not None
    assert crew.here(at("2026-03-02T09:00:00")) == ("wang", "duty-1-2")
    assert crew.here(at("2026-03-02T23:00:00")) == ("zhao", "duty-2-2")
    assert crew.opens(at("2026-03-02T09:00:30")) == at("2026-03-02T20:00:00")
    assert crew.hours(at("2026-03-02T00:00:00"), at("2026-03-04T00:00:00")) == 2 * 48 * HOUR
    assert crew.done(at("2026-03-02T19:59:00"), HOUR) == at("2026-03-02T20:59:00")


def test_nobody_at_work_still_hears(live: programme.Live) -> None:
    assert with_staff(live, duty=0) is live
    assert a_crew(live, "duty", at_work=0) is None


def test_riders_and_strangers_do_no_office_work(live: programme.Live) -> None:
    assert members(live, "handler", "lights") == ("li",)
    assert members(live, "rider") == ()
    assert a_crew(live, "handler") is None
    assert a_crew(live, "nobody") is None


def test_office_work_keeps_office_hours(live: programme.Live) -> None:
    crew = a_crew(live, "verifier", hours="office")
    assert crew is not None
    friday = at("2026-03-06T17:00:00")
    assert crew.here(friday) == ("qian",)
    assert crew.here(at("2026-03-06T17:30:00")) == ()
    assert crew.opens(at("2026-03-06T17:30:00")) == at("2026-03-09T08:30:00")
    assert crew.done(friday, HOUR) == at("2026-03-09T09:00:00")
    assert crew.worked(friday, at("2026-03-07T00:00:00")) == HOUR // 2
    assert crew.hours(at("2026-03-02T00:00:00"), at("2026-03-09T00:00:00")) == 5 * 7 * HOUR
