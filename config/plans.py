"""Emergency plans: `plans.yaml`, the named checklists that a move may start. Live: a case copies the steps of its plan when it starts."""

from __future__ import annotations

from pydantic import Field

from config.words import Frozen, Name, Names, Text


class Step(Frozen):
    """Something to be done. `by`: roles that may say it is done; without, whoever may make the move that ticks."""

    title: Text
    by: Names = ()


class EmergencyPlan(Frozen):
    title: Text
    steps: dict[Name, Step] = Field(min_length=1, max_length=60)


class Plans(Frozen):
    plans: dict[Name, EmergencyPlan] = Field(default={}, max_length=200)
