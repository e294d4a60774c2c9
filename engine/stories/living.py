"""A tale lived through: the engine's own functions on a rehearsal whose clock moves from moment to moment. What happened is kept as
values, for `verdicts` to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from config import telling, workflow
from config.sentences import Kind
from engine import draft, errors, history, moving, rehearsal, scheduling, views
from notifications import recipients
from sla import clocks

MOST_STEPS = 2_000
"""What more happens in a story than this goes round in circles."""
STAND_IN = "……"
"""For a text that the move demands and the story does not care about."""
_FILES = {workflow.FactType.PHOTOS: rehearsal.photos, workflow.FactType.VIDEOS: rehearsal.videos}
_FILLED = (workflow.FactType.TEXT, *_FILES)


class Endless(errors.EngineError):
    """Timers move the case on and on."""

    code = "endless"

    def __init__(self) -> None:
        super().__init__(
            f"more than {MOST_STEPS} things happen; timers move the case round and round",
            f"发生的事超过 {MOST_STEPS} 件：定时操作让案件原地打转",
        )


class NothingOpened(errors.EngineError):
    """A schedule did not open the case that a story begins with."""

    code = "nothing-opened"

    def __init__(self, schedule: str, reason: str | None) -> None:
        why = f" ({reason})" if reason is not None else "; it does not come at this moment for this row"
        why_zh = f"（{reason}）" if reason is not None else "：此刻没有为此条目开案"
        super().__init__(f"schedule {schedule} opened no case of this workflow{why}", f"定时任务 {schedule} 没有开出此流程的案件{why_zh}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A mail that went out, and what decided who heard it."""

    mail: rehearsal.Mail
    about: recipients.About


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The case as it stands at the end of a moment. `may`: what each person asked for may pull then; `owned`: what each (person,
    account) asked for comes to."""

    state: str
    about: recipients.About
    clocks: Mapping[str, clocks.Reckoning]
    may: Mapping[str, tuple[str, ...]]
    owned: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of the history as the course of things shows it."""

    at: int
    trigger: str
    state: str
    actor: str | None
    detail: Mapping[str, Any]
    kind: str


@dataclass(slots=True)
class Visited:
    """What of a workflow the stories have come through: names, and (clock, number from 0)."""

    states: set[str] = field(default_factory=set)
    transitions: set[str] = field(default_factory=set)
    rungs: set[tuple[str, int]] = field(default_factory=set)
    targets: set[tuple[str, int]] = field(default_factory=set)

    def add(self, other: Visited) -> None:
        self.states |= other.states
        self.transitions |= other.transitions
        self.rungs |= other.rungs
        self.targets |= other.targets


@dataclass(slots=True, kw_only=True)
class Lived:
    """What came of a tale. `tried`: per trial, the refusal; `stopped`: the sentence that could not be done, and why (None for a trial
    that was not refused). `breaches`: of each round of each clock, when it was breached. `occurred`: what schedules did."""

    zone: str
    heard: list[Heard] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)
    tried: list[tuple[telling.Sentence, moving.Refusal]] = field(default_factory=list)
    stopped: tuple[telling.Sentence, moving.Refusal | None] | None = None
    breaches: dict[tuple[str, int], int] = field(default_factory=dict)
    occurred: list[scheduling.Occurred] = field(default_factory=list)
    visited: Visited = field(default_factory=Visited)


def live(tale: telling.Tale, base: rehearsal.Rehearsal) -> Lived:
    """Live a tale through on a new rehearsal of the town of `base`, from its opening to its last moment."""
    return _Life(tale, base).live()


