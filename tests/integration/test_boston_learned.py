"""Real remarks of a real city: what the learner makes of them, judged on the newest, which it has not seen."""

from __future__ import annotations

import csv
import gzip
import re
from datetime import datetime
from pathlib import Path

import pytest

from config.programme import Learns
from engine.suggesting import learner

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "boston311" / "2011-07.csv.gz"
_FORMULA = re.compile(r"^Case Closed( Case (Resolved|Noted|Scheduled|Invalid|Duplicate of Existing Case))?\s*")


def remarks(count: int) -> list[learner.Sample]:
    """The first so many closed requests: the remark without its formula, and the city's kind of request."""
    found: list[learner.Sample] = []
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = _FORMULA.sub("", row["closure_reason"]).strip()
            if row["case_status"] == "Closed" and len(text) >= 8 and len(found) < count:
                opened = datetime.fromisoformat(row["open_dt"] + "+00:00")
                found.append(learner.Sample(round(opened.timestamp() * 1e6), text, row["reason"]))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the data lies beside the project, not in it")
def test_kinds_of_requests_are_learned_from_two_thousand_remarks() -> None:
    found = learner.evaluate(remarks(2000), {}, Learns())
    assert found.learned is not None
    assert found.learned.cases == 400
    assert (found.learned.accuracy or 0) > 0.75
    assert (found.learned.top3 or 0) > 0.88
    assert (found.calibration_error or 0) < 0.1
