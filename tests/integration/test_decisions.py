"""What may be done and why not, asked without doing it: the same answer as the door itself gives, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import composition, decisions, errors, explaining, requests, views
from states import errors as refusals
from tests import builders, proving
from tests.integration import test_walks, towns

Engine = composition.Engine


@pytest.fixture
def shipped(tmp_path: Path, lite: str) -> Iterator[Engine]:
    with towns.a_town(tmp_path, lite, shipped=test_walks.SHIPPED) as opened:
        yield opened


def decided(
    engine: Engine, case: int | requests.Done, trigger: str, who: str, *, when: str | None = None, **facts: Any
) -> decisions.Decision:
    now = engine.time.now()
    with engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, case.case if isinstance(case, requests.Done) else case)
        asked = decisions.Asked(trigger=trigger, actor=who, facts=facts)
        return decisions.decide(tx, engine.catalog, found, asked, at=towns.at(when) if when else None, now=now)


def refusals_of(engine: Engine, case: int | requests.Done) -> list[decisions.Decision]:
    with engine.store.reading() as tx:
        return decisions.refused(tx, engine.catalog, views.find(tx, engine.catalog, case.case if isinstance(case, requests.Done) else case))


def submitted(engine: Engine, case: int, trigger: str, who: str, **facts: Any) -> Exception | None:
    """What the door says to it; None where it goes through."""
    try:
        engine.door.submit(requests.Move(case=case, trigger=trigger, actor=who, facts=facts))
    except (errors.EngineError, refusals.StatesError) as refusal:
        return refusal
    return None


def against(decision: decisions.Decision) -> list[tuple[str, str | None]]:
    """What does not hold: (code, about)."""
    return [(each.code, each.about) for each in decision.conditions if not each.holds]


@pytest.mark.parametrize("programme", test_walks.SHIPPED)
def test_a_decision_says_what_the_door_then_does(shipped: Engine, programme: str) -> None:
    """At every stop of random walks, for every trigger and somebody of every role, with the facts it needs, without, and with one too many."""
    seen: set[str] = set()
    possible = 0
    for seed in range(proving.times(8, 80)):
        walker = test_walks.Walker(shipped, programme, seed)
        case = walker.opening()
        for _ in range(12):
            walker.step(case)
            for trigger, rule in walker.flow.transitions.items():
                fitting = [who for who in walker.people if set(walker.town.live.people.people[who].roles) & set(rule.by)]
                who = walker.dice.choice(fitting if fitting and walker.dice.random() < 0.7 else walker.people)
                given = {name: walker.fact(name) for name in rule.needs if walker.dice.random() < 0.9}
                if walker.dice.random() < 0.2:
                    given["description"] = "x"
                weighed = decided(shipped, case, trigger, who, **given)
                failing = [each.code for each in weighed.conditions if not each.holds]
                assert weighed.possible is (failing == []), f"{trigger} by {who}: {weighed.refusal} against {failing}"
                if weighed.refusal is not None:
                    assert failing[0] == weighed.refusal.code, f"{trigger} by {who}: {weighed.refusal} against {failing}"
                    seen.add(failing[0])
                possible += weighed.possible
            trigger = walker.dice.choice(sorted(walker.flow.transitions))
            who = walker.dice.choice(walker.people)
            given = {name: walker.fact(name) for name in walker.flow.transitions[trigger].needs}
            weighed = decided(shipped, case, trigger, who, **given)
            said = submitted(shipped, case, trigger, who, **given)
            assert (type(said), str(said)) == (type(weighed.refusal), str(weighed.refusal))
        assert towns.findings(shipped) == [], f"seed {seed}: something was written"
    assert possible > 0
    assert {"wrong-state", "role", "fact-missing", "fact-unasked"} <= seen


@pytest.mark.parametrize(
    ("trigger", "who", "facts", "code", "failing"),
    [
        # the handler of the case's unit may, with a result
        ("resolve", "li", {"result": "已换灯"}, None, []),
        # without the result he may not
        ("resolve", "li", {}, "fact-missing", [("fact-missing", "result")]),
        # Hu is a handler too, but of another unit
        ("resolve", "hu", {"result": "已换灯"}, "role", [("role", None)]),
        # everything that stands against it is said, not only the first
        ("verify", "li", {"reason": "x"}, "wrong-state", [("wrong-state", None), ("role", None), ("fact-unasked", "reason")]),
        # a value that is none
        ("suspend", "mayor", {"reason": "x", "review_on": "tomorrow"}, "fact-invalid",
         [("fact-invalid", "review_on"), ("fact-missing", "review_on")]),
    ],
)  # fmt: skip
def test_each_condition_has_its_verdict(
    engine: Engine, trigger: str, who: str, facts: dict[str, Any], code: str | None, failing: list[tuple[str, str | None]]
) -> None:
    case = towns.dispatched(engine)
    weighed = decided(engine, case, trigger, who, **facts)
    assert (weighed.refusal.code if weighed.refusal is not None else None, against(weighed)) == (code, failing)


def test_a_role_that_counts_elsewhere_is_named_with_its_unit(engine: Engine) -> None:
    weighed = decided(engine, towns.dispatched(engine), "resolve", "hu", result="x")
    said = next(each.said for each in weighed.conditions if each.code == "role")
    assert said.en == "hu is nobody in this case; it takes: handler of unit lights (hu is handler, but of community)"
    assert said.zh == "hu 在本案中：无角色；需要：单位 lights 的 handler（hu 是单位 community 的 handler）"
    assert [(each.person, each.words) for each in weighed.may] == [("li", ("handler",))]


PEOPLE = builders.PEOPLE.replace(
    "  qian:   {name: 钱核查, roles: [verifier]", "  qian:   {name: 钱核查, roles: [verifier, handler], unit: lights"
)


def test_four_eyes_say_who_did_it_when_and_leave_him_out_of_those_who_may(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite, people=PEOPLE) as engine:
        case = towns.dispatched(engine)
        towns.moved(engine, case, "resolve", "qian", result="已换灯")
        weighed = decided(engine, case, "verify", "qian")
    assert weighed.refusal is not None
    assert (weighed.refusal.code, against(weighed)) == ("four-eyes", [("four-eyes", "resolve")])
    said = next(each.said.en for each in weighed.conditions if each.code == "four-eyes")
    assert said == "four eyes: resolve was done last by qian, 2026-11-20 08:00:00"
    assert weighed.may == ()


def test_the_desk_is_named_with_its_hours_those_who_sit_there_now_first(engine: Engine) -> None:
    case = towns.opened(engine)
    by_day = decided(engine, case, "dispatch", "ma").may
    assert [(each.person, each.hours.en if each.hours else None) for each in by_day] == [("wang", "08:00–20:00"), ("zhao", "20:00–08:00")]
    by_night = decided(engine, case, "dispatch", "ma", when="23:00").may
    assert [each.person for each in by_night] == ["zhao", "wang"]


def test_the_way_to_where_it_is_possible(engine: Engine) -> None:
    case = towns.opened(engine)
    assert decided(engine, case, "reopen", "mayor").path == ("dispatch", "resolve", "verify")
    assert decided(engine, case, "dispatch", "wang").path is None
    towns.moved(engine, case, "discard", "wang", reason="误报")
    weighed = decided(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    assert (weighed.path, against(weighed)) == (None, [("wrong-state", None)])  # nothing leads back from there


def test_an_extension_is_refused_once_overdue_and_was_possible_before(engine: Engine) -> None:
    case = towns.dispatched(engine)
    towns.until(engine, "09:30")
    late = decided(engine, case, "extend", "mayor", more_time="1 hour")
    assert against(late) == [("already-overdue", "handling")]
    earlier = decided(engine, case, "extend", "mayor", when="08:45", more_time="1 hour")
    assert earlier.possible
    assert [each.said.en for each in earlier.conditions][-1] == "handling can be extended; 15 minutes left"


def test_a_moment_is_weighed_with_what_was_known_then(engine: Engine) -> None:
    """The case was dispatched at nine; at half past eight nobody could have resolved it, now its handler may."""
    case = towns.opened(engine)
    towns.until(engine, "09:00")
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    assert decided(engine, case, "resolve", "li", result="x").possible
    then = decided(engine, case, "resolve", "li", when="08:30", result="x")
    assert (then.state, against(then)) == ("reported", [("wrong-state", None), ("role", None)])
    with pytest.raises(errors.TooEarly):
        decided(engine, case, "resolve", "li", when="07:00")


def test_how_often_it_was_done(engine: Engine) -> None:
    case = towns.dispatched(engine)
    for _ in range(2):
        towns.moved(engine, case, "extend", "mayor", more_time="1 hour")
    weighed = decided(engine, case, "extend", "mayor", more_time="1 hour")
    assert against(weighed) == [("too-often", "extend")]
    assert next(each.said.en for each in weighed.conditions if each.code == "too-often") == "done 2 of 2 times"


@pytest.mark.parametrize(
    ("urgency", "said"),
    [("2", "urgency is 2; it must be 1"), (None, "urgency is not known; it must be 1"), ("1", "urgency is 1; it must be 1")],
)
def test_a_condition_is_said_with_the_value_there_is(tmp_path: Path, lite: str, urgency: str | None, said: str) -> None:
    workflow = towns.WORKFLOW.replace("  note:  ", "  alarm:      {from: reported, by: [anyone], when: {urgency: 1}}\n  note:  ")
    with towns.a_town(tmp_path, lite, workflow=workflow) as engine:
        case = towns.opened(engine, **({"urgency": urgency} if urgency else {}))
        weighed = decided(engine, case, "alarm", "ma")
    assert next(each.said.en for each in weighed.conditions if each.code == "condition") == said
    assert weighed.possible is (urgency == "1")
    assert weighed.may[0].person == "anyone"


REFUSING = towns.WORKFLOW.replace("  resume:   {from: suspended,", "  resume:   {from: suspended, when: {urgency: 1},")


def test_a_rungs_trigger_that_was_refused_is_explained_as_the_case_then_stood(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite, workflow=REFUSING) as engine:
        case = towns.dispatched(engine)
        towns.moved(engine, case, "suspend", "mayor", reason="等配件", review_on="2026-11-20")
        towns.until(engine, "2026-11-21T08:00")
        (weighed,) = refusals_of(engine, case)
        with engine.store.reading() as tx:
            found = views.find(tx, engine.catalog, case.case)
            told = [explaining.explain(tx, found, at=at, now=found.latest).refused for at in (towns.at("08:00"), found.latest)]
        recorded = next(entry for entry in towns.entries(engine, case) if entry["kind"] == "refused")
    assert weighed.refusal is not None
    assert (weighed.refusal.code, str(weighed.refusal)) == (recorded["detail"]["code"], recorded["detail"]["message"])
    assert (weighed.asked.actor, weighed.state, against(weighed)) == ("timer", "suspended", [("condition", "urgency")])
    assert (weighed.seq, told) == (5, [0, 1])


def test_strangers_and_unknown_triggers_are_errors_that_name_what_is_near(engine: Engine) -> None:
    case = towns.dispatched(engine)
    with pytest.raises(errors.NotFound, match="did you mean li"):
        decided(engine, case, "resolve", "lii")
    with pytest.raises(refusals.TriggerUnknown, match="did you mean resolve"):
        decided(engine, case, "resolv", "li")


def test_asking_leaves_no_trace(engine: Engine) -> None:
    case = towns.dispatched(engine)
    before = (towns.shown(engine, case), towns.entries(engine, case), towns.timers(engine, case), towns.told(engine, case))
    assert decided(engine, case, "resolve", "li", result="x").possible
    assert decided(engine, case, "resume", "timer").refusal is not None
    assert (towns.shown(engine, case), towns.entries(engine, case), towns.timers(engine, case), towns.told(engine, case)) == before
