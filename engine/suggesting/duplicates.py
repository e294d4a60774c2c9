"""Which other cases may be the same matter: near, at about the same time, of the same kind, in like words. Ranked; never joined by itself.

One indexed query finds what lies in the cells around the case and was open since; each is then weighed part by part, and every
part says its number. A part that is not known on both sides (no category yet, no text) is left out of the weighing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, bounds: Within, *, viewer: str | None, most: int = SHOWN
) -> tuple[Duplicate, ...]:
    """The likeliest first; only what the viewer may see. Nothing for a case that says no place."""
    of = case.compiled.noted
    where = placing.place(case.facts.get(of.point)) if of.point is not None else None
    if where is None:
        return ()
    since = case.opened_at - bounds.hours * _HOUR
    cells = placing.cells_around(where, bounds.metres)
    listed = cells if tx.dialect == "postgresql" else orjson.dumps(cells).decode()
    rows = tx.all(suggesting.NEAR, (listed, case.compiled.programme, case.compiled.workflow.workflow, since, CROWD, case.id))
    mine = _pairs(case.facts.get(of.text or ""))
    weighed = []
    for row in rows:
        one = _weighed(tx, known, case, row, where, mine, bounds)
        if one is not None:
            weighed.append(one)
    weighed.sort(key=lambda one: (-one.score, -one.case))
    return tuple(_seen(tx, known, weighed, viewer, most))


def _weighed(
    tx: database.Transaction,
    known: catalog.Catalog,
    case: draft.Draft,
    row: tuple[Any, ...],
    where: placing.Place,
    mine: frozenset[str],
    bounds: Within,
) -> Duplicate | None:
    other, lon, lat, kind, opened, until, number, definition, state, facts = row
    metres = placing.metres(where, placing.Place(lon, lat))
    apart = opened - case.opened_at
    if metres > bounds.metres or apart > bounds.hours * _HOUR:
        return None
    theirs = known.pinned(tx, definition)
    parts = (
        _place(metres, bounds),
        _time(apart, bounds),
        _category(case, kind),
        _text(mine, _pairs(orjson.loads(facts).get(theirs.noted.text or ""))),
    )
    return Duplicate(
        case=other,
        number=number,
        state=state,
        state_title=theirs.workflow.states[state].title,
        opened_at=opened,
        closed_at=None if until == placing.OPEN else until,
        zone=theirs.zone,
        score=_score(parts),
        parts=parts,
    )


def _score(parts: tuple[Part, ...]) -> float:
    told = [(part.value, WEIGHTS[part.name]) for part in parts if part.value is not None]
    return sum(value * weight for value, weight in told) / sum(weight for _, weight in told)


def _seen(tx: database.Transaction, known: catalog.Catalog, ranked: list[Duplicate], viewer: str | None, most: int) -> Iterator[Duplicate]:
    """What the viewer may see of these, in turn: a text that is hidden from him says nothing to him."""
    return (_as_seen(tx, known, one, viewer) for one in ranked[:most])


def _as_seen(tx: database.Transaction, known: catalog.Catalog, one: Duplicate, viewer: str | None) -> Duplicate:
    row = tx.one(statements.CASE_PEEK, (one.case,)) if viewer is not None else None
    if row is None:
        return one
    other = draft.read(row, known, tx)
    text = other.compiled.noted.text
    if text is None or text not in other.facts or isinstance(secrecy.facts_for(tx, other, viewer).get(text), str):
        return one
    parts = tuple(_UNKNOWN_TEXT if part.name == "text" else part for part in one.parts)
    return replace(one, parts=parts, score=_score(parts))


def _place(metres: float, bounds: Within) -> Part:
    away = round(metres)
    return Part(
        name="place", value=1 - metres / bounds.metres, number=metres, said=wording.composed(en=f"{away} m away", zh=f"相距 {away} 米")
    )


def _time(apart: int, bounds: Within) -> Part:
    hours = abs(apart) / _HOUR
    en, zh = (say.duration(abs(apart), language) for language in ("en", "zh"))
    if abs(apart) < 60_000_000:
        said = wording.composed(en="opened at the same time", zh="同时登记")
    elif apart < 0:
        said = wording.composed(en=f"opened {en} before", zh=f"早 {zh}登记")
    else:
        said = wording.composed(en=f"opened {en} after", zh=f"晚 {zh}登记")
    return Part(name="time", value=1 / (1 + hours / bounds.hours), number=hours, said=said)


def _category(case: draft.Draft, theirs: str | None) -> Part:
    mine = case.facts.get(case.compiled.noted.category or "")
    if not isinstance(mine, str) or theirs is None:
        return Part(name="category", value=None, number=None, said=wording.composed(en="not both classified", zh="尚未都分类"))
    if mine == theirs:
        return Part(name="category", value=1.0, number=1.0, said=wording.composed(en="the same category", zh="类别相同"))
    named = case.compiled.definition.categories.categories.get(theirs)
    title = named.title if named is not None else Text(zh=theirs, en=theirs)
    return Part(
        name="category", value=0.0, number=0.0, said=wording.composed(en=f"another category: {title.en}", zh=f"类别不同：{title.zh}")
    )


_UNKNOWN_TEXT = Part(name="text", value=None, number=None, said=wording.composed(en="no words to compare", zh="没有可比较的文字"))


def _text(mine: frozenset[str], theirs: frozenset[str]) -> Part:
    """Dice's coefficient over pairs of neighbouring characters, which needs no dictionary of words."""
    if not mine or not theirs:
        return _UNKNOWN_TEXT
    share = 2 * len(mine & theirs) / (len(mine) + len(theirs))
    return Part(name="text", value=share, number=share, said=wording.composed(en=f"{share:.0%} alike in words", zh=f"文字相似 {share:.0%}"))


def _pairs(value: object) -> frozenset[str]:
    if not isinstance(value, str):
        return frozenset()
    plain = "".join(c for c in keywords.normal(value[:COMPARED]) if c.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1)) or frozenset([plain] if plain else [])
