"""One case's history walked again: what the engine kept after each entry, so that the next can be held against the rules.

The rules themselves are in `conform_moves` and `conform_clocks`; they ask the same functions as the engine did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.words import Text
from engine import catalog, draft, eras, history
from engine import now as times
from engine.mining import conform_people
from sla import clocks

Entry = tuple[Any, ...]
"""A row of the history; `history` names its places."""
Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is remarkable about an entry. `deviates` False: a note, since it cannot be known today."""

    code: str
    seq: int
    detail: Text
    deviates: bool = True


@dataclass(slots=True, kw_only=True)
class Walk:
    """A case as it was after the entries walked so far, under the definition of the era in which they stand.

    `folds` is None from where its clocks cannot be followed any more; `steady` tells whether the calendars were always the same."""

    case: draft.Draft
    compiled: catalog.Compiled
    people: conform_people.People
    steady: Callable[[], bool]
    entries: Sequence[Entry]
    reporter: str | None = None
    latest: int = 0
    changes: list[tuple[int, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    walked: list[Entry] = field(default_factory=list)
    """The entries so far that the clocks understand."""
    folds: Mapping[str, clocks.ClockFold] | None = field(default_factory=dict)

    def state_at(self, at: int) -> str | None:
        """The state at a moment, by what was recorded so far."""
        return next((state for moment, state in reversed(self.changes) if moment <= at), None)

    def named(self, fact: str) -> str | None:
        """A fact that names a unit or a person."""
        value = self.facts.get(fact)
        return value if isinstance(value, str) else None

    def words_of(self, actor: str | None, wanted: frozenset[str]) -> frozenset[str] | None:
        """As `People.words`, in this case as it stands."""
        known = self.people.words(actor, wanted, unit=self.named("unit"), reporter=self.reporter, tracker=self.named("tracker"))
        deputed = {name for name in self.compiled.deputed if actor is not None and self.facts.get(name) == actor}
        return known if known is None else known | deputed

    def folds_at(self, at: int) -> Mapping[str, clocks.ClockFold]:
        """The clocks at a moment."""
        return self.folds or {} if at >= self.latest else eras.life(self.case, self.walked).folds(until=at)

    def refold(self) -> None:
        """The clocks as everything recorded so far gives them today."""
        if self.folds is not None:
            self.folds = eras.life(self.case, self.walked).folds()

    def follow(self, row: Entry) -> None:
        """Keep what the engine kept after this entry."""
        at, trigger = row[history.AT], row[history.TRIGGER]
        actor = history.reporter(row) if row[history.KIND] == "open" else row[history.ACTOR]
        if row[history.FROM] != row[history.TO]:
            self.changes.append((at, row[history.TO]))
        if row[history.KIND] in ("open", "move"):
            if trigger in self.compiled.watched and actor is not None:
                self.last[trigger] = actor
            if trigger in self.compiled.counted:
                self.counts[trigger] = self.counts.get(trigger, 0) + 1
        self._fold(row, late=at < self.latest)
        self.latest = max(self.latest, at)

    def _fold(self, row: Entry, *, late: bool) -> None:
        (effect,) = history.effects(self.compiled, [row])
        if effect.rung is not None and not has_rung(self.compiled, effect.rung[0], effect.rung[2]):
            return
        self.walked.append(row)
        if late:
            known = eras.life(self.case, self.walked).effects
            self.facts = {name: value for each in clocks.in_order(known) for name, value in each.facts.items()}
        else:
            self.facts.update(effect.facts)
        if late or row[history.KIND] == eras.MIGRATE:
            self.refold()
        elif self.folds is not None:
            self.folds = clocks.apply(self.compiled.plans, self.folds, effect, self.facts, self.compiled.timelines)


def deviation(code: str, row: Entry, en: str, zh: str) -> Remark:
    return Remark(code=code, seq=row[history.SEQ], detail=Text(zh=zh, en=en))


def note(code: str, row: Entry, en: str, zh: str) -> Remark:
    return Remark(code=code, seq=row[history.SEQ], detail=Text(zh=zh, en=en), deviates=False)


def stranger(row: Entry) -> Remark:
    who = row[history.ACTOR]
    return note(
        "actor-unknown",
        row,
        f"no version of the programme knows {who}; the role cannot be checked",
        f"任何版本中都没有 {who}，无法核对角色",
    )


def machines(row: Entry, actor: str) -> Iterator[Remark]:
    """What only the machine itself does, under a name that nobody can have."""
    who = row[history.ACTOR]
    if who != actor:
        yield deviation("wrong-actor", row, f"done by {who}; only {actor} does this", f"由 {who} 执行；只能由 {actor} 执行")


def has_rung(compiled: catalog.Compiled, clock: str, rung: int) -> bool:
    return clock in compiled.plans and 0 <= rung < len(compiled.plans[clock].rungs)


def in_time(walk: Walk, row: Entry) -> Iterator[Remark]:
    """Happened before it was recorded, after the opening, and entered late only where that is allowed."""
    at = row[history.AT]
    if at > row[history.RECORDED]:
        yield deviation("time-order", row, "happened after it was recorded", "发生时间晚于记录时间")
    if not walk.changes:
        return
    opened, changed = walk.changes[0][0], walk.changes[-1][0]
    if at < opened:
        yield deviation("time-order", row, "happened before the case was opened", "发生在开案之前")
    elif row[history.FROM] != row[history.TO] and at < changed:
        when = times.written(changed, walk.compiled.zone)
        yield deviation(
            "time-order",
            row,
            f"changed the state before the change of {when}, which was recorded first",
            f"状态变更早于此前已记录的变更（{when}）",
        )
    elif row[history.KIND] not in ("open", "move") and at < walk.latest:
        yield deviation(
            "time-order",
            row,
            "lies before what was already recorded; only a move can be entered late",
            "早于此前已记录的内容；只有操作可以补录",
        )


def in_place(walk: Walk, row: Entry) -> Iterator[Remark]:
    """Begins where the entry before left the case, and stays there unless it is a move."""
    source, to, kind = row[history.FROM], row[history.TO], row[history.KIND]
    stood = walk.state_at(row[history.AT])
    if stood is not None and source != stood:
        yield deviation(
            "state-skipped",
            row,
            f"begins in {source or 'nothing'}, but the case was {stood}",
            f"起始状态为 {source or '无'}，而案件当时为 {stood}",
        )
    if kind in _STAYING and source != to:
        yield deviation("state-changed", row, f"a {kind} took the case from {source} to {to}", f"{kind} 类记录使案件由 {source} 变为 {to}")


_STAYING = ("rung", "acknowledge", "refused", "rearm", "erase", "ask", "answer")
