"""Four eyes with the people there are: may `not_by` leave nobody who could make the move?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from config import programme
from config.landscape import WorkflowPage
from config.problems import Said, Saying
from config.workflow import ACTORS, Transition

IMPOSSIBLE = Saying(
    "four-eyes-impossible",
    "nobody can ever do this{where}: only {who} may, and {did} was done by the same",
    "give the role to a second person, or take the trigger out of `not_by`",
    "{where}永远没有人能做这一步：只有 {who} 可以，而 {did} 也只能由其完成",
    "请给第二个人此角色，或从 `not_by` 中去掉该操作",
    judgement=True,
)
BLOCKED = Saying(
    "four-eyes-blocked",
    "where {who} did {did}, nobody is left who may do this{where}",
    "give the role to one person more, for the day on which it happens",
    "如果 {did} 是由 {who} 完成的，{where}就没有别人能做这一步",
    "请再给一个人此角色，以备此种情况",
    "warning",
)
_ANYBODY = frozenset(ACTORS)
"""Words that may mean somebody who is not in people.yaml by that role."""
_MOST_EXCLUDED = 4
_MOST_ASKED = 20_000
"""Moves by units that are looked at; no town has so many."""


def check(page: WorkflowPage) -> None:
    """For every unit, with those who answer for it."""
    land, flow = page.land, page.workflow
    if land.people is None or not land.people_whole or land.units is None or not page.whole("transitions", "opened_by"):
        return
    holders = _holders(page)
    asked = 0
    for trigger, rule in flow.transitions.items():
        named = [did for did in rule.not_by if did == "open" or did in flow.transitions]
        if not named or not _ANYBODY.isdisjoint(rule.by):
            continue
        by_unit = any(land.scope(role) == "unit" for role in _asked(page, rule, named))
        for unit in (land.units.ours or (None,)) if by_unit else (None,):
            asked += 1
            if asked > _MOST_ASKED or _said(page, holders, trigger, rule, named, unit):
                break


def _asked(page: WorkflowPage, rule: Transition, named: Iterable[str]) -> set[str]:
    return {role for did in named for role in _words(page, did)} | set(rule.by)


def _words(page: WorkflowPage, did: str) -> tuple[str, ...]:
    return page.workflow.opened_by if did == "open" else page.workflow.transitions[did].by


Holders = Mapping[tuple[str, str | None], set[str]]
"""(role, unit) → persons; of a role that is not a unit's, under None."""


def _holders(page: WorkflowPage) -> Holders:
    found: dict[tuple[str, str | None], set[str]] = {}
    for name, person in page.land.people.people.items() if page.land.people is not None else ():
        for role in person.roles:
            found.setdefault((role, person.unit if page.land.scope(role) == "unit" else None), set()).add(name)
    return found


def _said(page: WorkflowPage, known: Holders, trigger: str, rule: Transition, named: Sequence[str], unit: str | None) -> bool:
    holders = _people(page, known, rule.by, unit)
    if not holders or len(holders) > min(len(named), _MOST_EXCLUDED):
        return False
    doers = {did: _people(page, known, _words(page, did), unit) for did in named}
    anybody = {did for did in named if not _ANYBODY.isdisjoint(_words(page, did))}
    taken = _each_did_one(sorted(holders), {did: holders if did in anybody else people for did, people in doers.items()})
    if taken is None:
        return False
    where = Said(f" in unit `{unit}`", f"单位 `{unit}` 中") if unit is not None else Said("", "")
    who, did_it = (", ".join(f"`{name}`" for name in names) for names in (taken, taken.values()))
    only = all(did not in anybody and doers[did] == {person} for person, did in taken.items())
    page.say(IMPOSSIBLE if only else BLOCKED, ("transitions", trigger, "not_by"), key=True, who=who, did=did_it, where=where)
    return True


def _people(page: WorkflowPage, known: Holders, roles: Iterable[str], unit: str | None) -> set[str]:
    """The persons of these roles; those of a unit's role within the unit, or the nearest above it that has any."""
    found: set[str] = set()
    for role in roles:
        found |= _within(page, known, role, unit) if page.land.scope(role) == "unit" else known.get((role, None), set())
    return found


def _within(page: WorkflowPage, known: Holders, role: str, unit: str | None) -> set[str]:
    units = page.land.units.units if page.land.units is not None else {}
    seen: set[str] = set()
    while unit is not None and unit not in seen:
        seen.add(unit)
        if (role, unit) in known:
            return known[role, unit]
        above: programme.Unit | None = units.get(unit)
        unit = above.part_of if above is not None else None
    return set()


def _each_did_one(holders: Sequence[str], doers: dict[str, set[str]]) -> dict[str, str] | None:
    """Person → what he may have done, so that every holder has done one of them and is excluded; None if one always remains."""
    did_by: dict[str, str] = {}

    def give(person: str, tried: set[str]) -> bool:
        for did, people in doers.items():
            if person in people and did not in tried:
                tried.add(did)
                if did not in did_by or give(did_by[did], tried):
                    did_by[did] = person
                    return True
        return False

    if not all(give(person, set()) for person in holders):
        return None
    return {person: did for did, person in did_by.items()}
