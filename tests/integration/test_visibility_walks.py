"""Random walks through every shipped workflow, under its own rules of visibility and under invented ones: whatever is planted in a fact
comes out for nobody from whom it is hidden, wherever he looks, whatever is sent to him, and whatever is written for nobody in particular.

What somebody may see is said here anew, from the rules as they are written: this test does not ask the engine's own judge."""

from __future__ import annotations

import io
import itertools
import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from config import programme as programmes
from config import reading, visibility, workflow
from engine import (
    actors,
    board,
    clock,
    composition,
    decisions,
    draft,
    errors,
    explaining,
    feed,
    lapses,
    listing,
    messages,
    outbox,
    requests,
    views,
)
from engine import now as times
from engine.figuring import morning as mornings
from engine.mining import conformance, exporting, formats, processlog
from notifications import mailer, recipients
from states import errors as refusals
from tests import builders, proving
from tests.integration import towns
from workflows import pages

SHIPPED = sorted(path.name for path in towns.SHIPPED.iterdir() if path.is_dir())
STEPS = proving.times(12, 22)
MARKS = itertools.count(100_000)
"""No two planted values are alike, in all the cases of a store."""
PLANTED = (workflow.FactType.TEXT, workflow.FactType.CONTACT, workflow.FactType.DATE, workflow.FactType.NUMBER)


def invented(dice: random.Random, flow: workflow.Workflow, roles: Sequence[str]) -> tuple[visibility.Visibility, ...]:
    """Rules that somebody might write, sensible or not."""
    people = [name for name, fact in flow.facts.items() if fact.type in (workflow.FactType.PERSON, workflow.FactType.CONTACT)]
    words = [*roles, "reporter", *people]
    planted = [name for name, fact in flow.facts.items() if fact.type in PLANTED]
    found = list(flow.visibility) if dice.random() < 0.5 else []
    for _ in range(dice.randint(1, 4)):
        whole = dice.random() < 0.35
        states = dice.sample(sorted(flow.states), dice.randint(1, 2)) if whole or dice.random() < 0.5 else []
        found.append(
            visibility.Visibility(
                in_=tuple(states),
                facts=("all",) if whole else tuple(dice.sample(planted, min(len(planted), dice.randint(1, 4)))),
                only=tuple(dice.sample(words, min(len(words), dice.randint(1, 4)))),
            )
        )
    return tuple(found)


