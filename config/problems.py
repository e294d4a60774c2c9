"""What is wrong with a folder, as values: where, what, and what would be right, in English and in Chinese.

Every part that reads or checks definitions makes `Problem`s, by way of a `Saying` kept beside the check that uses it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]
_MANY = 300
_SHOWN = 14
_BODY = ("file", "line", "column", "path", "code", "severity", "message", "hint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line for the admin: `file:line:column: path: message; hint`. Lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int
    path: str
    code: str
    severity: Severity = "error"
    message: str
    hint: str
    message_zh: str = ""
    hint_zh: str = ""
    waivable: bool = False

    def __str__(self) -> str:
        return self.say("en")

    def say(self, language: str) -> str:
        """The line in English, or in Chinese (`zh`) where the problem has Chinese words."""
        chinese = language == "zh" and bool(self.message_zh)
        message, hint = (self.message_zh, self.hint_zh) if chinese else (self.message, self.hint)
        path = f"{self.path}: " if self.path else ""
        tail = ("；" if chinese else "; ") + hint if hint else ""
        return f"{self.file}:{self.line}:{self.column}: {path}{message}{tail}"

    def body(self) -> dict[str, Any]:
        """As scripts read it, wherever a command tells of problems."""
        return {name: getattr(self, name) for name in _BODY}


def errors(found: Iterable[Problem]) -> list[Problem]:
    """Those for which a folder is not loaded; the others are warnings."""
    return [problem for problem in found if problem.severity == "error"]


@dataclass(frozen=True, slots=True)
class Said:
    """A word or two in both languages, to be put into a saying."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Saying:
    """The words of one kind of problem, with `{names}` to be filled in; `code` is what scripts and tests may rely on.

    `judgement`: whether a town may know better, and waive it in place with a reason; by default warnings may be waived, errors not."""

    code: str
    message: str
    hint: str
    message_zh: str
    hint_zh: str
    severity: Severity = "error"
    judgement: bool | None = None

    @property
    def waivable(self) -> bool:
        return self.severity == "warning" if self.judgement is None else self.judgement

    def at(self, file: str, position: tuple[int, int], path: Path, **words: str | int | Said) -> Problem:
        """The problem, with its `words` filled in."""
        english = {key: _clean(word.en if isinstance(word, Said) else str(word)) for key, word in words.items()}
        chinese = {key: _clean(word.zh if isinstance(word, Said) else str(word)) for key, word in words.items()}
        return Problem(
            file=_clean(file, 1000),
            line=position[0],
            column=position[1],
            path=dotted(path),
            code=self.code,
            severity=self.severity,
            message=self.message.format(**english),
            hint=self.hint.format(**english),
            message_zh=self.message_zh.format(**chinese),
            hint_zh=self.hint_zh.format(**chinese),
            waivable=self.waivable,
        )


def dotted(path: Path) -> str:
    """`("ladders", "desk", 2, "notify")` → `ladders.desk.2.notify`."""
    return ".".join(_clean(str(part), 60) for part in path)


def shown(value: object, most: int = 40) -> str:
    """A given value for a message: short, on one line."""
    return _clean(str(value), most)


def near(given: str, known: Collection[str] | None, kind: Said) -> Said:
    """What would be right instead of `given`: the name most like it, and those that exist."""
    names = sorted(known or ())
    like = difflib.get_close_matches(given[:80], names, n=1, cutoff=0.6) if len(names) <= _MANY else []
    listed = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    if like:
        return Said(f"did you mean `{like[0]}`? {kind.en}: {listed}", f"是不是 `{like[0]}`？{kind.zh}：{listed}")
    if not names:
        return Said(f"there are no {kind.en} yet", f"还没有{kind.zh}")
    return Said(f"{kind.en}: {listed}", f"{kind.zh}：{listed}")


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file, then from top to bottom; each once."""
    return tuple(sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.path, p.code, p.message)))


def _clean(words: str, most: int = 700) -> str:
    """One printable line, whatever was in the file."""
    plain = "".join(c if c.isprintable() else "�" for c in words.replace("\n", " "))
    return plain if len(plain) <= most else plain[: most - 1] + "…"
