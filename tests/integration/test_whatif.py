"""What an edited folder would have changed: the past lived through again, and beside it the past as it might have been."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import programme as programmes
from engine import composition, lives, whatif
from tests import builders
from tests.acceptance.town import edited
from tests.integration import towns

Engine = composition.Engine


def asked(engine: Engine, whole: programmes.Programme, since: str | None = None) -> dict[str, Any]:
    now = engine.time.now()
    with engine.store.reading(consistent=True) as tx:
        return whatif.whatif(tx, engine.catalog, whole, since=towns.at(since) if since else None, now=now).body()


def clock(body: dict[str, Any], name: str) -> tuple[int, int]:
    """In how many cases a clock was breached, before and after."""
    row = next(row for row in body["clocks"] if row["clock"] == name)
    return row["before"]["breached"], row["after"]["breached"]


@pytest.fixture
def morning(engine: Engine) -> Engine:
    """Testtown's Friday morning: one case in time, one dispatched late, one that nobody touched."""
    return lived(engine)


@pytest.fixture
def quick(tmp_path: Path, lite: str) -> Iterator[Engine]:
    """The same on SQLite only."""
    with towns.a_town(tmp_path, lite) as engine:
        yield lived(engine)


def lived(engine: Engine) -> Engine:
    good, late = towns.opened(engine), towns.opened(engine)
    towns.until(engine, "08:07")
    towns.moved(engine, good, "dispatch", "wang", category="lamp", urgency="1", unit="lights")
    towns.until(engine, "08:15")
    towns.moved(engine, late, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    towns.until(engine, "08:30")
    towns.moved(engine, good, "resolve", "li", result="换了灯泡")
    towns.opened(engine)
    towns.until(engine, "09:00")
    towns.moved(engine, good, "verify", "qian")
    towns.until(engine, "09:20")
    return engine


def test_the_same_rules_would_have_changed_nothing(morning: Engine, tmp_path: Path) -> None:
    body = asked(morning, towns.a_programme(tmp_path / "2"))
    assert body["agreement"] == {"agree": 3, "of": 3, "differ": []}
    assert (body["changed"], body["refused"]) == ([], [])
    assert all(row["before"] == row["after"] for row in (*body["clocks"], *body["rungs"], *body["persons"], *body["units"]))


def test_a_shorter_limit_makes_late_what_was_in_time(morning: Engine, tmp_path: Path) -> None:
    body = asked(morning, towns.a_programme(tmp_path / "2", workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes")))
    assert clock(body, "dispatching") == (2, 3)
    assert body["changed"] == [{"number": "TT-20261120-0001", "clock": "dispatching", "before": "met", "after": "breached"}]
    due = next(row for row in body["rungs"] if (row["clock"], row["rung"]) == ("dispatching", 3))
    assert due == {"clock": "dispatching", "rung": 3, "before": 2, "after": 3}


def test_a_longer_one_spares_people_their_mails(quick: Engine, tmp_path: Path) -> None:
    body = asked(quick, towns.a_programme(tmp_path / "2", workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 2 hours")))
    assert clock(body, "dispatching") == (2, 0)
    persons = {row["person"]: (row["before"], row["after"]) for row in body["persons"]}
    # 80 %, a minute before and due: of the case dispatched late, and of the one that nobody touched
    assert persons["wang"] == ({"mails": 6, "rungs": 6}, {"mails": 0, "rungs": 0})
    assert persons["ma"][0] == persons["ma"][1] == {"mails": 4, "rungs": 0}, "the reporter is told all the same"


def test_what_was_told_is_what_the_outbox_holds(quick: Engine, tmp_path: Path) -> None:
    body = asked(quick, towns.a_programme(tmp_path / "2"))
    sent = dict(towns.rows(quick, "SELECT recipient, count(*) FROM messages GROUP BY recipient"))
    assert {row["person"]: row["before"]["mails"] for row in body["persons"]} == sent


def test_units_are_told_apart(quick: Engine, tmp_path: Path) -> None:
    body = asked(quick, towns.a_programme(tmp_path / "2", workflow=edited(towns.WORKFLOW, ("is: 30 minutes", "is: 20 minutes"))))
    rows = {row["unit"]: row for row in body["units"]}
    assert {name: row["cases"] for name, row in rows.items()} == {"lights": 2, "-": 1}
    assert [rows["lights"][side]["breached"] for side in ("before", "after")] == [1, 2]


def test_what_the_new_rules_refuse_is_counted_and_passed_over(quick: Engine, tmp_path: Path) -> None:
    """Only the chief may say it is done, and only with a photo: the case goes on as it did."""
    changed = edited(towns.WORKFLOW, ("by: [handler], needs: [result], takes: [photos]", "by: [unit-chief], needs: [result, photos]"))
    body = asked(quick, towns.a_programme(tmp_path / "2", workflow=changed))
    (refused,) = body["refused"]
    assert (refused["trigger"], refused["count"], refused["passed_over"]) == ("resolve", 1, True)
    assert body["changed"] == []


def test_what_leads_nowhere_is_left_out(quick: Engine, tmp_path: Path) -> None:
    """Without that trigger the case stays where it was, and its clock runs on."""
    changed = edited(towns.WORKFLOW, ("  resolve:  {", "  settle:   {"), ("not_by: [resolve]", "not_by: [settle]"))
    body = asked(quick, towns.a_programme(tmp_path / "2", workflow=changed))
    assert {(row["trigger"], row["passed_over"]) for row in body["refused"]} == {("resolve", False), ("verify", False)}
    assert clock(body, "handling") == (1, 2)


def test_a_rider_who_may_no_longer_report_is_counted(quick: Engine, tmp_path: Path) -> None:
    changed = edited(towns.WORKFLOW, ("initial: reported\n", "initial: reported\nopened_by: [duty]\n"))
    body = asked(quick, towns.a_programme(tmp_path / "2", workflow=changed))
    assert body["refused"] == [{"trigger": "open", "code": "role", "count": 3, "passed_over": True}]


def test_somebody_who_has_left_did_what_he_did(quick: Engine, tmp_path: Path) -> None:
    """Neither life stumbles over a person who is no longer there."""
    people = edited(builders.PEOPLE, ("  li:     {", "  lin:    {"))
    towns.publish(quick, towns.a_programme(tmp_path / "2", people=people))
    body = asked(quick, towns.a_programme(tmp_path / "3", people=people))
    assert (body["cases"], body["changed"], body["refused"]) == (3, [], [])
    assert body["agreement"]["agree"] == 3


def test_a_case_that_is_open_counts_however_old_it_is(quick: Engine, tmp_path: Path) -> None:
    assert asked(quick, towns.a_programme(tmp_path / "2"), since="09:10")["cases"] == 2
    assert asked(quick, towns.a_programme(tmp_path / "3"), since="08:00")["cases"] == 3


def test_cases_of_a_workflow_that_is_gone_are_left_out(quick: Engine, tmp_path: Path) -> None:
    body = asked(quick, towns.a_programme(tmp_path / "2", workflow=edited(towns.WORKFLOW, ("workflow: report", "workflow: other"))))
    assert (body["cases"], body["gone"]) == (0, 3)


def test_nothing_is_written(morning: Engine, tmp_path: Path) -> None:
    def counts() -> list[tuple[Any, ...]]:
        return [towns.rows(morning, f"SELECT count(*) FROM {name}")[0] for name in ("cases", "history", "timers", "messages", "counters")]

    before = counts()
    asked(morning, towns.a_programme(tmp_path / "2", workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes")))
    assert counts() == before
    assert towns.findings(morning) == []


def test_an_outage_is_no_difference(tmp_path: Path, lite: str) -> None:
    """The clock was down for an hour: of the rungs heaped up one spoke for all; the rehearsal has each in its time."""
    with towns.a_town(tmp_path, lite) as engine:
        towns.opened(engine)
        towns.jump(engine, "09:30")
        towns.until(engine, "11:00")
        body = asked(engine, towns.a_programme(tmp_path / "2"))
        assert body["agreement"]["agree"] == 1


def test_acknowledged_pauses_and_returns_come_again_as_they_were(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        case = towns.dispatched(engine)
        towns.until(engine, "09:05")
        towns.acknowledged(engine, case, "handling", "li")
        towns.until(engine, "09:40")
        towns.moved(engine, case, "suspend", "mayor", reason="等配件", review_on="2026-11-22")
        towns.until(engine, "2026-11-23T08:00")  # the timer resumes it
        towns.moved(engine, case, "return", "li", reason="不归我管")
        towns.until(engine, "2026-11-24T10:00")
        body = asked(engine, towns.a_programme(tmp_path / "2"))
        assert body["agreement"] == {"agree": 1, "of": 1, "differ": []}


def test_a_life_has_a_verdict_for_each_clock_that_began(quick: Engine) -> None:
    with quick.store.reading() as tx:
        (case, entries), *_ = whatif._cases(tx, quick.catalog, "testtown", 0)
    life = lives.lived(quick.catalog.of("testtown"), case.compiled, lives.deeds(entries), until=quick.time.now())
    assert life.verdicts == {"dispatching": "met", "whole": "met", "handling": "met", "verifying": "met"}
    assert life.path == ("reported", "dispatched", "resolved", "verified")


def test_what_was_recorded_late_is_named_as_a_difference(tmp_path: Path, lite: str) -> None:
    """The desk had dispatched in time and said so only after the rungs had rung: had it said so at once, none had."""
    with towns.a_town(tmp_path, lite) as engine:
        case = towns.opened(engine)
        towns.until(engine, "08:20")
        towns.moved(engine, case, "dispatch", "wang", when="08:05", category="lamp", urgency="2", unit="lights")
        body = asked(engine, towns.a_programme(tmp_path / "2"))
        assert body["agreement"] == {"agree": 0, "of": 1, "differ": ["TT-20261120-0001"]}
