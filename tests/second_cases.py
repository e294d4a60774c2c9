"""Random workflows within the common ground of both engines – elapsed time, one town's people – and random lives in them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

TITLE = {"zh": "某", "en": "Some"}
PEOPLE = {"ma": ("rider",), "wang": ("duty",), "zhao": ("duty", "desk-chief"), "qian": ("verifier",), "mayor": ("leader",)}
"""Persons of tests/builders.py whose roles do not depend on a unit."""
ROLES = ("duty", "desk-chief", "verifier", "leader")
BACK = ("return", "rework", "reopen")
SPANS = ("5 minutes", "10 minutes", "30 minutes", "1 hour", "90 minutes", "4 hours")
GAPS = (0, 0, 60, 300, 300, 600, 600, 1200, 1800, 3600, 5400, 14_400, 86_400)


class Act(NamedTuple):
    """What somebody tries: a trigger with facts or, where `clock` says so, an acknowledgement; `gap` seconds after the act before."""

    gap: int
    actor: str
    trigger: str
    facts: dict[str, str]
    clock: str | None = None


def a_workflow(rng: random.Random, *, moving: float = 0.8) -> dict[str, Any]:
    """A definition as the YAML has it: three to eight states, people's and timed transitions, clocks and ladders of every kind.

    `moving`: how many of the transitions lead to a state; the others leave the case where it is."""
    states = [f"s{n}" for n in range(rng.randint(3, 8))]
    final = set(rng.sample(states[1:], rng.choice((1, 1, 2)))) if len(states) > 3 else {states[-1]}
    open_ones = [state for state in states if state not in final]
    names = [*rng.sample(BACK, rng.randint(0, 3)), *(f"t{n}" for n in range(rng.randint(3, 9)))]
    clocks = [f"c{n}" for n in range(rng.choice((1, 1, 2, 3)))]
    transitions = {name: _transition(rng, states, names, clocks, moving) for name in names}
    timed = [name for name, rule in transitions.items() if "timer" in rule["by"]]
    ladders = {f"l{n}": [_rung(rng, timed) for _ in range(rng.randint(1, 4))] for n in range(rng.randint(1, 2))}
    return {
        "workflow": "report",
        "title": TITLE,
        "initial": "s0",
        "facts": {
            "u": {"type": "choice", "choices": {1: "a", 2: "b", 3: "c"}, "title": TITLE},
            "v": {"type": "choice", "choices": {1: "a", 2: "b"}, "title": TITLE},
            "note": {"type": "text", "title": TITLE},
        },
        "states": {name: {"title": TITLE} | ({"final": "done"} if name in final else {}) for name in states},
        "transitions": transitions,
        "clocks": {name: _clock(rng, open_ones, list(ladders)) for name in clocks},
        "ladders": ladders,
        "notices": [],
    }


def _maybe(rng: random.Random, chance: float, made: Mapping[str, Any]) -> dict[str, Any]:
    return dict(made) if rng.random() < chance else {}


def _transition(rng: random.Random, states: list[str], names: list[str], clocks: list[str], moving: float) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "from": rng.sample(states, rng.choice((1, 1, 2, 3))),
        "by": rng.sample([*ROLES, "anyone", "anyone", "reporter", "timer", "timer"], rng.randint(1, 3)),
    }
    rule["by"] = list(dict.fromkeys(rule["by"]))
    rule |= _maybe(rng, moving, {"to": rng.choice(states)})
    rule |= _maybe(rng, 0.25, {"kind": rng.choice(BACK)})
    rule |= _maybe(rng, 0.2, {"not_by": [rng.choice([*names, "open"])]})
    rule |= _maybe(rng, 0.2, {"most": rng.randint(1, 3)})
    rule |= _maybe(rng, 0.15, {"when": {"u": rng.sample([1, 2, 3], rng.randint(1, 2))}})
    if "timer" not in rule["by"]:
        rule |= _maybe(rng, 0.3, {"needs": rng.sample(["u", "v", "note"], rng.randint(1, 2))})
        rule |= _maybe(rng, 0.15, {"extends": {"clock": rng.choice(clocks), "by": rng.choice(SPANS), **_maybe(rng, 0.5, {"most": rng.randint(1, 3)}), **_maybe(rng, 0.5, {"once_overdue": True})}})  # fmt: skip
    return rule | _maybe(rng, 0.5, {"takes": [fact for fact in ("u", "v", "note") if fact not in rule.get("needs", ())]})


def _clock(rng: random.Random, open_ones: list[str], ladders: list[str]) -> dict[str, Any]:
    runs = rng.sample(open_ones, rng.randint(1, len(open_ones)))
    rest = [state for state in open_ones if state not in runs]
    clock: dict[str, Any] = {"title": TITLE, "runs_in": runs}
    if rest and rng.random() < 0.6:
        clock["pauses_in"] = rng.sample(rest, rng.randint(1, len(rest)))
    elif rng.random() < 0.2:
        clock["runs_in"] = "open"
    if rng.random() < 0.5:
        clock["within"] = rng.choice(SPANS)
    else:
        some = [{"when": {fact: rng.sample([1, 2, 3], rng.randint(1, 2)) if fact == "u" else [rng.choice((1, 2))]}, "is": rng.choice(SPANS)} for fact in rng.sample(["u", "u", "v"], 2)]  # fmt: skip
        clock["within"] = [*some, {"is": rng.choice(SPANS)}] if rng.random() < 0.7 else some
    clock |= {f"on_{kind}": rng.choice(("resume", "restart")) for kind in BACK if rng.random() < 0.6}
    clock |= _maybe(rng, 0.3, {"acknowledge": {"for": rng.choice(SPANS)}})
    return clock | _maybe(rng, 0.9, {"ladder": rng.choice(ladders)})


def _rung(rng: random.Random, timed: list[str]) -> dict[str, Any]:
    """A rung; one with a trigger stands at the deadline or after it, so that no case runs round within a moment."""
    acts = bool(timed) and rng.random() < 0.35
    late: dict[str, Any] = rng.choice(({"at": "due"}, {"after": rng.choice(SPANS)}))
    rung = late if acts else rng.choice((late, {"at": f"{rng.choice((1, 25, 50, 80, 99))}%"}, {"before": rng.choice(SPANS)}))
    if acts:
        rung["do"] = rng.choice(timed)
    if not acts or rng.random() < 0.5:
        rung |= {"notify": rng.sample(ROLES, rng.randint(1, 2)), "template": "overdue"}
    return rung | _maybe(rng, 0.2, {"always": True}) | _maybe(rng, 0.3, {"repeat": {"every": rng.choice(SPANS), "most": rng.randint(1, 3)}})


def an_opening(rng: random.Random) -> tuple[str, dict[str, str]]:
    return rng.choice(list(PEOPLE)), _facts(rng, ["u", "v", "note"], 0.4)


def an_act(rng: random.Random, flow: Mapping[str, Any], state: str) -> Act:
    """Mostly something that leads on from the state, by somebody who may, with what it needs; sometimes not."""
    actor, gap = rng.choice(list(PEOPLE)), rng.choice(GAPS)
    if rng.random() < 0.15:
        return Act(gap, actor, "acknowledge", {}, rng.choice(list(flow["clocks"])))
    leaving = [name for name, rule in flow["transitions"].items() if state in rule["from"]]
    trigger = rng.choice(leaving if leaving and rng.random() < 0.9 else list(flow["transitions"]))
    rule = flow["transitions"][trigger]
    may = [person for person, roles in PEOPLE.items() if {*roles, "anyone"} & set(rule["by"])]
    if may and rng.random() < 0.8:
        actor = rng.choice(may)
    needed = {fact: _value(rng, fact) for fact in rule.get("needs", ()) if rng.random() < 0.95}
    return Act(gap, actor, trigger, needed | _facts(rng, rule.get("takes", ()) if rng.random() < 0.97 else ["u", "v", "note"], 0.5))


def _facts(rng: random.Random, names: list[str], chance: float) -> dict[str, str]:
    return {name: _value(rng, name) for name in names if rng.random() < chance}


def _value(rng: random.Random, fact: str) -> str:
    return rng.choice({"u": ("1", "2", "3"), "v": ("1", "2"), "note": ("x",)}[fact])


def words_of(actor: str, reporter: str) -> tuple[str, ...]:
    """The words of `by` that somebody answers to."""
    return (*PEOPLE[actor], "anyone", *(["reporter"] if actor == reporter else []))
