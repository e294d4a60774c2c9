"""Where the parts are put together: a store of the right shape, its time, its catalogue, and the door through which a process writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine import catalog, group, settings
from engine import now as times
from storage import database, errors, migrating


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Everything a use case needs, opened once per process."""

    settings: settings.Settings
    store: database.Store
    time: times.Time
    catalog: catalog.Catalog
    door: group.Group

    def close(self) -> None:
        self.store.close()


def open_engine(given: settings.Settings) -> Engine:
    """Open the store that the settings name. Raises SchemaBehind or SchemaAhead if it has another shape, StoreUnavailable if it cannot be opened."""
    store = database.Store(given.database_url)
    if store.path is not None and not store.path.exists():
        raise errors.SchemaBehind(f"{store.path}: no store there yet; run `fengxing db upgrade`")
    try:
        migrating.require_current(store)
        kept = times.of(store)
        known = catalog.Catalog()
        with store.reading() as tx:
            known.refresh(tx)
    except BaseException:
        store.close()
        raise
    return Engine(settings=given, store=store, time=kept, catalog=known, door=group.Group(store, known, kept))


@contextmanager
def opened(given: settings.Settings) -> Iterator[Engine]:
    engine = open_engine(given)
    try:
        yield engine
    finally:
        engine.close()
