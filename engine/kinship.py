"""Whether the cases to which a case belongs are those that its history names: for `verify`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from engine import draft, history, linking
from storage import database, links, statements

Rows = Sequence[tuple[Any, ...]]


class Stored(NamedTuple):
    """The rows of `links` by the linked case: (opener, name, open); and the ids of the cases that histories name, by number."""

    links: Mapping[int, Collection[tuple[int, str, int]]]
    ids: Mapping[str, int]


def stored(tx: database.Transaction, ids: Sequence[int], entries: Mapping[int, Rows]) -> Stored:
    found: dict[int, list[tuple[int, str, int]]] = {}
    for opener, name, case_id, open_ in tx.all(links.OF_CASES, (tx.listed(ids),)):
        found.setdefault(case_id, []).append((opener, name, open_))
    named = sorted({number for rows in entries.values() for number in _legible(rows)})
    known: dict[str, int] = dict(cast("list[tuple[str, int]]", tx.all(statements.IDS_BY_NUMBER, (tx.listed(named),)))) if named else {}
    return Stored(found, known)


def differing(case: draft.Draft, rows: Rows, kept: Stored) -> Iterator[tuple[str, str]]:
    """What does not fit, as (code, detail)."""
    owed = _belongs(rows)
    by_row = {(opener.number, opener.link) for opener in case.openers}
    if by_row != owed:
        yield "case-differs", f"belongs to: stored {_said(by_row)}, by its history {_said(owed)}"
    open_ = int(case.closed_at is None)
    wanted = {(kept.ids.get(number, -1), name, open_) for number, name in owed}
    there = set(kept.links.get(case.id, ()))
    for opener, name, state in sorted(wanted - there):
        yield "link-missing", f"the link {name} from case {opener} (open: {bool(state)}) is not stored"
    for opener, name, state in sorted(there - wanted):
        yield "link-extra", f"the link {name} from case {opener} (open: {bool(state)}) is stored, but not in the history"
    for number in _named(rows):
        if number not in kept.ids:
            yield "case-removed", f"{number}, which the history names, is not there"
    drawn = linking.drawn(case.compiled, case.number) if not case.earlier else {}
    given = orjson.loads(rows[0][history.FACTS])
    for name, value in drawn.items():
        if given.get(name) != value:
            yield "draw-differs", f"{name}: entry 1 says {given.get(name)}, the draw of this number is {value}"


def _belongs(rows: Rows) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for detail in _details(rows):
        if "opener" in detail:
            found.add((detail["opener"][0], detail["opener"][1]))
        found |= {(number, name) for name, number in detail.get("joined", ())}
        found -= {(number, name) for name, number in detail.get("cut", ())}
    return found


def _legible(rows: Rows) -> list[str]:
    """The same as `_named`; nothing where an entry cannot be read, which is for the chain to say."""
    try:
        return list(_named(rows))
    except (orjson.JSONDecodeError, TypeError, ValueError, LookupError, AttributeError):
        return []


def _named(rows: Rows) -> Iterable[str]:
    for detail in _details(rows):
        if "opener" in detail:
            yield detail["opener"][0]
        for key in ("opened", "joined", "cut"):
            yield from (number for _, number in detail.get(key, ()))


def _details(rows: Rows) -> Iterator[dict[str, Any]]:
    return (orjson.loads(row[history.DETAIL]) for row in rows if row[history.DETAIL] and row[history.KIND] in ("open", "move"))


def _said(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{number} ({name})" for number, name in sorted(pairs)) or "none"
