"""A workflow as values: every arrow with who may take it, every clock with its states, every rung with who hears."""

from __future__ import annotations

import pytest

from engine.diagrams import captions, pictures
from tests import builders
from tests.unit.engine import drawn

Way = pictures.Way


def _edge(picture: pictures.Picture, trigger: str) -> pictures.Edge:
    return next(edge for edge in picture.edges if edge.trigger == trigger)


def _span(picture: pictures.Picture, clock: str) -> pictures.Span:
    return next(span for span in picture.spans if span.name == clock)


@pytest.mark.parametrize(
    ("trigger", "ways", "target"),
    [
        ("dispatch", {"classified": Way.ON}, "dispatched"),
        # one move may start from several states
        ("resolve", {"dispatched": Way.ON, "on_site": Way.ON, "contained": Way.ON}, "resolved"),
        # a return goes back, even to a state that stands further on
        ("return", {"dispatched": Way.BACK, "on_site": Way.BACK}, "returned"),
        ("rework", dict.fromkeys(["resolved"], Way.BACK), "dispatched"),
        # what the clock resumes leads back as well
        ("resume", {"suspended": Way.BACK}, "dispatched"),
        # reassigning stays from one state and goes back from another
        ("reassign", {"dispatched": Way.STAYS, "on_site": Way.BACK}, "dispatched"),
        ("extend", {"dispatched": Way.STAYS, "on_site": Way.STAYS, "contained": Way.STAYS}, None),
    ],
)
def test_each_arrow_goes_on_back_or_nowhere(trigger: str, ways: dict[str, Way], target: str | None) -> None:
    edge = _edge(drawn.shipped("ningxiang"), trigger)
    assert (edge.ways, edge.target) == (ways, target)


@pytest.mark.parametrize(
    ("name", "trigger", "zh", "en"),
    [
        ("ningxiang", "alert", "限 紧急程度：紧急", "only Urgency: Urgent"),
        ("ningxiang", "verify", "双人复核：“完成处置”者不得办", "four eyes: not by who did Resolve"),
        ("ningxiang", "extend", "延长 处置时限（延长多久），最多 2 次", "extends Time to resolve (Extended by), at most 2 times"),
        ("najin", "extend", "延长 处置时限（30 分钟），最多 2 次", "extends Time to resolve (30 minutes), at most 2 times"),
        ("najin", "reopen", "最多 1 次", "at most once"),
        ("haidian", "confirm", "可填 现场核实情况", "may come with Found on the spot"),
    ],
)
def test_conditions_are_sentences_in_both_languages(name: str, trigger: str, zh: str, en: str) -> None:
    (rule,) = _edge(drawn.shipped(name), trigger).rules
    assert (rule.zh, rule.en) == (zh, en)


def test_who_may_and_what_is_needed_go_by_their_titles() -> None:
    edge = _edge(drawn.shipped("ningxiang"), "resume")
    assert captions.joined(edge.by).zh == "分管领导、值班长、定时器"
    assert captions.joined(_edge(drawn.shipped("ningxiang"), "classify").needs).en == "Category, Urgency"
    assert captions.joined(drawn.shipped("ningxiang").opened_by).zh == "任何人"
    # a move without a title goes by its name
    assert _edge(drawn.a_picture(), "dispatch").title.zh == "dispatch"


def test_a_clock_has_its_states_in_the_pictures_order_and_its_limits_in_words() -> None:
    handling = _span(drawn.shipped("ningxiang"), "handling")
    assert (handling.runs, handling.pauses) == (("dispatched", "on_site", "contained"), ("suspended",))
    assert [target.zh for target in handling.targets] == [
        "紧急程度：紧急；类别：燃气泄漏、电线垂落或裸露、钢材等散落路面、井盖破损或缺失、路面破损 → 2 小时",
        "紧急程度：紧急 → 30 分钟",
        "类别：绿化养护、广告招牌 → 8 个工作小时（机关上班时间）",
        "其余：1 小时",
    ]
    whole = _span(drawn.shipped("ningxiang"), "whole")
    assert whole.runs == ("reported", "classified", "dispatched", "merged", "handed_over", "on_site", "returned", "contained", "resolved")
    (until,) = _span(drawn.shipped("ningxiang"), "review").targets
    assert until.zh == "至“复查日期”所填之时"


def test_a_ladder_is_its_rungs_in_order() -> None:
    steps = _span(drawn.a_picture(), "dispatching").steps
    assert [(step.moment.zh, step.side) for step in steps] == [
        ("80 %", -1),
        ("前 1 分钟", -1),
        ("到期", 0),
        ("后 10 分钟", 1),
        ("后 30 分钟", 1),
    ]
    assert steps[-1].repeats is not None
    assert steps[-1].repeats.en == "again every 1 hour, at most 5 times"
    assert [captions.joined(step.hears).en for step in steps[-2:]] == ["Head of the desk", "Leader"]
    (resume,) = _span(drawn.a_picture(), "review").steps
    assert (resume.does is not None and resume.does.en, resume.hears) == ("resume", ())
    assert _span(drawn.a_picture(), "handling").steps[-1].always


def test_the_picture_as_data_has_counts_only_where_they_were_asked_for() -> None:
    plain, counts = drawn.a_picture().body(), drawn.counted(drawn.a_picture()).body()
    assert plain["states"][0].keys() == {"name", "title", "initial", "final"}
    assert counts["states"][0].keys() - plain["states"][0].keys() == {"cases", "overdue", "stays", "median_s", "share"}
    assert ("elsewhere" in plain, counts["elsewhere"]) == (False, 0)
    assert [state["final"] for state in plain["states"]][-2:] == ["done", "rejected"]
    assert {clock["name"] for clock in plain["clocks"]} == {"dispatching", "handling", "verifying", "whole", "review"}
    assert plain["transitions"][0]["from"] == {"reported": "on"}


def test_a_name_nobody_gave_a_title_stands_for_itself() -> None:
    workflow = builders.WORKFLOW.replace("by: [handler], needs: [result]", "by: [handler, result], needs: [result]")
    assert captions.joined(_edge(drawn.a_picture(workflow), "resolve").by).en == "Handler, Result"
