"""Cases that open, join, tell and wait for others: what a trigger does beyond its own case, in the same transaction.

`prepare` refuses before anything is changed; `carry_out` opens and joins as the move is recorded; what others are told waits as
errands until the case in hand is done, and is run by `moving.drain`."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from config import effects as language
from config import matches
from engine import catalog, draft, errors, facts, registers, routing, secrecy
from states import machine

DEEPEST = 16
"""How far a chain of cases that tell cases goes; more can only come of definitions that tell each other in a circle."""


class Birth(NamedTuple):
    """A linked case about to be opened."""

    compiled: catalog.Compiled
    link: str
    kept: dict[str, Any]
    reporter: str | None
    placed: Mapping[str, Any] | None
    apart: Sequence[tuple[str, str, str]]
    """Its personal facts, for the erasable table."""
    prepared: Prepared
    """What its own opening brings with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a move brings with it, asked for before the move is made."""

    births: tuple[Birth, ...] = ()
    joined: tuple[tuple[draft.Draft, str], ...] = ()
    cut: tuple[draft.Opener, ...] = ()


NOTHING = Prepared()


class Going(NamedTuple):
    """The facts after the move, who reported the case and who moves it."""

    facts: Mapping[str, Any]
    reporter: str | None
    actor: str | None


def drawn(compiled: catalog.Compiled, number: str) -> dict[str, bool]:
    """The facts that are drawn for a case of this number: the same draw whenever it is asked."""
    return {name: _draw(number, name) < share for name, share in compiled.drawn}


def _draw(number: str, name: str) -> float:
    """From 0 up to 100."""
    return int.from_bytes(hashlib.sha256(f"{number}/{name}".encode()).digest()[:8]) / 2**64 * 100


def prepare(
    batch: draft.Batch, case: draft.Draft | None, compiled: catalog.Compiled, trigger: str, now: Going, *, depth: int = 0
) -> Prepared:  # fmt: skip
    """What a trigger (or `open`, then `case` is None) opens, joins and cuts. Raises what stands against it; nothing is changed."""
    effects = compiled.effects.get(trigger)
    if effects is None or batch.alone:
        return NOTHING
    town = batch.catalog.of(compiled.programme)
    births = [
        birth
        for one in effects.opens
        if one.when is None or matches.hold(one.when, now.facts)
        for birth in _births(batch, town, compiled, one, now, depth=depth)
    ]
    joined: list[tuple[draft.Draft, str]] = []
    cut: list[draft.Opener] = []
    for link in effects.links:
        if link.cut:
            cut += [o for o in case.openers if o.link == link.as_] if case is not None else ()
        elif link.fact is not None and link.fact in now.facts:
            joined.append((_other(batch, case, compiled, link.fact, str(now.facts[link.fact]), now.actor or secrecy.NOBODY), link.as_))
    return Prepared(births=tuple(births), joined=tuple(joined), cut=tuple(cut))


def _births(
    batch: draft.Batch, town: catalog.InForce, compiled: catalog.Compiled, one: language.Opens, now: Going, *, depth: int
) -> list[Birth]:  # fmt: skip
    if depth > DEEPEST:
        raise errors.TellsInCircles(one.link, f"opening {one.workflow}")
    child = batch.catalog.newest(batch.tx, compiled.programme, one.workflow)
    base = carried(one.with_, now.facts, child)
    reporter = {"none": None, "same": now.reporter, "actor": now.actor}[one.reporter]
    if reporter is not None and reporter not in town.live.people.people:
        reporter = None
    found = []
    for row in _rows(town, one, child):
        kept = facts.check(child, town, {**row, **base})
        facts.required(child, kept)
        placed = routing.placed(child, town, kept, {}) if child.located else None
        apart = facts.set_apart(child, kept) if child.personal else ()
        brings = prepare(batch, None, child, machine.OPEN, Going(kept, reporter, None), depth=depth + 1)
        found.append(Birth(child, one.link, kept, reporter, placed, apart, brings))
    return found


def _rows(town: catalog.InForce, one: language.Opens, child: catalog.Compiled) -> Sequence[Mapping[str, Any]]:
    """What each new case gets of a row of a register; one case without any, where no register is named."""
    each = one.for_each
    if each is None:
        return ({},)
    rows = registers.rows(town.live, each.register_, each.when)
    return [registers.given(child.workflow, each.register_, row, values) for row, values in rows]


def carried(given: Mapping[str, language.Given], known: Mapping[str, Any], other: catalog.Compiled) -> dict[str, Any]:
    """What another case gets of this one's facts; what is not known here is left out."""
    found: dict[str, Any] = {}
    for name, source in given.items():
        if isinstance(source, language.Constant):
            found[name] = source.is_
            if (fact := other.workflow.facts.get(name)) is not None:
                with contextlib.suppress(ValueError):  # the fact is of another type by now; the word is refused as what it is
                    found[name] = fact.constant(source.is_)
        elif source in known:
            found[name] = known[source]
    return found


