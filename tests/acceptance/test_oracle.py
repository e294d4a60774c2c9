"""Random workflows, random lives: our engine and a second one (tests/second.py, a statechart of sismic) say the same of each.

The same states after every step, the same refusals, the same history – each timed transition and each rung at its second –
and the same verdict and deadline of every clock. What differs is printed as YAML with the acts that led there."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import orjson
import pytest

from engine import errors, history, rehearsal
from sla import clocks, folds, ladders, plans, running
from states import errors as states_errors
from states import machine
from tests import lives, proving, second, second_cases, second_clock
from tests.integration import towns

BLOCKS = 3
DEFINITIONS = proving.times(300, 10_200)
ACTS = 20
MICROS = 1_000_000


class Both:
    """One case, lived through by both; whatever differs raises AssertionError."""

    def __init__(self, flow: dict[str, Any], actor: str, facts: dict[str, str]) -> None:
        self.flow, self.reporter = flow, actor
        self.now = towns.START // MICROS
        self.told: list[str] = [f"open by {actor} with {facts}"]
        self.ours = rehearsal.of_programme(lives.programme_of(flow), now=towns.START)
        self.second = second.Second(flow)
        self.second.before(self.now)
        self.case = self.ours.open("report", actor=actor, facts=facts)
        self.second.tell("open", facts=facts, actor=actor)
        self.log: list[tuple[Any, ...]] = []

    def act(self, act: second_cases.Act) -> None:
        self.now += act.gap
        self.told.append(f"{act.gap} s later: {act.trigger} {act.clock or ''} by {act.actor} with {act.facts}")
        self.ours.before(self.now * MICROS)
        self.second.before(self.now)
        self.same("state before the act", self.case.state, self.second.state)
        self.same("accepted", self._ours(act), self._theirs(act))
        self.same("state", self.case.state, self.second.state)

    def _ours(self, act: second_cases.Act) -> bool:
        try:
            if act.clock is not None:
                self.ours.acknowledge(self.case.id, act.clock, actor=act.actor)
            else:
                self.ours.move(self.case.id, act.trigger, actor=act.actor, facts=act.facts)
        except (errors.EngineError, states_errors.StatesError):
            return False
        return True

    def _theirs(self, act: second_cases.Act) -> bool:
        words = second_cases.words_of(act.actor, self.reporter)
        if act.clock is not None:
            return self.second.tell("acknowledge", clock=act.clock, actor=act.actor, words=words)
        return self.second.tell(f"t_{act.trigger}", facts=act.facts, actor=act.actor, words=words)

    def end(self) -> None:
        """A day later: all that was to come has come."""
        self.now += 86_400
        self.ours.until(self.now * MICROS)
        self.second.until(self.now)
        self.log = [said(row) for row in self.ours.happened().entries]
        self.same("history", self.log, self.second.case.log)
        self.same("state", self.case.state, self.second.state)
        for name, theirs in self.second.case.clocks.items():
            fold = self.case.folds.get(name)
            self.same(f"begun {name}", fold is not None, theirs.round is not None)
            if fold is not None:
                self.same(f"clock {name}", self._reckoned(name, fold), (self.second.phase(name), *stand(theirs, self.now)))

    def _reckoned(self, name: str, fold: clocks.ClockFold) -> tuple[Any, ...]:
        found = clocks.reckon(self.case.compiled.plans[name], fold, self.case.compiled.timelines, now=self.ours.now)
        due = found.due // MICROS if found.due is not None and found.phase == "running" else None
        breached = found.breached_at // MICROS if found.breached_at is not None else None
        return found.phase, found.round, found.started // MICROS, due, breached, found.earlier_breaches, found.elapsed // MICROS

    def same(self, what: str, ours: Any, theirs: Any) -> None:
        if ours == theirs:
            return
        if isinstance(ours, list):
            at = next((n for n, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), min(len(ours), len(theirs)))
            ours, theirs = ours[max(0, at - 3) : at + 2], theirs[max(0, at - 3) : at + 2]
        text = orjson.dumps(self.flow, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode()
        raise AssertionError("\n".join([f"{what}: ours {ours}, the second's {theirs}", text, *self.told]))


def stand(clock: second_clock.Clock, now: int) -> tuple[Any, ...]:
    """What the second says of a clock, in the order of `_reckoned`."""
    this = clock.now_on
    running = bool(this.ran) and len(this.ran[-1]) == 1
    elapsed = sum([*span, now][1] - span[0] for span in this.ran)
    return this.number, this.started, clock.deadline() if running else None, this.breached, clock.earlier, elapsed


def said(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """An entry of our history as the second writes it."""
    at, kind, trigger = row[history.AT] // MICROS, row[history.KIND], row[history.TRIGGER]
    assert row[history.AT] % MICROS == 0
    detail = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
    if kind == "open":
        return at, kind, None, row[history.TO]
    if kind == "move":
        return at, kind, trigger, row[history.FROM], row[history.TO], row[history.ACTOR]
    if kind == "acknowledge":
        return at, kind, detail["clock"], detail["round"], row[history.ACTOR]
    if kind == "rung":
        skipped = sorted((rung, repeat) for rung, repeat in detail.get("skipped", ()))
        return at, kind, detail["clock"], detail["round"], detail["rung"], detail["repeat"], skipped
    return at, kind, trigger


def a_life(seed: int) -> Both:
    """A random workflow and a random case in it, lived to its end by both."""
    rng = random.Random(seed)
    flow = second_cases.a_workflow(rng)
    both = Both(flow, *second_cases.an_opening(rng))
    for _ in range(rng.randint(3, ACTS)):
        both.act(second_cases.an_act(rng, flow, both.case.state))
    both.end()
    return both


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_both_reach_the_same_states_at_the_same_times(block: int) -> None:
    seen: Counter[str] = Counter()
    each = DEFINITIONS // BLOCKS
    for seed in range(block * each, (block + 1) * each):
        try:
            both = a_life(seed)
        except AssertionError as difference:
            raise AssertionError(f"seed {seed}: {difference}") from None
        seen.update(entry[1] if entry[1] != "move" or entry[-1] != "timer" else "timed" for entry in both.log)
        seen["acts"] += len(both.told) - 1
        seen["breached"] += sum(clock.round is not None and clock.round.breached is not None for clock in both.second.case.clocks.values())
    print(f"{each} definitions: {dict(seen)}")  # noqa: T201 - the figures of `make prove`
    assert min(seen[kind] for kind in ("move", "timed", "rung", "acknowledge", "refused", "breached")) > 0, seen


def some_lives(many: int) -> None:
    for seed in range(many):
        a_life(seed)


@pytest.mark.parametrize(
    ("where", "what", "instead"),
    [
        pytest.param(plans, "share_of", lambda amount, share: amount * share // 100 + MICROS, id="a share a second late"),
        pytest.param(machine.Guard, "spent", lambda *_: None, id="as often as one likes"),
        pytest.param(ladders._Ladder, "quiet", lambda *_: 0, id="told although acknowledged"),
        pytest.param(clocks, "_back", lambda *_: folds.GONE_BACK, id="no clock restarts"),
        pytest.param(running, "onwards", lambda _, timeline, origin, amount: timeline.add(origin, amount), id="pauses count"),
        pytest.param(clocks, "retargeted", lambda _plan, fold, *_: fold, id="the first target for ever"),
    ],
)
def test_a_planted_fault_is_noticed(monkeypatch: pytest.MonkeyPatch, where: object, what: str, instead: object) -> None:
    monkeypatch.setattr(where, what, instead)
    with pytest.raises(AssertionError, match="the second's"):
        some_lives(300)
