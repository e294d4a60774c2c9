"""The reckoning: from the history alone, which rungs should have fired and when, held against those that did. Independent of the clock.

Neither timers nor the folds kept on the cases are looked at. What people did is folded in the order of its happening; between
two effects the ladder says what it owes, and that is taken to fire at its very moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from engine import catalog, draft, eras, history, requests
from engine import now as times
from sla import clocks, ladders
from storage import database, statements

Key = tuple[str, int, int, int]
"""(clock, round, rung, repeat): a rung fires once under it."""
MOST = 10_000
"""Rungs of one case after which a ladder is taken to have no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as the history says it should be."""

    code: str
    case: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rung that was due and fired. `late` in microseconds of the store's time; `stood_for`: a higher rung spoke for it."""

    case: str
    key: Key
    due: int
    late: int
    stood_for: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """What came of it. `overtaken`: rungs whose clock a person ended at the very moment they were due."""

    cases: int
    fired: tuple[Fired, ...]
    overtaken: tuple[Finding, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A rung as the history has it."""

    at: int
    stood_for: bool


def reckon(store: database.Store, known: catalog.Catalog, *, until: int, tolerance: int) -> Reckoned:
    """Reckon every case up to `until`, the moment when the clock was stopped; `tolerance` in microseconds of the store's time.

    A third of it excuses a rung that did not fire because a person (or the end) came first."""
    fired: list[Fired] = []
    findings: list[Finding] = []
    overtaken: list[Finding] = []
    count = 0
    with store.reading() as tx:
        known.refresh(tx)
        last = -1
        while rows := tx.all(statements.CASES_AFTER, (last, 200)):
            last = rows[-1][0]
            count += len(rows)
            for row in rows:
                for case, end in _eras(draft.read(row, known, tx), history.rows(tx, row[0]), until):
                    went, passed, found = _reckon(case, end, tolerance)
                    fired += went
                    overtaken += passed
                    findings += found
    return Reckoned(cases=count, fired=tuple(fired), overtaken=tuple(overtaken), findings=tuple(findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    number: str
    compiled: catalog.Compiled
    entries: Sequence[tuple[Any, ...]]
    begun: Mapping[str, clocks.ClockFold] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    since: int = 0
    """When its era began: what a migration made due before is due then."""

    def by_a_rung(self, effect: clocks.Effect) -> bool:
        """Whether a rung did this: it was due at that very moment, and yet the effect takes nothing away from it."""
        row = next(row for row in self.entries if row[history.SEQ] == effect.seq)
        return (row[history.KIND], row[history.ACTOR]) == ("move", requests.TIMER)

    def effects(self) -> list[clocks.Effect]:
        """What happened but rungs. What begins an era has been reckoned into `begun`: it is there for what is owed from then on."""
        found = clocks.in_order(history.effects(self.compiled, self.entries))
        return [replace(e, from_state=e.to_state) if e.trigger == eras.MIGRATE else e for e in found if e.rung is None]


def _eras(case: draft.Draft, entries: Sequence[tuple[Any, ...]], until: int) -> Iterator[tuple[_Case, int]]:
    """A case once for each definition it has been under, each time with the moment at which it left it."""
    if not case.earlier:
        yield _Case(number=case.number, compiled=case.compiled, entries=entries), until
        return
    lived = eras.life(case, entries).stretches()
    ends = [*(era.seq for era in case.earlier), len(entries) + 1]
    moments = [*(era.at + 1 for era in case.earlier), until]  # what fired at the very moment fired before
    for number, stretch in enumerate(lived):
        mine = entries[ends[number - 1] - 1 if number else 0 : ends[number] - 1]
        known = _Case(
            number=case.number,
            compiled=stretch.compiled,
            entries=mine,
            begun=stretch.begun,
            facts=stretch.facts,
            since=moments[number - 1] - 1 if number else 0,
        )
        yield known, moments[number]


def _reckon(case: _Case, until: int, tolerance: int) -> tuple[list[Fired], list[Finding], list[Finding]]:
    told, findings = _told(case)
    fired: list[Fired] = []
    overtaken: list[Finding] = []
    for key, due, ended in _expected(case, until):
        found = told.pop(key, None)
        if found is None:
            if ended is not None and ended - due <= tolerance // 3:
                overtaken.append(
                    _finding(case, "rung-overtaken", key, f"was due at {_at(case, due)}; at {_at(case, ended)} there was no need any more")
                )
            else:
                findings.append(_finding(case, "rung-missing", key, f"was due at {_at(case, due)} and never fired"))
            continue
        late = found.at - due
        if late < 0:
            findings.append(_finding(case, "rung-early", key, f"fired {-late / 1e6:.3f} s before it was due"))
        elif late > tolerance:
            findings.append(
                _finding(case, "rung-late", key, f"was due at {_at(case, due)}, fired {late / 1e6:.0f} s of the store's time later")
            )
        fired.append(Fired(case=case.number, key=key, due=due, late=late, stood_for=found.stood_for))
    findings += [
        _finding(case, "rung-unowed", key, f"fired at {_at(case, found.at)}, though nothing was owed") for key, found in told.items()
    ]
    return fired, overtaken, findings


def _told(case: _Case) -> tuple[dict[Key, _Told], list[Finding]]:
    """The rungs that the history says fired, each once."""
    told: dict[Key, _Told] = {}
    times_told: Counter[Key] = Counter()
    for row in case.entries:
        if row[history.KIND] != "rung":
            continue
        detail = orjson.loads(row[history.DETAIL])
        own = (detail["rung"], detail["repeat"])
        for rung, repeat in (own, *map(tuple, detail.get("skipped", ()))):
            key: Key = (detail["clock"], detail["round"], rung, repeat)
            times_told[key] += 1
            told.setdefault(key, _Told(at=row[history.AT], stood_for=(rung, repeat) != own))
    twice = [_finding(case, "rung-twice", key, f"fired {count} times") for key, count in times_told.items() if count > 1]
    return told, twice


def _expected(case: _Case, until: int) -> Iterator[tuple[Key, int, int | None]]:
    """Each rung that should have fired up to `until`: its key, its due moment, and when the next effect (or the end of the clock's
    process) would have taken it away, had it not fired by then; None if the next effect leaves it owed.

    A rung's own entry is left out of the fold; its reckoned one stands in its place, at the moment it was due."""
    compiled = case.compiled
    effects = case.effects()
    facts: dict[str, object] = dict(case.facts)
    folds: dict[str, clocks.ClockFold] = dict(case.begun)
    for effect, following in zip(effects, [*effects[1:], None], strict=True):
        facts.update(effect.facts)
        folds = clocks.apply(compiled.plans, folds, effect, facts, compiled.timelines)
        before = until if following is None else following.at + case.by_a_rung(following)
        for _ in range(MOST):
            owed = _next(compiled, folds)
            if owed is None or max(owed[1].due, case.since) >= before:
                break
            name, rung = owed
            key: Key = (name, folds[name].round, rung.rung, rung.repeat)
            yield key, max(rung.due, case.since), until if following is None else _taken_away(compiled, folds, following, facts, key)
            fires = replace(_still(effect), at=max(rung.due, effect.at), rung=key)
            folds = clocks.apply(compiled.plans, folds, fires, facts, compiled.timelines)


def _taken_away(
    compiled: catalog.Compiled, folds: dict[str, clocks.ClockFold], following: clocks.Effect, facts: dict[str, object], key: Key
) -> int | None:
    """When an effect ends what a rung that has not fired is owed by; None if it does not."""
    after = clocks.apply(compiled.plans, folds, following, {**facts, **following.facts}, compiled.timelines)
    fold = after[key[0]]
    owed = ladders.owed(compiled.plans[key[0]], fold, compiled.timelines)
    return None if owed is not None and (fold.round, owed.rung, owed.repeat) == key[1:] else following.at


def _next(compiled: catalog.Compiled, folds: dict[str, clocks.ClockFold]) -> tuple[str, ladders.Owed] | None:
    """The earliest rung that any clock owes."""
    first: tuple[str, ladders.Owed] | None = None
    for name, fold in folds.items():
        owed = ladders.owed(compiled.plans[name], fold, compiled.timelines)
        if owed is not None and (first is None or owed.due < first[1].due):
            first = (name, owed)
    return first


def _still(effect: clocks.Effect) -> clocks.Effect:
    """An effect that changes nothing but what a rung does."""
    return clocks.Effect(
        at=effect.at, seq=effect.seq, trigger="rung", kind=None, from_state=effect.to_state, to_state=effect.to_state, facts={}
    )


def _finding(case: _Case, code: str, key: Key, words: str) -> Finding:
    clock, round_, rung, repeat = key
    again = f", repeat {repeat}" if repeat else ""
    return Finding(code=code, case=case.number, detail=f"{clock} (round {round_}), rung {rung + 1}{again}: {words}")


def _at(case: _Case, moment: int) -> str:
    return f"{times.local(moment, case.compiled.zone):%m-%d %H:%M:%S}"
