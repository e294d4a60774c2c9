"""People, roles, rota and quiet hours of a programme, indexed once per `Live` so that asking who hears costs microseconds."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from config.programme import Live, Shift
from config.week import DAYS, minutes_of
from notifications import localtime


class Rota:
    """One desk's week: from which minute (Monday 00:00 is 0) on which people sit there."""

    def __init__(self, shifts: Sequence[Shift]) -> None:
        spans = [span for shift in shifts for span in _spans(shift)]
        cuts = sorted({0, *(begin for begin, _, _ in spans), *(end for _, end, _ in spans)} - {localtime.WEEK_MINUTES})
        self.cuts = tuple(cuts)
        self.seats = tuple(_seats(spans, cuts))

    def seat(self, minute: int) -> int:
        """Which of `seats` holds at that minute of the week."""
        return bisect_right(self.cuts, minute) - 1

    def until(self, minute: int) -> int:
        """How many minutes from that minute of the week until the next change of shift."""
        following = self.seat(minute) + 1
        return (self.cuts[following] if following < len(self.cuts) else localtime.WEEK_MINUTES) - minute


class Directory:
    """The live people of one programme. Built once per `Live`; `answers` keeps what `recipients` found for it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.zone = localtime.Zone(live.programme.time_zone)
        self.people = live.people.people
        roles = live.people.roles
        self.scope: dict[str, str] = {name: role.scope for name, role in roles.items()}
        self.riders = frozenset(p for p, person in self.people.items() if any(r in roles and roles[r].rider for r in person.roles))
        self.robots = live.robots.robots
        self.groups: dict[str, tuple[str, ...]] = _groups(live) if self.robots else {}
        self.addressed = frozenset(p for p, person in self.people.items() if person.email)
        self.having: dict[str, tuple[str, ...]] = {}
        self.within: dict[tuple[str, str], tuple[str, ...]] = {}
        self.members: dict[str, list[str]] = {}
        self._index()
        self.rotas = {role: Rota(shifts) for role, shifts in live.people.rota.items()}
        self.answers: dict[tuple[object, ...], object] = {}
        self._quiet: dict[str, tuple[int, ...]] = {}

    def _index(self) -> None:
        having: dict[str, list[str]] = defaultdict(list)
        within: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name, person in self.people.items():
            for role in person.roles:
                having[role].append(name)
                if person.unit is not None:
                    within[role, person.unit].append(name)
        for name, person in self.people.items():
            if person.unit is not None:
                self.members.setdefault(person.unit, []).append(name)
        self.having = {role: tuple(names) for role, names in having.items()}
        self.within = {place: tuple(names) for place, names in within.items()}
        for role, scope in self.scope.items():
            if scope == "unit":
                self.within.update({(role, unit): names for unit, names in self._answering(role).items() if names})

    def _answering(self, role: str) -> dict[str, tuple[str, ...]]:
        """Who has a role within each unit: its own people; where it has none, those of the nearest unit above it that has."""
        units, answering = self.live.units.units, dict[str, tuple[str, ...]]()
        for unit in units:
            place, way = unit, list[str]()
            while place in units and place not in answering:
                answering[place] = self.within.get((role, place), ())
                if answering[place]:
                    break
                way.append(place)
                place = units[place].part_of or ""
            answering.update(dict.fromkeys(way, answering.get(place, ())))
        return answering

    def channel(self, robot: str) -> str:
        """By which product a robot speaks."""
        return self.robots[robot].kind

    def seat(self, role: str, at: int) -> int:
        """Which seats of the role's rota hold at that moment; -1 if it has no rota."""
        rota = self.rotas.get(role)
        return -1 if rota is None else rota.seat(self.zone.minute_of_week(at))

    def seated(self, role: str, seat: int) -> tuple[str, ...]:
        return () if seat < 0 else self.rotas[role].seats[seat]

    def opens(self, word: str, person: str, at: int) -> int:
        """When a message that is not urgent may reach somebody: `at`, or the end of the quiet hours it falls into.

        Quiet are the programme's hours and those of the role by which the person was reached; who was reached as the
        person himself (as reporter, tracker or named in a fact) keeps the quiet hours of all his roles."""
        key = word if word in self.scope else "@" + person
        quiet = self._quiet.get(key)
        if quiet is None:
            quiet = self._quiet[key] = localtime.waits(self._windows(word, person))
        return localtime.opens(self.zone, quiet, at) if quiet else at

    def _windows(self, word: str, person: str) -> tuple[str, ...]:
        roles = self.live.people.roles
        if word in roles:
            names: Sequence[str] = (word,)
        else:
            names = self.people[person].roles if person in self.people else ()
        return (*self.live.programme.quiet, *(w for name in names if name in roles for w in roles[name].quiet))


def _groups(live: Live) -> dict[str, tuple[str, ...]]:
    """The robots that stand for each role and unit; a unit without one of its own is stood for by those of the unit above it."""
    groups: dict[str, tuple[str, ...]] = {}
    for name, robot in live.robots.robots.items():
        for word in robot.for_:
            groups[word] = (*groups.get(word, ()), name)
    units = live.units.units
    inherited: dict[str, tuple[str, ...]] = {}
    for unit in units:
        place, seen = unit, set[str]()
        while place in units and place not in groups and place not in seen:
            seen.add(place)
            place = units[place].part_of or ""
        if place in groups:
            inherited[unit] = groups[place]
    return groups | inherited


def _spans(shift: Shift) -> list[tuple[int, int, tuple[str, ...]]]:
    """A shift as spans of minutes of the week; over midnight it belongs to the day it begins, Sunday's ends on Monday."""
    begin, end = minutes_of(shift.hours)
    length = (end if end > begin else end + 1440) - begin
    spans = []
    for day in shift.days:
        start = DAYS.index(day) * 1440 + begin
        stop = start + length
        spans.append((start, min(stop, localtime.WEEK_MINUTES), shift.who))
        if stop > localtime.WEEK_MINUTES:
            spans.append((0, stop - localtime.WEEK_MINUTES, shift.who))
    return spans


def _seats(spans: Sequence[tuple[int, int, tuple[str, ...]]], cuts: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Who sits there from each cut on, in the order of the shifts."""
    begins, ends, present = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list), set[int]()
    for number, (begin, end, _) in enumerate(spans):
        begins[begin].append(number)
        ends[end].append(number)
    for cut in cuts:
        present.difference_update(ends[cut])
        present.update(begins[cut])
        yield _distinct([person for number in sorted(present) for person in spans[number][2]])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
