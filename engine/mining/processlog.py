"""The process log as values: each case with everything that happened to it, as process mining understands a trace and its events.

Read in chunks, so that a store of any size needs the memory of one chunk; the writers (`xes`, `ocel`, `sheets`) take the cases as they
come. Nothing personal is in it: names and phones are `hidden`, free text is left out unless asked for, people stand as their ids. Nor is
anything that a workflow's `visibility` hides from its viewer, who is nobody in particular unless somebody asks for himself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from config import workflow
from config.words import Text
from engine import actors, asking, catalog, courses, draft, eras, errors, history, requests, retention, secrecy
from sla import clocks
from states import machine
from storage import database, figures, process

CHUNK = 500
HIDDEN = "hidden"
"""In place of a personal value."""
ANONYMOUS = "anonymous"
_NEVER = 1 << 62
_LEFT_OUT = (workflow.FactType.TEXT,)
_COUNTED = (workflow.FactType.PHOTOS, workflow.FactType.VIDEOS)

Scalar = str | int | float | bool
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases: by programme and workflow (the empty text is any), and by when they were opened (UTC µs, [since, until)).

    `texts`: free text is given too; it may name people. `viewer`: as this person may see it, None for the operator."""

    programme: str = ""
    workflow: str = ""
    since: int | None = None
    until: int | None = None
    texts: bool = False
    viewer: str | None = secrecy.NOBODY

    def opened(self) -> tuple[object, ...]:
        """As the queries take them."""
        since = -_NEVER if self.since is None else self.since
        return (since, _NEVER if self.until is None else self.until, self.programme, self.programme)


class Event(NamedTuple):
    """One thing that happened. `rung` and `repeat` count from 1; `told` are people's ids or `fact:NAME`; `code` says why a trigger was refused.

    `role` is the word that let the actor do it, `group` his unit, both by what is known today. `activity` is a name that is the same for all cases; `title` says it in people's words. Times are UTC µs."""

    seq: int
    kind: str
    activity: str
    title: Text
    at: int
    recorded_at: int
    resource: str
    role: str | None
    group: str | None
    from_state: str | None
    to_state: str
    clock: str | None
    round: int | None
    rung: int | None
    repeat: int | None
    due: int | None
    told: tuple[str, ...]
    code: str | None
    facts: Mapping[str, Scalar]


class Verdict(NamedTuple):
    """How a clock stands or ended, by `courses.verdict`, and when it is due."""

    clock: str
    verdict: str
    due: int | None


class Trace(NamedTuple):
    """One case with its events in the order in which they happened. `town` knows its people, units and categories."""

    id: int
    number: str
    programme: str
    workflow: str
    definition: str
    state: str
    state_title: Text
    category: str | None
    urgency: str | None
    unit: str | None
    reporter: str
    opened_at: int
    closed_at: int | None
    zone: str
    clocks: tuple[Verdict, ...]
    events: tuple[Event, ...]
    town: catalog.InForce
    compiled: catalog.Compiled


def require(tx: database.Transaction, known: catalog.Catalog, wanted: Wanted) -> None:
    """Raise NotFound for a programme that is not in force, or a workflow that no version ever had."""
    if wanted.programme:
        known.of(wanted.programme)
    if wanted.workflow:
        there = [flow for name, flow in tx.all(process.WORKFLOWS_EVER) if wanted.programme in ("", name)]
        if wanted.workflow not in there:
            raise errors.unknown("workflow", wanted.workflow, sorted(there), zh="流程")


def count(tx: database.Transaction, wanted: Wanted) -> int:
    """How many cases were opened in the period (of all workflows): what a progress bar counts to."""
    row = tx.one(process.COUNT_OPENED, wanted.opened())
    return int(row[0]) if row else 0


def definitions(tx: database.Transaction, known: catalog.Catalog, wanted: Wanted, *, earlier: bool = False) -> list[catalog.Compiled]:
    """The definitions under which the wanted cases stand; `earlier`: and those under which they stood before they were moved."""
    ids = [row[0] for row in tx.all(process.DEFINITIONS_OPENED, wanted.opened())]
    for (fold,) in tx.all(process.FOLDS_MIGRATED, wanted.opened()) if earlier else ():
        with contextlib.suppress(ValueError, TypeError, LookupError):  # what is damaged is for the reading of its case to say
            ids += [of for of, _, _ in orjson.loads(fold)["eras"]]
    found = [known.pinned(tx, number) for number in dict.fromkeys(ids)]
    return [each for each in found if wanted.workflow in ("", each.workflow.workflow)]


