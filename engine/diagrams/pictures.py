"""A workflow as a picture, in values: states in order, who may move a case along which arrow, the clocks' spans, the ladders' steps.

Pure. Every word is there in Chinese and English; `svg` and `mermaid` only place them. `engine.diagrams.census` adds the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from config import workflow
from config.programme import Definition, Live
from config.words import Text
from engine import wording
from engine.diagrams import captions, ordering


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
    opened_by: tuple[Text, ...]
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
            "title": self.title.body(),
            "opened_by": [each.body() for each in self.opened_by],
            "states": [_node_body(node, counted=self.counted is not None) for node in self.nodes],
            "transitions": [_edge_body(edge) for edge in self.edges],
            "clocks": [_span_body(span) for span in self.spans],
            **({"elsewhere": self.elsewhere} if self.counted is not None else {}),
        }


def _node_body(node: Node, *, counted: bool) -> dict[str, Any]:
    said = {"name": node.name, "title": node.title.body(), "initial": node.initial, "final": node.final}
    if not counted:
        return said
    median = None if node.median is None else round(node.median / 1e6, 3)
    return {**said, "cases": node.cases, "overdue": node.overdue, "stays": node.stays, "median_s": median, "share": node.share}


def _edge_body(edge: Edge) -> dict[str, Any]:
    return {
        "trigger": edge.trigger,
        "title": edge.title.body(),
        "from": dict(edge.ways),
        "to": edge.target,
        "by": [each.body() for each in edge.by],
        "needs": [each.body() for each in edge.needs],
        "rules": [each.body() for each in edge.rules],
    }


def _span_body(span: Span) -> dict[str, Any]:
    rungs = [
        {
            "moment": step.moment.body(),
            "hears": [each.body() for each in step.hears],
            "does": None if step.does is None else step.does.body(),
            "repeats": None if step.repeats is None else step.repeats.body(),
            "always": step.always,
        }
        for step in span.steps
    ]
    targets = [each.body() for each in span.targets]
    named = {"name": span.name, "title": span.title.body()}
    return {**named, "runs_in": list(span.runs), "pauses_in": list(span.pauses), "targets": targets, "rungs": rungs}


def picture(definition: Definition, live: Live) -> Picture:
    """Draw up a definition with the titles that roles have now."""
    flow, speaks = definition.workflow, captions.Words(definition, live)
    order = ordering.ordered(flow)
    nodes = tuple(
        Node(name=name, title=flow.states[name].title, initial=name == flow.initial, final=flow.states[name].final) for name in order
    )
    return Picture(
        programme=definition.programme,
        workflow=flow.workflow,
        title=flow.title,
        subtitle=live.programme.title,
        opened_by=tuple(speaks.role(role) for role in flow.opened_by),
        nodes=nodes,
        edges=tuple(_edge(name, rule, flow, order, speaks) for name, rule in flow.transitions.items()),
        spans=tuple(_span(name, clock, flow, order, speaks) for name, clock in flow.clocks.items()),
    )


def _edge(name: str, rule: workflow.Transition, flow: workflow.Workflow, order: Sequence[str], speaks: captions.Words) -> Edge:
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
        rules=tuple(captions.rules(rule, flow, speaks)),
    )


def _span(name: str, clock: workflow.Clock, flow: workflow.Workflow, order: Sequence[str], speaks: captions.Words) -> Span:
    runs, pauses = flow.runs_in(name), set(clock.pauses_in)
    return Span(
        name=name,
        title=clock.title,
        runs=tuple(state for state in order if state in runs),
        pauses=tuple(state for state in order if state in pauses),
        targets=tuple(captions.targets(clock, speaks)),
        steps=tuple(_step(rung, speaks) for rung in flow.ladders.get(clock.ladder or "", ())),
    )


def _step(rung: workflow.Rung, speaks: captions.Words) -> Step:
    moment, side = captions.moment(rung)
    again = rung.repeat
    every = captions.amount(again.every) if again is not None else None
    return Step(
        moment=moment,
        side=side,
        hears=tuple(speaks.role(role) for role in rung.notify),
        does=speaks.trigger(rung.do) if rung.do is not None else None,
        repeats=wording.composed(
            zh=f"每 {every.zh}再催，{captions.at_most(again.most).zh}", en=f"again every {every.en}, {captions.at_most(again.most).en}"
        )
        if again and every
        else None,
        always=rung.always,
    )
