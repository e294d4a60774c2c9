"""How things are called in Prefect's pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflows import wording

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("micros", "said"),
    [
        (0, "0 s"),
        (999_999, "0 s"),
        (12 * SECOND, "12 s"),
        (252 * SECOND, "4 min 12 s"),
        # the two largest that follow on each other: nobody reads the seconds of a day
        (86_400 * SECOND + 5 * SECOND, "1 d"),
        (90_061 * SECOND, "1 d 1 h"),
        # no sign: the sentence around it says whether it is left or over
        (-3_600 * SECOND, "1 h"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(micros: int, said: str) -> None:
    assert wording.span(micros) == said


def test_a_run_is_named_by_what_it_did() -> None:
    assert wording.run_name("escalate", 12, "dispatch", datetime(2026, 11, 20, 8, 31, 7, tzinfo=UTC)) == "escalate-12-dispatch-08:31:07"


def test_tags_say_what_they_are() -> None:
    assert wording.tags(programme="ningxiang", clock="dispatch", severity="urgent") == [
        "programme:ningxiang",
        "clock:dispatch",
        "severity:urgent",
    ]
    assert wording.tags(severity="warned") == ["severity:warned"]


def test_an_artifact_key_is_always_the_same_for_the_same_thing() -> None:
    assert wording.key("breaches", "ningxiang", "on_site") == "breaches-ningxiang-on-site"


def test_a_table_that_nobody_can_scroll_is_cut_and_says_so() -> None:
    rows = [{"case": f"NX-{n}", "left": "1 min"} for n in range(5)]
    assert wording.table(rows, most=3)[3] == {"case": "… and 2 more", "left": None}
    assert len(wording.table(rows)) == 5
