"""A tale lived through: the engine's own functions on a rehearsal whose clock moves from moment to moment. What happened is kept as
values, for `verdicts` to judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from config import telling, whose, workflow
from config.sentences import Kind
from engine import draft, errors, history, moving, rehearsal, views
from engine.stories import cast, happenings
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


def live(tale: telling.Tale, base: rehearsal.Rehearsal) -> happenings.Lived:
    """Live a tale through on a new rehearsal of the town of `base`, from its opening to its last moment."""
    return _Life(tale, base).live()


class _Life:
    """The cases of a tale while time passes."""

    def __init__(self, tale: telling.Tale, base: rehearsal.Rehearsal) -> None:
        self.tale = tale
        self.schedules = _schedules(tale)
        scheduled = bool(self.schedules) or tale.opening.kind is Kind.SCHEDULED or any(check.kind is Kind.OCCURS for check in tale.checks)
        begin = tale.opening.at - (tale.opening.kind is Kind.SCHEDULED)
        self.memory = rehearsal.Rehearsal(base.town, base.definitions, now=begin, scheduled=scheduled)
        self.cast = cast.Cast(self.schedules)
        self.lived = happenings.Lived(zone=base.definitions[tale.flow].zone, cast=self.cast)

    def live(self) -> happenings.Lived:
        opening = self.tale.opening
        for said in self.tale.before:
            self.stand(said)
        if not self.do(opening, lambda: self.open(opening)):
            return self.lived
        asked = {check.at for check in self.tale.checks} | {self.tale.until}
        try:
            self.go_on(sorted({opening.at, *asked, *(act.at for act in self.tale.acts)}), asked)
        except Endless as endless:
            self.lived.stopped = (opening, endless)
        self.lived.occurred = self.memory.occurred
        return self.lived

    def stand(self, said: telling.Sentence) -> None:
        """What is so from the beginning, or from here on: what somebody owns, how a draw falls."""
        names = said.phrase.names
        if said.kind is Kind.OWNS:
            self.memory.endow(names["person"], names["account"], int(names["amount"]))
        else:
            self.memory.draw(names["flow"], names["fact"], falls=said.kind is Kind.DRAWN)

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
        """The first case of a story, or another that it names."""
        names = said.phrase.names
        if said.kind is Kind.SCHEDULED:
            self.cast.call(whose.FIRST, self.scheduled(said).id)
            return
        flow = names.get("flow", self.tale.flow)
        demanded = self.memory.definitions[flow].workflow.lacking(said.phrase.facts)
        case = self.memory.open(flow, actor=names.get("person"), facts=self.facts(said, flow, demanded, None))
        self.cast.call(names.get("name", whose.FIRST), case.id)

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
        if said.kind is Kind.TRIES:
            return self.attempt(said)
        deeds: dict[Kind, Callable[[telling.Sentence], None]] = {
            Kind.ANOTHER: self.open, Kind.ACKNOWLEDGES: self.acknowledge, Kind.SATISFIED: self.answer, Kind.DISSATISFIED: self.answer,
            Kind.DRAWN: self.stand, Kind.NOT_DRAWN: self.stand,
        }  # fmt: skip
        deed = deeds.get(said.kind, self.move)
        return self.do(said, lambda: deed(said))

    def attempt(self, said: telling.Sentence) -> bool:
        """What must be refused; that there is no such case is no refusal."""
        try:
            case = self.of(said)
        except moving.REFUSALS as refusal:
            self.lived.stopped = (said, refusal)
            return False
        try:
            self.move(said)
        except moving.REFUSALS as refusal:
            self.lived.tried.append((case.id, said, refusal))
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

    def of(self, said: telling.Sentence) -> draft.Draft:
        """The case of which a sentence speaks."""
        return self.memory.cases[self.cast.one(said.phrase.whose)]

    def move(self, said: telling.Sentence) -> None:
        names, case = said.phrase.names, self.of(said)
        flow = case.compiled.workflow
        rule = flow.transitions.get(names["trigger"])
        given = self.facts(said, flow.workflow, rule.needs if rule is not None else (), case)
        self.memory.move(case.id, names["trigger"], actor=names["person"], facts=given)

    def acknowledge(self, said: telling.Sentence) -> None:
        self.memory.acknowledge(self.of(said).id, said.phrase.names["clock"], actor=said.phrase.names["person"])

    def answer(self, said: telling.Sentence) -> None:
        case = self.of(said)
        for who in said.phrase.who:
            recipient = case.reporter if who == "reporter" else who
            self.memory.answer(case.id, str(recipient), satisfied=said.kind is Kind.SATISFIED)

    def facts(self, said: telling.Sentence, flow: str, demanded: Collection[str], case: draft.Draft | None) -> dict[str, Any]:
        """What the sentence gives, and a stand-in for each text or photo that is demanded and not left away on purpose."""
        given: dict[str, Any] = {}
        known = self.memory.definitions[flow].workflow.facts
        for name, value in said.phrase.facts.items():
            fact = known.get(name)
            if isinstance(value, whose.Step):
                given[name] = self.memory.cases[self.cast.one([value], None if case is None else case.id)].number
            else:
                given[name] = self.value(fact.type, value) if fact is not None else value
        for name in demanded:
            fact = known.get(name)
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
        """Take up what has just happened in the cases that the tale is about."""
        lived, came = self.lived, self.memory.happened()
        self.cast.learn(came.entries, self.memory.cases)
        touched = dict[int, draft.Draft]()
        for row in came.entries:
            if not self.cast.has(row[history.CASE]):  # a case that a schedule opened beside
                continue
            case = touched[row[history.CASE]] = self.memory.cases[row[history.CASE]]
            self.note(case, row)
        for fired in came.fired:
            if fired.case in lived.flows:
                self.visited(fired.case).rungs.add((fired.clock, fired.rung))
        for mail in came.mails:
            if mail.case in lived.flows:
                case = touched[mail.case] = self.memory.cases[mail.case]
                lived.heard.append(happenings.Heard(mail=mail, about=case.about(mail.composed)))
        for case in touched.values():
            self.note_folds(case)

    def note(self, case: draft.Draft, row: tuple[Any, ...]) -> None:
        """One entry of a history."""
        lived = self.lived
        lived.flows[case.id] = case.compiled.workflow.workflow
        lived.opened[case.id] = case.opened_at
        detail = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
        step = happenings.Step(
            case=case.id, at=row[history.AT], trigger=row[history.TRIGGER], state=row[history.TO], actor=row[history.ACTOR], detail=detail, kind=row[history.KIND]
        )  # fmt: skip
        lived.steps.append(step)
        if len(lived.steps) > MOST_STEPS:
            raise Endless
        visited = self.visited(case.id)
        visited.states.add(step.state)
        if step.kind == "move":
            visited.transitions.add(step.trigger)

    def note_folds(self, case: draft.Draft) -> None:
        """Which targets its clocks run under, and which of them are breached."""
        for name, fold in case.folds.items():
            if fold.terms is not None:
                due_fact = case.compiled.plans[name].due_fact is not None
                self.visited(case.id).targets.add((name, 0 if due_fact else fold.terms))
            if fold.breached_at is not None:
                self.lived.breaches[case.id, name, fold.round] = fold.breached_at

    def visited(self, case: int) -> happenings.Visited:
        return self.lived.visited.setdefault(self.lived.flows[case], happenings.Visited())

    def note_breaches(self, now: int) -> None:
        """Which clocks have lapsed by themselves up to the end of a moment: no entry tells of it."""
        for case in self.lived.flows:
            for name, reckoned in _reckoned(self.memory.cases[case], now).items():
                if reckoned.breached_at is not None:
                    self.lived.breaches[case, name, reckoned.round] = reckoned.breached_at

    def look(self, now: int) -> None:
        self.note_breaches(now)
        people = self.memory.town.live.people.people
        asked = self.asked_of() & people.keys()
        links = {check.phrase.names["link"] for check in self.tale.checks if check.kind is Kind.LINKED and check.at == now}
        for number in self.lived.flows:
            case = self.memory.cases[number]
            self.lived.seen[number, now] = happenings.Seen(
                state=case.state,
                about=case.about(now),
                clocks=_reckoned(case, now),
                may={person: views.possible(case, person, now=now) for person in asked},
                linked={name: len(self.memory.linked(number, name)) for name in links},
            )
        for check in self.tale.checks:
            if check.kind is Kind.HAS and check.at == now:
                names = check.phrase.names
                self.lived.owned[now, names["person"], names["account"]] = self.memory.balance(names["person"], names["account"])

    def asked_of(self) -> set[str]:
        """Whose possibilities a sentence asks for."""
        return {check.phrase.names["person"] for check in self.tale.checks if check.kind in (Kind.MAY, Kind.MAY_NOT)}


def _reckoned(case: draft.Draft, now: int) -> Mapping[str, clocks.Reckoning]:
    return {name: clocks.reckon(case.compiled.plans[name], fold, case.compiled.timelines, now=now) for name, fold in case.folds.items()}


def _schedules(tale: telling.Tale) -> frozenset[str]:
    """The schedules of whose cases a sentence speaks."""
    steps = [step for said in (*tale.acts, *tale.checks) for step in said.phrase.whose]
    steps += [value for said in tale.acts for value in said.phrase.facts.values() if isinstance(value, whose.Step)]
    return frozenset(step.name for step in steps if step.way is whose.Way.SCHEDULE)


def _with_zone(written: str, zone: str) -> str:
    """A moment as an admin writes it, `2026-02-17 08:00`, with the programme's offset; anything else as it stands."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))).isoformat()
