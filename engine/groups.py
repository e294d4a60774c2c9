"""From claimed messages to messages in chat groups: what several of them become, whom they call, and whether they may go now.

A group is somebody without any part in the case: it reads what such a one may see, and of nobody's telephone."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config import robots
from config.programme import Live
from engine import composition, letters, pacing, posting
from engine import now as times
from engine.posting import ATTEMPTS, BODY, CASE, CHANNEL, CLOCK, ID, MESSAGE_ID, RECIPIENT, SEQ, SUBJECT, TEMPLATE, TRIED, URGENT
from notifications import chat, mail, render
from notifications import errors as mail_errors
from notifications.mailer import Fate

logger = logging.getLogger(__name__)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the environment has of a robot's `address` and `secret`. `missing` are the variables that are not set."""

    address: str
    secret: str
    missing: tuple[str, ...]


def access(robot: robots.Robot, environment: Mapping[str, str] | None = None) -> Access:
    """The words behind `env:NAME`, as they are now."""
    known = os.environ if environment is None else environment
    named = [robots.variable_of(written) for written in (robot.address, robot.secret) if written is not None]
    found = [known.get(name, "").strip() for name in named]
    return Access(
        address=found[0],
        secret=found[1] if len(found) > 1 else "",
        missing=tuple(name for name, value in zip(named, found, strict=True) if not value),
    )


def prepare(desk: posting.Desk, rows: Sequence[Row]) -> list[posting.Parcel]:
    """What goes to groups of the claimed messages, in order. What cannot be said is a dead letter, not the end of the batch."""
    parcels: list[posting.Parcel] = []
    by_robot: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_robot[_live(desk, row).programme.programme, row[RECIPIENT]].append(row)
    for alike in by_robot.values():
        robot = _live(desk, alike[0]).robots.robots.get(alike[0][RECIPIENT].removeprefix(robots.ROBOT))
        if robot is None:
            gone = "its robot is no longer in robots.yaml; name it there again and retry / robots.yaml 中已没有此群机器人"
            parcels += [posting.plain(row, tried=((row[RECIPIENT], "refused", gone),)) for row in alike]
            continue
        with desk.engine.store.reading() as tx:
            pace = pacing.look(tx, access(robot).address)
        parcels += [parcel for group in _groups(desk, alike, pace) for parcel in _parcels(desk, robot, group, pace)]
    return parcels


def _live(desk: posting.Desk, row: Row) -> Live:
    return desk.cases[row[CASE]].town.live


def _groups(desk: posting.Desk, rows: Sequence[Row], pace: pacing.Pace) -> list[list[Row]]:
    """Which messages of one robot go as one: those that were begun so, and what is not urgent and more than there is room for."""
    begun: dict[str, list[Row]] = defaultdict(list)
    alone, calm = list[list[Row]](), list[Row]()
    for row in rows:
        if row[MESSAGE_ID] and row[MESSAGE_ID].startswith(posting.BEGUN):
            begun[row[MESSAGE_ID]].append(row)
        elif row[URGENT] or row[MESSAGE_ID]:
            alone.append([row])
        else:
            calm.append(row)
    most = min(_live(desk, rows[0]).programme.digest_above, pace.room(times.wall(), urgent=False))
    together = [calm] if calm and len(calm) > most else [[row] for row in calm]
    return sorted([*alone, *begun.values(), *together], key=lambda group: (-group[0][URGENT], group[0][ID]))


def _parcels(desk: posting.Desk, robot: robots.Robot, group: Sequence[Row], pace: pacing.Pace) -> list[posting.Parcel]:
    """One message to a group; several where it cannot be said as one. It is held, and not kept as said, while there is no room for it."""
    kept = next((row for row in group if row[BODY]), None)
    if kept is not None and not any(desk.cases[row[CASE]].compiled.veils for row in group):  # else what is hidden may have changed
        words = render.Rendered(subject=kept[SUBJECT], text=orjson.loads(kept[BODY])["text"], html="")
        return [_parcel(desk, robot, group, words, kept[MESSAGE_ID])]
    said, parcels = dict[int, render.Rendered](), list[posting.Parcel]()
    for row in group:
        try:
            said[row[ID]] = _rendered(desk, row)
        except (mail_errors.NotificationsError, LookupError, ValueError, TypeError, AttributeError) as exc:
            logger.exception("a message to a group cannot be put in words", extra={"case": row[CASE], "template": row[TEMPLATE]})
            parcels.append(posting.plain(row, tried=((row[RECIPIENT], "refused", f"cannot be put in words: {exc}"),)))
    sound = [row for row in group if row[ID] in said]
    now, urgent = times.wall(), bool(group[0][URGENT])
    if not pace.room(now, urgent=urgent):
        held = desk.now + desk.engine.time.span_of(pace.wait_s(now, urgent=urgent))
        return [
            *parcels,
            *(posting.plain(r, held_until=held, tried=_tried(r), subject=said[r[ID]].subject, text=said[r[ID]].text) for r in sound),
        ]
    if not sound:
        return parcels
    domain = mail.domain_of(desk.engine.settings.text("MAIL_FROM"))
    begun = sound[0][MESSAGE_ID] if (sound[0][MESSAGE_ID] or "").startswith(posting.BEGUN) else None
    if len(sound) > 1 or begun is not None:
        words, message_id = _digest(sound, said, _live(desk, sound[0]).programme.language), begun or _digest_id(sound, domain)
    else:
        row = sound[0]
        words, message_id = said[row[ID]], mail.message_id(desk.cases[row[CASE]].number, row[SEQ], row[RECIPIENT], row[CHANNEL], domain)
    return [*parcels, _parcel(desk, robot, sound, words, message_id, keep=True)]


