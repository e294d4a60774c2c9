"""A case as part of its history leaves it: what the engine knew of it before an entry, or at a moment.

The same facts that `verify` derives, as a draft that the engine's own functions take; nothing of it is ever written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine import draft, eras, history
from notifications import compose
from sla import clocks

Rows = Sequence[tuple[Any, ...]]


def after(case: draft.Draft, rows: Rows) -> draft.Draft:
    """The case after these entries, the first of which is its opening, under the definition it then had.

    Timers are left out: nothing is armed by who looks back."""
    until = rows[-1][history.SEQ]
    life, compiled = eras.life(case, rows), eras.compiled_at(case, until)
    moved = [row for row in rows if row[history.KIND] in ("open", "move", eras.MIGRATE) and row[history.FROM] != row[history.TO]]
    changes = eras.changes(case, rows)
    known: dict[str, Any] = {}
    for effect in clocks.in_order(life.effects):
        known.update(effect.facts)
    last, counts = eras.who_did_what(compiled, rows)
    return replace(
        case,
        compiled=compiled,
        earlier=tuple(era for era in case.earlier if era.seq <= until),
        state=moved[-1][history.TO],
        version=changes.version,
        facts=known,
        facts_text=None,
        folds=life.folds(),
        last=last,
        counts=counts,
        timers={},
        latest=max(row[history.AT] for row in rows),
        changed_at=changes.changed_at,
        closed_at=changes.closed_at,
        length=len(rows),
        stored_length=len(rows),
        urgent=compose.is_urgent(case.town.people, known),
    )


def known_at(case: draft.Draft, rows: Rows, at: int) -> draft.Draft:
    """The case as the engine knew it at a moment: what had been recorded by then."""
    recorded = [row for row in rows if row[history.RECORDED] <= at]
    return after(case, recorded) if len(recorded) < len(rows) else case
