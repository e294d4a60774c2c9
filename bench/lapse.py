"""Due timers: each one escalation, exactly once, in batches; against plain sqlite3 that commits timer by timer, and by size of the store.

Raw is handed the very rows that the engine wrote for a timer (the case's new row, the entry of the history with its digest, the timer armed
next, the messages) and writes them in a durable transaction of their own. It reads nothing, reckons nothing, composes nothing, and does not
count the messages' numbers; the engine does all that within its figure."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import ground, lifecycle, loader
from engine import clock
from storage import database

GAP = 1000
WARNING = 8 * ground.MINUTE
"""After the opening the first rung of the dispatching clock is due."""


def against_raw(where: Path, template: Path, *, timers: int = 100_000, raw_each: int = 40) -> lifecycle.Speeds:
    """Timers a second; raw writes a sample of each batch, one commit a timer, between the engine's batches."""
    with ground.ground(where, template) as own, contextlib.ExitStack() as stack:
        opened = loader.in_order(timers, begin=ground.START, gap=GAP)
        loader.load(own, opened)
        copy = own.folder / "raw.db"
        shutil.copy(own.path, copy)
        plain = stack.enter_context(contextlib.closing(ground.plain_connection(copy)))
        pace = clock.Pace()
        now = opened[-1] + WARNING
        engine_s = raw_s = 0.0
        fired = 0
        sampled: list[int] = []
        while True:
            with ground.recording(own.store) as kept:
                begun = time.perf_counter()
                came, claimed = clock.fire_due(own.store, own.catalog, now=now, limit=pace.size)
                spent = time.perf_counter() - begun
            engine_s += spent
            pace.learn(spent, claimed)
            fired += len(came)
            if not claimed:
                break
            written = _by_case(kept.transactions[-1])
            sample = sorted(written)[:raw_each]
            begun = time.perf_counter()
            for case in sample:
                ground.write_one(plain, written[case])
            raw_s += time.perf_counter() - begun
            sampled += sample
        _require_same(own, plain, sampled)
        if fired != timers:
            raise AssertionError(f"{timers} timers were due, {fired} rungs fired")
    return lifecycle.Speeds(engine=fired / engine_s, raw=len(sampled) / raw_s)


def _by_case(writes: ground.Writes) -> dict[int, ground.Writes]:
    """A batch's rows sorted out case by case, as a program would write them that commits after every timer."""
    cases: dict[int, ground.Writes] = defaultdict(list)
    for sql, rows in writes:
        if sql.startswith("INSERT INTO counters"):
            continue
        for row in rows:
            case = row[-2] if sql.startswith("UPDATE cases") else row[1] if sql.startswith("INSERT INTO messages") else row[0]
            cases[case].append((sql, [row]))
    return cases


_ROWS = {
    "cases": "SELECT id, state, version, facts, fold, head, length FROM cases WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
    "history": "SELECT case_id, seq, kind, at, detail, mark, digest FROM history WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY 1, 2",
    "timers": "SELECT * FROM timers WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY case_id, clock",
    "messages": "SELECT * FROM messages WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY id",
}


def _require_same(own: ground.Ground, plain: ground.Plain, sampled: Sequence[int]) -> None:
    """Both sides must hold the same rows of the sampled cases, to the byte, or the comparison means nothing."""
    for table, sql in _ROWS.items():
        with own.store.reading() as tx:
            ours: list[Any] = tx.all(database.both(sql), (tx.listed(sampled),))
            theirs = plain.execute(sql, (tx.listed(sampled),)).fetchall()
        if ours != theirs:
            raise AssertionError(f"{table}: the engine and plain SQL did not write the same rows")


@dataclass(slots=True)
class Large:
    """A large store whose earliest timers are fired bit by bit. `opened` ascending; `fired` of its cases have had their turn."""

    own: ground.Ground
    opened: Sequence[int]
    fired: int = 0


def filled(own: ground.Ground, opened: Sequence[int], *, progress: Callable[[int], None] | None = None) -> Large:
    loader.load(own, opened, progress=progress)
    return Large(own=own, opened=sorted(opened))


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds per fired timer, the medians of several turns."""

    large: float
    small: float


def by_size(small: Callable[[], AbstractContextManager[Large]], large: Large, *, timers: int = 5_000, turns: int = 4) -> Costs:
    """Cost of a fired timer in a large store and in a small one, taking turns. `small` makes a fresh one each time."""
    costs: dict[str, list[float]] = {"small": [], "large": []}
    for turn in range(-1, turns):  # the first is to warm up
        with small() as fresh:
            spent = per_timer(fresh, timers)
            if turn >= 0:
                costs["small"].append(spent)
        spent = per_timer(large, timers)
        if turn >= 0:
            costs["large"].append(spent)
    return Costs(large=statistics.median(costs["large"]), small=statistics.median(costs["small"]))


def per_timer(store: Large, timers: int) -> float:
    """Seconds for each of the next `timers` that are due, fired as the clock does."""
    now = store.opened[store.fired + timers - 1] + WARNING
    store.fired += timers
    pace = clock.Pace()
    fired, spent = 0, 0.0
    while True:
        begun = time.perf_counter()
        came, claimed = clock.fire_due(store.own.store, store.own.catalog, now=now, limit=pace.size)
        last = time.perf_counter() - begun
        if not claimed:
            break
        spent += last
        pace.learn(last, claimed)
        fired += len(came)
    if fired != timers:
        raise AssertionError(f"{timers} timers were due, {fired} rungs fired")
    return spent / fired
