from __future__ import annotations

from typing import Any

import pytest

from config import checks, reading, visibility
from tests import builders

STATES = ("reported", "dispatched", "closed")
Rule = dict[str, Any]


def veiled(*rules: Rule) -> dict[str, visibility.Veil]:
    return visibility.veils([visibility.Visibility.model_validate(rule) for rule in rules], STATES)


def told(state: visibility.Veil | None) -> tuple[list[str] | None, dict[str, list[str]]]:
    if state is None:
        return None, {}
    return None if state.case is None else sorted(state.case), {fact: sorted(only) for fact, only in state.facts.items()}


@pytest.mark.parametrize(("rules", "state", "case", "facts"), [
    # a rule without `in` holds in every state
    ([{"facts": "notes", "only": "doctor"}], "closed", None, {"notes": ["doctor"]}),
    ([{"in": "reported", "facts": "notes", "only": "doctor"}], "closed", None, {}),
    # `all` hides the case itself
    ([{"in": ["reported"], "facts": "all", "only": ["inspector", "reporter"]}], "reported", ["inspector", "reporter"], {}),
    # the first rule that names a fact decides on it
    ([{"in": "closed", "facts": "notes", "only": "leader"}, {"facts": "notes", "only": "doctor"}], "closed", None, {"notes": ["leader"]}),
    ([{"in": "closed", "facts": "notes", "only": "leader"}, {"facts": "notes", "only": "doctor"}], "reported", None, {"notes": ["doctor"]}),
    # `all` names every fact: what stands below it says nothing
    ([{"facts": "all", "only": "leader"}, {"facts": "notes", "only": "doctor"}], "reported", ["leader"], {}),
    # and what stands above it hides a fact from those, too, who see the case
    ([{"facts": "notes", "only": "doctor"}, {"facts": "all", "only": "leader"}], "reported", ["leader"], {"notes": ["doctor"]}),
    ([{"facts": ["notes", "photos"], "only": "doctor"}, {"facts": "photos", "only": "leader"}], "reported", None, {"notes": ["doctor"], "photos": ["doctor"]}),
])  # fmt: skip
def test_what_rules_come_to_in_a_state(rules: list[Rule], state: str, case: list[str] | None, facts: dict[str, list[str]]) -> None:
    assert told(veiled(*rules).get(state)) == (case, facts)


def test_without_rules_there_is_nothing_to_ask() -> None:
    assert veiled() == {}


VERIFIED = "visibility:\n  - {in: [verified], facts: all, only: [%s]}\nnotices:\n"


@pytest.mark.parametrize(("only", "people", "opened_by", "codes"), [
    # mayor, the only leader, may reopen; reporter and resident are told of the end
    ("leader, reporter, on_behalf_of", "", "", []),
    # that everybody who may report has one of the roles will do
    ("leader, duty, on_behalf_of", "", "duty", []),
    ("leader, rider, on_behalf_of", "", "rider, duty", ["told-but-may-not-see"]),
    ("leader, duty, on_behalf_of", "", "", ["told-but-may-not-see"]),
    # a leader need not be named where all who are leaders have a role that is
    ("verifier, reporter, on_behalf_of", "roles: [leader, verifier]", "", []),
    ("verifier, reporter, on_behalf_of", "", "", ["acts-blind"]),
    # what somebody is in one unit says nothing of the case's
    ("handler, reporter, on_behalf_of", "roles: [leader, handler], unit: lights", "", ["acts-blind"]),
])  # fmt: skip
def test_who_can_be_proved_to_be_blind(tmp_path: Any, only: str, people: str, opened_by: str, codes: list[str]) -> None:
    flow = builders.WORKFLOW.replace("notices:\n", VERIFIED % only)
    flow = flow.replace("initial: reported\n", f"initial: reported\nopened_by: [{opened_by}]\n" if opened_by else "initial: reported\n")
    whole = builders.PEOPLE.replace("roles: [leader]", people) if people else builders.PEOPLE
    read = reading.read_folder(builders.a_folder(tmp_path, workflow=flow, people=whole))
    found = [p.code for p in checks.check(read, templates=builders.TEMPLATES)]
    assert [code for code in found if code in ("acts-blind", "told-but-may-not-see")] == codes