def pages(tx: database.Transaction, wanted: Wanted) -> Iterator[list[tuple[tuple[Any, ...], Rows]]]:
    """The cases of the period, a chunk at a time: each as its row with its history's rows, oldest first. Of all workflows."""
    last, (since, until, *programme) = -1, wanted.opened()
    while rows := tx.all(figures.CASES_OPENED, (last, since, until, *programme, CHUNK)):
        last = rows[-1][0]
        entries = history.of(tx, [row[0] for row in rows])
        yield [(row, entries[row[0]]) for row in rows]


@dataclass(slots=True)
class Shaper:
    """Turns rows into traces; keeps the titles it has looked up."""

    texts: bool
    now: int
    viewer: str | None = secrecy.NOBODY
    _titles: dict[tuple[object, ...], tuple[str, Text]] = field(default_factory=dict)
    _categories: dict[int, str | None] = field(default_factory=dict)

    def trace(self, case: draft.Draft, rows: Rows) -> Trace:
        """One case; each entry in the words of the definition under which it was written."""
        compiled, flow = case.compiled, case.compiled.workflow
        if compiled.id not in self._categories:
            kind = workflow.FactType.CATEGORY
            self._categories[compiled.id] = next((name for name, fact in flow.facts.items() if fact.type is kind), None)
        category = self._categories[compiled.id]
        hides = secrecy.hidden(case, self.viewer)
        moment, known = max(self.now, case.latest), self._facts(compiled, case.facts, hides)
        urgency = next(iter(case.town.live.programme.urgent), "urgency")
        reckoned = (
            clocks.reckon(compiled.plans[name], case.folds[name], compiled.timelines, now=moment)
            for name in flow.clocks
            if name in case.folds
        )
        words: dict[str | None, frozenset[str]] = {}
        state = flow.states.get(case.state)
        return Trace(
            id=case.id,
            number=case.number,
            programme=compiled.programme,
            workflow=flow.workflow,
            definition=compiled.hash,
            state=case.state,
            state_title=state.title if state is not None else Text(zh=case.state, en=case.state),
            category=_word(known.get(category)) if category is not None and category not in hides else None,
            urgency=_word(known.get(urgency)) if urgency not in hides else None,
            unit=case.unit if "unit" not in hides else None,
            reporter=case.reporter or ANONYMOUS,
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            zone=compiled.zone,
            clocks=tuple(
                Verdict(each.clock, courses.verdict(each), None if secrecy.undated(compiled, each.clock, hides) else each.due)
                for each in reckoned
            ),
            events=tuple(self._event(case, row, words, hides) for row in sorted(rows, key=happened)),
            town=case.town,
            compiled=compiled,
        )

    def _event(self, case: draft.Draft, row: tuple[Any, ...], words: dict[str | None, frozenset[str]], hides: frozenset[str]) -> Event:
        detail: dict[str, Any] = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
        era = eras.compiled_at(case, row[history.SEQ])
        kind, trigger, actor, clock = row[history.KIND], row[history.TRIGGER], row[history.ACTOR], detail.get("clock")
        rung = detail["rung"] + 1 if kind == "rung" else None
        activity, title = self._named(era, kind, trigger, clock, rung)
        if actor not in words:
            words[actor] = _answers_to(case, actor)
        text, person = row[history.FACTS], case.town.live.people.people.get(actor or "")
        return Event(
            seq=row[history.SEQ],
            kind=kind,
            activity=activity,
            title=title,
            at=row[history.AT],
            recorded_at=row[history.RECORDED],
            resource=actor or ANONYMOUS,
            role=next((word for word in _asked(era, kind, trigger, clock) if word in words[actor]), None),
            group=person.unit if person is not None else None,
            from_state=row[history.FROM],
            to_state=row[history.TO],
            clock=clock,
            round=detail.get("round"),
            rung=rung,
            repeat=detail["repeat"] + 1 if kind == "rung" else None,
            due=detail.get("due") if kind == "rung" and not secrecy.undated(era, str(clock), hides) else None,
            told=tuple(dict.fromkeys(who for who, _, _ in detail["told"])) if "told" in detail else (),
            code=detail.get("code") if kind == "refused" else None,
            facts=self._facts(era, orjson.loads(text), hides) if text != "{}" else {},
        )

    def _named(self, compiled: catalog.Compiled, kind: str, trigger: str, clock: str | None, rung: int | None) -> tuple[str, Text]:
        key = (compiled.id, kind, trigger, clock, rung)
        if key not in self._titles:
            self._titles[key] = _name(compiled.workflow, kind, trigger, clock, rung)
        return self._titles[key]

    def _facts(self, compiled: catalog.Compiled, given: Mapping[str, Any], hides: frozenset[str]) -> dict[str, Scalar]:
        """What was given, as single values: a point as `lon,lat`, photos as their number. Of facts that the definition does not know, nothing."""
        found: dict[str, Scalar] = {}
        for name, value in secrecy.unprivileged(given).items():
            fact = compiled.workflow.facts.get(name)
            if value == secrecy.HIDDEN or name in hides or fact is None or fact.personal or fact.type is workflow.FactType.CONTACT:
                found |= {name: HIDDEN} if fact is not None else {}
            elif fact.type in _COUNTED:
                found[name] = len(value)
            elif isinstance(value, dict):
                found[name] = f"{value.get('lon')},{value.get('lat')}"
            elif isinstance(value, str | int | float) and (self.texts or fact.type not in _LEFT_OUT):
                found[name] = value
        return found


