"""Training: what the confirmed cases of a programme teach, kept in the store with when and from what; and what of it is in use.

A model that does worse than keywords on cases it has not seen is kept as a record, and not used. One whose stored text is not
what was written is not used either: its digest is compared when it is read, and by `verify`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from config.programme import Categories
from config.words import Text
from engine import catalog, errors, wording
from engine.suggesting import confirmed, learner, model
from storage import database, suggesting

KEPT = 5
"""Versions of a programme that the store keeps."""
REMEMBERED = 20
"""Models that a process keeps at hand."""
OFTEN_URGENT = 0.2
"""A category of whose confirmed cases this share was urgent is one to ask a person about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of it for one programme. `version` is the stored one, None where it was only evaluated."""

    programme: str
    at: int
    evaluation: learner.Evaluation
    version: int | None = None
    urgent: Mapping[str, float] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return {"programme": self.programme, "version": self.version, **self.evaluation.body()}

    @property
    def said(self) -> Text:
        """What came of it, in a sentence."""
        return reason(self.evaluation.body())

    def about(self) -> dict[str, Any]:
        """What is kept beside the model."""
        return {**self.evaluation.body(), "urgent": {name: round(share, 4) for name, share in self.urgent.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a programme has: the newest version, and its model where it may be used. `altered`: it is not what was stored."""

    version: int
    at: int
    about: Mapping[str, Any]
    model: model.Model | None
    altered: bool = False

    @property
    def often_urgent(self) -> frozenset[str]:
        return frozenset(name for name, share in self.about.get("urgent", {}).items() if share >= OFTEN_URGENT)


def reason(about: Mapping[str, Any]) -> Text:
    """Why suggestions come from what was learned, or from keywords; of an evaluation's body."""
    confirmed, code = about["confirmed"], about["reason"]
    if code == "too-few":
        return wording.composed(
            en=f"by keywords; {confirmed} confirmed cases to learn from, {about['missing']} more are needed",
            zh=f"按关键词；已确认 {confirmed} 件，还差 {about['missing']} 件才能学习",
        )
    if code == "too-few-categories":
        return wording.composed(
            en="by keywords; no two categories have enough confirmed cases to learn from", zh="按关键词；有足够已确认案件的类别不到两个"
        )
    learned, words = (f"{about[way]['accuracy']:.0%}" for way in ("learned", "keywords"))
    if code == "worse":
        return wording.composed(
            en=f"by keywords; what was learned did worse on cases it had not seen ({learned} against {words})",
            zh=f"按关键词；学到的在未见过的案件上不如关键词（{learned} 对 {words}）",
        )
    three = f"{about['learned']['top3']:.0%}"
    return wording.composed(
        en=f"learned from {confirmed} confirmed cases; of those held out, the first was right in {learned}, one of three in {three}",
        zh=f"从 {confirmed} 件已确认案件学习；留出的案件中首选正确 {learned}，前三含正确 {three}",
    )


_models: dict[str, model.Model] = {}
"""What this process has read, by digest: reading one takes longer than opening a case."""


def categories_of(tx: database.Transaction, known: catalog.Catalog, programme: str) -> Categories:
    """categories.yaml as it is in force. Raises NotFound for a programme that nobody knows."""
    town = known.of(programme)
    return next((known.pinned(tx, number).definition.categories for number in town.newest.values()), Categories())


def evaluate(tx: database.Transaction, known: catalog.Catalog, programme: str, *, now: int) -> Trained:
    """How well categories are suggested, by keywords and as learned; nothing is kept."""
    return _evaluated(
        programme, categories_of(tx, known, programme), confirmed.read(tx, known, programme, categories_of(tx, known, programme)), now
    )


def train(store: database.Store, known: catalog.Catalog, programme: str, *, now: int) -> Trained:
    """Learn, judge, and keep what came of it as the newest version; also that there was too little to learn from."""
    with store.reading() as tx:
        categories = categories_of(tx, known, programme)
        taught = confirmed.read(tx, known, programme, categories)
    done = _evaluated(programme, categories, taught, now)
    text = learner.learn(taught.samples, categories.learns).text() if done.evaluation.learned is not None else ""
    about = orjson.dumps(done.about()).decode()
    with store.writing() as tx:
        row = tx.one(suggesting.INSERT_LEARNED, (programme, now, model.digest(text), about, text))
        tx.run(suggesting.FORGET_LEARNED, (programme, programme, KEPT))
    assert row is not None
    return Trained(programme=programme, at=now, evaluation=done.evaluation, version=int(row[0]), urgent=done.urgent)


def train_all(store: database.Store, known: catalog.Catalog, programme: str | None = None, *, now: int) -> list[Trained]:
    """One programme, or every one that has categories."""
    with store.reading() as tx:
        names = programmes(tx, known, programme)
    return [train(store, known, name, now=now) for name in names]


def programmes(tx: database.Transaction, known: catalog.Catalog, programme: str | None) -> list[str]:
    """The one that is named (whether it has categories is asked later), or all that have categories. Raises NotFound."""
    if programme is not None:
        known.of(programme)
        return [programme]
    return [name for name in sorted(known.programmes) if categories_of(tx, known, name).categories]


def learned(tx: database.Transaction, programme: str) -> Learned | None:
    """The newest version of a programme; None where none was ever trained. One small query once it is known."""
    row = tx.one(suggesting.LEARNED_NEWEST, (programme,))
    if row is None:
        return None
    version, at, digest, about = row
    told = orjson.loads(about)
    usable, wrong = _model(tx, version, digest) if told.get("in_use") else (None, False)
    return Learned(version=version, at=at, about=told, model=usable, altered=wrong)


def altered(tx: database.Transaction) -> Iterator[str]:
    """The stored versions that are not what was written, each with what is wrong; for `verify`."""
    for version, programme, digest, text in tx.all(suggesting.LEARNED_ALL):
        if model.digest(text) != digest:
            yield f"version {version} of what was learned for {programme} is not what was written; train it anew"


def _model(tx: database.Transaction, version: int, digest: str) -> tuple[model.Model | None, bool]:
    """The numbers of a version, and whether they are other than what was stored."""
    found = _models.get(digest)
    if found is None:
        row = tx.one(suggesting.LEARNED_BODY, (version,))
        text = "" if row is None else str(row[0])
        if model.digest(text) != digest:
            return None, True
        try:
            found = model.read(text)
        except model.Broken:
            return None, True
        if len(_models) >= REMEMBERED:
            _models.clear()
        _models[digest] = found
    return found, False


def _evaluated(programme: str, categories: Categories, taught: confirmed.Confirmed, now: int) -> Trained:
    if not categories.categories:
        raise errors.EngineError(
            f"{programme} has no categories to suggest; write them in categories.yaml",
            f"{programme} 没有类别可建议；请在 categories.yaml 中写明",
        )
    return Trained(
        programme=programme,
        at=now,
        evaluation=learner.evaluate(taught.samples, categories.categories, categories.learns),
        urgent=taught.urgent,
    )
