"""WHAT becomes one mail: more than so many ladder messages for one person within a minute. Pure; what is urgent never waits for company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from notifications.compose import Kind

WITHIN = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that may be sent now; `at` is when it fell due (UTC microseconds)."""

    id: int
    recipient: str
    channel: str
    kind: Kind
    urgent: bool
    at: int


def group(waiting: Iterable[Waiting], *, above: int) -> list[tuple[int, ...]]:
    """The messages' ids: each alone, or as one digest where more than `above` belong together. In order of their first message."""
    alone: list[Waiting] = []
    crowds: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for message in waiting:
        if message.kind == "ladder" and not message.urgent:
            crowds[message.recipient, message.channel].append(message)
        else:
            alone.append(message)
    groups = [[message] for message in alone]
    for crowd in crowds.values():
        groups += _of_one(sorted(crowd, key=lambda m: (m.at, m.id)), above)
    groups.sort(key=lambda g: (g[0].at, g[0].id))
    return [tuple(message.id for message in each) for each in groups]


def _of_one(messages: list[Waiting], above: int) -> list[list[Waiting]]:
    groups = []
    begin = end = 0
    while begin < len(messages):
        end = max(end, begin)
        while end < len(messages) and messages[end].at - messages[begin].at < WITHIN:
            end += 1
        if end - begin > above:
            groups.append(messages[begin:end])
            begin = end
        else:
            groups.append([messages[begin]])
            begin += 1
    return groups
