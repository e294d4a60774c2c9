"""What callers ask of cases: open one, move it, acknowledge a clock, answer how it was. Singly or in batches, one transaction each.

What is asked is checked here; what becomes of the case is done by `moving`, the only writer of its state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson

from engine import (
    actors,
    answers,
    asking,
    catalog,
    checklists,
    draft,
    errors,
    facts,
    linking,
    moving,
    requests,
    routing,
    rungs,
    secrecy,
)
from engine import now as times
from sla import clocks
from states import errors as states_errors
from states import machine
from storage import database, statements

Outcome = requests.Done | moving.Refusal
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
        except moving.REFUSALS as refusal:
            outcomes.append(refusal)
    return outcomes, batch.flush() if batch.changed or batch.numbers else None


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
            moving.drain(batch)
            return answered
        if case.compiled.veils:
            secrecy.require(case, request.actor, request.case)
        seq = _move(batch, case, request) if isinstance(request, requests.Move) else _acknowledge(batch, case, request)
    if batch.errands:
        moving.drain(batch)
    return requests.Done(case=case.id, number=case.number, seq=seq, state=case.state, version=case.version)


def _open(batch: draft.Batch, request: requests.Opening) -> tuple[draft.Draft, int]:
    compiled = batch.catalog.newest(batch.tx, request.programme, request.workflow)
    town = batch.catalog.of(request.programme)
    at = moving.happened(request.at, batch.now, compiled.zone)
    if request.occasion is None:
        _may_open(town, compiled, request)
    kept = facts.check(compiled, town, request.facts)
    facts.required(compiled, kept)
    facts.require_stored(compiled, kept, batch.media)
    placed = routing.placed(compiled, town, kept, {}) if compiled.located else None
    apart = facts.set_apart(compiled, kept) if compiled.personal else []
    if compiled.drawn:
        kept = moving.with_the_draw(batch, compiled, town, kept, at)
    reporter = request.actor if request.occasion is None else None
    prepared = linking.prepare(batch, None, compiled, machine.OPEN, linking.Going(kept, reporter, reporter))
    case = moving.begin(
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
    return moving.move(batch, case, request.trigger, actor=request.actor, kept=kept, at=request.at, apart=apart, placed=placed, step=step)


def _acknowledge(batch: draft.Batch, case: draft.Draft, request: requests.Acknowledgement) -> int:
    at = moving.happened(request.at, batch.now, case.compiled.zone) if request.at is not None else max(batch.now, case.latest)
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
            moving.move(batch, case, rule.reopens, actor=actor, kept=kept, apart=apart, answer=seq)
        except moving.REFUSALS as refusal:
            asking.refused(batch, case, rule.reopens, refusal, request.recipient)
    return requests.Done(case=case.id, number=case.number, seq=seq, state=case.state, version=case.version)


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
