"""A workflow as a picture, in values: states in order, who may move a case along which arrow, the clocks' spans, the ladders' steps.

Pure. Every word is there in Chinese and English; `svg` and `mermaid` only place them. `engine.census` adds the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from config import words, workflow
from config.programme import Definition, Live
from config.words import Text
from engine import ordering, wording
from notifications import say

SPECIAL: Mapping[str, Text] = {
    "anyone": Text(zh="任何人", en="anyone"),
    "timer": Text(zh="定时器", en="timer"),
    "reporter": Text(zh="上报人", en="reporter"),
    "tracker": Text(zh="跟踪专人", en="tracker"),
}


class Way(StrEnum):
    """How an arrow goes through the picture."""

    ON = "on"
    STAYS = "stays"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A state. `cases` are there now, of them `overdue`; `median` (µs) and `share` (of all time spent) tell where time goes. None: not counted."""

    name: str
    title: Text
    initial: bool
    final: workflow.Final | None
    cases: int | None = None
    overdue: int | None = None
    stays: int | None = None
    median: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A transition: one arrow from each of `ways` (state → how it goes) to `target` (None: the case stays). `rules` are its other conditions, a sentence each."""

    trigger: str
    title: Text
    ways: Mapping[str, Way]
    target: str | None
    by: tuple[Text, ...]
    needs: tuple[Text, ...]
    rules: tuple[Text, ...]

    @property
    def way(self) -> Way:
        """Of the whole bundle: on if any arrow goes on."""
        return min(self.ways.values(), key=list(Way).index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rung. `side`: -1 before the deadline, 0 at it, 1 after; `hears` and `does` say what happens."""

    moment: Text
    side: int
    hears: tuple[Text, ...]
    does: Text | None
    repeats: Text | None
    always: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A clock: the states it runs and pauses in (in the picture's order), its targets in words, its ladder."""

    name: str
    title: Text
    runs: tuple[str, ...]
    pauses: tuple[str, ...]
    targets: tuple[Text, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`counted`: whether the nodes carry counts, and of cases opened since when in words (None: all)."""

    programme: str
    workflow: str
    title: Text
    subtitle: Text
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    spans: tuple[Span, ...]
    counted: Text | None = None
    elsewhere: int = 0
    """Open cases in states that this version no longer has."""

    def place(self, state: str) -> int:
        """Where a state stands, from 0."""
        return next(place for place, node in enumerate(self.nodes) if node.name == state)

    def body(self) -> dict[str, Any]:
        """As JSON: times in seconds, titles in both languages; counts only where they were asked for."""
        return {
            "programme": self.programme,
            "workflow": self.workflow,
            "title": _both(self.title),
            "states": [_node_body(node, counted=self.counted is not None) for node in self.nodes],
            "transitions": [_edge_body(edge) for edge in self.edges],
            "clocks": [_span_body(span) for span in self.spans],
            **({"elsewhere": self.elsewhere} if self.counted is not None else {}),
        }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _node_body(node: Node, *, counted: bool) -> dict[str, Any]:
    said = {"name": node.name, "title": _both(node.title), "initial": node.initial, "final": node.final}
    if not counted:
        return said
    median = None if node.median is None else round(node.median / 1e6, 3)
    return {**said, "cases": node.cases, "overdue": node.overdue, "stays": node.stays, "median_s": median, "share": node.share}


def _edge_body(edge: Edge) -> dict[str, Any]:
    return {
        "trigger": edge.trigger,
        "title": _both(edge.title),
        "from": dict(edge.ways),
        "to": edge.target,
        "by": [_both(each) for each in edge.by],
        "needs": [_both(each) for each in edge.needs],
        "rules": [_both(each) for each in edge.rules],
    }


def _span_body(span: Span) -> dict[str, Any]:
    rungs = [
        {
            "moment": _both(step.moment),
            "hears": [_both(each) for each in step.hears],
            "does": None if step.does is None else _both(step.does),
            "repeats": None if step.repeats is None else _both(step.repeats),
            "always": step.always,
        }
        for step in span.steps
    ]
    targets = [_both(each) for each in span.targets]
    named = {"name": span.name, "title": _both(span.title)}
    return {**named, "runs_in": list(span.runs), "pauses_in": list(span.pauses), "targets": targets, "rungs": rungs}


def picture(definition: Definition, live: Live) -> Picture:
    """Draw up a definition with the titles that roles have now."""
    flow, speaks = definition.workflow, _Words(definition, live)
    order = ordering.ordered(flow)
    nodes = tuple(
        Node(name=name, title=flow.states[name].title, initial=name == flow.initial, final=flow.states[name].final) for name in order
    )
    return Picture(
        programme=definition.programme,
        workflow=flow.workflow,
        title=flow.title,
        subtitle=live.programme.title,
        nodes=nodes,
        edges=tuple(_edge(name, rule, flow, order, speaks) for name, rule in flow.transitions.items()),
        spans=tuple(_span(name, clock, flow, order, speaks) for name, clock in flow.clocks.items()),
    )


class _Words:
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


def _edge(name: str, rule: workflow.Transition, flow: workflow.Workflow, order: Sequence[str], speaks: _Words) -> Edge:
    back = flow.kind_of(name) is not None

    def way(source: str) -> Way:
        if rule.to is None or rule.to == source:
            return Way.STAYS
        return Way.BACK if back or order.index(rule.to) < order.index(source) else Way.ON

    return Edge(
        trigger=name,
        title=speaks.trigger(name),
        ways={source: way(source) for source in sorted(rule.from_, key=order.index)},
        target=rule.to,
        by=tuple(speaks.role(role) for role in rule.by),
        needs=tuple(speaks.fact(fact) for fact in rule.needs),
        rules=tuple(_rules(rule, flow, speaks)),
    )


def _rules(rule: workflow.Transition, flow: workflow.Workflow, speaks: _Words) -> Iterable[Text]:
    if rule.when is not None:
        match = speaks.match(rule.when)
        yield wording.composed(zh=f"限 {match.zh}", en=f"only {match.en}")
    if rule.not_by:
        opened = Text(zh="登记", en="open")
        done = joined(opened if name == "open" else speaks.trigger(name) for name in rule.not_by)
        yield wording.composed(zh=f"双人复核：“{done.zh}”者不得办", en=f"four eyes: not by who did {done.en}")
    if rule.extends is not None:
        amount = rule.extends.by
        by = speaks.fact(amount.fact) if isinstance(amount, workflow.FromFact) else _amount(amount)
        clock = flow.clocks[rule.extends.clock].title if rule.extends.clock in flow.clocks else wording.both(rule.extends.clock)
        most = _at_most(rule.extends.most)
        yield wording.composed(zh=f"延长 {clock.zh}（{by.zh}），{most.zh}", en=f"extends {clock.en} ({by.en}), {most.en}")
    if rule.most is not None:
        yield _at_most(rule.most)


def _at_most(number: int) -> Text:
    return wording.composed(zh=f"最多 {number} 次", en="at most once" if number == 1 else f"at most {number} times")


def _span(name: str, clock: workflow.Clock, flow: workflow.Workflow, order: Sequence[str], speaks: _Words) -> Span:
    runs, pauses = flow.runs_in(name), set(clock.pauses_in)
    return Span(
        name=name,
        title=clock.title,
        runs=tuple(state for state in order if state in runs),
        pauses=tuple(state for state in order if state in pauses),
        targets=tuple(_targets(clock, speaks)),
        steps=tuple(_step(rung, speaks) for rung in flow.ladders.get(clock.ladder or "", ())),
    )


def _targets(clock: workflow.Clock, speaks: _Words) -> Iterable[Text]:
    if clock.due is not None:
        fact = speaks.fact(clock.due.fact)
        yield wording.composed(zh=f"至“{fact.zh}”所填之时", en=f"until {fact.en}, as given")
    targets = clock.within or ()
    for target in targets:
        amount, hours = _amount(target.is_), speaks.calendars.get(target.hours or clock.hours)
        counted = wording.composed(zh=f"（{hours.zh}）", en=f" ({hours.en})") if hours is not None else None
        limit = wording.composed(zh=amount.zh + (counted.zh if counted else ""), en=amount.en + (counted.en if counted else ""))
        if target.when is None:
            yield wording.composed(zh=f"其余：{limit.zh}", en=f"otherwise: {limit.en}") if len(targets) > 1 else limit
        else:
            match = speaks.match(target.when)
            yield wording.composed(zh=f"{match.zh} → {limit.zh}", en=f"{match.en} → {limit.en}")


def _amount(given: words.Duration) -> Text:
    return wording.composed(zh=say.words(given.words, "zh"), en=given.words)


def _step(rung: workflow.Rung, speaks: _Words) -> Step:
    moment, side = _moment(rung)
    again = rung.repeat
    every = _amount(again.every) if again is not None else None
    return Step(
        moment=moment,
        side=side,
        hears=tuple(speaks.role(role) for role in rung.notify),
        does=speaks.trigger(rung.do) if rung.do is not None else None,
        repeats=wording.composed(
            zh=f"每 {every.zh}再催，{_at_most(again.most).zh}", en=f"again every {every.en}, {_at_most(again.most).en}"
        )
        if again and every
        else None,
        always=rung.always,
    )


def _moment(rung: workflow.Rung) -> tuple[Text, int]:
    if rung.at is not None and rung.at.share == 100:
        return wording.composed(zh="到期", en="due"), 0
    if rung.at is not None:
        return wording.both(f"{rung.at.share} %"), -1
    if rung.before is not None:
        before = _amount(rung.before)
        return wording.composed(zh=f"前 {before.zh}", en=f"−{before.en}"), -1
    assert rung.after is not None
    after = _amount(rung.after)
    return wording.composed(zh=f"后 {after.zh}", en=f"+{after.en}"), 1
