from __future__ import annotations

from pathlib import Path

import pytest

from engine import loading
from engine.stories import storyline, trials
from tests import builders
from tests.acceptance.town import edited

NEW_YEARS_EVE = """\
tests: report
stories:
  - story: 除夕夜无人处理
    given: a report by ma, at 2026-02-16 23:50
    when: nobody acts
    then:
      - at 23:50 reporter is mailed 'received'
      - at 23:58 duty is mailed 'due-soon'
      - at 23:59 duty is mailed 'due-soon'
      - at 24:00 duty is mailed 'overdue' about dispatching
      - dispatching breaches at 24:00
      - at 24:10 desk-chief is mailed 'overdue'
      - at 24:30 leader is mailed 'overdue'
      - nobody else is mailed
"""
LIFE = """\
tests: report
stories:
  - story: a life
    given: a report by ma, at 2026-11-20 08:00
    when:
      - at 08:05 wang dispatches, category lamp, urgency 1, unit lights
      - at 08:20 li tries to verify
      - at 08:25 li resolves
      - at 09:00 qian verifies
    then: "{then}"
"""


def run(tmp_path: Path, stories: str, **files: str) -> trials.Result:
    folder = builders.a_folder(tmp_path, **files)
    (folder / "workflows" / "report.tests.yaml").write_text(stories, encoding="utf-8")
    result = trials.run([folder])
    assert [str(p) for p in result.problems] == []
    return result


def said(trial: trials.Trial) -> list[str]:
    """Sentence by sentence what does not hold, and why."""
    return [f"{v.sentence.text}: {v.happened.en}" for v in trial.failures]


def marked(trial: trials.Trial) -> list[str]:
    return [f"{line.mark} {line.said.en}" for line in trial.course if line.mark != " "]


# --- sentence by sentence: the one holds, the other does not, and what is said of it


