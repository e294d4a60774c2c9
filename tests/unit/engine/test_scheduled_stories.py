"""Stories of what opens by itself: a story begins with a schedule's case, time brings the others, and what did not come is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.stories import trials
from tests import builders

STORY = """\
tests: errand
stories:
  - story: lunch
    given: {given}
    when: {when}
    then: {then}
"""
SOUND = {
    "given": "schedule lunch opens a case for li, at 2026-11-20 10:30",
    "when": "at 11:00 ma delivers",
    "then": "the case is delivered",
}


def tried(tmp_path: Path, **said: str) -> tuple[list[str], list[str]]:
    """Sentence by sentence what does not hold and why; and the course of things."""
    folder = builders.beside(
        builders.a_folder(tmp_path), {**builders.SCHEDULED, "workflows/errand.tests.yaml": STORY.format(**{**SOUND, **said})}
    )
    result = trials.run([folder])
    assert [str(p) for p in result.problems if p.code != trials.NO_STORIES.code] == []
    (trial,) = result.trials
    return [f"{v.sentence.text}: {v.happened.en}" for v in trial.failures], [line.said.en for line in trial.course]


def test_the_case_of_the_story_is_the_one_that_the_schedule_opened(tmp_path: Path) -> None:
    failures, course = tried(tmp_path, then="[the case is delivered, delivery never breaches, nobody else is mailed]")
    assert failures == []
    assert course == ["the schedule opens → offered", "ma: deliver → delivered"]


def test_its_clocks_count_from_the_moment_and_the_other_rows_are_not_its_business(tmp_path: Path) -> None:
    failures, course = tried(tmp_path, when="nobody acts", then="[at 11:15 leader is mailed 'overdue', nobody else is mailed]")
    assert failures == []
    assert [line for line in course if "mailed" in line] == ["mayor mailed 'overdue' (delivery)"]


def test_it_may_be_told_in_chinese_with_the_titles_of_things(tmp_path: Path) -> None:
    chinese = {"given": "2026-11-20 10:30 定时任务午餐开案，条目李奶奶", "when": "11:00 马骑手deliver", "then": "案件已送达"}
    assert tried(tmp_path, **chinese)[0] == []


@pytest.mark.parametrize(("then", "happened"), [
    ("at 10:30 schedule lunch opens 2 cases", None),
    ("at 10:31 schedule lunch opens 0 cases", None),
    ("the next day at 10:30 schedule lunch opens 2 cases", None),
    ("at 10:30 schedule lunch opens 3 cases", "it opens 2"),
    ("at 10:40 schedule lunch opens 1 case", "it opens 0; it came at 2026-11-20 10:30"),
])  # fmt: skip
def test_how_many_cases_a_schedule_opens_is_asked_and_answered(tmp_path: Path, then: str, happened: str | None) -> None:
    failures, _ = tried(tmp_path, when="nobody acts", then=then)
    assert failures == ([] if happened is None else [f"{then}: {happened}"])


@pytest.mark.parametrize(("given", "why"), [
    ("schedule lunch opens a case for li, at 2026-11-20 10:31", "schedule lunch opened no case of this workflow; it does not come at this moment for this row"),
    ("schedule lunch opens a case for zhao, at 2026-11-20 10:30", "schedule lunch opened no case of this workflow; it does not come at this moment for this row"),
])  # fmt: skip
def test_a_story_of_a_case_that_no_schedule_opens_says_so(tmp_path: Path, given: str, why: str) -> None:
    if "zhao" in given:  # who has supper only: the register knows the row, the schedule does not take it
        given = given.replace("zhao", "'Mrs Zhao'")
    failures, _ = tried(tmp_path, given=f'"{given}"')
    assert failures == [f"{given}: it was refused (nothing-opened): {why}"]


def test_a_reported_case_may_ask_what_opens_meanwhile(tmp_path: Path) -> None:
    story = "tests: report\nstories:\n  - story: beside\n    given: a report by ma, at 2026-11-20 10:00\n    then: [at 10:30 schedule lunch opens 2 cases, at 10:30 the case is reported]\n"
    folder = builders.beside(builders.a_folder(tmp_path), {**builders.SCHEDULED, "workflows/report.tests.yaml": story})
    (trial,) = trials.run([folder]).trials
    assert trial.ok
