"""Bad input, line by line of the contract: the exit code, the code a script sees, and a sentence that says what would be right."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.commandline import START, Town

CLASSIFY = ("move", "1", "classify", "--as", "zhao-min")
OPEN = ("open", "report", "--programme", "ningxiang")


@pytest.mark.parametrize(
    ("words", "code", "name", "says"),
    [
        # 2: the command line cannot be meant
        (("open", "report"), 2, "usage", "--programme"),
        (("mvoe",), 2, "usage", "move"),
        (("clock", "--untill", START), 2, "usage", "--until"),
        ((*OPEN, "--fact", "urgent"), 2, "usage", "NAME=VALUE"),
        ((*OPEN, "--fact", "a=1", "--fact", "a=2"), 2, "usage", "JSON list"),
        ((*OPEN, "--facts", "no-such-file.json"), 2, "usage", "no-such-file.json"),
        ((*OPEN, "--fact", "description=x", "--key", ""), 2, "usage", "--key"),
        # a naive time is never guessed
        ((*OPEN, "--fact", "description=x", "--at", "2026-11-20T08:00:00"), 2, "usage", "without a zone"),
        ((*OPEN, "--fact", "description=x", "--at", "yesterday"), 2, "usage", "2026-11-20T08:00:00+08:00"),
        (("clock", "--until", "2026-11-20T08:00"), 2, "usage", "without a zone"),
        (("explain", "1", "--at", "noon"), 2, "usage", "is not a time"),
        (("explain", "1", "--rung", "2"), 2, "usage", "--clock"),
        (("explain", "1", "--clock", "dispatching", "--rung", "0"), 2, "usage", "--rung"),
        ((*CLASSIFY[:-1], "timer"), 2, "usage", "machine's own"),
        (("outbox", "list", "--state", "gone"), 2, "usage", "pending"),
        (("list", "--limit", "0"), 2, "usage", "--limit"),
        # 3: a rule says no
        ((*OPEN,), 3, "fact-invalid", "description"),
        ((*OPEN, "--fact", "descripton=x"), 3, "fact-invalid", "did you mean description?"),
        ((*OPEN, "--fact", "description=x", "--fact", "location=here"), 3, "fact-invalid", "lon,lat"),
        ((*OPEN, "--fact", "description=x", "--at", "2027-01-01T00:00:00"), 2, "usage", "zone"),
        (("move", "1", "resolve", "--as", "zhao-min"), 3, "wrong-state", "possible: classify, alert, merge, discard"),
        (("move", "1", "clasify", "--as", "zhao-min"), 3, "unknown-trigger", "did you mean classify?"),
        (CLASSIFY, 3, "fact-missing", "category"),
        ((*CLASSIFY, "--fact", "category=lamp", "--fact", "urgency=9"), 3, "fact-invalid", "urgency"),
        ((*CLASSIFY, "--fact", "category=lamp", "--fact", "urgency=2", "--fact", "unit=lamps"), 3, "fact-unasked", "unit"),
        (("move", "1", "classify", "--as", "xu-peng", "--fact", "category=lamp", "--fact", "urgency=2"), 3, "role", "duty"),
        (
            ("move", "1", "alert", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=2", "--fact", "unit=lamps"),
            3,
            "condition",
            "urgency 1",
        ),
        (("acknowledge", "1", "--clock", "dispatching", "--as", "zhao-min"), 3, "role", "no rung"),
        (("acknowledge", "1", "--clock", "handling", "--as", "zhao-min"), 3, "clock-not-running", "dispatching"),
        (("explain", "1", "--clock", "handling"), 3, "clock-not-running", "dispatching"),
        (("explain", "1", "--at", "2026-11-19T08:00:00+08:00"), 3, "time-order", "opened at"),
        ((*CLASSIFY, "--fact", "category=lamp", "--fact", "urgency=2", "--at", "2026-11-20T07:00:00+08:00"), 3, "time-order", "opened at"),
        ((*CLASSIFY, "--photo", __file__), 3, "fact-invalid", "no photos"),
        ((*OPEN, "--fact", "description=x", "--photo", __file__), 3, "attachment-invalid", "not a photo"),
        ((*OPEN, "--fact", "description=x", "--photo", "gone.jpg"), 3, "attachment-invalid", "cannot be read"),
        # the store stands at 08:00
        (("clock", "--until", "2026-11-20T07:59:59+08:00"), 3, "time-order", "stands at 2026-11-20T08:00:00+08:00"),
        (("outbox", "retry", "1"), 3, "message-state", "only a dead letter"),
        (("db", "upgrade", "--virtual", START), 3, "has-cases", "new database"),
        # 4: not found
        (("show", "NX-20261120-9999"), 4, "not-found", "NX-20261120-9999"),
        (("show", "99999999999999999999"), 4, "not-found", "no case"),
        (("history", "77"), 4, "not-found", "no case 77"),
        (("move", "77", "classify", "--as", "zhao-min"), 4, "not-found", "no case 77"),
        (("open", "report", "--programme", "ningxang", "--fact", "description=x"), 4, "not-found", "did you mean ningxiang?"),
        (("open", "repport", "--programme", "ningxiang", "--fact", "description=x"), 4, "not-found", "did you mean report?"),
        ((*OPEN, "--fact", "description=x", "--as", "xu-pen"), 4, "not-found", "did you mean xu-peng?"),
        (("show", "1", "--as", "nobody"), 4, "not-found", "nobody"),
        (("explain", "1", "--clock", "dispatch"), 4, "not-found", "did you mean dispatching?"),
        (("explain", "1", "--clock", "dispatching", "--rung", "9"), 4, "not-found", "1, 2, 3, 4"),
        (("list", "--programme", "nixiang"), 4, "not-found", "did you mean ningxiang?"),
        (("outbox", "show", "99"), 4, "not-found", "no message 99"),
        (("schema", "workflows"), 4, "not-found", "workflow"),
        (("db", "restore", "no-such.tar.gz"), 4, "not-found", "no-such.tar.gz"),
        # 5: conflict
        ((*CLASSIFY, "--fact", "category=lamp", "--fact", "urgency=2", "--if-version", "7"), 5, "stale-version", "version 7"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_each_wrong_input_is_told_apart(fengxing: Town, words: tuple[str, ...], code: int, name: str, says: str) -> None:
    fengxing.open()
    before = fengxing.say("history", "1", "--json").out
    exit_code, error = fengxing.refused(*words)
    assert (exit_code, error["code"]) == (code, name), error
    assert says in error["message"] or says in error["possible"]
    assert error.keys() == {"code", "message", "possible"}
    assert fengxing.say("history", "1", "--json").out == before
    assert len(fengxing.ask("list")) == 1


def test_an_error_for_people_is_a_sentence_and_never_a_traceback(fengxing: Town) -> None:
    answer = fengxing.say("show", "7")
    assert (answer.exit, answer.out, answer.err) == (4, "", "error: no case 7\n")
    usage = fengxing.say("open", "report")
    assert usage.exit == 2
    assert "see `fengxing open --help`" in usage.err
    assert "Traceback" not in answer.err + usage.err


def test_in_chinese_where_that_is_asked_for(fengxing: Town) -> None:
    fengxing.open()
    answer = fengxing.say("move", "1", "resolve", "--as", "zhao-min", FENGXING_LANG="zh")
    assert answer.err == "错误: 案件处于“reported”，不能执行 resolve；现在可以：classify, alert, merge, discard\n"
    asked = fengxing.say("show", "7", "--json", FENGXING_LANG="zh")
    assert orjson.loads(asked.err)["message"] == "没有案件 7"


@pytest.mark.parametrize(
    "words", [("show", "1"), ("list",), ("open", "report", "--programme", "p"), ("clock",), ("verify",), ("outbox", "list")]
)
def test_without_a_store_everything_says_how_to_make_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    exit_code, error = Town(folder=tmp_path / "none").refused(*words)
    assert (exit_code, error["code"]) == (6, "schema-behind")
    assert "fengxing db upgrade" in error["message"]
    assert not (tmp_path / "none").exists()


def test_an_unknown_setting_is_a_usage_error(tmp_path: Path) -> None:
    answer = Town(folder=tmp_path).say("settings", "--json", FENGXING_DATADIR="x")
    assert (answer.exit, answer.error["code"]) == (2, "setting-invalid")
    assert "FENGXING_DATA_DIR" in answer.error["message"]


@pytest.mark.parametrize("kind", ["none", "empty", "file"])
@pytest.mark.parametrize(
    "words",
    [(*OPEN, "--fact", "description=x"), CLASSIFY, ("clock", "--until", START), ("list", "--programme", "najin"), ("up", "--no-prefect")],
    ids=lambda words: words[0],
)
def test_a_folder_without_programmes_is_a_setting_that_cannot_be_meant(
    fengxing: Town, tmp_path: Path, kind: str, words: tuple[str, ...]
) -> None:
    fengxing.open()
    where = tmp_path / kind
    if kind == "empty":
        where.mkdir()
    elif kind == "file":
        where.write_text("a file")
    answer = fengxing.say(*words, "--json", FENGXING_PROGRAMMES=str(where))
    assert (answer.exit, answer.error["code"]) == (2, "setting-invalid")
    assert f"FENGXING_PROGRAMMES='{where}'" in answer.error["message"]
    assert ("no programme in it" if kind == "empty" else "no such folder") in answer.error["message"]
    assert fengxing.say("show", "1", "--json", FENGXING_PROGRAMMES=str(where)).exit == 0  # what needs no folder goes on
    assert fengxing.say("check", str(where), "--json").exit == 1


def test_up_refuses_a_mail_server_that_cannot_be_meant_and_makes_no_store(tmp_path: Path) -> None:
    town = Town(folder=tmp_path / "data")
    answer = town.say("up", "--no-prefect", "--json", FENGXING_SMTP_URL="http://user:geheim@mail.example")
    assert (answer.exit, answer.error["code"]) == (2, "setting-invalid")
    assert "FENGXING_SMTP_URL" in answer.error["message"]
    assert "smtps://" in answer.error["message"]
    assert "geheim" not in answer.err
    assert not town.folder.exists()


def test_a_store_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "fengxing.db").write_bytes(b"not a database at all, but long enough to look like one" * 100)
    exit_code, error = Town(folder=tmp_path).refused("list")
    assert (exit_code, error["code"]) == (6, "store-unavailable")
    assert Town(folder=tmp_path).refused("db", "upgrade")[0] == 6


def test_a_store_from_a_newer_program_is_left_alone(fengxing: Town) -> None:
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(fengxing.folder / "fengxing.db")) as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
        store.commit()
    for words in (("list",), ("db", "upgrade")):
        exit_code, error = fengxing.refused(*words)
        assert (exit_code, error["code"]) == (6, "schema-ahead")


def test_a_photo_that_cannot_be_stored_leaves_no_case(fengxing: Town, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg")
    (fengxing.folder / "attachments").write_text("a file where the folder should be")
    exit_code, error = fengxing.refused(*OPEN, "--fact", "description=x", "--photo", str(tmp_path / "a.jpg"))
    assert (exit_code, error["code"]) == (6, "attachment-unstored")
    assert fengxing.ask("list") == []


def test_a_full_disk_is_told_apart(fengxing: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage import database, errors

    fengxing.open()

    def full(*_: object) -> int:
        raise errors.DiskFull("no room left on the disk; nothing was changed")

    monkeypatch.setattr(database.Transaction, "many", full)
    exit_code, error = fengxing.refused(*CLASSIFY, "--fact", "category=lamp", "--fact", "urgency=2")
    assert (exit_code, error["code"]) == (6, "disk-full")


def test_what_nobody_foresaw_ends_with_seventy_and_says_so(fengxing: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import views

    fengxing.open()
    monkeypatch.setattr(views, "find", lambda *_, **__: 1 / 0)
    answer = fengxing.say("show", "1")
    assert answer.exit == 70
    assert "ZeroDivisionError" in answer.err
    assert fengxing.refused("show", "1")[1]["code"] == "unforeseen"
