"""Learns categories from confirmed cases, and says how well: the only importer of scikit-learn, which is imported when it is asked to.

What is told of a model is measured on the newest cases, which it did not see: towns change, and a split by lot would flatter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from config.programme import Category, Learns
from engine.suggesting import keywords, model

MOST_PIECES = 8000
"""Of a model; the commonest."""
HELD_OUT = 0.2
"""The newest share of cases, on which a model is judged."""
CALIBRATED_ON = 0.2
"""The newest share of what is left, on which its temperature is found."""
_BINS = 10


class Sample(NamedTuple):
    """A confirmed case: when it was opened, what was reported, what it turned out to be."""

    at: int
    text: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How often the first of some suggestions was right, and one of the first three; of how many cases."""

    cases: int
    first: int
    among_three: int

    @property
    def accuracy(self) -> float | None:
        return self.first / self.cases if self.cases else None

    @property
    def top3(self) -> float | None:
        return self.among_three / self.cases if self.cases else None

    def body(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "first": self.first,
            "among_three": self.among_three,
            "accuracy": _rounded(self.accuracy),
            "top3": _rounded(self.top3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCategory:
    """One category among the cases held out: how many there were, how many were recognised, how often it was suggested first."""

    category: str
    cases: int
    keywords_right: int
    keywords_said: int
    learned_right: int | None
    learned_said: int | None

    def body(self) -> dict[str, Any]:
        return {
            "category": self.category,
            "cases": self.cases,
            "keywords": _rates(self.keywords_right, self.keywords_said, self.cases),
            "learned": None if self.learned_right is None else _rates(self.learned_right, self.learned_said or 0, self.cases),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Both ways judged on the same cases. `learned` is None where there is too little to learn from (`missing` says how much).

    `calibration_error` is the mean distance between how sure it was and how often it was right."""

    confirmed: int
    wanted: int
    missing: int
    learnable: tuple[str, ...]
    trained_on: int
    since: int | None
    by_keywords: Score
    learned: Score | None
    calibration_error: float | None
    temperature: float | None
    categories: tuple[ByCategory, ...]

    @property
    def better(self) -> bool:
        """Whether what was learned may be used: not worse than keywords, on cases it had not seen."""
        return self.learned is not None and self.learned.first >= self.by_keywords.first

    @property
    def reason(self) -> str:
        """`learned`, or why keywords suggest: `too-few`, `too-few-categories`, `worse`."""
        if self.missing:
            return "too-few"
        if self.learned is None:
            return "too-few-categories"
        return "learned" if self.better else "worse"

    def body(self) -> dict[str, Any]:
        return {
            "confirmed": self.confirmed,
            "wanted": self.wanted,
            "missing": self.missing,
            "learnable": list(self.learnable),
            "trained_on": self.trained_on,
            "in_use": self.better,
            "reason": self.reason,
            "keywords": self.by_keywords.body(),
            "learned": None if self.learned is None else self.learned.body(),
            "calibration_error": _rounded(self.calibration_error),
            "temperature": _rounded(self.temperature),
            "categories": [each.body() for each in self.categories],
        }


def evaluate(samples: Sequence[Sample], categories: Mapping[str, Category], learns: Learns) -> Evaluation:
    """Learn from the older cases, suggest for the newest, compare with what they turned out to be."""
    ordered = sorted(samples)
    missing = max(0, learns.from_ - len(ordered))
    cut = len(ordered) - round(len(ordered) * HELD_OUT)
    older, newer = ordered[:cut], ordered[cut:]
    learnable = enough(older, learns)
    found = None if missing or len(learnable) < 2 else _fitted(older, learnable)
    said = [[one.category for one in keywords.find(categories, sample.text)[:3]] for sample in newer]
    guesses = None if found is None else [found.guess(sample.text) for sample in newer]
    learned = None if guesses is None else [[one.category for one in each] for each in guesses]
    return Evaluation(
        confirmed=len(ordered),
        wanted=learns.from_,
        missing=missing,
        learnable=learnable,
        trained_on=len(older),
        since=newer[0].at if newer else None,
        by_keywords=_score(newer, said),
        learned=None if learned is None else _score(newer, learned),
        calibration_error=None if guesses is None else _calibration_error(newer, guesses),
        temperature=None if found is None else found.temperature,
        categories=tuple(_by_category(newer, said, learned)),
    )


def learn(samples: Sequence[Sample], learns: Learns) -> model.Model:
    """From all that is confirmed; which categories there is enough of, `enough` says, and there must be two."""
    ordered = sorted(samples)
    return _fitted(ordered, enough(ordered, learns))


def enough(samples: Sequence[Sample], learns: Learns) -> tuple[str, ...]:
    """The categories with enough cases to learn from."""
    return tuple(sorted(name for name, count in Counter(sample.category for sample in samples).items() if count >= learns.per_category))


def _fitted(ordered: Sequence[Sample], learnable: Sequence[str]) -> model.Model:
    """The weights from all of these; the temperature from the newest of them, by weights that have not seen those."""
    used = [sample for sample in ordered if sample.category in learnable]
    cut = len(used) - round(len(used) * CALIBRATED_ON)
    first = used[:cut]
    temperature = 1.0
    if len({sample.category for sample in first}) > 1 and cut < len(used):
        temperature = _temperature(_weighed(first, 1.0), used[cut:])
    return _weighed(used, temperature)


def _weighed(samples: Sequence[Sample], temperature: float) -> model.Model:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    pieces: Callable[[str], list[str]] = model.pieces
    vectors = TfidfVectorizer(analyzer=pieces, sublinear_tf=True, min_df=2, max_features=MOST_PIECES)
    linear = LogisticRegression(C=20.0, max_iter=500, tol=1e-3)
    linear.fit(vectors.fit_transform([sample.text for sample in samples]), [sample.category for sample in samples])
    rows, bias = linear.coef_, linear.intercept_
    if len(linear.classes_) == 2:  # of two categories it keeps the second's weights alone; the first's are nought
        rows, bias = np.vstack([np.zeros_like(rows), rows]), np.concatenate([[0.0], bias])
    return model.Model(
        categories=tuple(str(name) for name in linear.classes_),
        weights={
            str(piece): (round(float(idf), 4), tuple(round(float(each), 4) for each in rows[:, place]))
            for place, (piece, idf) in enumerate(zip(vectors.get_feature_names_out(), vectors.idf_, strict=True))
        },
        bias=tuple(round(float(each), 4) for each in bias),
        temperature=temperature,
    )


def _temperature(found: model.Model, samples: Sequence[Sample]) -> float:
    """The one under which what happened was likeliest; between a quarter and four, so that few cases cannot carry it off."""
    import math

    place = {name: at for at, name in enumerate(found.categories)}
    scored = [(found.logits(sample.text), place[sample.category]) for sample in samples if sample.category in place]

    def surprise(temperature: float) -> float:
        return sum(-math.log(max(model.softmax([each / temperature for each in logits])[right], 1e-12)) for logits, right in scored)

    tried: list[float] = [2.0 ** (step / 8) for step in range(-16, 17)]
    likeliest = min(tried, key=surprise)
    return round(likeliest, 4)


def _score(samples: Sequence[Sample], said: Sequence[Sequence[str]]) -> Score:
    pairs = list(zip(samples, said, strict=True))
    return Score(
        cases=len(pairs),
        first=sum(given[:1] == [sample.category] for sample, given in pairs),
        among_three=sum(sample.category in given for sample, given in pairs),
    )


def _calibration_error(samples: Sequence[Sample], guesses: Sequence[Sequence[model.Guess]]) -> float:
    """Expected calibration error in ten bins."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for sample, given in zip(samples, guesses, strict=True):
        if given:
            bins[min(int(given[0].probability * _BINS), _BINS - 1)].append((given[0].probability, given[0].category == sample.category))
    total = sum(len(each) for each in bins)
    return sum(abs(sum(p for p, _ in each) - sum(right for _, right in each)) for each in bins) / total if total else 0.0


def _by_category(samples: Sequence[Sample], said: Sequence[Sequence[str]], learned: Sequence[Sequence[str]] | None) -> list[ByCategory]:
    cases = Counter(sample.category for sample in samples)

    def told(given: Sequence[Sequence[str]]) -> tuple[Counter[str], Counter[str]]:
        right = Counter(sample.category for sample, each in zip(samples, given, strict=True) if each[:1] == [sample.category])
        return right, Counter(each[0] for each in given if each)

    keywords_right, keywords_said = told(said)
    learned_right, learned_said = (None, None) if learned is None else told(learned)
    return [
        ByCategory(
            category=name,
            cases=count,
            keywords_right=keywords_right[name],
            keywords_said=keywords_said[name],
            learned_right=None if learned_right is None else learned_right[name],
            learned_said=None if learned_said is None else learned_said[name],
        )
        for name, count in sorted(cases.items(), key=lambda each: (-each[1], each[0]))
    ]


def _rates(right: int, said: int, cases: int) -> dict[str, float | None]:
    return {"precision": _rounded(right / said if said else None), "recall": _rounded(right / cases if cases else None)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
