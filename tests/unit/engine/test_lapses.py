"""Which word a rung is told under."""

from __future__ import annotations

import pytest

from config.workflow import Rung
from engine import lapses

LADDER = (
    Rung.model_validate({"at": "80%", "notify": ["duty"], "template": "due-soon"}),
    Rung.model_validate({"at": "due", "notify": ["duty"], "template": "overdue"}),
    Rung.model_validate({"after": "10 minutes", "notify": ["desk-chief"], "template": "overdue", "repeat": {"every": "1 hour", "most": 5}}),
)


@pytest.mark.parametrize(
    ("rung", "repeat", "skipped", "phase"),
    [
        (0, 0, (), "warned"),
        (1, 0, (), "breached"),
        (1, 0, ((0, 0),), "breached"),
        (2, 0, (), "escalated"),
        # after an outage the highest stands for the one that marks the breach: it is told as the breach
        (2, 0, ((0, 0), (1, 0)), "breached"),
        (2, 3, (), "escalated"),
    ],
)
def test_the_first_rung_at_or_after_the_deadline_is_the_breach(
    rung: int, repeat: int, skipped: tuple[tuple[int, int], ...], phase: str
) -> None:
    assert lapses.phase(LADDER, rung, repeat, skipped) == phase


def test_a_ladder_that_only_warns_never_breaches() -> None:
    assert lapses.phase(LADDER[:1], 0, 0, ()) == "warned"


def test_a_first_late_rung_repeated_has_been_the_breach_before() -> None:
    assert lapses.phase(LADDER[2:], 0, 0, ()) == "breached"
    assert lapses.phase(LADDER[2:], 0, 1, ()) == "escalated"
