"""`fengxing diagram` as it is typed, and `fengxing explain` where it is asked why not."""

from __future__ import annotations

from pathlib import Path
from xml.dom import minidom

import pytest

from tests.commandline import NINGXIANG, ROOT, Town

PROGRAMMES = ROOT / "config" / "programmes"


def _title(document: str) -> str:
    (title, *_) = minidom.parseString(document).getElementsByTagName("title")
    return "".join(child.data for child in title.childNodes if isinstance(child, minidom.Text))


def test_what_is_in_force_is_drawn_in_chinese_unless_somebody_says_otherwise(fengxing: Town) -> None:
    assert _title(fengxing.say("diagram").out) == "蜂行者联盟 · 随手拍"
    assert _title(fengxing.say("diagram", "report", "--programme", "ningxiang", "--lang", "en").out).endswith("Snap and report")
    assert _title(fengxing.say("diagram", FENGXING_LANG="en").out).endswith("Snap and report")
    assert _title(fengxing.say("diagram", "--lang", "zh", FENGXING_LANG="en").out).endswith("随手拍")


@pytest.mark.parametrize("name", ["ningxiang", "dingcheng", "haidian", "najin"])
def test_a_folder_is_drawn_without_a_store(tmp_path: Path, name: str) -> None:
    town = Town(folder=tmp_path / "nothing-here")
    answer = town.say("diagram", "report", "--from", str(PROGRAMMES / name), "--format", "mermaid")
    assert (answer.exit, answer.out.splitlines()[0]) == (0, "stateDiagram-v2")
    assert not (tmp_path / "nothing-here").exists()


@pytest.mark.parametrize(
    ("file", "words", "begins"),
    [
        ("a.svg", (), "<svg "),
        ("a.mmd", (), "stateDiagram-v2\n"),
        ("a.MERMAID", (), "stateDiagram-v2\n"),
        # what is said counts for more than the name
        ("a.txt", ("--format", "mermaid"), "stateDiagram-v2\n"),
        ("a.svg", ("--format", "MERMAID"), "stateDiagram-v2\n"),
        ("a.anything", (), "<svg "),
    ],
)
def test_a_files_name_says_what_it_is_to_hold(fengxing: Town, tmp_path: Path, file: str, words: tuple[str, ...], begins: str) -> None:
    answer = fengxing.say("diagram", "--out", str(tmp_path / file), *words)
    assert (answer.exit, answer.out) == (0, f"{tmp_path / file}\n")
    assert (tmp_path / file).read_text(encoding="utf-8").startswith(begins)


def test_the_picture_as_data_with_counts(fengxing: Town, tmp_path: Path) -> None:
    fengxing.dispatched()
    fengxing.open()
    fengxing.until("2026-11-20T08:20:00+08:00")
    told = fengxing.ask("diagram", "--counts", "--out", str(tmp_path / "now.svg"))
    there = {state["name"]: (state["cases"], state["overdue"]) for state in told["states"] if state["cases"]}
    assert there == {"reported": (1, 1), "dispatched": (1, 0)}
    assert told["file"] == str(tmp_path / "now.svg")
    assert "超时 1" in (tmp_path / "now.svg").read_text(encoding="utf-8")
    assert "cases" not in fengxing.ask("diagram")["states"][0]


@pytest.mark.parametrize(
    ("words", "exit_code", "code", "says"),
    [
        (("nope",), 4, "not-found", "no workflow nope; there is: report"),
        (("--programme", "ningxang"), 4, "not-found", "did you mean ningxiang?"),
        (("--from", "no/such/folder"), 4, "not-found", "no folder"),
        (("--from", str(PROGRAMMES)), 3, "request-invalid", "holds several programmes; name one of"),
        (("--from", str(NINGXIANG), "--counts"), 2, "usage", "belong to the store"),
        (("--since", "2026-11-20T08:00:00+08:00"), 2, "usage", "give --counts too"),
        (("--counts", "--since", "yesterday"), 2, "usage", "write as 2026-11-20T08:00:00+08:00"),
        (("--format", "gif"), 2, "usage", "svg"),
        (("--out", "no/such/folder/a.svg"), 2, "usage", "cannot be written"),
    ],
)
def test_what_cannot_be_drawn_is_said_with_the_remedy(fengxing: Town, words: tuple[str, ...], exit_code: int, code: str, says: str) -> None:
    found, error = fengxing.refused("diagram", *words)
    assert (found, error["code"]) == (exit_code, code)
    assert says in error["message"]


def test_several_programmes_are_asked_which(tmp_path: Path) -> None:
    town = Town(folder=tmp_path / "data", programmes=PROGRAMMES)
    town.ask("db", "upgrade", "--virtual", "2026-11-20T08:00:00+08:00")
    found, error = town.refused("diagram")
    assert (found, error["possible"]) == (3, ["dingcheng", "haidian", "najin", "ningxiang"])
    assert town.say("diagram", "report", "--programme", "najin").exit == 0


