"""One case goes on under another definition: in which state, with which clocks, and what its history keeps of it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from engine import catalog, draft, eras, errors, forecast, history
from sla import carrying, clocks

STATE, CLOCK = "state", "clock"


class Name(NamedTuple):
    """A state or clock (`kind`; empty: whichever has that name) that is called otherwise in the other definition."""

    kind: str
    before: str
    after: str


class Way(NamedTuple):
    """Where a case goes: the definition, the state there, and states and clocks by name before → after."""

    target: catalog.Compiled
    to_state: str
    states: Mapping[str, str]
    clocks: Mapping[str, str]


class StateUnknown(errors.EngineError):
    """The other definition has no such state, and nothing says which one stands for it."""

    code = "state-unknown"

    def __init__(self, state: str, known: Sequence[str]) -> None:
        near = next(iter(difflib.get_close_matches(state, known, n=1)), "STATE")
        super().__init__(
            f"there is no state {state} in that version; say which one stands for it, as in --map {state}={near}; there is: {', '.join(known)}",
            f"该版本没有状态 {state}；请指定对应的状态，如 --map {state}={near}；已有：{'、'.join(known)}",
            possible=known,
        )


class WouldClose(errors.EngineError):
    """A case is closed by a move that somebody makes, never by a migration."""

    code = "would-close"

    def __init__(self, state: str, to: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{to} is final in that version, and a case is not closed by migrating it; move it first, or say another state, as in "
            f"--map {state}={next(iter(known), 'STATE')}; not final: {', '.join(known)}",
            f"{to} 在该版本中是终态，案件不能因迁移而结案；请先推进该案件，或指定其他状态，如 --map {state}={next(iter(known), 'STATE')}；"
            f"非终态：{'、'.join(known)}",
            possible=known,
        )


class WorkflowGone(errors.EngineError):
    """That version has no such workflow."""

    code = "workflow-gone"

    def __init__(self, flow: str) -> None:
        super().__init__(
            f"that version has no workflow {flow}; the case stays under the one it has", f"该版本没有流程 {flow}；案件保留原流程"
        )


class FactsUnfit(errors.EngineError):
    """What a clock of that version would be due by cannot be reckoned from the case's facts."""

    code = "facts-unfit"

    def __init__(self, reason: Exception) -> None:
        super().__init__(
            f"a clock of that version cannot be reckoned for this case: {reason}; correct the fact by a move, or change that version",
            f"该版本的时限无法按本案件的信息项计算：{reason}；请先更正该信息项，或修改该版本",
        )


def forth(case: draft.Draft, target: catalog.Compiled, names: Sequence[Name]) -> Way:
    """The way to a definition. Raises StateUnknown, WouldClose."""
    old = case.compiled
    states = _renamed(names, STATE, old.workflow.states, target.workflow.states)
    renamed = _renamed(names, CLOCK, old.plans, target.plans)
    to_state = _state(case.state, states, target)
    return Way(target, to_state, {**states, case.state: to_state}, _clocks(case, target, renamed))


def back(case: draft.Draft, entries: Sequence[tuple[Any, ...]], border: eras.Crossed, names: Sequence[Name]) -> Way:
    """The way back over a border. Raises StateUnknown, WouldClose."""
    target = eras.compiled_at(case, border.seq - 1)
    row = entries[border.seq - 1]
    states = {after: before for before, after in orjson.loads(row[history.DETAIL])["states"].items()}
    if case.state == row[history.TO]:
        states[case.state] = row[history.FROM]
    states |= _renamed(names, STATE, case.compiled.workflow.states, target.workflow.states)
    renamed = {after: before for before, after in border.crossing.clocks.items()}
    to_state = _state(case.state, states, target)
    return Way(target, to_state, {**states, case.state: to_state}, _clocks(case, target, renamed))


def require_known(names: Sequence[Name], olds: Sequence[catalog.Compiled], news: Sequence[catalog.Compiled]) -> None:
    """Raise NotFound for a name that none of the definitions has; without cases to move there is nothing to hold it against."""
    for name in names if olds else ():
        for word, of in ((name.before, olds), (name.after, news)):
            known = sorted({each for one in of for each in _named(one, name.kind)})
            if word not in known:
                raise errors.unknown(name.kind or "state or clock", word, known, zh=_ZH[name.kind])


_ZH = {STATE: "状态", CLOCK: "时限", "": "状态或时限"}


