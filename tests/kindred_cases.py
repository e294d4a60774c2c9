"""Random towns whose cases open, tell, join and wait for each other, award, claim and draw, and whose schedule opens some too."""

from __future__ import annotations

import random
from typing import Any

from config import points, schedules, workflow
from config import programme as programmes
from tests import lives, second_cases

TITLE = second_cases.TITLE
CHILDREN = ("visit", "check")
_MORE = {
    "other": {"type": "case", "title": TITLE},
    "sampled": {"type": "yes_no", "drawn": "40%", "title": TITLE},
    "who": {"type": "person", "title": TITLE},
}


def a_town(seed: int) -> programmes.Programme:
    """Reports open visits, visits open checks; what is told goes one step down, and up as far as it likes, so that no circle is closed."""
    rng = random.Random(seed)
    flows = {name: _a_flow(rng, name) for name in ("report", *CHILDREN)}
    report, visit, check = (flows[name] for name in ("report", *CHILDREN))
    _opens(rng, report, "visit", "visit")
    _opens(rng, visit, "check", "check")
    if rng.random() < 0.5:
        visit["opens"].append({"on": "open", "workflow": "check", "link": "first"})
    report["tells"] = [{"on": _pulled(rng, report), "case": "visit", "trigger": "hear"}]
    visit["tells"] = [{"on": _pulled(rng, visit), "case": "opener", "trigger": "heed", **_some({"with": {"note": "note"}}, rng)}]
    check["tells"] = [{"on": [_pulled(rng, check), "hear"], "case": "opener", "trigger": "heed"}]
    report["joins"] = [{"of": "visit", "when": rng.choice(("all", "any")), "do": "go_on"}]
    visit["joins"] = [{"of": "check", "when": rng.choice(("all", "any")), "do": "go_on"}]
    report["links"] = [{"on": "merge", "fact": "other", "as": "twin"}, {"on": _pulled(rng, report), "as": "twin", "cut": True}]
    accounts = {"points": {"title": TITLE, "unit": TITLE, "monthly_cap": 9}, "yuan": {"title": TITLE, "unit": TITLE, "budget": 40}}
    daily = {"round": {"title": TITLE, "opens": "visit", "at": f"{rng.randint(8, 22):02}:30"}}
    return lives.town().model_copy(
        update={
            "workflows": {name: workflow.Workflow.model_validate(flow) for name, flow in flows.items()},
            "points": points.Points.model_validate({"accounts": accounts}),
            "schedules": schedules.Schedules.model_validate({"schedules": daily}),
        }
    )


def _some(made: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    return made if rng.random() < 0.5 else {}


def _a_flow(rng: random.Random, name: str) -> dict[str, Any]:
    flow = second_cases.a_workflow(rng) | {"workflow": name}
    flow["facts"] |= _MORE
    states = list(flow["states"])
    for trigger in ("hear", "heed", "go_on"):
        flow["transitions"][trigger] = {
            "from": rng.sample(states, 2),
            "to": rng.choice(states),
            "by": ["linked", "leader"],
            "takes": ["note"],
        }
    if name == "report":
        flow["transitions"]["merge"] = {"from": "s0", "to": rng.choice(states), "by": ["anyone"], "needs": ["other"]}
    flow["transitions"]["claim"] = {"from": rng.sample(states, 2), "to": rng.choice(states), "by": ["rider", "duty"], "claims": "who", "sets": {"u": rng.choice((1, 2))}}  # fmt: skip
    paid = _pulled(rng, flow)
    flow["awards"] = [
        {"on": paid, "to": "reporter", "account": "points", "amount": [{"when": {"u": 1}, "is": 3}, {"is": 2}], "for": TITLE},
        {"on": "claim", "to": "actor", "account": "yuan", "amount": 8, "for": TITLE},
        {"on": _pulled(rng, flow, but=paid), "reverses": [paid]},
    ]
    flow["notices"] = [{"on": "open", "to": ["reporter", "leader"], "template": "received"}, {"on": "claim", "to": ["duty"], "template": "assigned"}]  # fmt: skip
    flow["opens"] = []
    return flow


def _opens(rng: random.Random, flow: dict[str, Any], child: str, link: str) -> None:
    given = rng.choice(({}, {"note": "note"}, {"u": {"is": 1}}))
    flow["opens"].append(
        {"on": _pulled(rng, flow), "workflow": child, "link": link, "with": given, "reporter": rng.choice(("same", "actor", "none"))}
    )


def _pulled(rng: random.Random, flow: dict[str, Any], *, but: str = "") -> str:
    """A trigger that people or timers pull."""
    names: list[str] = [name for name in flow["transitions"] if name not in ("hear", "heed", "go_on", but)]
    return rng.choice(names)
