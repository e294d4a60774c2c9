"""The SVG: well-formed whatever an admin wrote, everything in it that the definition has, no two words over one another, readable colours."""

from __future__ import annotations

import itertools
import re
from xml.dom import minidom

import pytest

from engine.diagrams import captions, drawing, pictures, svg
from tests import builders
from tests.unit.engine import drawn

PICTURES = {
    **{name: drawn.shipped(name) for name in drawn.FOUR},
    "testtown": drawn.a_picture(),
    **{f"nasty{shift}": drawn.nasty(shift) for shift in (0, 7, 15, 21, 22, 23)},
}
LANGUAGES = ("zh", "en")


def _texts(document: str) -> list[minidom.Element]:
    return list(minidom.parseString(document).getElementsByTagName("text"))


def _words(element: minidom.Element) -> str:
    return "".join(child.data for child in element.childNodes if isinstance(child, minidom.Text))


def _box(element: minidom.Element) -> tuple[float, float, float, float]:
    """What a line covers: left, top, right, bottom."""
    size = drawing.SIZES[element.getAttribute("class").split()[0]]
    x, y, span = float(element.getAttribute("x")), float(element.getAttribute("y")), drawing.width(_words(element), size)
    left = x - span / 2 if element.getAttribute("text-anchor") == "middle" else x
    return left, y - size * 0.8, left + span, y + size * 0.15


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_no_two_lines_of_text_meet_and_none_leaves_the_sheet(name: str, language: str) -> None:
    for picture in (PICTURES[name], drawn.counted(PICTURES[name])):
        document = svg.svg(picture, language)
        root = minidom.parseString(document).documentElement
        assert root is not None
        wide, high = float(root.getAttribute("width")), float(root.getAttribute("height"))
        boxes = [(_box(each), _words(each)) for each in _texts(document)]
        outside = [words for (left, top, right, bottom), words in boxes if left < 0 or top < 0 or right > wide or bottom > high]
        assert outside == []
        over = [
            (one, other)
            for (a, one), (b, other) in itertools.combinations(boxes, 2)
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        ]
        assert over == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", drawn.FOUR)
def test_everything_the_definition_says_can_be_read(name: str, language: str) -> None:
    picture = drawn.shipped(name)
    read = re.sub(r"\s", "", "".join(map(_words, _texts(svg.svg(picture, language)))))
    wanted = [node.title for node in picture.nodes] + [edge.title for edge in picture.edges] + [span.title for span in picture.spans]
    wanted += [captions.joined(edge.by) for edge in picture.edges] + [captions.joined(edge.needs) for edge in picture.edges if edge.needs]
    wanted += [rule for edge in picture.edges for rule in edge.rules] + [target for span in picture.spans for target in span.targets]
    wanted += [step.moment for span in picture.spans for step in span.steps]
    wanted += [captions.joined(step.hears) for span in picture.spans for step in span.steps if step.hears]
    wanted += [step.does for span in picture.spans for step in span.steps if step.does is not None]
    assert [words.en for words in wanted if re.sub(r"\s", "", words.say(language)) not in read] == []


def _drawn(document: str, kind: str) -> list[minidom.Element]:
    """Elements of a class."""
    elements = minidom.parseString(document).getElementsByTagName("*")
    return [each for each in elements if kind in each.getAttribute("class").split()]


def test_what_goes_back_is_dashed_and_what_stays_is_a_loop() -> None:
    document = svg.svg(drawn.shipped("ningxiang"), "zh")
    going_back = [edge for edge in drawn.shipped("ningxiang").edges if pictures.Way.BACK in edge.ways.values()]
    dashed = [each for each in _drawn(document, "back") if each.tagName == "path"]
    assert len(dashed) == len(going_back) + 1  # and the legend's
    assert ".back{stroke-dasharray:" in document
    loops = sum(way is pictures.Way.STAYS for edge in drawn.shipped("ningxiang").edges for way in edge.ways.values())
    assert len([each for each in _drawn(document, "stays") if "A9 9" in each.getAttribute("d")]) == loops + 1


def test_a_clock_is_a_bar_under_its_states_hatched_where_it_pauses() -> None:
    picture = drawn.shipped("ningxiang")
    rectangles = minidom.parseString(svg.svg(picture, "zh")).getElementsByTagName("rect")
    colour = drawing.COLOURS[[span.name for span in picture.spans].index("handling")]
    bars = [r for r in rectangles if r.getAttribute("fill") == colour and r.getAttribute("height") == "20"]
    number = [span.name for span in picture.spans].index("handling")
    (hatched,) = [r for r in rectangles if r.getAttribute("fill") == f"url(#pause{number})"]
    places = svg.xs(picture)
    spans = [(float(r.getAttribute("x")), float(r.getAttribute("x")) + float(r.getAttribute("width"))) for r in bars]
    covered = [node.name for node, x in zip(picture.nodes, places, strict=True) if any(left < x < right for left, right in spans)]
    assert covered == ["dispatched", "on_site", "contained"]
    middle = float(hatched.getAttribute("x")) + float(hatched.getAttribute("width")) / 2
    assert middle == pytest.approx(places[picture.place("suspended")], abs=1)


