"""Versions at the command line: what a change means, what it would have changed, putting it in force, and what was in force."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.acceptance.town import edited
from tests.commandline import NINGXIANG, ROOT, Town


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ningxiang with a shorter time to dispatch."""
    copy = tmp_path / "edited"
    shutil.copytree(NINGXIANG, copy)
    change(copy / "workflows" / "report.yaml", ("within: 10 minutes", "within: 5 minutes"))
    return copy


def change(file: Path, *changes: tuple[str, str]) -> None:
    file.write_text(edited(file.read_text(encoding="utf-8"), *changes), encoding="utf-8")


def short(town: Town) -> str:
    """The version in force."""
    return next(str(row["version"]) for row in town.ask("versions") if row["in_force"])


def test_a_change_is_read_before_it_is_published(fengxing: Town, folder: Path) -> None:
    (found,) = fengxing.ask("diff", "ningxiang", str(folder))["changes"]
    assert (found["path"], found["kind"], found["effect"]) == ("clocks.dispatching.within.0.is", "changed", "pinned")
    assert found["sentence"] == "the limit of `dispatching` is shortened from 10 minutes to 5 minutes"
    said = fengxing.say("diff", str(NINGXIANG), str(folder), FENGXING_LANG="zh")
    assert said.exit == 0
    assert "时限 `dispatching` 由 10 分钟 缩短为 5 分钟" in said.out
    assert "共 1 处变更：1 处只影响新案件，0 处对所有案件立即生效。" in said.out
    assert fengxing.say("diff", str(folder), str(folder)).out == "no difference in meaning.\n"


def test_two_folders_are_compared_without_a_store(tmp_path: Path, folder: Path) -> None:
    assert len(Town(folder=tmp_path / "none").ask("diff", str(NINGXIANG), str(folder))["changes"]) == 1


def test_published_listed_shown_and_written_back(fengxing: Town, folder: Path, tmp_path: Path) -> None:
    fengxing.open()
    before = short(fengxing)
    said = fengxing.say("publish", str(folder), "--as", "zhao-min", "--reason", "five minutes are enough")
    assert said.exit == 0, said.err
    assert "is shortened from 10 minutes to 5 minutes" in said.out
    now = short(fengxing)
    assert f"ningxiang {now[:12]} is in force; new cases use it." in said.out
    assert f"1 open case stays on older versions; `fengxing migrate --to {now[:12]} --dry-run`" in said.out
    newest, first = fengxing.ask("versions", "--programme", "ningxiang")
    assert (newest["author"], newest["reason"], newest["open_cases"]) == ("zhao-min", "five minutes are enough", 0)
    assert (first["version"], first["in_force"], first["open_cases"]) == (before, False, 1)
    table = fengxing.say("versions").out
    assert "five minutes are enough" in table
    assert "in force" in table
    written = tmp_path / "as-it-was"
    assert fengxing.ask("versions", "show", before[:6], "--write", str(written))["written_to"] == str(written)
    assert fengxing.ask("diff", str(written), str(NINGXIANG)) == {"changes": []}
    assert (written / "workflows" / "report.yaml").read_bytes() == (NINGXIANG / "workflows" / "report.yaml").read_bytes()
    assert "# file: people.yaml" in fengxing.say("versions", "show", "ningxiang").out
    code, error = fengxing.refused("versions", "show", before[:6], "--write", str(written))
    assert (code, error["code"]) == (2, "usage")


def test_what_is_in_force_already_is_no_new_version(fengxing: Town, folder: Path) -> None:
    first = fengxing.ask("publish", str(folder), "--reason", "x", "--as", "zhao-min")
    again = fengxing.ask("publish", str(folder), "--reason", "x", "--as", "zhao-min")
    assert (first["changed"], again["changed"], again["version"]) == (True, False, first["version"])
    assert "was in force already" in fengxing.say("publish", str(folder), "--reason", "x").out


def test_a_folder_with_problems_is_not_published(fengxing: Town, folder: Path) -> None:
    change(folder / "workflows" / "report.yaml", ("within: 5 minutes", "withn: 5 minutes"))
    before = short(fengxing)
    answer = fengxing.say("publish", str(folder), "--reason", "x", "--json")
    assert answer.exit == 1
    body = orjson.loads(answer.out)
    assert body["published"] is False
    assert any(problem["path"].endswith("withn") for problem in body["problems"])
    said = fengxing.say("publish", str(folder), "--reason", "x", FENGXING_LANG="zh")
    assert (said.exit, said.out.splitlines()[-1].endswith("未发布，仍使用此前生效的版本。")) == (1, True)
    assert short(fengxing) == before
    code, error = fengxing.refused("diff", "ningxiang", str(folder))
    assert (code, error["code"]) == (3, "definition-invalid")
    assert "withn" in error["message"]


