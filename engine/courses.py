"""What one case contributes to the figures, from its moves and its clocks as `reckon` sees them. Pure; no workflow is known by name.

*Resolved*: it came to a state to which the trigger `resolve` leads, or to one that is final as `done`, and no return, rework or
reopening took it back since. *Closing clocks*: those that run (or pause) in every state before that; where there are none, all.
*Due to close*: not rejected, and either closed or late by a closing clock; *suspended*: of those still open, the ones whose closing
clock pauses just now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config.workflow import Final, Kind, Workflow
from sla import clocks

BREACHED, MET, NONE = "breached", "met", "none"
RESOLVE = "resolve"
"""The trigger by which a handler says that it is done, in every workflow that has such a step."""
_BACK = (Kind.RETURN, Kind.REWORK, Kind.REOPEN)


class Entry(NamedTuple):
    """An opening or a move, in the order in which things happened."""

    at: int
    trigger: str
    from_state: str | None
    to_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """What the figures need to know of a workflow."""

    handled: frozenset[str]
    done: frozenset[str]
    rejected: frozenset[str]
    closing: frozenset[str]
    kinds: Mapping[str, Kind | None]
    returnable: frozenset[str]
    reworkable: frozenset[str]


def sense(flow: Workflow) -> Sense:
    """Read it off the definition."""
    done = frozenset(name for name, state in flow.states.items() if state.final is Final.DONE)
    rejected = frozenset(name for name, state in flow.states.items() if state.final is Final.REJECTED)
    resolving = flow.transitions.get(RESOLVE)
    handled = done | ({resolving.to} if resolving is not None and resolving.to is not None else set())
    kinds = {name: flow.kind_of(name) for name in flow.transitions}
    before = frozenset(flow.states) - handled - rejected
    closing = frozenset(name for name, clock in flow.clocks.items() if before and before <= flow.runs_in(name) | set(clock.pauses_in))
    return Sense(
        handled=handled,
        done=done,
        rejected=rejected,
        closing=closing or frozenset(flow.clocks),
        kinds=kinds,
        returnable=_left_by(flow, kinds, Kind.RETURN),
        reworkable=_left_by(flow, kinds, Kind.REWORK),
    )


def _left_by(flow: Workflow, kinds: Mapping[str, Kind | None], kind: Kind) -> frozenset[str]:
    return frozenset(state for name, kind_of in kinds.items() if kind_of is kind for state in flow.transitions[name].from_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One case, counted. `stays` are (state, µs) of the stays that ended; `judged` the clocks with a verdict: name → late."""

    resolved: bool
    closed: bool
    rejected: bool
    due_to_close: bool
    on_time: bool
    suspended: bool
    returnable: bool
    returned: bool
    reworkable: bool
    reworked: bool
    judged: Mapping[str, bool]
    stays: tuple[tuple[str, int], ...]
    to_resolve: int | None
    to_close: int | None


def verdict(reckoned: clocks.Reckoning) -> str:
    """What is said of a clock wherever cases are judged: breached (in this round or in one before), met, or none: no deadline, or not due yet."""
    if reckoned.state == "breached" or reckoned.earlier_breaches:
        return BREACHED
    return MET if reckoned.state == "met" and reckoned.due is not None else NONE


def course(known: Sense, state: str, entries: Iterable[Entry], reckoned: Iterable[clocks.Reckoning]) -> Course:
    """A case in `state`, with everything that happened to it."""
    path = _path(known, entries)
    standing = list(reckoned)
    judged = {each.clock: verdict(each) == BREACHED for each in standing if verdict(each) != NONE}
    closed, rejected = state in known.done, state in known.rejected
    overdue = any(judged.get(name, False) for name in known.closing)
    paused = any(each.phase == "paused" for each in standing if each.clock in known.closing)
    due_to_close = not rejected and (closed or overdue)
    return Course(
        resolved=path.resolved,
        closed=closed,
        rejected=rejected,
        due_to_close=due_to_close,
        on_time=closed and not overdue,
        suspended=due_to_close and not closed and paused,
        returnable=not known.returnable.isdisjoint(path.seen),
        returned=Kind.RETURN in path.went_back,
        reworkable=not known.reworkable.isdisjoint(path.seen),
        reworked=Kind.REWORK in path.went_back,
        judged=judged,
        stays=path.stays,
        to_resolve=path.to_resolve,
        to_close=path.closed_at - path.opened_at if closed and path.closed_at is not None else None,
    )


class _Path(NamedTuple):
    """What the moves say by themselves."""

    opened_at: int
    resolved: bool
    seen: frozenset[str]
    went_back: frozenset[Kind]
    stays: tuple[tuple[str, int], ...]
    to_resolve: int | None
    closed_at: int | None


def _path(known: Sense, entries: Iterable[Entry]) -> _Path:
    opened_at, since = 0, 0
    resolved = False
    seen: set[str] = set()
    went_back: set[Kind] = set()
    stays: list[tuple[str, int]] = []
    to_resolve: int | None = None
    closed_at: int | None = None
    for at, trigger, from_state, to_state in entries:
        if from_state is None:
            opened_at = since = at
        elif from_state != to_state:
            stays.append((from_state, at - since))
            since = at
        kind = known.kinds.get(trigger)
        if kind in _BACK:
            went_back.add(kind)
            resolved = False
        if to_state in known.handled and from_state != to_state:
            resolved = True
            to_resolve = at - opened_at if to_resolve is None else to_resolve
            closed_at = at if to_state in known.done else closed_at
        seen.add(to_state)
    return _Path(opened_at, resolved, frozenset(seen), frozenset(went_back), tuple(stays), to_resolve, closed_at)
