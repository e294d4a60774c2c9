"""What callers ask of a case, as values: open it, move it, acknowledge one of its clocks. A key makes any of them safe to repeat."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from engine import errors

TIMER, SYSTEM, LINKED = "timer", "system", "linked"
ID, NUMBER = re.compile(r"[0-9]{1,18}"), re.compile(r"[\w-]{3,80}")
"""How a case may be named: by its id, by its public number. Anything else names none."""
RESERVED = frozenset({TIMER, SYSTEM, LINKED})
"""Actors that nobody can be: what clocks, the program itself and linked cases do stands in the history under these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Open a case. `actor` None is anonymous; `at` is when it happened (UTC microseconds; now by default).

    `occasion`: what opens it, where that is nobody; the entry keeps it, and who may open is not asked."""

    programme: str
    workflow: str
    actor: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    at: int | None = None
    occasion: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Pull a trigger. `case` is the id or the public number; `if_version` is what the caller saw."""

    case: int | str
    trigger: str
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    if_version: int | None = None
    key: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Say that one is on it: stops repeats and later rungs of `clock` in its present round."""

    case: int | str
    clock: str
    actor: str
    key: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Say whether all is well now, for whoever was asked in a round (`recipient`: a person's id or `fact:NAME`); the code was looked at."""

    case: int
    round: int
    recipient: str
    satisfied: bool
    reason: str | None = None
    key: str | None = None
    at: int | None = None

    @property
    def actor(self) -> str:
        return self.recipient


Request = Opening | Move | Acknowledgement | Answering


class Done(NamedTuple):
    """A request that went through: the case, the history entry it made, and the state and version after it. `again`: its key was used before."""

    case: int
    number: str
    seq: int
    state: str
    version: int
    again: bool = False


def digest(request: Request) -> bytes:
    """What must be equal when a key comes again (16 bytes); raises RequestInvalid for what is no JSON. The version seen is not part of it: a repeat sees the version it made."""
    if isinstance(request, Opening):
        parts: list[object] = ["open", request.programme, request.workflow, request.actor, request.facts, request.at]
    elif isinstance(request, Move):
        parts = ["move", str(request.case), request.trigger, request.actor, request.facts, request.at]
    elif isinstance(request, Answering):
        parts = ["answer", request.case, request.round, request.recipient, request.satisfied, request.reason]
    else:
        parts = ["acknowledge", str(request.case), request.clock, request.actor, request.at]
    try:
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()[:16]
    except TypeError as exc:
        raise errors.RequestInvalid(f"the request cannot be written as JSON: {exc}", "请求中含有无法用 JSON 表示的内容") from exc
