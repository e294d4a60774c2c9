"""Counts, not times: what a transition and a lapse cost the store, however many clocks a case has and however many timers are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine import cases, clock, composition, requests
from tests import builders
from tests.integration import towns

Engine = composition.Engine


class Traced:
    """The statements that SQLite is given, as it runs them; `commits` among them."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def commits(self) -> int:
        return sum(sql.startswith("COMMIT") for sql in self.statements)

    @property
    def kinds(self) -> list[str]:
        """Each statement once for a run of the same (an executemany is traced row by row)."""
        found: list[str] = []
        for sql in self.statements:
            kind = " ".join(sql.split("(")[0].split()[:4])
            if not found or found[-1] != kind:
                found.append(kind)
        return found


@contextmanager
def tracing(engine: Engine) -> Iterator[Traced]:
    traced = Traced()
    connection = engine.store.connection()
    connection.set_trace_callback(traced.statements.append)
    try:
        yield traced
    finally:
        connection.set_trace_callback(None)


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[Engine]:
    with towns.a_town(tmp_path, lite) as opened:
        yield opened


def perform(engine: Engine, asked: Sequence[requests.Request], *, now: int = towns.START) -> list[cases.Outcome]:
    outcomes = cases.perform(engine.store, engine.catalog, asked, now=now)
    assert all(isinstance(outcome, requests.Done) for outcome in outcomes), outcomes
    return outcomes


def test_an_opening_is_one_commit_and_ten_kinds_of_statement(engine: Engine) -> None:
    perform(engine, [towns.an_opening()])
    with tracing(engine) as traced:
        perform(engine, [towns.an_opening(key="k")])
    assert traced.commits == 1
    assert traced.kinds == [
        "BEGIN IMMEDIATE",
        "SELECT key, request, case_id,",
        "INSERT INTO counters",  # the case, and its number of the day
        "INSERT INTO cases",
        "INSERT INTO history",
        "INSERT INTO timers",
        "INSERT INTO counters",  # the message
        "INSERT INTO messages",
        "INSERT INTO keys",
        "COMMIT",
    ]


def test_a_move_is_one_commit_and_a_fixed_number_of_statements(engine: Engine) -> None:
    (done,) = perform(engine, [towns.an_opening()])
    assert isinstance(done, requests.Done)
    with tracing(engine) as traced:
        perform(engine, [towns.a_move(done.case, "dispatch", "wang", key="k", category="lamp", urgency="1", unit="lights")])
    assert traced.commits == 1
    assert len(traced.kinds) <= 11, traced.kinds


def test_photos_cost_one_question_however_many_they_are(engine: Engine) -> None:
    photos = [builders.a_photo(engine, colour) for colour in ("orange", "black", "blue")]
    perform(engine, [towns.an_opening()])
    asked = [towns.an_opening(photos=photos[: 1 + number % 3]) for number in range(20)]
    with tracing(engine) as traced:
        perform(engine, asked)
    assert sum("FROM attachments" in sql for sql in traced.statements) == 1
    with tracing(engine) as traced:
        perform(engine, [towns.an_opening()])
    assert not [sql for sql in traced.statements if "attachments" in sql]


def a_workflow_with_clocks(count: int) -> str:
    more = "".join(
        f"  extra{number}:\n    title: {{zh: 更多, en: More}}\n    runs_in: [reported, dispatched]\n    within: {number + 1} hours\n    ladder: verifying\n"
        for number in range(count)
    )
    return towns.WORKFLOW.replace("ladders:\n", more + "ladders:\n", 1)


@pytest.mark.parametrize("clocks", [0, 40])
def test_the_number_of_statements_does_not_grow_with_the_number_of_clocks(tmp_path: Path, lite: str, clocks: int) -> None:
    with towns.a_town(tmp_path, lite, workflow=a_workflow_with_clocks(clocks)) as engine:
        perform(engine, [towns.an_opening()])
        facts: dict[str, Any] = {"category": "lamp", "urgency": "1", "unit": "lights"}
        moves = [towns.a_move(1, "dispatch", "wang", **facts), towns.a_move(1, "resolve", "li", result="好了")]
        lengths = []
        for move in moves:
            with tracing(engine) as traced:
                perform(engine, [move])
            assert traced.commits == 1
            lengths.append(len(traced.kinds))
        assert lengths == [9, 7], "the same, whether two clocks are settled or forty"


def test_a_batch_of_a_hundred_is_one_commit(engine: Engine) -> None:
    with tracing(engine) as traced:
        perform(engine, [towns.an_opening(key=str(number)) for number in range(100)])
    assert traced.commits == 1
    assert len(traced.kinds) <= 11, traced.kinds
    facts: dict[str, Any] = {"category": "lamp", "urgency": "1", "unit": "lights"}
    with tracing(engine) as traced:
        perform(engine, [towns.a_move(number, "dispatch", "wang", **facts) for number in range(1, 101)])
    assert traced.commits == 1
    assert len(traced.kinds) <= 11, traced.kinds


def test_a_lapse_batch_costs_as_many_statements_for_one_timer_as_for_three_hundred(tmp_path: Path, lite: str) -> None:
    lengths = {}
    with towns.a_town(tmp_path, lite) as engine:
        for turn, count in enumerate((2, 300)):
            now = towns.START + turn * towns.HOUR
            perform(engine, [towns.an_opening() for _ in range(count)], now=now)
            with tracing(engine) as traced:
                fired, _ = clock.fire_due(engine.store, engine.catalog, now=now + 8 * towns.MINUTE, limit=1000)
            assert traced.commits == 1
            lengths[len(fired)] = len(traced.kinds)
            while clock.fire_due(engine.store, engine.catalog, now=now + 59 * towns.MINUTE)[1]:
                pass
    assert lengths.keys() == {2, 300}
    assert len(set(lengths.values())) == 1, lengths


def test_a_clock_with_nothing_to_do_asks_one_question(engine: Engine) -> None:
    perform(engine, [towns.an_opening()])
    with tracing(engine) as traced:
        assert clock.next_due(engine.store) == towns.at("08:08")
    assert traced.kinds == ["BEGIN", "SELECT min", "ROLLBACK"]
