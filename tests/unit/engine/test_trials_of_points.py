"""Stories of points and money: what somebody had before, what he has then, and what the course of things says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import ledger, rehearsal
from engine.stories import trials
from states import errors as refusals
from tests.integration import ledgers, towns

LEAD = """\
tests: lead
stories:
  - story: 重大隐患五分
    given:
      - 马骑手有 3 分
      - a lead by ma, at 2026-11-03 08:00
    when:
      - 09:00 qian confirms，问题等级 重大
      - 10:00 qian overturns
      - 11:00 mayor reopens
      - 12:00 qian confirms, grade 2
    then: "{then}"
"""
REDEMPTION = """\
tests: redemption
stories:
  - story: 十分换二百元
    given: [{given}]
    when: {when}
    then: [{then}]
"""


def run(tmp_path: Path, flow: str, stories: str) -> trials.Trial:
    ledgers.a_programme(tmp_path)
    folder = tmp_path / "testtown"
    (folder / "workflows" / f"{flow}.tests.yaml").write_text(stories, encoding="utf-8")
    result = trials.run([folder])
    assert [str(p) for p in result.problems if p.code != "no-stories"] == []
    (trial,) = result.trials
    return trial


HOLDS = [
    "09:00 马骑手有 8 分",
    "at 09:00 ma has 8 points",
    "at 10:00 ma has 3 积分",
    "12:00 ma有 5 points",
    "at 12:00 马骑手 has 0 元",
    "bai has 0 points",
]


@pytest.mark.parametrize("then", HOLDS)
def test_what_somebody_owns_at_a_moment_is_said_in_either_language(tmp_path: Path, then: str) -> None:
    assert run(tmp_path, "lead", LEAD.format(then=then)).failures == ()


@pytest.mark.parametrize(
    ("then", "en", "zh"),
    [("09:00 马骑手有 3 分", "ma has 8 points", "马骑手有 8 分"), ("12:00 ma有 8 points", "ma has 5 points", "马骑手有 5 分")],
)
def test_what_he_has_instead_is_said_if_it_is_not_so(tmp_path: Path, then: str, en: str, zh: str) -> None:
    trial = run(tmp_path, "lead", LEAD.format(then=then))
    (failure,) = trial.failures
    assert (failure.happened.en, failure.happened.zh) == (en, zh)


def test_the_course_of_things_shows_what_was_given_and_taken_back(tmp_path: Path) -> None:
    course = [line.said.en for line in run(tmp_path, "lead", LEAD.format(then="12:00 马骑手有 5 分")).course]
    assert [line for line in course if "points" in line] == ["ma +5 points", "ma -5 points", "ma +2 points"]


ENDS = [
    ("马骑手有 12 分, '2026-11-03 08:00 马骑手上报'", "09:00 mayor pays", "08:30 马骑手有 2 分, 09:00 马骑手有 2 分, ma has 200 yuan"),
    ("ma has 10 points, '2026-11-03 08:00 马骑手上报'", "09:00 mayor refuses", "08:30 马骑手有 0 分, 09:00 马骑手有 10 分, ma has 0 yuan"),
]


@pytest.mark.parametrize(("given", "when", "then"), ENDS, ids=["paid", "refused"])
def test_a_redemption_begins_with_what_was_earned_before(tmp_path: Path, given: str, when: str, then: str) -> None:
    quoted = ", ".join(f"'{each}'" for each in then.split(", "))
    assert run(tmp_path, "redemption", REDEMPTION.format(given=given, when=when, then=quoted)).failures == ()


def test_who_has_too_little_cannot_begin_and_the_story_says_why(tmp_path: Path) -> None:
    trial = run(
        tmp_path,
        "redemption",
        REDEMPTION.format(given="马骑手有 9 分, '2026-11-03 08:00 马骑手上报'", when="nobody acts", then="案件已申请"),
    )
    (failure,) = trial.failures
    assert failure.happened.en == "it was refused (balance): ma has 9 points and open takes 10; 1 are lacking"


WRONG = [
    ("马骑手有 5 元宝", "没有叫 `元宝` 的账户"),
    ("ma has five points", "没有叫 `five points` 的数额"),
    ("mo has 5 points", "没有叫 `mo` 的人员"),
]


@pytest.mark.parametrize(("then", "words"), WRONG)
def test_an_account_or_a_number_that_is_none_is_said_at_its_line(tmp_path: Path, then: str, words: str) -> None:
    ledgers.a_programme(tmp_path)
    folder = tmp_path / "testtown"
    (folder / "workflows" / "lead.tests.yaml").write_text(LEAD.format(then=then), encoding="utf-8")
    (problem,) = [each for each in trials.run([folder]).problems if each.code != "no-stories"]
    assert words in problem.say("zh")
    assert problem.line == 12


def test_a_life_lived_apart_from_what_else_was_earned_is_not_refused(tmp_path: Path) -> None:
    """What-if and simulation live cases alone: there an exchange leaves a debt, and refuses nothing."""
    whole = ledgers.a_programme(tmp_path)
    alone, strict = (rehearsal.of_programme(whole, now=towns.START, boundless=boundless) for boundless in (True, False))
    case = alone.open("redemption", actor="ma", facts={})
    alone.move(case.id, "pay", actor="mayor", facts={})
    assert (alone.balance("ma", "points"), alone.balance("ma", "yuan")) == (-10, 200)
    with pytest.raises(refusals.BalanceShort):
        strict.open("redemption", actor="ma", facts={})
    assert not strict.cases


def test_a_book_without_a_store_knows_what_was_posted_in_it(tmp_path: Path) -> None:
    stage = rehearsal.of_programme(ledgers.a_programme(tmp_path), now=towns.START)
    stage.endow("ma", "points", 12)
    stage.endow("ma", "points", 7)
    assert stage.balance("ma", "points") == 7
    assert ledger.Book(None).sum("own", "testtown", "ma", "points") == 0
