"""`# waive CODE: reason`: where it may stand, what it takes off the list, and what is wrong with one that cannot."""

from __future__ import annotations

import pytest

from config import problems, waivers, yamltext
from config.problems import Problem, Saying
from config.source import Source

LOOSE = Saying("loose", "a loose end", "tie it", "有松头", "请系紧", "warning")
PROVED = Saying("proved", "proved wrong", "mend it", "已证明有误", "请改正", judgement=True)
HARD = Saying("hard", "simply wrong", "mend it", "错误", "请改正")
SAYINGS = {saying.code: saying for saying in (LOOSE, PROVED, HARD)}


def source(text: str) -> Source:
    _, read, found = yamltext.read("w.yaml", "w.yaml", text)
    assert found == []
    return read


def outcome(text: str, *found: tuple[Saying, problems.Path], whole: bool = True) -> waivers.Outcome:
    file = source(text)
    said: list[Problem] = [file.problem(saying, path, key=True) for saying, path in found]
    return waivers.apply(said, [file], SAYINGS, whole=whole)


CLOCK = ("clocks", "mending")
WITHIN = ("clocks", "mending", "within")


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        # at the end of the line that the finding names
        ("clocks:\n  mending: {within: 1}  # waive loose: the crew said so\n", CLOCK, "the crew said so"),
        # behind another comment, in Chinese, with a wide colon
        ("clocks:\n  mending: {within: 1}  # 默认值 # waive loose：路灯班自己定\n", CLOCK, "路灯班自己定"),
        # directly above the line
        ("clocks:\n  # waive loose: agreed\n  mending: {within: 1}\n", CLOCK, "agreed"),
        # above, with other comments between
        ("clocks:\n  # waive loose: agreed\n  # the lamps\n  mending: {within: 1}\n", CLOCK, "agreed"),
        # above the entry, for something further down in it
        ("clocks:\n  # waive loose: agreed\n  mending:\n    title: x\n    within: 1\n", WITHIN, "agreed"),
        # an item of a list
        ("clocks:\n  mending:\n    within:\n      # waive loose: agreed\n      - {is: 1}\n", (*WITHIN, 0), "agreed"),
        # two waivers in one line
        ("clocks:\n  mending: {within: 1}  # waive proved: one # waive loose: two\n", CLOCK, "two"),
    ],
)
def test_a_waiver_takes_a_finding_off_the_list(text: str, path: problems.Path, reason: str) -> None:
    got = outcome(text, (LOOSE, path))
    assert [(waived.problem.code, waived.reason) for waived in got.waived] == [("loose", reason)]
    assert "loose" not in {problem.code for problem in got.problems}


@pytest.mark.parametrize(
    "text",
    [
        # on another line
        "clocks:\n  mending:\n    within: 1\n    title: x  # waive loose: agreed\n",
        # an empty line stands between
        "clocks:\n  # waive loose: agreed\n\n  mending: {within: 1}\n",
        # above the whole section
        "# waive loose: agreed\nclocks:\n  mending: {within: 1}\n",
        # in a text, not in a comment
        'clocks:\n  mending: {within: "1 # waive loose: agreed"}\n',
        "clocks:\n  mending: {within: 1, text: '# waive loose: agreed'}\n",
        # of another code
        "clocks:\n  mending: {within: 1}  # waive proved: agreed\n",
        # a sentence in which something is waived
        "clocks:\n  mending: {within: 1}  # we waive loose ends here\n",
    ],
)
def test_elsewhere_it_does_not(text: str) -> None:
    got = outcome(text, (LOOSE, CLOCK))
    assert got.waived == ()
    assert "loose" in {problem.code for problem in got.problems}


@pytest.mark.parametrize(
    ("comment", "saying", "code", "words"),
    [
        ("# waive loose:", LOOSE, "waiver-without-reason", "`# waive loose: reason`"),
        ("# waive loose because so", LOOSE, "waiver-without-reason", "`# waive loose: reason`"),
        ("# waive lose: agreed", LOOSE, "waiver-unknown", "did you mean `loose`?"),
        ("# waive hard: agreed", HARD, "waiver-not-allowed", "mend what it names"),
    ],
)
def test_a_waiver_that_cannot_be_one_is_a_finding_itself(comment: str, saying: Saying, code: str, words: str) -> None:
    got = outcome(f"clocks:\n  mending: {{within: 1}}  {comment}\n", (saying, CLOCK))
    assert got.waived == ()
    wrong = next(problem for problem in got.problems if problem.code == code)
    assert (wrong.line, wrong.column, wrong.severity) == (2, 25, "error")
    assert words in wrong.hint
    assert saying.code in {problem.code for problem in got.problems}


def test_a_waiver_with_nothing_left_to_waive_says_so() -> None:
    (idle,) = outcome("clocks:\n  mending: {within: 1}  # waive loose: agreed\n").problems
    assert (idle.code, idle.severity, idle.line) == ("waiver-idle", "warning", 2)


def test_nothing_is_called_idle_while_something_else_is_wrong() -> None:
    """With an error in the way not everything could be looked at."""
    text = "clocks:\n  mending: {within: 1}  # waive loose: agreed\n"
    assert {problem.code for problem in outcome(text, (HARD, CLOCK)).problems} == {"hard"}
    assert outcome(text, whole=False).problems == ()


def test_an_error_that_is_a_matter_of_judgement_can_be_waived() -> None:
    got = outcome("clocks:\n  mending: {within: 1}  # waive proved: we know better\n", (PROVED, CLOCK))
    assert got.problems == ()
    assert got.waived[0].problem.severity == "error"


def test_one_waiver_covers_every_finding_of_its_code_in_its_entry() -> None:
    text = "clocks:\n  # waive loose: agreed\n  mending:\n    title: x\n    within: 1\n  other: {within: 2}\n"
    got = outcome(text, (LOOSE, CLOCK), (LOOSE, WITHIN), (LOOSE, ("clocks", "other")))
    assert [waived.problem.path for waived in got.waived] == ["clocks.mending", "clocks.mending.within"]
    assert [problem.path for problem in got.problems] == ["clocks.other"]
