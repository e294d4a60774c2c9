"""Many requests at once: batches in one transaction, and the one door of a process, where callers that wait share a commit."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from engine import cases, composition, errors, requests
from engine import now as times
from states import errors as refusals
from storage import database
from storage import errors as storage_errors
from tests.integration import towns

Engine = composition.Engine


def perform(engine: Engine, *asked: requests.Request, now: int = towns.START) -> list[cases.Outcome]:
    return cases.perform(engine.store, engine.catalog, asked, now=now)


def test_a_batch_carries_out_in_order_and_a_refusal_touches_nothing_else(engine: Engine) -> None:
    outcomes = perform(
        engine,
        towns.an_opening(key="1"),
        requests.Opening(programme="testtown", workflow="report", actor="ma", facts={}),
        towns.an_opening(by="nobody"),
        towns.an_opening(),
        towns.a_move(1, "note", "wang"),
        towns.a_move(1, "resolve", "li"),
        towns.an_opening(key="1"),
        towns.an_opening(key="1", description="anders"),
    )
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["Done", "FactInvalid", "NotFound", "Done", "Done", "MoveRefused", "Done", "KeyReused"]
    numbers = [outcome.number for outcome in outcomes if isinstance(outcome, requests.Done)]
    assert numbers == ["TT-20261120-0001", "TT-20261120-0002", "TT-20261120-0001", "TT-20261120-0001"], (
        "no gap, and a repeated key finds what it made"
    )
    assert towns.opened(engine).number == "TT-20261120-0003"
    assert towns.findings(engine) == []


def test_moves_of_one_case_within_a_batch_follow_each_other(engine: Engine) -> None:
    towns.opened(engine)
    facts: dict[str, Any] = {"category": "lamp", "urgency": "1", "unit": "lights"}
    outcomes = perform(
        engine,
        towns.a_move(1, "dispatch", "wang", **facts),
        towns.a_move(1, "resolve", "li", result="好了"),
        towns.a_move(1, "verify", "qian"),
    )
    assert [done.state for done in outcomes if isinstance(done, requests.Done)] == ["dispatched", "resolved", "verified"]
    assert towns.findings(engine) == []


def test_a_batch_of_openings_on_two_days_leaves_no_gap_on_either(engine: Engine) -> None:
    now = towns.at("2026-11-21T09:00")
    days = ["23:00", "2026-11-21T08:00", "23:30", "2026-11-21T08:30"]
    outcomes = perform(engine, *(towns.an_opening(when=when) for when in days), towns.an_opening(by="nobody"), now=now)
    assert [o.number[-13:] for o in outcomes if isinstance(o, requests.Done)] == [
        "20261120-0001",
        "20261121-0001",
        "20261120-0002",
        "20261121-0002",
    ]
    again = perform(engine, towns.an_opening(when="23:45"), now=now)
    assert [o.number for o in again if isinstance(o, requests.Done)] == ["TT-20261120-0003"]
    assert towns.rows(engine, "SELECT max(id), count(*) FROM cases") == [(5, 5)]


class Counting:
    """Counts the durable transactions of a store."""

    def __init__(self, store: database.Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commits = 0
        plain = database.Store.writing

        def counted(own: database.Store) -> Any:
            self.commits += own is store
            return plain(own)

        monkeypatch.setattr(database.Store, "writing", counted)


def behind_a_slow_commit(engine: Engine, count: int, ask: Callable[[int], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """`count` callers who come while the disk is busy with somebody's commit."""
    plain, begun, go = cases.perform_in, threading.Event(), threading.Event()

    def slow(*given: Any, **more: Any) -> Any:
        if not begun.is_set():
            begun.set()
            go.wait(10)
        return plain(*given, **more)

    monkeypatch.setattr(cases, "perform_in", slow)
    first = threading.Thread(target=lambda: towns.opened(engine))
    first.start()
    begun.wait(10)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    while len(engine.door._waiting) < count:
        time.sleep(0.001)
    go.set()
    for thread in (first, *threads):
        thread.join()


