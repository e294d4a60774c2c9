"""A case's life, one durable commit a transition or a hundred cases a commit, against plain sqlite3 writing the same rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from bench import ground
from engine import cases, requests
from storage import database

STEP = 3 * ground.MINUTE


def single(where: Path, template: Path, *, rounds: int = 8, a_round: int = 40) -> tuple[float, float]:
    """(engine, raw) in transitions a second, the two taking turns on stores of their own."""
    engine_s = raw_s = 0.0
    with ground.ground(where, template) as own, ground.ground(where, template) as other:
        who = ground.people(own.catalog)
        plain = ground.plain_connection(other.folder / "bench.db")
        done = 0
        for turn in range(rounds):
            lives = [ground.life(done + n + 1, who, at=ground.START, run=f"s{turn}") for n in range(a_round)]
            asked = [(step, life[step]) for life in lives for step in range(ground.STEPS)]
            with ground.recording() as kept:
                begun = time.perf_counter()
                for step, request in asked:
                    _fine(cases.perform(own.store, own.catalog, [request], now=ground.START + step * STEP))
                engine_s += time.perf_counter() - begun
            begun = time.perf_counter()
            for writes in kept.transactions:
                ground.write_one(plain, writes)
            raw_s += time.perf_counter() - begun
            done += a_round
        plain.close()
        _same(own.store, other.store)
    count = rounds * a_round * ground.STEPS
    return count / engine_s, count / raw_s


def batched(where: Path, template: Path, *, rounds: int = 10, together: int = 100) -> tuple[float, float]:
    """The same with `together` cases a commit."""
    engine_s = raw_s = 0.0
    with ground.ground(where, template) as own, ground.ground(where, template) as other:
        who = ground.people(own.catalog)
        plain = ground.plain_connection(other.folder / "bench.db")
        done = 0
        for turn in range(rounds):
            lives = [ground.life(done + n + 1, who, at=ground.START, run=f"b{turn}") for n in range(together)]
            with ground.recording() as kept:
                begun = time.perf_counter()
                for step in range(ground.STEPS):
                    _fine(cases.perform(own.store, own.catalog, [life[step] for life in lives], now=ground.START + step * STEP))
                engine_s += time.perf_counter() - begun
            begun = time.perf_counter()
            for writes in kept.transactions:
                ground.write_one(plain, writes)
            raw_s += time.perf_counter() - begun
            done += together
        plain.close()
        _same(own.store, other.store)
    count = rounds * together * ground.STEPS
    return count / engine_s, count / raw_s


def _fine(outcomes: Sequence[cases.Outcome]) -> None:
    for outcome in outcomes:
        if not isinstance(outcome, requests.Done):
            raise outcome


_COUNTS = {table: database.both(f"SELECT count(*) FROM {table}") for table in ("cases", "history", "timers", "messages", "keys")}


def _same(own: database.Store, other: database.Store) -> None:
    """Both sides must have written the same rows, or the comparison means nothing."""
    for table, count in _COUNTS.items():
        with own.reading() as a, other.reading() as b:
            if a.one(count) != b.one(count):
                raise AssertionError(f"{table}: the engine and plain SQL did not write the same rows")