class Postbox:
    """A mail server that takes everything: (address, all that the mail says)."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []

    def send(self, message: EmailMessage, _address: object) -> mailer.Outcome:
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        said = "\n".join([*(f"{key}: {value}" for key, value in message.items()), *parts])
        self.letters.append((str(message["To"]), said))
        return mailer.Outcome(kind=mailer.Fate.SENT, detail="")


class Town:
    """One programme with rules of its own in force, a case in it, and everybody who looks at it."""

    def __init__(self, engine: composition.Engine, whole: programmes.Programme, flow: str, dice: random.Random) -> None:
        self.engine, self.dice, self.name = engine, dice, whole.programme.programme
        rules = invented(dice, whole.workflows[flow], sorted(whole.people.roles))
        alone = {"visibility": rules, "opens": (), "tells": (), "joins": ()}  # what is handed on follows the rules of whoever has it
        self.flow = whole.workflows[flow].model_copy(update=alone)
        file = whole.programme.model_copy(update={"digest_above": dice.choice((1, 20))})
        towns.publish(engine, whole.model_copy(update={"workflows": {**whole.workflows, flow: self.flow}, "programme": file}))
        self.town = engine.catalog.of(self.name)
        self.categories = sorted(whole.categories.categories) or ["none"]
        self.people = sorted(self.town.live.people.people)
        self.photo, self.video = builders.a_photo(engine), builders.a_video(engine)
        self.planted: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self.post, self.read = Postbox(), 0
        self.taking = cast("mailer.Post", self.post)
        self.case = 0
        self.events = feed.Feed(engine.store)

    # what is done

    def fact(self, name: str) -> Any:
        """A value; of the kinds that can carry it, one that is found nowhere else."""
        fact, dice, mark = self.flow.facts[name], self.dice, next(MARKS)
        kinds = workflow.FactType
        if fact.type is kinds.TEXT:
            self.planted[f"密{mark}语"] = name
            return f"密{mark}语"
        if fact.type is kinds.NUMBER:
            self.planted[str(70_000_000 + mark)] = name
            return 70_000_000 + mark
        if fact.type is kinds.DATE:
            day = f"{date(2030, 1, 1) + timedelta(days=mark % 100_000)}"
            self.planted[day] = name
            return day
        if fact.type is kinds.CONTACT:
            self.planted[f"名{mark}氏"] = name
            self.addresses[f"c{mark}@example.net"] = recipients.FACT + name
            return {"name": f"名{mark}氏", "phone": "13800000000", "email": f"c{mark}@example.net"}
        now = times.local(self.engine.time.now(), self.town.live.programme.time_zone)
        values: dict[workflow.FactType, Any] = {
            kinds.YES_NO: dice.random() < 0.5,
            kinds.CHOICE: dice.choice(sorted(fact.choices or {"": ""})),
            kinds.CATEGORY: dice.choice(self.categories),
            kinds.UNIT: dice.choice(sorted(self.town.live.units.units) or ["none"]),
            kinds.PERSON: dice.choice(self.people),
            kinds.POINT: "111.19,37.34",
            kinds.PHOTOS: [self.photo],
            kinds.VIDEOS: [self.video],
            kinds.DATETIME: now.isoformat(),
            kinds.DURATION: dice.choice(["20 minutes", "2 hours"]),
        }
        return values.get(fact.type)

    def given(self, names: Sequence[str]) -> dict[str, Any]:
        return {name: value for name in names if (value := self.fact(name)) is not None}

    def open(self) -> bool:
        required = [name for name, fact in self.flow.facts.items() if fact.required or (fact.type in PLANTED and self.dice.random() < 0.7)]
        for who in self.dice.sample(self.people, len(self.people)):
            try:
                opening = requests.Opening(programme=self.name, workflow=self.flow.workflow, actor=who, facts=self.given(required))
                self.case = self.engine.door.submit(opening).case
            except (refusals.StatesError, errors.EngineError):
                continue
            return True
        return False

    def look(self) -> draft.Draft:
        with self.engine.store.reading() as tx:
            return views.find(tx, self.engine.catalog, self.case)

    def step(self) -> None:
        found, now = self.look(), self.engine.time.now()
        if self.dice.random() < 0.3:
            later = now + int(self.dice.expovariate(1 / 90) * towns.MINUTE)
            clock.fire_until(self.engine.store, self.engine.catalog, self.engine.time, later)
            return
        offers = [
            (who, trigger)
            for who in self.people
            if self.knows(found, self.words(found, who))
            for trigger in views.possible(found, who, now=now)
        ]
        if not offers:
            return
        who, trigger = self.dice.choice(offers)
        rule = self.flow.transitions[trigger]
        facts = self.given([*rule.needs, *(name for name in rule.takes if self.dice.random() < 0.6)])
        try:
            self.engine.door.submit(requests.Move(case=self.case, trigger=trigger, actor=who, facts=facts))
        except (errors.EngineError, refusals.StatesError) as refusal:
            self.require_hidden(found, who, str(refusal), f"the refusal of {trigger}", own=tuple(map(str, facts.values())))

    # what may be seen, from the rules as they are written

    def words(self, found: draft.Draft, who: str) -> frozenset[str]:
        named = {name for name, value in found.facts.items() if value == who}
        if who.startswith(recipients.FACT):
            return frozenset({who.removeprefix(recipients.FACT)})
        if who not in self.town.live.people.people:
            return frozenset()
        return actors.words(self.town, who, unit=found.unit, reporter=found.reporter, tracker=found.tracker) | named

    def rules(self, state: str) -> list[visibility.Visibility]:
        return [rule for rule in self.flow.visibility if not rule.in_ or state in rule.in_]

    def knows(self, found: draft.Draft, words: frozenset[str]) -> bool:
        return next((bool(words & set(rule.only)) for rule in self.rules(found.state) if rule.facts == ("all",)), True)

    def may(self, found: draft.Draft, words: frozenset[str], fact: str) -> bool:
        deciding = (bool(words & set(r.only)) for r in self.rules(found.state) if r.facts == ("all",) or fact in r.facts)
        return self.knows(found, words) and next(deciding, True)

    def require_hidden(self, found: draft.Draft, who: str, said: str, where: str, *, own: Sequence[str] = ()) -> None:
        """Nothing that is hidden from somebody stands in what he is told; `own` is what he has just said himself."""
        words = self.words(found, who)
        place = f"{where}, to {who or 'nobody in particular'} in {found.state} under {self.flow.visibility}"
        if not self.knows(found, words):
            assert found.number not in said, f"{found.number} stands in {place}"
        for secret, fact in self.planted.items():
            if secret in said and not any(secret in word for word in own):
                assert self.may(found, words, fact), f"{fact} stands in {place}"

    # everywhere one may look

    def look_everywhere(self) -> None:
        found, now = self.look(), self.engine.time.now()
        with self.engine.store.reading() as tx:
            for who in self.people:
                self.as_somebody(tx, found, who, now)
            self.as_nobody(tx, found, now)
        self.logs(found, self.dice.choice([*self.people, ""]), now)
        self.mails()
        self.feed(found)

    def as_somebody(self, tx: Any, found: draft.Draft, who: str, now: int) -> None:
        engine, known = self.engine, self.knows(found, self.words(found, who))
        asked = decisions.Asked(trigger=self.dice.choice(sorted(self.flow.transitions)), actor=who)
        looks: Mapping[str, Any] = {
            "show": lambda case: views.case(tx, engine.catalog, case, viewer=who, now=now).body(),
            "history": lambda case: [entry.body("UTC") for entry in views.entries(tx, engine.catalog, case, viewer=who)],
            "explain": lambda case: explaining.explain(tx, case, rungs=True, viewer=who, now=now).body("en"),
            "explain --trigger": lambda case: decisions.decide(tx, engine.catalog, case, asked, now=now).body("en"),
            "explain --refused": lambda case: [d.body("en") for d in decisions.refused(tx, engine.catalog, case, viewer=who)],
        }
        for where, look in looks.items():
            said, refusal = self.answered(look, tx, found.number, who)
            assert (said is not None) == known, f"{where} for {who} in {found.state} under {self.flow.visibility}: {refusal}"
            if said is None:
                assert refusal == self.absent(tx, found.number, who), "it says more than that there is none"
            else:
                self.require_hidden(found, who, said, where)
        listed = [view.body() for view in listing.listed(tx, engine.catalog, listing.Wanted(), viewer=who, now=now, limit=None)]
        assert any(body["number"] == found.number for body in listed) == known
        self.require_hidden(found, who, orjson.dumps(listed).decode(), "list")
        reader = messages.Reader(known=engine.catalog, person=who)
        outgoing = [message.body("UTC") for message in messages.listed(tx, reader=reader)]
        self.require_hidden(found, who, orjson.dumps(outgoing).decode(), "outbox list")
        self.require_hidden(found, who, str(board.boards(tx, engine.catalog, now=now, viewer=who)), "board")

    def answered(self, look: Any, tx: Any, number: str, who: str) -> tuple[str | None, str]:
        """What somebody is shown of a case, or what he is told instead."""
        try:
            return orjson.dumps(look(views.find(tx, self.engine.catalog, number, viewer=who))).decode(), ""
        except errors.NotFound as refusal:
            return None, str(refusal)

    def absent(self, tx: Any, number: str, who: str) -> str:
        """What he is told of a case that is not there, of this number."""
        other = f"{number[:-4]}9999"
        return self.answered(lambda _: None, tx, other, who)[1].replace(other, number)

    def as_nobody(self, tx: Any, found: draft.Draft, now: int) -> None:
        self.require_hidden(found, "", str(board.boards(tx, self.engine.catalog, now=now)), "the board")
        lapsed, _ = lapses.between(tx, self.engine.catalog, after=0, until=feed.head(tx), now=now)
        said = "\n".join(f"{pages.told(lapse)} {pages.row_of(lapse)}" for lapse in lapsed)
        self.require_hidden(found, "", said, "the log lines and tables of Prefect")

    def logs(self, found: draft.Draft, who: str, now: int) -> None:
        """What leaves the house, and what those are told who hold histories against their definitions."""
        for kind in (formats.Format.CSV, formats.Format.XES, formats.Format.OCEL2):
            self.require_hidden(found, who, self.exported(kind, who, now), f"export --format {kind}")
        report = conformance.conform(self.engine.store, self.engine.catalog, processlog.Wanted(), viewer=who)
        self.require_hidden(found, who, str(report.findings + report.notes), "conform")

    def exported(self, kind: formats.Format, viewer: str, now: int) -> str:
        out = io.StringIO()
        wanted = processlog.Wanted(texts=True, viewer=viewer)
        exporting.to_stream(self.engine.store, self.engine.catalog, exporting.Asked(format=kind, wanted=wanted, now=now), out)
        return out.getvalue()

    def mails(self) -> None:
        """What goes out now, and the morning's digest, to each by the address that is his."""
        outbox.deliver_once(self.engine, self.taking)
        if self.dice.random() < 0.3:
            morning = self.engine.time.now() + self.dice.randint(0, 3) * 24 * towns.HOUR
            mornings.send(self.engine, now=morning, programme=self.name, post=self.taking)
        found = self.look()
        his = {address: who for who, person in self.town.live.people.people.items() for address in person.email} | self.addresses
        for to, said in self.post.letters[self.read :]:
            who = next((person for address, person in his.items() if address in to), "")  # "": a contact of an earlier case
            own = (f"名{to}",) if who.startswith(recipients.FACT) else ()
            self.require_hidden(found, who, said.replace(to, ""), "a mail", own=own)
        self.read = len(self.post.letters)

    def feed(self, found: draft.Draft) -> None:
        """What Prefect's event feed is shown: of a case that is hidden nothing but its number."""
        for event in self.events.read(1_000):
            body = event.body()
            said = orjson.dumps(body).decode()
            for secret, fact in self.planted.items():
                assert secret not in said or self.may(found, frozenset(), fact), f"{fact} stands in an event"
            if body["payload"]["number"] == found.number and not self.knows(found, frozenset()):
                assert (body["event"], body["payload"], body["related"]) == ("case.changed", {"number": found.number}, [])
            self.events.shown(event.cursor)


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, lite, shipped=("ningxiang",)) as opened:
        yield opened


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_hidden_comes_out_for_nobody(engine: composition.Engine, name: str, caplog: pytest.LogCaptureFixture) -> None:
    whole = reading.read_folder(towns.SHIPPED / name).programme
    assert whole is not None
    caplog.set_level(logging.DEBUG)
    for flow in sorted(whole.workflows):
        for seed in range(proving.times(1, 25)):
            town = Town(engine, whole, flow, random.Random(f"{name}/{flow}/{seed}"))
            if not town.open():
                continue
            for _ in range(STEPS):
                town.look_everywhere()
                town.step()
            for record in caplog.records:
                said = f"{record.getMessage()} {record.__dict__}"
                assert not any(secret in said for secret in town.planted), f"a log line tells: {said}"
            caplog.clear()
