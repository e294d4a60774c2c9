"""`fengxing answer`, checklists and places as people type them, on Testtown with a plan and a question."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import builders
from tests.commandline import START, Answer, Town
from tests.integration.test_checklists import PLANS
from tests.integration.test_way_back import WORKFLOW

REPORT = (
    WORKFLOW.replace(
        "  result:      {type: text,", "  plan:        {type: checklist, title: {zh: 预案, en: Plan}}\n  result:      {type: text,"
    )
    .replace(
        "  dispatch: {from: reported,",
        "  dispatch: {starts: {plan: plan, named: [{when: {urgency: 1}, is: gas-leak}, {is: general}]}, from: reported,",
    )
    .replace("  return:   {", "  tick:     {from: dispatched, by: [handler, unit-chief, duty], ticks: plan}\n  return:   {")
)
MOVE = ("move", "1")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A case that was settled; its reporter has been asked."""
    folder = builders.a_folder(tmp_path / "programmes", workflow=REPORT, plans=PLANS)
    found = Town(folder=tmp_path / "data", programmes=folder)
    assert found.say("db", "upgrade", "--virtual", START).exit == 0
    found.ask("open", "report", "--programme", "testtown", "--as", "ma", "--fact", "description=煤气味")
    found.ask(*MOVE, "dispatch", "--as", "wang", "--fact", "category=lamp", "--fact", "urgency=2", "--fact", "unit=lights")
    return found


def closed(town: Town) -> str:
    """Settled; the code that its reporter was given."""
    town.ask(*MOVE, "resolve", "--as", "li", "--fact", "result=好了")
    town.ask(*MOVE, "verify", "--as", "qian")
    newest = town.ask("outbox", "list")[0]["id"]
    found = re.search(r"\d+-\d+-\d+(-[A-Z2-7]{4}){4}", town.say("outbox", "show", str(newest)).out)
    assert found is not None
    return found[0]


def lines(answer: Answer) -> list[str]:
    assert answer.exit == 0, answer.err
    return answer.out.splitlines()


def test_a_satisfied_reporter_is_thanked_once(town: Town) -> None:
    code = closed(town)
    assert lines(town.say("answer", code, "satisfied")) == ["TT-20261120-0001: recorded, thank you"]
    assert lines(town.say("answer", code, "satisfied", FENGXING_LANG="zh")) == ["TT-20261120-0001：此前已作同样答复，没有重复记录"]
    body = town.ask("show", "1")
    assert (body["satisfied"], body["asked"][0]["answer"]) == ("yes", "satisfied")
    assert "how was it? ma: satisfied" in town.say("show", "1").out
    assert "满意度：ma: 满意" in town.say("show", "1", FENGXING_LANG="zh").out
    assert "答复：满意" in town.say("history", "1", FENGXING_LANG="zh").out


def test_who_is_not_satisfied_hears_what_comes_of_it(town: Town) -> None:
    code = closed(town)
    found = town.ask("answer", code, "dissatisfied", "--reason", "又灭了")
    assert found == {
        "number": "TT-20261120-0001", "state": "dispatched", "answer": "dissatisfied", "again": False, "reopened": True, "why": None,
    }  # fmt: skip
    again = lines(town.say("answer", closed(town), "dissatisfied", FENGXING_LANG="zh"))
    assert again == ["TT-20261120-0001：已记录，谢谢", "未能重新办理：本案的 reopen 已用满 1 次，不能再用"]


def test_what_cannot_be_answered_says_why(town: Town) -> None:
    code = closed(town)
    assert town.refused("answer", "1-2-3", "satisfied")[0] == 3
    assert town.refused("answer", code[:-1] + ("A" if code[-1] != "A" else "B"), "satisfied")[1]["code"] == "answer-code"
    assert town.refused("answer", code, "perhaps")[0] == 2
    assert town.refused("answer", code, "dissatisfied", "--reason", " ")[1]["code"] == "request-invalid"
    town.ask("answer", code, "satisfied")
    assert town.refused("answer", code, "dissatisfied") == (5, {
        "code": "answer-given", "message": "you answered satisfied about TT-20261120-0001 at 2026-11-20T08:00:00+08:00; that stands", "possible": [],
    })  # fmt: skip


def test_a_plan_is_shown_with_what_is_done_and_what_is_open(town: Town) -> None:
    assert town.refused(*MOVE, "tick", "--as", "li")[1]["code"] == "fact-missing"
    assert town.refused(*MOVE, "tick", "--as", "li", "--fact", "step=lok")[1]["message"].startswith(
        "the plan has no step 'lok' (did you mean look?)"
    )
    shown = town.say("show", "1", FENGXING_LANG="zh").out
    assert "一般险情 (plan)" in shown
    assert "·   查看 (look)" in shown
    town.ask(*MOVE, "tick", "--as", "li", "--fact", "step=look")
    assert "✓   Look (look)" in town.say("show", "1").out
    assert "tick look" in town.say("history", "1").out
    assert town.refused(*MOVE, "tick", "--as", "li", "--fact", "step=look")[1]["code"] == "step-done"
