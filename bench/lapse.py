"""Due timers: each one escalation, exactly once, in batches; against plain sqlite3 that commits timer by timer, and by size of the store."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import ground, loader
from engine import clock

GAP = 1000
WARNING = 8 * ground.MINUTE
"""After the opening the first rung of the dispatching clock is due."""


def against_raw(where: Path, template: Path, *, timers: int = 100_000, raw_each: int = 150) -> tuple[float, float]:
    """(engine, raw) in timers a second; raw writes a sample of the same timers' rows, one commit a timer, between the engine's batches."""
    with ground.ground(where, template) as own:
        opened = loader.in_order(timers, begin=ground.START, gap=GAP)
        loader.load(own, opened)
        copy = where / "lapse-raw.db"
        shutil.copy(own.folder / "bench.db", copy)
        plain = ground.plain_connection(copy)
        pace = clock.Pace()
        now = opened[-1] + WARNING
        engine_s = raw_s = 0.0
        fired = sampled = 0
        while True:
            with ground.recording() as kept:
                begun = time.perf_counter()
                came, claimed = clock.fire_due(own.store, own.catalog, now=now, limit=pace.size)
                spent = time.perf_counter() - begun
            engine_s += spent
            pace.learn(spent, claimed)
            fired += len(came)
            if not claimed:
                break
            sample = _by_case(kept.transactions[-1])[:raw_each]
            begun = time.perf_counter()
            for writes in sample:
                ground.write_one(plain, writes)
            raw_s += time.perf_counter() - begun
            sampled += len(sample)
        plain.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)
        if fired != timers:
            raise AssertionError(f"{timers} timers were due, {fired} rungs fired")
    return fired / engine_s, sampled / raw_s


def _by_case(writes: Sequence[tuple[str, Sequence[Any]]]) -> list[list[tuple[str, Sequence[Any]]]]:
    """A batch's rows sorted out case by case, as a program would write them that commits after every timer."""
    cases: dict[int, list[tuple[str, Sequence[Any]]]] = defaultdict(list)
    for sql, rows in writes:
        if sql.startswith("INSERT INTO counters"):
            continue
        for row in rows:
            case = row[-2] if sql.startswith("UPDATE cases") else row[1] if sql.startswith("INSERT INTO messages") else row[0]
            cases[case].append((sql, [row]))
    return [cases[case] for case in sorted(cases)]


def per_timer(own: ground.Ground, opened: Sequence[int], *, timers: int) -> float:
    """Seconds for each of the `timers` that are due first."""
    now = sorted(opened)[timers - 1] + WARNING
    pace = clock.Pace()
    fired, spent = 0, 0.0
    while True:
        begun = time.perf_counter()
        came, claimed = clock.fire_due(own.store, own.catalog, now=now, limit=pace.size)
        last = time.perf_counter() - begun
        if not claimed:
            break
        spent += last
        pace.learn(last, claimed)
        fired += len(came)
    if fired != timers:
        raise AssertionError(f"{timers} timers were due, {fired} rungs fired")
    return spent / fired


def by_size(where: Path, template: Path, *, small: int = 10_000, large: int = 1_000_000, timers: int = 10_000) -> dict[str, float]:
    """Cost of a fired timer in a large store over that in a small one: `due order` and `random order`. The small store is fired through
    whole, several times, the large one's earliest timers."""
    ratios: dict[str, float] = {}
    for name, made in (("due order", loader.in_order), ("random order", loader.shuffled)):
        costs: dict[int, list[float]] = {small: [], large: []}
        for size, turns in ((small, 3), (large, 1)):
            for _ in range(turns):
                with ground.ground(where, template) as own:
                    opened = made(size, begin=ground.START, gap=GAP)
                    loader.load(own, opened)
                    costs[size].append(per_timer(own, opened, timers=timers))
        ratios[name] = min(costs[large]) / sorted(costs[small])[len(costs[small]) // 2]
    return ratios
