"""Cases under change within one transaction: read once, changed in memory, written by a handful of statements however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from engine import awards, catalog, chain, ledger, placing
from notifications import compose, recipients
from sla import clocks, ladders
from storage import answers, database, links, statements
from storage import errors as storage_errors
from storage import ledger as ledger_rows

Fold = Mapping[str, clocks.ClockFold]


class Earlier(NamedTuple):
    """An era of a case that is over: its definition, and the entry that ended it with its moment."""

    compiled: catalog.Compiled
    seq: int
    at: int


class Opener(NamedTuple):
    """A case that opened this one, or to which it was joined, and under which name it knows it."""

    id: int
    number: str
    link: str


class Errand(NamedTuple):
    """Something that a case has others told, once the case in hand is done. Without a trigger: what `case` waits for may be over.

    `target` is `opener` or a link's name; `facts` are as they are kept, `fixed` are constants of the definition.
    `trail`: the moves that led to it, case and trigger, the first one first; `ended`: whether one of those that are waited for just has."""

    case: int
    target: str
    trigger: str | None
    facts: Mapping[str, Any]
    fixed: Mapping[str, Any]
    at: int
    trail: tuple[tuple[int, str], ...]
    ended: bool = False


@dataclass(slots=True)
class Draft:
    """One case as the transaction sees it. `timers` is what is armed: clock → (due, round, rung, repeat, generation).

    `earlier` are the eras before a case was moved to the definition it has now; most cases have none."""

    id: int
    number: str
    compiled: catalog.Compiled
    town: catalog.InForce
    state: str
    version: int
    facts: dict[str, Any]
    folds: Fold
    last: dict[str, str]
    counts: dict[str, int]
    timers: dict[str, tuple[int, int, int, int, int]]
    latest: int
    reporter: str | None
    opened_at: int
    changed_at: int
    closed_at: int | None
    head: bytes
    length: int
    stored_length: int
    urgent: bool
    earlier: tuple[Earlier, ...] = ()
    openers: tuple[Opener, ...] = ()
    standing_awards: tuple[awards.Standing, ...] = ()
    """What the case has caused in the ledger and has not been taken back."""
    facts_text: str | None = None
    stored: tuple[Any, ...] = ()
    """What the store has of `standing`."""

    @property
    def standing(self) -> tuple[Any, ...]:
        """What stays the same while the case only waits. Facts are replaced, never changed in place."""
        return (self.state, self.version, self.facts_text, self.urgent, self.changed_at, self.closed_at)

    @property
    def unit(self) -> str | None:
        unit = self.facts.get("unit")
        return unit if isinstance(unit, str) else None

    @property
    def tracker(self) -> str | None:
        tracker = self.facts.get("tracker")
        return tracker if isinstance(tracker, str) else None

    def about(self, at: int) -> recipients.About:
        """What decides who hears of this case at a moment."""
        return recipients.About(
            unit=self.unit,
            reporter=self.reporter,
            tracker=self.tracker,
            facts=self.facts,
            at=at,
        )

    def row(self) -> tuple[Any, ...]:
        """The values of statements.CHANGING."""
        if self.facts_text is None:
            self.facts_text = orjson.dumps(self.facts).decode()
        return (self.state, self.version, self.facts_text, self.fold(), self.unit, int(self.urgent),
                self.changed_at, self.closed_at, self.head, self.length)  # fmt: skip

    def fold(self) -> str:
        """What is kept of clocks, last actors, counts, timers, the latest moment, the eras that are over and what stands in the ledger, as JSON."""
        kept: dict[str, Any] = {
            "k": {name: fold.to_json() for name, fold in self.folds.items()},
            "l": self.last,
            "n": self.counts,
            "t": self.timers,
            "m": self.latest,
        }
        if self.openers:
            kept["o"] = [tuple(opener) for opener in self.openers]
        if self.earlier:
            kept["eras"] = [(era.compiled.id, era.seq, era.at) for era in self.earlier]
        if self.standing_awards:
            kept["a"] = [each.body() for each in self.standing_awards]
        return orjson.dumps(kept).decode()


@dataclass(slots=True)
class Batch:
    """One transaction's cases and the rows they will write."""

    tx: database.Transaction
    catalog: catalog.Catalog
    now: int
    openings: int = 0
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)
    drafts: dict[int, Draft] = field(default_factory=dict)
    changed: dict[int, Draft] = field(default_factory=dict)
    history: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    armed: dict[tuple[int, str], tuple[int, int, int, int, int] | None] = field(default_factory=dict)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    personal: list[tuple[Any, ...]] = field(default_factory=list)
    postings: ledger.Book | None = None
    files: dict[str, str | None] = field(default_factory=dict)
    """The hashes asked for so far: media type, or None for what was never stored."""
    alone: bool = False
    """Whether other cases are left out of it: nothing is opened, joined or told."""
    errands: list[Errand] = field(default_factory=list)
    linking: dict[tuple[int, str, int], bool | None] = field(default_factory=dict)
    """Links put (whether the linked case is open) and cut (None) in this transaction: (opener, name, case)."""
    marked: dict[int, bool] = field(default_factory=dict)
    """Linked cases that ended, or went on again, in this transaction: whether they are open now."""
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    """Who was asked whether all is well now: rows of storage.answers.ASKED."""
    answered: dict[tuple[int, int, str], tuple[str, int, int]] = field(default_factory=dict)
    """What was answered: (case, round, recipient) → (answer, when, entry)."""
    luck: dict[str, dict[str, bool]] = field(default_factory=dict)
    """How draws fall where it is told beforehand, by workflow and fact; only in rehearsals."""
    weighing: bool = False
    """Whether a move is only weighed: then nothing is held against others who ask at the same moment."""

    def media(self, digests: Sequence[str]) -> dict[str, str]:
        """What kind of file is stored under each hash; what is not stored is left out. Asks the store once for each."""
        wanted = [d for d in dict.fromkeys(digests) if d not in self.files]
        if wanted:
            self.files |= dict.fromkeys(wanted)
            if len(wanted) == 1:
                self.files |= dict(self.tx.all(statements.ATTACHMENTS_ONE, wanted))
            else:
                self.files |= dict(self.tx.all(statements.ATTACHMENTS_MANY, (self.tx.listed(wanted),)))
        return {d: media for d in digests if (media := self.files[d]) is not None}

    def book(self) -> ledger.Book:
        """The ledger as this transaction sees it; most never ask."""
        if self.postings is None:
            self.postings = ledger.Book(self.tx)
        return self.postings

    def load(self, ids: Iterable[int], statement: database.Statement = statements.CASES_BY_ID) -> None:
        """Read (and on PostgreSQL lock) the cases, in the order of their ids."""
        wanted = sorted(set(ids) - self.drafts.keys())
        if not wanted:
            return
        if len(wanted) == 1 and statement is statements.CASES_BY_ID:
            rows = self.tx.all(statements.CASE_BY_ID, (wanted[0],))
        else:
            rows = self.tx.all(statement, (self.tx.listed(wanted),))
        for row in rows:
            self.drafts[row[0]] = read(row, self.catalog, self.tx)

    def by_number(self, number: str) -> Draft | None:
        """A case by its public number, read and locked."""
        found = next((each for each in self.drafts.values() if each.number == number), None)
        if found is not None:
            return found
        row = self.tx.one(statements.ID_BY_NUMBER, (number,))
        if row is None:
            return None
        self.load([row[0]])
        return self.drafts.get(row[0])

    def link(self, opener: Opener, case: int, *, open_: bool) -> None:
        self.linking[opener.id, opener.link, case] = open_

    def cut(self, opener: Opener, case: int) -> None:
        self.linking[opener.id, opener.link, case] = None

    def linked(self, opener: int, name: str) -> list[int]:
        """The cases linked to an opener under a name, by id."""
        stored = {row[0] for row in self.stored_links(links.OF_NAME, (opener, name))}
        here = {case: now for (who, called, case), now in self.linking.items() if (who, called) == (opener, name)}
        return sorted((stored | here.keys()) - {case for case, now in here.items() if now is None})

    def any_open(self, opener: int, name: str) -> bool:
        """Whether one of the cases linked under a name still goes on."""
        here = {case: now for (who, called, case), now in self.linking.items() if (who, called) == (opener, name)}
        if any(now and self.marked.get(case, True) for case, now in here.items()):
            return True
        again = {case for case, now in self.marked.items() if now}
        if again and not again.isdisjoint(self.linked(opener, name)):
            return True
        known = here.keys() | self.marked.keys()
        return any(row[0] not in known for row in self.stored_links(links.OPEN_OF_NAME, (opener, name, len(known) + 1)))

    def stored_links(self, statement: database.Statement, asked: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return self.tx.all(statement, asked)

    def others_in(self, case: Draft, states: Sequence[str]) -> int:
        """How many other cases of a case's workflow and programme are in these states, those of this transaction as they stand in it.

        Whoever asks this first has his turn: others who ask wait until he has committed, so that nobody takes the last place twice."""
        programme, flow = case.compiled.programme, case.compiled.workflow.workflow
        if not self.weighing:
            self._take(f"places:{programme}/{flow}", 0)
        ends = not case.compiled.machine.final.isdisjoint(states)
        found = self.tx.one(statements.COUNT_IN_STATES if ends else statements.COUNT_OPEN_IN_STATES,
                            (programme, self.tx.listed(list(states)), programme, flow, case.id))  # fmt: skip
        assert found is not None
        here = [
            d
            for d in self.drafts.values()
            if d.id != case.id and d.compiled.workflow.workflow == flow and d.compiled.programme == programme
        ]
        return int(found[0]) + sum((d.state in states) - (bool(d.stored) and d.stored[0] in states) for d in here)

    def questions(self, case: int) -> list[tuple[Any, ...]]:
        """Who was asked in a case whether all is well now: rows of storage.answers.ANSWER."""
        return self.tx.all(answers.ANSWERS_OF, (case,))

    def append(self, draft: Draft, entry: Entry) -> None:
        """One more entry at the end of a case's history."""
        draft.length += 1
        values = (draft.id, draft.length, entry.kind, entry.at, max(self.now, entry.at), entry.trigger, entry.from_state, entry.to_state,
                  entry.actor, entry.facts, entry.detail, entry.mark)  # fmt: skip
        draft.head = chain.link(draft.head, values)
        draft.latest = max(draft.latest, entry.at)
        self.history.append((*values, draft.head))
        self.changed[draft.id] = draft

    def tell(self, draft: Draft, messages: Iterable[compose.Message]) -> list[list[str]]:
        """Queue messages of the entry about to be appended; returns what the entry keeps of them."""
        told: list[list[str]] = []
        seq = draft.length + 1
        for m in messages:
            self.messages.append((draft.id, seq, m.recipient, m.channel, m.template, m.kind, m.clock, m.round, int(m.urgent),
                                  "pending", self.now, max(m.not_before, self.now), 0))  # fmt: skip
            told.append([m.recipient, m.channel, m.template])
        return told

    def rearm(self, draft: Draft, before: Fold | None) -> bool:
        """Derive the timers of the clocks whose fold changed since `before` (all, if None); True if any changed."""
        moved = False
        if before is None:
            for name in draft.timers.keys() - draft.folds.keys():
                del draft.timers[name]
                self.armed[draft.id, name] = None
        for name, fold in draft.folds.items():
            if before is None or before.get(name) is not fold:
                moved |= self.rearm_clock(draft, name)
        return moved

    def rearm_clock(self, draft: Draft, name: str) -> bool:
        """Derive one clock's timer from its fold; True if it changed."""
        fold = draft.folds[name]
        owed = ladders.owed(draft.compiled.plans[name], fold, draft.compiled.timelines)
        armed = draft.timers.get(name)
        if owed is None:
            if armed is None:
                return False
            del draft.timers[name]
            self.armed[draft.id, name] = None
        elif armed is None or armed[0] != owed.due or armed[1] != fold.round or armed[2] != owed.rung or armed[3] != owed.repeat:
            generation = armed[4] + 1 if armed is not None else 1
            self.armed[draft.id, name] = draft.timers[name] = (owed.due, fold.round, owed.rung, owed.repeat, generation)
        else:
            return False
        self.changed[draft.id] = draft
        return True

    def flush(self) -> int | None:
        """Write everything; returns the earliest due of the timers armed. One statement a table."""
        tx = self.tx
        for counter, (following, last) in self.numbers.items():
            if following <= last:  # openings that were refused: their numbers go back
                self._take(counter, following - last - 1)
        new = [d for d in self.changed.values() if d.stored_length == 0]
        old = sorted((d for d in self.changed.values() if d.stored_length), key=lambda d: d.id)
        placing.write(tx, new, old)
        tx.many(statements.INSERT_CASES, [_inserted(d) for d in new])
        if old:
            moved = [d for d in old if d.standing != d.stored]
            waiting = [d for d in old if d.standing == d.stored]
            touched = tx.many(statements.UPDATE_CASES, [(*d.row(), d.id, d.stored_length) for d in moved])
            touched += tx.many(statements.UPDATE_FOLDS, [(d.fold(), d.head, d.length, d.id, d.stored_length) for d in waiting])
            if touched != len(old):
                raise storage_errors.Duplicate("a case was changed by somebody else at the same moment")
        tx.many(statements.INSERT_HISTORY, self.history)
        gone = [key for key, timer in self.armed.items() if timer is None]
        kept = [(*key, *timer) for key, timer in self.armed.items() if timer is not None]
        tx.many(statements.DELETE_TIMERS, gone)
        tx.many(statements.PUT_TIMERS, kept)
        if self.messages:
            first = self._take("message", len(self.messages))
            tx.many(statements.INSERT_MESSAGES, [(first + i, *row) for i, row in enumerate(self.messages)])
        if self.linking or self.marked:
            self._write_links()
        if self.postings is not None:
            tx.many(ledger_rows.INSERT_POSTINGS, self.postings.rows)
        tx.many(statements.INSERT_KEYS, self.keys)
        tx.many(statements.INSERT_PERSONAL, self.personal)
        tx.many(answers.INSERT_ASKED, self.asked)
        tx.many(answers.PUT_ANSWERS, [(*said, *whose) for whose, said in self.answered.items()])
        return min((timer[2] for timer in kept), default=None)

    def _write_links(self) -> None:
        put = [(*key, int(self.marked.get(key[2], now))) for key, now in self.linking.items() if now is not None]
        self.tx.many(links.CUT, [key for key, now in self.linking.items() if now is None])
        self.tx.many(links.PUT, put)
        self.tx.many(links.MARK, [(int(now), case) for case, now in self.marked.items()])

    def number(self, counter: str) -> int:
        """The next number of a counter; the first caller takes as many as the batch has openings, what is not used is given back."""
        following = self.coming(counter)
        self.numbers[counter] = (following + 1, self.numbers[counter][1])
        return following

    def coming(self, counter: str) -> int:
        """What `number` gives next."""
        following, last = self.numbers.get(counter, (1, 0))
        if following > last:
            wanted = max(1, self.openings)
            following = self._take(counter, wanted)
            self.numbers[counter] = (following, following + wanted - 1)
        return following

    def _take(self, counter: str, count: int) -> int:
        """The first of `count` numbers taken from a counter of the store."""
        row = self.tx.one(statements.COUNT_UP, (counter, count))
        assert row is not None
        return int(row[0]) - count + 1


class Entry(NamedTuple):
    """A history entry to be appended; `facts` and `detail` are JSON text."""

    kind: str
    at: int
    trigger: str
    from_state: str | None
    to_state: str
    actor: str | None
    facts: str = "{}"
    detail: str | None = None
    mark: str | None = None


def _inserted(d: Draft) -> tuple[Any, ...]:
    state, version, facts, fold, unit, urgent, changed, closed, head, length = d.row()
    return (d.id, d.number, d.compiled.programme, d.compiled.id, state, version, facts, fold, d.reporter, unit, urgent,
            d.opened_at, changed, closed, head, length)  # fmt: skip


def read(row: tuple[Any, ...], known: catalog.Catalog, tx: database.Transaction) -> Draft:
    """A case row (the columns of statements.CASE) as a draft."""
    (number_id, number, programme, definition, state, version, facts, fold_text, reporter, _unit, urgent,
     opened, changed, closed, head, length) = row  # fmt: skip
    compiled = known.pinned(tx, definition)
    fold = orjson.loads(fold_text)
    return Draft(
        id=number_id,
        number=number,
        compiled=compiled,
        town=known.of(programme),
        state=state,
        version=version,
        facts=orjson.loads(facts),
        folds={name: clocks.ClockFold.from_json(kept) for name, kept in fold["k"].items()},
        last=fold["l"],
        counts=fold["n"],
        timers={name: tuple(timer) for name, timer in fold["t"].items()},
        latest=fold["m"],
        reporter=reporter,
        opened_at=opened,
        changed_at=changed,
        closed_at=closed,
        head=bytes(head),
        length=length,
        stored_length=length,
        urgent=bool(urgent),
        openers=tuple(Opener(*opener) for opener in fold["o"]) if "o" in fold else (),
        earlier=tuple(Earlier(known.pinned(tx, of), seq, at) for of, seq, at in fold["eras"]) if "eras" in fold else (),
        standing_awards=tuple(map(awards.standing, fold["a"])) if "a" in fold else (),
        facts_text=facts,
        stored=(state, version, facts, bool(urgent), changed, closed),
    )
