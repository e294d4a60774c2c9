"""Who may see what of a case: the one place that everything asks which shows or sends.

Personal facts (names, phones, faces) lie in the erasable table; the case and its history carry only their digests. Whoever has a part
in the case (a role in it that is no rider's), reported it, or gave a value himself sees that value; a contact sees his own.

Beyond that, a workflow's `visibility` hides facts or whole cases: somebody sees what the rules of the case's *present* state let him see,
in the case and in each entry of its history alike. `viewer` None is the local operator, who sees all that is not erased; NOBODY is whoever
happens to look (Prefect's pages, a log that leaves the house), and sees what no rule hides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config import visibility
from engine import actors, catalog, draft, errors, facts, requests
from notifications import recipients
from storage import database, looking

HIDDEN: Mapping[str, bool] = {"hidden": True}
ERASED: Mapping[str, bool] = {"erased": True}
NOBODY = ""
"""A viewer who is nobody in particular."""
_NOTHING: frozenset[str] = frozenset()


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
    shown = dict(given)
    if any(isinstance(value, dict) and facts.PERSONAL in value for value in given.values()):
        all_of_it = viewer is None or _has_a_part(found, viewer)
        shown = {name: _seen(name, value, kept, viewer, all_of_it=all_of_it) for name, value in given.items()}
    if found.compiled.veils and viewer is not None:
        shown |= {name: dict(HIDDEN) for name in hidden(found, viewer) & shown.keys()}
    return shown


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
    if viewer == NOBODY or viewer.startswith(recipients.FACT):
        return False
    roles = found.town.live.people.roles
    return any(word != "anyone" and not (word in roles and roles[word].rider) for word in answers_to(found, viewer))


def answers_to(found: draft.Draft, viewer: str) -> frozenset[str]:
    """The words of a person in this case. Raises NotFound for a stranger."""
    return actors.of(found, viewer)


def sees(found: draft.Draft, viewer: str | None) -> bool:
    """Whether somebody (a person's id, `fact:NAME`, what acts by itself) may know of a case at all."""
    veil = _veil(found)
    return veil is None or veil.case is None or _among(found, viewer, veil.case)


def confidential(compiled: catalog.Compiled) -> bool:
    """Whether its cases are hidden in every state: they are shown in aggregate figures only."""
    return bool(compiled.veils) and all(
        (veil := compiled.veils.get(state)) is not None and veil.case is not None for state in compiled.workflow.states
    )


def require(found: draft.Draft, viewer: str | None, reference: int | str) -> draft.Draft:
    """The case, for whoever may know of it. Raises NotFound as if there were none under this reference."""
    if not sees(found, viewer):
        raise no_case(reference)
    return found


def no_case(reference: int | str) -> errors.NotFound:
    """What is said of a case that is not there, and of one that is not to be known of: the same."""
    return errors.NotFound("case", reference, zh="案件")


def hidden(found: draft.Draft, viewer: str | None) -> frozenset[str]:
    """The facts whose values are hidden from somebody by the rules; all of them where he may not know of the case."""
    veil = _veil(found)
    if veil is None or viewer is None:
        return _NOTHING
    if not sees(found, viewer):
        return frozenset((*found.facts, *found.compiled.workflow.facts))
    return frozenset(name for name, only in veil.facts.items() if not _among(found, viewer, only))


class Sieve:
    """Keeps messages about a case back from those who may not know of it, and whom it `withheld` them from."""

    __slots__ = ("_found", "withheld")

    def __init__(self, found: draft.Draft) -> None:
        self._found = found
        self.withheld: dict[str, None] = {}

    def __call__(self, who: str) -> bool:
        if sees(self._found, who):
            return True
        self.withheld[who] = None
        return False


def sieve(found: draft.Draft) -> Sieve | None:
    """Through which the messages about a case go; None where anybody may know of it."""
    veil = _veil(found)
    return None if veil is None or veil.case is None else Sieve(found)


def unruled(compiled: catalog.Compiled, clock: str, hides: frozenset[str]) -> bool:
    """Whether the rule of a clock would say what a hidden fact is."""
    return bool(hides) and any(not hides.isdisjoint(target.when or ()) for target in compiled.workflow.clocks[clock].within or ())


def undated(compiled: catalog.Compiled, clock: str, hides: frozenset[str]) -> bool:
    """Whether the deadline of a clock is a hidden fact."""
    defined = compiled.workflow.clocks.get(clock) if hides else None
    return defined is not None and defined.due is not None and defined.due.fact in hides


def urgent_to(found: draft.Draft, hides: frozenset[str]) -> bool:
    """Whether a case is urgent, to somebody from whom these facts are hidden: not if it is they that say so."""
    return found.urgent and hides.isdisjoint(found.town.live.programme.urgent)


def _veil(found: draft.Draft) -> visibility.Veil | None:
    return found.compiled.veils.get(found.state) if found.compiled.veils else None


def _among(found: draft.Draft, viewer: str | None, only: frozenset[str]) -> bool:
    """Whether somebody is one of those whom a rule names: by a role, by his part in the case, or because a fact names him."""
    if viewer is None or viewer in requests.RESERVED:
        return True
    if viewer.startswith(recipients.FACT):
        return viewer.removeprefix(recipients.FACT) in only
    if viewer != NOBODY and viewer in found.town.live.people.people and not only.isdisjoint(answers_to(found, viewer)):
        return True
    return any(found.facts.get(word) == viewer for word in only if word in found.compiled.workflow.facts)
