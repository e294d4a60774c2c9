"""A real log driven through the engine on a virtual clock: its openings and moves, each timer at its due moment before what came later.

What happens at one moment comes before the timers of that moment: a case closed in the second in which it is due is in time.
Every event has a key, so a log played twice, or again after an interruption, does nothing twice."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from engine import cases, clock, composition, courses, draft, errors, logs, moving, requests
from engine import now as times
from sla import clocks
from storage import database, statements

TOGETHER = 1000
"""Events and firings a transaction holds at most."""
LOOKED_UP = 2000
_OPENING = -1
_NEVER = 1 << 62


class NotVirtual(errors.EngineError):
    """The store keeps real time, in which the past cannot be played."""

    code = "not-virtual"


class PlayedOtherwise(errors.EngineError):
    """The store has cases of this log, but of other content; `line` is the first such row's."""

    code = "key-reused"
    exit = errors.CONFLICT

    def __init__(self, line: int, key: str, count: int) -> None:
        self.line = line
        more, more_zh = (f" (and {count - 1} more)", f"（另有 {count - 1} 处）") if count > 1 else ("", "")
        super().__init__(
            f"line {line}: {key} was played into this store before with other input{more}; play into a new store",
            f"第 {line} 行：{key} 此前已以不同内容回放到此数据库{more_zh}；请回放到新的数据库",
        )


class Verdict(NamedTuple):
    """What came of one row: when its clock was due (RFC 3339, None without a deadline) and breached, met or none."""

    key: str
    due: str | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of a log. `again`: cases that were in the store before; `later`: events after `until`, not played; `fired`: rungs."""

    verdicts: tuple[Verdict, ...]
    notes: tuple[logs.Note, ...]
    again: int
    later: int
    fired: int
    until: int

    def count(self, verdict: str) -> int:
        return sum(each.verdict == verdict for each in self.verdicts)


class _Event(NamedTuple):
    """One thing to happen: `step` is its place among the row's steps, _OPENING for the opening."""

    at: int
    row: int
    step: int


def replay(
    engine: composition.Engine, log: logs.Log, *, programme: str, until: int | None = None, heard: Callable[[int, int], None] | None = None
) -> Replayed:  # fmt: skip
    """Play a log up to `until` (by default its last event) and pass the verdicts; `heard(played, of)` is called as it goes.

    Raises NotVirtual, PlayedOtherwise, and TooEarly where the store's clock stands later than what is to happen."""
    require_virtual(engine)
    player = _Player(engine, log, programme)
    now = engine.time.now()
    if until is None:
        until = max(now, log.last or 0)
    pending, later = player.pending(until)
    _require_time(now, until, log, pending, player.zone)
    player.play(pending, now, until, heard)
    with engine.store.reading() as tx:
        verdicts = tuple(player.verdicts(tx, until))
    notes = tuple(sorted((*log.notes, *player.notes), key=lambda note: note.line))
    return Replayed(verdicts=verdicts, notes=notes, again=player.again, later=later, fired=player.fired, until=until)


def require_virtual(engine: composition.Engine) -> None:
    if engine.time.mode != "virtual":
        raise NotVirtual(
            "this store keeps real time; a log is played into a virtual one: set FENGXING_DATABASE_URL=sqlite:///PATH to a path where "
            "nothing is yet, and it is made there",
            "此数据库使用真实时间；回放须用虚拟时间的数据库：请将 FENGXING_DATABASE_URL=sqlite:///路径 指向尚不存在的文件，系统会自动建立",
        )


