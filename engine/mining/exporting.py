"""The process log written out: XES, OCEL 2.0, CSV or a workbook, in one consistent view of the store and in the memory of one chunk.

A file is written whole or not at all: beside its place first, and put there when it is complete."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from engine import catalog, draft, errors, secrecy
from engine.mining import formats, ocel, processlog, sheets, xes
from storage import database


class CaseUnreadable(errors.EngineError):
    """A log that leaves a case out would be taken for the whole; so there is none."""

    code = "case-unreadable"
    exit = errors.UNAVAILABLE

    def __init__(self, number: str) -> None:
        super().__init__(
            f"{number}: its rows cannot be read, so no log was written; `fengxing verify` says what is wrong with them",
            f"{number}：数据无法读取，未写出日志；请用 `fengxing verify` 查看问题",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What went out. `left_out`: cases that the viewer may not know of."""

    cases: int
    events: int
    activities: int
    left_out: int = 0


@dataclass(slots=True)
class _Counted:
    cases: int = 0
    left_out: int = 0
    events: int = 0
    activities: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is exported, and how. `bom` is for CSV; `now` (UTC µs) is when the clocks of open cases are reckoned."""

    format: formats.Format
    wanted: processlog.Wanted
    now: int
    bom: bool = False


def to_file(
    store: database.Store, known: catalog.Catalog, asked: Asked, path: Path, *, heard: Callable[[int, int], None] | None = None
) -> Exported:
    """Write a file (gzipped if its name ends with `.gz`). `heard(cases, of)` is called as it goes. Raises OSError where the disk refuses."""
    part = path.with_name(path.name + ".part")
    try:
        if asked.format is formats.Format.XLSX:
            done = _workbook(store, known, asked, part, heard)
        else:
            with (
                gzip.open(part, "wt", encoding="utf-8", newline="", compresslevel=6)
                if path.suffix == ".gz"
                else part.open("w", encoding="utf-8", newline="") as out
            ):
                done = to_stream(store, known, asked, out, heard=heard)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return done


def to_stream(
    store: database.Store, known: catalog.Catalog, asked: Asked, out: IO[str], *, heard: Callable[[int, int], None] | None = None
) -> Exported:
    """Write text as it comes; not for a workbook."""
    with store.reading(consistent=True) as tx:
        counted = _Counted()
        cases = _cases(tx, known, asked, counted, heard)
        if asked.format is formats.Format.XES:
            xes.write(cases, out.write)
        elif asked.format is formats.Format.OCEL2:
            ocel.write(cases, processlog.definitions(tx, known, asked.wanted, earlier=True), out.write)
        else:
            sheets.write_csv(cases, out.write, bom=asked.bom)
    return _exported(counted)


def _workbook(
    store: database.Store, known: catalog.Catalog, asked: Asked, path: Path, heard: Callable[[int, int], None] | None
) -> Exported:
    with store.reading(consistent=True) as tx, tempfile.TemporaryDirectory(prefix="fengxing-export-") as scratch:
        counted = _Counted()
        compiled = processlog.definitions(tx, known, asked.wanted)
        clocks = list(dict.fromkeys(name for each in compiled for name in each.workflow.clocks))
        sheets.write_xlsx(_cases(tx, known, asked, counted, heard), clocks, path, scratch=Path(scratch))
    return _exported(counted)


def _exported(counted: _Counted) -> Exported:
    return Exported(cases=counted.cases, events=counted.events, activities=len(counted.activities), left_out=counted.left_out)


def _cases(
    tx: database.Transaction, known: catalog.Catalog, asked: Asked, counted: _Counted, heard: Callable[[int, int], None] | None
) -> Iterator[processlog.Trace]:
    """The wanted cases, counted as they pass."""
    known.refresh(tx)
    total, seen = processlog.count(tx, asked.wanted), 0
    shaper = processlog.Shaper(asked.wanted.texts, asked.now, asked.wanted.viewer)
    for page in processlog.pages(tx, asked.wanted):
        for row, entries in page:
            try:
                case = draft.read(row, known, tx)
                if asked.wanted.workflow not in ("", case.compiled.workflow.workflow):
                    continue
                if not secrecy.sees(case, asked.wanted.viewer):
                    counted.left_out += 1
                    continue
                trace = shaper.trace(case, entries)
            except (ValueError, KeyError, TypeError, AttributeError) as exc:
                raise CaseUnreadable(str(row[1])) from exc
            counted.cases += 1
            counted.events += len(trace.events)
            counted.activities.update(event.activity for event in trace.events)
            yield trace
        seen += len(page)
        if heard is not None:
            heard(seen, total)
