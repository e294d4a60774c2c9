"""What a person types, and sees, of a case that is not for everybody: Ningxiang, with rules of visibility of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import commandline
from tests.commandline import Town

RULES = """\
visibility:
  - {facts: [description], only: [duty, desk-chief, handler]}
  - {in: [suspended], facts: all, only: [leader, desk-chief]}
  - {in: [invalid], facts: all, only: [desk-chief, reporter, on_behalf_of]}

notices:
"""
SECRET = "老人独居"


@pytest.fixture
def town(fengxing: Town, tmp_path: Path) -> Town:
    folder = tmp_path / "ningxiang"
    shutil.copytree(commandline.NINGXIANG, folder)
    file = folder / "workflows" / "report.yaml"
    flow = file.read_text(encoding="utf-8").replace("notices:\n", RULES, 1)
    flow = flow.replace("  - {on: suspend, to: [reporter, on_behalf_of], template: suspended}\n", "")
    file.write_text(flow, encoding="utf-8")
    return Town(folder=fengxing.folder, programmes=folder)


@pytest.fixture
def case(town: Town) -> str:
    """Reported by the rider Xu Peng, in the hands of the lamp crew."""
    number = str(town.open(SECRET)["number"])
    town.ask("move", number, "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=2")
    town.ask("move", number, "dispatch", "--as", "zhao-min", "--fact", "unit=lamps")
    return number


def suspend(town: Town, case: str) -> dict[str, Any]:
    words = ("--fact", "reason=等配件", "--fact", "review_on=2026-12-20")
    found: dict[str, Any] = town.ask("move", case, "suspend", "--as", "zheng-hua", *words)
    return found


def test_the_folder_is_sound(town: Town) -> None:
    assert town.say("check", str(town.programmes)).exit == 0


def test_a_hidden_value_reads_as_hidden(town: Town, case: str) -> None:
    assert town.ask("show", case, "--as", "zhao-min")["facts"]["description"] == SECRET
    assert town.ask("show", case, "--as", "wang-jing")["facts"]["description"] == {"hidden": True}
    assert "(hidden)" in town.say("show", case, "--as", "wang-jing").out
    assert "（不可见）" in town.say("show", case, "--as", "wang-jing", FENGXING_LANG="zh").out
    assert town.ask("show", case)["facts"]["description"] == SECRET


@pytest.mark.parametrize("words", [
    ("show", "CASE", "--as", "wang-jing"), ("history", "CASE", "--as", "wang-jing"), ("explain", "CASE", "--as", "wang-jing"),
    ("explain", "CASE", "--trigger", "resume", "--as", "wang-jing"), ("explain", "CASE", "--refused", "--as", "wang-jing"),
    ("outbox", "list", "--case", "CASE", "--as", "wang-jing"), ("move", "CASE", "resume", "--as", "wang-jing"),
    ("move", "CASE", "resume", "--as", "wang-jing", "--if-version", "1"), ("acknowledge", "CASE", "--clock", "whole", "--as", "wang-jing"),
], ids=" ".join)  # fmt: skip
def test_of_a_hidden_case_one_is_told_what_one_is_told_of_none(town: Town, case: str, words: tuple[str, ...]) -> None:
    suspend(town, case)
    hidden = town.say(*(case if word == "CASE" else word for word in words), "--json")
    absent = town.say(*("NX-20261120-0999" if word == "CASE" else word for word in words), "--json")
    assert (hidden.exit, hidden.out, hidden.err) == (4, "", absent.err.replace("NX-20261120-0999", case))
    assert (absent.exit, absent.out) == (4, "")


def test_a_photo_for_a_hidden_case_says_no_more(town: Town, case: str, tmp_path: Path) -> None:
    suspend(town, case)
    photo = tmp_path / "lamp.jpg"
    photo.write_bytes(b"none")
    assert town.refused("move", case, "resume", "--as", "wang-jing", "--photo", str(photo))[0] == 4


def test_lists_and_logs_leave_it_out(town: Town, case: str, tmp_path: Path) -> None:
    suspend(town, case)
    other = str(town.open("路灯不亮")["number"])
    assert [one["number"] for one in town.ask("list", "--as", "wang-jing")] == [other]
    assert {one["number"] for one in town.ask("list", "--as", "zheng-hua")} == {case, other}
    told = town.say("export", "--format", "csv", "--texts")
    assert case not in told.out
    assert SECRET not in told.out
    assert "left out: 1 case" in told.err
    log = tmp_path / "log.csv"
    assert town.ask("export", "--out", str(log), "--texts", "--as", "wu-xia")["left_out"] == 0
    assert case in log.read_text(encoding="utf-8")
    assert SECRET in log.read_text(encoding="utf-8")
    assert town.ask("conform", "--as", "wang-jing")["cases"] == 2


def test_who_hides_a_case_from_himself_has_a_receipt(town: Town) -> None:
    """What was thrown out is for the head of the desk and the reporter; the officer on duty who did it is told that it is done."""
    first, second = (str(town.open(SECRET)["number"]) for _ in range(2))
    assert town.ask("move", first, "discard", "--as", "zhao-min", "--fact", "reason=不实") == {"id": 1, "number": first, "hidden": True}
    said = town.say("move", second, "discard", "--as", "zhao-min", "--fact", "reason=不实").out
    assert said == f"{second}: done; from here on only others see this case\n"
    assert town.refused("show", first, "--as", "zhao-min")[0] == 4
    assert town.ask("show", first, "--as", "wu-xia")["state"] == "invalid"


def test_own_messages_only(town: Town, case: str) -> None:
    his = town.ask("outbox", "list", "--as", "xu-peng")
    assert {one["recipient"] for one in his} == {"xu-peng"}
    everybody = town.ask("outbox", "list")
    other = next(one["id"] for one in everybody if one["recipient"] != "xu-peng")
    assert town.refused("outbox", "show", str(other), "--as", "xu-peng")[0] == 4
    assert SECRET not in town.say("outbox", "show", str(his[0]["id"]), "--as", "xu-peng").out
    assert town.refused("outbox", "list", "--as", "nobody")[0] == 4


def test_strangers_are_strangers(town: Town, case: str) -> None:
    for words in (("explain", case), ("export",), ("conform",), ("list",)):
        exit_code, error = town.refused(*words, "--as", "xu-pang", *(("--out", "x.csv") if words == ("export",) else ()))
        assert (exit_code, error["code"]) == (4, "not-found")