class _Life:
    """The one case of a tale while time passes."""

    def __init__(self, tale: telling.Tale, base: rehearsal.Rehearsal) -> None:
        self.tale = tale
        self.flow = base.definitions[tale.flow].workflow
        scheduled = tale.opening.kind is Kind.SCHEDULED or any(check.kind is Kind.OCCURS for check in tale.checks)
        begin = tale.opening.at - (tale.opening.kind is Kind.SCHEDULED)
        self.memory = rehearsal.Rehearsal(base.town, base.definitions, now=begin, scheduled=scheduled)
        self.lived = Lived(zone=base.definitions[tale.flow].zone)
        self.case: draft.Draft | None = None

    def live(self) -> Lived:
        opening = self.tale.opening
        for said in self.tale.owned:
            names = said.phrase.names
            self.memory.endow(names["person"], names["account"], int(names["amount"]))
        if not self.do(opening, lambda: self.open(opening)):
            return self.lived
        asked = {check.at for check in self.tale.checks} | {self.tale.until}
        try:
            self.go_on(sorted({opening.at, *asked, *(act.at for act in self.tale.acts)}), asked)
        except Endless as endless:
            self.lived.stopped = (opening, endless)
        self.lived.occurred = self.memory.occurred
        return self.lived

    def go_on(self, moments: list[int], asked: set[int]) -> None:
        """From moment to moment: what comes by itself before it, what people do, the timers of the moment, a look."""
        for moment in moments:
            self.pass_time(moment - 1)
            self.memory.before(moment)
            if moment > self.tale.opening.at:
                self.note_breaches(moment - 1)
            for act in self.tale.acts:
                if act.at == moment and not self.act(act):
                    return
            self.pass_time(moment)
            if moment in asked:
                self.look(moment)

    def open(self, said: telling.Sentence) -> None:
        if said.kind is Kind.SCHEDULED:
            self.case = self.scheduled(said)
            return
        demanded = [name for name, fact in self.flow.facts.items() if fact.required]
        self.case = self.memory.open(self.tale.flow, actor=said.phrase.names.get("person"), facts=self.facts(said, demanded))

    def scheduled(self, said: telling.Sentence) -> draft.Draft:
        """The case that a schedule opens at the moment (for the row, if one is named). Raises NothingOpened, or what refused it."""
        names = said.phrase.names
        self.memory.until(said.at)
        came = [
            o
            for o in self.memory.occurred
            if (o.schedule, o.moment) == (names["schedule"], said.at) and names.get("row") in (None, o.entry)
        ]
        opened = {one.case for one in came if one.case is not None}
        found = next((case for case in self.memory.cases.values() if case.number in opened), None)
        if found is None:
            raise NothingOpened(names["schedule"], came[0].reason if came else None)
        if found.compiled.workflow.workflow != self.tale.flow:
            raise NothingOpened(names["schedule"], f"opens {found.compiled.workflow.workflow}")
        return found

    def act(self, said: telling.Sentence) -> bool:
        """Do what a sentence says; False: the tale cannot go on."""
        if said.kind is Kind.ACKNOWLEDGES:
            return self.do(said, lambda: self.acknowledge(said))
        if said.kind in (Kind.SATISFIED, Kind.DISSATISFIED):
            return self.do(said, lambda: self.answer(said))
        if said.kind is not Kind.TRIES:
            return self.do(said, lambda: self.move(said))
        try:
            self.move(said)
        except moving.REFUSALS as refusal:
            self.lived.tried.append((said, refusal))
            return True
        self.gather()
        self.lived.stopped = (said, None)
        return False

    def do(self, said: telling.Sentence, deed: Callable[[], None]) -> bool:
        try:
            deed()
        except moving.REFUSALS as refusal:
            self.lived.stopped = (said, refusal)
            return False
        self.gather()
        return True

    def move(self, said: telling.Sentence) -> None:
        names = said.phrase.names
        demanded = self.flow.transitions[names["trigger"]].needs
        self.memory.move(self.id, names["trigger"], actor=names["person"], facts=self.facts(said, demanded))

    def acknowledge(self, said: telling.Sentence) -> None:
        self.memory.acknowledge(self.id, said.phrase.names["clock"], actor=said.phrase.names["person"])

    def answer(self, said: telling.Sentence) -> None:
        for who in said.phrase.who:
            recipient = self.case.reporter if who == "reporter" and self.case is not None else who
            self.memory.answer(self.id, str(recipient), satisfied=said.kind is Kind.SATISFIED)

    @property
    def id(self) -> int:
        assert self.case is not None
        return self.case.id

    def facts(self, said: telling.Sentence, demanded: list[str] | tuple[str, ...]) -> dict[str, Any]:
        """What the sentence gives, and a stand-in for each text or photo that is demanded and not left away on purpose."""
        given: dict[str, Any] = {}
        for name, value in said.phrase.facts.items():
            fact = self.flow.facts.get(name)
            given[name] = self.value(fact.type, value) if fact is not None else value
        for name in demanded:
            fact = self.flow.facts.get(name)
            if fact is not None and fact.type in _FILLED and name not in given and name not in said.phrase.without:
                given[name] = list(_FILES[fact.type]()) if fact.type in _FILES else STAND_IN
        return given

    def value(self, kind: workflow.FactType, value: str | int) -> Any:
        if kind in _FILES:
            return list(_FILES[kind](int(value)))
        if kind is workflow.FactType.DATETIME:
            return _with_zone(str(value), self.lived.zone)
        return value

    def pass_time(self, moment: int) -> None:
        """All that comes by itself up to the end of a moment, each thing seen as it comes."""
        while (following := self.memory.next()) is not None and following <= moment:
            self.memory.until(following)
            self.gather()

    def gather(self) -> None:
        """Take up what has just happened."""
        case, lived, came = self.case, self.lived, self.memory.happened()
        assert case is not None
        for row in came.entries:
            if row[history.CASE] != case.id:  # a case that a schedule opened beside
                continue
            detail = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
            step = Step(at=row[history.AT], trigger=row[history.TRIGGER], state=row[history.TO], actor=row[history.ACTOR], detail=detail, kind=row[history.KIND])  # fmt: skip
            lived.steps.append(step)
            if len(lived.steps) > MOST_STEPS:
                raise Endless
            lived.visited.states.add(step.state)
            if step.kind == "move":
                lived.visited.transitions.add(step.trigger)
        lived.visited.rungs |= {(fired.clock, fired.rung) for fired in came.fired if fired.case == case.id}
        for mail in (mail for mail in came.mails if mail.case == case.id):
            lived.heard.append(Heard(mail=mail, about=case.about(mail.composed)))
        for name, fold in case.folds.items():
            if fold.terms is not None:
                lived.visited.targets.add((name, 0 if case.compiled.plans[name].due_fact is not None else fold.terms))
            if fold.breached_at is not None:
                self.lived.breaches[name, fold.round] = fold.breached_at

    def note_breaches(self, now: int) -> None:
        """Which clocks have lapsed by themselves up to the end of a moment: no entry tells of it."""
        for name, reckoned in self.reckoned(now).items():
            if reckoned.breached_at is not None:
                self.lived.breaches[name, reckoned.round] = reckoned.breached_at

    def reckoned(self, now: int) -> dict[str, clocks.Reckoning]:
        case = self.case
        assert case is not None
        return {name: clocks.reckon(case.compiled.plans[name], fold, case.compiled.timelines, now=now) for name, fold in case.folds.items()}

    def look(self, now: int) -> None:
        case = self.case
        assert case is not None
        self.note_breaches(now)
        people = self.memory.town.live.people.people
        may = {person: views.possible(case, person, now=now) for person in self.asked_of() if person in people}
        asked = [check.phrase.names for check in self.tale.checks if check.kind is Kind.HAS and check.at == now]
        owned = {(names["person"], names["account"]): self.memory.balance(names["person"], names["account"]) for names in asked}
        self.lived.seen[now] = Seen(state=case.state, about=case.about(now), clocks=self.reckoned(now), may=may, owned=owned)

    def asked_of(self) -> set[str]:
        """Whose possibilities a sentence asks for."""
        return {check.phrase.names["person"] for check in self.tale.checks if check.kind in (Kind.MAY, Kind.MAY_NOT)}


def _with_zone(written: str, zone: str) -> str:
    """A moment as an admin writes it, `2026-02-17 08:00`, with the programme's offset; anything else as it stands."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))).isoformat()
