"""A town simulated: CPU seconds for so many cases of the shipped Ningxiang, with as many people as the work needs."""

from __future__ import annotations

import time
from pathlib import Path

import config
from config import assumptions, reading
from engine import now as times
from engine.simulating import assumed, simulated, simulation

A_DAY = 3000
STAFF = {"duty": 9, "handler": 6, "verifier": 30}


def took(cases: int) -> tuple[float, float, int]:
    """CPU seconds, seconds of the wall, and how many cases came in the days in which so many are to be expected."""
    whole = reading.read_folder(Path(config.__file__).parent / "programmes" / "ningxiang").programme
    assert whole is not None
    given = assumptions.Assumptions.model_validate(
        {"workflow": "report", "arrivals": {"a_day": A_DAY}, "staff": {role: {"at_work": number} for role, number in STAFF.items()}}
    )
    plan = simulation.Plan(
        whole=whole,
        assumed=assumed.complete(whole, "report", given),
        start=times.parse("2026-01-01T00:00:00+08:00"),
        days=max(1, round(cases / A_DAY)),
    )
    begun, used = time.monotonic(), time.process_time()
    report = simulated.simulate(plan)
    return time.process_time() - used, time.monotonic() - begun, report.arrived
