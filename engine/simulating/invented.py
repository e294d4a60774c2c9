"""The facts of simulated cases: what each is about, drawn as the assumptions say, and something plausible for all that moves ask for.

Facts of moves come as a case keeps them (`engine.facts`), so that they need not be checked again at each of a million moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from config import programme
from config.assumptions import Assumptions
from config.workflow import FactType
from engine import facts, rehearsal
from engine import now as times
from engine.simulating import dice

_NEAR = ("community", "grid", "street", "estate")
_UNIT, _FIRST = 1, 2
_FILES = {FactType.PHOTOS: rehearsal.photos, FactType.VIDEOS: rehearsal.videos}
_OF_TIME = {FactType.DATE, FactType.DATETIME}
_DAY = 86_400_000_000


class Facts:
    """Invents for one workflow of one town. Values belong to the case's number and the seed."""

    def __init__(self, whole: programme.Programme, town: rehearsal.Rehearsal, assumed: Assumptions, seed: int) -> None:
        flow = whole.workflows[assumed.workflow]
        self._flow, self._zone, self._seed = flow, whole.programme.time_zone, seed
        self._town, self._compiled = town.town, town.definitions[assumed.workflow]
        self._known: dict[tuple[str, str], Any] = {}
        self._mixes = {name: dice.Mix(shares) for name, shares in assumed.facts.items()}
        self._handled_by = {name: each.unit for name, each in whole.categories.categories.items()}
        self._near = _units(whole)
        self._categories = [name for name, fact in flow.facts.items() if fact.type is FactType.CATEGORY]
        self._units = [name for name, fact in flow.facts.items() if fact.type is FactType.UNIT]
        self._someone = next(iter(whole.people.people), "")
        asked = {name for rule in flow.transitions.values() for name in (*rule.needs, *rule.takes)}
        promised = {clock.due.fact for clock in flow.clocks.values() if clock.due is not None}
        self._at_once = tuple(
            name
            for name, fact in flow.facts.items()
            if fact.located is None
            and fact.drawn is None
            and (fact.required or (name not in asked and (name in assumed.facts or name in promised)))
        )

    def truth(self, case: int) -> dict[str, str]:
        """What a case is about, before anybody has found out: the choices that moves will make known."""
        found = {
            name: mix.pick(dice.share(self._seed, case, _FIRST + number))
            for number, (name, mix) in enumerate(self._mixes.items())
            if mix.total
        }
        for name in self._units:
            if name not in found:
                usual = next((unit for each in self._categories if (unit := self._handled_by.get(found.get(each, "")))), None)
                near = self._near
                found[name] = usual or (near[int(dice.share(self._seed, case, _UNIT) * len(near))] if near else "")
        return found

    def opening(self, truth: Mapping[str, str], at: int) -> dict[str, Any]:
        """What a report says: all that is required, and what counts later but no move would tell."""
        return self._values(self._at_once, truth, at)

    def move(self, trigger: str, truth: Mapping[str, str], at: int) -> dict[str, Any]:
        """What a move must be given, and what it may where the case is about that."""
        rule = self._flow.transitions[trigger]
        if not rule.needs and not rule.takes:
            return {}
        return self._values((*rule.needs, *(name for name in rule.takes if name in truth)), truth, at)

    def _values(self, names: Iterable[str], truth: Mapping[str, str], at: int) -> dict[str, Any]:
        return {name: self._kept(name, truth.get(name), at) for name in names}

    def _kept(self, name: str, given: str | None, at: int) -> Any:
        """As a case keeps it; looked at once, unless it is about time."""
        if self._flow.facts[name].type in _OF_TIME:
            return facts.check(self._compiled, self._town, {name: self._value(name, at)})[name]
        key = (name, given or "")
        if key not in self._known:
            value = given if given is not None else self._value(name, at)
            self._known[key] = facts.check(self._compiled, self._town, {name: value})[name]
        return self._known[key]

    def _value(self, name: str, at: int) -> Any:
        fact = self._flow.facts[name]
        kind = fact.type
        if kind in _FILES:
            return list(_FILES[kind]())
        if kind is FactType.TEXT:
            return "simulated"[: fact.longest or 100]
        if kind is FactType.DATE:
            return times.local(at + 14 * _DAY, self._zone).date().isoformat()
        if kind is FactType.DATETIME:
            return times.written(at + _DAY, self._zone)
        if kind is FactType.PERSON:
            return self._someone
        if kind is FactType.ENTRY:
            register = self._town.live.registers.get(fact.register_ or "")
            return next(iter(register.rows if register is not None else ()), "")
        if kind is FactType.CHOICE:
            return next(iter(fact.choices or ("",)))
        return _PLAIN.get(kind, "")


_PLAIN: Mapping[FactType, Any] = {
    FactType.NUMBER: 1,
    FactType.YES_NO: False,
    FactType.CONTACT: {"name": "simulated"},
    FactType.POINT: "111.19,37.34,wgs84",
    FactType.DURATION: "2 hours",
}


def _units(whole: programme.Programme) -> tuple[str, ...]:
    """Where cases go that belong to no department: the communities, else all units."""
    ours = whole.units.ours
    return tuple(name for name in ours if whole.units.units[name].kind in _NEAR) or ours