SENTENCES = [
    ("at 08:05 handler is mailed 'assigned'", "at 08:05 leader is mailed 'assigned'", "at that moment li mailed 'assigned'"),
    ("at 08:00 reporter is mailed 'received'", "at 08:01 reporter is mailed 'received'", "ma mailed 'received' at 2026-11-20 08:00"),
    ("at 08:05 li is mailed 'assigned'", "at 08:05 li and sun are mailed 'assigned'", "at that moment li mailed 'assigned'"),
    ("at 08:05 handler is mailed assigned", "at 08:00 handler is mailed assigned", "handler means nobody with an address then; at that moment ma mailed 'received'"),
    ("at 08:05 handler is mailed assigned", "at 08:05 handler is mailed assigned about handling", "at that moment li mailed 'assigned'"),
    ("at 09:00 reporter is mailed closed", "at 09:00 tracker is mailed closed", "tracker means nobody with an address then; at that moment ma mailed 'closed'"),
    ("by 08:30 li has been mailed 'assigned'", "by 08:04 li has been mailed 'assigned'", "li mailed 'assigned' at 2026-11-20 08:05"),
    ("at 08:06 nobody is mailed", "at 08:05 nobody is mailed", "li mailed 'assigned' at 2026-11-20 08:05"),
    ("at 08:05 nobody is mailed 'overdue'", "at 08:05 nobody is mailed 'assigned'", "li mailed 'assigned' at 2026-11-20 08:05"),
    ("leader is never mailed", "handler is never mailed", "li mailed 'assigned' at 2026-11-20 08:05"),
    ("handler is never mailed 'overdue'", "handler is never mailed 'assigned'", "li mailed 'assigned' at 2026-11-20 08:05"),
    ("until 08:05 li is not mailed", "until 08:06 li is not mailed", "li mailed 'assigned' at 2026-11-20 08:05"),
    ("at 08:25 the case is resolved", "at 08:24 the case is resolved", "the case is dispatched"),
    ("at 08:05 handling is due at 08:35", "at 08:05 handling is due at 09:05", "handling is due at 2026-11-20 08:35"),
    ("at 08:05 handling is due at 08:35", "at 08:05 review is due at 08:35", "review has no deadline"),
    ("at 08:05 handling is running", "at 08:25 handling is running", "handling is met"),
    ("at 08:25 handling is not running", "at 08:24 handling is not running", "handling is running"),
    ("at 08:05 dispatching is met", "at 08:05 dispatching is breached", "dispatching is met"),
    ("at 08:05 review is not running", "at 08:05 review is paused", "review is not running"),
    ("handling never breaches", "handling breaches at 08:35", "handling never breaches"),
    ("at 08:20 verify is refused as wrong-state", "at 08:20 verify is refused as four-eyes", "it is refused as wrong-state: cannot verify a case that is dispatched; possible: resolve, return"),
    ("at 08:20 verify is refused", "at 08:21 verify is refused", "nobody tries it at that moment"),
    ("at 08:30 qian may verify", "at 08:24 qian may verify", "qian may: nothing"),
    ("at 08:30 li may not verify", "at 08:24 li may not resolve", "li may: resolve, return"),
]  # fmt: skip
STOPPED = [
    # somebody does what he may not, or what must be refused goes through: the story ends there
    (("at 08:25 li resolves", "at 08:25 sun resolves"), "at 08:25 sun resolves: it was refused (role): sun may not resolve this case; it takes: handler of unit lights. Possible for sun: nothing"),
    (("at 08:20 li tries to verify", "at 08:20 li tries to resolve"), "at 08:20 li tries to resolve: it went through"),
    (("urgency 1, unit lights", "unit lights"), "at 08:05 wang dispatches, category lamp, unit lights: it was refused (fact-missing): to dispatch, give urgency"),
    (("at 08:25 li resolves", "at 08:25 li resolves, without result"), "at 08:25 li resolves, without result: it was refused (fact-missing): to resolve, give result"),
    (("a report by ma", "a report by ma, without description"), "a report by ma, without description, at 2026-11-20 08:00: it was refused (fact-invalid): description: required to open a case; give description"),
    (("li resolves", "li acknowledges handling"), "at 08:25 li acknowledges handling: it was refused (role): no rung of handling has told anybody yet, so there is nothing to acknowledge"),
]  # fmt: skip


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> list[trials.Trial]:
    """The stories of both tables, in one file and one run."""
    told = [LIFE.format(then=then) for holds, fails, _ in SENTENCES for then in (holds, fails)]
    told += [edited(LIFE.format(then="the case is verified"), change) for change, _ in STOPPED]
    text = told[0] + "".join(each.split("stories:\n")[1] for each in told[1:])
    return list(run(tmp_path_factory.mktemp("tables"), text).trials)


@pytest.mark.parametrize("row", range(len(SENTENCES)), ids=[fails for _, fails, _ in SENTENCES])
def test_each_sentence_can_fail_and_says_what_was_instead(tried: list[trials.Trial], row: int) -> None:
    _, fails, happened = SENTENCES[row]
    sound, broken = tried[2 * row : 2 * row + 2]
    assert said(sound) == []
    assert said(broken) == [f"{fails}: {happened}"]


@pytest.mark.parametrize("row", range(len(STOPPED)), ids=[change[1] for change, _ in STOPPED])
def test_a_story_that_cannot_go_on_says_why(tried: list[trials.Trial], row: int) -> None:
    _, happened = STOPPED[row]
    assert [line[: len(happened)] for line in said(tried[2 * len(SENTENCES) + row])] == [happened]


def test_a_video_beside_photos_is_another_file(tmp_path: Path) -> None:
    filmed = edited(
        builders.WORKFLOW, ("  photos:      {", "  videos:      {type: videos, title: {zh: 视频, en: Video}}\n  photos:      {")
    )
    told = edited(LIFE.format(then="at 09:00 the case is verified"), ("a report by ma, at", "a report by ma, photos 2, videos 1, at"))
    assert said(run(tmp_path, told, workflow=filmed).trials[0]) == []


def test_nobody_else_closes_the_world(tmp_path: Path) -> None:
    assert run(tmp_path, NEW_YEARS_EVE).ok
    without = edited(NEW_YEARS_EVE, ("      - at 24:10 desk-chief is mailed 'overdue'\n", ""))
    assert said(run(tmp_path, without).trials[0]) == ["nobody else is mailed: zhao mailed 'overdue' (dispatching) at 2026-02-17 00:10"]


