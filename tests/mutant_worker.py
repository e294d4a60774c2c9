"""Looks at mutants in a process of its own, where what they do can be watched: `python -m tests.mutant_worker FIRST COUNT`.

Prints one JSON line a mutant. Watched are: exceptions, the place of every problem, what is run, written or connected to (by the
interpreter's audit events), processor time, and the peak of the process's memory."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import orjson

from config import programme as programmes
from config import reading
from engine import catalog, loading
from engine import now as times
from tests import mutant_life, mutating, payloads

NOW = times.parse("2026-11-20T08:00:00+08:00")
HANGS = 20
"""Seconds after which a mutant is given up."""
_HARMFUL = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "os.remove", "os.rename", "os.chmod", "os.link", "os.symlink",
            "os.mkdir", "os.rmdir", "os.putenv", "subprocess.", "pty.", "socket.", "urllib.", "ftplib.", "smtplib.", "shutil.", "ctypes.", "webbrowser.", "sqlite3.")  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Hangs(BaseException):
    """Not an Exception, so that nothing that is put up with catches it."""


class Watch:
    """What Python is asked to do while a mutant is looked at."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        writes = event == "open" and (bool(int(args[2] or 0) & _WRITES) or (isinstance(args[1], str) and not set(args[1]) <= set("rbt")))
        if writes or event.startswith(_HARMFUL):
            self.seen.append(f"{event} {args!r}"[:300])


class Memory:
    """The peak of this process since `begin`, in MB; since its start where the system cannot forget a peak."""

    def __init__(self) -> None:
        there = Path("/proc/self/clear_refs").exists()
        self.forget = os.open("/proc/self/clear_refs", os.O_WRONLY) if there else None
        self.status = os.open("/proc/self/status", os.O_RDONLY) if there else None

    def begin(self) -> None:
        if self.forget is not None:
            os.write(self.forget, b"5")

    def peak(self) -> float:
        if self.status is None:
            import resource

            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
        text = os.pread(self.status, 1 << 16, 0).decode()
        return int(text.split("VmHWM:")[1].split()[0]) / 1024


def main(first: int, count: int) -> None:
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGALRM, _given_up)
    watch, memory = Watch(), Memory()
    with tempfile.TemporaryDirectory() as at:
        os.chdir(at)
        _look(Path(at) / "sound", mutating.bases()["ningxiang"], watch, memory)
        for number in range(first, first + count):
            made = mutating.mutant(number)
            folder = Path(at) / f"m{number}"
            found = _look(folder, made.files, watch, memory, number)
            if Path(payloads.CANARY).exists():
                found["wrong"].append("the canary was called")
            sys.stdout.write(orjson.dumps({"number": number, "kind": made.kind, "base": made.base, **found}).decode() + "\n")
            sys.stdout.flush()
            _remove(folder)


def _look(folder: Path, files: mutating.Files, watch: Watch, memory: Memory, seed: int = 0) -> dict[str, Any]:
    """Load a folder as `fengxing check` does; what is accepted is compiled as publishing does, and lived in for some days."""
    _write(folder, files)
    wrong: list[str] = []
    watch.seen.clear()
    memory.begin()
    begun, used = time.monotonic(), time.process_time()
    loaded: loading.Loaded | None = None
    signal.setitimer(signal.ITIMER_REAL, HANGS)
    watch.on = True
    try:
        loaded = loading.load(folder, now=NOW)
        checked = time.process_time() - used
        if loaded.programme is not None:
            _compile(loaded.programme)
            mutant_life.live(loaded.programme, seed, now=NOW)
    except Hangs:
        wrong.append(f"given up after {HANGS} s: " + traceback.format_exc(limit=-8))
        checked = float(HANGS)
    except Exception:  # noqa: BLE001 - an exception is what is looked for
        wrong.append(traceback.format_exc(limit=-8))
        checked = time.process_time() - used
    finally:
        watch.on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    result = {"seconds": checked, "waited": time.monotonic() - begun, "megabytes": memory.peak()}
    if loaded is not None:
        wrong += _misplaced(folder, loaded)
    errors = [problem for problem in loaded.problems if problem.severity == "error"] if loaded is not None else []
    if loaded is not None and (loaded.programme is None) != bool(errors):
        wrong.append("accepted with an error, or refused without one")
    codes = sorted({problem.code for problem in errors})
    return {**result, "wrong": [*wrong, *watch.seen], "accepted": loaded is not None and loaded.programme is not None, "codes": codes}


def _compile(whole: programmes.Programme) -> None:
    live = programmes.live_of(whole)
    for name in whole.workflows:
        definition = programmes.definition_of(whole, name)
        made = catalog.compiled((1, definition.hash(), definition.text()), live)
        assert made.machine.table


def _misplaced(folder: Path, loaded: loading.Loaded) -> list[str]:
    """The problems that stand nowhere, or cannot be printed on a line."""
    lines: dict[str, list[str]] = {}
    wrong = []
    for problem in loaded.problems:
        if problem.file not in lines:
            path = Path(problem.file)
            inside = path == folder or folder in path.parents
            text = path.read_bytes()[: reading.LARGEST * 8].decode("utf-8-sig", "replace") if path.is_file() else ""
            lines[problem.file] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if inside else []
        there = lines[problem.file]
        if not 1 <= problem.line <= len(there) + 1:
            wrong.append(f"no such line: {problem}")
        elif not 1 <= problem.column <= len([*there, ""][problem.line - 1]) + 1:
            wrong.append(f"no such column: {problem}")
        for language in ("en", "zh"):
            said = problem.say(language)
            if not said.isprintable() or len(said) > 4000:
                wrong.append(f"not a line to be printed: {said!r}"[:500])
        if not (problem.code and problem.message):
            wrong.append(f"says nothing: {problem!r}"[:500])
    return wrong[:5]


def _write(folder: Path, files: mutating.Files) -> None:
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        except OSError:
            continue  # no such name on this file system


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _given_up(*_: object) -> None:
    raise Hangs


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
