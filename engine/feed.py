"""What happened, told afterwards to whoever shows it (Prefect): events in the order of commits, behind a durable cursor.

An event's id is made from the entry's digest, so telling twice is telling once, and two stores never share one. Nothing
personal goes in: a person is their role. Of a case that is hidden, now or when it happened, nothing goes in but its number."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine import catalog, draft, eras, lapses, requests, secrecy
from engine import clock as clock_loop
from engine import now as times
from storage import database, orchestration, statements

_NAMESPACE = uuid.UUID("0f5f8f7c-2d0b-5f6e-9a53-66656e677869")
KEEP = 7 * 86_400_000_000
"""Prefect keeps events for seven days; what is older is not shown afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, as Prefect's event feed takes it. `occurred` in UTC microseconds, `cursor` the entry's place in the store."""

    id: str
    cursor: int
    name: str
    occurred: int
    resource: Mapping[str, str]
    related: tuple[Mapping[str, str], ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "event": self.name,
            "occurred": times.written(self.occurred, "UTC"),
            "resource": dict(self.resource),
            "related": [dict(r) for r in self.related],
            "payload": dict(self.payload),
        }


@dataclass(slots=True)
class Feed:
    """The events of a store for one reader, from where that reader stopped."""

    store: database.Store
    name: str = "prefect"
    known: catalog.Catalog = field(init=False)

    def __post_init__(self) -> None:
        self.known = catalog.Catalog()

    def read(self, limit: int) -> list[Event]:
        """The next events after the cursor; what is too old to be shown is passed over."""
        time = times.of(self.store)
        while True:
            oldest = time.now() - KEEP
            with self.store.reading() as tx:
                self.known.refresh(tx)
                rows = tx.all(orchestration.ENTRIES_AFTER, (cursor(tx, self.name), limit))
                events = [_event(row, self.known, tx, time) for row in rows if row[4] >= oldest]
            if events or not rows:
                return events
            self.shown(rows[-1][0])

    def shown(self, at: int) -> None:
        """Everything up to this cursor has been shown."""
        with self.store.writing() as tx:
            move(tx, self.name, at)


def cursor(tx: database.Transaction, name: str) -> int:
    """How far a reader has come: the place of the last entry it has dealt with."""
    row = tx.one(statements.META_GET, (f"feed.{name}",))
    return int(row[0]) if row else 0


def move(tx: database.Transaction, name: str, to: int) -> None:
    tx.run(statements.META_PUT, (f"feed.{name}", str(to)))


def head(tx: database.Transaction) -> int:
    """The place of the newest entry."""
    row = tx.one(orchestration.ENTRY_HEAD)
    return int(row[0]) if row and row[0] is not None else 0


def beat(store: database.Store, *, within: int = 90_000_000) -> Event | None:
    """The clock's last sign of life as an event, if there was one lately. One id a sign."""
    with store.reading() as tx:
        row = tx.one(statements.META_GET, (clock_loop.HEARTBEAT,))
    at = int(row[0]) if row else 0
    if at < times.wall() - within:
        return None
    return Event(
        id=str(uuid.uuid5(_NAMESPACE, f"beat/{at}")),
        cursor=0,
        name="fengxing.clock.heartbeat",
        occurred=at,
        resource={"prefect.resource.id": "fengxing.clock", "prefect.resource.name": "蜂行 clock"},
    )


def silence(store: database.Store) -> int | None:
    """Microseconds since the clock's last sign of life; None if it never gave one."""
    with store.reading() as tx:
        row = tx.one(statements.META_GET, (clock_loop.HEARTBEAT,))
    return max(0, times.wall() - int(row[0])) if row else None


