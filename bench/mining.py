"""How long the process log takes, and how much memory: `python -m bench.mining [--cases N] [--only csv]` prints a line of JSON a format.

The store holds whole lives of the shipped Ningxiang report, a third of them after a first rung, made by the engine itself. Each export
(and `conform`) is a process of its own, so that its memory is its own too."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from bench import ground
from engine import cases, clock, requests

CHUNK = 1000
_CHILD = """\
import sys, time
from cli import main
ended = main.run(sys.argv[1:])
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
print(time.process_time(), peak, file=sys.stderr)
sys.exit(ended)
"""
"""Runs a command and says on stderr how many seconds of a core and how many kB it took."""
FORMATS = ("xes", "ocel2", "csv", "xlsx", "conform")


def filled(own: ground.Ground, count: int) -> None:
    """`count` lives, a thousand at a time, without waiting for the disk."""
    own.store.connection().execute("PRAGMA synchronous=OFF").fetchone()
    who = ground.people(own.catalog)
    for begin in range(1, count + 1, CHUNK):
        lives = [ground.life(number, who, run="mining") for number in range(begin, min(begin + CHUNK, count + 1))]
        at = ground.START + begin * 1000
        slow = lives[::3]
        prompt = [life for place, life in enumerate(lives) if place % 3]
        _perform(own, (life[0] for life in lives), at)
        for step in range(1, len(lives[0])):
            _perform(own, (life[step] for life in prompt), at + step * ground.MINUTE)
        at += 9 * ground.MINUTE
        while clock.fire_due(own.store, own.catalog, now=at)[1]:
            pass
        for step in range(1, len(lives[0])):
            _perform(own, (life[step] for life in slow), at + step * ground.MINUTE)
    own.store.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _perform(own: ground.Ground, asked: Iterator[requests.Request], now: int) -> None:
    outcomes = cases.perform(own.store, own.catalog, list(asked), now=now)
    wrong = next((each for each in outcomes if not isinstance(each, requests.Done)), None)
    if wrong is not None:
        raise SystemExit(f"a life did not go as planned: {wrong}")


def measured(own: ground.Ground, name: str) -> dict[str, object]:
    """One command on the store: seconds by the wall and of a core (start included), peak memory, what was written."""
    out = own.folder / f"log.{name}"
    words = ["conform", "--json"] if name == "conform" else ["export", "--format", name, "--out", str(out), "--json"]
    environment = {**os.environ, "FENGXING_DATA_DIR": str(own.folder), "FENGXING_DATABASE_URL": f"sqlite:///{own.path}"}
    begun = time.monotonic()
    # its own word on its memory: what the system says of a child begins with what its parent had
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *words], env=environment, cwd=ground.ROOT, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - begun
    told, (core, peak) = orjson.loads(done.stdout), done.stderr.split()[-2:]
    return {
        "name": name,
        "cases": told["cases"],
        "events": told["events"],
        "seconds": round(seconds, 1),
        "core_seconds": round(float(core), 1),
        "peak_mb": round(int(peak) / 1024),
        "written_mb": round(out.stat().st_size / 1e6, 1) if out.exists() else None,
        "ok": done.returncode == 0,
    }


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.mining", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--only", action="append", choices=FORMATS)
    parser.add_argument("--where", type=Path, help="a folder on a real disk")
    asked = parser.parse_args(arguments)
    with contextlib.ExitStack() as kept:
        where = Path(kept.enter_context(tempfile.TemporaryDirectory(dir=asked.where, prefix="bench-mining-")))
        own = kept.enter_context(ground.ground(where, ground.template(where)))
        begun = time.monotonic()
        filled(own, asked.cases)
        _say({"name": "filled", "cases": asked.cases, "seconds": round(time.monotonic() - begun, 1)})
        for each in asked.only or FORMATS:
            _say(measured(own, each))


def _say(figures: dict[str, object]) -> None:
    print(orjson.dumps(figures).decode(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
