"""The command as a process: what `fengxing clock` costs while nothing is due, how soon after its start the first overdue rung is
committed, and how long `fengxing test` takes for all that ships."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import orjson

from bench import ground, loader, processes
from engine import now as times

DAY = 86_400_000_000


def idle(own: ground.Ground, *, settle: float = 15.0, measured: float = 45.0) -> float:
    """CPU seconds a minute of the whole process, every thread counted, its looks at the folders and its heartbeat included.

    `settle`: seconds before the measurement begins. Nothing may be due in the store meanwhile."""
    log = own.folder / "clock.log"
    with processes.running(processes.command("clock"), processes.environment(own.path), log) as clock:
        processes.until_said(clock, log, "the clock runs")
        time.sleep(settle)
        before, begun = processes.cpu_seconds(clock.pid), time.monotonic()
        time.sleep(measured)
        used, spent = processes.cpu_seconds(clock.pid) - before, time.monotonic() - begun
        if clock.poll() is not None:
            raise processes.silent(log, "the clock ended while it was measured")
    return used * 60.0 / spent


def start(where: Path, template: Path, *, armed: int = 100_000, turns: int = 5) -> list[float]:
    """Seconds from exec to the first firing, committed and said on stdout, all of `armed` timers overdue; of several starts, ascending."""
    with ground.ground(where, template) as own:
        begin = times.wall() - 4 * DAY
        loader.load(own, [begin + n for n in range(armed // 2)])
        own.store.close()
        took = []
        for turn in range(turns):
            log = own.folder / f"clock-{turn}.log"
            begun = time.time_ns()
            with processes.running(processes.command("clock", "--json"), processes.environment(own.path), log) as clock:
                stamped = processes.Stamped(clock)
                if not stamped.wait_for(1, patience=processes.READY):
                    raise processes.silent(log, "nothing fired")
            took.append((stamped.lines[0][0] - begun) / 1e9)
    return sorted(took)


def stories(where: Path, *, turns: int = 5) -> tuple[list[float], list[float]]:
    """Seconds from exec to exit of `fengxing test` on the shipped programmes, of several runs, ascending; and ms of each story."""
    took, single = [], list[float]()
    for _ in range(turns):
        begun = time.monotonic()
        ran = subprocess.run(
            processes.command("test", "--json", str(ground.ROOT / "config" / "programmes")),
            env=processes.environment(where / "none.db"), cwd=ground.ROOT, capture_output=True, check=False,
        )  # fmt: skip
        took.append(time.monotonic() - begun)
        told = orjson.loads(ran.stdout)["stories"]
        if ran.returncode or not told:
            raise processes.Silent(f"the stories that ship do not hold: `fengxing test` ended with {ran.returncode}")
        single += [story["ms"] for story in told]
    return sorted(took), sorted(single)
