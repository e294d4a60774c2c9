"""semantics.md, "Waking": each test carries its sentence. On a real store, in real seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine import clock, composition, doorbell, loading, making, requests, rungs
from tests import builders
from tests.acceptance import town as towns

EARLY_RUNGS = """\
    - {at: 80%, notify: [duty], template: due-soon}
    - {before: 1 minute, notify: [duty], template: due-soon}
    - {at: due, notify: [duty], template: overdue}
"""
HASTY = towns.edited(
    builders.WORKFLOW, ("within: 10 minutes", "within: 1 second"), (EARLY_RUNGS, "    - {at: due, notify: [duty], template: overdue}\n")
)
OPENING = requests.Opening(programme="testtown", workflow="report", actor="ma", facts={"description": "巷口路灯不亮"})


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[tuple[composition.Engine, composition.Engine]]:
    """Two engines on one store, as two processes have them; there a report lapses after a second."""
    given = towns.settings_of(tmp_path / "data", tmp_path)
    making.upgrade(given, virtual=None)
    with composition.opened(given) as one, composition.opened(given) as other:
        assert not [p for p in loading.take_up(one, root=builders.a_folder(tmp_path, workflow=HASTY)) if p.severity == "error"]
        yield one, other


def test_another_process_that_arms_an_earlier_timer_rings_a_doorbell(engines: tuple[composition.Engine, composition.Engine]) -> None:
    """Another process that arms an earlier timer rings a doorbell"""
    one, other = engines
    bell = doorbell.Bell(one.store)
    try:
        other.door.submit(OPENING)
        begun = time.monotonic()
        bell.wait(doorbell.POLL)
        assert time.monotonic() - begun < doorbell.POLL / 4
    finally:
        bell.close()


def test_a_sleeping_clock_fires_what_another_process_armed(engines: tuple[composition.Engine, composition.Engine]) -> None:
    """Another process that arms an earlier timer rings a doorbell: the clock that slept until later fires it in time."""
    one, other = engines
    heard: list[rungs.Fired] = []
    came = threading.Event()

    def hear(fired: Sequence[rungs.Fired]) -> None:
        heard.extend(fired)
        came.set()

    loop = clock.Clock(store=one.store, catalog=one.catalog, time=one.time, bell=doorbell.Bell(one.store), heard=hear)
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        done = other.door.submit(OPENING)
        assert came.wait(doorbell.POLL / 2), "the clock slept on"
    finally:
        loop.stop()
        thread.join()
        loop.bell.close()
    assert heard[0].number == done.number
    assert 0 <= heard[0].at - heard[0].due < 2_000_000
