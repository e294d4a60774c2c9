"""The one way in which a case is shown or sent: as a given person may see it, reckoned at a given moment.

`viewer` None is the local operator, who sees all that is not erased; see `secrecy` for everybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from config import effects as links_
from config import words
from engine import answers, catalog, checklists, draft, extensions, history, redaction, requests, secrecy, wording
from engine import now as times
from sla import clocks
from states import machine
from storage import database, links, statements

MOST_LINKS = 500
"""Linked cases that are shown with a case."""

UNTOLD = "not shown"
"""In place of a rule that would say what a hidden fact is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """One clock of a case with its title, and that of the calendar whose hours it counts (None: it runs round the clock)."""

    title: words.Text
    reckoned: clocks.Reckoning
    hours: words.Text | None = None

    def body(self, zone: str) -> dict[str, Any]:
        """As JSON; rungs are numbered from 1, and those that a higher one stood for count as fired."""
        r = self.reckoned
        return {
            "name": r.clock,
            "title": self.title.body(),
            "state": r.state,
            "phase": r.phase,
            "round": r.round,
            "started": times.written(r.started, zone),
            "elapsed_s": seconds(r.elapsed),
            "remaining_s": seconds(r.remaining),
            "due": times.written(r.due, zone),
            "target": r.target,
            "rule": r.rule,
            "hours": None if self.hours is None else self.hours.body(),
            "rungs_fired": [rung + 1 for rung, _ in r.rungs_fired],
            "breached_at": times.written(r.breached_at, zone),
            "under_earlier_target": r.under_earlier_target,
            "earlier_breaches": r.earlier_breaches,
            "acknowledged": r.acknowledged,
            "provisional": r.provisional,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A case that belongs to this one: `opener`, or the name under which this one knows it."""

    name: str
    number: str
    workflow: str
    state: str
    state_title: words.Text

    def body(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "number": self.number,
            "workflow": self.workflow,
            "state": self.state,
            "state_title": self.state_title.body(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as somebody sees it. `facts` hold the values, `{hidden: true}` or `{erased: true}`; `possible` are the triggers he may pull.

    `said`, `buttons` and `suggested` are people's words for the facts and moves, and categories for a case that has none yet; `unplaced`
    the facts that a given point should have filled, but it lies in no area for certain."""

    id: int
    number: str
    programme: str
    workflow: str
    definition: str
    state: str
    version: int
    facts: Mapping[str, Any]
    reporter: str | None
    unit: str | None
    urgent: bool
    opened_at: int
    closed_at: int | None
    zone: str
    title: words.Text
    state_title: words.Text
    clocks: tuple[ClockView, ...]
    possible: tuple[str, ...]
    said: Mapping[str, wording.Said] = field(default_factory=dict)
    buttons: Mapping[str, words.Text] = field(default_factory=dict)
    suggested: tuple[wording.Suggestion, ...] = ()
    unplaced: tuple[str, ...] = ()
    links: tuple[LinkView, ...] = ()
    asked: tuple[answers.Answer, ...] = ()
    """Who was asked whether all is well now, and what he said."""

    @property
    def satisfied(self) -> answers.Verdict | None:
        """One word for the figures; None where nobody was asked."""
        return answers.verdict(self.asked) if self.asked else None

    @property
    def pressing(self) -> ClockView | None:
        """The clock that is due first, those that run before those that pause; None where nothing is promised any more."""
        going = [clock for clock in self.clocks if clock.reckoned.live and clock.reckoned.due is not None]
        return min(going, key=lambda clock: (clock.reckoned.phase == "paused", clock.reckoned.due), default=None)

    @property
    def overdue(self) -> bool:
        """Whether a clock that still goes on is past its deadline."""
        return any(c.reckoned.live and c.reckoned.state == "breached" and (c.reckoned.remaining or 0) <= 0 for c in self.clocks)

    def body(self) -> dict[str, Any]:
        """As contract.md says, with a little more."""
        return {
            "id": self.id,
            "number": self.number,
            "programme": self.programme,
            "workflow": self.workflow,
            "title": self.title.body(),
            "definition": self.definition,
            "state": self.state,
            "state_title": self.state_title.body(),
            "version": self.version,
            "facts": dict(self.facts),
            "reporter": self.reporter,
            "unit": self.unit,
            "urgent": self.urgent,
            "opened_at": times.written(self.opened_at, self.zone),
            "closed_at": times.written(self.closed_at, self.zone),
            "clocks": [clock.body(self.zone) for clock in self.clocks],
            "possible": list(self.possible),
            "said": {name: said.body() for name, said in self.said.items()},
            "buttons": {trigger: title.body() for trigger, title in self.buttons.items()},
            "suggested": [one.body() for one in self.suggested],
            "links": [one.body() for one in self.links],
            **({"satisfied": self.satisfied, "asked": [one.body(self.zone) for one in self.asked]} if self.asked else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry of the history as somebody sees it; `detail` with rungs from 1 and times in words."""

    seq: int
    kind: str
    at: int
    recorded_at: int
    trigger: str
    from_state: str | None
    to_state: str
    actor: str | None
    facts: Mapping[str, Any]
    detail: Mapping[str, Any]
    digest: str

    def body(self, zone: str) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "at": times.written(self.at, zone),
            "recorded_at": times.written(self.recorded_at, zone),
            "kind": self.kind,
            "trigger": self.trigger,
            "from": self.from_state,
            "to": self.to_state,
            "actor": self.actor,
            "facts": dict(self.facts),
            "detail": dict(self.detail),
            "digest": self.digest,
        }


def seconds(micros: int | None) -> int | float | None:
    """Microseconds as seconds, whole where they are."""
    if micros is None:
        return None
    return micros // 1_000_000 if micros % 1_000_000 == 0 else micros / 1_000_000


def find(tx: database.Transaction, known: catalog.Catalog, reference: int | str, *, viewer: str | None = None) -> draft.Draft:
    """A case by its id or its number. Raises NotFound, for a viewer who may not know of it as well."""
    number = -1
    if isinstance(reference, int) or requests.ID.fullmatch(reference):
        number = int(reference)
    elif requests.NUMBER.fullmatch(reference) and (row := tx.one(statements.ID_BY_NUMBER, (reference,))) is not None:
        number = row[0]
    row = tx.one(statements.CASE_PEEK, (number,)) if 0 < number < 2**63 else None
    if row is None:
        raise secrecy.no_case(reference)
    return secrecy.require(draft.read(row, known, tx), viewer, reference)


def case(tx: database.Transaction, known: catalog.Catalog, found: draft.Draft, *, viewer: str | None, now: int) -> CaseView:
    """One case with those that belong to it. Raises NotFound for a viewer who is no person of the programme, or may not know of it."""
    secrecy.require(found, viewer, found.number)
    return replace(cases(tx, [found], viewer=viewer, now=now)[0], links=around(tx, known, found, viewer=viewer))


def around(tx: database.Transaction, known: catalog.Catalog, found: draft.Draft, *, viewer: str | None) -> tuple[LinkView, ...]:
    """Who opened a case, and the cases linked to it, at most `MOST_LINKS`; those that the viewer may know of."""
    named = [(links_.OPENER, opener.id) for opener in found.openers]
    named += [(name, case_id) for name, case_id in tx.all(links.AROUND, (found.id, MOST_LINKS))]
    ids = sorted({case_id for _, case_id in named})
    cases = {row[0]: draft.read(row, known, tx) for row in tx.all(statements.CASES_PEEK, (tx.listed(ids),))} if ids else {}
    return tuple(_link(name, cases[case_id]) for name, case_id in named if case_id in cases and secrecy.sees(cases[case_id], viewer))


def _link(name: str, case: draft.Draft) -> LinkView:
    flow = case.compiled.workflow
    return LinkView(name=name, number=case.number, workflow=flow.workflow, state=case.state, state_title=flow.states[case.state].title)


def cases(tx: database.Transaction, found: Sequence[draft.Draft], *, viewer: str | None, now: int) -> list[CaseView]:
    """Several cases that the viewer may know of, with one query for all their personal values."""
    kept = secrecy.personal(tx, (each.id for each in found if secrecy.holds(each)))
    asking = [each.id for each in found if each.compiled.asks]
    asked = answers.many(tx, asking) if asking else {}
    return [_view(each, kept.get(each.id, ()), asked.get(each.id, ()), viewer=viewer, now=now) for each in found]


def possible(found: draft.Draft, viewer: str | None, *, now: int) -> tuple[str, ...]:
    """The triggers that the viewer may pull now; for the operator, those that anybody may."""
    compiled, at = found.compiled, max(now, found.latest)
    return tuple(
        t
        for t in _may(found, viewer)
        if extensions.against(compiled, found.folds, t, at=at) is None and checklists.against(compiled, found.facts, t) is None
    )


def _may(found: draft.Draft, viewer: str | None) -> tuple[str, ...]:
    if viewer is None:
        return found.compiled.machine.leaving.get(found.state, ())
    asked = machine.Asked(
        actor=viewer, words=secrecy.answers_to(found, viewer), facts=found.facts, given=frozenset(), last=found.last, counts=found.counts
    )
    return found.compiled.machine.possible(found.state, asked)


def clock_views(found: draft.Draft, folds: draft.Fold, *, now: int, hides: frozenset[str] = frozenset()) -> tuple[ClockView, ...]:
    """The clocks that have begun, in the order of the definition; what the facts in `hides` are is not told by them."""
    return tuple(
        clock_view(found.compiled, name, folds[name], now=now, hides=hides) for name in found.compiled.workflow.clocks if name in folds
    )


def clock_view(
    compiled: catalog.Compiled, name: str, fold: clocks.ClockFold, *, now: int, hides: frozenset[str] = frozenset()
) -> ClockView:
    """One clock as its fold stands."""
    plan = compiled.plans[name]
    calendar = compiled.definition.calendars.get(plan.measure(fold.terms)[0])
    reckoned = clocks.reckon(plan, fold, compiled.timelines, now=now)
    if secrecy.unruled(compiled, name, hides):
        reckoned = replace(reckoned, rule=UNTOLD)
    if secrecy.undated(compiled, name, hides):
        reckoned = replace(reckoned, remaining=None, due=None, target=None, rule=UNTOLD, breached_at=None)
    return ClockView(title=compiled.workflow.clocks[name].title, hours=calendar.title if calendar is not None else None, reckoned=reckoned)


def _view(found: draft.Draft, kept: Sequence[secrecy.Given], asked: Sequence[answers.Answer], *, viewer: str | None, now: int) -> CaseView:
    flow = found.compiled.workflow
    facts, may, hides = secrecy.facts_as(found, found.facts, kept, viewer), possible(found, viewer, now=now), secrecy.hidden(found, viewer)
    return CaseView(
        id=found.id,
        number=found.number,
        programme=found.compiled.programme,
        workflow=flow.workflow,
        definition=found.compiled.hash,
        state=found.state,
        version=found.version,
        facts=facts,
        reporter=found.reporter,
        unit=None if "unit" in hides else found.unit,
        urgent=secrecy.urgent_to(found, hides),
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        zone=found.compiled.zone,
        title=flow.title,
        state_title=flow.states[found.state].title,
        clocks=clock_views(found, found.folds, now=max(now, found.latest), hides=hides),
        possible=may,
        said=wording.facts(found.compiled, found.town, facts),
        buttons=wording.moves(found.compiled, may),
        unplaced=tuple(
            name
            for point, names in found.compiled.located.items()
            if facts.get(point) is not None and point not in hides
            for name in names
            if name not in hides and facts.get(name) is None
        ),
        suggested=wording.suggested(found.compiled, facts) if found.closed_at is None else (),
        asked=tuple(asked),
    )


def entries(tx: database.Transaction, known: catalog.Catalog, found: draft.Draft, *, viewer: str | None) -> list[EntryView]:
    """The whole history of a case, oldest first. Raises NotFound for a viewer who is no person of the programme."""
    if viewer is not None:
        secrecy.answers_to(secrecy.require(found, viewer, found.number), viewer)
    kept = secrecy.personal(tx, [found.id]).get(found.id, []) if secrecy.may_hold(found) else []
    rows = history.rows(tx, found.id)
    without = redaction.unknown(tx, known, rows, viewer)
    return [_entry(found, row, kept, viewer, without) for row in rows]


def _entry(
    found: draft.Draft, row: tuple[Any, ...], kept: Sequence[secrecy.Given], viewer: str | None, without: frozenset[str]
) -> EntryView:
    return EntryView(
        seq=row[history.SEQ],
        kind=row[history.KIND],
        at=row[history.AT],
        recorded_at=row[history.RECORDED],
        trigger=row[history.TRIGGER],
        from_state=row[history.FROM],
        to_state=row[history.TO],
        actor=row[history.ACTOR],
        facts=secrecy.facts_as(found, orjson.loads(row[history.FACTS]), kept, viewer),
        detail=_detail(redaction.detail(found, row, viewer, without), found.compiled.zone),
        digest=bytes(row[history.DIGEST]).hex(),
    )


def _detail(kept: dict[str, Any], zone: str) -> dict[str, Any]:
    """What the entry keeps beside its facts, for people: rungs from 1, moments in the programme's zone."""
    said = dict(kept)
    if "rung" in kept:
        said["rung"] = kept["rung"] + 1
    if "until" in kept:
        said["until"] = times.written(kept["until"], zone)
    if "due" in kept:
        said["due"] = times.written(kept["due"], zone)
    if "skipped" in kept:
        said["skipped"] = [{"rung": rung + 1, "repeat": repeat} for rung, repeat in kept["skipped"]]
    if "told" in kept:
        said["told"] = [{"recipient": who, "channel": channel, "template": template} for who, channel, template in kept["told"]]
    if "extension" in kept:
        clock, amount, unit = kept["extension"]
        said["extension"] = {"clock": clock, "seconds": seconds(amount), "unit": unit}
    if "ended" in kept:
        said["ended"] = {
            name: {**how, "due": times.written(how["due"], zone), "breached_at": times.written(how["breached_at"], zone)}
            for name, how in kept["ended"].items()
        }
    if "rungs" in kept:
        said["rungs"] = {name: [[before + 1, after + 1] for before, after in pairs] for name, pairs in kept["rungs"].items()}
    if "schedule" in kept:
        said["schedule"] = {**kept["schedule"], "moment": times.written(kept["schedule"]["moment"], zone)}
    if "moved" in kept:
        said["moved"] = {name: [times.written(due, zone) for due in dues] for name, dues in kept["moved"].items()}
    return said