def happened(row: tuple[Any, ...]) -> tuple[int, int]:
    """To sort entries by: they stand in the order in which they were recorded."""
    return row[history.AT], row[history.SEQ]


def _word(value: Scalar | None) -> str | None:
    return None if value is None else str(value)


def _answers_to(case: draft.Draft, actor: str | None) -> frozenset[str]:
    """The words of an actor by what is known today; of somebody who has left, none."""
    if actor in requests.RESERVED:
        return frozenset({str(actor)})
    try:
        return actors.of(case, actor)
    except errors.NotFound:
        return frozenset()


def _asked(compiled: catalog.Compiled, kind: str, trigger: str, clock: str | None) -> Sequence[str]:
    """The words of which an actor needed one, in the order of the definition."""
    flow = compiled.workflow
    if kind == "open":
        return flow.opened_by
    if kind == "move" and trigger in flow.transitions:
        return flow.transitions[trigger].by
    if kind == "acknowledge" and clock in flow.clocks:
        return [word for rung in flow.ladders.get(flow.clocks[clock].ladder or "", ()) for word in rung.notify]
    return (requests.TIMER, requests.SYSTEM)


def _name(flow: workflow.Workflow, kind: str, trigger: str, clock: str | None, rung: int | None) -> tuple[str, Text]:
    """The activity of an entry and its title; of a kind that came later than this module, the trigger."""
    rule = flow.transitions.get(trigger)
    title = rule.title if rule is not None and rule.title is not None else Text(zh=trigger, en=trigger)
    if kind in ("rung", "acknowledge"):
        of = flow.clocks[clock].title if clock in flow.clocks else Text(zh=str(clock), en=str(clock))
        if kind == "rung":
            return f"rung {rung} of {clock}", Text(zh=f"{of.zh}：第 {rung} 级提醒", en=f"{of.en}: rung {rung}")
        return f"acknowledge {clock}", Text(zh=f"确认{of.zh}", en=f"{of.en}: acknowledged")
    if kind == "refused":
        return f"{trigger} refused", Text(zh=f"{title.zh}（被拒）", en=f"{title.en} (refused)")
    if kind == "open":
        return machine.OPEN, Text(zh="开案", en="Opened")
    if kind == "rearm":
        return "rearm", Text(zh="重新计时", en="Timers armed anew")
    if kind == asking.ASK:
        return "ask", Text(zh="征求意见", en="Asked how it was")
    if kind == asking.ANSWER:
        return "answer", Text(zh="答复", en="Answered how it was")
    if kind == retention.ERASE:
        return "erase", Text(zh="保存期满，清除", en="Erased, its time being over")
    if kind == eras.MIGRATE:
        return "migrate", Text(zh="改用另一版本", en="Moved to another version")
    return trigger, title