def test_a_broken_folder_is_not_drawn_and_its_first_problem_is_told(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "ningxiang"
    shutil.copytree(NINGXIANG, folder)
    report = folder / "workflows" / "report.yaml"
    report.write_text(report.read_text(encoding="utf-8").replace("to: classified", "to: clasified"), encoding="utf-8")
    found, error = Town(folder=tmp_path / "data").refused("diagram", "--from", str(folder))
    assert (found, error["code"]) == (3, "definition-invalid")
    assert "report.yaml:" in error["message"]
    assert "fengxing check" in error["message"]


# --- explain: why not


def test_a_decision_is_told_condition_by_condition(fengxing: Town) -> None:
    fengxing.dispatched()
    told = fengxing.ask("explain", "1", "--trigger", "resolve", "--as", "qi-ming", "--fact", "result=已换灯泡")
    assert told.keys() == {
        "case", "number", "state", "at", "trigger", "actor", "seq", "possible", "code", "message", "conditions", "may", "path", "instead",
    }  # fmt: skip
    assert (told["possible"], told["code"], told["state"]) == (False, "role", "dispatched")
    assert [(each["code"], each["about"], each["holds"]) for each in told["conditions"]] == [
        ("wrong-state", None, True),
        ("role", None, False),
        ("fact-missing", "result", True),
        ("fact-missing", "result_photos", False),
    ]
    assert [each["person"] for each in told["may"]] == ["kong-jian"]
    exit_code, error = fengxing.refused("move", "1", "resolve", "--as", "qi-ming", "--fact", "result=已换灯泡")
    assert (exit_code, error["code"], error["message"]) == (3, told["code"], told["message"])


def test_the_version_that_was_seen_is_a_condition_too(fengxing: Town) -> None:
    fengxing.dispatched()
    asked = ("explain", "1", "--trigger", "arrive", "--as", "kong-jian")
    assert fengxing.ask(*asked, "--if-version", "3")["possible"]
    stale = fengxing.ask(*asked, "--if-version", "2")
    assert (stale["code"], stale["conditions"][0]["said"]) == ("stale-version", "you saw version 2; it is 3")


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            (
                "may wu-xia verify? no",
                "✗ the case is dispatched; verify starts from: resolved",
                "the way there: resolve",
                "wang-jing (verifier)",
            ),
        ),
        ("zh", ("wu-xia 能否执行 verify？不可以", "✗ 案件处于“已派单”", "需先执行：resolve", "有权执行者：wang-jing (verifier)")),
    ],
)
def test_a_decision_as_people_read_it(fengxing: Town, language: str, says: tuple[str, ...]) -> None:
    fengxing.dispatched()
    answer = fengxing.say("explain", "1", "--trigger", "verify", "--as", "wu-xia", FENGXING_LANG=language)
    assert answer.exit == 0
    assert [each for each in says if each not in answer.out] == []


def test_every_rung_says_whom_it_passes_over(fengxing: Town) -> None:
    fengxing.open()
    (desk, whole) = fengxing.ask("explain", "1", "--rungs")["clocks"]
    assert ([rung["rung"] for rung in desk["rungs"]], len(whole["rungs"])) == ([1, 2, 3, 4], 2)
    assert desk["rungs"][0]["passed_over"] == [
        "qian-wei (duty) sits at the desk 16:00–24:00",
        "sun-lan (duty) sits at the desk 00:00–08:00",
        "li-qiang (duty) sits at the desk Sat Sun 08:00–16:00",
    ]
    shown = fengxing.say("explain", "1", "--clock", "dispatching", "--rung", "1", FENGXING_LANG="zh").out
    assert "不通知：" in shown
    assert "li-qiang（duty）在岗时间为 周六 周日 08:00–16:00" in shown


def test_a_case_without_refusals_says_so(fengxing: Town) -> None:
    fengxing.open()
    assert fengxing.ask("explain", "1", "--refused") == []
    assert "no rung's trigger was refused" in fengxing.say("explain", "1", "--refused").out


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("--trigger", "verify"), 2, "usage"),
        (("--as", "wuxia"), 4, "not-found"),
        (("--fact", "reason=x"), 2, "usage"),
        (("--trigger", "verify", "--as", "system"), 2, "usage"),
        (("--trigger", "verify", "--as", "wu-xia", "--rungs"), 2, "usage"),
        (("--refused", "--clock", "whole"), 2, "usage"),
        (("--trigger", "verify", "--as", "wuxia"), 4, "not-found"),
        (("--trigger", "verfy", "--as", "wu-xia"), 3, "unknown-trigger"),
        (("--trigger", "verify", "--as", "wu-xia", "--at", "2026-11-20T07:00:00+08:00"), 3, "time-order"),
    ],
)
def test_a_question_that_means_nothing_is_answered_with_the_remedy(
    fengxing: Town, words: tuple[str, ...], exit_code: int, code: str
) -> None:
    fengxing.open()
    found, error = fengxing.refused("explain", "1", *words)
    assert (found, error["code"]) == (exit_code, code)
    assert error["message"]


def test_a_folder_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    answer = Town(folder=tmp_path / "nothing-here").say("diagram", "--from", str(tmp_path / "nowhere"))
    assert answer.exit == 4
    assert "no folder" in answer.err
