"""Putting a checked folder in force: its definitions by hash, its live part, its files verbatim. New cases use it, running ones keep theirs.

What is known of holidays and exceptions is live: where it changed, the timers of open cases are armed anew and the history says why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from config import programme as programmes
from engine import catalog, doorbell, draft, eras, errors, history, requests, scheduling
from sla import calendars
from storage import database, statements

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What came of it. `changed` is False if this very content was in force already; `rearmed` counts cases whose timers moved.

    `before` is the hash of what was in force until then, None if nothing was."""

    programme: str
    hash: str
    changed: bool
    rearmed: int
    before: str | None = None


def publish(
    store: database.Store,
    known: catalog.Catalog,
    whole: programmes.Programme,
    files: Mapping[str, str],
    *,
    now: int,
    author: str = requests.SYSTEM,
    reason: str = "loaded",
) -> Published:
    """Store and put in force, in one transaction; then re-arm what the calendars moved. Raises Invalid if another programme has its prefix.

    Who publishes at the same moment takes his turn. A person who publishes what is in force already stands for it from then on."""
    name, prefix = whole.programme.programme, whole.programme.prefix
    live = _text(programmes.live_of(whole))
    definitions = {flow: programmes.definition_of(whole, flow) for flow in whole.workflows}
    digest = digest_of(whole, files)
    with store.writing() as tx:
        turn = _turn(tx)
        known.refresh(tx)
        before = known.programmes.get(name)
        was = before.hash if before is not None else None
        calendar = fingerprint(whole)
        if before is not None and before.hash == digest and before.calendar == calendar:
            if author != requests.SYSTEM and not _stands(tx, digest, author, reason):
                _stand_for(tx, digest, author, reason, now, turn)
            return Published(programme=name, hash=digest, changed=False, rearmed=0, before=was)
        for other in known.programmes.values():
            theirs = other.live.programme
            if theirs.prefix == prefix and theirs.programme != name:
                raise errors.Invalid(
                    f"prefix {prefix} belongs to {theirs.programme}; give {name} another in programme.yaml",
                    f"编号前缀 {prefix} 已被 {theirs.programme} 使用；请在 {name} 的 programme.yaml 中换一个",
                )
        workflows = {flow: _define(tx, definition, now) for flow, definition in definitions.items()}
        row = tx.one(statements.BUNDLE_BY_HASH, (digest,))
        if row is None:
            values = (digest, name, prefix, live, orjson.dumps(dict(files)).decode(), orjson.dumps(workflows).decode(), author, reason, now)
            row = tx.one(statements.INSERT_BUNDLE, values)
        else:
            _stand_for(tx, digest, author, reason, now, turn)
        assert row is not None
        armed = scheduling.settle(tx, known, before, now=now) if before is not None else None
        moved = before is not None and before.calendar != calendar
        # the new calendar is noted only after all timers are armed by it: a crash in between repeats the work
        tx.run(statements.PUT_IN_FORCE, (name, prefix, row[0], before.calendar if before is not None else calendar, now))
        known.refresh(tx)
        scheduling.take_up(tx, before, known.of(name).live, now=now)
        if whole.schedules.schedules or armed is not None:
            doorbell.ring(tx, store)
    rearmed = rearm(store, known, name, now=now) if moved else 0
    if moved:
        with store.writing() as tx:
            _turn(tx)
            known.refresh(tx)
            if known.of(name).bundle == row[0]:  # else another was published meanwhile, and has armed all timers itself
                tx.run(statements.PUT_IN_FORCE, (name, prefix, row[0], calendar, now))
                known.refresh(tx)
    return Published(programme=name, hash=digest, changed=True, rearmed=rearmed, before=was)


def digest_of(whole: programmes.Programme, files: Mapping[str, str]) -> str:
    """The hash of a version: all that it means, and its files to the letter."""
    hashes = sorted(programmes.definition_of(whole, flow).hash() for flow in whole.workflows)
    content = orjson.dumps([_text(programmes.live_of(whole)), sorted(files.items()), hashes])
    return hashlib.sha256(content).hexdigest()


