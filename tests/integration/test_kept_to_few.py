"""In Haidian a food-safety lead is known to market supervision and its rider until the inspection; counselling to two people, always."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import composition, errors, requests, views
from tests import builders
from tests.integration import towns


@pytest.fixture
def town(tmp_path: Path, lite: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, lite, shipped=("haidian",)) as opened:
        yield opened


def seen_by(engine: composition.Engine, case: int) -> set[str]:
    """Everybody of the programme who may know of a case."""
    found = set[str]()
    with engine.store.reading() as tx:
        for who in engine.catalog.of("haidian").live.people.people:
            try:
                views.find(tx, engine.catalog, case, viewer=who)
            except errors.EngineError:
                continue
            found.add(who)
    return found


def moved(engine: composition.Engine, case: int, trigger: str, who: str, **facts: object) -> None:
    engine.door.submit(requests.Move(case=case, trigger=trigger, actor=who, facts=facts))


def test_nobody_else_sees_a_lead_before_the_inspection_and_no_estate_or_rider_after_it(town: composition.Engine) -> None:
    given = {"description": "后厨很脏", "shop": "后厨小馆", "videos": [builders.a_video(town)]}
    lead = town.door.submit(requests.Opening(programme="haidian", workflow="food-lead", actor="ma-teng", facts=given)).case
    market = {"he-zheng", "cheng-ming", "yue-feng", "ma-teng"}
    assert seen_by(town, lead) == market
    moved(town, lead, "confirm", "he-zheng", grade="1")
    assert seen_by(town, lead) == market
    moved(town, lead, "inspect", "he-zheng", findings="过期面粉")
    assert seen_by(town, lead) == market | {"du-juan", "min-sheng"}


def test_counselling_is_known_to_the_rider_and_the_counsellor(town: composition.Engine) -> None:
    case = town.door.submit(
        requests.Opening(programme="haidian", workflow="counselling", actor="ma-teng", facts={"description": "睡不着"})
    ).case
    assert seen_by(town, case) == {"ma-teng", "shu-lan"}
    moved(town, case, "receive", "shu-lan")
    moved(town, case, "finish", "shu-lan")
    assert seen_by(town, case) == {"ma-teng", "shu-lan"}
