"""The demo as a stranger runs it, without Prefect and faster; and its proof, which must notice whatever is planted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from cli.demonstration import proof
from engine import composition, settings
from notifications import mailbox

ROOT = Path(__file__).resolve().parents[2]
SPEED = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A demo that was played: what the command printed, its exit code, and its folder."""

    code: int
    said: str
    folder: Path

    @property
    def until(self) -> int:
        return int(json.loads((self.folder / "verdict.json").read_text())["until"])

    def letters(self) -> list[mailbox.Letter]:
        return list(_letters(self.folder / "mails"))


@cache
def _letters(folder: Path) -> tuple[mailbox.Letter, ...]:
    """The files of the mailbox; read once, for parsing them takes longer than proving."""
    found = []
    for file in sorted(folder.glob("*.eml")):
        letter = mailbox.Letter(sender="", to=(), received=0, raw=file.read_bytes())
        found.append(replace(letter, to=(str(letter.message["To"].addresses[0].addr_spec),)))
    return tuple(found)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    place = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "cli.main", "demo", "--exit", "--no-prefect", "--speed", str(SPEED)]
    environment = {**os.environ, "FENGXING_DATA_DIR": str(place), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    played = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=150, check=False)
    return Day(code=played.returncode, said=played.stdout + played.stderr, folder=place / "demo")


def state_of(day: Day, words: str) -> str:
    """The state of the one case whose description has these words."""
    with sqlite3.connect(day.folder / "fengxing.db") as connection:
        rows = connection.execute("SELECT state FROM cases WHERE facts LIKE ?", (f"%{words}%",)).fetchall()
    assert len(rows) == 1, words
    return str(rows[0][0])


def counted(day: Day, query: str) -> int:
    with sqlite3.connect(day.folder / "fengxing.db") as connection:
        return int(connection.execute(query).fetchone()[0])


def test_it_ends_with_zero_since_every_rung_and_mail_came(day: Day) -> None:
    assert day.code == 0, day.said
    assert "The day is as its histories say." in day.said
    assert "NOT PLANNED" not in day.said


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("北街二巷路灯不亮", "verified"),  # the dead lamp of an August night
        ("散落一地钢筋", "verified"),  # the fallen steel
        ("电力井盖严重破损", "verified"),  # the manhole on Huaxi road
        ("路灯杆短路打火花", "verified"),  # the sparking lamp at night
        ("后厨地面油污", "verified"),  # the shop's kitchen
        ("货梯门关不上", "verified"),
        ("一排共享单车", "put_right"),  # put right by the rider himself
        ("小区门口路面坑洼", "signed"),  # within two days: no hurry
        ("老桥头护栏缺了一段", "suspended"),
        ("广场舞音响太大", "invalid"),
        ("敲门没人应", "verified"),
        ("两街交界处路面积水", "verified"),  # taken back by the clock when the neighbour did not accept
    ],
)
def test_each_story_ends_as_it_should(day: Day, words: str, state: str) -> None:
    assert state_of(day, words) == state


def test_the_day_has_what_a_town_has(day: Day) -> None:
    assert 40 <= counted(day, "SELECT count(*) FROM cases") <= 60
    assert counted(day, "SELECT count(*) FROM history WHERE kind = 'rung'") >= 40
    assert counted(day, "SELECT count(*) FROM history WHERE kind = 'acknowledge'") == 1
    assert counted(day, "SELECT count(*) FROM history WHERE trigger = 'return'") == 1
    assert counted(day, "SELECT count(*) FROM history WHERE trigger = 'take_back' AND actor = 'timer'") == 1
    assert counted(day, "SELECT count(*) FROM history WHERE trigger = 'rework'") == 1
    assert (
        counted(day, "SELECT count(*) FROM messages WHERE recipient = 'fact:on_behalf_of' AND template = 'closed' AND state = 'sent'") == 1
    )
    assert counted(day, "SELECT count(*) FROM attachments") > 20
    assert counted(day, "SELECT count(*) FROM messages WHERE state IN ('pending', 'dead')") == 0


def test_a_refused_address_moves_on_to_the_next(day: Day) -> None:
    to = [letter.to[0] for letter in day.letters()]
    assert "kong.jian@lamps.ningxiang.example" not in to
    assert "kong.jian@mail.example" in to


def test_many_lapses_at_once_become_digests(day: Day) -> None:
    digests = [letter for letter in day.letters() if letter.message_id.startswith("<digest.")]
    assert digests
    assert all(letter.message["Auto-Submitted"] == "auto-generated" for letter in digests)


def test_the_users_own_store_is_not_touched(day: Day) -> None:
    assert [path.name for path in day.folder.parent.iterdir()] == ["demo"]


