"""How late a rung fires: from the moment it was due to the moment at which another process can know that it is committed.

2,000 rungs fall due at random moments within 20 seconds, among 100,000 armed timers, on a real clock. Alone, `fengxing clock` says on
stdout what it has committed, and the line's arrival here is the moment; under `fengxing up` the store itself is watched."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from bench import ground, lapse, loader, processes
from engine import now as times
from notifications import mailbox

SECOND = 1_000_000
LATER = 3600 * SECOND
GRACE = 15.0
"""Seconds after the last rung is due before it counts as lost."""


def alone(where: Path, template: Path, *, armed: int = 100_000, due: int = 2_000, within: float = 20.0) -> list[float]:
    """Milliseconds of each rung, ascending, with `fengxing clock` alone on the machine."""
    with ground.ground(where, template) as own:
        moments = _armed(own, armed=armed, due=due, within=within, lead=6.0)
        log = own.folder / "clock.log"
        with processes.running(processes.command("clock", "--json"), processes.environment(own.path), log) as clock:
            stamped = processes.Stamped(clock)
            processes.until_said(clock, log, "the clock runs")
            _require(time.time_ns() // 1000 < moments[0], "the clock was not up before the first rung was due; the machine is too busy")
            if not stamped.wait_for(due, patience=_left(moments) + GRACE):
                raise processes.silent(log, f"{len(stamped.lines)} of {due} rungs fired")
        late = []
        for at, line in stamped.lines:
            fired = orjson.loads(line)
            late.append(at / 1e6 - times.parse(fired["due"]) / 1e3)
        _require(len(late) == due, f"{due} rungs were due, {len(late)} fired")
        return sorted(late)


def under_up(where: Path, template: Path, *, armed: int = 100_000, due: int = 2_000, within: float = 20.0) -> list[float]:
    """The same with everything `fengxing up` runs: the Prefect server, its feed, and the delivery of every mail over SMTP."""
    with ground.ground(where, template) as own, mailbox.Mailbox(own.folder / "mails", keep=1) as post:
        loader.load(own, _others(armed, due))
        log = own.folder / "up.log"
        ports = [str(processes.free_port()) for _ in range(2)]
        env = processes.environment(own.path, SMTP_URL=post.url, PREFECT_PORT=ports[0])
        with processes.running(processes.command("up", "--json", "--port", ports[1]), env, log) as up:
            ready = processes.Stamped(up)
            if not ready.wait_for(1, patience=180.0) or "prefect" not in orjson.loads(ready.lines[0][1])["urls"]:
                raise processes.silent(log, "`fengxing up` did not become ready with Prefect")
            moments = _armed(own, armed=0, due=due, within=within, lead=6.0)
            late = _watched(own, due=due, patience=_left(moments) + GRACE)
            _require(post.arrivals > 0, "no mail was delivered meanwhile")
        _require(len(late) == due, f"{due} rungs were due, {len(late)} fired")
        return sorted(late)


def share(values: Sequence[float], percent: float) -> float:
    """The value below which so many per cent of the (ascending) values lie."""
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


def _others(armed: int, due: int) -> list[int]:
    """Openings whose timers come much later; every case arms two, the last `due` cases are still to come."""
    begin = times.wall() + LATER
    return [begin + n * 1000 for n in range(max(0, armed // 2 - due))]


def _armed(own: ground.Ground, *, armed: int, due: int, within: float, lead: float) -> list[int]:
    """Fill the store; returns when the rungs are due, the first of them `lead` seconds from the end of filling."""
    if armed:
        loader.load(own, _others(armed, due))
    drawn = random.Random(11)
    begin = times.wall() + int(lead * SECOND)
    moments = sorted(begin + int(drawn.random() * within * SECOND) for _ in range(due))
    loader.load(own, [moment - lapse.WARNING for moment in moments], bulk=False)
    return moments


def _left(moments: Sequence[int]) -> float:
    """Seconds until the last is due."""
    return (moments[-1] - times.wall()) / 1e6


def _watched(own: ground.Ground, *, due: int, patience: float) -> list[float]:
    """Look at the store every millisecond for rungs that are newly committed."""
    late: list[float] = []
    until = time.monotonic() + patience
    with _watching(own.path) as fresh:
        while len(late) < due and time.monotonic() < until:
            time.sleep(0.001)
            late += fresh()
    return late


@contextmanager
def _watching(path: Path) -> Iterator[Callable[[], list[float]]]:
    """A look that costs microseconds while nothing was committed: SQLite counts the commits of others."""
    connection = sqlite3.connect(path, isolation_level=None)
    seen: tuple[int, int] = (-1, connection.execute("SELECT coalesce(max(id), 0) FROM history").fetchone()[0])

    def fresh() -> list[float]:
        nonlocal seen
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version == seen[0]:
            return []
        rows = connection.execute("SELECT id, detail FROM history WHERE id > ? AND kind = 'rung'", (seen[1],)).fetchall()
        now = time.time_ns() / 1e6
        seen = (version, rows[-1][0] if rows else seen[1])
        return [now - orjson.loads(detail)["due"] / 1e3 for _, detail in rows]

    try:
        yield fresh
    finally:
        connection.close()


def _require(holds: bool, words: str) -> None:
    if not holds:
        raise processes.Silent(words)
