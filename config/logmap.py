"""How `fengxing replay` reads a real log: which columns of a row open a case, which move it, and which clock passes the verdict.

A map is a YAML file of its own (`map.yaml`), read as strictly as definitions are; `check` then holds it against a programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Discriminator, Field, Tag

from config import alone, problems
from config.problems import Problem, Said, Saying
from config.programme import People
from config.source import Source
from config.words import Flag, Frozen, Line, Name, OneOrMany
from config.workflow import FactType, Workflow

UNREADABLE = Saying(
    "unreadable",
    "cannot be read: {what}",
    "give the map as --map MAP.yaml, UTF-8 text of at most 64 kB",
    "无法读取：{what}",
    "请用 --map MAP.yaml 给出映射文件（UTF-8，不超过 64 kB）",
)
UNKNOWN = Saying("unknown-name", "`{name}` is not known in this programme", "{near}", "本项目中没有 `{name}`", "{near}")
NO_FILES = Saying(
    "no-files",
    "`{name}` is made of files, which no column of a log can hold",
    "leave it away",
    "`{name}` 是文件，日志的列无法提供",
    "请删除此项",
)
NEEDED = Saying(
    "fact-needed",
    "`{name}` is required to open a case",
    "name the column it comes from, as `{name}: column`",
    "开案必填 `{name}`",
    "请写明来自哪一列，如 `{name}: 列名`",
)
BAD_ZONE = Saying(
    "unknown-zone",
    "`{name}` is no time zone",
    "write a name of the IANA list, as America/New_York",
    "没有 `{name}` 这个时区",
    "请写 IANA 时区名，如 Asia/Shanghai",
)
BAD_FORMAT = Saying(
    "time-format",
    "`{given}` does not say when",
    "write it as strptime knows it, with year, month, day and time, as `%Y-%m-%d %H:%M:%S`; a time with an offset needs none",
    "`{given}` 不是完整的时间格式",
    "请按 strptime 的写法，如 `%Y-%m-%d %H:%M:%S`",
)

_SAMPLE = datetime(2011, 11, 23, 17, 45, tzinfo=UTC)
_FILES = (FactType.PHOTOS, FactType.VIDEOS)


class Cell(Frozen):
    """A column by the names it may have: the first that the file has is read. `optional`: a file may do without it."""

    column: Annotated[tuple[Line, ...], Field(min_length=1), OneOrMany()]
    optional: Flag = False


def _is_cell(value: object) -> str:
    return "(mapping)" if isinstance(value, dict | Cell) else "(columns)"


Columns = Annotated[tuple[Line, ...], Field(min_length=1), OneOrMany()]
Facts = dict[Name, Annotated[Annotated[Cell, Tag("(mapping)")] | Annotated[Columns, Tag("(columns)")], Discriminator(_is_cell)]]


class Opening(Frozen):
    """What opens a case: `at` the moment's column, `as` who does it (nobody: anonymous), `facts` by the columns they come from."""

    at: Columns
    as_: Name | None = Field(default=None, alias="as")
    facts: Facts = {}


class Step(Frozen):
    """A trigger that a row speaks of. A row whose `at` is empty did not get so far."""

    do: Name
    at: Columns
    as_: Name = Field(alias="as")
    facts: Facts = {}


class LogMap(Frozen):
    """How one log is read; one row is one case, named by `key`. `verdict` is the clock whose outcome is the row's.

    Times without an offset are the wall clock's of `time_zone` (the programme's own by default), written as one of `time_format`;
    those with an offset (RFC 3339) are understood as they stand."""

    workflow: Name
    verdict: Name
    key: Columns
    time_zone: Line | None = None
    time_format: Annotated[tuple[Line, ...], OneOrMany()] = ("%Y-%m-%d %H:%M:%S",)
    open_: Opening = Field(alias="open")
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A map as read: `map` is None where it cannot be used."""

    map: LogMap | None
    source: Source
    problems: tuple[Problem, ...]


def read(path: Path) -> Reading:
    """Read a map file; never raises for what is in it."""
    value, source, found = alone.read(path, LogMap, UNREADABLE)
    return Reading(map=value, source=source, problems=found)


def check(read: Reading, workflows: Mapping[str, Workflow], people: People) -> tuple[Problem, ...]:
    """Everything the map names that the programme does not know, and what it should have named."""
    given, source = read.map, read.source
    if given is None:
        return read.problems
    found = list(_times(given, source))
    flow = workflows.get(given.workflow)
    if flow is None:
        return (*found, _unknown(source, ("workflow",), given.workflow, workflows, "workflows", "流程"))
    if given.verdict not in flow.clocks:
        found.append(_unknown(source, ("verdict",), given.verdict, flow.clocks, "clocks", "时限"))
    found += _part(source, ("open",), given.open_, flow, people)
    for number, step in enumerate(given.steps):
        if step.do not in flow.transitions:
            found.append(_unknown(source, ("steps", number, "do"), step.do, flow.transitions, "triggers", "操作"))
        found += _part(source, ("steps", number), step, flow, people)
    missing = flow.lacking(given.open_.facts)
    found += [source.problem(NEEDED, ("open", "facts"), name=name) for name in missing]
    return problems.ordered(found)


def _part(source: Source, path: problems.Path, part: Opening | Step, flow: Workflow, people: People) -> list[Problem]:
    found = []
    if part.as_ is not None and part.as_ not in people.people:
        found.append(_unknown(source, (*path, "as"), part.as_, people.people, "people", "人员"))
    for name in part.facts:
        fact = flow.facts.get(name)
        if fact is None:
            found.append(_unknown(source, (*path, "facts", name), name, flow.facts, "facts", "信息项", key=True))
        elif fact.type in _FILES:
            found.append(source.problem(NO_FILES, (*path, "facts", name), key=True, name=name))
    return found


def _unknown(
    source: Source, path: problems.Path, name: str, known: Mapping[str, object], en: str, zh: str, *, key: bool = False
) -> Problem:
    return source.problem(UNKNOWN, path, key=key, name=name, near=problems.near(name, known, Said(en, zh)))


def _times(given: LogMap, source: Source) -> list[Problem]:
    found = []
    if given.time_zone is not None and not _is_zone(given.time_zone):
        found.append(source.problem(BAD_ZONE, ("time_zone",), name=given.time_zone))
    for words in given.time_format:
        try:
            whole = "%z" not in words.lower() and datetime.strptime(_SAMPLE.strftime(words), words).replace(tzinfo=UTC) == _SAMPLE
        except ValueError:
            whole = False
        if not whole:
            found.append(source.problem(BAD_FORMAT, ("time_format",), given=words))
    return found


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def columns(cell: Cell | tuple[str, ...]) -> Cell:
    """Either spelling of a fact's column as the longer one."""
    return cell if isinstance(cell, Cell) else Cell(column=cell)
