"""Four eyes with the people there are: may `not_by` leave nobody who could make the move?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from config import programme
from config.landscape import WorkflowPage
from config.problems import Said, Saying
from config.workflow import Transition

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
_ANYBODY = frozenset({"anyone", "reporter", "tracker", "timer"})
"""Words that may mean somebody who is not in people.yaml by that role."""
_MOST_EXCLUDED = 4


def check(page: WorkflowPage) -> None:
    """For every unit, with those who answer for it."""
    land, flow = page.land, page.workflow
    if land.people is None or not land.people_whole or land.units is None or not page.whole("transitions", "opened_by"):
        return
    for trigger, rule in flow.transitions.items():
        named = [did for did in rule.not_by if did == "open" or did in flow.transitions]
        if not named or not _ANYBODY.isdisjoint(rule.by):
            continue
        by_unit = any(land.scope(role) == "unit" for role in _asked(page, rule, named))
        for unit in (tuple(land.units.units) or (None,)) if by_unit else (None,):
            if _said(page, trigger, rule, named, unit):
                break


def _asked(page: WorkflowPage, rule: Transition, named: Iterable[str]) -> set[str]:
    return {role for did in named for role in _words(page, did)} | set(rule.by)


def _words(page: WorkflowPage, did: str) -> tuple[str, ...]:
    return page.workflow.opened_by if did == "open" else page.workflow.transitions[did].by


def _said(page: WorkflowPage, trigger: str, rule: Transition, named: Sequence[str], unit: str | None) -> bool:
    holders = _people(page, rule.by, unit)
    if not holders or len(holders) > min(len(named), _MOST_EXCLUDED):
        return False
    doers = {did: _people(page, _words(page, did), unit) for did in named}
    anybody = {did for did in named if not _ANYBODY.isdisjoint(_words(page, did))}
    taken = _each_did_one(sorted(holders), {did: holders if did in anybody else people for did, people in doers.items()})
    if taken is None:
        return False
    where = Said(f" in unit `{unit}`", f"单位 `{unit}` 中") if unit is not None else Said("", "")
    who, did_it = (", ".join(f"`{name}`" for name in names) for names in (taken, taken.values()))
    only = all(did not in anybody and doers[did] == {person} for person, did in taken.items())
    page.say(IMPOSSIBLE if only else BLOCKED, ("transitions", trigger, "not_by"), key=True, who=who, did=did_it, where=where)
    return True


def _people(page: WorkflowPage, roles: Iterable[str], unit: str | None) -> set[str]:
    """The persons of these roles; those of a unit's role within the unit, or the nearest above it that has any."""
    found: set[str] = set()
    for role in roles:
        holders = page.land.holders(role)
        if page.land.scope(role) == "unit":
            found |= _within(page, holders, unit)
        else:
            found.update(holders)
    return found


def _within(page: WorkflowPage, holders: Sequence[str], unit: str | None) -> set[str]:
    people, units = page.land.people, page.land.units
    seen: set[str] = set()
    while people is not None and unit is not None and unit not in seen:
        seen.add(unit)
        there = {person for person in holders if people.people[person].unit == unit}
        above: programme.Unit | None = units.units.get(unit) if units is not None else None
        if there or above is None:
            return there
        unit = above.part_of
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
