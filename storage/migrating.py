"""Bringing a store to the shape this program knows: Alembic, imported only here and only when asked for."""

from __future__ import annotations

from pathlib import Path

from storage import database, errors, statements

HEAD = "0007"
"""The newest shape; a test holds it equal to Alembic's head."""


def version(store: database.Store) -> str | None:
    """The shape a store has; None for an empty database."""
    try:
        with store.reading() as tx:
            row = tx.one(statements.SCHEMA_VERSION)
    except errors.SchemaBehind:
        return None
    return None if row is None else str(row[0])


def require_current(store: database.Store) -> None:
    """Refuse a store of another shape, saying what to do."""
    found = version(store)
    if found is None:
        raise errors.SchemaBehind("this database is empty; run `fengxing db upgrade` first")
    if found > HEAD:
        raise errors.SchemaAhead(
            f"this database has shape {found}, newer than this program's {HEAD}; install the newer program, or restore a backup made before"
        )
    if found != HEAD:
        raise errors.SchemaBehind(f"this database has shape {found}, this program wants {HEAD}; back it up, then run `fengxing db upgrade`")


def upgrade(store: database.Store) -> str:
    """Apply what is missing, in one transaction each; returns the shape reached. A newer store is refused untouched."""
    import sqlalchemy
    from alembic import command, config

    found = version(store)
    if found is not None and found > HEAD:
        require_current(store)
    if found == HEAD:
        return HEAD
    url = (
        f"sqlite:///{store.path}"
        if store.path is not None
        else store.url.replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+psycopg://")
    )
    setup = config.Config()
    setup.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    try:
        with engine.begin() as connection:
            setup.attributes["connection"] = connection
            command.upgrade(setup, "head")
    except sqlalchemy.exc.OperationalError as exc:
        raise errors.StoreUnavailable(f"the database could not be upgraded: {exc.orig}; nothing was changed") from exc
    finally:
        engine.dispose()
    return HEAD
