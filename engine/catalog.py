"""What is in force: definitions that cases pin, compiled once by hash, and the live part of each programme.

The clock and every command start from the store; `load` (in `engine.loading`) is the full check of a folder and comes after."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from config import programme
from config import workflow as flows
from engine import errors, placing
from notifications import compose, directory
from sla import calendars, clocks
from states import machine
from storage import database, statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A definition ready for use. `watched` are the triggers whose last actor four-eyes rules ask for, `counted` those with a limit."""

    id: int
    hash: str
    definition: programme.Definition
    workflow: flows.Workflow
    machine: machine.Machine
    plans: Mapping[str, clocks.ClockPlan]
    timelines: calendars.Timelines
    notices: compose.Plan
    kinds: Mapping[str, flows.Kind | None]
    watched: frozenset[str]
    counted: frozenset[str]
    personal: frozenset[str]
    noted: placing.Noted

    @property
    def programme(self) -> str:
        return self.definition.programme

    @property
    def zone(self) -> str:
        return self.definition.time_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A programme as it stands now: people by index, and the newest definition of each workflow."""

    live: programme.Live
    people: directory.Directory
    bundle: int
    hash: str
    newest: Mapping[str, int]
    calendar: str


def compiled(row: tuple[int, str, str], live: programme.Live | None) -> Compiled:
    """Compile a stored definition (id, hash, canonical JSON) with the live exceptions of its calendars."""
    number, digest, text = row
    return made(number, digest, programme.Definition.model_validate_json(text), live)


def made(number: int, digest: str, definition: programme.Definition, live: programme.Live | None) -> Compiled:
    """Compile a definition under an id and a hash."""
    flow = definition.workflow
    exceptions = {name: calendar.days for name, calendar in live.calendars.calendars.items()} if live is not None else {}
    watched = {did for rule in flow.transitions.values() for did in rule.not_by}
    counted = {name for name, rule in flow.transitions.items() if rule.most is not None or rule.extends is not None}
    return Compiled(
        id=number,
        hash=digest,
        definition=definition,
        workflow=flow,
        machine=machine.machine_of(flow),
        plans=clocks.plan(definition),
        timelines=calendars.Timelines(definition.calendars, definition.time_zone, exceptions),
        notices=compose.plan(definition),
        kinds={name: flow.kind_of(name) for name in flow.transitions},
        watched=frozenset(watched),
        counted=frozenset(counted),
        personal=frozenset(name for name, fact in flow.facts.items() if fact.personal),
        noted=placing.noted(flow),
    )


def in_force(live: programme.Live, *, bundle: int, digest: str, newest: Mapping[str, int], calendar: str = "") -> InForce:
    """The live part of a programme, its people indexed."""
    return InForce(live=live, people=directory.Directory(live), bundle=bundle, hash=digest, newest=newest, calendar=calendar)


@dataclass(slots=True)
class Catalog:
    """What this process knows of the store's definitions; refreshed when another bundle is put in force.

    One that is given its programmes and compiled definitions needs no store (see `rehearsal`)."""

    programmes: dict[str, InForce] = field(default_factory=dict)
    known: dict[int, Compiled] = field(default_factory=dict)
    _mark: object = None

    def refresh(self, tx: database.Transaction) -> bool:
        """Take up what is in force now; True if something changed. One small query when nothing did."""
        mark = tx.all(statements.IN_FORCE_MARK)
        if mark == self._mark:
            return False
        programmes: dict[str, InForce] = {}
        for name, bundle, digest, live_text, workflows, calendar in tx.all(statements.IN_FORCE):
            known = self.programmes.get(name)
            if known is not None and known.bundle == bundle and known.calendar == calendar:
                programmes[name] = known
                continue
            live = programme.Live.model_validate_json(live_text)
            programmes[name] = in_force(live, bundle=bundle, digest=digest, newest=orjson.loads(workflows), calendar=calendar)
        stale = {name for name in {*programmes, *self.programmes} if programmes.get(name) is not self.programmes.get(name)}
        self.known = {number: c for number, c in self.known.items() if c.programme not in stale}
        self.programmes, self._mark = programmes, mark
        return True

    def pinned(self, tx: database.Transaction, number: int) -> Compiled:
        """The definition a case was opened under."""
        found = self.known.get(number)
        if found is None:
            row = tx.one(statements.DEFINITION_BY_ID, (number,))
            if row is None:
                raise errors.NotFound("definition", number, zh="定义")
            town = self.programmes.get(row[2])
            found = self.known[number] = compiled((row[0], row[1], row[4]), town.live if town else None)
            gc.freeze()  # it lives as long as the process: a full collection must not walk it while a rung is due
        return found

    def newest(self, tx: database.Transaction, name: str, flow: str) -> Compiled:
        """What a case opened now would pin."""
        town = self.of(name)
        number = town.newest.get(flow)
        if number is None:
            raise errors.unknown("workflow", flow, sorted(town.newest), zh="流程")
        return self.pinned(tx, number)

    def of(self, name: str) -> InForce:
        """A programme in force, by name."""
        found = self.programmes.get(name)
        if found is None:
            raise errors.unknown("programme", name, sorted(self.programmes), zh="项目")
        return found
