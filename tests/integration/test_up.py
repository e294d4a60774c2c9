"""`fengxing up` as an operator lives with it: what it starts, what it keeps, what it says, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from engine import authored, composition, requests, settings
from engine import now as times
from notifications import mailbox
from storage import database, statements
from tests import builders
from workflows import server

ROOT = Path(__file__).resolve().parents[2]
SWIFT = builders.WORKFLOW.replace("within: 10 minutes", "within: 3 seconds").replace(
    "    - {before: 1 minute, notify: [duty], template: due-soon}\n", ""
)
"""The builder's workflow with a desk that has three seconds."""


@dataclass(slots=True)
class Running:
    """A running `up`: its process and what it has said so far."""

    process: subprocess.Popen[str]
    given: settings.Settings
    said: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    def ready(self, timeout: float = 40.0) -> dict[str, Any]:
        until(lambda: bool(self.answered) or self.process.poll() is not None, timeout, lambda: self.words)
        assert self.answered, self.words
        body: dict[str, Any] = json.loads(self.answered[0])
        return body

    @property
    def words(self) -> str:
        return "\n".join(self.said)

    def stop(self) -> tuple[int, float]:
        """End it as a supervisor would; its exit code and how long that took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        return code, time.monotonic() - begun


def until(condition: Callable[[], bool], timeout: float, said: Callable[[], str] = str) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, said()
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def children_of(pid: int) -> list[int]:
    """Whoever was told to end with that process, wherever it hangs by now."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--watch" in words and str(pid).encode() in words and alive(int(place.name)):
                found.append(int(place.name))
    return found


@pytest.fixture
def box() -> Iterator[mailbox.Mailbox]:
    with mailbox.Mailbox() as box:
        yield box


@pytest.fixture
def start(tmp_path: Path, box: mailbox.Mailbox) -> Iterator[Callable[..., Running]]:
    """Start `up` on a store of its own; ended afterwards if it still runs."""
    begun: list[Running] = []
    readers: list[threading.Thread] = []
    builders.a_folder(tmp_path / "programmes", workflow=SWIFT)

    def go(*words: str, **values: str) -> Running:
        given = {
            "FENGXING_DATA_DIR": str(tmp_path / "data"),
            "FENGXING_PROGRAMMES": str(tmp_path / "programmes"),
            "FENGXING_SMTP_URL": box.url,
            **values,
        }
        command = [sys.executable, "-m", "cli.main", "up", "--json", *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **given}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        own = {name: value for name, value in given.items() if name.startswith(settings.PREFIX)}
        running = Running(process=process, given=settings.Settings(own))
        for stream, lines in ((process.stdout, running.answered), (process.stderr, running.said)):
            assert stream is not None
            reader = threading.Thread(target=_collect, args=(stream, lines), daemon=True)
            reader.start()
            readers.append(reader)
        begun.append(running)
        return running

    yield go
    for running in begun:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(timeout=20)
    for reader in readers:
        reader.join(timeout=10)


def _collect(stream: IO[str], lines: list[str]) -> None:
    with stream:
        lines.extend(line.rstrip() for line in stream)


def open_case(running: Running, words: str) -> str:
    """As another process would: through an engine of its own."""
    with composition.opened(running.given) as engine:
        opening = requests.Opening(programme="testtown", workflow="report", actor="ma", facts={"description": words})
        return engine.door.submit(opening).number


def rungs(running: Running) -> list[tuple[int, int]]:
    """(due, at) of what has fired."""
    store = database.Store(running.given.database_url)
    with store.reading() as tx:
        found = tx.all(database.both("SELECT detail, at FROM history WHERE kind = 'rung' ORDER BY id"))
    store.close()
    return [(json.loads(detail)["due"], at) for detail, at in found]


