"""Who is at work in a simulated town: people.yaml with more or fewer hands, and the hours in which each may take up a case."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config import assumptions
from config.programme import Live, People, Person, Shift
from config.words import Unit
from notifications import directory
from sla import calendars

MINUTE = 60_000_000


def staffed(live: Live, staff: Mapping[str, assumptions.Staff]) -> Live:
    """A town in which so many of each role are at work together: in every unit that has any, on every shift of a desk.

    Whoever is missing is invented beside those there are; none at work (0) changes nothing here: the people still hear."""
    people = live.people
    for role, each in staff.items():
        if each.at_work and role in people.roles:
            people = _with(people, role, each.at_work)
    return live if people is live.people else live.model_copy(update={"people": people})


def _with(people: People, role: str, wanted: int) -> People:
    if people.roles[role].scope == "desk" and role in people.rota:
        return _on_shift(people, role, wanted)
    groups: dict[str | None, list[str]] = {}
    for name, person in people.people.items():
        if role in person.roles and not _rides(people, person):
            groups.setdefault(person.unit if people.roles[role].scope == "unit" else None, []).append(name)
    found = dict(people.people)
    for have in groups.values():
        for name in have[wanted:]:
            roles = tuple(each for each in found[name].roles if each != role)
            if roles:
                found[name] = found[name].model_copy(update={"roles": roles})
            else:
                del found[name]
        for number in range(len(have) + 1, wanted + 1):
            found[f"{have[0]}-{role}-{number}"] = _another(found[have[0]], role, number)
    return people.model_copy(update={"people": found})


def _on_shift(people: People, role: str, wanted: int) -> People:
    found, shifts = dict(people.people), list[Shift]()
    for number, shift in enumerate(people.rota[role], 1):
        who = list(shift.who[:wanted])
        for place in range(len(who) + 1, wanted + 1):
            name = f"{role}-{number}-{place}"
            found[name] = _another(found[shift.who[0]], role, place)
            who.append(name)
        shifts.append(shift.model_copy(update={"who": tuple(who)}))
    return people.model_copy(update={"people": found, "rota": {**people.rota, role: tuple(shifts)}})


def _another(like: Person, role: str, number: int) -> Person:
    return like.model_copy(update={"name": f"{like.name} {number}", "roles": (role,)})


def _rides(people: People, person: Person) -> bool:
    return any(people.roles[role].rider for role in person.roles if role in people.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The people of one role (of one unit, where the role is of units), and when they may take up a case.

    `sitting`: who sits at the desk by each seat of its rota; where there is none everybody keeps the hours of `open_time`."""

    role: str
    unit: str | None
    members: tuple[str, ...]
    people: directory.Directory
    open_time: calendars.Timeline
    sitting: tuple[tuple[str, ...], ...] = ()

    @property
    def seats(self) -> bool:
        return bool(self.sitting)

    def here(self, at: int) -> tuple[str, ...]:
        """Who is at work at that moment."""
        if self.seats:
            return self.sitting[self.people.seat(self.role, at)]
        return self.members if self.opens(at) == at else ()

    def opens(self, at: int) -> int:
        """The first moment from then on at which somebody new may be at work."""
        if self.seats:
            minute = self.people.zone.minute_of_week(at)
            return (at // MINUTE + self.people.rotas[self.role].until(minute)) * MINUTE
        return self.open_time.add(at, 1) - 1

    def done(self, at: int, takes: int) -> int:
        """When work begun then is finished: what is begun at a desk is finished there, other work rests outside its hours."""
        return at + takes if self.seats else self.open_time.add(at, takes)

    def worked(self, since: int, until: int) -> int:
        """How much of work begun at `since` is done by `until`."""
        return until - since if self.seats else self.open_time.between(since, until)

    def hours(self, since: int, until: int) -> int:
        """All the time that its people are at work, in µs."""
        if not self.seats:
            return len(self.members) * self.open_time.between(since, until)
        return sum((end - begin) * len(self.here(begin)) for begin, end in self._shifts(since, until))

    def _shifts(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        while since < until:
            end = min(until, self.opens(since))
            yield since, end
            since = end


def crew(people: directory.Directory, timelines: calendars.Timelines, role: str, unit: str | None, staff: assumptions.Staff) -> Crew | None:
    """Who does the work of a role; None where there is nobody, or nobody comes to work. A rider rides."""
    scope = people.scope.get(role)
    if scope is None or staff.at_work == 0 or (scope == "unit" and unit is None):
        return None
    having = people.within.get((role, unit or ""), ()) if scope == "unit" else people.having.get(role, ())
    members = tuple(who for who in having if who not in people.riders)
    if not members:
        return None
    return Crew(
        role=role,
        unit=unit if scope == "unit" else None,
        members=members,
        people=people,
        open_time=timelines.of(staff.hours or calendars.ALWAYS, Unit.TIME),
        sitting=_sitting(people.rotas[role].seats, members) if scope == "desk" and role in people.rotas else (),
    )


def _sitting(seats: Sequence[Sequence[str]], members: Collection[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(who for who in seat if who in members) for seat in seats)
