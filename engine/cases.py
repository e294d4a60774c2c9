"""Open a case, move it, acknowledge a clock: the only writer of a case's state. Singly or in batches, one transaction each.

Every trigger, from people and from timers alike, goes through `move`. One transaction holds state, history, timers and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson

from engine import (
    actors,
    answers,
    asking,
    awards,
    backdating,
    catalog,
    chain,
    checklists,
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
from storage import database, statements

Refusal = errors.EngineError | states_errors.StatesError
REFUSALS = (errors.EngineError, states_errors.StatesError)
"""The same for an `except`: whatever a rule says no with."""
Outcome = requests.Done | Refusal
_NOBODY: frozenset[str] = frozenset()
_REPORTER = frozenset({"reporter"})
MOST_AT_ONCE = 1000
"""Rungs of one clock that fire at one moment at most; a ladder has 50, and more can only come of a definition that goes round."""
REPLAYS = 5
"""How often a transaction is tried again when another process changed the same case at the same moment."""


def perform(store: database.Store, known: catalog.Catalog, asked: Sequence[requests.Request], *, now: int) -> list[Outcome]:
    """Carry out requests in order, in one transaction; a refusal touches nothing but its own request."""
    with store.writing() as tx:
        return perform_in(tx, known, asked, now=now)[0]


def perform_in(
    tx: database.Transaction, known: catalog.Catalog, asked: Sequence[requests.Request], *, now: int
) -> tuple[list[Outcome], int | None]:
    """As `perform`, inside the caller's transaction; also the earliest due of the timers it armed, for the doorbell."""
    batch = draft.Batch(tx, known, now, openings=sum(isinstance(r, requests.Opening) for r in asked))
    earlier = _earlier(tx, asked)
    ids = _ids(tx, asked)
    batch.load(i for i in ids if i is not None)
    batch.media(_named(asked))
    outcomes: list[Outcome] = []
    for request, case_id in zip(asked, ids, strict=True):
        try:
            outcomes.append(once(batch, request, case_id, earlier))
        except REFUSALS as refusal:
            outcomes.append(refusal)
    return outcomes, batch.flush() if batch.changed else None


def once(batch: draft.Batch, request: requests.Request, case_id: int | None, earlier: dict[str, tuple[bytes, int, int]]) -> requests.Done:
    """A request, unless its key has been used (`earlier`: key → digest, case, entry): then what came of it. Raises its refusal."""
    if request.key is None:
        return _carry_out(batch, request, case_id)
    digest = requests.digest(request)
    used = earlier.get(request.key)
    if used is not None:
        if used[0] != digest:
            raise errors.KeyReused(request.key)
        batch.load([used[1]])
        case = batch.drafts[used[1]]
        return requests.Done(case=case.id, number=case.number, seq=used[2], state=case.state, version=case.version, again=True)
    done = _carry_out(batch, request, case_id)
    batch.keys.append((request.key, digest, done.case, done.seq, batch.now))
    earlier[request.key] = (digest, done.case, done.seq)
    return done


def _carry_out(batch: draft.Batch, request: requests.Request, case_id: int | None) -> requests.Done:
    if isinstance(request, requests.Opening):
        case, seq = _open(batch, request)
    else:
        if case_id is None or case_id not in batch.drafts:
            raise secrecy.no_case(request.case)
        case = batch.drafts[case_id]
        if isinstance(request, requests.Answering):
            answered = _answer(batch, case, request)
            drain(batch)
            return answered
        if case.compiled.veils:
            secrecy.require(case, request.actor, request.case)
        seq = _move(batch, case, request) if isinstance(request, requests.Move) else _acknowledge(batch, case, request)
    if batch.errands:
        drain(batch)
    return requests.Done(case=case.id, number=case.number, seq=seq, state=case.state, version=case.version)


