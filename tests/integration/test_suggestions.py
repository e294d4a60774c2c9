"""Suggestions for cases in a store: what is near, what was confirmed, who may see it; and the table that neighbours are searched by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from engine import composition, errors, views
from engine.suggesting import suggestions, training
from storage import database, migrating
from tests import builders
from tests.integration import towns

Engine = composition.Engine
PLACED = towns.WORKFLOW.replace(
    "  photos:      {type: photos",
    "  location:    {type: point, title: {zh: 位置, en: Location}}\n  photos:      {type: photos",
).replace("needs: [category, urgency]}\n", "needs: [category, urgency], takes: [location]}\n")
CATEGORIES = builders.CATEGORIES.replace("categories:\n", "learns: {from: 50, per_category: 5}\ncategories:\n").replace(
    "  greening:    {title: {zh: 绿化, en: Greening}}",
    "  greening:    {title: {zh: 绿化, en: Greening}, keywords: [树枝], duplicates: {metres: 300, hours: 72}}",
)
HERE, NEAR, FAR = "111.19,37.34,wgs84", "111.1903,37.3403,wgs84", "111.1925,37.34,wgs84"
"""A crossing, one some forty metres from it, and one more than two hundred."""


@pytest.fixture
def town(tmp_path: Path, url: str) -> Any:
    with towns.a_town(tmp_path, url, workflow=PLACED, categories=CATEGORIES) as engine:
        yield engine


def suggested(engine: Engine, case: Any, viewer: str | None = None) -> suggestions.Suggestions:
    with engine.store.reading() as tx:
        return suggestions.suggest(tx, engine.catalog, views.find(tx, engine.catalog, case.case), viewer=viewer)


def duplicates(engine: Engine, case: Any, viewer: str | None = None) -> list[int]:
    return [one.case for one in suggested(engine, case, viewer).duplicates]


def reasons(engine: Engine, case: Any) -> list[str]:
    [one] = suggested(engine, case).duplicates
    return [part.said.en for part in one.parts]


def settled(engine: Engine, category: str, description: str, **facts: Any) -> Any:
    case = towns.opened(engine, description=description, **facts)
    towns.moved(engine, case, "dispatch", towns.on_duty(engine), category=category, urgency="3", unit="lights")
    towns.moved(engine, case, "resolve", "li", result="换好了")
    return towns.moved(engine, case, "verify", "qian")


# --- what may be the same matter


def test_the_same_lamp_reported_twice_is_found_with_its_reasons(town: Engine) -> None:
    first = towns.opened(town, location=HERE)
    towns.until(town, "08:05")
    again = towns.opened(town, description="东关巷的路灯不亮了", location=NEAR)
    assert duplicates(town, again) == [first.case]
    assert reasons(town, again) == ["43 m away", "opened 5 minutes before", "not both classified", "71% alike in words"]
    assert reasons(town, first) == ["43 m away", "opened 5 minutes after", "not both classified", "71% alike in words"]


@pytest.mark.parametrize(
    ("said", "where", "found"),
    [
        ("around the corner is another lamp", FAR, False),
        ("a place that is not said is nowhere", None, False),
        ("the same place as a Chinese map has it", "111.1960,37.3412,gcj02", True),
        ("on the other side of the earth", "-68.81,-37.34,wgs84", False),
        ("at the pole", "0,90,wgs84", False),
    ],
)
def test_only_what_is_near(town: Engine, said: str, where: str | None, found: bool) -> None:
    first = towns.opened(town, location=HERE)
    other = towns.opened(town, **({} if where is None else {"location": where}))
    assert (first.case in duplicates(town, other)) is found


def test_what_was_closed_long_ago_is_no_duplicate_and_what_is_still_open_is(town: Engine) -> None:
    closed, waiting = settled(town, "lamp", "路灯不亮", location=HERE), towns.opened(town, location=HERE)
    towns.until(town, "18:00")
    assert duplicates(town, towns.opened(town, location=HERE)) == [waiting.case, closed.case]
    towns.until(town, "2026-11-22T09:00")
    late = towns.opened(town, location=HERE)
    assert closed.case not in duplicates(town, late)
    assert waiting.case in duplicates(town, late)


def test_a_category_may_look_further_and_longer_than_the_town(town: Engine) -> None:
    first = towns.opened(town, description="树枝挡路", location=HERE)
    other = towns.opened(town, description="树枝挡路", location=FAR)
    found = suggested(town, other)
    assert found.within == (300, 72)
    assert [one.case for one in found.duplicates] == [first.case]


def test_the_likest_comes_first_and_a_category_speaks_too(town: Engine) -> None:
    greening = towns.opened(town, description="花坛踩坏", location=HERE)
    lamp = towns.opened(town, description="灯坏", location=HERE)
    for case, category in ((greening, "greening"), (lamp, "lamp")):
        towns.moved(town, case, "dispatch", "wang", category=category, urgency="3", unit="lights")
    asked = towns.opened(town, description="路灯坏了", location=HERE)
    first, second = suggested(town, asked).duplicates
    assert [first.case, second.case] == [lamp.case, greening.case]
    assert first.score > second.score
    assert [one.parts[2].said.en for one in (first, second)] == ["the same category", "another category: Greening"]


def test_a_case_that_is_moved_on_the_map_is_looked_for_where_it_is_now(town: Engine) -> None:
    case, at_far = towns.opened(town, location=HERE), towns.opened(town, location=FAR)
    towns.moved(town, case, "reclassify", "wang", category="lamp", urgency="3", location=FAR)
    assert duplicates(town, at_far) == [case.case]
    assert towns.rows(town, "SELECT category FROM places_of ORDER BY case_id") == [("lamp",), (None,)]
    assert towns.findings(town) == []


def test_nothing_is_done_and_nothing_merged_by_looking(town: Engine) -> None:
    towns.opened(town, location=HERE)
    case = towns.opened(town, location=HERE)
    before = towns.rows(town, "SELECT version, state, length FROM cases ORDER BY id")
    suggested(town, case)
    assert towns.rows(town, "SELECT version, state, length FROM cases ORDER BY id") == before


def test_a_crowded_crossing_is_looked_at_as_far_as_the_newest(town: Engine) -> None:
    for _ in range(40):
        towns.opened(town, location=HERE)
    found = duplicates(town, towns.opened(town, location=HERE))
    assert found == [40, 39, 38, 37, 36]


# --- the category and the unit


def test_a_report_suggests_category_and_unit_and_says_which_words(town: Engine) -> None:
    found = suggested(town, towns.opened(town, description="巷口路灯不亮"))
    [one] = found.categories
    assert (one.category, one.words, one.probability) == ("lamp", ("路灯", "不亮"), None)
    assert found.unit is not None
    assert (found.unit.unit, found.unit.category) == ("lights", "lamp")
    assert found.why.en.startswith("by keywords; nothing has been learned")
    assert found.placed is False


@pytest.mark.parametrize("text", ["啊" * 500, "😀😀😀", "?", "\u202eabc", "[bold]x"])
def test_words_that_say_nothing_suggest_nothing(town: Engine, text: str) -> None:
    found = suggested(town, towns.opened(town, description=text, location=HERE))
    assert found.categories == ()
    assert found.unit is None


def test_an_urgent_case_and_a_category_that_is_urgent_by_itself_ask_for_a_person(tmp_path: Path, url: str) -> None:
    programme = builders.PROGRAMME + "urgent: {urgency: [1], category: [lamp]}\n"
    with towns.a_town(tmp_path, url, programme=programme) as engine:
        lamp, plain = suggested(engine, towns.opened(engine, description="路灯")), suggested(engine, towns.opened(engine, description="无"))
        assert [one.urgent for one in lamp.categories] == [True]
        assert lamp.body("en")["urgent"] == "ask a person"
        assert lamp.body("zh")["urgent"] == "紧急：请由人决定"
        assert plain.body("en")["urgent"] is None


def test_a_viewer_must_be_known_and_a_text_hidden_from_him_says_nothing(tmp_path: Path, url: str) -> None:
    hidden = PLACED.replace("description: {type: text,", "description: {type: text, personal: true,")
    with towns.a_town(tmp_path, url, workflow=hidden) as engine:
        towns.opened(engine, location=HERE)
        case = towns.opened(engine, location=HERE)
        assert [one.category for one in suggested(engine, case, "wang").categories] == ["lamp"]
        assert suggested(engine, case, "sun").categories == ()
        assert [one.parts[3].value for one in suggested(engine, case, None).duplicates] == [None]  # kept apart: never compared
        with pytest.raises(errors.NotFound):
            suggested(engine, case, "nobody")


RULED = (
    PLACED
    + """\
