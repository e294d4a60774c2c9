"""The watch beside the engine: what lapsed since it last looked becomes one `escalate` run per programme and clock."""

from __future__ import annotations

import asyncio
import time

from prefect import tags

from engine import composition, feed, lapses
from engine import now as times
from workflows import flows, pages, wording

BOARD = 15.0
"""Seconds between two boards at least: one look holds whatever has lapsed meanwhile."""


async def forever(engine: composition.Engine, *, every: float) -> None:
    """Look every so often; at first and after lapses the boards are written anew. Raises what Prefect raises: the caller begins anew."""
    stale, written = True, time.monotonic() - BOARD
    while True:
        stale = bool(await sweep(engine)) or stale
        if stale and time.monotonic() - written >= BOARD:
            await flows.board(return_state=True)
            stale, written = False, time.monotonic()
        await asyncio.sleep(every)


async def sweep(engine: composition.Engine) -> int:
    """Show what lapsed since the cursor; how many runs that took. The cursor moves when all of them are in Prefect."""
    after, until, groups, now = await asyncio.to_thread(_look, engine)
    for (programme, clock), group in groups.items():
        name = wording.run_name("escalate", len(group), clock, times.local(now, group[0].zone))
        named = flows.escalate.with_options(flow_run_name=name)
        with tags(*wording.tags(programme=programme, clock=clock, severity=pages.severity(group))):
            await named(programme=programme, clock=clock, after=after, until=until, return_state=True)
    if until > after:
        await asyncio.to_thread(_advance, engine, until)
    return len(groups)


def _look(engine: composition.Engine) -> tuple[int, int, dict[tuple[str, str], list[lapses.Lapse]], int]:
    now = engine.time.now()
    with engine.store.reading() as tx:
        after = feed.cursor(tx, "escalate")
        found, until = lapses.between(tx, engine.catalog, after=after, until=feed.head(tx), now=now)
    return after, until, lapses.grouped(found), now


def _advance(engine: composition.Engine, until: int) -> None:
    with engine.store.writing() as tx:
        feed.move(tx, "escalate", until)
