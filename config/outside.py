"""Counts that come from elsewhere (complaints, a hotline): a CSV under `outside/` with the columns `date` and `count`, and perhaps
`unit`, `category`, `area`. Read when it is wanted, never pinned; what is wrong in it is said by its line."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.problems import Problem, Saying

LARGEST = 4 * 1024 * 1024
NEEDED = ("date", "count")
MAY = ("unit", "category", "area")
_MOST_WRONG = 20

MISSING = Saying(
    "outside-missing",
    "there is no file `{name}`",
    "put it into the folder, or take its entry out of figures.yaml",
    "没有文件 `{name}`",
    "请把文件放进该文件夹，或从 figures.yaml 中删去该项",
    severity="warning",
)
UNREADABLE = Saying(
    "outside-unreadable",
    "cannot be read: {what}",
    "save it as CSV in UTF-8, with the columns `date,count` in its first line",
    "无法读取：{what}",
    "请存为 UTF-8 的 CSV，第一行为 `date,count`",
    severity="warning",
)
ROW = Saying(
    "outside-row",
    "this line is left out: {what}",
    "write it as `2026-11-20,3`",
    "此行未计入：{what}",
    "请写成 `2026-11-20,3`",
    severity="warning",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many on a day of the town, where it is said by whom, of what, and where."""

    day: dt.date
    count: int
    unit: str = ""
    category: str = ""
    area: str = ""


def read(path: Path) -> tuple[tuple[Counted, ...], tuple[Problem, ...]]:
    """The lines of a file that can be meant, and what is wrong with the others. Never raises for what is in it."""
    try:
        raw = path.read_bytes()[: LARGEST + 1]
    except FileNotFoundError:
        return (), (MISSING.at(str(path), (1, 1), (), name=path.name),)
    except OSError as exc:
        return (), (UNREADABLE.at(str(path), (1, 1), (), what=exc.strerror or str(exc)),)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (), (UNREADABLE.at(str(path), (1, 1), (), what="not UTF-8"),)
    if len(raw) > LARGEST:
        return (), (UNREADABLE.at(str(path), (1, 1), (), what=f"larger than {LARGEST // 1024} kB"),)
    return _rows(str(path), text)


def _rows(file: str, text: str) -> tuple[tuple[Counted, ...], tuple[Problem, ...]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    found: list[Counted] = []
    wrong: list[Problem] = []
    try:
        head = [name.strip().lower() for name in next(rows, [])]
        absent = [name for name in NEEDED if name not in head]
        unknown = [name for name in head if name not in (*NEEDED, *MAY)]
        if absent or unknown or len(set(head)) != len(head):
            what = f"the first line is `{','.join(head)[:60]}`"
            return (), (UNREADABLE.at(file, (1, 1), (), what=what),)
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            read = _row(dict(zip(head, (cell.strip() for cell in row), strict=False)))
            if isinstance(read, Counted):
                found.append(read)
            elif len(wrong) < _MOST_WRONG:
                wrong.append(ROW.at(file, (rows.line_num, 1), (), what=read))
    except csv.Error as exc:
        return (), (UNREADABLE.at(file, (rows.line_num, 1), (), what=str(exc)),)
    return tuple(found), tuple(wrong)


def _row(cells: dict[str, str]) -> Counted | str:
    """A line as a value, or what is wrong with it."""
    day, count = cells.get("date", ""), cells.get("count", "")
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return f"`{day[:40]}` is no date"
    if not (count.isascii() and count.isdigit() and len(count) <= 9):
        return f"`{count[:40]}` is no count"
    return Counted(day=date, count=int(count), **{name: cells.get(name, "") for name in MAY})


def within(rows: tuple[Counted, ...], first: dt.date, last: dt.date) -> Iterator[Counted]:
    """Those of some days, both ends included."""
    return (row for row in rows if first <= row.day <= last)
