"""What a clock did, piece by piece, in the words of its rules."""

from __future__ import annotations

from sla import explaining
from tests.unit.sla import making

URGENT = {"within": [{"when": {"u": 1}, "is": "30 minutes"}, {"when": {"u": [2, 3]}, "is": "4 hours", "hours": "office"}, {"is": "1 hour"}]}


def test_explained_piece_by_piece() -> None:
    definition = making.a_definition(URGENT)
    history = making.told(
        "2026-11-20T10:00 a", "2026-11-20T10:20 u=2", "2026-11-20T11:00 p", "2026-11-20T11:30 b", "2026-11-20T14:30 s", "2026-11-23T09:00 a"
    )
    found = explaining.explain(making.the_plan(definition), history, making.times_of(definition), until=making.at("2026-11-23T10:00"))
    assert [(making.local(s.begin)[5:], making.local(s.end)[5:], s.kind, s.rule) for s in found] == [
        ("11-20T10:00", "11-20T10:20", "running", "c.within[3]: otherwise → 1 hour; round the clock"),
        ("11-20T10:20", "11-20T11:00", "running", "c.within[2]: u = 2 or 3 → 4 hours; office: open on fri"),
        ("11-20T11:00", "11-20T11:30", "paused", "c.pauses_in: p"),
        ("11-20T11:30", "11-20T12:00", "running", "c.within[2]: u = 2 or 3 → 4 hours; office: open on fri"),
        ("11-20T12:00", "11-20T14:00", "closed", "office: outside opening hours"),
        ("11-20T14:00", "11-20T14:30", "running", "c.within[2]: u = 2 or 3 → 4 hours; office: open on fri"),
        ("11-20T14:30", "11-23T09:00", "stopped", "s is not among c.runs_in"),
        ("11-23T09:00", "11-23T10:00", "running", "round 2: c.within[2]: u = 2 or 3 → 4 hours; office: open on mon"),
    ]
    ended = explaining.explain(making.the_plan(definition), history[:5], making.times_of(definition), until=making.at("2026-11-23T10:00"))
    assert making.local(ended[-1].end) == "2026-11-20T14:30"


def test_rounds_are_told_apart_and_never_run_into_each_other() -> None:
    definition = making.a_definition({"within": "1 hour", "on_return": "restart"})
    history = making.told(
        "2026-11-20T10:00 a", "2026-11-20T10:20 b return", "2026-11-20T10:30 p", "2026-11-20T10:40 f", "2026-11-20T10:50 a return"
    )
    found = explaining.explain(making.the_plan(definition), history, making.times_of(definition), until=making.at("2026-11-20T11:00"))
    assert [(making.local(s.begin)[11:], making.local(s.end)[11:], s.kind, s.rule) for s in found] == [
        ("10:00", "10:20", "running", "c.within → 1 hour; round the clock"),
        ("10:20", "10:30", "running", "round 2: c.within → 1 hour; round the clock"),
        ("10:30", "10:40", "paused", "round 2: c.pauses_in: p"),
        ("10:40", "10:50", "stopped", "round 2: f is not among c.runs_in"),
        ("10:50", "11:00", "running", "round 3: c.within → 1 hour; round the clock"),
    ]
