"""What the figures remember of cases that are over: the same as reckoning anew, void as soon as the case or its calendar goes on,
and proved by `verify`. Breaches that were exempted, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import composition, outcomes, requests, stats, verify
from storage import database
from tests import builders
from tests.acceptance.town import edited
from tests.integration import towns

EXEMPTING = edited(
    towns.WORKFLOW,
    ("  reopen:   {", "  grant:    {from: verified, by: [leader], needs: [reason], exempts: [handling, whole]}\n  reopen:   {"),
    ("  result:      {type: text,", "  satisfied:   {type: yes_no, title: {zh: 满意, en: Satisfied}}\n  area:        {type: text, title: {zh: 片区, en: Area}}\n  result:      {type: text,"),
    ("by: [verifier], not_by: [resolve]}", "by: [verifier], not_by: [resolve], takes: [satisfied, area]}"),
)  # fmt: skip
COUNT = database.both("SELECT count(*) FROM outcomes")


@pytest.fixture
def town(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, url, workflow=EXEMPTING) as engine:
        yield engine


def closed(town: composition.Engine, *, handled: str, verified: str, opened: str = "08:00", **facts: str) -> requests.Done:
    """A case of urgency 2 (an hour to handle it), dispatched as it came."""
    case = towns.opened(town, when=opened)
    towns.moved(town, case, "dispatch", "wang", when=opened, category="lamp", urgency="2", unit="lights")
    towns.moved(town, case, "resolve", "li", when=handled, result="换了")
    towns.moved(town, case, "verify", "qian", when=verified, **facts)
    return case


def lived(town: composition.Engine) -> list[requests.Done]:
    """One in time, one handled late, one that is still open."""
    towns.until(town, "18:00")
    return [
        closed(town, handled="08:30", verified="09:00", satisfied="true", area="east"),
        closed(town, handled="09:30", verified="10:00", satisfied="false"),
        towns.opened(town, when="17:55"),
    ]


def remembered(town: composition.Engine) -> int:
    with town.store.reading() as tx:
        row = tx.one(COUNT)
    assert row is not None
    return int(row[0])


def keep_up(town: composition.Engine) -> int:
    return outcomes.keep_up(town.store, town.catalog, now=town.time.now())


def rows(town: composition.Engine, **wanted: object) -> dict[tuple[str, str], tuple[Any, ...]]:
    now = town.time.now()
    with town.store.reading() as tx:
        found = stats.stats(tx, town.catalog, stats.Wanted(**wanted), now=now)  # type: ignore[arg-type]
    return {(row.group, row.name): (row.numerator, row.denominator) for row in found}


def findings(town: composition.Engine) -> list[str]:
    return [f"{each.code}: {each.detail}" for each in verify.verify(town.store, town.catalog, town.settings.data_dir).findings]


def test_figures_are_the_same_remembered_and_reckoned_anew(town: composition.Engine) -> None:
    """A settled clock may keep its outcome."""
    lived(town)
    every = ("unit", "category", "area", "state", "rider", "hour", "day", "month", "workflow", "clock", None)
    before = [rows(town, by=by, exempt="both") for by in every]
    assert keep_up(town) == 2
    assert remembered(town) == 2
    assert [rows(town, by=by, exempt="both") for by in every] == before
    assert keep_up(town) == 0
    assert findings(town) == []


def test_a_case_that_goes_on_is_read_anew(town: composition.Engine) -> None:
    first, *_ = lived(town)
    keep_up(town)
    assert rows(town)["all", "closed"] == (2, 1)
    towns.moved(town, first, "reopen", "mayor", reason="又灭了")
    assert rows(town)["all", "closed"] == (1, 1)
    assert rows(town)["all", "reports"] == (3, 1)
    assert findings(town) == []
    towns.moved(town, first, "resolve", "li", result="又换了")
    towns.moved(town, first, "verify", "qian")
    assert keep_up(town) == 1
    assert (remembered(town), rows(town)["all", "closed"]) == (2, (2, 1))


def test_another_calendar_makes_void_what_was_reckoned_under_the_one_before(town: composition.Engine, tmp_path: Path) -> None:
    lived(town)
    keep_up(town)
    calendars = builders.CALENDARS.replace("    holidays: CN\n", "    holidays: CN\n    days: {2026-11-20: closed}\n")
    towns.publish(town, towns.a_programme(tmp_path / "next", workflow=EXEMPTING, calendars=calendars))
    before = rows(town)
    assert findings(town) == []
    assert keep_up(town) == 2
    assert (remembered(town), rows(town)) == (2, before)
    assert findings(town) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # what is remembered says another thing than the clocks
        ("marks = marks + 1", "not as reckoned: marks"),
        ("due_at = due_at + 1", "not as reckoned: due_at"),
        ("unit = 'community'", "not as reckoned: unit"),
        ("course = replace(course, '[', '[1')", "not as reckoned: course"),
        # of entries that the case has not
        ("length = length + 1", "the case has"),
    ],
)
def test_verify_proves_that_it_equals_reckon(town: composition.Engine, change: str, said: str) -> None:
    _, late, _ = lived(town)
    keep_up(town)
    with town.store.writing() as tx:
        tx.run(database.both(f"UPDATE outcomes SET {change} WHERE case_id = ?"), (late.case,))
    (found,) = findings(town)
    assert found.startswith("outcome-differs: ")
    assert said in found


def test_what_is_of_fewer_entries_is_found_or_not_used(town: composition.Engine) -> None:
    """PostgreSQL asks each case how long it is; SQLite goes by the place up to which all is remembered, and `verify` looks after it."""
    _, late, _ = lived(town)
    keep_up(town)
    before = rows(town)
    with town.store.writing() as tx:
        tx.run(database.both("UPDATE outcomes SET length = length - 1, marks = 0 WHERE case_id = ?"), (late.case,))
    if town.store.dialect == "postgresql":
        assert (rows(town), findings(town)) == (before, [])
    else:
        assert findings(town) == ["outcome-differs: it is of 3 entries, the case has 4"]


def test_what_is_remembered_of_no_case_is_a_stray(town: composition.Engine) -> None:
    lived(town)
    keep_up(town)
    with town.store.writing() as tx:
        tx.run(database.both("UPDATE outcomes SET case_id = 999 WHERE case_id = 1"))
    assert findings(town) == ["stray-rows: 1 rows in outcomes for case 999, which does not exist"]


def test_an_appeal_granted_leaves_the_breach_and_takes_it_out_of_the_figures(town: composition.Engine) -> None:
    """申诉 (appeal against a breach: the fact stays, statistics exempt it)."""
    _, late, _ = lived(town)
    assert rows(town)["all", "on_time_closing_rate"] == (2, 2)  # its two days for the whole were kept
    assert rows(town)["all", "overdue_rate:handling"] == (1, 2)
    towns.moved(town, late, "grant", "mayor", reason="停电，无法施工")
    found = rows(town, exempt="both")
    assert found["all", "exempted"] == (1, 1)
    assert found["all", "overdue_rate:handling"] == (0, 1)
    assert found["all", "overdue_rate:handling@without"] == (1, 2)
    assert (found["all", "overdue_rate"], found["all", "overdue_rate@without"]) == ((0, 2), (1, 2))
    assert rows(town, exempt="without")["all", "overdue_rate:handling"] == (1, 2)
    assert towns.shown(town, late)["clocks"]["handling"]["state"] == "breached"
    assert findings(town) == []


def test_a_late_closing_that_is_exempted_is_neither_on_time_nor_late(town: composition.Engine) -> None:
    towns.until(town, "2026-11-25T08:00")
    late = closed(town, opened="2026-11-20T08:00", handled="2026-11-24T08:00", verified="2026-11-24T09:00")
    closed(town, opened="2026-11-20T08:00", handled="2026-11-20T08:30", verified="2026-11-20T09:00")
    assert rows(town)["all", "on_time_closing_rate"] == (1, 2)
    towns.moved(town, late, "grant", "mayor", reason="停电")
    assert rows(town, exempt="both")["all", "on_time_closing_rate"] == (1, 1)
    assert rows(town, exempt="both")["all", "on_time_closing_rate@without"] == (1, 2)
    assert rows(town)["all", "closing_rate"] == (2, 2)


def test_satisfied_of_those_who_answered(town: composition.Engine) -> None:
    """No answer is no answer."""
    lived(town)
    assert rows(town)["all", "satisfaction_rate"] == (1, 2)
    assert rows(town, by="area")["east", "satisfaction_rate"] == (1, 1)


@pytest.mark.parametrize("prepare", [lambda _: None, keep_up], ids=["reckoned", "remembered"])
def test_by_due_date_takes_what_had_to_be_closed_then(town: composition.Engine, prepare: Callable[[composition.Engine], object]) -> None:
    """Opened on Friday with two days for the whole: due on Sunday."""
    lived(town)
    prepare(town)
    sunday, monday = towns.at("2026-11-22T00:00"), towns.at("2026-11-23T00:00")
    assert rows(town, since=sunday, until=monday, by_due=True)["all", "reports"] == (3, 1)
    assert rows(town, since=sunday, until=monday) == {}
    assert rows(town, since=sunday, until=monday, by_due=True, by="day")["2026-11-22", "closed"] == (2, 1)
