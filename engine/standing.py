"""A case as part of its history leaves it: what the engine knew of it before an entry, or at a moment.

The same facts that `verify` derives, as a draft that the engine's own functions take; nothing of it is ever written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine import draft, history
from notifications import compose
from sla import clocks

Rows = Sequence[tuple[Any, ...]]


def after(case: draft.Draft, rows: Rows) -> draft.Draft:
    """The case after these entries, the first of which is its opening. Timers are left out: nothing is armed by who looks back."""
    compiled = case.compiled
    effects = clocks.in_order(history.effects(compiled, rows))
    moves = [row for row in rows if row[history.KIND] in ("open", "move")]
    last: dict[str, str] = {}
    counts: dict[str, int] = {}
    state, changed, closed = "", rows[0][history.AT], None
    for row in moves:
        trigger, actor = row[history.TRIGGER], row[history.ACTOR]
        if row[history.FROM] != row[history.TO]:
            state, changed = row[history.TO], row[history.AT]
            closed = (closed or changed) if state in compiled.machine.final else None
        if trigger in compiled.watched and actor is not None:
            last[trigger] = actor
        if trigger in compiled.counted:
            counts[trigger] = counts.get(trigger, 0) + 1
    known: dict[str, Any] = {}
    for effect in effects:
        known.update(effect.facts)
    return replace(
        case,
        state=state,
        version=len(moves),
        facts=known,
        facts_text=None,
        folds=clocks.fold(compiled.plans, effects, compiled.timelines),
        last=last,
        counts=counts,
        timers={},
        latest=max(row[history.AT] for row in rows),
        changed_at=changed,
        closed_at=closed,
        length=len(rows),
        stored_length=len(rows),
        urgent=compose.is_urgent(case.town.people, known),
    )


def known_at(case: draft.Draft, rows: Rows, at: int) -> draft.Draft:
    """The case as the engine knew it at a moment: what had been recorded by then."""
    recorded = [row for row in rows if row[history.RECORDED] <= at]
    return after(case, recorded) if len(recorded) < len(rows) else case
