"""One workflow as the admin writes it: facts, states, transitions, clocks, ladders and notices. Shape only; `checks` asks for sense."""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from config import effects, sayings, words
from config.matches import Choice, Match, spelled
from config.visibility import Visibility
from config.words import DURATION, Count, Duration, Flag, Frozen, Line, Moment, Name, Names, Text


def spelled_keys(value: object) -> object:
    """A mapping whose keys are spelled as matches compare them."""
    return {spelled(k): v for k, v in value.items()} if isinstance(value, dict) else value


def _is_mapping(value: object) -> str:
    return "(mapping)" if isinstance(value, dict | Frozen) else "(scalar)"


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
    CASE = "case"
    ENTRY = "entry"
    CHECKLIST = "checklist"


class Fact(Frozen):
    """Something known of a case. `required`: must be given when the case is opened, itself or the fact that `or` names. `personal`: kept apart, erasable, never in history.

    `drawn`: the engine draws it when the case is opened, true for so many of a hundred. `workflow`: of which the case is that it names.
    `register`: whose rows an `entry` may name. `located` names a fact of type point from which the engine fills this one; nobody gives
    it. A unit is in whose area the point lies, a choice how that was found (`config.areas.HOW`). `kept`: how long after the case has
    ended; then the value is erased, photos and videos with their files."""

    type: FactType
    title: Text
    required: Flag = False
    or_: Name | None = Field(default=None, alias="or")
    personal: Flag = False
    most: Count | None = Field(default=None, ge=1, le=50)
    longest: Count | None = Field(default=None, ge=1, le=20000)
    choices: Annotated[dict[Line, Label], Field(min_length=1), BeforeValidator(spelled_keys)] | None = None
    drawn: Annotated[str, StringConstraints(pattern=words.SHARE)] | None = None
    workflow: Name | None = None
    register_: Name | None = Field(default=None, alias="register")
    located: Name | None = None
    kept: Duration | None = None

    def constant(self, word: str) -> str | int | float | bool:
        """A constant of the YAML in the form in which the engine keeps it."""
        if self.type is FactType.YES_NO:
            return word == "true"
        if self.type is FactType.NUMBER:
            number = float(word)
            return int(number) if number.is_integer() else number
        return word


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


class Named(Frozen):
    """One of several plans, by match; without `when`, for every case that is left."""

    when: Match | None = None
    is_: Name = Field(alias="is")


def _named(value: object) -> object:
    return [{"is": value}] if isinstance(value, str) else value


def _named_schema(schema: dict[str, Any]) -> None:
    many = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description", "default")}
    schema["anyOf"] = [{"type": "string"}, many]


class Starts(Frozen):
    """The plan of `plans.yaml` whose steps are copied into the fact `plan`: the first of `named` that fits the case; none, if none does."""

    plan: Name
    named: Annotated[tuple[Named, ...], Field(min_length=1, max_length=100, json_schema_extra=_named_schema), BeforeValidator(_named)]


class Places(Frozen):
    """At most so many cases of this workflow in these states; whoever would be one more is refused."""

    most: Count = Field(ge=1, le=100_000)
    in_: Names = Field(alias="in", min_length=1)


class Transition(Frozen):
    """Who may move a case, from where to where, and with which facts. Without `to` the case stays where it is.

    `needs` must come with the move, `takes` may; `when` must hold of the case's facts (the new ones included);
    `not_by` names triggers (or `open`) whose latest actor may not do this one: four eyes. `claims` writes the actor into a fact of
    type person; `sets` writes constants. `routes` names a fact of type unit that the duties table fills where the mover does not.
    `starts` begins a checklist, `ticks` says that one of its steps is done, `needs_done` asks that all are. `exempts` names clocks whose
    breach in this case no figure holds against anybody: it stays a fact of the history."""

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
    claims: Name | None = None
    sets: dict[Name, Choice] = Field(default={}, max_length=50)
    routes: Name | None = None
    starts: Starts | None = None
    ticks: Name | None = None
    needs_done: Names = ()
    places: Places | None = None

    def writes(self) -> frozenset[str]:
        """The facts that the engine itself writes with the move, checklists apart."""
        return frozenset(self.sets) if self.claims is None else frozenset({*self.sets, self.claims})

    def lists(self) -> frozenset[str]:
        """The checklists that the engine itself writes with the move."""
        return frozenset(name for name in (self.starts.plan if self.starts is not None else None, self.ticks) if name is not None)

    @property
    def particular(self) -> bool:
        """Whether more is asked, or written, than the machine knows of."""
        return bool(self.starts or self.ticks or self.needs_done or self.places)


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
    """One step of a ladder: a moment on the clock (`at`, `before` or `after` the deadline), whom to tell (groups of `robots` beside
    people) and/or which trigger to pull.

    A rung with `do` goes through the same door as people, as the actor `timer`."""

    at: Moment | None = None
    before: Duration | None = None
    after: Duration | None = None
    notify: Names = ()
    template: Name | None = None
    do: Name | None = None
    always: Flag = False
    repeat: Repeat | None = None
    robots: Names = ()

    @model_validator(mode="after")
    def _one_moment(self) -> Rung:
        if sum(x is not None for x in (self.at, self.before, self.after)) != 1:
            raise sayings.wrong(sayings.ONE_MOMENT)
        if not self.notify and self.do is None:
            raise sayings.wrong(sayings.IDLE_RUNG)
        if bool(self.notify) != (self.template is not None):
            raise sayings.wrong(sayings.WORDLESS)
        if self.robots and not self.notify:
            raise sayings.wrong(sayings.ROBOTS_ALONE)
        return self


