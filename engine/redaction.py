"""What an entry of a history keeps beside its facts, as somebody may see it: without what would say a fact that is hidden from him,
and without the numbers of cases that he may not know of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import orjson

from config import workflow
from engine import asking, catalog, draft, history, secrecy
from storage import database, statements

_LINKED = ("opened", "joined", "cut")
_ROUTES = (workflow.FactType.CATEGORY, workflow.FactType.UNIT)


def unknown(tx: database.Transaction, known: catalog.Catalog, rows: Iterable[Sequence[Any]], viewer: str | None) -> frozenset[str]:
    """The numbers of cases named by these entries of which a viewer may not know."""
    if viewer is None:
        return frozenset()
    details = [orjson.loads(row[history.DETAIL]) for row in rows if row[history.DETAIL] and row[history.KIND] in ("open", "move")]
    named = {number for detail in details for key in _LINKED for _, number in detail.get(key, ())}
    named |= {detail["opener"][0] for detail in details if "opener" in detail}
    if not named:
        return frozenset()
    ids = [case for _, case in cast("list[tuple[str, int]]", tx.all(statements.IDS_BY_NUMBER, (tx.listed(sorted(named)),)))]
    found = (draft.read(row, known, tx) for row in tx.all(statements.CASES_PEEK, (tx.listed(sorted(ids)),)))
    return frozenset(named - {case.number for case in found if secrecy.sees(case, viewer)})


def detail(found: draft.Draft, row: Sequence[Any], viewer: str | None, without: frozenset[str]) -> dict[str, Any]:
    """The detail of one entry. `without`: the numbers of cases that are left out."""
    kept: dict[str, Any] = orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {}
    if without:
        _unlink(kept, without)
    hides = secrecy.hidden(found, viewer) if kept else frozenset()
    if not hides:
        return kept
    compiled, trigger = found.compiled, row[history.TRIGGER]
    rule = compiled.workflow.transitions.get(trigger)
    if rule is not None and rule.extends is not None and getattr(rule.extends.by, "fact", None) in hides:
        kept.pop("extension", None)
    if secrecy.undated(compiled, kept.get("clock", ""), hides):
        kept.pop("due", None)
    for clock in [clock for clock in kept.get("ended", ()) if secrecy.undated(compiled, clock, hides)]:
        kept["ended"][clock] |= {"due": None, "breached_at": None}
    for clock in [clock for clock in kept.get("moved", ()) if secrecy.undated(compiled, clock, hides)]:
        del kept["moved"][clock]
    _unplace(compiled, kept, hides)
    if "awarded" in kept and not hides.isdisjoint(_weighed(compiled, trigger)):
        del kept["awarded"]
    asked = compiled.workflow.satisfaction
    if row[history.KIND] == asking.ANSWER and asked is not None and asked.fact in hides:
        kept = {key: value for key, value in kept.items() if key not in ("answer", "reason")}
    return kept


def _unlink(kept: dict[str, Any], without: frozenset[str]) -> None:
    for key in _LINKED:
        if key in kept:
            kept[key] = [each for each in kept[key] if each[1] not in without]
            if not kept[key]:
                del kept[key]
    if "opener" in kept and kept["opener"][0] in without:
        del kept["opener"]


def _unplace(compiled: catalog.Compiled, kept: dict[str, Any], hides: frozenset[str]) -> None:
    """Where a point lies, and the row of duties that follows from it, say the point, the area and the category."""
    for point in [point for point in kept.get("located", ()) if not hides.isdisjoint((point, *compiled.located.get(point, ())))]:
        del kept["located"][point]
    if not kept.get("located", True):
        del kept["located"]
    facts: Mapping[str, workflow.Fact] = compiled.workflow.facts
    if "routed" in kept and any(facts[name].type in _ROUTES for name in hides if name in facts):
        del kept["routed"]


def _weighed(compiled: catalog.Compiled, trigger: str) -> set[str]:
    """The facts by which it is decided what a trigger gives to whom."""
    rules = compiled.awards.get(trigger, ())
    asked = {name for rule in rules for share in rule.amount or () for name in share.when or ()}
    return asked | {name for rule in rules for name in (*(rule.when or ()), rule.to) if name is not None}
