"""Moving open cases to another version of their workflow, and back: an entry in each case's history, in batches of one transaction each.

What a dry run shows and what a real run writes comes from the same function, `crossing.take`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import (
    actors,
    cases,
    catalog,
    composition,
    crossing,
    doorbell,
    draft,
    eras,
    errors,
    forecast,
    history,
    requests,
    versions,
    views,
)
from sla import errors as sla_errors
from storage import database, moving, statements
from storage import errors as storage_errors

CHUNK = 500
IN_FORCE = "in-force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version of a programme: the definition of each of its workflows."""

    programme: str
    hash: str
    workflows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases, and how. Empty: all workflows, all cases. `names`: states and clocks that are called otherwise there.
    `back`: take back what this command moved to the version."""

    version: Version
    workflow: str = ""
    cases: tuple[str, ...] = ()
    names: tuple[crossing.Name, ...] = ()
    back: bool = False
    actor: str = requests.SYSTEM
    reason: str = ""


class Unclear(errors.EngineError):
    """Said of one programme, where there are several."""

    code = "unclear"


class MayNotMigrate(errors.EngineError):
    """Somebody who only reports moves nobody to other rules."""

    code = "role"

    def __init__(self, actor: str) -> None:
        super().__init__(
            f"{actor} only reports; cases are moved to a version by somebody with another role, or by the operator (without --as)",
            f"{actor} 只有上报角色；请由其他角色的人员迁移，或由运维迁移（不填 --as）",
        )


class OtherProgramme(errors.EngineError):
    """The version is one of another town's."""

    code = "other-programme"

    def __init__(self, own: str, other: str) -> None:
        super().__init__(
            f"the case belongs to {own}, the version to {other}; give a version of {own}",
            f"案件属于 {own}，该版本属于 {other}；请给出 {own} 的版本",
        )


def version(tx: database.Transaction, known: catalog.Catalog, words: str, programme: str = "") -> Version:
    """A version by `in-force` or the beginning of its hash. Raises NotFound, Unclear or Ambiguous where several are meant."""
    known.refresh(tx)
    if words == IN_FORCE:
        names = [programme] if programme else sorted(known.programmes)
        if len(names) != 1:
            raise Unclear(
                f"{words} is said of one programme; give --programme, one of: {', '.join(names) or 'none yet'}",
                f"{words} 须针对一个项目；请用 --programme 指定：{'、'.join(names) or '尚无'}",
                possible=names,
            )
        town = known.of(names[0])
        return Version(programme=names[0], hash=town.hash, workflows=town.newest)
    if programme:
        known.of(programme)
    found = versions.named(tx, words, programme)
    if found is None:
        there = [IN_FORCE, *(town.hash[: versions.SHORT] for town in known.programmes.values())]
        raise errors.NotFound("version", words, zh="版本", known=there)
    name, digest, workflows = found
    return Version(programme=name, hash=digest, workflows=workflows)


def count(tx: database.Transaction, known: catalog.Catalog, wanted: Wanted) -> int:
    """How many open cases are asked for. Raises NotFound for a workflow, a person, a case or a name that there is not, and
    MayNotMigrate."""
    known.refresh(tx)
    names = sorted(wanted.version.workflows)
    if wanted.workflow and wanted.workflow not in names:
        raise errors.unknown("workflow", wanted.workflow, names, zh="流程")
    if wanted.actor != requests.SYSTEM:
        people = known.of(wanted.version.programme).live.people
        if wanted.actor not in people.people:
            raise errors.NotFound("person", wanted.actor, zh="人员")
        if not actors.decides(people, wanted.actor):
            raise MayNotMigrate(wanted.actor)
    under: dict[int, int] = dict(tx.all(moving.OPEN_UNDER_COUNT, (wanted.version.programme, tx.listed(_sources(tx, wanted)))))
    news = [known.pinned(tx, number) for number in wanted.version.workflows.values()]
    crossing.require_known(wanted.names, [known.pinned(tx, number) for number in under], news)
    return len(_named(tx, known, wanted)) if wanted.cases else sum(under.values())


def rehearse(engine: composition.Engine, wanted: Wanted) -> Iterator[forecast.Row]:
    """What a real run would do to each case: the same, and nothing is written. One consistent view."""
    now, last = engine.time.now(), -1
    with engine.store.reading(consistent=True) as tx:
        while ids := _page(tx, engine.catalog, wanted, last):
            batch = draft.Batch(tx, engine.catalog, now)
            batch.load(ids, statements.CASES_PEEK)
            yield from _each(batch, wanted)
            last = ids[-1]