class Notice(Frozen):
    """What people hear without asking: `on` a trigger (or `open`), `to` roles, `reporter`, `tracker` or a fact of type contact, person or
    unit (its people), and the groups of `robots` too."""

    on: Name
    to: Names = Field(min_length=1)
    template: Name
    when: Match | None = None
    robots: Names = ()


class Share(Frozen):
    """One line of a table of amounts: the first whose `when` the case meets counts."""

    when: Match | None = None
    is_: Count = Field(alias="is", ge=0, le=1_000_000)


def _shares(value: object) -> object:
    return [{"is": value}] if isinstance(value, int) and not isinstance(value, bool) else value


def _shares_schema(schema: dict[str, Any]) -> None:
    many = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description", "default")}
    schema["anyOf"] = [{"type": "integer", "minimum": 0}, many]


Shares = Annotated[tuple[Share, ...], Field(min_length=1, max_length=100, json_schema_extra=_shares_schema), BeforeValidator(_shares)]
"""Amounts, the first match wins; a number may stand for `[{is: number}]`. Who meets none gets nothing."""
EFFECTS = ("amount", "exchange", "holds", "releases", "reverses")
"""What an award can do: exactly one of them."""


class Award(Frozen):
    """What a trigger (or `open`) does in the ledger: give an `amount` of an `account` to somebody; carry out, hold or release an
    `exchange` of points.yaml; or take back, by a counter-entry, what the triggers in `reverses` gave in this case."""

    on: Names = Field(min_length=1)
    when: Match | None = None
    to: Name | None = None
    account: Name | None = None
    amount: Shares | None = None
    for_: Text | None = Field(default=None, alias="for")
    exchange: Name | None = None
    holds: Name | None = None
    releases: Name | None = None
    reverses: Names = ()

    @model_validator(mode="after")
    def _one_effect(self) -> Award:
        if sum(bool(getattr(self, effect)) for effect in EFFECTS) != 1 or (self.amount is None) != (self.account is None):
            raise sayings.wrong(sayings.ONE_EFFECT)
        if (self.to is None) != bool(self.releases or self.reverses):
            raise sayings.wrong(sayings.WHOSE_AWARD)
        return self


class Satisfaction(Frozen):
    """Who is asked after a trigger whether all is well now. The answer goes into `fact`; who is not satisfied has `reopens` pulled.

    Whoever has not answered `within` that time is counted as having given no answer."""

    asks: Names = Field(min_length=1)
    on: Names = Field(min_length=1)
    fact: Name
    template: Name
    within: Duration
    reopens: Name | None = None


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
    opens: tuple[effects.Opens, ...] = Field(default=(), max_length=50)
    tells: tuple[effects.Tells, ...] = Field(default=(), max_length=50)
    links: tuple[effects.Links, ...] = Field(default=(), max_length=20)
    joins: tuple[effects.Joins, ...] = Field(default=(), max_length=20)
    awards: tuple[Award, ...] = Field(default=(), max_length=100)
    satisfaction: Satisfaction | None = None
    visibility: tuple[Visibility, ...] = Field(default=(), max_length=100)
    counts: Counts = Counts()

    def kind_of(self, trigger: str) -> Kind | None:
        """Return, rework or reopen: declared, or said by the trigger's own name."""
        declared = self.transitions[trigger].kind
        if declared is not None:
            return declared
        return Kind(trigger) if trigger in set(Kind) else None

    @property
    def always_given(self) -> frozenset[str]:
        """The facts that every case has from its opening."""
        return frozenset(name for name, fact in self.facts.items() if fact.required and fact.or_ is None)

    def lacking(self, given: Container[str]) -> list[str]:
        """Which required facts an opening with these lacks, that has not what will do in their place either."""
        return [
            name for name, fact in self.facts.items() if fact.required and name not in given and (fact.or_ is None or fact.or_ not in given)
        ]

    def deputed(self) -> set[str]:
        """The facts of type person by which somebody may act."""
        return {
            word
            for rule in self.transitions.values()
            for word in rule.by
            if word in self.facts and word not in ACTORS and self.facts[word].type is FactType.PERSON
        }

    def runs_in(self, clock: str) -> frozenset[str]:
        """The states the clock runs in; `open` is every state that is not final, less those it pauses in."""
        named = self.clocks[clock]
        if named.runs_in == ("open",):
            return frozenset(s for s, state in self.states.items() if state.final is None) - frozenset(named.pauses_in)
        return frozenset(named.runs_in)


SPECIAL = ("reporter", "tracker")
"""Words beside roles that name people in a case."""
EARNERS = ("reporter", "tracker", "actor")
"""Words that say who earns, beside facts of type person."""
FACT = "fact:"
"""Before the name of a fact that says who hears: somebody who need be no person of the programme."""
ACTORS = ("anyone", "timer", "linked", "reporter", "tracker")
"""Words beside roles (and facts of type person) that `by` understands."""
Language = Literal["zh", "en"]
