"""The script of the demo's day as values: who does what to which case, and when. Read from stories.yaml; `around` adds the ordinary day.

A script that cannot be meant is refused whole, with its places: it is data of ours, and a test reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pydantic

from config import words, yamltext
from engine import now as times

ZONE = "Asia/Shanghai"
DAY = date(2026, 8, 12)
"""A Wednesday in August. The stories happened on other days; here they share one evening."""
BEGIN, END = time(16, 30), time(22, 30)
STORIES = Path(__file__).with_name("stories.yaml")
OPEN, ACKNOWLEDGE = "open", "acknowledge"


class ScriptInvalid(ValueError):
    """The script is not one; every problem in one message."""


class _Step(words.Frozen):
    at: str = pydantic.Field(pattern=r"^\d\d:\d\d(:\d\d)?$")
    by: words.Name
    do: words.Name
    facts: dict[str, Any] = pydantic.Field(default_factory=dict)
    photos: dict[str, str] = pydantic.Field(default_factory=dict)
    clock: words.Name | None = None
    refused: bool = False


class _Story(words.Frozen):
    title: words.Text
    programme: words.Name
    steps: tuple[_Step, ...]


class _Stories(words.Frozen):
    stories: dict[words.Name, _Story]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing somebody does. `case` is the script's own name of the case, `at` UTC microseconds of the demo's clock.

    `do` is open, acknowledge or a trigger; `photos` maps a fact to the scenes to be drawn for it; `refused`: the rules shall say no."""

    case: str
    programme: str
    at: int
    by: str
    do: str
    facts: dict[str, Any] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)
    clock: str | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """All steps in the order of their times, and the titles of the cases that are stories."""

    steps: tuple[Step, ...]
    titles: dict[str, words.Text]

    @property
    def cases(self) -> int:
        return sum(step.do == OPEN for step in self.steps)


def moment(at: str | time) -> int:
    """A time of the demo's day as UTC microseconds."""
    clock = time.fromisoformat(at) if isinstance(at, str) else at
    return times.micros(datetime.combine(DAY, clock, tzinfo=ZoneInfo(ZONE)))


def stories(path: Path = STORIES) -> tuple[list[Step], dict[str, words.Text]]:
    """The told stories and their titles. Raises ScriptInvalid."""
    data, _, problems = yamltext.read(path.name, path.name, path.read_text(encoding="utf-8"))
    if problems:
        raise ScriptInvalid("\n".join(str(problem) for problem in problems))
    try:
        told = _Stories.model_validate(data)
    except pydantic.ValidationError as exc:
        raise ScriptInvalid(f"{path.name}: {exc}") from exc
    steps = [
        Step(
            case=name,
            programme=story.programme,
            at=moment(s.at),
            by=s.by,
            do=s.do,
            facts=s.facts,
            photos=s.photos,
            clock=s.clock,
            refused=s.refused,
        )
        for name, story in told.stories.items()
        for s in story.steps
    ]
    return steps, {name: story.title for name, story in told.stories.items()}


def whole(around: Iterable[Step]) -> Script:
    """The stories among the ordinary day."""
    told, titles = stories()
    steps = sorted([*told, *around], key=lambda step: (step.at, step.do != OPEN))
    _in_order(steps)
    return Script(steps=tuple(steps), titles=titles)


def _in_order(steps: Sequence[Step]) -> None:
    """Each case is opened once, before anything else happens to it, within the day."""
    opened: set[str] = set()
    for step in steps:
        if (step.do == OPEN) == (step.case in opened):
            raise ScriptInvalid(f"{step.case}: {step.do} comes {'twice' if step.do == OPEN else 'before it is opened'}")
        if not moment(BEGIN) <= step.at <= moment(END):
            raise ScriptInvalid(f"{step.case}: {step.do} lies outside the day")
        opened.add(step.case)
