"""The report of a simulated time: which deadlines were broken, who was waited for, who was drowned in mails, where the time went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from config.words import Text
from config.workflow import Rung
from engine import now as times
from engine.simulating import floor, simulation, staffing, tallies

SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long something took, in µs: half of all no longer than `median`, 90 and 99 of a hundred no longer than the others."""

    count: int
    median: int
    ninety: int
    ninety_nine: int

    def body(self) -> dict[str, Any]:
        named = {"median_s": self.median, "p90_s": self.ninety, "p99_s": self.ninety_nine}
        return {"count": self.count, **{name: round(value / SECOND, 1) for name, value in named.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`begun`: cases in which it had a target; `late`: those with a breach, which may be of several rounds (`breaches`)."""

    name: str
    title: Text
    begun: int
    late: int
    breaches: int

    @property
    def share(self) -> float:
        return self.late / self.begun if self.begun else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that was waited for. `people`: how many do its work; the length of the queue on average, in 90 of a hundred moments not
    more, and at worst; `used`: the share of their hours that they worked in this role."""

    name: str
    title: Text
    people: int
    mean: float
    ninety: int
    greatest: int
    waited: Times
    used: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The stays in a state that ended."""

    state: str
    title: Text
    stays: Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What somebody was told; `chasing` are the mails of ladders and incidents among `mails`, `most` those of the worst day."""

    id: str
    name: str
    roles: tuple[str, ...]
    mails: int
    chasing: int
    a_day: float
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """How often a rung (numbered from 1) fired; `moment` as the ladder has it."""

    clock: str
    rung: int
    moment: str
    fired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything. `refused`: what the rules did not allow (`trigger: code`); `unserved`: what nobody was there for, by role;
    `stuck`: cases that came into a state from which, as is assumed, nothing leads on."""

    programme: str
    workflow: str
    zone: str
    start: int
    days: int
    seed: int
    arrived: int
    open_at_end: int
    ended: dict[str, int]
    acknowledged: int
    refused: dict[str, int]
    unserved: dict[str, int]
    stuck: dict[str, int]
    whole: Times
    clocks: tuple[Clock, ...]
    roles: tuple[Role, ...]
    stages: tuple[Stage, ...]
    people: tuple[Person, ...]
    rungs: tuple[Fired, ...]

    def body(self) -> dict[str, Any]:
        """As JSON: shares of one, durations in seconds."""
        return {
            "programme": self.programme,
            "workflow": self.workflow,
            "from": times.written(self.start, self.zone),
            "days": self.days,
            "seed": self.seed,
            "cases": {
                "arrived": self.arrived,
                "open_at_end": self.open_at_end,
                "ended": self.ended,
                "from_report_to_end": self.whole.body(),
            },
            "acknowledged": self.acknowledged,
            "refused": self.refused,
            "unserved": self.unserved,
            "stuck": self.stuck,
            "clocks": [
                {**_titled(c.name, c.title), "cases": c.begun, "breached": c.late, "breaches": c.breaches, "share": round(c.share, 4)}
                for c in self.clocks
            ],
            "roles": [
                {
                    **_titled(r.name, r.title),
                    "people": r.people,
                    "queue_mean": round(r.mean, 2),
                    "queue_p90": r.ninety,
                    "queue_max": r.greatest,
                    "waited": r.waited.body(),
                    "used": None if r.used is None else round(r.used, 4),
                }
                for r in self.roles
            ],
            "stages": [{**_titled(s.state, s.title), **s.stays.body()} for s in self.stages],
            "people": [
                {
                    "id": p.id,
                    "name": p.name,
                    "roles": list(p.roles),
                    "mails": p.mails,
                    "chasing": p.chasing,
                    "mails_a_day": round(p.a_day, 2),
                    "mails_worst_day": p.most,
                }
                for p in self.people
            ],
            "rungs": [{"clock": f.clock, "rung": f.rung, "moment": f.moment, "fired": f.fired} for f in self.rungs],
        }


def simulate(plan: simulation.Plan, heard: Callable[[int, int], None] | None = None) -> Report:
    """One run, reported. `heard(days done, of)` is called as it goes."""
    run = simulation.Simulation(plan)
    run.run(heard)
    return report(run)


def report(run: simulation.Simulation) -> Report:
    """What came of a run that has ended."""
    plan, counts, flow = run.plan, run.counts, run.flow
    people, crews = run.rehearsal.town.live.people, run.floor.crews()
    clocks = tuple(
        Clock(name=name, title=clock.title, begun=counts.begun[name], late=counts.late[name], breaches=counts.breaches[name])
        for name, clock in flow.clocks.items()
    )
    stays = [(state, spread) for state, spread in counts.stages.items() if spread.count]
    return Report(
        programme=plan.whole.programme.programme,
        workflow=flow.workflow,
        zone=plan.whole.programme.time_zone,
        start=plan.start,
        days=plan.days,
        seed=plan.seed,
        arrived=counts.arrived,
        open_at_end=run.open_at_end,
        ended=dict(sorted(counts.ended.items())),
        acknowledged=counts.acknowledged,
        refused=dict(sorted(counts.refused.items())),
        unserved=dict(sorted(counts.unserved.items())),
        stuck=dict(sorted(counts.stuck.items())),
        whole=_times(counts.whole_time),
        clocks=clocks,
        roles=tuple(
            _role(plan, role, crews[role], load, people.roles[role].title) for role, load in run.floor.loads.items() if role in crews
        ),
        stages=tuple(Stage(state=state, title=flow.states[state].title, stays=_times(spread)) for state, spread in stays),
        people=tuple(
            Person(
                id=who,
                name=people.people[who].name if who in people.people else who,
                roles=people.people[who].roles if who in people.people else (),
                mails=counts.post.total(who),
                chasing=counts.post.chasing[who],
                a_day=counts.post.total(who) / plan.days,
                most=counts.post.most(who),
            )
            for who in counts.post.people()
        ),
        rungs=tuple(_rungs(run)),
    )


def _times(spread: tallies.Spread) -> Times:
    median, ninety, ninety_nine = (spread.percentile(percent) for percent in (50, 90, 99))
    return Times(count=spread.count, median=median, ninety=ninety, ninety_nine=ninety_nine)


def _role(plan: simulation.Plan, role: str, crews: Sequence[staffing.Crew], load: floor.Load, title: Text) -> Role:
    hours = sum(crew.hours(plan.start, plan.end) for crew in crews)
    return Role(
        name=role,
        title=title,
        people=len({who for crew in crews for who in crew.members}),
        mean=load.level.mean,
        ninety=load.level.percentile(90),
        greatest=load.level.greatest,
        waited=_times(load.waits),
        used=load.busy / hours if hours else None,
    )


def _rungs(run: simulation.Simulation) -> list[Fired]:
    return [
        Fired(clock=name, rung=number + 1, moment=_moment(rung), fired=run.counts.fired[name, number])
        for name, clock in run.flow.clocks.items()
        for number, rung in enumerate(run.flow.ladders.get(clock.ladder or "", ()))
    ]


def _moment(rung: Rung) -> str:
    if rung.before is not None:
        return f"before {rung.before}"
    return f"after {rung.after}" if rung.after is not None else str(rung.at)


def _titled(name: str, title: Text) -> dict[str, Any]:
    return {"name": name, "title": title.body()}
