"""Random walks through awards, reversals, caps, holds, exchanges and reopenings: all accounts together come to nothing, a balance is
the sum of what the histories say, no limit is exceeded, and the same requests make the same postings again, in a store or in memory."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine import awards, cases, composition, corrections, errors, rehearsal, requests
from states import errors as refusals
from tests import builders, proving
from tests.integration import ledgers, towns

Engine = composition.Engine
POINTS = (
    builders.POINTS.replace("monthly_cap: 20", "monthly_cap: 6")
    .replace("budget: 4000", "budget: 700")
    .replace("{points: 10}", "{points: 3}")
    .replace("monthly_cap: 2}", "monthly_cap: 1}")
)
DEEDS = (
    [("confirm", "qian")] * 4 + [("overturn", "qian")] * 2 + [("close", "qian"), ("reopen", "mayor"), ("reopen", "mayor"), ("note", "bai")]
    + [("pay", "mayor")] * 3 + [("refuse", "mayor"), ("refuse", "mayor"), ("undo", "mayor")]
)  # fmt: skip
RIDERS = ("ma", "bai", "r0")
Act = tuple[int, requests.Request | corrections.Correction]


def a_walk(seed: int, *, length: int = 90) -> list[Act]:
    """What was asked and when; many of it is refused. An odd seed enters some of it late."""
    dice, now, opened = random.Random(seed), towns.START, 0
    acts: list[Act] = []
    for _ in range(length):
        now += dice.choice([1, 60, 3600, 86_400, 4 * 86_400]) * 1_000_000
        late = now - dice.randint(1, 90_000) * 1_000_000 if seed % 2 and dice.random() < 0.3 else None
        if opened < 3 or dice.random() < 0.3:
            opened += 1
            flow = dice.choice(["lead", "lead", "redemption"])
            actor = dice.choice(RIDERS) if flow == "redemption" or dice.random() < 0.9 else None
            acts.append((now, requests.Opening(programme="testtown", workflow=flow, actor=actor, at=late)))
        elif dice.random() < 0.05:
            amount = dice.choice([-3, 2, 5])
            acts.append((now, corrections.Correction(programme="testtown", person=dice.choice(RIDERS), account="points", amount=amount, reason="更正", actor="mayor")))  # fmt: skip
        else:
            trigger, actor = dice.choice(DEEDS)
            given: dict[str, Any] = {"grade": dice.choice("123")} if trigger == "confirm" else {}
            if trigger == "confirm" and dice.random() < 0.4:
                given["courier"] = dice.choice(RIDERS)
            case = dice.randint(max(1, opened - 6), opened)
            acts.append((now, requests.Move(case=case, trigger=trigger, actor=actor, facts=given, at=late)))
    return acts


@contextmanager
def a_store(folder: Path, template: Path) -> Iterator[Engine]:
    folder.mkdir()
    shutil.copy(template, folder / "fengxing.db")
    with ledgers.a_town(folder, f"sqlite:///{folder / 'fengxing.db'}", points=POINTS) as engine:
        yield engine


def walk(engine: Engine, acts: list[Act]) -> list[str]:
    """Ask for all of it, one transaction each; what came of each."""
    came = []
    for now, asked in acts:
        if isinstance(asked, corrections.Correction):
            corrections.correct(engine.store, engine.catalog, asked, now=now)
            came.append("corrected")
        else:
            (outcome,) = cases.perform(engine.store, engine.catalog, [asked], now=now)
            came.append("done" if isinstance(outcome, requests.Done) else outcome.code)
    return came


def postings(engine: Engine) -> list[tuple[Any, ...]]:
    return towns.rows(engine, "SELECT programme, case_id, seq, nth, trigger, kind, holder, account, amount, exchange, month, at, recorded_at, reason, actor FROM postings ORDER BY id")  # fmt: skip


def of_the_histories(engine: Engine) -> Counter[tuple[str, str]]:
    """What everybody owns by the entries alone, and by the corrections."""
    owned: Counter[tuple[str, str]] = Counter()
    for (detail,) in towns.rows(engine, "SELECT detail FROM history WHERE detail IS NOT NULL"):
        for body in orjson.loads(detail).get("awarded", ()):
            owned.update({(who, account): amount for who, account, amount in awards.record(body).lines})
    for who, account, amount in towns.rows(engine, "SELECT holder, account, amount FROM postings WHERE case_id IS NULL"):
        owned[who, account] += amount
    return owned


def in_memory(engine: Engine, acts: list[Act]) -> dict[tuple[str, str], int]:
    """The same walk in a rehearsal: what each rider owns at its end."""
    town = engine.catalog.of("testtown")
    with engine.store.reading() as tx:
        definitions = {flow: engine.catalog.newest(tx, "testtown", flow) for flow in ("lead", "redemption")}
    stage, numbers = rehearsal.Rehearsal(town, definitions, now=towns.START), list[int]()
    for now, asked in acts:
        stage.until(now)
        try:
            if isinstance(asked, corrections.Correction):
                stage.endow(asked.person, asked.account, stage.balance(asked.person, asked.account) + asked.amount)
            elif isinstance(asked, requests.Opening):
                numbers.append(stage.open(asked.workflow, actor=asked.actor, facts=asked.facts).id)
            elif isinstance(asked, requests.Move) and int(asked.case) <= len(numbers):
                stage.move(numbers[int(asked.case) - 1], asked.trigger, actor=asked.actor, facts=asked.facts)
        except (refusals.StatesError, errors.EngineError):
            continue
    return {(rider, account): stage.balance(rider, account) for rider in RIDERS for account in ("points", "yuan")}


SEEDS = range(300 if proving.PROVING else 14)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_done_the_ledger_is_what_the_histories_say(tmp_path: Path, sqlite_template: Path, seed: int) -> None:
    acts = a_walk(seed)
    with a_store(tmp_path / "first", sqlite_template) as engine:
        came = walk(engine, acts)
        made = postings(engine)
        assert (
            towns.rows(engine, "SELECT programme, account, sum(amount) FROM postings GROUP BY programme, account HAVING sum(amount) <> 0")
            == []
        )
        stored = Counter({(who, account): amount for who, account, amount in towns.rows(engine, "SELECT holder, account, sum(amount) FROM postings GROUP BY holder, account")})  # fmt: skip
        assert stored == of_the_histories(engine)
        assert towns.findings(engine) == []
        require_limits(engine)
        owned = {(rider, account): stored[rider, account] for rider in RIDERS for account in ("points", "yuan")}
        if seed % 2 == 0:
            assert in_memory(engine, acts) == owned
    with a_store(tmp_path / "second", sqlite_template) as again:
        assert walk(again, acts) == came
        assert postings(again) == made


def require_limits(engine: Engine) -> None:
    earned = towns.rows(engine, "SELECT holder, month, sum(amount) FROM postings WHERE kind IN ('award', 'reversal') AND account = 'points' AND holder <> '(town)' GROUP BY holder, month")  # fmt: skip
    assert all(0 <= amount <= 6 for _, _, amount in earned), earned
    given = towns.rows(engine, "SELECT month, -sum(amount) FROM postings WHERE account = 'yuan' AND holder = '(town)' GROUP BY month")
    assert all(0 <= amount <= 700 for _, amount in given), given
    held = towns.rows(engine, "SELECT holder, sum(amount) FROM postings WHERE holder LIKE 'held:%' GROUP BY holder")
    assert all(amount >= 0 and amount % 3 == 0 for _, amount in held), held
    standing = Counter(
        (row[0], each[3]["to"], each[3]["name"]) for row in towns.rows(engine, "SELECT id, fold FROM cases") for each in orjson.loads(row[1]).get("a", ())
    )  # fmt: skip
    assert max(standing.values(), default=0) <= 1, "one case, one award of a rule"


def test_the_walks_come_through_everything(tmp_path: Path, sqlite_template: Path) -> None:
    """A walk in which nothing is capped, refused for want of points or taken back would prove little."""
    kinds: set[str] = set()
    came: set[str] = set()
    capped = 0
    for seed in SEEDS:
        with a_store(tmp_path / str(seed), sqlite_template) as engine:
            came.update(walk(engine, a_walk(seed)))
            kinds.update(kind for (kind,) in towns.rows(engine, "SELECT DISTINCT kind FROM postings"))
            capped += towns.rows(engine, "SELECT count(*) FROM history WHERE detail LIKE '%\"capped\"%'")[0][0]
    assert kinds == {str(kind) for kind in awards.Kind}
    assert came >= {"done", "balance", "monthly-limit", "wrong-state", "corrected"}
    assert capped
