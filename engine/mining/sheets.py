"""The process log for spreadsheets: CSV with one row an event, and a workbook with a sheet of cases and one of events.

What people typed can never become a formula: in CSV a cell that would be read as one begins with an apostrophe, in the workbook
every text is written as a text."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from engine import now as times
from engine.mining import processlog

EVENT_COLUMNS = (
    "case", "seq", "activity", "activity_zh", "activity_en", "kind", "at", "recorded_at", "resource", "role", "group", "from_state", "to_state",
    "lifecycle", "clock", "round", "rung", "repeat", "due", "told", "refused_code", "facts",
)  # fmt: skip
CASE_COLUMNS = ("programme", "workflow", "definition", "category", "urgency", "unit", "reporter", "state", "opened_at", "closed_at")
COLUMNS = (*EVENT_COLUMNS, *CASE_COLUMNS, "clocks")
"""The header of the CSV, the same for every store."""
BOM = "\ufeff"
MOST_ROWS = 1_048_575
"""Rows of a worksheet beside its header; what is more goes on in the next sheet."""
_LONGEST = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {"activity": 24, "activity_zh": 26, "activity_en": 30, "facts": 40, "told": 24, "definition": 12, "state_zh": 14, "state_en": 18}


def write_csv(cases: Iterable[processlog.Trace], out: Callable[[str], object], *, bom: bool = False) -> None:
    """One row an event, with what is known of its case beside it. `bom`: for Excel, which else takes UTF-8 for something older."""
    if bom:
        out(BOM)
    writer = csv.writer(_Sink(out), lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case in cases:
        clocks = {each.clock: {"verdict": each.verdict, "due": times.written(each.due, case.zone)} for each in case.clocks}
        beside = [_plain(value, case.zone) for value in _case(case)]
        beside.append(orjson.dumps(clocks).decode())
        writer.writerows([*(_plain(value, case.zone) for value in _event(case, event)), *beside] for event in case.events)


class _Sink:
    """A file as `csv` wants it."""

    def __init__(self, out: Callable[[str], object]) -> None:
        self.write = out


class _Moment(NamedTuple):
    """An instant in UTC µs, to be told apart from a number."""

    at: int


Cell = str | int | None | _Moment


def _event(case: processlog.Trace, event: processlog.Event) -> tuple[Cell, ...]:
    """The cells of EVENT_COLUMNS."""
    return (
        case.number, event.seq, event.activity, event.title.zh, event.title.en, event.kind, _Moment(event.at), _Moment(event.recorded_at),
        event.resource, event.role, event.group, event.from_state, event.to_state, "complete", event.clock, event.round, event.rung, event.repeat,
        None if event.due is None else _Moment(event.due), " ".join(event.told), event.code, orjson.dumps(event.facts).decode() if event.facts else None,
    )  # fmt: skip


def _case(case: processlog.Trace) -> tuple[Cell, ...]:
    """The cells of CASE_COLUMNS."""
    return (
        case.programme, case.workflow, case.definition, case.category, case.urgency, case.unit, case.reporter, case.state, _Moment(case.opened_at),
        None if case.closed_at is None else _Moment(case.closed_at),
    )  # fmt: skip


def _plain(value: Cell, zone: str) -> str | int | None:
    if isinstance(value, _Moment):
        return times.written(value.at, zone)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


class _Sheet:
    """Rows under a header that stays in sight, with filters; goes on in `NAME 2` where a sheet is full."""

    def __init__(self, book: Any, name: str, columns: Sequence[str]) -> None:
        self._book, self._name, self._columns = book, name, columns
        self._bold, self._time = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheets: list[Any] = []
        self._begin()

    def add(self, cells: Iterable[Cell], zone: str) -> None:
        if self._row > MOST_ROWS:
            self._begin()
        for column, value in enumerate(cells):
            if isinstance(value, _Moment):
                self._sheet.write_datetime(self._row, column, _local(value.at, zone), self._time)
            elif isinstance(value, str):
                if value:
                    self._sheet.write_string(self._row, column, value[:_LONGEST])
            elif value is not None:
                self._sheet.write_number(self._row, column, value)
        self._row += 1

    def end(self) -> None:
        self._sheet.autofilter(0, 0, self._row - 1, len(self._columns) - 1)

    def _begin(self) -> None:
        if self._sheets:
            self.end()
        self._sheet = self._book.add_worksheet(self._name if not self._sheets else f"{self._name} {len(self._sheets) + 1}")
        self._sheets.append(self._sheet)
        for number, column in enumerate(self._columns):
            of_moments = column.endswith(("_at", ".due")) or column in ("at", "due")
            self._sheet.set_column(number, number, 19 if of_moments else _WIDTHS.get(column, 16 if column in ("case", "number") else 12))
            self._sheet.write_string(0, number, column, self._bold)
        self._sheet.freeze_panes(1, 1)
        self._row = 1


def write_xlsx(cases: Iterable[processlog.Trace], clocks: Sequence[str], path: Path, *, scratch: Path) -> None:
    """A workbook. `clocks` are all that the cases may have; `scratch` is a folder for rows until the whole is put together.

    Times are on the wall of the programme's zone, which stands beside them: a worksheet's dates know no zone."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "tmpdir": str(scratch), "strings_to_formulas": False, "strings_to_urls": False}
    )
    of_clocks = [f"{clock}.{what}" for clock in clocks for what in ("verdict", "due")]
    summary = _Sheet(book, "cases", ("number", "state_zh", "state_en", *CASE_COLUMNS, "events", "time_zone", *of_clocks))
    events = _Sheet(book, "events", (*EVENT_COLUMNS, "time_zone"))
    for case in cases:
        judged = {each.clock: each for each in case.clocks}
        verdicts = tuple(_judged(judged.get(clock)) for clock in clocks)
        summary.add(
            (
                case.number,
                case.state_title.zh,
                case.state_title.en,
                *_case(case),
                len(case.events),
                case.zone,
                *(cell for pair in verdicts for cell in pair),
            ),
            case.zone,
        )
        for event in case.events:
            events.add((*_event(case, event), case.zone), case.zone)
    summary.end()
    events.end()
    book.close()


def _judged(clock: processlog.Verdict | None) -> Iterator[Cell]:
    yield clock.verdict if clock is not None else None
    yield _Moment(clock.due) if clock is not None and clock.due is not None else None


def _local(at: int, zone: str) -> datetime:
    return times.local(at, zone).replace(tzinfo=None)
