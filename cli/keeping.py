"""The children of `up` and `demo`: each in a process group of its own, started again when it dies, all stopped within seconds.

What a child writes is handed on line by line; its first line says that it is at work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

FIRST, MOST = 0.5, 30.0
"""Seconds before a dead child is started again: doubled each time, up to the second."""
STEADY = 60.0
"""A child that lived this long is taken for sound again."""
LOUD = 7
"""Failures in a row of which each is said aloud, up to the last but one."""
PATIENCE = 6.0
"""Seconds a child has between being asked to end and being told."""
ROOT = Path(__file__).resolve().parent.parent

Process = subprocess.Popen[bytes]


@dataclass(slots=True, kw_only=True)
class Child:
    """One child. `start` returns its process and may raise OSError or RuntimeError; `ready` is set once it has spoken;
    `log` is where to look when it dies, for one that does not speak to us."""

    name: str
    start: Callable[[Child], Process]
    log: Path | None = None
    process: Process | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    began: float = 0.0
    again: float = 0.0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.poll() is None else None


@dataclass(slots=True)
class Keeper:
    """Holds the children. `say` is told, in a sentence, whatever a person must know."""

    say: Callable[[str, str], None]
    children: list[Child] = field(default_factory=list)

    def add(self, name: str, start: Callable[[Child], Process], *, log: Path | None = None) -> Child:
        """Start a child and keep it; one that cannot be started now is tried again by `look`."""
        child = Child(name=name, start=start, log=log)
        self.children.append(child)
        self._begin(child)
        return child

    def look(self) -> None:
        """Start again what has died, after a pause that grows."""
        for child in self.children:
            now = time.monotonic()
            if child.process is not None and child.process.poll() is None:
                if now - child.began > STEADY:
                    child.failures = 0
                continue
            if child.process is not None:
                self._mourn(child)
            elif now >= child.again:
                self._begin(child)

    def restart(self, child: Child) -> None:
        """End it and start it anew, as when what it read at its start has changed."""
        end([child])
        child.process = None
        self._begin(child)

    def dismiss(self, child: Child) -> None:
        """End it and keep it no longer."""
        self.children.remove(child)
        end([child])
        child.process = None

    def take_back(self, child: Child) -> None:
        """Keep a dismissed child again."""
        self.children.append(child)
        self._begin(child)

    def stop(self) -> None:
        """End all children and theirs."""
        end(self.children)
        self.children.clear()

    def _begin(self, child: Child) -> None:
        child.began = time.monotonic()
        child.ready.clear()
        try:
            child.process = child.start(child)
        except (OSError, RuntimeError) as exc:
            child.process = None
            self._pause(child, f"{child.name} could not be started: {exc}", f"{child.name} 无法启动：{exc}")

    def _mourn(self, child: Child) -> None:
        assert child.process is not None
        how = _how(child.process.returncode)
        end([child])
        child.process = None
        look = f", see {child.log}" if child.log is not None else ""
        self._pause(child, f"{child.name} has died ({how}{look})", f"{child.name} 已退出（{how}{look}）")

    def _pause(self, child: Child, en: str, zh: str) -> None:
        """Put the next try off, longer each time; said aloud until it is plain that it does not help."""
        pause: float = min(MOST, FIRST * 2.0 ** min(child.failures, 10))
        child.failures += 1
        child.again = time.monotonic() + pause
        if child.failures < LOUD:
            self.say(f"{en}; trying again in {pause:g} s", f"{zh}；{pause:g} 秒后重试")
        elif child.failures == LOUD:
            self.say(f"{en}; trying again every {MOST:g} s, without a word from now on", f"{zh}；此后每 {MOST:g} 秒重试一次，不再提示")


def command(words: Sequence[str], env: Mapping[str, str], heard: Callable[[str, str], None]) -> Callable[[Child], Process]:
    """How to start `python -m WORDS…` as a child whose lines go to `heard(name, line)`."""

    def start(child: Child) -> Process:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )  # fmt: skip
        assert process.stdout is not None
        threading.Thread(target=_relay, args=(child, process.stdout, heard), name=f"{child.name}-lines", daemon=True).start()
        return process

    return start


class Log:
    """A file for what a talkative child says; what was there before is kept beside it once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(path.with_name(path.name + ".1"))
        self._guard = threading.Lock()

    def write(self, _name: str, line: str) -> None:
        with self._guard, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def ours(*words: str) -> list[str]:
    """A fengxing command as the words of a child that ends with us."""
    return ["cli.child", "--watch", str(os.getpid()), *words]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours, with these settings instead of whatever FENGXING_… was there, and our packages to be found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FENGXING_")}
    paths = [str(ROOT), *(p for p in kept.get("PYTHONPATH", "").split(os.pathsep) if p and p != str(ROOT))]
    return kept | dict(given) | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def end(children: Sequence[Child], *, patience: float = PATIENCE) -> None:
    """Ask all groups to end at once, wait, tell those that are left. Nothing of a group outlives this."""
    groups = [child.process for child in children if child.process is not None]
    for process in groups:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + patience
    for process in groups:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.05, until - time.monotonic()))
    for process in groups:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _relay(child: Child, lines: IO[bytes], heard: Callable[[str, str], None]) -> None:
    with lines:
        for line in lines:
            child.ready.set()
            heard(child.name, line.decode(errors="replace").rstrip())


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
