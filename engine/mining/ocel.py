"""The process log as OCEL 2.0 (JSON): events that concern several objects at once – the case, people, units, categories.

Events go out as they come; the cases' objects are set aside in a file meanwhile, and people, units and categories follow at the end,
of which there are no more than the programmes name. Attribute values of a case stand with the moment from which they hold."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from config.workflow import FactType
from engine import catalog
from engine import now as times
from engine.mining import processlog

CASE, PERSON, UNIT, CATEGORY = "case", "person", "unit", "category"
_ALWAYS = "1970-01-01T00:00:00+00:00"
"""The moment of what is not known to have changed."""
_STRING, _INTEGER, _TIME = "string", "integer", "time"
_EVENT = {
    "case": _STRING, "title_zh": _STRING, "title_en": _STRING, "kind": _STRING, "seq": _INTEGER, "resource": _STRING, "role": _STRING,
    "from_state": _STRING, "to_state": _STRING, "recorded_at": _TIME, "clock": _STRING, "round": _INTEGER, "rung": _INTEGER,
    "repeat": _INTEGER, "due": _TIME, "refused_code": _STRING, "lifecycle": _STRING,
}  # fmt: skip
"""The attributes of every event type."""
_FIXED = {
    PERSON: {"programme": _STRING, "roles": _STRING},
    UNIT: {"programme": _STRING, "title_zh": _STRING, "title_en": _STRING, "kind": _STRING},
    CATEGORY: {"programme": _STRING, "title_zh": _STRING, "title_en": _STRING, "code": _STRING},
}
_CASE = {
    "number": _STRING, "programme": _STRING, "workflow": _STRING, "definition": _STRING, "state": _STRING, "opened_at": _TIME, "closed_at": _TIME,
}  # fmt: skip
_TYPES = {FactType.NUMBER: "float", FactType.YES_NO: "boolean", FactType.PHOTOS: _INTEGER, FactType.VIDEOS: _INTEGER}


@dataclass(slots=True)
class _Writer:
    """What has to be remembered until the end: the kinds of events, and the objects that are not cases."""

    out: Callable[[str], object]
    facts: dict[str, str]
    clocks: Sequence[str]
    activities: dict[str, None] = field(default_factory=dict)
    others: dict[tuple[str, str, str], catalog.InForce] = field(default_factory=dict)
    definitions: dict[tuple[str, str, str], catalog.Compiled] = field(default_factory=dict)

    def refer(self, kind: str, case: processlog.Trace, name: str) -> str:
        key = (kind, case.programme, name)
        self.others[key], self.definitions[key] = case.town, case.compiled
        return _id(*key)

    def events(self, cases: Iterable[processlog.Trace], aside: IO[bytes]) -> None:
        before, first = "", True
        for case in cases:
            lines = [orjson.dumps(self.event(case, event)).decode() for event in case.events]
            if lines:
                self.out(before + ",\n".join(lines))
                before = ",\n"
            aside.write((b"" if first else b",\n") + orjson.dumps(self.case(case)))
            first = False

    def event(self, case: processlog.Trace, event: processlog.Event) -> dict[str, Any]:
        self.activities[event.activity] = None
        given = {
            "case": case.number, "title_zh": event.title.zh, "title_en": event.title.en, "kind": event.kind, "seq": event.seq, "resource": event.resource,
            "role": event.role, "from_state": event.from_state, "to_state": event.to_state, "recorded_at": times.written(event.recorded_at, case.zone),
            "clock": event.clock, "round": event.round, "rung": event.rung, "repeat": event.repeat, "due": times.written(event.due, case.zone),
            "refused_code": event.code, "lifecycle": "complete",
        }  # fmt: skip
        return {
            "id": f"{case.number}/{event.seq}",
            "type": event.activity,
            "time": times.written(event.at, case.zone),
            "attributes": [{"name": name, "value": value} for name, value in given.items() if value is not None],
            "relationships": list(self.concerned(case, event)),
        }

    def concerned(self, case: processlog.Trace, event: processlog.Event) -> Iterator[dict[str, str]]:
        """The objects of an event with the part that each has in it."""
        yield _related(_id(CASE, case.programme, case.number), "case")
        if event.resource not in _NOBODY:
            yield _related(self.refer(PERSON, case, event.resource), "actor")
        for who in event.told:
            if who in case.town.live.people.people:
                yield _related(self.refer(PERSON, case, who), "told")
        for name, value in event.facts.items():
            fact = case.compiled.workflow.facts.get(name)
            kind = _OBJECTS.get(fact.type) if fact is not None else None
            if kind is not None and value != processlog.HIDDEN:
                yield _related(self.refer(kind, case, str(value)), f"sets {name}")

    def case(self, case: processlog.Trace) -> dict[str, Any]:
        opened = str(times.written(case.opened_at, case.zone))
        fixed = {
            "number": case.number,
            "programme": case.programme,
            "workflow": case.workflow,
            "definition": case.definition,
            "opened_at": opened,
        }
        values = [_valued(name, opened, value) for name, value in fixed.items()]
        state: str | None = None
        for event in case.events:
            moment = str(times.written(event.at, case.zone))
            if event.to_state != state:
                values.append(_valued("state", moment, event.to_state))
                state = event.to_state
            values += [_valued(f"fact.{name}", moment, self.fitting(name, value)) for name, value in event.facts.items()]
        if case.closed_at is not None:
            closed = str(times.written(case.closed_at, case.zone))
            values.append(_valued("closed_at", closed, closed))
        latest = str(times.written(max((event.at for event in case.events), default=case.opened_at), case.zone))
        for clock in case.clocks:
            values.append(_valued(f"clock.{clock.clock}.verdict", latest, clock.verdict))
            if clock.due is not None:
                values.append(_valued(f"clock.{clock.clock}.due", latest, times.written(clock.due, case.zone)))
        related = [(PERSON, case.reporter, "reported by"), (UNIT, case.unit, "handled by"), (CATEGORY, case.category, "is a")]
        return {
            "id": _id(CASE, case.programme, case.number),
            "type": CASE,
            "attributes": values,
            "relationships": [
                _related(self.refer(kind, case, name), qualifier)
                for kind, name, qualifier in related
                if name is not None and name not in _NOBODY
            ],
        }

    def fitting(self, name: str, value: processlog.Scalar) -> processlog.Scalar:
        """A value in the one type that the attribute has in the whole log; of an earlier definition's fact, as text."""
        kind = self.facts.setdefault(name, _STRING)
        if value == processlog.HIDDEN or kind == _STRING:
            return str(value)
        return float(value) if kind == "float" else value

    def rest(self) -> Iterator[dict[str, Any]]:
        """The objects that cases and events referred to, and those that these belong to."""
        written: set[tuple[str, str, str]] = set()
        while waiting := [key for key in self.others if key not in written]:
            for key in waiting:
                written.add(key)
                yield self.other(key)

    def other(self, key: tuple[str, str, str]) -> dict[str, Any]:
        kind, programme, name = key
        town, compiled = self.others[key], self.definitions[key]
        values: dict[str, str | None] = {"programme": programme}
        above: str | None = None
        if kind == PERSON:
            person = town.live.people.people.get(name)
            values["roles"] = " ".join(person.roles) if person is not None else None
            above = person.unit if person is not None else None
        elif kind == UNIT:
            unit = town.live.units.units.get(name)
            if unit is not None:
                values |= {"title_zh": unit.title.zh, "title_en": unit.title.en, "kind": unit.kind}
                above = unit.part_of
        else:
            category = compiled.definition.categories.categories.get(name)
            if category is not None:
                values |= {"title_zh": category.title.zh, "title_en": category.title.en, "code": category.code}
                above = category.unit
        relationships = []
        if above is not None:
            of = (UNIT, programme, above)
            self.others.setdefault(of, town)
            self.definitions.setdefault(of, compiled)
            relationships.append(_related(_id(*of), _BELONGS[kind]))
        attributes = [_valued(each, _ALWAYS, value) for each, value in values.items() if value is not None]
        return {"id": _id(*key), "type": kind, "attributes": attributes, "relationships": relationships}

    def types(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The declared types of events and of objects, with the types of their attributes."""
        case = {**_CASE, **{f"fact.{name}": kind for name, kind in self.facts.items()}}
        for clock in self.clocks:
            case |= {f"clock.{clock}.verdict": _STRING, f"clock.{clock}.due": _TIME}
        return [_typed(name, _EVENT) for name in self.activities], [_typed(CASE, case), *(_typed(name, of) for name, of in _FIXED.items())]


_NOBODY = (processlog.ANONYMOUS, "timer", "system")
_OBJECTS = {FactType.UNIT: UNIT, FactType.PERSON: PERSON, FactType.CATEGORY: CATEGORY}
_BELONGS = {PERSON: "belongs to", UNIT: "is part of", CATEGORY: "is usually handled by"}


def write(cases: Iterable[processlog.Trace], compiled: Sequence[catalog.Compiled], out: Callable[[str], object]) -> None:
    """One document. `compiled` are the definitions of the cases: what attributes there can be, and of which type."""
    writer = _Writer(out, _facts(compiled), tuple(dict.fromkeys(name for each in compiled for name in each.workflow.clocks)))
    with tempfile.TemporaryFile() as aside:
        out('{"events": [\n')
        writer.events(cases, aside)
        out('\n],\n"objects": [\n')
        some = aside.tell() > 0
        aside.seek(0)
        while chunk := aside.read(1 << 20):
            out(_whole(chunk, aside).decode())
    for number, each in enumerate(writer.rest()):
        out((",\n" if some or number else "") + orjson.dumps(each).decode())
    events, objects = writer.types()
    out(f'\n],\n"eventTypes": {orjson.dumps(events).decode()},\n"objectTypes": {orjson.dumps(objects).decode()}}}\n')


def _whole(chunk: bytes, file: IO[bytes]) -> bytes:
    """With the rest of the character at which the chunk was cut."""
    return chunk if chunk.endswith(b"\n") else chunk + file.readline()


def _facts(compiled: Sequence[catalog.Compiled]) -> dict[str, str]:
    """The type of each fact; text where two workflows differ, or where a value may be hidden."""
    found: dict[str, str] = {}
    for each in compiled:
        for name, fact in each.workflow.facts.items():
            kind = _STRING if fact.personal else _TYPES.get(fact.type, _STRING)
            found[name] = kind if found.get(name, kind) == kind else _STRING
    return found


def _id(kind: str, programme: str, name: str) -> str:
    return f"{kind}:{name}" if kind == CASE else f"{kind}:{programme}/{name}"


def _related(to: str, qualifier: str) -> dict[str, str]:
    return {"objectId": to, "qualifier": qualifier}


def _valued(name: str, time: str, value: object) -> dict[str, object]:
    return {"name": name, "time": time, "value": value}


def _typed(name: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": each, "type": kind} for each, kind in attributes.items()]}