def take(
    batch: draft.Batch, case: draft.Draft, way: Way, entries: Sequence[tuple[Any, ...]], *, actor: str, reason: str, undone: eras.Crossed | None
) -> forecast.Row:  # fmt: skip
    """The case is under the other definition from now on: clocks, timers, counts and the entry that says so."""
    old, state, kept, armed = case.compiled, case.state, case.folds, dict(case.timers)
    at = max(batch.now, case.latest)
    lived = eras.life(case, entries).stretches() if case.earlier else []
    fired = eras.fired_before(lived)
    climbed = {before: after for before, after in way.clocks.items() if case.folds[before].fired or fired.get(before)}
    rungs = {after: carrying.same_rungs(old.plans[before], way.target.plans[after]) for before, after in climbed.items()}
    crossing = carrying.Crossing(at=at, to_state=way.to_state, clocks=way.clocks, rungs=rungs, fired=fired)
    if undone is None:
        case.folds = eras.cross(old, way.target, kept, crossing, case.facts)
    else:
        case.folds = eras.cross_back(case, lived, undone, way.target, crossing)
    case.earlier = (*case.earlier, draft.Earlier(old, case.length + 1, at))
    case.compiled, case.state, case.version = way.target, way.to_state, case.version + 1
    case.last, case.counts = eras.who_did_what(way.target, entries)
    batch.rearm(case, None)
    detail: dict[str, Any] = {
        "from": {"id": old.id, "hash": old.hash},
        "to": {"id": way.target.id, "hash": way.target.hash},
        "states": dict(way.states),
        "clocks": dict(way.clocks),
        "rungs": rungs,
        "ended": {name: _ended(old, name, fold, at) for name, fold in kept.items() if name not in way.clocks},
        "moved": _moved(way, armed, case.timers),
        "reason": reason,
    }
    if undone is not None:
        detail |= {"back": True, "undoes": undone.seq}
    batch.append(
        case,
        draft.Entry(
            kind=eras.MIGRATE, at=at, trigger=eras.MIGRATE, from_state=state, to_state=way.to_state, actor=actor, detail=orjson.dumps(detail).decode()
        ),
    )  # fmt: skip
    return forecast.Row(
        number=case.number,
        workflow=way.target.workflow.workflow,
        zone=way.target.zone,
        from_definition=old.hash,
        to_definition=way.target.hash,
        from_state=state,
        to_state=way.to_state,
        clocks=forecast.changes(old, kept, case, way.clocks, at),
        fires=tuple(each for name in case.folds for each in forecast.fires(case, name, at)),
    )


def refused(case: draft.Draft, refusal: errors.EngineError) -> forecast.Row:
    return forecast.Row(
        number=case.number,
        workflow=case.compiled.workflow.workflow,
        zone=case.compiled.zone,
        from_definition=case.compiled.hash,
        to_definition=None,
        from_state=case.state,
        to_state=None,
        refusal=refusal,
    )


def _named(compiled: catalog.Compiled, kind: str) -> set[str]:
    states, names = set(compiled.workflow.states), set(compiled.plans)
    return states if kind == STATE else names if kind == CLOCK else states | names


def _renamed(names: Sequence[Name], kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    return {n.before: n.after for n in names if n.kind in ("", kind) and n.before in old and n.after in new}


def _state(state: str, states: Mapping[str, str], target: catalog.Compiled) -> str:
    known = [name for name in target.workflow.states if name not in target.machine.final]
    to = states.get(state, state)
    if to not in target.workflow.states:
        raise StateUnknown(state, known)
    if to in target.machine.final:
        raise WouldClose(state, to, known)
    return to


def _clocks(case: draft.Draft, target: catalog.Compiled, renamed: Mapping[str, str]) -> dict[str, str]:
    """The clocks of a case that go on: by what they are called there, else by the same name."""
    going = {before: after for before, after in renamed.items() if before in case.folds and after in target.plans}
    taken = set(going.values())
    return going | {n: n for n in case.folds if n not in renamed and n in target.plans and n not in taken}


def _ended(compiled: catalog.Compiled, name: str, fold: clocks.ClockFold, at: int) -> dict[str, Any]:
    """How a clock stood that the other definition does not have."""
    stood = clocks.reckon(compiled.plans[name], fold, compiled.timelines, now=at)
    return {"state": stood.state, "due": stood.due, "breached_at": stood.breached_at}


def _moved(way: Way, before: Mapping[str, tuple[int, ...]], after: Mapping[str, tuple[int, ...]]) -> dict[str, list[int | None]]:
    """The clocks, by their names after (or before, where they have ended), whose next rung moved: from when to when."""
    came = {way.clocks.get(name, name): timer[0] for name, timer in before.items()}
    dues = {name: [came.get(name), after[name][0] if name in after else None] for name in {*came, *after}}
    return {name: pair for name, pair in sorted(dues.items()) if pair[0] != pair[1]}
