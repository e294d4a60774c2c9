"""Places: at most so many cases may be in some states, whoever asks first, in one process or in two, in the store or in a rehearsal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import cases, composition, decisions, rehearsal, requests, views
from states import errors as states_errors
from tests import builders
from tests.integration import towns

WORKFLOW = builders.WORKFLOW.replace(
    "  resolve:  {from: dispatched,", "  resolve:  {places: {most: 2, in: [resolved, verified]}, from: dispatched,"
).replace("  verify:   {from: resolved,", "  verify:   {places: {most: 2, in: [resolved, verified]}, from: resolved,")


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, url, workflow=WORKFLOW) as opened:
        yield opened


def resolved(engine: composition.Engine, case: requests.Done) -> requests.Done:
    return towns.moved(engine, case, "resolve", "li", result="好了")


def test_who_comes_when_all_places_are_taken_is_refused_in_clear_words(engine: composition.Engine) -> None:
    first, second, third = (towns.dispatched(engine) for _ in range(3))
    resolved(engine, first)
    resolved(engine, second)
    with pytest.raises(states_errors.NoPlace) as caught:
        resolved(engine, third)
    assert str(caught.value) == "all 2 places are taken (Resolved, Closed), so resolve has to wait until one is free"
    assert caught.value.zh == "2 个名额已满（已处置、已办结），须有空缺后才能执行 resolve"
    assert caught.value.code == "no-place"
    assert towns.shown(engine, third)["state"] == "dispatched"


def test_who_stands_in_a_place_does_not_take_another(engine: composition.Engine) -> None:
    first, second = (resolved(engine, towns.dispatched(engine)) for _ in range(2))
    assert towns.moved(engine, first, "verify", "qian").state == "verified"
    assert towns.moved(engine, second, "verify", "qian").state == "verified"


def test_a_place_that_is_left_is_free_again(engine: composition.Engine) -> None:
    first, _, third = resolved(engine, towns.dispatched(engine)), resolved(engine, towns.dispatched(engine)), towns.dispatched(engine)
    towns.moved(engine, first, "rework", "qian", reason="再看看")
    assert resolved(engine, third).state == "resolved"


def test_those_of_one_transaction_count_each_other(engine: composition.Engine) -> None:
    waiting = [towns.dispatched(engine) for _ in range(3)]
    asked = [towns.a_move(case.case, "resolve", "li", result="好了") for case in waiting]
    outcomes = cases.perform(engine.store, engine.catalog, asked, now=engine.time.now())
    assert [isinstance(each, requests.Done) for each in outcomes] == [True, True, False]


def test_two_processes_at_the_same_moment_never_fill_a_place_twice(engine: composition.Engine) -> None:
    waiting = [towns.dispatched(engine) for _ in range(8)]
    begun, done, refused = threading.Barrier(4), list[int](), list[str]()

    def ask(own: list[requests.Done]) -> None:
        with towns.another(engine) as process:
            begun.wait()
            for case in own:
                try:
                    resolved(process, case)
                    done.append(case.case)
                except states_errors.NoPlace as refusal:
                    refused.append(refusal.code)

    threads = [threading.Thread(target=ask, args=(waiting[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(refused)) == (2, 6)
    assert [towns.shown(engine, case)["state"] for case in waiting].count("resolved") == 2


def test_explain_says_how_many_are_taken(engine: composition.Engine) -> None:
    for _ in range(2):
        resolved(engine, towns.dispatched(engine))
    third, now = towns.dispatched(engine), engine.time.now()
    asked = decisions.Asked(trigger="resolve", actor="li", facts={"result": "好了"})
    with engine.store.reading() as tx:
        decision = decisions.decide(tx, engine.catalog, views.find(tx, engine.catalog, third.case), asked, now=now)
    (condition,) = (each for each in decision.conditions if each.code == "no-place")
    assert not condition.holds
    assert condition.said.en == "places (Resolved, Closed): 2 of 2 taken"
    assert decision.refusal is not None


def test_a_rehearsal_counts_too_also_what_it_has_forgotten(tmp_path: Path) -> None:
    town = rehearsal.of_programme(towns.a_programme(tmp_path, workflow=WORKFLOW), now=towns.START)

    def one() -> int:
        case = town.open("report", actor="ma", facts={"description": "灯不亮"}).id
        town.move(case, "dispatch", actor="wang", facts={"category": "lamp", "urgency": "2", "unit": "lights"})
        return case

    first, second, third = one(), one(), one()
    for case in (first, second):
        town.move(case, "resolve", actor="li", facts={"result": "好了"})
    town.forget(first)
    with pytest.raises(states_errors.NoPlace):
        town.move(third, "resolve", actor="li", facts={"result": "好了"})
