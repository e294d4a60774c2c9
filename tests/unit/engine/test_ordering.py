"""States stand as a case goes through them: on to the end, side states where they branch off."""

from __future__ import annotations

import itertools

import pytest

from config.workflow import Workflow
from engine.diagrams import ordering
from tests.unit.engine import drawn

ORDERS = {
    "ningxiang": "reported classified dispatched merged handed_over on_site returned suspended contained resolved closed_with passed_on verified invalid",
    "dingcheng": "reported accepted dispatched merged transferring signed returned on_site suspended fenced resolved closed_with transferred verified invalid",
    # rework leads from help on the spot to confirmed: which still stands where the way goes on
    "haidian": "reported helped transferring dispatched returned refuted confirmed merged secured clearing resolved put_right transferred closed_with verified invalid",
    "najin": "reported classified dispatched merged handed_over returned joint_meeting shared emergency contained suspended resolved closed_with verified invalid",
}


@pytest.mark.parametrize("name", drawn.FOUR)
def test_a_shipped_workflow_reads_from_left_to_right(name: str) -> None:
    assert " ".join(node.name for node in drawn.shipped(name).nodes) == ORDERS[name]


def _flow(transitions: str, states: str, initial: str = "a") -> tuple[str, ...]:

    text = {"zh": "x", "en": "x"}
    rules = {}
    for each in transitions.split():
        trigger, way = each.split(":")
        source, _, target = way.partition(">")
        rules[trigger] = {"from": source, "by": "anyone", **({"to": target} if target else {})}
    given = {
        "workflow": "w",
        "title": text,
        "initial": initial,
        "facts": {},
        "states": {name.strip("!"): {"title": text, **({"final": "done"} if name.endswith("!") else {})} for name in states.split()},
        "transitions": rules,
    }
    return ordering.ordered(Workflow.model_validate(given))


@pytest.mark.parametrize(
    ("transitions", "states", "expected"),
    [
        # the longest way counts, not the shortcut
        ("go:a>b on:b>c cut:a>c end:c>z", "z! c b a", "a b c z"),
        # a circle is broken where it comes back
        ("go:a>b on:b>c back:c>a end:c>z", "a b c z!", "a b c z"),
        # a state out of reach is shown all the same, before the ends
        ("go:a>b", "lost a b z!", "a b lost z"),
        # what only rework leads to is reached after where it starts
        ("go:a>b rework:b>m on:m>b end:b>z", "m a b z!", "a b m z"),
        # a dead end branches off before the way goes on
        ("go:a>b park:b>p on:b>c end:c>z", "a b c p z!", "a b p c z"),
        # one that goes nowhere at all
        ("stay:a", "a", "a"),
    ],
)
def test_states_are_ordered_by_their_distance_from_the_opening(transitions: str, states: str, expected: str) -> None:
    assert " ".join(_flow(transitions, states)) == expected


def test_a_hundred_states_in_a_row_are_no_trouble() -> None:
    names = [f"s{number}" for number in range(100)]
    ways = " ".join(f"t{number}:{a}>{b}" for number, (a, b) in enumerate(itertools.pairwise(names)))
    assert list(_flow(ways, " ".join(reversed(names)), initial="s0")) == names
