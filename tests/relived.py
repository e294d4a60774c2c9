"""A town's histories told again: every entry that somebody from outside made is asked for anew, at its moment; all else must follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from config import workflow
from engine import catalog, composition, requests
from storage import database

TABLES = {
    "cases": "id", "history": "id", "timers": "case_id, clock", "messages": "id", "links": "opener, name, case_id", "postings": "id",
    "answers": "case_id, round, recipient", "occurrences": "programme, schedule, moment, entry", "personal": "case_id, seq, fact", "counters": "name",
}  # fmt: skip
"""What a store holds of its cases, each in an order that does not depend on how it came."""
_ENTRIES = "SELECT id, case_id, seq, kind, at, recorded_at, trigger, actor, facts, detail FROM history ORDER BY id"


class Asked(NamedTuple):
    """A request as its entry in the history tells of it, and when it was made."""

    now: int
    request: requests.Request


def contents(engine: composition.Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that a store knows, table by table."""
    with engine.store.reading() as tx:
        return {table: tx.all(database.both(f"SELECT * FROM {table} ORDER BY {order}")) for table, order in TABLES.items()}


def asked(engine: composition.Engine, programme: str) -> list[Asked]:
    """What was asked from outside, in its order, by the histories alone."""
    with engine.store.reading() as tx:
        entries = tx.all(database.both(_ENTRIES))
        personal = {(case, seq, fact): orjson.loads(value) for case, seq, fact, value in tx.all(database.both("SELECT case_id, seq, fact, value FROM personal"))}  # fmt: skip
        flows: dict[int, int] = dict(tx.all(database.both("SELECT id, definition FROM cases")))
        known = {case: engine.catalog.pinned(tx, definition) for case, definition in flows.items()}
    found = list[Asked]()
    for _, case, seq, kind, at, recorded, trigger, actor, facts, detail in entries:
        kept = orjson.loads(detail) if detail else {}
        apart = {fact: value for (whose, number, fact), value in personal.items() if (whose, number) == (case, seq)}
        given = _given(known[case], trigger, {**orjson.loads(facts), **apart}, kept)
        request = _request(programme, known[case], case, (kind, trigger, actor), given, kept, at=at if at != recorded else None)
        if request is not None:
            found.append(Asked(recorded, request))
    return found


def _request(
    programme: str, compiled: catalog.Compiled, case: int, what: tuple[str, str, str | None], given: dict[str, Any], kept: Mapping[str, Any], *, at: int | None
) -> requests.Request | None:  # fmt: skip
    kind, trigger, actor = what
    if kind == "answer":
        said = kept["answer"] == "satisfied"
        return requests.Answering(case=case, round=kept["round"], recipient=kept["recipient"], satisfied=said, reason=kept.get("reason"))
    if actor in requests.RESERVED or "answer" in kept:
        return None
    if kind == "open":
        return requests.Opening(programme=programme, workflow=compiled.workflow.workflow, actor=actor, facts=given, at=at)
    assert actor is not None
    if kind == "acknowledge":
        return requests.Acknowledgement(case=case, clock=kept["clock"], actor=actor, at=at)
    return requests.Move(case=case, trigger=trigger, actor=actor, facts=given, at=at) if kind == "move" else None


def _given(compiled: catalog.Compiled, trigger: str, facts: dict[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What came from outside: without what the engine drew, wrote, routed or counted up itself."""
    written = compiled.writes.get(trigger)
    own = {name for name, _ in compiled.drawn} if trigger == "open" else set()
    if written is not None:
        own |= {written[0] or "", *written[1]}
    if "routed" in kept:
        own |= {name for name, fact in compiled.workflow.facts.items() if fact.type is workflow.FactType.UNIT}
    own |= {name for name, fact in compiled.workflow.facts.items() if fact.type is workflow.FactType.CHECKLIST}
    own |= {name for names in compiled.located.values() for name in names}
    given = {name: value for name, value in facts.items() if name not in own}
    return given | ({"step": kept["ticked"]} if "ticked" in kept else {})


def again(told: list[Asked], reach: Callable[[int], object], ask: Callable[[requests.Request], object]) -> None:
    """Let time come to each moment, and ask."""
    for one in told:
        reach(one.now)
        ask(one.request)