def _open(batch: draft.Batch, request: requests.Opening) -> tuple[draft.Draft, int]:
    compiled = batch.catalog.newest(batch.tx, request.programme, request.workflow)
    town = batch.catalog.of(request.programme)
    at = _happened(request.at, batch.now, compiled.zone)
    if request.occasion is None:
        _may_open(town, compiled, request)
    kept = facts.check(compiled, town, request.facts)
    facts.required(compiled, kept)
    facts.require_stored(compiled, kept, batch.media)
    placed = routing.placed(compiled, town, kept, {}) if compiled.located else None
    apart = facts.set_apart(compiled, kept) if compiled.personal else []
    reporter = request.actor if request.occasion is None else None
    prepared = linking.prepare(batch, None, compiled, machine.OPEN, linking.Going(kept, reporter, reporter))
    case = begin(
        batch, compiled, town, reporter=reporter, kept=kept, at=at, apart=apart, occasion=request.occasion, prepared=prepared, placed=placed
    )  # fmt: skip
    return case, 1


def _may_open(town: catalog.InForce, compiled: catalog.Compiled, request: requests.Opening) -> None:
    unit = _unit_of(town, request)
    answers_to = actors.words(town, request.actor, unit=unit, reporter=request.actor, tracker=None)
    may = compiled.workflow.opened_by
    if not answers_to & frozenset(may):
        who = request.actor or "anonymous"
        raise states_errors.RoleRefused(trigger=machine.OPEN, actor=who, by=may, possible=(), unit=unit, scopes=town.people.scope)


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
    depth: int = 0,
) -> draft.Draft:
    """A new case in its first state; whether it may be opened, and what its opening brings with it (`prepared`), has been asked.

    `opener` is the case that opens it, `occasion` the moment of a schedule that does. What the system opens has no reporter.
    `placed`: where its points were found to lie."""
    awarded: tuple[awards.Record, ...] = ()
    if machine.OPEN in compiled.awards:
        people = {"reporter": reporter, "tracker": kept.get("tracker"), "actor": reporter}
        awarded = ledger.due(batch.book(), compiled, town, ledger.Asked(trigger=machine.OPEN, at=at, facts=kept, people=people))
    day = times.local(at, compiled.zone).strftime("%Y%m%d")
    prefix = town.live.programme.prefix
    serial = batch.number(f"{prefix}-{day}")
    initial, number = compiled.workflow.initial, f"{prefix}-{day}-{serial:04d}"
    if compiled.drawn:
        kept = {**linking.drawn(compiled, number), **kept}
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
    _record(batch, case, effect, actor=actor, apart=apart, prepared=prepared, noted=noted, awarded=awarded, depth=depth)
    return case


def _unit_of(town: catalog.InForce, request: requests.Opening) -> str | None:
    """The unit in which the roles of somebody who opens a case count: the one he gives, else his own."""
    given, person = request.facts.get("unit"), town.live.people.people.get(request.actor or "")
    return given if isinstance(given, str) else person.unit if person is not None else None


def _move(batch: draft.Batch, case: draft.Draft, request: requests.Move) -> int:
    if request.if_version is not None and request.if_version != case.version:
        raise errors.StaleVersion(case.number, given=request.if_version, found=case.version)
    if request.actor in requests.RESERVED:
        raise errors.NotFound("person", request.actor, zh="人员")
    given, step = checklists.apart(case.compiled, request.trigger, request.facts)
    kept = facts.check(case.compiled, case.town, given) if given else {}
    facts.require_stored(case.compiled, kept, batch.media)
    placed = routing.placed(case.compiled, case.town, kept, case.facts) if case.compiled.located and kept else None
    apart = facts.set_apart(case.compiled, kept) if case.compiled.personal else []
    return move(batch, case, request.trigger, actor=request.actor, kept=kept, at=request.at, apart=apart, placed=placed, step=step)


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
    depth: int = 0,
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
    at = _happened(at, batch.now, compiled.zone) if at is not None else max(batch.now, case.latest)
    past = backdating.past(batch, case, at) if at < case.latest else None
    state = case.state if past is None else past.state
    answers_to = _answers_to(case, actor, excused=excused, answer=answer)
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
    _moved(case, effect, actor, changes=past is None or to_state != state)
    if kept:
        case.facts = after if past is None else past.facts_with(effect)
        case.facts_text = None
        case.urgent = compose.is_urgent(case.town.people, case.facts)
    notes = {"located": placed or None, "routed": routed and routed[1].body(), "answer": answer, "ticked": step}
    noted = {name: note for name, note in notes.items() if note is not None}
    seq = _record(
        batch, case, effect, actor=actor, apart=apart, past=past, prepared=prepared, noted=noted, awarded=awarded, depth=depth
    )  # fmt: skip
    if trigger in compiled.asks and compiled.workflow.satisfaction is not None:
        asking.ask(batch, case, compiled.workflow.satisfaction)
    linking.closed(batch, case, was=was_closed, depth=depth, at=at)
    return seq


