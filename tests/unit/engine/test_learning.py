from __future__ import annotations

import random
import sys

import pytest

from config.programme import Category, Learns
from config.words import Text
from engine.suggesting import learner, model

SAID = {
    "lamp": ("路灯坏了", "巷子里很黑", "灯一闪一闪", "晚上看不见路"),
    "litter": ("垃圾没人收", "桶满了很臭", "纸箱扔了一地", "污水流出来"),
    "road": ("路面有坑", "石板松动", "坑里积水", "车轮陷进去"),
}
WORDS = {name: Category(title=Text(zh=name, en=name), keywords=(said[0][:2],)) for name, said in SAID.items()}


def reports(count: int, *, noise: float = 0.0) -> list[learner.Sample]:
    """Reports of three kinds, one a minute; a share of them with a category drawn by lot."""
    lots = random.Random(5)
    made = []
    for at in range(count):
        name = lots.choice(list(SAID))
        text = f"东关巷{lots.randint(1, 99)}号，{lots.choice(SAID[name])}"
        made.append(learner.Sample(at, text, lots.choice(list(SAID)) if lots.random() < noise else name))
    return made


def test_our_own_scoring_gives_the_probabilities_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    samples = reports(120)
    vectors, linear = (
        TfidfVectorizer(analyzer=model.pieces, sublinear_tf=True, min_df=2, max_features=8000),
        LogisticRegression(C=20.0, max_iter=500, tol=1e-3),
    )
    linear.fit(vectors.fit_transform([s.text for s in samples]), [s.category for s in samples])
    ours = learner.learn(samples, Learns.model_validate({"per_category": 5}))
    for text in ("胜利路路灯坏了", "桶满了", "坑", "完全不相干"):
        theirs = dict(zip(linear.classes_, linear.predict_proba(vectors.transform([text]))[0], strict=True))
        shares = model.softmax(ours.logits(text))  # before the temperature, which scikit-learn does not know
        assert shares == pytest.approx([theirs[name] for name in ours.categories], abs=0.01)


def test_two_categories_are_enough() -> None:
    two = [sample for sample in reports(200) if sample.category != "road"]
    found = learner.learn(two, Learns())
    assert [guess.category for guess in found.guess("垃圾没人收")] == ["litter", "lamp"]
    assert sum(guess.probability for guess in found.guess("垃圾没人收")) == pytest.approx(1.0)


def test_what_was_learned_names_the_pieces_that_weighed_most() -> None:
    first = learner.learn(reports(200), Learns()).guess("东关巷5号，垃圾没人收")[0]
    assert first.category == "litter"
    assert any(piece in "垃圾没人收" for piece in first.because)


def test_a_model_is_json_and_comes_back_as_it_was() -> None:
    found = learner.learn(reports(200), Learns())
    again = model.read(found.text())
    assert again.guess("路灯坏了") == found.guess("路灯坏了")
    assert again.text() == found.text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1, "categories": ["a"], "temperature": 1, "bias": [], "weights": {}}',
        '{"format": 2, "categories": ["a"], "temperature": 1, "bias": [0], "weights": {}}',
        '{"format": 1, "categories": ["a"], "temperature": 1, "bias": [0], "weights": {"x": [1]}}',
        '{"format": 1, "categories": ["a"], "temperature": 0, "bias": [0], "weights": {}}',
    ],
)
def test_what_is_no_model_is_not_read(text: str) -> None:
    with pytest.raises(model.Broken):
        model.read(text)


def test_words_that_were_never_seen_are_no_guess() -> None:
    assert learner.learn(reports(200), Learns()).guess("xyz") == ()


def test_the_newest_fifth_is_held_out_and_both_ways_are_judged_on_it() -> None:
    found = learner.evaluate(reports(300), WORDS, Learns())
    assert (found.confirmed, found.trained_on, found.by_keywords.cases) == (300, 240, 60)
    assert found.learned is not None
    assert found.learned.accuracy == 1.0
    assert found.by_keywords.accuracy is not None
    assert found.by_keywords.accuracy < 0.5  # each category has one keyword for four ways of saying it
    assert (found.better, found.reason) == (True, "learned")
    assert sum(each.cases for each in found.categories) == 60


def test_what_does_worse_than_keywords_is_not_used() -> None:
    plain = {name: Category(title=Text(zh=name, en=name), keywords=said) for name, said in SAID.items()}
    found = learner.evaluate(
        [learner.Sample(s.at, s.text + "，" + str(s.at), s.category) for s in reports(60, noise=0.6)[:45]] + reports(75)[45:],
        plain,
        Learns.model_validate({"from": 50}),
    )
    assert found.learned is not None
    assert found.learned.first < found.by_keywords.first
    assert (found.better, found.reason) == (False, "worse")


@pytest.mark.parametrize(("count", "missing", "reason"), [(0, 200, "too-few"), (1, 199, "too-few"), (199, 1, "too-few")])
def test_too_few_cases_say_how_many_are_missing(count: int, missing: int, reason: str) -> None:
    found = learner.evaluate(reports(count), WORDS, Learns())
    assert (found.missing, found.learned, found.reason, found.better) == (missing, None, reason, False)


def test_enough_cases_of_one_kind_teach_nothing() -> None:
    found = learner.evaluate([learner.Sample(at, "路灯", "lamp") for at in range(300)], WORDS, Learns())
    assert (found.learned, found.reason) == (None, "too-few-categories")


def test_a_category_with_few_cases_is_left_to_its_keywords() -> None:
    samples = [*reports(300), *(learner.Sample(-at, "路面有坑", "rare") for at in range(9))]
    assert learner.evaluate(samples, WORDS, Learns()).learnable == ("lamp", "litter", "road")


def test_a_guess_that_is_sure_is_right_more_often() -> None:
    found = learner.evaluate(reports(600, noise=0.3), WORDS, Learns())
    assert found.calibration_error is not None
    assert found.calibration_error < 0.15


def test_scoring_needs_no_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    text = learner.learn(reports(200), Learns()).text()
    for name in [name for name in sys.modules if name.partition(".")[0] in ("sklearn", "numpy", "scipy")]:
        monkeypatch.setitem(sys.modules, name, None)
    assert model.read(text).guess("路灯坏了" * 2000 + "😀")[0].category == "lamp"
