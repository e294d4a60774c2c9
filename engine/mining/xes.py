"""The process log as XES (IEEE 1849-2016): one trace a case, one event an entry, with the extensions concept, time, organizational and lifecycle.

Attributes of our own have dots in their names (`fact.category`, `clock.handling.due`): a colon would claim an extension of the standard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from xml.sax import saxutils

from engine import now as times
from engine.mining import processlog

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
<string key="programme" value=""/>
<string key="workflow" value=""/>
<string key="definition" value=""/>
<string key="state" value=""/>
<date key="opened_at" value="1970-01-01T00:00:00+00:00"/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>
<string key="lifecycle:transition" value="complete"/>
<string key="org:resource" value="anonymous"/>
<string key="kind" value=""/>
<string key="to_state" value=""/>
</global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Activity and lifecycle" keys="concept:name lifecycle:transition"/>
<classifier name="State reached" keys="to_state"/>
<classifier name="Resource" keys="org:resource"/>
<string key="lifecycle:model" value="standard"/>
<string key="source" value="fengxing"/>
"""
_TAIL = "</log>\n"
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold."""
_MARKED = re.compile('[&<>"\t\n\r\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_ENTITIES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def write(cases: Iterable[processlog.Trace], out: Callable[[str], object]) -> None:
    """One document, written as the cases come."""
    out(_HEAD)
    for case in cases:
        out("".join(_trace(case)))
    out(_TAIL)


def fitting(value: str) -> str:
    """As an attribute's value: what XML cannot hold becomes U+FFFD."""
    if not _MARKED.search(value):
        return value
    return saxutils.escape(_UNFIT.sub("\ufffd", value), _ENTITIES)


def _trace(case: processlog.Trace) -> Iterator[str]:
    zone = case.zone
    yield "<trace>\n"
    yield _string("concept:name", case.number)
    for key in ("programme", "workflow", "definition", "state", "category", "urgency", "unit", "reporter"):
        yield _string(key, getattr(case, key))
    yield _string("state_zh", case.state_title.zh) + _string("state_en", case.state_title.en)
    yield _date("opened_at", case.opened_at, zone) + _date("closed_at", case.closed_at, zone)
    for clock in case.clocks:
        yield _string(f"clock.{clock.clock}.verdict", clock.verdict) + _date(f"clock.{clock.clock}.due", clock.due, zone)
    for event in case.events:
        yield from _event(event, zone)
    yield "</trace>\n"


def _event(event: processlog.Event, zone: str) -> Iterator[str]:
    yield "<event>\n"
    yield _string("concept:name", event.activity)
    yield f'<string key="concept:instance" value="{event.seq}"/>\n'
    yield _date("time:timestamp", event.at, zone)
    yield '<string key="lifecycle:transition" value="complete"/>\n'
    yield _string("org:resource", event.resource) + _string("org:role", event.role) + _string("org:group", event.group)
    yield _string("title_zh", event.title.zh) + _string("title_en", event.title.en)
    yield _string("kind", event.kind)
    yield _string("from_state", event.from_state) + _string("to_state", event.to_state)
    yield _date("recorded_at", event.recorded_at, zone)
    if event.clock is not None:
        yield _string("clock", event.clock) + _int("round", event.round) + _int("rung", event.rung) + _int("repeat", event.repeat)
        yield _date("due", event.due, zone)
    if event.told:
        yield _string("told", " ".join(event.told))
    yield _string("refused_code", event.code)
    for name, value in event.facts.items():
        yield _any(f"fact.{name}", value)
    yield "</event>\n"


def _string(key: str, value: str | None) -> str:
    return "" if value is None else f'<string key="{fitting(key)}" value="{fitting(value)}"/>\n'


def _int(key: str, value: int | None) -> str:
    return "" if value is None else f'<int key="{key}" value="{value}"/>\n'


def _date(key: str, value: int | None, zone: str) -> str:
    return "" if value is None else f'<date key="{fitting(key)}" value="{times.written(value, zone)}"/>\n'


def _any(key: str, value: processlog.Scalar) -> str:
    if isinstance(value, bool):
        return f'<boolean key="{key}" value="{"true" if value else "false"}"/>\n'
    if isinstance(value, int):
        return _int(key, value)
    return f'<float key="{key}" value="{value!r}"/>\n' if isinstance(value, float) else _string(key, value)
