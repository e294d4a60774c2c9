"""Proof of the ledger, for `verify`: every line is derived again from what the cases' entries say, corrections from their own chain.

A difference is told as (code, what), never mended here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from engine import awards, chain, draft, history
from storage import database
from storage import ledger as rows

Told = tuple[str, str]
SEQ, NTH, HOLDER, ACCOUNT, AMOUNT, DIGEST = (
    list(rows.POSTING).index(name) for name in ("seq", "nth", "holder", "account", "amount", "digest")
)
PROGRAMME, CASE = 0, 1
HEAD = "corrections:"
"""Before a programme's name: the key in `meta` of how many corrections it has, and the digest of the last."""


def stored(tx: database.Transaction, ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    """The lines of some cases, by the case's id."""
    found: dict[int, list[tuple[Any, ...]]] = {number: [] for number in ids}
    for row in tx.all(rows.POSTINGS_MANY, (tx.listed(list(ids)),)):
        found[row[CASE]].append(row)
    return found


def of_case(case: draft.Draft, entries: Iterable[tuple[Any, ...]], found: Sequence[tuple[Any, ...]]) -> Iterator[Told]:
    """What the case's entries say was posted against what is there, and what its row keeps of it."""
    standing: tuple[awards.Standing, ...] = ()
    owed: dict[tuple[int, int], tuple[Any, ...]] = {}
    for row in entries:
        if not row[history.DETAIL] or '"awarded"' not in row[history.DETAIL]:
            continue
        records = [awards.record(body) for body in orjson.loads(row[history.DETAIL]).get("awarded", ())]
        standing = awards.after(standing, row[history.SEQ], row[history.TRIGGER], records)
        made = awards.rows(
            programme=case.compiled.programme, case=case.id, seq=row[history.SEQ], trigger=row[history.TRIGGER], actor=row[history.ACTOR],
            at=row[history.AT], recorded=row[history.RECORDED], records=records,
        )  # fmt: skip
        owed |= {(line[SEQ], line[NTH]): line for line in made}
    there = {(row[SEQ], row[NTH]): tuple(row) for row in found}
    for key in owed.keys() - there.keys():
        yield "posting-removed", f"entry {key[0]}: {_line(owed[key])} is gone from the ledger"
    for key in there.keys() - owed.keys():
        yield "posting-added", f"entry {key[0]}: {_line(there[key])} was never posted by the history"
    for key in owed.keys() & there.keys():
        if owed[key] != there[key]:
            yield "posting-changed", f"entry {key[0]}: {_line(owed[key])} was posted, not {_line(there[key])} (or not so)"
    if standing != case.standing_awards:
        yield "case-differs", f"in the ledger: stored {_said(case.standing_awards)}, by its history {_said(standing)}"


def of_all(tx: database.Transaction) -> Iterator[Told]:
    """What no case answers for: lines of cases that do not exist, corrections, and that all of it comes to nothing."""
    for case_id, count in tx.all(rows.POSTINGS_STRAY):
        yield "stray-rows", f"{count} rows in postings for case {case_id}, which does not exist"
    heads = {key.removeprefix(HEAD): orjson.loads(value) for key, value in tx.all(rows.HEADS)}
    by_programme: dict[str, list[tuple[Any, ...]]] = {}
    for row in tx.all(rows.CORRECTIONS):
        by_programme.setdefault(row[PROGRAMME], []).append(row)
    for programme in sorted({*heads, *by_programme}):
        yield from _corrections(programme, by_programme.get(programme, []), heads.get(programme, [0, chain.START.hex()]))
    for programme, account, over in tx.all(rows.UNBALANCED):
        yield "ledger-unbalanced", f"{programme}: all lines of {account} come to {over}, not to nothing"


def _corrections(programme: str, found: Sequence[tuple[Any, ...]], kept: Sequence[Any]) -> Iterator[Told]:
    """The first place where the corrections of a programme are not those that were made."""
    head, place = chain.START, 0
    for row in found:
        if row[SEQ] not in (place, place + 1):
            yield "posting-removed", f"{programme}: correction {place + 1} is missing; {row[SEQ]} follows"
            return
        place = row[SEQ]
        head = chain.link(head, row[:DIGEST])
        if not isinstance(row[DIGEST], bytes | memoryview) or head != bytes(row[DIGEST]):
            yield "posting-changed", f"{programme}: correction {place} ({_line(row)}) is not what was written (or the one before it)"
            return
    count, digest = kept
    if place < count:
        yield "posting-removed", f"{programme}: {count} corrections were made, {place} are there; the last is gone"
    elif place > count:
        yield "posting-added", f"{programme}: {count} corrections were made, {place} are there"
    elif head.hex() != digest:
        yield "posting-changed", f"{programme}: the last correction is not the one that was made"


def _line(row: Sequence[Any]) -> str:
    return f"{row[AMOUNT]:+d} {row[ACCOUNT]} of {row[HOLDER]}"


def _said(standing: Sequence[awards.Standing]) -> str:
    return ", ".join(f"{each.record.kind} of entry {each.seq} to {each.record.who}" for each in standing) or "nothing"
