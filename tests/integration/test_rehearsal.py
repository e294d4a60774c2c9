"""A rehearsal is the engine without its store: the same inputs leave the same histories, timers, rungs and messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from config.workflow import FactType
from engine import clock, composition, errors, history, rehearsal, requests, views
from states import errors as refusals
from storage import database
from tests import proving
from tests.integration import test_walks, towns

SHIPPED = test_walks.SHIPPED
TOLD = database.both("SELECT case_id, seq, recipient, template, kind, next_at FROM messages WHERE case_id {in}")


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, lite, shipped=SHIPPED) as opened:
        yield opened


class Twice:
    """The same things done to a store and in memory; each answer of the one is held against that of the other."""

    def __init__(self, engine: composition.Engine, programme: str, seed: int) -> None:
        self.engine, self.programme, self.walker = engine, programme, test_walks.Walker(engine, programme, seed)
        self.dice, self.town, self.people, self.compiled = self.walker.dice, self.walker.town, self.walker.people, self.walker.compiled
        with engine.store.reading() as tx:
            flows = {flow: engine.catalog.newest(tx, programme, flow) for flow in self.town.newest}
        self.memory = rehearsal.Rehearsal(self.town, flows, now=engine.time.now(), scheduled=True)
        self.same: dict[int, int] = {}
        self.entries: list[tuple[Any, ...]] = []
        self.mails: list[rehearsal.Mail] = []

    def given(self, names: Any) -> dict[str, Any]:
        return {name: self.case_of(name) or self.walker.fact(name) for name in names}

    def case_of(self, name: str) -> str | None:
        """A case of the workflow that a fact names, if it names one: mostly one that there is."""
        flow = self.compiled.workflow.facts[name].workflow
        if self.compiled.workflow.facts[name].type is not FactType.CASE or flow is None:
            return None
        there = [case.number for case in self.memory.cases.values() if case.compiled.workflow.workflow == flow]
        return self.dice.choice(there) if there else "XX-20261120-0001"

    def meet(self) -> None:
        """What a case opened by itself has the same number here and there."""
        known = set(self.same.values())
        with self.engine.store.reading() as tx:
            for there, case in self.memory.cases.items():
                if there not in known:
                    self.same[views.find(tx, self.engine.catalog, case.number).id] = there

    def pass_time(self) -> None:
        self.meet()
        until = self.engine.time.now() + int(self.dice.expovariate(1 / 50) * towns.MINUTE)
        every = clock.fire_until(self.engine.store, self.engine.catalog, self.engine.time, until)
        self.memory.until(until)
        self.meet()
        fired = [f for f in every if f.case in self.same]  # the store holds the other towns too
        came = self.memory.happened()
        self.entries += came.entries
        self.mails += came.mails
        assert sorted((f.clock, f.round, f.rung, f.repeat, f.due, f.at) for f in came.fired) == sorted(
            (f.clock, f.round, f.rung, f.repeat, f.due, f.at) for f in fired
        )

    def open(self) -> None:
        facts = self.given(name for name, fact in self.compiled.workflow.facts.items() if fact.required)
        may = [who for who in self.people if {"anyone", *self.town.live.people.people[who].roles} & set(self.compiled.workflow.opened_by)]
        who = self.dice.choice([*self.people, *may * 9])
        asked = requests.Opening(programme=self.programme, workflow="report", actor=who, facts=facts)
        answers = [outcome(lambda: self.engine.door.submit(asked)), outcome(lambda: self.memory.open("report", actor=who, facts=facts))]
        assert type(answers[0]) is type(answers[1]) or not isinstance(answers[0], Exception), answers
        if isinstance(answers[0], Exception):
            assert str(answers[0]) == str(answers[1])
        else:
            self.same[answers[0].case] = answers[1].id

    def act(self) -> None:
        self.meet()
        case = self.dice.choice([c for c in sorted(self.same) if self.memory.cases[self.same[c]].compiled is self.compiled])
        if self.dice.random() < 0.15:
            name, who = self.dice.choice(sorted(self.compiled.workflow.clocks)), self.dice.choice(self.people)
            ack = requests.Acknowledgement(case=case, clock=name, actor=who)
            self.both(lambda: self.engine.door.submit(ack), lambda: self.memory.acknowledge(self.same[case], name, actor=who))
            return
        with self.engine.store.reading() as tx:
            found = views.find(tx, self.engine.catalog, case)
        offers = [(w, t) for w in self.people for t in views.possible(found, w, now=self.engine.time.now())]
        who, trigger = self.dice.choice(offers or [(self.people[0], "resolve")])
        rule = self.compiled.workflow.transitions[trigger]
        facts = self.given([*rule.needs, *self.dice.sample(rule.takes, self.dice.randint(0, len(rule.takes)))])
        facts |= self.walker.step_of(found, rule)
        move = requests.Move(case=case, trigger=trigger, actor=who, facts=facts)
        self.both(lambda: self.engine.door.submit(move), lambda: self.memory.move(self.same[case], trigger, actor=who, facts=facts))

    def both(self, stored: Any, rehearsed: Any) -> None:
        one, other = outcome(stored), outcome(rehearsed)
        assert type(one) is type(other), (one, other)
        if isinstance(one, Exception):
            assert str(one).replace(towns_number(one), "") == str(other).replace(towns_number(other), "")
        else:
            assert (one.seq, one.state, one.version) == (other.seq, other.state, other.version)

    def compare(self) -> None:
        self.meet()
        came = self.memory.happened()
        self.entries += came.entries
        self.mails += came.mails
        back = {there: here for here, there in self.same.items()}
        with self.engine.store.reading() as tx:
            stored = {case: history.rows(tx, case) for case in self.same}
            drafts = {case: views.find(tx, self.engine.catalog, case) for case in self.same}
            told = tx.all(TOLD, (tx.listed(sorted(self.same)),))
        mails = {(back[m.case], m.seq, m.recipient, m.template, m.kind, m.at) for m in self.mails}
        assert mails <= set(told)
        assert {row for row in set(told) - mails if row[5] <= self.memory.now} == set()
        mine: dict[int, list[tuple[Any, ...]]] = {case: [] for case in self.same}
        for entry in self.entries:
            mine[back[entry[history.CASE]]].append((back[entry[history.CASE]], *entry[1:]))
        for case, rows in stored.items():
            assert [plain(row) for row in rows] == [plain(row) for row in mine[case]]
            there = self.memory.cases[self.same[case]]
            assert drafts[case].folds == there.folds
            assert {name: timer[:4] for name, timer in drafts[case].timers.items()} == {n: t[:4] for n, t in there.timers.items()}


def towns_number(refusal: Any) -> str:
    """The case's number, which need not be the same."""
    return next((word for word in str(refusal).replace(";", " ").split() if word.count("-") == 2), "\0")


