"""Why somebody may pull a trigger or not: every condition of a transition with its verdict, and who could do it instead.

Nothing is done. The verdict is the engine's own: the move is carried out on a draft that is never written, and what refuses
it there is the answer; the conditions are then looked at one by one, in the order in which the engine asks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from config import workflow
from config.words import Text
from engine import (
    actors,
    cases,
    catalog,
    checklists,
    conditions,
    draft,
    errors,
    extensions,
    facts,
    history,
    moving,
    requests,
    routing,
    secrecy,
    standing,
)
from engine import now as times
from notifications import passed
from states import errors as states_errors
from states import machine
from storage import database


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: a trigger, who pulls it (a person's id, or `timer`), with which facts, under which version he saw."""

    trigger: str
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    if_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who has a role that may, and whom four eyes do not keep off; `person` is an id, `timer` or `anyone`. `hours`: his shifts at the desk."""

    person: str
    words: tuple[str, ...]
    hours: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict at a moment (UTC microseconds). `refusal` is None where it may be done. `path`: triggers that lead to where it is possible."""

    number: str
    case: int
    state: str
    at: int
    zone: str
    asked: Asked
    refusal: moving.Refusal | None
    conditions: tuple[conditions.Condition, ...]
    may: tuple[Candidate, ...]
    path: tuple[str, ...] | None
    seq: int | None = None
    """The entry of the history that records the refusal, where it is one."""

    @property
    def possible(self) -> bool:
        return self.refusal is None

    def body(self, language: str) -> dict[str, Any]:
        refusal = self.refusal
        said = None if refusal is None else refusal.zh if language == "zh" else str(refusal)
        return {
            "case": self.case,
            "number": self.number,
            "state": self.state,
            "at": times.written(self.at, self.zone),
            "trigger": self.asked.trigger,
            "actor": self.asked.actor,
            "seq": self.seq,
            "possible": self.possible,
            "code": None if refusal is None else refusal.code,
            "message": said,
            "conditions": [
                {"code": each.code, "about": each.about, "holds": each.holds, "said": each.said.say(language)} for each in self.conditions
            ],
            "may": [
                {
                    "person": each.person,
                    "as": list(each.words),
                    "hours": None if each.hours is None else each.hours.say(language),
                }
                for each in self.may
            ],
            "path": None if self.path is None else list(self.path),
            "instead": [] if refusal is None else list(refusal.possible),
        }


def decide(
    tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, asked: Asked, *, at: int | None = None, now: int
) -> Decision:
    """Weigh a move now, or as the engine knew the case at an earlier moment (at a later one: if nothing happens until then).

    What is said of the case's facts is what the one who asks may see. Raises NotFound for a stranger, TriggerUnknown, and TooEarly before the opening."""
    moment = now if at is None else at
    if moment < case.opened_at:
        opened = times.written(case.opened_at, case.compiled.zone)
        raise errors.TooEarly(
            f"{case.number} was opened at {opened}; there is nothing to decide before",
            f"{case.number} 于 {opened} 开案；此前没有可判断的内容",
        )
    rows = history.rows(tx, case.id)
    then = case if at is None else standing.known_at(case, rows, at)
    hides = secrecy.hidden(case, asked.actor)
    return _weigh(tx, known, then, [row for row in rows if row[history.SEQ] <= then.length], asked, now=moment, hides=hides)


def refused(tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, *, viewer: str | None = None) -> list[Decision]:
    """Every trigger of a rung that the rules refused, as the history records it, oldest first: why, as the case then stood."""
    rows = history.rows(tx, case.id)
    found, hides = [], secrecy.hidden(case, viewer)
    for place, row in enumerate(rows):
        if row[history.KIND] == "refused" and "answer" not in orjson.loads(row[history.DETAIL]):
            before = rows[:place]
            then, asked = standing.after(case, before), Asked(trigger=row[history.TRIGGER], actor=requests.TIMER)
            weighed = _weigh(tx, known, then, before, asked, now=row[history.AT], hides=hides)
            found.append(replace(weighed, seq=row[history.SEQ]))
    return found


def _weigh(
    tx: database.Transaction,
    known: catalog.Catalog,
    case: draft.Draft,
    rows: standing.Rows,
    asked: Asked,
    *,
    now: int,
    hides: frozenset[str],
) -> Decision:
    moment = max(now, case.latest)
    refusal = _tried(tx, known, case, asked, now=now)
    if isinstance(refusal, errors.NotFound | states_errors.TriggerUnknown):
        raise refusal
    rule = case.compiled.workflow.transitions[asked.trigger]
    return Decision(
        number=case.number,
        case=case.id,
        state=case.state,
        at=moment,
        zone=case.compiled.zone,
        asked=asked,
        refusal=refusal,
        conditions=tuple(_conditions(tx, known, case, rule, rows, asked, now=moment, hides=hides)),
        may=tuple(_candidates(case, rule, now=moment)),
        path=_path(case.compiled.machine, case.state, rule) if case.state not in rule.from_ else None,
    )


