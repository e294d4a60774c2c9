"""The command `fengxing` as a process of its own on a store of the bench, and what the system says it used."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench import ground
from engine import settings

READY = 30.0
"""Seconds in which a process has to say that it works."""


class Silent(RuntimeError):
    """A process that was measured ended, or said nothing in time; the message carries the end of its log."""


def environment(path: Path, **more: str) -> dict[str, str]:
    """For a process on the store at `path`: its settings, and none of the machine's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings.PREFIX)}
    return kept | dict(ground.given(path).given) | {settings.PREFIX + name: value for name, value in more.items()}


def command(*arguments: str) -> list[str]:
    """As a person starts it, where it is installed."""
    installed = Path(sys.executable).with_name("fengxing")
    return [str(installed), *arguments] if installed.exists() else [sys.executable, "-m", "cli.main", *arguments]


@contextlib.contextmanager
def running(arguments: list[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its output to read and its words in `log`; ended on the way out, whatever happens."""
    with log.open("wb") as words:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words, env=dict(env), cwd=ground.ROOT
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()


def until_said(process: subprocess.Popen[bytes], log: Path, words: str, *, patience: float = READY) -> None:
    """Wait until the log has the words. Raises Silent."""
    until = time.monotonic() + patience
    while words not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > until:
            raise silent(log, "did not become ready")
        time.sleep(0.02)


def silent(log: Path, what: str) -> Silent:
    return Silent(f"{what}; its last words:\n{log.read_text(errors='replace')[-2000:]}")


class Stamped:
    """The lines of a process's stdout, each with the moment (UTC ns) at which it was here, read by a thread of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.lines: list[tuple[int, bytes]] = []
        assert process.stdout is not None
        self._out = process.stdout
        self._thread = threading.Thread(target=self._read, name="stamps", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError):  # closed when the process is ended
            for line in iter(self._out.readline, b""):
                self.lines.append((time.time_ns(), line))

    def wait_for(self, count: int, *, patience: float) -> bool:
        """Whether so many lines came in time."""
        until = time.monotonic() + patience
        while len(self.lines) < count and time.monotonic() < until:
            time.sleep(0.05)
        return len(self.lines) >= count


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have used so far; to the nanosecond where Linux tells, else to a hundredth of a second."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
    except (OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def free_port() -> int:
    """A port of the loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
