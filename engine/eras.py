"""A case's life in eras: each under one definition, ended by an entry of kind `migrate`. Whoever folds or reads a history goes through here.

A case that was never moved to another definition has one era, and is folded as if there were no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from engine import catalog, courses, draft, history
from sla import carrying, clocks

MIGRATE = "migrate"
"""The kind, and the trigger, of the entry between two eras."""


class Crossed(NamedTuple):
    """What a `migrate` entry says: its number, how the clocks crossed, and the number of the entry that it takes back."""

    seq: int
    crossing: carrying.Crossing
    undoes: int | None


class Stretch(NamedTuple):
    """One era as it was lived: the clocks and facts with which it began, and the clocks at its end."""

    compiled: catalog.Compiled
    crossed: Crossed | None
    begun: Mapping[str, clocks.ClockFold]
    facts: Mapping[str, object]
    effects: tuple[clocks.Effect, ...]
    ended: Mapping[str, clocks.ClockFold]


class Passage(NamedTuple):
    """A clock's way through one era: what it was called there, the entries of that time (above `first`, below `end`), the moment at
    which the next passage begins, and which of its rungs are which of the last era's (None: the same)."""

    stretch: Stretch
    clock: str
    first: int
    end: int | None
    until: int | None
    rungs: Mapping[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that was recorded of a case, as the clocks see it, with the definition of each era."""

    definitions: tuple[catalog.Compiled, ...]
    effects: tuple[clocks.Effect, ...]
    crossed: tuple[Crossed, ...] = ()

    def folds(self, *, until: int | None = None, also: clocks.Effect | None = None) -> dict[str, clocks.ClockFold]:
        """The clocks after everything that happened up to `until`, and after one effect more, of the last era."""
        if not self.crossed:
            compiled = self.definitions[0]
            effects = self.effects if until is None else tuple(e for e in self.effects if e.at <= until)
            return clocks.fold(compiled.plans, effects if also is None else (*effects, also), compiled.timelines)
        return dict(self.stretches(until=until, also=also)[-1].ended)

    def stretches(self, *, until: int | None = None, also: clocks.Effect | None = None) -> list[Stretch]:
        """Era by era, each from where the one before ended."""
        lived: list[Stretch] = []
        facts: dict[str, object] = {}
        for crossed, compiled, effects in self._eras(until, also):
            begun: Mapping[str, clocks.ClockFold] = {} if crossed is None else _crossed(lived, compiled, crossed, facts)
            known, folds = dict(facts), begun
            for effect in clocks.in_order(effects):
                facts.update(effect.facts)
                folds = clocks.apply(compiled.plans, folds, effect, facts, compiled.timelines)
            lived.append(Stretch(compiled, crossed, begun, known, tuple(effects), folds))
        return lived

    def _eras(
        self, until: int | None, also: clocks.Effect | None
    ) -> Iterator[tuple[Crossed | None, catalog.Compiled, list[clocks.Effect]]]:
        borders = [None, *(each for each in self.crossed if until is None or each.crossing.at <= until)]
        ends = [each.seq for each in borders if each is not None]
        for number, crossed in enumerate(borders):
            first = 0 if crossed is None else crossed.seq
            end = ends[number] if number < len(ends) else None
            effects = [e for e in self.effects if first < e.seq and (end is None or e.seq < end) and (until is None or e.at <= until)]
            yield crossed, self.definitions[number], [*effects, also] if also is not None and end is None else effects


def life(case: draft.Draft, entries: Iterable[tuple[Any, ...]]) -> Life:
    """A case's history (all of it, or up to some entry) with its eras."""
    if not case.earlier:
        return Life(definitions=(case.compiled,), effects=tuple(history.effects(case.compiled, entries)))
    rows = list(entries)
    effects = tuple(effect for row in rows for effect in history.effects(compiled_at(case, row[history.SEQ]), (row,)))
    crossed = tuple(_read(row) for row in rows if row[history.KIND] == MIGRATE)
    definitions = (*(era.compiled for era in case.earlier), case.compiled)
    return Life(definitions=definitions[: len(crossed) + 1], effects=effects, crossed=crossed)


def compiled_at(case: draft.Draft, seq: int) -> catalog.Compiled:
    """The definition under which an entry was written; a `migrate` entry counts to the era it begins."""
    return next((era.compiled for era in case.earlier if seq < era.seq), case.compiled)


def fired_before(lived: Sequence[Stretch]) -> dict[str, dict[carrying.Mark, int]]:
    """What has fired in this round of each clock of the last era, in the eras before it."""
    found: dict[str, dict[carrying.Mark, int]] = {}
    for clock, now in lived[-1].ended.items() if lived else ():
        marks = found.setdefault(clock, {})
        for passage in passages(lived, clock)[:-1]:
            fold, plan = passage.stretch.ended[passage.clock], passage.stretch.compiled.plans[passage.clock]
            for mark, count in zip(carrying.marks_of(plan), fold.fired, strict=False) if fold.round == now.round else ():
                marks[mark] = max(marks.get(mark, 0), count)
    return found


def cross(
    old: catalog.Compiled, new: catalog.Compiled, folds: draft.Fold, crossing: carrying.Crossing, facts: Mapping[str, object]
) -> draft.Fold:
    """The clocks of a case that goes on under another definition."""
    return carrying.carry(_side(old), _side(new), folds, crossing, facts)


def cross_back(
    case: draft.Draft, lived: Sequence[Stretch], undone: Crossed, new: catalog.Compiled, crossing: carrying.Crossing
) -> draft.Fold:  # fmt: skip
    """The clocks of a case after a crossing of before is taken back."""
    number = _begun_by(lived, undone.seq)
    return carrying.bring_back(
        _side(case.compiled), _side(new), case.folds, crossing, case.facts, left=lived[number - 1].ended, found=lived[number].begun
    )


def standing_border(case: draft.Draft, entries: Iterable[tuple[Any, ...]]) -> Crossed | None:
    """The latest crossing that has not been taken back; None where the case is under the definition with which it was opened."""
    standing: list[Crossed] = []
    for crossed in life(case, entries).crossed:
        standing = [*standing, crossed] if crossed.undoes is None else [each for each in standing if each.seq != crossed.undoes]
    return standing[-1] if standing else None


def called(case: draft.Draft, entries: Iterable[tuple[Any, ...]], clock: str, *, after: int, until: int) -> str | None:
    """The name at entry `until` of a clock that had this name at entry `after`; None if it ended at a border between them that has
    not been taken back."""
    name: str | None = clock
    ended: dict[int, str] = {}
    for row in entries if case.earlier else ():
        if row[history.KIND] != MIGRATE or not after < row[history.SEQ] <= until:
            continue
        detail = orjson.loads(row[history.DETAIL])
        if name is None:
            name = ended.get(detail.get("undoes"))
        else:
            ended[row[history.SEQ]] = name
            name = detail["clocks"].get(name)
    return name


def who_did_what(compiled: catalog.Compiled, entries: Iterable[tuple[Any, ...]]) -> tuple[dict[str, str], dict[str, int]]:
    """Of the triggers that a definition watches and counts: who did each last, and how often, in the whole history."""
    last: dict[str, str] = {}
    counts: dict[str, int] = {}
    for row in entries:
        if row[history.KIND] not in ("open", "move"):
            continue
        actor = history.reporter(row) if row[history.KIND] == "open" else row[history.ACTOR]
        if row[history.TRIGGER] in compiled.watched and actor is not None:
            last[row[history.TRIGGER]] = actor
        if row[history.TRIGGER] in compiled.counted:
            counts[row[history.TRIGGER]] = counts.get(row[history.TRIGGER], 0) + 1
    return last, counts


class Changes(NamedTuple):
    """What its history makes of a case's row: its version, since when it is in its state, when it was closed (None: it is open)."""

    version: int
    changed_at: int
    closed_at: int | None


def changes(case: draft.Draft, entries: Sequence[tuple[Any, ...]]) -> Changes:
    """After these entries, the first of which is the opening."""
    version, changed, closed = 0, entries[0][history.AT], None
    for row in entries:
        version += row[history.KIND] in ("open", "move", MIGRATE)
        if row[history.KIND] in ("open", "move") and row[history.FROM] != row[history.TO]:
            changed = row[history.AT]
            final = compiled_at(case, row[history.SEQ]).machine.final
            closed = (closed or changed) if row[history.TO] in final else None
    return Changes(version, changed, closed)


def moves_now(entries: Iterable[tuple[Any, ...]]) -> list[courses.Entry]:
    """The opening and the moves in the order in which they happened, with the states by the names they have in the last era."""
    found: list[tuple[tuple[int, int], courses.Entry]] = []
    for row in entries:
        if row[history.KIND] in ("open", "move"):
            entry = courses.Entry(row[history.AT], row[history.TRIGGER], row[history.FROM], row[history.TO])
            found.append(((row[history.AT], row[history.SEQ]), entry))
        elif row[history.KIND] == MIGRATE:
            names: dict[str | None, Any] = orjson.loads(row[history.DETAIL])["states"]
            found = [
                (place, e._replace(from_state=names.get(e.from_state, e.from_state), to_state=names.get(e.to_state, e.to_state)))
                for place, e in found
            ]
    return [entry for _, entry in sorted(found)]


def passages(lived: Sequence[Stretch], clock: str) -> list[Passage]:
    """The eras through which a clock of the last one has come, oldest first. One that was brought back has not been in between."""
    number, name = len(lived) - 1, clock
    until: int | None = None
    rungs: Mapping[int, int] | None = None
    found: list[Passage] = []
    while True:
        stretch, crossed = lived[number], lived[number].crossed
        following = lived[number + 1].crossed if number + 1 < len(lived) else None
        end = following.seq if following is not None else None
        found.insert(0, Passage(stretch, name, crossed.seq if crossed is not None else 0, end, until, rungs))
        if crossed is None:
            return found
        until = crossed.crossing.at
        source = next((before for before, after in crossed.crossing.clocks.items() if after == name), None)
        if source is not None and source in lived[number - 1].ended:
            pairs = dict(crossed.crossing.rungs.get(name, ()))
            rungs = {before: rungs[after] for before, after in pairs.items() if after in rungs} if rungs is not None else pairs
            number, name = number - 1, source
        elif crossed.undoes is not None and name in lived[_begun_by(lived, crossed.undoes) - 1].ended:
            number = _begun_by(lived, crossed.undoes) - 1
        else:
            return found


def astray(case: draft.Draft, entries: Iterable[tuple[Any, ...]]) -> str | None:
    """Where the definitions on a case's row are not those that its entries say; None if they agree."""
    flow = case.compiled.workflow
    if case.state not in flow.states or (not case.earlier and not case.facts.keys() <= flow.facts.keys()):
        return f"definition: by its row {case.compiled.id}, a {flow.workflow}, which knows no such state or facts as it has"
    rows = [row for row in entries if row[history.KIND] == MIGRATE]
    details = [orjson.loads(row[history.DETAIL]) for row in rows]
    kept = [[era.compiled.id, era.compiled.hash, era.seq, era.at] for era in case.earlier]
    told = [[said["from"]["id"], said["from"]["hash"], row[history.SEQ], row[history.AT]] for row, said in zip(rows, details, strict=True)]
    following = [*kept[1:], [case.compiled.id, case.compiled.hash]]
    if kept == told and all([said["to"]["id"], said["to"]["hash"]] == each[:2] for said, each in zip(details, following, strict=False)):
        return None
    row = " → ".join(str(number) for number in (*(era[0] for era in kept), case.compiled.id))
    names = " → ".join(str(said["to"]["id"]) for said in details) or "never another"
    return f"definition: by its row {row}, by its entries {names}"


def _crossed(lived: Sequence[Stretch], new: catalog.Compiled, crossed: Crossed, facts: Mapping[str, object]) -> draft.Fold:
    before, crossing = lived[-1], replace(crossed.crossing, fired=fired_before(lived))
    if crossed.undoes is None:
        return cross(before.compiled, new, before.ended, crossing, facts)
    number = _begun_by(lived, crossed.undoes)
    return carrying.bring_back(
        _side(before.compiled), _side(new), before.ended, crossing, facts, left=lived[number - 1].ended, found=lived[number].begun
    )


def _begun_by(lived: Sequence[Stretch], seq: int) -> int:
    """The place of the era that a border's entry began."""
    return next(number for number, each in enumerate(lived) if each.crossed is not None and each.crossed.seq == seq)


def _side(compiled: catalog.Compiled) -> carrying.Side:
    return carrying.Side(compiled.plans, compiled.timelines)


def _read(row: tuple[Any, ...]) -> Crossed:
    detail = orjson.loads(row[history.DETAIL])
    crossing = carrying.Crossing(
        at=row[history.AT],
        to_state=row[history.TO],
        clocks=detail["clocks"],
        rungs={clock: tuple((before, after) for before, after in pairs) for clock, pairs in detail["rungs"].items()},
    )
    return Crossed(row[history.SEQ], crossing, detail.get("undoes"))
