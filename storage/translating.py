"""The drivers' errors as ours, each with what a tired person can do about it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from storage import errors

NO_ROOM = 1_000_000
"""Bytes free on a disk below which an I/O error is taken for what it is: a full disk."""


def _no_room(path: Path | None) -> bool:
    """On a full disk SQLite may fail over its shared memory first, and calls that an I/O error."""
    return path is not None and path.parent.is_dir() and shutil.disk_usage(path.parent).free < NO_ROOM


@contextlib.contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Whatever SQLite (at `path`) or PostgreSQL raises in the block, as an error of this package."""
    try:
        yield
    except sqlite3.IntegrityError as exc:
        raise errors.Duplicate(str(exc)) from exc
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as exc:
        text = str(exc)
        if "full" in text or ("disk I/O" in text and _no_room(path)):
            raise errors.DiskFull(f"{path}: no room left on the disk; nothing was changed. Free some space and repeat.") from exc
        if "no such table" in text:
            raise errors.SchemaBehind(f"{path}: not a store of this program yet; run `fengxing db upgrade`.") from exc
        if "unable to open" in text or "readonly" in text:
            text += "; the file and its folder must be writable for this user"
        raise errors.StoreUnavailable(f"{path}: {text}; nothing was changed.") from exc
    except errors.StorageError:
        raise
    except Exception as exc:
        raise _postgresql_error(exc) from exc


def _postgresql_error(exc: Exception) -> Exception:
    """psycopg's error as ours; anything else as it is."""
    if not type(exc).__module__.startswith("psycopg"):
        return exc
    import psycopg

    if isinstance(exc, psycopg.errors.UniqueViolation | psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
        return errors.Duplicate(str(exc).strip())
    if isinstance(exc, psycopg.errors.DiskFull):
        return errors.DiskFull("PostgreSQL: no room left on its disk; nothing was changed.")
    if isinstance(exc, psycopg.errors.UndefinedTable):
        return errors.SchemaBehind("not a store of this program yet; run `fengxing db upgrade`.")
    if isinstance(exc, psycopg.OperationalError):
        return errors.StoreUnavailable(
            f"PostgreSQL: {str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__}; nothing was changed."
        )
    return exc
