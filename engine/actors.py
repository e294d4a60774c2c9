"""Who somebody is in a case: the words (`duty`, `handler`, `reporter`, `anyone` …) they answer to, as transitions' `by` uses them."""

from __future__ import annotations

import difflib

from config import programme
from engine import catalog, draft, errors, requests

_ANYONE = frozenset({"anyone"})
_TIMER = frozenset({"timer"})
_LINKED = frozenset({"linked"})


def decides(people: programme.People, person: str) -> bool:
    """Whether somebody has a role that is no rider's: who only reports decides no rules."""
    return any(not people.roles[role].rider for role in people.people[person].roles)


def of(case: draft.Draft, actor: str | None) -> frozenset[str]:
    """The words of an actor in a case as it stands: roles, `reporter`, `tracker`, and the facts that name him where the
    definition lets such a fact act. Raises NotFound for a stranger."""
    found = words(case.town, actor, unit=case.unit, reporter=case.reporter, tracker=case.tracker)
    deputed = case.compiled.deputed
    return found | {name for name in deputed if case.facts.get(name) == actor} if deputed and actor is not None else found


def words(town: catalog.InForce, actor: str | None, *, unit: str | None, reporter: str | None, tracker: str | None) -> frozenset[str]:
    """The words of an actor in regard to one case. Unit-scoped roles count only within the case's unit, as the
    directory finds them for those who hear: where a unit has nobody of a role, the unit above it answers. Raises NotFound for a stranger."""
    if actor is None:
        return _ANYONE
    if actor == requests.TIMER:
        return _TIMER
    if actor == requests.LINKED:
        return _LINKED
    person = town.live.people.people.get(actor)
    if person is None:
        known = list(town.live.people.people)
        raise errors.NotFound("person", actor, zh="人员", near=difflib.get_close_matches(actor, known, n=1))
    roles, within = town.live.people.roles, town.people.within
    found = {r for r in person.roles if roles[r].scope != "unit" or (unit is not None and actor in within.get((r, unit), ()))}
    found.add("anyone")
    if actor == reporter:
        found.add("reporter")
    if actor == tracker:
        found.add("tracker")
    return frozenset(found)
