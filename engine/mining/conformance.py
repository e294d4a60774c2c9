"""Do the histories keep to the definitions they were pinned to? Each case is walked again, entry by entry, by the rules alone.

`verify` proves that nothing was altered after it was written; this asks whether what was written could come about at all. An honest
store has neither kind of finding; a forger who mends the chain is found here, and so is a fault of the engine itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from config.words import Text
from engine import asking, catalog, draft, eras, history, requests, retention, secrecy, versions
from engine.mining import conform_clocks, conform_moves, conform_people, conform_walk, processlog
from storage import database

UNREADABLE = "unreadable"
Rule = Callable[[conform_walk.Walk, int, conform_walk.Entry, conform_walk.Detail], Iterator[conform_walk.Remark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A deviation, or a note on what cannot be checked (not `deviates`). `seq` is the entry, None where the whole case is meant."""

    code: str
    case: str
    seq: int | None
    detail: Text
    deviates: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way through a workflow: its triggers in order, how many cases went it, and their mean time from opening to closing (µs; None: all open)."""

    path: tuple[str, ...]
    cases: int
    mean: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One workflow's figures. Fitness is the share of cases (of events) without a deviation."""

    programme: str
    workflow: str
    title: Text
    cases: int
    conforming: int
    events: int
    events_conforming: int
    ways: int
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    flows: tuple[Flow, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


@dataclass(slots=True)
class _Tally:
    """One workflow, added up. `ways`: path → (cases, closed, their time)."""

    title: Text
    cases: int = 0
    conforming: int = 0
    events: int = 0
    deviating: int = 0
    ways: dict[tuple[str, ...], list[int]] = field(default_factory=dict)


def conform(
    store: database.Store,
    known: catalog.Catalog,
    wanted: processlog.Wanted,
    *,
    variants: int = 10,
    viewer: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Walk every wanted case in one consistent view; the `variants` most frequent ways of each workflow. `progress(done, of)` as it goes.

    The figures are of all cases; findings name only those that the viewer may know of."""
    found: list[Finding] = []
    tallies: dict[tuple[str, str], _Tally] = {}
    with store.reading(consistent=True, lenient=True) as tx:
        known.refresh(tx)
        reader = _Reader(tx, known)
        total, seen = processlog.count(tx, wanted), 0
        for page in processlog.pages(tx, wanted):
            for row, entries in page:
                try:
                    case = draft.read(row, known, tx)
                except Exception as exc:
                    if viewer is None:  # what cannot be read may be hidden
                        found.append(Finding(code=UNREADABLE, case=str(row[1]), seq=None, detail=_unread(exc)))
                    continue
                flow = case.compiled.workflow
                if wanted.workflow not in ("", flow.workflow):
                    continue
                said = reader.remarks(case, entries)
                found += _shown(said, case, viewer)
                tally = tallies.setdefault((case.compiled.programme, flow.workflow), _Tally(flow.title))
                _add(tally, case, entries, {each.seq for each in said if each.deviates})
            seen += len(page)
            if progress is not None:
                progress(seen, total)
    findings, notes = (tuple(each for each in found if each.deviates is deviates) for deviates in (True, False))
    return Report(findings=findings, notes=notes, flows=tuple(_flow(*key, tallies[key], variants) for key in sorted(tallies)))


def _shown(said: Sequence[Finding], case: draft.Draft, viewer: str | None) -> list[Finding]:
    """What a viewer may know of the findings of a case; whose details may say facts, so where one is hidden they are not told."""
    if not said or not secrecy.sees(case, viewer):
        return []
    return [replace(each, detail=_UNTOLD) for each in said] if secrecy.hidden(case, viewer) else list(said)


_UNTOLD = Text(zh="（不显示）", en="(not shown)")


def _unread(exc: Exception) -> Text:
    said = f"{type(exc).__name__}: {exc}"
    return Text(zh=f"无法读取（{said}）；请运行 `fengxing verify`", en=f"cannot be read ({said}); run `fengxing verify`")


def _add(tally: _Tally, case: draft.Draft, entries: processlog.Rows, deviating: set[int | None]) -> None:
    tally.cases += 1
    tally.events += len(entries)
    tally.deviating += len(deviating)
    tally.conforming += not deviating
    path = tuple(row[history.TRIGGER] for row in sorted(entries, key=processlog.happened) if row[history.KIND] in ("open", "move"))
    way = tally.ways.setdefault(path, [0, 0, 0])
    way[0] += 1
    if case.closed_at is not None:
        way[1] += 1
        way[2] += case.closed_at - case.opened_at


def _flow(name: str, workflow: str, tally: _Tally, most: int) -> Flow:
    frequent = sorted(tally.ways.items(), key=lambda way: (-way[1][0], way[0]))[:most]
    return Flow(
        programme=name,
        workflow=workflow,
        title=tally.title,
        cases=tally.cases,
        conforming=tally.conforming,
        events=tally.events,
        events_conforming=max(0, tally.events - tally.deviating),
        ways=len(tally.ways),
        variants=tuple(
            Variant(path=path, cases=cases, mean=total // closed if closed else None) for path, (cases, closed, total) in frequent
        ),
    )


class _Reader:
    """Walks cases; knows the people of every version of their programmes."""

    def __init__(self, tx: database.Transaction, known: catalog.Catalog) -> None:
        self._tx, self._known = tx, known
        self._people: dict[str, conform_people.People] = {}

    def remarks(self, case: draft.Draft, entries: processlog.Rows) -> list[Finding]:
        """Entry by entry; where the walk cannot go on it ends with a finding."""
        name = case.compiled.programme
        if name not in self._people:
            self._people[name] = conform_people.People(self._tx, self._known, name)
        people = self._people[name]
        found: list[Finding] = []
        seq: int | None = None
        if not entries:
            return [Finding(code="opening", case=case.number, seq=None, detail=Text(zh="没有任何记录", en="the history is empty"))]
        try:
            walk = conform_walk.Walk(
                case=case,
                compiled=eras.compiled_at(case, 0),
                people=people,
                steady=lambda: people.steady() and not any(row[history.KIND] == "rearm" for row in entries),
                entries=entries,
            )
            for place, row in enumerate(entries):
                seq = row[history.SEQ]
                found += (
                    Finding(code=each.code, case=case.number, seq=each.seq, detail=each.detail, deviates=each.deviates)
                    for each in _entry(walk, place, row)
                )
        except Exception as exc:
            found.append(Finding(code=UNREADABLE, case=case.number, seq=seq, detail=_unread(exc)))
        return found


def _entry(walk: conform_walk.Walk, place: int, row: conform_walk.Entry) -> Iterator[conform_walk.Remark]:
    detail: dict[str, Any] = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
    yield from conform_walk.in_time(walk, row)
    yield from conform_walk.in_place(walk, row)
    yield from _RULES.get(row[history.KIND], _unknown)(walk, place, row, detail)
    walk.follow(row)


def _migrated(walk: conform_walk.Walk, place: int, row: conform_walk.Entry, detail: conform_walk.Detail) -> Iterator[conform_walk.Remark]:
    """From here on another definition holds, and the clocks go on as they crossed over to it."""
    walk.compiled = eras.compiled_at(walk.case, row[history.SEQ])
    states, source, to = detail["states"], row[history.FROM], row[history.TO]
    walk.last, walk.counts = eras.who_did_what(walk.compiled, walk.entries[:place])
    if to not in walk.compiled.workflow.states or to != states.get(source, source):
        yield conform_walk.deviation(
            "wrong-target",
            row,
            f"{source} is called {states.get(source, source)} now, not {to}",
            f"{source} 现称 {states.get(source, source)}，而非 {to}",
        )
    said, short = detail["to"]["hash"], versions.SHORT
    if said != walk.compiled.hash:
        yield conform_walk.deviation(
            "wrong-definition",
            row,
            f"says {said[:short]}, and the case went on under {walk.compiled.hash[:short]}",
            f"记录为 {said[:short]}，而案件此后依据 {walk.compiled.hash[:short]}",
        )


def _of_itself(
    _walk: conform_walk.Walk, _place: int, row: conform_walk.Entry, _detail: conform_walk.Detail
) -> Iterator[conform_walk.Remark]:  # fmt: skip
    """What the program does by itself."""
    yield from conform_walk.machines(row, requests.SYSTEM)


def _answered(
    _walk: conform_walk.Walk, _place: int, _row: conform_walk.Entry, _detail: conform_walk.Detail
) -> Iterator[conform_walk.Remark]:  # fmt: skip
    """An answer came by a code that was signed; `verify` holds it against who was asked."""
    return iter(())


def _unknown(_walk: conform_walk.Walk, _place: int, row: conform_walk.Entry, _detail: conform_walk.Detail) -> Iterator[conform_walk.Remark]:
    kind = row[history.KIND]
    yield conform_walk.note(
        "kind-unknown", row, f"an entry of kind {kind}, for which there are no rules", f"{kind} 类记录，没有可核对的规则"
    )


_RULES: Mapping[str, Rule] = {
    "open": conform_moves.opening,
    "move": conform_moves.move,
    "refused": conform_moves.refused,
    "rung": conform_clocks.rung,
    "acknowledge": conform_clocks.acknowledgement,
    "rearm": conform_clocks.rearmed,
    eras.MIGRATE: _migrated,
    retention.ERASE: _of_itself,
    asking.ASK: _of_itself,
    asking.ANSWER: _answered,
}
