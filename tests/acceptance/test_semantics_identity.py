"""semantics.md, "Identity" and what is said of loading: each test carries its sentence."""

from __future__ import annotations

from engine import loading
from tests import builders
from tests.acceptance.town import Town, edited


def test_an_integer_inside_outside_a_public_number_with_prefix_local_date_and_daily_count(town: Town) -> None:
    """An integer inside; outside a public number `NX-20261120-0007` (programme prefix …; local date; daily count)."""
    # half past midnight in Shanghai is still the day before in UTC: the date is the town's
    numbers = [town.open("2026-11-20T00:30"), town.open("2026-11-20T23:59"), town.open("2026-11-21T00:00")]
    assert numbers == ["TT-20261120-0001", "TT-20261120-0002", "TT-20261121-0001"]
    assert [town.case(number)["id"] for number in numbers] == [1, 2, 3]


def test_the_prefix_is_unique_over_all_programmes(town: Town) -> None:
    """programme prefix, unique over all programmes"""
    other = builders.a_folder(town.folder / "other", programme=edited(builders.PROGRAMME, ("programme: testtown", "programme: othertown")))
    assert any("prefix TT" in problem.message for problem in loading.take_up(town.engine, root=other))
    assert set(town.engine.catalog.programmes) == {"testtown"}


def test_commands_and_pages_take_both(town: Town) -> None:
    """Commands and pages take both."""
    number = town.open("2026-11-20T08:00")
    assert town.case(number) == town.case(1) == town.case("1")
    assert town.move("1", "dispatch", by="wang", category="lamp", urgency=3, unit="lights").number == number
    assert town.move(number, "resolve", by="li", result="换了灯泡").case == 1


def test_one_engine_runs_many_programmes(town: Town) -> None:
    """One engine runs many programmes."""
    text = edited(builders.PROGRAMME, ("programme: testtown", "programme: othertown"), ("prefix: TT", "prefix: OT"))
    assert loading.take_up(town.engine, root=builders.a_folder(town.folder / "other", programme=text)) == []
    first = town.open("2026-11-20T08:00")
    town.programme = "othertown"
    second = town.open("2026-11-20T08:01")
    assert (first, second) == ("TT-20261120-0001", "OT-20261120-0001")
    assert [(fired.number, town.said(fired.due)) for fired in town.until("2026-11-20T08:09:30")] == [
        (first, "2026-11-20T08:08:00"),
        (first, "2026-11-20T08:09:00"),
        (second, "2026-11-20T08:09:00"),
    ]
    assert [case["number"] for case in town.listed(programme="othertown")] == [second]


def test_a_loaded_valid_folder_is_an_implicit_publish(town: Town) -> None:
    """A loaded valid folder is an implicit publish"""
    assert town.publish(workflow=edited(builders.WORKFLOW, ("within: 10 minutes", "within: 15 minutes"))) == []
    assert town.due(town.open("2026-11-20T08:00"), "dispatching") == "2026-11-20T08:15:00"


def test_text_is_stored_by_content_hash(town: Town) -> None:
    """Text stored by content hash: the same words are the same definition, whenever and however often they were loaded."""
    before = town.case(town.open("2026-11-20T08:00"))["definition"]
    town.publish(workflow=edited(builders.WORKFLOW, ("within: 10 minutes", "within: 15 minutes")))
    between = town.case(town.open("2026-11-20T08:01"))["definition"]
    town.publish(workflow=builders.WORKFLOW)
    after = town.case(town.open("2026-11-20T08:02"))["definition"]
    assert before == after != between
    assert len(town.rows("SELECT hash FROM definitions")) == 2
    ((files,),) = town.rows("SELECT files FROM bundles WHERE id = (SELECT bundle FROM in_force)")
    assert "10 minutes" in files


def test_a_bad_folder_never_replaces_the_one_in_force(town: Town) -> None:
    """`engine.catalog.load` is the one full checker …, used by `check`, `publish` and start."""
    found = town.publish(workflow=edited(builders.WORKFLOW, ("within: 10 minutes", "within: 10 minuets")))
    assert [(p.severity, p.path) for p in found] == [("error", "clocks.dispatching.within")]
    assert [p.code for p in loading.check([town.folder / "testtown"], now=town.now).problems] == [p.code for p in found]
    assert town.due(town.open("2026-11-20T08:00"), "dispatching") == "2026-11-20T08:10:00"


def test_the_clock_starts_from_the_store(town: Town) -> None:
    """Compiled versions are stored by hash: the clock starts from the store and checks files afterwards."""
    number = town.open("2026-11-20T08:00")
    (town.folder / "testtown").rename(town.folder / "taken away")
    town.restart()
    assert [fired.number for fired in town.until("2026-11-20T08:08")] == [number]
