"""No room left, a store that cannot be written, a store that is none: each a clear word, with nothing half done."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import attachments, clock, composition, errors, settings
from engine import now as times
from storage import database, migrating
from storage import errors as storage_errors
from tests.integration import towns

Engine = composition.Engine


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[Engine]:
    with towns.a_town(tmp_path, lite) as opened:
        yield opened


@contextlib.contextmanager
def full(engine: Engine) -> Iterator[None]:
    """Not one page more than there is now."""
    connection = engine.store.connection()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count = 1000000").fetchone()


def test_a_full_disk_takes_what_fits_refuses_the_rest_and_works_again_once_there_is_room(engine: Engine) -> None:
    taken: list[int] = []

    def go_on() -> None:
        while len(taken) < 500:
            taken.append(towns.opened(engine, description="长" * 400).case)

    with full(engine), pytest.raises(storage_errors.DiskFull, match="no room left on the disk; nothing was changed"):
        go_on()
    assert towns.rows(engine, "SELECT count(*) FROM cases") == [(len(taken),)]
    assert towns.findings(engine) == []
    assert towns.opened(engine).number == f"TT-20261120-{len(taken) + 1:04d}", "and no number was lost"
    assert towns.findings(engine) == []


def test_on_a_full_disk_the_clock_keeps_what_is_due(engine: Engine) -> None:
    for _ in range(60):
        towns.opened(engine)
    with full(engine), pytest.raises(storage_errors.DiskFull):
        clock.fire_due(engine.store, engine.catalog, now=towns.at("08:20"))
    assert towns.rows(engine, "SELECT count(*) FROM history WHERE kind = 'rung'") == [(0,)]
    assert len(towns.jump(engine, "08:20")) == 60
    assert towns.findings(engine) == []


def test_a_store_that_is_locked_for_good_is_unavailable(engine: Engine) -> None:
    engine.store.connection().execute("PRAGMA busy_timeout = 50").fetchone()
    assert engine.store.path is not None
    with contextlib.closing(sqlite3.connect(engine.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(storage_errors.StoreUnavailable, match="locked; nothing was changed"):
            towns.opened(engine)
        other.execute("ROLLBACK")
    assert towns.opened(engine).case == 1


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "fengxing.db").write_bytes(b"this is no database at all " * 100)
    with pytest.raises(storage_errors.StoreUnavailable, match="not a database"):
        composition.open_engine(towns.the_settings(tmp_path, f"sqlite:///{tmp_path / 'fengxing.db'}"))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///{0}/nowhere/x.db", "no store there yet; run `fengxing db upgrade`"),
        ("mysql://x/y", "mysql: no such kind of database"),
        ("postgresql://nobody@127.0.0.1:1/none", "PostgreSQL: "),
    ],
)
def test_a_store_that_cannot_be_opened_says_what_to_do(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(storage_errors.StorageError, match=says):
        composition.open_engine(towns.the_settings(tmp_path, url.format(tmp_path)))


def test_the_data_folder_has_no_room_for_a_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), "red").save(tmp_path / "lamp.png")

    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", no_room)
        with pytest.raises(errors.AttachmentUnstored, match="No space left on device"):
            attachments.store(tmp_path / "data", tmp_path / "lamp.png", photo_mb=1, video_mb=1)
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == [], "nothing half written stays behind"
    assert attachments.store(tmp_path / "data", tmp_path / "lamp.png", photo_mb=1, video_mb=1).media == "image/jpeg"


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), "red").save(tmp_path / "lamp.png")
    (tmp_path / "data").write_text("")
    with pytest.raises(errors.AttachmentUnstored):
        attachments.store(tmp_path / "data", tmp_path / "lamp.png", photo_mb=1, video_mb=1)


# Migrations


def test_the_migrations_make_what_the_tables_say(tmp_path: Path, sqlite_template: Path) -> None:
    import sqlalchemy
    from alembic import autogenerate, migration, script
    from alembic.config import Config

    from storage import tables

    shutil.copy(sqlite_template, tmp_path / "a.db")
    made = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'a.db'}", poolclass=sqlalchemy.NullPool)
    with made.connect() as connection:
        assert autogenerate.compare_metadata(migration.MigrationContext.configure(connection), tables.METADATA) == []
    setup = Config()
    setup.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    assert script.ScriptDirectory.from_config(setup).get_current_head() == migrating.HEAD


@pytest.mark.postgres
@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")  # SQLAlchemy has no name for PostgreSQL's transaction numbers
def test_on_postgresql_too(postgres_server: str) -> None:
    import sqlalchemy
    from alembic import autogenerate, migration

    from storage import tables

    url = postgres_server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", "/template_store?")
    made = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with made.connect() as connection:
        found = autogenerate.compare_metadata(migration.MigrationContext.configure(connection), tables.METADATA)
    only_there = {"remove_index history_xact", "remove_column xact"}  # the order of commits, which SQLite has by itself
    assert {f"{diff[0]} {diff[-1].name}" for diff in found} == only_there


def test_the_compiled_statements_know_the_columns_of_the_tables() -> None:
    from storage import figures, statements, tables

    named = {
        "cases": statements.CASE,
        "history": statements.HISTORY,
        "timers": statements.TIMER,
        "keys": statements.KEY,
        "personal": statements.PERSONAL,
        "attachments": statements.ATTACHMENT,
        "messages": statements.MESSAGE,
        "outcomes": figures.OUTCOME,
    }
    kinds = {"BIGINT": "bigint", "INTEGER": "int", "TEXT": "text", "BLOB": "bytea", "BIG": "bigint"}
    later = {  # written by others than the insertion: the row's own number, an erasure, what a delivery learns
        "history": {"id"},
        "personal": {"erased_at"},
        "messages": {"lease", "lease_until", "message_id", "subject", "body", "tried", "done_at"},
    }
    for table, columns in named.items():
        there = {column.name: kinds[str(column.type).upper()] for column in tables.METADATA.tables[table].columns}
        assert columns.items() <= there.items(), table
        assert there.keys() - columns.keys() == later.get(table, set()), table


def test_a_store_of_a_newer_program_is_refused_untouched(tmp_path: Path, url: str) -> None:
    store = database.Store(url)
    with store.writing() as tx:
        tx.run(database.both("UPDATE alembic_version SET version_num = '9999'"))
    given = towns.the_settings(tmp_path, url)
    for touch in (lambda: composition.open_engine(given), lambda: migrating.upgrade(store)):
        with pytest.raises(storage_errors.SchemaAhead, match="newer than this program's"):
            touch()
    with store.reading() as tx:
        assert tx.all(database.both("SELECT version_num FROM alembic_version")) == [("9999",)]
    store.close()


def test_an_empty_store_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(storage_errors.SchemaBehind, match="run `fengxing db upgrade`"):
        composition.open_engine(towns.the_settings(tmp_path, str(tmp_path / "empty.db")))


@pytest.mark.postgres
def test_an_empty_postgresql_says_so_too(tmp_path: Path, empty_postgres: str) -> None:
    with pytest.raises(storage_errors.SchemaBehind, match="run `fengxing db upgrade`"):
        composition.open_engine(towns.the_settings(tmp_path, empty_postgres))


def test_upgrading_twice_is_upgrading_once(url: str) -> None:
    store = database.Store(url)
    assert migrating.upgrade(store) == migrating.HEAD
    assert times.of(store).mode == "real"
    store.close()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGXING_PORTT", "1")
    with pytest.raises(settings.SettingInvalid, match="did you mean FENGXING_PORT"):
        settings.from_environment()