visibility:
  - {facts: [description], only: [duty, reporter]}
  - {in: [resolved], facts: all, only: [handler, verifier, duty]}
"""
)


def test_what_the_rules_hide_from_a_viewer_suggests_nothing_to_him(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, workflow=RULED, categories=CATEGORIES) as engine:
        first = towns.opened(engine, location=HERE)
        case = towns.opened(engine, location=HERE)
        assert [one.parts[3].value for one in suggested(engine, case, "wang").duplicates] == [1.0]
        assert [one.parts[3].value for one in suggested(engine, case, "mayor").duplicates] == [None]
        assert suggested(engine, case, "mayor").categories == ()
        towns.moved(engine, first, "dispatch", "wang", category="lamp", urgency="3", unit="lights")
        towns.moved(engine, first, "resolve", "li", result="好了")
        assert duplicates(engine, case, "wang") == [first.case]
        assert duplicates(engine, case, "mayor") == []
        with pytest.raises(errors.NotFound, match="no case"):
            suggested(engine, first, "mayor")


# --- what was confirmed


SAID = {"lamp": "巷子很黑看不见", "greening": "草坪枯了一片", "advertising": "墙上贴满纸片"}


def taught(engine: Engine, count: int) -> None:
    for at in range(count):
        category = list(SAID)[at % 3]
        settled(engine, category, f"{SAID[category]} {at}号")


def test_what_was_learned_is_used_once_there_is_enough_and_it_has_proved_better(town: Engine) -> None:
    few = training.train(town.store, town.catalog, "testtown", now=town.time.now())
    assert (few.evaluation.missing, few.evaluation.reason) == (50, "too-few")
    taught(town, 60)
    towns.opened(town, description="不算数", location=HERE)  # only what is settled is confirmed
    done = training.train(town.store, town.catalog, "testtown", now=town.time.now())
    assert (done.evaluation.confirmed, done.evaluation.reason) == (60, "learned")
    found = suggested(town, towns.opened(town, description="楼下草坪枯了"))
    assert found.how == "learned"
    assert found.categories[0].category == "greening"
    assert found.categories[0].probability is not None
    assert 0.5 < found.categories[0].probability <= 1
    assert len(found.categories) == 3
    assert "learned from 60 confirmed cases" in found.why.en
    assert found.body("en")["learning"]["accuracy"] == 1.0
    assert towns.findings(town) == []


def test_a_category_whose_cases_were_often_urgent_asks_for_a_person(town: Engine) -> None:
    taught(town, 60)
    for _ in range(8):
        case = towns.opened(town, description=SAID["greening"])
        towns.moved(town, case, "dispatch", "wang", category="greening", urgency="1", unit="lights")
        towns.moved(town, case, "resolve", "li", result="好")
        towns.moved(town, case, "verify", "qian")
    training.train(town.store, town.catalog, "testtown", now=town.time.now())
    found = suggested(town, towns.opened(town, description="草坪枯了"))
    assert {one.category: one.urgent for one in found.categories}["greening"] is True
    assert found.urgent


def test_a_model_that_was_meddled_with_is_not_used_and_verify_says_so(town: Engine) -> None:
    taught(town, 60)
    training.train(town.store, town.catalog, "testtown", now=town.time.now())
    [(body,)] = towns.rows(town, "SELECT body FROM learned")
    changed = orjson.loads(body)
    changed["bias"][0] += 100.0
    towns.damage(town, "UPDATE learned SET body = ?", orjson.dumps(changed).decode())
    training._models.clear()
    found = suggested(town, towns.opened(town, description="草坪枯了"))
    assert (found.how, found.learned is not None and found.learned.altered) == ("keywords", True)
    assert "is not used" in found.why.en
    assert [finding.split(" ")[0] for finding in towns.findings(town)] == ["learned-changed"]


def test_old_versions_are_forgotten_and_the_newest_counts(town: Engine) -> None:
    for _ in range(training.KEPT + 3):
        training.train(town.store, town.catalog, "testtown", now=town.time.now())
    assert len(towns.rows(town, "SELECT id FROM learned")) == training.KEPT


def test_evaluating_keeps_nothing(town: Engine) -> None:
    now = town.time.now()
    with town.store.reading() as tx:
        found = training.evaluate(tx, town.catalog, "testtown", now=now)
    assert found.evaluation.by_keywords.cases == 0
    assert towns.rows(town, "SELECT id FROM learned") == []


# --- the table behind it


DAMAGE = [
    ("DELETE FROM places_of WHERE case_id = 1", "place-missing TT-20261120-0001"),
    ("UPDATE places_of SET lat = lat + 1 WHERE case_id = 1", "place-changed TT-20261120-0001: not as its facts say: lat"),
    ("UPDATE places_of SET category = 'lamp' WHERE case_id = 1", "place-changed TT-20261120-0001: not as its facts say: category"),
    ("UPDATE places_of SET until = 5 WHERE case_id = 1", "place-changed TT-20261120-0001: not as its facts say: until"),
    (
        "INSERT INTO places_of SELECT 2, programme, workflow, cell, lon, lat, category, opened_at, until FROM places_of WHERE case_id = 1",
        "place-extra TT-20261120-0002",
    ),
    (
        "INSERT INTO places_of SELECT 99, programme, workflow, cell, lon, lat, category, opened_at, until FROM places_of WHERE case_id = 1",
        "stray-rows None: 1 rows in places_of for case 99",
    ),
]


@pytest.mark.parametrize(("sql", "finding"), DAMAGE)
def test_a_row_that_is_not_as_the_facts_say_is_found(town: Engine, sql: str, finding: str) -> None:
    towns.opened(town, location=HERE)
    towns.opened(town)
    assert towns.findings(town) == []
    towns.damage(town, sql)
    [found] = towns.findings(town)
    assert found.startswith(finding)


def test_the_row_follows_the_case_through_closing_and_reopening(town: Engine) -> None:
    case = settled(town, "lamp", "路灯不亮", location=HERE)
    assert towns.rows(town, "SELECT until FROM places_of") == [(town.time.now(),)]
    towns.moved(town, case, "reopen", "hu", reason="又坏了") if "reopen" in towns.shown(town, case, "hu")["possible"] else None
    assert towns.findings(town) == []


def test_a_workflow_without_a_point_leaves_no_row(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url) as engine:
        case = towns.opened(engine)
        assert towns.rows(engine, "SELECT * FROM places_of") == []
        assert suggested(engine, case).duplicates == ()


def _as_it_was_before(store: Path) -> None:
    """Back to the shape in which nothing was written of where cases are."""
    import sqlalchemy
    from alembic import command, config

    setup = config.Config()
    setup.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    with sqlalchemy.create_engine(f"sqlite:///{store}", poolclass=sqlalchemy.NullPool).begin() as connection:
        setup.attributes["connection"] = connection
        command.downgrade(setup, "0004")


def test_a_store_of_the_shape_before_is_filled_when_it_is_upgraded(tmp_path: Path) -> None:
    store = tmp_path / "fengxing.db"
    migrating.upgrade(database.Store(str(store)))
    with towns.a_town(tmp_path, f"sqlite:///{store}", workflow=PLACED, categories=CATEGORIES) as engine:
        towns.opened(engine, location=HERE)
        settled(engine, "lamp", "路灯", location="116.403981,39.914887,bd09")
        towns.opened(engine)
        before = towns.rows(engine, "SELECT * FROM places_of ORDER BY case_id")
    _as_it_was_before(store)
    migrating.upgrade(database.Store(str(store)))
    with composition.opened(towns.the_settings(tmp_path, f"sqlite:///{store}")) as engine:
        assert towns.rows(engine, "SELECT * FROM places_of ORDER BY case_id") == before
        assert len(before) == 2
        assert towns.findings(engine) == []
