"""Stories of cases that hang together: a meeting, a merger, parts that are waited for, a draw; and the course and coverage of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.stories import trials
from tests import builders
from tests.integration import kindred

STORY = """\
tests: report
stories:
  - story: kindred
    given:
      - a report by ma, at 2026-11-20 08:00
      {given}
    when:
      {when}
    then:
      {then}
"""
DISPUTE = ["at 08:05 wang convenes", "in meeting, at 09:00 mayor decides, unit lights, decision the lamps are theirs"]
MERGER = ["at 08:05 another report by sun, called twin", "in twin, at 08:10 wang merges, other the first case"]


def lines(sentences: list[str]) -> str:
    return "\n      ".join(f'- "{each}"' for each in sentences) or "[]"


def run(
    tmp_path: Path,
    *,
    when: list[str],
    then: list[str],
    given: list[str] | None = None,
    workflow: str = kindred.REPORT,
    meeting: str = kindred.MEETING,
) -> trials.Result:
    folder = builders.a_folder(tmp_path, workflow=workflow)
    story = STORY.format(given=lines(given or []).removeprefix("[]"), when=lines(when), then=lines(then))
    files = {"workflows/meeting.yaml": meeting, "workflows/report.tests.yaml": story}
    result = trials.run([builders.beside(folder, files)])
    assert [str(p) for p in result.problems if p.code != trials.NO_STORIES.code] == []
    return result


def tried(
    tmp_path: Path,
    *,
    when: list[str],
    then: list[str],
    given: list[str] | None = None,
    workflow: str = kindred.REPORT,
    meeting: str = kindred.MEETING,
) -> list[str]:
    """Sentence by sentence what does not hold, and what was instead."""
    (trial,) = run(tmp_path, when=when, then=then, given=given, workflow=workflow, meeting=meeting).trials
    return [f"{v.sentence.text}: {v.happened.en}" for v in trial.failures]


def test_a_meeting_is_lived_through_in_the_story_that_convened_it(tmp_path: Path) -> None:
    then = [
        "at 08:05 a meeting is opened as meeting",
        "in meeting, at 08:05 leader is mailed 'assigned'",
        "meeting is called",
        "in meeting, deciding is due at 2026-11-21 08:05",
        "in meeting, nobody else is mailed",
        "at 09:00 meeting is decided",
        "in meeting, deciding is met",
        "the case is dispatched",
        "in meeting, in opener, the case is dispatched",
        "in meeting, opener is dispatched",
    ]
    assert tried(tmp_path, when=DISPUTE, then=then) == []


def test_the_same_in_chinese_by_the_titles_of_things(tmp_path: Path) -> None:
    when = ["08:05 王值班convene", "在联席会议中：09:00 周镇长decide，责任单位 路灯队，决定 归路灯队"]
    then = [
        "08:05 登记了联席会议",
        "在联席会议中：08:05 分管领导收到 assigned",
        "09:00 联席会议已定责",
        "09:00 关联联席会议 1 件",
        "在联席会议中：来源案件已派单",
    ]
    assert tried(tmp_path, when=when, then=then) == []


@pytest.mark.parametrize(("then", "happened"), [
    ("at 08:04 a meeting is opened as meeting", "0 are opened as meeting; it was opened at 2026-11-20 08:05"),
    ("at 08:05 no meeting is opened", "1 are opened as meeting"),
    ("meeting is never opened", "meeting is opened at 2026-11-20 08:05"),
    ("at 08:05 2 meetings are opened as meeting", None),
    ("at 08:05 2 cases are opened as meeting", "1 are opened as meeting"),
    ("at 08:05 2 cases are linked as meeting", "1 are linked as meeting"),
    ("at 08:04 meeting is called", "there is no such case at that moment"),
    ("at 09:00 meeting is dropped", "the case is decided"),
    ("at 09:00 meeting 2 is decided", "there is no such case at that moment"),
    ("in meeting, nobody else is mailed", "mayor mailed 'assigned' at 2026-11-20 08:05"),
    ("in meeting, leader is never mailed", "mayor mailed 'assigned' at 2026-11-20 08:05"),
    ("in meeting, deciding breaches at 2026-11-21 08:05", "deciding never breaches"),
    ("leader is never mailed", ""),
    ("at 08:30 in meeting, mayor may decide", None),
    ("in meeting, at 08:30 mayor may drop", ""),
    ("in meeting, at 08:30 wang may decide", "wang may: nothing"),
])  # fmt: skip
def test_each_sentence_of_a_linked_case_can_fail(tmp_path: Path, then: str, happened: str | None) -> None:
    if happened is None:
        with pytest.raises(AssertionError):
            tried(tmp_path, when=DISPUTE, then=[then])
    else:
        assert tried(tmp_path, when=DISPUTE, then=[then]) == ([f"{then}: {happened}"] if happened else [])


def test_a_report_of_another_reporter_is_merged_and_closed_with_the_main_one(tmp_path: Path) -> None:
    when = [*MERGER, "at 08:20 wang discards"]
    then = [
        "in twin, at 08:05 sun is mailed 'received'",
        "at 08:10 twin is merged",
        "1 case is linked as duplicate",
        "at 08:20 the case is invalid",
        "duplicate is invalid",
        "in twin, the case is invalid",
    ]
    assert tried(tmp_path, when=when, then=then) == []


def test_what_was_merged_can_be_parted_again(tmp_path: Path) -> None:
    when = [*MERGER, "in twin, at 08:15 wang unmerges", "at 08:20 wang discards"]
    assert tried(tmp_path, when=when, then=["at 08:15 0 cases are linked as duplicate", "at 08:20 twin is reported"]) == []


def test_the_first_case_may_be_merged_into_the_other(tmp_path: Path) -> None:
    when = ["at 08:05 another report, called main", "at 08:10 wang merges, other main", "in main, at 08:20 wang discards"]
    assert tried(tmp_path, when=when, then=["at 08:20 the case is invalid", "opener is invalid"]) == []


def test_one_of_several_is_named_by_its_number_and_all_of_them_by_none(tmp_path: Path) -> None:
    when = ["at 08:05 wang gathers", "in part 1, at 08:10 wang discards", "in part 2, at 08:20 wang discards"]
    then = [
        "at 08:05 2 cases are opened as part",
        "in part 1, at 08:05 ma is mailed 'received'",
        "in part 2, nobody is mailed",
        "at 08:10 part 1 is invalid",
        "part 2 is reported",
        "the case is waiting",
        "at 08:20 part is invalid",
        "the case is resolved",
    ]
    assert tried(tmp_path, when=when, then=then) == []
    assert tried(tmp_path, when=when[:2], then=["at 08:10 part is invalid"]) == ["at 08:10 part is invalid: the case is reported"]


@pytest.mark.parametrize(("when", "why"), [
    ("in part, at 08:10 wang discards", "it was refused (which-case): 2 cases are part; say which, as `in part 1, …`"),
    ("in part 3, at 08:10 wang discards", "it was refused (no-such-case): there is no case that is part 3 at this moment"),
    ("in meeting, at 08:10 mayor tries to decide", "it was refused (no-such-case): there is no case that is meeting at this moment"),
    ("at 08:10 wang merges, other meeting", "it was refused (no-such-case): there is no case that is meeting at this moment"),
])  # fmt: skip
def test_a_story_that_acts_on_no_one_case_ends_there(tmp_path: Path, when: str, why: str) -> None:
    assert tried(tmp_path, when=["at 08:05 wang gathers", when], then=["the case is waiting"]) == [f"{when}: {why}"]


@pytest.mark.parametrize(("drawn", "told"), [
    ("sampled is drawn", "at 08:00 leader is mailed 'assigned'"),
    ("抽中抽中", "at 08:00 leader is mailed 'assigned'"),
    ("sampled is not drawn", "leader is never mailed"),
    ("未抽中抽中", "分管领导始终未收到邮件"),
])  # fmt: skip
def test_a_draw_falls_as_it_is_told(tmp_path: Path, drawn: str, told: str) -> None:
    sampled = kindred.REPORT.replace("notices:\n", "notices:\n  - {on: open, to: [leader], template: assigned, when: {sampled: true}}\n")
    assert tried(tmp_path, when=["nobody acts"], then=[told], given=[drawn], workflow=sampled) == []


def test_a_draw_falls_as_it_is_told_from_there_on(tmp_path: Path) -> None:
    sampled = kindred.REPORT.replace("notices:\n", "notices:\n  - {on: open, to: [leader], template: assigned, when: {sampled: true}}\n")
    when = ["at 08:05 another report, called one", "sampled is drawn", "at 08:06 another report, called two"]
    then = ["leader is never mailed", "in one, leader is never mailed", "in two, at 08:06 leader is mailed 'assigned'"]
    assert tried(tmp_path, when=when, then=then, given=["sampled is not drawn"], workflow=sampled) == []


def test_a_draw_of_a_case_that_is_yet_to_come_falls_as_it_is_told(tmp_path: Path) -> None:
    meeting = kindred.MEETING.replace(
        "  decision: {", "  minuted: {type: yes_no, drawn: 50%, title: {zh: 记录, en: Minuted}}\n  decision: {"
    )
    meeting = meeting.replace(
        "  - {on: open, to: [leader], template: assigned}", "  - {on: open, to: [leader], template: assigned, when: {minuted: true}}"
    )
    for told, then in (
        ("minuted is drawn", "in meeting, leader is mailed 'assigned'"),
        ("minuted is not drawn", "in meeting, leader is never mailed"),
    ):
        assert tried(tmp_path / told, when=["at 08:05 wang convenes"], then=[then], given=[told], meeting=meeting) == []


def test_a_report_is_any_case_where_the_town_has_a_workflow_of_that_name(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path, workflow=kindred.REPORT)
    story = "tests: meeting\nstories: [{story: x, given: 'a report by mayor, about x, at 2026-11-20 08:00', then: the case is called}]\n"
    meeting = kindred.MEETING.replace("opened_by: linked", "opened_by: [linked, leader]")
    result = trials.run([builders.beside(folder, {"workflows/meeting.yaml": meeting, "workflows/meeting.tests.yaml": story})])
    assert [str(p) for p in result.problems if p.code != trials.NO_STORIES.code] == []
    assert [trial.ok for trial in result.trials] == [True]


def test_the_course_tells_of_every_case_by_what_the_story_calls_it(tmp_path: Path) -> None:
    (trial,) = run(
        tmp_path,
        when=["at 08:02 another report by sun, called twin", "in twin, at 08:03 wang merges, other first", "at 08:05 wang convenes"],
        then=["at 08:05 meeting is called"],
    ).trials
    assert [line.said.en for line in trial.course] == [
        "ma reports → reported",
        "ma mailed 'received'",
        "twin: sun reports → reported",
        "twin: sun mailed 'received'",
        "twin: wang: merge → merged",
        "meeting: opened → called",
        "wang: convene → disputed",
        "meeting: mayor mailed 'assigned'",
    ]


def test_a_story_that_lives_a_meeting_counts_for_its_workflow_too(tmp_path: Path) -> None:
    coverage = {each.workflow: each for each in run(tmp_path, when=DISPUTE, then=["meeting is decided"]).coverage}
    assert coverage["meeting"].states.missing == ("dropped",)
    assert coverage["meeting"].transitions.missing == ("drop",)
    assert {"convene", "bind"}.isdisjoint(coverage["report"].transitions.missing)


def test_cases_that_a_schedule_opened_are_acted_on_by_its_name(tmp_path: Path) -> None:
    story = STORY.format(
        given="", when=lines(["in lunch 2, at 11:00 ma delivers"]), then=lines(["at 11:00 lunch 1 is offered", "lunch 2 is delivered", "in lunch 1, at 11:15 leader is mailed 'overdue'"])
    )  # fmt: skip
    folder = builders.beside(builders.a_folder(tmp_path), {**builders.SCHEDULED, "workflows/report.tests.yaml": story})
    (trial,) = trials.run([folder]).trials
    assert [(v.sentence.text, v.happened.en) for v in trial.failures] == []
