"""How long a leader waits for the figures of a month: `fengxing stats` by unit, the whole command, over a store of closed cases.

The bulk loader lives every case through the engine itself, a thousand at a time, without waiting for the disk; a third resolve late."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from bench import ground, processes
from engine import cases, requests

CHUNK = 1000
MONTH = "2026-10"
BEGIN = 1_790_784_000_000_000
"""2026-10-01 00:00 in Ningxiang."""
_DAYS = 30
_DAY = 86_400_000_000


class Took(NamedTuple):
    """Seconds: the first command, which remembers what became of every case, and those after it, ascending; how many cases were counted."""

    first: float
    again: list[float]
    counted: int


def filled(own: ground.Ground, count: int) -> None:
    """`count` whole lives over the days of a month, handled by the units in turn."""
    connection = own.store.connection()
    connection.execute("PRAGMA synchronous=OFF").fetchone()
    who = ground.people(own.catalog)
    hands = _hands(own)
    for begin in range(0, count, CHUNK):
        numbers = range(begin + 1, min(begin + CHUNK, count) + 1)
        at = BEGIN + begin * _DAYS * _DAY // count
        late = begin // CHUNK % 3 == 0
        unit, handler = hands[begin // CHUNK % len(hands)]
        lives = [ground.life(number, {**who, "unit": unit, "handler": handler}, run="stats") for number in numbers]
        for step in range(len(lives[0])):
            now = at + step * (45 if late else 5) * ground.MINUTE
            _perform(own, [life[step] for life in lives], now)
    connection.execute("PRAGMA synchronous=FULL").fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def month(own: ground.Ground, *, turns: int) -> Took:
    """The command from exec to exit."""
    own.store.close()
    first, counted = _stats(own)
    return Took(first, sorted(_stats(own)[0] for _ in range(turns)), counted)


def _stats(own: ground.Ground) -> tuple[float, int]:
    begun = time.monotonic()
    ran = subprocess.run(
        processes.command("stats", "--programme", ground.PROGRAMME, "--month", MONTH, "--by", "unit", "--json"),
        env=processes.environment(own.path), cwd=ground.ROOT, capture_output=True, check=False,
    )  # fmt: skip
    took = time.monotonic() - begun
    if ran.returncode:
        raise processes.Silent(f"`fengxing stats` ended with {ran.returncode}: {ran.stderr.decode()[-300:]}")
    return took, int(sum(row["value"] for row in orjson.loads(ran.stdout) if row["name"] == "reports"))


def _hands(own: ground.Ground) -> list[tuple[str, str]]:
    """Each unit with somebody who handles its cases."""
    live = own.catalog.of(ground.PROGRAMME).live.people
    found: dict[str, str] = {}
    for name, person in live.people.items():
        if "handler" in person.roles and person.unit is not None:
            found.setdefault(person.unit, name)
    return sorted(found.items())


def _perform(own: ground.Ground, asked: Sequence[requests.Request], now: int) -> None:
    outcomes = cases.perform(own.store, own.catalog, asked, now=now)
    wrong = next((each for each in outcomes if not isinstance(each, requests.Done)), None)
    if wrong is not None:
        raise processes.Silent(f"a life did not go as planned: {wrong}")


def took(where: Path, template: Path, *, count: int, turns: int) -> Took:
    """On a store of its own."""
    with ground.ground(where, template) as own:
        filled(own, count)
        return month(own, turns=turns)
