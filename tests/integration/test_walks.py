"""Random walks over the four shipped workflows: nothing but refusals stands against anybody, what is offered as possible is,
and wherever the walk is broken off everything can be derived again."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import workflow
from engine import cases, catalog, clock, composition, draft, errors, requests, views
from engine import now as times
from states import errors as refusals
from states import machine
from storage import statements
from tests import builders, proving
from tests.integration import towns

Engine = composition.Engine
SHIPPED = ("dingcheng", "haidian", "najin", "ningxiang")


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[Engine]:
    with towns.a_town(tmp_path, lite, shipped=SHIPPED) as opened:
        yield opened


class Walker:
    """Does what anybody might, at random, and holds what is found against what was promised."""

    def __init__(self, engine: Engine, programme: str, seed: int) -> None:
        self.engine, self.programme, self.dice = engine, programme, random.Random(seed)
        self.town = engine.catalog.of(programme)
        self.people = sorted(self.town.live.people.people)
        with engine.store.reading() as tx:
            self.compiled = engine.catalog.newest(tx, programme, "report")
        self.flow = self.compiled.workflow
        self.seen: set[str] = set()
        self.photo, self.video = builders.a_photo(engine), builders.a_video(engine)

    def fact(self, name: str, compiled: catalog.Compiled | None = None) -> Any:
        """A valid value, of this workflow or of another."""
        fact, dice = (compiled or self.compiled).workflow.facts[name], self.dice
        if fact.type is workflow.FactType.CASE:
            return self.another(fact.workflow or "report")
        now = times.local(self.engine.time.now(), self.town.live.programme.time_zone)
        registers = self.town.live.registers
        values: dict[workflow.FactType, Any] = {
            workflow.FactType.TEXT: "随便写几个字",
            workflow.FactType.NUMBER: dice.randint(0, 9),
            workflow.FactType.YES_NO: dice.random() < 0.5,
            workflow.FactType.CHOICE: dice.choice(sorted(fact.choices or {"": ""})),
            workflow.FactType.CATEGORY: dice.choice(sorted(self.compiled.definition.categories.categories)),
            workflow.FactType.UNIT: dice.choice(sorted(self.town.live.units.ours)),
            workflow.FactType.PERSON: dice.choice(self.people),
            workflow.FactType.CONTACT: "张大妈, 13800000000, zhang@example.org",
            workflow.FactType.POINT: "111.19,37.34",
            workflow.FactType.PHOTOS: [self.photo],
            workflow.FactType.VIDEOS: [self.video],
            workflow.FactType.DATE: f"{now.date().replace(year=now.year + dice.randint(0, 1))}",
            workflow.FactType.DATETIME: now.isoformat(),
            workflow.FactType.ENTRY: next(iter(registers[fact.register_].rows)) if fact.register_ in registers else "",
            workflow.FactType.DURATION: dice.choice(["20 minutes", "2 hours", "3 days"]),
        }
        return values[fact.type]

    def another(self, flow: str) -> str:
        """The number of one more case of a workflow."""
        with self.engine.store.reading() as tx:
            compiled = self.engine.catalog.newest(tx, self.programme, flow)
        given = {name: self.fact(name, compiled) for name, fact in compiled.workflow.facts.items() if fact.required}
        for who in self.people:
            with contextlib.suppress(refusals.RoleRefused):
                return self.engine.door.submit(requests.Opening(programme=self.programme, workflow=flow, actor=who, facts=given)).number
        raise AssertionError(f"nobody may open a case of {flow}")

    def step_of(self, found: draft.Draft, rule: workflow.Transition) -> dict[str, str]:
        """A step that is not yet done, where the move ticks one."""
        steps = found.facts.get(rule.ticks or "", {}).get("steps", {})
        undone = [name for name, step in steps.items() if not step.get("done")]
        return {"step": self.dice.choice(undone or list(steps) or ["none"])} if rule.ticks is not None else {}

    def opening(self) -> int:
        given = {name: self.fact(name) for name, fact in self.flow.facts.items() if fact.required}
        for who in [*self.dice.sample(self.people, len(self.people)), None]:
            try:
                done = self.engine.door.submit(requests.Opening(programme=self.programme, workflow="report", actor=who, facts=given))
            except refusals.RoleRefused:
                continue
            return done.case
        raise AssertionError("nobody may open a case")

    def look(self, case: int) -> draft.Draft:
        with self.engine.store.reading() as tx:
            return views.find(tx, self.engine.catalog, case)

    def pull(self, case: int, trigger: str, who: str) -> Exception | None:
        rule = self.flow.transitions.get(trigger)
        given = {name: self.fact(name) for name in (rule.needs if rule else ())}
        if rule is not None:
            given |= self.step_of(self.look(case), rule)
        try:
            self.engine.door.submit(requests.Move(case=case, trigger=trigger, actor=who, facts=given))
        except (errors.EngineError, refusals.StatesError) as refusal:
            return refusal
        self.seen.add(trigger)
        return None

    def step(self, case: int) -> None:
        """One thing that somebody does, or some time that passes."""
        dice, found = self.dice, self.look(case)
        chance = dice.random()
        if chance < 0.2:
            clock.fire_until(
                self.engine.store,
                self.engine.catalog,
                self.engine.time,
                self.engine.time.now() + int(dice.expovariate(1 / 40) * towns.MINUTE),
            )
        elif chance < 0.3:
            refusal = self.pull(case, dice.choice([*self.flow.transitions, "nonsense"]), dice.choice(self.people))
            assert refusal is None or str(refusal)
        elif chance < 0.35 and found.folds:
            self.acknowledge(found)
        else:
            self.do_what_is_possible(found)

    def acknowledge(self, found: draft.Draft) -> None:
        asked = requests.Acknowledgement(case=found.id, clock=self.dice.choice(sorted(found.folds)), actor=self.dice.choice(self.people))
        with contextlib.suppress(errors.NotRunning, errors.MayNotAcknowledge):
            self.engine.door.submit(asked)

    def do_what_is_possible(self, found: draft.Draft) -> None:
        """What is offered as possible goes through, given valid facts; if not, then for neither role nor state."""
        offers = [(who, trigger) for who in self.people for trigger in views.possible(found, who, now=self.engine.time.now())]
        if not offers:
            return
        rare = [offer for offer in offers if offer[1] not in self.seen] or offers
        who, trigger = self.dice.choice(rare)
        refusal = self.pull(found.id, trigger, who)
        allowed = (
            refusals.ConditionFailed, refusals.TooOften, refusals.AlreadyOverdue, refusals.NothingToExtend,
            refusals.StepsOpen, refusals.StepDone, refusals.NoPlan, refusals.RoleRefused,
        )  # fmt: skip
        assert refusal is None or isinstance(refusal, allowed), f"{trigger} was offered to {who} in {found.state}: {refusal}"


@pytest.mark.parametrize("programme", SHIPPED)
def test_whoever_walks_through_a_shipped_workflow_meets_nothing_but_refusals(engine: Engine, programme: str) -> None:
    covered: set[str] = set()
    for seed in range(proving.times(12, 80)):
        walker = Walker(engine, programme, seed)
        case = walker.opening()
        for _ in range(40):
            walker.step(case)
        assert towns.findings(engine) == [], f"seed {seed}"
        covered |= walker.seen
    never = Walker(engine, programme, 0).flow.transitions.keys() - covered
    assert len(never) <= len(covered), f"never walked: {never}"


@pytest.mark.parametrize("programme", SHIPPED)
def test_a_snapshot_taken_anywhere_goes_on_as_if_nothing_had_been(engine: Engine, programme: str) -> None:
    """Another process, which has nothing but the store, sees and does the same."""
    walker = Walker(engine, programme, 7)
    case = walker.opening()
    for turn in range(20):
        walker.step(case)
        if turn % 5 == 4:
            with towns.another(engine) as second:
                assert towns.shown(second, case) == towns.shown(engine, case)
                assert clock.next_due(second.store) == clock.next_due(engine.store)
                clock.fire_until(second.store, second.catalog, second.time, second.time.now() + 5 * towns.MINUTE)
    assert towns.findings(engine) == []


@pytest.mark.parametrize("programme", SHIPPED)
def test_the_table_and_the_machine_agree(engine: Engine, programme: str) -> None:
    walker = Walker(engine, programme, 1)
    compiled = walker.compiled
    for state in walker.flow.states:
        for trigger, rule in walker.flow.transitions.items():
            facts: dict[str, object] = {name: values[0] for name, values in (rule.when or {}).items()}
            asked = machine.Asked(actor="x", words=frozenset(rule.by), facts=facts, given=frozenset(rule.needs), last={}, counts={})
            expected = compiled.machine.table.get((state, trigger))
            if expected is None:
                with pytest.raises(refusals.MoveRefused):
                    compiled.machine.step(state, trigger, asked)
                assert trigger not in compiled.machine.leaving[state]
            else:
                assert compiled.machine.step(state, trigger, asked) == expected
                assert trigger in compiled.machine.possible(state, asked)


def test_a_walk_in_batches_is_the_same_walk(engine: Engine, tmp_path: Path, sqlite_template: Path) -> None:
    """Requests one by one and all in one transaction leave the same cases, histories and timers."""
    asked: list[requests.Request] = []
    for number in range(1, 11):
        walker = Walker(engine, "ningxiang", number)
        facts: dict[str, Any] = {"description": f"第 {number} 件", "photos": [walker.photo]}
        asked.append(requests.Opening(programme="ningxiang", workflow="report", actor="xu-peng", facts=facts))
        asked.append(
            requests.Move(case=number, trigger="classify", actor="zhao-min", facts={"category": walker.fact("category"), "urgency": "2"})
        )
        asked.append(requests.Move(case=number, trigger="dispatch", actor="wu-xia", facts={"unit": "lamps"}))
    (tmp_path / "twin").mkdir()
    shutil.copy(sqlite_template, tmp_path / "twin" / "fengxing.db")
    with towns.a_town(tmp_path / "twin", f"sqlite:///{tmp_path / 'twin' / 'fengxing.db'}", shipped=SHIPPED) as twin:
        builders.a_photo(twin)
        for request in asked:
            assert isinstance(cases.perform(engine.store, engine.catalog, [request], now=towns.START)[0], requests.Done)
        cases.perform(twin.store, twin.catalog, asked, now=towns.START)
        for number in range(1, 11):
            assert towns.shown(engine, number) == towns.shown(twin, number)
            assert towns.entries(engine, number) == towns.entries(twin, number)
            for statement in (statements.TIMERS_OF, statements.HISTORY_OF):
                with engine.store.reading() as tx, twin.store.reading() as other:
                    assert tx.all(statement, (number,)) == other.all(statement, (number,))
