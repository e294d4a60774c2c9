"""A log's file as a table: CSV text, gzipped or not, with the line on which each row stands. What is not one is refused by its line."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import logmap
from engine import errors

_GZIP = b"\x1f\x8b"


class LogInvalid(errors.EngineError):
    """A log that cannot be read; nothing was opened. `line` counts from 1, the header's."""

    code = "log-invalid"

    def __init__(self, path: Path, line: int, message: str, zh: str, *, possible: Sequence[str] = ()) -> None:
        self.line = line
        super().__init__(f"{path}:{line}: {message}", f"{path}:{line}：{zh}", possible=possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's header and rows, each with the line it begins on."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]

    def place(self, cell: logmap.Cell) -> int | None:
        """Which column a cell of the map is read from; None where the file has none of its names and may do without."""
        for name in cell.column:
            if name in self.header:
                return self.header.index(name)
        if cell.optional:
            return None
        name = cell.column[0]
        near = difflib.get_close_matches(name, self.header, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there is: {', '.join(self.header)}"
        raise LogInvalid(
            self.path,
            1,
            f"no column `{' or '.join(cell.column)}`; {hint} Correct the map, or mark the fact `optional: true` in it",
            f"没有列 `{'、'.join(cell.column)}`；{hint} 请修改映射文件，或将该项标为 `optional: true`",
            possible=near or self.header,
        )


def read(path: Path) -> Table:
    """Read a whole file. Raises NotFound or LogInvalid, naming the line and the remedy."""
    rows = _rows(path, _text(path))
    first = next(rows, None)
    if first is None:
        raise LogInvalid(path, 1, "the file is empty; its first line names the columns", "文件为空；第一行应为列名")
    header = tuple(name.strip() for name in first[1])
    twice = next((name for number, name in enumerate(header) if name in header[:number]), None)
    if twice is not None:
        raise LogInvalid(path, 1, f"two columns are called `{twice}`; rename one", f"有两列都叫 `{twice}`；请改名")
    found = []
    for line, row in rows:
        if len(row) != len(header):
            raise LogInvalid(
                path,
                line,
                f"{len(row)} cells, the header has {len(header)}; put texts with commas or line breaks in double quotes",
                f"此行 {len(row)} 格，表头 {len(header)} 格；含逗号或换行的文字请加双引号",
            )
        found.append((line, row))
    return Table(path=path, header=header, rows=tuple(found))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise errors.NotFound("file", path, zh="文件") from None
    except OSError as exc:
        raise LogInvalid(path, 1, f"cannot be read: {exc.strerror}", f"无法读取：{exc.strerror}") from exc
    if raw.startswith(_GZIP):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as exc:
            raise LogInvalid(
                path, 1, f"the gzip is damaged or cut off ({exc}); fetch it again", f"gzip 文件损坏或不完整（{exc}）；请重新获取"
            ) from exc
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        raise LogInvalid(path, line, "not UTF-8 text; save the file as UTF-8", "不是 UTF-8 文本；请以 UTF-8 编码保存") from exc


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise LogInvalid(
                path, line, f"not CSV: {exc}; check the double quotes from here on", f"不是合法的 CSV：{exc}；请从此处检查双引号"
            ) from exc
        if row:
            yield line, row
