"""A programme begun with `fengxing new`: sound from its first minute, and never over what is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import reading
from engine import loading, starting
from engine import now as times
from tests.commandline import Town

NOVEMBER = times.parse("2026-11-20T08:00:00+08:00")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(folder=tmp_path / "var", programmes=tmp_path / "programmes")


def errors_in(folder: Path) -> list[str]:
    """What stands against a folder, but that a year's holidays are not published yet."""
    return [str(problem) for problem in loading.load(folder, now=NOVEMBER).problems if problem.code != "provisional-year"]


def test_a_new_programme_has_no_finding(town: Town, tmp_path: Path) -> None:
    made = town.ask("new", "riverside", "--into", str(tmp_path / "towns"), "--title-zh", "河边镇", "--title-en", "Riverside: a #town")
    folder = Path(made["folder"])
    assert errors_in(folder) == []
    whole = reading.read_folder(folder).programme
    assert whole is not None
    said = whole.programme
    assert (said.programme, said.prefix, said.title.zh, said.title.en) == ("riverside", "RI", "河边镇", "Riverside: a #town")
    assert sorted(made["files"]) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and ".schema" not in path.parts
    )


def test_the_folder_in_the_package_is_a_programme_too() -> None:
    assert errors_in(starting.TEMPLATE) == []


def test_by_default_it_is_made_where_the_programmes_are(town: Town) -> None:
    assert Path(town.ask("new", "riverside")["folder"]) == town.programmes / "riverside"


def test_a_person_is_told_what_to_do_next(town: Town) -> None:
    said = town.say("new", "riverside", FENGXING_LANG="zh").out
    assert "共 " in said
    for command in ("check", "test", "publish"):
        assert f"fengxing {command} {town.programmes / 'riverside'}" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Riverside"], "is not a name"),
        (["../escape"], "is not a name"),
        (["河边"], "is not a name"),
        (["riverside", "--prefix", "R"], "2 to 6 capital letters"),
        (["riverside", "--prefix", "river"], "2 to 6 capital letters"),
        (["r9"], "give one with --prefix"),
        (["riverside", "--zone", "Mars/Olympus"], "no time zone"),
        (["riverside", "--zone", "../../etc"], "no time zone"),
    ],
)
def test_what_the_language_does_not_take_is_refused_and_nothing_written(town: Town, words: list[str], says: str) -> None:
    code, error = town.refused("new", *words)
    assert (code, error["code"]) == (3, "cannot-start")
    assert says in error["message"]
    assert not town.programmes.exists() or list(town.programmes.iterdir()) == []


def test_what_is_there_is_left_as_it_is(town: Town) -> None:
    folder = Path(town.ask("new", "riverside")["folder"])
    (folder / "people.yaml").write_text("# ours\n", encoding="utf-8")
    code, error = town.refused("new", "riverside")
    assert (code, error["code"]) == (3, "cannot-start")
    assert (folder / "people.yaml").read_text(encoding="utf-8") == "# ours\n"
    assert sorted(path.name for path in town.programmes.iterdir()) == ["riverside"]


def test_an_empty_folder_may_be_filled(town: Town) -> None:
    (town.programmes / "riverside").mkdir(parents=True)
    assert errors_in(Path(town.ask("new", "riverside")["folder"])) == []


def test_an_editor_finds_the_schemas_wherever_the_folder_is(town: Town, tmp_path: Path) -> None:
    """Beside a tree like ours the shared ones, elsewhere those written with it."""
    (tmp_path / "config" / "schema").mkdir(parents=True)
    (tmp_path / "config" / "schema" / "programme.schema.json").write_text("{}", encoding="utf-8")
    for into in (tmp_path / "config" / "programmes", tmp_path / "elsewhere"):
        folder = Path(town.ask("new", "riverside", "--into", str(into))["folder"])
        for file in folder.rglob("*.yaml"):
            schema = (file.parent / file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]).resolve()
            assert schema.parent in (tmp_path / "config" / "schema", folder / ".schema")
            if ".schema" in schema.parts:
                assert json.loads(schema.read_text(encoding="utf-8"))["type"] == "object"
