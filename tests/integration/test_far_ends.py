"""Moments and spans at the far ends of what can be written: taken or refused in words, never more than the engine can take."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from engine import errors, requests
from engine import now as times
from states import errors as refusals
from tests.integration import towns


@pytest.mark.parametrize("by", ["1 minute", "99999 hours", "99999 days", "9999999 days", "99999 working days", "9999999999 weeks"])
def test_an_extension_by_any_span(tmp_path: Path, lite: str, by: str) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        for category in ("lamp", "greening"):
            case = towns.dispatched(engine, category=category)
            with contextlib.suppress(errors.FactInvalid, refusals.StatesError):
                towns.moved(engine, case, "extend", "mayor", more_time=by)
            towns.shown(engine, case)
        towns.until(engine, "09:30")
        assert towns.findings(engine) == []


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2026-11-20", "2500-06-01", "9999-12-31"])
def test_a_review_on_any_day(tmp_path: Path, lite: str, day: str) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        case = towns.dispatched(engine)
        with contextlib.suppress(errors.FactInvalid, refusals.StatesError):
            towns.moved(engine, case, "suspend", "mayor", reason="等", review_on=day)
        towns.shown(engine, case)
        towns.until(engine, "09:30")
        assert towns.findings(engine) == []


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+08:00", "1969-12-31T23:59:59+00:00", "1970-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"]
)
def test_an_opening_at_any_moment(tmp_path: Path, lite: str, moment: str) -> None:
    with towns.a_town(tmp_path, lite, start=None) as engine, contextlib.suppress(errors.TooEarly):
        done = engine.door.submit(
            requests.Opening(programme="testtown", workflow="report", actor="ma", facts={"description": "x"}, at=times.parse(moment))
        )
        towns.shown(engine, done)
        assert towns.findings(engine) == []
