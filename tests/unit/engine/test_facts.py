"""Facts of every type as they come in, and what is wrong with them, in words."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programme as programmes
from config import reading
from engine import catalog, errors, facts
from notifications import directory
from tests import builders

FACTS = """\
  text:     {type: text, longest: 10, title: {zh: 文字, en: Text}}
  number:   {type: number, title: {zh: 数字, en: Number}}
  yes_no:   {type: yes_no, required: true, title: {zh: 是否, en: Yes or no}}
  choice:   {type: choice, choices: {1: 急, b: 缓}, title: {zh: 选择, en: Choice}}
  category: {type: category, title: {zh: 类别, en: Category}}
  unit:     {type: unit, title: {zh: 单位, en: Unit}}
  person:   {type: person, title: {zh: 人员, en: Person}}
  contact:  {type: contact, personal: true, title: {zh: 联系人, en: Contact}}
  point:    {type: point, title: {zh: 位置, en: Place}}
  photos:   {type: photos, most: 2, title: {zh: 照片, en: Photos}}
  videos:   {type: videos, title: {zh: 视频, en: Videos}}
  date:     {type: date, title: {zh: 日期, en: Date}}
  datetime: {type: datetime, title: {zh: 时间, en: Moment}}
  duration: {type: duration, title: {zh: 时长, en: Duration}}
"""
WORKFLOW = f"""\
workflow: report
title: {{zh: 报告, en: Report}}
initial: open_
facts:
{FACTS}states:
  open_: {{title: {{zh: 开, en: Open}}, no_deadline: a test}}
  done:  {{title: {{zh: 完, en: Done}}, final: done}}
transitions:
  end: {{from: open_, to: done, by: [duty]}}