def outcome(do: Any) -> Any:
    try:
        return do()
    except (errors.EngineError, refusals.StatesError) as refusal:
        return refusal


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """An entry without its digest, and without the salts that differ in every life."""
    facts = {
        name: "personal" if isinstance(value, dict) and "$personal" in value else value for name, value in orjson.loads(row[9]).items()
    }
    return (*row[:9], facts, *row[10:12])


@pytest.mark.parametrize("seed", range(proving.times(3, 40)))
@pytest.mark.parametrize("programme", SHIPPED)
def test_a_rehearsal_is_what_the_store_would_have_seen(engine: composition.Engine, programme: str, seed: int) -> None:
    """A store of its own for each: what is drawn follows from a case's number."""
    twice = Twice(engine, programme, seed)
    for _ in range(60):
        chance = twice.dice.random()
        if not twice.same or chance < 0.1:
            twice.open()
        elif chance < 0.4:
            twice.pass_time()
        else:
            twice.act()
    twice.compare()
    assert len(twice.entries) > 20
    assert twice.mails


def test_what_a_rehearsal_refuses_changes_nothing(engine: composition.Engine) -> None:
    twice = Twice(engine, "ningxiang", 1)
    case = twice.memory.open("report", actor=None, facts={"description": "路灯不亮"})
    before = (case.state, case.version, dict(case.folds), dict(case.timers))
    twice.memory.happened()
    with pytest.raises(refusals.MoveRefused):
        twice.memory.move(case.id, "verify", actor="zhao-min", facts={})
    with pytest.raises(errors.NotFound):
        twice.memory.move(99, "verify", actor="zhao-min", facts={})
    assert (case.state, case.version, dict(case.folds), dict(case.timers)) == before
    assert twice.memory.happened().entries == ()


def test_time_passes_in_the_order_in_which_things_are_due(engine: composition.Engine) -> None:
    """Two cases ten seconds apart: their rungs come by turns, and the clock stands where it was told."""
    twice = Twice(engine, "ningxiang", 1)
    memory, start = twice.memory, engine.time.now()
    memory.open("report", actor=None, facts={"description": "路灯不亮"})
    memory.before(start + 10_000_000)
    memory.open("report", actor=None, facts={"description": "井盖坏了"})
    memory.until(start + 30 * towns.MINUTE)
    fired = memory.happened().fired
    assert [f.at for f in fired] == sorted(f.at for f in fired)
    assert len({f.case for f in fired[:2]}) == 2
    assert all(f.at == f.due for f in fired)
    assert memory.now == start + 30 * towns.MINUTE


def test_what_happens_at_the_moment_of_a_deadline_is_in_time(engine: composition.Engine) -> None:
    twice = Twice(engine, "ningxiang", 1)
    memory, start = twice.memory, engine.time.now()
    case = memory.open("report", actor=None, facts={"description": "路灯不亮"})
    due = start + 10 * towns.MINUTE
    memory.before(due)
    memory.move(case.id, "discard", actor="zhao-min", facts={"reason": "不实"})
    memory.until(due)
    assert "breached" not in {view.reckoned.state for view in views.clock_views(case, case.folds, now=due)}
