"""`fengxing test` as an admin types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from engine import starting
from tests import builders
from tests.acceptance.town import edited
from tests.architecture import test_docs
from tests.commandline import NINGXIANG, ROOT, Town

PAGE = ROOT / "docs" / "definition-tests.md"


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return Town(folder=tmp_path / "data")


@pytest.fixture
def mytown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The town of `fengxing new` with the stories of docs/definition-tests.md, seen from where it lies."""
    folder = tmp_path / "config" / "programmes" / "mytown"
    shutil.copytree(starting.TEMPLATE, folder)
    (told,) = [block[named.end() :] for block in test_docs.blocks(PAGE, "yaml") if (named := test_docs.FILE.match(block))]
    (folder / "workflows" / "report.tests.yaml").write_text(told, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Path("config") / "programmes" / "mytown"


def later(mytown: Path) -> None:
    """The leader hears after half an hour instead of twenty minutes."""
    report = mytown / "workflows" / "report.yaml"
    text = report.read_text(encoding="utf-8")
    report.write_text(edited(text, ("{after: 20 minutes, notify: [leader]", "{after: 30 minutes, notify: [leader]")), encoding="utf-8")


def test_the_stories_of_the_page_hold(here: Town, mytown: Path) -> None:
    answer = here.say("test", str(mytown))
    assert (answer.exit, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == "mytown/report: states 4/5 · transitions 3/6 · rungs 3/8 · targets 4/5"
    assert lines[1].startswith("2 stories hold; ")
    assert here.say("check", str(mytown)).exit == 0


def test_a_failure_reads_as_the_page_shows(here: Town, mytown: Path) -> None:
    later(mytown)
    answer = here.say("test", str(mytown))
    assert (answer.exit, answer.err) == (1, "")
    shown = test_docs.blocks(PAGE, "text")[0]
    assert answer.out.startswith(shown)
    assert answer.out.splitlines()[-1].startswith("1 story holds, 1 does not; ")


def test_it_reads_in_chinese(here: Town, mytown: Path) -> None:
    later(mytown)
    answer = here.say("test", str(mytown), "--uncovered", FENGXING_LANG="zh")
    assert answer.exit == 1
    lines = [line.strip() for line in answer.out.splitlines()]
    assert "第 13 行：at 00:20 leader is mailed 'overdue'" in lines
    assert "应当: 2026-02-17 00:20 分管领导收到 overdue" in lines
    assert "实际: 2026-02-17 00:30 陈军收到 overdue（派单时限）" in lines
    assert "- 2026-02-17 00:20  分管领导收到 overdue" in lines
    assert "+ 2026-02-17 00:30  陈军收到 overdue（派单时限）" in lines
    assert "流转: discard, return, rework" in lines
    assert lines[-1].startswith("1 个故事成立，1 个不成立；用时 ")


def test_as_json(here: Town, mytown: Path) -> None:
    later(mytown)
    answer = here.say("test", str(mytown), "--json")
    assert (answer.exit, answer.err) == (1, "")
    found = orjson.loads(answer.out)
    eve, lamp = found["stories"]
    assert (eve["file"], eve["line"], eve["workflow"], eve["ok"]) == (str(mytown / "workflows" / "report.tests.yaml"), 4, "report", False)
    assert eve["failures"][0] == {
        "line": 13,
        "column": 9,
        "sentence": "at 00:20 leader is mailed 'overdue'",
        "expected": "leader mailed 'overdue' at 2026-02-17 00:20",
        "happened": "chen-jun mailed 'overdue' (dispatching) at 2026-02-17 00:30",
    }
    assert {"mark": "-", "at": "2026-02-17T00:20:00+08:00", "said": "leader mailed 'overdue'"} in eve["course"]
    assert (lamp["ok"], lamp["failures"], lamp["course"]) == (True, [], [])
    assert found["coverage"] == [
        {
            "programme": "mytown",
            "workflow": "report",
            "states": {"visited": 4, "of": 5, "missing": ["invalid"]},
            "transitions": {"visited": 3, "of": 6, "missing": ["discard", "return", "rework"]},
            "rungs": {"visited": 3, "of": 8, "missing": ["handling.1", "handling.2", "checking.1", "checking.2", "whole.1"]},
            "targets": {"visited": 4, "of": 5, "missing": ["handling.2"]},
        }
    ]
    assert found["problems"] == []


def test_some_stories_only(here: Town, mytown: Path) -> None:
    later(mytown)
    assert here.say("test", str(mytown), "--story", "夜里路灯").exit == 0
    assert [story["ok"] for story in orjson.loads(here.say("test", str(mytown), "--story", "NEW YEAR", "--json").out)["stories"]] == [False]
    answer = here.say("test", str(mytown), "--story", "Easter")
    assert (answer.exit, answer.err.splitlines()[0]) == (2, "error: no story is called so: Easter")


def test_less_than_asked_for_is_a_failure(here: Town, mytown: Path) -> None:
    answer = here.say("test", str(mytown), "--least", "90")
    assert answer.exit == 1
    assert "mytown/report: less than 90 % is visited; `--uncovered` names the rest" in answer.out
    assert here.say("test", str(mytown), "--least", "37").exit == 0


def test_a_town_without_stories_is_warned(here: Town, tmp_path: Path) -> None:
    answer = here.say("test", str(builders.a_folder(tmp_path)))
    assert answer.exit == 0
    assert "the workflow `report` has no stories; write some in `workflows/report.tests.yaml`" in answer.out
    assert answer.out.splitlines()[-1] == "no stories were found."


@pytest.mark.parametrize(("story", "says"), [
    ("tests: report", "workflows/report.tests.yaml:1:1: stories: `stories` is missing; "),
    ("tests: [", "workflows/report.tests.yaml:1:"),
    ("tests: report\nstories: [{story: x, given: 'a report, at 2026-02-16 23:50', then: the case is lost}]", "no state is called `lost`"),
])  # fmt: skip
def test_a_file_with_a_problem_is_a_finding(here: Town, tmp_path: Path, story: str, says: str) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "workflows" / "report.tests.yaml").write_text(story, encoding="utf-8")
    for command in ("test", "check"):
        answer = here.say(command, str(folder))
        assert answer.exit == 1
        assert says in answer.out
    assert here.say("test", str(folder), "--json").exit == 1


def test_the_rule_of_ten_minutes_is_held_by_ningxiangs_stories(here: Town, tmp_path: Path) -> None:
    """ten minutes become twelve: a story names it"""
    folder = tmp_path / "ningxiang"
    shutil.copytree(NINGXIANG, folder)
    report = folder / "workflows" / "report.yaml"
    report.write_text(
        edited(report.read_text(encoding="utf-8"), ("    within: 10 minutes\n", "    within: 12 minutes\n")), encoding="utf-8"
    )
    found = orjson.loads(here.say("test", str(folder), "--json").out)["stories"]
    failed = {story["name"]: [failure["sentence"] for failure in story["failures"]] for story in found if not story["ok"]}
    assert "派单时限于 24:00 超时" in failed["除夕夜里报来一件，值班台没有人动"]
    assert failed["晚一秒就是超时"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("ladder: desk", "ladder: dsk"), ("hours: office", "hours: offce"), ("to: dispatched, by", "to: dispatchd, by"), ("runs_in: reported", "runs_in: reportd")],
)  # fmt: skip
def test_a_town_that_nobody_could_live_in_is_not_tried(here: Town, mytown: Path, old: str, new: str) -> None:
    """A name that does not exist is for `check` to tell; no story runs into it."""
    report = mytown / "workflows" / "report.yaml"
    report.write_text(edited(report.read_text(encoding="utf-8"), (old, new)), encoding="utf-8")
    answer = here.say("test", str(mytown))
    assert (answer.exit, answer.err) == (1, "")
    assert f"run `fengxing check {mytown}` and mend them first" in answer.out


def test_a_folder_that_is_not_there_is_said_to_be_missing(here: Town, tmp_path: Path) -> None:
    answer = here.say("test", str(tmp_path / "nowhere"))
    assert answer.exit == 1
    assert "there is no such folder" in answer.out