"""
HASH, OTHER = "ab" * 32, "cd" * 32


@functools.cache
def a_town(sound: str = "", other: str = "") -> tuple[catalog.Compiled, catalog.InForce]:
    with tempfile.TemporaryDirectory() as folder:
        read = reading.read_folder(
            builders.a_folder(
                Path(folder),
                workflow=WORKFLOW.replace(sound, other) if sound else WORKFLOW,
                programme=builders.PROGRAMME + "datum: wgs84\n",
            )
        )
    assert read.programme is not None, read.problems
    definition, live = programmes.definition_of(read.programme, "report"), programmes.live_of(read.programme)
    compiled = catalog.compiled((1, definition.hash(), definition.text()), live)
    return compiled, catalog.InForce(live=live, people=directory.Directory(live), bundle=1, hash="", newest={"report": 1}, calendar="")


def kept(**given_: Any) -> dict[str, Any]:
    return facts.check(*a_town(), given_)


VALID: list[tuple[str, Any, Any]] = [
    ("text", "  路灯不亮\n", "路灯不亮"),
    ("text", "a\x07b\x00c", "abc"),
    ("number", "3", 3),
    ("number", 2.50, 2.5),
    ("number", "1e3", 1000),
    ("number", 0, 0),
    ("number", 2**53, 2**53),
    ("yes_no", "yes", True),
    ("yes_no", "否", False),
    ("yes_no", False, False),
    ("choice", 1, "1"),
    ("choice", "b", "b"),
    ("category", "lamp", "lamp"),
    ("unit", "lights", "lights"),
    ("person", "li", "li"),
    ("contact", "张大妈, +86 138-0000-0000, z@example.org", {"name": "张大妈", "phone": "+86 138-0000-0000", "email": "z@example.org"}),
    ("contact", {"name": "张大妈", "phone": None}, {"name": "张大妈"}),
    ("point", "111.19,37.34", {"lon": 111.19, "lat": 37.34, "datum": "wgs84"}),
    (
        "point",
        "111.19, 37.34, GCJ-02",
        {"lon": 111.1837114, "lat": 37.33934992, "datum": "wgs84", "raw": {"lon": 111.19, "lat": 37.34, "datum": "gcj02"}},
    ),
    ("point", "111.19,37.34,wgs84,15", {"lon": 111.19, "lat": 37.34, "datum": "wgs84", "accuracy": 15.0}),
    (
        "point",
        {"lon": 111.19, "lat": 37.34, "datum": "wgs84", "accuracy": 8},
        {"lon": 111.19, "lat": 37.34, "datum": "wgs84", "accuracy": 8.0},
    ),
    # what a case keeps of a point may be given again, and means the same
    (
        "point",
        {"lon": 0, "lat": 0, "datum": "wgs84", "raw": {"lon": 111.19, "lat": 37.34, "datum": "gcj02"}},
        {"lon": 111.1837114, "lat": 37.33934992, "datum": "wgs84", "raw": {"lon": 111.19, "lat": 37.34, "datum": "gcj02"}},
    ),
    ("point", {"lon": "111.19", "lat": 37.34}, {"lon": 111.19, "lat": 37.34, "datum": "wgs84"}),
    ("photos", HASH, [HASH]),
    ("photos", [HASH, OTHER], [HASH, OTHER]),
    ("photos", [OTHER, HASH, OTHER, HASH], [OTHER, HASH]),
    ("videos", (HASH,), [HASH]),
    ("date", "2026-11-20", "2026-11-20"),
    ("datetime", "2026-11-20T00:00:00+00:00", "2026-11-20T08:00:00+08:00"),
    ("duration", "2 hours", "2 hours"),
    ("duration", "1 working day", "1 working day"),
]


@pytest.mark.parametrize(("name", "value", "stored"), VALID)
def test_a_value_is_kept_in_its_one_form(name: str, value: Any, stored: Any) -> None:
    found = kept(**{name: value})[name]
    assert found == stored
    assert type(found) is type(stored)


WRONG: list[tuple[str, Any, str]] = [
    ("text", "", "an empty text; write a few words"),
    ("text", " \x01\n", "an empty text"),
    ("text", 5, "text: a"),
    ("text", "字" * 11, "11 characters; at most 10"),
    ("text", "\ud800", "cannot be written as UTF-8"),
    ("number", "three", "'three' is not a number"),
    ("number", "nan", "is not a number"),
    ("number", "1e400", "is not a number"),
    ("number", 10**400, "or beyond"),
    ("number", 2**53 + 2, "or beyond"),
    ("number", True, "is not a number"),
    ("yes_no", "maybe", "'maybe' is neither yes nor no"),
    ("choice", "2", "'2' is no choice; one of: 1, b"),
    ("category", "lamps", "did you mean lamp"),
    ("unit", "light", "did you mean lights"),
    ("person", "nobody", "is no person"),
    ("contact", "", "a contact is a name, a phone and/or an e-mail"),
    ("contact", {"name": " "}, "an empty contact"),
    ("contact", {"phone": None}, "an empty contact"),
    ("contact", {"nmae": "x"}, "a contact is a name"),
    ("contact", {"email": "x y@z"}, "is not an e-mail address"),
    ("point", "here", "is not a point; write lon,lat"),
    ("point", "37.34,111.19", "is not on this earth (longitude first)"),
    ("point", "nan,1", "is not on this earth"),
    ("point", "1,2,mars", "'mars' is no datum; one of: wgs84"),
    ("point", "1,2,wgs84,-5", "an accuracy of -5 m; give metres"),
    ("point", "1,2,wgs84,near", "is not a point; write lon,lat[,datum[,accuracy"),
    ("point", "1,2,wgs84,5,6", "is not a point; write lon,lat"),
    ("point", {"lon": None, "lat": 1}, "is not a point"),
    ("photos", [], "files are given by --photo FILE"),
    ("photos", "lamp.jpg", "files are given by --photo FILE"),
    ("photos", [HASH, OTHER, "ef" * 32], "3 files; at most 2"),
    ("photos", HASH + "\n", "files are given by --photo FILE"),
    ("photos", [HASH, {}], "files are given by --photo FILE"),
    ("photos", {"a": 1}, "files are given by --photo FILE"),
    ("date", "20.11.2026", "is not a date; write as 2026-11-20"),
    ("date", "2026-02-30", "is not a date"),
    ("date", "9999-12-31", "the year 9999; give one from 1900 to 2999"),
    ("datetime", "0001-01-01T00:00:00+08:00", "the year 1;"),
    ("datetime", "2026-11-20T08:00:00", "is not a moment; write with its zone"),
    ("datetime", "soon", "is not a moment"),
    ("duration", "soon", "soon"),
    ("txt", "x", "no such fact; did you mean text"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_what_is_wrong_is_named_with_the_remedy(name: str, value: Any, says: str) -> None:
    with pytest.raises(errors.FactInvalid) as caught:
        kept(**{name: value})
    assert says in str(caught.value)
    assert caught.value.fact == name
    assert caught.value.zh


def test_a_no_is_an_answer_to_what_is_required() -> None:
    compiled, _ = a_town()
    facts.required(compiled, kept(yes_no="no"))
    with pytest.raises(errors.FactInvalid, match="give yes_no"):
        facts.required(compiled, {})


def test_another_fact_may_do_in_place_of_a_required_one() -> None:
    compiled, _ = a_town("required: true", "required: true, or: text")
    facts.required(compiled, kept(text="后厨很脏"))
    facts.required(compiled, kept(yes_no="no"))
    with pytest.raises(errors.FactInvalid, match="give yes_no or text"):
        facts.required(compiled, {})


def test_what_is_personal_leaves_a_salted_digest() -> None:
    compiled, _ = a_town()
    first, second = kept(contact="张大妈, z@example.org"), kept(contact="张大妈, z@example.org")
    ((name, salt, value),) = facts.set_apart(compiled, first)
    facts.set_apart(compiled, second)
    assert name == "contact"
    assert first["contact"] == {facts.PERSONAL: facts.seal(salt, value), "email": True}
    assert first["contact"] != second["contact"], "the same person twice does not show"
    assert orjson.loads(value)["name"] == "张大妈"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from([row[0] for row in VALID]), value=ANYTHING)
def test_whatever_comes_in_is_kept_as_json_or_refused_in_words(name: str, value: Any) -> None:
    with contextlib.suppress(errors.FactInvalid):
        found = kept(**{name: value})
        assert orjson.loads(orjson.dumps(found)) == found
