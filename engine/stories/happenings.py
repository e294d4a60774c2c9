"""What happened in a tale that was lived through, as values: for `verdicts` to judge and `storyline` to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config import telling
from engine import moving, rehearsal, scheduling
from engine.stories import cast
from notifications import recipients
from sla import clocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A mail that went out, and what decided who heard it."""

    mail: rehearsal.Mail
    about: recipients.About


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A case as it stands at the end of a moment. `may`: what each person asked for may pull then; `linked`: how many cases are
    linked to it under each name asked for."""

    state: str
    about: recipients.About
    clocks: Mapping[str, clocks.Reckoning]
    may: Mapping[str, tuple[str, ...]]
    linked: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of a case's history as the course of things shows it."""

    case: int
    at: int
    trigger: str
    state: str
    actor: str | None
    detail: Mapping[str, Any]
    kind: str


@dataclass(slots=True)
class Visited:
    """What of a workflow the stories have come through: names, and (clock, number from 0)."""

    states: set[str] = field(default_factory=set)
    transitions: set[str] = field(default_factory=set)
    rungs: set[tuple[str, int]] = field(default_factory=set)
    targets: set[tuple[str, int]] = field(default_factory=set)

    def add(self, other: Visited) -> None:
        self.states |= other.states
        self.transitions |= other.transitions
        self.rungs |= other.rungs
        self.targets |= other.targets


@dataclass(slots=True, kw_only=True)
class Lived:
    """What came of a tale, in all cases that it is about. `flows`: the workflow of each case; `opened`: since when it is there.

    `seen`: by case and moment; `owned`: what (moment, person, account) came to, as far as asked. `tried`: per trial its case, the
    sentence and the refusal; `stopped`: the sentence that could not be done, and why (None for a trial that was not refused).
    `breaches`: of each round of each clock of a case, when it was breached. `occurred`: what schedules did. `visited`: by workflow."""

    zone: str
    cast: cast.Cast
    flows: dict[int, str] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    seen: dict[tuple[int, int], Seen] = field(default_factory=dict)
    owned: dict[tuple[int, str, str], int] = field(default_factory=dict)
    tried: list[tuple[int, telling.Sentence, moving.Refusal]] = field(default_factory=list)
    stopped: tuple[telling.Sentence, moving.Refusal | None] | None = None
    breaches: dict[tuple[int, str, int], int] = field(default_factory=dict)
    occurred: list[scheduling.Occurred] = field(default_factory=list)
    visited: dict[str, Visited] = field(default_factory=dict)