def _other(batch: draft.Batch, case: draft.Draft | None, compiled: catalog.Compiled, fact: str, number: str, actor: str) -> draft.Draft:
    """The case to which this one is joined, under change in the same transaction; for whoever may not know of it there is none."""
    found = batch.by_number(number)
    if found is None or found.compiled.programme != compiled.programme or not secrecy.sees(found, actor):
        raise secrecy.no_case(number)
    if case is not None and found.id == case.id:
        raise errors.FactInvalid(fact, f"{number} is this very case; name another", f"{number} 就是本案；请填写另一案件")
    if case is not None and _belongs_to(batch, found, case.id):
        raise errors.FactInvalid(
            fact,
            f"{number} is joined to this case already, or to one that is; join them the other way round only after that is undone",
            f"{number} 已并入本案（或并入本案的案件）；请先撤销再反向合并",
        )
    wanted = compiled.workflow.facts[fact].workflow
    if wanted is not None and found.compiled.workflow.workflow != wanted:
        raise errors.FactInvalid(
            fact, f"{number} is a case of {found.compiled.workflow.workflow}, not of {wanted}", f"{number} 不属于流程 {wanted}"
        )
    return found


def _belongs_to(batch: draft.Batch, case: draft.Draft, other: int) -> bool:
    """Whether a case belongs to another, at once or by way of others; those on the way are under change in the same transaction."""
    seen, above = set[int](), {opener.id for opener in case.openers}
    while above:
        if other in above:
            return True
        seen |= above
        batch.load(above)
        above = {o.id for number in above if number in batch.drafts for o in batch.drafts[number].openers} - seen
    return False


Begin = Callable[..., draft.Draft]
Trail = tuple[tuple[int, str], ...]
"""The moves that led to one, the first one first: case and trigger."""


def carry_out(batch: draft.Batch, case: draft.Draft, prepared: Prepared, begin: Begin, *, at: int, trail: Trail) -> dict[str, Any]:
    """Open, join and cut; `trail` ends with this move. Returns what the entry keeps of it. The entry itself is not yet appended."""
    detail: dict[str, Any] = {}
    if prepared.births:
        detail["opened"] = [[birth.link, _born(batch, case, birth, begin, at=at, trail=trail).number] for birth in prepared.births]
    if prepared.joined:
        for other, name in prepared.joined:
            _join(batch, case, other, name)
        detail["joined"] = [[name, other.number] for other, name in prepared.joined]
    if prepared.cut:
        for opener in prepared.cut:
            batch.cut(opener, case.id)
            if case.closed_at is None and batch.linked(opener.id, opener.link):  # all that are left may have ended
                batch.errands.append(draft.Errand(opener.id, opener.link, None, {}, {}, at, trail))
        case.openers = tuple(o for o in case.openers if o not in prepared.cut)
        detail["cut"] = [[o.link, o.number] for o in prepared.cut]
    return detail


def _born(batch: draft.Batch, case: draft.Draft, birth: Birth, begin: Begin, *, at: int, trail: Trail) -> draft.Draft:
    opener = draft.Opener(case.id, case.number, birth.link)
    child = begin(
        batch, birth.compiled, case.town, kept=birth.kept, at=at, apart=birth.apart, reporter=birth.reporter, opener=opener,
        prepared=birth.prepared, placed=birth.placed, trail=trail,
    )  # fmt: skip
    batch.link(opener, child.id, open_=True)
    return child


