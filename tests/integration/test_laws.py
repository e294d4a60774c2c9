"""Laws of a case's history, on the same random workflows and lives as the oracle's (tests/second_cases.py).

A restart anywhere changes nothing; a rehearsal in memory is what the store would have done; what happened at given times gives the same
deadlines in whatever order it is recorded."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine import clock, composition, draft, errors, history, requests
from states import errors as states_errors
from tests import lives, proving, second_cases
from tests.integration import towns

DAY = 86_400
BEGUN = towns.START


def standing(case: draft.Draft) -> dict[str, Any]:
    """What a case owes and where it stands; not how often its timers were armed."""
    timers = {name: timer[:4] for name, timer in case.timers.items()}
    return {"state": case.state, "facts": case.facts, "folds": dict(case.folds), "timers": timers, "last": case.last, "counts": case.counts}


def owing(case: draft.Draft) -> dict[str, Any]:
    """The same without who did what last, which is asked of the order of recording."""
    return {name: value for name, value in standing(case).items() if name != "last"}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(2))
def test_a_restart_anywhere_changes_nothing(block: int) -> None:
    each = proving.times(150, 5_000)
    for seed in range(block * each, (block + 1) * each):
        life = lives.a_life(seed)
        straight, restarted = (lives.Memory(life.flow, now=towns.START) for _ in range(2))
        for memory in (straight, restarted):
            memory.open(life.reporter, life.facts)
        for act in life.acts:
            restarted.restart()
            assert straight.act(act) == restarted.act(act), f"seed {seed}: {act}"
        restarted.restart()
        straight.end(DAY)
        restarted.end(DAY)
        assert straight.entries == restarted.entries, f"seed {seed}"
        assert standing(straight.case) == standing(restarted.case), f"seed {seed}"


@pytest.mark.slow
def test_a_rehearsal_is_what_a_store_that_is_closed_and_opened_on_the_way_would_have_done(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        settings = engine.settings
    for seed in range(proving.times(25, 400)):
        life = lives.a_life(seed, most=10)
        stored = lives.Stored(settings, life.flow)
        memory = lives.Memory(life.flow, now=stored.engine.time.now())
        for kept in (stored, memory):
            kept.open(life.reporter, life.facts)
        for act in life.acts:
            stored.restart()
            assert memory.act(act) == stored.act(act), f"seed {seed}: {act}"
        stored.restart()
        memory.end(DAY)
        stored.end(DAY)
        assert memory.entries == stored.entries(), f"seed {seed}"
        assert standing(memory.case) == standing(stored.case()), f"seed {seed}"
        stored.close()


class Late(NamedTuple):
    """An act with the second at which it happened, after the opening."""

    at: int
    act: second_cases.Act


@pytest.mark.slow
def test_the_order_of_recording_does_not_matter(tmp_path: Path, lite: str) -> None:
    """Everything is recorded late, once as it happened and once with what leaves the state recorded whenever: the same clocks and timers,
    and the same rungs once the clock comes."""
    seen = Counter[str]()
    with towns.a_town(tmp_path, lite, start=BEGUN + 400 * DAY * lives.MICROS) as engine:
        for seed in range(proving.times(60, 3_000)):
            life, rng = lives.a_life(seed, most=14, moving=0.4), random.Random(-seed)
            towns.publish(engine, lives.programme_of(life.flow))
            one, taken = recorded(engine, life, timed(life))
            order = shuffled(life, taken, rng)
            other, again = recorded(engine, life, order)
            if again != order:  # not an order that the rules admit
                seen["not admitted"] += 1
                continue
            seen["in another order" if order != taken else "in the same order"] += 1
            told = f"seed {seed}: {life}\n{taken}\n{order}"
            assert owing(read(engine, one)) == owing(read(engine, other)), told
            while clock.fire_due(engine.store, engine.catalog, now=engine.time.now())[1]:
                pass
            assert rungs_of(engine, one) == rungs_of(engine, other), told
            assert owing(read(engine, one)) == owing(read(engine, other)), told
    print(dict(seen))  # noqa: T201 - the figures of `make prove`
    assert seen["in another order"] > seen["not admitted"], seen


def timed(life: lives.Life) -> list[Late]:
    """The moves of a life, each at a second of its own. An acknowledgement is never recorded late."""
    found, at = list[Late](), 0
    for act in life.acts:
        at += act.gap + 1
        if act.clock is None:
            found.append(Late(at, act))
    return found


def shuffled(life: lives.Life, acts: list[Late], rng: random.Random) -> list[Late]:
    """What leads to a state, in its order; what leaves the state, anywhere."""
    stays = [one for one in acts if "to" not in life.flow["transitions"][one.act.trigger]]
    order = [one for one in acts if one not in stays]
    for one in stays:
        order.insert(rng.randint(0, len(order)), one)
    return order


def recorded(engine: composition.Engine, life: lives.Life, acts: list[Late]) -> tuple[int, list[Late]]:
    """Open a case as of long ago and record the acts in this order; which were taken."""
    opening = requests.Opening(programme="testtown", workflow="report", actor=life.reporter, facts=life.facts, at=BEGUN)
    case, taken = engine.door.submit(opening).case, list[Late]()
    for one in acts:
        at = BEGUN + one.at * lives.MICROS
        try:
            engine.door.submit(requests.Move(case=case, trigger=one.act.trigger, actor=one.act.actor, facts=one.act.facts, at=at))
        except (errors.EngineError, states_errors.StatesError):
            continue
        taken.append(one)
    return case, taken


def read(engine: composition.Engine, case: int) -> draft.Draft:
    now = engine.time.now()
    with engine.store.reading() as tx:
        batch = draft.Batch(tx, engine.catalog, now)
        batch.load([case])
    return batch.drafts[case]


def rungs_of(engine: composition.Engine, case: int) -> list[tuple[Any, ...]]:
    """What came by itself, without its place in the history."""
    with engine.store.reading() as tx:
        return [row[history.KIND : history.DIGEST] for row in history.rows(tx, case) if row[history.ACTOR] == requests.TIMER]
