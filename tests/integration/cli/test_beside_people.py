"""`fengxing register` and `fengxing schedules`, as an admin types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import builders, commandline
from tests.commandline import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Testtown at eight o'clock, where lunch is taken out at half past ten."""
    builders.beside(builders.a_folder(tmp_path / "towns"), builders.SCHEDULED)
    found = Town(folder=tmp_path / "data", programmes=tmp_path / "towns")
    assert found.say("db", "upgrade", "--virtual", commandline.START).exit == 0
    return found


def test_the_registers_and_what_stands_in_them(town: Town) -> None:
    (listed,) = town.ask("register", "list", "--programme", "testtown")
    assert (listed["register"], listed["rows"], list(listed["columns"])) == ("orders", 3, ["meal", "rider"])
    shown = town.ask("register", "show", "orders", "--when", "meal=lunch")
    assert shown["rows"] == [
        {"id": "li", "title": {"zh": "李奶奶", "en": "Mrs Li"}, "meal": "lunch", "rider": "ma"},
        {"id": "wang", "title": "王爷爷", "meal": "lunch"},
    ]
    assert [row["id"] for row in town.ask("register", "show", "orders", "--when", "meal=lunch", "--when", "meal=supper")["rows"]] == [
        "li",
        "wang",
        "zhao",
    ]
    refused = town.say("register", "show", "orders", "--when", "meal=luncheon")
    assert (refused.exit, refused.out) == (4, "")
    assert "did you mean lunch" in refused.err
    said = town.say("register", "show", "orders", FENGXING_LANG="zh").out
    assert "李奶奶" in said
    assert "共 3 行" in said


def test_what_comes_next_and_what_came_of_it(town: Town) -> None:
    (before,) = town.ask("schedules", "--programme", "testtown", "--days", "2")
    assert (before["rows"], before["last"]) == (2, [])
    assert before["next"] == ["2026-11-20T10:30:00+08:00", "2026-11-21T10:30:00+08:00"]
    came = town.ask("clock", "--until", "2026-11-20T11:00:00+08:00")
    assert [(one["schedule"], one["entry"], one["case"]) for one in came["scheduled"]] == [
        ("lunch", "li", "TT-20261120-0001"),
        ("lunch", "wang", "TT-20261120-0002"),
    ]
    (after,) = town.ask("schedules", "--days", "1")
    assert [one["case"] for one in after["last"]] == ["TT-20261120-0001", "TT-20261120-0002"]
    assert after["next"] == ["2026-11-21T10:30:00+08:00"]
    assert "TT-20261120-0001（li）" in town.say("schedules", FENGXING_LANG="zh").out


def test_a_case_is_shown_with_the_title_of_its_row(town: Town) -> None:
    town.ask("register", "list", "--programme", "testtown")
    town.ask("clock", "--until", "2026-11-20T11:00:00+08:00")
    assert "li · Mrs Li" in town.say("show", "1").out
    assert "li · 李奶奶" in town.say("show", "1", FENGXING_LANG="zh").out
    detail = town.ask("history", "1")[0]["detail"]
    assert detail["schedule"] == {"name": "lunch", "moment": "2026-11-20T10:30:00+08:00", "entry": "li"}
    assert town.ask("conform")["ok"]
    assert town.ask("verify")["ok"]


@pytest.mark.parametrize(("words", "code", "message"), [
    (("register", "show", "ordres", "--programme", "testtown"), "not-found", "no register ordres; did you mean orders?"),
    (("register", "show", "orders", "--programme", "testtown", "--when", "mael=lunch"), "not-found", "no column mael; did you mean meal?"),
    (("register", "show", "orders", "--programme", "testtown", "--when", "meal"), "usage", "write COLUMN=VALUE"),
    (("register", "list", "--programme", "testtwon"), "not-found", "no programme testtwon"),
    (("schedules", "--programme", "testtwon"), "not-found", "no programme testtwon"),
    (("schedules", "--days", "0"), "usage", "greater than or equal to 1"),
])  # fmt: skip
def test_what_cannot_be_meant_is_said(town: Town, words: tuple[str, ...], code: str, message: str) -> None:
    _, error = town.refused(*words)
    assert error["code"] == code
    assert message in error["message"]


def test_a_town_without_either_is_told_where_they_stand(tmp_path: Path) -> None:
    builders.a_folder(tmp_path / "towns")
    bare = Town(folder=tmp_path / "data", programmes=tmp_path / "towns")
    assert bare.say("db", "upgrade", "--virtual", commandline.START).exit == 0
    assert bare.ask("register", "list") == []
    assert bare.ask("schedules") == []
    assert "registers/NAME.yaml" in bare.say("register", "list").out
    assert "schedules.yaml" in bare.say("schedules").out


def test_diff_and_versions_know_the_new_files(town: Town, tmp_path: Path) -> None:
    town.ask("register", "list", "--programme", "testtown")
    edited = {
        **builders.SCHEDULED,
        "schedules.yaml": builders.SCHEDULES.replace("10:30", "10:45"),
        "registers/orders.yaml": builders.ORDERS.replace("rider: ma", "rider: hu"),
    }
    other = builders.beside(builders.a_folder(tmp_path / "other"), edited)
    said = {change["file"]: change["sentence"] for change in town.ask("diff", "testtown", str(other))["changes"]}
    assert said == {
        "registers/orders.yaml": "row `li`: `rider` is hu instead of ma",
        "schedules.yaml": "schedule `lunch` no longer comes at 10:30",
    }
    assert {"schedules.yaml", "registers/orders.yaml"} <= town.ask("versions", "show", "testtown")["files"].keys()
    published = town.ask("publish", str(other), "--as", "mayor", "--reason", "lunch is later")
    assert published["published"]
    assert town.ask("schedules", "--days", "1")[0]["next"] == ["2026-11-20T10:45:00+08:00"]
