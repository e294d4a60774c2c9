"""WHO hears: the words of notices and rungs (`duty`, `handler`, `reporter`, a fact's name) turned into people, for one case at one moment.
A fact of type unit means all who belong to that unit: so a neighbouring street hears of what lies in its area.

Pure. Roles are looked up live: by unit, by the rota's minute, or in the whole programme. A person without an e-mail address is not
reached, and with `chase` (ladders) neither is a rider: a rider is never chased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, cast

from config import workflow
from config.words import Text
from notifications.directory import Directory

FACT = workflow.FACT
"""Before the name of a fact of type contact: somebody who is no person of the programme."""


class About(NamedTuple):
    """What of a case decides who hears, and the moment (UTC microseconds)."""

    unit: str | None
    reporter: str | None
    tracker: str | None
    facts: Mapping[str, object]
    at: int


class Why(StrEnum):
    """How somebody was found, or why a word found nobody."""

    ROTA = "rota"
    UNIT = "unit"
    ROLE = "role"
    REPORTER = "reporter"
    TRACKER = "tracker"
    FACT = "fact"
    PERSON = "person"
    MEMBER = "member"
    NO_ADDRESS = "no_address"
    RIDER = "rider"
    GONE = "gone"
    NO_UNIT = "no_unit"
    EMPTY_UNIT = "empty_unit"
    EMPTY_DESK = "empty_desk"
    EMPTY_ROLE = "empty_role"
    NO_MEMBER = "no_member"
    ANONYMOUS = "anonymous"
    NO_TRACKER = "no_tracker"
    NOT_GIVEN = "not_given"
    HIDDEN = "hidden"


SENTENCES: Mapping[Why, Text] = {
    Why.ROTA: Text(zh="{who} 此刻按值班表在岗（{word}）", en="{who} is on the rota as {word} at that minute"),
    Why.UNIT: Text(zh="{who} 是承办单位 {unit} 的 {word}", en="{who} is {word} of the unit {unit}"),
    Why.ROLE: Text(zh="{who} 的角色是 {word}", en="{who} has the role {word}"),
    Why.REPORTER: Text(zh="{who} 上报了此件", en="{who} reported the case"),
    Why.TRACKER: Text(zh="{who} 是此件的跟踪专人", en="{who} tracks the case"),
    Why.FACT: Text(zh="{who} 登记在“{word}”一项", en="{who} is given in the fact {word}"),
    Why.PERSON: Text(zh="{who} 被直接指名", en="{who} is named directly"),
    Why.MEMBER: Text(zh="{who} 属于“{word}”一项所写的单位 {unit}", en="{who} belongs to {unit}, the unit in the fact {word}"),
    Why.NO_MEMBER: Text(zh="{word}：单位 {unit} 没有人员", en="{word}: nobody belongs to the unit {unit}"),
    Why.NO_ADDRESS: Text(zh="{who}（{word}）没有电子邮箱：未通知到", en="{who} ({word}) has no e-mail address: not reached"),
    Why.RIDER: Text(zh="{who}（{word}）是骑手：不催办骑手", en="{who} ({word}) is a rider: a rider is never chased"),
    Why.GONE: Text(zh="{who}（{word}）已不在人员名单中", en="{who} ({word}) is no longer in people.yaml"),
    Why.NO_UNIT: Text(zh="{word}：此件尚无承办单位", en="{word}: the case has no unit yet"),
    Why.EMPTY_UNIT: Text(zh="{word}：单位 {unit} 没有此角色的人", en="{word}: nobody has that role in the unit {unit}"),
    Why.EMPTY_DESK: Text(zh="{word}：此刻值班表上无人", en="{word}: nobody is on the rota at that minute"),
    Why.EMPTY_ROLE: Text(zh="{word}：没有人担任此角色", en="{word}: nobody has that role"),
    Why.ANONYMOUS: Text(zh="{word}：匿名，无地址，已如实记录", en="{word}: anonymous, no address: recorded as such"),
    Why.NO_TRACKER: Text(zh="{word}：此件未指定跟踪专人", en="{word}: the case has no tracker"),
    Why.HIDDEN: Text(zh="{who}（{word}）无权查看此件：不通知", en="{who} ({word}) may not see the case: not told"),
    Why.NOT_GIVEN: Text(zh="{word}：此件未登记此项", en="{word}: not given in this case"),
}


_SPECIAL: Mapping[str, Text] = {"reporter": Text(zh="上报人", en="reporter"), "tracker": Text(zh="跟踪专人", en="tracker")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One word's answer: a person (or `fact:NAME`) and how he was found, or why nobody was."""

    word: str
    who: str | None
    why: Why
    unit: str | None = None

    def say(self, language: str) -> str:
        return SENTENCES[self.why].say(language).format(who=self.who, word=self.word, unit=self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Who hears, without repeats, in the order of the words. `hits` stand beside `people`, one each; `missed` says who does not hear."""

    people: tuple[str, ...]
    hits: tuple[Hit, ...]
    missed: tuple[Hit, ...] = ()

    @property
    def how(self) -> tuple[str, ...]:
        """A sentence for each of `people`, then one for each that was missed."""
        return self.say("en")

    def say(self, language: str) -> tuple[str, ...]:
        return tuple(hit.say(language) for hit in (*self.hits, *self.missed))


def explain(directory: Directory, hits: Sequence[Hit], language: str) -> tuple[str, ...]:
    """The same sentences for people: names and titles instead of ids."""
    people, roles, units = directory.people, directory.live.people.roles, directory.live.units.units
    said = []
    for hit in hits:
        who = people[hit.who].name if hit.who in people else hit.who
        word = roles[hit.word].title if hit.word in roles else _SPECIAL.get(hit.word)
        unit = units[hit.unit].title.say(language) if hit.unit in units else hit.unit
        said.append(SENTENCES[hit.why].say(language).format(who=who, word=word.say(language) if word else hit.word, unit=unit))
    return tuple(said)


def find(directory: Directory, words: Sequence[str], about: About, *, chase: bool) -> Reached:
    """Everybody whom the words name. `chase` is for ladders and leaves riders out."""
    if len(words) == 1:
        return _word(directory, words[0], about, chase)
    hits: dict[str, Hit] = {}
    missed: dict[tuple[str, str | None], Hit] = {}
    for word in words:
        answer = _word(directory, word, about, chase)
        for who, hit in zip(answer.people, answer.hits, strict=True):
            hits.setdefault(who, hit)
        for hit in answer.missed:
            missed.setdefault((hit.word, hit.who), hit)
    return Reached(people=tuple(hits), hits=tuple(hits.values()), missed=tuple(missed.values()))


def sifted(reached: Reached, sieve: Callable[[str], bool]) -> Reached:
    """The same without those whom the sieve keeps back; they are missed, and why is said."""
    kept = [hit for who, hit in zip(reached.people, reached.hits, strict=True) if sieve(who)]
    back = [replace(hit, why=Why.HIDDEN) for who, hit in zip(reached.people, reached.hits, strict=True) if not sieve(who)]
    return Reached(people=tuple(who for who in reached.people if sieve(who)), hits=tuple(kept), missed=(*reached.missed, *back))


def _word(directory: Directory, word: str, about: About, chase: bool) -> Reached:
    scope = directory.scope.get(word)
    place: str | int | None
    if scope is None:
        return _named(directory, word, about, chase)
    if scope == "desk":
        place = directory.seat(word, about.at)
    elif scope == "unit":
        place = about.unit
    else:
        place = None
    key = (word, place, chase)
    answer = directory.answers.get(key)
    if answer is None:
        answer = directory.answers[key] = role(directory, word, place, chase=chase)
    return cast(Reached, answer)


def role(directory: Directory, word: str, place: str | int | None, *, chase: bool) -> Reached:
    """Who is reached by a role; `place` is the unit (scope `unit`) or the seat on the rota (scope `desk`)."""
    scope = directory.scope[word]
    unit: str | None = None
    if scope == "desk":
        people, why, nobody = directory.seated(word, cast(int, place)), Why.ROTA, Why.EMPTY_DESK
    elif scope == "unit":
        unit = cast(str | None, place)
        people = () if unit is None else directory.within.get((word, unit), ())
        why, nobody = Why.UNIT, Why.NO_UNIT if unit is None else Why.EMPTY_UNIT
    else:
        people, why, nobody = directory.having.get(word, ()), Why.ROLE, Why.EMPTY_ROLE
    if not people:
        return Reached(people=(), hits=(), missed=(Hit(word=word, who=None, why=nobody, unit=unit),))
    all_hits = [_checked(directory, Hit(word=word, who=who, why=why, unit=unit), chase) for who in people]
    hits = tuple(hit for hit in all_hits if hit.why is why)
    return Reached(people=tuple(cast(str, h.who) for h in hits), hits=hits, missed=tuple(h for h in all_hits if h.why is not why))


def _checked(directory: Directory, hit: Hit, chase: bool) -> Hit:
    """The hit as found, or why it does not hold."""
    if hit.who not in directory.people:
        return replace(hit, why=Why.GONE)
    if chase and hit.who in directory.riders:
        return replace(hit, why=Why.RIDER)
    return hit if hit.who in directory.addressed else replace(hit, why=Why.NO_ADDRESS)


def _named(directory: Directory, word: str, about: About, chase: bool) -> Reached:
    """The words that are no role: reporter, tracker, a fact of the case, or (in a programme's `fallback`) a person's id."""
    if word == "reporter":
        return _one(directory, Hit(word=word, who=about.reporter, why=Why.REPORTER if about.reporter else Why.ANONYMOUS), chase)
    if word == "tracker":
        return _one(directory, Hit(word=word, who=about.tracker, why=Why.TRACKER if about.tracker else Why.NO_TRACKER), chase)
    given = about.facts.get(word)
    if isinstance(given, Mapping):
        return _contact(Hit(word=word, who=FACT + word, why=Why.FACT if given.get("email") else Why.NO_ADDRESS))
    if isinstance(given, str) and given in directory.live.units.units and given not in directory.people:
        return _members(directory, word, given, chase)
    if isinstance(given, str) and given:
        return _one(directory, Hit(word=word, who=given, why=Why.FACT), chase)
    if word in directory.people:
        return _one(directory, Hit(word=word, who=word, why=Why.PERSON), chase)
    return Reached(people=(), hits=(), missed=(Hit(word=word, who=None, why=Why.NOT_GIVEN),))


def _members(directory: Directory, word: str, unit: str, chase: bool) -> Reached:
    """All who belong to the unit in a fact."""
    key = (word, unit, Why.MEMBER, chase)
    answer = directory.answers.get(key)
    if answer is None:
        found = [_checked(directory, Hit(word=word, who=who, why=Why.MEMBER, unit=unit), chase) for who in directory.members.get(unit, ())]
        hits = tuple(hit for hit in found if hit.why is Why.MEMBER)
        missed = tuple(hit for hit in found if hit.why is not Why.MEMBER) or (
            () if hits else (Hit(word=word, who=None, why=Why.NO_MEMBER, unit=unit),)
        )
        answer = directory.answers[key] = Reached(people=tuple(cast(str, hit.who) for hit in hits), hits=hits, missed=missed)
    return cast(Reached, answer)


def _contact(hit: Hit) -> Reached:
    """Somebody who is no person of the programme: reached if an address was given."""
    if hit.why is Why.FACT:
        return Reached(people=(FACT + hit.word,), hits=(hit,))
    return Reached(people=(), hits=(), missed=(hit,))


def _one(directory: Directory, hit: Hit, chase: bool) -> Reached:
    key = (hit.word, hit.who, hit.why, chase)
    answer = directory.answers.get(key)
    if answer is None:
        checked = _checked(directory, hit, chase) if hit.who else hit
        answer = (
            Reached(people=(hit.who,), hits=(hit,))
            if hit.who and checked.why is hit.why
            else Reached(people=(), hits=(), missed=(checked,))
        )
        directory.answers[key] = answer
    return cast(Reached, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How somebody is written to: his name, addresses in the order in which they are tried, and his language if he has said one."""

    name: str
    addresses: tuple[str, ...]
    language: str | None


def contact(directory: Directory, recipient: str, facts: Mapping[str, object]) -> Contact:
    """The live addresses of a recipient (a person's id or `fact:NAME`); none if he is gone or his fact was erased."""
    if recipient.startswith(FACT):
        given = facts.get(recipient.removeprefix(FACT))
        if not isinstance(given, Mapping):
            return Contact(name="", addresses=(), language=None)
        email = given.get("email")
        return Contact(name=str(given.get("name") or ""), addresses=(str(email),) if email else (), language=None)
    person = directory.people.get(recipient)
    if person is None:
        return Contact(name=recipient, addresses=(), language=None)
    return Contact(name=person.name, addresses=person.email, language=person.language)
