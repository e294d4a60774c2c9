"""Making a store, proving it, backing it up and bringing it back; and the loops in processes of their own."""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import orjson
import pytest
from PIL import Image

from tests.commandline import ROOT, START, Town


def _sql(town: Town, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(town.folder / "fengxing.db")) as store:
        store.execute(statement)
        store.commit()


def test_making_a_store_twice_is_making_it_once(tmp_path: Path) -> None:
    town = Town(folder=tmp_path / "deep" / "data")
    made = town.ask("db", "upgrade", "--virtual", START)
    assert (made["before"], made["clock"]) == (None, "virtual")
    again = town.ask("db", "upgrade")
    assert again["before"] == again["version"] == made["version"]
    assert "up to date" in town.say("db", "upgrade").out


def test_a_naive_start_makes_nothing(tmp_path: Path) -> None:
    assert Town(folder=tmp_path / "data").refused("db", "upgrade", "--virtual", "2026-11-20T08:00:00")[0] == 2
    assert not (tmp_path / "data").exists()


def test_a_real_clock_cannot_be_moved(made_town: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(made_town, tmp_path / "data")
    town = Town(folder=tmp_path / "data")
    _sql(town, "DELETE FROM meta WHERE key = 'clock'")
    exit_code, error = town.refused("clock", "--until", "2036-01-01T00:00:00+08:00")
    assert (exit_code, error["code"]) == (3, "not-virtual")
    assert "--virtual" in error["message"]


def test_a_virtual_clock_does_not_go_back(fengxing: Town) -> None:
    fengxing.open()
    fengxing.open("二", "--at", "2026-11-20T08:00:00+08:00")
    fengxing.until("2026-11-20T08:05:00+08:00")
    assert fengxing.until("2026-11-20T08:05:00+08:00") == []  # where it stands is no way back
    exit_code, error = fengxing.refused("clock", "--until", "2026-11-20T08:01:00+08:00")
    assert (exit_code, error["code"]) == (3, "time-order")
    assert "08:05:00+08:00" in error["message"]


def test_verify_names_what_was_altered(fengxing: Town) -> None:
    fengxing.open()
    _sql(fengxing, 'UPDATE history SET facts = \'{"description":"另一句"}\' WHERE seq = 1')
    answer = fengxing.say("verify", "--json")
    assert answer.exit == 1
    assert orjson.loads(answer.out) == {
        "ok": False,
        "cases": 1,
        "findings": [
            {"code": "entry-changed", "case": "NX-20261120-0001", "detail": "entry 1 is not what was written (or the one before it)"}
        ],
    }
    assert answer.err == ""
    assert "entry-changed" in fengxing.say("verify").out


def test_a_backup_brings_everything_back(fengxing: Town, tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "blue").save(tmp_path / "a.jpg")
    fengxing.open("一", "--photo", str(tmp_path / "a.jpg"))
    before = fengxing.ask("show", "1")
    file = str(tmp_path / "backup.tar.gz")
    assert fengxing.ask("db", "backup", file) | {"bytes": 0} == {"file": file, "cases": 1, "attachments": 1, "missing": [], "bytes": 0}
    assert Path(file).stat().st_mode & 0o077 == 0  # names and phones are in it
    fengxing.open("备份之后")

    elsewhere = Town(folder=tmp_path / "elsewhere")
    assert elsewhere.ask("db", "restore", file) == {"ok": True, "cases": 1, "findings": [], "aside": None}
    assert elsewhere.ask("show", "1") == before
    assert elsewhere.ask("verify")["ok"]

    assert fengxing.refused("db", "restore", file)[1]["code"] == "in-the-way"
    assert len(fengxing.ask("list")) == 2
    restored = fengxing.ask("db", "restore", file, "--force")
    assert len(fengxing.ask("list")) == 1
    aside = Path(restored["aside"])
    assert aside.parent == fengxing.folder
    aside.replace(fengxing.folder / "fengxing.db")
    assert len(fengxing.ask("list")) == 2  # nothing was lost


def test_a_backup_is_never_written_over_another(fengxing: Town, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_text("yesterday's")
    assert fengxing.refused("db", "backup", str(tmp_path / "b.tar.gz")) == (
        3,
        {"code": "in-the-way", "message": f"{tmp_path}/b.tar.gz is there already; choose another name or move it away", "possible": []},
    )
    assert fengxing.refused("db", "backup", str(tmp_path / "none" / "b.tar.gz"))[0] == 6
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".fengxing")] == []


def test_a_backup_says_which_photos_were_gone(fengxing: Town, tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "blue").save(tmp_path / "a.jpg")
    digest = fengxing.open("一", "--photo", str(tmp_path / "a.jpg"))["facts"]["photos"][0]
    (fengxing.folder / "attachments" / digest[:2] / f"{digest}.jpg").unlink()
    answer = fengxing.say("db", "backup", str(tmp_path / "b.tar.gz"), "--json")
    assert answer.exit == 1
    assert orjson.loads(answer.out)["missing"] == [f"attachments/{digest[:2]}/{digest}.jpg"]


