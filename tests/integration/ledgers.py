"""A town with a ledger: leads that earn points by their grade, and redemptions that hold ten of them and pay two hundred yuan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import programme as programmes
from config import reading
from engine import balances, composition, requests
from tests import builders
from tests.integration import towns

Engine = composition.Engine
LEAD = """\
workflow: lead
title: {zh: 线索, en: Lead}
initial: reported
facts:
  grade:   {type: choice, title: {zh: 问题等级, en: Grade}, choices: {1: 重大, 2: 较大, 3: 一般}}
  courier: {type: person, title: {zh: 骑手, en: Courier}}
states:
  reported:  {title: {zh: 已上报, en: Reported}, no_deadline: 试验}
  confirmed: {title: {zh: 已核实, en: Confirmed}, no_deadline: 试验}
  unfounded: {title: {zh: 不实, en: Unfounded}, final: rejected}
  closed:    {title: {zh: 已办结, en: Closed}, final: done}
transitions:
  confirm:  {from: reported, to: confirmed, by: [verifier], needs: [grade], takes: [courier]}
  overturn: {from: [confirmed, closed], to: unfounded, by: [verifier]}
  close:    {from: confirmed, to: closed, by: [verifier]}
  reopen:   {from: [closed, unfounded], to: reported, by: [leader]}
  note:     {from: [reported, confirmed], by: [anyone]}
awards:
  - on: confirm
    to: reporter
    account: points
    amount: [{when: {grade: 1}, is: 5}, {when: {grade: 2}, is: 2}, {is: 1}]
    for: {zh: 食品安全隐患, en: Food-safety lead}
  - {on: confirm, to: courier, account: yuan, amount: 8, for: {zh: 跑腿补贴, en: Errand subsidy}}
  - {on: overturn, reverses: confirm}
"""
REDEMPTION = """\
workflow: redemption
title: {zh: 积分兑奖, en: Point redemption}
initial: requested
opened_by: [rider]
facts:
  note: {type: text, title: {zh: 备注, en: Note}}
states:
  requested: {title: {zh: 已申请, en: Requested}, no_deadline: 试验}
  paid:      {title: {zh: 已发放, en: Paid}, final: done}
  refused:   {title: {zh: 未批准, en: Refused}, final: rejected}
transitions:
  pay:    {from: requested, to: paid, by: [leader]}
  refuse: {from: requested, to: refused, by: [leader]}
  undo:   {from: paid, to: refused, by: [leader], kind: reopen}
awards:
  - {on: open, holds: reward, to: reporter}
  - {on: pay, exchange: reward, to: reporter}
  - {on: refuse, releases: reward}
  - {on: undo, reverses: pay}
"""
CROWD = [f"r{number}" for number in range(6)]
"""Riders of whom each is asked after once."""
_MORE = "".join(f"  {name}: {{name: 骑手 {name}, roles: [rider], email: {name}@example.org}}\n" for name in ("bai", *CROWD))
PEOPLE = builders.PEOPLE.replace("people:\n", f"people:\n{_MORE}", 1)


def a_programme(folder: Path, *, points: str = builders.POINTS, **workflows: str) -> programmes.Programme:
    """Testtown with leads and redemptions beside its reports."""
    at = builders.a_folder(folder, points=points, people=PEOPLE)
    for name, text in {"lead": LEAD, "redemption": REDEMPTION, **workflows}.items():
        (at / "workflows" / f"{name}.yaml").write_text(text, encoding="utf-8")
    read = reading.read_folder(at)
    assert read.programme is not None, read.problems
    return read.programme


@contextmanager
def a_town(folder: Path, url: str, **files: str) -> Iterator[Engine]:
    with towns.a_town(folder, url) as engine:
        towns.publish(engine, a_programme(folder / "ledger", **files))
        yield engine


def opened(engine: Engine, flow: str, *, by: str | None = "ma", when: str | None = None, key: str | None = None) -> requests.Done:
    at = towns.at(when) if when else None
    return engine.door.submit(requests.Opening(programme="testtown", workflow=flow, actor=by, key=key, at=at))


def confirmed(engine: Engine, *, by: str | None = "ma", grade: int = 1, when: str | None = None, **facts: Any) -> requests.Done:
    """A lead that market supervision has found true."""
    return towns.moved(engine, opened(engine, "lead", by=by, when=when), "confirm", "qian", grade=grade, when=when, **facts)


def owns(engine: Engine, person: str = "ma", account: str = "points") -> int:
    """What a person owns now."""
    now = engine.time.now()
    with engine.store.reading() as tx:
        found = balances.balances(tx, engine.catalog, programme="testtown", person=person, now=now)
    return next((each.balance for each in found if each.account == account), 0)


def lines(engine: Engine) -> list[tuple[Any, ...]]:
    """Every line of the ledger: case, entry, kind, whose, which account, how much."""
    return towns.rows(engine, "SELECT case_id, seq, kind, holder, account, amount FROM postings ORDER BY id")
