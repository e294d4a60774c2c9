from __future__ import annotations

import pytest

from notifications import checks, render, uses


@pytest.mark.parametrize("tail", [".a", " | upper"], ids=["fields", "filters"])
def test_what_is_nested_too_deep_to_be_looked_through_is_for_the_checks_to_say(tail: str) -> None:
    """The English words, which ship, are looked through all the same."""
    templates = {"overdue.zh.txt": f"Subject: x {{{{ number }}}}\n\n{{{{ number{tail * 1500} }}}}\n"}
    assert uses.unguarded(render.Book(templates), "overdue") >= {"clock", "programme"}
    assert [finding.message for finding in checks.check(templates)] == ["an expression nested too deep"]
