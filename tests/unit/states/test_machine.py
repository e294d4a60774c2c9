from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import workflow
from states import errors, machine

TITLE = {"zh": "x", "en": "x"}


def a_machine(**transitions: dict[str, Any]) -> machine.Machine:
    """From `new` by way of `busy` to `done`, with these transitions."""
    states = {"new": {"title": TITLE}, "busy": {"title": TITLE}, "done": {"title": TITLE, "final": "done"}}
    facts = {name: {"type": "text", "title": TITLE} for name in ("reason", "urgency", "unit")}
    return machine.machine_of(
        workflow.Workflow.model_validate(
            {"workflow": "report", "title": TITLE, "initial": "new", "facts": facts, "states": states, "transitions": transitions}
        )
    )


def asked(*words: str, actor: str = "li", facts: dict[str, object] | None = None, **more: Any) -> machine.Asked:
    given_ = {"facts": facts or {}, "given": frozenset(facts or ()), "last": {}, "counts": {}, **more}
    return machine.Asked(actor=actor, words=frozenset(words), **given_)


REPORT = a_machine(
    take={"from": "new", "to": "busy", "by": ["duty"]},
    note={"from": ["new", "busy"], "by": ["duty", "handler"], "takes": ["reason"]},
    finish={"from": "busy", "to": "done", "by": ["handler"], "needs": ["reason"]},
    check={"from": "busy", "to": "done", "by": ["handler"], "not_by": ["take"]},
    hurry={"from": "new", "to": "busy", "by": ["duty"], "when": {"urgency": [1, 2]}},
    again={"from": "busy", "to": "new", "by": ["duty"], "most": 2},
    extend={"from": "busy", "by": ["handler"], "extends": {"clock": "x", "by": "1 hour", "most": 1}},
)


@pytest.mark.parametrize(
    ("_sentence", "state", "trigger", "with_", "to"),
    [
        ("the roles that may move it on do", "new", "take", asked("duty"), "busy"),
        ("one role of several is enough", "busy", "note", asked("anyone", "handler"), "busy"),
        ("without `to` it stays where it is", "new", "note", asked("duty", facts={"reason": "x"}), "new"),
        ("what is needed comes with it", "busy", "finish", asked("handler", facts={"reason": "x"}), "done"),
        ("who did not take it may check it", "busy", "check", asked("handler", last={"take": "wang"}), "done"),
        (
            "a condition that holds, written as a number or as a word",
            "new",
            "hurry",
            asked("duty", facts={"urgency": 1}, given=frozenset()),
            "busy",
        ),
        ("the second time of two", "busy", "again", asked("duty", counts={"again": 1}), "new"),
    ],
)
def test_a_case_moves(_sentence: str, state: str, trigger: str, with_: machine.Asked, to: str) -> None:
    assert REPORT.step(state, trigger, with_) == to
    assert REPORT.table[state, trigger] == to


@pytest.mark.parametrize(
    ("_sentence", "state", "trigger", "with_", "code", "says", "possible"),
    [
        ("the wrong state", "done", "take", asked("duty"), "wrong-state", "cannot take a case that is done; possible: nothing", ()),
        ("an unknown trigger", "new", "tak", asked("duty"), "unknown-trigger", "did you mean take?", ("take", "note", "hurry")),
        ("no name of Python's opens a door", "new", "__class__", asked("duty"), "unknown-trigger", "no transition is called", ("take", "note", "hurry")),
        ("nor do the library's own triggers", "new", "to_done", asked("duty"), "unknown-trigger", "no transition is called", ("take", "note", "hurry")),
        ("a role that may not", "new", "take", asked("rider"), "role", "it takes: duty. Possible for li: nothing", ()),
        ("nothing needed came", "busy", "finish", asked("handler"), "fact-missing", "give reason with it", ("note", "finish", "check", "extend")),
        ("a fact that was known before did not come with it", "busy", "finish", asked("handler", facts={"reason": "x"}, given=frozenset()), "fact-missing", "give reason", ("note", "finish", "check", "extend")),
        ("what nobody asked for", "busy", "finish", asked("handler", facts={"reason": "x", "unit": "y"}), "fact-unasked", "does not take unit", ("note", "finish", "check", "extend")),
        ("four eyes", "busy", "check", asked("handler", last={"take": "li"}), "four-eyes", "li did take on this case", ("note", "finish", "extend")),
        ("a condition that does not hold", "new", "hurry", asked("duty", facts={"urgency": "3"}, given=frozenset()), "condition", "urgency 1 or 2; possible: take, note, hurry", ("take", "note", "hurry")),
        ("a condition on what is not known", "new", "hurry", asked("duty"), "condition", "only for cases with urgency", ("take", "note", "hurry")),
        ("the third time of two", "busy", "again", asked("duty", counts={"again": 2}), "too-often", "used 2 times", ("note",)),
        ("a second extension where one is allowed", "busy", "extend", asked("handler", counts={"extend": 1}), "too-often", "used 1 times", ("note", "finish", "check")),
    ],
)  # fmt: skip
def test_a_refusal_says_why_and_what_is_possible(
    _sentence: str, state: str, trigger: str, with_: machine.Asked, code: str, says: str, possible: tuple[str, ...]
) -> None:
    with pytest.raises(errors.StatesError) as caught:
        REPORT.step(state, trigger, with_)
    assert (caught.value.code, caught.value.possible) == (code, possible)
    assert says in str(caught.value)
    assert caught.value.zh


@pytest.mark.parametrize(
    ("unit", "en", "zh"),
    [
        ("roads", "it takes: handler of unit roads.", "需要角色：单位 roads 的 handler。"),
        (None, "it takes: handler of the case's unit, which is not chosen yet.", "需要角色：承办单位的 handler（尚未指定单位）。"),
    ],
)
def test_a_role_that_counts_within_a_unit_is_named_with_it(unit: str | None, en: str, zh: str) -> None:
    with pytest.raises(errors.RoleRefused) as caught:
        REPORT.step("busy", "finish", asked("anyone", unit=unit, scopes={"handler": "unit", "duty": "desk"}))
    assert en in str(caught.value)
    assert zh in caught.value.zh
    assert caught.value.by == ("handler",)


def test_nothing_is_kept_of_the_cases_that_went_by() -> None:
    for _ in range(100):
        REPORT.step("new", "take", asked("duty"))
    assert REPORT.machine.models == []


@given(
    state=st.sampled_from(["new", "busy", "done"]),
    trigger=st.sampled_from(sorted(REPORT.guards)),
    words=st.frozensets(st.sampled_from(["duty", "handler", "rider"])),
    facts=st.dictionaries(st.sampled_from(["reason", "urgency", "unit"]), st.sampled_from(["1", "3"])),
    did=st.booleans(),
    count=st.integers(min_value=0, max_value=3),
)
def test_the_table_and_the_machine_agree(
    state: str, trigger: str, words: frozenset[str], facts: dict[str, object], did: bool, count: int
) -> None:
    """Where the machine goes the table knew; where it refuses, the guard has a reason or the table has no row."""
    with_ = asked(*words, facts=facts, last={"take": "li"} if did else {}, counts={trigger: count})
    against = REPORT.guards[trigger].against(with_)
    try:
        to = REPORT.step(state, trigger, with_)
    except errors.MoveRefused:
        assert (state, trigger) not in REPORT.table
    except errors.StatesError as refusal:
        assert (state, trigger) in REPORT.table
        assert type(refusal) is type(against)  # noqa: PT017 - which of the two ways it went is what is asked
    else:
        assert against is None
        assert REPORT.table[state, trigger] == to
