"""What is suggested for one case: its category, the unit that usually handles it, and what may be the same matter – each with its reasons.

Suggestions only suggest. Whoever classifies, dispatches or merges is a person, and the history says who; where a category (or the
case) is urgent, the answer says to ask one. By keywords, or by what was learned where that has proved no worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from config.words import Text
from engine import catalog, draft, placing, secrecy, wording
from engine import now as times
from engine.suggesting import confirmed, duplicates, keywords, model, training
from notifications import compose
from storage import database, suggesting

MOST = 3
ASK = Text(zh="紧急：请由人决定", en="ask a person")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A category. `probability` where it was learned, `score` where keywords speak for it; `words` stand in the report, and of them
    `missing` are said to be missing; `because` are the pieces of words that weighed most."""

    category: str
    title: Text
    unit: str | None
    urgent: bool
    probability: float | None = None
    because: tuple[str, ...] = ()
    score: float | None = None
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        return {
            "category": self.category,
            "title": self.title.body(),
            "unit": self.unit,
            "urgent": self.urgent,
            "how": "keywords" if self.probability is None else "learned",
            "probability": None if self.probability is None else round(self.probability, 4),
            "because": list(self.because),
            "score": self.score,
            "words": list(self.words),
            "missing": list(self.missing),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """The unit that usually handles a category; `category` is the one the case has, or else the first that is suggested."""

    unit: str
    title: Text
    category: str
    said: Text

    def body(self, language: str) -> dict[str, Any]:
        return {"unit": self.unit, "title": self.title.body(), "category": self.category, "said": self.said.say(language)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """All that is suggested for a case. `how` is `learned` or `keywords`, `why` says it in words; `given` is the category it has already."""

    case: int
    number: str
    state: str
    zone: str
    given: str | None
    how: str
    why: Text
    learned: training.Learned | None
    wanted: int
    per_category: int
    categories: tuple[Candidate, ...]
    unit: Handler | None
    urgent: bool
    within: duplicates.Within
    placed: bool
    duplicates: tuple[duplicates.Duplicate, ...]

    def body(self, language: str) -> dict[str, Any]:
        known = self.learned
        return {
            "case": self.case,
            "number": self.number,
            "state": self.state,
            "category": self.given,
            "how": self.how,
            "why": self.why.say(language),
            "urgent": ASK.say(language) if self.urgent else None,
            "categories": [each.body() for each in self.categories],
            "unit": None if self.unit is None else self.unit.body(language),
            "duplicates": [each.body(language) for each in self.duplicates],
            "within": {"metres": self.within.metres, "hours": self.within.hours},
            "placed": self.placed,
            "learning": {
                "from": self.wanted,
                "per_category": self.per_category,
                "trained_at": None if known is None else times.written(known.at, self.zone),
                "confirmed": None if known is None else known.about.get("confirmed"),
                "missing": None if known is None else known.about.get("missing"),
                "accuracy": None if known is None else (known.about.get("learned") or {}).get("accuracy"),
                "top3": None if known is None else (known.about.get("learned") or {}).get("top3"),
            },
        }


def suggest(tx: database.Transaction, known: catalog.Catalog, case: draft.Draft, *, viewer: str | None = None) -> Suggestions:
    """For a case as it stands. `viewer` None is the local operator. Raises NotFound for a viewer nobody knows, or who may not
    know of the case; what is hidden from him says nothing to him. Nothing is written."""
    if viewer is not None:
        secrecy.answers_to(secrecy.require(case, viewer, case.number), viewer)
    compiled, of = case.compiled, case.compiled.noted
    categories = compiled.definition.categories
    visible = case.facts if viewer is None else secrecy.facts_for(tx, case, viewer)
    given = visible.get(of.category) if of.category is not None else None
    named = given if isinstance(given, str) else None
    taught = training.learned(tx, compiled.programme) if of.category is not None else None
    text = _text(tx, case, viewer)
    usable = taught.model if taught is not None else None
    guesses = usable.guess(text, most=MOST, among=frozenset(categories.categories)) if usable is not None else ()
    found = (
        _candidates(case, text, guesses, usable, taught.often_urgent if taught is not None else frozenset())
        if of.category is not None
        else ()
    )
    first = named or (found[0].category if found else None)
    bounds = duplicates.within(categories, first)
    return Suggestions(
        case=case.id,
        number=case.number,
        state=case.state,
        zone=compiled.zone,
        given=named,
        how="learned" if guesses else "keywords",
        why=_why(taught, known_words=bool(guesses)),
        learned=taught,
        wanted=categories.learns.from_,
        per_category=categories.learns.per_category,
        categories=found,
        unit=_handler(case, first),
        urgent=secrecy.urgent_to(case, secrecy.hidden(case, viewer)) or any(each.urgent for each in found),
        within=bounds,
        placed=of.point is not None and placing.place(visible.get(of.point)) is not None,
        duplicates=duplicates.search(tx, known, case, visible, bounds, category=first, viewer=viewer),
    )


def _text(tx: database.Transaction, case: draft.Draft, viewer: str | None) -> str:
    """What was written when it was opened, as far as the viewer may read it."""
    row = tx.one(suggesting.OPENED_WITH, (case.id,))
    given = orjson.loads(row[0]) if row is not None else {}
    if case.compiled.personal:
        kept = secrecy.personal(tx, [case.id]).get(case.id, ())
        given = secrecy.facts_as(case, given, kept, viewer)
    return confirmed.words(case.compiled.noted, given)


def _candidates(
    case: draft.Draft, text: str, guesses: tuple[model.Guess, ...], usable: model.Model | None, often_urgent: frozenset[str]
) -> tuple[Candidate, ...]:
    """What was learned comes first; keywords add the categories of which there was too little to learn."""
    defined = case.compiled.definition.categories.categories
    spoken = {one.category: one for one in keywords.find(defined, text)}
    taught = frozenset(usable.categories) if usable is not None and guesses else frozenset[str]()
    sure = {guess.category: guess for guess in guesses}
    order = [*sure, *(name for name in spoken if name not in taught)][: MOST + 1 if sure else MOST]
    rule, fact = case.town.live.programme.urgent, case.compiled.noted.category
    found = []
    for name in order:
        guess, words = sure.get(name), spoken.get(name)
        found.append(
            Candidate(
                category=name,
                title=defined[name].title,
                unit=defined[name].unit,
                urgent=name in often_urgent or compose.urgent_by(rule, {fact or "": name}),
                probability=None if guess is None else guess.probability,
                because=() if guess is None else guess.because,
                score=None if words is None else words.score,
                words=() if words is None else words.words,
                missing=() if words is None else words.missing,
            )
        )
    return tuple(found)


def _handler(case: draft.Draft, category: str | None) -> Handler | None:
    defined = case.compiled.definition.categories.categories.get(category or "")
    unit = case.town.live.units.units.get(defined.unit or "") if defined is not None else None
    if defined is None or unit is None or category is None or defined.unit is None:
        return None
    said = wording.composed(en=f"usually handles {defined.title.en}", zh=f"通常承办“{defined.title.zh}”")
    return Handler(unit=defined.unit, title=unit.title, category=category, said=said)


def _why(taught: training.Learned | None, *, known_words: bool) -> Text:
    """Why it is by keywords, or from what it was learned."""
    if taught is None:
        return wording.composed(
            en="by keywords; nothing has been learned here yet (`fengxing suggest train`)",
            zh="按关键词；尚未从本地案件中学习（`fengxing suggest train`）",
        )
    if taught.altered:
        return wording.composed(
            en="by keywords; what was learned is not what was stored and is not used: `fengxing suggest train`",
            zh="按关键词；学到的内容与存入时不符，不予使用：`fengxing suggest train`",
        )
    if taught.model is not None and not known_words:
        return wording.composed(en="by keywords; what was learned knows none of these words", zh="按关键词；学到的内容不认识这些文字")
    return training.reason(taught.about)
