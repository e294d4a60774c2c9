"""Random walks with a migration at a random point, and back: the history proves every case, nothing fires twice, and taken back at once
everything is as it was."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.demonstration import reckoner
from config import programme as programmes
from config import reading, workflow
from engine import clock, composition, crossing, decisions, draft, eras, history, migration, standing, views
from sla import carrying
from tests import proving
from tests.integration import test_walks, towns

MINUTE = towns.MINUTE
LENGTHS = ("4 minutes", "20 minutes", "90 minutes", "3 hours", "2 days", "3 working hours")


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, lite, shipped=("ningxiang", "haidian")) as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """A version somebody might make of a shipped programme, and what is called otherwise in it."""

    whole: programmes.Programme
    names: tuple[crossing.Name, ...]


def another_version(programme: str, dice: random.Random) -> Another:
    """Other targets, other ladders, a clock less, a clock and a state renamed, a state in which a clock no longer runs."""
    whole = reading.read_folder(towns.SHIPPED / programme).programme
    assert whole is not None
    body = whole.workflows["report"].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    names: list[crossing.Name] = []
    for each in body["clocks"].values():
        for target in each.get("within", ()):
            if dice.random() < 0.6:
                target["is"] = dice.choice(LENGTHS)
                target["hours"] = min(whole.calendars.calendars) if "working" in target["is"] else "always"
        each["on_rework"] = dice.choice(["resume", "restart"])
        if dice.random() < 0.2 and len(each["runs_in"]) > 1:
            each["runs_in"] = dice.sample(each["runs_in"], len(each["runs_in"]) - 1)
    for ladder, rungs in body["ladders"].items():
        kept = [rung for rung in rungs if len(rungs) == 1 or dice.random() < 0.8]
        early = [{"at": "30%", "notify": ["leader"], "template": "overdue"}] if dice.random() < 0.5 else []
        body["ladders"][ladder] = [*early, *kept] or rungs
    extended = {each["extends"]["clock"] for each in body["transitions"].values() if "extends" in each}
    spare = sorted(set(body["clocks"]) - extended)
    if dice.random() < 0.7:
        del body["clocks"][spare.pop(dice.randrange(len(spare)))]
    if dice.random() < 0.7:
        name = spare.pop(dice.randrange(len(spare)))
        body["clocks"][f"new-{name}"] = body["clocks"].pop(name)
        names.append(crossing.Name(crossing.CLOCK, name, f"new-{name}"))
    if dice.random() < 0.7:
        state = dice.choice(sorted(set(body["states"]) - {body["initial"]}))
        names.append(crossing.Name(crossing.STATE, state, f"new-{state}"))
        body = _renamed(body, state)
    flow = workflow.Workflow.model_validate(body)
    return Another(whole=whole.model_copy(update={"workflows": {**whole.workflows, "report": flow}}), names=tuple(names))


def _renamed(body: dict[str, Any], state: str) -> dict[str, Any]:
    """A workflow with one of its states called otherwise."""

    def there(value: Any) -> Any:
        return [there(each) for each in value] if isinstance(value, list) else f"new-{state}" if value == state else value

    states = {there(name): said for name, said in body["states"].items()}
    moves = {name: {k: there(v) if k in ("from", "to") else v for k, v in rule.items()} for name, rule in body["transitions"].items()}
    clocks = {name: {k: there(v) if k in ("runs_in", "pauses_in") else v for k, v in c.items()} for name, c in body["clocks"].items()}
    return {**body, "states": states, "transitions": moves, "clocks": clocks}


def migrated(
    engine: composition.Engine, programme: str, names: tuple[crossing.Name, ...] = (), *, back: bool = False, cases: tuple[str, ...] = ()
) -> None:  # fmt: skip
    with engine.store.reading() as tx:
        version = migration.version(tx, engine.catalog, migration.IN_FORCE, programme)
    wanted = migration.Wanted(version=version, names=names, back=back, cases=cases)
    rehearsed = [row.body("en") for row in migration.rehearse(engine, wanted)]
    rows = [row.body("en") for row in migration.carry_out(engine, wanted)]
    assert rehearsed == rows, "a dry run shows what a real run does"


def stands(found: draft.Draft) -> dict[str, Any]:
    """A case's clocks and what they owe, without how often timers have been armed."""
    return {
        "state": found.state,
        "folds": {name: fold.to_json() for name, fold in found.folds.items()},
        "timers": {name: timer[:4] for name, timer in found.timers.items()},
        "counts": found.counts,
        "last": found.last,
    }


