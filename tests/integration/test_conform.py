"""Histories held against their definitions: planted deviations are found with their code and place, and honest ones have none.

Whoever plants them mends the chain as well: what `verify` would say of it is not asked here."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from config import reading
from engine import clock, composition, crossing, draft, errors, migration, requests, views
from engine.mining import conformance, processlog
from states import errors as refusals
from tests import builders, proving
from tests.integration import test_migration_walks, towns
from tests.integration.test_walks import SHIPPED, Walker

Engine = composition.Engine


@pytest.fixture
def engine(tmp_path: Path, lite: str) -> Iterator[Engine]:
    """One closed after a breach and reopened; one suspended and resumed by its clock; one amid its ladder, extended, acknowledged."""
    with towns.a_town(tmp_path, lite) as town:
        first = towns.opened(town)
        towns.until(town, "08:21")
        towns.moved(town, first, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
        towns.moved(town, first, "resolve", "li", result="好了")
        towns.moved(town, first, "verify", "qian")
        second = towns.dispatched(town)
        towns.moved(town, second, "suspend", "mayor", reason="等材料", review_on="2026-11-20")
        third = towns.dispatched(town)
        towns.moved(town, third, "extend", "mayor", more_time="10 minutes")
        towns.until(town, "09:25")
        towns.acknowledged(town, third, "handling", "li")
        towns.until(town, "2026-11-21T08:00")
        assert found(town) == []
        yield town


def report(engine: Engine, **wanted: Any) -> conformance.Report:
    return conformance.conform(engine.store, engine.catalog, processlog.Wanted(**wanted))


def found(engine: Engine) -> list[str]:
    return [f"{each.code} {each.case[-1]}/{each.seq}: {each.detail.en}" for each in report(engine).findings]


def notes(engine: Engine) -> list[str]:
    return [f"{each.code} {each.case[-1]}/{each.seq}" for each in report(engine).notes]


def story(engine: Engine, case: int) -> list[str]:
    return [f"{each['trigger']}:{each['detail'].get('clock', '')}{each['detail'].get('rung', '')}" for each in towns.entries(engine, case)]


def test_the_stories_have_what_is_tampered_with_below(engine: Engine) -> None:
    assert story(engine, 1) == [
        "open:",
        "rung:dispatching0",
        "rung:dispatching1",
        "rung:dispatching2",
        "rung:dispatching3",
        "dispatch:",
        "resolve:",
        "verify:",
    ]
    assert story(engine, 2)[:5] == ["open:", "dispatch:", "suspend:", "rung:review0", "resume:"]
    assert story(engine, 3)[:6] == ["open:", "dispatch:", "extend:", "rung:handling0", "acknowledge:handling", "rung:handling2"]


AT_CASE = "UPDATE history SET {} WHERE case_id = {} AND seq = {}"
PLANTED = [
    ("it begins where no case begins", 1, 1, "to_state = 'dispatched'", ["opening 1/1: a case begins in reported"]),
    ("it was opened without what is required", 1, 1, "facts = '{}'", ["fact-missing 1/1: opened without description"]),
    ("a state is skipped", 1, 7, "from_state = 'reported', trigger = 'dispatch', facts = '{\"category\":\"lamp\",\"urgency\":\"2\",\"unit\":\"lights\"}', actor = 'wang', to_state = 'dispatched'", ["state-skipped 1/7: begins in reported, but the case was dispatched"]),
    ("a trigger that nobody defined", 1, 7, "trigger = 'vanish'", ["unknown-trigger 1/7: the definition has no transition vanish"]),
    ("a trigger from the wrong state", 1, 7, "trigger = 'rework', actor = 'qian', facts = '{\"reason\":\"x\"}'", ["wrong-state 1/7: rework does not lead out of dispatched"]),
    ("it leads elsewhere", 1, 8, "to_state = 'invalid'", ["wrong-target 1/8: verify leads from resolved to verified, not to invalid"]),
    ("somebody without the role", 1, 7, "actor = 'qian'", ["role 1/7: qian never had a role that may resolve: handler"]),
    ("a handler of another unit", 1, 7, "actor = 'hu'", ["role 1/7: hu never had a role that may resolve"]),
    ("a person where only the clock acts", 2, 5, "actor = 'wang'", ["role 2/5", "rung-idle 2/4: the rung pulls resume, and nothing came of it"]),
    ("the system itself moves a case", 1, 7, "actor = 'system'", ["role 1/7"]),
    ("nobody's timer moves a case", 1, 7, "actor = 'timer'", ["role 1/7", "timer-unbidden 1/7: no rung pulled resolve"]),
    ("a needed fact is gone", 1, 7, "facts = '{}'", ["fact-missing 1/7: resolve without result"]),
    ("a fact that is not taken", 1, 8, "facts = '{\"unit\":\"community\"}'", ["fact-unasked 1/8: verify does not take unit"]),
    ("more time than was granted", 3, 3, "detail = replace(detail, '600000000', '900000000')", ["extension 3/3: extend grants handling +600 s, not handling +900 s"]),
    ("it happened after it was recorded", 1, 8, "at = at + 1, recorded_at = at", ["time-order 1/8: happened after it was recorded"]),
    ("it changed the state before the change before", 1, 7, "at = at - 1000000", ["time-order 1/7: changed the state before"]),
    ("it happened before the opening", 1, 8, "at = 5", ["time-order 1/8: happened before the case was opened"]),
    ("a rung rang before its time", 1, 2, "at = at - 60000000", ["rung-early 1/2: dispatching owed nothing before 2026-11-20T08:08:00+08:00"]),
    ("a rung says it was due at another moment", 1, 2, "detail = replace(detail, '1795133280', '1795133281')", ["rung-due 1/2: rung 1 of dispatching was due at 2026-11-20T08:08:00"]),
    ("a rung rang twice", 1, 3, "detail = replace(replace(detail, '\"rung\":1', '\"rung\":0'), '1795133340', '1795133280'), mark = 'again'", ["rung-twice 1/3: rung 1 of dispatching had fired before"]),
    ("the ladder is climbed out of order", 1, 2, "detail = replace(detail, '\"rung\":0', '\"rung\":2')", ["rung-order 1/2: rung 1 of dispatching was to fire, not 3"]),
    ("a rung of another round", 1, 2, "detail = replace(detail, '\"round\":1', '\"round\":2')", ["rung-round 1/2: dispatching was in round 1, not 2"]),
    ("a rung that the ladder does not have", 1, 2, "detail = replace(detail, '\"rung\":0', '\"rung\":7')", ["rung-unknown 1/2: dispatching has no rung 8"]),
    ("a rung stands for others that were not due", 1, 3, "detail = replace(detail, '\"due\"', '\"skipped\":[[0,0]],\"due\"')", ["rung-skipped 1/3: rung 2 of dispatching stood for –, not 1"]),
    ("a rung of a clock that has not begun", 1, 2, "detail = replace(detail, 'dispatching', 'handling')", ["clock-not-running 1/2: handling had not begun"]),
    ("a rung moves the case", 1, 2, "to_state = 'invalid'", ["state-changed 1/2: a rung took the case from reported to invalid"]),
    ("a rung by a person", 1, 2, "actor = 'wang'", ["wrong-actor 1/2: done by wang; only timer does this"]),
    ("the rung that pulled the trigger pulled nothing", 2, 5, "kind = 'refused'", ["refused-wrongly 2/5", "state-changed 2/5"]),
    ("the trigger came of another rung", 2, 4, "detail = replace(replace(detail, 'review', 'whole'), '\"rung\":0', '\"rung\":0')", ["timer-unbidden 2/5: no rung pulled resume"]),
    ("acknowledged by somebody who was not told", 3, 5, "actor = 'qian'", ["acknowledge-untold 3/5: handling had not told qian of anything"]),
    ("acknowledged on a clock that had ended", 3, 5, "detail = replace(detail, 'handling', 'dispatching')", ["clock-not-running 3/5: dispatching was not under way"]),
    ("an entry that is no JSON", 1, 7, "facts = '{'", ["unreadable 1/7"]),
]  # fmt: skip


@pytest.mark.parametrize(("_sentence", "case", "seq", "sets", "expected"), PLANTED, ids=[row[0] for row in PLANTED])
def test_a_planted_deviation_is_found(engine: Engine, _sentence: str, case: int, seq: int, sets: str, expected: list[str]) -> None:
    towns.damage(engine, AT_CASE.format(sets, case, seq))
    said = found(engine)
    for wanted in expected:
        assert any(finding.startswith(wanted) for finding in said), said
    assert {finding.split()[1].split("/")[0] for finding in said} == {str(case)}, "the other cases are as they were"


def test_after_the_end_nothing_comes_that_the_definition_does_not_allow(engine: Engine) -> None:
    add(engine, 1, 9, trigger="resolve", from_state="verified", to_state="resolved", actor="li", facts={"result": "再来"})
    assert [finding for finding in found(engine) if "after-the-end" in finding] == [
        "after-the-end 1/9: resolve does not lead out of verified, which is an end"
    ]


def test_what_the_definition_allows_after_the_end_is_no_deviation(engine: Engine) -> None:
    towns.moved(engine, 1, "reopen", "mayor", reason="又坏了")
    assert found(engine) == []


def test_a_rung_of_a_settled_clock_is_found(engine: Engine) -> None:
    detail = {"clock": "dispatching", "round": 1, "rung": 4, "repeat": 0, "due": towns.at("08:40")}
    add(engine, 1, 9, kind="rung", trigger="rung", from_state="verified", to_state="verified", actor="timer", detail=detail)
    assert found(engine) == ["clock-not-running 1/9: dispatching was settled"]


def test_four_eyes_limits_and_conditions_are_held(tmp_path: Path, lite: str) -> None:
    flow = towns.WORKFLOW.replace(
        "by: [verifier], not_by: [resolve]", "by: [verifier, handler], not_by: [resolve], when: {urgency: [1, 2]}"
    )
    with towns.a_town(tmp_path, lite, workflow=flow.replace("rework:   {from", "rework:   {most: 1, from")) as town:
        case = towns.dispatched(town)
        for who in ("li", "li"):
            towns.moved(town, case, "resolve", who, result="好了")
            if not towns.rows(town, "SELECT 1 FROM history WHERE trigger = 'rework'"):
                towns.moved(town, case, "rework", "qian", reason="没好")
        towns.moved(town, case, "verify", "qian")
        assert found(town) == []
        towns.damage(town, "UPDATE history SET actor = 'li' WHERE trigger = 'verify'")
        assert found(town) == ["four-eyes 1/6: li did resolve too; somebody else had to verify"]
        towns.damage(town, "UPDATE history SET actor = 'qian' WHERE trigger = 'verify'")
        towns.damage(town, 'UPDATE history SET facts = replace(facts, \'"urgency":"2"\', \'"urgency":"3"\') WHERE trigger = \'dispatch\'')
        assert found(town) == ["condition 1/6: verify is only for cases with urgency 1 or 2"]


def test_more_often_than_allowed(tmp_path: Path, lite: str) -> None:
    with towns.a_town(
        tmp_path, lite, workflow=towns.WORKFLOW.replace("by: [anyone], takes: [reason]", "by: [anyone], takes: [reason], most: 2")
    ) as town:
        case = towns.opened(town)
        for _ in range(2):
            towns.moved(town, case, "note", "ma", reason="x")
        assert found(town) == []
        add(town, 1, 4, trigger="note", from_state="reported", to_state="reported", actor="ma", facts={"reason": "y"})
        assert found(town) == ["too-often 1/4: note more often than 2 times"]


def add(
    engine: Engine,
    case: int,
    seq: int,
    *,
    kind: str = "move",
    detail: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    **given: str,
) -> None:
    """One more entry at the end, as a forger writes it."""
    now = engine.time.now()
    values = {"kind": kind, "at": now, "recorded_at": now, "facts": orjson.dumps(facts or {}).decode(),
              "detail": orjson.dumps(detail).decode() if detail else None, "digest": bytes(32), **given}  # fmt: skip
    columns = ", ".join(["case_id", "seq", *values])
    towns.damage(engine, f"INSERT INTO history ({columns}) VALUES ({', '.join('?' * (len(values) + 2))})", case, seq, *values.values())


def test_what_cannot_be_known_today_is_a_note(engine: Engine) -> None:
    """Somebody whom no version ever knew; and a kind of entry that came after these rules."""
    towns.damage(engine, AT_CASE.format("actor = 'ghost'", 1, 7))
    add(engine, 1, 9, kind="merged", trigger="merged", from_state="verified", to_state="verified", actor="system")
    assert (found(engine), notes(engine)) == ([], ["actor-unknown 1/7", "kind-unknown 1/9"])


def test_somebody_who_had_the_role_under_an_earlier_version_might(engine: Engine, tmp_path: Path) -> None:
    """Li leaves, Sun becomes the handler; what Li did before stays in order."""
    people = builders.PEOPLE.replace("  li:     {name: 李师傅, roles: [handler], unit: lights, email: li@example.org}\n", "").replace(
        "roles: [unit-chief], unit: lights", "roles: [unit-chief, handler], unit: lights"
    )
    towns.publish(engine, towns.a_programme(tmp_path / "later", people=people))
    assert (found(engine), notes(engine)) == ([], [])
    towns.damage(engine, AT_CASE.format("actor = 'qian'", 1, 7))
    assert found(engine)[0].startswith("role 1/7")


def migrated(engine: Engine, programme: str = "testtown", names: tuple[crossing.Name, ...] = (), *, back: bool = False) -> None:
    """All open cases go to the version in force, or back."""
    with engine.store.reading() as tx:
        version = migration.version(tx, engine.catalog, migration.IN_FORCE, programme)
    list(migration.carry_out(engine, migration.Wanted(version=version, names=names, back=back)))


def test_a_case_that_was_moved_to_another_definition_is_held_against_each_in_its_era(engine: Engine, tmp_path: Path) -> None:
    """`return` is called `refuse` now, the state `dispatched` is called `sent`, and handling is due sooner."""
    fourth = towns.dispatched(engine)
    flow = (
        towns.WORKFLOW.replace("dispatched", "sent")
        .replace("  return:   {", "  refuse:   {")
        .replace("- {is: 1 hour}", "- {is: 20 minutes}")
    )
    towns.publish(engine, towns.a_programme(tmp_path / "later", workflow=flow))
    migrated(engine, names=(crossing.Name("", "dispatched", "sent"),))
    towns.until(engine, "2026-11-21T08:25")
    assert story(engine, fourth.case) == ["open:", "dispatch:", "migrate:", "rung:handling0", "rung:handling1"]
    towns.moved(engine, fourth, "refuse", "li", reason="不归我们")
    assert (found(engine), notes(engine)) == ([], [])
    at = "UPDATE history SET {} WHERE case_id = 4 AND seq = {}"
    for sets, seq, expected in (
        ("trigger = 'return'", 6, "unknown-trigger 1/6: the definition has no transition return"),
        ("detail = replace(detail, '\"rung\":0', '\"rung\":1')", 4, "rung-order 1/4: rung 1 of handling was to fire, not 2"),
        ('detail = replace(detail, \'"to":{"id":2,"hash":"\', \'"to":{"id":2,"hash":"f00\')', 3, "wrong-definition 1/3: says f00"),
        ("to_state = 'resolved'", 3, "wrong-target 1/3: dispatched is called sent now, not resolved"),
    ):
        before = towns.rows(engine, "SELECT trigger, detail, to_state FROM history WHERE case_id = 4 AND seq = ?", seq)[0]
        towns.damage(engine, at.format(sets, seq))
        assert any(each.startswith(expected) for each in found(engine)), expected
        towns.damage(engine, at.format("trigger = ?, detail = ?, to_state = ?", seq), *before)
    assert found(engine) == []


def test_late_entries_conform(engine: Engine) -> None:
    fourth = towns.opened(engine, when="2026-11-21T07:30")
    towns.moved(engine, fourth, "note", "ma", when="2026-11-21T07:50", reason="后")
    towns.moved(engine, fourth, "note", "ma", when="2026-11-21T07:40", reason="先")
    towns.moved(engine, fourth, "dispatch", "wang", when="2026-11-21T07:45", category="lamp", urgency="1", unit="lights")
    assert found(engine) == []


def test_what_fired_after_an_outage_conforms(engine: Engine) -> None:
    towns.opened(engine)
    assert len(towns.jump(engine, "2026-11-21T11:00")) >= 1
    assert found(engine) == []


def test_a_calendar_that_has_changed_since_makes_a_note(engine: Engine, tmp_path: Path) -> None:
    """The Monday on which rung and deadline came is declared a holiday afterwards."""
    fourth = towns.dispatched(engine, category="greening", urgency="3", unit="community")
    towns.until(engine, "2026-11-23T16:55")
    assert story(engine, fourth.case)[-1] == "rung:handling0"
    assert (found(engine), notes(engine)) == ([], [])
    calendars = builders.CALENDARS + '    days: {"2026-11-23": closed}\n'
    towns.publish(engine, towns.a_programme(tmp_path / "later", calendars=calendars))
    assert (found(engine), [(each.code, each.case, each.seq) for each in report(engine).notes]) == (
        [],
        [("calendar-since", fourth.number, 4)],
    )


def test_fitness_and_ways(engine: Engine) -> None:
    (flow,) = report(engine).flows
    assert (flow.cases, flow.conforming, flow.ways) == (3, 3, 3)
    assert flow.events == flow.events_conforming == len(towns.rows(engine, "SELECT 1 FROM history"))
    ways = {way.path: (way.cases, way.mean) for way in flow.variants}
    assert ways["open", "dispatch", "resolve", "verify"] == (1, 21 * towns.MINUTE)
    assert ways["open", "dispatch", "extend"] == (1, None)
    towns.damage(engine, AT_CASE.format("actor = 'hu'", 1, 7))
    (flow,) = report(engine).flows
    assert (flow.conforming, flow.events - flow.events_conforming) == (2, 1)


def test_only_the_wanted_cases_are_walked(engine: Engine) -> None:
    towns.damage(engine, AT_CASE.format("actor = 'qian'", 1, 7))
    assert [flow.cases for flow in report(engine, since=towns.at("08:21")).flows] == [2]
    assert report(engine, since=towns.at("08:21")).ok
    assert not report(engine, programme="testtown", until=towns.at("08:21")).ok
    assert report(engine, workflow="other").flows == ()


def test_a_case_nobody_can_read_is_a_finding(engine: Engine) -> None:
    towns.damage(engine, "UPDATE cases SET fold = '{' WHERE id = 2")
    assert [finding.split(":")[0] for finding in found(engine)] == ["unreadable 2/None"]
    towns.damage(engine, "DELETE FROM history WHERE case_id = 3")
    assert "opening 3/None: the history is empty" in found(engine)


class Latecomer(Walker):
    """Enters every third thing late."""

    def pull(self, case: int, trigger: str, who: str) -> Exception | None:
        rule, now = self.flow.transitions.get(trigger), self.engine.time.now()
        given = {name: self.fact(name) for name in (rule.needs if rule else ())}
        at = now - self.dice.randint(0, 90) * towns.MINUTE if self.dice.random() < 0.34 else None
        try:
            self.engine.door.submit(requests.Move(case=case, trigger=trigger, actor=who, facts=given, at=at))
        except (errors.EngineError, refusals.StatesError) as refusal:
            return refusal
        self.seen.add(trigger)
        return None

    def do_what_is_possible(self, found: draft.Draft) -> None:
        offers = [(who, trigger) for who in self.people for trigger in views.possible(found, who, now=self.engine.time.now())]
        if offers:
            who, trigger = self.dice.choice(offers)
            self.pull(found.id, trigger, who)


@pytest.mark.parametrize("programme", SHIPPED)
@pytest.mark.parametrize("walks", [Walker, Latecomer])
def test_random_walks_through_the_shipped_workflows_conform(tmp_path: Path, lite: str, programme: str, walks: type[Walker]) -> None:
    with towns.a_town(tmp_path, lite, shipped=SHIPPED) as town:
        for seed in range(proving.times(6, 80)):
            walker = walks(town, programme, 1000 + seed)
            case = walker.opening()
            for _ in range(40):
                walker.step(case)
        assert (found(town), notes(town)) == ([], [])
        late = towns.rows(town, "SELECT count(*) FROM history WHERE recorded_at > at")[0][0]
        assert (late > 0) is (walks is Latecomer)


@pytest.mark.parametrize("programme", ["ningxiang", "haidian"])
def test_random_walks_with_a_migration_and_back_conform(tmp_path: Path, lite: str, programme: str) -> None:
    shipped = reading.read_folder(towns.SHIPPED / programme).programme
    assert shipped is not None
    with towns.a_town(tmp_path, lite, shipped=(programme,)) as town:
        for seed in range(proving.times(4, 60)):
            dice, walker = random.Random(seed), Walker(town, programme, 2000 + seed)
            case = walker.opening()
            for _ in range(dice.randint(2, 14)):
                walker.step(case)
            other = test_migration_walks.another_version(programme, dice)
            towns.publish(town, other.whole)
            migrated(town, programme, other.names)
            clock.fire_until(town.store, town.catalog, town.time, town.time.now() + 90 * towns.MINUTE)
            migrated(town, programme, back=True)
            for _ in range(10):
                walker.step(case)
            towns.publish(town, shipped)
        assert found(town) == []
        assert len(towns.rows(town, "SELECT 1 FROM history WHERE kind = 'migrate'")) > 2


def test_it_is_the_same_on_either_database(url: str, tmp_path: Path) -> None:
    with towns.a_town(tmp_path, url) as town:
        towns.dispatched(town)
        towns.until(town, "09:25")
        assert found(town) == []
        towns.damage(town, AT_CASE.format("actor = 'qian'", 1, 2))
        assert found(town) == ["role 1/2: qian never had a role that may dispatch: duty"]
