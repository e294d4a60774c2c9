"""The figures of a town's cases, on both databases: in groups, in periods, by the reckoning of the alarms; and the command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from cli import main
from engine import cases, clock, composition, loading, making, requests, settings, stats
from engine import now as times
from storage import database
from tests import builders, replaying

NOON = times.parse("2026-11-20T12:00:00+08:00")
MINUTE, HOUR = 60_000_000, 3_600_000_000


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with replaying.a_postgresql(tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[composition.Engine]:
    """A town of one's own in a virtual store, four hours into its day."""
    folder = tmp_path_factory.mktemp("town")
    builders.a_folder(folder / "programmes")
    values = {"FENGXING_DATA_DIR": str(folder), "FENGXING_PROGRAMMES": str(folder / "programmes")}
    if request.param == "postgresql":
        values["FENGXING_DATABASE_URL"] = request.getfixturevalue("postgresql")
    else:
        values["FENGXING_DATABASE_URL"] = f"sqlite:///{replaying.a_store(folder)}"
    given = settings.Settings(values)
    making.upgrade(given, virtual=NOON)
    with composition.opened(given) as engine:
        assert loading.take_up(engine) == []
        lived(engine)
        yield engine


def lived(town: composition.Engine) -> None:
    """Four reports: one handled in time, one late and reworked, one discarded, one forgotten."""
    first = _does(town, 0, "open", "ma")
    second = _does(town, 1, "open", None)
    third = _does(town, 2, "open", "hu")
    _does(town, 5, "dispatch", "wang", first, category="lamp", urgency="3", unit="lights")
    _does(town, 6, "dispatch", "wang", second, category="greening", urgency="1", unit="community")
    _does(town, 7, "discard", "wang", third, reason="nothing there")
    _does(town, 25, "resolve", "li", first, result="replaced")
    _does(town, 55, "verify", "qian", first)
    _does(town, 60, "resolve", "hu", second, result="cut")
    _does(town, 61, "rework", "qian", second, reason="not all")
    _does(town, 65, "open", "ma")
    clock.fire_until(town.store, town.catalog, town.time, NOON + 4 * HOUR)


def _does(town: composition.Engine, minute: int, trigger: str, actor: str | None, case: int = 0, **facts: Any) -> int:
    at = NOON + minute * MINUTE
    clock.fire_until(town.store, town.catalog, town.time, at)
    if trigger == "open":
        asked: requests.Request = requests.Opening(programme="testtown", workflow="report", actor=actor, facts={"description": "路灯不亮"})
    else:
        asked = requests.Move(case=case, trigger=trigger, actor=actor or "", facts=facts)
    done = cases.perform(town.store, town.catalog, [asked], now=at)[0]
    assert isinstance(done, requests.Done), done
    return done.case


