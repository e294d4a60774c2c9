"""MAY this case move, and where to? One `transitions` machine per definition version, shared by all its cases.

The machine is driven on a small token without registering it (13 µs a step, nothing kept); what refuses is turned into
one error that says what is possible instead."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import transitions

from config import matches, workflow
from states import errors

OPEN = "open"
"""The trigger under which a case's first history entry stands."""


class Asked(NamedTuple):
    """What a move comes with: the actor and the words they answer to in this case, the facts of the case with the
    new ones in place, which facts are new, who did what last, and how often; `unit` and the roles' `scopes` are for the words of a refusal."""

    actor: str
    words: frozenset[str]
    facts: Mapping[str, object]
    given: frozenset[str]
    last: Mapping[str, str]
    counts: Mapping[str, int]
    unit: str | None = None
    scopes: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Token:
    """What `transitions` moves: the state, and the first reason against."""

    state: str
    asked: Asked
    refusal: errors.StatesError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One transition's conditions, as the callable that `transitions` asks."""

    trigger: str
    needs: frozenset[str]
    takes: frozenset[str]
    by: frozenset[str]
    rule: workflow.Transition

    def __call__(self, event: transitions.EventData) -> bool:
        token = event.model
        assert isinstance(token, Token)
        token.refusal = self.against(token.asked)
        return token.refusal is None

    def against(self, asked: Asked) -> errors.StatesError | None:
        """The first reason why not, in the order a person would give; None when it may."""
        rule, trigger = self.rule, self.trigger
        if not self.by & asked.words:
            return self.role_refused(asked, possible=())
        for did in rule.not_by:
            if asked.last.get(did) == asked.actor:
                return errors.FourEyes(trigger=trigger, actor=asked.actor, did=did, possible=())
        most = self.spent(asked)
        if most is not None:
            return errors.TooOften(trigger=trigger, most=most, possible=())
        if not self.needs <= asked.given:
            missing = [fact for fact in rule.needs if fact not in asked.given]
            return errors.FactMissing(trigger=trigger, missing=missing, possible=())
        if not asked.given <= self.takes:
            unasked = sorted(asked.given - self.takes)
            return errors.FactUnasked(trigger=trigger, unasked=unasked, takes=(*rule.needs, *rule.takes), possible=())
        if rule.when is not None and not matches.hold(rule.when, asked.facts):
            return errors.ConditionFailed(trigger=trigger, condition=said(rule.when), possible=())
        return None

    def role_refused(self, asked: Asked, *, possible: Sequence[str]) -> errors.RoleRefused:
        return errors.RoleRefused(
            trigger=self.trigger, actor=asked.actor, by=self.rule.by, possible=possible, unit=asked.unit, scopes=asked.scopes
        )

    def spent(self, asked: Asked) -> int | None:
        """How often this may be done to a case, where it has been done so often."""
        rule = self.rule
        limits = (rule.most, rule.extends.most if rule.extends is not None else None)
        return next((most for most in limits if most is not None and asked.counts.get(self.trigger, 0) >= most), None)


def said(when: Mapping[str, tuple[str, ...]]) -> str:
    """A condition in words: `urgency 1, category gas or fire`."""
    return ", ".join(f"{name} {' or '.join(values)}" for name, values in when.items())


class _Transition(transitions.Transition):
    """Asks its guard and moves the token. No callbacks are ever given to these machines, so none are looked for: a step costs half."""

    def execute(self, event_data: transitions.EventData) -> bool:
        if not self._eval_conditions(event_data):
            return False
        token = event_data.model
        assert isinstance(token, Token)
        if self.dest is not None:
            token.state = self.dest
        return True


class _Shared(transitions.Machine):
    transition_cls = _Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A workflow compiled: `transitions`' machine, the guards by trigger, the triggers that lead out of each state."""

    workflow: workflow.Workflow
    machine: transitions.Machine
    guards: Mapping[str, Guard]
    leaving: Mapping[str, tuple[str, ...]]
    final: frozenset[str]
    table: Mapping[tuple[str, str], str] = field(repr=False)

    def step(self, state: str, trigger: str, asked: Asked) -> str:
        """The state after `trigger`; raises the refusal, with what is possible for this actor instead."""
        event = self.machine.events.get(trigger)
        if event is None:
            near = difflib.get_close_matches(trigger, list(self.guards), n=1)
            raise errors.TriggerUnknown(trigger=trigger, near=near, possible=self.possible(state, asked))
        token = Token(state, asked)
        try:
            moved = event.trigger(token)
        except transitions.MachineError:
            raise errors.MoveRefused(state=state, trigger=trigger, possible=self.possible(state, asked)) from None
        if not moved:
            refusal = token.refusal
            if refusal is None:
                raise errors.MoveRefused(state=state, trigger=trigger, possible=self.possible(state, asked))
            refusal.possible = self.possible(state, asked)
            if isinstance(refusal, errors.RoleRefused):
                refusal = self.guards[trigger].role_refused(asked, possible=refusal.possible)
            elif isinstance(refusal, errors.ConditionFailed):
                refusal = errors.ConditionFailed(trigger=trigger, condition=refusal.condition, possible=refusal.possible)
            raise refusal
        return token.state

    def leads(self, state: str, trigger: str) -> str:
        """The state after `trigger`, whoever pulls it; raises MoveRefused where it does not start from this state."""
        to = self.table.get((state, trigger))
        if to is None:
            raise errors.MoveRefused(state=state, trigger=trigger, possible=self.leaving.get(state, ()))
        return to

    def possible(self, state: str, asked: Asked) -> tuple[str, ...]:
        """The triggers that this actor may pull from this state, were the needed facts given."""
        return tuple(t for t in self.leaving.get(state, ()) if self._may(self.guards[t], asked) and not self._eyes(t, asked))

    def _may(self, guard: Guard, asked: Asked) -> bool:
        return bool(guard.by & asked.words) and guard.spent(asked) is None

    def _eyes(self, trigger: str, asked: Asked) -> bool:
        return any(asked.last.get(did) == asked.actor for did in self.guards[trigger].rule.not_by)


def machine_of(definition: workflow.Workflow) -> Machine:
    """Compile a workflow. No models are registered; callbacks are callables, never dotted strings."""
    guards = {
        name: Guard(
            trigger=name,
            needs=frozenset(rule.needs),
            takes=frozenset(rule.needs) | frozenset(rule.takes) | rule.lists(),
            by=frozenset(rule.by),
            rule=rule,
        )
        for name, rule in definition.transitions.items()
    }
    machine = _Shared(model=None, states=list(definition.states), initial=None, auto_transitions=False, send_event=True)
    leaving: dict[str, list[str]] = {state: [] for state in definition.states}
    table: dict[tuple[str, str], str] = {}
    for name, rule in definition.transitions.items():
        # without `to` an internal transition: nothing is left or entered
        machine.add_transition(name, list(rule.from_), rule.to, conditions=[guards[name]])
        for source in rule.from_:
            leaving[source].append(name)
            table[source, name] = rule.to or source
    return Machine(
        workflow=definition,
        machine=machine,
        guards=guards,
        leaving={state: tuple(names) for state, names in leaving.items()},
        final=frozenset(s for s, state in definition.states.items() if state.final is not None),
        table=table,
    )
