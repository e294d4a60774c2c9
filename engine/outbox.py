"""The outbox: delivers messages after the commit that composed them, at least once, each under one Message-ID for ever.

A claim is a lease, so `up`, `deliver` and the Prefect flow can share the work; what a crash leaves leased comes back by itself."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine import composition, groups, posting
from engine import now as times
from notifications import mailer, servers
from storage import errors as storage_errors
from storage import statements

logger = logging.getLogger(__name__)

LEASE = 120_000_000
"""Real microseconds for which a claim holds."""
SENDING = LEASE // 2
"""How much of it is spent on sending: what a slow server has not taken by then goes back, before others may claim it."""
CLAIM = 100
POLL = 0.5
BACKOFF = (30, 60, 120, 300, 600, 1800, 3600)
"""Seconds until the next attempt, by how many failed; the last one for all further."""
ATTEMPTS = 30
"""A mail server that asks for patience this often is not going to take it."""


@dataclass(slots=True)
class Report:
    """What a delivery did, in messages."""

    sent: int = 0
    dead: int = 0
    dropped: int = 0
    put_off: int = 0
    digests: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def touched(self) -> int:
        return self.sent + self.dead + self.dropped + self.put_off


def deliver_once(engine: composition.Engine, post: mailer.Post | None = None) -> Report:
    """Deliver everything that may go now. An unreachable server puts it off; nothing is lost."""
    report = Report()
    own = post is None
    post = post or mailer.Post(servers.parse(engine.settings.text("SMTP_URL")))
    try:
        while deliver_some(engine, post, report):
            pass
    finally:
        if own:
            post.close()
    return report


def deliver_forever(engine: composition.Engine, stop: threading.Event) -> None:
    """Deliver as messages come, until told to stop."""
    with mailer.Post(servers.parse(engine.settings.text("SMTP_URL"))) as post:
        while not stop.is_set():
            try:
                report = Report()
                if deliver_some(engine, post, report):
                    continue
            except storage_errors.StorageError as exc:
                logger.warning("the store cannot be used just now; delivering later", extra={"reason": str(exc)})
                stop.wait(2.0)
            except Exception:
                logger.exception("a delivery failed; going on")
                stop.wait(2.0)
            stop.wait(POLL)


def deliver_some(engine: composition.Engine, post: mailer.Post, report: Report) -> bool:
    """Claim up to CLAIM messages, render what is new, send, mark; False if there was nothing to claim."""
    now, token, claimed_at = engine.time.now(), uuid.uuid4().hex, times.wall()
    with engine.store.reading() as tx:
        waiting = tx.one(statements.ANY_WAITING, (now, times.wall()))
    if waiting is None:
        return False
    with engine.store.writing() as tx:
        engine.catalog.refresh(tx)
        rows = tx.all(statements.CLAIM_MESSAGES, (token, claimed_at + LEASE, now, claimed_at, CLAIM))
    if not rows:
        return False
    parcels = posting.prepare(engine, rows, now=now)
    with engine.store.writing() as tx:
        tx.many(statements.RENDERED, [mark for parcel in parcels for mark in parcel.rendered])
    settled: list[tuple[Any, ...]] = []
    down, shut = "", dict[str, float]()
    for parcel in sorted(parcels, key=lambda parcel: parcel.group is not None):
        if times.wall() - claimed_at > SENDING:
            settled += [_row(parcel, i, "pending", tried=parcel.tried, attempts=parcel.attempts) for i in parcel.ids]
            continue
        if parcel.group is not None:
            _mark(engine, settled)  # a group may keep us waiting
            settled = []
            _mark(engine, _settle_group(parcel, engine, report, now, shut))  # at once: a group has no Message-ID to know a repeat by
            continue
        settled += _settle(parcel, post, engine, report, now, down)
        if report.problems and not down and report.problems[-1].startswith("unavailable"):
            down = report.problems[-1]
        if len(settled) >= 20:
            _mark(engine, settled)
            settled = []
    _mark(engine, settled)
    return not down


def _mark(engine: composition.Engine, settled: list[tuple[Any, ...]]) -> None:
    if settled:
        with engine.store.writing() as tx:
            tx.many(statements.SETTLE_MESSAGES, settled)


def _settle(
    parcel: posting.Parcel, post: mailer.Post, engine: composition.Engine, report: Report, now: int, down: str
) -> list[tuple[Any, ...]]:
    """Send one parcel (a message, or several as a digest); the rows of SETTLE_MESSAGES for all its messages."""
    count = len(parcel.ids)
    if parcel.held_until is not None:
        return [_row(parcel, i, "pending", tried=parcel.tried, next_at=parcel.held_until, attempts=parcel.attempts) for i in parcel.ids]
    if parcel.dropped is not None:
        report.dropped += count
        return [_row(parcel, i, "dropped", tried=[["", "dropped", parcel.dropped]], done_at=now) for i in parcel.ids]
    tried = list(parcel.tried)
    outcome = mailer.Outcome(kind=mailer.Fate.UNAVAILABLE, detail=down) if down else None
    refused = {address for address, fate, _ in tried if fate == mailer.Fate.REFUSED}
    if outcome is None:
        outcome = mailer.Outcome(kind=mailer.Fate.REFUSED, detail="no address left to try")
        for address in (a for a in parcel.addresses if a not in refused):
            outcome = posting.send(post, parcel, address, engine.settings)
            tried.append((address, str(outcome.kind), outcome.detail))
            if outcome.kind is not mailer.Fate.REFUSED:
                break
    if outcome.kind is mailer.Fate.SENT:
        report.sent += count
        report.digests += count > 1
        return [_row(parcel, i, "sent", tried=tried, attempts=parcel.attempts + 1, done_at=now) for i in parcel.ids]
    if outcome.kind is mailer.Fate.REFUSED or (outcome.kind is mailer.Fate.LATER and parcel.attempts + 1 >= ATTEMPTS):
        report.dead += count
        report.problems.append(f"dead: {parcel.number or 'a digest'}: {outcome.detail}")
        logger.error("a mail cannot be delivered", extra={"case": parcel.number, "recipient": parcel.recipient, "reason": outcome.detail})
        return [
            _row(parcel, i, "dead", tried=tried or [["", "refused", outcome.detail]], attempts=parcel.attempts + 1, done_at=now)
            for i in parcel.ids
        ]
    report.put_off += count
    if not down:
        report.problems.append(f"{outcome.kind}: {outcome.detail}")
        logger.warning("a mail is put off", extra={"case": parcel.number, "reason": outcome.detail})
    wait = BACKOFF[min(parcel.attempts, len(BACKOFF) - 1)] * 1_000_000
    return [_row(parcel, i, "pending", tried=tried[-20:], attempts=parcel.attempts + 1, next_at=now + wait) for i in parcel.ids]


def _settle_group(
    parcel: posting.Parcel, engine: composition.Engine, report: Report, now: int, shut: dict[str, float]
) -> list[tuple[Any, ...]]:
    """Say one parcel in its group; the rows of SETTLE_MESSAGES. `shut`: robots that take nothing more of this batch, and for how long."""
    count, who = len(parcel.ids), f"{parcel.programme}/{parcel.recipient}"
    if who in shut:
        report.put_off += count
        following = now + engine.time.span_of(shut[who])
        return [_row(parcel, i, "pending", tried=parcel.tried, attempts=parcel.attempts, next_at=following) for i in parcel.ids]
    answer = groups.send(engine, parcel)
    outcome = answer.verdict
    asked = answer.counts or outcome.code is not None  # else it only waits for its turn
    tried = [*parcel.tried, (parcel.recipient, str(outcome.kind), outcome.detail)] if asked else parcel.tried
    attempts = parcel.attempts + answer.counts
    if outcome.kind is mailer.Fate.SENT:
        report.sent += count
        report.digests += count > 1
        return [_row(parcel, i, "sent", tried=tried, attempts=attempts, done_at=now) for i in parcel.ids]
    if outcome.kind is mailer.Fate.REFUSED or (outcome.kind is mailer.Fate.LATER and attempts >= ATTEMPTS):
        report.dead += count
        report.problems.append(f"dead: {parcel.recipient}: {parcel.subject}: {outcome.detail}")
        logger.error("a group cannot be told", extra={"case": parcel.number, "recipient": parcel.recipient, "reason": outcome.detail})
        return [_row(parcel, i, "dead", tried=tried, attempts=attempts, done_at=now) for i in parcel.ids]
    report.put_off += count
    if asked:
        report.problems.append(f"{parcel.recipient}: {outcome.kind}: {outcome.detail}")
    level = logging.WARNING if asked else logging.INFO
    logger.log(
        level, "a message to a group is put off", extra={"case": parcel.number, "recipient": parcel.recipient, "reason": outcome.detail}
    )
    backoff = float(BACKOFF[min(parcel.attempts, len(BACKOFF) - 1)])
    shut[who] = answer.wait_s if answer.wait_s is not None else backoff
    following = now + engine.time.span_of(shut[who])
    return [_row(parcel, i, "pending", tried=tried[-20:], attempts=attempts, next_at=following) for i in parcel.ids]


def _row(
    parcel: posting.Parcel,
    message: int,
    state: str,
    *,
    tried: Sequence[Sequence[str]] = (),
    attempts: int = 0,
    next_at: int | None = None,
    done_at: int | None = None,
) -> tuple[Any, ...]:
    """The values of SETTLE_MESSAGES."""
    kept = orjson.dumps(list(tried)).decode() if tried else None
    return (state, next_at if next_at is not None else parcel.next_at, attempts, kept, done_at, None, None, message, "pending")


def retry(engine: composition.Engine, message: int) -> bool:
    """Put a dead letter back among the waiting, with a clean slate; False if there is no such dead letter."""
    now = engine.time.now()
    with engine.store.writing() as tx:
        return tx.run(statements.RETRY_MESSAGE, (now, message)) == 1
