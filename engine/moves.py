"""The openings and moves of many cases, for whoever counts: the figures, the pictures' counts, what a simulation learns from."""

from __future__ import annotations

from collections.abc import Collection

from engine import courses, eras, history
from storage import database, figures


def of(tx: database.Transaction, ids: Collection[int], *, migrated: Collection[int]) -> dict[int, list[courses.Entry]]:
    """By the case's id, in the order in which things happened; of cases that were `migrated`, with the states by the names they have now."""
    found: dict[int, list[courses.Entry]] = {number: [] for number in ids}
    for case_id, *entry in tx.all(figures.MOVES, (tx.listed(sorted(ids)),)) if ids else ():
        found[case_id].append(courses.Entry(*entry))
    return found | {number: eras.moves_now(history.rows(tx, number)) for number in migrated}
