"""A rung fires: who is told, what the history keeps of it, and who may say "I am on it"."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from engine import actors, draft, errors, requests, secrecy
from notifications import compose
from sla import clocks, ladders
from states import errors as states_errors


class Fired(NamedTuple):
    """One rung that fired (numbered from 0), when it was due and when it fired, in UTC microseconds."""

    case: int
    number: str
    clock: str
    round: int
    rung: int
    repeat: int
    due: int
    at: int
    zone: str


def fire(batch: draft.Batch, case: draft.Draft, clock: str, firing: ladders.Firing) -> Fired:
    """Tell whom the rung and those it stands for name, append the entry, arm what comes next."""
    compiled, fold = case.compiled, case.folds[clock]
    at = max(batch.now, case.latest)
    place = compose.Place(clock=clock, round=fold.round, rung=firing.rung)
    sieve = secrecy.sieve(case) if compiled.veils else None
    messages, reached = compose.rung(
        compiled.notices, case.town.people, case.about(at), place, firing.skipped, urgent=case.urgent, sieve=sieve
    )
    if compiled.notices.rungs[clock][firing.rung].do is not None:
        # it tells of a move that ends the clock itself: worth sending all the same
        messages = tuple(m._replace(kind="notice") if m.kind == "ladder" else m for m in messages)
    effect = clocks.Effect(
        at=at, seq=case.length + 1, trigger="rung", kind=None, from_state=case.state, to_state=case.state, facts={},
        rung=(clock, fold.round, firing.rung, firing.repeat), skipped=firing.skipped,
    )  # fmt: skip
    case.folds = clocks.apply(compiled.plans, case.folds, effect, case.facts, compiled.timelines)
    detail: dict[str, Any] = {"clock": clock, "round": fold.round, "rung": firing.rung, "repeat": firing.repeat, "due": firing.due}
    if firing.skipped:
        detail["skipped"] = firing.skipped
    told = batch.tell(case, messages)
    if told:
        detail["told"] = told
    if sieve is not None and sieve.withheld:
        detail["withheld"] = list(sieve.withheld)
    if not reached:
        detail["unreached"] = True
    batch.append(
        case,
        draft.Entry(
            kind="rung",
            at=at,
            trigger="rung",
            from_state=case.state,
            to_state=case.state,
            actor=requests.TIMER,
            detail=orjson.dumps(detail).decode(),
            mark=_mark(case, clock, firing),
        ),
    )
    batch.rearm_clock(case, clock)
    return Fired(
        case=case.id, number=case.number, clock=clock, round=fold.round, rung=firing.rung, repeat=firing.repeat, due=firing.due, at=at, zone=compiled.zone
    )  # fmt: skip


def _mark(case: draft.Draft, clock: str, firing: ladders.Firing) -> str:
    """Under what the rung fires once. Another definition may number its rungs otherwise, so each era has marks of its own."""
    mark = f"{clock}/{case.folds[clock].round}/{firing.rung}/{firing.repeat}"
    return f"{mark}@{len(case.earlier)}" if case.earlier else mark


def trigger_of(case: draft.Draft, clock: str, firing: ladders.Firing) -> str | None:
    """What the rung does beside telling."""
    return case.compiled.notices.rungs[clock][firing.rung].do


def refused(
    batch: draft.Batch,
    case: draft.Draft,
    trigger: str,
    refusal: errors.EngineError | states_errors.StatesError,
    *,
    clock: str | None = None,
    actor: str = requests.TIMER,
) -> None:
    """A trigger of a rung (on `clock`), or of a linked case, that the rules refused: recorded, so that somebody can see why nothing happened."""
    kept = {"trigger": trigger, "code": refusal.code, "message": str(refusal)}
    detail = orjson.dumps(kept if clock is None else {"clock": clock, **kept}).decode()
    at = max(batch.now, case.latest)
    batch.append(
        case,
        draft.Entry(kind="refused", at=at, trigger=trigger, from_state=case.state, to_state=case.state, actor=actor, detail=detail),
    )


def may_acknowledge(case: draft.Draft, clock: str, actor: str, *, now: int) -> None:
    """Raise unless the clock is under way and the actor has a role that a rung reached in this round has told."""
    plan, fold = case.compiled.plans.get(clock), case.folds.get(clock)
    under_way = [
        n for n, f in case.folds.items() if clocks.reckon(case.compiled.plans[n], f, case.compiled.timelines, now=now).phase != "settled"
    ]
    if plan is None or fold is None or clock not in under_way:
        raise errors.NotRunning(
            f"{clock} is not under way on {case.number}; under way: {', '.join(under_way) or 'none'}",
            f"{case.number} 的“{clock}”当前未计时；正在计时：{'、'.join(under_way) or '无'}",
            possible=under_way,
        )
    words = actors.of(case, actor)
    ladder = case.compiled.notices.rungs[clock]
    told = {word for rung in fired_rungs(fold) for word in (*ladder[rung].notify, "tracker")}
    if not told:
        raise errors.MayNotAcknowledge(
            f"no rung of {clock} has told anybody yet, so there is nothing to acknowledge", f"“{clock}”尚未通知任何人，无需确认"
        )
    if not words & told:
        en, zh = states_errors.of_unit(sorted(told), case.unit, case.town.people.scope)
        raise errors.MayNotAcknowledge(
            f"{actor} was not told by {clock}; it can be acknowledged by: {', '.join(en)}",
            f"{actor} 未被“{clock}”通知；可由以下角色确认：{'、'.join(zh)}",
            possible=sorted(told),
        )


def fired_rungs(fold: clocks.ClockFold) -> list[int]:
    """The rungs of this round that have fired (or were stood for)."""
    return [rung for rung, count in enumerate(fold.fired) if count]
