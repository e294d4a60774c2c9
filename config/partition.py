"""Which cases a workflow's targets tell apart: one class for all cases that meet the same targets, whatever else is known of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from config.programme import Programme
from config.workflow import Clock, FactType, Target, Workflow

_MOST, _WORK = 60, 30_000
"""Classes of one severity, fewer in a workflow of many ways; where there are more, targets are compared by severity alone."""
_MOST_SEVERITIES = 8
Case = Mapping[str, str]
"""A class by a value of each fact that matters in it; a fact that is not named may be anything."""
OTHER = "…"
"""A value that no target names."""


def severities(whole: Programme, flow: Workflow) -> tuple[Case, ...]:
    """One for each choice of the fact by which the programme says what is urgent; one for all where there is none."""
    for name in whole.programme.urgent:
        fact = flow.facts.get(name)
        if fact is not None and fact.type is FactType.CHOICE and fact.choices and len(fact.choices) <= _MOST_SEVERITIES:
            return tuple({name: value} for value in fact.choices)
    return ({},)


def classes(whole: Programme, flow: Workflow, severity: Case) -> tuple[Case, ...]:
    """The classes of one severity, or the severity alone where there are too many."""
    asked: dict[str, dict[str, list[int]]] = {}
    for number, target in enumerate(target for clock in flow.clocks.values() for target in clock.within or ()):
        for name, values in (target.when or {}).items():
            for value in values:
                asked.setdefault(name, {}).setdefault(value, []).append(number)
    most = min(_MOST, max(6, _WORK // (1 + sum(len(rule.from_) for rule in flow.transitions.values()))))
    size, chosen = 1, list[list[tuple[str, str]]]()
    for name, named in sorted(asked.items()):
        if name in severity:
            continue
        like = {tuple(numbers): value for value, numbers in reversed(named.items())}
        apart = list(like.values()) + ([OTHER] if _others(whole, flow, name) - named.keys() else [])
        size *= len(apart)
        if size > most:
            return (severity,)
        chosen.append([(name, value) for value in apart])
    return tuple({**severity, **dict(combination)} for combination in itertools.product(*chosen))


def _others(whole: Programme, flow: Workflow, name: str) -> set[str]:
    """All values of a fact; of a text, one that nobody names."""
    fact = flow.facts[name]
    if fact.type is FactType.CHOICE:
        return set(fact.choices or ())
    if fact.type is FactType.CATEGORY:
        return set(whole.categories.categories)
    if fact.type is FactType.UNIT:
        return set(whole.units.units)
    return {"true", "false"} if fact.type is FactType.YES_NO else {OTHER}


def possible(targets: Sequence[Target], case: Case) -> Iterator[int]:
    """The targets that a case of this class may have, by their number; the last of them it certainly meets, if any is certain."""
    for number, target in enumerate(targets):
        when = target.when or {}
        if all(name not in case or case[name] in values for name, values in when.items()):
            yield number
            if all(name in case for name in when):
                return


def certain(clock: Clock, case: Case) -> int | None:
    """The one target that every case of this class has; None if it has none, or may have several."""
    found = list(possible(clock.within or (), case))
    return found[0] if len(found) == 1 and all(name in case for name in (clock.within or ())[found[0]].when or {}) else None


def allows(when: Mapping[str, Sequence[str]] | None, case: Case) -> bool:
    """Whether a condition may hold of a case of this class."""
    return all(name not in case or case[name] in values for name, values in (when or {}).items())
