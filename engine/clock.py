"""The clock: sleeps until the earliest timer is due, claims what is due in batches, fires each rung exactly once, arms the next.

Batches adapt so that the store's one writer is never held for long; whatever else wants to write gets its turn in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine import catalog, doorbell, draft, errors, moving, rungs, scheduling
from engine import now as times
from storage import database, statements
from storage import errors as storage_errors

logger = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.02, 0.05
"""Seconds a batch should hold the writer: below the first the next one is larger, above the second smaller."""
LEAST, MOST = 50, 5000
POSTPONED = 300_000_000
"""Microseconds by which the timer of a case that cannot be handled is put off."""
QUIET = 2.0
"""Real seconds without a timer in which the log may be tidied up."""
HEARTBEAT = "heartbeat"
HEARTBEAT_EVERY = 30.0


@dataclass(slots=True)
class Pace:
    """How many timers a batch claims."""

    size: int = 200

    def learn(self, seconds: float, claimed: int) -> None:
        if seconds > LONGEST:
            self.size = max(LEAST, self.size // 2)
        elif seconds < SHORTEST and claimed >= self.size:
            self.size = min(MOST, self.size * 2)


SOON = int(doorbell.POLL * 1e6)


def fire_due(
    store: database.Store, known: catalog.Catalog, *, now: int, limit: int = 1000, soon: int = SOON
) -> tuple[list[rungs.Fired], int]:
    """Fire what is due, at most `limit` timers, in one transaction; returns what fired and how many timers were claimed.

    Other clocks are rung if something was armed within `soon` (what passes of the store's time while they sleep at most). A case that cannot be handled (a bug, a damaged row) does not stop the others: it is put off and said aloud."""
    try:
        return _fire(store, known, now=now, limit=limit, soon=soon)
    except storage_errors.StorageError:
        raise
    except Exception:
        logger.exception("a batch of timers failed; going through it one by one", extra={"now": now})
        return _one_by_one(store, known, now=now, limit=limit)


def _fire(
    store: database.Store, known: catalog.Catalog, *, now: int, limit: int, soon: int = SOON, only: tuple[int, str] | None = None
) -> tuple[list[rungs.Fired], int]:
    with store.writing() as tx:
        fired, claimed, earliest = fire_in(tx, known, now=now, limit=limit, only=only)
        if earliest is not None and earliest <= now + soon:
            doorbell.ring(tx, store)
        return fired, claimed


def fire_in(
    tx: database.Transaction, known: catalog.Catalog, *, now: int, limit: int, only: tuple[int, str] | None = None
) -> tuple[list[rungs.Fired], int, int | None]:
    """Fire what is due (or that one clock of a case) inside the caller's transaction: what fired, how many timers were claimed,
    and the earliest due of those armed."""
    due = [only] if only is not None else [(c, n) for c, n in tx.all(statements.TIMERS_DUE, (now, limit))]
    if not due:
        return [], 0, None
    known.refresh(tx)
    batch = draft.Batch(tx, known, now)
    batch.load((case_id for case_id, _ in due), statements.CASES_FREE)
    fired: list[rungs.Fired] = []
    claimed = 0
    missing: list[tuple[int, str]] = []
    idle: list[tuple[draft.Draft, str]] = []
    for case_id, clock in due:
        case = batch.drafts.get(case_id)
        if case is None:
            missing.append((case_id, clock))
            continue
        claimed += 1
        fired += moving.fire(batch, case, clock)
        if (case_id, clock) not in batch.armed:
            idle.append((case, clock))
    if idle:
        _correct(batch, idle, now)
    claimed += _put_off_strays(tx, missing, now) if missing else 0
    return fired, claimed, batch.flush()


def _put_off_strays(tx: database.Transaction, missing: list[tuple[int, str]], now: int) -> int:
    """Of timers whose case was not to be had: those in another engine's hands are left to it, those of no case at all would keep
    the clock awake for ever. They stay, for `verify` to find."""
    there = {row[0] for row in tx.all(statements.CASES_PEEK, (tx.listed(sorted({case_id for case_id, _ in missing})),))}
    strays = [(case_id, clock) for case_id, clock in missing if case_id not in there]
    for case_id, clock in strays:
        logger.error("a timer belongs to no case; it is put off", extra={"case": case_id, "clock": clock})
        tx.run(statements.POSTPONE_TIMER, (now + POSTPONED, case_id, clock))
    return len(strays)


def _correct(batch: draft.Batch, idle: list[tuple[draft.Draft, str]], now: int) -> None:
    """Timers that were due but owed nothing: another engine was faster, or the row disagrees with its case. The case is right."""
    ids = sorted({case.id for case, _ in idle})
    armed = {(row[0], row[1]): row[2:] for row in batch.tx.all(statements.TIMERS_MANY, (batch.tx.listed(ids),))}
    for case, clock in idle:
        timer = case.timers.get(clock)
        if timer is not None and timer[0] <= now:
            logger.error("a due timer fired nothing; it is put off", extra={"case": case.number, "clock": clock, "due": timer[0]})
            batch.armed[case.id, clock] = (now + POSTPONED, *timer[1:])
        elif armed.get((case.id, clock)) != timer:
            logger.warning("a timer that its case does not owe was corrected", extra={"case": case.number, "clock": clock})
            batch.armed[case.id, clock] = timer


def _one_by_one(store: database.Store, known: catalog.Catalog, *, now: int, limit: int) -> tuple[list[rungs.Fired], int]:
    with store.reading() as tx:
        due = [(c, n) for c, n in tx.all(statements.TIMERS_DUE, (now, limit))]
    fired: list[rungs.Fired] = []
    for case_id, clock in due:
        try:
            fired += _fire(store, known, now=now, limit=1, only=(case_id, clock))[0]
        except storage_errors.StorageError:
            raise
        except Exception:
            logger.exception("this case's timer cannot be handled; put off by five minutes", extra={"case": case_id, "clock": clock})
            with store.writing() as tx:
                tx.run(statements.POSTPONE_TIMER, (now + POSTPONED, case_id, clock))
    return fired, len(due)


def next_due(store: database.Store) -> int | None:
    """When the earliest timer is due (UTC microseconds)."""
    with store.reading() as tx:
        row = tx.one(statements.NEXT_DUE)
    return None if row is None or row[0] is None else int(row[0])


@dataclass(slots=True)
class Clock:
    """The running loop of one process. `heard` is told what fired, `opened` what schedules opened or skipped, after the commit."""

    store: database.Store
    catalog: catalog.Catalog
    time: times.Time
    bell: doorbell.Bell
    heard: Callable[[Sequence[rungs.Fired]], None] | None = None
    opened: Callable[[Sequence[scheduling.Occurred]], None] | None = None
    stopping: bool = False
    pace: Pace = field(default_factory=Pace)
    agenda: scheduling.Agenda = field(init=False)
    _beaten: float = -1e9

    def __post_init__(self) -> None:
        self.agenda = scheduling.Agenda(self.catalog)

    def run(self) -> None:
        """Until `stop`. A store that is away is waited for, with a word in the log; nothing is forgotten meanwhile."""
        waited = 0.1
        while not self.stopping:
            try:
                self._turn()
                waited = 0.1
            except storage_errors.StorageError as exc:
                logger.warning("the store cannot be used just now; trying again", extra={"reason": str(exc), "seconds": waited})
                self.bell.wait(waited)
                waited = min(waited * 2, 5.0)

    def stop(self) -> None:
        """Safe in a signal handler: the loop ends after the batch in hand."""
        self.stopping = True
        self.bell.wake()

    def _turn(self) -> None:
        self._beat()
        due = next_due(self.store)
        now = self.time.now()
        if due is None or due > now or self.agenda.stale:
            self.agenda.look(self.store)
        coming = self.agenda.coming
        if coming is not None and coming <= now and (due is None or coming <= due):
            self._open_due(now)
            return
        if due is None or due > now:
            due = coming if due is None or (coming is not None and coming < due) else due
            span = doorbell.POLL if due is None else min(doorbell.POLL, self.time.wait_of(due - now))
            if span > QUIET:
                self.store.tidy()
                span = min(span, self.time.wait_of(max(0, due - self.time.now()))) if due is not None else span
            self.bell.wait(span)
            return
        begun = time.monotonic()
        fired, claimed = fire_due(self.store, self.catalog, now=now, limit=self.pace.size, soon=self.time.span_of(doorbell.POLL))
        self.pace.learn(time.monotonic() - begun, claimed)
        if fired and self.heard is not None:
            self.heard(fired)
        if not claimed:  # what is due is in another engine's hands
            self.bell.wait(0.02)

    def _open_due(self, now: int) -> None:
        occurred = self.agenda.open_due(self.store, now=now, soon=self.time.span_of(doorbell.POLL))
        if occurred and self.opened is not None:
            self.opened(occurred)

    def _beat(self) -> None:
        """Now and then say that the clock is alive."""
        if time.monotonic() - self._beaten < HEARTBEAT_EVERY:
            return
        first, self._beaten = self._beaten < 0, time.monotonic()
        if not first:  # what is overdue comes before a sign of life
            with self.store.writing() as tx:
                tx.run(statements.META_PUT, (HEARTBEAT, str(times.wall())))


def fire_until(
    store: database.Store,
    known: catalog.Catalog,
    kept: times.Time,
    until: int,
    *,
    opened: Callable[[Sequence[scheduling.Occurred]], None] | None = None,
) -> list[rungs.Fired]:
    """Let a virtual store's time pass up to `until`, opening what schedules say and firing each timer at its very moment, in order;
    the store then stands at `until`. `opened` is told what schedules opened or skipped.

    Raises TooEarly if the store's time is past that already: it never goes back, and what is due since then would fire too."""
    stands = kept.now()
    if until < stands:
        zone = next((town.live.programme.time_zone for town in known.programmes.values()), "UTC")
        raise errors.TooEarly(
            f"--until lies before this store's time, which stands at {times.written(stands, zone)} and never goes back; "
            "give that or a later time, or make a new store (`fengxing db upgrade --virtual START`)",
            f"--until 早于本库时间 {times.written(stands, zone)}，时间不能倒退；"
            "请给出该时间或更晚的时间，或新建虚拟库（`fengxing db upgrade --virtual 起始时间`）",
        )
    fired: list[rungs.Fired] = []
    agenda = scheduling.Agenda(known)
    while True:
        coming = [moment for moment in (agenda.look(store), next_due(store)) if moment is not None]
        if not coming or min(coming) > until:
            break
        with store.writing() as tx:
            now = kept.move_to(tx, min(coming))
        while agenda.coming is not None and agenda.coming <= now:
            occurred = agenda.open_due(store, now=now, soon=SOON)
            if opened is not None:
                opened(occurred)
        while True:
            came, claimed = fire_due(store, known, now=now)
            fired += came
            if not claimed:
                break
    with store.writing() as tx:
        kept.move_to(tx, until)
    return fired
