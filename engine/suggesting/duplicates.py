"""Which other cases may be the same matter: near, at about the same time, of the same kind, in like words. Ranked; never joined by itself.

One indexed query finds what lies in the cells around the case and was open since; each is then weighed part by part, and every
part says its number. A part that is not known on both sides (no category yet, no text) is left out of the weighing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from config.programme import Categories
from config.words import Text
from engine import catalog, draft, placing, secrecy, wording
from engine import now as times
from engine.suggesting import keywords
from notifications import say
from storage import database, statements, suggesting

METRES, HOURS = 80, 24
"""What holds where categories.yaml says nothing."""
SHOWN = 5
LEAST = 0.3
"""Of the score; below it a case lies near, and nothing else is alike."""
CROWD = 25
"""Cases of one cell that are looked at, the newest."""
WEIGHTS = {"place": 0.4, "time": 0.15, "category": 0.2, "text": 0.25}
COMPARED = 300
"""Characters of a text that are compared."""
_HOUR = 3_600_000_000


class Within(NamedTuple):
    """How near and how recent: metres, and hours since it was closed."""

    metres: int
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One reason: `value` from 0 (nothing in common) to 1, None where it cannot be told; `number` as measured (metres, hours, share)."""

    name: str
    value: float | None
    number: float | None
    said: Text

    def body(self, language: str) -> dict[str, Any]:
        return {
            "part": self.name,
            "value": None if self.value is None else round(self.value, 3),
            "number": None if self.number is None else round(self.number, 3),
            "weight": WEIGHTS[self.name],
            "said": self.said.say(language),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Another case that may be the same matter. `score` from 0 to 1."""

    case: int
    number: str
    state: str
    state_title: Text
    opened_at: int
    closed_at: int | None
    zone: str
    score: float
    parts: tuple[Part, ...]

    def body(self, language: str) -> dict[str, Any]:
        return {
            "case": self.case,
            "number": self.number,
            "state": self.state,
            "state_title": self.state_title.body(),
            "opened_at": times.written(self.opened_at, self.zone),
            "closed_at": times.written(self.closed_at, self.zone),
            "score": round(self.score, 3),
            "parts": [part.body(language) for part in self.parts],
        }


def within(categories: Categories, category: str | None) -> Within:
    """What the category says, else the town, else 80 metres and 24 hours."""
    own = categories.categories.get(category or "")
    near = own.duplicates if own is not None else None
    metres, hours = (near.metres, near.hours) if near is not None else (None, None)
    return Within(metres or categories.duplicates.metres or METRES, hours or categories.duplicates.hours or HOURS)


def search(
    tx: database.Transaction,
    known: catalog.Catalog,
    case: draft.Draft,
    facts: Mapping[str, Any],
    bounds: Within,
    *,
    category: str | None,
    viewer: str | None,
    most: int = SHOWN,
) -> tuple[Duplicate, ...]:
    """The likeliest first; only what the viewer may see. `facts` are those of the case as he sees them; nothing for one that says no place."""
    of = case.compiled.noted
    where = placing.place(facts.get(of.point)) if of.point is not None else None
    if where is None:
        return ()
    since, box = case.opened_at - bounds.hours * _HOUR, placing.around(where, bounds.metres)
    cells = box.cells if tx.dialect == "postgresql" else orjson.dumps(box.cells).decode()
    asked = (
        cells,
        case.compiled.programme,
        case.compiled.workflow.workflow,
        since,
        box.west,
        box.east,
        box.south,
        box.north,
        CROWD,
        case.id,
    )
    mine = _Mine(where, case.opened_at, category, _pairs(facts.get(of.text or "")), bounds)
    near = [found for row in tx.all(suggesting.NEAR, asked) if (found := _measured(tx, known, row, mine)) is not None]
    near.sort(key=lambda one: (-one.score, -one.row[0]))
    seen: list[Duplicate] = []
    for one in near:
        if one.score < LEAST or len(seen) == most:
            break
        if (shown := _shown(tx, known, case, one, mine, viewer)) is not None:
            seen.append(shown)
    return tuple(sorted(seen, key=lambda each: -each.score))


class _Mine(NamedTuple):
    """What of the case itself the others are compared with."""

    where: placing.Place
    opened: int
    category: str | None
    pairs: frozenset[str]
    bounds: Within


class _Near(NamedTuple):
    """Another case, measured: metres, microseconds after this one (before: negative), and which share of the words is alike."""

    row: tuple[Any, ...]
    metres: float
    apart: int
    alike: float | None
    values: dict[str, float | None]
    score: float


def _measured(tx: database.Transaction, known: catalog.Catalog, row: tuple[Any, ...], mine: _Mine) -> _Near | None:
    """None for what lies in the cells, but not in the circle, or was opened too long after."""
    _, lon, lat, kind, opened, _, _, definition, _, facts = row
    metres, apart = placing.metres(mine.where, placing.Place(lon, lat)), opened - mine.opened
    if metres > mine.bounds.metres or apart > mine.bounds.hours * _HOUR:
        return None
    alike = _alike(mine.pairs, _pairs(orjson.loads(facts).get(known.pinned(tx, definition).noted.text or "")))
    values = {
        "place": 1 - metres / mine.bounds.metres,
        "time": 1 / (1 + abs(apart) / _HOUR / mine.bounds.hours),
        "category": None if mine.category is None or kind is None else float(mine.category == kind),
        "text": alike,
    }
    return _Near(row, metres, apart, alike, values, _score(values))


def _score(values: Mapping[str, float | None]) -> float:
    told = [(value, WEIGHTS[name]) for name, value in values.items() if value is not None]
    return sum(value * weight for value, weight in told) / sum(weight for _, weight in told)


def _shown(
    tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, one: _Near, mine: _Mine, viewer: str | None
) -> Duplicate | None:
    """As the viewer may see it: what is hidden from him says nothing to him, and a case of which he may not know the place is none."""
    other, _, _, kind, opened, until, number, definition, state, _ = one.row
    theirs, values = known.pinned(tx, definition), one.values
    if viewer is not None:
        unseen = _unseen(tx, known, other, viewer)
        if "place" in unseen:
            return None
        values = {name: None if name in unseen else value for name, value in values.items()}
        kind = None if "category" in unseen else kind
    said = {
        "place": wording.composed(en=f"{one.metres:.0f} m away", zh=f"相距 {one.metres:.0f} 米"),
        "time": _time(one.apart),
        "category": _category(case, mine.category, kind),
        "text": _text(values["text"]),
    }
    numbers = {"place": one.metres, "time": abs(one.apart) / _HOUR, "category": values["category"], "text": values["text"]}
    return Duplicate(
        case=other,
        number=number,
        state=state,
        state_title=theirs.workflow.states[state].title,
        opened_at=opened,
        closed_at=None if until == placing.OPEN else until,
        zone=theirs.zone,
        score=_score(values),
        parts=tuple(Part(name=name, value=values[name], number=numbers[name], said=said[name]) for name in WEIGHTS),
    )


def _unseen(tx: database.Transaction, known: catalog.Catalog, case: int, viewer: str) -> frozenset[str]:
    """The parts of another case that somebody may not see; the place stands for the case as a whole."""
    row = tx.one(statements.CASE_PEEK, (case,))
    other = None if row is None else draft.read(row, known, tx)
    if other is None or not secrecy.sees(other, viewer):
        return frozenset(WEIGHTS)
    of, visible = other.compiled.noted, secrecy.facts_for(tx, other, viewer)
    unseen = {"category": of.category, "text": of.text}
    hidden = {part for part, name in unseen.items() if name in other.facts and not isinstance(visible.get(name or ""), str)}
    return frozenset(hidden | ({"place"} if placing.place(visible.get(of.point or "")) is None else set()))


def _time(apart: int) -> Text:
    if abs(apart) < 60_000_000:
        return wording.composed(en="opened at the same time", zh="同时登记")
    en, zh = (say.duration(abs(apart), language) for language in ("en", "zh"))
    if apart < 0:
        return wording.composed(en=f"opened {en} before", zh=f"早 {zh}登记")
    return wording.composed(en=f"opened {en} after", zh=f"晚 {zh}登记")


def _category(case: draft.Draft, mine: str | None, theirs: str | None) -> Text:
    """The category the case has, or the one that is suggested for it."""
    if mine is None or theirs is None:
        return wording.composed(en="not both classified", zh="尚未都分类")
    if mine == theirs:
        return wording.composed(en="the same category", zh="类别相同")
    named = case.compiled.definition.categories.categories.get(theirs)
    title = named.title if named is not None else Text(zh=theirs, en=theirs)
    return wording.composed(en=f"another category: {title.en}", zh=f"类别不同：{title.zh}")


def _text(alike: float | None) -> Text:
    if alike is None:
        return wording.composed(en="no words to compare", zh="没有可比较的文字")
    return wording.composed(en=f"{alike:.0%} alike in words", zh=f"文字相似 {alike:.0%}")


def _alike(mine: frozenset[str], theirs: frozenset[str]) -> float | None:
    """Dice's coefficient over pairs of neighbouring characters, which needs no dictionary of words."""
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else None


def _pairs(value: object) -> frozenset[str]:
    if not isinstance(value, str):
        return frozenset()
    plain = "".join(filter(str.isalnum, keywords.normal(value[:COMPARED])))
    return frozenset(map("".join, itertools.pairwise(plain))) or frozenset([plain] if plain else [])
