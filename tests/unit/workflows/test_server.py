"""The Prefect server as a child: what it is told, and what is said when it cannot be had. (A real one: tests/acceptance/test_prefect.py.)"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workflows import server


def test_a_taken_port_is_said_with_what_to_do(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(server.PortTaken, match="FENGXING_PREFECT_PORT to a free port, or FENGXING_PREFECT_URL"),
    ):
        server.begin(home=tmp_path, port=taken.getsockname()[1])


def test_a_server_of_somebody_else_must_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(server.ServerSilent, match=f"no Prefect server answers at http://127.0.0.1:{port}; look at FENGXING_PREFECT_URL"):
        server.start(home=tmp_path, external=f"http://127.0.0.1:{port}/api")


def test_a_child_that_dies_is_explained_by_its_log(tmp_path: Path) -> None:
    with (tmp_path / "server.log").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", "raise SystemExit('no such database')"], stderr=out, start_new_session=True)
    dying = server.Server(url="http://127.0.0.1:1", process=process, log=tmp_path / "server.log")
    with pytest.raises(server.ServerSilent, match="ended with code 1 before it was ready") as said:
        server.wait(dying, patience=30)
    assert said.value.tail == "no such database"


def test_a_child_that_never_answers_is_ended(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    with pytest.raises(server.ServerSilent, match="not ready within 0 s"):
        server.wait(server.Server(url="http://127.0.0.1:1", process=process), patience=0.2)
    assert process.poll() is not None


def test_a_child_that_does_not_listen_is_killed_with_its_children() -> None:
    deaf = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    deaf += "p = subprocess.Popen([sys.executable, '-c', 'import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)'], stdout=-1); "
    deaf += "p.stdout.readline(); print(p.pid, flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True)
    with process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        server.stop(server.Server(url="http://127.0.0.1:1", process=process), patience=0.3)
        assert process.returncode == -9
    assert _gone(grandchild)


def test_somebody_elses_server_is_left_running() -> None:
    server.stop(server.Server(url="http://127.0.0.1:1"))


def test_a_child_ends_when_its_parent_is_killed() -> None:
    """A parent that died by -9 leaves no server behind."""
    child = "import os, time; from workflows import server; server.watch(os.getppid(), every=0.05); print(os.getpid(), flush=True); time.sleep(600)"
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True); time.sleep(600)"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(server.ROOT)}
    ) as process:
        assert process.stdout is not None
        orphan = int(process.stdout.readline())
        process.kill()
    assert _gone(orphan)


def test_what_runs_beside_it_is_quiet_and_local(tmp_path: Path) -> None:
    told = server.server_environment(tmp_path, 4200)
    assert told["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert told["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert told["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert told["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] == "false"
    assert told["DO_NOT_TRACK"] == "1"
    assert "127.0.0.1" in told["NO_PROXY"]


def _gone(number: int, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{number}/stat").read_text().split(") ")[-1].startswith("Z"):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
