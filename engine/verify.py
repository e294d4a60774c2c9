"""Proof that nothing was lost or altered: the chain, the timers that open cases owe, the messages that the history says were told, the photos.

Everything is derived again from the history and compared with what is stored; a difference is a finding, never mended here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from config import programme
from engine import (
    answers,
    asking,
    attachments,
    catalog,
    chain,
    draft,
    eras,
    facts,
    history,
    kinship,
    outcomes,
    placing,
    reconciling,
    retention,
)
from engine import now as times
from engine.suggesting import training
from notifications import compose
from sla import clocks, ladders
from storage import database, occurring, statements, suggesting
from storage import figures as figured

CHUNK = 500
UNIT = list(statements.CASE).index("unit")
"""Where a case row keeps its unit, by which lists are drawn up; the rest of the engine asks the facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be. `case` is the public number, None where no case is concerned."""

    code: str
    case: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    cases: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What the store holds of some cases beside their rows."""

    history: dict[int, list[tuple[Any, ...]]]
    timers: dict[int, dict[str, tuple[int, int, int, int, int]]]
    messages: dict[int, dict[tuple[int, str, str], str]]
    personal: dict[int, dict[tuple[int, str], tuple[str | None, str | None]]]
    named: dict[int, dict[str, tuple[int, str]]]
    """The photos and videos of each case: hash → the entry and the fact that named it first."""
    media: dict[str, str]
    """What of these is in the table of files."""
    occurrences: dict[int, list[tuple[str, int, str]]]
    """What schedules are recorded to have opened: schedule, moment, row."""
    answers: dict[int, list[answers.Answer]]
    """Who was asked, and what he said."""
    unproven: dict[int, list[tuple[int, str, str, str]]]
    """Messages that stand in a state of which the delivery leaves traces, without them: entry, recipient, channel, state."""
    kin: kinship.Stored
    postings: dict[int, list[tuple[Any, ...]]]
    places: dict[int, tuple[Any, ...]]
    outcomes: dict[int, outcomes.Outcome]
    """What is remembered of cases that are over."""
    ever: Mapping[str, list[_Ever]]
    """What each programme said in any of its versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ever:
    """What one version of a programme says that cases take from it while it is in force."""

    prefix: str
    urgent: Mapping[str, Sequence[str]]


def verify(
    store: database.Store, known: catalog.Catalog, folder: Path, *, only: Sequence[int] | None = None, progress: Callable[[int, int], None] | None = None
) -> Report:  # fmt: skip
    """Check every case (or those in `only`); `progress(done, of)` is called as it goes. Reads one consistent view."""
    findings: list[Finding] = []
    count = 0
    with store.reading(consistent=True, lenient=True) as tx:
        known.refresh(tx)
        total = int((tx.one(statements.CASE_COUNT) or (0,))[0])
        wrong = {} if only is not None else dict(_wrong(folder, _all_files(tx)))
        carried: set[str] = set()
        ever = _ever(tx)
        for rows in _chunks(tx, only):
            ids = [row[0] for row in rows]
            stored = _stored(tx, ids, ever)
            if only is not None:
                wrong |= _wrong(folder, stored.media.items())
            for row in rows:
                findings += _case(tx, known, row, stored)
                findings += _files(str(row[1]), stored.named[row[0]], stored.media, wrong)
                carried |= stored.named[row[0]].keys() & wrong.keys()
            count += len(rows)
            if progress is not None:
                progress(count, total)
        if only is None:
            findings += _strays(tx)
            findings += (Finding(code=code, case=None, detail=detail) for code, detail in reconciling.of_all(tx))
            findings += (Finding(code="learned-changed", case=None, detail=detail) for detail in training.altered(tx))
            findings += (Finding(code="photo-changed", case=None, detail=wrong[digest]) for digest in wrong if digest not in carried)
    return Report(cases=count, findings=tuple(findings))


def _chunks(tx: database.Transaction, only: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
    if only is not None:
        for at in range(0, len(only), CHUNK):
            yield tx.all(statements.CASES_PEEK, (tx.listed(only[at : at + CHUNK]),))
        return
    last = -1
    while rows := tx.all(statements.CASES_AFTER, (last, CHUNK)):
        yield rows
        last = rows[-1][0]


def _stored(tx: database.Transaction, ids: list[int], ever: Mapping[str, list[_Ever]]) -> _Stored:
    listed = (tx.listed(ids),)
    entries = history.of(tx, ids)
    stored = _Stored(
        history=entries,
        kin=kinship.stored(tx, ids, entries),
        timers={i: {} for i in ids},
        messages={i: {} for i in ids},
        personal={i: {} for i in ids},
        named={},
        media={},
        occurrences={i: [] for i in ids},
        answers=answers.many(tx, ids),
        unproven={i: [] for i in ids},
        postings=reconciling.stored(tx, ids),
        places={row[0]: row for row in tx.all(suggesting.PLACES_MANY, listed)},
        outcomes={row[0]: outcomes.Outcome._make(row) for row in tx.all(figured.OUTCOMES_OF, listed)},
        ever=ever,
    )
    for case_id, schedule, moment, entry in tx.all(occurring.OF_CASES, listed):
        stored.occurrences[case_id].append((schedule, moment, entry))
    for case_id, clock, *timer in tx.all(statements.TIMERS_MANY, listed):
        stored.timers[case_id][clock] = (timer[0], timer[1], timer[2], timer[3], timer[4])
    for case_id, seq, recipient, channel, template in tx.all(statements.MESSAGES_TOLD, listed):
        stored.messages[case_id][seq, recipient, channel] = template
    for case_id, seq, recipient, channel, state in tx.all(statements.MESSAGES_UNPROVEN, listed):
        stored.unproven[case_id].append((seq, recipient, channel, state))
    for case_id, seq, fact, salt, value in tx.all(statements.PERSONAL_MANY, listed):
        stored.personal[case_id][seq, fact] = (salt, value)
    stored.named.update((i, _named(stored.history[i], stored.personal[i])) for i in ids)
    digests = sorted({digest for named in stored.named.values() for digest in named})
    if digests:
        stored.media.update((digest, media) for digest, media in tx.all(statements.ATTACHMENTS_MANY, (tx.listed(digests),)))
    return stored


def _ever(tx: database.Transaction) -> dict[str, list[_Ever]]:
    found: dict[str, list[_Ever]] = {}
    for name, prefix, live in tx.all(statements.BUNDLES_EVER):
        urgent = programme.Live.model_validate_json(live).programme.urgent
        found.setdefault(name, []).append(_Ever(prefix=prefix, urgent=urgent))
    return found


def _named(entries: list[tuple[Any, ...]], personal: dict[tuple[int, str], tuple[str | None, str | None]]) -> dict[str, tuple[int, str]]:
    """Hash → the entry and the fact that named it first. Only photos and videos are kept as lists; what cannot be read is for the chain to say."""
    named: dict[str, tuple[int, str]] = {}
    for row in entries:
        if row[history.KIND] == retention.ERASE:
            with contextlib.suppress(orjson.JSONDecodeError, AttributeError):
                gone = orjson.loads(row[history.FACTS]).keys()  # what was given before and is erased need not be there
                named = {digest: place for digest, place in named.items() if place[1] not in gone}
        elif '["' in row[history.FACTS]:
            with contextlib.suppress(orjson.JSONDecodeError, AttributeError):
                for name, value in orjson.loads(row[history.FACTS]).items():
                    for digest in facts.hashes(value) if isinstance(value, list) else ():
                        named.setdefault(digest, (row[history.SEQ], name))
    for place, (_, text) in personal.items():
        if text is not None and text.startswith("["):
            with contextlib.suppress(orjson.JSONDecodeError):
                for digest in facts.hashes(orjson.loads(text)):
                    named.setdefault(digest, place)
    return named


def _case(tx: database.Transaction, known: catalog.Catalog, row: tuple[Any, ...], stored: _Stored) -> Iterator[Finding]:
    try:
        case = draft.read(row, known, tx)
    except Exception as exc:
        yield Finding(code="case-unreadable", case=str(row[1]), detail=f"{type(exc).__name__}: {exc}")
        return
    entries = stored.history[case.id]
    broken = list(_chain(case, entries))
    yield from broken
    if broken:
        return
    astray = eras.astray(case, entries)
    if astray is not None:
        yield Finding(code="definition-differs", case=case.number, detail=astray)
        return
    yield from _told(case, entries, stored.messages[case.id])
    for seq, recipient, channel, state in stored.unproven[case.id]:
        yield Finding(
            code="message-unproven",
            case=case.number,
            detail=f"entry {seq}: the {channel} to {recipient} is {state}, but bears no trace of how it came to be so",
        )
    yield from _occurred(case, entries, stored.occurrences[case.id])
    yield from _personal(case, entries, stored.personal[case.id])
    for code, detail in reconciling.of_case(case, entries, stored.postings[case.id]):
        yield Finding(code=code, case=case.number, detail=detail)
    yield from _answers(case, entries, stored.answers.get(case.id, []))
    if row[UNIT] != case.unit:
        yield Finding(code="case-differs", case=case.number, detail=f"unit: stored {row[UNIT]}, by its facts {case.unit}")
    yield from _of_programme(case, stored.ever.get(case.compiled.programme, []))
    for code, detail in kinship.differing(case, entries, stored.kin):
        yield Finding(code=code, case=case.number, detail=detail)
    yield from _derived(case, entries, stored.timers[case.id])
    for code, detail in placing.astray(case, stored.places.get(case.id)):
        yield Finding(code=code, case=case.number, detail=detail)
    if case.id in stored.outcomes:
        yield from _outcome(tx, known, case, entries, stored.outcomes[case.id])


def _of_programme(case: draft.Draft, ever: Sequence[_Ever]) -> Iterator[Finding]:
    """The number, and whether it is urgent: by any version of the programme, for which was in force then is not written down."""
    day = times.local(case.opened_at, eras.compiled_at(case, 1).zone).strftime("%Y%m%d")
    prefix, date, serial = ["", "", "", *case.number.rsplit("-", 2)][-3:]
    if prefix not in {one.prefix for one in ever} or date != day or not serial.isdigit():
        yield Finding(code="case-differs", case=case.number, detail=f"number: not one that {case.compiled.programme} gave on {day}")
    if case.urgent not in {compose.urgent_by(one.urgent, case.facts) for one in ever}:
        yield Finding(code="case-differs", case=case.number, detail=f"urgent: stored {case.urgent}, by its facts {not case.urgent}")


def _chain(case: draft.Draft, entries: list[tuple[Any, ...]]) -> Iterator[Finding]:
    """The first place where the history is not the one that was written."""
    head = chain.START
    for place, row in enumerate(entries, 1):
        if row[history.SEQ] != place:
            yield Finding(code="entry-removed", case=case.number, detail=f"entry {place} is missing; {row[history.SEQ]} follows")
            return
        head = chain.link(head, row[: len(chain.COLUMNS)])
        if isinstance(row[history.DIGEST], str) or head != bytes(row[history.DIGEST]):
            yield Finding(code="entry-changed", case=case.number, detail=f"entry {place} is not what was written (or the one before it)")
            return
    if len(entries) < case.length:
        yield Finding(
            code="entry-removed", case=case.number, detail=f"{case.length} entries were written, {len(entries)} are there; the last is gone"
        )
    elif len(entries) > case.length:
        yield Finding(code="entry-added", case=case.number, detail=f"{case.length} entries were written, {len(entries)} are there")
    elif head != case.head:
        yield Finding(code="entry-changed", case=case.number, detail="the case's head digest is not that of its last entry")


def _told(case: draft.Draft, entries: list[tuple[Any, ...]], messages: dict[tuple[int, str, str], str]) -> Iterator[Finding]:
    owed: dict[tuple[int, str, str], str] = {}
    for row in entries:
        if row[history.DETAIL]:
            for recipient, channel, template in orjson.loads(row[history.DETAIL]).get("told", ()):
                owed[row[history.SEQ], recipient, channel] = template
    for seq, recipient, channel in owed.keys() - messages.keys():
        yield Finding(code="message-removed", case=case.number, detail=f"entry {seq}: the {channel} to {recipient} is gone from the outbox")
    for seq, recipient, channel in messages.keys() - owed.keys():
        yield Finding(
            code="message-added", case=case.number, detail=f"entry {seq}: the {channel} to {recipient} was never told by the history"
        )
    for key in owed.keys() & messages.keys():
        if owed[key] != messages[key]:
            yield Finding(
                code="message-changed",
                case=case.number,
                detail=f"entry {key[0]}: {key[1]} was to hear `{owed[key]}`, not `{messages[key]}`",
            )


def _occurred(case: draft.Draft, entries: list[tuple[Any, ...]], recorded: Sequence[tuple[str, int, str]]) -> Iterator[Finding]:
    """What opened the case, by its first entry and by the records of schedules."""
    kept = orjson.loads(entries[0][history.DETAIL] or "{}").get("schedule")
    told = {(kept["name"], kept["moment"], kept["entry"])} if kept is not None else set[tuple[str, int, str]]()
    for name, moment, entry in told - set(recorded):
        what = f"{name} opened it for {entry or 'no row'} at {times.written(moment, case.compiled.zone)}"
        yield Finding(code="occurrence-removed", case=case.number, detail=f"{what}; the record of that is gone")
    for name, moment, entry in set(recorded) - told:
        what = f"{name} is recorded to have opened it for {entry or 'no row'} at {times.written(moment, case.compiled.zone)}"
        yield Finding(code="occurrence-added", case=case.number, detail=f"{what}; its history does not say so")


def _personal(
    case: draft.Draft, entries: list[tuple[Any, ...]], kept: dict[tuple[int, str], tuple[str | None, str | None]]
) -> Iterator[Finding]:
    for row in entries:
        for name, value in orjson.loads(row[history.FACTS]).items():
            if not isinstance(value, dict) or facts.PERSONAL not in value:
                continue
            found = kept.get((row[history.SEQ], name))
            if found is None:
                yield Finding(
                    code="personal-removed", case=case.number, detail=f"entry {row[history.SEQ]}: {name} is gone, though it was not erased"
                )
            elif found[0] is not None and found[1] is not None and facts.seal(found[0], found[1]) != value[facts.PERSONAL]:
                yield Finding(code="personal-changed", case=case.number, detail=f"entry {row[history.SEQ]}: {name} is not what was written")


def _answers(case: draft.Draft, entries: list[tuple[Any, ...]], kept: Sequence[answers.Answer]) -> Iterator[Finding]:
    """Who was asked and what he said, by the history and by the table."""
    owed: dict[tuple[int, str], tuple[Any, ...]] = {}
    for row in entries:
        if row[history.KIND] == asking.ASK:
            detail = orjson.loads(row[history.DETAIL])
            for who in detail["asked"]:
                owed[detail["round"], who] = (row[history.SEQ], row[history.AT], detail["until"], None, None, None)
        elif row[history.KIND] == asking.ANSWER:
            detail = orjson.loads(row[history.DETAIL])
            place = (detail["round"], detail["recipient"])
            owed[place] = (*owed.get(place, (None,) * 3)[:3], detail["answer"], row[history.AT], row[history.SEQ])
    found = {(each.round, each.recipient): tuple(each[3:]) for each in kept}
    for round_, who in sorted(owed.keys() | found.keys()):
        there, derived = found.get((round_, who)), owed.get((round_, who))
        if there != derived:
            code = "answer-removed" if there is None else "answer-added" if derived is None else "answer-changed"
            yield Finding(code=code, case=case.number, detail=f"round {round_}, {who}: stored {there}, by its history {derived}")


def _derived(case: draft.Draft, entries: list[tuple[Any, ...]], timers: dict[str, tuple[int, int, int, int, int]]) -> Iterator[Finding]:
    """State, facts, folds and timers, derived again from the whole history."""
    effects = sorted(history.effects(case.compiled, entries), key=lambda e: (e.at, e.seq))
    state = max(effects, key=lambda e: e.seq if e.from_state != e.to_state else -1).to_state
    if state != case.state:
        yield Finding(code="state-differs", case=case.number, detail=f"the case says {case.state}, its history {state}")
    known: dict[str, Any] = {}
    for effect in effects:
        known.update(effect.facts)
    if known != case.facts:
        differing = sorted(n for n in {*known, *case.facts} if known.get(n) != case.facts.get(n))
        yield Finding(code="facts-differ", case=case.number, detail=f"not as in the history: {', '.join(differing)}")
    yield from _row(case, entries)
    folds = eras.life(case, entries).folds()
    for name in sorted({*folds, *case.folds}):
        there, derived = case.folds.get(name), folds.get(name)
        if (there.to_json() if there else None) != (derived.to_json() if derived else None):
            yield Finding(code="clock-differs", case=case.number, detail=f"{name}: stored {_short(there)}, derived {_short(derived)}")
    yield from _timers(case, folds, timers)


def _outcome(
    tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, entries: Sequence[tuple[Any, ...]], kept: outcomes.Outcome
) -> Iterator[Finding]:  # fmt: skip
    """What the figures remember of a case equals what `reckon` says of it; what they hold for void they do not use."""
    reader = outcomes.Reader(known)
    if kept.length in (0, case.length) and kept.basis != reader.basis(case.compiled):
        return
    if kept.length not in (0, case.length) and (kept.length > case.length or case.id not in outcomes.unremembered(tx)):
        yield Finding(code="outcome-differs", case=case.number, detail=f"it is of {kept.length} entries, the case has {case.length}")
    if kept.length != case.length:
        return
    derived, over = reader.outcome(case, eras.moves_now(entries), eras.life(case, entries).folds(), now=case.latest)
    differing = [name for name, one, other in zip(kept._fields, kept, derived, strict=True) if one != other]
    if differing or not over:
        said = f"not as reckoned: {', '.join(differing)}" if differing else "it is remembered as over, but is not"
        yield Finding(code="outcome-differs", case=case.number, detail=said)


def _row(case: draft.Draft, entries: list[tuple[Any, ...]]) -> Iterator[Finding]:
    """What the case's row keeps beside state and facts: who reported it, since when it is open, changed and closed, who did what how often."""
    changes = eras.changes(case, entries)
    last, counts = eras.who_did_what(case.compiled, entries)
    kept: dict[str, tuple[object, object]] = {
        "version": (case.version, changes.version),
        "reporter": (case.reporter, history.reporter(entries[0])),
        "opened_at": (case.opened_at, entries[0][history.AT]),
        "changed_at": (case.changed_at, changes.changed_at),
        "closed_at": (case.closed_at, changes.closed_at),
        "who did what": (case.last, last),
        "how often": (case.counts, counts),
    }
    for name, (stored, derived) in kept.items():
        if stored != derived:
            yield Finding(code="case-differs", case=case.number, detail=f"{name}: stored {stored}, by its history {derived}")


