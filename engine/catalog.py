"""What is in force: definitions that cases pin, compiled once by hash, and the live part of each programme.

The clock and every command start from the store; `load` (in `engine.loading`) is the full check of a folder and comes after."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from config import effects as language
from config import programme, visibility
from config import workflow as flows
from engine import errors, placing
from notifications import compose, directory
from sla import calendars, clocks
from states import machine
from storage import database, statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What a trigger does to other cases."""

    opens: tuple[language.Opens, ...] = ()
    tells: tuple[language.Tells, ...] = ()
    links: tuple[language.Links, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A definition ready for use. `watched` are the triggers whose last actor four-eyes rules ask for, `counted` those with a limit.

    `veils`: state → what is hidden there and from whom; empty for a workflow without `visibility`, which then asks no more."""

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
    veils: Mapping[str, visibility.Veil]
    drawn: tuple[tuple[str, int], ...] = ()
    """Facts that are drawn at the opening, with how many of a hundred are true."""
    deputed: frozenset[str] = frozenset()
    """Facts of type person by which somebody may act."""
    writes: Mapping[str, tuple[str | None, Mapping[str, Any]]] = field(default_factory=dict)
    """What the engine writes with a trigger: the fact that takes the actor, and constants."""
    effects: Mapping[str, Effects] = field(default_factory=dict)
    joins: Mapping[str, language.Joins] = field(default_factory=dict)
    located: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The facts that the engine fills from a point, by the point."""
    routed: frozenset[str] = frozenset()
    """The triggers with which the duties table fills a unit."""
    awards: Mapping[str, Sequence[flows.Award]] = field(default_factory=dict)
    """What each trigger does in the ledger; most do nothing."""
    particular: frozenset[str] = frozenset()
    """Triggers with a checklist or with places: asked of `engine.particulars`."""
    asks: frozenset[str] = frozenset()
    """Triggers after which people are asked whether all is well now."""

    @property
    def programme(self) -> str:
        return self.definition.programme

    @property
    def zone(self) -> str:
        return self.definition.time_zone

    def given(self, kept: Mapping[str, object]) -> frozenset[str]:
        """The facts that somebody gave: those that follow from a point came by themselves."""
        if not self.located:
            return frozenset(kept)
        return frozenset(kept) - {name for names in self.located.values() for name in names}


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
    asks = frozenset(flow.satisfaction.on) if flow.satisfaction is not None else frozenset[str]()
    counted = {name for name, rule in flow.transitions.items() if rule.most is not None or rule.extends is not None} | asks
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
        drawn=tuple((name, int(fact.drawn[:-1])) for name, fact in flow.facts.items() if fact.drawn is not None),
        deputed=frozenset(flow.deputed()),
        writes={
            name: (rule.claims, {fact: flow.facts[fact].constant(value) for fact, value in rule.sets.items() if fact in flow.facts})
            for name, rule in flow.transitions.items()
            if rule.claims is not None or rule.sets
        },
        effects=_effects(flow),
        joins={one.of: one for one in flow.joins},
        located=_located(flow),
        routed=frozenset(name for name, rule in flow.transitions.items() if rule.routes is not None),
        awards={on: [rule for rule in flow.awards if on in rule.on] for rule in flow.awards for on in rule.on},
        asks=asks,
        particular=frozenset(name for name, rule in flow.transitions.items() if rule.particular),
        veils=visibility.veils(flow.visibility, flow.states),
        noted=placing.noted(flow),
    )


def _effects(flow: flows.Workflow) -> dict[str, Effects]:
    """By trigger (`open` for the opening)."""
    lists: tuple[tuple[language.Opens | language.Tells | language.Links, ...], ...] = (flow.opens, flow.tells, flow.links)
    named = {trigger for each in lists for one in each for trigger in one.on}
    return {
        trigger: Effects(
            opens=tuple(one for one in flow.opens if trigger in one.on),
            tells=tuple(one for one in flow.tells if trigger in one.on),
            links=tuple(one for one in flow.links if trigger in one.on),
        )
        for trigger in named
    }


def _located(flow: flows.Workflow) -> dict[str, tuple[str, ...]]:
    points = dict.fromkeys(fact.located for fact in flow.facts.values() if fact.located is not None)
    return {point: tuple(name for name, fact in flow.facts.items() if fact.located == point) for point in points}


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
