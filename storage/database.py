"""Connections and transactions: SQLite in WAL with full durability, or PostgreSQL by URL, through their own drivers.

A statement is written once with `?`, `{in}` and `{lock}`; this module spells it for either database. SQLAlchemy is not
imported here: a clock must be up in a second (see docs/adr/0003)."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from storage import errors, translating

if TYPE_CHECKING:
    import psycopg

TIDY_ABOVE = 4_000_000
"""Bytes of SQLite's log from which it is worth tidying up."""
Dialect = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in both spellings."""

    sqlite: str
    postgresql: str

    def of(self, dialect: Dialect) -> str:
        return self.sqlite if dialect == "sqlite" else self.postgresql


def both(sql: str) -> Statement:
    """`{in}` takes a list (see `Transaction.listed`); `{lock}` locks the rows on PostgreSQL; `{skip}` locks those that nobody holds."""
    lite = sql.replace("{in}", "IN (SELECT value FROM json_each(?))").replace("{lock}", "").replace("{skip}", "")
    post = sql.replace("{in}", "= ANY(?)").replace("{lock}", "FOR UPDATE").replace("{skip}", "FOR UPDATE SKIP LOCKED")
    return Statement(lite, post.replace("%", "%%").replace("?", "%s"))


@dataclass(frozen=True, slots=True)
class Rows:
    """A statement for many rows at once: executemany on SQLite, one `unnest` on PostgreSQL. `types` are PostgreSQL's, one a column."""

    sqlite: str
    postgresql: str
    width: int

    @classmethod
    def insert(cls, table: str, columns: Mapping[str, str], *, conflict: str = "") -> Rows:
        names = ", ".join(columns)
        lite = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))}) {conflict}"
        post = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({', '.join(f'%s::{t}[]' for t in columns.values())}) {conflict}"
        return cls(lite, post, len(columns))

    @classmethod
    def update(cls, table: str, columns: Mapping[str, str], *, keys: Mapping[str, str]) -> Rows:
        lite = f"UPDATE {table} SET {', '.join(f'{c} = ?' for c in columns)} WHERE {' AND '.join(f'{k} = ?' for k in keys)}"
        typed = ", ".join(f"%s::{t}[]" for t in [*columns.values(), *keys.values()])
        names = ", ".join([*columns, *(f"k_{k}" for k in keys)])
        sets, where = ", ".join(f"{c} = v.{c}" for c in columns), " AND ".join(f"{table}.{k} = v.k_{k}" for k in keys)
        return cls(lite, f"UPDATE {table} SET {sets} FROM unnest({typed}) AS v({names}) WHERE {where}", len(columns) + len(keys))

    @classmethod
    def delete(cls, table: str, keys: Mapping[str, str]) -> Rows:
        lite = f"DELETE FROM {table} WHERE {' AND '.join(f'{k} = ?' for k in keys)}"
        typed, names = ", ".join(f"%s::{t}[]" for t in keys.values()), ", ".join(f"k_{k}" for k in keys)
        where = " AND ".join(f"{table}.{k} = v.k_{k}" for k in keys)
        return cls(lite, f"DELETE FROM {table} USING unnest({typed}) AS v({names}) WHERE {where}", len(keys))


class Transaction:
    """One open transaction. Values go in as Python scalars, rows come out as tuples."""

    __slots__ = ("_cursor", "after", "dialect")

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._cursor = cursor
        self.dialect: Dialect = dialect
        self.after: list[Callable[[], None]] = []
        """Called once the commit stands: doorbells and the like."""

    def listed(self, values: Sequence[object]) -> object:
        """A list as `{in}` wants it."""
        return orjson.dumps(values).decode() if self.dialect == "sqlite" else list(values)

    def all(self, statement: Statement, params: Sequence[object] = ()) -> list[Row]:
        self._cursor.execute(statement.of(self.dialect), params)
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def one(self, statement: Statement, params: Sequence[object] = ()) -> Row | None:
        self._cursor.execute(statement.of(self.dialect), params)
        row: Row | None = self._cursor.fetchone()
        return row

    def run(self, statement: Statement, params: Sequence[object] = ()) -> int:
        """Rows touched."""
        self._cursor.execute(statement.of(self.dialect), params)
        return int(self._cursor.rowcount)

    def many(self, rows: Rows, values: Sequence[Row]) -> int:
        """Rows touched. One statement, however many rows."""
        if not values:
            return 0
        if self.dialect == "sqlite":
            if len(values) == 1:
                self._cursor.execute(rows.sqlite, values[0])
            else:
                self._cursor.executemany(rows.sqlite, values)
        else:
            self._cursor.execute(rows.postgresql, [list(column) for column in zip(*values, strict=True)])
        return int(self._cursor.rowcount)