def _damaged(whole: Path, kind: str, at: Path) -> Path:
    """A file that is no good backup, for one reason."""
    target = at / f"{kind}.tar.gz"
    if kind == "cut":
        target.write_bytes(whole.read_bytes()[:-2000])
        return target
    if kind == "text":
        target.write_text("hello")
        return target
    with tarfile.open(whole) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            raw = content.read()
            if kind == "changed" and member.name == "store.db":
                raw = raw[:-1] + b"x"
            if kind == "stranger" and member.name == "store.db":
                member.name = "../store.db"
            if kind == "format" and member.name == "manifest.json":
                raw = raw.replace(b'"format": 1', b'"format": 9')
            if kind != "headless" or member.name != "manifest.json":
                member.size = len(raw)
                new.addfile(member, io.BytesIO(raw))
    return target


@pytest.mark.parametrize("kind", ["cut", "text", "changed", "stranger", "format", "headless"])
def test_a_damaged_backup_changes_nothing(fengxing: Town, tmp_path: Path, kind: str) -> None:
    fengxing.open()
    whole = tmp_path / "whole.tar.gz"
    fengxing.ask("db", "backup", str(whole))
    before = fengxing.say("list", "--json").out
    exit_code, error = fengxing.refused("db", "restore", str(_damaged(whole, kind, tmp_path)), "--force")
    assert (exit_code, error["code"]) == (3, "backup-unusable")
    assert "nothing was changed" in error["message"]
    assert fengxing.say("list", "--json").out == before
    assert not (tmp_path / "store.db").exists()


def _process(town: Town, *words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, **town.settings(), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_clock_fires_what_is_overdue_and_stops_within_a_second(made_town: Path, tmp_path: Path) -> None:
    import shutil

    from engine import composition, requests, settings
    from engine import now as times

    shutil.copytree(made_town, tmp_path / "data")
    town = Town(folder=tmp_path / "data")
    _sql(town, "DELETE FROM meta WHERE key = 'clock'")
    with composition.opened(settings.Settings(town.settings())) as engine:
        opening = requests.Opening(
            programme="ningxiang", workflow="report", facts={"description": "x"}, at=times.wall() - 9 * 60 * 1_000_000
        )
        engine.door.submit(opening)
    process = _process(town, "clock", "--json")
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 30)
        assert ready
        fired = orjson.loads(process.stdout.readline())
        assert (fired["case"], fired["clock"], fired["rung"]) == (1, "dispatching", 1)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        assert time.monotonic() - asked < 10  # a second when nobody else works here
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
    assert town.ask("verify")["ok"]


def test_the_command_is_light_enough_to_start_at_once() -> None:
    """What a clock does not need before its first firing is not imported for it."""
    heavy = (
        *("sqlalchemy", "sqlmodel", "alembic", "prefect", "jinja2", "ruamel", "holidays", "fastapi", "PIL", "rich.table", "aiosmtplib"),
        *("matplotlib", "xlsxwriter", "gzip", "xml.sax", "engine.mining.processlog", "engine.rehearsal"),
    )
    code = f"import sys; from cli import main, running; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_dead_letter_is_shown_and_tried_again(fengxing: Town) -> None:
    fengxing.open()
    _sql(fengxing, 'UPDATE messages SET state = \'dead\', attempts = 3, tried = \'[["x@y","refused","550 no such user"]]\'')
    (dead,) = fengxing.ask("outbox", "list", "--state", "dead")
    assert dead.keys() >= {"id", "case", "kind", "recipient", "channel", "state", "attempts", "message_id", "subject"}
    assert (dead["kind"], dead["recipient"], dead["tried"][0]["detail"]) == ("notice", "xu-peng", "550 no such user")
    assert "550 no such user" in fengxing.say("outbox", "show", str(dead["id"])).out
    letter = fengxing.ask("outbox", "show", str(dead["id"]))
    assert "路灯不亮" in letter["text"]
    assert letter["preview"]
    again = fengxing.ask("outbox", "retry", str(dead["id"]))
    assert (again["state"], again["attempts"]) == ("pending", 0)
    assert fengxing.ask("outbox", "drop", str(dead["id"]))["state"] == "dropped"
    assert fengxing.ask("outbox", "list", "--state", "pending") == []
    assert fengxing.ask("verify")["ok"]


def test_an_unreachable_mail_server_puts_the_mail_off(fengxing: Town) -> None:
    fengxing.open()
    answer = fengxing.say("deliver", "--once", "--json", FENGXING_SMTP_URL="smtp://127.0.0.1:9")
    assert answer.exit == 0
    report = orjson.loads(answer.out)
    assert (report["sent"], report["put_off"], report["dead"]) == (0, 1, 0)
    assert "no mail server answers" in report["problems"][0]
    (waiting,) = fengxing.ask("outbox", "list", "--state", "pending", "--case", "NX-20261120-0001")
    assert waiting["message_id"].startswith("<")
