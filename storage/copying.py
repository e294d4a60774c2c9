"""A whole database as one file, and back: SQLite's online copy while others write, PostgreSQL's own pg_dump and pg_restore."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from storage import database, errors, migrating

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
BESIDE = ("", "-wal", "-shm")
"""A SQLite store and the files that belong to it."""


class ToolMissing(errors.StoreUnavailable):
    """PostgreSQL's own programs are not on this machine."""

    def __init__(self, tool: str) -> None:
        super().__init__(
            f"{tool} is not on this machine; install PostgreSQL's client programs (Debian: postgresql-client), of the server's version or newer"
        )


def copy(store: database.Store, target: Path) -> None:
    """One consistent copy of the store as a file. Others may write meanwhile; what they commit later is not in it."""
    if store.path is None:
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema=public", f"--file={target}"], store.url)
        return
    try:
        with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copied:
            store.connection().backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE").fetchone()
            found = copied.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as exc:
        full = "full" in str(exc)
        raise (errors.DiskFull if full else errors.StoreUnavailable)(f"{target.parent}: the copy could not be written: {exc}") from exc
    if found != ("ok",):
        raise errors.StoreUnavailable(f"{store.path}: the store itself is damaged ({found[0]}); keep it, and restore an earlier backup")


def prepare(file: Path) -> None:
    """Bring a SQLite copy to this program's shape before it is put in place, as one file again. Raises SchemaAhead, StoreUnavailable."""
    copied = database.Store(str(file))
    try:
        if migrating.version(copied) is None:
            raise errors.StoreUnavailable(f"{file.name}: not a store of this program")
        migrating.upgrade(copied)
        copied.connection().execute("PRAGMA journal_mode=DELETE").fetchone()
    finally:
        copied.close()


def there(store: database.Store) -> bool:
    """Whether a store is in place already."""
    return store.path.exists() if store.path is not None else migrating.version(store) is not None


def aside(store: database.Store) -> str:
    """Move the store that is in place out of the way, with a name that says when; returns where it is now."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    store.close()
    if store.path is not None:
        moved = store.path.with_name(f"{store.path.name}.before-{stamp}")
        for ending in BESIDE:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{store.path}{ending}").replace(f"{moved}{ending}")
        return str(moved)
    name = f"before_{stamp.lower()}"
    with store.writing() as tx:
        tx.run(database.both(f"ALTER SCHEMA public RENAME TO {name}"))
        tx.run(database.both("CREATE SCHEMA public"))
    return f"schema {name}"


def put(store: database.Store, file: Path) -> None:
    """Put a copy in place, where nothing is."""
    if store.path is None:
        _run(
            ["pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--schema=public", str(file)],
            store.url,
            target=True,
        )
        migrating.upgrade(store)
        return
    file.replace(store.path)


def _run(command: Sequence[str], url: str, *, target: bool = False) -> None:
    """One of PostgreSQL's programs; the password goes by the environment, where no other user sees it."""
    tool = shutil.which(command[0])
    if tool is None:
        raise ToolMissing(command[0])
    from psycopg import conninfo

    parts = conninfo.conninfo_to_dict(url)
    environment = {**os.environ, **{_VARIABLES[k]: str(v) for k, v in parts.items() if k in _VARIABLES}}
    more = [f"--dbname={parts.get('dbname', '')}"] if target else []
    done = subprocess.run([tool, *more, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"ended with {done.returncode}"
        remedy = "; put the client programs of the server's version first in PATH" if "version mismatch" in said else ""
        raise errors.StoreUnavailable(f"{command[0]}: {said.removeprefix(f'{command[0]}: ')}{remedy}")
