"""The history as others need it: its rows, and each row as the effect that the clocks see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, cast

import orjson

from engine import catalog, requests
from sla import clocks
from storage import database, statements

CASE, SEQ, KIND, AT, RECORDED, TRIGGER, FROM, TO, ACTOR, FACTS, DETAIL, MARK, DIGEST = range(13)
"""The places of statements.HISTORY in a row."""


def reporter(opening: tuple[Any, ...]) -> str | None:
    """Who counts as having reported a case, by its first entry: who opened it, or whom the case that opened it named."""
    if opening[ACTOR] not in requests.RESERVED:
        return cast("str | None", opening[ACTOR])
    named = orjson.loads(opening[DETAIL]).get("reporter") if opening[DETAIL] else None
    return str(named) if named is not None else None


def rows(tx: database.Transaction, case_id: int) -> list[tuple[Any, ...]]:
    """All entries of a case, oldest first."""
    return tx.all(statements.HISTORY_OF, (case_id,))


def of(tx: database.Transaction, ids: Collection[int]) -> dict[int, list[tuple[Any, ...]]]:
    """The entries of several cases by the case's id, oldest first; of one that has none, an empty list."""
    found: dict[int, list[tuple[Any, ...]]] = {number: [] for number in ids}
    for row in tx.all(statements.HISTORY_MANY, (tx.listed(sorted(ids)),)):
        found[row[CASE]].append(row)
    return found


def effects(compiled: catalog.Compiled, entries: Iterable[tuple[Any, ...]]) -> Iterator[clocks.Effect]:
    """The entries as the clocks see them."""
    for row in entries:
        detail: dict[str, Any] = orjson.loads(row[DETAIL]) if row[DETAIL] else {}
        kind = row[KIND]
        rung = (detail["clock"], detail["round"], detail["rung"], detail["repeat"]) if kind == "rung" else None
        extension = detail.get("extension")
        yield clocks.Effect(
            at=row[AT],
            seq=row[SEQ],
            trigger=row[TRIGGER],
            kind=compiled.kinds.get(row[TRIGGER]) if kind == "move" else None,
            from_state=row[FROM],
            to_state=row[TO],
            facts=orjson.loads(row[FACTS]) if row[FACTS] != "{}" else {},
            acknowledged=detail["clock"] if kind == "acknowledge" else None,
            rung=rung,
            skipped=tuple((a, b) for a, b in detail.get("skipped", ())) if rung else (),
            extension=tuple(extension) if extension else None,
        )