def _join(batch: draft.Batch, case: draft.Draft, other: draft.Draft, name: str) -> None:
    opener = draft.Opener(other.id, other.number, name)
    if opener not in case.openers:
        case.openers = (*case.openers, opener)
    batch.link(opener, case.id, open_=case.closed_at is None)


def owe(batch: draft.Batch, case: draft.Draft, trigger: str, *, at: int, trail: Trail) -> None:
    """Note down whom a trigger tells, with the words it has for them now; `trail` ends with it."""
    effects = case.compiled.effects.get(trigger)
    if effects is None or batch.alone:
        return
    for opens in effects.opens:
        if opens.link in case.compiled.joins:  # nothing may have been opened, or what was has ended already
            batch.errands.append(draft.Errand(case.id, opens.link, None, {}, {}, at, trail))
    for tells in effects.tells:
        if tells.when is None or matches.hold(tells.when, case.facts):
            known = {name: case.facts[source] for name, source in tells.with_.items() if isinstance(source, str) and source in case.facts}
            fixed = {name: source for name, source in tells.with_.items() if isinstance(source, language.Constant)}
            batch.errands.append(draft.Errand(case.id, tells.case, tells.trigger, known, fixed, at, trail))


def closed(batch: draft.Batch, case: draft.Draft, *, was: bool, at: int, trail: Trail) -> None:
    """A case that others wait for has ended, or goes on again."""
    now = case.closed_at is not None
    if not case.openers or now == was or batch.alone:
        return
    batch.marked[case.id] = not now
    if now:
        batch.errands.extend(draft.Errand(opener.id, opener.link, None, {}, {}, at, trail, ended=True) for opener in case.openers)


def arrived(batch: draft.Batch, case: draft.Draft, *, came_from: str, at: int, trail: Trail) -> None:
    """A case that comes to where it waits for others asks whether they have ended before; for whoever has none, nothing is asked."""
    if batch.alone or case.state == came_from:
        return
    for name, rule in case.compiled.joins.items():
        if (case.state, rule.do) in case.compiled.machine.table and batch.linked(case.id, name):
            batch.errands.append(draft.Errand(case.id, name, None, {}, {}, at, trail))


def told(batch: draft.Batch, errand: draft.Errand) -> list[tuple[draft.Draft, str, dict[str, Any]]]:
    """Who is moved by an errand, with which trigger and facts."""
    if errand.trigger is None:
        return _awaited(batch, errand)
    teller = batch.drafts[errand.case]
    ids = [o.id for o in teller.openers] if errand.target == language.OPENER else batch.linked(errand.case, errand.target)
    batch.load(ids)
    found = []
    for number in ids:
        case = batch.drafts.get(number)
        if case is None:
            continue
        ended = case.state in case.compiled.machine.final
        if ended and (case.state, errand.trigger) not in case.compiled.machine.table:
            continue
        found.append((case, errand.trigger, {**errand.facts, **carried(errand.fixed, {}, case.compiled)}))
    return found


def _awaited(batch: draft.Batch, errand: draft.Errand) -> list[tuple[draft.Draft, str, dict[str, Any]]]:
    """The case that waited, where what it waited for has come."""
    batch.load([errand.case])
    case = batch.drafts.get(errand.case)
    rule = case.compiled.joins.get(errand.target) if case is not None else None
    if case is None or rule is None or (case.state, rule.do) not in case.compiled.machine.table:
        return []
    if not (rule.when == "any" and errand.ended) and batch.any_open(case.id, errand.target):
        return []
    return [(case, rule.do, {})]


def opened_with(opener: draft.Opener | None, reporter: str | None) -> dict[str, Any]:
    """What the opening entry of a case keeps of whoever opened it."""
    detail: dict[str, Any] = {}
    if opener is not None:
        detail["opener"] = [opener.number, opener.link]
        if reporter is not None:
            detail["reporter"] = reporter
    return detail