def test_a_breach_between_two_moves_is_not_lost_when_the_clock_begins_again(tmp_path: Path) -> None:
    """No rung tells of it, and one move later the round is over."""
    silent = edited(builders.WORKFLOW, ("    on_rework: restart\n    acknowledge: {for: 2 hours}\n    ladder: handling\n", "    on_rework: restart\n"),
                    ("  handling:\n    - {at: 80%, notify: [handler], template: due-soon}\n    - {at: due, notify: [handler, unit-chief], template: overdue}\n    - {after: 30 minutes, notify: [leader], template: overdue, always: true}\n", ""))  # fmt: skip
    again = edited(
        LIFE.format(then="handling breaches at 08:35"), ("at 08:25 li resolves", "at 08:50 li resolves"), ("qian verifies", "qian reworks")
    )
    assert run(tmp_path, again, workflow=silent).ok


# --- a changed definition is found


@pytest.mark.parametrize(("change", "fails", "missing"), [
    # ten minutes become twelve
    (("    within: 10 minutes\n", "    within: 12 minutes\n"), "dispatching breaches at 24:00: dispatching breaches at 2026-02-17 00:02", "- duty mailed 'overdue'"),
    # another role on a rung
    (("{after: 10 minutes, notify: [desk-chief], template: overdue}", "{after: 10 minutes, notify: [verifier], template: overdue}"),
     "at 24:10 desk-chief is mailed 'overdue': at that moment qian mailed 'overdue' (dispatching)", "- desk-chief mailed 'overdue'"),
    # a notice is gone
    (("  - {on: open, to: [reporter], template: received}\n", ""), "at 23:50 reporter is mailed 'received': nobody was mailed then", "- reporter mailed 'received'"),
    # other words
    (("- {at: due, notify: [duty], template: overdue}", "- {at: due, notify: [duty], template: due-soon}"),
     "at 24:00 duty is mailed 'overdue' about dispatching: at that moment zhao mailed 'due-soon' (dispatching)", "- duty mailed 'overdue'"),
    # a rung is gone
    (("    - {before: 1 minute, notify: [duty], template: due-soon}\n", ""), "at 23:59 duty is mailed 'due-soon': nobody was mailed then", "- duty mailed 'due-soon'"),
    # one more is told
    (("{after: 10 minutes, notify: [desk-chief], template: overdue}", "{after: 10 minutes, notify: [desk-chief, leader], template: overdue}"),
     "nobody else is mailed: mayor mailed 'overdue' (dispatching) at 2026-02-17 00:10", "+ mayor mailed 'overdue' (dispatching)"),
])  # fmt: skip
def test_a_changed_definition_fails_with_the_difference(tmp_path: Path, change: tuple[str, str], fails: str, missing: str) -> None:
    result = run(tmp_path, NEW_YEARS_EVE, workflow=edited(builders.WORKFLOW, change))
    assert not result.ok
    assert fails in said(result.trials[0])
    assert missing in marked(result.trials[0])


def test_a_changed_rota_is_found_too(tmp_path: Path) -> None:
    named = edited(NEW_YEARS_EVE, ("at 24:00 duty", "at 24:00 zhao"))
    swapped = edited(builders.PEOPLE, ('"20:00-08:00", who: [zhao]', '"20:00-08:00", who: [wang]'))
    assert "at 24:00 zhao is mailed 'overdue' about dispatching: at that moment wang mailed 'overdue' (dispatching)" in said(
        run(tmp_path, named, people=swapped).trials[0]
    )


# --- the course and the coverage


def test_the_course_shows_the_difference_among_what_happened(tmp_path: Path) -> None:
    later = edited(
        builders.WORKFLOW,
        (
            "{after: 10 minutes, notify: [desk-chief], template: overdue}",
            "{after: 20 minutes, notify: [desk-chief], template: overdue}",
        ),
    )
    trial = run(tmp_path, NEW_YEARS_EVE, workflow=later).trials[0]
    assert [f"{line.mark} {line.said.en}" for line in storyline.around(trial.course)] == [
        "  ma reports → reported",
        "… …",
        "  zhao mailed 'due-soon' (dispatching)",
        "  zhao mailed 'due-soon' (dispatching)",
        "  zhao mailed 'overdue' (dispatching)",
        "- desk-chief mailed 'overdue'",
        "+ zhao mailed 'overdue' (dispatching)",
        "  mayor mailed 'overdue' (dispatching)",
    ]