def test_a_case_of_another_process_escalates_in_time_and_nothing_stays_behind(start: Callable[..., Running], box: mailbox.Mailbox) -> None:
    running = start("--no-prefect")
    body = running.ready()
    assert body["ready"] is True
    assert body["urls"] == {}
    assert set(body["pids"]) == {"up", "clock", "deliver"}
    assert "there was no store: made" in running.words
    number = open_case(running, "路灯不亮")
    until(lambda: any("已到时限" in x.subject for x in box.letters), 15, lambda: running.words)
    assert all(at - due < 5_000_000 for due, at in rungs(running))
    assert any(number in letter.text for letter in box.letters)
    assert len(running.answered) == 1, "one line, and no other, on stdout"
    code, seconds = running.stop()
    assert code == 0
    assert seconds < 8
    assert [pid for pid in body["pids"].values() if alive(pid)] == []


def test_a_child_that_dies_is_started_again_with_a_loud_line(start: Callable[..., Running], box: mailbox.Mailbox) -> None:
    running = start("--no-prefect")
    clock = running.ready()["pids"]["clock"]
    os.kill(clock, signal.SIGKILL)
    until(lambda: "clock has died (signal 9)" in running.words, 5, lambda: running.words)
    open_case(running, "井盖翻了")
    until(lambda: len(box.letters) >= 2, 20, lambda: running.words)  # the receipt, and the first rung
    assert len(children_of(running.process.pid)) == 2


def test_its_children_end_even_if_it_is_killed(start: Callable[..., Running]) -> None:
    running = start("--no-prefect")
    body = running.ready()
    running.process.kill()
    running.process.wait()
    until(lambda: not any(alive(pid) for pid in body["pids"].values()), 10)


