"""What every measurement stands on: a store on a real disk with the shipped Ningxiang report in force, the life of a case as requests,
and the rows that such a life writes, recorded so that plain SQL can write the same."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import reading
from engine import catalog, errors, publishing, requests
from storage import database, migrating

PROGRAMME, WORKFLOW = "ningxiang", "report"
START = 1_795_132_800_000_000
"""2026-11-20 08:00 in Ningxiang."""
MINUTE = 60_000_000
PHOTO = "ab" * 32
MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A fresh store with its catalogue."""

    folder: Path
    store: database.Store
    catalog: catalog.Catalog


@contextlib.contextmanager
def ground(where: Path, template: Path) -> Iterator[Ground]:
    """A copy of the template store in a folder of its own, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=where))
    shutil.copy(template, folder / "bench.db")
    store = database.Store(str(folder / "bench.db"))
    try:
        known = catalog.Catalog(store)
        with store.reading() as tx:
            known.refresh(tx)
        yield Ground(folder=folder, store=store, catalog=known)
    finally:
        store.close()
        shutil.rmtree(folder)


def template(where: Path) -> Path:
    """An empty store with the shipped programme published. Raises EngineError on a disk in memory: it would flatter."""
    kind = _filesystem(where)
    if kind in MEMORY:
        raise errors.EngineError(f"{where} lies on {kind}, in memory; give a folder on a real disk (FENGXING_DATA_DIR)")
    path = where / "template.db"
    store = database.Store(str(path))
    migrating.upgrade(store)
    read = reading.read_folder(Path(__file__).parent.parent / "config" / "programmes" / PROGRAMME)
    if read.programme is None:
        raise errors.EngineError("the shipped Ningxiang programme cannot be read; run `fengxing check`")
    publishing.publish(store, catalog.Catalog(store), read.programme, {}, now=START)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


def _filesystem(path: Path) -> str:
    """The kind of filesystem a folder lies on, as the kernel names it; empty where it does not tell."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    resolved = path.resolve()
    best = max((m for m in mounts if resolved.is_relative_to(m[0])), key=lambda m: len(m[0]), default=["/", ""])
    return best[1]


def people(known: catalog.Catalog) -> dict[str, str]:
    """Who plays which part: rider, duty, handler (of the lamp crew's unit), verifier."""
    everybody = known.of(PROGRAMME).live.people.people
    roles = known.of(PROGRAMME).live.people.roles
    found: dict[str, str] = {}
    for name, person in everybody.items():
        for role in person.roles:
            part = "rider" if roles[role].rider else role
            found.setdefault(part, name)
    handler = next(n for n, p in everybody.items() if "handler" in p.roles and not any(roles[r].rider for r in p.roles))
    return {**found, "handler": handler, "unit": str(everybody[handler].unit)}


def life(number: int, who: dict[str, str], *, at: int, run: str) -> list[requests.Request]:
    """Report, classification, dispatch, arrival, resolution and verification of the `number`th case, each with its key."""
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("classify", who["duty"], {"category": "lamp", "urgency": "2"}),
        ("dispatch", who["duty"], {"unit": who["unit"]}),
        ("arrive", who["handler"], {}),
        ("resolve", who["handler"], {"result": "灯已更换，恢复照明", "result_photos": [PHOTO]}),
        ("verify", who["verifier"], {}),
    ]
    opening = requests.Opening(
        programme=PROGRAMME,
        workflow=WORKFLOW,
        actor=who["rider"],
        facts={"description": f"东关巷路灯不亮 {number}", "location": "111.19,37.34", "photos": [PHOTO]},
        key=f"{run}-{number}-0",
    )
    moves = [
        requests.Move(case=number, trigger=trigger, actor=actor, facts=facts, key=f"{run}-{number}-{place}")
        for place, (trigger, actor, facts) in enumerate(steps, 1)
    ]
    return [opening, *moves]


STEPS = 6
"""Transitions in a life."""


@dataclass(slots=True)
class Recorded:
    """The writes of some transactions: for each, (statement, rows) as the driver saw them."""

    transactions: list[list[tuple[str, Sequence[Any]]]]


@contextlib.contextmanager
def recording() -> Iterator[Recorded]:
    """Record every write that goes through `storage` (SQLite) while the block runs."""
    kept = Recorded(transactions=[])
    plain = database.Transaction

    class Recording(plain):  # type: ignore[valid-type,misc]  # the class is chosen at run time, which mypy cannot follow
        __slots__ = ()

        def run(self, statement: database.Statement, params: Sequence[object] = ()) -> int:
            kept.transactions[-1].append((statement.sqlite, [params]))
            return int(super().run(statement, params))

        def one(self, statement: database.Statement, params: Sequence[object] = ()) -> database.Row | None:
            if not statement.sqlite.startswith("SELECT"):
                kept.transactions[-1].append((statement.sqlite, [params]))
            row: database.Row | None = super().one(statement, params)
            return row

        def many(self, rows: database.Rows, values: Sequence[database.Row]) -> int:
            if values:
                kept.transactions[-1].append((rows.sqlite, list(values)))
            return int(super().many(rows, values))

    def begun(cursor: Any, dialect: database.Dialect) -> database.Transaction:
        kept.transactions.append([])
        made: database.Transaction = Recording(cursor, dialect)
        return made

    database.Transaction = begun  # type: ignore[assignment,misc]  # only here, and put back below
    try:
        yield kept
    finally:
        database.Transaction = plain  # type: ignore[misc]


def write_plainly(path: Path, transactions: Sequence[Sequence[tuple[str, Sequence[Any]]]]) -> None:
    """Write recorded rows with nothing but sqlite3, one durable commit a transaction."""
    connection = plain_connection(path)
    try:
        for writes in transactions:
            write_one(connection, writes)
    finally:
        connection.close()


def plain_connection(path: Path) -> sqlite3.Connection:
    """SQLite opened with the same durability as the engine's."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=20000", "cache_size=-131072"):
        connection.execute(f"PRAGMA {pragma}").fetchone()
    return connection


def write_one(connection: sqlite3.Connection, writes: Sequence[tuple[str, Sequence[Any]]]) -> None:
    """One transaction of recorded writes."""
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    for sql, rows in writes:
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
            if "RETURNING" in sql:
                cursor.fetchall()
        else:
            cursor.executemany(sql, rows)
    cursor.execute("COMMIT")


