"""What a stranger found who knew only the contract: settings that mean nothing, refusals that contradict themselves, damage unseen."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import types
from pathlib import Path

import pytest

from engine import settings
from storage import database, errors, translating
from tests.commandline import ROOT, START, Town

UNUSABLE = [
    ("FENGXING_SMTP_URL", "mail.example.cn", ("deliver", "--once"), "is no way to send mail"),
    ("FENGXING_SMTP_URL", "smtp://", ("deliver", "--once"), "names no host"),
    ("FENGXING_SMTP_URL", "smtp://mail:99999", ("deliver", "--once"), "no usable host or port"),
    ("FENGXING_SQLITE_SYNCHRONOUS", "MAYBE", ("list",), "one of: FULL, NORMAL, EXTRA, OFF"),
    ("FENGXING_PHOTO_LIMIT_MB", "viel", ("list",), "is not a whole number"),
    ("FENGXING_PORT", "²", ("settings",), "is not a whole number"),
    ("FENGXING_LANG", "fr", ("list",), "one of: en, zh"),
]


@pytest.mark.parametrize(("name", "value", "typed", "says"), UNUSABLE)
def test_a_setting_that_cannot_be_used_is_named(fengxing: Town, name: str, value: str, typed: tuple[str, ...], says: str) -> None:
    answer = fengxing.say(*typed, "--json", **{name: value})
    assert (answer.exit, answer.error["code"]) == (2, "setting-invalid")
    assert name in answer.error["message"]
    assert says in answer.error["message"]


def test_a_language_may_come_with_its_country(fengxing: Town) -> None:
    assert fengxing.say("list", "--json", FENGXING_LANG="zh_CN.UTF-8").exit == 0


@pytest.mark.parametrize("password", ["secret", "s@cret", "s/cret", "s:cret", "s@c/ret"])
def test_no_part_of_a_password_is_shown(password: str) -> None:
    assert settings.masked(f"smtps://town:{password}@mail.example.cn:465") == "smtps://town:•••@mail.example.cn:465"


def test_a_condition_that_does_not_hold_says_what_is_possible(fengxing: Town) -> None:
    case = fengxing.open("路灯不亮")["number"]
    urgent = ("--fact", "category=lamp", "--fact", "urgency=2", "--fact", "unit=lamps")
    error = fengxing.say("move", case, "alert", "--as", "zhao-min", *urgent, "--json").error
    assert error["code"] == "condition"
    assert error["message"].endswith(f"possible: {', '.join(error['possible'])}")
    assert "classify" in error["possible"]


def test_a_list_is_no_text(fengxing: Town) -> None:
    answer = fengxing.say("open", "report", "--programme", "ningxiang", "--fact", "description=[1, 2]", "--json")
    assert (answer.exit, answer.error["code"]) == (3, "fact-invalid")
    assert "a text is wanted, not [1, 2]" in answer.error["message"]


def test_a_full_disk_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may fail over its shared memory first; that is `disk I/O error`, and no help to whoever has to make room."""
    store = database.Store(str(tmp_path / "fengxing.db"))
    for free, expected in ((0, errors.DiskFull), (10**9, errors.StoreUnavailable)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: types.SimpleNamespace(free=free))
        with pytest.raises(errors.StoreUnavailable) as caught, translating.translated(store.path):
            raise sqlite3.OperationalError("disk I/O error")
        assert type(caught.value) is expected
    with pytest.raises(errors.StoreUnavailable, match="must be writable"), translating.translated(store.path):
        raise sqlite3.OperationalError("unable to open database file")
    store.close()


def test_what_was_done_as_often_as_it_may_be_is_no_longer_possible(fengxing: Town) -> None:
    case = fengxing.open("路灯不亮")["number"]
    facts = ("--fact", "category=lamp", "--fact", "urgency=1", "--fact", "unit=lamps")
    assert fengxing.say("move", case, "alert", "--as", "wu-xia", *facts, "--json").exit == 0
    extend = ("move", case, "extend", "--as", "wu-xia", "--fact", "reason=缺配件", "--fact", "extension=1 hour", "--json")
    assert [fengxing.say(*extend).exit for _ in range(2)] == [0, 0]
    error = fengxing.say(*extend).error
    assert (error["code"], "extend" in error["possible"], "reassign" in error["possible"]) == ("too-often", False, True)


@pytest.mark.parametrize(
    "typed", [("check", "config/programmes/ningxiang", "--bounds"), ("diff", "config/programmes/ningxiang", "config/programmes/najin")]
)
def test_whoever_stops_listening_hears_neither_that_all_is_well_nor_that_there_are_findings(typed: tuple[str, ...]) -> None:
    """`fengxing … | head -1` under `set -o pipefail`: what `head` does to any command, without words."""
    reads, writes = os.pipe()
    os.close(reads)
    ended = subprocess.run(
        [sys.executable, "-c", "from cli import main; main.main()", *typed], check=False, stdout=writes, stderr=subprocess.PIPE, cwd=ROOT
    )
    os.close(writes)
    assert (ended.returncode, ended.stderr) == (141, b"")


NEW_STORE = [
    (("schedules", "--json"), '"schedule":"talks"'),
    (("suggest", "evaluate", "--json"), '"programme":"ningxiang"'),
    (("digest", "morning"), "ningxiang: there is nothing to tell"),
]


@pytest.mark.parametrize(("typed", "says"), NEW_STORE)
def test_in_a_new_store_whoever_asks_first_is_told_of_the_folders(tmp_path: Path, typed: tuple[str, ...], says: str) -> None:
    town = Town(folder=tmp_path / "data")
    assert town.say("db", "upgrade", "--virtual", START).exit == 0
    answer = town.say(*typed)
    assert says in answer.out + answer.err


def test_several_programmes_are_asked_about_alike(tmp_path: Path) -> None:
    town = Town(folder=tmp_path / "data", programmes=ROOT / "config" / "programmes")
    assert town.say("db", "upgrade", "--virtual", START).exit == 0
    for typed in (("map",), ("duties",), ("points", "--person", "nobody-like-that")):
        answer = town.say(*typed, "--json")
        assert (answer.exit, answer.error["code"]) == (2, "usage")
        assert "which programme? give --programme, one of: dingcheng" in answer.error["message"]
    slip = town.say("points", "--person", "zhaxii", "--json")
    assert (slip.exit, slip.error["message"]) == (4, "no person zhaxii; did you mean zhaxi?")
