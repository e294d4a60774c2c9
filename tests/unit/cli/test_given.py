from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from cli import failures, given
from engine import errors


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        # text is text, whatever it looks like
        ("a=路灯不亮", "路灯不亮"),
        ("a=1", "1"),
        ("a=x=y", "x=y"),
        ("a=", ""),
        ("a=111.19,37.34,gcj02", "111.19,37.34,gcj02"),
        # a list or an object is JSON
        ('a=["x", "y"]', ["x", "y"]),
        ('a={"name": "王大妈"}', {"name": "王大妈"}),
        # brackets that are no JSON are somebody's words
        ("a=[急] 井盖没了]", "[急] 井盖没了]"),
        ("a={unreadable}", "{unreadable}"),
    ],
)
def test_a_fact_is_read_as_it_was_meant(pair: str, value: Any) -> None:
    assert given.facts([pair], None) == {"a": value}


@pytest.mark.parametrize(("pairs", "says"), [(["urgent"], "NAME=VALUE"), (["=1"], "NAME=VALUE"), (["a=1", "a=2"], "given twice")])
def test_a_fact_that_cannot_be_meant_names_the_remedy(pairs: list[str], says: str) -> None:
    with pytest.raises(failures.Usage, match=says) as caught:
        given.facts(pairs, None)
    assert caught.value.zh != str(caught.value)


@pytest.mark.parametrize(("content", "says"), [("[1]", "one JSON object"), ("{", "not JSON"), ("null", "one JSON object")])
def test_a_file_of_facts_is_one_object(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "f.json").write_text(content)
    with pytest.raises(failures.Usage, match=says):
        given.facts(None, tmp_path / "f.json")


def test_a_fact_in_the_file_and_on_the_line_is_given_twice(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"a": 1, "b": [2]}')
    assert given.facts(["c=3"], tmp_path / "f.json") == {"a": 1, "b": [2], "c": "3"}
    with pytest.raises(failures.Usage, match="given twice"):
        given.facts(["a=3"], tmp_path / "f.json")


def test_facts_may_come_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('{"a": "灯"}'.encode())))
    assert given.facts(None, Path("-")) == {"a": "灯"}


@pytest.mark.parametrize(
    ("typed", "known"), [("nx-20261120-0001", "NX-20261120-0001"), (" NX-20261120-0001 ", "NX-20261120-0001"), ("7", "7"), ("007", "007")]
)
def test_a_case_is_its_number_or_its_id(typed: str, known: str) -> None:
    assert given.case(typed) == known


@pytest.mark.parametrize("typed", ["9" * 40, "７", "²"])
def test_a_number_that_no_case_can_have_is_not_found(typed: str) -> None:
    with pytest.raises(errors.NotFound):
        given.case(typed)


@pytest.mark.parametrize("words", ["2026-11-20T08:00:00", "2026-11-20", "noon", "", "9999-99-99T00:00:00+08:00"])
def test_a_moment_without_an_offset_is_never_guessed(words: str) -> None:
    with pytest.raises(failures.Usage, match="--at: ") as caught:
        given.moment(words, "--at")
    assert "+08:00" in str(caught.value)


@pytest.mark.parametrize(
    "words", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_lies_where_calendars_reach(words: str) -> None:
    with pytest.raises(failures.Usage, match="between 1970 and 2200"):
        given.moment(words, "--at")


def test_a_moment_is_in_utc_inside() -> None:
    assert given.moment("1970-01-01T08:00:01+08:00", "--at") == given.moment("1970-01-01T00:00:01Z", "--at") == 1_000_000
    assert given.moment(None, "--at") is None


@pytest.mark.parametrize("name", ["timer", "system"])
def test_the_machines_own_names_are_nobodys(name: str) -> None:
    with pytest.raises(failures.Usage):
        given.actor(name)
    assert given.actor("xu-peng") == "xu-peng"
    assert given.actor(None) is None
