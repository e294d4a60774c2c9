"""A town lived through in advance: cases arrive, wait for people, are worked on and moved, while the engine's own clocks run.

Discrete events over `engine.rehearsal`: what moves a case, arms a timer, fires a rung or tells somebody is the engine; imagined
here is only who does what when. The floor (`engine.simulating.floor`) holds who waits for whom."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from config import matches, programme, workflow
from config.assumptions import Assumptions
from engine import moving, rehearsal
from engine.simulating import arrivals, dice, floor, invented, staffing, tallies

_NEVER = 1 << 62
_CHOICE, _SPAN, _ACKNOWLEDGED, _REPORTER = 1001, 1002, 1003, 1004
_NOTHING = ""
"""The choice of a final state: it was the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be simulated: a programme's workflow under assumptions that leave nothing open (`engine.simulating.assumed`), for `days`
    from `start` (UTC µs, a local midnight). One seed, one result."""

    whole: programme.Programme
    assumed: Assumptions
    start: int
    days: int
    seed: int = 0

    @property
    def end(self) -> int:
        return self.start + self.days * tallies.DAY


class Simulation:
    """One run. Afterwards `counts` and `floor.loads` say what came of it; `engine.simulating.simulated` makes a report of them."""

    def __init__(self, plan: Plan) -> None:
        whole, assumed = plan.whole, plan.assumed
        live = staffing.staffed(programme.live_of(whole), assumed.staff)
        self.plan = plan
        self.flow = whole.workflows[assumed.workflow]
        self.town = whole.model_copy(update={"people": live.people})
        self.rehearsal = rehearsal.of_programme(self.town, now=plan.start, alone=True, boundless=True)
        self.compiled = self.rehearsal.definitions[assumed.workflow]
        self.counts = tallies.Counts(plan.start, self.flow.states)
        self.floor = floor.Floor(
            self.rehearsal.town.people, self.compiled, assumed.staff, since=plan.start, until=plan.end,
            takes=self._takes, done=self._done, later=self._later,
        )  # fmt: skip
        self._facts = invented.Facts(self.town, self.rehearsal, assumed, plan.seed)
        self._menus = _Menus(self)
        self._limits = {trigger: most for trigger, rule in self.flow.transitions.items() if (most := _most(rule)) is not None}
        self._spans = {
            trigger: dice.Span(work.takes.micros, work.nine_of_ten.micros, work.varies)
            for trigger, work in assumed.work.items()
            if work.takes is not None and work.nine_of_ten is not None and work.varies is not None
        }
        self._by_timer = {state for rule in self.flow.transitions.values() if "timer" in rule.by for state in rule.from_}
        self._lives: dict[int, floor.Life] = {}
        self._events: list[tuple[int, int, Callable[..., None], object]] = []
        self._number = 0
        roles = set(assumed.arrivals.from_)
        self._reporters = tuple(name for name, person in live.people.people.items() if roles & set(person.roles)) or (None,)
        self._comings = arrivals.moments(assumed.arrivals, whole.programme.time_zone, plan.start, plan.seed)

    @property
    def open_at_end(self) -> int:
        return len(self._lives)

    def run(self, heard: Callable[[int, int], None] | None = None) -> None:
        """Live through all of it; `heard(days done, of)` is called as it goes."""
        plan, town, events = self.plan, self.rehearsal, self._events
        self._later(next(self._comings), self._arrive, None)
        told = plan.start
        while True:
            timer = town.next()
            event = events[0][0] if events else _NEVER
            now = event if timer is None or event <= timer else timer
            if now >= plan.end:
                break
            if heard is not None and now - told >= tallies.DAY:
                told = now
                heard((now - plan.start) // tallies.DAY, plan.days)
            if now < event:
                town.until(now)
                self._came_by_itself()
            else:
                _, _, does, about = heapq.heappop(events)
                town.before(now)
                does(about, now)
        self.floor.close(plan.end)
        for life in self._lives.values():
            self.counts.judge(life.case, self.compiled, plan.end)

    def _later(self, at: int, does: Callable[..., None], about: object) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, does, about))

    def _arrive(self, _: None, now: int) -> None:
        """A case is reported; the next one is waited for."""
        number = self.counts.arrived
        self.counts.arrived += 1
        truth = self._facts.truth(number)
        who = self._reporters[int(dice.share(self.plan.seed, number, _REPORTER) * len(self._reporters))]
        try:
            case = self.rehearsal.open(self.plan.assumed.workflow, actor=who, facts=self._facts.opening(truth, now))
        except moving.REFUSALS as refusal:
            self.counts.refused[f"open: {refusal.code}"] += 1
        else:
            life = self._lives[case.id] = floor.Life(case=case, truth=truth, entered=now, state=case.state)
            self._take_in()
            self._decide(life)
        self._later(next(self._comings), self._arrive, None)

    def _decide(self, life: floor.Life, without: frozenset[str] = frozenset()) -> None:
        """What comes next on a case, and into whose hands."""
        case = life.case
        life.visit += 1
        if case.counts:
            without |= {trigger for trigger, count in case.counts.items() if count >= self._limits.get(trigger, _NEVER)}
        menu = self._menus.of(life, without)
        trigger = menu.pick(dice.share(self.plan.seed, case.id, life.visit, _CHOICE)) if menu.total else _NOTHING
        if trigger != _NOTHING:
            self._hand_to(life, trigger)
        elif case.state not in self.compiled.machine.final:
            if case.state not in self._by_timer:
                self.counts.stuck[case.state] += 1
        elif not case.timers:
            self._close(life)

    def _hand_to(self, life: floor.Life, trigger: str) -> None:
        """To those who may do it and are there: by the assumption, else in the order in which the transition names them."""
        rule, wanted, now = self.flow.transitions[trigger], self.plan.assumed.work[trigger].by, self.rehearsal.now
        for role in rule.by if wanted is None else (wanted,):
            queue = self.floor.queue(role, life.case.unit)
            if queue is not None:
                life.job = floor.Job(life=life, trigger=trigger, queue=queue, since=now)
                self.floor.wait(life.job, queue, now)
                return
        who = self._in_passing(life, rule)
        if who is not None:
            life.job = floor.Job(life=life, trigger=trigger, queue=None, since=now, who=who)
            self._later(now + self._takes(life.job), self._passed, life.job)
        else:
            self.counts.unserved[wanted or rule.by[0]] += 1

    def _in_passing(self, life: floor.Life, rule: workflow.Transition) -> str | None:
        """Who does this beside his own work, so that nobody waits for him: the reporter, or a rider."""
        reporter, people = life.case.reporter, self.rehearsal.town.live.people
        if reporter is not None and {"reporter", "anyone", *people.people[reporter].roles} & set(rule.by):
            return reporter
        riding = [role for role in rule.by if role in people.roles and people.roles[role].rider]
        return next((who for role in riding for who in self.rehearsal.town.people.having.get(role, ())), None)

    def _takes(self, job: floor.Job) -> int:
        return self._spans[job.trigger].draw(dice.share(self.plan.seed, job.life.case.id, job.life.visit, _SPAN))

    def _passed(self, job: floor.Job, _: int) -> None:
        self._done(job)

    def _done(self, job: floor.Job) -> None:
        """The work is done: the trigger is pulled, unless the case has moved on meanwhile."""
        if job.gone:
            return
        life = job.life
        life.job = None
        facts = self._facts.move(job.trigger, life.truth, self.rehearsal.now)
        self._tick(life, job)
        try:
            self.rehearsal.carry_on(life.case.id, job.trigger, actor=job.who or "", kept=facts, excused=False)
        except moving.REFUSALS as refusal:
            self.counts.refused[f"{job.trigger}: {refusal.code}"] += 1
            self._decide(life, frozenset({job.trigger}))
            return
        self._take_in()
        self._moved(life)
        self._decide(life)

    def _tick(self, life: floor.Life, job: floor.Job) -> None:
        """Whoever must have done all of a plan first has it done by those who may say so."""
        people = self.town.people.people
        for fact in self.flow.transitions[job.trigger].needs_done:
            ticks = next((trigger for trigger, rule in self.flow.transitions.items() if rule.ticks == fact), None)
            steps = life.case.facts.get(fact, {}).get("steps", {})
            if ticks is None:
                continue
            for step in [name for name, one in steps.items() if not one.get("done")]:
                for who in (job.who or "", *people):
                    try:
                        self.rehearsal.move(life.case.id, ticks, actor=who, facts={"step": step})
                    except moving.REFUSALS:
                        continue
                    break

    def _moved(self, life: floor.Life) -> None:
        """The stay in a state has ended, or nothing has."""
        case, now = life.case, self.rehearsal.now
        if case.state != life.state:
            self.counts.stages[life.state].add(now - life.entered)
            life.state, life.entered = case.state, now

    def _take_in(self) -> rehearsal.Happened:
        """What the engine did: rungs and mails are counted."""
        came = self.rehearsal.happened()
        for fired in came.fired:
            self.counts.fired[fired.clock, fired.rung] += 1
        for mail in came.mails:
            if not mail.dropped:
                self.counts.post.add(mail)
        return came

    def _came_by_itself(self) -> None:
        """Timers were due: a case may have moved without anybody, and whoever was chased may take it next."""
        came = self._take_in()
        for fired in came.fired:
            life = self._lives.get(fired.case)
            if life is None:
                continue
            if life.case.state != life.state:
                self._overtaken(life)
            elif life.job is None and life.case.state in self.compiled.machine.final and not life.case.timers:
                self._close(life)
        for mail in came.mails:
            if mail.kind == "ladder" and mail.clock is not None and not mail.dropped:
                self._chased(mail, mail.clock)

    def _overtaken(self, life: floor.Life) -> None:
        """A timer has moved the case: what was to be done on it is void."""
        if life.job is not None:
            self.floor.drop(life.job, self.rehearsal.now)
            life.job = None
        self._moved(life)
        self._decide(life)

    def _chased(self, mail: rehearsal.Mail, clock: str) -> None:
        """Somebody at work may say that he is on it, and take the case next."""
        life = self._lives.get(mail.case)
        job = life.job if life is not None else None
        if job is None or not self.floor.may_promise(job, mail.recipient, mail.at):
            return
        if dice.share(self.plan.seed, mail.case, mail.seq, _ACKNOWLEDGED) * 100 >= (self.plan.assumed.acknowledge or 0):
            return
        try:
            self.rehearsal.acknowledge(mail.case, clock, actor=mail.recipient)
        except moving.REFUSALS:
            return
        self.counts.acknowledged += 1
        self._take_in()
        self.floor.promise(job)

    def _close(self, life: floor.Life) -> None:
        """Nothing comes after this: it is added up and forgotten."""
        case = life.case
        self.counts.ended[case.state] += 1
        self.counts.whole_time.add((case.closed_at or self.rehearsal.now) - case.opened_at)
        self.counts.judge(case, self.compiled, self.rehearsal.now)
        self._lives.pop(case.id, None)
        self.rehearsal.forget(case.id)


def _most(rule: workflow.Transition) -> int | None:
    """How often a trigger may be pulled on one case."""
    limits = [most for most in (rule.most, rule.extends.most if rule.extends is not None else None) if most is not None]
    return min(limits, default=None)


class _Menus:
    """What may come next on a case, with its weights: by state, and by which conditions hold of what the case is about."""

    def __init__(self, simulation: Simulation) -> None:
        self._of: dict[str, tuple[tuple[str, int, matches.Match | None], ...]] = {}
        self._mixes: dict[tuple[str, tuple[bool, ...], frozenset[str]], dice.Mix] = {}
        flow, work = simulation.flow, simulation.plan.assumed.work
        for state, triggers in simulation.compiled.machine.leaving.items():
            usual = [(trigger, work[trigger].weight or 0, flow.transitions[trigger].when) for trigger in triggers]
            self._of[state] = tuple(each for each in usual if each[1])
        self._asks = {state for state, usual in self._of.items() if any(when is not None for _, _, when in usual)}
        left = {trigger for trigger, rule in flow.transitions.items() if "timer" in rule.by and not work[trigger].weight}
        self._may_rest = simulation.compiled.machine.final | {state for trigger in left for state in flow.transitions[trigger].from_}

    def of(self, life: floor.Life, without: frozenset[str]) -> dice.Mix:
        """In a final state, and in one that the timer ends, the rest to a hundred is that nothing comes."""
        state = life.case.state
        usual = self._of.get(state, ())
        holds: tuple[bool, ...] = ()
        if state in self._asks:
            after = {**life.truth, **life.case.facts}
            holds = tuple([when is None or matches.hold(when, after) for _, _, when in usual])
        key = (state, holds, without)
        found = self._mixes.get(key)
        if found is None:
            may = holds or (True,) * len(usual)
            weights = {trigger: weight for (trigger, weight, _), open_ in zip(usual, may, strict=True) if open_ and trigger not in without}
            if state in self._may_rest:
                weights[_NOTHING] = max(0, 100 - sum(weights.values()))
            found = self._mixes[key] = dice.Mix(weights)
        return found
