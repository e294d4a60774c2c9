"""From the outbox into a real mailbox on loopback: who gets the mail, and what becomes of it where the server will not take it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import composition, outbox
from engine import now as times
from notifications import mailbox, mailer, servers
from tests.integration import towns

Engine = composition.Engine


@pytest.fixture
def box() -> Iterator[mailbox.Mailbox]:
    with mailbox.Mailbox() as opened:
        yield opened


@pytest.fixture
def engine(tmp_path: Path, url: str, box: mailbox.Mailbox) -> Iterator[Engine]:
    with towns.a_town(tmp_path, url, given={"FENGXING_SMTP_URL": box.url, "FENGXING_MAIL_FROM": "sla@fengxing.example"}) as opened:
        yield opened


def counts(report: outbox.Report) -> dict[str, int]:
    found = {name: getattr(report, name) for name in ("sent", "dead", "dropped", "put_off", "digests")}
    return {name: count for name, count in found.items() if count}


def states(engine: Engine) -> list[tuple[str, str, int]]:
    return [(row[0], row[1], row[2]) for row in towns.rows(engine, "SELECT recipient, state, attempts FROM messages ORDER BY id")]


def later(engine: Engine, when: str) -> None:
    with engine.store.writing() as tx:
        engine.time.move_to(tx, towns.at(when))


def test_the_mail_of_an_overdue_report_reaches_whoever_is_on_duty(engine: Engine, box: mailbox.Mailbox) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:10")
    assert counts(outbox.deliver_once(engine)) == {"sent": 4}
    assert [letter.to for letter in box.letters] == [("ma@example.org",), *[("wang@example.org",)] * 3]
    last = box.letters[-1]
    assert case.number in last.subject
    assert "王值班" in last.text
    assert last.message["In-Reply-To"] or last.message["References"]
    assert last.message["Auto-Submitted"]
    assert counts(outbox.deliver_once(engine)) == {}, "nothing goes twice"
    assert len({letter.message_id for letter in box.letters}) == 4


def test_a_refused_address_moves_on_to_the_next_contact(engine: Engine, box: mailbox.Mailbox) -> None:
    box.refuse("mayor@example.org")
    towns.opened(engine)
    towns.jump(engine, "08:40")
    assert counts(outbox.deliver_once(engine)) == {"sent": 4}
    assert [letter.to for letter in box.to("mayor2@example.org")] == [("mayor2@example.org",)]


def test_where_every_address_is_refused_the_letter_is_dead_is_shown_and_can_be_tried_again(engine: Engine, box: mailbox.Mailbox) -> None:
    box.refuse("ma@example.org")
    towns.opened(engine)
    report = outbox.deliver_once(engine)
    assert counts(report) == {"dead": 1}
    assert "no such mailbox" in report.problems[0]
    ((message, state, tried),) = towns.rows(engine, "SELECT id, state, tried FROM messages")
    assert state == "dead"
    assert "no such mailbox" in tried
    assert outbox.retry(engine, message)
    assert not outbox.retry(engine, message), "only dead letters are"
    box.accept("ma@example.org")
    assert counts(outbox.deliver_once(engine)) == {"sent": 1}


def test_a_server_that_asks_for_patience_is_asked_again_after_a_growing_while(engine: Engine, box: mailbox.Mailbox) -> None:
    box.refuse("ma@example.org", 451, "greylisted")
    towns.opened(engine)
    for turn, (next_try, attempts) in enumerate([("08:00:30", 1), ("08:01:30", 2), ("08:03:30", 3)]):
        assert counts(outbox.deliver_once(engine)) == {"put_off": 1}, f"turn {turn}"
        ((next_at, found),) = towns.rows(engine, "SELECT next_at, attempts FROM messages")
        assert (towns.clock_time(next_at), found) == (next_try, attempts)
        assert counts(outbox.deliver_once(engine)) == {}, "not before its time"
        later(engine, next_try)
    box.accept("ma@example.org")
    assert counts(outbox.deliver_once(engine)) == {"sent": 1}
    assert states(engine) == [("ma", "sent", 4)]


def test_an_unreachable_server_loses_nothing(tmp_path: Path, url: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with towns.a_town(tmp_path, url, given={"FENGXING_SMTP_URL": f"smtp://127.0.0.1:{port}"}) as engine:
        for _ in range(3):
            towns.opened(engine)
        report = outbox.deliver_once(engine)
        assert counts(report) == {"put_off": 3}
        assert len(report.problems) == 1, "said once, not once a mail"
        assert "no mail server answers" in report.problems[0]
        later(engine, "08:01")
        with mailbox.Mailbox(port=port) as box:
            assert counts(outbox.deliver_once(engine)) == {"sent": 3}
            assert len(box.letters) == 3
        assert towns.findings(engine) == []


def test_after_a_crash_between_the_servers_answer_and_our_mark_a_mail_repeats_under_its_message_id(
    engine: Engine, box: mailbox.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns.opened(engine)

    def crashes(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_mark", crashes)
        with pytest.raises(SystemExit):
            outbox.deliver_once(engine)
    assert len(box.letters) == 1
    assert counts(outbox.deliver_once(engine)) == {}, "the lease still holds"
    wall = times.wall()
    monkeypatch.setattr(times, "wall", lambda: wall + outbox.LEASE + 1)
    assert counts(outbox.deliver_once(engine)) == {"sent": 1}
    first, second = box.letters
    assert first.message_id == second.message_id
    assert first.text == second.text, "the words are kept from the first attempt"


def test_a_ladders_message_is_dropped_once_its_clock_has_ended_and_a_notice_never(engine: Engine, box: mailbox.Mailbox) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:08")
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    assert counts(outbox.deliver_once(engine)) == {"sent": 2, "dropped": 1}
    assert states(engine) == [("ma", "sent", 1), ("wang", "dropped", 0), ("li", "sent", 1)]
    ((tried,),) = towns.rows(engine, "SELECT tried FROM messages WHERE state = 'dropped'")
    assert "the clock has ended meanwhile" in tried
    assert towns.findings(engine) == []


def test_many_at_once_become_a_digest_but_what_is_urgent_never(engine: Engine, box: mailbox.Mailbox) -> None:
    for number in range(8):
        towns.opened(engine, urgency="1" if number < 2 else "3")
    towns.until(engine, "08:08")
    report = outbox.deliver_once(engine)
    wang = box.to("wang@example.org")
    assert report.digests == 1
    assert len(wang) == 3, "two urgent ones by themselves, six in one"
    assert sum("TT-20261120-000" in letter.subject for letter in wang) == 2
    digest = next(letter for letter in wang if "TT-20261120-000" not in letter.subject)
    assert all(f"TT-20261120-000{number}" in digest.text for number in range(3, 9))
    assert {state for _, state, _ in states(engine)} == {"sent"}


def test_a_digest_that_was_put_off_goes_out_whole_under_its_message_id(engine: Engine, box: mailbox.Mailbox) -> None:
    for _ in range(6):
        towns.opened(engine, by=None)
    towns.until(engine, "08:08")
    box.refuse("wang@example.org", 451, "later")
    assert counts(outbox.deliver_once(engine)) == {"put_off": 6}
    ((mark, count),) = towns.rows(engine, "SELECT message_id, count(*) FROM messages GROUP BY message_id")
    assert count == 6
    later(engine, "08:08:30")
    box.accept("wang@example.org")
    assert counts(outbox.deliver_once(engine)) == {"sent": 6, "digests": 1}
    assert [letter.message_id for letter in box.letters] == [mark]


def test_two_deliverers_share_the_work_without_doubles(engine: Engine, box: mailbox.Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CLAIM", 5)
    for _ in range(40):
        towns.opened(engine)
    with towns.another(engine) as second:
        reports: list[outbox.Report] = []
        threads = [threading.Thread(target=lambda own=own: reports.append(outbox.deliver_once(own))) for own in (engine, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(report.sent for report in reports) == 40
    assert len(box.letters) == len({letter.message_id for letter in box.letters}) == 40


def test_a_slow_server_does_not_outlast_the_lease(engine: Engine, box: mailbox.Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        towns.opened(engine)
    wall, plain = [times.wall()], mailer.Post.send

    def slowly(own: mailer.Post, message: object, to: str) -> mailer.Outcome:
        wall[0] += 25_000_000
        return plain(own, message, to)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(times, "wall", lambda: wall[0])
    monkeypatch.setattr(mailer.Post, "send", slowly)
    with mailer.Post(servers.parse(box.url)) as post:
        report = outbox.Report()
        outbox.deliver_some(engine, post, report)
        assert report.sent == 3, "after a minute of sending the rest goes back"
        outbox.deliver_some(engine, post, report)
        assert report.sent == 5
    assert len(box.letters) == 5


def test_who_marks_too_late_changes_nothing(engine: Engine, box: mailbox.Mailbox) -> None:
    towns.opened(engine)
    assert counts(outbox.deliver_once(engine)) == {"sent": 1}
    ((message,),) = towns.rows(engine, "SELECT id FROM messages")
    outbox._mark(engine, [("pending", 0, 1, None, None, None, None, message, "pending")])
    assert states(engine) == [("ma", "sent", 1)]


def test_a_message_that_cannot_be_said_is_a_dead_letter_and_stops_nobody_else(engine: Engine, box: mailbox.Mailbox) -> None:
    towns.opened(engine)
    towns.opened(engine)
    towns.damage(engine, "UPDATE messages SET seq = 77 WHERE case_id = 1")
    assert counts(outbox.deliver_once(engine)) == {"sent": 1, "dead": 1}
    assert len(box.letters) == 1


def test_a_case_that_cannot_be_read_stops_nobody_elses_mail(engine: Engine, box: mailbox.Mailbox) -> None:
    towns.opened(engine)
    towns.opened(engine)
    towns.damage(engine, "UPDATE cases SET fold = '{' WHERE id = 1")
    assert counts(outbox.deliver_once(engine)) == {"sent": 1, "dead": 1}
    assert len(box.letters) == 1
