"""A report comes in, and its desk is told at once what it may be and what was reported nearby: milliseconds of both together,
with a store full of open cases spread over a town, and categories learned from as many reports as a model may have."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import orjson

from bench import ground, loader
from config.programme import Category, Learns
from engine import cases, draft, requests
from engine.suggesting import learner, model, suggestions
from storage import statements, suggesting

DEGREES = 0.1
"""The side of the town: some ten kilometres."""
STREETS = ("东关巷", "胜利路", "宁乡大街", "凤城小区", "迎宾路", "河滨公园", "第二小学门口", "菜市场北门")
TAILS = ("，请尽快处理", "，已经三天了", "，有安全隐患", "，晚上看不清", "，老人小孩多", "")
GAP = 26_000_000
TAUGHT = 4000


def took(where: Path, template: Path, *, placed: int, openings: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of each opening with its suggestions, durably committed, by the wall and of CPU, both ascending; and how many duplicates
    were suggested in all."""
    lots, found, spent, used = random.Random(7), 0, list[float](), list[float]()
    with ground.ground(where, template) as own:
        with own.store.reading() as tx:
            defined = own.catalog.newest(tx, ground.PROGRAMME, ground.WORKFLOW).definition.categories.categories
        words = {name: one for name, one in defined.items() if one.keywords}
        loader.load(own, loader.in_order(placed, begin=ground.START - placed * GAP, gap=GAP), told=lambda: _told(lots, words))
        _teach(own, lots, words)
        rider = ground.people(own.catalog)["rider"]
        for number in range(-openings // 10, openings):  # the first tenth warms the process
            asked = requests.Opening(
                programme=ground.PROGRAMME, workflow=ground.WORKFLOW, actor=rider, facts=_told(lots, words), key=f"s{number}"
            )
            begun, before = time.perf_counter(), time.process_time()
            found += _opened(own, asked, ground.START + (number + openings) * 1_000_000)
            if number >= 0:
                spent.append((time.perf_counter() - begun) * 1e3)
                used.append((time.process_time() - before) * 1e3)
    return sorted(spent), sorted(used), found


def _opened(own: ground.Ground, asked: requests.Opening, now: int) -> int:
    done = cases.perform(own.store, own.catalog, [asked], now=now)[0]
    if not isinstance(done, requests.Done):
        raise done
    with own.store.reading() as tx:
        row = tx.one(statements.CASE_PEEK, (done.case,))
        assert row is not None
        said = suggestions.suggest(tx, own.catalog, draft.read(row, own.catalog, tx))
    assert said.how == "learned"
    orjson.dumps(said.body("zh"))
    return len(said.duplicates)


def _told(lots: random.Random, words: dict[str, Category]) -> dict[str, Any]:
    lon, lat = (round(least + lots.random() * DEGREES, 6) for least in (111.14, 37.29))
    return {"description": _report(lots, lots.choice(list(words.values()))), "location": {"lon": lon, "lat": lat, "datum": "wgs84"}}


def _report(lots: random.Random, category: Category) -> str:
    return f"{lots.choice(STREETS)}{lots.randint(1, 300)}号附近{lots.choice(category.keywords)}，{category.title.zh}{lots.choice(TAILS)}"


def _teach(own: ground.Ground, lots: random.Random, words: dict[str, Category]) -> None:
    """A model from made-up reports, stored as if a night's training had found it better than keywords."""
    samples = [learner.Sample(at, _report(lots, words[name]), name) for at, name in enumerate(lots.choices(list(words), k=TAUGHT))]
    text = learner.learn(samples, Learns()).text()
    about = {"confirmed": TAUGHT, "missing": 0, "reason": "learned", "in_use": True, "urgent": {},
             "learned": {"accuracy": 1.0, "top3": 1.0}, "keywords": {"accuracy": 1.0, "top3": 1.0}}  # fmt: skip
    with own.store.writing() as tx:
        tx.one(suggesting.INSERT_LEARNED, (ground.PROGRAMME, ground.START, model.digest(text), orjson.dumps(about).decode(), text))
