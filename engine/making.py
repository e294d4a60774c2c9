"""Making a store, or bringing one to this program's shape; perhaps with a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass

from engine import errors, settings
from engine import now as times
from storage import database, migrating, statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A store of the right shape. `before` is the shape it had, None if it was made; `clock` is real, scaled or virtual."""

    store: str
    before: str | None
    version: str
    clock: str


class HasCases(errors.EngineError):
    """Time cannot be taken from under cases that have lived in it."""

    code = "has-cases"

    def __init__(self, where: str, cases: int) -> None:
        super().__init__(
            f"{where} has {cases} cases already, so its clock cannot be set; use a new database (FENGXING_DATA_DIR or FENGXING_DATABASE_URL)",
            f"{where} 已有 {cases} 件案件，不能再设置虚拟时钟；请使用新的数据库（FENGXING_DATA_DIR 或 FENGXING_DATABASE_URL）",
        )


def upgrade(given: settings.Settings, *, virtual: int | None) -> Made:
    """Make the data folder and the store as needed, upgrade it, and set a virtual clock at `virtual` (UTC microseconds).

    Raises HasCases, SchemaAhead or StoreUnavailable; then nothing was changed."""
    store = database.Store(given.database_url)
    where = str(store.path) if store.path is not None else settings.masked(store.url)
    if store.path is not None:
        store.path.parent.mkdir(parents=True, exist_ok=True)
    given.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        before = migrating.version(store)
        if virtual is not None and before is not None:
            with store.reading() as tx:
                row = tx.one(statements.CASE_COUNT)
            if row is not None and row[0]:
                raise HasCases(where, row[0])
        version = migrating.upgrade(store)
        if virtual is not None:
            times.make_virtual(store, virtual)
        return Made(store=where, before=before, version=version, clock=times.of(store).mode)
    finally:
        store.close()
