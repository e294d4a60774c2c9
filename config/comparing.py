"""Two values of the language side by side: what differs, key by key, in the places where an admin wrote it.

`differences` asks this of two programmes and puts the answer into words. Lists are matched by what their members mean
(a rung by its moment, a target by whom it is for), so that a rung put in before others is one addition and no more."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from config import spoken
from config.effects import ForEach, Joins, Links, Opens, Tells
from config.problems import Said
from config.programme import Calendar, ProgrammeFile, Role, Shift
from config.schedules import Schedule
from config.visibility import Visibility
from config.words import Duration, Frozen
from config.workflow import Award, Named, Notice, Rung, Share, Target, Transition

Verb = Literal["added", "removed", "changed", "shortened", "lengthened", "raised", "lowered", "on", "off", "moved", "reordered"]


@dataclass(frozen=True, slots=True)
class Item:
    """A member of a list: its place (from 0, as problems count) and what a reader calls it."""

    index: int
    label: Said

    def __str__(self) -> str:
        return str(self.index)


Place = tuple[str | Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was; `old` or `new` is None where there is none."""

    verb: Verb
    path: Place
    old: Any = None
    new: Any = None


def compare(old: Any, new: Any, path: Place = ()) -> Iterator[Difference]:
    """What differs between two values of the same key, from top to bottom."""
    if isinstance(old, tuple) or isinstance(new, tuple):
        yield from _lists(old or (), new or (), path)
    elif isinstance(old, dict) or isinstance(new, dict):
        yield from _mappings(old or {}, new or {}, path)
    elif isinstance(old, Frozen) and type(old) is type(new):
        yield from _models(old, new, path)
    else:
        yield from _leaf(old, new, path)


def _leaf(old: Any, new: Any, path: Place) -> Iterator[Difference]:
    if old != new or type(old) is not type(new):
        yield Difference(verb=_verb(old, new), path=path, old=old, new=new)


def _verb(old: Any, new: Any) -> Verb:
    if old is None or old == ():
        return "added"
    if new is None or new == ():
        return "removed"
    if isinstance(old, bool) and isinstance(new, bool):
        return "on" if new else "off"
    if isinstance(old, int) and isinstance(new, int):
        return "raised" if new > old else "lowered"
    if isinstance(old, Duration) and isinstance(new, Duration) and _comparable(old, new):
        return "shortened" if new.micros < old.micros else "lengthened"
    return "changed"


def _comparable(old: Duration, new: Duration) -> bool:
    """Whether one is the longer, whatever the calendar."""
    return (old.unit, old.working) == (new.unit, new.working) and old.micros != new.micros


def _models(old: Frozen, new: Frozen, path: Place) -> Iterator[Difference]:
    moment = _moment(old) != _moment(new)
    if isinstance(old, Rung) and isinstance(new, Rung) and moment:
        yield Difference(verb="moved", path=(*path, _moment(new)[0]), old=spoken.moment(old), new=spoken.moment(new))
    for name, field in type(old).model_fields.items():
        if not (moment and name in ("at", "before", "after")):
            how = _OTHERWISE.get((type(old), name), compare)
            yield from how(getattr(old, name), getattr(new, name), (*path, field.alias or name))


def _moment(value: Frozen) -> tuple[str, object]:
    """Where a rung stands: which of its three keys, and what it says."""
    for name in ("at", "before", "after") if isinstance(value, Rung) else ():
        if (found := getattr(value, name)) is not None:
            return name, found
    return "", None


def _mappings(old: Mapping[str, Any], new: Mapping[str, Any], path: Place) -> Iterator[Difference]:
    for name, value in new.items():
        if name in old:
            yield from compare(old[name], value, (*path, name))
        else:
            yield Difference(verb="added", path=(*path, name), new=value)
    for name, value in old.items():
        if name not in new:
            yield Difference(verb="removed", path=(*path, name), old=value)
    yield from _order([name for name in old if name in new], [name for name in new if name in old], path)


def _order(old: Sequence[Hashable], new: Sequence[Hashable], path: Place) -> Iterator[Difference]:
    if old != new:
        yield Difference(verb="reordered", path=path, old=tuple(old), new=tuple(new))


def _week(old: Mapping[str, Any], new: Mapping[str, Any], path: Place) -> Iterator[Difference]:
    """The days that changed alike are one change."""
    groups: dict[tuple[Any, Any], list[str]] = {}
    for day in dict.fromkeys([*old, *new]):
        before, after = old.get(day, ()), new.get(day, ())
        if before != after:
            groups.setdefault((before, after), []).append(day)
    for (before, after), days in groups.items():
        yield Difference(verb=_verb(before, after), path=(*path, spoken.days(days)), old=before, new=after)


