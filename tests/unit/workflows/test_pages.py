"""What an operator reads in Prefect: lines, rows, overviews."""

from __future__ import annotations

from typing import Any

import pytest

from config import problems
from engine import board, lapses
from workflows import pages

MINUTE = 60_000_000
NOW = 1_795_134_727_000_000  # 2026-11-20 08:32:07 in Shanghai


def a_lapse(**but: Any) -> lapses.Lapse:
    given: dict[str, Any] = {
        "cursor": 1, "number": "NX-20261120-0007", "programme": "ningxiang", "workflow": "report", "clock": "dispatch", "title": "派单时限",
        "phase": "breached", "rung": 2, "target": "10 minutes", "state": "已上报", "unit": "", "urgent": False, "told": ("duty",), "reached": 1,
        "due": NOW - 4 * MINUTE, "overdue": 4 * MINUTE, "ended": False, "zone": "Asia/Shanghai",
    }  # fmt: skip
    return lapses.Lapse(**{**given, **but})


def a_line(**but: Any) -> board.Line:
    given: dict[str, Any] = {
        "number": "NX-20261120-0007", "workflow": "随手拍", "state": "已派单", "unit": "东关社区", "urgent": False, "clock": "处置时限", "target": "1 hour",
        "due": NOW + 5 * MINUTE, "left": 5 * MINUTE, "paused": False,
    }  # fmt: skip
    return board.Line(**{**given, **but})


@pytest.mark.parametrize(
    ("but", "said"),
    [
        ({}, "NX-20261120-0007 dispatch (派单时限): over its 10 minutes by 4 min; 已上报; told duty"),
        (
            {"urgent": True, "unit": "fire"},
            "NX-20261120-0007 dispatch (派单时限): URGENT, over its 10 minutes by 4 min; 已上报, fire; told duty",
        ),
        ({"overdue": -2 * MINUTE, "phase": "warned"}, "NX-20261120-0007 dispatch (派单时限): 2 min left of 10 minutes; 已上报; told duty"),
        # done between the rung and the look
        (
            {"overdue": -2 * MINUTE, "phase": "warned", "ended": True},
            "NX-20261120-0007 dispatch (派单时限): met with 2 min of 10 minutes to spare; 已上报; told duty",
        ),
        ({"ended": True}, "NX-20261120-0007 dispatch (派单时限): over its 10 minutes by 4 min, ended since; 已上报; told duty"),
        # nobody was there to be told: that must be seen
        ({"reached": 0}, "NX-20261120-0007 dispatch (派单时限): over its 10 minutes by 4 min; 已上报; NOBODY was reached"),
        # a rung that only pulls a trigger
        ({"reached": 0, "told": ()}, "NX-20261120-0007 dispatch (派单时限): over its 10 minutes by 4 min; 已上报; nobody to tell"),
        # a due date promised elsewhere has no length
        ({"target": ""}, "NX-20261120-0007 dispatch (派单时限): over its limit by 4 min; 已上报; told duty"),
    ],
)
def test_a_line_says_which_case_over_by_how_long_and_who_knows(but: dict[str, Any], said: str) -> None:
    assert pages.told(a_lapse(**but)) == said


def test_the_gravest_gives_a_run_its_severity() -> None:
    warned, breached, urgent = a_lapse(phase="warned"), a_lapse(), a_lapse(urgent=True)
    assert pages.severity([warned]) == "warned"
    assert pages.severity([warned, breached]) == "breached"
    assert pages.severity([warned, breached, urgent]) == "urgent"


def test_a_breach_table_has_a_row_a_case() -> None:
    assert pages.row_of(a_lapse()) == {
        "case": "NX-20261120-0007", "clock": "派单时限", "phase": "breached", "limit": "10 minutes", "due": "11-20 08:28:07", "over by": "4 min",
        "state": "已上报", "unit": "", "told": "duty", "urgent": "",
    }  # fmt: skip


def test_a_run_ends_with_a_sentence_about_the_worst() -> None:
    assert (
        pages.sentence([a_lapse(overdue=9 * MINUTE), a_lapse()]) == "2 over their limit; the worst is NX-20261120-0007, dispatch, by 9 min."
    )


def test_the_board_counts_down_and_then_up() -> None:
    left = [
        pages.line_of(line, "Asia/Shanghai")["left"]
        for line in (a_line(), a_line(left=-MINUTE), a_line(paused=True), a_line(left=None, due=None))
    ]
    assert left == ["5 min", "−1 min", "5 min (paused)", ""]


def test_the_overview_names_the_most_pressing_case_of_each_programme() -> None:
    one = board.Board(
        programme="ningxiang",
        title="蜂行者|联盟",
        zone="Asia/Shanghai",
        open=2,
        urgent=1,
        overdue=1,
        complete=True,
        lines=(a_line(left=-MINUTE), a_line()),
    )
    none = board.Board(programme="najin", title="纳金小哥", zone="Asia/Shanghai", open=0, urgent=0, overdue=0, complete=True, lines=())
    text = pages.overview([one, none], NOW)
    assert "| 蜂行者\\|联盟 | 2 | 1 | 1 | NX-20261120-0007 处置时限, over by 1 min |" in text
    assert "| 纳金小哥 | 0 | 0 | 0 |  |" in text
    assert "At 2026-11-20 08:32:07." in text


def test_a_folder_that_was_not_taken_up_is_named_on_the_overview() -> None:
    against = [
        problems.Problem(file="people.yaml", line=line, column=1, path="", code="yaml", message="not YAML", hint="close | it")
        for line in range(1, 23)
    ]
    text = pages.overview([], NOW, against)
    assert "what was in force before stays in force" in text
    assert "- people.yaml:1:1: not YAML; close \\| it" in text
    assert "- and 2 more" in text
    assert "stays in force" not in pages.overview([], NOW)
