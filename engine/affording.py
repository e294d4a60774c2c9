"""Can what linked cases do in the ledger at their opening be done? Asked for a whole move before any of it is carried out: where the
ledger refuses one of them, the move that would have opened it is refused, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine import awards, catalog, ledger, linking
from states import machine

Records = tuple[awards.Record, ...]


def at_opening(
    book: Callable[[], ledger.Book],
    compiled: catalog.Compiled,
    town: catalog.InForce,
    kept: Mapping[str, Any],
    reporter: str | None,
    *,
    at: int,
) -> Records:
    """What a case does in the ledger when it is opened. Raises its refusal."""
    if machine.OPEN not in compiled.awards:
        return ()
    people = {"reporter": reporter, "tracker": kept.get("tracker"), "actor": reporter}
    return ledger.due(book(), compiled, town, ledger.Asked(trigger=machine.OPEN, at=at, facts=kept, people=people))


def require(
    book: Callable[[], ledger.Book],
    compiled: catalog.Compiled,
    town: catalog.InForce,
    births: Sequence[linking.Birth],
    own: Records,
    *,
    at: int,
) -> None:
    """Raise what the ledger has against any of these cases, each coming after the move itself (`own`) and those before it."""
    if not any(map(_pays, births)):
        return
    trial = book().trial()
    _post(trial, compiled, own, at)
    _try(trial, town, births, at)


def _pays(birth: linking.Birth) -> bool:
    return machine.OPEN in birth.compiled.awards or any(map(_pays, birth.prepared.births))


def _try(trial: ledger.Book, town: catalog.InForce, births: Sequence[linking.Birth], at: int) -> None:
    for birth in births:
        _post(trial, birth.compiled, at_opening(lambda: trial, birth.compiled, town, birth.kept, birth.reporter, at=at), at)
        _try(trial, town, birth.prepared.births, at)


def _post(trial: ledger.Book, compiled: catalog.Compiled, records: Records, at: int) -> None:
    trial.post(awards.rows(programme=compiled.programme, case=0, seq=0, trigger="", actor=None, at=at, recorded=at, records=records))
