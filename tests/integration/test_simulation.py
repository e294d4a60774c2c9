"""A simulated town is the engine with imagined people: what it says is held against the theory of queues and against a real store."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from config import assumptions, reading
from config import programme as programmes
from engine import clock, composition, draft, rehearsal, requests, starting, views
from engine import now as times
from engine.simulating import assumed, simulated, simulation, tallies
from sla import clocks
from tests import builders, proving
from tests.integration import towns

START = times.parse("2026-03-02T00:00:00+08:00")
"""A Monday."""
DAY = tallies.DAY

COUNTER = """\
workflow: report
title: {zh: 窗口, en: Counter}
initial: waiting
facts:
  description: {type: text, title: {zh: 说明, en: What}}
states:
  waiting: {title: {zh: 等候, en: Waiting}}
  served:  {title: {zh: 办结, en: Served}, final: done}
  left:    {title: {zh: 离开, en: Left}, final: rejected}
transitions:
  serve: {from: waiting, to: served, by: [verifier]}
  leave: {from: waiting, to: left, by: [leader, timer]}
clocks:
  patience:
    title: {zh: 等候时限, en: Patience}
    runs_in: waiting
    within: 20 minutes
    ladder: patience
ladders:
  patience:
    - {at: 50%, notify: [verifier], template: due-soon}
    - {at: due, notify: [verifier], template: overdue}
