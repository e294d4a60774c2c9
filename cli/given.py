"""What a person typed, as values: moments, facts, actors, case numbers. Whatever cannot be meant is a usage error that names the remedy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from cli import failures
from engine import errors, requests
from engine import now as times

Json = Annotated[bool, typer.Option("--json", help="Data as JSON on stdout, errors as JSON on stderr.", show_default=False)]
CaseRef = Annotated[str, typer.Argument(metavar="CASE", help="The case: its number (NX-20261120-0007) or its id (7).", show_default=False)]
As = Annotated[str | None, typer.Option("--as", metavar="ID", help="Who does it: a person's id in people.yaml.", show_default=False)]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="T", help="When it happened, with its offset: 2026-11-20T08:00:00+08:00. Now by default.", show_default=False
    ),
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="K", help="Makes it safe to repeat: the same key twice is the same result once.", show_default=False),
]
FactPairs = Annotated[
    list[str] | None,
    typer.Option("--fact", metavar="NAME=VALUE", help="A fact; repeatable. Lists as JSON, points as lon,lat[,datum].", show_default=False),
]
FactFile = Annotated[
    Path | None, typer.Option("--facts", metavar="FILE.json", help="Facts from a JSON object; `-` reads it from stdin.", show_default=False)
]
Photos = Annotated[
    list[Path] | None,
    typer.Option("--photo", metavar="FILE", help="A photo or video; repeatable. Stored without its EXIF.", show_default=False),
]
_LONGEST_KEY = 200
_LAST = 7_258_118_400_000_000
"""2200-01-01: calendars are reckoned no further."""
_LARGEST_ID = 2**62


def moment(words: str | None, option: str) -> int | None:
    """RFC 3339 with an offset → UTC microseconds; a naive time is never guessed."""
    if words is None:
        return None
    try:
        found = times.parse(words)
    except ValueError as exc:
        raise failures.Usage(f"{option}: {exc}", f"{option}：{words!r} 不是带时区的时间；请写成 2026-11-20T08:00:00+08:00") from exc
    if not 0 <= found < _LAST:
        raise failures.Usage(f"{option}: {words!r} is not between 1970 and 2200", f"{option}：{words!r} 不在 1970 年至 2200 年之间")
    return found


def case(words: str) -> str:
    """A case's number or id, as people type it."""
    word = words.strip().upper()
    if word.isdigit() and (not word.isascii() or int(word) > _LARGEST_ID):
        raise errors.NotFound("case", words, zh="案件")
    return word


def actor(word: str | None) -> str | None:
    """A person's id; the machine's own names are nobody's to use."""
    if word in (requests.TIMER, requests.SYSTEM):
        raise failures.Usage(
            f"--as {word}: that name is the machine's own; give a person's id", f"--as {word}：这是系统保留的名称；请给出人员编号"
        )
    return word


def key(word: str | None) -> str | None:
    """A client's key: any text that is not empty, of a reasonable length."""
    if word is not None and not 0 < len(word) <= _LONGEST_KEY:
        raise failures.Usage(f"--key: give 1 to {_LONGEST_KEY} characters", f"--key：请给出 1 到 {_LONGEST_KEY} 个字符")
    return word


def facts(pairs: Sequence[str] | None, file: Path | None) -> dict[str, Any]:
    """`--fact` and `--facts` together; a name given twice is an error, not a choice made silently."""
    found = _from_file(file) if file is not None else {}
    for pair in pairs or ():
        name, sign, value = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise failures.Usage(
                f"--fact {pair!r}: write NAME=VALUE, as in --fact urgency=1", f"--fact {pair!r}：请写成 名称=值，如 --fact urgency=1"
            )
        if name in found:
            raise failures.Usage(
                f'--fact {name}: given twice; several values go in a JSON list, as {name}=\'["a", "b"]\'',
                f'--fact {name}：给了两次；多个值请写成 JSON 列表，如 {name}=\'["a", "b"]\'',
            )
        found[name] = _value(value)
    return found


def _value(words: str) -> Any:
    """A JSON list or object where the text is one; everything else is the text itself, for the definition to read."""
    if words[:1] + words[-1:] in ("[]", "{}"):
        try:
            return orjson.loads(words)
        except orjson.JSONDecodeError:
            return words
    return words


def _from_file(file: Path) -> dict[str, Any]:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        found = orjson.loads(content)
    except OSError as exc:
        raise failures.Usage(f"--facts {file}: cannot be read ({exc.strerror})", f"--facts {file}：无法读取（{exc.strerror}）") from exc
    except orjson.JSONDecodeError as exc:
        raise failures.Usage(f"--facts {file}: not JSON ({exc})", f"--facts {file}：不是 JSON（{exc}）") from exc
    if not isinstance(found, dict):
        raise failures.Usage(
            f'--facts {file}: give one JSON object, as {{"description": "…"}}',
            f'--facts {file}：应为一个 JSON 对象，如 {{"description": "…"}}',
        )
    return found


def require_folder(file: Path, option: str) -> None:
    """A file that is to be written needs a folder that is there."""
    if not file.absolute().parent.is_dir():
        raise failures.Usage(f"{option} {file}: no such folder; make it first", f"{option} {file}：文件夹不存在；请先建立")


def one_programme(folder: Path, name: str) -> Path:
    """The folder of a programme; the folder of all is one where there is only one in it."""
    from config import reading

    inside = reading.read_programmes(folder)
    if len(inside) > 1:
        raise failures.Usage(
            f"{name}: {folder} holds {len(inside)} programmes; give the folder of one: {', '.join(str(each) for each in inside)}",
            f"{name}：{folder} 中有 {len(inside)} 个项目；请给出其中一个的文件夹",
            possible=[each.name for each in inside],
        )
    return inside[0]


def from_here(folder: Path) -> Path:
    """A path as short as it can be said where the command runs."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