def _turn(tx: database.Transaction) -> int:
    """A number that two who publish never share; the second waits here for the first."""
    row = tx.one(statements.COUNT_UP, ("publish", 1))
    assert row is not None
    return int(row[0])


def _stand_for(tx: database.Transaction, digest: str, author: str, reason: str, now: int, turn: int) -> None:
    """Note who put a version in force that was stored before, and why."""
    note = {"hash": digest, "author": author, "reason": reason, "at": now}
    tx.run(statements.META_PUT, (f"publication:{turn:012d}", orjson.dumps(note).decode()))


def _stands(tx: database.Transaction, digest: str, author: str, reason: str) -> bool:
    """Whether the version in force is published by this author for this reason already."""
    notes = [orjson.loads(value) for (value,) in tx.all(statements.PUBLICATIONS)]
    last = next(((note["author"], note["reason"]) for note in reversed(notes) if note["hash"] == digest), None)
    return (author, reason) == (last or tx.one(statements.BUNDLE_AUTHOR, (digest,)))


def fingerprint(whole: programmes.Programme) -> str:
    """What is known of the holidays and exceptions of a programme's calendars."""
    if not any(c.holidays != "none" or c.days for c in whole.calendars.calendars.values()):
        return ""
    exceptions = {name: calendar.days for name, calendar in whole.calendars.calendars.items()}
    return calendars.Timelines(whole.calendars.calendars, whole.programme.time_zone, exceptions).fingerprint()


def rearm(store: database.Store, known: catalog.Catalog, name: str, *, now: int) -> int:
    """Derive clocks and timers of a programme's cases again, from their histories, now that the calendars know more.

    A case that this changes gets an entry that says what moved. May be stopped and begun again. Returns how many changed."""
    count, last = 0, -1
    while True:
        with store.writing() as tx:
            known.refresh(tx)
            ids = [row[0] for row in tx.all(statements.CASES_OF_AFTER, (name, last, CHUNK))]
            if not ids:
                return count
            last = ids[-1]
            batch = draft.Batch(tx, known, now)
            batch.load(ids)
            entries = history.of(tx, ids)
            count += sum(_derive(batch, case, entries[case.id]) for case in list(batch.drafts.values()))
            if batch.flush() is not None:
                doorbell.ring(tx, store)


def _derive(batch: draft.Batch, case: draft.Draft, entries: list[tuple[Any, ...]]) -> bool:
    """One case under what the calendars know now; True if anything moved."""
    before, kept = dict(case.timers), case.folds
    case.folds = eras.life(case, entries).folds()
    if not batch.rearm(case, None) and case.folds == kept:
        return False
    due = {name: [before.get(name, (None,))[0], case.timers.get(name, (None,))[0]] for name in {*before, *case.timers}}
    detail: dict[str, Any] = {"reason": "calendar", "moved": {name: pair for name, pair in due.items() if pair[0] != pair[1]}}
    batch.append(
        case,
        draft.Entry(
            kind="rearm",
            at=max(batch.now, case.latest),
            trigger="rearm",
            from_state=case.state,
            to_state=case.state,
            actor=requests.SYSTEM,
            detail=orjson.dumps(detail).decode(),
        ),
    )
    return True


def _define(tx: database.Transaction, definition: programmes.Definition, now: int) -> int:
    """The id of a definition, stored if its content is new."""
    digest = definition.hash()
    row = tx.one(statements.DEFINITION_BY_HASH, (digest,))
    if row is None:
        values = (digest, definition.programme, definition.workflow.workflow, definition.text(), now)
        row = tx.one(statements.INSERT_DEFINITION, values)
    assert row is not None
    return int(row[0])


def _text(live: programmes.Live) -> str:
    return live.model_dump_json(by_alias=True, exclude_defaults=True)