def at_once(count: int, ask: Callable[[int], object]) -> None:
    """`count` threads that begin together."""
    together = threading.Barrier(count)

    def one(number: int) -> None:
        together.wait()
        ask(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_callers_that_wait_at_the_same_moment_share_a_commit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(engine.store, monkeypatch)
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        try:
            answers[number] = engine.door.submit(towns.an_opening(by="nobody" if number % 5 == 0 else "ma", description=f"第 {number} 件"))
        except errors.EngineError as refusal:
            answers[number] = refusal

    behind_a_slow_commit(engine, 30, ask, monkeypatch)
    assert counting.commits == 2, "the one that was under way, and one for all thirty"
    for number, answer in answers.items():
        if number % 5 == 0:
            assert isinstance(answer, errors.NotFound), "each gets his own refusal"
        else:
            assert isinstance(answer, requests.Done)
            assert towns.shown(engine, answer)["facts"]["description"] == f"第 {number} 件", "and his own case"
    assert towns.findings(engine) == []


def test_a_commit_takes_so_many_requests_at_most(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.door.largest = 10
    counting = Counting(engine.store, monkeypatch)
    at_once(25, lambda _: engine.door.submit(towns.an_opening()))
    assert 3 <= counting.commits <= 25
    assert towns.rows(engine, "SELECT count(*) FROM cases") == [(25,)]


def test_one_request_that_is_more_than_the_engine_can_take_does_not_take_the_others_with_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain = cases._open

    def failing(batch: Any, request: requests.Opening) -> Any:
        if request.facts["description"] == "bug":
            raise ZeroDivisionError
        return plain(batch, request)

    monkeypatch.setattr(cases, "_open", failing)
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        try:
            answers[number] = engine.door.submit(towns.an_opening(description="bug" if number == 3 else "路灯"))
        except ZeroDivisionError as exc:
            answers[number] = exc

    behind_a_slow_commit(engine, 6, ask, monkeypatch)
    assert isinstance(answers[3], ZeroDivisionError)
    assert sorted(done.case for done in answers.values() if isinstance(done, requests.Done)) == [2, 3, 4, 5, 6]
    assert "each is tried by itself" in caplog.text


def test_a_duplicate_is_tried_again_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cases.perform_in
    failed: list[int] = []

    def colliding(tx: database.Transaction, known: Any, asked: Any, *, now: int) -> Any:
        if len(asked) > 1 or not failed:
            failed.append(len(asked))
            raise storage_errors.Duplicate("somebody else")
        return plain(tx, known, asked, now=now)

    monkeypatch.setattr(cases, "perform_in", colliding)
    assert towns.opened(engine).case == 1
    assert failed == [1]


def test_who_never_gets_his_turn_is_told_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def colliding(*_: Any, **__: Any) -> Any:
        raise storage_errors.Duplicate("somebody else")

    monkeypatch.setattr(cases, "perform_in", colliding)
    with pytest.raises(errors.Busy, match="others keep changing the same case"):
        towns.opened(engine)


def test_a_store_that_goes_away_fails_everybody_and_loses_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise storage_errors.StoreUnavailable("gone; nothing was changed.")

    with monkeypatch.context() as broken:
        broken.setattr(cases, "perform_in", away)
        with pytest.raises(storage_errors.StoreUnavailable):
            towns.opened(engine)
    assert towns.opened(engine).case == 1


def test_several_processes_and_many_threads_move_the_same_cases(engine: Engine) -> None:
    count, each = 6, 12
    for _ in range(count):
        towns.opened(engine)
    done: list[requests.Done] = []
    refused: list[Exception] = []
    with towns.another(engine) as second:

        def ask(number: int) -> None:
            own, dice = (engine, second)[number % 2], random.Random(number)
            for turn in range(each):
                try:
                    done.append(towns.moved(own, dice.randint(1, count), "note", "wang", key=f"{number}-{turn}", reason=f"{number}-{turn}"))
                except (errors.EngineError, refusals.StatesError) as refusal:
                    refused.append(refusal)

        at_once(8, ask)
    assert refused == []
    assert len(done) == 8 * each
    assert towns.rows(engine, "SELECT count(*) FROM history WHERE trigger = 'note'") == [(8 * each,)]
    assert towns.rows(engine, "SELECT sum(version) FROM cases") == [(count + 8 * each,)]
    assert towns.findings(engine) == []


def test_only_one_of_two_who_saw_the_same_version_gets_through(engine: Engine) -> None:
    towns.opened(engine)
    outcomes: list[object] = []
    with towns.another(engine) as second:

        def ask(number: int) -> None:
            try:
                outcomes.append(towns.moved((engine, second)[number], 1, "note", "wang", if_version=1))
            except errors.StaleVersion as stale:
                outcomes.append(stale)

        at_once(2, ask)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "StaleVersion"]


def test_two_processes_see_one_virtual_time(engine: Engine) -> None:
    with towns.another(engine) as second:
        towns.opened(engine, when="09:30")
        assert second.time.now() == engine.time.now() == towns.at("09:30")
        assert times.of(second.store).now() == towns.at("09:30")
        towns.opened(second, when="09:00")
        assert engine.time.now() == towns.at("09:30"), "and it never goes back"