def _answers_to(case: draft.Draft, actor: str, *, excused: bool, answer: int | None) -> frozenset[str]:
    """The words of whoever pulls a trigger; an answer is given in the reporter's name."""
    # who has left since cannot be asked what he may, and need not be
    words = actors.of(case, actor) if not excused and actor != requests.SYSTEM else _NOBODY
    return words if answer is None else words | _REPORTER


def _moved(case: draft.Draft, effect: clocks.Effect, actor: str, *, changes: bool) -> None:
    """State, version and who did what how often, after a move that has been decided; `changes`: the state is its to say."""
    compiled, trigger, at = case.compiled, effect.trigger, effect.at
    case.version += 1
    if changes:
        if effect.to_state != case.state:
            case.changed_at = at
        case.state = effect.to_state
        case.closed_at = (case.closed_at or at) if effect.to_state in compiled.machine.final else None
    if trigger in compiled.watched:
        case.last[trigger] = actor
    if trigger in compiled.counted:
        case.counts[trigger] = case.counts.get(trigger, 0) + 1


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


def drain(batch: draft.Batch) -> None:
    """Tell the other cases what moves of this transaction have for them, until nobody has anything left to say."""
    while batch.errands:
        errand = batch.errands.pop(0)
        for case, trigger, given in linking.told(batch, errand):
            try:
                if errand.depth > linking.DEEPEST:
                    raise errors.TellsInCircles(case.number, trigger)
                kept = facts.check(case.compiled, case.town, given) if given else {}
                placed = routing.placed(case.compiled, case.town, kept, case.facts) if case.compiled.located and kept else None
                at = errand.at if errand.at >= case.latest else None
                move(batch, case, trigger, actor=requests.LINKED, kept=kept, at=at, placed=placed, depth=errand.depth)
            except REFUSALS as refusal:
                rungs.refused(batch, case, trigger, refusal, actor=requests.LINKED)


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
    depth: int = 0,
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
    if prepared is not linking.NOTHING:
        detail |= linking.carry_out(batch, case, prepared, begin, at=effect.at, depth=depth)
    if effect.extension is not None:
        detail["extension"] = effect.extension
    if noted:
        detail |= noted
    if awarded:
        detail["awarded"] = [record.body() for record in awarded]
        case.standing_awards = awards.after(case.standing_awards, effect.seq, effect.trigger, awarded)
        batch.book().post(
            awards.rows(
                programme=compiled.programme, case=case.id, seq=effect.seq, trigger=effect.trigger, actor=actor,
                at=effect.at, recorded=max(batch.now, effect.at), records=awarded,
            )
        )  # fmt: skip
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
        linking.owe(batch, case, effect.trigger, at=effect.at, depth=depth)
    return case.length


