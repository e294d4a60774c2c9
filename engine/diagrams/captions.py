"""The words on a picture: names of the definition and the town as people read them, conditions, limits and moments as short sentences.

Pure. Everything is in Chinese and English; what has no title goes by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from config import words, workflow
from config.programme import Definition, Live
from config.words import Text
from engine import wording
from notifications import say

SPECIAL: Mapping[str, Text] = {
    "anyone": Text(zh="任何人", en="anyone"),
    "timer": Text(zh="定时器", en="timer"),
    "reporter": Text(zh="上报人", en="reporter"),
    "tracker": Text(zh="跟踪专人", en="tracker"),
}


class Words:
    """Names of the definition and the town as people read them; a name without a title stands for itself."""

    def __init__(self, definition: Definition, live: Live) -> None:
        self.flow = definition.workflow
        self.roles = {name: role.title for name, role in live.people.roles.items()}
        self.people = {name: wording.both(person.name) for name, person in live.people.people.items()}
        self.calendars = {name: calendar.title for name, calendar in definition.calendars.items()}
        self.categories = {name: category.title for name, category in definition.categories.categories.items()}
        self.units = {name: unit.title for name, unit in live.units.units.items()}

    def role(self, name: str) -> Text:
        return self.roles.get(name) or SPECIAL.get(name) or self.fact(name)

    def fact(self, name: str) -> Text:
        fact = self.flow.facts.get(name)
        return wording.both(name) if fact is None else fact.title

    def trigger(self, name: str) -> Text:
        rule = self.flow.transitions.get(name)
        return (rule.title if rule is not None else None) or wording.both(name)

    def match(self, when: Mapping[str, Sequence[str]]) -> Text:
        """`紧急程度：紧急；类别：绿化或广告`."""
        parts = [(self.fact(fact), [self._value(fact, value) for value in values]) for fact, values in when.items()]
        return wording.composed(
            zh="；".join(f"{fact.zh}：{'、'.join(value.zh for value in values)}" for fact, values in parts),
            en=" and ".join(f"{fact.en}: {' or '.join(value.en for value in values)}" for fact, values in parts),
        )

    def _value(self, fact: str, value: str) -> Text:
        defined = self.flow.facts.get(fact)
        if defined is not None and defined.choices and value in defined.choices:
            return wording.both(defined.choices[value])
        kinds = {workflow.FactType.CATEGORY: self.categories, workflow.FactType.UNIT: self.units, workflow.FactType.PERSON: self.people}
        known = kinds.get(defined.type, {}) if defined is not None else {}
        return known.get(value) or wording.both(value)


def joined(texts: Iterable[Text]) -> Text:
    """A list in both languages."""
    listed = list(texts)
    return wording.composed(zh="、".join(each.zh for each in listed) or "–", en=", ".join(each.en for each in listed) or "–")


def rules(rule: workflow.Transition, flow: workflow.Workflow, speaks: Words) -> Iterable[Text]:
    """The conditions of a move beside who may do it and what must come with it, a sentence each."""
    if rule.takes:
        taken = joined(speaks.fact(fact) for fact in rule.takes)
        yield wording.composed(zh=f"可填 {taken.zh}", en=f"may come with {taken.en}")
    if rule.when is not None:
        match = speaks.match(rule.when)
        yield wording.composed(zh=f"限 {match.zh}", en=f"only {match.en}")
    if rule.not_by:
        opened = Text(zh="登记", en="open")
        done = joined(opened if name == "open" else speaks.trigger(name) for name in rule.not_by)
        yield wording.composed(zh=f"双人复核：“{done.zh}”者不得办", en=f"four eyes: not by who did {done.en}")
    if rule.extends is not None:
        given = rule.extends.by
        by = speaks.fact(given.fact) if isinstance(given, workflow.FromFact) else amount(given)
        clock = flow.clocks[rule.extends.clock].title if rule.extends.clock in flow.clocks else wording.both(rule.extends.clock)
        most = at_most(rule.extends.most)
        yield wording.composed(zh=f"延长 {clock.zh}（{by.zh}），{most.zh}", en=f"extends {clock.en} ({by.en}), {most.en}")
    if rule.most is not None:
        yield at_most(rule.most)


def at_most(number: int) -> Text:
    return wording.composed(zh=f"最多 {number} 次", en="at most once" if number == 1 else f"at most {number} times")


def targets(clock: workflow.Clock, speaks: Words) -> Iterable[Text]:
    """A clock's limits from top to bottom, with the hours they are counted in."""
    if clock.due is not None:
        fact = speaks.fact(clock.due.fact)
        yield wording.composed(zh=f"至“{fact.zh}”所填之时", en=f"until {fact.en}, as given")
    within = clock.within or ()
    for target in within:
        length, hours = amount(target.is_), speaks.calendars.get(target.hours or clock.hours)
        counted = wording.composed(zh=f"（{hours.zh}）", en=f" ({hours.en})") if hours is not None else None
        limit = wording.composed(zh=length.zh + (counted.zh if counted else ""), en=length.en + (counted.en if counted else ""))
        if target.when is None:
            yield wording.composed(zh=f"其余：{limit.zh}", en=f"otherwise: {limit.en}") if len(within) > 1 else limit
        else:
            match = speaks.match(target.when)
            yield wording.composed(zh=f"{match.zh} → {limit.zh}", en=f"{match.en} → {limit.en}")


def amount(given: words.Duration) -> Text:
    return wording.composed(zh=say.words(given.words, "zh"), en=given.words)


def moment(rung: workflow.Rung) -> tuple[Text, int]:
    """Where a rung stands, and on which side of the deadline (-1, 0, 1)."""
    if rung.at is not None and rung.at.share == 100:
        return wording.composed(zh="到期", en="due"), 0
    if rung.at is not None:
        return wording.both(f"{rung.at.share} %"), -1
    if rung.before is not None:
        before = amount(rung.before)
        return wording.composed(zh=f"前 {before.zh}", en=f"−{before.en}"), -1
    assert rung.after is not None
    after = amount(rung.after)
    return wording.composed(zh=f"后 {after.zh}", en=f"+{after.en}"), 1
