"""What `fengxing check` says of a definition, held against brute force: random definitions whose cases are lived through again and
again, and whose circles are all gone round."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from config import checks, problems, reading
from config import programme as programmes
from engine import catalog, history
from sla import clocks
from tests import builders, lives, proving, second_cases
from tests.integration import towns

TITLE = second_cases.TITLE
Node = tuple[Any, ...]
Edges = Mapping[Node, list[tuple[Node, frozenset[str]]]]


def found_in(folder: Path, flow: Mapping[str, Any]) -> list[problems.Problem]:
    read = reading.read_folder(builders.a_folder(folder, workflow=orjson.dumps(flow, option=orjson.OPT_NON_STR_KEYS).decode()))
    return list(checks.check(read, templates=builders.TEMPLATES))


# --- rungs that never come


def a_race(rng: random.Random) -> dict[str, Any]:
    """Two clocks, on one of which the timer ends the matter; people move the case to and fro."""
    states = [f"s{number}" for number in range(rng.randint(2, 5))]
    moves: dict[str, Any] = {"lapse": {"from": states, "to": "end", "by": ["timer"]}}
    for number in range(rng.randint(2, 6)):
        rule: dict[str, Any] = {"from": rng.sample(states, rng.randint(1, 2)), "by": ["anyone"]}
        rule |= {"to": rng.choice(states)} if rng.random() < 0.85 else {}
        rule |= {"kind": rng.choice(("return", "rework"))} if rng.random() < 0.3 else {}
        rule |= {"takes": ["u"]} if rng.random() < 0.3 else {}
        rule |= {"extends": {"clock": rng.choice(("c0", "c1")), "by": "30 minutes"}} if rng.random() < 0.15 else {}
        moves[f"t{number}"] = rule
    timers = {"c0": _a_clock(rng, states, "l0"), "c1": _a_clock(rng, states, rng.choice(("l0", "l1", "l1")))}
    end = {**rng.choice(({"at": "due"}, {"after": "10 minutes"}, {"after": "1 hour"})), "do": "lapse"}
    ladders = {
        "l0": [*(_a_rung(rng) for _ in range(rng.randint(0, 2))), end, *(_a_rung(rng) for _ in range(rng.randint(0, 2)))],
        "l1": [_a_rung(rng) for _ in range(rng.randint(1, 3))],
    }
    return {
        "workflow": "report", "title": TITLE, "initial": "s0", "transitions": moves, "clocks": timers, "ladders": ladders, "notices": [],
        "facts": {"u": {"type": "choice", "choices": {"1": "a", "2": "b"}, "title": TITLE}},
        "states": {**{name: {"title": TITLE} for name in states}, "end": {"title": TITLE, "final": "done"}},
    }  # fmt: skip


def _a_clock(rng: random.Random, states: list[str], ladder: str) -> dict[str, Any]:
    runs = rng.sample(states, rng.randint(1, len(states)))
    rest = [name for name in states if name not in runs]
    lengths = ("20 minutes", "30 minutes", "1 hour", "2 hours")
    by_fact = [{"when": {"u": ["1"]}, "is": "30 minutes"}, {"is": rng.choice(lengths)}]
    clock = {"title": TITLE, "runs_in": runs, "ladder": ladder, "within": rng.choice((rng.choice(lengths), by_fact))}
    clock |= {"pauses_in": rng.sample(rest, rng.randint(1, len(rest)))} if rest and rng.random() < 0.6 else {}
    return clock | {f"on_{kind}": "restart" for kind in ("return", "rework") if rng.random() < 0.4}


def _a_rung(rng: random.Random) -> dict[str, Any]:
    places = (
        {"at": "due"},
        {"after": "10 minutes"},
        {"after": "30 minutes"},
        {"after": "3 hours"},
        {"at": "50%"},
        {"before": "10 minutes"},
    )
    rung: dict[str, Any] = {**rng.choice(places), "notify": ["leader"], "template": "overdue"}
    return rung | ({"repeat": {"every": "10 minutes", "most": 9}} if rng.random() < 0.4 else {})


def fired(flow: Mapping[str, Any], rng: random.Random) -> set[tuple[str, int, int]]:
    """What came in one random life: (ladder, rung, repeat)."""
    memory = lives.Memory(dict(flow), now=towns.START)
    memory.open("ma", {"u": rng.choice("12")} if rng.random() < 0.6 else {})
    for _ in range(rng.randint(3, 25)):
        state = memory.case.state
        ways = [name for name, rule in flow["transitions"].items() if state in rule["from"] and name != "lapse"]
        if not ways:
            break
        trigger = rng.choice(ways)
        facts = {"u": rng.choice("12")} if "takes" in flow["transitions"][trigger] and rng.random() < 0.7 else {}
        memory.act(second_cases.Act(rng.choice((0, 60, 300, 600, 1200, 1740, 3540)), "ma", trigger, facts))
    memory.end(86_400)
    found: set[tuple[str, int, int]] = set()
    for row in memory.entries:
        if row[history.KIND - 1] == "rung":
            detail = orjson.loads(row[history.DETAIL - 1])
            came = [(detail["rung"], detail["repeat"]), *detail.get("skipped", ())]
            found |= {(flow["clocks"][detail["clock"]]["ladder"], rung, repeat) for rung, repeat in came}
    return found


def test_a_rung_that_is_said_never_to_come_does_not_come(tmp_path: Path) -> None:
    said = 0
    for seed in range(proving.times(40, 600)):
        flow = a_race(random.Random(seed))
        never: set[tuple[str, int]] = set()
        most: dict[tuple[str, int], int] = {}
        for problem in found_in(tmp_path / str(seed), flow):
            if problem.code == "rung-never-comes":
                _, name, place, *_ = problem.path.split(".")
                never.add((name, int(place)))
            elif problem.code == "repeat-cut-short":
                _, name, place, *_ = problem.path.split(".")
                most[name, int(place)] = int(problem.message.split("at most ")[1].split()[0])
        said += len(never) + len(most)
        for life in range(proving.times(12, 60) if never or most else 0):
            for ladder, rung, repeat in fired(flow, random.Random(seed * 100_003 + life)):
                assert (ladder, rung) not in never, f"seed {seed}, life {life}: rung {rung + 1} of {ladder}"
                assert repeat <= most.get((ladder, rung), repeat), (
                    f"seed {seed}, life {life}: repeat {repeat} of rung {rung + 1} of {ladder}"
                )
    assert said > 5, "the definitions reach what they are about"


# --- circles without a deadline


def a_maze(rng: random.Random) -> dict[str, Any]:
    """Nothing but ways between states, some of them limited, and clocks."""
    flow = second_cases.a_workflow(rng)
    ends = {name for name, state in flow["states"].items() if "final" in state}
    for rule in flow["transitions"].values():
        for key in ("when", "not_by", "extends", *(["most"] if rng.random() < 0.5 else [])):
            rule.pop(key, None)
        rule["from"] = [name for name in rule["from"] if name not in ends] or [flow["initial"]]
    return flow


def circles(flow: dict[str, Any]) -> bool:
    """Whether a case can go round for ever while each clock that runs on the way begins anew: all that can become of its clocks is tried."""
    definition = programmes.definition_of(whole := lives.programme_of(flow), "report")
    compiled = catalog.made(1, definition.hash(), definition, programmes.live_of(whole))
    rules = compiled.workflow.transitions
    begin = _effect(compiled.workflow.initial, None, 0, "open", compiled)
    first = (compiled.workflow.initial, clocks.apply(compiled.plans, {}, begin, {}, compiled.timelines), 0)
    seen = {_node(first[0], first[1]): first}
    edges: dict[Node, list[tuple[Node, frozenset[str]]]] = defaultdict(list)
    waiting = list(seen)
    for node in waiting:
        state, folds, at = seen[node]
        for trigger, rule in rules.items():
            to = rule.to or state
            if state not in rule.from_ or (to == state and compiled.workflow.kind_of(trigger) is None):
                continue
            after = clocks.apply(compiled.plans, folds, _effect(to, state, at + 1, trigger, compiled), {}, compiled.timelines)
            following = _node(to, after)
            if following not in seen:
                seen[following] = (to, after, at + 1)
                waiting.append(following)
            if rule.most is None:
                edges[node].append((following, frozenset(name for name in folds if after[name].round > folds[name].round)))
    ends = {name for name, state in compiled.workflow.states.items() if state.final is not None}
    pending: list[Collection[Node]] = [[node for node in seen if node[0] not in ends]]
    while pending:
        for part in _connected(set(pending.pop()), edges):
            anew = {name for node in part for to, names in edges[node] if to in part for name in names}
            lasting = {node for node in part if any(runs and name not in anew for name, runs, *_ in node[1])}
            if not lasting:
                return True
            pending.append(part - lasting)
    return False


def _effect(to: str, state: str | None, at: int, trigger: str, compiled: catalog.Compiled) -> clocks.Effect:
    kind = compiled.kinds.get(trigger)
    return clocks.Effect(at=at, seq=at, trigger=trigger, kind=kind, from_state=state, to_state=to, facts={})


def _node(state: str, folds: Mapping[str, clocks.ClockFold]) -> Node:
    """A case as far as it matters for what comes: its state, and of each clock whether it runs, is over, and was gone back to."""
    return state, tuple((name, len(fold.spans) % 2 == 1, fold.settled is not None, fold.back) for name, fold in sorted(folds.items()))


def _connected(nodes: set[Node], edges: Edges) -> Iterator[set[Node]]:
    """The parts in which one can go round."""
    while nodes:
        node = next(iter(nodes))
        there = _reached(node, nodes, {one: [to for to, _ in edges.get(one, ())] for one in nodes})
        back: dict[Node, list[Node]] = defaultdict(list)
        for one in nodes:
            for to, _ in edges.get(one, ()):
                back[to].append(one)
        part = there & _reached(node, nodes, back)
        if len(part) > 1 or any(to == node for to, _ in edges.get(node, ())):
            yield part
        nodes = nodes - part


def _reached(begin: Node, nodes: set[Node], ways: Mapping[Node, list[Node]]) -> set[Node]:
    found, waiting = {begin}, [begin]
    while waiting:
        new = {to for to in ways.get(waiting.pop(), ()) if to in nodes} - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("part", range(proving.times(1, 8)))
def test_an_endless_circle_is_said_where_there_is_one_and_nowhere_else(tmp_path: Path, part: int) -> None:
    verdicts: dict[bool, int] = defaultdict(int)
    for seed in range(part * 100, part * 100 + proving.times(60, 100)):
        flow = a_maze(random.Random(seed))
        said = any(problem.code == "endless-cycle" for problem in found_in(tmp_path / str(seed), flow))
        assert said == circles(flow), f"seed {seed}"
        verdicts[said] += 1
    assert min(verdicts[True], verdicts[False]) > 5