def twice(engine: composition.Engine, case: draft.Draft) -> list[tuple[Any, ...]]:
    """What has fired more than once: (clock, round, moment of the ladder with its trigger, repeat)."""
    with engine.store.reading() as tx:
        rows = history.rows(tx, case.id)
    lived = eras.life(case, rows).stretches()
    fired: Counter[tuple[Any, ...]] = Counter()
    for clock_name in lived[-1].ended:
        for passage in eras.passages(lived, clock_name):
            plan = passage.stretch.compiled.plans[passage.clock]
            for row in rows:
                if passage.first < row[history.SEQ] and (passage.end is None or row[history.SEQ] < passage.end):
                    for effect in history.effects(passage.stretch.compiled, (row,)):
                        if effect.rung is not None and effect.rung[0] == passage.clock:
                            for rung, repeat in ((effect.rung[2], effect.rung[3]), *effect.skipped):
                                fired[clock_name, effect.rung[1], carrying.marks_of(plan)[rung], repeat] += 1
    return [key for key, count in fired.items() if count > 1]


@pytest.mark.parametrize("programme", ["ningxiang", "haidian"])
def test_a_case_that_is_migrated_anywhere_and_taken_back_at_once_is_as_it_was(engine: composition.Engine, programme: str) -> None:
    went = 0
    for seed in range(proving.times(10, 80)):
        dice = random.Random(seed)
        walker = test_walks.Walker(engine, programme, seed)
        case = walker.opening()
        for _ in range(dice.randrange(1, 10)):
            walker.step(case)
        other = another_version(programme, dice)
        towns.publish(engine, other.whole)
        before, only = stands(walker.look(case)), () if seed % 10 == 9 else (str(case),)  # now and then all that are open
        migrated(engine, programme, other.names, cases=only)
        went += bool(walker.look(case).earlier)
        assert towns.findings(engine) == [], f"seed {seed}"
        migrated(engine, programme, back=True, cases=only)
        assert stands(walker.look(case)) == before, f"seed {seed}"
        assert towns.findings(engine) == [], f"seed {seed}"
    assert went > 3, "the walks reach what they are about"


@pytest.mark.parametrize("programme", ["ningxiang", "haidian"])
def test_whoever_walks_on_under_another_version_and_back_finds_nothing_fired_twice(engine: composition.Engine, programme: str) -> None:
    for seed in range(proving.times(8, 60)):
        dice = random.Random(seed)
        walker = test_walks.Walker(engine, programme, seed)
        case = walker.opening()
        for turn in range(3):
            for _ in range(dice.randrange(1, 12)):
                walker.step(case)
            if turn < 2:
                other = another_version(programme, random.Random(seed))
                towns.publish(engine, other.whole)
                migrated(engine, programme, other.names if turn == 0 else (), back=turn == 1, cases=(str(case),))
                walker.flow = (walker.look(case)).compiled.workflow
                assert towns.findings(engine) == [], f"seed {seed}, turn {turn}"
        until = engine.time.now() + dice.randrange(300) * MINUTE
        clock.fire_until(engine.store, engine.catalog, engine.time, until)
        found = walker.look(case)
        assert twice(engine, found) == [], f"seed {seed}"
        reckoned = reckoner.reckon(engine.store, engine.catalog, until=engine.time.now(), tolerance=MINUTE)
        assert reckoned.findings == (), f"seed {seed}"
        assert towns.findings(engine) == [], f"seed {seed}"
        with engine.store.reading() as tx:
            assert views.entries(tx, engine.catalog, found, viewer=None)
            rows = history.rows(tx, case)
            assert decisions.refused(tx, engine.catalog, found) is not None
        stood = [standing.after(found, rows[:length]) for length in range(1, len(rows) + 1)]
        assert {each.compiled.id for each in stood} == {found.compiled.id, *(era.compiled.id for era in found.earlier)}
        timeless: dict[str, Any] = {"timers": {}}
        assert stands(stood[-1]) | timeless == stands(found) | timeless, f"seed {seed}: who looks back sees the case as it is"
        assert (stood[-1].version, stood[-1].changed_at, stood[-1].closed_at) == (found.version, found.changed_at, found.closed_at)
