"""semantics.md, "Messages", "Quiet hours" and "Reach": each test carries its sentence."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from engine import composition, loading, outbox
from engine import now as times
from notifications import mailer, servers
from tests import builders
from tests.acceptance.town import Town, a_town, edited

CLOSED_TWICE = "  - {on: dispatch, to: [handler], template: assigned}\n"


def test_one_row_per_history_entry_or_rung_key_recipient_channel(tmp_path: Path) -> None:
    """One row per (history entry or rung key, recipient, channel)."""
    flow = edited(
        builders.WORKFLOW,
        (CLOSED_TWICE, CLOSED_TWICE + "  - {on: dispatch, to: [handler, unit-chief, reporter], template: result}\n"),
        ("{at: due, notify: [handler, unit-chief], template: overdue}", "{at: due, notify: [handler, unit-chief, handler-again], template: overdue}"),
    )  # fmt: skip
    people = edited(builders.PEOPLE, ("  verifier:   {", "  handler-again: {title: {zh: 承办人, en: Handler}, scope: unit}\n  verifier:   {"), ("li:     {name: 李师傅, roles: [handler]", "li:     {name: 李师傅, roles: [handler, handler-again]"), ("roles: [handler, unit-chief], unit: community", "roles: [handler, unit-chief, handler-again], unit: community"))  # fmt: skip
    with a_town(tmp_path, workflow=flow, people=people) as town:
        number = town.dispatched("2026-11-20T08:00")
        assert town.told(number) == [("ma", "received"), ("li", "assigned"), ("sun", "result"), ("ma", "result")]
        town.until("2026-11-20T09:00")
        assert [who for who, template in town.told(number) if template == "overdue"] == ["li", "sun"]


def test_composed_in_the_transaction(town: Town) -> None:
    """Composed in the transaction: there with the entry, before anything is sent; not at all where the move is refused."""
    number = town.dispatched("2026-11-20T08:00")
    assert [(m.state, m.subject, m.message_id) for m in town.messages(number)] == [("pending", None, None)] * 2
    with pytest.raises(Exception, match="cannot verify"):
        town.move(number, "verify", by="qian")
    assert len(town.messages(number)) == 2


def test_rendered_at_the_first_attempt_and_kept_so_for_retries(town: Town) -> None:
    """rendered at the first attempt and kept so for retries"""
    town.box.refuse("ma@example.org", 451, "come again")
    number = town.open("2026-11-20T08:00")
    assert town.deliver().put_off == 1
    (waiting,) = town.messages(number)
    town.template("received.zh.txt", "Subject: 别的话\n\n{{ number }}\n")
    town.box.accept("ma@example.org")
    town.asleep_until("2026-11-20T08:05")
    (letter,) = town.mails("ma@example.org")
    assert (letter.message_id, letter.subject) == (waiting.message_id, waiting.subject)
    assert letter.subject.startswith("已收到")


def test_at_send_time_a_ladder_message_of_a_clock_that_has_ended_is_dropped_and_recorded(town: Town) -> None:
    """At send time a ladder message of a clock that has ended is dropped and recorded; notices always go."""
    number = town.open("2026-11-20T08:00")
    town.until("2026-11-20T08:08")
    town.move(number, "discard", by="wang", reason="重复上报")
    assert [letter.to[0] for letter in town.mails()] == ["ma@example.org"]
    seen = {(m.kind, m.recipient): (m.state, [detail for *_, detail in m.tried]) for m in town.messages(number)}
    assert seen["ladder", "wang"] == ("dropped", ["the clock has ended meanwhile"])
    assert seen["notice", "ma"][0] == "sent"


def test_a_mail_may_repeat_after_a_crash_under_the_same_message_id(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """a mail may repeat after a crash between the server's 250 and our mark, under the same Message-ID"""
    number = town.open("2026-11-20T08:00")
    marking = outbox._mark
    monkeypatch.setattr(outbox, "_mark", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        town.deliver()
    monkeypatch.setattr(outbox, "_mark", marking)
    assert town.mails() == [town.box.letters[0]], "the lease still holds"
    wall = times.wall()
    monkeypatch.setattr(times, "wall", lambda: wall + outbox.LEASE + 1_000_000)
    first, second = town.mails()
    assert first.message_id == second.message_id
    assert first.text == second.text
    assert [m.state for m in town.messages(number)] == ["sent"]


def test_a_claim_is_a_lease_so_several_can_share_the_work(town: Town) -> None:
    """A claim is a lease, so `up`, `deliver` and the Prefect flow can share the work."""
    for _ in range(60):
        town.open("2026-11-20T08:00")
    url = town.box.url

    def deliver() -> None:
        with composition.opened(town.engine.settings) as engine, mailer.Post(servers.parse(url), timeout=5) as post:
            outbox.deliver_once(engine, post)

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(town.box.letters) == 60 == len({letter.message_id for letter in town.box.letters})


def test_digest_only_above_n_per_recipient_and_minute(town: Town) -> None:
    """Digest only above N per recipient and minute"""
    for _ in range(5):  # digest_above is 5
        town.open("2026-11-20T08:00", by=None)
    town.until("2026-11-20T08:08")
    assert len(town.mails("wang@example.org")) == 5
    for case in range(1, 6):
        town.move(case, "discard", by="wang", reason="重复上报")
    for _ in range(6):
        town.open("2026-11-20T08:20", by=None)
    town.until("2026-11-20T08:28")
    (digest,) = town.mails("wang@example.org")[5:]
    assert "6 件" in digest.subject
    assert all(f"TT-20261120-{serial:04}" in digest.text for serial in range(6, 12))


def test_urgency_1_never(tmp_path: Path) -> None:
    """urgency 1 never"""
    with a_town(tmp_path) as town:
        for _ in range(8):
            town.dispatched("2026-11-20T08:00", urgency=1)
        town.until("2026-11-20T08:24")  # 80 % of thirty minutes
        letters = [letter for letter in town.mails("li@example.org") if "预警" in letter.subject]
        assert len(letters) == 8


QUIET = builders.PROGRAMME + 'quiet: "22:00-07:00"\n'


def test_quiet_hours_delay_to_the_next_open_minute_never_drop(tmp_path: Path) -> None:
    """*Quiet hours* delay to the next open minute, never drop"""
    with a_town(tmp_path, programme=QUIET) as town:
        number = town.open("2026-11-20T22:30")
        town.until("2026-11-21T06:59:59")
        assert town.mails() == []
        assert {m.state for m in town.messages(number)} == {"pending"}
        town.until("2026-11-21T07:00")
        told = {letter.to[0] for letter in town.mails()}
        assert {"ma@example.org", "zhao@example.org", "mayor@example.org"} <= told
        assert {m.state for m in town.messages(number)} == {"sent"}


def test_the_rung_itself_is_not_delayed_by_quiet_hours(tmp_path: Path) -> None:
    """*Quiet hours* delay …: the message, not the rung nor the breach."""
    with a_town(tmp_path, programme=QUIET) as town:
        number = town.open("2026-11-20T22:30")
        town.until("2026-11-20T22:40")
        assert town.rungs(number)[-1] == ("dispatching", 1, 3, "2026-11-20T22:40:00")
        assert town.clock(number, "dispatching")["state"] == "breached"


def test_what_is_recorded_late_is_told_of_now(tmp_path: Path) -> None:
    """*Quiet hours* delay …: of a move that happened in the evening and is entered at night people hear in the morning."""
    with a_town(tmp_path, programme=QUIET) as town:
        number = town.open("2026-11-20T21:30")
        town.asleep_until("2026-11-20T23:00")
        town.move(number, "dispatch", "2026-11-20T21:40", by="zhao", category="lamp", urgency=3, unit="lights")
        (message,) = [m for m in town.messages(number) if m.recipient == "li"]
        assert town.said(message.next_at) == "2026-11-21T07:00:00"


def test_urgency_1_passes(tmp_path: Path) -> None:
    """urgency 1 passes."""
    with a_town(tmp_path, programme=QUIET) as town:
        number = town.open("2026-11-20T22:30")
        town.move(number, "dispatch", by="zhao", category="lamp", urgency=1, unit="lights")
        assert [letter.to[0] for letter in town.mails()] == ["li@example.org"]  # the receipt was not urgent yet: it waits


# reach

GAP = edited(builders.PEOPLE, ('    - {hours: "20:00-08:00", who: [zhao]}\n', '    - {hours: "20:00-06:00", who: [zhao]}\n'))


def test_every_rung_reaches_somebody_is_an_error_in_check_and_publish(town: Town) -> None:
    """ "Every rung reaches somebody with an address at every minute of the coming fortnight" is an error in `check` and `publish`"""
    builders.a_folder(town.folder, people=GAP)
    found = [p for p in loading.check([town.folder / "testtown"], now=town.now).problems if p.code == "nobody-reached"]
    assert {(p.severity, p.path) for p in found} == {("error", f"ladders.desk.{rung}.notify") for rung in range(3)}
    assert "06:00" in found[0].message
    assert "08:00" in found[0].message
    assert loading.load(town.folder / "testtown", now=town.now).programme is None  # nothing to publish


def test_a_loud_warning_at_start_a_gap_in_the_rota_must_not_stop_a_towns_restart(town: Town) -> None:
    """a loud warning at start: a gap in the rota must not stop a town's restart"""
    assert {(p.severity, p.code) for p in town.publish(people=GAP)} == {("warning", "nobody-reached")}
    number = town.open("2026-11-20T06:30")
    assert town.case(number)["state"] == "reported"
    assert town.engine.catalog.of("testtown").live.people.rota["duty"][1].hours == "20:00-06:00"


def test_an_unreached_rung_goes_to_the_programmes_fallback_and_is_an_incident_of_its_own(town: Town) -> None:
    """An unreached rung goes to the programme's fallback and is an incident of its own."""
    town.publish(people=GAP)
    number = town.open("2026-11-20T06:30")
    town.until("2026-11-20T06:38")
    (message,) = [m for m in town.messages(number) if m.kind != "notice"]
    assert (message.kind, message.recipient, message.template) == ("incident", "mayor", "unreached")
    (entry,) = [e for e in town.history(number) if e["kind"] == "rung"]
    assert entry["detail"]["unreached"] is True
    (letter,) = town.mails("mayor@example.org")
    assert "值班员：此刻值班表上无人" in letter.text


def test_the_rung_says_why_nobody_was_reached(town: Town) -> None:
    """ "fengxing explain --rung" asks the same question of the same people."""
    town.publish(people=GAP)
    number = town.open("2026-11-20T06:30")
    town.until("2026-11-20T06:38")
    explained: dict[str, Any] = town.explain(number, clock="dispatching", rung=1)["clocks"][0]["rung"]
    assert explained["reached"] == []
    assert explained["fired"][0]["unreached"] is True
    assert "nobody is on the rota at that minute" in explained["who"][0]
