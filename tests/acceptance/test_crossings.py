"""Random lives in memory that cross from version to version and back, with outages on the way: the history gives the clocks, a border
that is taken back at once leaves no trace, what is foretold fires, and nothing fires twice."""

from __future__ import annotations

import copy
import random
from collections import Counter
from typing import Any

import orjson

from config import programme as programmes
from engine import catalog, crossing, draft, eras, errors, forecast, history
from sla import carrying, ladders
from tests import lives, proving, second_cases
from tests.integration import towns

MICROS = 1_000_000
Rows = list[tuple[Any, ...]]


def another(rng: random.Random, flow: dict[str, Any]) -> tuple[dict[str, Any], tuple[crossing.Name, ...]]:
    """A version somebody might make of a random workflow, and what is called otherwise in it."""
    flow = copy.deepcopy(flow)
    states = [name for name, state in flow["states"].items() if "final" not in state]
    timed = [name for name, rule in flow["transitions"].items() if "timer" in rule["by"]]
    for clock in flow["clocks"].values():
        spans = [rng.choice(second_cases.SPANS) for _ in range(2)]
        if rng.random() < 0.5:
            clock["within"] = rng.choice((spans[0], [{"when": {"u": [rng.randint(1, 3)]}, "is": spans[0]}, {"is": spans[1]}]))
        if rng.random() < 0.3:
            clock["runs_in"] = rng.sample(states, rng.randint(1, len(states)))
            clock["pauses_in"] = [name for name in states if name not in clock["runs_in"] and rng.random() < 0.4]
        clock |= {f"on_{kind}": rng.choice(("resume", "restart")) for kind in second_cases.BACK if rng.random() < 0.3}
    for name, rungs in flow["ladders"].items():
        kept = [rung for rung in rungs if rng.random() < 0.75]
        for _ in range(rng.randint(0, 2)):
            kept.insert(rng.randint(0, len(kept)), second_cases._rung(rng, timed))
        flow["ladders"][name] = kept or rungs
    extended = {rule["extends"]["clock"] for rule in flow["transitions"].values() if "extends" in rule}
    spare = [name for name in flow["clocks"] if name not in extended]
    names: list[crossing.Name] = []
    if len(spare) > 1 and rng.random() < 0.4:
        del flow["clocks"][spare.pop(rng.randrange(len(spare)))]
    if spare and rng.random() < 0.3:
        name = rng.choice(spare)
        flow["clocks"][f"{name}r"] = flow["clocks"].pop(name)
        names.append(crossing.Name(crossing.CLOCK, name, f"{name}r"))
    if rng.random() < 0.3:
        flow["clocks"]["x"] = second_cases._clock(rng, states, list(flow["ladders"]))
    return flow, tuple(names)


