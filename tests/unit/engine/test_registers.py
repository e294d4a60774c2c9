"""Which rows a `for_each` goes through, and what each gives to the case that it opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import programme, reading
from engine import registers as at_work
from tests import builders

HOMES = """
register: homes
title: {zh: 住户, en: Homes}
columns:
  area: {type: choice, title: {zh: 片区, en: Area}, choices: {1: 东, 2: 西}}
  alone: {type: yes_no, title: {zh: 独居, en: Alone}}
  beds: {type: number, title: {zh: 床位, en: Beds}}
rows:
  li: {title: {zh: 李家, en: Li}, area: 1, alone: true, beds: 2}
  wang: {title: 王家, area: 2, alone: false}
  zhao: {title: 赵家, area: "1", beds: 4.5}
"""


@pytest.fixture
def live(tmp_path: Path) -> programme.Live:
    whole = reading.read_folder(builders.beside(builders.a_folder(tmp_path), {"registers/homes.yaml": HOMES})).programme
    assert whole is not None
    return programme.live_of(whole)


@pytest.mark.parametrize(("when", "picked"), [
    # without a condition every row, in the order of the file
    (None, ["li", "wang", "zhao"]),
    # a number and the text of it are the same value
    ({"area": ("1",)}, ["li", "zhao"]),
    # several columns must all fit, several values of one are alternatives
    ({"area": ("1", "2"), "alone": ("true",)}, ["li"]),
    # a row that has nothing in the column does not fit
    ({"beds": ("2", "4.5")}, ["li", "zhao"]),
])  # fmt: skip
def test_rows(live: programme.Live, when: dict[str, tuple[str, ...]] | None, picked: list[str]) -> None:
    assert [row for row, _ in at_work.rows(live, "homes", when)] == picked


def test_a_row_has_its_columns_and_not_its_title(live: programme.Live) -> None:
    assert at_work.rows(live, "homes", None)[0][1] == {"area": 1, "alone": True, "beds": 2}


def test_a_register_that_is_gone_has_no_rows(live: programme.Live) -> None:
    assert at_work.rows(live, "shops", None) == []
