"""What moving a case to another version changes for it, as a person reads it: each clock before and after, and what fires at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import catalog, draft, errors, secrecy, views
from engine import now as times
from notifications import compose
from sla import clocks, ladders

MOST = 1_000
"""Rungs that may fire at once on one clock: far more than any ladder has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """A clock before and after; None where it begins or ends with the crossing."""

    before: views.ClockView | None
    after: views.ClockView | None

    @property
    def changes(self) -> bool:
        """Whether the deadline, the verdict or the clock itself is another."""
        if self.before is None or self.after is None:
            return True
        was, will = self.before.reckoned, self.after.reckoned
        return (was.clock, was.due, was.state, was.phase) != (will.clock, will.due, will.state, will.phase)

    @property
    def breaches(self) -> bool:
        """Whether a promise that was kept so far is broken by the other terms."""
        late = self.after is not None and self.after.reckoned.state == "breached"
        return late and (self.before is None or self.before.reckoned.state != "breached")

    def body(self, zone: str) -> dict[str, Any]:
        was = self.before.reckoned if self.before is not None else None
        will = self.after.reckoned if self.after is not None else None
        return {
            "before": None if was is None else _stands(was, zone),
            "after": None if will is None else _stands(will, zone),
            "changes": self.changes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fires:
    """A rung (from 1) that is due at once: whom it tells (roles, and the people behind them), what it pulls, which it stands for."""

    clock: str
    rung: int
    tells: tuple[str, ...]
    reaches: tuple[str, ...]
    pulls: str | None
    stands_for: tuple[int, ...]

    def body(self) -> dict[str, Any]:
        return {
            "clock": self.clock,
            "rung": self.rung,
            "tells": list(self.tells),
            "reaches": list(self.reaches),
            "pulls": self.pulls,
            "stands_for": list(self.stands_for),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What becomes of one case; `refusal` says why it stays where it is."""

    number: str
    workflow: str
    zone: str
    from_definition: str
    to_definition: str | None
    from_state: str
    to_state: str | None
    clocks: tuple[ClockChange, ...] = ()
    fires: tuple[Fires, ...] = ()
    refusal: errors.EngineError | None = None

    def body(self, language: str) -> dict[str, Any]:
        no = self.refusal
        return {
            "number": self.number,
            "workflow": self.workflow,
            "from": {"definition": self.from_definition, "state": self.from_state},
            "to": None if self.to_state is None else {"definition": self.to_definition, "state": self.to_state},
            "clocks": [clock.body(self.zone) for clock in self.clocks],
            "fires": [fires.body() for fires in self.fires],
            "refused": None
            if no is None
            else {"code": no.code, "message": no.zh if language == "zh" else str(no), "possible": list(no.possible)},
        }


def changes(old: catalog.Compiled, kept: draft.Fold, case: draft.Draft, names: Mapping[str, str], at: int) -> tuple[ClockChange, ...]:
    """The clocks of a case that has just been moved; `kept` are its folds of before, `names` its clocks by name before → after."""
    sources = {after: before for before, after in names.items()}
    found = [
        ClockChange(
            before=views.clock_view(old, sources[name], kept[sources[name]], now=at) if name in sources else None,
            after=views.clock_view(case.compiled, name, case.folds[name], now=at),
        )
        for name in case.compiled.workflow.clocks
        if name in case.folds
    ]
    ended = [name for name in old.workflow.clocks if name in kept and name not in names]
    return (*found, *(ClockChange(before=views.clock_view(old, name, kept[name], now=at), after=None) for name in ended))


def fires(case: draft.Draft, name: str, at: int) -> list[Fires]:
    """What is due at once on a clock, up to the first trigger: what comes after it depends on where it leads."""
    compiled, fold, found = case.compiled, case.folds[name], list[Fires]()
    for _ in range(MOST):
        firing = ladders.due(compiled.plans[name], fold, compiled.timelines, now=at)
        if firing is None:
            break
        rule = compiled.notices.rungs[name][firing.rung]
        place = compose.Place(clock=name, round=fold.round, rung=firing.rung)
        sieve = secrecy.sieve(case)
        messages, _ = compose.rung(
            compiled.notices, case.town.people, case.about(at), place, firing.skipped, urgent=case.urgent, sieve=sieve
        )
        reaches = tuple(message.recipient for message in messages)
        stands_for = tuple(dict.fromkeys(rung + 1 for rung, _ in firing.skipped if rung != firing.rung))
        found.append(
            Fires(clock=name, rung=firing.rung + 1, tells=tuple(rule.notify), reaches=reaches, pulls=rule.do, stands_for=stands_for)
        )
        if rule.do is not None:
            break
        effect = clocks.Effect(
            at=at, seq=case.length + 1, trigger="rung", kind=None, from_state=case.state, to_state=case.state, facts={},
            rung=(name, fold.round, firing.rung, firing.repeat), skipped=firing.skipped,
        )  # fmt: skip
        fold = clocks.apply({name: compiled.plans[name]}, {name: fold}, effect, case.facts, compiled.timelines)[name]
    return found


def _stands(r: clocks.Reckoning, zone: str) -> dict[str, Any]:
    return {
        "clock": r.clock,
        "state": r.state,
        "phase": r.phase,
        "due": times.written(r.due, zone),
        "remaining_s": views.seconds(r.remaining),
        "target": r.target,
        "breached_at": times.written(r.breached_at, zone),
        "rungs_fired": [rung + 1 for rung, _ in r.rungs_fired],
    }
