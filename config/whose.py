"""Of which case a sentence speaks: `in meeting, …` before it, or a case that a fact names. Without either it is the story's first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from config import effects
from config.wordbook import Wordbook

FIRST = "first"
_FIRST = ("first", "the first case", "首案")
_ASIDE = (
    re.compile(r"in\s+(?P<whose>[^,，:：]+?)\s*(?:[,，：]|:(?!\d))\s*(?P<rest>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"在\s*(?P<whose>[^,，:：]+?)\s*中\s*[,，:：]\s*(?P<rest>.+)", re.DOTALL),
)
_NUMBERED = re.compile(r"(?P<word>.+?)\s*第?\s*(?P<number>[1-9]\d{0,3})\s*件?", re.DOTALL)


class Way(StrEnum):
    """How a case is come to."""

    LINK = "link"
    OPENER = "opener"
    CALLED = "called"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Step:
    """From one case to another: by a link's name, as its `opener`, by what the story calls it, or as one that a schedule opened.

    `number` (from 1, in the order in which they came) picks one of several; None means each of them."""

    way: Way
    name: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A step, and the workflows of the cases to which it may lead."""

    step: Step
    flows: tuple[str, ...]


Called = Mapping[str, str]
"""What the story itself calls cases, each with its workflow; its first case under FIRST."""


def split(text: str) -> tuple[str, str] | None:
    """`in meeting 2, at 10:00 …` → (`meeting 2`, `at 10:00 …`); None: it speaks of the first case."""
    for aside in _ASIDE:
        found = aside.fullmatch(text.strip())
        if found:
            return found["whose"], found["rest"]
    return None


def bare(text: str) -> str:
    """A sentence without what says of which case it speaks."""
    while (parts := split(text)) is not None:
        text = parts[1]
    return text


def find(word: str, book: Wordbook, called: Called) -> Found | None:
    """The cases that a word means, from a case of the book's workflow."""
    found = _named(word, None, book, called)
    numbered = _NUMBERED.fullmatch(word.strip()) if found is None else None
    return _named(numbered["word"], int(numbered["number"]), book, called) if numbered else found


def _named(word: str, number: int | None, book: Wordbook, called: Called) -> Found | None:
    plain = " ".join(word.split()).casefold()
    if plain in _FIRST and FIRST in called:
        return Found(Step(Way.CALLED, FIRST, number), (called[FIRST],))
    own = next((name for name in called if name.casefold() == plain), None)
    if own is not None:
        return Found(Step(Way.CALLED, own, number), (called[own],))
    link = book.find("link", word)
    if link is not None:
        return Found(Step(Way.LINK, link, number), book.links[link])
    if book.find("opener", word) is not None:
        return Found(Step(Way.OPENER, effects.OPENER, number), book.openers)
    schedule = book.find("schedule", word)
    return Found(Step(Way.SCHEDULE, schedule, number), (book.schedules[schedule],)) if schedule is not None else None


def known(book: Wordbook, called: Called, word: str) -> frozenset[str]:
    """What might have been said instead."""
    links = book.near("link", word)
    return links | (called.keys() - {FIRST}) | book.schedules.keys() | ({effects.OPENER} if book.openers else frozenset())


def taken(name: str, book: Wordbook, called: Called) -> bool:
    """Whether a case cannot be called so, since something else is."""
    return find(name, book, called) is not None or name.casefold() == effects.OPENER
