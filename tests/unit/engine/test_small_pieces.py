"""The small pure pieces of the engine: the chain, times, settings, what makes two requests the same."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import chain, errors, requests, settings
from engine import now as times
from storage import database

ENTRY = (1, 1, "open", 5, 5, "open", None, "reported", "ma", "{}", None, None)


def test_the_chain_covers_every_column_and_what_came_before() -> None:
    head = chain.link(chain.START, ENTRY)
    assert len(head) == 32
    for place in range(len(chain.COLUMNS)):
        assert chain.link(chain.START, (*ENTRY[:place], "other", *ENTRY[place + 1 :])) != head, chain.COLUMNS[place]
    assert chain.link(head, ENTRY) != head


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("1970-01-01T00:00:00+00:00", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        (" 2026-11-20T08:00:00+08:00 ", 1_795_132_800_000_000),
    ],
)
def test_a_moment_as_people_write_it(words: str, moment: int) -> None:
    assert times.parse(words) == moment


@pytest.mark.parametrize("words", ["2026-11-20T08:00:00", "2026-11-20", "soon", "", "08:00"])
def test_a_naive_time_is_an_error_never_a_guess(words: str) -> None:
    with pytest.raises(ValueError, match=r"zone|write as"):
        times.parse(words)


@given(moment=st.integers(min_value=0, max_value=4_000_000_000_000_000), zone=st.sampled_from(["Asia/Shanghai", "America/St_Johns", "UTC"]))
def test_written_and_read_again(moment: int, zone: str) -> None:
    written = times.written(moment, zone)
    assert written is not None
    assert times.parse(written) == moment


def test_micros_are_whole() -> None:
    assert times.micros(datetime(2026, 11, 20, 0, 0, 0, 123456, tzinfo=UTC)) == 1_795_132_800_123_456
    with pytest.raises(ValueError, match="without a zone"):
        times.micros(datetime(2026, 11, 20))  # noqa: DTZ001 - the naive one that is to be refused


def test_a_scaled_clock_waits_as_much_less_as_it_runs_faster() -> None:
    fast = times.Time(database.Store("x.db"), "scaled", times.Scale(real=0, start=0, speed=60.0))
    assert fast.wait_of(60_000_000) == pytest.approx(1.0)
    assert fast.span_of(1.0) == 60_000_000
    assert times.Time(database.Store("x.db")).span_of(1.0) == 1_000_000


MOVE = requests.Move(case=7, trigger="note", actor="wang", facts={"a": 1, "b": [2]}, key="k", at=5)
OPENING = requests.Opening(programme="p", workflow="w", actor="ma", facts={"a": 1}, key="k")
ACKNOWLEDGEMENT = requests.Acknowledgement(case=7, clock="c", actor="wang", key="k")


@pytest.mark.parametrize(
    ("request_", "change", "same"),
    [
        (MOVE, {"key": "other"}, True),
        (MOVE, {"if_version": 3}, True),
        (MOVE, {"case": "7"}, True),
        (MOVE, {"facts": {"b": [2], "a": 1}}, True),
        (MOVE, {"case": 8}, False),
        (MOVE, {"trigger": "other"}, False),
        (MOVE, {"actor": "li"}, False),
        (MOVE, {"facts": {"a": 1}}, False),
        (MOVE, {"at": 6}, False),
        (OPENING, {"actor": None}, False),
        (OPENING, {"workflow": "v"}, False),
        (ACKNOWLEDGEMENT, {"clock": "d"}, False),
    ],
)
def test_what_makes_two_requests_the_same(request_: requests.Request, change: dict[str, Any], same: bool) -> None:
    assert (requests.digest(request_) == requests.digest(dataclasses.replace(request_, **change))) is same


def test_what_is_no_json_is_no_request() -> None:
    with pytest.raises(errors.RequestInvalid):
        requests.digest(dataclasses.replace(MOVE, facts={"a": object()}))


def test_settings_tell_their_source_and_hide_what_is_secret() -> None:
    given_ = settings.Settings({"FENGXING_DATABASE_URL": "postgresql://town:geheim@db/x", "FENGXING_SMTP_URL": "smtp://u:geheim@mail"})
    listed = {row["name"]: row for row in given_.listed()}
    assert "geheim" not in repr(listed)
    assert listed["FENGXING_DATABASE_URL"]["source"] == "environment"
    assert listed["FENGXING_PORT"] == {**listed["FENGXING_PORT"], "value": "8321", "source": "default"}
    assert all(row["meaning"] and row["meaning_zh"] for row in listed.values())
    assert given_.database_url == "postgresql://town:geheim@db/x"


def test_a_setting_that_is_no_number_is_named() -> None:
    with pytest.raises(settings.SettingInvalid, match="FENGXING_PORT='x' is not a whole number"):
        settings.Settings({"FENGXING_PORT": "x"}).number("PORT")


def test_an_unknown_setting_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGXING_SMPT_URL", "x")
    with pytest.raises(settings.SettingInvalid, match="did you mean FENGXING_SMTP_URL"):
        settings.from_environment()
    monkeypatch.delenv("FENGXING_SMPT_URL")
    monkeypatch.setenv("FENGXING_PORT", "8000")
    assert settings.from_environment().number("PORT") == 8000
