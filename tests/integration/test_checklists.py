"""Emergency plans: a move starts one, its steps are ticked one by one, another move waits for all of them; edits of plans.yaml bend none that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import composition, decisions, errors, posting, requests, verify, views
from states import errors as states_errors
from storage import statements
from tests import builders
from tests.integration import towns

PLANS = """\
plans:
  gas-leak:
    title: {zh: 燃气泄漏, en: Gas leak}
    steps:
      cordon:     {title: {zh: 拉警戒线, en: Cordon it off}, by: [handler, unit-chief]}
      shut-valve: {title: {zh: 关闭阀门, en: Shut the valve}, by: unit-chief}
      tell:       {title: {zh: 通知居民, en: Tell the residents}}
  general:
    title: {zh: 一般险情, en: Any danger}
    steps:
      look: {title: {zh: 查看, en: Look}}
"""
WORKFLOW = (
    builders.WORKFLOW.replace(
        "  result:      {type: text,", "  plan:        {type: checklist, title: {zh: 预案, en: Plan}}\n  result:      {type: text,"
    )
    .replace(
        "  return:   {",
        """\
  alarm:    {from: dispatched, by: [duty], starts: {plan: plan, named: [{when: {urgency: 1}, is: gas-leak}, {when: {urgency: 2}, is: general}]}}
  tick:     {from: dispatched, by: [handler, unit-chief, duty], ticks: plan}
  finish:   {from: dispatched, to: resolved, by: [handler], needs: [result], needs_done: [plan]}
  return:   {""",
    )
    .replace("  - {on: dispatch, to", "  - {on: alarm, to: [reporter, handler], template: assigned}\n  - {on: dispatch, to")
)


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, url, workflow=WORKFLOW, plans=PLANS) as opened:
        yield opened


def alarmed(engine: composition.Engine, urgency: str = "1") -> requests.Done:
    case = towns.dispatched(engine, urgency=urgency)
    return towns.moved(engine, case, "alarm", "wang")


def steps(engine: composition.Engine, case: requests.Done) -> dict[str, tuple[str, str] | None]:
    """Step → who did it and when, as `show --json` has it."""
    kept = towns.shown(engine, case)["facts"]["plan"]["steps"]
    return {name: (one["done"]["by"], one["done"]["at"][11:19]) if "done" in one else None for name, one in kept.items()}


def refusal(engine: composition.Engine, case: requests.Done, trigger: str, by: str, **facts: Any) -> states_errors.StatesError:
    with pytest.raises(states_errors.StatesError) as caught:
        towns.moved(engine, case, trigger, by, **facts)
    return caught.value


def test_the_steps_are_ticked_one_by_one_and_the_history_says_by_whom_and_when(engine: composition.Engine) -> None:
    case = alarmed(engine)
    assert steps(engine, case) == {"cordon": None, "shut-valve": None, "tell": None}
    towns.until(engine, "08:03")
    towns.moved(engine, case, "tick", "li", step="cordon")
    towns.until(engine, "08:05")
    towns.moved(engine, case, "tick", "wang", step="tell")
    assert steps(engine, case) == {"cordon": ("li", "08:03:00"), "shut-valve": None, "tell": ("wang", "08:05:00")}
    body = towns.shown(engine, case)
    assert body["said"]["plan"]["value"]["en"] == "Gas leak: 2 of 3 done; open: Shut the valve"
    assert body["said"]["plan"]["value"]["zh"] == "燃气泄漏：完成 2/3；待办：关闭阀门"
    ticks = [(e["trigger"], e["actor"]) for e in towns.entries(engine, case) if e["trigger"] == "tick"]
    assert ticks == [("tick", "li"), ("tick", "wang")]
    assert verify.verify(engine.store, engine.catalog, engine.settings.data_dir).ok


def test_a_step_is_ticked_once_by_whom_it_names_and_only_if_it_is_there(engine: composition.Engine) -> None:
    case = alarmed(engine)
    towns.moved(engine, case, "tick", "li", step="cordon")
    again = refusal(engine, case, "tick", "sun", step="cordon")
    assert (again.code, str(again)) == ("step-done", "cordon was done already, by li at 2026-11-20T08:00:00+08:00; a step is ticked once")
    role = refusal(engine, case, "tick", "li", step="shut-valve")
    assert role.code == "role"
    assert "unit-chief" in str(role)
    unknown = refusal(engine, case, "tick", "li", step="shut-valv")
    assert "did you mean shut-valve?" in str(unknown)
    assert refusal(engine, case, "tick", "li").code == "fact-missing"
    assert [step for step, done in steps(engine, case).items() if done] == ["cordon"]


def test_the_end_waits_for_every_step(engine: composition.Engine) -> None:
    case = alarmed(engine)
    towns.moved(engine, case, "tick", "li", step="cordon")
    early = refusal(engine, case, "finish", "li", result="好了")
    assert str(early) == "to finish, every step of plan must be done; still open: Shut the valve, Tell the residents"
    assert early.zh == "执行 finish 前，plan 的各步骤须全部完成；尚未完成：关闭阀门、通知居民"
    assert "finish" not in towns.shown(engine, case)["possible"]
    towns.moved(engine, case, "tick", "sun", step="shut-valve")
    towns.moved(engine, case, "tick", "sun", step="tell")
    assert "finish" in towns.shown(engine, case)["possible"]
    assert towns.moved(engine, case, "finish", "li", result="好了").state == "resolved"


def test_what_was_never_started_asks_for_nothing_and_cannot_be_ticked(engine: composition.Engine) -> None:
    case = towns.dispatched(engine)
    assert refusal(engine, case, "tick", "li", step="cordon").code == "no-plan"
    assert towns.moved(engine, case, "finish", "li", result="好了").state == "resolved"


def test_the_plan_is_chosen_by_the_case(engine: composition.Engine) -> None:
    assert list(steps(engine, alarmed(engine, "2"))) == ["look"]
    assert "plan" not in towns.shown(engine, alarmed(engine, "3"))["facts"]  # none fits: none is started


def test_a_later_edit_of_the_plan_bends_none_that_runs(engine: composition.Engine, tmp_path: Path) -> None:
    case = alarmed(engine)
    changed = PLANS.replace("shut-valve", "open-window").replace("      tell:       {title: {zh: 通知居民, en: Tell the residents}}\n", "")
    towns.publish(engine, towns.a_programme(tmp_path / "later", workflow=WORKFLOW, plans=changed))
    assert list(steps(engine, case)) == ["cordon", "shut-valve", "tell"]
    assert towns.moved(engine, case, "tick", "sun", step="shut-valve").state == "dispatched"
    assert list(steps(engine, alarmed(engine))) == ["cordon", "open-window"]


def test_a_plan_that_is_gone_stops_no_alarm(engine: composition.Engine, tmp_path: Path) -> None:
    case = towns.dispatched(engine, urgency="1")
    towns.publish(engine, towns.a_programme(tmp_path / "later"))
    assert towns.moved(engine, case, "alarm", "wang").state == "dispatched"
    assert "plan" not in towns.shown(engine, case)["facts"]


def test_nobody_gives_a_checklist_by_hand(engine: composition.Engine) -> None:
    with pytest.raises(errors.FactInvalid, match="a move starts it"):
        towns.opened(engine, plan={"steps": {}})


def test_a_tick_cannot_be_entered_before_one_that_stands(engine: composition.Engine) -> None:
    case = alarmed(engine)
    towns.until(engine, "08:20")
    towns.moved(engine, case, "tick", "li", step="cordon")
    with pytest.raises(errors.TooEarly, match="08:20:00"):
        towns.moved(engine, case, "tick", "sun", step="tell", when="08:10")
    towns.until(engine, "08:30")
    towns.moved(engine, case, "tick", "sun", step="tell", when="08:25")
    assert steps(engine, case)["tell"] == ("sun", "08:25:00")


@pytest.mark.parametrize(("trigger", "by", "facts", "code", "said"), [
    ("finish", "li", {"result": "好了"}, "steps-open", "plan: Gas leak: 0 of 3 done; open: Cordon it off, Shut the valve, Tell the residents"),
    ("tick", "li", {"step": "shut-valve"}, "role", "shut-valve is ticked by: unit-chief"),
    ("tick", "li", {"step": "nothing"}, "step-unknown", "no step nothing; steps: cordon, shut-valve, tell"),
    ("tick", "li", {}, "fact-missing", "name the step (--fact step=…): cordon, shut-valve, tell"),
])  # fmt: skip
def test_explain_says_what_stands_against_it(
    engine: composition.Engine, trigger: str, by: str, facts: dict[str, str], code: str, said: str
) -> None:
    case, now = alarmed(engine), engine.time.now()
    with engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, case.case)
        decision = decisions.decide(tx, engine.catalog, found, decisions.Asked(trigger=trigger, actor=by, facts=facts), now=now)
    assert decision.refusal is not None
    assert decision.refusal.code == code
    assert said in [each.said.en for each in decision.conditions if not each.holds]


def test_a_mail_shows_what_is_done_and_what_is_open_but_not_to_the_reporter(engine: composition.Engine) -> None:
    case = alarmed(engine)
    towns.moved(engine, case, "tick", "li", step="cordon")
    towns.moved(engine, case, "alarm", "wang")  # a second alarm starts it anew
    towns.moved(engine, case, "tick", "li", step="cordon")
    with engine.store.writing() as tx:
        rows = tx.all(statements.CLAIM_MESSAGES, ("t", 2**60, 2**60, 0, 100))
    parcels = {(p.recipient, p.ids): p for p in posting.prepare(engine, rows, now=engine.time.now())}
    to_handler = [p.text for (who, _), p in parcels.items() if who == "li" and "应急预案" in p.text]
    assert len(to_handler) == 2
    assert "应急预案：燃气泄漏" in to_handler[0]
    assert "[ ] 拉警戒线\n[ ] 关闭阀门\n[ ] 通知居民" in to_handler[0]
    assert not [p for (who, _), p in parcels.items() if who == "ma" and "应急预案" in p.text + p.html]
