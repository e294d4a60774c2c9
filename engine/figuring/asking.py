"""A leader's question, answered: the figures of a period, each beside that of another period and beside what is known from elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from config.problems import Problem
from engine import composition, figures, outcomes, stats
from engine.figuring import outside, periods
from storage import errors as storage_errors

logger = logging.getLogger(__name__)
FEW = 30
"""Below so many a share moves by more than three points for a single case: said, so that nobody is fooled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A figure of the period and the same of the period before it. `change`: of a rate in points (shares of one), else as a share."""

    row: figures.Row
    before: figures.Row | None = None

    @property
    def change(self) -> float | None:
        before = self.before.value if self.before is not None else None
        if before is None or self.row.value is None:
            return None
        if self.row.figure.kind == "rate":
            return self.row.value - before
        return self.row.value / before - 1 if before else None

    @property
    def few(self) -> bool:
        """Whether a rate of the two hangs on few cases."""
        both = [each for each in (self.row, self.before) if each is not None and each.figure.kind == "rate"]
        return any(0 < each.denominator < FEW for each in both)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Rows in the order of their groups; `compared` says that there was another period; `problems` are those of the outside counts."""

    rows: tuple[Compared, ...]
    period: periods.Period
    against: periods.Period | None
    problems: tuple[Problem, ...]

    @property
    def groups(self) -> dict[str, list[Compared]]:
        found: dict[str, list[Compared]] = {}
        for each in self.rows:
            found.setdefault(each.row.group, []).append(each)
        return found


def answer(
    engine: composition.Engine,
    wanted: stats.Wanted,
    *,
    period: periods.Period,
    against: periods.Period | None = None,
    now: int,
    progress: Callable[[int, int], None] | None = None,
) -> Answer:
    """The figures that are `wanted` for a period. What is over is remembered first, if the store can be written."""
    try:
        outcomes.keep_up(engine.store, engine.catalog, now=now, progress=progress)
    except storage_errors.StorageError as exc:
        logger.warning("what became of cases could not be remembered; it is reckoned anew", extra={"reason": str(exc)})
    rows, wrong = _of(engine, wanted, period, now)
    before: dict[tuple[str, str], figures.Row] = {}
    if against is not None:
        earlier, more = _of(engine, wanted, against, now)
        before = {(row.group, row.name): row for row in earlier}
        wrong += [each for each in more if each not in wrong]
    here = {(row.group, row.name) for row in rows}
    gone = [_nothing(row) for key, row in before.items() if key not in here and row.figure.kind != "time"]
    compared = [Compared(row=row, before=before.get((row.group, row.name))) for row in [*rows, *gone]]
    ordered = sorted(compared, key=lambda each: each.row.group)
    return Answer(rows=tuple(ordered), period=period, against=against, problems=tuple(wrong))


def _of(
    engine: composition.Engine, wanted: stats.Wanted, period: periods.Period, now: int
) -> tuple[list[figures.Row], list[Problem]]:  # fmt: skip
    wanted = replace(wanted, since=period.since, until=period.until)
    known = outside.read(engine.settings.programmes, engine.catalog, wanted)
    wanted = replace(wanted, known=known.known)
    with engine.store.reading() as tx:
        rows = stats.stats(tx, engine.catalog, wanted, now=now)
    return [*rows, *known.rows(wanted)], known.problems


def _nothing(row: figures.Row) -> figures.Row:
    """The same figure of a group in which nothing was this time."""
    return replace(row, numerator=0, denominator=1 if row.figure.kind == "count" else 0, value=0.0 if row.figure.kind == "count" else None)


def body(each: Compared, language: str, *, compared: bool) -> dict[str, Any]:
    """A row as JSON."""
    row = each.row
    found: dict[str, Any] = {
        "name": row.name,
        "group": row.group,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "value": row.value,
        "formula": row.formula.say(language),
        "title": row.title("zh"),
        "group_title": row.group_title.say(language) if row.group_title is not None else row.group,
        "kind": row.figure.kind,
    }
    if row.figure.without is not None:
        found["exempt"] = "without" if row.without else "with"
    if compared:
        before = each.before
        found["against"] = (
            {"numerator": before.numerator, "denominator": before.denominator, "value": before.value} if before is not None else None
        )
        found["change"] = each.change
        found["change_in"] = "points" if row.figure.kind == "rate" else "share"
    if row.figure.kind == "rate":
        found["few"] = each.few
    return found
