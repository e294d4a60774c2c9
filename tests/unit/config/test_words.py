from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config import reading, week
from config.matches import spelled
from config.words import Duration, Moment, Unit
from config.workflow import Kind
from tests import builders

MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("words", "micros", "unit", "working"),
    [
        ("10 minutes", 10 * MINUTE, Unit.TIME, False),
        ("1 hour", 60 * MINUTE, Unit.TIME, False),
        ("4 working hours", 240 * MINUTE, Unit.TIME, True),
        ("2 days", 2880 * MINUTE, Unit.DAYS, False),
        # a week is seven days by the wall clock
        ("1 week", 7 * 1440 * MINUTE, Unit.DAYS, False),
        ("3  working   days", 4320 * MINUTE, Unit.DAYS, True),
    ],
)
def test_durations_are_read_and_keep_their_words(words: str, micros: int, unit: Unit, working: bool) -> None:
    found = Duration.parse(words)
    assert (found.micros, found.unit, found.working) == (micros, unit, working)
    assert str(found) == " ".join(words.split())
    assert Duration.parse(str(found)) == found


@pytest.mark.parametrize(
    "words", ["", "10", "minutes", "-1 hour", "1.5 hours", "1 month", "0 days", "1 hour 30 minutes", "10 minuets", "1234567 days"]
)
def test_what_is_no_duration(words: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(words)


def test_moments_are_shares_of_the_target() -> None:
    assert (Moment.parse("due").share, Moment.parse(" 80% ").share) == (100, 80)
    assert [str(Moment.parse(words)) for words in ("due", "80 %", "5%")] == ["due", "80%", "5%"]
    for words in ("0%", "100%", "80", "later"):
        with pytest.raises(ValueError, match="moment"):
            Moment.parse(words)


def test_scalars_are_compared_as_they_are_spelled() -> None:
    assert [spelled(value) for value in (1, "1", True, False, "true")] == ["1", "1", "true", "false", "true"]


def test_windows_are_minutes_of_the_day() -> None:
    assert week.minutes_of("22:00-06:00") == (1320, 360)
    assert week.minutes_of("18:00-24:00") == (1080, 1440)


def test_spans_of_weekdays() -> None:
    assert week.days_of("mon-wed") == ("mon", "tue", "wed")
    assert week.days_of("sun") == ("sun",)


def test_a_clock_runs_where_it_is_said_to(tmp_path: Path) -> None:
    whole = reading.read_folder(builders.a_folder(tmp_path)).programme
    assert whole is not None
    workflow = whole.workflows["report"]
    # `open` is every state that is not final, less those it pauses in
    assert workflow.runs_in("whole") == {"reported", "dispatched", "resolved"}
    assert workflow.runs_in("dispatching") == {"reported"}
    assert [workflow.kind_of(name) for name in ("return", "rework", "reopen", "verify")] == [Kind.RETURN, Kind.REWORK, Kind.REOPEN, None]


def test_the_models_are_there_without_a_yaml_library() -> None:
    seen = "import sys, config.programme, config.workflow; print(any(name.startswith(('ruamel', 'prefect', 'sqlalchemy')) for name in sys.modules))"
    root = Path(__file__).parents[3]
    told = subprocess.run([sys.executable, "-c", seen], cwd=root, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "False"
