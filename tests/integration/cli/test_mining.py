"""The commands `export` and `conform`, as typed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import orjson
import pytest

from engine import composition, settings
from tests.commandline import Town
from tests.integration import towns


def test_a_log_goes_to_stdout_or_into_a_file(fengxing: Town, tmp_path: Path) -> None:
    fengxing.dispatched()
    said = fengxing.say("export", "--format", "csv")
    assert (said.exit, said.err) == (0, "")
    assert [row["activity"] for row in csv.DictReader(io.StringIO(said.out))] == ["open", "classify", "dispatch"]
    assert [row["activity_zh"] for row in csv.DictReader(io.StringIO(said.out))] == ["开案", "分类", "派单"]
    file = tmp_path / "log.xes"
    assert fengxing.say("export", "--out", str(file)).out.startswith(f"{file}: 1 case, 3 events of 3 kinds; ")
    told = fengxing.ask("export", "--out", str(tmp_path / "log.xlsx"), "--programme", "ningxiang", "--workflow", "report")
    assert (told["format"], told["cases"], told["events"], told["activities"]) == ("xlsx", 1, 3, 3)
    assert openpyxl.load_workbook(tmp_path / "log.xlsx")["events"].max_row == 4
    assert "1 件案件，3 个事件" in fengxing.say("export", "--out", str(file), FENGXING_LANG="zh").out


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (("--format", "pdf"), 2, "pdf"),
        ((), 2, "say which: xes, ocel2, csv, xlsx"),
        (("--format", "xlsx"), 2, "give --out FILE.xlsx"),
        (("--format", "xes", "--bom"), 2, "--bom is for CSV"),
        (("--format", "xes", "--out", "nowhere/log.xes"), 2, "make it first"),
        (("--format", "xes", "--out", "."), 2, "that is a folder"),
        (("--format", "xes", "--out", "/dev/null"), 2, "that is no file"),
        (("--format", "csv", "--since", "yesterday"), 2, "--since: 'yesterday' is not a time"),
        (("--format", "csv", "--programme", "ningxian"), 4, "did you mean ningxiang?"),
        (("--format", "csv", "--programme", "ningxiang", "--workflow", "reprot"), 4, "did you mean report?"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_remedy(fengxing: Town, words: tuple[str, ...], exit_code: int, says: str) -> None:
    said = fengxing.say("export", *words)
    assert (said.exit, said.out) == (exit_code, "")
    assert says in said.err
    assert "Traceback" not in said.err


def test_json_needs_a_file_to_tell_of(fengxing: Town) -> None:
    code, error = fengxing.refused("export", "--format", "csv")
    assert (code, error["code"]) == (2, "usage")


def test_conform_says_fitness_ways_and_deviations(fengxing: Town) -> None:
    fengxing.dispatched()
    fengxing.open()
    assert fengxing.ask("conform")["ok"] is True
    said = fengxing.say("conform")
    assert said.exit == 0
    assert "cases that conform 2 ÷ 2 = 100.00%; events 4 ÷ 4 = 100.00%" in said.out
    assert "open → classify → dispatch" in said.out
    assert "2 cases: every entry keeps to its definition" in said.out
    with composition.opened(settings.Settings(fengxing.settings())) as engine:
        towns.damage(engine, "UPDATE history SET actor = 'xu-peng' WHERE case_id = 1 AND seq = 2")
    said = fengxing.say("conform")
    assert said.exit == 1
    assert "NX-20261120-0001 entry 2: role: xu-peng never had a role that may classify: " in said.out
    assert said.out.endswith("2 cases, 1 deviation\n")
    assert "第 2 条: role: xu-peng 从未具有可执行 classify 的角色" in fengxing.say("conform", FENGXING_LANG="zh").out
    told = fengxing.say("conform", "--json")
    assert told.exit == 1
    body = orjson.loads(told.out)
    assert [(each["code"], each["case"], each["seq"]) for each in body["findings"]] == [("role", "NX-20261120-0001", 2)]
    assert {name: body["workflows"][0][name] for name in ("cases", "conforming", "fitness", "events", "events_conforming", "ways")} == {
        "cases": 2, "conforming": 1, "fitness": 0.5, "events": 4, "events_conforming": 3, "ways": 2,
    }  # fmt: skip
    assert body["workflows"][0]["variants"][0] == {"path": ["open"], "cases": 1, "share": 0.5, "mean_s": None}


def test_conform_on_an_empty_store_and_with_unknown_names(fengxing: Town) -> None:
    assert fengxing.say("conform").out == "no cases to hold against their definitions\n"
    assert fengxing.ask("conform") == {"ok": True, "cases": 0, "events": 0, "findings": [], "notes": [], "workflows": []}
    assert fengxing.refused("conform", "--programme", "nowhere")[0] == 4
    assert fengxing.refused("conform", "--workflow", "nothing")[0] == 4


def test_only_so_many_ways_are_shown(fengxing: Town) -> None:
    fengxing.dispatched()
    fengxing.open()
    said = fengxing.say("conform", "--variants", "1").out
    assert "and 1 other ways (--variants shows more)" in said
