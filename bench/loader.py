"""The named bulk loader: fills a store with open cases in their first state, chains valid and timers armed, without a durable commit each.

It builds the same drafts as an opening does, from the same pure functions; only checks of facts and the disk's patience are left out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from bench import ground
from engine import chain, doorbell, draft
from engine import now as times
from sla import clocks

CHUNK = 10_000
Told = Callable[[], dict[str, Any]]
"""What the next report says: its facts as they are kept."""


def load(
    own: ground.Ground, opened: Sequence[int], *, bulk: bool = True, told: Told | None = None, progress: Callable[[int], None] | None = None
) -> None:
    """One anonymous report per moment in `opened` (UTC microseconds), in that order; each arms two timers (dispatching, whole).

    `told` gives the facts of each, the same lamp at the same place by default. `bulk`: without a durable commit, and the log moved into the store at the end; else durably, and heard by the clocks of the store."""
    connection = own.store.connection()
    if bulk:
        connection.execute("PRAGMA synchronous=OFF").fetchone()
    for begin in range(0, len(opened), CHUNK):
        _chunk(own, opened[begin : begin + CHUNK], told or _the_same, ring=not bulk)
        if progress is not None:
            progress(min(begin + CHUNK, len(opened)))
    if bulk:
        connection.execute("PRAGMA synchronous=FULL").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _the_same() -> dict[str, Any]:
    return {"description": "路灯不亮", "location": {"lon": 111.19, "lat": 37.34, "datum": "wgs84"}}


def _chunk(own: ground.Ground, opened: Sequence[int], told: Told, *, ring: bool) -> None:
    """One transaction of reports; `ring` wakes the clocks of the store, as the engine does when it arms an early timer."""
    with own.store.writing() as tx:
        compiled = own.catalog.newest(tx, ground.PROGRAMME, ground.WORKFLOW)
        town, initial = own.catalog.of(ground.PROGRAMME), compiled.workflow.initial
        day = times.local(ground.START, compiled.zone).strftime("%Y%m%d")
        batch = draft.Batch(tx, own.catalog, max(opened), openings=len(opened))
        for at in opened:
            number, facts = batch.number("case"), told()
            text = orjson.dumps(facts).decode()
            case = draft.Draft(
                id=number, number=f"NX-{day}-{number:07d}", compiled=compiled, town=town, state=initial, version=1, facts=facts, folds={},
                last={}, counts={}, timers={}, latest=at, reporter=None, opened_at=at, changed_at=at, closed_at=None, head=chain.START,
                length=0, stored_length=0, urgent=False, facts_text=text,
            )  # fmt: skip
            effect = clocks.Effect(at=at, seq=1, trigger="open", kind=None, from_state=None, to_state=initial, facts=facts)
            case.folds = clocks.apply(compiled.plans, {}, effect, facts, compiled.timelines)
            batch.rearm(case, None)
            entry = draft.Entry(kind="open", at=at, trigger="open", from_state=None, to_state=initial, actor=None, facts=text)
            batch.append(case, entry)
        batch.flush()
        if ring:
            doorbell.ring(tx, own.store)


def in_order(count: int, *, begin: int, gap: int) -> list[int]:
    """Openings one after the other: their timers fall due in the order of the cases."""
    return [begin + n * gap for n in range(count)]


def shuffled(count: int, *, begin: int, gap: int, seed: int = 7) -> list[int]:
    """The same moments in random order: their timers fall due all over the store."""
    moments = in_order(count, begin=begin, gap=gap)
    random.Random(seed).shuffle(moments)
    return moments