def _acknowledge(batch: draft.Batch, case: draft.Draft, request: requests.Acknowledgement) -> int:
    at = _happened(request.at, batch.now, case.compiled.zone) if request.at is not None else max(batch.now, case.latest)
    if at < case.latest:
        raise errors.TooEarly(
            f"an acknowledgement counts from when it is made; {case.number} has later entries, so leave --at away",
            f"确认从作出之时起算；{case.number} 之后已有记录，请不要指定 --at",
        )
    rungs.may_acknowledge(case, request.clock, request.actor, now=batch.now)
    effect = clocks.Effect(
        at=at, seq=case.length + 1, trigger="acknowledge", kind=None, from_state=case.state, to_state=case.state, facts={}, acknowledged=request.clock
    )  # fmt: skip
    before = case.folds
    case.folds = clocks.apply(case.compiled.plans, before, effect, case.facts, case.compiled.timelines)
    batch.rearm(case, before)
    detail = orjson.dumps({"clock": request.clock, "round": case.folds[request.clock].round}).decode()
    batch.append(
        case,
        draft.Entry(
            kind="acknowledge", at=at, trigger="acknowledge", from_state=case.state, to_state=case.state, actor=request.actor, detail=detail
        ),
    )
    return case.length


def _answer(batch: draft.Batch, case: draft.Draft, request: requests.Answering) -> requests.Done:
    """Whether all is well now: recorded once; whoever is not satisfied has the case reopened, if its rules allow that."""
    rule = case.compiled.workflow.satisfaction
    asked = asking.standing(batch, case, request)
    own = asked[0]
    if own.answer is not None:
        given = answers.Said.SATISFIED if request.satisfied else answers.Said.DISSATISFIED
        if own.answer != given or rule is None:
            raise errors.AnswerGiven(case.number, own.answer, times.written(own.answered_at or own.asked_at, case.compiled.zone) or "")
        return requests.Done(
            case=case.id, number=case.number, seq=own.answer_seq or own.seq, state=case.state, version=case.version, again=True
        )
    if rule is None:
        raise errors.NotFound("question", case.number, zh="询问")
    seq = asking.record(batch, case, rule, asked, request)
    if not request.satisfied and rule.reopens is not None:
        try:
            kept = facts.check(case.compiled, case.town, asking.reasons(case, rule.reopens, request.reason))
            apart = facts.set_apart(case.compiled, kept) if case.compiled.personal else []
            actor = asking.actor_of(case, request.recipient)
            move(batch, case, rule.reopens, actor=actor, kept=kept, apart=apart, answer=seq)
        except REFUSALS as refusal:
            asking.refused(batch, case, rule.reopens, refusal, request.recipient)
    return requests.Done(case=case.id, number=case.number, seq=seq, state=case.state, version=case.version)


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


def _happened(at: int | None, now: int, zone: str) -> int:
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


def _earlier(tx: database.Transaction, asked: Sequence[requests.Request]) -> dict[str, tuple[bytes, int, int]]:
    """What the requests' keys were used for: key → (digest, case, entry)."""
    keys = [r.key for r in asked if r.key is not None]
    if not keys:
        return {}
    rows = tx.all(statements.KEY_ONE, (keys[0],)) if len(keys) == 1 else tx.all(statements.KEYS_MANY, (tx.listed(keys),))
    return {key: (bytes(digest), case_id, seq) for key, digest, case_id, seq in rows}


def _named(asked: Sequence[requests.Request]) -> list[str]:
    """The hashes of files that the requests' facts name, to be looked up together."""
    return [
        digest
        for r in asked
        if isinstance(r, requests.Opening | requests.Move)
        for value in r.facts.values()
        for digest in facts.hashes(value)
    ]


def _ids(tx: database.Transaction, asked: Sequence[requests.Request]) -> list[int | None]:
    """The id of each request's case; None for openings and for cases nobody knows."""
    cases = [None if isinstance(r, requests.Opening) else r.case for r in asked]
    numbers = [c for c in cases if isinstance(c, str) and requests.NUMBER.fullmatch(c)]
    known: dict[str, int] = {}
    if numbers:
        known = dict(cast("list[tuple[str, int]]", tx.all(statements.IDS_BY_NUMBER, (tx.listed(numbers),))))
    return [
        c if isinstance(c, int) and 0 < c < 2**63 else int(c) if isinstance(c, str) and requests.ID.fullmatch(c) else known.get(str(c))
        for c in cases
    ]
