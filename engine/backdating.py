"""What is recorded late: an effect that happened before the case's latest entry. The clocks are folded anew over the whole history.

Effects that happened at given times, recorded in any order the rules admit, give the same deadline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import draft, eras, errors, history
from engine import now as times
from sla import clocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The state at a moment before the case's latest entry, and everything that was recorded of it."""

    state: str
    life: eras.Life

    def folds_with(self, effect: clocks.Effect) -> dict[str, clocks.ClockFold]:
        """The clocks, had the effect been recorded when it happened."""
        return self.life.folds(also=effect)

    def folds_at(self, at: int) -> dict[str, clocks.ClockFold]:
        """The clocks as they stood at a moment."""
        return self.life.folds(until=at)

    def facts_with(self, effect: clocks.Effect) -> dict[str, Any]:
        """The facts as they now stand: the latest that happened wins, not the latest recorded."""
        facts: dict[str, Any] = {}
        for each in sorted([*self.life.effects, effect], key=lambda e: (e.at, e.seq)):
            facts.update(each.facts)
        return facts


def past(batch: draft.Batch, case: draft.Draft, at: int) -> Past:
    """Read the history and find the state at `at`. Raises TooEarly before the opening, and before the case came under its definition."""
    if at < case.opened_at:
        raise errors.TooEarly(
            f"{case.number} was opened at {times.written(case.opened_at, case.compiled.zone)}; nothing can have happened to it before",
            f"{case.number} 于 {times.written(case.opened_at, case.compiled.zone)} 开案；在此之前不可能发生任何事",
        )
    if case.earlier and at < case.earlier[-1].at:
        since = times.written(case.earlier[-1].at, case.compiled.zone)
        raise errors.TooEarly(
            f"{case.number} was moved to another version of its workflow at {since}; what happened before can no longer be entered, "
            "for it would have to be judged by rules that no longer hold for it",
            f"{case.number} 已于 {since} 迁移到流程的另一版本；此前发生的事不能再补录，因为原版本的规则已不适用于该案件",
        )
    life = eras.life(case, [*history.rows(batch.tx, case.id), *(r for r in batch.history if r[0] == case.id)])
    state = ""
    for effect in sorted(life.effects, key=lambda e: (e.at, e.seq)):
        if effect.at <= at and effect.to_state != effect.from_state:  # what leaves the state may have been recorded before it changed
            state = effect.to_state
    return Past(state=state, life=life)


def require_in_order(case: draft.Draft, at: int, *, changes: bool) -> None:
    """A change of state cannot slip in before one that is already recorded."""
    if changes and at < case.changed_at:
        raise errors.TooEarly(
            f"{case.number} changed its state at {times.written(case.changed_at, case.compiled.zone)}; a change before that can no longer be entered",
            f"{case.number} 的状态已于 {times.written(case.changed_at, case.compiled.zone)} 变更；不能再补录更早的状态变更",
        )
