"""From claimed messages to mails: what is still worth sending, grouped where many lapsed at once, rendered once and kept so for retries."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config.robots import ROBOT, Robot
from engine import asking, codes, composition, draft, eras, errors, facts, history, letters, previews, secrecy
from engine import settings as settings_
from notifications import chat, digest, mail, mailer, recipients, render
from notifications import errors as mail_errors
from storage import database, statements

logger = logging.getLogger(__name__)

ID, CASE, SEQ, RECIPIENT, CHANNEL, TEMPLATE, KIND, CLOCK, ROUND, URGENT, CREATED, NEXT, ATTEMPTS, MESSAGE_ID, SUBJECT, BODY, TRIED = range(
    17
)
"""The places in a row of CLAIM_MESSAGES."""
DIGEST = "digest"
BEGUN = "<digest"
"""How the Message-ID of a mail that stands for several messages begins."""
MINUTE = 60_000_000
WITHHELD = "the case is hidden from its recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How a chat group is written to: its robot as robots.yaml has it now, what the message's link is, and who is called by `@`."""

    robot: Robot
    link: str = ""
    called: chat.Called = chat.NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One mail to one recipient, or (`group`) one message to a chat group: usually one message, several for a digest. `dropped` says why it is not sent after all,
    `held_until` (store time) that it waits for company. `rendered` are the rows of RENDERED to keep before the first attempt."""

    ids: tuple[int, ...]
    recipient: str
    addresses: tuple[str, ...] = ()
    name: str = ""
    number: str | None = None
    subject: str = ""
    text: str = ""
    html: str = ""
    pictures: tuple[str, ...] = ()
    """Hashes of the photos that may stand within it."""
    message_id: str = ""
    programme: str = ""
    zone: str = "UTC"
    language: str = "zh"
    urgent: bool = False
    at: int = 0
    attempts: int = 0
    next_at: int = 0
    tried: tuple[tuple[str, str, str], ...] = ()
    rendered: tuple[tuple[Any, ...], ...] = ()
    dropped: str | None = None
    held_until: int | None = None
    group: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What preparing reads once for all claimed messages."""

    engine: composition.Engine
    now: int
    cases: Mapping[int, draft.Draft]
    entries: Mapping[int, Sequence[tuple[Any, ...]]]
    contacts: Mapping[tuple[int, str], Any]
    recent: Mapping[str, tuple[int, int]]
    unreadable: frozenset[int]
    signing: bytes | None = None


def prepare(engine: composition.Engine, rows: Sequence[tuple[Any, ...]], *, now: int) -> list[Parcel]:
    """The mails that the claimed messages make, in order; a message that cannot be said is a dead letter, not the end of the batch."""
    desk = _desk(engine, rows, now)
    parcels: list[Parcel] = []
    alive: list[tuple[Any, ...]] = []
    for row in rows:
        reason = _over(desk, row)
        if row[CASE] in desk.unreadable:
            parcels.append(plain(row, tried=(("", "refused", "its case cannot be read; see `fengxing verify`"),)))
        elif reason is not None:
            parcels.append(plain(row, dropped=reason))
        else:
            alive.append(row)
    mails = alive
    if any(row[RECIPIENT].startswith(ROBOT) for row in alive):
        from engine import groups

        mails = [row for row in alive if not row[RECIPIENT].startswith(ROBOT)]
        parcels += groups.prepare(desk, [row for row in alive if row[RECIPIENT].startswith(ROBOT)])
    for group in _groups(desk, mails):
        try:
            parcels.append(_parcel(desk, group))
        except (mail_errors.NotificationsError, LookupError, ValueError, TypeError, AttributeError) as exc:
            logger.exception("a message cannot be put in words", extra={"case": group[0][CASE], "template": group[0][TEMPLATE]})
            parcels.append(plain(group[0], ids=tuple(r[ID] for r in group), tried=(("", "refused", f"cannot be put in words: {exc}"),)))
    return parcels


def _desk(engine: composition.Engine, rows: Sequence[tuple[Any, ...]], now: int) -> Desk:
    ids = sorted({row[CASE] for row in rows})
    with engine.store.reading() as tx:
        cases, unreadable = _readable(tx, engine, ids)
        entries = history.of(tx, ids)
        contacts = _contacts(tx, rows)
        people = sorted({row[RECIPIENT] for row in rows})
        recent = {who: (int(n), int(first)) for who, n, first in tx.all(statements.SENT_RECENTLY, (now - MINUTE, tx.listed(people)))}
    # A slice: a message whose entry is not there is a dead letter further on, and stops nobody else.
    named = (entry for row in rows if row[CASE] in cases for entry in entries[row[CASE]][row[SEQ] - 1 : row[SEQ]])
    asks = any(entry[history.KIND] == asking.ASK for entry in named)
    signing = codes.key(engine) if asks else None
    return Desk(
        engine=engine, now=now, cases=cases, entries=entries, contacts=contacts, recent=recent, unreadable=unreadable, signing=signing
    )


