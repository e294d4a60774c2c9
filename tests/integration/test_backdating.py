"""What is entered late. Effects that happened at given times, recorded in any order the rules admit, give the same deadline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import composition, errors, requests
from states import errors as refusals
from storage import database, statements
from tests import proving
from tests.integration import towns

Engine = composition.Engine


def test_when_it_happened_and_when_it_was_recorded_are_two_things(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:30")
    towns.moved(engine, case, "dispatch", "wang", when="08:07", category="lamp", urgency="2", unit="lights")
    entry = towns.entries(engine, case)[-1]
    assert (entry["at"], entry["recorded"]) == ("08:07:00", "08:30:00")
    clock = towns.shown(engine, case)["clocks"]["dispatching"]
    assert (clock["state"], clock["elapsed_s"], clock["rungs_fired"]) == ("met", 420, [1, 2, 3, 4]), "what was told stays told"
    assert towns.due(engine, case, "handling") == "09:07:00", "the hour counts from when it really began"
    assert towns.findings(engine) == []


def test_nothing_can_have_happened_before_the_opening_or_before_a_recorded_change_of_state(engine: Engine) -> None:
    case = towns.opened(engine, when="08:10")
    with pytest.raises(errors.TooEarly, match="was opened at 2026-11-20T08:10:00"):
        towns.moved(engine, case, "note", "wang", when="08:09")
    towns.moved(engine, case, "dispatch", "wang", when="08:15", category="lamp", urgency="2", unit="lights")
    towns.moved(engine, case, "note", "wang", when="08:30")
    with pytest.raises(errors.TooEarly, match=r"changed its state at 2026-11-20T08:15:00"):
        towns.moved(engine, case, "discard", "wang", when="08:14", reason="x")
    assert towns.moved(engine, case, "resolve", "li", when="08:20", result="好了").state == "resolved"
    assert towns.findings(engine) == []


def test_a_move_within_an_earlier_state_may_still_be_entered_after_it_was_left(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.moved(engine, case, "dispatch", "wang", when="08:05", category="lamp", urgency="2", unit="lights")
    done = towns.moved(engine, case, "reclassify", "wang", when="08:02", category="greening", urgency="3")
    assert done.state == "dispatched"
    body = towns.shown(engine, case)
    assert (body["facts"]["category"], body["facts"]["urgency"]) == ("lamp", "2"), "the latest that happened wins, not the latest recorded"
    assert towns.findings(engine) == []


def test_what_happens_after_a_late_entry_meets_the_state_as_it_then_was(engine: Engine) -> None:
    case = towns.dispatched(engine)
    towns.moved(engine, case, "note", "wang", when="08:30")
    towns.moved(engine, case, "resolve", "li", when="08:20", result="好了")
    with pytest.raises(refusals.MoveRefused, match="a case that is resolved"):
        towns.moved(engine, case, "extend", "mayor", when="08:40", more_time="30 minutes")
    towns.moved(engine, case, "note", "wang", when="08:50")
    with pytest.raises(refusals.MoveRefused, match="a case that is resolved"):
        towns.moved(engine, case, "extend", "mayor", when="08:35", more_time="30 minutes")
    assert towns.findings(engine) == []


def test_an_extension_granted_in_time_counts_although_it_is_entered_late(engine: Engine) -> None:
    case = towns.dispatched(engine)
    towns.until(engine, "09:05")
    towns.moved(engine, case, "reclassify", "wang", when="09:04", category="greening", urgency="3")
    towns.moved(engine, case, "extend", "mayor", when="08:55", more_time="30 minutes")
    clock = towns.shown(engine, case)["clocks"]["handling"]
    assert clock["breached_at"] is None
    with pytest.raises(refusals.AlreadyOverdue):
        towns.moved(engine, towns.dispatched(engine, when="09:05"), "extend", "mayor", when="10:06", more_time="30 minutes")
    assert towns.findings(engine) == []


def test_a_late_entry_takes_back_the_timers_it_makes_moot(engine: Engine) -> None:
    case = towns.dispatched(engine)
    towns.moved(engine, case, "suspend", "mayor", when="08:30", reason="等", review_on="2026-11-23")
    towns.moved(engine, case, "extend", "mayor", when="08:10", more_time="1 hour")
    towns.moved(engine, case, "resume", "mayor", when="09:00")
    assert towns.due(engine, case, "handling") == "10:30:00", "two hours, half an hour of which was suspended"
    assert towns.findings(engine) == []


EFFECTS = {
    "reclassify": ("wang", {"category": "lamp", "urgency": "1"}),
    "reclassify to greening": ("wang", {"category": "greening", "urgency": "3"}),
    "extend": ("mayor", {"more_time": "20 minutes"}),
    "extend more": ("mayor", {"more_time": "2 hours"}),
    "note": ("ma", {}),
}
MINUTES = st.integers(min_value=1, max_value=100)


@pytest.fixture
def endless(tmp_path: Path, lite: str) -> Iterator[Engine]:
    """A town where an extension is granted even once overdue: then any order of recording is admitted."""
    workflow = towns.WORKFLOW.replace("by: {fact: more_time}}", "by: {fact: more_time}, most: 20, once_overdue: true}")
    with towns.a_town(tmp_path, lite, workflow=workflow) as opened:
        yield opened


@given(
    happened=st.lists(st.tuples(st.sampled_from(sorted(EFFECTS)), MINUTES), min_size=2, max_size=5),
    order=st.randoms(use_true_random=False),
    ends=st.sampled_from(["", "resolve", "suspend"]),
)
@settings(
    max_examples=proving.times(25, 2000), suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # one town, new cases each time
def test_recorded_in_any_order_the_deadlines_are_the_same(
    endless: Engine, happened: list[tuple[str, int]], order: object, ends: str
) -> None:
    first, second = (towns.dispatched(endless, when="2026-11-23T08:00") for _ in range(2))
    begun = towns.at("2026-11-23T08:00")
    shuffled = list(enumerate(happened))
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random
    straight = sorted(enumerate(happened), key=lambda each: (each[1][1], shuffled.index(each)))
    now = begun + 200 * towns.MINUTE
    with endless.store.writing() as tx:
        endless.time.move_to(tx, now)
    for case, effects in ((first, straight), (second, shuffled)):
        for _, (name, minute) in effects:
            who, facts = EFFECTS[name]
            endless.door.submit(
                requests.Move(case=case.case, trigger=name.split()[0], actor=who, facts=facts, at=begun + minute * towns.MINUTE)
            )
        if ends:
            more = {"result": "好了"} if ends == "resolve" else {"reason": "等", "review_on": "2026-12-01"}
            endless.door.submit(
                requests.Move(
                    case=case.case, trigger=ends, actor="li" if ends == "resolve" else "mayor", facts=more, at=begun + 150 * towns.MINUTE
                )
            )
    assert standing(endless, first) == standing(endless, second)
    assert armed(endless, first.case) == armed(endless, second.case)
    assert towns.findings(endless, first, second) == []


def standing(engine: Engine, case: requests.Done) -> dict[str, object]:
    """The clocks of a case, but for what fired when."""
    return {
        name: {key: value for key, value in clock.items() if key != "name"} for name, clock in towns.shown(engine, case)["clocks"].items()
    }


def armed(engine: Engine, case: int) -> list[database.Row]:
    with engine.store.reading() as tx:
        return [row[1:6] for row in tx.all(statements.TIMERS_OF, (case,))]