"""
DAYS, CLOSE = proving.times(8, 60), 0.04 if proving.PROVING else 0.12
"""How long the queue of the books is watched, and how near it must come: chance leaves less the longer one looks."""
EVEN = {"hours": {"00:00-24:00": 1}, "days": {"mon-sun": 1}}


def a_plan(whole: programmes.Programme, *, days: float = 10, seed: int = 1, **said: Any) -> simulation.Plan:
    given = assumptions.Assumptions.model_validate({"workflow": "report", **said})
    return simulation.Plan(whole=whole, assumed=assumed.complete(whole, "report", given), start=START, days=int(days), seed=seed)


def a_run(whole: programmes.Programme, **given: Any) -> simulation.Simulation:
    run = simulation.Simulation(a_plan(whole, **given))
    run.run()
    return run


@pytest.fixture
def testtown(tmp_path: Path) -> programmes.Programme:
    return towns.a_programme(tmp_path)


@pytest.fixture
def counter(tmp_path: Path) -> programmes.Programme:
    return towns.a_programme(tmp_path, workflow=COUNTER)


def shipped(name: str) -> programmes.Programme:
    whole = reading.read_folder(towns.SHIPPED / name).programme
    assert whole is not None
    return whole


# --- against the theory


def erlang_c(servers: int, load: float) -> float:
    """The share of those who must wait at all, where arrivals and service are without memory."""
    full = load**servers / math.factorial(servers) * servers / (servers - load)
    return full / (sum(load**k / math.factorial(k) for k in range(servers)) + full)


def at_the_counter(
    counter: programmes.Programme, *, servers: int, a_day: int, mean_s: float, days: int, varies: str
) -> simulation.Simulation:
    """Nobody gives up and nobody is chased: the plain queue of the books, with service of that mean."""
    factor = {"exponential": math.log(2), "fixed": 1.0, "lognormal": math.exp(-((math.log(3) / 1.2815515655446004) ** 2) / 2)}[varies]
    median = round(mean_s * factor)
    work = {"serve": {"takes": f"{median} seconds", "nine_of_ten": f"{3 * median} seconds", "varies": varies}, "leave": {"weight": 0}}
    return a_run(counter, days=days, arrivals={"a_day": a_day, **EVEN}, staff={"verifier": {"at_work": servers}}, work=work, acknowledge=0)


@pytest.mark.parametrize(
    ("servers", "a_day", "mean_s"),
    [
        # one clerk who is busy six tenths of his time
        (1, 1000, 52),
        # three who together have work for two
        (3, 1000, 173),
    ],
)
def test_waiting_is_as_erlang_says(counter: programmes.Programme, servers: int, a_day: int, mean_s: float) -> None:
    run = at_the_counter(counter, servers=servers, a_day=a_day, mean_s=mean_s, days=DAYS, varies="exponential")
    load = a_day / 86_400 * mean_s
    waits, expected = run.floor.loads["verifier"].waits, erlang_c(servers, load) * mean_s / (servers - load)
    assert waits.mean / 1e6 == pytest.approx(expected, rel=CLOSE)
    report = simulated.report(run)
    assert report.roles[0].used == pytest.approx(load / servers, rel=0.03)
    assert report.roles[0].mean == pytest.approx(a_day / 86_400 * expected, rel=CLOSE)  # Little's law


@pytest.mark.parametrize("varies", ["fixed", "lognormal"])
def test_waiting_for_one_is_as_pollaczek_and_khinchine_say(counter: programmes.Programme, varies: str) -> None:
    run = at_the_counter(counter, servers=1, a_day=1000, mean_s=52, days=DAYS, varies=varies)
    square = 0.0 if varies == "fixed" else math.exp((math.log(3) / 1.2815515655446004) ** 2) - 1
    load = 1000 / 86_400 * 52
    expected = (1 + square) / 2 * load / (1 - load) * 52
    assert run.floor.loads["verifier"].waits.mean / 1e6 == pytest.approx(expected, rel=CLOSE)


# --- against the engine


class Recorded:
    """What a simulation asked of the engine, in order: (when, what, its arguments)."""

    def __init__(self, run: simulation.Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[int, str, dict[str, Any]]] = []
        self.fired: list[tuple[int, str, int, int, int, int]] = []
        self.mails: Counter[str] = Counter()
        self.states: dict[int, str] = {}
        town = run.rehearsal
        opening, moving, acknowledging, happened = town.open, town.carry_on, town.acknowledge, town.happened
        ticking = town.move

        def opened(flow: str, *, actor: str | None, facts: dict[str, Any]) -> draft.Draft:
            self.asked.append((town.now, "open", {"actor": actor, "facts": facts}))
            return opening(flow, actor=actor, facts=facts)

        def moved(case: int, trigger: str, *, actor: str, kept: dict[str, Any], excused: bool) -> None:
            assert not excused
            self.asked.append((town.now, "move", {"case": case, "trigger": trigger, "actor": actor, "facts": kept}))
            moving(case, trigger, actor=actor, kept=kept, excused=excused)

        def ticked(case: int, trigger: str, *, actor: str, facts: dict[str, Any]) -> requests.Done:
            done = ticking(case, trigger, actor=actor, facts=facts)
            self.asked.append((town.now, "move", {"case": case, "trigger": trigger, "actor": actor, "facts": facts}))
            return done

        def acknowledged(case: int, clock: str, *, actor: str) -> requests.Done:
            self.asked.append((town.now, "acknowledge", {"case": case, "clock": clock, "actor": actor}))
            return acknowledging(case, clock, actor=actor)

        def came() -> rehearsal.Happened:
            found = happened()
            self.fired += [(f.case, f.clock, f.round, f.rung, f.repeat, f.at) for f in found.fired]
            self.mails.update(mail.template for mail in found.mails)
            self.states |= {entry[0]: entry[7] for entry in found.entries}
            return found

        for name, instead in (("open", opened), ("carry_on", moved), ("move", ticked), ("acknowledge", acknowledged), ("happened", came)):
            monkeypatch.setattr(town, name, instead)


def replayed(engine: composition.Engine, plan: simulation.Plan, recorded: Recorded) -> tuple[list[Any], dict[int, str]]:
    """The same asked of a real store at the same moments; what fired, and where every case is at the end."""
    programme, photo, fired = plan.whole.programme.programme, builders.a_photo(engine), list[Any]()
    same: dict[int, int] = {}

    def until(moment: int) -> None:
        if moment > engine.time.now():
            fired.extend(clock.fire_until(engine.store, engine.catalog, engine.time, moment))

    for at, kind, asked in recorded.asked:
        until(at if kind == "acknowledge" else at - 1)
        with engine.store.writing() as tx:
            engine.time.move_to(tx, at)
        facts = {name: [photo] if isinstance(value, list) else value for name, value in asked.get("facts", {}).items()}
        if kind == "open":
            opening = requests.Opening(programme=programme, workflow="report", actor=asked["actor"], facts=facts)
            same[engine.door.submit(opening).case] = len(same) + 1
            continue
        case = next(there for there, here in same.items() if here == asked["case"])
        if kind == "move":
            engine.door.submit(requests.Move(case=case, trigger=asked["trigger"], actor=asked["actor"], facts=facts))
        else:
            engine.door.submit(requests.Acknowledgement(case=case, clock=asked["clock"], actor=asked["actor"]))
    until(plan.end - 1)
    with engine.store.reading() as tx:
        states = {here: views.find(tx, engine.catalog, there).state for there, here in same.items()}
    return sorted((same[f.case], f.clock, f.round, f.rung, f.repeat, f.at) for f in fired), states


@pytest.mark.parametrize("name", ["testtown", "ningxiang", "najin"])
def test_the_store_would_have_fired_the_same(
    tmp_path: Path, lite: str, monkeypatch: pytest.MonkeyPatch, testtown: programmes.Programme, name: str
) -> None:
    """Understaffed, so that ladders run: every rung and every state is what the real clock makes of the same inputs."""
    whole = testtown if name == "testtown" else shipped(name)
    staff = {"duty": {"at_work": 1}, "verifier": {"at_work": 1}}
    work = {"rework": {"weight": 30}, "return": {"weight": 30}}
    plan = a_plan(whole, days=1, arrivals={"a_day": proving.times(180, 600)}, staff=staff, work=work, acknowledge=60)
    run = simulation.Simulation(plan)
    recorded = Recorded(run, monkeypatch)
    run.run()
    assert len({each[1:4] for each in recorded.fired}) >= 4
    assert {kind for _, kind, _ in recorded.asked} == {"open", "move", "acknowledge"}
    with towns.a_town(tmp_path, lite, start=START, shipped=["dingcheng"]) as engine:
        towns.publish(engine, run.town)
        fired, states = replayed(engine, plan, recorded)
        assert fired == sorted(recorded.fired)
        assert states == recorded.states


def test_its_verdicts_are_those_of_reckon(testtown: programmes.Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    judged = tallies.Counts.judge

    def judge(counts: tallies.Counts, case: draft.Draft, compiled: Any, now: int) -> None:
        for name, fold in case.folds.items():
            found = clocks.reckon(compiled.plans[name], fold, compiled.timelines, now=now)
            seen[name] += found.state == "breached" or found.earlier_breaches > 0
        judged(counts, case, compiled, now)

    monkeypatch.setattr(tallies.Counts, "judge", judge)
    run = a_run(testtown, days=3, arrivals={"a_day": 150}, staff={"duty": {"at_work": 1}, "verifier": {"at_work": 1}})
    assert {name: late for name, late in run.counts.late.items() if late} == {name: late for name, late in seen.items() if late}
    assert sum(seen.values()) > 20


# --- what must hold of itself


def test_the_same_seed_is_the_same_time(testtown: programmes.Programme) -> None:
    def body(seed: int) -> dict[str, Any]:
        return simulated.simulate(a_plan(testtown, days=2, seed=seed)).body()

    assert body(7) == body(7)
    assert {**body(7), "seed": 8} != body(8)


def test_no_case_is_lost(testtown: programmes.Programme) -> None:
    report = simulated.report(a_run(testtown, days=3, work={"reopen": {"weight": 30}, "suspend": {"weight": 20}}))
    assert report.arrived == sum(report.ended.values()) + report.open_at_end
    assert report.arrived == pytest.approx(300, rel=0.2)
    assert report.refused == {}
    assert {stage.state for stage in report.stages} >= {"reported", "dispatched", "resolved", "verified"}


def test_where_nobody_comes_to_work_everything_is_late_and_everybody_hears(testtown: programmes.Programme) -> None:
    run = a_run(testtown, days=2, staff={"duty": {"at_work": 0}})
    report = simulated.report(run)
    dispatching = next(each for each in report.clocks if each.name == "dispatching")
    assert report.open_at_end == report.arrived == report.unserved["duty"]
    assert dispatching.late >= report.arrived - 5  # but those that came in the last ten minutes
    fired = {(rung.clock, rung.rung): rung.fired for rung in report.rungs}
    assert fired["dispatching", 4] >= report.arrived - 5
    assert fired["dispatching", 5] > 4 * (report.arrived - 60)
    assert {person.id for person in report.people if person.chasing} >= {"wang", "zhao", "mayor"}


def test_who_is_chased_takes_the_case_next(counter: programmes.Programme) -> None:
    """Everybody who is chased says so: then the longest wait is shorter than if nobody did, and the same work is done."""
    given: dict[str, Any] = {
        "days": 5,
        "arrivals": {"a_day": 600, **EVEN},
        "staff": {"verifier": {"at_work": 1}},
        "work": {"serve": {"takes": "90 seconds"}},
    }
    never, always = a_run(counter, acknowledge=0, **given), a_run(counter, acknowledge=100, **given)
    assert never.counts.acknowledged == 0
    assert always.counts.acknowledged > 100
    assert always.counts.ended["served"] == pytest.approx(never.counts.ended["served"], rel=0.02)


def test_what_the_timer_does_first_is_no_longer_done_by_people(tmp_path: Path) -> None:
    """At its deadline a case leaves by itself: nobody is waited for any more, also where somebody was at it."""
    gives_up = COUNTER.replace("{at: due, notify: [verifier], template: overdue}", "{at: due, do: leave}")
    whole = towns.a_programme(tmp_path, workflow=gives_up)
    work = {"serve": {"takes": "30 minutes", "varies": "fixed"}}
    report = simulated.report(
        a_run(whole, days=2, arrivals={"a_day": 100, **EVEN}, staff={"verifier": {"at_work": 1}}, work=work, acknowledge=0)
    )
    assert set(report.ended) == {"left"}
    assert report.refused == {}
    assert report.roles[0].mean < 5


def test_four_eyes_are_kept_without_a_refusal(tmp_path: Path) -> None:
    """Hu handles for the community and verifies too; what he has handled waits for Qian."""
    people = builders.PEOPLE.replace(
        "roles: [handler, unit-chief], unit: community", "roles: [handler, unit-chief, verifier], unit: community"
    )
    whole = towns.a_programme(tmp_path, people=people)
    run = a_run(whole, days=3, arrivals={"a_day": 30}, facts={"unit": {"community": 1}})
    assert run.counts.refused == {}
    assert run.counts.ended["verified"] > 70


def test_office_work_rests_outside_office_hours(testtown: programmes.Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan(testtown, days=7, staff={"verifier": {"hours": "office"}})
    run = simulation.Simulation(plan)
    recorded = Recorded(run, monkeypatch)
    run.run()
    done = [times.local(at, towns.ZONE) for at, kind, asked in recorded.asked if kind == "move" and asked["trigger"] == "verify"]
    assert len(done) > 50
    assert {moment.weekday() for moment in done} == {0, 1, 2, 3, 4}
    assert min(moment.hour for moment in done) == 8
    assert all(moment.hour < 12 or 14 <= moment.hour < 18 or (moment.hour, moment.minute) == (12, 0) for moment in done)


def test_a_desk_works_by_its_rota(testtown: programmes.Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    run = simulation.Simulation(a_plan(testtown, days=2))
    recorded = Recorded(run, monkeypatch)
    run.run()
    by_day = {
        asked["actor"] for at, kind, asked in recorded.asked
        if kind == "move" and asked["trigger"] == "dispatch" and 9 <= times.local(at, towns.ZONE).hour < 20
    }  # fmt: skip
    assert by_day == {"wang"}


def test_where_nothing_leads_on_cases_stand_still_and_that_is_said(testtown: programmes.Programme) -> None:
    report = simulated.report(a_run(testtown, days=1, work={"resolve": {"weight": 0}, "return": {"weight": 0}}))
    assert report.stuck == {"dispatched": report.open_at_end}
    assert report.open_at_end > 50


def test_a_promised_deadline_is_promised_when_the_case_is_reported(tmp_path: Path) -> None:
    promise = COUNTER.replace("  description:", "  promise: {type: datetime, title: {zh: 承诺时间, en: Promised for}}\n  description:")
    whole = towns.a_programme(
        tmp_path, workflow=promise.replace("within: 20 minutes", "due: {fact: promise}").replace("{at: 50%,", "{before: 1 hour,")
    )
    patience = simulated.report(a_run(whole, days=2, staff={"verifier": {"at_work": 0}})).clocks[0]
    assert patience.begun > 150
    assert 50 < patience.late < 150  # promised for the next day: those of the first day are late by the end of the second


@pytest.mark.parametrize("name", ["dingcheng", "haidian", "najin", "ningxiang"])
def test_every_shipped_town_can_be_simulated_as_it_is(name: str) -> None:
    report = simulated.report(a_run(shipped(name), days=3))
    assert report.refused == {}
    assert report.unserved == report.stuck == {}
    assert sum(report.ended.values()) > 0.5 * report.arrived


@pytest.mark.parametrize("by", ["[duty, timer]", "[rider, timer]", "[timer]"])
def test_going_back_stays_rare_where_the_timer_may_close_a_case(tmp_path: Path, by: str) -> None:
    folder = starting.start(tmp_path, "mytown")
    file = folder / "workflows" / "report.yaml"
    file.write_text(file.read_text("utf-8").replace("by: [duty, timer]", f"by: {by}"), "utf-8")
    whole = reading.read_folder(folder).programme
    assert whole is not None
    run = a_run(whole, days=20, arrivals={"a_day": 40})
    resolved = run.counts.stages["resolved"].count
    assert 0 < resolved < 1.2 * run.counts.arrived
    assert run.counts.ended["verified"] > 0.8 * run.counts.arrived
