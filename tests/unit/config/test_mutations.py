"""Whatever becomes of a folder's files: never an exception, always a place, and each problem on one line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config import checks, reading
from tests import builders

FILES = {
    "workflows/report.yaml": builders.WORKFLOW,
    "programme.yaml": builders.PROGRAMME,
    "people.yaml": builders.PEOPLE,
    "units.yaml": builders.UNITS,
    "calendars.yaml": builders.CALENDARS,
    **builders.SCHEDULED,
    "categories.yaml": builders.CATEGORIES,
    "points.yaml": builders.POINTS,
}
_WORD = re.compile(r"[A-Za-z0-9_%-]+")
_HARM = (
    "null", "~", "[]", "{}", "[[]]", "{a: {b: c}}", "''", "no", "true", "-1", "1.5", "9" * 400, "0x1F", "*alias", "&anchor x", "!!tag x", "<<", "|", ">",
    "\x00", "\x1b[31m", "\ufeff", "\u2028", "\U0001f600", "\"\\ud800\"", "x" * 5000, "长" * 600, "{{7*7}}", "{given}", "open", "always", "timer", "none", "due",
    "1 day", "4 working hours", "99%", "2026-02-30", "24:00-00:00", "mon-sun", "---", "...", "%YAML 1.1", "? ", "- ", ": ", "@", "`", "#", "\t", "[" * 40,
)  # fmt: skip


def _word(text: str, rng: random.Random) -> re.Match[str]:
    return rng.choice(list(_WORD.finditer(text)))


def _replace_word(text: str, rng: random.Random) -> str:
    found = _word(text, rng)
    return text[: found.start()] + rng.choice(_HARM) + text[found.end() :]


def _swap_words(text: str, rng: random.Random) -> str:
    one, two = sorted((_word(text, rng), _word(text, rng)), key=lambda found: found.start())
    if one.start() == two.start():
        return text
    return text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]


def _mistype(text: str, rng: random.Random) -> str:
    found = _word(text, rng)
    at = rng.randrange(found.start(), found.end())
    return text[:at] + rng.choice("abcxyz_-019A") + text[at + rng.randrange(2) :]


def _drop_line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return "".join(lines)


def _move_line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
    return "".join(lines)


def _indent(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    lines[at] = rng.choice((" ", "  ", "\t", "- ")) + lines[at]
    return "".join(lines)


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text))]


def _drop_character(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + text[at + 1 :]


WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _replace_word, _replace_word, _swap_words, _mistype, _mistype, _drop_line, _move_line, _indent, _cut, _drop_character,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_no_mutation_raises_and_each_problem_has_a_place(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    folder = builders.beside(builders.a_folder(tmp_path), builders.SCHEDULED)
    for _ in range(20):
        name = rng.choice([*FILES, "workflows/report.yaml", "workflows/report.yaml"])
        text = FILES[name]
        for _ in range(rng.choice((1, 1, 2, 5))):
            text = rng.choice(WAYS)(text or " x ", rng) if _WORD.search(text) else text + "x"
        (folder / name).write_text(text, encoding="utf-8")
        _look(folder)
        (folder / name).write_text(FILES[name], encoding="utf-8")


def _look(folder: Path) -> None:
    read = reading.read_folder(folder)
    problems = (*read.problems, *checks.check(read, templates=builders.TEMPLATES))
    assert read.programme is not None or any(p.severity == "error" for p in read.problems)
    for problem in problems:
        lines = (
            (folder / Path(problem.file).relative_to(folder)).read_text(encoding="utf-8").replace("\ufeff", "", 1).split("\n")
            if Path(problem.file).is_file()
            else [""]
        )
        assert 1 <= problem.line <= len(lines) + 1
        assert problem.column >= 1
        for language in ("en", "zh"):
            assert problem.say(language).isprintable()
        assert problem.code
        assert problem.message
        assert problem.hint
        assert problem.message_zh
