"""An account corrected by hand: a posting of no case, with its reason and who answers for it, chained so that `verify` finds a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from config import points
from engine import actors, awards, balances, catalog, chain, errors, reconciling
from storage import database, statements
from storage import ledger as rows

LONGEST_REASON = 200


class MayNotCorrect(errors.EngineError):
    """Somebody who only reports changes no account."""

    code = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """`amount` may be below nothing; `actor` None is the operator."""

    programme: str
    person: str
    account: str
    amount: int
    reason: str
    actor: str | None


def correct(store: database.Store, known: catalog.Catalog, wanted: Correction, *, now: int) -> balances.Balance:
    """A posting of no case, with its reason and who answers for it; returns what the person owns then.

    Raises NotFound for what the programme does not have, MayNotCorrect for a rider, RequestInvalid for nothing to correct."""
    with store.writing() as tx:
        known.refresh(tx)
        town = known.of(wanted.programme)
        _require(tx, town, wanted)
        tx.one(rows.LOCK, (f"ledger/{wanted.programme}/corrections",))
        tx.one(rows.LOCK, (f"ledger/{wanted.programme}/{wanted.person}",))
        key = reconciling.HEAD + wanted.programme
        kept = tx.one(statements.META_GET, (key,))
        count, digest = orjson.loads(kept[0]) if kept is not None else (0, chain.START.hex())
        head, seq = bytes.fromhex(digest), count + 1
        reason = orjson.dumps({"zh": wanted.reason, "en": wanted.reason}).decode()
        made = awards.by_hand(wanted.programme, wanted.person, wanted.account, wanted.amount, month=balances.month_of(now, town), at=now, seq=seq, reason=reason, actor=wanted.actor)  # fmt: skip
        chained: list[tuple[Any, ...]] = []
        for row in made:
            head = chain.link(head, row[:-1])
            chained.append((*row[:-1], head))
        tx.many(rows.INSERT_POSTINGS, chained)
        tx.run(statements.META_PUT, (key, orjson.dumps([seq, head.hex()]).decode()))
        found = balances.balances(tx, known, programme=wanted.programme, person=wanted.person, now=now)
    return next(each for each in found if each.account == wanted.account)


def _require(tx: database.Transaction, town: catalog.InForce, wanted: Correction) -> None:
    people = town.live.people
    if wanted.actor is not None:
        if wanted.actor not in people.people:
            raise errors.unknown("person", wanted.actor, list(people.people), zh="人员")
        if not actors.decides(people, wanted.actor):
            raise MayNotCorrect(
                f"{wanted.actor} only reports; an account is corrected by somebody with another role, or by the operator (without --as)",
                f"{wanted.actor} 只有上报角色；请由其他角色的人员更正，或由运维更正（不填 --as）",
            )
        if wanted.actor == wanted.person:
            raise MayNotCorrect(
                f"{wanted.actor} cannot correct an account of his own; somebody else has to (four eyes)",
                f"{wanted.actor} 不能更正自己的账户；须由他人更正（双人复核）",
            )
    if wanted.account not in town.live.points.accounts:
        raise errors.unknown("account", wanted.account, list(town.live.points.accounts), zh="账户")
    if wanted.person not in people.people and tx.one(rows.HOLDS_ANY, (wanted.programme, wanted.person)) is None:
        raise errors.unknown("person", wanted.person, list(people.people), zh="人员")
    if not wanted.amount or abs(wanted.amount) > points.MOST:
        raise errors.RequestInvalid("--amount: give a whole number other than 0, as 5 or -5", "--amount：请给出不为 0 的整数，如 5 或 -5")
    if not wanted.reason.strip() or len(wanted.reason) > LONGEST_REASON:
        raise errors.RequestInvalid(
            f"--reason: say in 1 to {LONGEST_REASON} characters why; it stands on the statement for good",
            f"--reason：请用 1 到 {LONGEST_REASON} 个字说明原因；它将一直留在对账单上",
        )
