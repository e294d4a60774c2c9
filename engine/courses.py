"""What one case contributes to the figures, from its moves and its clocks as `reckon` sees them. Pure; no workflow is known by name.

*Resolved*: it came to a state to which the trigger `resolve` leads, or to one that is final as `done` (or to those that the
workflow's `counts` name), and no return, rework or reopening took it back since. *Responded*: it left its first state.
*Valid*: so too, and it was not rejected. *Closing clocks*: those that run (or pause) in every state before resolution; where
there are none, all. *Due to close*: not rejected, and either closed or late by a closing clock; *suspended*: of those still open,
the ones whose closing clock pauses just now. A clock that a move `exempts` passes no verdict where exemptions are applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag, auto
from typing import NamedTuple

from config.workflow import FactType, Final, Kind, Workflow
from sla import clocks

BREACHED, MET, NONE = "breached", "met", "none"
RESOLVE = "resolve"
"""The trigger by which a handler says that it is done, in every workflow that has such a step."""
SATISFIED = "satisfied"
"""The fact of type yes_no that says whether the reporter is content, where the workflow names no other."""
_BACK = (Kind.RETURN, Kind.REWORK, Kind.REOPEN)


class Entry(NamedTuple):
    """An opening or a move, in the order in which things happened."""

    at: int
    trigger: str
    from_state: str | None
    to_state: str


class Mark(IntFlag):
    """What is true of a case. Those that exemptions change come twice: `…_HELD` counts every breach, exempted or not."""

    RESOLVED = auto()
    CLOSED = auto()
    REJECTED = auto()
    RESPONDED = auto()
    VALID = auto()
    RETURNABLE = auto()
    RETURNED = auto()
    REWORKABLE = auto()
    REWORKED = auto()
    EXTENDABLE = auto()
    EXTENDED = auto()
    ANSWERED = auto()
    SATISFIED = auto()
    EXEMPTED = auto()
    DUE = auto()
    DUE_HELD = auto()
    ON_TIME = auto()
    ON_TIME_HELD = auto()
    SUSPENDED = auto()
    SUSPENDED_HELD = auto()
    EXCUSED = auto()
    """Closed, late by a closing clock, and every such clock exempted: neither on time nor late."""
    JUDGED = auto()
    JUDGED_HELD = auto()
    LATE = auto()
    LATE_HELD = auto()


class Said(NamedTuple):
    """One clock of a case: whether it was late (None: no verdict), whether a move exempted it, how long it ran (None: it still does)."""

    clock: str
    late: bool | None
    exempted: bool
    elapsed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """What the figures need to know of a workflow."""

    initial: str
    handled: frozenset[str]
    done: frozenset[str]
    rejected: frozenset[str]
    responded: frozenset[str]
    valid: frozenset[str]
    closing: frozenset[str]
    kinds: Mapping[str, Kind | None]
    returnable: frozenset[str]
    reworkable: frozenset[str]
    extendable: frozenset[str]
    extending: frozenset[str]
    exempts: Mapping[str, frozenset[str]]
    satisfied: str | None


def sense(flow: Workflow) -> Sense:
    """Read it off the definition."""
    done = frozenset(name for name, state in flow.states.items() if state.final is Final.DONE)
    rejected = frozenset(name for name, state in flow.states.items() if state.final is Final.REJECTED)
    resolving = flow.transitions.get(RESOLVE)
    handled = done | ({resolving.to} if resolving is not None and resolving.to is not None else set())
    handled = frozenset(flow.counts.resolved) or handled
    kinds = {name: flow.kind_of(name) for name in flow.transitions}
    before = frozenset(flow.states) - handled - done - rejected
    closing = frozenset(name for name, clock in flow.clocks.items() if before and before <= flow.runs_in(name) | set(clock.pauses_in))
    later = frozenset(flow.states) - {flow.initial}
    return Sense(
        initial=flow.initial,
        handled=handled,
        done=done,
        rejected=rejected,
        responded=frozenset(flow.counts.responded) or later,
        valid=(frozenset(flow.counts.valid) or later) - rejected,
        closing=closing or frozenset(flow.clocks),
        kinds=kinds,
        returnable=_left_by(flow, (name for name, kind in kinds.items() if kind is Kind.RETURN)),
        reworkable=_left_by(flow, (name for name, kind in kinds.items() if kind is Kind.REWORK)),
        extendable=_left_by(flow, (name for name, rule in flow.transitions.items() if rule.extends is not None)),
        extending=frozenset(name for name, rule in flow.transitions.items() if rule.extends is not None),
        exempts={name: frozenset(rule.exempts) for name, rule in flow.transitions.items() if rule.exempts},
        satisfied=_satisfied(flow),
    )


def _satisfied(flow: Workflow) -> str | None:
    """The fact that says whether whoever asked is content: the one that the workflow's question fills, else the one of that name."""
    named = getattr(getattr(flow, "satisfaction", None), "fact", None) or SATISFIED
    fact = flow.facts.get(named)
    return named if fact is not None and fact.type is FactType.YES_NO else None


