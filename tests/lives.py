"""One random life, told as acts at given seconds, to be lived again: in memory at one go, in memory with a restart after every act,
and in a real store that is closed and opened again on the way."""

from __future__ import annotations

import functools
import random
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from config import programme as programmes
from config import workflow
from engine import clock, composition, draft, errors, history, rehearsal, requests, settings
from states import errors as states_errors
from tests import builders, second_cases
from tests.integration import towns

MICROS = 1_000_000


class Life(NamedTuple):
    """A workflow, who opened the case with which facts, and what people tried, with the gaps between in seconds."""

    flow: dict[str, Any]
    reporter: str
    facts: dict[str, str]
    acts: tuple[second_cases.Act, ...]


@functools.cache
def town() -> programmes.Programme:
    with tempfile.TemporaryDirectory() as folder:
        return towns.a_programme(Path(folder), workflow=builders.WORKFLOW)


def programme_of(flow: dict[str, Any]) -> programmes.Programme:
    """The tests' town with this as its only workflow."""
    return town().model_copy(update={"workflows": {"report": workflow.Workflow.model_validate(flow)}})


def a_life(seed: int, *, most: int = 20, moving: float = 0.8) -> Life:
    """Which acts make sense is found by living it once."""
    rng = random.Random(seed)
    flow = second_cases.a_workflow(rng, moving=moving)
    reporter, facts = second_cases.an_opening(rng)
    memory = Memory(flow, now=towns.START)
    memory.open(reporter, facts)
    acts = []
    for _ in range(rng.randint(3, most)):
        acts.append(second_cases.an_act(rng, flow, memory.case.state))
        memory.act(acts[-1])
    return Life(flow, reporter, facts, tuple(acts))


class Memory:
    """A case in a rehearsal."""

    def __init__(self, flow: dict[str, Any], *, now: int) -> None:
        self.programme = programme_of(flow)
        self.rehearsal = rehearsal.of_programme(self.programme, now=now)
        self.number = 0
        self.entries: list[tuple[Any, ...]] = []

    @property
    def case(self) -> draft.Draft:
        return self.rehearsal.cases[self.number]

    def open(self, reporter: str, facts: dict[str, str]) -> None:
        self.number = self.rehearsal.open("report", actor=reporter, facts=facts).id
        self.rehearsal.until(self.rehearsal.now)

    def act(self, act: second_cases.Act) -> bool:
        """Let time pass and try it; False if it was refused."""
        moment = self.rehearsal.now + act.gap * MICROS
        self.rehearsal.before(moment)
        try:
            if act.clock is not None:
                self.rehearsal.acknowledge(self.number, act.clock, actor=act.actor)
            else:
                self.rehearsal.move(self.number, act.trigger, actor=act.actor, facts=act.facts)
        except (errors.EngineError, states_errors.StatesError):
            return False
        return True

    def restart(self) -> None:
        """Nothing is kept but the case's row and the time, as JSON and the database would have them."""
        self.keep()
        case = self.case
        state, version, facts, fold, unit, urgent, changed, closed, head, length = orjson.loads(orjson.dumps(case.row(), default=bytes.hex))
        row = (case.id, case.number, case.compiled.programme, case.compiled.id, state, version, facts, fold, case.reporter, unit, urgent,
               case.opened_at, changed, closed, bytes.fromhex(head), length)  # fmt: skip
        following = rehearsal.of_programme(self.programme, now=self.rehearsal.now)
        desk = following._desk
        desk.drafts[case.id] = draft.read(row, desk.catalog, desk.tx)
        desk.armed.update({(case.id, name): timer for name, timer in desk.drafts[case.id].timers.items()})
        following._gather()
        self.rehearsal = following

    def keep(self) -> None:
        self.entries += [entry[1:] for entry in self.rehearsal.happened().entries]

    def end(self, seconds: int) -> None:
        self.rehearsal.until(self.rehearsal.now + seconds * MICROS)
        self.keep()


class Stored:
    """The same case in a store, which is closed and opened again before every act."""

    def __init__(self, given: settings.Settings, flow: dict[str, Any]) -> None:
        self.settings, self.number = given, 0
        self._opened = composition.opened(given)
        self.engine = self._opened.__enter__()
        towns.publish(self.engine, programme_of(flow))

    def restart(self) -> None:
        self.close()
        self._opened = composition.opened(self.settings)
        self.engine = self._opened.__enter__()

    def close(self) -> None:
        self._opened.__exit__(None, None, None)

    def open(self, reporter: str, facts: dict[str, str]) -> None:
        opening = requests.Opening(programme="testtown", workflow="report", actor=reporter, facts=facts)
        self.number = self.engine.door.submit(opening).case
        self._until(self.engine.time.now())

    def act(self, act: second_cases.Act) -> bool:
        moment = self.engine.time.now() + act.gap * MICROS
        if act.gap:
            self._until(moment - 1)
        with self.engine.store.writing() as tx:
            self.engine.time.move_to(tx, moment)
        asked: requests.Request = requests.Move(case=self.number, trigger=act.trigger, actor=act.actor, facts=act.facts)
        if act.clock is not None:
            asked = requests.Acknowledgement(case=self.number, clock=act.clock, actor=act.actor)
        try:
            self.engine.door.submit(asked)
        except (errors.EngineError, states_errors.StatesError):
            return False
        return True

    def end(self, seconds: int) -> None:
        """All that was to come has come."""
        self._until(self.engine.time.now() + seconds * MICROS)

    def _until(self, moment: int) -> None:
        clock.fire_until(self.engine.store, self.engine.catalog, self.engine.time, moment)

    def entries(self) -> list[tuple[Any, ...]]:
        with self.engine.store.reading() as tx:
            return [row[history.SEQ : history.DIGEST] for row in history.rows(tx, self.number)]

    def case(self) -> draft.Draft:
        """As it is read from the store."""
        now = self.engine.time.now()
        with self.engine.store.reading() as tx:
            batch = draft.Batch(tx, self.engine.catalog, now)
            batch.load([self.number])
        return batch.drafts[self.number]
