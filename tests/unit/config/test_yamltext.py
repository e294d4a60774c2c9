from __future__ import annotations

import time
from typing import Any

import pytest

from config import yamltext


def data_of(text: str) -> Any:
    data, _, problems = yamltext.read("x.yaml", "x.yaml", text)
    assert problems == []
    return data


@pytest.mark.parametrize(("written", "meant"), [
    # YAML 1.2's core schema: only true and false are booleans, and nothing is a date or a time
    ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("true", True), ("False", False),
    ("08:30", "08:30"), ("22:00-06:00", "22:00-06:00"), ("2026-10-01", "2026-10-01"),
    ("12", 12), ("-3", -3), ("+4", 4), ("0", 0), ("1.5", 1.5), ("1e3", 1000.0), ("1_000", "1_000"),
    (".inf", ".inf"), ("1e999", "1e999"),
    ("80%", "80%"), ("10 minutes", "10 minutes"), ("\"0118\"", "0118"), ("'no'", "no"), ("|\n  two\n  lines", "two\nlines\n"),
    ("", None), ("~", None), ("null", None), ("\"\"", ""),
])  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(written: str, meant: object) -> None:
    found = data_of(f"key: {written}\n")["key"]
    assert found == meant
    assert type(found) is type(meant)


def test_keys_stay_as_they_are_written() -> None:
    assert data_of("1: a\nno: b\ntrue: c\n2026-10-01: d\n") == {"1": "a", "no": "b", "true": "c", "2026-10-01": "d"}


def test_positions_are_of_keys_and_values_counted_from_one_in_characters() -> None:
    _, source, _ = yamltext.read("x.yaml", "x.yaml", "题: {甲: 乙, c: [1, two]}\nd:\n  - e: f\n")
    assert source.position(("题", "c"), key=True) == (1, 11)
    assert source.position(("题", "c", 1)) == (1, 18)
    assert source.position(("d", 0, "e")) == (3, 8)
    # what is not there is told of at what encloses it
    assert source.position(("题", "x", "y")) == (1, 1)
    assert source.position(("d", 0, "x")) == (3, 5)
    assert source.position(()) == (1, 1)


@pytest.mark.parametrize("text", [
    "a: &a [x, x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)),
    "a: " + "[" * 60_000,
    "{" * 60_000,
    "- " * 60_000,
    "? " * 60_000,
    "a: " + "x" * 200_000,
    "a: " + "9" * 200_000,
    "a: \"" + "\\0" * 60_000 + "\"",
    "&a " * 60_000,
    "!" * 60_000,
    "\x00" * 60_000,
    "a: " + "b: " * 60_000,
    "\n" * 200_000,
    "#\n" * 100_000,
    "%" * 100_000,
    "*" * 100_000,
], ids=["laughs", "lists", "mappings", "dashes", "questions", "long", "digits", "escapes", "anchors", "tags", "nuls", "colons", "lines", "comments", "percents", "stars"])  # fmt: skip
def test_what_is_made_to_hurt_is_done_with_quickly(text: str) -> None:
    begun = time.perf_counter()
    data, _, problems = yamltext.read("x.yaml", "x.yaml", text)
    assert time.perf_counter() - begun < 30  # a guard against hanging, not a measurement
    assert problems or data is not None


def test_a_refused_value_is_told_of_once() -> None:
    _, source, problems = yamltext.read("x.yaml", "x.yaml", "a: *b\nc: 007\n")
    assert [p.code for p in problems] == ["alias", "number"]
    assert source.voids == {("a",), ("c",)}


def test_every_duplicate_alias_and_tag_is_told_of() -> None:
    _, _, problems = yamltext.read("x.yaml", "x.yaml", "a: 1\na: 2\nb: !x 1\nb: 3\nc: &d 1\n*c : 4\n? {x: 1}\n: 5\ne: *d\n")
    assert [(p.line, p.code) for p in problems] == [
        (2, "duplicate-key"),
        (3, "tag"),
        (4, "duplicate-key"),
        (5, "alias"),
        (6, "alias"),
        (7, "key"),
        (9, "alias"),
    ]


def test_problems_of_one_file_have_an_end() -> None:
    _, _, problems = yamltext.read("x.yaml", "x.yaml", "a: 1\n" * 5000)
    assert len(problems) == 101
    assert problems[-1].code == "too-many"


def test_a_list_longer_than_any_definition_needs_is_read_no_further() -> None:
    data, _, (problem,) = yamltext.read("x.yaml", "x.yaml", "a: [" + "1," * 100_000 + "]\n")
    assert data is None
    assert (problem.code, problem.line) == ("too-many-values", 1)
    assert problem.column < 2 * yamltext.MOST_EVENTS + 5
    # so are those that have no place in the data
    _, _, found = yamltext.read("x.yaml", "x.yaml", "? [" + "1," * 60_000 + "]\n: x\n")
    assert [problem.code for problem in found] == ["key", "too-many-values"]