def carry_out(engine: composition.Engine, wanted: Wanted) -> Iterator[forecast.Row]:
    """Move the cases, each batch in a transaction of its own; rows come after their commit. Stopped half-way it may be run again:
    a case that is there already is passed over."""
    last = -1
    while True:
        ids, rows = _batch(engine, wanted, last)
        if not ids:
            return
        yield from rows
        last = ids[-1]


def _batch(engine: composition.Engine, wanted: Wanted, last: int) -> tuple[list[int], list[forecast.Row]]:
    """One transaction, tried again if somebody else was faster."""
    for _ in range(cases.REPLAYS):
        try:
            with engine.store.writing() as tx:
                engine.catalog.refresh(tx)
                now = engine.time.now() if engine.time.mode != "virtual" else engine.time.move_to(tx, 0)
                ids = _page(tx, engine.catalog, wanted, last)
                batch = draft.Batch(tx, engine.catalog, now)
                batch.load(ids)
                rows = list(_each(batch, wanted))
                earliest = batch.flush() if batch.changed else None
                tx.many(moving.PIN_CASES, [(case.compiled.id, number) for number, case in sorted(batch.changed.items())])
                if earliest is not None and earliest <= now + engine.time.span_of(doorbell.POLL):
                    doorbell.ring(tx, engine.store)
                return ids, rows
        except storage_errors.Duplicate:
            continue
    raise errors.Busy(
        "others keep changing the same cases; run it again, it goes on where it stopped",
        "其他人正在修改这些案件；请重新运行，将从中断处继续",
    )


def _page(tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, last: int) -> list[int]:
    """The next cases to look at, by id."""
    if wanted.cases:
        return [number for number in _named(tx, known, wanted) if number > last][:CHUNK]
    return [row[0] for row in tx.all(moving.OPEN_UNDER, (wanted.version.programme, tx.listed(_sources(tx, wanted)), last, CHUNK))]


def _sources(tx: database.Transaction, wanted: Wanted) -> list[int]:
    """The definitions whose cases are asked for: all others of the programme, or those of the version where it is taken back."""
    there = frozenset(wanted.version.workflows.values())
    known = tx.all(moving.DEFINITIONS_OF, (wanted.version.programme,))
    return [number for number, flow in known if (number in there) is wanted.back and wanted.workflow in ("", flow)]


def _named(tx: database.Transaction, known: catalog.Catalog, wanted: Wanted) -> list[int]:
    return sorted({views.find(tx, known, reference).id for reference in wanted.cases})


def _each(batch: draft.Batch, wanted: Wanted) -> Iterator[forecast.Row]:
    """Move every case of a batch that is open and not there yet (or there, where it is taken back)."""
    entries = history.of(batch.tx, batch.drafts)
    there = frozenset(wanted.version.workflows.values())
    for case in list(batch.drafts.values()):
        if case.compiled.programme != wanted.version.programme:
            yield crossing.refused(case, OtherProgramme(case.compiled.programme, wanted.version.programme))
        elif case.closed_at is None and (case.compiled.id in there) is wanted.back:
            row = _move(batch, case, entries[case.id], wanted)
            if row is not None:
                yield row


def _move(batch: draft.Batch, case: draft.Draft, entries: Sequence[tuple[Any, ...]], wanted: Wanted) -> forecast.Row | None:
    """Move one case; None where there is nothing to take back."""
    undone = eras.standing_border(case, entries) if wanted.back else None
    if wanted.back and undone is None:
        return None
    try:
        way = crossing.back(case, entries, undone, wanted.names) if undone is not None else _forth(batch, case, wanted)
        return crossing.take(batch, case, way, entries, actor=wanted.actor, reason=wanted.reason, undone=undone)
    except errors.EngineError as refusal:
        return crossing.refused(case, refusal)
    except sla_errors.SlaError as exc:
        return crossing.refused(case, crossing.FactsUnfit(exc))


def _forth(batch: draft.Batch, case: draft.Draft, wanted: Wanted) -> crossing.Way:
    flow = case.compiled.workflow.workflow
    if flow not in wanted.version.workflows:
        raise crossing.WorkflowGone(flow)
    return crossing.forth(case, batch.catalog.pinned(batch.tx, wanted.version.workflows[flow]), wanted.names)
