"""WHO is told WHAT and FROM WHEN, as values: the messages of a trigger and of a rung. Pure, on the hot path; words are chosen by name
only and rendered when they are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from config import robots
from config.matches import Match, spelled
from config.programme import Definition
from config.workflow import Notice, Rung
from notifications import recipients
from notifications.directory import Directory
from notifications.recipients import About, Reached

EMAIL = "email"
UNREACHED = "unreached"
"""The template of the incident that goes to the programme's fallback."""
Kind = Literal["notice", "ladder", "incident"]
Sieve = Callable[[str], bool]
"""Whom a message about a case may be sent to."""


class Message(NamedTuple):
    """One message to one recipient (a person's id, `fact:NAME` or `robot:NAME`); it is held until `not_before` (UTC microseconds) by quiet hours."""

    recipient: str
    channel: str
    template: str
    kind: Kind
    clock: str | None
    round: int | None
    rung: int | None
    urgent: bool
    not_before: int


class Place(NamedTuple):
    """Which rung (counted from 0) of which clock, in which of its rounds."""

    clock: str
    round: int
    rung: int


class _Wording(NamedTuple):
    template: str
    kind: Kind
    urgent: bool
    place: Place | None = None
    sieve: Sieve | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    to: tuple[str, ...]
    template: str
    when: tuple[tuple[str, frozenset[str]], ...]
    robots: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The notices of a definition by trigger (`open` for the opening) and the rungs by clock; compiled once per definition."""

    notices: Mapping[str, tuple[_Notice, ...]]
    rungs: Mapping[str, tuple[Rung, ...]]


def plan(definition: Definition) -> Plan:
    workflow = definition.workflow
    notices: dict[str, list[_Notice]] = {}
    for notice in workflow.notices:
        notices.setdefault(notice.on, []).append(_compiled(notice))
    rungs = {name: workflow.ladders.get(clock.ladder, ()) if clock.ladder else () for name, clock in workflow.clocks.items()}
    return Plan(notices={on: tuple(each) for on, each in notices.items()}, rungs=rungs)


def _compiled(notice: Notice) -> _Notice:
    return _Notice(to=notice.to, template=notice.template, when=_conditions(notice.when), robots=notice.robots)


def _conditions(match: Match | None) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((fact, frozenset(values)) for fact, values in (match or {}).items())


def is_urgent(directory: Directory, facts: Mapping[str, object]) -> bool:
    """Whether quiet hours and digests do not hold for a case with these facts (`urgent` in programme.yaml)."""
    return urgent_by(directory.live.programme.urgent, facts)


def urgent_by(rule: Mapping[str, Sequence[str]], facts: Mapping[str, object]) -> bool:
    """The same by one version of the rule: fact → the values with which a case is urgent."""
    return any(fact in facts and _one_of(facts[fact], values) for fact, values in rule.items())


def _one_of(value: object, values: Sequence[str] | frozenset[str]) -> bool:
    if isinstance(value, list | tuple):
        return any(spelled(each) in values for each in value)
    return value is not None and spelled(value) in values


def notices(
    plan: Plan, directory: Directory, about: About, trigger: str, *, urgent: bool, sieve: Sieve | None = None
) -> tuple[Message, ...]:
    """What people in the case hear of a trigger (`open` for the opening): one message per recipient, by the first notice that names him.

    Whom the `sieve` keeps back hears nothing."""
    told: dict[str, Message] = {}
    for notice in plan.notices.get(trigger, ()):
        if notice.when and not all(_one_of(about.facts.get(fact), values) for fact, values in notice.when):
            continue
        reached = recipients.find(directory, notice.to, about, chase=False)
        wording = _Wording(template=notice.template, kind="notice", urgent=urgent, sieve=sieve)
        _tell(told, directory, about, reached, wording)
        if directory.robots:
            _tell_groups(told, directory, about, notice.to, notice.robots, wording)
    return tuple(told.values())


def told(
    directory: Directory, words: Sequence[str], about: About, template: str, *, urgent: bool, sieve: Sieve | None = None
) -> tuple[Message, ...]:
    """A message for each whom the words name, as a notice: quiet hours hold it back, riders hear too. Whom the `sieve` keeps back hears nothing."""
    found: dict[str, Message] = {}
    reached = recipients.find(directory, words, about, chase=False)
    _tell(found, directory, about, reached, _Wording(template=template, kind="notice", urgent=urgent, sieve=sieve))
    return tuple(found.values())


def rung(
    plan: Plan,
    directory: Directory,
    about: About,
    place: Place,
    skipped: Sequence[tuple[int, int]],
    *,
    urgent: bool,
    sieve: Sieve | None = None,
) -> tuple[tuple[Message, ...], bool]:
    """What a firing rung tells, and whether it reached anybody: its own people, those of the rungs (number, repeat) it stands for,
    and the tracker.

    Whom the `sieve` keeps back is not reached. If the rung reaches nobody the programme's fallback is told as well, as an incident; False says so. A rung that only pulls
    a trigger tells nothing and is always fine."""
    rungs = plan.rungs[place.clock]
    passed = [rungs[number] for number, _ in skipped if number != place.rung]
    speaking = rungs[place.rung]
    if speaking.template is None:
        speaking = next((r for r in reversed(passed) if r.template is not None), speaking)
    if speaking.template is None:
        return (), True
    told: dict[str, Message] = {}
    wording = _Wording(template=speaking.template, kind="ladder", urgent=urgent, place=place, sieve=sieve)
    first = recipients.find(directory, speaking.notify, about, chase=True)
    _tell(told, directory, about, first, wording)
    others = tuple(dict.fromkeys(word for r in passed for word in r.notify if r is not speaking))
    if about.tracker is not None:
        others = (*others, "tracker")
    if others:
        _tell(told, directory, about, recipients.find(directory, others, about, chase=True), wording)
    if directory.robots:
        named = tuple(dict.fromkeys(robot for r in (speaking, *passed) for robot in r.robots))
        _tell_groups(told, directory, about, (*speaking.notify, *others), named, wording)
    if first.people if sieve is None else any(sieve(who) for who in first.people):
        return tuple(told.values()), True
    incident: dict[str, Message] = {}
    fallback = recipients.find(directory, directory.live.programme.fallback, about, chase=True)
    alarm = _Wording(template=UNREACHED, kind="incident", urgent=urgent, place=place, sieve=sieve)
    _tell(incident, directory, about, fallback, alarm)
    if directory.robots:
        _tell_groups(incident, directory, about, directory.live.programme.fallback, (), alarm)
    return tuple({**told, **incident}.values()), False


def _tell(told: dict[str, Message], directory: Directory, about: About, reached: Reached, wording: _Wording) -> None:
    """Add a message for each who has none yet; quiet hours hold it back unless it is urgent."""
    sieve = wording.sieve
    for who, hit in zip(reached.people, reached.hits, strict=True):
        if who not in told and (sieve is None or sieve(who)):
            told[who] = _message(directory, about, hit.word, who, EMAIL, wording)


def _tell_groups(
    told: dict[str, Message], directory: Directory, about: About, words: Sequence[str], named: Sequence[str], wording: _Wording
) -> None:
    """Add a message for each group that is named, stands for a role among the words, or for the unit within which a role is meant.

    A group is told beside people, whether or not they were reached; a robot that is no longer in robots.yaml is passed over."""
    by = dict.fromkeys(named, "")
    sieve = wording.sieve
    for word in words:
        scope = directory.scope.get(word)
        standing = directory.groups.get(word, ()) if scope is not None else ()
        if scope == "unit" and about.unit is not None:
            standing = (*standing, *directory.groups.get(about.unit, ()))
        for robot in standing:
            by.setdefault(robot, word)
    for robot, word in by.items():
        who = robots.ROBOT + robot
        if robot in directory.robots and who not in told and (sieve is None or sieve(who)):
            told[who] = _message(directory, about, word, who, directory.channel(robot), wording)


def _message(directory: Directory, about: About, word: str, who: str, channel: str, wording: _Wording) -> Message:
    clock, round_, rung_ = (None, None, None) if wording.place is None else (wording.place.clock, wording.place.round, wording.place.rung)
    return Message(
        recipient=who,
        channel=channel,
        template=wording.template,
        kind=wording.kind,
        clock=clock,
        round=round_,
        rung=rung_,
        urgent=wording.urgent,
        not_before=about.at if wording.urgent else directory.opens(word, who, about.at),
    )
