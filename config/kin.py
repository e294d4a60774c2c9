"""Which workflows' cases may be linked to those of a workflow, and under which names: for checks, and for stories that name them."""

from __future__ import annotations

from collections.abc import Mapping

from config import effects
from config.workflow import Workflow


def linked(flow: Workflow, flows: Mapping[str, Workflow]) -> dict[str, frozenset[str]]:
    """The names under which cases are linked to those of `flow`, each with the workflows that these may be of."""
    found: dict[str, set[str]] = {}
    for opens in flow.opens:
        found.setdefault(opens.link, set()).update({opens.workflow} & flows.keys())
    for name, other in flows.items():
        for links in other.links:
            if _may_name(other, links, flow.workflow):
                found.setdefault(links.as_, set()).add(name)
    return {name: frozenset(those) for name, those in found.items()}


def openers(flow: Workflow, flows: Mapping[str, Workflow]) -> frozenset[str]:
    """The workflows of those cases that open cases of `flow`, or to which these are joined."""
    found = {name for name, other in flows.items() if any(opens.workflow == flow.workflow for opens in other.opens)}
    for links in flow.links:
        if links.fact is not None:
            named = flow.facts[links.fact].workflow if links.fact in flow.facts else None
            found |= {named} if named is not None else set(flows)
    return frozenset(found & flows.keys())


def _may_name(other: Workflow, links: effects.Links, workflow: str) -> bool:
    fact = other.facts.get(links.fact or "")
    return fact is not None and fact.workflow in (None, workflow)
