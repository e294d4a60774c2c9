"""`fengxing migrate` as it is typed: the dry run in both languages, the real run, back again, and what is said of words that mean nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import commandline

IN_FORCE = ("migrate", "--to", "in-force")


@pytest.fixture
def town(made_town: Path, tmp_path: Path) -> commandline.Town:
    """Two cases at 08:06, one of them in the hands of a unit, and a folder in which `dispatched` is called `sent` and an hour is 5 minutes."""
    shutil.copytree(made_town, tmp_path / "data")
    shutil.copytree(commandline.NINGXIANG, tmp_path / "ningxiang")
    found = commandline.Town(folder=tmp_path / "data", programmes=tmp_path / "ningxiang")
    found.open()
    found.dispatched()
    found.until("2026-11-20T08:06:00+08:00")
    report = tmp_path / "ningxiang" / "workflows" / "report.yaml"
    text = report.read_text(encoding="utf-8").replace("- {is: 1 hour}", "- {is: 5 minutes}")
    text = text.replace("dispatched", "sent").replace("template: sent", "template: dispatched")
    report.write_text(text, encoding="utf-8")
    return found


def test_a_dry_run_lists_each_case_and_changes_nothing(town: commandline.Town) -> None:
    answer = town.say(*IN_FORCE, "--dry-run", "--map", "dispatched=sent")
    assert answer.exit == 0, answer.err
    said = " ".join(answer.out.split())
    assert "dispatched → sent" in said
    assert "handling 2026-11-20 09:00:00 2026-11-20 08:05:00 overdue by 1 minute" in said
    assert "rung 2 fires at once: tells kong-jian, cao-yu" in said
    assert "2 cases would go to" in said
    assert said.endswith("clocks change in 1, 1 late by it, 1 rung due at once. Nothing was changed.")
    assert {entry["kind"] for entry in town.ask("history", "2")} == {"open", "move"}


def test_in_chinese(town: commandline.Town) -> None:
    said = " ".join(town.say(*IN_FORCE, "--dry-run", FENGXING_LANG="zh").out.split())
    assert "保持不变：该版本没有状态 dispatched；请指定对应的状态" in said
    assert "1 件将迁移到版本" in said
    assert "1 件不能迁移，保持不变。未作任何更改。" in said
    moved = " ".join(town.say(*IN_FORCE, "--map", "dispatched=sent", FENGXING_LANG="zh").out.split())
    assert "第 2 级立即触发：通知 kong-jian, cao-yu" in moved
    assert "2 件已迁移到版本" in moved
    assert "迁移到另一版本" in town.say("history", "2", FENGXING_LANG="zh").out


def test_there_and_back(town: commandline.Town) -> None:
    before = town.ask("show", "2")
    moved = town.say(*IN_FORCE, "--map", "dispatched=sent", "--as", "zhao-min", "--reason", "新流程")
    assert (moved.exit, moved.out.splitlines()[-1].startswith("2 cases went to")) == (0, True)
    assert town.ask("show", "2")["state"] == "sent"
    entry = town.ask("history", "2")[-1]
    assert (entry["kind"], entry["actor"], entry["from"], entry["to"]) == ("migrate", "zhao-min", "dispatched", "sent")
    assert entry["detail"]["moved"]["handling"][1] == "2026-11-20T08:06:00+08:00"
    assert town.ask("verify")["ok"]
    assert town.say(*IN_FORCE, "--back").out.startswith("2 cases left ")
    assert {**town.ask("show", "2"), "version": before["version"]} == before
    assert town.say(*IN_FORCE, "--back").out == "no open case was moved there by this command\n"
    assert "taken back to the version before" in town.say("history", "2").out
    assert town.ask("verify")["ok"]


def test_rows_for_scripts(town: commandline.Town) -> None:
    answer = town.say(*IN_FORCE, "--dry-run", "--json")
    assert answer.exit == 1, "a case cannot go"
    assert '"refused":{"code":"state-unknown"' in answer.out
    first, second = town.ask(*IN_FORCE, "--dry-run", "--map", "dispatched=sent")
    assert (first["number"], first["from"]["state"], first["to"]["state"], first["refused"]) == (
        "NX-20261120-0001",
        "reported",
        "reported",
        None,
    )
    changes = {each["after"]["clock"]: each for each in second["clocks"]}
    assert (changes["handling"]["before"]["due"], changes["handling"]["after"]["due"]) == (
        "2026-11-20T09:00:00+08:00",
        "2026-11-20T08:05:00+08:00",
    )
    assert (changes["whole"]["changes"], changes["handling"]["after"]["state"]) == (False, "breached")
    fires = {
        "clock": "handling",
        "rung": 2,
        "tells": ["handler", "unit-chief"],
        "reaches": ["kong-jian", "cao-yu"],
        "pulls": None,
        "stands_for": [1],
    }
    assert second["fires"] == [fires]


@pytest.mark.parametrize(
    ("words", "exit_", "code"),
    [
        (("--to", "in-force", "--map", "dispatched"), 2, "usage"),
        (("--to", "in-force", "--map", "role:a=b"), 2, "usage"),
        (("--to", "in-force", "--map", "dispatched=sent", "--map", "dispatched=resolved"), 2, "usage"),
        (("--to", "in-force", "--reason", "x" * 501), 2, "usage"),
        (("--to", "in-force", "--as", "xu-peng", "--dry-run"), 3, "role"),
        (("--to", "in-force", "--map", "dispached=sent"), 4, "not-found"),
        (("--to", "0123456789"), 4, "not-found"),
        (("--to", "newest"), 4, "not-found"),
        (("--to", "in-force", "--programme", "atlantis"), 4, "not-found"),
        (("--to", "in-force", "--case", "NX-20261120-0099"), 4, "not-found"),
        (("--to", "in-force", "--as", "nobody"), 4, "not-found"),
        (("--to", "in-force", "--as", "timer"), 2, "usage"),
        ((), 2, "usage"),
    ],
)
def test_words_that_mean_nothing(town: commandline.Town, words: tuple[str, ...], exit_: int, code: str) -> None:
    found, error = town.refused("migrate", *words)
    assert (found, error["code"]) == (exit_, code), error


def test_an_empty_store(made_town: Path, tmp_path: Path) -> None:
    shutil.copytree(made_town, tmp_path / "data")
    empty = commandline.Town(folder=tmp_path / "data")
    assert empty.say(*IN_FORCE, "--dry-run").out.startswith("no open case is elsewhere than in ")
    assert empty.ask(*IN_FORCE) == []
