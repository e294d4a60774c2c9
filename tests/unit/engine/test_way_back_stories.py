"""Definition tests speak of plans and of answers: a step is ticked, somebody is not satisfied, and the case goes on as the store's would."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.stories import trials
from tests import builders
from tests.integration.cli.test_answer import REPORT
from tests.integration.test_checklists import PLANS

STORY = """\
tests: report
stories:
  - story: 不满意
    given: a report by ma, at 2026-11-20 08:00
    when:
      - at 08:01 wang dispatches, category lamp, urgency 1, unit lights
      - at 08:02 li ticks, step cordon
      - at 08:03 li tries to tick, step cordon
      - 08:04 孙队长 tick，步骤 关闭阀门
      - at 08:05 li resolves
      - at 08:06 qian verifies
      - "{answer}"
    then: "{then}"
"""


def run(tmp_path: Path, answer: str, then: str) -> trials.Result:
    folder = builders.a_folder(tmp_path, workflow=REPORT, plans=PLANS)
    (folder / "workflows" / "report.tests.yaml").write_text(STORY.format(answer=answer, then=then), encoding="utf-8")
    return trials.run([folder])


@pytest.mark.parametrize(("answer", "then", "holds"), [
    ("at 09:00 reporter is not satisfied", "at 09:00 the case is dispatched", True),
    ("09:00 上报人表示不满意", "09:00 案件已派单", True),
    ("at 09:00 ma is satisfied", "at 09:00 the case is verified", True),
    ("at 09:00 reporter is satisfied", "at 09:00 the case is dispatched", False),
    ("at 09:00 reporter is satisfied", "at 08:03 tick is refused as step-done", True),
    ("at 09:00 reporter is satisfied", "at 08:06 reporter is mailed 'how-was-it'", True),
    # who was not asked cannot answer, and the story stops there
    ("at 09:00 mayor is satisfied", "at 09:00 the case is verified", False),
])  # fmt: skip
def test_a_story_may_answer(tmp_path: Path, answer: str, then: str, holds: bool) -> None:
    result = run(tmp_path, answer, then)
    assert [str(problem) for problem in result.problems] == []
    (trial,) = result.trials
    assert (trial.failures == ()) is holds


def test_a_step_that_no_plan_has_is_found_in_the_story(tmp_path: Path) -> None:
    result = run(tmp_path, "at 09:00 li ticks, step cordn", "at 09:00 the case is verified")
    assert ["`cordon`" in problem.hint for problem in result.problems] == [True]
