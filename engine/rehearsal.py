"""Cases lived through in memory: the engine's own functions on a clock that moves as it is told, with no store behind them.

Definition tests, simulation and what-if all rehearse here; there is no second model of states, clocks, ladders or recipients.
What happens at one moment comes before the timers of that moment, as in `engine.replay`."""

from __future__ import annotations

import dataclasses
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from config import programme as programmes
from config import workflow
from engine import awards, cases, catalog, draft, errors, ledger, moving, requests, rungs, scheduling
from engine import now as times
from sla import occasions
from storage import database, statements

_FILES = {workflow.FactType.PHOTOS: "image/jpeg", workflow.FactType.VIDEOS: "video/mp4"}


class Mail(NamedTuple):
    """One message to one recipient (a person's id or `fact:NAME`). `composed`: when it was decided; `at`: when it goes out, later
    where quiet hours hold it. `dropped`: its clock had ended by then, so it never went."""

    at: int
    composed: int
    case: int
    seq: int
    recipient: str
    channel: str
    template: str
    kind: str
    clock: str | None
    round: int | None
    urgent: bool
    dropped: bool = False


class Happened(NamedTuple):
    """What came of some time, in order: entries (rows as `engine.history` reads them, without digest), rungs and mails."""

    entries: tuple[tuple[Any, ...], ...]
    fired: tuple[rungs.Fired, ...]
    mails: tuple[Mail, ...]


class _Nowhere:
    """In place of a database: whoever asks it has asked for something that a rehearsal does not have."""

    def execute(self, *_: object) -> NoReturn:
        raise AssertionError("a rehearsal has no store; something of the engine asked for one")

    executemany = execute


