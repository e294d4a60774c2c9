"""Builders for tests of time: moments as people write them, calendars, definitions of one clock, histories in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config import programme, words, workflow
from sla import calendars, clocks, plans, zones

SHANGHAI = "Asia/Shanghai"
OFFICE = ("08:30-12:00", "14:00-17:30")


def at(moment: str, zone: str = SHANGHAI) -> int:
    """`2026-11-20T17:25` of a zone in UTC microseconds."""
    return zones.micros_of(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)))


def local(instant: int, zone: str = SHANGHAI) -> str:
    """The instant as it stands in the tables: `2026-11-20T17:25`, seconds only where there are some."""
    moment = datetime.fromtimestamp(instant // 1_000_000, ZoneInfo(zone)).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def a_calendar(week: Mapping[str, Any] | None = None, **more: Any) -> programme.Calendar:
    body = {"title": {"zh": "工作时间", "en": "Office hours"}, "week": week or {"mon-fri": list(OFFICE)}, **more}
    return programme.Calendar.model_validate(body)


def timelines(zone: str = SHANGHAI, exceptions: Mapping[str, Any] | None = None, **by_name: programme.Calendar) -> calendars.Timelines:
    """`office` follows China's holidays unless it is given."""
    return calendars.Timelines({"office": a_calendar(holidays="CN"), **by_name}, zone, exceptions)


def measure(duration: str, hours: str = "office", zone: str = SHANGHAI, **by_name: programme.Calendar) -> tuple[calendars.Timeline, int]:
    """The timeline a duration is counted on, and its amount."""
    parsed = words.Duration.parse(duration)
    return timelines(zone, None, **by_name).of(hours, parsed.unit), parsed.micros


def a_definition(clock: Mapping[str, Any], ladder: Sequence[Mapping[str, Any]] | None = None, zone: str = SHANGHAI) -> programme.Definition:
    """A workflow with one clock, `c`: `a` and `b` are run in, `p` pauses, `s` is neither, `f` is final."""
    title = {"zh": "某", "en": "Some"}
    body: dict[str, Any] = {"title": title, "runs_in": ["a", "b"], "pauses_in": ["p"], **clock}
    if ladder is not None:
        body["ladder"] = "l"
    rungs = [rung if "do" in rung else {"notify": ["leader"], "template": "overdue", **rung} for rung in ladder or []]
    flow = workflow.Workflow.model_validate(
        {
            "workflow": "report",
            "title": title,
            "initial": "a",
            "facts": {"u": {"type": "text", "title": title}, "d": {"type": "date", "title": title}},
            "states": {**{name: {"title": title} for name in "abps"}, "f": {"title": title, "final": "done"}},
            "transitions": {"go": {"from": ["a"], "to": "f", "by": ["leader"]}},
            "clocks": {"c": body},
            "ladders": {"l": rungs} if ladder is not None else {},
        }
    )
    return programme.Definition(
        programme="town",
        time_zone=zone,
        workflow=flow,
        calendars={"office": a_calendar(holidays="CN"), "night": a_calendar({"mon-sun": ["22:00-06:00"]})},
    )


def times_of(definition: programme.Definition) -> calendars.Timelines:
    return calendars.Timelines(definition.calendars, definition.time_zone)


def the_plan(definition: programme.Definition) -> plans.ClockPlan:
    return clocks.plan(definition)["c"]


def told(*lines: str) -> list[clocks.Effect]:
    """A history in lines: `2026-11-20T10:00 a`, `… a u=1`, `… p`, `… a return`, `… +30 minutes`, `… ack`, `… rung 0`.

    A line without a state stays where the case is."""
    effects: list[clocks.Effect] = []
    for seq, line in enumerate(lines, 1):
        moment, *rest = line.split()
        before = effects[-1].to_state if effects else None
        to, facts, more = before or "a", {}, dict[str, Any]()
        kind: workflow.Kind | None = None
        for place, word in enumerate(rest):
            if word in set("abpsf"):
                to = word
            elif word in set(workflow.Kind):
                kind = workflow.Kind(word)
            elif "=" in word:
                name, value = word.split("=")
                facts[name] = value
            elif word == "ack":
                more["acknowledged"] = "c"
            elif word == "rung":
                more["rung"] = ("c", 1, int(rest[place + 1]), int(rest[place + 2]) if len(rest) > place + 2 else 0)
            elif word.startswith("+"):
                by = words.Duration.parse(" ".join([word[1:], *rest[place + 1 :]]))
                more["extension"] = ("c", by.micros, by.unit.value)
        effects.append(clocks.Effect(at=at(moment), seq=seq, trigger="go", kind=kind, from_state=before, to_state=to, facts=facts, **more))
    return effects
