"""What the proofs pass over: look-alikes of each finding that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import checks, reading
from tests import builders

CODES = {
    "stuck-state", "way-used-up", "endless-cycle", "rung-never-comes", "repeat-cut-short", "overlapping-matches", "laxer-first", "told-already",
    "four-eyes-impossible", "four-eyes-blocked", "role-without-holder",
}  # fmt: skip
LAPSE = ("  discard:  {from", "  lapse: {from: reported, to: invalid, by: [timer]}\n  discard:  {from")
LATE = "    - {after: 30 minutes, notify: [leader], template: overdue, repeat: {every: 1 hour, most: 5}}\n"
NO_WHOLE = ("runs_in: open\n    pauses_in: [suspended]", "runs_in: [resolved]")
BOTH_ANEW = ("    on_rework: restart\n", "    on_rework: restart\n    on_return: restart\n")


def two_clocks(quick: str, ladder: str = "    - {at: due, notify: [leader], template: overdue}\n", **more: str) -> list[tuple[str, str]]:
    """Two clocks of the dispatched case; the timer ends the matter on the quick one."""
    words = {"slow": "4 hours", "rung": "at: due", **more}
    clocks = f"""\
  quick:
    title: {{zh: 快, en: Quick}}
    runs_in: [dispatched]{quick}
    within: 3 hours
    ladder: quick
  slow:
    title: {{zh: 慢, en: Slow}}
    runs_in: [dispatched]
    pauses_in: [suspended]
    within: {words["slow"]}
    ladder: slow
