"""Waivers: `# waive CODE: reason` takes one finding off the list, in place, with a reason that stays beside what it excuses.

At the end of a line it holds for what is said of that line; on a line of its own for the entry that begins on the next one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from config import problems
from config.problems import Problem, Said, Saying
from config.source import Source

_WAIVER = re.compile(r"(?:(?<=\s)|^)#[ \t]*waive[ \t]+([\w-]{1,60})[ \t]*([:：]?)[ \t]*((?:(?![ \t]#[ \t]*waive[ \t]).)*)")
_LINES = re.compile(r"\r\n|\r|\n")

NO_REASON = Saying(
    "waiver-without-reason",
    "`{code}` is waived without a reason",
    "say why, for whoever comes after you: `# waive {code}: reason`",
    "豁免 `{code}` 没有写原因",
    "请写明原因，供后来的人参考：`# waive {code}: 原因`",
)
UNKNOWN = Saying("waiver-unknown", "no finding has the code `{code}`", "{near}", "没有代码为 `{code}` 的问题", "{near}")
NOT_ALLOWED = Saying(
    "waiver-not-allowed",
    "`{code}` cannot be waived",
    "mend what it names; only warnings and proofs that are a matter of judgement can be waived",
    "`{code}` 不能豁免",
    "请改正所指的问题；只有警告和可由本镇判断的证明可以豁免",
)
IDLE = Saying(
    "waiver-idle",
    "there is nothing left to waive here: `{code}` is not found in this place",
    "delete the comment",
    "此处已没有 `{code}` 可豁免",
    "请删除此注释",
    "warning",
    judgement=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A comment, as it stands. `entry` is what it is put above (dotted; empty at a line's end), `line` where a problem must be said."""

    source: Source
    place: tuple[int, int]
    code: str
    reason: str
    line: int
    entry: str = ""

    def covers(self, problem: Problem) -> bool:
        if problem.file != self.source.file or problem.code != self.code or not problem.waivable:
            return False
        inside = bool(self.entry) and (problem.path == self.entry or problem.path.startswith(f"{self.entry}."))
        return inside or problem.line == self.line

    def wrong(self, saying: Saying, **words: str | Said) -> Problem:
        return saying.at(self.source.file, self.place, (), code=self.code, **words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A problem that is not told, and why."""

    problem: Problem
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is left to tell, the waivers' own problems among it, and what was waived."""

    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]


def apply(found: Iterable[Problem], sources: Iterable[Source], sayings: Mapping[str, Saying], *, whole: bool) -> Outcome:
    """Take out what is waived. `whole`: everything could be checked, so that a waiver which meets nothing is idle."""
    waivers = [waiver for source in sources for waiver in read(source, sayings)]
    sound, told = [], list[Problem]()
    for waiver in waivers:
        wrong = _wrong(waiver, sayings)
        if wrong is None:
            sound.append(waiver)
        else:
            told.append(wrong)
    waived: list[Waived] = []
    used: set[int] = set()
    for problem in problems.ordered(found):
        by = next((number for number, waiver in enumerate(sound) if waiver.covers(problem)), None)
        if by is None:
            told.append(problem)
        else:
            used.add(by)
            waived.append(Waived(problem=problem, reason=sound[by].reason))
    if whole and not problems.errors(told):
        told += [waiver.wrong(IDLE) for number, waiver in enumerate(sound) if number not in used]
    return Outcome(problems=problems.ordered(told), waived=tuple(waived))


def read(source: Source, codes: Collection[str]) -> list[Waiver]:
    """The waivers of a file, from top to bottom. What stands in a text is none, nor is a sentence in which something is waived."""
    if "waive" not in source.text:
        return []
    lines = _LINES.split(source.text)
    found = []
    for number, line in enumerate(lines, 1):
        for match in _WAIVER.finditer(line) if "waive" in line else ():
            place = (number, match.start() + 1)
            if (not match[2] and match[1] not in codes) or any(begin <= place < end for begin, end in source.hashes):
                continue
            above = line.lstrip().startswith("#")
            at = _below(lines, number) if above else number
            found.append(
                Waiver(
                    source=source,
                    place=place,
                    code=match[1],
                    reason=match[3].strip() if match[2] else "",
                    line=at,
                    entry=_entry(source, at) if above else "",
                )
            )
    return found


def _below(lines: Sequence[str], number: int) -> int:
    """The line that a comment in line `number` stands above; other comments may stand between."""
    while number < len(lines) and lines[number].lstrip().startswith("#"):
        number += 1
    return number + 1


def _entry(source: Source, line: int) -> str:
    """The outermost entry that begins on a line; a whole section is not waived at once."""
    begins = [path for path, place in (*source.keys.items(), *source.values.items()) if place[0] == line and len(path) >= 2]
    return problems.dotted(min(begins, key=len)) if begins else ""


def _wrong(waiver: Waiver, sayings: Mapping[str, Saying]) -> Problem | None:
    """Why a waiver cannot be one, whatever it meets."""
    saying = sayings.get(waiver.code)
    if saying is None:
        known = [code for code, one in sayings.items() if one.waivable]
        return waiver.wrong(UNKNOWN, near=problems.near(waiver.code, known, Said("what can be waived", "可豁免的代码")))
    if not saying.waivable:
        return waiver.wrong(NOT_ALLOWED)
    return None if waiver.reason else waiver.wrong(NO_REASON)
