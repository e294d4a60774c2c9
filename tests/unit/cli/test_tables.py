from __future__ import annotations

import pytest

from cli import tables
from config import words
from engine import views
from sla import clocks

MINUTE = 60_000_000


def a_clock(
    *, state: str = "running", phase: str = "running", remaining: int | None = 10 * MINUTE, target: str | None = "1 hour"
) -> views.ClockView:
    reckoned = clocks.Reckoning(
        clock="handling", state=state, phase=phase, round=1, started=0, elapsed=0, remaining=remaining, due=None, target=target, rule="",
        breached_at=None, under_earlier_target=False, earlier_breaches=0, rungs_fired=(), acknowledged=False, provisional=False,
    )  # fmt: skip
    return views.ClockView(title=words.Text(zh="处置时限", en="Time to resolve"), hours=None, reckoned=reckoned)


@pytest.mark.parametrize(
    ("clock", "en", "zh"),
    [
        (a_clock(), "10 minutes left", "剩余 10 分钟"),
        (a_clock(state="breached", remaining=-12 * MINUTE), "overdue by 12 minutes", "超时 12 分钟"),
        (a_clock(state="paused", phase="paused"), "paused, 10 minutes left", "暂停，剩余 10 分钟"),
        (a_clock(state="breached", phase="paused", remaining=-MINUTE), "paused, overdue by 1 minute", "暂停，超时 1 分钟"),
        # re-classified: breached under the earlier target, with time left under the new one
        (a_clock(state="breached"), "10 minutes left (breached before)", "剩余 10 分钟（此前已超时）"),
        (a_clock(state="met", phase="settled"), "met", "按时"),
        # of what has no limit nothing was kept, and nothing missed
        (a_clock(state="met", phase="settled", target=None), "no limit", "无时限"),
        (a_clock(state="breached", phase="settled", remaining=-MINUTE), "breached", "超时"),
        (a_clock(remaining=None), "running", "计时中"),
    ],
)
def test_a_countdown_as_people_say_it(monkeypatch: pytest.MonkeyPatch, clock: views.ClockView, en: str, zh: str) -> None:
    monkeypatch.setenv("FENGXING_LANG", "en")
    assert tables.left(clock).plain == en
    monkeypatch.setenv("FENGXING_LANG", "zh")
    assert tables.left(clock).plain == zh


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hidden": True}, "(hidden)"),
        ({"erased": True}, "(erased)"),
        ({"name": "王大妈", "phone": "139"}, "王大妈, 139"),
        (["a" * 64], "aaaaaaaaaaaa…"),
        (True, "yes"),
        (3, "3"),
        ("灯", "灯"),
    ],
)
def test_a_value_on_one_line(given: object, said: str) -> None:
    assert tables.value(given) == said


def test_timers_that_were_armed_anew_say_why_and_what_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = {"handling": ["2027-02-05T09:00:00+08:00", "2027-02-11T09:00:00+08:00"], "whole": [None, "2027-02-12T08:30:00+08:00"]}
    entry = views.EntryView(
        seq=4, kind="rearm", at=0, recorded_at=0, trigger="rearm", from_state="dispatched", to_state="dispatched", actor="system", facts={},
        detail={"reason": "calendar", "moved": moved}, digest="",
    )  # fmt: skip
    monkeypatch.setenv("FENGXING_LANG", "en")
    said = [next(iter(column.cells)) for column in tables.history([entry], "Asia/Shanghai").columns]
    assert str(said[2]) == "timers armed anew"
    assert str(said[5]) == (
        "the calendar has changed; next rung of handling: 2027-02-05 09:00 → 2027-02-11 09:00; next rung of whole: none → 2027-02-12 08:30"
    )
    monkeypatch.setenv("FENGXING_LANG", "zh")
    assert "日历有变; handling 下一级提醒：2027-02-05 09:00 → 2027-02-11 09:00" in str(
        next(iter(tables.history([entry], "Asia/Shanghai").columns[5].cells))
    )


def test_seconds_are_whole_where_they_are() -> None:
    assert [views.seconds(micros) for micros in (None, 0, 1_500_000, -60_000_000)] == [None, 0, 1.5, -60]
    assert isinstance(views.seconds(60_000_000), int)


@pytest.mark.parametrize(
    ("place", "en", "zh"),
    [
        ({"lon": 91.19, "lat": 29.66, "datum": "wgs84"}, "91.19, 29.66 wgs84", "91.19, 29.66 wgs84"),
        # a phone's GCJ-02, kept as WGS-84 beside the pair that was given
        (
            {"lon": 91.188567, "lat": 29.662817, "datum": "wgs84", "raw": {"lon": 91.19, "lat": 29.66, "datum": "gcj02"}, "accuracy": 20.0},
            "91.188567, 29.662817 wgs84; given as 91.19, 29.66 gcj02; to within 20 m",
            "91.188567, 29.662817 wgs84；原始坐标 91.19, 29.66 gcj02；误差 20 米",
        ),
    ],
)
def test_a_place_reads_as_it_is_kept_and_as_it_was_given(
    place: dict[str, object], en: str, zh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGXING_LANG", "en")
    assert tables.value(place) == en
    monkeypatch.setenv("FENGXING_LANG", "zh")
    assert tables.value(place) == zh
