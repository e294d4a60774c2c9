"""Forgetting: personal facts of cases that closed longer ago than the programme keeps them. The chain stays whole, for history
carries only their salted digests."""

from __future__ import annotations

from engine import catalog
from storage import database, orchestration

BATCH = 500
"""Cases a transaction: the writer is not held for long."""


def erase(store: database.Store, known: catalog.Catalog, *, now: int, batch: int = BATCH) -> dict[str, int]:
    """Erase what is due in every programme that says how long it keeps; facts erased, by programme. Safe to repeat."""
    with store.reading() as tx:
        known.refresh(tx)
    erased: dict[str, int] = {}
    for name, town in sorted(known.programmes.items()):
        keep = town.live.programme.keep_personal
        if keep is None:
            continue
        erased[name] = 0
        while True:
            with store.writing() as tx:
                ids = [row[0] for row in tx.all(orchestration.PERSONAL_DUE, (name, now - keep.micros, batch))]
                if ids:
                    erased[name] += tx.run(orchestration.PERSONAL_ERASE, (now, tx.listed(ids)))
            if len(ids) < batch:
                break
    return erased
