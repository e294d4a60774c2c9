"""What an admin sees of his own files: problems at their places, schemas, settings."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests import builders
from tests.commandline import ROOT, Town


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return Town(folder=tmp_path / "data")


def test_the_shipped_programmes_are_in_order(here: Town) -> None:
    answer = here.say("check", str(ROOT / "config" / "programmes"))
    assert answer.exit == 0
    assert "everything is in order" in answer.out


def test_every_problem_at_its_place_and_a_closing_sentence(here: Town, tmp_path: Path) -> None:
    broken = builders.WORKFLOW.replace("within: 10 minutes", "withn: 10 minutes").replace("notify: [desk-chief]", "notify: [desk_chief]")
    folder = builders.a_folder(tmp_path, workflow=broken)
    answer = here.say("check", str(folder), "--json")
    assert (answer.exit, answer.err) == (1, "")
    found = orjson.loads(answer.out)["problems"]
    assert all(problem.keys() == {"file", "line", "column", "path", "code", "severity", "message", "hint"} for problem in found)
    unknown = next(problem for problem in found if problem["path"].endswith("withn"))
    line = broken.splitlines()[unknown["line"] - 1]
    assert line[unknown["column"] - 1 :].startswith("withn")
    text = here.say("check", str(folder))
    assert text.exit == 1
    assert f"{folder}/workflows/report.yaml:{unknown['line']}:{unknown['column']}: " in text.out
    assert text.out.splitlines()[-1].endswith("nothing was loaded.")
    assert here.say("check", str(folder), FENGXING_LANG="zh").out.splitlines()[-1].endswith("未加载任何内容。")


def test_a_folder_that_is_not_there_is_a_finding(here: Town, tmp_path: Path) -> None:
    assert "once nothing is wrong" in here.say("check", str(tmp_path / "none"), "--bounds").out
    answer = here.say("check", str(tmp_path / "none"), "--json")
    assert answer.exit == 1
    assert orjson.loads(answer.out)["problems"][0]["code"] == "no-folder"


def test_what_is_waived_is_counted_and_told_when_asked(here: Town, tmp_path: Path) -> None:
    unheard = builders.WORKFLOW.replace("    within: 24 hours\n    ladder: verifying\n", "    within: 24 hours\n").replace(
        "  verifying:\n    title", "  # waive no-ladder: 只用于统计\n  verifying:\n    title", 1
    )
    used = unheard.replace(
        "    - {at: due, notify: [leader], template: overdue}\n", "    - {at: due, notify: [leader, verifier], template: overdue}\n"
    )
    workflow = used.replace("  verifying:\n    - {at: due, notify: [verifier, desk-chief], template: overdue}\n", "")
    folder = builders.a_folder(tmp_path, workflow=workflow)
    said = here.say("check", str(folder))
    assert said.exit == 0
    assert "no-ladder" not in said.out
    assert "; 1 waived." in said.out.splitlines()[-1]
    shown = here.say("check", str(folder), "--show-waived", FENGXING_LANG="zh").out
    assert "已豁免：" in shown
    assert "原因：只用于统计" in shown
    assert "已豁免 1 条。" in shown.splitlines()[-1]
    (waived,) = here.ask("check", str(folder))["waived"]
    assert (waived["code"], waived["reason"], waived["path"]) == ("no-ladder", "只用于统计", "clocks.verifying")


def test_a_waiver_of_what_cannot_be_waived_is_an_error(here: Town, tmp_path: Path) -> None:
    workflow = builders.WORKFLOW.replace("notify: [verifier, desk-chief]", "notify: [rider]").replace(
        "  verifying:\n    - {at: due", "  verifying:\n    # waive rider-chased: 骑手愿意\n    - {at: due"
    )
    answer = here.say("check", str(builders.a_folder(tmp_path, workflow=workflow)), "--json")
    assert answer.exit == 1
    assert {"rider-chased", "waiver-not-allowed"} <= {problem["code"] for problem in orjson.loads(answer.out)["problems"]}


def test_the_worst_case_as_a_table_and_as_data(here: Town) -> None:
    ningxiang = str(ROOT / "config" / "programmes" / "ningxiang")
    rows = {row["severity"]: row for row in here.ask("check", ningxiang)["bounds"]}
    urgent = rows["urgency=1"]
    assert (urgent["straight_s"], urgent["whole_s"], urgent["leader_hears_s"]) == (300 * 60, 300 * 60, 300 * 60)
    assert urgent["path"] == ["reported", "merged"], "a merged report has only the clock of the whole"
    table = here.say("check", ningxiang, "--bounds").out
    assert "5 hours" in table
    assert "not counted is the wait in suspended" in table
    assert "calendars.office.holidays" in table
    assert " [provisional-year]\n" in table
    assert "5 小时" in here.say("check", ningxiang, "--bounds", FENGXING_LANG="zh").out


def test_schemas_are_printed_and_written_as_they_are_committed(here: Town, tmp_path: Path) -> None:
    assert here.say("schema", "workflow").data["title"]
    assert here.say("schema").data.keys() >= {"workflow", "people", "programme"}
    written = here.ask("schema", "--write", str(tmp_path / "schemas"))["files"]
    for name in written:
        assert Path(name).read_text(encoding="utf-8") == (ROOT / "config" / "schema" / Path(name).name).read_text(encoding="utf-8")


def test_settings_say_what_they_mean_and_mask_secrets(here: Town) -> None:
    answer = here.say("settings", "--json", FENGXING_SMTP_URL="smtp://town:secret@mail.example:587")
    rows = {row["name"]: row for row in answer.data}
    assert rows["FENGXING_SMTP_URL"]["source"] == "environment"
    assert "secret" not in answer.out
    assert all(row["meaning"] for row in rows.values())


@pytest.mark.parametrize(
    "words",
    [(), ("open",), ("move",), ("acknowledge",), ("show",), ("history",), ("list",), ("explain",), ("clock",), ("deliver",), ("outbox",), ("outbox", "list"),
     ("check",), ("schema",), ("settings",), ("verify",), ("db",), ("db", "upgrade"), ("db", "backup"), ("db", "restore")],
)  # fmt: skip
def test_help_is_worth_reading(here: Town, words: tuple[str, ...]) -> None:
    answer = here.say(*words, "--help")
    assert answer.exit == 0
    assert len(answer.out.split()) > 30
    if words and words not in (("outbox",), ("db",)):
        assert "Example" in answer.out
        assert f"fengxing {' '.join(words)}" in answer.out
