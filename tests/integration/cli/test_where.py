"""Whose is it, who has the duty, where is it on the map: as a desk types it, and with what it may get wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commandline import Town

TOWN = ("--programme", "ningxiang")


def test_the_table_is_shown_from_top_to_bottom(fengxing: Town) -> None:
    shown = fengxing.ask("duties", *TOWN)
    assert [row["row"] for row in shown["duties"]] == list(range(1, len(shown["duties"]) + 1))
    assert shown["duties"][-1] | {"category": [], "area": [], "unit": "area"} == shown["duties"][-1]
    assert (shown["located"], shown["routed"]) == (None, None)
    assert "Street lamp crew" in fengxing.say("duties", *TOWN).out
    assert "路灯维修班" in fengxing.say("duties", *TOWN, FENGXING_LANG="zh").out


@pytest.mark.parametrize(
    ("point", "english", "chinese"),
    [
        ("111.19,37.34", "in Dongguan community\nDongguan community: row 8", "位于 东关社区\n由 东关社区 办理：职责表第 8 行"),
        ("111.206,37.34,wgs84", "in The next town (a neighbour's: hand it over)\nno row", "邻街，应移交"),
        ("0,0,wgs84", "outside all areas\nno row of the duties table fits", "不在任何区域内"),
        ("111.19,37.34,wgs84,900", "to be confirmed (known to 900 m only)", "待确认（精度只有 900 米）"),
    ],
)
def test_whose_a_place_is_and_who_has_the_duty(fengxing: Town, point: str, english: str, chinese: str) -> None:
    asked = ("duties", *TOWN, "--point", point, "--category", "litter")
    assert fengxing.say(*asked).out.startswith(english)
    assert chinese in fengxing.say(*asked, FENGXING_LANG="zh").out


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (("duties", "--programme", "ningxian"), 4, "did you mean ningxiang?"),
        (("duties", *TOWN, "--category", "lmap"), 4, "did you mean lamp?"),
        (("duties", *TOWN, "--point", "37.34,111.19"), 3, "is not on this earth (longitude first)"),
        (("duties", *TOWN, "--point", "here"), 3, "is not a point"),
        (("duties", *TOWN, "--point", "111,37,mars"), 3, "is no datum"),
        (("duties", "propose", "NX-20261120-0099"), 4, "no case"),
        (("map", *TOWN, "--out", "town.png"), 2, "a map is drawn as .svg"),
        (("map", *TOWN, "--out", "nowhere/town.svg"), 2, "no such folder"),
        (("map", *TOWN, "--as", "nobody"), 4, "no person nobody"),
    ],
)
def test_what_cannot_be_meant_is_refused(fengxing: Town, words: tuple[str, ...], exit_code: int, says: str) -> None:
    code, error = fengxing.refused(*words)
    assert (code, says in error["message"]) == (exit_code, True), error


def test_a_decision_becomes_a_row_to_be_published(fengxing: Town) -> None:
    number = fengxing.open("垃圾满了", "--fact", "location=111.19,37.34")["number"]
    fengxing.ask("move", number, "classify", "--as", "zhao-min", "--fact", "category=litter", "--fact", "urgency=3")
    fengxing.ask("move", number, "dispatch", "--as", "zhao-min")
    assert "row 8 of the duties table" in fengxing.say("history", number).out
    assert fengxing.refused("duties", "propose", number)[0] == 3
    fengxing.ask("move", number, "reassign", "--as", "zhao-min", "--fact", "unit=civil", "--fact", "reason=会议决定")
    answer = fengxing.say("duties", "propose", number)
    assert answer.out == "  - {category: litter, area: dongguan, unit: civil}\n"
    assert "above row 8" in answer.err
    assert fengxing.ask("duties", "propose", number)["decided"] == "civil"


def test_the_town_on_a_map(fengxing: Town, tmp_path: Path) -> None:
    number = fengxing.open("路灯不亮", "--fact", "location=111.19,37.34")["number"]
    drawn = fengxing.ask("map", *TOWN, "--out", str(tmp_path / "town.svg"))
    assert {area["unit"]: area["cases"] for area in drawn["areas"]} == {"dongguan": 1, "beijie": 0, "zhike": 0}
    picture = (tmp_path / "town.svg").read_text(encoding="utf-8")
    assert number in picture
    assert "东关社区" in picture
    assert "Dongguan" in fengxing.say("map", *TOWN, "--lang", "en").out


@pytest.mark.parametrize("place", ["125,20", "111.2,37.33,wgs84,5000"])
def test_the_desk_sees_that_a_place_is_to_be_confirmed(fengxing: Town, place: str) -> None:
    """A point in the sea, and one that is known to five kilometres only; neither stops a report."""
    opened = fengxing.say("open", "report", "--programme", "ningxiang", "--fact", "description=井盖坏了", "--fact", f"location={place}")
    assert opened.exit == 0
    assert "to be confirmed: the place lies in no area for certain" in opened.out
    assert "待确认" in fengxing.say("show", "1", FENGXING_LANG="zh").out
