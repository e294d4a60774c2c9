"""Schedules on a real store: every moment opens its cases once, whatever happens to the clocks, and nothing is opened for the past."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import clock, composition, doorbell, history, letters, scheduling, views
from tests import builders
from tests.integration import towns

SUPPER = (
    builders.SCHEDULES + '  supper: {title: {zh: 晚餐, en: Supper}, opens: errand, at: "16:30", with: {meal: supper}, late_by: 2 hours}\n'
)


@pytest.fixture
def town(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    """Lunch is taken out at 10:30; it is Friday, 08:00."""
    with towns.a_town(tmp_path, url, beside=builders.SCHEDULED) as opened:
        yield opened


def republished(engine: composition.Engine, folder: Path, **beside: str) -> None:
    """The folder again, with other files beside it."""
    files = {**builders.SCHEDULED, **{name.replace("__", "/") + ".yaml": text for name, text in beside.items()}}
    towns.publish(engine, towns.a_programme(folder, beside=files))


def until(engine: composition.Engine, when: str) -> list[tuple[str, str, str | None]]:
    """Let time pass; what schedules did: (when it was recorded, row, why nothing was opened)."""
    seen: list[scheduling.Occurred] = []
    clock.fire_until(engine.store, engine.catalog, engine.time, towns.at(when), opened=seen.extend)
    return [(towns.clock_time(one.at), one.entry, one.reason) for one in seen]


def jumped(engine: composition.Engine, when: str) -> list[tuple[str, str, str | None]]:
    """The clock was down and comes back at that moment; what schedules did then."""
    with engine.store.writing() as tx:
        now = engine.time.move_to(tx, towns.at(when))
    agenda, seen = scheduling.Agenda(engine.catalog), list[scheduling.Occurred]()
    agenda.look(engine.store)
    while agenda.coming is not None and agenda.coming <= now:
        seen += agenda.open_due(engine.store, now=now, soon=0)
    return [(towns.clock_time(one.at), one.entry, one.reason) for one in seen]


def errands(engine: composition.Engine) -> list[tuple[str, str]]:
    """(when it was opened, whose), by number."""
    found = towns.rows(engine, "SELECT id FROM cases ORDER BY id")
    return [(entry["at"], entry["facts"].get("order", "")) for (number,) in found for entry in towns.entries(engine, number)[:1]]


def test_each_row_that_is_meant_gets_its_case_at_the_moment(town: composition.Engine) -> None:
    assert until(town, "10:29") == []
    assert until(town, "10:31") == [("10:30:00", "li", None), ("10:30:00", "wang", None)]
    assert errands(town) == [("10:30:00", "li"), ("10:30:00", "wang")]
    assert towns.findings(town) == []


def test_a_row_gives_what_the_workflow_has_a_fact_for_and_the_system_opens(town: composition.Engine) -> None:
    until(town, "10:31")
    case = towns.shown(town, 1)
    assert case["facts"] == {"order": "li", "meal": "lunch", "rider": "ma"}
    assert case["reporter"] is None
    assert case["said"]["order"]["value"] == {"zh": "李奶奶", "en": "Mrs Li"}
    entry = towns.entries(town, 1)[0]
    assert entry["actor"] == "system"
    assert entry["detail"]["schedule"] == {"name": "lunch", "moment": towns.at("10:30"), "entry": "li"}


def test_a_mail_calls_the_row_by_its_title(town: composition.Engine) -> None:
    until(town, "11:20")
    with town.store.reading() as tx:
        case = views.find(tx, town.catalog, 1)
        entries = history.rows(tx, 1)
    rung = next(row[history.SEQ] for row in entries if row[history.KIND] == "rung")
    about = letters.Subject(
        case=case, entries=entries, seq=rung, kind="ladder", recipient="mayor", language="zh", now=town.time.now(), link=""
    )
    assert letters.variables(about, "周镇长")["place"] == "李奶奶"


def test_it_comes_each_day_and_in_order_with_the_timers(town: composition.Engine) -> None:
    until(town, "2026-11-22T12:00")
    assert [when for when, _ in errands(town)] == [
        "10:30:00", "10:30:00", "2026-11-21T10:30:00", "2026-11-21T10:30:00", "2026-11-22T10:30:00", "2026-11-22T10:30:00",
    ]  # fmt: skip
    rung = next(entry for entry in towns.entries(town, 1) if entry["kind"] == "rung")
    assert rung["at"] == "11:15:00", "the first day's delivery was due before the second day's errands came"


def test_nobody_else_opens_what_only_schedules_open(town: composition.Engine) -> None:
    from engine import requests
    from states import errors

    with pytest.raises(errors.RoleRefused):
        town.door.submit(requests.Opening(programme="testtown", workflow="errand", actor="ma", facts={"meal": "lunch"}))


def test_an_outage_shorter_than_late_by_opens_late_and_the_clocks_count_from_the_moment(town: composition.Engine) -> None:
    assert jumped(town, "11:00") == [("11:00:00", "li", None), ("11:00:00", "wang", None)]
    assert errands(town) == [("10:30:00", "li"), ("10:30:00", "wang")]
    assert towns.shown(town, 1)["clocks"]["delivery"]["due"] == "2026-11-20T11:15:00+08:00"
    assert towns.entries(town, 1)[0]["recorded"] == "11:00:00"
    assert towns.findings(town) == []


def test_what_comes_later_than_late_by_is_skipped_and_recorded(town: composition.Engine) -> None:
    assert jumped(town, "11:31") == [("11:31:00", "", "late")]
    assert errands(town) == []
    with town.store.reading() as tx:
        kept = scheduling.latest(tx, "testtown", "lunch", most=5)
    assert [(one.moment, one.reason, one.case) for one in kept] == [(towns.at("10:30"), "late", None)]
    assert until(town, "2026-11-21T10:31")[0] == ("2026-11-21T10:30:00", "li", None), "the next day is as ever"


def test_several_engines_open_each_once(town: composition.Engine) -> None:
    with town.store.writing() as tx:
        town.time.move_to(tx, towns.at("10:30"))

    def run() -> None:
        with towns.another(town) as engine:
            agenda = scheduling.Agenda(engine.catalog)
            agenda.look(engine.store)
            while agenda.coming is not None and agenda.coming <= towns.at("10:30"):
                agenda.open_due(engine.store, now=towns.at("10:30"), soon=0)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errands(town) == [("10:30:00", "li"), ("10:30:00", "wang")]
    assert towns.findings(town) == []


def test_a_moment_with_many_rows_may_be_left_off_and_taken_up_again(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"  home-{number}: {{title: 某户, meal: lunch}}\n" for number in range(450))
    beside = {**builders.SCHEDULED, "registers/orders.yaml": builders.ORDERS.split("rows:\n")[0] + "rows:\n" + rows}
    with towns.a_town(tmp_path, url, beside=beside) as engine:
        with engine.store.writing() as tx:
            now = engine.time.move_to(tx, towns.at("10:30"))
        first = scheduling.Agenda(engine.catalog)
        first.look(engine.store)
        assert len(first.open_due(engine.store, now=now, soon=0)) == scheduling.AT_ONCE
        # here the first clock is killed; another goes on
        assert len(jumped(engine, "10:40")) == 450 - scheduling.AT_ONCE
        assert len({whose for _, whose in errands(engine)}) == len(errands(engine)) == 450
        assert towns.findings(engine) == []


def test_a_schedule_begins_when_it_is_first_taken_up(town: composition.Engine, tmp_path: Path) -> None:
    until(town, "16:45")
    republished(town, tmp_path, schedules=SUPPER)
    assert until(town, "18:00") == [], "16:30 was past, though not later than late_by"
    assert until(town, "2026-11-21T17:00")[-1] == ("2026-11-21T16:30:00", "", None)


def test_a_change_counts_at_once_for_what_comes_later(town: composition.Engine, tmp_path: Path) -> None:
    until(town, "10:00")
    republished(town, tmp_path, schedules=builders.SCHEDULES.replace("10:30", "10:15"))
    assert [when for when, _, _ in until(town, "10:40")] == ["10:15:00", "10:15:00"]
    republished(town, tmp_path, schedules=builders.SCHEDULES.replace("10:30", "10:20"))
    assert until(town, "10:50") == [], "10:20 was past when it was written"
    republished(town, tmp_path, schedules="schedules: {}\n")
    assert until(town, "2026-11-22T12:00") == []


def test_what_was_due_before_a_change_is_opened_by_what_was_said_then(town: composition.Engine, tmp_path: Path) -> None:
    with town.store.writing() as tx:  # no clock runs from 08:00 on; at 10:40 the folder is changed
        town.time.move_to(tx, towns.at("10:40"))
    republished(town, tmp_path, schedules=builders.SCHEDULES.replace("10:30", "10:50"))
    assert errands(town) == [("10:30:00", "li"), ("10:30:00", "wang")]
    assert [when for when, _, _ in until(town, "11:00")] == ["10:50:00", "10:50:00"]


def test_the_same_moment_is_not_opened_twice_by_a_change_at_that_very_moment(town: composition.Engine, tmp_path: Path) -> None:
    until(town, "10:30")
    republished(town, tmp_path, schedules=builders.SCHEDULES.replace("title: {zh: 午餐", "late_by: 2 hours, title: {zh: 午餐"))
    assert until(town, "10:40") == []
    assert len(errands(town)) == 2


def test_a_refused_opening_is_recorded_and_does_not_stop_the_others(town: composition.Engine, tmp_path: Path) -> None:
    people = builders.PEOPLE.replace("  ma: ", "  mo: ")
    assert people != builders.PEOPLE
    towns.publish(town, towns.a_programme(tmp_path, beside=builders.SCHEDULED, people=people))
    assert until(town, "10:31") == [("10:30:00", "li", "fact-invalid"), ("10:30:00", "wang", None)]
    assert errands(town) == [("10:30:00", "wang")]


def test_a_schedule_that_fails_is_skipped_and_the_clock_goes_on(town: composition.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(scheduling, "asked", broken)
        assert until(town, "10:31") == [("10:30:00", "", "failed")]
    assert len(until(town, "2026-11-21T10:31")) == 2


def test_the_running_clock_opens_what_is_due_and_hears_of_a_new_schedule(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, speed=60.0, start=towns.at("10:29:30"), beside=builders.SCHEDULED) as engine:
        seen: list[scheduling.Occurred] = []
        came = threading.Event()

        def hear(occurred: Any) -> None:
            seen.extend(occurred)
            came.set()

        bell = doorbell.Bell(engine.store)
        loop = clock.Clock(engine.store, engine.catalog, engine.time, bell, opened=hear)
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            assert came.wait(15)
            came.clear()
            with towns.another(engine) as second:
                later = towns.clock_time(second.time.now() + 2 * towns.MINUTE)[:5]
                republished(second, tmp_path, schedules=builders.SCHEDULES.replace("10:30", later))
                assert came.wait(15), "the doorbell rang when the schedule was put in force"
        finally:
            loop.stop()
            thread.join(15)
            bell.close()
        assert [one.entry for one in seen] == ["li", "wang"] * 2


def test_a_damaged_record_of_what_was_opened_is_found(town: composition.Engine) -> None:
    until(town, "10:31")
    towns.damage(town, "DELETE FROM occurrences WHERE entry = 'li'")
    assert ["occurrence-removed" in found for found in towns.findings(town)] == [True]


def test_a_record_of_what_no_history_tells_is_found(town: composition.Engine) -> None:
    until(town, "10:31")
    towns.damage(town, "UPDATE occurrences SET moment = moment + 1 WHERE entry = 'li'")
    assert sorted(found.split()[0] for found in towns.findings(town)) == ["occurrence-added", "occurrence-removed"]