def _event(row: tuple[Any, ...], known: catalog.Catalog, tx: database.Transaction, time: times.Time) -> Event:
    (
        place,
        case_id,
        seq,
        kind,
        at,
        recorded,
        trigger,
        origin,
        state,
        actor,
        text,
        digest,
        number,
        programme,
        definition,
        urgent,
        moved,
        now,
    ) = row
    today = known.pinned(tx, definition)
    compiled = _compiled_at(tx, known, case_id, seq) if moved else today
    hides: frozenset[str] = frozenset()
    if today.veils or compiled.veils:
        veils = [veil for states, state in ((today, now), (compiled, origin), (compiled, state)) if (veil := states.veils.get(state or ""))]
        if any(veil.case is not None for veil in veils):
            return _veiled(row, time)
        hides = frozenset(fact for veil in veils for fact in veil.facts)
    detail: dict[str, Any] = orjson.loads(text) if text else {}
    clock = detail.get("clock")
    payload: dict[str, Any] = {
        "number": number,
        "from": origin,
        "to": state,
        "trigger": trigger,
        "by": _role(known, programme, actor),
        "at": times.written(at, compiled.zone),
    }
    if urgent and hides.isdisjoint(known.of(programme).live.programme.urgent if programme in known.programmes else ()):
        payload["urgent"] = True
    if recorded > at:
        payload["recorded_at"] = times.written(recorded, compiled.zone)
    if "told" in detail:
        payload["told"] = len(detail["told"])
    if kind == "rung":
        payload |= _rung(compiled, detail, at, dated=not secrecy.undated(compiled, detail["clock"], hides))
    elif clock is not None:
        payload["clock"] = clock
    related = [
        {"prefect.resource.id": f"programme.{programme}", "prefect.resource.role": "programme", "prefect.resource.name": programme},
        {"prefect.resource.id": f"workflow.{programme}.{compiled.workflow.workflow}", "prefect.resource.role": "workflow"},
    ]
    if clock is not None:
        related.append(
            {"prefect.resource.id": f"clock.{programme}.{clock}", "prefect.resource.role": "clock", "prefect.resource.name": clock}
        )
    return Event(
        id=str(uuid.uuid5(_NAMESPACE, f"entry/{bytes(digest).hex()}")),
        cursor=place,
        name=_name(compiled, kind, trigger, origin, state, detail),
        occurred=_real(at, time),
        resource={"prefect.resource.id": f"case.{case_id}", "prefect.resource.name": number},
        related=tuple(related),
        payload=payload,
    )


def _veiled(row: tuple[Any, ...], time: times.Time) -> Event:
    """That something happened to a case which is not for everybody."""
    place, case_id, _seq, _kind, at, *_ = row
    digest, number = row[11], row[12]
    return Event(
        id=str(uuid.uuid5(_NAMESPACE, f"entry/{bytes(digest).hex()}")),
        cursor=place,
        name="case.changed",
        occurred=_real(at, time),
        resource={"prefect.resource.id": f"case.{case_id}", "prefect.resource.name": number},
        payload={"number": number},
    )


def _compiled_at(tx: database.Transaction, known: catalog.Catalog, case_id: int, seq: int) -> catalog.Compiled:
    """The definition under which an entry of a case was written that has had others."""
    row = tx.one(statements.CASE_PEEK, (case_id,))
    assert row is not None
    return eras.compiled_at(draft.read(row, known, tx), seq)


def _name(compiled: catalog.Compiled, kind: str, trigger: str, origin: str | None, state: str, detail: Mapping[str, Any]) -> str:
    """`case.dispatched` where it came to be so, `case.sla.breached`, `case.acknowledged`, else `case.<trigger>`."""
    if kind == "rung":
        return f"case.sla.{lapses.phase(lapses.ladder_of(compiled, detail['clock']), detail['rung'], detail['repeat'], detail.get('skipped', ()))}"
    if kind == "acknowledge":
        return "case.acknowledged"
    if kind == "refused":
        return "case.sla.refused"
    if kind == eras.MIGRATE:
        return "case.migrated"
    return f"case.{state}" if state != origin else f"case.{trigger}"


def _rung(compiled: catalog.Compiled, detail: Mapping[str, Any], at: int, *, dated: bool) -> dict[str, Any]:
    rung = lapses.ladder_of(compiled, detail["clock"])[detail["rung"]]
    said = {
        "clock": detail["clock"],
        "round": detail["round"],
        "rung": detail["rung"] + 1,
        "moment": f"at {rung.at}" if rung.at else f"{rung.before} before" if rung.before else f"{rung.after} after",
        "roles": list(rung.notify),
    }
    if dated:
        said["due"] = times.written(detail["due"], compiled.zone)
        said["overdue_s"] = round(max(0, at - detail["due"]) / 1e6, 3)
    if detail.get("skipped"):
        said["stands_for"] = [number + 1 for number, _ in detail["skipped"]]
    if detail.get("unreached"):
        said["unreached"] = True
    return said


def _role(known: catalog.Catalog, programme: str, actor: str | None) -> str:
    """Who did it, without saying who: the first role, or what is reserved."""
    if actor is None:
        return "anonymous"
    town = known.programmes.get(programme)
    person = town.live.people.people.get(actor) if town is not None else None
    return person.roles[0] if person is not None else actor if actor in requests.RESERVED else "unknown"


def _real(at: int, time: times.Time) -> int:
    """When that was by the wall: a scaled or virtual moment would stand in the wrong place of Prefect's feed."""
    if time.mode == "real":
        return at
    if time.scale is not None:
        return time.scale.real + int((at - time.scale.start) / time.scale.speed)
    return times.wall()
