"""Putting right what a crash, or a hand in the database, has left: timers that are owed, leases that nobody holds, values to be forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import composition, recover, retention
from engine import now as times
from tests import builders
from tests.integration import towns

Engine = composition.Engine


def recovered(engine: Engine, *, wall: int = 0) -> recover.Recovered:
    return recover.recover(engine.store, engine.catalog, now=engine.time.now(), wall=wall)


@pytest.mark.parametrize(
    ("_sentence", "sql", "count"),
    [
        ("a timer is missing", "DELETE FROM timers WHERE clock = 'dispatching' AND case_id = 2", 1),
        ("all timers are missing", "DELETE FROM timers", 6),
        ("a timer is late", "UPDATE timers SET due = due + 5000000 WHERE clock = 'dispatching' AND case_id = 2", 1),
        ("a timer is for another rung", "UPDATE timers SET rung = 4 WHERE clock = 'whole' AND case_id = 3", 1),
        (
            "a timer is not owed",
            "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) VALUES (1, 'review', 5, 1, 0, 0, 1)",
            1,
        ),
    ],
)
def test_timers_are_put_right(engine: Engine, _sentence: str, sql: str, count: int) -> None:
    for _ in range(3):
        towns.opened(engine)
    assert recovered(engine) == recover.Recovered(leases=0, cases=3, timers=0)
    towns.damage(engine, sql)
    assert towns.findings(engine) != []
    assert recovered(engine).timers == count
    assert towns.findings(engine) == []
    assert recovered(engine).timers == 0
    assert len([fired for fired in towns.until(engine, "08:08") if fired == ("dispatching", 1, "08:08:00")]) == 3


def test_leases_of_the_dead_are_released_those_of_the_living_not(engine: Engine) -> None:
    towns.opened(engine)
    towns.opened(engine)
    wall = times.wall()
    towns.damage(engine, "UPDATE messages SET lease = 'x', lease_until = ? WHERE case_id = 1", wall - 1)
    towns.damage(engine, "UPDATE messages SET lease = 'y', lease_until = ? WHERE case_id = 2", wall + 60_000_000)
    assert recovered(engine, wall=wall).leases == 1
    assert towns.rows(engine, "SELECT case_id FROM messages WHERE lease IS NOT NULL") == [(2,)]


def test_what_is_personal_is_forgotten_when_the_programme_says_so(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, programme=builders.PROGRAMME + "keep_personal: 30 days\n") as engine:
        case = towns.opened(engine, on_behalf_of="张大妈, zhang@example.org")
        towns.moved(engine, case, "discard", "wang", reason="重复")
        still_open = towns.opened(engine, on_behalf_of="李大爷, li@example.org")
        day = 24 * towns.HOUR
        assert retention.erase(engine.store, engine.catalog, engine.settings.data_dir, now=towns.START + 29 * day) == {"testtown": 0}
        assert retention.erase(engine.store, engine.catalog, engine.settings.data_dir, now=towns.START + 31 * day) == {"testtown": 1}
        assert towns.shown(engine, case)["facts"]["on_behalf_of"] == {"erased": True}
        assert towns.shown(engine, still_open)["facts"]["on_behalf_of"]["name"] == "李大爷"
        assert towns.findings(engine) == []
