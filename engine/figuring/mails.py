"""Mails to leaders: one each, at most one for each day or month, whatever is started again meanwhile.

Who has had which is remembered in the store. A crash between the server's answer and our mark sends one mail again, under the same
Message-ID."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config.words import Text
from engine import catalog, composition, errors
from engine import now as times
from engine.figuring import asking
from notifications import errors as mail_errors
from notifications import mail, mailer, recipients, render, servers
from storage import statements

logger = logging.getLogger(__name__)
_HUNDRED = 100


class MailsUndelivered(errors.EngineError):
    """The mail server takes nothing now; who has not had his mail gets it at the next attempt."""

    code = "unavailable"
    exit = errors.UNAVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One leader's mail before it goes."""

    person: str
    language: str
    rendered: render.Rendered
    pictures: tuple[mail.Picture, ...]
    envelope: mail.Envelope

    def message(self, address: str) -> Any:
        envelope = mail.Envelope(**{name: getattr(self.envelope, name) for name in self.envelope.__slots__} | {"to": address})
        return mail.build(self.rendered, envelope, self.pictures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a mail says in one language: the template's variables, and its pictures."""

    words: Mapping[str, object]
    pictures: tuple[mail.Picture, ...] = ()


Compose = Callable[[str, str], Said]
"""A language and a person → what is said."""


def letters(
    engine: composition.Engine, town: catalog.InForce, compose: Compose, *, kind: str, template: str, period: str, to: Sequence[str], now: int,
    apart: bool = False,
) -> list[Letter]:  # fmt: skip
    """One letter for each person meant by the roles and names in `to`; what is said is put together once for each language, or
    (`apart`) for each person, since not all may see the same."""
    about = recipients.About(unit=None, reporter=None, tracker=None, facts={}, at=now)
    said: dict[tuple[str, str], Said] = {}
    found: list[Letter] = []
    sender, live = engine.settings.text("MAIL_FROM"), town.live
    for who in recipients.find(town.people, tuple(to), about, chase=True).people:
        person = live.people.people[who]
        language = person.language or live.programme.language
        place = (language, who if apart else "")
        if place not in said:
            said[place] = compose(language, who)
        words = {"zone": live.programme.time_zone, "now": now, "programme": live.programme.title.say(language), "recipient": person.name,
                 "link": engine.settings.text("LINK").rstrip("/")}  # fmt: skip
        envelope = mail.Envelope(
            sender=sender, sender_name=live.programme.title.say(language), to=person.email[0] if person.email else "", to_name=person.name,
            number=None, message_id=mail.message_id(f"{kind}.{live.programme.programme}", period, who, "email", mail.domain_of(sender)), at=now,
            zone=live.programme.time_zone, language=language,
        )  # fmt: skip
        rendered = render.render(live, template, language, {**words, **said[place].words})
        found.append(Letter(person=who, language=language, rendered=rendered, pictures=said[place].pictures, envelope=envelope))
    return found


def send(
    engine: composition.Engine, post: mailer.Post, town: catalog.InForce, written: Sequence[Letter], *, kind: str, period: str
) -> int:  # fmt: skip
    """Send each letter to whoever has not had this period's; how many went. Raises MailsUndelivered."""
    key = f"{kind}.{town.live.programme.programme}"
    told = _told(engine, key, period)
    count = 0
    for letter in written:
        if letter.person in told:
            continue
        told[letter.person] = fate = _mail(post, town, letter)
        with engine.store.writing() as tx:
            tx.run(statements.META_PUT, (key, orjson.dumps({"day": period, "told": told}).decode()))
        count += fate == mailer.Fate.SENT
    return count


def all_told(engine: composition.Engine, town: catalog.InForce, *, kind: str, period: str, to: Sequence[str], now: int) -> bool:
    """Whether everybody has had this period's."""
    about = recipients.About(unit=None, reporter=None, tracker=None, facts={}, at=now)
    people = recipients.find(town.people, tuple(to), about, chase=True).people
    return set(people) <= _told(engine, f"{kind}.{town.live.programme.programme}", period).keys()


def post_of(engine: composition.Engine) -> mailer.Post:
    return mailer.Post(servers.parse(engine.settings.text("SMTP_URL")))


def reached(at: str, now: int, zone: str) -> bool:
    """Whether the town's clock shows this time of the day, or a later one."""
    hour, _, minute = at.partition(":")
    return times.local(now, zone).time() >= dt.time(int(hour), int(minute))


def _told(engine: composition.Engine, key: str, period: str) -> dict[str, str]:
    with engine.store.reading() as tx:
        row = tx.one(statements.META_GET, (key,))
    kept: dict[str, Any] = orjson.loads(row[0]) if row else {}
    return dict(kept["told"]) if kept.get("day") == period else {}


def _mail(post: mailer.Post, town: catalog.InForce, letter: Letter) -> str:
    """One person's mail, address by address; what became of it."""
    programme = town.live.programme.programme
    for address in town.live.people.people[letter.person].email:
        try:
            outcome = post.send(letter.message(address), mail.address(address))
        except mail_errors.AddressRefused as exc:
            outcome = mailer.Outcome(kind=mailer.Fate.REFUSED, detail=str(exc))
        if outcome.kind is mailer.Fate.SENT:
            return str(outcome.kind)
        if outcome.kind is not mailer.Fate.REFUSED:
            raise MailsUndelivered(f"{programme}: {outcome.detail}", f"{programme}：邮件服务器暂时不收信（{outcome.detail}），稍后会重试")
        logger.warning("a leader's mail was refused", extra={"programme": programme, "person": letter.person, "reason": outcome.detail})
    return str(mailer.Fate.REFUSED)


def rate(each: asking.Compared, language: str) -> dict[str, object]:
    """A rate as a mail says it."""
    row = each.row
    return {
        "title": row.title(language),
        "value": value(row.value),
        "of": f"{row.numerator:,.0f} ÷ {row.denominator:,}",
        "change": change(each, language),
        "formula": row.formula.say(language),
    }


def value(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def change(each: asking.Compared, language: str) -> str:
    """`+2.10 points`; of few cases it says so."""
    if each.change is None:
        return ""
    points = Text(zh="个百分点", en="points").say(language)
    few = Text(zh="，件数少", en=", few cases").say(language) if each.few else ""
    return f"{each.change * _HUNDRED:+.2f} {points}{few}"
