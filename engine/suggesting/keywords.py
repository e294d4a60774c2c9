"""Categories by the keywords of categories.yaml that stand in a report's words. Pure.

The longest word counts most, and most where it is one category's alone; a word within a longer one that was found is part of that one.
What is denied (`不是漏气`) does not count; what is said to be missing (`没有井盖`) counts half, for that may be the very report."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config.programme import Category

_DENIED = re.compile(r"(不是|并非|并不是|不像|不属于|排除|\bnot an? |\bnot |n't an? )$")
_MISSING = re.compile(r"(没有|没|无|未|不|\bno |\bwithout( an?| any)? )$")
_BEFORE = 14
"""Characters before a word in which a negation of it is looked for."""
LONGEST = 5000
"""Characters of a report that are looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A category that keywords suggest: the words that matched as categories.yaml has them, and of these the ones said to be missing."""

    category: str
    words: tuple[str, ...]
    missing: tuple[str, ...]
    score: float


class _Word(NamedTuple):
    written: str
    normal: str
    latin: bool
    categories: tuple[str, ...]


def normal(text: str) -> str:
    """As words are compared: full width and half width, upper and lower case are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def find(categories: Mapping[str, Category], text: str) -> tuple[Found, ...]:
    """The categories whose keywords stand in the text, the best first."""
    index = _index(tuple((name, one.keywords) for name, one in categories.items() if one.keywords))
    matched = _matched(index, normal(text[:LONGEST]))
    found = []
    for place, name in enumerate(categories):
        mine = [(word, missing) for word, missing in matched if name in word.categories]
        if mine:
            score = sum(_weight(word) * (0.5 if missing else 1.0) for word, missing in mine)
            longest = max(len(word.normal) for word, _ in mine)
            one = Found(
                category=name,
                words=tuple(dict.fromkeys(word.written for word, _ in mine)),
                missing=tuple(dict.fromkeys(word.written for word, missing in mine if missing)),
                score=round(score, 3),
            )
            found.append(((-score, -longest, place), one))
    return tuple(one for _, one in sorted(found, key=lambda each: each[0]))


def _weight(word: _Word) -> float:
    """Its length – a Latin letter says a third of what a character says – shared among the categories that have it."""
    return len(word.normal) / (3 if word.latin else 1) / len(word.categories)


def _matched(index: tuple[_Word, ...], text: str) -> list[tuple[_Word, bool]]:
    """Each word that stands in the text, the longest first, and whether it is said to be missing wherever it stands."""
    taken: list[tuple[int, int]] = []
    matched = []
    for word in index:
        stands, missing = False, True
        for begin in _places(word, text):
            end = begin + len(word.normal)
            if any(a <= begin and end <= b and b - a > end - begin for a, b in taken):
                continue
            taken.append((begin, end))
            before = text[max(0, begin - _BEFORE) : begin]
            if not _DENIED.search(before):
                stands = True
                missing = missing and _MISSING.search(before) is not None
        if stands:
            matched.append((word, missing))
    return matched


def _places(word: _Word, text: str) -> list[int]:
    found, at = [], text.find(word.normal)
    while at >= 0:
        if not word.latin or _alone(text, at, at + len(word.normal)):
            found.append(at)
        at = text.find(word.normal, at + 1)
    return found


def _alone(text: str, begin: int, end: int) -> bool:
    """Whether Latin letters there are a word of their own: `gas` does not stand in `Vegas`."""
    return not (_latin(text[begin - 1 : begin]) or _latin(text[end : end + 1]))


def _latin(text: str) -> bool:
    return text.isascii() and text.isalnum()


@functools.lru_cache(maxsize=64)
def _index(categories: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[_Word, ...]:
    """Every keyword once, with the categories that have it; the longest first."""
    of: dict[str, tuple[str, list[str]]] = {}
    for name, words in categories:
        for word in words:
            known = of.setdefault(normal(word), (word, []))[1]
            if name not in known:
                known.append(name)
    index = [_Word(written, plain, plain.isascii(), tuple(names)) for plain, (written, names) in of.items() if plain.strip()]
    return tuple(sorted(index, key=lambda word: -len(word.normal)))
