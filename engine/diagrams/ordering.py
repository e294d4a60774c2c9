"""In which order a workflow's states stand in a picture: from the opening to the end, side states before the way goes on. Pure.

No library draws this for us: those kept well need a binary, and the pure ones know no labels. Ranks are longest paths over the
moves that do not lead back (a depth-first walk from the initial state finds those that do)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence

from config.workflow import Final, Kind, Workflow

_FINALS = {None: 0, Final.DONE: 1, Final.REJECTED: 2}


def ordered(flow: Workflow) -> tuple[str, ...]:
    """All states, each once: by distance from the opening, dead ends of the way first, final states last, those out of reach before them."""
    onward = _onward(flow)
    ranks, heights = _ranks(flow, onward), _heights(onward)
    far = len(flow.states)
    places = {name: place for place, name in enumerate(flow.states)}

    def key(name: str) -> tuple[int, int, int, int]:
        return (_FINALS[flow.states[name].final], ranks.get(name, far), heights.get(name, 0), places[name])

    return tuple(sorted(flow.states, key=key))


def _moves(flow: Workflow, kinds: Collection[Kind | None]) -> dict[str, list[str]]:
    """Where transitions of these kinds lead from each state, in the order of the definition."""
    found: dict[str, list[str]] = {name: [] for name in flow.states}
    for trigger, rule in flow.transitions.items():
        if flow.kind_of(trigger) not in kinds:
            continue
        for source in rule.from_:
            if rule.to is not None and rule.to != source and source in found and rule.to in found:
                found[source].append(rule.to)
    return found


def _onward(flow: Workflow) -> dict[str, list[str]]:
    """The moves that close no cycle, of the states that can be reached. Rework and reopening lead on only to what nothing else reaches."""
    moves, undoing = _moves(flow, (None, Kind.RETURN)), _moves(flow, (Kind.REWORK, Kind.REOPEN))
    kept: dict[str, list[str]] = {}
    under_way: set[str] = set()

    def walk(state: str, known: Collection[str]) -> None:
        kept[state] = []
        under_way.add(state)
        for target in moves[state]:
            if target in under_way or target in known:
                continue
            kept[state].append(target)
            if target not in kept:
                walk(target, known)
        under_way.discard(state)

    if flow.initial in moves:
        walk(flow.initial, ())
    waiting = deque(kept)
    while waiting:
        state = waiting.popleft()
        for target in undoing[state]:
            if target not in kept:
                before = set(kept)
                kept[state].append(target)
                walk(target, before)
                waiting.extend(kept.keys() - before)
    return kept


def _ranks(flow: Workflow, onward: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The longest way from the opening to each state."""
    ranks: dict[str, int] = {flow.initial: 0} if flow.initial in onward else {}
    for state in reversed(_after_their_targets(flow.initial, onward)):
        for target in onward[state]:
            ranks[target] = max(ranks.get(target, 0), ranks[state] + 1)
    return ranks


def _heights(onward: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The longest way from each state to where nothing leads on."""
    heights: dict[str, int] = {}
    for start in onward:
        for state in _after_their_targets(start, onward):
            heights[state] = max((heights[target] + 1 for target in onward[state]), default=0)
    return heights


def _after_their_targets(start: str, onward: Mapping[str, Sequence[str]]) -> list[str]:
    """The states from `start` on, each after all that it leads to."""
    found: dict[str, None] = {}

    def walk(state: str) -> None:
        for target in onward[state]:
            if target not in found:
                walk(target)
        found.setdefault(state)

    if start in onward:
        walk(start)
    return list(found)