def test_without_a_port_for_prefect_the_engine_goes_on_and_says_so(start: Callable[..., Running], box: mailbox.Mailbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = start("--port", "8399", FENGXING_PREFECT_PORT=str(port))
        body = running.ready()
        assert body["urls"] == {}
        assert any("no Prefect server" in note for note in body["notes"])
        assert any("8399" in note and "later" in note for note in body["notes"]), "no page is promised that is not there"
        assert f"127.0.0.1:{port} is taken" in running.words
        open_case(running, "路灯不亮")
        until(lambda: len(box.letters) >= 2, 15, lambda: running.words)
        code, _ = running.stop()
    assert code == 0
    assert children_of(running.process.pid) == []


def test_a_folder_with_problems_is_said_aloud_and_the_town_starts_with_what_is_in_force(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    first = start("--no-prefect")
    first.ready()
    first.stop()
    people = tmp_path / "programmes" / "testtown" / "people.yaml"
    people.write_text(people.read_text(encoding="utf-8").replace("roles: [duty]", "roles: [dutty]"), encoding="utf-8")
    again = start("--no-prefect")
    body = again.ready()
    assert any("problems in the folders" in note for note in body["notes"])
    assert "dutty" in again.words
    assert open_case(again, "路灯不亮")


def test_a_changed_folder_is_taken_up_without_a_restart(start: Callable[..., Running], tmp_path: Path) -> None:
    running = start("--no-prefect")
    running.ready()
    people = tmp_path / "programmes" / "testtown" / "people.yaml"
    people.write_text(people.read_text(encoding="utf-8").replace("王值班", "王新值班"), encoding="utf-8")
    store = database.Store(running.given.database_url)

    def taken_up() -> bool:
        with store.reading() as tx:
            return any("王新值班" in str(row[3]) for row in tx.all(statements.IN_FORCE))

    until(taken_up, 20, lambda: running.words)
    store.close()


def test_an_older_store_is_not_upgraded_silently(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start("--no-prefect")
    first.ready()
    first.stop()
    store = database.Store(first.given.database_url)
    with store.writing() as tx:
        tx.run(database.both("UPDATE alembic_version SET version_num = '0000'"))
    store.close()
    again = start("--no-prefect")
    assert again.process.wait(timeout=20) == 6
    until(lambda: "db upgrade" in again.words, 5)


def test_a_virtual_store_is_served_and_its_clock_stays_where_it_is(start: Callable[..., Running], tmp_path: Path) -> None:
    from engine import making

    given = settings.Settings({"FENGXING_DATA_DIR": str(tmp_path / "data"), "FENGXING_PROGRAMMES": str(tmp_path / "programmes")})
    moment = times.parse("2026-11-20T08:00:00+08:00")
    making.upgrade(given, virtual=moment)
    running = start("--no-prefect")
    running.ready()
    with composition.opened(running.given) as engine:
        assert engine.time.now() == moment


def test_a_broken_prefect_is_no_matter_for_the_engine(start: Callable[..., Running], box: mailbox.Mailbox, tmp_path: Path) -> None:
    """Its import fails: said, with where to look; the deadlines are kept."""
    (tmp_path / "stub" / "prefect").mkdir(parents=True)
    (tmp_path / "stub" / "prefect" / "__init__.py").write_text("raise ImportError('planted')\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = start(FENGXING_PREFECT_PORT=str(port), PYTHONPATH=f"{tmp_path / 'stub'}{os.pathsep}{ROOT}")
    assert running.ready()["urls"] == {}
    assert "prefect-server has died (exit code 1, see" in running.words
    open_case(running, "路灯不亮")
    until(lambda: len(box.letters) >= 2, 15, lambda: running.words)


@pytest.mark.prefect
@pytest.mark.slow
def test_the_prefect_server_answers_is_kept_and_goes_with_the_rest(start: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = start(FENGXING_PREFECT_PORT=str(port))
    body = running.ready(timeout=150)
    assert body["urls"] == {"prefect": f"http://127.0.0.1:{port}"}
    assert server.answers(body["urls"]["prefect"])
    os.kill(body["pids"]["prefect-server"], signal.SIGKILL)
    until(lambda: "prefect-server has died (signal 9" in running.words, 5, lambda: running.words)
    until(lambda: server.answers(body["urls"]["prefect"]), 60, lambda: running.words)
    pids = children_of(running.process.pid)
    assert len(pids) == 4
    code, seconds = running.stop()
    assert code == 0
    assert seconds < 12
    assert not any(alive(pid) for pid in pids)
    assert not server.answers(body["urls"]["prefect"])


def test_a_version_published_by_another_process_is_used_at_once_and_a_broken_folder_is_said_aloud(
    start: Callable[..., Running], box: mailbox.Mailbox, tmp_path: Path
) -> None:
    """New cases have the new definition and the clock keeps it, old ones keep theirs; what is broken leaves that in force."""
    running = start("--no-prefect")
    running.ready()
    with composition.opened(running.given) as engine:
        before = engine.catalog.of("testtown").hash
    slow = SWIFT.replace("within: 3 seconds", "within: 2 days")
    edited = builders.a_folder(tmp_path / "edited", workflow=SWIFT.replace("within: 3 seconds", "within: 2 seconds"))
    with composition.opened(running.given) as engine:
        done = authored.publish(engine, edited, author="mayor", reason="a second less")
        assert done.published is not None
        assert done.published.before == before
    first = open_case(running, "新规则")
    until(lambda: any(first in letter.text and "已到时限" in letter.subject for letter in box.letters), 15, lambda: running.words)
    assert limits(running) == {first: "2 seconds"}
    with composition.opened(running.given) as engine:
        authored.publish(engine, builders.a_folder(tmp_path / "slow", workflow=slow), author="mayor", reason="no hurry")
    second = open_case(running, "更新的规则")
    assert limits(running) == {first: "2 seconds", second: "2 days"}
    in_force = tmp_path / "programmes" / "testtown"
    (in_force / "people.yaml").write_text("people: [\n", encoding="utf-8")
    until(lambda: "what was in force before stays in force" in running.words, 30, lambda: running.words)
    assert f"{in_force / 'people.yaml'}:" in running.words
    third = open_case(running, "还是有效的规则")
    assert limits(running)[third] == "2 days"


def limits(running: Running) -> dict[str, str]:
    """What each case pins as its time to dispatch."""
    with composition.opened(running.given) as engine, engine.store.reading() as tx:
        rows = tx.all(database.both("SELECT number, definition FROM cases ORDER BY id"))
        pinned = {number: engine.catalog.pinned(tx, definition).workflow.clocks["dispatching"].within for number, definition in rows}
        return {number: str(targets[0].is_) for number, targets in pinned.items() if targets is not None}
