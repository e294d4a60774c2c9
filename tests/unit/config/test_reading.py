from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from config import checks, programme, reading
from tests import builders

SKETCH = Path(__file__).parents[4] / "shared" / "definition-sketch.yaml"
SHIPPED = Path(__file__).parents[3] / "config" / "programmes"


def said(folder: Path) -> list[str]:
    return [f"{p.code} {p.file.removeprefix(str(folder)).lstrip('/')}:{p.line}" for p in reading.read_folder(folder).problems]


def test_files_of_stories_are_read_apart_from_the_folder(tmp_path: Path) -> None:
    """A story that is out of date must not keep a town from its definitions."""
    folder = builders.a_folder(tmp_path)
    assert reading.read_tests(folder) == ({}, ())
    (folder / "workflows" / "report.tests.yaml").write_text("tests: report\nstorys: []\n", encoding="utf-8")
    (folder / "workflows" / "lamp.tests.yaml").write_bytes(b"tests: \xff\n")
    parts, found = reading.read_tests(folder)
    assert sorted(parts) == ["workflows/report.tests.yaml"]
    assert [(Path(problem.file).name, problem.code) for problem in found] == [
        ("lamp.tests.yaml", "not-utf8"),
        ("report.tests.yaml", "missing-key"),
        ("report.tests.yaml", "unknown-key"),
    ]
    assert reading.read_folder(folder).problems == ()
    assert reading.read_tests(tmp_path / "nowhere") == ({}, ())


def test_a_sound_folder_is_a_programme(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "templates").mkdir()
    (folder / "templates" / "overdue.zh.txt").write_text("超期", encoding="utf-8")
    (folder / "workflows" / "report.tests.yaml").write_text("anything", encoding="utf-8")
    (folder / "README.md").write_text("ours", encoding="utf-8")
    (folder / ".gitkeep").touch()
    read = reading.read_folder(folder)
    assert read.problems == ()
    assert checks.check(read, templates=builders.TEMPLATES) == ()
    whole = read.programme
    assert whole is not None
    assert list(whole.workflows) == ["report"]
    assert whole.templates == {"overdue.zh.txt": "超期"}
    assert whole.calendars.calendars["office"].week["wed"] == ("08:30-12:00", "14:00-17:30")
    assert read.workflow_files() == {"report": "workflows/report.yaml"}
    source = read.sources["workflows/report.yaml"]
    assert source.text.splitlines()[source.position(("ladders", "desk", 0))[0] - 1].strip().startswith("- {at: 80%")


def test_the_definition_survives_its_own_text(tmp_path: Path) -> None:
    whole = reading.read_folder(builders.a_folder(tmp_path)).programme
    assert whole is not None
    pinned = programme.definition_of(whole, "report")
    again = programme.Definition.model_validate_json(pinned.text())
    assert again == pinned
    assert again.hash() == pinned.hash()


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    workflow = builders.WORKFLOW.replace("required: true", "requird: true").replace("not_by: [resolve]", "not_by: [resolv]")
    workflow = (
        workflow.replace("on_return: restart", "on_retrn: restart")
        .replace("to: invalid", "to: nowhere")
        .replace("8 working hours", "8 hurs")
    )
    workflow = workflow.replace("{after: 10 minutes, notify: [desk-chief]", "{after: 10 minutes, notify: [desk_chief]")
    folder = builders.a_folder(
        tmp_path,
        workflow=workflow,
        people=builders.PEOPLE.replace("unit: community", "unit: comunity").replace("scope: desk", "scope: dsk"),
        units="units: [",
        programme=builders.PROGRAMME.replace("prefix: TT", "prefix: t"),
    )
    read = reading.read_folder(folder)
    assert read.programme is None
    lines = [str(problem) for problem in (*read.problems, *checks.check(read))]
    for words in (
        "facts.description.requird: unknown key; did you mean `required`?",
        "transitions.verify.not_by.0: no trigger `resolv`; did you mean `resolve`?",
        "clocks.dispatching.on_retrn: unknown key; did you mean `on_return`?",
        "transitions.discard.to: no state `nowhere`; states: dispatched",
        "clocks.handling.within.1.is: `8 hurs` is not a duration",
        "ladders.desk.3.notify.0: nobody is called `desk_chief`; did you mean `desk-chief`?",
        "people.yaml:3:59: roles.duty.scope: `dsk` is not known here; did you mean `desk`?",
        "units.yaml:1:9: not YAML",
        "programme.yaml:3:9: prefix: `t` is not a prefix",
    ):
        assert any(words in line for line in lines), words
    # and nothing follows from what was already said: the units cannot be read, so nobody is told that a unit does not exist,
    # and where `discard` leads to is not known, so no state is called unreachable
    assert len(lines) == 9


def test_list_items_keep_their_number_when_one_before_them_is_wrong(tmp_path: Path) -> None:
    workflow = builders.WORKFLOW.replace(
        "    - {at: 80%, notify: [duty], template: due-soon}", "    - {at: 80, notify: [duty], template: due-soon}"
    )
    workflow = workflow.replace("{after: 10 minutes, notify: [desk-chief]", "{after: 10 minutes, notify: [desk_chief]")
    read = reading.read_folder(builders.a_folder(tmp_path, workflow=workflow))
    assert [p.path for p in read.problems] == ["ladders.desk.0.at"]
    assert [p.path for p in checks.check(read)] == ["ladders.desk.3.notify.0"]


def test_problems_speak_chinese_too(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path, programme=builders.PROGRAMME.replace("prefix:", "prefx:"))
    lines = [problem.say("zh") for problem in reading.read_folder(folder).problems]
    assert lines[0].endswith("programme.yaml:1:1: prefix: 缺少 `prefix`；请在此处写上 `prefix: …`")
    assert ": prefx: 不认识的键；是不是 `prefix`？此处可用：" in lines[1]