class _Desk(draft.Batch):
    """A transaction that never ends: nothing is numbered by a store, chained or written."""

    __slots__ = ("gone",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.gone: Counter[tuple[str, str]] = Counter()
        """Cases that were forgotten: how many of a workflow are in a state."""

    def others_in(self, case: draft.Draft, states: Sequence[str]) -> int:
        flow = case.compiled.workflow.workflow
        here = sum(d.id != case.id and d.state in states and d.compiled.workflow.workflow == flow for d in self.drafts.values())
        return here + sum(self.gone[flow, state] for state in states)

    def questions(self, case: int) -> list[tuple[Any, ...]]:
        return [(*row, None, None, None) for row in self.asked if row[0] == case]

    def coming(self, counter: str) -> int:
        return self.numbers.setdefault(counter, (1, 0))[0]

    def load(self, ids: Iterable[int], statement: database.Statement = statements.CASES_BY_ID) -> None:
        """Every case there is, is in hand already."""

    def by_number(self, number: str) -> draft.Draft | None:
        return next((each for each in self.drafts.values() if each.number == number), None)

    def stored_links(self, *_: object) -> list[tuple[Any, ...]]:
        return []

    def append(self, draft: draft.Draft, entry: draft.Entry) -> None:
        draft.length += 1
        draft.latest = max(draft.latest, entry.at)
        self.history.append((draft.id, draft.length, entry.kind, entry.at, max(self.now, entry.at), entry.trigger, entry.from_state,
                             entry.to_state, entry.actor, entry.facts, entry.detail, entry.mark))  # fmt: skip


class Rehearsal:
    """One town's cases from `now` (UTC microseconds) on. Refusals are raised as the engine raises them; then nothing has changed.

    Cases are `draft.Draft`s, to be looked at and not changed; `engine.views.possible` and `sla.clocks.reckon` understand them."""

    def __init__(
        self,
        town: catalog.InForce,
        definitions: Mapping[str, catalog.Compiled],
        *,
        now: int,
        scheduled: bool = False,
        alone: bool = False,
        boundless: bool = False,
    ) -> None:
        """`definitions` by workflow: what a case opened here is under. `scheduled`: time that passes opens what the schedules say, too.
        `alone`: cases open, join and tell no others. `boundless`: see `ledger.Book`."""
        name = town.live.programme.programme
        newest = {flow: compiled.id for flow, compiled in definitions.items()}
        self.town = catalog.InForce(
            live=town.live, people=town.people, bundle=town.bundle, hash=town.hash, newest=newest, calendar=town.calendar
        )
        known = catalog.Catalog(programmes={name: self.town}, known={compiled.id: compiled for compiled in definitions.values()})
        self.definitions = dict(definitions)
        self._name = name
        self._desk = _Desk(database.Transaction(_Nowhere(), "sqlite"), known, now, alone=alone)
        self._desk.postings = ledger.Book(None, boundless=boundless)
        self._timers: list[tuple[int, int, str]] = []
        self._post: list[Mail] = []
        self._fired: list[rungs.Fired] = []
        self._mails: list[Mail] = []
        self.occurred: list[scheduling.Occurred] = []
        """What schedules have done so far."""
        self._coming: list[tuple[int, str, Iterator[int]]] = []
        if scheduled:
            lines = scheduling.lines_of(town.live)
            for each, schedule in town.live.schedules.items():
                self._plan(each, occasions.upcoming(schedule, lines, now))

    @property
    def now(self) -> int:
        return self._desk.now

    @property
    def cases(self) -> Mapping[int, draft.Draft]:
        """Every case that was not forgotten, by id."""
        return self._desk.drafts

    def balance(self, person: str, account: str) -> int:
        """What a person owns now; what is held for him is not in it."""
        return self._desk.book().sum("own", self._name, person, account)

    def endow(self, person: str, account: str, amount: int) -> None:
        """Let a person own this much: what he earned before the rehearsal began."""
        month = times.local(self.now, self.town.live.programme.time_zone).strftime("%Y-%m")
        more = amount - self.balance(person, account)
        self._desk.book().post(awards.by_hand(self._name, person, account, more, month=month, at=self.now))

    def draw(self, flow: str, fact: str, *, falls: bool) -> None:
        """Let the draw of a fact fall so, in every case of a workflow that is opened from now on."""
        self._desk.luck.setdefault(flow, {})[fact] = falls

    def linked(self, case: int, name: str) -> list[int]:
        """The cases linked to one under a name now."""
        return self._desk.linked(case, name)

    def open(self, flow: str, *, actor: str | None, facts: Mapping[str, Any]) -> draft.Draft:
        """A case opened now, as `fengxing open` would."""
        self._keep_files(self.definitions.get(flow), facts)
        done = self._once(requests.Opening(programme=self._name, workflow=flow, actor=actor, facts=facts), None)
        return self._desk.drafts[done.case]

    def move(self, case: int, trigger: str, *, actor: str, facts: Mapping[str, Any]) -> requests.Done:
        """A trigger pulled now by a person, as `fengxing move` would."""
        found = self._desk.drafts.get(case)
        self._keep_files(found.compiled if found is not None else None, facts)
        return self._once(requests.Move(case=case, trigger=trigger, actor=actor, facts=facts), case)

    def acknowledge(self, case: int, clock: str, *, actor: str) -> requests.Done:
        """A clock acknowledged now, as `fengxing acknowledge` would."""
        return self._once(requests.Acknowledgement(case=case, clock=clock, actor=actor), case)

    def answer(self, case: int, recipient: str, *, satisfied: bool) -> requests.Done:
        """Somebody who was asked says whether all is well now, as `fengxing answer` would for him."""
        found = self._desk.drafts.get(case)
        latest = max((row[1] for row in self._desk.asked if row[0] == case), default=0)
        if found is not None and latest == 0:
            raise errors.NotFound("question", found.number, zh="询问")
        return self._once(requests.Answering(case=case, round=latest, recipient=recipient, satisfied=satisfied), case)

    def begin(self, flow: str, *, actor: str | None, kept: Mapping[str, Any]) -> draft.Draft:
        """A case opened now with facts as a history keeps them; whether it might be opened is not asked."""
        found = moving.begin(self._desk, self.definitions[flow], self.town, reporter=actor, kept=dict(kept), at=self.now)
        self._gather()
        return found

    def carry_on(self, case: int, trigger: str, *, actor: str, kept: Mapping[str, Any], excused: bool, step: str | None = None) -> None:
        """A trigger pulled now with facts as a history keeps them; `excused` and `step` as for `moving.move`."""
        found = self._desk.drafts[case]
        written = found.compiled.writes.get(trigger)
        given = dict(kept) if written is None else {name: value for name, value in kept.items() if name not in (written[0], *written[1])}
        moving.move(self._desk, found, trigger, actor=actor, kept=given, excused=excused, step=step)
        self._gather()

    def before(self, moment: int) -> None:
        """Let time pass up to a moment at which something is about to happen: all that is due or goes out earlier has come."""
        while (following := self.next()) is not None and following < moment:
            self._let_come(following)
        self._desk.now = max(self.now, moment)

    def until(self, moment: int) -> None:
        """Let time pass to the end of a moment: what is due or goes out then has come too."""
        while (following := self.next()) is not None and following <= moment:
            self._let_come(following)
        self._desk.now = max(self.now, moment)

    def next(self) -> int | None:
        """When the next rung is due, a mail that was held goes out or a schedule comes; None: nothing more comes by itself."""
        while self._timers and not self._owed(*self._timers[0]):
            heapq.heappop(self._timers)
        timers, post = self._timers, self._post
        if self._coming:
            return min(each[0][0] for each in (timers, post, self._coming) if each)
        if not post:
            return timers[0][0] if timers else None
        return min(timers[0][0], post[0].at) if timers else post[0].at

    def happened(self) -> Happened:
        """What has happened since this was asked last."""
        found = Happened(entries=tuple(self._desk.history), fired=tuple(self._fired), mails=tuple(self._mails))
        for kept in (self._desk.history, self._fired, self._mails):
            kept.clear()
        return found

    def forget(self, case: int) -> None:
        """A case that is of no more interest; what it still owes never comes."""
        gone = self._desk.drafts.pop(case, None)
        self._desk.asked = [row for row in self._desk.asked if row[0] != case] if self._desk.asked else []
        if gone is not None:
            self._desk.gone[gone.compiled.workflow.workflow, gone.state] += 1

    def _once(self, request: requests.Request, case: int | None) -> requests.Done:
        try:
            done = cases.once(self._desk, request, case, {})
        finally:
            self._gather()
        return done

    def _let_come(self, moment: int) -> None:
        self._desk.now = max(self.now, moment)
        while self._coming and self._coming[0][0] <= moment:
            due, name, moments = heapq.heappop(self._coming)
            self._plan(name, moments)
            self._open_scheduled(name, due)
        while self._timers and self._timers[0][0] <= moment:
            due, case, clock = heapq.heappop(self._timers)
            if self._owed(due, case, clock):
                self._fired += moving.fire(self._desk, self._desk.drafts[case], clock)
                self._gather()
        while self._post and self._post[0].at <= moment:
            self._send(heapq.heappop(self._post))

    def _plan(self, name: str, moments: Iterator[int]) -> None:
        following = next(moments, None)
        if following is not None:
            heapq.heappush(self._coming, (following, name, moments))

    def _open_scheduled(self, name: str, moment: int) -> None:
        """What a schedule opens at a moment, as the clock would."""
        compiled = self.definitions[self.town.live.schedules[name].opens]
        for row, opening in scheduling.asked(self.town, compiled, name, moment):
            number: str | None = None
            reason: str | None = None
            try:
                number = self._once(dataclasses.replace(opening, key=None), None).number
            except moving.REFUSALS as refusal:
                reason = refusal.code
            self.occurred.append(
                scheduling.Occurred(programme=self._name, schedule=name, moment=moment, entry=row, case=number, reason=reason, at=self.now)
            )

    def _owed(self, due: int, case: int, clock: str) -> bool:
        found = self._desk.drafts.get(case)
        armed = found.timers.get(clock) if found is not None else None
        return armed is not None and armed[0] == due

    def _gather(self) -> None:
        """Take up what a step has armed and told."""
        desk = self._desk
        for (case, clock), timer in desk.armed.items():
            if timer is not None:
                heapq.heappush(self._timers, (timer[0], case, clock))
        desk.armed.clear()
        for case, seq, recipient, channel, template, kind, clock_, round_, urgent, _, composed, at, _ in desk.messages:
            mail = Mail(at, composed, case, seq, recipient, channel, template, kind, clock_, round_, bool(urgent))
            if at <= self.now:
                self._mails.append(mail)
            else:
                heapq.heappush(self._post, mail)
        desk.messages.clear()
        desk.changed.clear()
        desk.personal.clear()
        desk.book().rows.clear()

    def _send(self, mail: Mail) -> None:
        """A mail that was held goes out, unless its clock has ended meanwhile (see `engine.posting`)."""
        case = self._desk.drafts.get(mail.case)
        if mail.kind == "ladder":
            fold = case.folds.get(mail.clock or "") if case is not None else None
            if fold is None or mail.round is None or not fold.goes_on(mail.round):
                mail = mail._replace(dropped=True)
        self._mails.append(mail)

    def _keep_files(self, compiled: catalog.Compiled | None, facts: Mapping[str, Any]) -> None:
        """Photos and videos given by any hash count as stored."""
        known = compiled.workflow.facts if compiled is not None else {}
        for name, value in facts.items():
            media = _FILES.get(known[name].type) if name in known else None
            if media is not None:
                self._desk.files.update(dict.fromkeys([value] if isinstance(value, str) else value, media))


def of_programme(whole: programmes.Programme, *, now: int, alone: bool = False, boundless: bool = False) -> Rehearsal:
    """A town as its folder says, whether or not it was ever published; `boundless`: see `ledger.Book`."""
    live = programmes.live_of(whole)
    definitions = {flow: programmes.definition_of(whole, flow) for flow in whole.workflows}
    compiled = {
        flow: catalog.made(number, definition.hash(), definition, live) for number, (flow, definition) in enumerate(definitions.items(), 1)
    }
    town = catalog.in_force(live, bundle=0, digest="", newest={})
    return Rehearsal(town, compiled, now=now, alone=alone, boundless=boundless)


def photos(count: int = 1) -> Sequence[str]:
    """Hashes that stand for photos in a rehearsal."""
    return tuple(f"{number:064x}" for number in range(1, count + 1))


def videos(count: int = 1) -> Sequence[str]:
    """Hashes that stand for videos in a rehearsal: never those of photos, since one file is one or the other."""
    return tuple(f"{number:064x}" for number in range(1001, count + 1001))
