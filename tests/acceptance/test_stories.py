"""The shipped programmes tell their stories, the newspaper's among them, and visit what their workflows have; every key of a file of
stories has an effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import stories
from config.words import Frozen
from engine.stories import trials
from tests import builders
from tests.acceptance.town import edited
from tests.commandline import ROOT

PROGRAMMES = ROOT / "config" / "programmes"
NEWSPAPER = {
    "ningxiang": "八月夜里，巷子的路灯不亮（取自事例）",
    "dingcheng": "The power manhole on Huaxi road (from the newspaper)",
    "haidian": "The goods-lift door on floor 2 will not close (from the newspaper)",
    "najin": "五月七日夜里，路灯短路打火（取自事例）",
}
STORIES = """\
tests: report
stories:
  - story: 除夕
    given: a report by ma, at 2026-02-16 23:50
    when: nobody acts
    then: at 24:00 duty is mailed 'overdue'
"""


@pytest.fixture(scope="module")
def shipped() -> trials.Result:
    return trials.run([PROGRAMMES])


def test_every_story_of_the_shipped_programmes_holds(shipped: trials.Result) -> None:
    assert [str(problem) for problem in shipped.problems] == []
    assert [(trial.tale.name, [v.sentence.text for v in trial.failures]) for trial in shipped.trials if not trial.ok] == []


def test_the_newspapers_stories_are_among_them(shipped: trials.Result) -> None:
    told = {(Path(trial.tale.file).parts[-3], trial.tale.name) for trial in shipped.trials}
    assert set(NEWSPAPER.items()) <= told


def test_they_visit_nine_tenths_of_each_workflow(shipped: trials.Result) -> None:
    assert len(shipped.coverage) >= 4
    for each in shipped.coverage:
        for kind, share in each.shares().items():
            assert share.percent >= 90, f"{each.programme}: {kind} not visited: {', '.join(share.missing)}"


def lived(tmp_path: Path, text: str) -> object:
    folder = builders.a_folder(tmp_path)
    (folder / "workflows" / "report.tests.yaml").write_text(text, encoding="utf-8")
    result = trials.run([folder])
    return [(trial.tale.name, trial.ok) for trial in result.trials], [p.code for p in result.problems], result.coverage


ROWS = {
    "Stories.tests": ("tests: report", "tests: wish"),
    "Stories.stories": ("stories:\n", "stories:\n  - {story: 又一个, given: 'a report by ma, at 2026-02-16 23:50', then: the case is dispatched}\n"),
    "Story.story": ("story: 除夕", "story: 除夕夜"),
    "Story.given": ("23:50", "12:50"),
    "Story.when": ("when: nobody acts", "when: at 23:55 zhao discards"),
    "Story.then": ("at 24:00", "at 24:01"),
}  # fmt: skip


def test_every_key_of_a_file_of_stories_has_a_row() -> None:
    models = [each for each in vars(stories).values() if isinstance(each, type) and issubclass(each, Frozen) and each is not Frozen]
    assert {f"{model.__name__}.{key}" for model in models for key in model.model_fields} == set(ROWS)


@pytest.mark.parametrize("key", ROWS)
def test_a_change_of_the_key_changes_what_comes_of_it(tmp_path: Path, key: str) -> None:
    assert lived(tmp_path, edited(STORIES, ROWS[key])) != lived(tmp_path, STORIES)
