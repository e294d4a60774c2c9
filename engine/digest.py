"""The morning digest: what is open and overdue, what came and went yesterday, mailed to those a programme falls back on (its leaders).

Who has had today's is remembered in the store. A crash between the server's answer and our mark sends one mail again, under
the same Message-ID. A town where nothing happened and nothing is open is left in peace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import orjson

from engine import board, catalog, composition
from engine import now as times
from notifications import errors as mail_errors
from notifications import mail, mailer, recipients, render, servers
from storage import database, orchestration, statements

logger = logging.getLogger(__name__)
TEMPLATE = "morning"
SHOWN = 20


class DigestUndelivered(Exception):
    """The mail server takes nothing now; who has not had the digest gets it at the next attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Yesterday's and today's: cases reported and closed in the last whole local day, open, urgent and overdue now."""

    reported: int
    closed: int
    board: board.Board

    @property
    def quiet(self) -> bool:
        return not (self.reported or self.closed or self.board.open)

    def said(self, language: str) -> str:
        b = self.board
        if language == "zh":
            return (
                f"昨日上报 {self.reported} 件，办结 {self.closed} 件；现有在办 {b.open} 件，其中超时 {b.overdue} 件、紧急 {b.urgent} 件。"
            )
        return f"Yesterday {self.reported} were reported and {self.closed} closed; {b.open} are open now, {b.overdue} overdue, {b.urgent} urgent."


def send(engine: composition.Engine, *, now: int, programme: str | None = None, post: mailer.Post | None = None) -> dict[str, int]:
    """Send today's digest to whoever has not had it; how many had a mail now, by programme. Raises DigestUndelivered."""
    own = post or mailer.Post(servers.parse(engine.settings.text("SMTP_URL")))
    sent: dict[str, int] = {}
    try:
        with engine.store.reading() as tx:
            boards = [b for b in board.boards(tx, engine.catalog, now=now) if programme in (None, b.programme)]
        for one in boards:
            sent[one.programme] = _programme(engine, own, one, now)
    finally:
        if post is None:
            own.close()
    return sent


def figures(tx: database.Transaction, one: board.Board, *, now: int) -> Figures:
    """The figures of a programme, with yesterday by its own calendar day."""
    today = datetime.combine(times.local(now, one.zone).date(), time(), times.zone(one.zone))
    begin, end = times.micros(today - timedelta(days=1)), times.micros(today)
    row = tx.one(orchestration.DAY_FIGURES, (begin, end, begin, end, one.programme))
    reported, closed = (int(row[0] or 0), int(row[1] or 0)) if row is not None else (0, 0)
    return Figures(reported=reported, closed=closed, board=one)


def _programme(engine: composition.Engine, post: mailer.Post, one: board.Board, now: int) -> int:
    day = f"{times.local(now, one.zone):%Y-%m-%d}"
    town = engine.catalog.of(one.programme)
    with engine.store.reading() as tx:
        told = _told(tx, one.programme, day)
        everybody = figures(tx, one, now=now)
    if everybody.quiet:
        return 0
    about = recipients.About(unit=None, reporter=None, tracker=None, facts={}, at=now)
    count = 0
    for who in recipients.find(town.people, town.live.programme.fallback, about, chase=True).people:
        if who in told:
            continue
        fate = _mail(engine, post, town, _to(engine, everybody, who, now=now), who, day=day, now=now)
        told[who] = fate
        with engine.store.writing() as tx:
            tx.run(statements.META_PUT, (f"digest.{one.programme}", orjson.dumps({"day": day, "told": told}).decode()))
        count += fate == mailer.Fate.SENT
    return count


def _to(engine: composition.Engine, known: Figures, who: str, *, now: int) -> Figures:
    """The figures with the cases that one recipient may see; the counts are the same to everybody."""
    if not known.board.veiled:
        return known
    with engine.store.reading() as tx:
        (his,) = (b for b in board.boards(tx, engine.catalog, now=now, viewer=who) if b.programme == known.board.programme)
    return replace(known, board=his)


def _told(tx: database.Transaction, programme: str, day: str) -> dict[str, str]:
    row = tx.one(statements.META_GET, (f"digest.{programme}",))
    kept: dict[str, Any] = orjson.loads(row[0]) if row else {}
    return dict(kept["told"]) if kept.get("day") == day else {}


def _mail(engine: composition.Engine, post: mailer.Post, town: catalog.InForce, known: Figures, who: str, *, day: str, now: int) -> str:
    """One person's mail, address by address; what became of it."""
    person = town.live.people.people[who]
    language = person.language or town.live.programme.language
    sender = engine.settings.text("MAIL_FROM")
    rendered = render.render(town.live, TEMPLATE, language, _words(engine, town, known, person.name, language, now))
    number = f"morning.{known.board.programme}"
    message_id = mail.message_id(number, day, who, "email", mail.domain_of(sender))
    for address in person.email:
        envelope = mail.Envelope(
            sender=sender, sender_name=town.live.programme.title.say(language), to=address, to_name=person.name, number=None,
            message_id=message_id, at=now, zone=known.board.zone, language=language,
        )  # fmt: skip
        try:
            outcome = post.send(mail.build(rendered, envelope), mail.address(address))
        except mail_errors.AddressRefused as exc:
            outcome = mailer.Outcome(kind=mailer.Fate.REFUSED, detail=str(exc))
        if outcome.kind is mailer.Fate.SENT:
            return str(outcome.kind)
        if outcome.kind is not mailer.Fate.REFUSED:
            raise DigestUndelivered(f"{known.board.programme}: {outcome.detail}")
        logger.warning(
            "the morning digest was refused", extra={"programme": known.board.programme, "person": who, "reason": outcome.detail}
        )
    return str(mailer.Fate.REFUSED)


def _words(engine: composition.Engine, town: catalog.InForce, known: Figures, name: str, language: str, now: int) -> Mapping[str, object]:
    link = engine.settings.text("LINK").rstrip("/")
    pressing = [line for line in known.board.lines if line.left is not None and not line.paused]
    return {
        "zone": known.board.zone,
        "now": now,
        "programme": town.live.programme.title.say(language),
        "recipient": name,
        "description": known.said(language),
        "count": known.board.overdue,
        "link": link,
        "items": [_item(line, link) for line in pressing[:SHOWN]],
    }


def _item(line: board.Line, link: str) -> dict[str, object]:
    left = line.left if line.left is not None else 0
    return {
        "number": line.number,
        "workflow": line.workflow,
        "category": "",
        "description": line.unit,
        "place": "",
        "state": line.state,
        "clock": line.clock,
        "due": line.due,
        "overdue": -left if left < 0 else None,
        "remaining": left if left >= 0 else None,
        "link": f"{link}/cases/{line.number}",
    }