def _lists(old: tuple[Any, ...], new: tuple[Any, ...], path: Place) -> Iterator[Difference]:
    if not isinstance((old or new or ("",))[0], Frozen):
        for place, value in enumerate(new):
            if value not in old:
                yield Difference(verb="added", path=(*path, Item(place, spoken.same(str(value)))), new=value)
        for place, value in enumerate(old):
            if value not in new:
                yield Difference(verb="removed", path=(*path, Item(place, spoken.same(str(value)))), old=value)
        yield from _order([value for value in old if value in new], [value for value in new if value in old], path)
        return
    pairs = _paired(old, new)
    for place, value in enumerate(new):
        if place in pairs:
            before = old[pairs[place]]
            yield from compare(before, value, (*path, Item(place, spoken.label(before, among=len(old)))))
        else:
            yield Difference(verb="added", path=(*path, Item(place, spoken.label(value, among=len(new)))), new=value)
    for place, value in enumerate(old):
        if place not in pairs.values():
            yield Difference(verb="removed", path=(*path, Item(place, spoken.label(value, among=len(old)))), old=value)
    kept = [pairs[place] for place in sorted(pairs)]
    yield from _order(sorted(kept), kept, path)


def _dates(old: Mapping[str, Any], new: Mapping[str, Any], path: Place) -> Iterator[Difference]:
    """What is decided for a date is one thing, be it a word or windows."""
    for date in sorted({*old, *new}):
        yield from _leaf(old.get(date), new.get(date), (*path, date))


_OTHERWISE: Mapping[tuple[type[Frozen], str], Callable[[Any, Any, Place], Iterator[Difference]]] = {
    (Calendar, "week"): _week,
    (Calendar, "days"): _dates,
    (Calendar, "makeup"): _leaf,
    (Role, "quiet"): _leaf,
    (ProgrammeFile, "quiet"): _leaf,
    (ProgrammeFile, "urgent"): _leaf,
    (Shift, "days"): _leaf,
    (Target, "when"): _leaf,
    (Transition, "when"): _leaf,
    (Notice, "when"): _leaf,
    (Schedule, "days"): _leaf,
    (Schedule, "monthly"): _leaf,
    (ForEach, "when"): _leaf,
    (Award, "when"): _leaf,
    (Share, "when"): _leaf,
    (Named, "when"): _leaf,
    (Opens, "when"): _leaf,
    (Tells, "when"): _leaf,
}
"""Keys whose value is one thing to its reader, though it is a list or a mapping, or is best told by days."""
Likeness = Callable[[Any], object]
_LIKE: Mapping[type[Frozen], tuple[Likeness, ...]] = {
    Target: (lambda x: x.when, lambda x: (x.is_, x.hours)),
    Rung: (_moment, lambda x: (x.notify, x.template, x.do, x.always, x.repeat)),
    Share: (lambda x: x.when, lambda x: x.is_),
    Named: (lambda x: x.when, lambda x: x.is_),
    Opens: (lambda x: (x.on, x.workflow, x.link), lambda x: (x.workflow, x.link), lambda x: (x.on, x.workflow)),
    Tells: (lambda x: (x.on, x.case, x.trigger), lambda x: (x.case, x.trigger), lambda x: (x.on, x.trigger), lambda x: (x.on, x.case)),
    Links: (lambda x: (x.on, x.as_), lambda x: (x.as_, x.fact), lambda x: x.on),
    Joins: (lambda x: x.of, lambda x: x.do),
    Award: (
        lambda x: (x.on, x.to, x.account, x.exchange, x.holds, x.releases, x.reverses),
        lambda x: (x.to, x.account, x.exchange, x.holds, x.releases, x.reverses),
        lambda x: (x.on, x.account, x.amount),
    ),
    Shift: (lambda x: (x.hours, x.days), lambda x: x.hours, lambda x: (x.who, x.days)),
    Notice: (
        lambda x: (x.on, x.template, x.to),
        lambda x: (x.on, x.template, x.when),
        lambda x: (x.on, x.to, x.when),
        lambda x: (x.template, x.to, x.when),
    ),
    Visibility: (lambda x: (x.in_, x.facts), lambda x: (x.facts, x.only), lambda x: (x.in_, x.only)),
}
"""By what a member of a list is known again, the surest first."""


def _paired(old: Sequence[Any], new: Sequence[Any]) -> dict[int, int]:
    """Places in `new` → places in `old` of what is the same thing, changed or not."""
    pairs: dict[int, int] = {}
    likenesses: tuple[Likeness, ...] = (lambda x: x, *_LIKE.get(type((old or new)[0]), ()))
    for like in likenesses:
        free = [place for place in range(len(old)) if place not in pairs.values()]
        for place, value in enumerate(new):
            if place not in pairs and (match := next((f for f in free if like(old[f]) == like(value)), None)) is not None:
                pairs[place] = match
                free.remove(match)
    return pairs
