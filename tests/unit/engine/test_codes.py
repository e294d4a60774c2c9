"""Codes to answer with: what is signed for one question fits no other, and a code is read as people type it."""

from __future__ import annotations

import pytest

from engine import codes

KEY = b"a long random text of ours"
ASKED = codes.Question("TT-20261120-0001", 1, "ma", 1_800_000_000_000_000)


def test_a_code_is_read_as_it_was_written() -> None:
    code = codes.write(KEY, 7, 12, 1, ASKED)
    place = codes.read(code)
    assert place is not None
    assert place[:3] == (7, 12, 1)
    assert codes.fits(KEY, place.mark, ASKED)


@pytest.mark.parametrize("typed", [
    str.lower,
    lambda code: f"  {code} ",
    lambda code: code.replace("-", " - "),
    lambda code: "-".join(code.split("-")[:3]) + "-" + "".join(code.split("-")[3:]),  # without the dashes that only help the eye
    lambda code: "-".join(code.split("-")[:3]) + "-" + "-".join(code.split("-")[3:]).replace("O", "0").replace("I", "1").replace("B", "8"),
])  # fmt: skip
def test_a_code_is_read_as_people_type_it(typed: object) -> None:
    code = codes.write(KEY, 7, 12, 1, ASKED)
    assert callable(typed)
    assert codes.read(typed(code)) == codes.read(code)


@pytest.mark.parametrize(
    "words", ["", "7", "7-12-1", "7-12-1-SHORT", "7-12-x-AAAA-AAAA-AAAA-AAAA", "７-12-1-AAAA-AAAA-AAAA-AAAA", "7-12-1-AAAA-AAAA-AAAA-AAA!"]
)
def test_what_can_be_no_code_is_none(words: str) -> None:
    assert codes.read(words) is None


@pytest.mark.parametrize("other", [
    ASKED._replace(number="TT-20261120-0002"),
    ASKED._replace(round=2),
    ASKED._replace(recipient="fact:on_behalf_of"),
    ASKED._replace(until=ASKED.until + 1),
])  # fmt: skip
def test_a_mark_fits_its_own_question_only(other: codes.Question) -> None:
    place = codes.read(codes.write(KEY, 7, 12, 1, ASKED))
    assert place is not None
    assert not codes.fits(KEY, place.mark, other)
    assert not codes.fits(b"another key of somebody else", place.mark, ASKED)
