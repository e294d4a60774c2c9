"""The rates that cities have published, out of stores filled with as many real cases: opened, resolved, closed in time, late, or never."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import cases, composition, outcomes, requests, stats
from tests.integration import towns

FILED = """\
workflow: report
title: {zh: 案卷, en: File}
initial: filed
facts:
  description: {type: text, required: true, title: {zh: 说明, en: What is it}}
states:
  filed:    {title: {zh: 已立案, en: Filed}}
  resolved: {title: {zh: 已处置, en: Resolved}}
  closed:   {title: {zh: 已结案, en: Closed}, final: done}
transitions:
  resolve: {from: filed, to: resolved, by: [handler]}
  close:   {from: resolved, to: closed, by: [verifier]}
clocks:
  whole: {title: {zh: 结案时限, en: Time to close}, runs_in: open, within: 10 days}
"""
"""The least that closes: filed, resolved, closed, with one limit on all of it."""
PEOPLE = """\
roles:
  rider:    {title: {zh: 骑手, en: Rider}, rider: true}
  handler:  {title: {zh: 承办人, en: Handler}}
  verifier: {title: {zh: 核查员, en: Verifier}}
  leader:   {title: {zh: 分管领导, en: Leader}}
people:
  ma:    {name: 马骑手, roles: [rider], email: ma@example.org}
  li:    {name: 李师傅, roles: [handler], email: li@example.org}
  qian:  {name: 钱核查, roles: [verifier], email: qian@example.org}
  mayor: {name: 周镇长, roles: [leader], email: mayor@example.org}
"""
NOW = "2027-01-05T08:00"
EARLY, IN_TIME, LATE, LATELY = "2026-12-01T08:00", "2026-12-08T08:00", "2026-12-15T08:00", "2026-12-30T08:00"


@pytest.fixture
def town(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    calendars = "calendars: {}\n"
    with towns.a_town(tmp_path, url, start=towns.at(NOW), workflow=FILED, people=PEOPLE, calendars=calendars, categories="categories: {}\n") as engine:  # fmt: skip
        yield engine


def filed(town: composition.Engine, count: int, *, opened: str, resolved: str | None = None, closed: str | None = None) -> None:
    """So many cases that all went alike."""
    asked = [
        requests.Opening(programme="testtown", workflow="report", actor="ma", facts={"description": "井盖"}, at=towns.at(opened))
        for _ in range(count)
    ]
    ids = _done(town, asked)
    for trigger, who, when in (("resolve", "li", resolved), ("close", "qian", closed)):
        if when is not None:
            _done(town, [requests.Move(case=number, trigger=trigger, actor=who, facts={}, at=towns.at(when)) for number in ids])


def _done(town: composition.Engine, asked: Iterable[requests.Request]) -> list[int]:
    found = cases.perform(town.store, town.catalog, list(asked), now=town.time.now())
    done = [each for each in found if isinstance(each, requests.Done)]
    assert len(done) == len(found), [each for each in found if not isinstance(each, requests.Done)][:1]
    return [each.case for each in done]


def rates(town: composition.Engine) -> dict[str, tuple[Any, ...]]:
    """By name: numerator, denominator, and the value as cities print it."""
    now, since, until = town.time.now(), towns.at("2026-12-01T00:00"), towns.at("2027-01-01T00:00")
    with town.store.reading() as tx:
        anew = stats.stats(tx, town.catalog, stats.Wanted(since=since, until=until), now=now)
    outcomes.keep_up(town.store, town.catalog, now=now)
    with town.store.reading() as tx:
        found = stats.stats(tx, town.catalog, stats.Wanted(since=since, until=until), now=now)
    assert found == anew
    return {row.name: (row.numerator, row.denominator, "" if row.value is None else f"{row.value:.2%}") for row in found}


def test_tianmen_in_december_2016(town: composition.Engine) -> None:
    """立案 996, 应结案 972, 结案 911 → 93.72 %; 737 of them on time → 75.82 %."""
    filed(town, 737, opened=EARLY, resolved=IN_TIME, closed=IN_TIME)
    filed(town, 174, opened=EARLY, resolved=IN_TIME, closed=LATE)
    filed(town, 61, opened=EARLY)
    filed(town, 24, opened=LATELY)
    found = rates(town)
    assert found["reports"][0] == 996
    assert found["closing_rate"] == (911, 972, "93.72%")
    assert found["on_time_closing_rate"] == (737, 972, "75.82%")


def test_ningguo_in_april_2022(town: composition.Engine) -> None:
    """派单 601, on time 597 → 99.33 %."""
    filed(town, 597, opened=EARLY, resolved=IN_TIME, closed=IN_TIME)
    filed(town, 4, opened=EARLY, resolved=IN_TIME, closed=LATE)
    found = rates(town)
    assert found["reports"][0] == 601
    assert found["on_time_closing_rate"] == (597, 601, "99.33%")


def test_ningxiang(town: composition.Engine) -> None:
    """197 reported, 193 resolved: 处置闭环率 97.97 %."""
    filed(town, 190, opened=EARLY, resolved=IN_TIME, closed=IN_TIME)
    filed(town, 3, opened=EARLY, resolved=IN_TIME)
    filed(town, 4, opened=LATELY)
    assert rates(town)["closure_rate"] == (193, 197, "97.97%")
