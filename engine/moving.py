"""Begin a case, move it, fire its clocks: the only writer of a case's state. What callers ask comes in through `cases`.

Every trigger, from people, timers and linked cases alike, goes through `move`. The caller's transaction holds state, history, timers,
messages, postings and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from engine import (
    actors,
    affording,
    asking,
    awards,
    backdating,
    catalog,
    chain,
    draft,
    errors,
    extensions,
    facts,
    ledger,
    linking,
    particulars,
    requests,
    routing,
    rungs,
    secrecy,
)
from engine import now as times
from notifications import compose
from sla import clocks, ladders
from states import errors as states_errors
from states import machine

Refusal = errors.EngineError | states_errors.StatesError
REFUSALS = (errors.EngineError, states_errors.StatesError)
"""The same for an `except`: whatever a rule says no with."""
_NOBODY: frozenset[str] = frozenset()
_REPORTER = frozenset({"reporter"})
MOST_AT_ONCE = 1000
"""Rungs of one clock that fire at one moment at most; a ladder has 50, and more can only come of a definition that goes round."""


def begin(
    batch: draft.Batch,
    compiled: catalog.Compiled,
    town: catalog.InForce,
    *,
    reporter: str | None,
    kept: dict[str, Any],
    at: int,
    apart: Sequence[tuple[str, str, str]] = (),
    opener: draft.Opener | None = None,
    occasion: Mapping[str, Any] | None = None,
    prepared: linking.Prepared = linking.NOTHING,
    placed: Mapping[str, Any] | None = None,
    trail: linking.Trail = (),
) -> draft.Draft:
    """A new case in its first state; whether it may be opened, and what its opening brings with it (`prepared`), has been asked.

    `opener` is the case that opens it, `occasion` the moment of a schedule that does. What the system opens has no reporter.
    `placed`: where its points were found to lie."""
    awarded = affording.at_opening(batch.book, compiled, town, kept, reporter, at=at)
    if opener is None and prepared.births:
        affording.require(batch.book, compiled, town, prepared.births, awarded, at=at)
    series = _series(compiled, town, at)
    initial, number = compiled.workflow.initial, f"{series}-{batch.number(series):04d}"
    if compiled.drawn:
        kept = _with_draws(batch, compiled, number, kept)
    case = draft.Draft(
        id=batch.number("case"), number=number, compiled=compiled, town=town, state=initial, version=1,
        facts=kept, folds={}, last={}, counts={}, timers={}, latest=at, reporter=reporter, opened_at=at, changed_at=at,
        closed_at=None, head=chain.START, length=0, stored_length=0, urgent=compose.is_urgent(town.people, kept),
    )  # fmt: skip
    batch.drafts[case.id] = case
    if opener is not None:
        case.openers = (opener,)
    if machine.OPEN in compiled.watched and reporter is not None:
        case.last[machine.OPEN] = reporter
    effect = clocks.Effect(at=at, seq=1, trigger=machine.OPEN, kind=None, from_state=None, to_state=initial, facts=kept)
    actor = requests.LINKED if opener is not None else requests.SYSTEM if occasion is not None else reporter
    noted: dict[str, Any] = linking.opened_with(opener, reporter) if occasion is None else {"schedule": dict(occasion)}
    if placed:
        noted["located"] = placed
    _record(batch, case, effect, actor=actor, apart=apart, prepared=prepared, noted=noted, awarded=awarded, trail=trail)
    return case


def with_the_draw(batch: draft.Batch, compiled: catalog.Compiled, town: catalog.InForce, kept: dict[str, Any], at: int) -> dict[str, Any]:
    """The facts of a case about to be opened with what is drawn for the number that it will get."""
    series = _series(compiled, town, at)
    return _with_draws(batch, compiled, f"{series}-{batch.coming(series):04d}", kept)


def _with_draws(batch: draft.Batch, compiled: catalog.Compiled, number: str, kept: dict[str, Any]) -> dict[str, Any]:
    """Draws fall as the number of the case makes them, unless a rehearsal was told how."""
    return {**linking.drawn(compiled, number), **batch.luck.get(compiled.workflow.workflow, {}), **kept}


def _series(compiled: catalog.Compiled, town: catalog.InForce, at: int) -> str:
    """Within which the cases of a programme and a day are counted."""
    return f"{town.live.programme.prefix}-{times.local(at, compiled.zone):%Y%m%d}"


def move(
    batch: draft.Batch,
    case: draft.Draft,
    trigger: str,
    *,
    actor: str,
    kept: dict[str, Any],
    at: int | None = None,
    apart: Sequence[tuple[str, str, str]] = (),
    excused: bool = False,
    trail: linking.Trail = (),
    placed: Mapping[str, Any] | None = None,
    step: str | None = None,
    answer: int | None = None,
) -> int:
    """Pull a trigger: may it, where to, what that does to clocks, timers and messages. Returns the entry's number in the history.

    `step` is the one of a checklist that it ticks; `answer` the entry of an answer for which it is pulled, in the reporter's name.
    `excused`: who pulls it and with what is passed over, where it leads is not; for what has happened under other rules (what-if).
    `placed`: where the points among the facts were found to lie."""
    compiled = case.compiled
    routed = routing.filled(compiled, case.town, trigger, kept, case.facts) if trigger in compiled.routed and not excused else None
    if routed is not None:
        kept = {**kept, routed[0]: routed[1].unit}
    at = happened(at, batch.now, compiled.zone) if at is not None else max(batch.now, case.latest)
    past = backdating.past(batch, case, at) if at < case.latest else None
    state = case.state if past is None else past.state
    # who has left since cannot be asked what he may, and need not be
    answers_to = actors.of(case, actor) if not excused and actor != requests.SYSTEM else _NOBODY
    if answer is not None:
        answers_to |= _REPORTER
    after = {**case.facts, **kept} if kept else case.facts
    asked = machine.Asked(
        actor=actor, words=answers_to, facts=after, given=compiled.given(kept), last=case.last, counts=case.counts, unit=case.unit, scopes=case.town.people.scope
    )  # fmt: skip
    to_state = compiled.machine.leads(state, trigger) if excused else compiled.machine.step(state, trigger, asked)
    if past is not None:
        backdating.require_in_order(case, at, changes=to_state != state)
    if trigger in compiled.particular:
        listed = particulars.written(batch, case, trigger, to_state, kept, step=step, asked=asked, at=at, excused=excused)
        kept, after = {**kept, **listed}, {**after, **listed}
    extension = extensions.granted(case, past.folds_at(at) if past is not None else case.folds, trigger, after, at=at, asked=asked)
    if trigger in compiled.writes:
        kept = {**kept, **_written(compiled, trigger, actor)}
        after = {**case.facts, **kept}
    prepared = linking.prepare(batch, case, compiled, trigger, linking.Going(after, case.reporter, actor))
    was_closed = case.closed_at is not None
    effect = clocks.Effect(
        at=at, seq=case.length + 1, trigger=trigger, kind=compiled.kinds[trigger], from_state=state, to_state=to_state, facts=kept, extension=extension
    )  # fmt: skip
    awarded = _awarded(batch, case, effect, after, actor, excused=excused) if trigger in compiled.awards else ()
    if prepared.births:
        affording.require(batch.book, compiled, case.town, prepared.births, awarded, at=at)
    _stand(case, effect, actor, after=after, past=past)
    noted: dict[str, Any] = {"located": placed} if placed else {}
    if routed is not None:
        noted["routed"] = routed[1].body()
    if answer is not None:
        noted["answer"] = answer
    elif step is not None:
        noted["ticked"] = step
    seq = _record(
        batch, case, effect, actor=actor, apart=apart, past=past, prepared=prepared, noted=noted, awarded=awarded, trail=trail
    )  # fmt: skip
    if trigger in compiled.asks and compiled.workflow.satisfaction is not None:
        asking.ask(batch, case, compiled.workflow.satisfaction)
    linking.closed(batch, case, was=was_closed, at=at, trail=(*trail, (case.id, trigger)))
    if compiled.joins and past is None:
        linking.arrived(batch, case, came_from=state, at=at, trail=(*trail, (case.id, trigger)))
    return seq


def _stand(
    case: draft.Draft, effect: clocks.Effect, actor: str, *, after: dict[str, Any], past: backdating.Past | None
) -> None:  # fmt: skip
    """The case as the move leaves it: state, facts, who did what how often."""
    compiled, trigger, to_state = case.compiled, effect.trigger, effect.to_state
    case.version += 1
    if past is None or to_state != effect.from_state:
        if to_state != case.state:
            case.changed_at = effect.at
        case.state = to_state
        case.closed_at = (case.closed_at or effect.at) if to_state in compiled.machine.final else None
    if trigger in compiled.watched:
        case.last[trigger] = actor
    if trigger in compiled.counted:
        case.counts[trigger] = case.counts.get(trigger, 0) + 1
    if effect.facts:
        case.facts = after if past is None else past.facts_with(effect)
        case.facts_text = None
        case.urgent = compose.is_urgent(case.town.people, case.facts)


def _written(compiled: catalog.Compiled, trigger: str, actor: str) -> dict[str, Any]:
    """The facts that the engine writes with a move."""
    claims, constants = compiled.writes[trigger]
    return dict(constants) if claims is None else {**constants, claims: actor}


def _awarded(
    batch: draft.Batch, case: draft.Draft, effect: clocks.Effect, after: dict[str, Any], actor: str, *, excused: bool
) -> tuple[awards.Record, ...]:
    """What the move does in the ledger; raises its refusal before anything has changed."""
    people = {"reporter": case.reporter, "tracker": after.get("tracker"), "actor": actor}
    asked = ledger.Asked(trigger=effect.trigger, at=effect.at, facts=after, people=people, standing=case.standing_awards, excused=excused)
    return ledger.due(batch.book(), case.compiled, case.town, asked)


def _record(
    batch: draft.Batch,
    case: draft.Draft,
    effect: clocks.Effect,
    *,
    actor: str | None,
    apart: Sequence[tuple[str, str, str]] = (),
    past: backdating.Past | None = None,
    prepared: linking.Prepared = linking.NOTHING,
    noted: Mapping[str, Any] | None = None,
    awarded: Sequence[awards.Record] = (),
    trail: linking.Trail = (),
) -> int:
    """Clocks, timers, messages, postings and the entry of one effect that has been decided. `noted`: what else the entry keeps."""
    compiled, before = case.compiled, case.folds
    if past is None:
        case.folds = clocks.apply(compiled.plans, before, effect, case.facts, compiled.timelines)
    else:
        case.folds = past.folds_with(effect)
    batch.rearm(case, before if past is None else None)
    about = case.about(max(effect.at, batch.now))  # who is told of what was recorded late hears of it now
    sieve = secrecy.sieve(case) if compiled.veils else None
    told = batch.tell(case, compose.notices(compiled.notices, case.town.people, about, effect.trigger, urgent=case.urgent, sieve=sieve))
    detail: dict[str, Any] = {"told": told} if told else {}
    if sieve is not None and sieve.withheld:
        detail["withheld"] = list(sieve.withheld)
    if awarded:
        batch.book().post(
            awards.rows(
                programme=compiled.programme, case=case.id, seq=effect.seq, trigger=effect.trigger, actor=actor,
                at=effect.at, recorded=max(batch.now, effect.at), records=awarded,
            )
        )  # fmt: skip
    if prepared is not linking.NOTHING:
        detail |= linking.carry_out(batch, case, prepared, begin, at=effect.at, trail=(*trail, (case.id, effect.trigger)))
    if effect.extension is not None:
        detail["extension"] = effect.extension
    if noted:
        detail |= noted
    if awarded:
        detail["awarded"] = [record.body() for record in awarded]
        case.standing_awards = awards.after(case.standing_awards, effect.seq, effect.trigger, awarded)
    entry = draft.Entry(
        kind="open" if effect.from_state is None else "move",
        at=effect.at,
        trigger=effect.trigger,
        from_state=effect.from_state,
        to_state=effect.to_state,
        actor=actor,
        facts=orjson.dumps(effect.facts).decode() if effect.facts else "{}",
        detail=orjson.dumps(detail).decode() if detail else None,
    )
    batch.append(case, entry)
    for fact, salt, value in apart:
        batch.personal.append((case.id, case.length, fact, salt, value))
    if effect.trigger in compiled.effects:
        linking.owe(batch, case, effect.trigger, at=effect.at, trail=(*trail, (case.id, effect.trigger)))
    return case.length


def drain(batch: draft.Batch) -> None:
    """Tell the other cases what moves of this transaction have for them, until nobody has anything left to say."""
    while batch.errands:
        errand = batch.errands.pop(0)
        for case, trigger, given in linking.told(batch, errand):
            try:
                if len(errand.trail) > linking.DEEPEST or (case.id, trigger) in errand.trail:
                    raise errors.TellsInCircles(case.number, trigger)
                kept = facts.check(case.compiled, case.town, given) if given else {}
                placed = routing.placed(case.compiled, case.town, kept, case.facts) if case.compiled.located and kept else None
                apart = facts.set_apart(case.compiled, kept) if case.compiled.personal else ()
                at = errand.at if case.latest <= errand.at <= batch.now else None
                move(batch, case, trigger, actor=requests.LINKED, kept=kept, at=at, apart=apart, placed=placed, trail=errand.trail)
            except REFUSALS as refusal:
                rungs.refused(batch, case, trigger, refusal, actor=requests.LINKED)


def fire(batch: draft.Batch, case: draft.Draft, clock: str) -> list[rungs.Fired]:
    """Everything that is due on one clock of a case: the highest rung, and each trigger that is never skipped.

    Raises GoesRound where a trigger begins the clock anew at once and for ever; `check` refuses such definitions since."""
    fired: list[rungs.Fired] = []
    while clock in case.folds:
        firing = ladders.due(case.compiled.plans[clock], case.folds[clock], case.compiled.timelines, now=batch.now)
        if firing is None:
            break
        if len(fired) >= MOST_AT_ONCE:
            raise errors.GoesRound(case.number, clock)
        fired.append(rungs.fire(batch, case, clock, firing))
        trigger = rungs.trigger_of(case, clock, firing)
        if trigger is None:
            armed = case.timers.get(clock)
            if armed is None or armed[0] > batch.now:
                break
        else:
            try:
                move(batch, case, trigger, actor=requests.TIMER, kept={})
            except REFUSALS as refusal:
                rungs.refused(batch, case, trigger, refusal, clock=clock)
            if batch.errands:
                drain(batch)
    return fired


def happened(at: int | None, now: int, zone: str) -> int:
    """When it happened: now, or earlier if the caller says so; never later."""
    if at is None:
        return now
    if at > now:
        raise errors.TooEarly(
            f"--at lies in the future of this store ({times.written(now, zone)}); say when it happened, or leave --at away",
            f"--at 晚于当前时间（{times.written(now, zone)}）；请填写发生时间，或不填",
        )
    if at < 0:
        raise errors.TooEarly(
            "--at lies before 1970; say when it happened, or leave --at away", "--at 早于 1970 年；请填写发生时间，或不填"
        )
    return at
