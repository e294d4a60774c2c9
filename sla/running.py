"""A clock's own running timeline: only the time in its running spans is counted, in whatever measure is asked for.

Spans are flat, `(begin, end, begin, end, …)`: an odd number means that the last one is still open. All instants are UTC µs."""

from __future__ import annotations

from sla import calendars

Spans = tuple[int, ...]


def is_open(spans: Spans) -> bool:
    return len(spans) % 2 == 1


def counted(spans: Spans, timeline: calendars.Timeline, until: int) -> int:
    """The running time before `until`."""
    total = 0
    for place in range(0, len(spans), 2):
        end = min(spans[place + 1], until) if place + 1 < len(spans) else until
        total += timeline.between(spans[place], end)
    return total


def onwards(spans: Spans, timeline: calendars.Timeline, origin: int, amount: int) -> int:
    """The earliest running instant from `origin` on by which `amount` of running time has passed since then.

    The last span is taken as open-ended: where the clock would get to if it went on from where it stands. A pause that
    begins at the very instant defers it to the end of the pause."""
    for place in range(0, len(spans) - 2, 2):
        begin, end = max(spans[place], origin), spans[place + 1]
        if begin >= end:
            continue
        reached = timeline.add(begin, amount)
        if reached < end:
            return reached
        amount = max(0, amount - timeline.between(begin, end))
    last = spans[(len(spans) - 1) // 2 * 2] if spans else origin
    return timeline.add(max(last, origin), amount)


def wait(spans: Spans, instant: int) -> int | None:
    """The first running instant that is not before `instant`; None where the clock has stopped before."""
    for place in range(0, len(spans), 2):
        begin = max(spans[place], instant)
        if place + 1 == len(spans) or begin < spans[place + 1]:
            return begin
    return None