def rows(town: composition.Engine, **wanted: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    now = town.time.now()
    with town.store.reading() as tx:
        found = stats.stats(tx, town.catalog, stats.Wanted(**wanted), now=now)
    return {(row.group, row.name): (row.numerator, row.denominator, row.value) for row in found}


def test_a_towns_figures(town: composition.Engine) -> None:
    found = {name: row for (_, name), row in rows(town).items()}
    assert found["reports"][2] == 4
    assert found["resolved"][2] == 1
    assert found["closed"][2] == 1
    assert found["rejected"][2] == 1
    assert found["closure_rate"] == (1, 4, 0.25)
    # due: the closed one, and the urgent one whose three hours are over; the forgotten one has two days
    assert found["closing_rate"] == (1, 2, 0.5)
    assert found["on_time_closing_rate"] == (1, 2, 0.5)
    assert found["rework_rate"] == (1, 2, 0.5)
    assert found["return_rate"] == (0, 2, 0.0)
    # dispatched in 5 and 5 minutes, discarded in 5; the last was never dispatched
    assert found["overdue_rate:dispatching"] == (1, 4, 0.25)
    # the urgent one took longer than its 30 minutes
    assert found["overdue_rate:handling"] == (1, 2, 0.5)
    assert found["stage_mean:reported"] == (900.0, 3, 300.0)
    assert found["stage_p90:dispatched"] == (20 * 60.0 + 54 * 60.0, 2, 54 * 60.0)
    assert found["time_to_close_median"] == (55 * 60.0, 1, 55 * 60.0)
    assert found["response_rate"] == (3, 4, 0.75)
    # the discarded one was no valid lead, the forgotten one is not known to be
    assert found["valid_lead_rate"] == (2, 4, 0.5)
    # two of the four came from the rider Ma; nothing is known from elsewhere
    assert found["found_rate"] == (2, 4, 0.5)
    assert found["resolution_rate"] == (1, 3, 1 / 3)
    assert found["extension_rate"] == (0, 2, 0.0)
    assert found["satisfaction_rate"] == (0, 0, None)
    assert found["clock_time_mean:dispatching"] == (15 * 60.0, 3, 300.0)
    assert "messages_sent" not in found


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("unit", {"lights": 1, "community": 1, "none": 2}),
        ("category", {"lamp": 1, "greening": 1, "none": 2}),
        ("programme", {"testtown": 4}),
        ("state", {"verified": 1, "dispatched": 1, "invalid": 1, "reported": 1}),
        ("rider", {"ma": 2, "anonymous": 1, "others": 1}),
        ("hour", {"12": 3, "13": 1}),
        ("day", {"2026-11-20": 4}),
        ("month", {"2026-11": 4}),
        ("workflow", {"testtown/report": 4}),
        ("area", {"none": 4}),
    ],
)
def test_groups(town: composition.Engine, by: str, groups: dict[str, int]) -> None:
    found = rows(town, by=by)
    assert {group: row[2] for (group, name), row in found.items() if name == "reports"} == groups


def test_by_clock_each_is_a_row(town: composition.Engine) -> None:
    found = rows(town, by="clock")
    assert {name for _, name in found} == {"overdue_rate"}
    assert found["whole", "overdue_rate"] == (1, 3, 1 / 3)


def test_a_period_takes_what_was_opened_in_it(town: composition.Engine) -> None:
    assert rows(town, since=NOON + MINUTE, until=NOON + 65 * MINUTE)["all", "reports"][2] == 2
    assert rows(town, since=NOON + 66 * MINUTE) == {}
    assert rows(town, programme="testtown")["all", "reports"][2] == 4
    assert rows(town, programme="another") == {}


def test_a_mail_that_went_out_is_counted(town: composition.Engine) -> None:
    with town.store.writing() as tx:
        tx.run(database.both("UPDATE messages SET state = 'sent' WHERE case_id = ?"), (1,))
        sent = tx.one(database.both("SELECT count(*) FROM messages WHERE state = 'sent'"))
    assert sent is not None
    assert sent[0] > 0
    assert rows(town, mails=True)["all", "messages_sent"] == (sent[0], 1, sent[0])
    with town.store.writing() as tx:
        tx.run(database.both("UPDATE messages SET state = 'pending'"))


def test_the_command(town: composition.Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in town.settings.given.items():
        monkeypatch.setenv(name, value)
    assert main.run(["stats", "--json"]) == 0
    told = orjson.loads(capsys.readouterr().out)
    first = next(row for row in told if row["name"] == "closure_rate")
    assert {k: first[k] for k in ("group", "numerator", "denominator", "value", "formula", "title")} == {
        "group": "all", "numerator": 1, "denominator": 4, "value": 0.25, "formula": "resolved ÷ all reported", "title": "处置闭环率",
    }  # fmt: skip
    law = [row for row in told if row["value"] is not None and "median" not in row["name"] and "p90" not in row["name"]]
    assert all(row["value"] == pytest.approx(row["numerator"] / row["denominator"]) for row in law)
    monkeypatch.setenv("FENGXING_LANG", "zh")
    assert main.run(["stats", "--by", "unit", "--programme", "testtown"]) == 0
    shown = capsys.readouterr().out
    assert "路灯队" in shown
    assert "按期结案率" in shown
    assert main.run(["stats", "--by", "colour"]) == 2
    assert main.run(["stats", "--from", "2026-11-01"]) == 2
    assert main.run(["stats", "--programme", "nowhere"]) == 4
