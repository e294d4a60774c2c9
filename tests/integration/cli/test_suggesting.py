"""`fengxing suggest`: what a person at the desk reads, and what a script gets."""

from __future__ import annotations

import orjson
import pytest

from tests.commandline import Town

HERE = ("--fact", "location=111.19,37.34")


def test_a_report_says_what_it_may_be_who_handles_it_and_what_was_reported_before(town: Town) -> None:
    town.open("东关巷路灯坏了", *HERE)
    number = str(town.open("东关巷路灯不亮", *HERE)["number"])
    said = town.say("suggest", number).out
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
    zh = town.say("suggest", number, FENGXING_LANG="zh").out
    for words in ("按关键词", "路灯不亮 (lamp)", "路灯维修班", "相距 0 米", "不会自动合并"):
        assert words in zh


def test_as_json_with_every_part_named(town: Town) -> None:
    town.open("东关巷路灯坏了", *HERE)
    found = town.ask("suggest", str(town.open("东关巷路灯不亮", *HERE)["id"]), "--as", "zhao-min")
    assert (found["how"], found["urgent"], found["placed"], found["within"]) == ("keywords", None, True, {"metres": 80, "hours": 24})
    assert [(one["category"], one["words"]) for one in found["categories"]] == [("lamp", ["灯不亮", "路灯"])]
    assert found["unit"]["unit"] == "lamps"
    assert [part["part"] for part in found["duplicates"][0]["parts"]] == ["place", "time", "category", "text"]
    assert found["learning"] == {
        "from": 200, "per_category": 10, "trained_at": None, "confirmed": None, "missing": None, "accuracy": None, "top3": None
    }  # fmt: skip


def test_the_options_may_stand_before_the_case(town: Town) -> None:
    number = str(town.open()["number"])
    assert orjson.loads(town.say("suggest", "--json", number).out) == town.ask("suggest", number)


def test_an_urgent_case_asks_for_a_person(town: Town) -> None:
    case = str(town.dispatched(urgency=1)["number"])
    assert town.ask("suggest", case)["urgent"] == "ask a person"
    assert "urgent: ask a person" in town.say("suggest", case).out
    assert "it has a category already: lamp" in town.say("suggest", case).out


def test_nothing_to_say_is_said(town: Town) -> None:
    said = town.say("suggest", str(town.open("😀")["number"])).out
    assert "no category" in said
    assert "it says no place" in said
    far = town.say("suggest", str(town.open("[bold]？[/bold]", *HERE)["number"])).out
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
def test_what_cannot_be_meant_is_refused(town: Town, words: tuple[str, ...], exit: int, code: str) -> None:  # noqa: A002
    assert (town.refused(*words)[0], town.refused(*words)[1]["code"]) == (exit, code)


def test_a_stranger_sees_nothing(town: Town) -> None:
    number = str(town.open()["number"])
    assert town.refused("suggest", number, "--as", "nobody")[0] == 4


def test_too_few_cases_to_learn_from_say_how_many_are_missing(town: Town) -> None:
    assert "0 confirmed cases to learn from, 200 more are needed" in town.say("suggest", "train").out
    [found] = town.ask("suggest", "evaluate", "--programme", "ningxiang")
    assert (found["reason"], found["missing"], found["learned"], found["in_use"], found["version"]) == ("too-few", 200, None, False, None)
    number = str(town.open()["number"])
    assert "200 more are needed" in town.ask("suggest", number)["why"]
    assert town.ask("suggest", number)["learning"]["missing"] == 200
    assert "还差 200 件" in town.say("suggest", "evaluate", FENGXING_LANG="zh").out
