"""`fengxing points` as people type it: balances, a statement, a workbook, a correction, in both languages."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests import builders
from tests.commandline import START, Town
from tests.integration import ledgers


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Ma has earned fifteen points by three leads, and asks for two hundred yuan."""
    ledgers.a_programme(tmp_path / "programmes")
    town = Town(folder=tmp_path / "data", programmes=tmp_path / "programmes" / "testtown")
    assert town.say("db", "upgrade", "--virtual", START).exit == 0
    for _ in range(3):
        case = town.ask("open", "lead", "--programme", "testtown", "--as", "ma")["number"]
        town.ask("move", case, "confirm", "--as", "qian", "--fact", "grade=1")
    town.ask("open", "redemption", "--programme", "testtown", "--as", "ma")
    return town


def plain(said: str) -> str:
    """What a table says, however wide its columns are."""
    return " ".join(said.split())


def test_who_owns_what_and_what_is_held(town: Town) -> None:
    (found,) = town.ask("points")
    assert found == {
        "programme": "testtown",
        "person": "ma",
        "name": "马骑手",
        "account": "points",
        "title": {"zh": "积分", "en": "Points"},
        "unit": {"zh": "分", "en": "points"},
        "balance": 5,
        "held": 10,
        "month": 15,
    }
    assert "马骑手 (ma) Points 5 points 10 +15" in plain(town.say("points").out)
    assert "马骑手 (ma) 积分 5 分 10 +15" in plain(town.say("points", FENGXING_LANG="zh").out)
    assert town.ask("points", "--month", "2026-10") == []
    assert town.say("points", "--month", "2026-10").out == "nobody owns anything yet\n"


def test_a_statement_in_the_reader_s_language(town: Town) -> None:
    town.ask("move", "TT-20261120-0004", "pay", "--as", "mayor")
    said = plain(town.say("points", "--person", "ma", FENGXING_LANG="zh").out)
    assert "马骑手 (ma) · 测试镇" in said
    assert "2026-11-20 08:00 TT-20261120-0001 食品安全隐患 +5 分 5 分" in said
    assert "兑换：积分兑奖 +200 元 200 元" in said
    assert said.endswith("积分：5 分 奖金：200 元")
    found = town.ask("points", "--person", "ma", "--programme", "testtown")
    assert (found["balances"], found["held"], len(found["entries"])) == ({"points": 5, "yuan": 200}, {}, 5)
    assert found["entries"][0] == {
        "at": START,
        "recorded_at": START,
        "case": "TT-20261120-0001",
        "seq": 2,
        "trigger": "confirm",
        "kind": "award",
        "reason": {"zh": "食品安全隐患", "en": "Food-safety lead"},
        "account": "points",
        "unit": {"zh": "分", "en": "points"},
        "amount": 5,
        "balance": 5,
        "actor": "qian",
    }


def test_a_redemption_that_is_too_dear_says_what_is_lacking(town: Town) -> None:
    code, refused = town.refused("open", "redemption", "--programme", "testtown", "--as", "ma")
    assert (code, refused["code"], refused["message"]) == (3, "balance", "ma has 5 points and open takes 10; 5 are lacking")


def test_a_correction_by_hand_stands_on_the_statement_with_who_made_it(town: Town) -> None:
    given = ("points", "correct", "--person", "ma", "--account", "points", "--amount", "-2", "--reason", "=HYPERLINK(1)", "--as", "mayor")
    assert town.say(*given).out == "马骑手 now has 3 points\n"
    assert "corrected: =HYPERLINK(1) · mayor -2 points 3 points" in plain(town.say("points", "--person", "ma").out)
    assert town.ask(*given)["balance"] == 1
    assert town.ask("verify")["ok"]


WRONG = [
    ("--account", "point", 4, "not-found"),
    ("--person", "maa", 4, "not-found"),
    ("--as", "bai", 3, "role"),
    ("--as", "timer", 2, "usage"),
    ("--amount", "0", 3, "request-invalid"),
    ("--amount", "many", 2, "usage"),
    ("--reason", " ", 3, "request-invalid"),
    ("--programme", "elsewhere", 4, "not-found"),
]


@pytest.mark.parametrize(("option", "value", "code", "error"), WRONG, ids=[f"{row[0]} {row[1]}" for row in WRONG])
def test_what_cannot_be_corrected_says_why(town: Town, option: str, value: str, code: int, error: str) -> None:
    right = {"--person": "ma", "--account": "points", "--amount": "1", "--reason": "补录", "--as": "mayor", "--programme": "testtown"}
    words = [word for pair in {**right, option: value}.items() for word in pair]
    found, refused = town.refused("points", "correct", *words)
    assert (found, refused["code"]) == (code, error)
    assert len(town.ask("points", "--person", "ma")["entries"]) == 4


def test_a_workbook_holds_balances_and_lines_and_no_formula(town: Town, tmp_path: Path) -> None:
    town.ask("points", "correct", "--person", "ma", "--account", "points", "--amount", "1", "--reason", "=1+1")
    file = tmp_path / "november.xlsx"
    assert town.ask("points", "export", "--xlsx", str(file)) == {"file": str(file), "balances": 1, "lines": 5}
    with zipfile.ZipFile(file) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        sheets = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
    assert "corrected: =1+1" in texts
    assert "TT-20261120-0003" in texts
    assert [sheet.count("<row ") for sheet in sheets] == [2, 6]
    assert not any("<f>" in sheet for sheet in sheets)
    code, refused = town.refused("points", "export", "--xlsx", str(tmp_path / "nowhere" / "x.xlsx"))
    assert (code, refused["code"]) == (2, "usage")
    assert town.refused("points", "--month", "2026-13") == (2, {"code": "usage", "message": "--month '2026-13': write as 2026-11", "possible": []})  # fmt: skip
    assert town.refused("points", "--person", "nobody")[0] == 4


def test_an_empty_store_owns_nothing(tmp_path: Path) -> None:
    ledgers.a_programme(tmp_path / "programmes", points=builders.POINTS)
    town = Town(folder=tmp_path / "data", programmes=tmp_path / "programmes")
    assert town.say("points").exit == 6
    town.say("db", "upgrade")
    assert town.ask("points") == []
