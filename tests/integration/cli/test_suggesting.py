"""`fengxing suggest`: what a person at the desk reads, and what a script gets."""

from __future__ import annotations

import orjson
import pytest

from tests.commandline import Town

HERE = ("--fact", "location=111.19,37.34")


def test_a_report_says_what_it_may_be_who_handles_it_and_what_was_reported_before(fengxing: Town) -> None:
    fengxing.open("东关巷路灯坏了", *HERE)
    number = str(fengxing.open("东关巷路灯不亮", *HERE)["number"])
    said = fengxing.say("suggest", number).out
    for words in (
        "by keywords",
        "Dead street lamp (lamp)",
        "路灯",
        "Street lamp crew",
        "NX-20261120-0001",
        "0 m away",
        "nothing is merged",
    ):
        assert words in said
    zh = fengxing.say("suggest", number, FENGXING_LANG="zh").out
    for words in ("按关键词", "路灯不亮 (lamp)", "路灯维修班", "相距 0 米", "不会自动合并"):
        assert words in zh


def test_as_json_with_every_part_named(fengxing: Town) -> None:
    fengxing.open("东关巷路灯坏了", *HERE)
    found = fengxing.ask("suggest", str(fengxing.open("东关巷路灯不亮", *HERE)["id"]), "--as", "zhao-min")
    assert (found["how"], found["urgent"], found["placed"], found["within"]) == ("keywords", None, True, {"metres": 80, "hours": 24})
    assert [(one["category"], one["words"]) for one in found["categories"]] == [("lamp", ["灯不亮", "路灯"])]
    assert found["unit"]["unit"] == "lamps"
    assert [part["part"] for part in found["duplicates"][0]["parts"]] == ["place", "time", "category", "text"]
    assert found["learning"] == {
        "from": 200, "per_category": 10, "trained_at": None, "confirmed": None, "missing": None, "accuracy": None, "top3": None
    }  # fmt: skip


def test_the_options_may_stand_before_the_case(fengxing: Town) -> None:
    number = str(fengxing.open()["number"])
    assert orjson.loads(fengxing.say("suggest", "--json", number).out) == fengxing.ask("suggest", number)


def test_an_urgent_case_asks_for_a_person(fengxing: Town) -> None:
    case = str(fengxing.dispatched(urgency=1)["number"])
    assert fengxing.ask("suggest", case)["urgent"] == "ask a person"
    assert "urgent: ask a person" in fengxing.say("suggest", case).out
    assert "it has a category already: lamp" in fengxing.say("suggest", case).out


def test_nothing_to_say_is_said(fengxing: Town) -> None:
    said = fengxing.say("suggest", str(fengxing.open("😀")["number"])).out
    assert "no category" in said
    assert "it says no place" in said
    far = fengxing.say("suggest", str(fengxing.open("[bold]？[/bold]", *HERE)["number"])).out
    assert "duplicates: none" in far


@pytest.mark.parametrize(
    ("words", "exit", "code"),
    [
        (("suggest", "NX-20261120-9999"), 4, "not-found"),
        (("suggest", "evaluate", "--programme", "ningxang"), 4, "not-found"),
        (("suggest", "train", "--programme", "ningxang"), 4, "not-found"),
        (("suggest", "--as"), 2, "usage"),
    ],
)
def test_what_cannot_be_meant_is_refused(fengxing: Town, words: tuple[str, ...], exit: int, code: str) -> None:  # noqa: A002
    assert (fengxing.refused(*words)[0], fengxing.refused(*words)[1]["code"]) == (exit, code)


def test_a_stranger_sees_nothing(fengxing: Town) -> None:
    number = str(fengxing.open()["number"])
    assert fengxing.refused("suggest", number, "--as", "nobody")[0] == 4


def test_too_few_cases_to_learn_from_say_how_many_are_missing(fengxing: Town) -> None:
    assert "0 confirmed cases to learn from, 200 more are needed" in fengxing.say("suggest", "train").out
    [found] = fengxing.ask("suggest", "evaluate", "--programme", "ningxiang")
    assert (found["reason"], found["missing"], found["learned"], found["in_use"], found["version"]) == ("too-few", 200, None, False, None)
    number = str(fengxing.open()["number"])
    assert "200 more are needed" in fengxing.ask("suggest", number)["why"]
    assert fengxing.ask("suggest", number)["learning"]["missing"] == 200
    assert "还差 200 件" in fengxing.say("suggest", "evaluate", FENGXING_LANG="zh").out