"""
    return [
        ("  discard:  {from", "  lapse: {from: dispatched, to: invalid, by: [timer]}\n  discard:  {from"),
        ("  review:\n    title", f"{clocks}  review:\n    title"),
        ("ladders:\n", f"ladders:\n  quick:\n    - {{{words['rung']}, do: lapse}}\n  slow:\n{ladder}"),
    ]


def found_in(tmp_path: Path, *changes: tuple[str, str], people: str = builders.PEOPLE) -> set[str]:
    workflow = builders.WORKFLOW
    for sound, other in changes:
        assert sound in workflow
        workflow = workflow.replace(sound, other, 1)
    read = reading.read_folder(builders.a_folder(tmp_path, workflow=workflow, people=people))
    assert read.problems == ()
    return {problem.code for problem in checks.check(read, templates=builders.TEMPLATES)} & CODES


@pytest.mark.parametrize(
    "changes",
    [
        # a case that meets no condition may be corrected where it is
        [
            ("not_by: [resolve]}", "not_by: [resolve], when: {urgency: [1, 2]}}\n  correct:  {from: resolved, by: [verifier], needs: [urgency]}"),
            ("{from: resolved, to: dispatched, by: [verifier],", "{from: resolved, to: dispatched, when: {urgency: 1}, by: [verifier],"),
        ],
        # the conditions together take every case
        [
            ("not_by: [resolve]}", "not_by: [resolve], when: {urgency: [1, 2]}}"),
            ("{from: resolved, to: dispatched, by: [verifier],", "{from: resolved, to: dispatched, when: {urgency: 3}, by: [verifier],"),
        ],
        # a limited move, and another way out beside it
        [("takes: [photos]}", "takes: [photos], most: 1}")],
        # a limited move out of a state to which no case comes back
        [
            ("  discard:  {from: reported, to: invalid, by: [duty], needs: [reason]}\n", ""),
            ("  return:   {from: dispatched, to: reported, by: [handler], needs: [reason]}\n", ""),
            ("by: [duty], needs: [category, urgency, unit]}", "by: [duty], needs: [category, urgency, unit], most: 1}"),
        ],
        # to and fro, but the resolving clock goes on over a return and over a suspension
        [NO_WHOLE, ("runs_in: [dispatched]", "runs_in: [dispatched]\n    pauses_in: [suspended]")],
        # to and fro, but four times at most
        [NO_WHOLE, BOTH_ANEW, ("to: reported, by: [handler], needs: [reason]}", "to: reported, by: [handler], needs: [reason], most: 4}"),
         ("  suspend:  {from", "  suspend:  {most: 2, from")],
        # the timer's move asks for something, so it may be refused
        [("  discard:  {from", "  lapse: {from: reported, to: invalid, by: [timer], when: {urgency: 1}}\n  discard:  {from"), (LATE, "    - {after: 20 minutes, do: lapse}\n" + LATE)],
        # after the timer's move the case comes back, and the clock with it
        [("  discard:  {from", "  lapse: {from: reported, to: dispatched, by: [timer]}\n  discard:  {from"), (LATE, "    - {after: 20 minutes, do: lapse}\n" + LATE)],
        # the timer ends it later than the rung
        [LAPSE, (LATE, "    - {after: 30 minutes, notify: [leader], template: overdue}\n    - {after: 31 minutes, do: lapse}\n")],
        # the timer ends it at the very moment of the last repeat
        [LAPSE, (LATE, "    - {after: 30 minutes, notify: [leader], template: overdue, repeat: {every: 10 minutes, most: 3}}\n    - {after: 60 minutes, do: lapse}\n")],
        # another clock's rung on a ladder that a longer clock uses too
        [LAPSE, (LATE, "    - {after: 20 minutes, do: lapse}\n"), ("ladder: leaders\n", "ladder: verifying\n"), ("  leaders:\n    - {at: due, notify: [leader], template: overdue}\n", "")],
        # the timer's clock begins anew after each suspension, in which the other only pauses
        two_clocks(""),
        # the timer's own move asks for more time, which may be refused
        [*two_clocks("\n    pauses_in: [suspended]"), ("to: invalid, by: [timer]", "to: invalid, by: [timer], extends: {clock: handling, by: 1 hour, most: 1}")],
        # two targets for cases of two kinds, the stricter first
        [("      - {when: {urgency: 1}, is: 30 minutes}\n", "      - {when: {urgency: 1}, is: 30 minutes}\n      - {when: {urgency: 2, category: lamp}, is: 20 minutes}\n")],
        # an office-hours target before one in plain hours that may be longer
        [("      - {is: 1 hour}\n    on_rework", "      - {when: {urgency: 2}, is: 9 hours}\n      - {is: 1 hour}\n    on_rework")],
        # two notices to the same role of the same move, for cases that exclude each other
        [("  - {on: verify", "  - {on: suspend, to: [handler], template: assigned, when: {urgency: 1}}\n  - {on: suspend, to: [handler], template: result, when: {urgency: [2, 3]}}\n  - {on: verify")],
        # the general one last: who is told already is told once, but others hear by it too
        [("  - {on: verify", "  - {on: suspend, to: [handler], template: assigned, when: {urgency: 1}}\n  - {on: suspend, to: [handler], template: result}\n  - {on: verify")],
        # anybody may verify, so there is always a second person
        [("{from: resolved, to: verified, by: [verifier], not_by: [resolve]}", "{from: resolved, to: verified, by: [verifier, reporter], not_by: [resolve]}"), ("to: resolved, by: [handler]", "to: resolved, by: [verifier]")],
    ],
)  # fmt: skip
def test_a_look_alike_is_passed_over(tmp_path: Path, changes: list[tuple[str, str]]) -> None:
    assert found_in(tmp_path, *changes) == set()


def test_two_verifiers_are_enough_for_one_other_move_but_not_for_two(tmp_path: Path) -> None:
    two = builders.PEOPLE.replace("  mayor:", "  feng:   {name: 冯核查, roles: [verifier], email: feng@example.org}\n  mayor:")
    one_other = ("to: resolved, by: [handler]", "to: resolved, by: [verifier]")
    assert found_in(tmp_path / "one", one_other, people=two) == set()
    two_others = ("not_by: [resolve]}", "not_by: [resolve, rework]}")
    assert found_in(tmp_path / "two", one_other, two_others, people=two) == {"four-eyes-blocked"}


def test_the_timer_ends_what_runs_and_pauses_with_its_own_clock(tmp_path: Path) -> None:
    assert found_in(tmp_path, *two_clocks("\n    pauses_in: [suspended]")) == {"rung-never-comes"}


def test_more_time_lets_more_repeats_come_before_the_deadline(tmp_path: Path) -> None:
    early = "{at: 80%, notify: [duty], template: due-soon}"
    cut = [
        LAPSE,
        (LATE, "    - {after: 20 minutes, do: lapse}\n"),
        (early, early.replace("80%", "50%").replace("}", ", repeat: {every: 4 minutes, most: 9}}")),
    ]
    assert found_in(tmp_path / "fixed", *cut) == {"repeat-cut-short"}
    longer = ("  discard:  {from", "  longer: {from: reported, by: [duty], extends: {clock: dispatching, by: 1 hour}}\n  discard:  {from")
    assert found_in(tmp_path / "longer", *cut, longer) == set()


def test_a_repeat_that_stands_after_the_end_is_not_counted_below_zero(tmp_path: Path) -> None:
    assert found_in(tmp_path, LAPSE, (LATE, LATE + "    - {after: 20 minutes, do: lapse}\n")) == set()


def test_a_clock_that_ended_begins_anew_after_a_pause_that_comes_later(tmp_path: Path) -> None:
    """`suspended` holds a clock that runs; one that has ended in `resolved` begins anew on the way over it."""
    round_by_a_pause = [
        NO_WHOLE,
        ("runs_in: [dispatched]\n", "runs_in: [dispatched]\n    pauses_in: [suspended]\n"),
        ("  suspend:  {from: dispatched,", "  suspend:  {from: resolved,"),
        ("  return:   {from", "  return:   {most: 1, from"),
    ]
    assert found_in(tmp_path / "plain", *round_by_a_pause, ("  rework:   {from", "  rework:   {most: 1, from")) == {"endless-cycle"}


def test_suspending_again_and_again_is_endless_too(tmp_path: Path) -> None:
    """Each suspension promises a new date, and resolving begins anew after it: nothing ever lapses."""
    assert found_in(tmp_path, NO_WHOLE) == {"endless-cycle"}


def test_four_eyes_are_counted_unit_by_unit(tmp_path: Path) -> None:
    """In `lights` the chief and the handler are two; in `community` they are one."""
    changes = (
        (
            "{from: resolved, to: verified, by: [verifier], not_by: [resolve]}",
            "{from: resolved, to: verified, by: [unit-chief], not_by: [resolve]}",
        ),
    )
    assert found_in(tmp_path, *changes) == {"four-eyes-impossible"}
    apart = builders.PEOPLE.replace("roles: [handler, unit-chief], unit: community", "roles: [handler], unit: community").replace(
        "  qian: ", "  pan:    {name: 潘站长, roles: [unit-chief], unit: community, email: pan@example.org}\n  qian: "
    )
    assert found_in(tmp_path / "apart", *changes, people=apart) == set()
