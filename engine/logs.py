"""A real log as what happened: each row one case, its opening and its steps with their moments; what could not be taken is noted by line.

Local times follow RFC 5545: one that comes twice in autumn is its first pass (the second, if the first lies before the step before
it), one that spring skips is read by the offset before the jump."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config import logmap, workflow
from engine import logfiles
from engine import now as times

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class Kind(StrEnum):
    """What became of a row that is not simply played: left out whole; played otherwise than written; partly refused by the rules."""

    SKIPPED = "skipped"
    ADJUSTED = "adjusted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that a reader of the result must know of a line of the file."""

    line: int
    kind: Kind
    reason: str
    zh: str


class Step(NamedTuple):
    """A trigger a row speaks of: its place in the map, its moment, its facts as given."""

    number: int
    at: int
    facts: Mapping[str, str]


class Row(NamedTuple):
    """One case of the log."""

    line: int
    key: str
    at: int
    facts: Mapping[str, str]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log read by a map: its rows in the file's order, and what was noted of others."""

    map: logmap.LogMap
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]

    @property
    def first(self) -> int | None:
        """When the first case opens."""
        return min((row.at for row in self.rows), default=None)

    @property
    def last(self) -> int | None:
        """The last moment at which anything happens."""
        return max((row.steps[-1].at if row.steps else row.at for row in self.rows), default=None)


class _Bad(Exception):
    """This row cannot be taken."""

    def __init__(self, reason: str, zh: str) -> None:
        self.zh = zh
        super().__init__(reason)


def read(table: logfiles.Table, given: logmap.LogMap, flow: workflow.Workflow, zone: str) -> Log:
    """Every row of a table by a map that was checked; `zone` is the programme's. Raises LogInvalid where a column is missing."""
    reader = _Reader(table, given, flow, given.time_zone or zone)
    seen: dict[str, tuple[int, list[str]]] = {}
    rows: list[Row] = []
    for line, cells in table.rows:
        try:
            row = reader.row(line, cells)
            _once(row, cells, seen.get(row.key))
        except _Bad as bad:
            reader.note(line, Kind.SKIPPED, str(bad), bad.zh)
            continue
        seen[row.key] = (line, cells)
        rows.append(row)
    return Log(map=given, rows=tuple(rows), notes=tuple(reader.notes))


def _once(row: Row, cells: list[str], earlier: tuple[int, list[str]] | None) -> None:
    """A key names one case: its first row counts."""
    if earlier is not None:
        what, zh = ("the same row", "内容相同") if earlier[1] == cells else ("another row", "内容不同")
        raise _Bad(
            f"{row.key} stood in line {earlier[0]} already, {what}; that one counts",
            f"{row.key} 已在第 {earlier[0]} 行出现（{zh}）；以该行为准",
        )


_Facts = tuple[tuple[str, int, workflow.FactType], ...]


class _Moment(NamedTuple):
    """An instant, and the second at which the same wall time comes again, where the clocks go back."""

    at: int
    second: int | None


class _Reader:
    """Reads one table's rows; knows its columns' places."""

    def __init__(self, table: logfiles.Table, given: logmap.LogMap, flow: workflow.Workflow, zone: str) -> None:
        self.notes: list[Note] = []
        self._table, self._flow, self._zone = table, flow, ZoneInfo(zone)
        self._formats, self._name = given.time_format, zone
        self._key = self._place(given.key)
        self._at = self._place(given.open_.at)
        self._facts = self._places(given.open_.facts)
        self._steps = [(step.do, self._place(step.at), self._places(step.facts)) for step in given.steps]

    def note(self, line: int, kind: Kind, reason: str, zh: str) -> None:
        self.notes.append(Note(line=line, kind=kind, reason=reason, zh=zh))

    def row(self, line: int, cells: list[str]) -> Row:
        """A row's case. Raises _Bad where it has no name, no opening, or a time nobody can read."""
        key = cells[self._key].strip()
        if not key:
            raise _Bad(f"no {self._table.header[self._key]}, so the case has no name", f"缺少 {self._table.header[self._key]}，案件无名")
        opened = self._moment(line, cells, self._at)
        if opened is None:
            raise _Bad(f"no {self._table.header[self._at]}, so it was never opened", f"缺少 {self._table.header[self._at]}，案件未开")
        facts = self._given(line, cells, self._facts)
        steps: list[Step] = []
        before = opened.at
        for number, (do, place, given) in enumerate(self._steps):
            moment = self._moment(line, cells, place)
            if moment is None:
                continue
            at = moment.at if moment.at >= before or moment.second is None else moment.second
            if at < before:
                self.note(
                    line,
                    Kind.ADJUSTED,
                    f"{do} at {cells[place].strip()} lies before the step before it; taken at {times.written(before, self._name)}",
                    f"{do}（{cells[place].strip()}）早于前一步；按 {times.written(before, self._name)} 计",
                )
            before = max(at, before)
            steps.append(Step(number, before, self._given(line, cells, given)))
        return Row(line, key, opened.at, facts, tuple(steps))

    def _place(self, names: tuple[str, ...]) -> int:
        place = self._table.place(logmap.Cell(column=names))
        assert place is not None
        return place

    def _places(self, facts: logmap.Facts) -> _Facts:
        found = ((name, self._table.place(logmap.columns(cell)), self._flow.facts[name].type) for name, cell in facts.items())
        return tuple((name, place, kind) for name, place, kind in found if place is not None)

    def _given(self, line: int, cells: list[str], facts: _Facts) -> dict[str, str]:
        """The facts whose cells are not empty, times as RFC 3339."""
        given: dict[str, str] = {}
        for name, place, kind in facts:
            words = cells[place].strip()
            if not words:
                continue
            if kind in (workflow.FactType.DATETIME, workflow.FactType.DATE):
                moment = self._moment(line, cells, place)
                assert moment is not None
                local = times.local(moment.at, self._name)
                words = local.isoformat() if kind is workflow.FactType.DATETIME else local.date().isoformat()
            given[name] = words
        return given

    def _moment(self, line: int, cells: list[str], place: int) -> _Moment | None:
        """The instant a cell speaks of (and its second pass, where the clocks go back); None for an empty one."""
        words = cells[place].strip()
        if not words:
            return None
        first = self._parsed(words, self._table.header[place])
        at = (first - _EPOCH) // _MICRO
        second = first.replace(fold=1)
        if first.tzinfo is not self._zone or first.utcoffset() == second.utcoffset():
            return _Moment(at, None)
        later = (second - _EPOCH) // _MICRO
        where = f"{self._table.header[place]} {words}"
        if later > at:
            self.note(
                line,
                Kind.ADJUSTED,
                f"{where} came twice, when the clocks went back; the first is meant",
                f"{where} 因夏令时结束出现两次；按第一次计",
            )
            return _Moment(at, later)
        shown = times.written(at, self._name)
        self.note(
            line,
            Kind.ADJUSTED,
            f"{where} never was, the clocks jumped over it; taken as {shown}",
            f"{where} 因夏令时开始而不存在；按 {shown} 计",
        )
        return _Moment(at, None)

    def _parsed(self, words: str, column: str) -> datetime:
        """By the map's formats, in its zone; else RFC 3339 with an offset."""
        for form in self._formats:
            try:
                return datetime.strptime(words, form).replace(tzinfo=self._zone)
            except ValueError:
                continue
        try:
            found = datetime.fromisoformat(words)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise _Bad(f"{column}: {words[:40]!r} is not a time as the map writes it", f"{column}：{words[:40]!r} 不符合映射文件的时间格式")
        return found