def _short(fold: clocks.ClockFold | None) -> str:
    return "nothing" if fold is None else orjson.dumps(fold.to_json()).decode()


def _timers(case: draft.Draft, folds: dict[str, clocks.ClockFold], timers: dict[str, tuple[int, int, int, int, int]]) -> Iterator[Finding]:
    for name in sorted({*folds, *timers}):
        owed = ladders.owed(case.compiled.plans[name], folds[name], case.compiled.timelines) if name in folds else None
        armed = timers.get(name)
        if owed is None and armed is not None:
            yield Finding(code="timer-extra", case=case.number, detail=f"{name}: rung {armed[2] + 1} is armed, nothing is owed")
        elif owed is not None and armed is None:
            yield Finding(
                code="timer-missing", case=case.number, detail=f"{name}: rung {owed.rung + 1} is owed at {owed.due}, nothing is armed"
            )
        elif owed is not None and armed is not None and armed[:4] != (owed.due, folds[name].round, owed.rung, owed.repeat):
            want = (owed.due, folds[name].round, owed.rung, owed.repeat)
            yield Finding(code="timer-wrong", case=case.number, detail=f"{name}: armed {armed[:4]}, owed {want} (due, round, rung, repeat)")


def _strays(tx: database.Transaction) -> Iterator[Finding]:
    for table, statement in statements.STRAYS.items():
        for case_id, count in tx.all(statement):
            yield Finding(code="stray-rows", case=None, detail=f"{count} rows in {table} for case {case_id}, which does not exist")


def _all_files(tx: database.Transaction) -> Iterator[tuple[str, str]]:
    last = ""
    while rows := tx.all(statements.ATTACHMENTS_AFTER, (last, CHUNK)):
        yield from ((digest, media) for digest, media in rows)
        last = rows[-1][0]


def _wrong(folder: Path, files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The files that are not what was stored, each with what is wrong."""
    for digest, media in files:
        problem = attachments.problem(folder, digest, media)
        if problem is not None:
            yield digest, problem


def _files(number: str, named: Mapping[str, tuple[int, str]], media: Mapping[str, str], wrong: Mapping[str, str]) -> Iterator[Finding]:
    """What a case shows as evidence: known to the store, and on disk what it was."""
    for digest, (seq, name) in named.items():
        if digest not in media:
            yield Finding(
                code="photo-removed", case=number, detail=f"entry {seq}: {name} names {digest}, which is not among the stored files"
            )
        elif digest in wrong:
            yield Finding(code="photo-changed", case=number, detail=f"entry {seq}: {name}: {wrong[digest]}")
