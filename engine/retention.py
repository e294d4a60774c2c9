"""Forgetting: personal facts of cases that closed longer ago than the programme keeps them, and facts that say for themselves how long
they are kept (`kept`), photos and videos with their files. The chain stays whole: of what is personal it carries only salted digests, and
of photos the hashes; an entry of kind `erase` says that they are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import orjson

from engine import attachments, catalog, draft, facts, forgetting, requests
from sla import clocks
from storage import database, orchestration

BATCH = 500
"""Cases a transaction: the writer is not held for long."""
ERASE = "erase"
"""The kind, and the trigger, of the entry that erases."""


def erase(
    store: database.Store, known: catalog.Catalog, folder: Path, *, now: int, batch: int = BATCH, spare: int = 0
) -> dict[str, int]:  # fmt: skip
    """Erase what is due in every programme that says how long it keeps; facts erased, by programme. Safe to repeat.

    `folder` is the data folder with the files; one that was given anew within `spare` seconds waits for the next time."""
    with store.reading() as tx:
        known.refresh(tx)
        keeping = {name: _keeping(tx, known, name) for name in sorted(known.programmes)}
    erased: dict[str, int] = {}
    loose: set[str] = set()
    for name, town in sorted(known.programmes.items()):
        own, keep = keeping[name], town.live.programme.keep_personal
        if keep is None and not own:
            continue
        apart = sorted(f"{fact}@{compiled.id}" for compiled, each in own for fact in each if compiled.workflow.facts[fact].personal)
        erased[name] = 0
        if keep is not None:
            erased[name] += _personal(store, name, apart, loose, before=now - keep.micros, now=now, batch=batch, of=False)
        for compiled, each in own:
            for fact, kept in each.items():
                listed, before = [f"{fact}@{compiled.id}"], now - kept
                if compiled.workflow.facts[fact].personal:
                    erased[name] += _personal(store, name, listed, loose, before=before, now=now, batch=batch, of=True)
            plain = {fact: kept for fact, kept in each.items() if not compiled.workflow.facts[fact].personal}
            erased[name] += _files(store, known, compiled, plain, loose, folder=folder, now=now, batch=batch, spare=spare)
    if loose:
        forgetting.files(store, folder, loose)
    return erased


def _keeping(tx: database.Transaction, known: catalog.Catalog, name: str) -> list[tuple[catalog.Compiled, dict[str, int]]]:
    """The definitions of a programme in which facts say how long they are kept (µs after the end of a case)."""
    found = [known.pinned(tx, row[0]) for row in tx.all(orchestration.DEFINITIONS_KEEPING, (name,))]
    return [(one, {fact: about.kept.micros for fact, about in one.workflow.facts.items() if about.kept is not None}) for one in found]


def _personal(
    store: database.Store, name: str, listed: Sequence[str], loose: set[str], *, before: int, now: int, batch: int, of: bool
) -> int:  # fmt: skip
    """Erase personal facts of cases that closed before a moment: those `listed` (`of`), or all others."""
    due, files, erase_ = (
        (orchestration.PERSONAL_DUE_OF, orchestration.PERSONAL_FILES_OF, orchestration.PERSONAL_ERASE_OF)
        if of
        else (orchestration.PERSONAL_DUE, orchestration.PERSONAL_FILES, orchestration.PERSONAL_ERASE)
    )
    erased = 0
    while True:
        with store.writing() as tx:
            ids = [row[0] for row in tx.all(due, (name, before, tx.listed(listed), batch))]
            if ids:
                loose.update(d for row in tx.all(files, (tx.listed(ids), tx.listed(listed))) for d in facts.hashes(orjson.loads(row[0])))
                erased += tx.run(erase_, (now, tx.listed(ids), tx.listed(listed)))
        if len(ids) < batch:
            return erased


def _files(
    store: database.Store,
    known: catalog.Catalog,
    compiled: catalog.Compiled,
    kept: Mapping[str, int],
    loose: set[str],
    *,
    folder: Path,
    now: int,
    batch: int,
    spare: int,
) -> int:
    """Erase photos and videos of cases under a definition: each case's history says so."""
    erased, last = 0, 0
    while kept:
        with store.writing() as tx:
            rows = tx.all(orchestration.FILES_DUE, (compiled.id, now - min(kept.values()), last, batch))
            due = {row[0]: found for row in rows if (found := _due(kept, row[1], orjson.loads(row[2]), now))}
            waiting = {
                case for case, found in due.items() if any(_anew(folder, digest, spare) for each in found.values() for digest in each)
            }
            desk = draft.Batch(tx, known, now)
            desk.load(due.keys() - waiting)
            for case in desk.drafts.values():
                _say_so(desk, case, due[case.id])
                loose.update(digest for each in due[case.id].values() for digest in each)
                erased += len(due[case.id])
            if desk.changed:
                desk.flush()
        if len(rows) < batch:
            break
        last = rows[-1][0]
    return erased


def _due(kept: Mapping[str, int], closed: int, given: Mapping[str, object], now: int) -> dict[str, list[str]]:
    """The facts of a case whose time is over, each with the files that it names."""
    found = {name: facts.hashes(given[name]) for name, span in kept.items() if isinstance(given.get(name), list) and closed < now - span}
    return {name: hashes for name, hashes in found.items() if hashes}


def _anew(folder: Path, digest: str, spare: int) -> bool:
    return spare > 0 and attachments.younger(folder, digest, spare)


def _say_so(desk: draft.Batch, case: draft.Draft, gone: Iterable[str]) -> None:
    """The entry that erases: the facts' values give way to a mark, as if they had been given anew."""
    marks = {name: {facts.ERASED: True} for name in gone}
    at = max(desk.now, case.latest)
    effect = clocks.Effect(
        at=at, seq=case.length + 1, trigger=ERASE, kind=None, from_state=case.state, to_state=case.state, facts=marks
    )  # fmt: skip
    before = case.folds
    case.facts, case.facts_text = {**case.facts, **marks}, None
    case.folds = clocks.apply(case.compiled.plans, before, effect, case.facts, case.compiled.timelines)
    desk.rearm(case, before)
    entry = draft.Entry(
        kind=ERASE,
        at=at,
        trigger=ERASE,
        from_state=case.state,
        to_state=case.state,
        actor=requests.SYSTEM,
        facts=orjson.dumps(marks).decode(),
    )
    desk.append(case, entry)