def test_ends_are_marked_and_the_beginning_too() -> None:
    document = svg.svg(drawn.a_picture(), "en")
    assert len(_drawn(document, "done")) == 3  # two frames, and the legend's
    assert len(_drawn(document, "rejected")) == 3


def test_counts_stand_on_the_states() -> None:
    document = svg.svg(drawn.counted(drawn.a_picture()), "zh")
    read = [_words(each) for each in _texts(document)]
    assert {"1000", "超时 500", "全部案件，截至 2026-11-20 08:00"} <= {*read, *(part for words in read for part in words.split(" · "))}
    assert any("1 小时 2 分钟 · 0%" in words for words in read)
    assert "超时" not in "".join(_words(each) for each in _texts(svg.svg(drawn.a_picture(), "zh")) if "pill" in each.getAttribute("class"))


def test_a_workflow_without_clocks_is_drawn_too() -> None:
    bare = builders.WORKFLOW.split("clocks:")[0].replace(
        "  extend:   {from: dispatched, by: [leader], needs: [more_time], extends: {clock: handling, by: {fact: more_time}}}\n", ""
    )
    document = svg.svg(drawn.a_picture(bare), "en")
    assert "Limits and ladders" not in [_words(each) for each in _texts(document)]


def test_a_clock_without_a_ladder_says_that_nobody_is_told() -> None:
    silent = builders.WORKFLOW.replace("    within: 24 hours\n    ladder: verifying\n", "    within: 24 hours\n")
    assert "no ladder: nobody is told" in [_words(each) for each in _texts(svg.svg(drawn.a_picture(silent), "en"))]


def test_the_same_definition_is_the_same_picture() -> None:
    assert svg.svg(drawn.shipped("najin"), "zh") == svg.svg(drawn.of(drawn.ROOT / "config" / "programmes" / "najin"), "zh")


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _colour(style: str, rule: str, key: str) -> str:
    found = re.search(rf"(?:^|[}}{{,]){re.escape(rule)}[^{{}}]*{{[^}}]*{key}:(#[0-9a-f]{{6}})", style)
    assert found, rule
    return found[1]


@pytest.mark.parametrize("screen", ["light", "dark"])
def test_words_and_lines_stand_out_from_their_ground(screen: str) -> None:
    """WCAG 2.2: 4.5 for text, 3 for what carries meaning."""
    day, _, night = drawing.style().partition("@media (prefers-color-scheme:dark)")
    style = day if screen == "light" else night
    ground = _colour(style, ".sheet", "fill")
    texts = [(_colour(style, "text", "fill"), ground), (_colour(style, ".small", "fill"), ground)]
    texts += [(_colour(style, "text", "fill"), _colour(style, card, "fill")) for card in (".card", ".done", ".rejected")]
    texts += [(_colour(style, ".small", "fill"), _colour(style, card, "fill")) for card in (".card", ".done", ".rejected")]
    texts += [("#ffffff", colour) for colour in drawing.COLOURS] + [("#ffffff", _colour(day, ".pill", "fill"))]
    assert [pair for pair in texts if _contrast(*pair) < 4.5] == []
    lines = [_colour(style, line, "stroke") for line in (".on", ".back", ".stays", ".done", ".rejected")]
    assert [line for line in lines if _contrast(line, ground) < 3] == []


@pytest.mark.parametrize(
    ("words", "most", "lines"),
    [
        ("值班员、值班长", 60, ["值班员、值", "班长"]),
        ("Head of the unit", 60, ["Head of", "the unit"]),
        # what is too long for any line is broken
        ("WWWWWWWWWWWWWWWW", 60, ["WWWWWWWW", "WWWWWWWW"]),
        # a mark of punctuation never begins a line
        ("一二三四五，六", 60, ["一二三四", "五，六"]),
        ("", 60, []),
    ],
)
def test_text_is_folded_where_a_reader_would(words: str, most: float, lines: list[str]) -> None:
    assert drawing.folded(words, 12, most) == lines


def test_what_no_xml_may_hold_is_left_out() -> None:
    assert drawing.escaped("a\x00\ud800\ufffe<b>&'\"") == "a&lt;b&gt;&amp;&#x27;&quot;"
