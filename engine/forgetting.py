"""Files that nobody names any more: which of the photos whose case has forgotten them may go, and their going.

The history names files by their hash, and another case may have been given the very same one: so all of it is asked first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

import orjson

from engine import attachments, facts
from storage import database, orchestration

PAGE = 2000
Namings = defaultdict[str, set[tuple[int, str]]]
"""Hash → the cases and facts that name it."""


def files(store: database.Store, folder: Path, loose: Collection[str]) -> int:
    """Remove the files that no case names any more; how many. What is named while this runs stays."""
    namings: Namings = defaultdict(set)
    with store.reading() as tx:
        head = int((tx.one(orchestration.ENTRY_HEAD) or (0,))[0] or 0)
        _read(tx, namings, loose, after=0, until=head)
    with store.writing() as tx:
        _read(tx, namings, loose, after=head, until=2**62)
        for case, _, fact, value in tx.all(orchestration.PERSONAL_NAMED):
            for digest in facts.hashes(orjson.loads(value)):
                if digest in loose:
                    namings[digest].add((case, fact))
        gone = sorted(digest for digest in loose if not namings[digest])
        tx.run(orchestration.FILES_FORGET, (tx.listed(gone),))
        # within the transaction: whoever stores the same picture anew notes it afterwards, and finds its file gone or there for good
        for digest in gone:
            attachments.remove(folder, digest)
    return len(gone)


def _read(tx: database.Transaction, namings: Namings, loose: Collection[str], *, after: int, until: int) -> None:
    while rows := tx.all(orchestration.FILES_NAMED, (after, until, PAGE)):
        for _, case, text in rows:
            _take(namings, loose, case, orjson.loads(text))
        after = rows[-1][0]


def _take(namings: Namings, loose: Collection[str], case: int, given: Mapping[str, object]) -> None:
    for fact, value in given.items():
        if isinstance(value, list):
            for digest in facts.hashes(value):
                if digest in loose:
                    namings[digest].add((case, fact))
        elif facts.is_erased(value):
            for named in namings.values():
                named.discard((case, fact))
