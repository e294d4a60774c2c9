"""The running clock: woken from other threads and processes, stopped by a signal, beside a second one on the same store."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from engine import clock, composition, doorbell, rungs
from storage import database
from storage import errors as storage_errors
from tests import builders
from tests.integration import towns

Engine = composition.Engine
ROOT = Path(__file__).parent.parent.parent
GENEROUS = 3.0
"""Seconds that a busy test machine may take for what takes milliseconds; far below the safety poll of twenty."""

SHORT = towns.WORKFLOW.replace("within: 10 minutes", "within: 1 minute").replace(
    "    - {before: 1 minute, notify: [duty], template: due-soon}\n", ""
)
"""A report that is due soon after a minute: 48 seconds after it came in the desk is warned."""


class Running:
    """A clock in a thread of its own."""

    def __init__(self, engine: Engine) -> None:
        self.fired: list[rungs.Fired] = []
        self.bell = doorbell.Bell(engine.store)
        self.loop = clock.Clock(engine.store, engine.catalog, engine.time, self.bell, heard=self.fired.extend)
        self.thread = threading.Thread(target=self.loop.run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.stop()
        self.thread.join(GENEROUS)
        self.bell.close()
        assert not self.thread.is_alive(), "the loop ends when it is told to"

    def wait(self, count: int) -> bool:
        return eventually(lambda: len(self.fired) >= count)


def eventually(ask: object, seconds: float = GENEROUS) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ask():  # type: ignore[operator]  # whatever can be asked
            return True
        time.sleep(0.005)
    return False


@pytest.fixture
def fast(tmp_path: Path, url: str) -> Iterator[Engine]:
    """A minute passes in a second."""
    with towns.a_town(tmp_path, url, speed=60.0, workflow=SHORT) as opened:
        yield opened


def test_a_sleeping_clock_is_woken_by_what_another_connection_arms(fast: Engine) -> None:
    with Running(fast) as running, towns.another(fast) as second:
        time.sleep(0.3)
        assert running.fired == []
        case = towns.opened(second)
        assert running.wait(1), "the doorbell rang; a lost ring would have cost the poll of twenty seconds"
        assert running.fired[0].case == case.case


def test_a_rung_fires_at_its_time_and_not_before(fast: Engine) -> None:
    with Running(fast) as running:
        towns.opened(fast)
        assert running.wait(2)
    for fired in running.fired:
        late = fired.at - fired.due
        assert 0 <= late < GENEROUS * 60e6


def test_two_clocks_on_one_store_fire_each_rung_once(fast: Engine) -> None:
    for _ in range(150):
        towns.opened(fast)
    with towns.another(fast) as second, Running(fast) as one, Running(second) as other:
        assert eventually(lambda: len(one.fired) + len(other.fired) >= 300, 30)
    marks = [(f.case, f.clock, f.round, f.rung, f.repeat) for f in (*one.fired, *other.fired)]
    assert len(marks) == len(set(marks))
    assert towns.rows(fast, "SELECT count(*) FROM history WHERE kind = 'rung'") == [(len(marks),)]
    assert towns.findings(fast) == []


@pytest.mark.postgres
def test_what_another_engine_holds_is_left_to_it(tmp_path: Path, postgres_server: str) -> None:
    from tests.integration import conftest

    with towns.a_town(tmp_path, conftest.a_postgres_database(postgres_server)) as engine:
        for _ in range(3):
            towns.opened(engine)
        with towns.another(engine) as second, second.store.writing() as held:
            held.all(database.both("SELECT id FROM cases WHERE id = 2 {lock}"))
            fired, claimed = clock.fire_due(engine.store, engine.catalog, now=towns.at("08:08"))
            assert ({one.case for one in fired}, claimed) == ({1, 3}, 2)
        assert [one.case for one in clock.fire_due(engine.store, engine.catalog, now=towns.at("08:08"))[0]] == [2]
        assert towns.findings(engine) == []


@pytest.mark.postgres
def test_a_postgresql_that_cuts_the_lines_is_waited_for(tmp_path: Path, postgres_server: str) -> None:
    from tests.integration import conftest

    url = conftest.a_postgres_database(postgres_server)
    with towns.a_town(tmp_path, url, speed=60.0, workflow=SHORT) as engine, Running(engine) as running:
        time.sleep(0.2)
        with contextlib.closing(database.Store(url)) as cutter, cutter.reading() as tx:
            tx.all(
                database.both(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        with contextlib.suppress(storage_errors.StoreUnavailable):
            towns.opened(engine)
        assert eventually(lambda: towns.opened(engine).case > 0)
        assert running.wait(1), "the clock has reconnected, and hears the bell again"
        assert running.thread.is_alive()


def test_a_store_that_is_away_for_a_while_is_waited_for(
    fast: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_: object) -> int:
        raise storage_errors.StoreUnavailable("gone; nothing was changed.")

    with Running(fast) as running:
        with monkeypatch.context() as broken:
            broken.setattr(clock, "next_due", away)
            running.bell.wake()
            assert eventually(lambda: "the store cannot be used just now" in caplog.text)
            towns.opened(fast)
        assert running.wait(1)


def test_the_clock_knows_a_programme_that_was_published_after_it_started(fast: Engine, tmp_path: Path) -> None:
    with Running(fast) as running, towns.another(fast) as second:
        time.sleep(0.2)
        other = builders.PROGRAMME.replace("testtown", "othertown").replace("prefix: TT", "prefix: OT")
        towns.publish(second, towns.a_programme(tmp_path / "other", programme=other, workflow=SHORT))
        from engine import requests

        second.door.submit(requests.Opening(programme="othertown", workflow="report", actor="ma", facts={"description": "x"}))
        assert running.wait(1), "not put off: what a case pins is read when it is needed"


WORKER = """
import sys, time
from engine import clock, composition, doorbell, settings
from cli import running
engine = composition.open_engine(settings.Settings({"FENGXING_DATABASE_URL": sys.argv[1]}))
bell = doorbell.Bell(engine.store)
loop = clock.Clock(engine.store, engine.catalog, engine.time, bell, heard=lambda fired: print("fired", len(fired), flush=True))
running.on_signal(loop.stop)
print("at work", flush=True)
loop.run()
bell.close()
engine.close()
print("stopped", flush=True)
"""


@contextlib.contextmanager
def a_clock_process(engine: Engine) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WORKER, engine.settings.database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "at work\n"
            yield worker
        finally:
            if worker.poll() is None:
                worker.kill()


def test_a_clock_in_another_process_hears_the_bell_and_stops_on_sigterm_within_a_second(fast: Engine) -> None:
    with a_clock_process(fast) as worker:
        assert worker.stdout is not None
        time.sleep(0.3)
        towns.opened(fast)
        assert worker.stdout.readline() == "fired 1\n"
        begun = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert "stopped\n" in worker.stdout.readlines()
        assert worker.wait(GENEROUS) == 0
        assert time.monotonic() - begun < GENEROUS


def test_a_killed_clock_leaves_a_bell_that_the_next_ring_takes_down(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite, speed=60.0, workflow=SHORT) as engine:
        with a_clock_process(engine) as worker:
            worker.kill()
            worker.wait()
        folder = doorbell._folder(engine.store)
        assert len(list(folder.iterdir())) == 1
        towns.opened(engine)
        assert list(folder.iterdir()) == []
