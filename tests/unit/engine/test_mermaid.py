"""The Mermaid text keeps to the part of the grammar that was tried with Mermaid itself, whatever an admin wrote."""

from __future__ import annotations

import re

import pytest

from engine import starting
from engine.diagrams import mermaid, pictures
from tests.architecture import test_docs
from tests.unit.engine import drawn

WORDS = r"[^!-$&'*:-@\[-`{-~\x00-\x1f]*"
"""No ASCII punctuation but `( ) + , . / - %`: nothing that the grammar reads as its own."""
LINES = re.compile(
    rf"""stateDiagram-v2
    |\ \ state\ "{WORDS}"\ as\ s\d+
    |\ \ \[\*\]\ -->\ s\d+\ :\ {WORDS}
    |\ \ s\d+\ -->\ \[\*\]
    |\ \ s\d+\ -->\ s\d+\ :\ {WORDS}
    |\ \ s\d+\ :\ ↻\ {WORDS}
    |\ \ note\ right\ of\ s\d+
    |\ \ \ \ [⏱·]\ {WORDS}
    |\ \ end\ note
    |\ \ classDef\ (?:done|rejected|late)\ fill:\#\w{{6}},stroke:\#\w{{6}},color:\#\w{{6}}
    |\ \ class\ s\d+(?:,s\d+)*\ (?:done|rejected|late)""",
    re.VERBOSE,
)
READ_ANYWHERE = re.compile(r"--[^>]|-->.*-->|%%|direction\s", re.IGNORECASE)
"""What Mermaid looks for in the middle of a line as well."""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("number", range(4 + len(drawn.NASTY)))
def test_every_line_is_one_that_mermaid_reads(number: int, language: str) -> None:
    picture = drawn.shipped(drawn.FOUR[number]) if number < 4 else drawn.counted(drawn.nasty(number - 4))
    lines = mermaid.mermaid(picture, language).removesuffix("\n").split("\n")
    assert [line for line in lines if not LINES.fullmatch(line)] == []
    assert [line for line in lines if READ_ANYWHERE.search(line)] == []


def test_there_is_an_arrow_for_each_state_that_a_move_leaves() -> None:
    picture = drawn.shipped("najin")
    lines = mermaid.mermaid(picture, "zh").splitlines()
    moving = sum(way is not pictures.Way.STAYS for edge in picture.edges for way in edge.ways.values())
    staying = sum(way is pictures.Way.STAYS for edge in picture.edges for way in edge.ways.values())
    assert len([line for line in lines if re.match(r"  s\d+ --> s\d+ : ", line)]) == moving
    assert len([line for line in lines if re.match(r"  s\d+ : ↻ ", line)]) == staying
    assert len([line for line in lines if " : ↩ " in line]) == len(
        [1 for edge in picture.edges for way in edge.ways.values() if way is pictures.Way.BACK]
    )


def test_a_clock_is_a_note_with_its_limits_and_rungs() -> None:
    text = mermaid.mermaid(drawn.shipped("ningxiang"), "zh")
    note = (
        next(each for each in text.split("note right of s")[1:] if "⏱ 处置时限" in each)
        .split("\n", 1)[1]
        .split("  end note")[0]
        .splitlines()
    )
    said = [line.strip() for line in note]
    assert said[said.index("⏱ 处置时限") :] == [
        "⏱ 处置时限",
        "· 紧急程度：紧急；类别：燃气泄漏、电线垂落或裸露、钢材等散落路面、井盖破损或缺失、路面破损 → 2 小时",
        "· 紧急程度：紧急 → 30 分钟",
        "· 类别：绿化养护、广告招牌 → 8 个工作小时（机关上班时间）",
        "· 其余：1 小时",
        "· 80 %：承办人",
        "· 到期：承办人、单位负责人",
        "· 后 30 分钟：值班长、分管领导；已确认也照发",
        "· 暂停：已挂账",
    ]


def test_counts_and_lateness_are_said_on_the_state() -> None:
    text = mermaid.mermaid(drawn.counted(drawn.a_picture()), "zh")
    assert 'state "已上报（1 件，超时 0）" as s0' in text
    assert re.search(r"class s1,\S* late", text)


def test_the_picture_in_the_docs_is_that_of_the_town_of_fengxing_new() -> None:
    (shown,) = test_docs.blocks(test_docs.ROOT / "docs" / "pictures.md", "mermaid")
    assert shown == mermaid.mermaid(drawn.of(starting.TEMPLATE, "report"), "en")
