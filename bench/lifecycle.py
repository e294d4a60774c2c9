"""A case's life against plain sqlite3 writing the same rows: one durable commit a transition, a hundred cases a commit, a hundred callers at once.

Raw is a hand-written program at its best: statements known to the driver, no checks, no reading, no reckoning; it opens a transaction, writes
the very rows that the engine wrote (case, history with its digests, timers, messages, keys, counters) and commits with the same durability."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent import futures
from dataclasses import dataclass, replace
from pathlib import Path

from bench import ground
from engine import cases, group, requests
from engine import now as times
from storage import database

STEP = 3 * ground.MINUTE
Work = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Operations a second; `together` is how many shared a commit."""

    engine: float
    raw: float
    together: float = 1.0

    @property
    def ratio(self) -> float:
        return self.engine / self.raw


def single(where: Path, template: Path, *, rounds: int = 8, a_round: int = 40) -> Speeds:
    """Transitions a second through the door by which every process writes, one after the other."""

    def prepare(own: ground.Ground, who: dict[str, str], turn: int) -> Work:
        door = group.Group(own.store, own.catalog, times.Time(own.store))
        begun = turn * a_round + 1
        asked = [request for number in range(begun, begun + a_round) for request in ground.life(number, who, run=f"s{number}")]

        def work() -> None:
            for request in asked:
                door.submit(request)

        return work

    return _against(where, template, rounds=rounds, cases_a_round=a_round, prepare=prepare)


def batched(where: Path, template: Path, *, rounds: int = 10, together: int = 100) -> Speeds:
    """The same with `together` cases a commit, handed over as a batch."""

    def prepare(own: ground.Ground, who: dict[str, str], turn: int) -> Work:
        lives = [ground.life(turn * together + n + 1, who, run=f"b{turn}") for n in range(together)]

        def work() -> None:
            for step in range(ground.STEPS):
                for outcome in cases.perform(own.store, own.catalog, [life[step] for life in lives], now=ground.START + step * STEP):
                    if not isinstance(outcome, requests.Done):
                        raise outcome

        return work

    return _against(where, template, rounds=rounds, cases_a_round=together, prepare=prepare)


def grouped(where: Path, template: Path, *, callers: int = 100, lives: int = 12) -> Speeds:
    """The same with as many callers at once, each of whom waits for his answer; raw writes their rows `callers` requests a commit."""
    with ground.ground(where, template) as own, ground.ground(where, template) as other:
        who = ground.people(own.catalog)
        door = group.Group(own.store, own.catalog, times.Time(own.store))
        plain = ground.plain_connection(other.folder / "bench.db")
        engine_s = raw_s = 0.0
        commits = 0
        turns = 2
        with ground.recording(own.store) as kept:
            for turn in range(-1, turns):  # the first is to open every caller's connection
                kept.transactions.clear()
                each = 1 if turn < 0 else lives // turns
                spent = _at_once(door, callers, each, who, turn)
                if turn >= 0:
                    engine_s += spent
                    commits += len(kept.transactions)
                spent = _raw(plain, _merged(kept.transactions, callers))
                raw_s += spent if turn >= 0 else 0.0
        plain.close()
        _same(own.store, other.store)
    count = callers * (lives // turns) * turns * ground.STEPS
    return Speeds(engine=count / engine_s, raw=count / raw_s, together=count / commits)


def _against(
    where: Path, template: Path, *, rounds: int, cases_a_round: int, prepare: Callable[[ground.Ground, dict[str, str], int], Work]
) -> Speeds:
    """Engine and raw taking turns on stores of their own. What is asked is made up before the watch runs, and the rows that raw is to
    write are recorded on a third store, so that neither side pays for the measuring."""
    engine_s = raw_s = 0.0
    with ground.ground(where, template) as own, ground.ground(where, template) as other, ground.ground(where, template) as third:
        who = ground.people(own.catalog)
        plain = ground.plain_connection(other.folder / "bench.db")
        for turn in range(rounds):
            with ground.recording(third.store) as kept:
                prepare(third, who, turn)()
            work = prepare(own, who, turn)
            begun = time.perf_counter()
            work()
            engine_s += time.perf_counter() - begun
            raw_s += _raw(plain, kept.transactions)
        plain.close()
        _same(own.store, other.store)
    count = rounds * cases_a_round * ground.STEPS
    return Speeds(engine=count / engine_s, raw=count / raw_s)


def _raw(plain: ground.Plain, transactions: Sequence[ground.Writes]) -> float:
    """Seconds it took to write these with nothing but sqlite3."""
    begun = time.perf_counter()
    for writes in transactions:
        ground.write_one(plain, writes)
    return time.perf_counter() - begun


def _live(door: group.Group, life: Sequence[requests.Request]) -> None:
    """One caller takes one case through its life, each step once the one before is durable."""
    done = door.submit(life[0])
    for request in life[1:]:
        assert isinstance(request, requests.Move)
        door.submit(replace(request, case=done.case))


def _at_once(door: group.Group, callers: int, lives: int, who: dict[str, str], turn: int) -> float:
    """Seconds until all callers, who begin at the same moment, have taken `lives` cases each through their lives."""
    together = threading.Barrier(callers + 1)

    def call(number: int) -> None:
        together.wait()
        for each in range(lives):
            _live(door, ground.life(0, who, run=f"g{turn}-{number}-{each}"))

    with futures.ThreadPoolExecutor(max_workers=callers) as pool:
        calls = [pool.submit(call, number) for number in range(callers)]
        together.wait()
        begun = time.perf_counter()
        for done in calls:
            done.result()
        return time.perf_counter() - begun


def _merged(transactions: Sequence[ground.Writes], together: int) -> list[ground.Writes]:
    """The same writes with `together` requests a commit, whatever the callers' luck was; a request writes one row of history."""
    merged: list[ground.Writes] = [[]]
    entries = 0
    for writes in transactions:
        if entries >= together:
            merged.append([])
            entries = 0
        merged[-1].extend(writes)
        entries += sum(len(rows) for sql, rows in writes if sql.startswith("INSERT INTO history"))
    return merged


_COUNTS = {table: database.both(f"SELECT count(*) FROM {table}") for table in ("cases", "history", "timers", "messages", "keys")}


def _same(own: database.Store, other: database.Store) -> None:
    """Both sides must have written the same rows, or the comparison means nothing."""
    for table, count in _COUNTS.items():
        with own.reading() as a, other.reading() as b:
            if a.one(count) != b.one(count):
                raise AssertionError(f"{table}: the engine and plain SQL did not write the same rows")