def _rendered(desk: posting.Desk, row: Row) -> render.Rendered:
    """A message's own words, as its group reads them."""
    live = _live(desk, row)
    about = posting.subject(desk, row, live.programme.language)
    said = render.render(live, row[TEMPLATE], live.programme.language, letters.variables(about, ""))
    words = chat.of_mail(said.subject, said.text, sender="", link=about.link, language=about.language)
    return render.Rendered(subject=said.subject, text=words.text, html="")


def _parcel(
    desk: posting.Desk, robot: robots.Robot, group: Sequence[Row], words: render.Rendered, message_id: str, *, keep: bool = False
) -> posting.Parcel:
    row, live = group[0], _live(desk, group[0])
    case, language, single = desk.cases[row[CASE]], live.programme.language, len(group) == 1
    about = posting.subject(desk, row, language)
    text = orjson.dumps({"text": words.text, "html": ""}).decode()
    link = about.link if single else desk.engine.settings.text("LINK")
    return posting.plain(
        row,
        ids=tuple(r[ID] for r in group),
        number=case.number if single else None,
        subject=words.subject,
        text=words.text,
        message_id=message_id,
        programme=about.said(live.programme.title),
        zone=case.compiled.zone,
        language=language,
        urgent=bool(row[URGENT]),
        attempts=max(r[ATTEMPTS] for r in group),
        tried=_tried(row),
        rendered=tuple((message_id, words.subject, text if r is row else None, r[ID]) for r in group) if keep else (),
        group=posting.Group(robot=robot, link=link, called=_called(live, robot, row) if single else chat.NOBODY),
    )


def _tried(row: Row) -> tuple[tuple[str, str, str], ...]:
    return tuple(tuple(each) for each in orjson.loads(row[TRIED])) if row[TRIED] else ()


def _digest(group: Sequence[Row], said: Mapping[int, render.Rendered], language: str) -> render.Rendered:
    """Several messages in one: a line each, the oldest first."""
    count = len(group)
    subject = f"{count} 条消息" if language == "zh" else f"{count} messages"
    return render.Rendered(subject=subject, text="\n".join(f"· {said[row[ID]].subject}" for row in group), html="")


def _digest_id(group: Sequence[Row], domain: str) -> str:
    mark = hashlib.sha256(orjson.dumps([row[ID] for row in group])).hexdigest()[:16]
    return f"{posting.BEGUN}.{group[0][ID]}.{mark}@{domain}>"


def _called(live: Live, robot: robots.Robot, row: Row) -> chat.Called:
    """Whom a message calls by `@`: in what is urgent or of a ladder. A ladder calls neither a rider nor everyone."""
    chasing = row[CLOCK] is not None
    if not (chasing or row[URGENT]):
        return chat.NOBODY
    roles, people = live.people.roles, live.people.people
    riders = {name for name, person in people.items() if any(role in roles and roles[role].rider for role in person.roles)}
    phones = [_digits(people[name].phone) for name in robot.mention if name in people and name not in riders]
    return chat.Called(
        phones=tuple(dict.fromkeys(phone for phone in phones if phone)) if robot.kind != "feishu" else (),
        ids=tuple(word.removeprefix(robots.ID) for word in robot.mention if word.startswith(robots.ID)),
        everyone=robots.ALL in robot.mention and not chasing,
    )


def _digits(phone: str | None) -> str:
    """A telephone number as the products know it: `+86 137-0000 0001` → `13700000001`."""
    return re.sub(r"\D", "", re.sub(r"^\s*(\+|00)86", "", phone or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a message to a group. `wait_s`: real seconds for which nothing more goes to its robot. `counts`: whether this was
    an attempt at all, and not only a wait for its turn."""

    verdict: chat.Verdict
    wait_s: float | None
    counts: bool


def send(engine: composition.Engine, parcel: posting.Parcel) -> Sent:
    """Hand one message to its robot, if it is its turn."""
    assert parcel.group is not None
    words = chat.of_mail(parcel.subject, parcel.text, sender=parcel.programme, link=parcel.group.link, language=parcel.language)
    return say(engine, parcel.group.robot, words, parcel.group.called, urgent=parcel.urgent)


def say(engine: composition.Engine, robot: robots.Robot, words: chat.Words, called: chat.Called, *, urgent: bool) -> Sent:
    """Say something in a group; how it went is noted for all who deliver."""
    from notifications import webhooks

    known = access(robot)
    if known.missing:
        unset = f"not set in the environment: {', '.join(known.missing)} / 环境变量未设置"
        return Sent(verdict=chat.Verdict(kind=Fate.LATER, detail=unset), wait_s=None, counts=True)
    wait = pacing.take(engine, known.address, urgent=urgent)
    if wait > 0:
        paced = f"it waits {wait:.0f} s for its turn: {pacing.A_MINUTE} a minute / 每分钟最多 {pacing.A_MINUTE} 条，稍后再发"
        return Sent(verdict=chat.Verdict(kind=Fate.LATER, detail=paced), wait_s=wait, counts=False)
    verdict = webhooks.send(robot.kind, known.address, known.secret, words, called, at=times.wall())
    if verdict.wait_s is not None:
        pacing.silence(engine, known.address, verdict.wait_s)
    return Sent(verdict=verdict, wait_s=verdict.wait_s, counts=verdict.wait_s is None)
