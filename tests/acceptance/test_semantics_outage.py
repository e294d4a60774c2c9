"""semantics.md, "Catch-up" and "Timed transitions": each test carries its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import builders
from tests.acceptance.town import Town, a_town, edited

REVIEWED = edited(
    builders.WORKFLOW,
    ("  verify:   {from: resolved, to: verified, by: [verifier], not_by: [resolve]}",
     "  verify:   {from: resolved, to: verified, by: [verifier, timer], not_by: [resolve]}"),
    ("    - {at: due, notify: [verifier, desk-chief], template: overdue}",
     ("    - {at: 50%, notify: [verifier], template: due-soon}\n"
     "    - {at: due, do: verify}\n"
     "    - {after: 1 hour, notify: [leader], template: overdue}")),
)  # fmt: skip


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Town]:
    """A town in which what was resolved counts as verified after a day."""
    with a_town(tmp_path, workflow=REVIEWED) as opened:
        yield opened


def test_after_an_outage_the_highest_due_rung_fires_per_clock(town: Town) -> None:
    """*Catch-up* (outage, …): per clock the highest due rung fires"""
    number = town.open("2026-11-20T08:00")
    town.asleep_until("2026-11-20T08:45")
    fired = town.until("2026-11-20T08:45")
    assert [(f.clock, f.rung + 1, town.said(f.due), town.said(f.at)) for f in fired] == [
        ("dispatching", 5, "2026-11-20T08:40:00", "2026-11-20T08:45:00")
    ]
    assert town.clock(number, "dispatching")["rungs_fired"] == [1, 2, 3, 4, 5]
    assert town.until("2026-11-20T09:39") == []


def test_its_message_also_names_those_skipped_and_goes_to_their_recipients_too(town: Town) -> None:
    """its message also names those skipped and goes to their recipients too"""
    number = town.open("2026-11-20T08:00")
    town.asleep_until("2026-11-20T08:45")
    town.until("2026-11-20T08:45")
    (entry,) = (e for e in town.history(number) if e["kind"] == "rung")
    assert [one["rung"] for one in entry["detail"]["skipped"]] == [1, 2, 3, 4]
    assert {who for who, template in town.told(number) if template == "overdue"} == {"mayor", "wang", "zhao"}
    (letter,) = town.mails("mayor@example.org")
    for named in ("预警", "催办", "超时 10 分钟"):
        assert named in letter.text
    assert len(town.box.to("wang@example.org")) == 1


def test_the_true_moment_of_the_lapse_is_recorded(town: Town) -> None:
    """the true moment of the lapse is recorded"""
    number = town.open("2026-11-20T08:00")
    town.asleep_until("2026-11-20T08:45")
    town.until("2026-11-20T08:45")
    assert town.clock(number, "dispatching")["breached_at"] == "2026-11-20T08:10:00+08:00"
    (entry,) = (e for e in town.history(number) if e["kind"] == "rung")
    assert (entry["detail"]["due"], entry["at"]) == ("2026-11-20T08:40:00+08:00", "2026-11-20T08:45:00+08:00")


def test_rungs_with_a_trigger_are_never_skipped(reviewed: Town) -> None:
    """rungs with a trigger are never skipped"""
    town = reviewed
    number = town.dispatched("2026-11-20T08:00")
    town.move(number, "resolve", "2026-11-20T08:20", by="li", result="换了灯泡")
    town.asleep_until("2026-11-25T08:00")
    fired = [(f.clock, f.rung + 1) for f in town.until("2026-11-25T08:00")]
    assert ("verifying", 2) in fired
    assert ("verifying", 3) not in fired
    assert [template for who, template in town.told(number) if who == "qian"] == ["due-soon"]  # told by the rung before it
    assert town.case(number)["state"] == "verified"
    assert town.verified() == []


def test_catch_up_of_a_big_batch_is_the_same(town: Town) -> None:
    """*Catch-up* (outage, scaled clock, big batch alike)"""
    numbers = [town.open("2026-11-20T08:00") for _ in range(250)]
    town.asleep_until("2026-11-20T08:45")
    fired = town.until("2026-11-20T08:45")
    assert sorted(f.number for f in fired) == numbers
    assert {f.rung for f in fired} == {4}


def test_timed_transitions_are_rungs_with_a_trigger_by_the_actor_timer(reviewed: Town) -> None:
    """*Timed transitions* (`after: 24 hours, do: verify`) are rungs with a trigger: the same door as people, the actor `timer`."""
    town = reviewed
    number = town.dispatched("2026-11-20T08:00", urgency=1)
    town.move(number, "resolve", "2026-11-20T08:20", by="li", result="换了灯泡")
    town.until("2026-11-21T08:20")
    assert town.case(number)["state"] == "verified"
    entry = town.history(number)[-1]
    assert (entry["trigger"], entry["actor"], entry["at"]) == ("verify", "timer", "2026-11-21T08:20:00+08:00")
    assert [who for who, template in town.told(number) if template == "closed"] == ["ma"]  # notices as if a person had done it


def test_the_same_door_as_people_means_the_same_refusals(tmp_path: Path) -> None:
    """the same door as people: what the rules refuse a timer is recorded, and the case stays"""
    flow = edited(
        builders.WORKFLOW,
        ("  resume:   {from: suspended, to: dispatched, by: [leader, timer]}", "  resume:   {from: suspended, to: dispatched, by: [leader, timer], when: {urgency: [1, 2]}}"),
    )  # fmt: skip
    with a_town(tmp_path, workflow=flow) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.move(number, "suspend", "2026-11-20T09:00", by="mayor", reason="等配件", review_on="2026-11-22")
        town.until("2026-11-23T01:00")
        assert town.case(number)["state"] == "suspended"
        (entry,) = (e for e in town.history(number) if e["kind"] == "refused")
        assert (entry["trigger"], entry["actor"], entry["detail"]["clock"]) == ("resume", "timer", "review")
        assert "urgency" in entry["detail"]["message"]
        assert town.until("2026-12-01T00:00") == []
