"""What the screen and the lines show: the open cases with their countdowns and what has happened since the last look, in the reader's words.

Read from the store like anybody else would; riders are called by their role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cli import output
from config import words
from engine import catalog, composition, draft, eras
from engine import now as times
from notifications import say
from sla import clocks
from storage import database, orchestration, statements

PLACE, CASE, SEQ, KIND, AT, _RECORDED, TRIGGER, FROM, TO, ACTOR, DETAIL = range(11)
"""The places in a row of orchestration.ENTRIES_AFTER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An open case. `left` in microseconds until its most pressing deadline (negative when over), None where none runs."""

    number: str
    what: str
    state: str
    unit: str
    urgent: bool
    clock: str
    left: int | None
    share: float
    paused: bool
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of a history in words. `kind`: open, move, acknowledge, warned, breached or another entry's; `final`: the case was closed by it."""

    at: int
    number: str
    kind: str
    said: str
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The town at one moment of the store's clock."""

    now: int
    rows: tuple[Row, ...]
    news: tuple[Happening, ...]
    reports: int
    closed: int
    overdue: int


@dataclass(slots=True)
class Watch:
    """Looks again and again. `titles` are the stories' by case number."""

    engine: composition.Engine
    titles: dict[str, words.Text] = field(default_factory=dict)
    cursor: int = 0
    known: catalog.Catalog = field(init=False)
    _last: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = catalog.Catalog()

    def look(self) -> Picture:
        now = self.engine.time.now()
        with self.engine.store.reading() as tx:
            self.known.refresh(tx)
            cases = dict(_cases(tx, self.known))
            news = list(self._news(tx, cases))
        rows = [
            _row(case, self.titles.get(case.number), self._last.get(case.id, ""), now) for case in cases.values() if case.closed_at is None
        ]
        rows.sort(key=lambda row: (row.paused, row.left is None, row.left or 0))
        return Picture(
            now=now, rows=tuple(rows), news=tuple(news), reports=len(cases), closed=sum(c.closed_at is not None for c in cases.values()),
            overdue=sum(row.left is not None and row.left < 0 for row in rows),
        )  # fmt: skip

    def _news(self, tx: database.Transaction, cases: Mapping[int, draft.Draft]) -> Iterator[Happening]:
        while entries := tx.all(orchestration.ENTRIES_AFTER, (self.cursor, 500)):
            for entry in entries:
                self.cursor = entry[PLACE]
                case = cases.get(entry[CASE])
                if case is not None:
                    told = _told(case, entry)
                    self._last[case.id] = f"{clock_of(told.at)} {told.said}"
                    yield told


def clock_of(at: int, zone: str = "Asia/Shanghai") -> str:
    """`20:41`."""
    return f"{times.local(at, zone):%H:%M}"


def _cases(tx: database.Transaction, known: catalog.Catalog) -> Iterator[tuple[int, draft.Draft]]:
    last = -1
    while rows := tx.all(statements.CASES_AFTER, (last, 500)):
        last = rows[-1][0]
        for row in rows:
            yield row[0], draft.read(row, known, tx)


def _row(case: draft.Draft, title: words.Text | None, last: str, now: int) -> Row:
    language = output.language()
    flow = case.compiled.workflow
    stands = [clocks.reckon(case.compiled.plans[name], fold, case.compiled.timelines, now=now) for name, fold in case.folds.items()]
    live = [stand for stand in stands if stand.live and stand.due is not None]
    first = min(live, key=lambda stand: (stand.phase == "paused", stand.due), default=None)
    units = case.town.live.units.units
    category = case.compiled.definition.categories.categories.get(str(case.facts.get("category")))
    what = (
        title.say(language)
        if title is not None
        else category.title.say(language)
        if category is not None
        else str(case.facts.get("description", ""))
    )
    left = first.due - now if first is not None and first.due is not None else None
    whole = max(1, (first.due or now) - first.started) if first is not None else 1
    return Row(
        number=case.number,
        what=what,
        state=flow.states[case.state].title.say(language),
        unit=units[case.unit].title.say(language) if case.unit in units else "",
        urgent=case.urgent,
        clock=flow.clocks[first.clock].title.say(language) if first is not None else "",
        left=left,
        share=max(0.0, min(1.0, (left or 0) / whole)),
        paused=first is not None and first.phase == "paused",
        last=last,
    )