def test_a_demo_that_is_broken_off_leaves_nothing_running(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--exit", "--no-prefect"]
    environment = {**os.environ, "FENGXING_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as played:
        assert played.stdout is not None
        said = iter(played.stdout)
        while "reports" not in next(said):
            pass
        played.send_signal(signal.SIGTERM)
        rest = "".join(said)
        assert played.wait(timeout=20) == 130, rest
    watched = [p for p in Path("/proc").glob("[0-9]*/cmdline") if f"--watch\0{played.pid}\0".encode() in _words(p)]
    assert watched == []


def _words(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.prove
@pytest.mark.prefect
def test_the_whole_demo_with_prefect_at_its_own_speed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--exit"]
    environment = {**os.environ, "FENGXING_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    played = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "in its event feed" in played.stdout


# --- the proof bites


Again = Callable[[str | None, Sequence[mailbox.Letter] | None], proof.Verdict]


@pytest.fixture
def again(day: Day, tmp_path: Path) -> Again:
    """Prove a copy of the day once more, after some SQL on its store, or with other letters."""

    def prove(planted: str | None, letters: Sequence[mailbox.Letter] | None) -> proof.Verdict:
        copy = tmp_path / "copy"
        shutil.copytree(day.folder, copy, ignore=shutil.ignore_patterns("mails", "camera", "logs"))
        if planted is not None:
            with sqlite3.connect(copy / "fengxing.db") as connection:
                assert connection.execute(planted).rowcount == 1
        given = settings.Settings({"FENGXING_DATA_DIR": str(copy), "FENGXING_MAIL_FROM": "fengxing@ningxiang.example"})
        with composition.opened(given) as engine:
            return proof.prove(engine, day.letters() if letters is None else letters, until=day.until)

    return prove


RUNG = (
    "(SELECT h.id FROM history h JOIN cases c ON c.id = h.case_id WHERE c.facts LIKE '%农贸市场北门%' "
    "AND h.kind = 'rung' AND h.mark = 'handling/1/0/0')"
)
"""The warning to the handler of the pit that nobody mended."""


def codes(verdict: proof.Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_the_same_day_proved_again_is_as_good(again: Again) -> None:
    verdict = again(None, None)
    assert codes(verdict) == set()
    assert verdict.exit_code == 0


def test_a_rung_that_is_gone_is_missed(again: Again) -> None:
    verdict = again(f"DELETE FROM history WHERE id = {RUNG}", None)
    assert "rung-missing" in codes(verdict)
    assert verdict.exit_code == 1


def test_a_rung_that_fired_late_is_late(again: Again) -> None:
    """Two seconds of real time, at this speed more than half an hour of the town's."""
    verdict = again(f"UPDATE history SET at = at + {2 * SPEED * 1_000_000} WHERE id = {RUNG}", None)
    assert "rung-late" in codes(verdict)
    assert verdict.exit_code == 1


def test_a_rung_that_fired_early_is_early(again: Again) -> None:
    verdict = again(f"UPDATE history SET at = at - 60000000 WHERE id = {RUNG}", None)
    assert "rung-early" in codes(verdict)
    assert verdict.exit_code == 1


def test_a_rung_that_nobody_owed_is_noticed(again: Again) -> None:
    planted = (
        "INSERT INTO history (case_id, seq, kind, at, recorded_at, trigger, from_state, to_state, actor, facts, detail, mark, digest) "
        "SELECT case_id, 900, kind, at + 1, recorded_at, trigger, from_state, to_state, actor, facts, "
        "replace(detail, '\"round\":1', '\"round\":7'), 'planted', digest FROM history WHERE id = "
        "(SELECT max(id) FROM history WHERE kind = 'rung' AND detail LIKE '%\"round\":1,%')"
    )
    assert "rung-unowed" in codes(again(planted, None))


def test_a_letter_that_never_came_is_missed(day: Day, again: Again) -> None:
    letters = day.letters()
    verdict = again(None, letters[:10] + letters[11:])
    assert codes(verdict) == {"mail-missing"}
    assert verdict.exit_code == 1


def test_a_digest_that_never_came_is_missed_for_each_of_its_messages(day: Day, again: Again) -> None:
    letters = [letter for letter in day.letters() if not letter.message_id.startswith("<digest.")]
    verdict = again(None, letters)
    assert len([f for f in verdict.findings if f.code == "mail-missing"]) == counted(
        day, "SELECT count(*) FROM messages WHERE message_id LIKE '<digest%' AND state = 'sent'"
    )


def test_a_letter_that_came_twice_is_one_too_many(day: Day, again: Again) -> None:
    letters = day.letters()
    assert codes(again(None, [*letters, letters[3]])) == {"mail-twice"}


def test_a_letter_that_nobody_was_to_get_is_noticed(day: Day, again: Again) -> None:
    letters = day.letters()
    stray = replace(letters[0], raw=letters[0].raw.replace(b"Message-ID: <", b"Message-ID: <x"))
    assert codes(again(None, [*letters, stray])) == {"mail-unknown"}


def test_a_letter_that_went_to_somebody_else_is_noticed(day: Day, again: Again) -> None:
    letters = day.letters()
    assert codes(again(None, [replace(letters[0], to=("somebody@else.example",)), *letters[1:]])) == {"mail-astray"}


def test_a_mail_dropped_while_its_clock_still_ran_is_missed(again: Again) -> None:
    """The outbox may say what it likes: the history knows that the clock went on."""
    planted = (
        "UPDATE messages SET state = 'dropped', message_id = NULL, done_at = created_at WHERE id = "
        "(SELECT min(id) FROM messages WHERE kind = 'ladder' AND state = 'sent' AND message_id NOT LIKE '<digest%')"
    )
    verdict = again(planted, [])
    assert "mail-missing" in codes(verdict)


def test_a_changed_history_is_found_by_verify(again: Again) -> None:
    verdict = again("UPDATE history SET actor = 'qian-wei' WHERE id = (SELECT min(id) FROM history)", None)
    assert "entry-changed" in codes(verdict)
    assert verdict.exit_code == 1