def _entry(entries: Mapping[int, Sequence[tuple[Any, ...]]], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The entry of the history that a message belongs to."""
    found: tuple[Any, ...] = entries[row[CASE]][row[SEQ] - 1]
    return found


def _readable(tx: database.Transaction, engine: composition.Engine, ids: Sequence[int]) -> tuple[dict[int, draft.Draft], frozenset[int]]:
    """The cases, and the ids of those whose rows are damaged."""
    cases, unreadable = {}, set()
    for row in tx.all(statements.CASES_PEEK, (tx.listed(ids),)):
        try:
            cases[row[0]] = draft.read(row, engine.catalog, tx)
        except (errors.EngineError, LookupError, ValueError, TypeError, AttributeError):
            logger.exception("a case cannot be read", extra={"case": row[1]})
            unreadable.add(row[0])
    return cases, frozenset(unreadable)


def _contacts(tx: database.Transaction, rows: Sequence[tuple[Any, ...]]) -> dict[tuple[int, str], Any]:
    """The contacts that some messages go to: (case, fact) → what was given last, None once erased."""
    cases = sorted({row[CASE] for row in rows if row[RECIPIENT].startswith(recipients.FACT)})
    found: dict[tuple[int, str], Any] = {}
    if cases:
        for case_id, _seq, fact, _salt, value in sorted(tx.all(statements.PERSONAL_MANY, (tx.listed(cases),)), key=lambda r: (r[0], r[1])):
            found[case_id, fact] = orjson.loads(value) if value is not None else None
    return found


def _over(desk: Desk, row: tuple[Any, ...]) -> str | None:
    """Why a message is not sent after all: its case is gone, or hidden from whom it was meant for; its clock has ended meanwhile."""
    case = desk.cases.get(row[CASE])
    if case is None:
        return "its case is gone"
    if not secrecy.sees(case, row[RECIPIENT]):
        return WITHHELD
    if row[KIND] != "ladder":
        return None
    clock = eras.called(case, desk.entries[row[CASE]], row[CLOCK], after=row[SEQ], until=case.length)
    fold = case.folds.get(clock) if clock is not None else None
    if fold is None or not fold.goes_on(row[ROUND]):
        return "the clock has ended meanwhile"
    return None


def _groups(desk: Desk, rows: Sequence[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """Which messages go as one mail. A digest that was begun stays together under its Message-ID."""
    by_id = {row[ID]: row for row in rows}
    begun: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    fresh: dict[int, list[digest.Waiting]] = defaultdict(list)
    groups: list[list[tuple[Any, ...]]] = []
    for row in rows:
        if row[MESSAGE_ID] and row[MESSAGE_ID].startswith(BEGUN):
            begun[row[MESSAGE_ID]].append(row)
        elif row[MESSAGE_ID]:
            groups.append([row])
        else:
            above = desk.cases[row[CASE]].town.live.programme.digest_above
            sent = desk.recent.get(row[RECIPIENT], (0, 0))[0]
            waiting = digest.Waiting(
                id=row[ID], recipient=row[RECIPIENT], channel=row[CHANNEL], kind=row[KIND], urgent=bool(row[URGENT]), at=row[NEXT]
            )
            fresh[max(1, above - sent)].append(waiting)
    for above, waiting_ones in fresh.items():
        groups += [[by_id[i] for i in group] for group in digest.group(waiting_ones, above=above)]
    return [*begun.values(), *sorted(groups, key=lambda g: (-g[0][URGENT], g[0][NEXT], g[0][ID]))]


def plain(row: tuple[Any, ...], **more: Any) -> Parcel:
    return Parcel(**{"ids": (row[ID],), "recipient": row[RECIPIENT], "next_at": row[NEXT], "attempts": row[ATTEMPTS], **more})


def _parcel(desk: Desk, group: Sequence[tuple[Any, ...]]) -> Parcel:
    """One mail, rendered now or as it was kept at the first attempt."""
    row = group[0]
    case = desk.cases[row[CASE]]
    town = case.town.live
    crowded = desk.recent.get(row[RECIPIENT], (0, 0))
    if len(group) == 1 and row[KIND] == "ladder" and not row[URGENT] and not row[MESSAGE_ID] and crowded[0] >= town.programme.digest_above:
        return plain(row, held_until=max(crowded[1] + MINUTE, desk.now + 1_000_000))
    name, addresses, language = _recipient(desk, row)
    domain = mail.domain_of(desk.engine.settings.text("MAIL_FROM"))
    about = subject(desk, row, language)
    common: dict[str, Any] = {
        "ids": tuple(r[ID] for r in group),
        "addresses": addresses,
        "name": name,
        "number": case.number if len(group) == 1 else None,
        "programme": about.said(town.programme.title),
        "zone": case.compiled.zone,
        "language": language,
        "urgent": bool(row[URGENT]) and about.hides.isdisjoint(town.programme.urgent),
        "at": about.entry[history.AT],
        "tried": tuple(tuple(t) for t in orjson.loads(row[TRIED])) if row[TRIED] else (),
    }
    kept = next((r for r in group if r[BODY]), None) if not any(desk.cases[r[CASE]].compiled.veils for r in group) else None
    if kept is not None:
        body = orjson.loads(kept[BODY])
        return plain(
            row,
            **common,
            subject=kept[SUBJECT],
            text=body["text"],
            html=body["html"],
            pictures=tuple(body.get("pictures", ())),
            message_id=kept[MESSAGE_ID],
        )
    pictures: tuple[str, ...] = ()
    if len(group) > 1 or (row[MESSAGE_ID] or "").startswith("<digest"):
        rendered, message_id = _digest(desk, group, language, name, domain)
    else:
        rendered = render.render(town, row[TEMPLATE], language, letters.variables(about, name))
        message_id = mail.message_id(case.number, row[SEQ], row[RECIPIENT], row[CHANNEL], domain)
        pictures = previews.asked(rendered.html, letters.pictures(about))
    said = {"text": rendered.text, "html": rendered.html, **({"pictures": pictures} if pictures else {})}
    body_text = orjson.dumps(said).decode()
    marks = tuple((message_id, rendered.subject, body_text if r is row else None, r[ID]) for r in group)
    return plain(
        row, **common, subject=rendered.subject, text=rendered.text, html=rendered.html, pictures=pictures, message_id=message_id, rendered=marks
    )  # fmt: skip


def _digest(desk: Desk, group: Sequence[tuple[Any, ...]], language: str, name: str, domain: str) -> tuple[render.Rendered, str]:
    first = desk.cases[group[0][CASE]]
    items = [letters.item(subject(desk, row, language)) for row in group]
    words = {
        "zone": first.compiled.zone,
        "now": desk.now,
        "programme": subject(desk, group[0], language).said(first.town.live.programme.title),
        "recipient": name,
        "items": items,
        "count": len(items),
        "link": desk.engine.settings.text("LINK"),
    }
    mark = hashlib.sha256(orjson.dumps([row[ID] for row in group])).hexdigest()[:16]
    begun = group[0][MESSAGE_ID]  # said anew, it is the same mail: what its cases hide may have changed since
    return render.render(first.town.live, DIGEST, language, words), begun or f"{BEGUN}.{group[0][ID]}.{mark}@{domain}>"


def subject(desk: Desk, row: tuple[Any, ...], language: str) -> letters.Subject:
    case, code = desk.cases[row[CASE]], _code(desk, row)
    base = desk.engine.settings.text("LINK").rstrip("/")
    link = f"{base}/cases/{case.number}"
    return letters.Subject(
        case=case,
        entries=desk.entries[row[CASE]],
        seq=row[SEQ],
        kind=row[KIND],
        recipient=row[RECIPIENT],
        language=language,
        now=desk.now,
        link=link,
        code=code,
        answer_link=f"{base}/answers/{code}" if code else "",
    )


def _code(desk: Desk, row: tuple[Any, ...]) -> str:
    """The code to answer with, for one of those whom the entry asked; else nothing."""
    entry = _entry(desk.entries, row)
    if desk.signing is None or entry[history.KIND] != asking.ASK:
        return ""
    detail = orjson.loads(entry[history.DETAIL])
    question = codes.Question(desk.cases[row[CASE]].number, detail["round"], row[RECIPIENT], detail["until"])
    return codes.write(desk.signing, row[CASE], row[SEQ], detail["asked"].index(row[RECIPIENT]) + 1, question)


def _recipient(desk: Desk, row: tuple[Any, ...]) -> tuple[str, tuple[str, ...], str]:
    """Name, addresses in the order to try, and language, as they are now."""
    case, who = desk.cases[row[CASE]], row[RECIPIENT]
    fact = who.removeprefix(recipients.FACT)
    given = desk.contacts.get((row[CASE], fact)) or case.facts.get(fact)
    usable = isinstance(given, dict) and facts.PERSONAL not in given  # else it was erased
    found = recipients.contact(case.town.people, who, {fact: given} if usable else {})
    return found.name, found.addresses, found.language or case.town.live.programme.language


def send(post: mailer.Post, parcel: Parcel, address: str, given: settings_.Settings) -> mailer.Outcome:
    """Hand one mail to one address."""
    envelope = mail.Envelope(
        sender=given.text("MAIL_FROM"),
        sender_name=parcel.programme,
        to=address,
        to_name=parcel.name,
        number=parcel.number,
        message_id=parcel.message_id,
        at=parcel.at,
        zone=parcel.zone,
        language=parcel.language,
        urgent=parcel.urgent,
    )
    try:
        html, pictures = previews.within(parcel.html, parcel.pictures, given.data_dir)
        shown = [mail.Picture(name=cid, content=content, kind="jpeg") for cid, content in pictures.items()]
        message = mail.build(render.Rendered(subject=parcel.subject, text=parcel.text, html=html), envelope, shown)
        return post.send(message, mail.address(address))
    except mail_errors.AddressRefused as exc:
        return mailer.Outcome(kind=mailer.Fate.REFUSED, detail=str(exc))