def _told(case: draft.Draft, entry: Sequence[Any]) -> Happening:
    """An entry in words."""
    detail: dict[str, Any] = orjson.loads(entry[DETAIL]) if entry[DETAIL] else {}
    kind = entry[KIND]
    if kind == "rung":
        return _rung(case, entry, detail)
    language = output.language()
    flow = eras.compiled_at(case, entry[SEQ]).workflow
    who = _who(case, entry[ACTOR])
    if kind == "open":
        said = output.say(f"{who} reports: ", f"{who}上报：") + str(case.facts.get("description", ""))
    elif kind == "acknowledge":
        clock = flow.clocks[detail["clock"]].title.say(language)
        said = output.say(f"{who} is on it ({clock})", f"{who}：知道了（{clock}）")
    elif entry[TRIGGER] in flow.transitions:
        title = flow.transitions[entry[TRIGGER]].title
        said = output.say(f"{title.en if title else entry[TRIGGER]}, by {who}", f"{who}：{title.zh if title else entry[TRIGGER]}") + _with(
            case, entry
        )
    else:
        said = entry[TRIGGER]
    return Happening(at=entry[AT], number=case.number, kind=kind, said=said, final=entry[TO] in case.compiled.machine.final)


def _rung(case: draft.Draft, entry: Sequence[Any], detail: Mapping[str, Any]) -> Happening:
    language = output.language()
    flow = eras.compiled_at(case, entry[SEQ]).workflow
    clock = flow.clocks[detail["clock"]]
    rung = flow.ladders[clock.ladder or ""][detail["rung"]]
    before = rung.before is not None or (rung.at is not None and rung.at.share < 100)
    told = dict.fromkeys(_who(case, one[0]) for one in detail.get("told", ()))
    moment = (
        output.say(f"{rung.before} before", f"提前 {say.words(str(rung.before), language)}")
        if rung.before is not None
        else output.say(f"{rung.after} over", f"超时 {say.words(str(rung.after), language)}")
        if rung.after is not None
        else output.say("due", "到时")
        if not before
        else str(rung.at)
    )
    names = output.say(", ", "、").join(told)
    does = output.say(f"; the clock itself: {rung.do}", f"；系统自动：{rung.do}") if rung.do is not None else ""
    said = output.say(
        f"{clock.title.en}: {moment} → told {names or 'nobody'}{does}", f"{clock.title.zh}：{moment} → 通知 {names or '无'}{does}"
    )
    return Happening(at=entry[AT], number=case.number, kind="warned" if before else "breached", said=said)


def _who(case: draft.Draft, actor: str | None) -> str:
    """A person as others may read him: riders by their role."""
    language = output.language()
    people = case.town.live.people
    person = people.people.get(actor or "")
    if person is None:
        named = {"timer": ("the clock", "系统"), None: ("somebody", "匿名")}
        return output.say(*named.get(actor, ("a resident", "相关群众")))
    rider = next((people.roles[role] for role in person.roles if people.roles[role].rider), None)
    return rider.title.say(language) if rider is not None else person.name


def _with(case: draft.Draft, entry: Sequence[Any]) -> str:
    """What a reader wants to know beside the move: where it goes, or why."""
    language = output.language()
    trigger, to = entry[TRIGGER], entry[TO]
    facts = case.facts
    rule = case.compiled.workflow.transitions[trigger]
    units = case.town.live.units.units
    if "unit" in rule.needs and to != entry[FROM] and case.unit in units:
        return f" → {units[case.unit].title.say(language)}"
    for name in ("reason", "result"):
        if name in rule.needs and isinstance(facts.get(name), str):
            return output.say(": ", "：") + say.short(facts[name], 40)
    return ""