@dataclass(slots=True)
class Store:
    """A database by URL: `sqlite:///path` (or a plain path) and `postgresql://…`. Holds one connection per thread."""

    url: str
    dialect: Dialect = field(init=False)
    path: Path | None = field(init=False, default=None)
    opens: Callable[[Any, Dialect], Transaction] = Transaction
    """What a transaction is made of; a measurement may put one in its place that notes what is written."""
    _local: threading.local = field(init=False, default_factory=threading.local)
    _open: list[Any] = field(init=False, default_factory=list)
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.url.startswith(("postgresql://", "postgres://")):
            self.dialect = "postgresql"
        elif self.url.startswith("sqlite:///") or "://" not in self.url:
            self.dialect = "sqlite"
            self.path = Path(self.url.removeprefix("sqlite:///"))
        else:
            raise errors.StoreUnavailable(f"{self.url.split('://')[0]}: no such kind of database; use sqlite:///PATH or postgresql://…")

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A durable transaction: committed when the block ends, rolled back when it raises."""
        with translating.translated(self.path):
            connection = self._connection()
            if self.dialect == "postgresql":
                _isolate(connection, reading=False)
            cursor = connection.cursor()
            if self.dialect == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            tx = self.opens(cursor, self.dialect)
            try:
                yield tx
                connection.commit() if self.dialect == "postgresql" else cursor.execute("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise
            finally:
                cursor.close()
        for call in tx.after:
            call()

    @contextlib.contextmanager
    def reading(self, *, consistent: bool = False, lenient: bool = False) -> Iterator[Transaction]:
        """A view in which nothing is kept. `consistent`: all its statements see one moment (SQLite: always).

        `lenient`: SQLite's text that is no UTF-8 is read as far as it goes, so that damage can be named."""
        with translating.translated(self.path):
            connection = self._connection()
            if self.dialect == "postgresql":
                _isolate(connection, reading=True)
            cursor = connection.cursor()
            if self.dialect == "sqlite":
                cursor.execute("BEGIN")
                if lenient:
                    connection.text_factory = _legible
            elif consistent:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield self.opens(cursor, self.dialect)
            finally:
                if lenient and self.dialect == "sqlite":
                    connection.text_factory = str
                cursor.close()
                self._roll_back(connection)

    def connection(self) -> Any:
        """The driver's own connection of this thread, for what only a driver can do (backup, LISTEN)."""
        with translating.translated(self.path):
            return self._connection()

    def tidy(self) -> None:
        """Bring a long SQLite log back into the database while nobody waits; on PostgreSQL its own processes do."""
        if self.path is None:
            return
        log = self.path.with_name(self.path.name + "-wal")
        if log.exists() and log.stat().st_size > TIDY_ABOVE:
            with translating.translated(self.path):
                self._connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def close(self) -> None:
        """Close every connection, of all threads."""
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(Exception):
                    connection.close()
            self._open.clear()
        self._local = threading.local()

    def _roll_back(self, connection: Any) -> None:
        try:
            if self.dialect == "postgresql" or connection.in_transaction:
                connection.rollback()
        except Exception:
            self._forget(connection)

    def _forget(self, connection: Any) -> None:
        """A connection that cannot even roll back is closed; the next use opens another."""
        with contextlib.suppress(Exception):
            connection.close()
        with self._guard:
            self._open = [c for c in self._open if c is not connection]
        self._local.connection = None

    def _connection(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is not None and self.dialect == "postgresql" and connection.closed:
            connection = None
        if connection is None:
            connection = _connect_sqlite(self.path) if self.path is not None else _connect_postgresql(self.url)
            self._local.connection = connection
            with self._guard:
                self._open.append(connection)
        return connection


def _legible(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    if not path.parent.is_dir():
        raise errors.StoreUnavailable(f"{path.parent}: no such folder for the database; make it, or set FENGXING_DATA_DIR")
    connection = sqlite3.connect(path, timeout=20.0, isolation_level=None, cached_statements=512, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    durability = os.environ.get("FENGXING_SQLITE_SYNCHRONOUS", "FULL")
    for pragma in (
        f"synchronous={durability}",
        "wal_autocheckpoint=20000",
        "cache_size=-131072",
        "temp_store=MEMORY",
        "journal_size_limit=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchone()
    return connection


def _connect_postgresql(url: str) -> psycopg.Connection[Row]:
    import psycopg

    return psycopg.connect(url, connect_timeout=10, application_name="fengxing")


def _isolate(connection: psycopg.Connection[Row], *, reading: bool) -> None:
    """How the next transaction begins: readers see one moment throughout, writers what others have committed before each statement."""
    if connection.read_only is not reading:
        from psycopg import IsolationLevel

        connection.isolation_level = IsolationLevel.REPEATABLE_READ if reading else IsolationLevel.READ_COMMITTED
        connection.read_only = reading