def _left_by(flow: Workflow, triggers: Iterable[str]) -> frozenset[str]:
    return frozenset(state for name in triggers for state in flow.transitions[name].from_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One case, counted. `stays` are (state, µs) of the stays that ended; `due` is when its closing clocks say that it must be closed."""

    marks: Mark
    clocks: tuple[Said, ...]
    stays: tuple[tuple[str, int], ...]
    to_resolve: int | None
    to_close: int | None
    due: int | None

    def has(self, mark: Mark) -> bool:
        return mark in self.marks

    @property
    def judged(self) -> dict[str, bool]:
        """The clocks with a verdict: name → late, exempted or not."""
        return {each.clock: each.late for each in self.clocks if each.late is not None}


def verdict(reckoned: clocks.Reckoning) -> str:
    """What is said of a clock wherever cases are judged: breached (in this round or in one before), met, or none: no deadline, or not due yet."""
    if reckoned.state == "breached" or reckoned.earlier_breaches:
        return BREACHED
    return MET if reckoned.state == "met" and reckoned.due is not None else NONE


def course(
    known: Sense, state: str, entries: Iterable[Entry], reckoned: Iterable[clocks.Reckoning], facts: Mapping[str, object] | None = None
) -> Course:
    """A case in `state`, with everything that happened to it. `facts` are those it has now."""
    path = _path(known, entries)
    standing = list(reckoned)
    said = tuple(_said(each, path.exempted) for each in standing)
    marks = _marks(known, state, path) | _answer(known, facts or {})
    for exempting in (True, False):
        marks |= _kept(known, state, standing, said, exempting=exempting)
    dues = [each.due for each in standing if each.clock in known.closing and each.due is not None]
    return Course(
        marks=marks,
        clocks=said,
        stays=path.stays,
        to_resolve=path.to_resolve,
        to_close=path.closed_at - path.opened_at if Mark.CLOSED in marks and path.closed_at is not None else None,
        due=min(dues, default=None),
    )


def _said(reckoned: clocks.Reckoning, exempted: frozenset[str]) -> Said:
    found = verdict(reckoned)
    late = None if found == NONE else found == BREACHED
    return Said(reckoned.clock, late, reckoned.clock in exempted, reckoned.elapsed if reckoned.phase == "settled" else None)


def _marks(known: Sense, state: str, path: _Path) -> Mark:
    """What the way of the case says."""
    seen = path.seen
    truths = {
        Mark.RESOLVED: path.resolved,
        Mark.CLOSED: state in known.done,
        Mark.REJECTED: state in known.rejected,
        Mark.RESPONDED: not known.responded.isdisjoint(seen),
        Mark.VALID: state not in known.rejected and not known.valid.isdisjoint(seen),
        Mark.RETURNABLE: not known.returnable.isdisjoint(seen),
        Mark.RETURNED: Kind.RETURN in path.went_back,
        Mark.REWORKABLE: not known.reworkable.isdisjoint(seen),
        Mark.REWORKED: Kind.REWORK in path.went_back,
        Mark.EXTENDABLE: not known.extendable.isdisjoint(seen),
        Mark.EXTENDED: path.extended,
    }
    marks = Mark(0)
    for mark, holds in truths.items():
        if holds:
            marks |= mark
    return marks


def _answer(known: Sense, facts: Mapping[str, object]) -> Mark:
    """What the reporter answered; no answer is no answer."""
    given = facts.get(known.satisfied) if known.satisfied is not None else None
    if not isinstance(given, bool):
        return Mark(0)
    return Mark.ANSWERED | (Mark.SATISFIED if given else Mark(0))


def _kept(known: Sense, state: str, standing: list[clocks.Reckoning], said: tuple[Said, ...], *, exempting: bool) -> Mark:
    """What the clocks say of the case, with or without the exemptions."""
    counted = [each for each in said if each.late is not None and not (exempting and each.exempted)]
    closing = [each for each in counted if each.clock in known.closing]
    late = any(each.late for each in closing)
    closed = state in known.done
    due = state not in known.rejected and (closed or late)
    paused = any(each.phase == "paused" for each in standing if each.clock in known.closing)
    excused = exempting and closed and not late and any(each.late and each.exempted for each in said if each.clock in known.closing)
    truths = (
        (Mark.DUE, Mark.DUE_HELD, due),
        (Mark.ON_TIME, Mark.ON_TIME_HELD, closed and not late and not excused),
        (Mark.SUSPENDED, Mark.SUSPENDED_HELD, due and not closed and paused),
        (Mark.JUDGED, Mark.JUDGED_HELD, bool(counted)),
        (Mark.LATE, Mark.LATE_HELD, any(each.late for each in counted)),
    )
    marks = Mark(0)
    for mark, held, holds in truths:
        if holds:
            marks |= mark if exempting else held
    if exempting and excused:
        marks |= Mark.EXCUSED
    return marks | (Mark.EXEMPTED if exempting and any(each.exempted and each.late for each in said) else Mark(0))


class _Path(NamedTuple):
    """What the moves say by themselves."""

    opened_at: int
    resolved: bool
    seen: frozenset[str]
    went_back: frozenset[Kind]
    extended: bool
    exempted: frozenset[str]
    stays: tuple[tuple[str, int], ...]
    to_resolve: int | None
    closed_at: int | None


def _path(known: Sense, entries: Iterable[Entry]) -> _Path:
    opened_at, since = 0, 0
    resolved = extended = False
    seen: set[str] = set()
    went_back: set[Kind] = set()
    exempted: frozenset[str] = frozenset()
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
        if from_state is not None:
            extended = extended or trigger in known.extending
            exempted |= known.exempts.get(trigger, frozenset())
        if to_state in known.handled and from_state != to_state:
            resolved = True
            to_resolve = at - opened_at if to_resolve is None else to_resolve
        if to_state in known.done and from_state != to_state:
            closed_at = at
        seen.add(to_state)
    return _Path(opened_at, resolved, frozenset(seen), frozenset(went_back), extended, exempted, tuple(stays), to_resolve, closed_at)