def _tried(tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, asked: Asked, *, now: int) -> moving.Refusal | None:
    """What the engine says to the move itself. The draft it is tried on is a copy, and the batch is never flushed."""
    batch = draft.Batch(tx, known, now, alone=True, weighing=True)
    batch.drafts[case.id] = trial = replace(case, last=dict(case.last), counts=dict(case.counts), timers=dict(case.timers))
    try:
        if asked.actor == requests.TIMER:
            moving.move(batch, trial, asked.trigger, actor=requests.TIMER, kept={})
        else:
            request = requests.Move(case=case.id, trigger=asked.trigger, actor=asked.actor, facts=asked.facts, if_version=asked.if_version)
            cases.once(batch, request, case.id, {})
    except moving.REFUSALS as refusal:
        return refusal
    return None


def _conditions(
    tx: database.Transaction,
    known: catalog.Catalog,
    case: draft.Draft,
    rule: workflow.Transition,
    rows: standing.Rows,
    asked: Asked,
    *,
    now: int,
    hides: frozenset[str],
) -> Iterator[conditions.Condition]:
    """In the order in which the engine asks, so that the first that does not hold is what refuses."""
    if asked.if_version is not None:
        yield conditions.version(case, asked.if_version)
    kept: dict[str, Any] = {}
    given, step = checklists.apart(case.compiled, asked.trigger, asked.facts)
    for name, value in given.items():
        try:
            kept |= facts.check(case.compiled, case.town, {name: value})
        except errors.FactInvalid as wrong:
            yield conditions.invalid(name, wrong)
    routed = routing.filled(case.compiled, case.town, asked.trigger, kept, case.facts)
    if routed is not None:
        kept[routed[0]] = routed[1].unit
    words = actors.of(case, asked.actor)
    yield conditions.state(case, asked.trigger, rule)
    yield conditions.role(case, asked.actor, words, rule)
    yield from (conditions.four_eyes(case, did, asked.actor, rows) for did in rule.not_by)
    yield from conditions.counted(case, asked.trigger, rule)
    yield from (conditions.needed(name, kept) for name in rule.needs)
    yield from (conditions.unasked(name, asked.trigger, rule) for name in kept if name not in (*rule.needs, *rule.takes))
    yield from (conditions.matched(name, values, {**case.facts, **kept}, hides - kept.keys()) for name, values in (rule.when or {}).items())
    yield from conditions.checklists(case, rule, step, words)
    if rule.places is not None:
        taken = draft.Batch(tx, known, now, weighing=True).others_in(case, rule.places.in_)
        yield conditions.places(case, rule.places, taken)
    if rule.extends is not None:
        against = extensions.against(case.compiled, case.folds, asked.trigger, at=now)
        yield conditions.extension(case, rule.extends.clock, against, now=now)


def _candidates(case: draft.Draft, rule: workflow.Transition, *, now: int) -> Iterator[Candidate]:
    """Whom the rule means, in the order of people.yaml; those at the desk now first."""
    by = frozenset(rule.by)
    for special in (word for word in ("anyone", "timer") if word in by):
        yield Candidate(person=special, words=(special,))
    directory = case.town.people
    found: list[tuple[bool, Candidate]] = []
    for person in case.town.live.people.people:
        words = actors.of(case, person) & (by - {"anyone"})
        if not words or any(case.last.get(did) == person for did in rule.not_by):
            continue
        desks = [word for word in sorted(words) if directory.scope.get(word) == "desk"]
        away = bool(desks) and len(desks) == len(words) and not any(person in directory.seated(d, directory.seat(d, now)) for d in desks)
        hours = next((said for desk in desks if (said := passed.shifts(directory, desk, person)) is not None), None)
        found.append((away, Candidate(person=person, words=tuple(sorted(words)), hours=hours)))
    yield from (candidate for _, candidate in sorted(found, key=lambda each: each[0]))


def _path(compiled: machine.Machine, state: str, rule: workflow.Transition) -> tuple[str, ...] | None:
    """The fewest triggers that lead to a state the transition starts from; None where none do."""
    ways: dict[str, tuple[str, ...]] = {state: ()}
    waiting = [state]
    for place in waiting:
        if place in rule.from_:
            return ways[place]
        for trigger in compiled.leaving.get(place, ()):
            target = compiled.table[place, trigger]
            if target not in ways:
                ways[target] = (*ways[place], trigger)
                waiting.append(target)
    return None
