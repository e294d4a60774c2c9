"""What `engine.explaining` finds, as values: a case's clocks at a moment, each with its stretches and the steps of its ladder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config import workflow
from engine import now as times
from engine import views
from notifications import passed, recipients
from sla import calendars


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A rung that fired (or that a higher one, `by` from 0, stood for): when it was due, when it fired, whom it told."""

    round: int
    repeat: int
    due: int
    at: int
    by: int
    told: tuple[str, ...]
    unreached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RungStory:
    """One step of a ladder, numbered from 0. `due`: when it stands in this round, None where the clock does not get there.

    `at`: the moment for which `who` was asked (it fired, it will, or now); `who` says for each person why, or why not; `passed` are
    those who have a role that it names, and are not meant then."""

    number: int
    rule: workflow.Rung
    due: int | None
    fired: tuple[Told, ...]
    at: int
    reached: recipients.Reached
    passed: tuple[passed.PassedOver, ...] = ()

    def moment(self) -> str:
        """Where it stands, as the YAML says: `at 80%`, `after 10 minutes`."""
        return f"at {self.rule.at}" if self.rule.at else f"before {self.rule.before}" if self.rule.before else f"after {self.rule.after}"

    def body(self, zone: str, language: str) -> dict[str, Any]:
        return {
            "rung": self.number + 1,
            "moment": self.moment(),
            "notify": list(self.rule.notify),
            "template": self.rule.template,
            "do": self.rule.do,
            "always": self.rule.always,
            "repeat": {"every": str(self.rule.repeat.every), "most": self.rule.repeat.most} if self.rule.repeat else None,
            "due": times.written(self.due, zone),
            "fired": [
                {
                    "round": one.round,
                    "repeat": one.repeat,
                    "due": times.written(one.due, zone),
                    "at": times.written(one.at, zone),
                    "by_rung": one.by + 1,
                    "told": list(one.told),
                    "unreached": one.unreached,
                }
                for one in self.fired
            ],
            "asked_for": times.written(self.at, zone),
            "reached": list(self.reached.people),
            "who": list(self.reached.say(language)),
            "passed_over": [one.say(language) for one in self.passed],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStory:
    """A clock with what it did (`segments`, up to the moment) and, while it runs, what lies between that and its deadline (`ahead`)."""

    view: views.ClockView
    segments: tuple[calendars.Segment, ...]
    ahead: tuple[calendars.Segment, ...]
    rung: RungStory | None
    rungs: tuple[RungStory, ...] = ()

    def body(self, zone: str, language: str) -> dict[str, Any]:
        said = self.view.body(zone)
        said["segments"] = [_segment(segment, zone) for segment in self.segments]
        said["ahead"] = [_segment(segment, zone) for segment in self.ahead]
        if self.rung is not None:
            said["rung"] = self.rung.body(zone, language)
        if self.rungs:
            said["rungs"] = [each.body(zone, language) for each in self.rungs]
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A case's clocks as they stood, or will stand, at a moment (UTC microseconds)."""

    case: int
    number: str
    state: str
    at: int
    zone: str
    clocks: tuple[ClockStory, ...]
    refused: int = 0
    """How many triggers of rungs had been refused by then (`decisions.refused` says why)."""

    def body(self, language: str) -> dict[str, Any]:
        return {
            "case": self.case,
            "number": self.number,
            "state": self.state,
            "at": times.written(self.at, self.zone),
            "refused": self.refused,
            "clocks": [clock.body(self.zone, language) for clock in self.clocks],
        }


def _segment(segment: calendars.Segment, zone: str) -> dict[str, Any]:
    return {"from": times.written(segment.begin, zone), "to": times.written(segment.end, zone), "kind": segment.kind, "rule": segment.rule}
