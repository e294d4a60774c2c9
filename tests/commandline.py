"""The command `fengxing` in this process, on a virtual store of its own: what a person types, and what comes back.

Making a store takes a second or two, so each test copies one that was made once (`template`)."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cli import main

ROOT = Path(__file__).resolve().parents[1]
NINGXIANG = ROOT / "config" / "programmes" / "ningxiang"
START = "2026-11-20T08:00:00+08:00"
"""A Friday morning in November."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a command ended."""

    exit: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        assert self.exit == 0, self.err
        return orjson.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error of a `--json` command: one object on stderr, nothing on stdout."""
        assert self.out == ""
        found: dict[str, Any] = orjson.loads(self.err)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A data folder, and what is typed there."""

    folder: Path
    programmes: Path = NINGXIANG
    database: str = ""

    def settings(self, **more: str) -> dict[str, str]:
        """The environment; nobody pulls a plug here, so the disk is not waited for."""
        given = {"FENGXING_DATA_DIR": str(self.folder), "FENGXING_PROGRAMMES": str(self.programmes), "FENGXING_SQLITE_SYNCHRONOUS": "OFF"}
        return {**given, **({"FENGXING_DATABASE_URL": self.database} if self.database else {}), **more}

    def say(self, *words: str, **settings: str) -> Answer:
        """One command line, as typed."""
        out, err = io.StringIO(), io.StringIO()
        with _environment(self.settings(**settings)), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main.run(words)
        return Answer(exit=code, out=out.getvalue(), err=err.getvalue())

    def ask(self, *words: str) -> Any:
        """One command with `--json`, which goes well: its data."""
        return self.say(*words, "--json").data

    def refused(self, *words: str) -> tuple[int, dict[str, Any]]:
        """One command with `--json`, which does not go well: its exit code and its error."""
        answer = self.say(*words, "--json")
        return answer.exit, answer.error

    def open(self, description: str = "路灯不亮", *words: str, by: str = "xu-peng") -> dict[str, Any]:
        found: dict[str, Any] = self.ask(
            "open", "report", "--programme", "ningxiang", "--as", by, "--fact", f"description={description}", *words
        )
        return found

    def dispatched(self, *words: str, urgency: int = 2, unit: str = "lamps") -> dict[str, Any]:
        """A case in the hands of a unit."""
        case = str(self.open("路灯不亮", *words)["id"])
        self.ask("move", case, "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", f"urgency={urgency}")
        found: dict[str, Any] = self.ask("move", case, "dispatch", "--as", "zhao-min", "--fact", f"unit={unit}")
        return found

    def until(self, moment: str) -> list[dict[str, Any]]:
        """Let time pass; what fired."""
        found: list[dict[str, Any]] = self.ask("clock", "--until", moment)["fired"]
        return found


@contextlib.contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: value for name, value in os.environ.items() if name.startswith("FENGXING_")}
    for name in before:
        del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("FENGXING_")]:
            del os.environ[name]
        os.environ.update(before)


def template(folder: Path) -> Path:
    """A data folder with a virtual store that stands at START and has Ningxiang in force."""
    town = Town(folder=folder)
    assert town.say("db", "upgrade", "--virtual", START).exit == 0
    assert town.say("list", "--programme", "ningxiang", "--json").out == "[]\n"
    return folder
