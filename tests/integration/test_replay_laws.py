"""Replaying any case's history gives the same state, ledger and messages: whatever a town lives through, its histories alone, asked
again from the first to the last, make the same store, byte for byte, and the same in a rehearsal."""

from __future__ import annotations

import contextlib
import random
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import programme as programmes
from config import reading, workflow
from engine import clock, composition, draft, history, moving, rehearsal, requests, views
from engine import now as times
from storage import database
from tests import builders, kindred_cases, proving, relived
from tests.integration import towns

Engine = composition.Engine
SHIPPED = sorted(path.name for path in towns.SHIPPED.iterdir() if (path / "programme.yaml").exists())
SEEDS = range(proving.times(2, 60))


@pytest.fixture(autouse=True)
def _one_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Personal facts are sealed with the same salt, so that digests of histories can be compared."""
    monkeypatch.setattr(secrets, "token_hex", lambda _: "00" * 16)


@contextlib.contextmanager
def a_store(folder: Path, template: Path, whole: programmes.Programme) -> Iterator[Engine]:
    folder.mkdir()
    shutil.copy(template, folder / "fengxing.db")
    name = whole.programme.programme
    shipped = (name,) if name in SHIPPED else ()
    with towns.a_town(folder, f"sqlite:///{folder / 'fengxing.db'}", shipped=shipped) as engine:
        if not shipped:
            towns.publish(engine, whole)
        builders.a_photo(engine)
        builders.a_video(engine)
        yield engine


class TownLife:
    """Asks at random for what anybody might, each at a moment of its own. An odd seed enters some of it late, and gives reasons."""

    def __init__(self, engine: Engine, whole: programmes.Programme, seed: int) -> None:
        self.engine, self.dice, self.late = engine, random.Random(seed), bool(seed % 2)
        self.whole, self.name = whole, whole.programme.programme
        self.town = engine.catalog.of(self.name)
        self.people = sorted(self.town.live.people.people)
        self.photo, self.video = builders.a_photo(engine), builders.a_video(engine)
        self.done = 0

    def live(self, steps: int) -> None:
        for _ in range(steps):
            gap = self.dice.choice((1, 7, 61, 600, 1800, 7200, 40_000)) * 1_000_000 + self.dice.randint(1, 999)
            reach(self.engine, self.engine.time.now() + gap)
            with contextlib.suppress(*moving.REFUSALS):
                self.engine.door.submit(self.something())
                self.done += 1
        reach(self.engine, self.engine.time.now())  # what was entered late may have been due before

    def something(self) -> requests.Request:
        ids = [number for (number,) in towns.rows(self.engine, "SELECT id FROM cases ORDER BY id DESC LIMIT 30")]
        if not ids or self.dice.random() < 0.15:
            return self.opening()
        with self.engine.store.reading() as tx:
            found = views.find(tx, self.engine.catalog, self.dice.choice(ids))
        chance = self.dice.random()
        if chance < 0.08 and found.folds:
            return requests.Acknowledgement(case=found.id, clock=self.dice.choice(sorted(found.folds)), actor=self.dice.choice(self.people))
        if chance < 0.16 and (asked := towns.rows(self.engine, "SELECT case_id, round, recipient FROM answers ORDER BY case_id, round, recipient")):  # fmt: skip
            case, round_, recipient = self.dice.choice(asked)
            reason = "还是不亮" if self.late else None
            return requests.Answering(case=case, round=round_, recipient=recipient, satisfied=self.dice.random() < 0.5, reason=reason)
        return self.move(found)

    def opening(self) -> requests.Opening:
        flow = self.dice.choice(sorted(self.town.newest))
        actor = self.dice.choice([*self.people, None])
        with self.engine.store.reading() as tx:
            given = self.engine.catalog.newest(tx, self.name, flow).workflow.facts
        chosen = [name for name, fact in given.items() if fact.required or (fact.drawn is None and self.dice.random() < 0.2)]
        values = {name: self.value(given[name]) for name in chosen if given[name].type is not workflow.FactType.CHECKLIST}
        return requests.Opening(programme=self.name, workflow=flow, actor=actor, facts=values, at=self.before())

    def move(self, found: draft.Draft) -> requests.Move:
        now = self.engine.time.now()
        offers = [(who, trigger) for who in self.people for trigger in views.possible(found, who, now=now)]
        flow = found.compiled.workflow
        who, trigger = self.dice.choice(offers) if offers else (self.dice.choice(self.people), self.dice.choice(sorted(flow.transitions)))
        rule = flow.transitions[trigger]
        wanted = [*rule.needs, *(name for name in rule.takes if self.dice.random() < 0.4)]
        given = {name: self.value(flow.facts[name]) for name in wanted if flow.facts[name].type is not workflow.FactType.CHECKLIST}
        if rule.ticks is not None:
            given["step"] = self.dice.choice(sorted(found.facts.get(rule.ticks, {"steps": {"": 0}})["steps"]))
        return requests.Move(case=found.id, trigger=trigger, actor=who, facts=given, at=self.before())

    def before(self) -> int | None:
        return self.engine.time.now() - self.dice.randint(1, 3_000_000_000) if self.late and self.dice.random() < 0.2 else None

    def value(self, fact: workflow.Fact) -> Any:
        dice, live = self.dice, self.town.live
        now = times.local(self.engine.time.now(), live.programme.time_zone)
        numbers = towns.rows(self.engine, "SELECT number FROM cases ORDER BY id")
        made: dict[workflow.FactType, Any] = {
            workflow.FactType.TEXT: f"随便写几个字 {dice.randint(1, 9)}",
            workflow.FactType.NUMBER: dice.choice((0, 3, 2.5)),
            workflow.FactType.YES_NO: dice.random() < 0.5,
            workflow.FactType.CHOICE: dice.choice(sorted(fact.choices or {"": ""})),
            workflow.FactType.CATEGORY: dice.choice(sorted(self.whole.categories.categories)),
            workflow.FactType.UNIT: dice.choice(sorted(live.units.ours)),
            workflow.FactType.PERSON: dice.choice(self.people),
            workflow.FactType.CONTACT: f"张大妈, 1380000000{dice.randint(0, 9)}, zhang@example.org",
            workflow.FactType.POINT: dice.choice(("111.19,37.34", "116.3,39.98,gcj02", "112.55,28.27,wgs84,30")),
            workflow.FactType.PHOTOS: [self.photo],
            workflow.FactType.VIDEOS: [self.video],
            workflow.FactType.DATE: f"{now.date().replace(year=now.year + dice.randint(0, 1))}",
            workflow.FactType.DATETIME: now.isoformat(),
            workflow.FactType.DURATION: dice.choice(("20 minutes", "2 hours", "3 days")),
            workflow.FactType.CASE: dice.choice(numbers)[0] if numbers else "",
            workflow.FactType.ENTRY: dice.choice(sorted(live.registers[fact.register_].rows)) if fact.register_ in live.registers else "",
        }
        return made[fact.type]


def reach(engine: Engine, moment: int) -> None:
    clock.fire_until(engine.store, engine.catalog, engine.time, moment)


def in_memory(engine: Engine, whole: programmes.Programme, told: list[relived.Asked], end: int) -> rehearsal.Rehearsal:
    """The same asked of a rehearsal."""
    name = whole.programme.programme
    with engine.store.reading() as tx:
        definitions = {flow: engine.catalog.newest(tx, name, flow) for flow in engine.catalog.of(name).newest}
    stage = rehearsal.Rehearsal(engine.catalog.of(name), definitions, now=towns.START, scheduled=True)

    def ask(request: requests.Request) -> None:
        if isinstance(request, requests.Opening):
            stage.open(request.workflow, actor=request.actor, facts=request.facts)
        elif isinstance(request, requests.Move):
            stage.move(int(request.case), request.trigger, actor=request.actor, facts=request.facts)
        elif isinstance(request, requests.Acknowledgement):
            stage.acknowledge(int(request.case), request.clock, actor=request.actor)
        else:
            stage.answer(request.case, request.recipient, satisfied=request.satisfied)

    relived.again(told, stage.until, ask)
    stage.until(end)
    return stage


def require_the_same(folder: Path, template: Path, whole: programmes.Programme, seed: int, steps: int) -> None:
    """Live, tell again in another store and in memory, compare."""
    with a_store(folder / "first", template, whole) as engine:
        life = TownLife(engine, whole, seed)
        life.live(steps)
        assert life.done > steps / 20
        assert towns.findings(engine) == []
        lived, told, end = relived.contents(engine), relived.asked(engine, life.name), engine.time.now()
        if not life.late:
            require_in_memory(engine, in_memory(engine, whole, told, end), life.name)
    with a_store(folder / "again", template, whole) as second:
        relived.again(told, lambda moment: reach(second, moment), second.door.submit)
        reach(second, end)
        relived_ = relived.contents(second)
        for table in lived:
            assert relived_[table] == lived[table], table
        assert towns.findings(second) == []


def require_in_memory(engine: Engine, stage: rehearsal.Rehearsal, name: str) -> None:
    came = stage.happened()
    with engine.store.reading() as tx:
        ids = [row[0] for row in tx.all(database.both("SELECT id FROM cases ORDER BY id"))]
        stored = {number: views.find(tx, engine.catalog, number) for number in ids}
        entries = [row for number in ids for row in history.rows(tx, number)]
    assert sorted(row[:-1] if len(row) > len(came.entries[0]) else row for row in entries) == sorted(came.entries)
    for number, case in stored.items():
        mine = stage.cases[number]
        assert (mine.number, mine.state, mine.facts, mine.folds, mine.timers, mine.openers) == (
            case.number, case.state, case.facts, case.folds, case.timers, case.openers,
        )  # fmt: skip
    now = engine.time.now()
    sent = towns.rows(engine, "SELECT next_at, created_at, case_id, seq, recipient, channel, template, kind, clock, round, urgent FROM messages WHERE next_at <= ?", now)  # fmt: skip
    assert sorted(map(repr, ((*mail[:10], int(mail[10])) for mail in came.mails))) == sorted(map(repr, sent))
    for holder, account, amount in towns.rows(engine, "SELECT holder, account, sum(amount) FROM postings WHERE programme = ? GROUP BY holder, account", name):  # fmt: skip
        if holder in engine.catalog.of(name).live.people.people:
            assert stage.balance(holder, account) == amount


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("programme", SHIPPED)
def test_the_histories_of_a_shipped_programme_make_the_same_town_again(
    tmp_path: Path, sqlite_template: Path, programme: str, seed: int
) -> None:
    whole = reading.read_folder(towns.SHIPPED / programme).programme
    assert whole is not None
    require_the_same(tmp_path, sqlite_template, whole, seed, steps=proving.times(70, 400))


@pytest.mark.parametrize("seed", range(proving.times(6, 400)))
def test_the_histories_of_a_generated_town_make_it_again(tmp_path: Path, sqlite_template: Path, seed: int) -> None:
    require_the_same(tmp_path, sqlite_template, kindred_cases.a_town(seed), seed, steps=proving.times(70, 250))
