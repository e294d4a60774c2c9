"""Stories of cases that hang together, lived on a store with the clock loop, the outbox and SMTP: nothing is otherwise than in memory."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from config import reading
from engine import rehearsal
from engine.stories import trials
from tests import builders
from tests.acceptance import stage
from tests.integration import kindred

STORIES = """\
tests: report
stories:
  - story: a meeting, a merger and a draw
    given: ["a report by ma, at 2026-11-20 08:00", sampled is drawn]
    when:
      - at 08:02 another report by sun, called twin
      - in twin, at 08:03 wang merges, other first
      - at 08:05 wang convenes
      - in meeting, at 09:00 mayor decides, unit lights
    then:
      - at 08:00 leader is mailed 'assigned'
      - in twin, at 08:02 leader is mailed 'assigned'
      - 08:03 关联 duplicate 1 件
      - in meeting, at 08:05 leader is mailed 'assigned'
      - at 09:00 meeting is decided
      - the case is dispatched
"""


def test_a_story_of_cases_that_hang_together_is_true_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = kindred.REPORT.replace("notices:\n", "notices:\n  - {on: open, to: [leader], template: assigned, when: {sampled: true}}\n")
    files = {
        "workflows/meeting.yaml": kindred.MEETING,
        "workflows/report.tests.yaml": STORIES,
    }
    folder = builders.beside(builders.a_folder(tmp_path, workflow=workflow), files)
    whole = reading.read_folder(folder).programme
    assert whole is not None
    (tale,) = trials.tales(folder, whole)
    base = rehearsal.of_programme(whole, now=0)
    assert trials.try_(tale, base).ok
    stages = []
    with ExitStack() as closing:
        built = partial(stage.Stage, whole=whole, stores=stage.Stores(tmp_path), closing=closing)

        def made(*given: object, **named: object) -> stage.Stage:
            stages.append(built(*given, **named))  # type: ignore[arg-type]
            return stages[-1]

        monkeypatch.setattr(rehearsal, "Rehearsal", made)
        trial = trials.try_(tale, base)
        assert trial.ok, "\n".join(f"{line.mark} {line.said.en}" for line in trial.course)
        assert stages[0].verified() == []