def test_coverage_counts_what_was_visited_and_names_the_rest(tmp_path: Path) -> None:
    (coverage,) = run(tmp_path, NEW_YEARS_EVE).coverage
    assert (coverage.programme, coverage.workflow) == ("testtown", "report")
    assert coverage.states.missing == ("dispatched", "suspended", "resolved", "verified", "invalid")
    assert (coverage.transitions.visited, coverage.transitions.of) == (0, 10)
    # the leader's rung repeats later; whole has run, under its last target
    assert coverage.rungs.missing == ("handling.1", "handling.2", "handling.3", "verifying.1", "whole.1", "review.1")
    assert coverage.targets.missing == ("handling.1", "handling.2", "handling.3", "verifying.1", "whole.1", "review.1")
    (whole,) = run(tmp_path, LIFE.format(then="the case is verified")).coverage
    assert whole.transitions.missing == ("return", "suspend", "resume", "extend", "rework", "discard", "reopen")
    assert whole.targets.missing == ("handling.2", "handling.3", "review.1")
    assert whole.states.percent == pytest.approx(100 * 4 / 6)


def test_a_workflow_without_stories_is_said_and_is_no_error(tmp_path: Path) -> None:
    result = trials.run([builders.a_folder(tmp_path)])
    assert result.ok
    assert [(problem.code, problem.severity) for problem in result.problems] == [("no-stories", "warning")]
    assert result.coverage[0].states.visited == 0


def test_stories_of_a_folder_with_problems_are_not_run(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path, workflow=builders.WORKFLOW.replace("within: 10 minutes", "withn: 10 minutes"))
    result = trials.run([folder])
    assert not result.ok
    assert [problem.code for problem in result.problems] == ["unsound-folder"]


def test_a_case_that_timers_move_round_and_round_ends_the_story(tmp_path: Path) -> None:
    round_and_round = edited(
        builders.WORKFLOW,
        ("{from: suspended, to: dispatched, by: [leader, timer]}", "{from: suspended, to: dispatched, by: [leader, timer], kind: rework}\n  park:     {from: dispatched, to: suspended, by: [timer], kind: rework}"),
        ("    due: {fact: review_on}\n", "    within: 1 second\n    on_rework: restart\n"),
        ("    within:\n      - {when: {urgency: 1}, is: 30 minutes}", "    within:\n      - {when: {urgency: 1}, is: 1 second}"),
        ("    - {at: due, notify: [handler, unit-chief], template: overdue}\n", "    - {at: due, do: park}\n"),
    )  # fmt: skip
    stories = edited(
        LIFE.format(then="the case is verified"), ("      - at 08:20 li tries to verify\n      - at 08:25 li resolves\n      - at 09:00 qian verifies\n", "      - nobody acts until 2190-01-01 00:00\n")
    )  # fmt: skip
    assert said(run(tmp_path, stories, workflow=round_and_round).trials[0])[0].endswith(
        "it was refused (endless): more than 2000 things happen; timers move the case round and round"
    )


# --- `check` reads them, and a town starts in spite of them


def test_check_finds_a_stale_name_and_loading_does_not_stop_at_it(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "workflows" / "report.tests.yaml").write_text(
        edited(NEW_YEARS_EVE, ("24:10 desk-chief", "24:10 desk_chief")), encoding="utf-8"
    )
    now = 1_795_132_800_000_000
    assert [p.code for p in loading.check([folder], now=now).problems if p.severity == "error"] == ["unknown-word"]
    assert loading.load(folder, now=now).programme is not None
    (folder / "workflows" / "report.tests.yaml").write_text("tests: [", encoding="utf-8")
    assert [p.code for p in loading.check([folder], now=now).problems if p.severity == "error"] == ["yaml"]
    assert loading.load(folder, now=now).programme is not None
