"""Riders who claim a task: the fact that names them is no one to chase."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from config import check_riders


def a_rule(by: list[str], claims: str | None = None, needs: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(by=tuple(by), claims=claims, needs=needs, takes=())


@pytest.mark.parametrize(("rules", "claimed"), [
    # the first rider who accepts becomes the courier
    ({"accept": a_rule(["rider"], "courier")}, {"courier": "accept"}),
    # a desk may accept it too, so the courier may be somebody who sits there
    ({"accept": a_rule(["rider", "duty"], "courier")}, {}),
    # somebody else is written into it by hand
    ({"accept": a_rule(["rider"], "courier"), "appoint": a_rule(["duty"], needs=("courier",))}, {}),
    # nobody claims anything
    ({"accept": a_rule(["rider"])}, {}),
])  # fmt: skip
def test_a_fact_is_of_riders_if_only_they_come_into_it(rules: dict[str, Any], claimed: dict[str, str]) -> None:
    assert check_riders.claimed_by_riders(SimpleNamespace(transitions=rules), frozenset({"rider"})) == claimed  # type: ignore[arg-type]