def test_files_that_nobody_reads_are_told_of(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "people.yaml").rename(folder / "poeple.yaml")
    (folder / "units.yml").write_text("units: {}", encoding="utf-8")
    (folder / "workflows" / "notes.txt").touch()
    (folder / "templates").mkdir()
    (folder / "templates" / "overdue.txt").touch()
    read = reading.read_folder(folder)
    assert said(folder) == [
        "missing-file :1",
        "unknown-file poeple.yaml:1",
        "unknown-file templates/overdue.txt:1",
        "unknown-file units.yml:1",
        "unknown-file workflows/notes.txt:1",
    ]
    assert "did you mean `people.yaml`?" in str(read.problems[1])
    assert "did you mean `units.yaml`?" in str(read.problems[3])


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert said(tmp_path / "nowhere") == ["no-folder :1"]
    (tmp_path / "file").touch()
    assert said(tmp_path / "file") == ["unreadable :1"]
    (tmp_path / "empty").mkdir()
    assert said(tmp_path / "empty") == ["missing-file :1", "missing-file :1", "no-workflow :1"]


@pytest.mark.parametrize(("raw", "code"), [
    (b"title: \xff\xfe", "not-utf8 units.yaml:1"),
    ("units: {}".encode("utf-16"), "not-utf8 units.yaml:1"),
    (b"units: {}\n# \xb2\xe2\xca\xd4\n", "not-utf8 units.yaml:2"),
    (b"units: {}\n\x00", "character units.yaml:2"),
    (b"#" * (256 * 1024 + 1), "too-large units.yaml:1"),
])  # fmt: skip
def test_bytes_that_are_no_definition(tmp_path: Path, raw: bytes, code: str) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "units.yaml").write_bytes(raw)
    assert code in said(folder)


def test_notepads_mark_and_line_ends_are_read(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "units.yaml").write_bytes(b"\xef\xbb\xbf" + builders.UNITS.replace("\n", "\r\n").encode())
    assert said(folder) == []


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "units.yaml").unlink()
    os.mkfifo(folder / "units.yaml")
    (folder / "categories.yaml").unlink()
    (folder / "categories.yaml").mkdir()
    (folder / "calendars.yaml").unlink()
    (folder / "calendars.yaml").symlink_to(folder / "gone")
    read = reading.read_folder(folder)
    assert said(folder) == ["unreadable calendars.yaml:1", "unreadable categories.yaml:1", "unreadable units.yaml:1"]
    assert checks.check(read) == ()  # nobody complains of names in files that could not be read


def test_a_folder_of_too_much(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    for number in range(201):
        (folder / "workflows" / f"w{number}.yaml").write_text("workflow: x", encoding="utf-8")
    assert said(folder) == ["too-many-files workflows:1"]
    for number in range(201):
        (folder / "workflows" / f"w{number}.yaml").unlink()
    for number in range(9):
        (folder / "workflows" / f"a{number}.yaml").write_text("#" * 250_000, encoding="utf-8")
    assert "too-large :1" in said(folder)


def test_one_name_for_two_workflows(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "workflows" / "second.yaml").write_text(builders.WORKFLOW, encoding="utf-8")
    assert said(folder) == ["same-workflow workflows/second.yaml:1"]


def test_one_name_or_prefix_for_two_programmes(tmp_path: Path) -> None:
    one, two = (
        builders.a_folder(tmp_path / "a"),
        builders.a_folder(tmp_path / "b", programme=builders.PROGRAMME.replace(": testtown", ": other")),
    )
    problems = checks.across([reading.read_head(one), reading.read_head(two)])
    assert [(p.code, p.path, p.file) for p in problems] == [("same-programme", "prefix", str(two / "programme.yaml"))]


def test_the_programmes_under_a_folder(tmp_path: Path) -> None:
    one, two = builders.a_folder(tmp_path / "a"), builders.a_folder(tmp_path / "b")
    (tmp_path / "a" / "notes").mkdir()
    assert reading.read_programmes(one) == [one]
    assert reading.read_programmes(tmp_path / "a") == [one]
    (tmp_path / "a" / "second").symlink_to(two)
    (two / "programme.yaml").rename(two / "programe.yaml")  # still meant as one, and told of when read
    assert reading.read_programmes(tmp_path / "a") == [tmp_path / "a" / "second", one]
    assert reading.read_programmes(tmp_path / "none") == [tmp_path / "none"]


def test_the_sketch_is_sayable(tmp_path: Path) -> None:
    if not SKETCH.exists():
        pytest.skip("the sketch lies beside the project, not in it")
    read = reading.read_folder(builders.a_folder(tmp_path, workflow=SKETCH.read_text(encoding="utf-8")))
    assert read.problems == ()
    assert checks.check(read, templates=builders.TEMPLATES) == ()


def test_the_shipped_programmes_are_sound_and_read_within_moments() -> None:
    begun = time.perf_counter()
    readings = [reading.read_folder(folder) for folder in reading.read_programmes(SHIPPED)]
    problems = [str(problem) for read in readings for problem in (*read.problems, *checks.check(read))]
    assert problems == []
    assert checks.across(each.parts.get("programme.yaml") for each in readings) == ()
    assert len(readings) >= 4
    assert time.perf_counter() - begun < 60  # a guard against hanging


def test_lines_end_as_they_do_in_an_editor(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    for end in ("\r", "\r\n"):
        (folder / "units.yaml").write_bytes(builders.UNITS.replace("kind:", "knd:").replace("\n", end).encode())
        assert said(folder) == ["unknown-key units.yaml:3"]