def _require_time(now: int, until: int, log: logs.Log, pending: list[_Event], zone: str) -> None:
    """A virtual clock never goes back."""
    stands = times.written(now, zone)
    if pending and pending[0].at < now:
        line, at = log.rows[pending[0].row].line, times.written(pending[0].at, zone)
        raise errors.TooEarly(
            f"the store's clock stands at {stands}, after what line {line} says of {at}; a clock never goes back: play into a new store "
            "(FENGXING_DATABASE_URL=sqlite:///PATH where nothing is yet)",
            f"数据库的时钟已到 {stands}，晚于第 {line} 行的 {at}；时钟不能倒退：请回放到新的数据库（FENGXING_DATABASE_URL=sqlite:///尚不存在的路径）",
        )
    if until < now:
        raise errors.TooEarly(
            f"--until {times.written(until, zone)} lies before the store's clock, {stands}; give a later one",
            f"--until {times.written(until, zone)} 早于数据库的时钟 {stands}；请给出更晚的时间",
        )


class _Player:
    """Plays one log; holds which case each row became."""

    def __init__(self, engine: composition.Engine, log: logs.Log, programme: str) -> None:
        self.notes: list[logs.Note] = []
        self.again = self.fired = 0
        self.zone = engine.catalog.of(programme).live.programme.time_zone
        self._engine, self._log, self._programme = engine, log, programme
        self._cases: dict[int, int] = {}
        self._otherwise: list[logs.Row] = []

    def pending(self, until: int) -> tuple[list[_Event], int]:
        """What the store does not know yet, in order, up to `until`; and how much comes after that. Raises PlayedOtherwise."""
        log = self._log
        known = self._known()
        events: list[_Event] = []
        for number, row in enumerate(log.rows):
            if self._is_new(number, row, known, _OPENING):
                events.append(_Event(row.at, number, _OPENING))
            events += [_Event(step.at, number, place) for place, step in enumerate(row.steps) if self._is_new(number, row, known, place)]
        if self._otherwise:
            raise PlayedOtherwise(self._otherwise[0].line, self._otherwise[0].key, len(self._otherwise))
        events.sort()
        self.again = len(self._cases)
        end = bisect_right(events, until, key=lambda event: event.at)
        return events[:end], len(events) - end

    def _known(self) -> dict[str, tuple[bytes, int]]:
        """The keys of this log that the store has: key → (digest of the request, case)."""
        keys = (self._key(row, place) for row in self._log.rows for place in range(_OPENING, len(row.steps)))
        known: dict[str, tuple[bytes, int]] = {}
        with self._engine.store.reading() as tx:
            while chunk := list(islice(keys, LOOKED_UP)):
                for key, digest, case_id, _seq in tx.all(statements.KEYS_MANY, (tx.listed(chunk),)):
                    known[key] = (bytes(digest), case_id)
        return known

    def _is_new(self, number: int, row: logs.Row, known: dict[str, tuple[bytes, int]], place: int) -> bool:
        """False if the store has this event already; another in its place is remembered."""
        found = known.get(self._key(row, place))
        if found is None:
            return True
        if place == _OPENING:
            self._cases[number] = found[1]
        if requests.digest(self._request(number, place)) != found[0]:
            self._otherwise.append(row)
        return False

    def _key(self, row: logs.Row, place: int) -> str:
        return f"replay/{self._programme}/{self._log.map.workflow}/{row.key}" + (f"/{row.steps[place].number}" if place >= 0 else "")

    def _request(self, number: int, place: int) -> requests.Request:
        given, row = self._log.map, self._log.rows[number]
        if place == _OPENING:
            return requests.Opening(
                programme=self._programme,
                workflow=given.workflow,
                actor=given.open_.as_,
                facts=row.facts,
                key=self._key(row, place),
                at=row.at,
            )
        step = row.steps[place]
        does = given.steps[step.number]
        return requests.Move(
            case=self._cases[number], trigger=does.do, actor=does.as_, facts=step.facts, key=self._key(row, place), at=step.at
        )

    def play(self, events: list[_Event], now: int, until: int, heard: Callable[[int, int], None] | None) -> None:
        """Everything in its order, up to `until`; many events and firings share a commit."""
        place, due = 0, 0
        store, known = self._engine.store, self._engine.catalog
        while place < len(events) or due <= until:
            with store.writing() as tx:
                known.refresh(tx)
                done = 0
                while done < TOGETHER:
                    due = _next_due(tx)
                    taken = self._events(tx, events[place : place + TOGETHER - done], now, due)
                    if taken:
                        place, now = place + taken, max(now, events[place + taken - 1].at)
                    elif due <= until:
                        now = max(now, due)
                        taken = self._fire(tx, now)
                    else:
                        break
                    done += taken
                self._engine.time.move_to(tx, now)
            if heard is not None:
                heard(place, len(events))
        with store.writing() as tx:
            self._engine.time.move_to(tx, until)

    def _events(self, tx: database.Transaction, events: list[_Event], now: int, due: int) -> int:
        """Carry out events up to the next due moment, those that they arm among them; returns how many."""
        events = events[: bisect_right(events, due, key=lambda event: event.at)]
        if not events:
            return 0
        batch = draft.Batch(tx, self._engine.catalog, now, openings=sum(event.step == _OPENING for event in events))
        batch.load(self._cases[event.row] for event in events if event.row in self._cases)
        taken = 0
        for event in events:
            if event.at > due:
                break
            batch.now = max(batch.now, event.at)
            case = self._one(batch, event)
            if case is not None:
                due = min([due, *(timer[0] for timer in case.timers.values())])
            taken += 1
        batch.flush()
        return taken

    def _one(self, batch: draft.Batch, event: _Event) -> draft.Draft | None:
        """One event through the engine's door; a refusal is noted, and a case that was not opened has no steps."""
        if event.step != _OPENING and event.row not in self._cases:
            return None
        row = self._log.rows[event.row]
        try:
            done = cases.once(batch, self._request(event.row, event.step), self._cases.get(event.row), {})
        except moving.REFUSALS as refusal:
            kind = logs.Kind.SKIPPED if event.step == _OPENING else logs.Kind.REFUSED
            self._note(row, kind, str(refusal), refusal.zh)
            return None
        self._cases[event.row] = done.case
        return batch.drafts[done.case]

    def _fire(self, tx: database.Transaction, now: int) -> int:
        fired, claimed, _ = clock.fire_in(tx, self._engine.catalog, now=now, limit=TOGETHER)
        if not claimed:
            raise errors.Busy(
                "another engine holds what is due in this store; stop it, then repeat", "另一引擎正在处理此数据库；请停止后重试"
            )
        self.fired += len(fired)
        return claimed

    def _note(self, row: logs.Row, kind: logs.Kind, reason: str, zh: str) -> None:
        self.notes.append(logs.Note(line=row.line, kind=kind, reason=reason, zh=zh))

    def verdicts(self, tx: database.Transaction, now: int) -> Iterator[Verdict]:
        """Each row's outcome as the store has it, in the file's order."""
        numbers = iter([number for number in range(len(self._log.rows)) if number in self._cases])
        while chunk := list(islice(numbers, LOOKED_UP)):
            ids = [self._cases[number] for number in chunk]
            found = {row[0]: draft.read(row, self._engine.catalog, tx) for row in tx.all(statements.CASES_PEEK, (tx.listed(ids),))}
            for number in chunk:
                yield self._verdict(self._log.rows[number].key, found[self._cases[number]], now)

    def _verdict(self, key: str, case: draft.Draft, now: int) -> Verdict:
        name = self._log.map.verdict
        fold = case.folds.get(name)
        if fold is None:
            return Verdict(key, None, courses.NONE)
        found = clocks.reckon(case.compiled.plans[name], fold, case.compiled.timelines, now=max(now, case.latest))
        due = times.written(found.due, case.compiled.zone)
        return Verdict(key, due, courses.verdict(found))


def _next_due(tx: database.Transaction) -> int:
    row = tx.one(statements.NEXT_DUE)
    return _NEVER if row is None or row[0] is None else int(row[0])
