"""The laws of every measure, and its equality with a counter that walks minute by minute and knows nothing but the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programme, week
from sla import calendars
from tests.unit.sla import making

STEP = 300_000_000  # five minutes: windows begin and end on them
FIVE = timedelta(minutes=5)
DAYS = week.DAYS
# Zone, and a moment some days after which its clocks change (or, in China, holidays come).
PLACES = [
    ("Asia/Shanghai", "2026-09-15T00:00"),
    ("Asia/Shanghai", "2026-12-27T00:00"),
    ("America/New_York", "2026-03-05T00:00"),
    ("America/New_York", "2026-10-29T00:00"),
    ("Australia/Lord_Howe", "2026-04-02T00:00"),  # half an hour's summer time
    ("America/Santiago", "2026-09-04T00:00"),  # changes at midnight: a date that begins at one o'clock
]


@dataclass(frozen=True)
class Life:
    """A calendar, its zone and where to begin."""

    calendar: programme.Calendar
    zone: str
    start: int

    def timeline(self, hours: str, unit: str) -> calendars.Timeline:
        return calendars.Timelines({"own": self.calendar}, self.zone).of(hours, unit)


@st.composite
def windows(draw: st.DrawFn) -> str:
    begin, end = draw(st.lists(st.integers(0, 95), min_size=2, max_size=2, unique=True))
    if draw(st.booleans()):
        begin, end = min(begin, end), max(begin, end)
    said = f"{end // 4:02}:{end % 4 * 15:02}" if end else "24:00"
    return f"{begin // 4:02}:{begin % 4 * 15:02}-{said}"


@st.composite
def lives(draw: st.DrawFn) -> Life:
    zone, begin = draw(st.sampled_from(PLACES))
    some = st.lists(windows(), max_size=3)
    week = {"mon": ["08:30-12:00"]} | {day: draw(some) for day in draw(st.lists(st.sampled_from(DAYS[1:]), unique=True))}
    first = datetime.fromisoformat(begin).date()
    near = st.integers(0, 8).map(lambda n: str(first + timedelta(days=n)))
    ruling = st.one_of(st.just("closed"), st.just("open"), st.lists(windows(), max_size=2).map(tuple))
    calendar = making.a_calendar(
        week,
        holidays=draw(st.sampled_from(["CN", "none"])),
        makeup=draw(st.one_of(st.none(), st.lists(windows(), min_size=1, max_size=2))),
        days=draw(st.dictionaries(near, ruling, max_size=3)),
    )
    return Life(calendar, zone, making.at(begin, zone) + draw(st.integers(0, 4 * 288)) * STEP)


# The counter's own knowledge: the notice of 2026 for the weeks above.
OFF = {date(2026, 4, 4) + timedelta(days=n) for n in range(3)} | {date(2026, 9, 25) + timedelta(days=n) for n in range(3)}
OFF |= {date(2026, 10, n) for n in range(1, 8)}
WORKED = {date(2026, 9, 20), date(2026, 10, 10)}


def spans_of(calendar: programme.Calendar, day: date) -> list[tuple[int, int]]:
    """Minutes of the day in which its windows lie; over midnight beyond 1440."""
    ruling = calendar.days.get(str(day))
    if ruling == "closed":
        said: Sequence[str] = ()
    elif ruling == "open":
        said = calendar.week.get("mon", ())
    elif ruling is not None:
        said = ruling
    elif calendar.holidays == "CN" and day in WORKED:
        said = calendar.makeup if calendar.makeup is not None else calendar.week.get("mon", ())
    elif calendar.holidays == "CN" and day in OFF:
        said = ()
    else:
        said = calendar.week.get(DAYS[day.weekday()], ())
    found = []
    for window in said:
        (h, m), (k, n) = (tuple(map(int, clock.split(":"))) for clock in window.split("-"))
        found.append((h * 60 + m, k * 60 + n + (1440 if k * 60 + n <= h * 60 + m else 0)))
    return found


def walk(life: Life, hours: str, unit: str, steps: int) -> list[int]:
    """What each step of five minutes from the life's start counts, in µs."""
    zone, counted, walls, reached = ZoneInfo(life.zone), [], list[datetime](), list[datetime]()
    for step in range(-36, steps + 1):  # three hours early, so that a repeated hour is known as such
        moment = datetime.fromtimestamp((life.start + step * STEP) / 1e6, UTC).astimezone(zone).replace(tzinfo=None)
        walls.append(max([moment, *reached[-1:], *walls[-1:]]))
        reached.append(moment + FIVE)  # what it shows just before the next step, even if it then goes back
    for now, after in pairwise(walls[36:]):
        today, minute = now.date(), now.hour * 60 + now.minute
        before = [(begin - 1440, end - 1440) for begin, end in spans_of(life.calendar, today - timedelta(days=1))]
        if unit == "days":
            shown = [now + FIVE * n for n in range((after - now) // FIVE)]  # a missing hour is shown all at once
            counted.append(sum(STEP for wall in shown if hours == "always" or spans_of(life.calendar, wall.date())))
        else:
            inside = hours == "always" or any(begin <= minute < end for begin, end in [*before, *spans_of(life.calendar, today)])
            counted.append(STEP if inside else 0)
    return counted


MEASURES = [(hours, unit) for hours in ("always", "own") for unit in ("time", "days")]


@pytest.mark.parametrize(("hours", "unit"), MEASURES)
@given(life=lives(), begin=st.integers(0, 600), length=st.integers(0, 900), amount=st.integers(0, 400))
def test_counted_as_by_hand(hours: str, unit: str, life: Life, begin: int, length: int, amount: int) -> None:
    steps = walk(life, hours, unit, 1500)
    timeline, start = life.timeline(hours, unit), life.start + begin * STEP
    assert timeline.between(start, start + length * STEP) == sum(steps[begin : begin + length])
    total, end = 0, begin
    while end < 1500 and total < amount * STEP:
        total += steps[end]
        end += 1
    if total == amount * STEP:
        assert timeline.add(start, amount * STEP) == life.start + end * STEP


@pytest.mark.parametrize(("hours", "unit"), MEASURES)
@given(
    life=lives(),
    instants=st.lists(st.integers(0, 900 * 86_400_000_000), min_size=3, max_size=3),
    amounts=st.tuples(*[st.integers(1, 10**12)] * 2),
)
def test_the_laws(hours: str, unit: str, life: Life, instants: list[int], amounts: tuple[int, int]) -> None:
    timeline = life.timeline(hours, unit)
    a, b, c = sorted(life.start + offset for offset in instants)
    assert timeline.between(a, b) + timeline.between(b, c) == timeline.between(a, c)  # additive
    assert 0 <= timeline.between(a, b) <= timeline.between(a, c)  # monotone
    assert timeline.between(b, a) == 0
    less, more = sorted(amounts)
    there = timeline.add(a, more)
    assert timeline.add(a, 0) == a <= timeline.add(a, less) <= there
    assert timeline.between(a, there) >= more > timeline.between(a, there - 1)  # inverse, and the earliest
    if unit == "time":
        assert timeline.between(a, there) == more
        assert timeline.add(timeline.add(a, less), more - less) == there


@given(life=lives(), length=st.integers(1, 2000))
def test_segments_fill_the_time_and_agree_with_the_count(life: Life, length: int) -> None:
    for hours, unit in MEASURES:
        timeline, end = life.timeline(hours, unit), life.start + length * STEP
        found = timeline.segments(life.start, end)
        assert [s.begin for s in found] == [life.start, *(s.end for s in found[:-1])]
        assert found[-1].end == end
        for segment in found:
            counted = timeline.between(segment.begin, segment.end - 1)  # an hour missing at midnight is shown at the midnight
            assert (counted > 0) == (segment.kind in {"running", "makeup"}) or (counted == 0 and unit == "days")
