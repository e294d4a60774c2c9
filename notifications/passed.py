"""WHO does not hear, though he has the role: at another hour on the rota, in another unit. For whoever asks why; the alarms do not.

Pure, and beside `recipients`: whom that finds, or misses with a reason, is not said again here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.programme import Shift
from config.week import DAYS
from config.words import Text
from notifications import recipients, say
from notifications.directory import Directory


class Why(StrEnum):
    """What kept somebody from hearing."""

    OTHER_HOURS = "other_hours"
    NO_SHIFT = "no_shift"
    OTHER_UNIT = "other_unit"
    UNIT_WAITS = "unit_waits"


SENTENCES: Mapping[Why, Text] = {
    Why.OTHER_HOURS: Text(zh="{who}（{word}）在岗时间为 {hours}", en="{who} ({word}) sits at the desk {hours}"),
    Why.NO_SHIFT: Text(zh="{who}（{word}）不在值班表上", en="{who} ({word}) has no shift in the rota"),
    Why.OTHER_UNIT: Text(zh="{who} 是单位 {his} 的 {word}，此件属 {unit}", en="{who} is {word} of the unit {his}; the case is with {unit}"),
    Why.UNIT_WAITS: Text(
        zh="{who} 是单位 {his} 的 {word}，此件尚无承办单位", en="{who} is {word} of the unit {his}; the case has no unit yet"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Somebody with the role of `word` whom it does not mean now. `his` is his unit, `unit` the case's, `hours` his shifts."""

    who: str
    word: str
    why: Why
    his: str | None = None
    unit: str | None = None
    hours: Text | None = None

    def say(self, language: str) -> str:
        hours = self.hours.say(language) if self.hours is not None else ""
        return SENTENCES[self.why].say(language).format(who=self.who, word=self.word, his=self.his or "–", unit=self.unit, hours=hours)


def over(
    directory: Directory, words: Sequence[str], about: recipients.About, *, heard: Sequence[recipients.Hit] = ()
) -> tuple[PassedOver, ...]:
    """Everybody who has a role among the words and is not among `heard` (who was reached, or missed with a reason)."""
    done = {hit.who for hit in heard}
    found: dict[str, PassedOver] = {}
    for word in words:
        for one in _of(directory, word, about):
            if one.who not in done:
                found.setdefault(one.who, one)
    return tuple(found.values())


def _of(directory: Directory, word: str, about: recipients.About) -> Iterator[PassedOver]:
    scope = directory.scope.get(word)
    if scope == "desk":
        seated = directory.seated(word, directory.seat(word, about.at))
        for who in directory.having.get(word, ()):
            if who not in seated:
                hours = shifts(directory, word, who)
                yield PassedOver(who=who, word=word, why=Why.NO_SHIFT if hours is None else Why.OTHER_HOURS, hours=hours)
    elif scope == "unit":
        within = directory.within.get((word, about.unit), ()) if about.unit is not None else ()
        for who in directory.having.get(word, ()):
            if who not in within:
                why = Why.UNIT_WAITS if about.unit is None else Why.OTHER_UNIT
                yield PassedOver(who=who, word=word, why=why, his=directory.people[who].unit, unit=about.unit)


def shifts(directory: Directory, role: str, who: str) -> Text | None:
    """A person's hours in a role's rota: `Mon–Fri 08:00–16:00, Sat 20:00–08:00`; None if he has none."""
    his = [shift for shift in directory.live.people.rota.get(role, ()) if who in shift.who]
    if not his:
        return None
    return Text.model_construct(zh="、".join(_shift(shift, "zh") for shift in his), en=", ".join(_shift(shift, "en") for shift in his))


def _shift(shift: Shift, language: str) -> str:
    hours = shift.hours.replace("-", "–")
    if len(shift.days) == len(DAYS):
        return hours
    places = sorted(DAYS.index(day) for day in shift.days)
    names = say.WEEKDAYS[language]
    unbroken = len(places) > 2 and places == list(range(places[0], places[-1] + 1))
    mark = "至" if language == "zh" else "–"
    days = f"{names[places[0]]}{mark}{names[places[-1]]}" if unbroken else " ".join(names[place] for place in places)
    return f"{days} {hours}"
