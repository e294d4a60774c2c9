"""Who may see what of a case that is personal: names, phones, faces.

Personal facts lie in the erasable table; the case and its history carry only their digests. Whoever has a part in the case
(a role in it that is no rider's), reported it, or gave a value himself sees that value; a contact sees his own. `viewer` None
is the local operator, who sees all that is not erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from engine import actors, draft, facts
from notifications import recipients
from storage import database, looking

HIDDEN: Mapping[str, bool] = {"hidden": True}
ERASED: Mapping[str, bool] = {"erased": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A personal value as it is kept, with who gave it; `salt` and `value` are None once erased."""

    seq: int
    fact: str
    salt: str | None
    value: str | None
    actor: str | None


Personal = Mapping[int, Sequence[Given]]


def personal(tx: database.Transaction, ids: Iterable[int]) -> dict[int, list[Given]]:
    """The personal values of cases, in the order in which they were given."""
    wanted = sorted(set(ids))
    kept: dict[int, list[Given]] = {}
    for case_id, seq, fact, salt, value, actor in tx.all(looking.PERSONAL_GIVEN, (tx.listed(wanted),)) if wanted else ():
        kept.setdefault(case_id, []).append(Given(seq=seq, fact=fact, salt=salt, value=value, actor=actor))
    return kept


def may_hold(found: draft.Draft) -> bool:
    """Whether a case may have personal values: by its definition, or by one that it was under before."""
    return any(compiled.personal for compiled in (found.compiled, *(era.compiled for era in found.earlier)))


def holds(found: draft.Draft) -> bool:
    """Whether a case has personal values now."""
    if found.earlier:
        return may_hold(found)
    return not found.compiled.personal.isdisjoint(found.facts)


def facts_for(tx: database.Transaction, found: draft.Draft, viewer: str | None) -> dict[str, Any]:
    """The facts of a case as a recipient (a person's id or `fact:NAME`) may see them; None sees all that is not erased."""
    return facts_as(found, found.facts, personal(tx, [found.id]).get(found.id, ()) if may_hold(found) else (), viewer)


def facts_as(found: draft.Draft, given: Mapping[str, Any], kept: Sequence[Given], viewer: str | None) -> dict[str, Any]:
    """Facts with their personal values put back, hidden or known to be erased."""
    given = _without_erased(found, given)
    if not any(isinstance(value, dict) and facts.PERSONAL in value for value in given.values()):
        return dict(given)
    all_of_it = viewer is None or _has_a_part(found, viewer)
    return {name: _seen(name, value, kept, viewer, all_of_it=all_of_it) for name, value in given.items()}


def _without_erased(found: draft.Draft, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Photos and videos whose time is over are shown as erased, wherever in the history they stand."""
    gone = [name for name in given if facts.is_erased(found.facts.get(name))]
    return {**given, **{name: dict(ERASED) for name in gone}} if gone else given


def unprivileged(given: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as somebody without any part in the case sees them: whatever is personal is hidden, kept or erased alike."""
    return {
        name: dict(HIDDEN) if isinstance(value, dict) and {facts.PERSONAL, facts.ERASED} & value.keys() else value
        for name, value in given.items()
    }


def _seen(name: str, value: Any, kept: Sequence[Given], viewer: str | None, *, all_of_it: bool) -> Any:
    if not isinstance(value, dict) or facts.PERSONAL not in value:
        return value
    for row in reversed(kept):
        if row.fact != name or row.salt is None or row.value is None or facts.seal(row.salt, row.value) != value[facts.PERSONAL]:
            continue
        if all_of_it or row.actor == viewer or viewer == recipients.FACT + name:
            return orjson.loads(row.value)
        return dict(HIDDEN)
    return dict(ERASED)


def _has_a_part(found: draft.Draft, viewer: str) -> bool:
    """Whether a role in this case that is no rider's, or the report itself, is his."""
    if viewer.startswith(recipients.FACT):
        return False
    roles = found.town.live.people.roles
    return any(word != "anyone" and not (word in roles and roles[word].rider) for word in answers_to(found, viewer))


def answers_to(found: draft.Draft, viewer: str) -> frozenset[str]:
    """The words of a person in this case. Raises NotFound for a stranger."""
    return actors.of(found, viewer)
