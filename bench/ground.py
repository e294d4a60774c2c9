"""What every measurement stands on: a store on a real disk with the shipped Ningxiang report in force, the life of a case as requests,
and the rows that such a life writes, recorded so that plain SQL can write the same."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import problems
from engine import attachments, catalog, composition, errors, loading, requests, settings
from storage import database, migrating

PROGRAMME, WORKFLOW = "ningxiang", "report"
START = 1_795_132_800_000_000
"""2026-11-20 08:00 in Ningxiang."""
MINUTE = 60_000_000
PICTURE = b"a lamp that is out"
PHOTO = hashlib.sha256(PICTURE).hexdigest()
"""The photo of every case; what it shows is nobody's concern here."""
MEMORY = ("tmpfs", "ramfs")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A fresh store with its catalogue."""

    folder: Path
    store: database.Store
    catalog: catalog.Catalog

    @property
    def path(self) -> Path:
        return self.folder / "bench.db"


@contextlib.contextmanager
def ground(where: Path, template: Path) -> Iterator[Ground]:
    """A copy of the template store in a folder of its own, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=where))
    shutil.copy(template, folder / "bench.db")
    photo = attachments.place(folder, PHOTO, "image/jpeg")
    photo.parent.mkdir(parents=True)
    photo.write_bytes(PICTURE)
    store = database.Store(str(folder / "bench.db"))
    try:
        known = catalog.Catalog()
        with store.reading() as tx:
            known.refresh(tx)
        yield Ground(folder=folder, store=store, catalog=known)
    finally:
        store.close()
        shutil.rmtree(folder)


def template(where: Path) -> Path:
    """An empty store with the shipped programmes published, as `fengxing up` makes it. Raises NoRealDisk."""
    require_disk(where)
    path = where / "template.db"
    store = database.Store(str(path))
    migrating.upgrade(store)
    store.close()
    with composition.opened(given(path)) as engine:
        against = problems.errors(loading.take_up(engine))
        photo = attachments.Stored(hash=PHOTO, media="image/jpeg", size=len(PICTURE), width=1, height=1, taken_at=None, original=PHOTO)
        with engine.store.writing() as tx:
            attachments.record(tx, [photo], now=START)
    if against:
        raise errors.EngineError(f"the shipped programmes cannot be taken up: {against[0]}; run `fengxing check`")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def given(path: Path) -> settings.Settings:
    """The settings of whoever works on this store: everything beside it, nothing of the machine's own."""
    return settings.Settings({settings.PREFIX + "DATA_DIR": str(path.parent), settings.PREFIX + "DATABASE_URL": f"sqlite:///{path}"})


class NoRealDisk(errors.EngineError):
    """A commit to a disk in memory waits for nothing: figures from there would flatter."""

    code = "no-real-disk"

    def __init__(self, where: Path, kind: str) -> None:
        super().__init__(
            f"{where} lies on {kind}, that is in memory, where a durable commit costs nothing; set FENGXING_DATA_DIR to a folder on a real disk",
            f"{where} 位于内存文件系统（{kind}），持久化提交没有代价，测不出真实数字；请把 FENGXING_DATA_DIR 设到真实磁盘上",
        )


def require_disk(where: Path) -> None:
    """Raises NoRealDisk for a folder in memory."""
    kind = _filesystem(where)
    if kind in MEMORY:
        raise NoRealDisk(where, kind)


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


def life(number: int, who: dict[str, str], *, run: str) -> list[requests.Request]:
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

Writes = list[tuple[str, Sequence[Any]]]
"""What one transaction wrote: statements with their rows."""
Plain = sqlite3.Connection


@dataclass(slots=True)
class Recorded:
    """The writes of some transactions: for each, (statement, rows) as the driver saw them."""

    transactions: list[Writes]


class Recording(database.Transaction):
    """A transaction that notes what it writes in the last list of `kept`."""

    __slots__ = ("kept",)

    def __init__(self, cursor: Any, dialect: database.Dialect, kept: Recorded) -> None:
        super().__init__(cursor, dialect)
        self.kept = kept
        kept.transactions.append([])

    def run(self, statement: database.Statement, params: Sequence[object] = ()) -> int:
        self.kept.transactions[-1].append((statement.sqlite, [params]))
        return super().run(statement, params)

    def one(self, statement: database.Statement, params: Sequence[object] = ()) -> database.Row | None:
        if not statement.sqlite.startswith("SELECT"):
            self.kept.transactions[-1].append((statement.sqlite, [params]))
        return super().one(statement, params)

    def many(self, rows: database.Rows, values: Sequence[database.Row]) -> int:
        if values:
            self.kept.transactions[-1].append((rows.sqlite, list(values)))
        return super().many(rows, values)


@contextlib.contextmanager
def recording(store: database.Store) -> Iterator[Recorded]:
    """Record every write that goes through a store (SQLite) while the block runs."""
    kept, plain = Recorded(transactions=[]), store.opens
    store.opens = lambda cursor, dialect: Recording(cursor, dialect, kept)
    try:
        yield kept
    finally:
        store.opens = plain


def plain_connection(path: Path) -> Plain:
    """SQLite opened with the same durability as the engine's."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=20000", "cache_size=-131072"):
        connection.execute(f"PRAGMA {pragma}").fetchone()
    return connection


def commit_ms(where: Path, *, turns: int = 60) -> float:
    """Milliseconds that one durable commit of a single row takes on this disk just now: what no lateness can be below. The median."""
    path = where / "commit.db"
    took = []
    with contextlib.closing(plain_connection(path)) as connection:
        connection.execute("CREATE TABLE rows (n INTEGER)")
        for turn in range(turns):
            begun = time.perf_counter()
            connection.execute("INSERT INTO rows VALUES (?)", (turn,))
            took.append(time.perf_counter() - begun)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    return statistics.median(took) * 1e3


def write_one(connection: Plain, writes: Writes) -> None:
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
