"""`fengxing stats` and `fengxing digest` as a leader's office types them, with slips too."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from tests import builders, commandline


@pytest.fixture
def office(fengxing: commandline.Town, tmp_path: Path) -> commandline.Town:
    """Ningxiang with counts from elsewhere and a circular of its own, and a case that is late."""
    folder = tmp_path / "programmes"
    shutil.copytree(commandline.NINGXIANG, folder)
    (folder / "figures.yaml").write_text(
        "outside:\n  complaints: {title: {zh: 投诉, en: Complaints}, file: complaints.csv, known: true}\n"
        "monthly: {to: [leader], rates: [closure_rate, on_time_closing_rate]}\n",
        encoding="utf-8",
    )
    (folder / "outside").mkdir()
    (folder / "outside" / "complaints.csv").write_text("date,count\n2026-11-20,3\n2026-11-20,many\n", encoding="utf-8")
    own = commandline.Town(folder=fengxing.folder, programmes=folder, database=fengxing.database)
    assert own.say("publish", "--reason", "figures").exit == 0
    own.dispatched()
    own.until("2026-11-20T12:00:00+08:00")
    return own


def test_a_month_beside_another_as_json(office: commandline.Town) -> None:
    rows = office.ask("stats", "--programme", "ningxiang", "--month", "2026-11", "--against", "2026-10", "--exempt", "both")
    found = {row["name"]: row for row in rows}
    assert (found["reports"]["value"], found["outside:complaints"]["value"], found["found_rate"]["denominator"]) == (1.0, 3.0, 4)
    late, held = found["overdue_rate:handling"], found["overdue_rate:handling@without"]
    assert (late["exempt"], held["exempt"], late["value"], held["value"]) == ("with", "without", 1.0, 1.0)
    assert (late["change"], late["change_in"], late["few"]) == (None, "points", True)
    assert set(found["closure_rate"]) >= {"name", "group", "numerator", "denominator", "value", "formula", "against"}


def test_only_the_figures_that_were_named(office: commandline.Town) -> None:
    rows = office.ask("stats", "--by", "unit", "--rate", "overdue_rate:handling", "--rate", "reports")
    assert {row["name"] for row in rows} == {"overdue_rate:handling", "reports"}
    assert {row["name"] for row in office.ask("stats", "--rate", "messages_sent")} == {"messages_sent"}


def test_the_figures_of_one_kind_of_case(office: commandline.Town) -> None:
    assert (
        office.say(
            "open", "care", "--programme", "ningxiang", "--as", "xu-peng", "--fact", "description=多一把伞", "--fact", "kind=relief"
        ).exit
        == 0
    )
    counted = {flow: office.ask("stats", "--workflow", flow, "--rate", "reports") for flow in ("report", "care")}
    assert {flow: row["value"] for flow, (row,) in counted.items()} == {"report": 1.0, "care": 1.0}
    assert office.ask("stats", "--rate", "reports")[0]["value"] == 2.0
    slip = office.say("stats", "--workflow", "reprot", "--json")
    assert (slip.exit, slip.error["message"]) == (4, "no workflow reprot; did you mean report?")


def test_a_workbook_and_a_picture(office: commandline.Town, tmp_path: Path) -> None:
    book, picture = tmp_path / "november.xlsx", tmp_path / "november.png"
    answer = office.say("stats", "--by", "unit", "--month", "2026-11", "--xlsx", str(book), "--plot", str(picture), FENGXING_LANG="zh")
    assert answer.exit == 0
    assert "路灯维修班" in answer.out
    assert f"已写入：{book}" in answer.err
    assert "complaints.csv:3:1: 此行未计入：`many` is no count" in answer.err
    assert openpyxl.load_workbook(book).sheetnames[0] == "unit"
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--month", "2026-13"), 2, "'2026-13' is no month"),
        (("--against", "last"), 2, "'last' is no month"),
        (("--against", "2026-10-01/2026-11-01"), 2, "--against"),
        (("--month", "2026-11", "--from", "2026-11-01T00:00:00+08:00"), 2, "give --month, or --from and --to"),
        (("--rate", "on_time_closing"), 2, "did you mean on_time_closing_rate"),
        (("--xlsx", "november.csv"), 2, "end its name with .xlsx"),
        (("--plot", "november.gif"), 2, ".svg or .png"),
        (("--plot", "/nowhere/at/all/november.png"), 2, "no such folder"),
        (("--by", "colour"), 2, "colour"),
        (("--exempt", "perhaps"), 2, "perhaps"),
        (("--programme", "nowhere"), 4, "no programme nowhere"),
    ],
)
def test_slips(fengxing: commandline.Town, words: tuple[str, ...], code: int, said: str) -> None:
    answer = fengxing.say("stats", *words)
    assert (answer.exit, answer.out) == (code, "")
    assert said in answer.err


def test_an_empty_store_says_so(fengxing: commandline.Town) -> None:
    assert fengxing.say("stats", "--month", "2026-11").out == "no case was opened in that time\n"
    assert fengxing.ask("stats", "--month", "2026-11", "--by", "day") == []
    for by in ((), ("--by", "unit"), ("--by", "day"), ("--by", "clock")):
        refused = fengxing.say("stats", "--month", "2026-11", *by, "--plot", str(fengxing.folder / "empty.svg"))
        assert (refused.exit, refused.out) == (2, "")
        assert "nothing to draw" in refused.err


def test_the_mails_are_shown_and_written(office: commandline.Town, tmp_path: Path) -> None:
    folder = tmp_path / "preview"
    (letter,) = [
        each
        for each in office.ask("digest", "morning", "--programme", "ningxiang", "--out", str(folder))
        if each["recipient"] == "zheng-hua"
    ]
    assert letter["subject"].startswith("【晨报】2026年11月20日")
    assert (letter["to"], letter["pictures"], letter["sent"]) == ("zheng.hua@ningxiang.example", ["figure-1", "figure-2"], 0)
    assert all(Path(file).exists() for file in letter["files"])
    html = (folder / "morning.ningxiang.zheng-hua.html").read_text(encoding="utf-8")
    assert 'src="morning.ningxiang.zheng-hua.figure-1.png"' in html
    shown = office.say("digest", "monthly", "--programme", "ningxiang", "--at", "2026-12-01T09:00:00+08:00", FENGXING_LANG="zh")
    assert "【通报】2026-11 案件办理情况" in shown.out


def test_what_cannot_be_sent_or_shown(fengxing: commandline.Town) -> None:
    assert fengxing.say("digest", "weekly").exit == 2
    assert "leave --at away" in fengxing.say("digest", "morning", "--send", "--at", "2026-11-20T09:00:00+08:00").err
    assert fengxing.say("digest", "morning", "--programme", "nowhere").exit == 4
    for which in ("monthly", "morning"):
        assert "there is nothing to tell" in fengxing.say("digest", which, "--programme", "ningxiang").err


def test_a_town_that_asks_for_no_circular_is_told_so(tmp_path: Path) -> None:
    builders.a_folder(tmp_path / "towns")
    bare = commandline.Town(folder=tmp_path / "data", programmes=tmp_path / "towns")
    assert bare.say("db", "upgrade", "--virtual", commandline.START).exit == 0
    assert "no circular is asked for" in bare.say("digest", "monthly", "--programme", "testtown").err
