from __future__ import annotations

import pytest

from config.programme import Category
from config.words import Text
from engine.suggesting import keywords


def category(*words: str) -> Category:
    return Category(title=Text(zh="名", en="Name"), keywords=words)


TOWN = {
    "power-manhole": category("电力井", "井盖", "破损"),
    "manhole": category("井盖", "窨井"),
    "lamp": category("路灯", "灯不亮", "亮", "street lamp"),
    "gas": category("漏气", "煤气", "gas"),
    "other": category(),
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # what only one category says weighs more than what two say
        ("电力井盖破损", [("power-manhole", ("电力井", "井盖", "破损")), ("manhole", ("井盖",))]),
        ("窨井盖不见了", [("manhole", ("井盖", "窨井")), ("power-manhole", ("井盖",))]),
        # a word within a longer one is part of it
        ("巷口灯不亮", [("lamp", ("灯不亮",))]),
        # said not to be so: no suggestion
        ("不是漏气，是路灯", [("lamp", ("路灯",))]),
        ("This is not a street lamp", []),
        # a Latin word is a word, in whatever case and width
        ("Smell of GAS, Las Vegas", [("gas", ("gas",))]),
        ("a Vegas", []),
        ("ＧＡＳ", [("gas", ("gas",))]),
        ("", []),
        ("😀😀", []),
    ],
)
def test_a_report_suggests_what_its_words_say(text: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(one.category, one.words) for one in keywords.find(TOWN, text)] == found


def test_what_is_said_to_be_missing_counts_half_and_is_named() -> None:
    [there] = keywords.find(TOWN, "有煤气味")
    [gone] = keywords.find(TOWN, "没有煤气味")
    assert (there.missing, gone.missing) == ((), ("煤气",))
    assert gone.score == there.score / 2


def test_said_twice_it_is_there_if_it_is_there_once() -> None:
    [one] = keywords.find(TOWN, "没有煤气？就是煤气")
    assert one.missing == ()


def test_a_long_report_is_looked_through_to_its_end() -> None:
    assert keywords.find(TOWN, "啊" * 4990 + "煤气")
