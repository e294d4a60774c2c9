"""One workflow as the admin writes it: facts, states, transitions, clocks, ladders and notices. Shape only; `checks` asks for sense."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from config import sayings
from config.words import DURATION, Count, Duration, Flag, Frozen, Line, Moment, Name, Names, OneOrMany, Text

Scalar = str | int | bool


def spelled(value: object) -> str:
    """A scalar as matches compare it: `1` and `"1"` are the same choice, `true` is `yes_no`'s true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _spelled_keys(value: object) -> object:
    return {spelled(k): v for k, v in value.items()} if isinstance(value, dict) else value


def _is_mapping(value: object) -> str:
    return "(mapping)" if isinstance(value, dict | Frozen) else "(scalar)"


Choice = Annotated[str, BeforeValidator(spelled), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Values = Annotated[tuple[Choice, ...], Field(min_length=1), OneOrMany(unique=True)]
Match = Annotated[dict[Name, Values], Field(min_length=1)]
"""A declarative condition: every named fact has one of the listed values (text: these very words)."""
Label = Annotated[Annotated[Text, Tag("(mapping)")] | Annotated[Line, Tag("(scalar)")], Discriminator(_is_mapping)]
"""A choice's words, in both languages or in one."""


class FactType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CATEGORY = "category"
    UNIT = "unit"
    PERSON = "person"
    CONTACT = "contact"
    POINT = "point"
    PHOTOS = "photos"
    VIDEOS = "videos"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"


class Fact(Frozen):
    """Something known of a case. `required`: must be given when the case is opened. `personal`: kept apart, erasable, never in history."""

    type: FactType
    title: Text
    required: Flag = False
    personal: Flag = False
    most: Count | None = Field(default=None, ge=1, le=50)
    longest: Count | None = Field(default=None, ge=1, le=20000)
    choices: Annotated[dict[Line, Label], Field(min_length=1), BeforeValidator(_spelled_keys)] | None = None


class Final(StrEnum):
    DONE = "done"
    REJECTED = "rejected"


class State(Frozen):
    title: Text
    final: Final | None = None
    no_deadline: Line | None = None


class Kind(StrEnum):
    """The kinds of going back that clocks declare an effect for."""

    RETURN = "return"
    REWORK = "rework"
    REOPEN = "reopen"


class FromFact(Frozen):
    fact: Name


Amount = Annotated[Annotated[Duration, Tag("(scalar)")] | Annotated[FromFact, Tag("(mapping)")], Discriminator(_is_mapping)]
"""A duration as words, or `{fact: name}` of type duration."""


class Extends(Frozen):
    """An approved extension: `by` is added to the target of `clock`, counted in the clock's own hours."""

    clock: Name
    by: Amount
    most: Count = Field(default=2, ge=1, le=20)
    once_overdue: Flag = False


class Transition(Frozen):
    """Who may move a case, from where to where, and with which facts. Without `to` the case stays where it is.

    `needs` must come with the move, `takes` may; `when` must hold of the case's facts (the new ones included);
    `not_by` names triggers (or `open`) whose latest actor may not do this one: four eyes. `exempts` names clocks whose breach in
    this case no figure holds against anybody: it stays a fact of the history."""

    title: Text | None = None
    from_: Names = Field(alias="from", min_length=1)
    to: Name | None = None
    by: Names = Field(min_length=1)
    needs: Names = ()
    takes: Names = ()
    when: Match | None = None
    not_by: Names = ()
    kind: Kind | None = None
    extends: Extends | None = None
    exempts: Names = ()
    most: Count | None = Field(default=None, ge=1, le=100)


class Target(Frozen):
    when: Match | None = None
    is_: Duration = Field(alias="is")
    hours: Name | None = None


class Reentry(StrEnum):
    RESUME = "resume"
    RESTART = "restart"


class Acknowledge(Frozen):
    for_: Duration | None = Field(default=None, alias="for")


NO_TARGET = {"is": "none"}
"""As the last of a clock's targets: every other case has none, on purpose."""


def _targets(value: object) -> object:
    """One duration is a list of one target; a last `{is: none}` is left out, for a case that meets no target has none."""
    if isinstance(value, list) and value and value[-1] == NO_TARGET:
        return value[:-1]
    return [{"is": value}] if isinstance(value, str | int | float | Duration) else value


def _targets_schema(schema: dict[str, Any]) -> None:
    many = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description", "default")}
    none = {"type": "object", "properties": {"is": {"const": "none"}}, "required": ["is"], "additionalProperties": False}
    many["items"] = {"anyOf": [many["items"], none]}
    schema["anyOf"] = [{"type": "string", "pattern": DURATION, "examples": ["10 minutes"]}, many]


Targets = Annotated[tuple[Target, ...], Field(min_length=1, max_length=100, json_schema_extra=_targets_schema), BeforeValidator(_targets)]
"""Targets, the first match wins; one duration may stand for `[{is: duration}]`; `{is: none}` at the end: the others have none."""


class Clock(Frozen):
    """Where it runs, by when, in whose hours, who hears. `due` (a date or moment promised in a fact) takes the place of `within`."""

    title: Text
    runs_in: Names = Field(min_length=1)
    pauses_in: Names = ()
    within: Targets | None = None
    due: FromFact | None = None
    hours: Name = "always"
    on_return: Reentry = Reentry.RESUME
    on_rework: Reentry = Reentry.RESUME
    on_reopen: Reentry = Reentry.RESUME
    acknowledge: Acknowledge = Acknowledge()
    ladder: Name | None = None

    @model_validator(mode="after")
    def _one_deadline(self) -> Clock:
        if (self.within is None) == (self.due is None):
            raise sayings.wrong(sayings.ONE_DEADLINE)
        return self

    def restarts_on(self) -> frozenset[Kind]:
        """The kinds of going back on which it begins anew."""
        choices = {Kind.RETURN: self.on_return, Kind.REWORK: self.on_rework, Kind.REOPEN: self.on_reopen}
        return frozenset(kind for kind, choice in choices.items() if choice is Reentry.RESTART)


class Repeat(Frozen):
    every: Duration
    most: Count = Field(ge=1, le=200)


class Rung(Frozen):
    """One step of a ladder: a moment on the clock (`at`, `before` or `after` the deadline), whom to tell and/or which trigger to pull.

    A rung with `do` goes through the same door as people, as the actor `timer`."""

    at: Moment | None = None
    before: Duration | None = None
    after: Duration | None = None
    notify: Names = ()
    template: Name | None = None
    do: Name | None = None
    always: Flag = False
    repeat: Repeat | None = None

    @model_validator(mode="after")
    def _one_moment(self) -> Rung:
        if sum(x is not None for x in (self.at, self.before, self.after)) != 1:
            raise sayings.wrong(sayings.ONE_MOMENT)
        if not self.notify and self.do is None:
            raise sayings.wrong(sayings.IDLE_RUNG)
        if bool(self.notify) != (self.template is not None):
            raise sayings.wrong(sayings.WORDLESS)
        return self


class Notice(Frozen):
    """What people hear without asking: `on` a trigger (or `open`), `to` roles, `reporter`, `tracker` or a fact of type contact or person."""

    on: Name
    to: Names = Field(min_length=1)
    template: Name
    when: Match | None = None


class Counts(Frozen):
    """Which states count as what in the figures, where the shape of the workflow does not say it: a case counts once it came to one."""

    responded: Names = ()
    resolved: Names = ()
    valid: Names = ()


class Workflow(Frozen):
    workflow: Name
    title: Text
    initial: Name
    opened_by: Names = ("anyone",)
    facts: dict[Name, Fact] = Field(max_length=200)
    states: dict[Name, State] = Field(max_length=100)
    transitions: dict[Name, Transition] = Field(max_length=300)
    clocks: dict[Name, Clock] = Field(default={}, max_length=50)
    ladders: dict[Name, Annotated[tuple[Rung, ...], Field(min_length=1, max_length=50)]] = Field(default={}, max_length=50)
    notices: tuple[Notice, ...] = Field(default=(), max_length=300)
    counts: Counts = Counts()

    def kind_of(self, trigger: str) -> Kind | None:
        """Return, rework or reopen: declared, or said by the trigger's own name."""
        declared = self.transitions[trigger].kind
        if declared is not None:
            return declared
        return Kind(trigger) if trigger in set(Kind) else None

    def runs_in(self, clock: str) -> frozenset[str]:
        """The states the clock runs in; `open` is every state that is not final, less those it pauses in."""
        named = self.clocks[clock]
        if named.runs_in == ("open",):
            return frozenset(s for s, state in self.states.items() if state.final is None) - frozenset(named.pauses_in)
        return frozenset(named.runs_in)


SPECIAL = ("reporter", "tracker")
"""Words beside roles that name people in a case."""
FACT = "fact:"
"""Before the name of a fact that says who hears: somebody who need be no person of the programme."""
ACTORS = ("anyone", "timer", "reporter", "tracker")
"""Words beside roles that `by` understands."""
Language = Literal["zh", "en"]