class Traveller:
    """A case that lives under several versions."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        first = second_cases.a_workflow(rng)
        self.versions: list[tuple[dict[str, Any], tuple[crossing.Name, ...]]] = [(first, ())]
        for _ in range(rng.randint(1, 3)):
            self.versions.append(another(rng, rng.choice(self.versions)[0]))
        self.compiled = [self._compiled(number, flow) for number, (flow, _) in enumerate(self.versions, 1)]
        self.memory = lives.Memory(first, now=towns.START)
        self.memory.open(*second_cases.an_opening(rng))
        self.case.compiled, self.at, self.crossed = self.compiled[0], 0, 0

    @staticmethod
    def _compiled(number: int, flow: dict[str, Any]) -> catalog.Compiled:
        whole = lives.programme_of(flow)
        definition = programmes.definition_of(whole, "report")
        return catalog.made(number, definition.hash(), definition, programmes.live_of(whole))

    @property
    def case(self) -> draft.Draft:
        return self.memory.case

    def rows(self) -> Rows:
        self.memory.keep()
        return [(self.case.id, *entry) for entry in self.memory.entries]

    def stands(self) -> tuple[object, ...]:
        case = self.case
        folds = {name: fold.to_json() for name, fold in case.folds.items()}
        return folds, {name: timer[:4] for name, timer in case.timers.items()}, case.state, dict(case.counts), dict(case.last)

    def asleep(self, *gaps: int) -> None:
        """Time passes, and the clock does not have its turn."""
        self.memory.rehearsal._desk.now = self.memory.rehearsal.now + self.rng.choice(gaps) * MICROS

    def step(self) -> None:
        rng = self.rng
        if rng.random() < 0.6 or self.case.state in self.case.compiled.machine.final:
            act = second_cases.an_act(rng, self.versions[self.at][0], self.case.state)
            if rng.random() < 0.15:
                self.asleep(600, 3600, 20_000)
                self.memory.rehearsal.until(self.memory.rehearsal.now)
            self.memory.act(act)
            return
        before = self.stands()
        if rng.random() < 0.3:
            self.asleep(60, 600, 3600)
        forth = rng.random() < 0.6
        row = self.cross(back=not forth)
        if row is None:
            return
        self.crossed += 1
        self.proven()
        if forth and rng.random() < 0.4:
            self.cross(back=True)
            assert self.stands() == before, "taken back at once"
        elif not any(each.pulls for each in row.fires):
            self.foretold(row)

    def cross(self, *, back: bool) -> forecast.Row | None:
        case, rows, target = self.case, self.rows(), self.rng.randrange(len(self.compiled))
        undone = eras.standing_border(case, rows) if back else None
        if undone is None and (back or self.compiled[target].id == case.compiled.id):
            return None
        desk = self.memory.rehearsal._desk
        try:
            names = self.versions[target][1] if self.rng.random() < 0.8 else ()
            way = crossing.back(case, rows, undone, ()) if undone is not None else crossing.forth(case, self.compiled[target], names)
            row = crossing.take(desk, case, way, rows, actor="system", reason="", undone=undone)
        except errors.EngineError:
            return None
        self.at = next(number for number, each in enumerate(self.compiled) if each.id == case.compiled.id)
        self.memory.rehearsal._gather()
        return row

    def foretold(self, row: forecast.Row) -> None:
        known = len(self.rows())
        self.memory.rehearsal.until(self.memory.rehearsal.now)
        details = [orjson.loads(entry[history.DETAIL]) for entry in self.rows()[known:] if entry[history.KIND] == "rung"]
        assert Counter((each["clock"], each["rung"] + 1) for each in details) == Counter((each.clock, each.rung) for each in row.fires)

    def proven(self) -> None:
        """The history gives clocks and timers; in all eras together each rung fired once."""
        case, rows = self.case, self.rows()
        lived = eras.life(case, rows).stretches()
        assert {name: fold.to_json() for name, fold in lived[-1].ended.items()} == self.stands()[0]
        for name, fold in case.folds.items():
            owed = ladders.owed(case.compiled.plans[name], fold, case.compiled.timelines)
            assert case.timers.get(name, ())[:4] == (() if owed is None else (owed.due, fold.round, owed.rung, owed.repeat))
            came: Counter[tuple[Any, ...]] = Counter()
            for passage in eras.passages(lived, name):
                marks = carrying.marks_of(passage.stretch.compiled.plans[passage.clock])
                here = [row for row in rows if passage.first < row[history.SEQ] < (passage.end or len(rows) + 1)]
                for effect in history.effects(passage.stretch.compiled, here):
                    if effect.rung is not None and effect.rung[0] == passage.clock:
                        fired = (effect.rung[2:], *effect.skipped)
                        came.update((effect.rung[1], marks[rung], repeat) for rung, repeat in fired)
            assert max(came.values(), default=1) == 1, f"{name}: {came}"


def test_a_case_may_cross_to_any_version_and_back() -> None:
    crossed = 0
    for seed in range(proving.times(250, 8000)):
        traveller = Traveller(seed)
        try:
            for _ in range(traveller.rng.randint(4, 22)):
                traveller.step()
                traveller.proven()
            traveller.memory.rehearsal.until(traveller.memory.rehearsal.now + 3 * 86_400 * MICROS)
            traveller.proven()
        except AssertionError as exc:
            raise AssertionError(f"seed {seed}") from exc
        crossed += traveller.crossed
    assert crossed > 100, "the lives reach what they are about"
