"""What a command says: data on stdout, words about it on stderr, in English or (FENGXING_LANG=zh) in Chinese.

rich is imported only where a table is drawn, so that the clock starts without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 160
"""Columns of a table where there is no terminal to ask."""


def language() -> str:
    """`zh` or `en`, as FENGXING_LANG says; read here too, since a wrong setting must still be told in some language."""
    return "zh" if os.environ.get("FENGXING_LANG", "").lower().startswith("zh") else "en"


def say(en: str, zh: str) -> str:
    """The words in the reader's language."""
    return zh if language() == "zh" else en


def count(number: int, thing: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def json(value: object) -> None:
    """One JSON document on stdout; indented for a person's eyes, on one line for a pipe."""
    style = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    sys.stdout.write(orjson.dumps(value, option=style | orjson.OPT_APPEND_NEWLINE).decode())
    sys.stdout.flush()


def json_array(values: Iterable[dict[str, Any]]) -> None:
    """An array, one element a line, written as it comes: a long list needs no memory."""
    before = "["
    for value in values:
        sys.stdout.write(before + orjson.dumps(value).decode())
        before = ",\n "
    sys.stdout.write("[]\n" if before == "[" else "]\n")
    sys.stdout.flush()


def json_error(code: str, message: str, possible: Iterable[str] = ()) -> None:
    """An error as scripts read it, on stderr."""
    sys.stderr.write(
        orjson.dumps({"code": code, "message": message, "possible": list(possible)}, option=orjson.OPT_APPEND_NEWLINE).decode()
    )
    sys.stderr.flush()


def line(words: str = "") -> None:
    """A line of plain text on stdout."""
    sys.stdout.write(words + "\n")


def aside(words: str) -> None:
    """A line of plain text on stderr."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def console(*, stderr: bool = False) -> Console:
    """Where tables are drawn. What comes from cases is never read as rich's markup."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, markup=False, highlight=False, emoji=False)
