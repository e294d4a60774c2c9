"""kill -9 at random moments of openings, moves, lapses and deliveries, each followed by a real restart: nothing is lost, nothing is twice."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from engine import clock, composition, outbox
from engine import now as times
from notifications import mailbox
from storage import database, migrating
from tests import proving
from tests.integration import towns

ROOT = Path(__file__).parent.parent.parent
SPEED = 600.0
"""Ten minutes pass in a second, so that ladders are climbed while a worker lives."""


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, log = f"sqlite:///{tmp_path / 'fengxing.db'}", tmp_path / "acknowledged.log"
    with contextlib.closing(database.Store(url)) as store:
        migrating.upgrade(store)
    dice = random.Random(20261120)
    with mailbox.Mailbox() as box, towns.a_town(tmp_path, url, speed=SPEED, given={"FENGXING_SMTP_URL": box.url}) as engine:
        for turn in range(proving.times(12, 50)):
            begun = engine.time.now()
            a_short_life(tmp_path, url, box, log, seed=turn, seconds=dice.uniform(0.02, 0.8))
            assert towns.findings(engine) == [], f"after kill {turn + 1}, begun at {towns.clock_time(begun)}"
        settle(engine, monkeypatch)
        assert towns.findings(engine) == []
        openings_are_all_there_once(engine, log)
        rungs_fired_once(engine)
        mails_repeat_only_under_their_message_id(engine, box)


def a_short_life(folder: Path, url: str, box: mailbox.Mailbox, log: Path, *, seed: int, seconds: float) -> None:
    """A worker from its start to its sudden end."""
    command = [sys.executable, "-m", "tests.acceptance.killed", url, str(folder), box.url, str(log), str(seed)]
    with (folder / "worker.err").open("ab") as said, subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"at work\n", (folder / "worker.err").read_text()
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def settle(engine: composition.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a last restart would do: fire what is due, let leases of the dead lapse, deliver what waits."""
    wall = times.wall()
    now = engine.time.now()
    while clock.fire_due(engine.store, engine.catalog, now=now)[1]:
        pass
    monkeypatch.setattr(times, "wall", lambda: wall + outbox.LEASE + 1)
    monkeypatch.setattr(times.Time, "now", lambda _: now + towns.HOUR)
    outbox.deliver_once(engine)
    assert towns.rows(engine, "SELECT count(*) FROM messages WHERE state = 'pending' AND next_at <= ?", now) == [(0,)]


def openings_are_all_there_once(engine: composition.Engine, log: Path) -> None:
    acknowledged = dict(line.split() for line in log.read_text().splitlines())
    there = dict(towns.rows(engine, "SELECT k.key, c.number FROM keys k JOIN cases c ON c.id = k.case_id WHERE k.seq = 1"))
    assert len(acknowledged) > 50, "the workers did next to nothing"
    assert acknowledged.items() <= there.items()
    described = Counter(
        row[0] for row in towns.rows(engine, "SELECT facts FROM history WHERE kind = 'open' AND facts NOT LIKE '%on_behalf_of%'")
    )
    assert max(described.values()) == 1
    ((cases, last),) = towns.rows(engine, "SELECT count(*), max(id) FROM cases")
    assert cases == last, "and no number is missing"


def rungs_fired_once(engine: composition.Engine) -> None:
    """Each under its key once; none that is due by now is missing (verify has held timers and messages against the history)."""
    marks = towns.rows(engine, "SELECT case_id, mark FROM history WHERE kind = 'rung'")
    assert len(marks) == len(set(marks)) > 20, "too few rungs fired to prove anything"
    assert towns.rows(engine, "SELECT count(*) FROM timers WHERE due <= ?", engine.time.now() - towns.HOUR) == [(0,)]


def mails_repeat_only_under_their_message_id(engine: composition.Engine, box: mailbox.Mailbox) -> None:
    sent = towns.rows(engine, "SELECT message_id, recipient, state FROM messages WHERE message_id IS NOT NULL")
    by_id = {mark: who for mark, who, _ in sent}
    arrived = Counter(letter.message_id for letter in box.letters)
    assert arrived.keys() <= by_id.keys(), "no mail that no row of the outbox knows"
    assert {mark for mark, _, state in sent if state == "sent"} <= arrived.keys(), "no mail that is marked sent and never came"
    for letter in box.letters:
        assert letter.to[0].partition("@")[0].rstrip("2") in (by_id[letter.message_id], "zhang")
    single = [mark for mark, _, _ in sent if not mark.startswith("<digest")]
    assert len(single) == len(set(single)), "one row, one Message-ID"