REFUSED = [
    ("a reason is owed", ("publish", str(NINGXIANG)), 2, "usage"),
    ("an empty one is none", ("publish", str(NINGXIANG), "--reason", "  "), 2, "usage"),
    ("one programme at a time", ("publish", str(NINGXIANG.parent), "--reason", "x"), 3, "several-programmes"),
    ("nobody knows this person", ("publish", str(NINGXIANG), "--reason", "x", "--as", "nobody"), 4, "not-found"),
    ("a rider decides no rules", ("publish", str(NINGXIANG), "--reason", "x", "--as", "xu-peng"), 3, "role"),
    ("the machine is nobody", ("publish", str(NINGXIANG), "--reason", "x", "--as", "system"), 2, "usage"),
    ("nobody published that", ("versions", "show", "feedbeef"), 4, "not-found"),
    ("nobody published such a programme", ("versions", "--programme", "nowhere"), 4, "not-found"),
    ("neither a folder nor a version", ("diff", "ningxiang", "nowhere"), 4, "not-found"),
    ("no such folder", ("diff", "ningxiang", "./nowhere"), 4, "not-found"),
    ("the folder of all is no programme", ("diff", "ningxiang", str(NINGXIANG.parent)), 2, "usage"),
    ("nor here", ("whatif", str(NINGXIANG.parent)), 2, "usage"),
    ("a time has its offset", ("whatif", str(NINGXIANG), "--since", "yesterday"), 2, "usage"),
    ("a picture has a form", ("whatif", str(NINGXIANG), "--plot", "x.pdf"), 2, "form-unknown"),
    ("a picture has a place", ("whatif", str(NINGXIANG), "--plot", "/nowhere/x.svg"), 2, "usage"),
]


@pytest.mark.parametrize(("_sentence", "words", "code", "name"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused(fengxing: Town, _sentence: str, words: tuple[str, ...], code: int, name: str) -> None:
    exit_, error = fengxing.refused(*words)
    assert (exit_, error["code"]) == (code, name)


def test_without_any_version_the_way_to_the_first_is_named(tmp_path: Path) -> None:
    town = Town(folder=tmp_path / "data")
    town.ask("db", "upgrade")
    assert town.ask("versions") == []
    assert "fengxing publish" in town.say("versions").out
    assert "fengxing publish DIR" in town.refused("versions", "show", "abcd")[1]["message"]


def test_a_broken_folder_that_is_watched_is_said_beside_the_list(fengxing: Town, tmp_path: Path) -> None:
    shutil.copytree(NINGXIANG, tmp_path / "watched")
    (tmp_path / "watched" / "people.yaml").write_text("people: [\n", encoding="utf-8")
    answer = fengxing.say("versions", FENGXING_PROGRAMMES=str(tmp_path / "watched"))
    assert answer.exit == 0
    assert "in force" in answer.out
    assert "people.yaml" in answer.err
    assert "what was in force before stays in force" in answer.err


# What if


@pytest.fixture
def morning(fengxing: Town) -> Town:
    fengxing.dispatched()
    fengxing.open("第二件")
    fengxing.until("2026-11-20T08:08:00+08:00")
    fengxing.ask("move", "2", "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=2")
    fengxing.ask("move", "2", "dispatch", "--as", "zhao-min", "--fact", "unit=lamps")
    fengxing.until("2026-11-20T08:20:00+08:00")
    return fengxing


def test_what_a_shorter_limit_would_have_done(morning: Town, folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "whatif.svg"
    body = morning.ask("whatif", str(folder), "--plot", str(picture))
    assert body["agreement"] == {"agree": 2, "of": 2, "differ": []}
    assert body["changed"] == [{"number": "NX-20261120-0002", "clock": "dispatching", "before": "met", "after": "breached"}]
    assert "<svg" in picture.read_text(encoding="utf-8")
    said = morning.say("whatif", str(folder), FENGXING_LANG="zh")
    assert "NX-20261120-0002  dispatching: 按时 → 超时" in said.out
    assert "按原规则推演与实际历史一致的有 2 件（共比对 2 件）" in said.out


def test_a_folder_that_cannot_be_lived_under_is_a_finding(morning: Town, folder: Path) -> None:
    change(folder / "workflows" / "report.yaml", ("within: 5 minutes", "withn: 5 minutes"))
    answer = morning.say("whatif", str(folder), "--json")
    assert answer.exit == 1
    assert orjson.loads(answer.out)["problems"]
    assert morning.say("whatif", str(folder)).exit == 1


def test_where_there_is_no_case_nothing_would_have_changed(fengxing: Town, folder: Path) -> None:
    assert fengxing.ask("whatif", str(folder))["cases"] == 0
    assert "there were no such cases." in fengxing.say("whatif", str(folder)).out


def test_what_is_taken_up_beside_the_clock_is_said_once(fengxing: Town, tmp_path: Path) -> None:
    folder = tmp_path / "ningxiang"
    shutil.copytree(NINGXIANG, folder)

    def beside() -> str:
        given = {**os.environ, **fengxing.settings(FENGXING_PROGRAMMES=str(folder))}
        return subprocess.run(
            [sys.executable, "-m", "cli.taking"], check=True, env=given, cwd=ROOT, stderr=subprocess.PIPE, text=True
        ).stderr

    beside()
    report = folder / "workflows" / "report.yaml"
    report.write_text(report.read_text("utf-8").replace("within: 10 minutes", "within: 12 minutes", 1), "utf-8")
    said = beside()
    assert said.startswith("ningxiang ")
    assert said.splitlines()[-1].endswith(" was taken up and is in force; new cases use it")
    assert beside() == ""
