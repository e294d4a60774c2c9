"""What was learned, as plain numbers: pieces of words with their weights for each category, kept as JSON and scored here.

Pieces are runs of one to three characters, so that Chinese needs no dictionary of words. Weighing them is TF-IDF with sublinear
counts, then a linear model; a temperature makes its probabilities honest (Guo and others, 2017). Nothing is unpickled, and
scikit-learn, which found the weights, is not imported."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from engine.suggesting import keywords

LONGEST = 1000
"""Characters of a report that are weighed; what it is about stands at its beginning."""
PIECES = (1, 2, 3)
_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")
FORMAT = 1


class Broken(Exception):
    """These are not the numbers of a model."""


class Guess(NamedTuple):
    """A category with its probability, and the pieces of the report that spoke most for it."""

    category: str
    probability: float
    because: tuple[str, ...]


def pieces(text: str) -> list[str]:
    """The runs of characters of a text, house numbers and dates made alike."""
    plain = _DIGIT.sub("0", _SPACE.sub(" ", keywords.normal(text[:LONGEST])))
    return [plain[at : at + size] for size in PIECES for at in range(len(plain) - size + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`weights`: piece → (its inverse document frequency, its weight for each category in turn)."""

    categories: tuple[str, ...]
    weights: Mapping[str, tuple[float, tuple[float, ...]]]
    bias: tuple[float, ...]
    temperature: float

    def guess(self, text: str, *, most: int = 3, among: frozenset[str] | None = None) -> tuple[Guess, ...]:
        """The likeliest categories, the best first; `among`: only these. Nothing for a text of which no piece is known."""
        values = self._values(text)
        if not values:
            return ()
        logits = self._logits(values)
        shares = softmax([each / self.temperature for each in logits])
        ranked = sorted(range(len(shares)), key=lambda place: -shares[place])
        chosen = [place for place in ranked if among is None or self.categories[place] in among][:most]
        return tuple(Guess(self.categories[place], shares[place], self._because(values, place)) for place in chosen)

    def logits(self, text: str) -> list[float]:
        """What speaks for each category in turn, before any temperature."""
        return self._logits(self._values(text))

    def _logits(self, values: Mapping[str, float]) -> list[float]:
        logits = list(self.bias)
        for piece, value in values.items():
            logits = [sum_ + value * weight for sum_, weight in zip(logits, self.weights[piece][1], strict=True)]
        return logits

    def _values(self, text: str) -> dict[str, float]:
        counts = Counter(pieces(text))
        raw = {piece: (1.0 + math.log(count)) * self.weights[piece][0] for piece, count in counts.items() if piece in self.weights}
        length = math.sqrt(sum(value * value for value in raw.values()))
        return {piece: value / length for piece, value in raw.items()} if length else {}

    def _because(self, values: Mapping[str, float], place: int, most: int = 4) -> tuple[str, ...]:
        """The pieces that weighed most for a category, without those within longer ones."""
        weighed = sorted(((value * self.weights[piece][1][place], piece) for piece, value in values.items()), reverse=True)
        told: list[str] = []
        for weight, piece in weighed[:20]:
            if weight <= 0 or len(told) == most:
                break
            if piece.strip() and not any(piece in other for other in told):
                told = [other for other in told if other not in piece] + [piece]
        return tuple(told)

    def text(self) -> str:
        """As it is stored."""
        return orjson.dumps(
            {
                "format": FORMAT,
                "categories": self.categories,
                "temperature": self.temperature,
                "bias": self.bias,
                "weights": {piece: [idf, *row] for piece, (idf, row) in self.weights.items()},
            }
        ).decode()


def read(text: str) -> Model:
    """A stored model. Raises Broken for anything else."""
    try:
        given = orjson.loads(text)
        categories = tuple(str(name) for name in given["categories"])
        weights = {str(piece): (float(row[0]), tuple(float(each) for each in row[1:])) for piece, row in given["weights"].items()}
        found = Model(
            categories=categories,
            weights=weights,
            bias=tuple(float(each) for each in given["bias"]),
            temperature=float(given["temperature"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, IndexError) as exc:
        raise Broken(str(exc)) from exc
    wide = len(categories)
    if (
        given.get("format") != FORMAT
        or found.temperature <= 0
        or len(found.bias) != wide
        or any(len(row) != wide for _, row in weights.values())
    ):
        raise Broken("its parts do not fit together")
    return found


def digest(text: str) -> str:
    """What a stored model is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def softmax(logits: Sequence[float]) -> list[float]:
    highest = max(logits)
    raw = [math.exp(each - highest) for each in logits]
    total = sum(raw)
    return [each / total for each in raw]
