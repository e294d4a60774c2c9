"""A town lived through in advance: cases arrive, wait for people, are worked on and moved, while the engine's own clocks run.

Discrete events over `engine.rehearsal`: what moves a case, arms a timer, fires a rung or tells somebody is the engine; imagined
here is only who does what when. A person does one case at a time; what is urgent goes first, then what is due first."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from config import programme, workflow
from config.assumptions import Assumptions
from engine import arrivals, dice, draft, errors, invented, rehearsal, staffing, tallies
from sla import folds
from states import errors as states_errors
from states import machine

DAY = tallies.DAY
_NEVER = 1 << 62
_CHOICE, _SPAN, _ACKNOWLEDGED, _REPORTER = 1001, 1002, 1003, 1004
_FIRST = 0
"""Before what is urgent (1) and all else (2) comes what somebody has promised to take next."""
_LOOKED_AT = 8
"""How many waiting cases somebody looks at before he finds one that he may do."""


@dataclass(slots=True, eq=False)
class Job:
    """What is to be done next on a case. `key` is its place in the queue; `gone` when the case has moved on without it."""

    life: Life
    trigger: str
    queue: Queue | None
    since: int
    key: tuple[int, int, int] = (0, 0, 0)
    who: str | None = None
    gone: bool = False


@dataclass(slots=True, eq=False)
class Life:
    """One open case. `truth`: what it is about; `visit` counts what was decided on it; `entered`: when it came into its state."""

    case: draft.Draft
    truth: Mapping[str, str]
    entered: int
    state: str
    visit: int = 0
    job: Job | None = None


@dataclass(slots=True, eq=False)
class Queue:
    """The cases that wait for one crew."""

    crew: staffing.Crew
    jobs: list[tuple[tuple[int, int, int], int, Job]] = field(default_factory=list)
    waked: int = 0


@dataclass(slots=True, eq=False)
class Load:
    """What is counted of a role."""

    level: tallies.Level
    waits: tallies.Spread = field(default_factory=tallies.Spread)
    busy: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be simulated: a programme's workflow under assumptions that leave nothing open (`engine.assumed`), for `days`
    from `start` (UTC µs, a local midnight). One seed, one result."""

    whole: programme.Programme
    assumed: Assumptions
    start: int
    days: int
    seed: int = 0
    most: int | None = None

    @property
    def end(self) -> int:
        return self.start + self.days * DAY


class Simulation:
    """One run. After `run` its counts stand for themselves; `engine.simulated` makes the report of them."""

    def __init__(self, plan: Plan) -> None:
        whole, assumed = plan.whole, plan.assumed
        live = staffing.staffed(programme.live_of(whole), assumed.staff)
        self.plan = plan
        self.town = whole.model_copy(update={"people": live.people})
        self.flow = whole.workflows[assumed.workflow]
        self.rehearsal = rehearsal.of_programme(self.town, now=plan.start)
        self.compiled = self.rehearsal.definitions[assumed.workflow]
        self.loads = {role: Load(level=tallies.Level(plan.start)) for role in assumed.staff}
        self.stages = {state: tallies.Spread() for state in self.flow.states}
        self.whole_time = tallies.Spread()
        self.post = tallies.Post(plan.start)
        self.fired: Counter[tuple[str, int]] = Counter()
        self.begun: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.breaches: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.unserved: Counter[str] = Counter()
        self.arrived = self.acknowledged = 0
        self._facts = invented.Facts(whole, self.flow, assumed, plan.seed)
        self._spans = {
            trigger: dice.Span(work.takes.micros, work.nine_of_ten.micros, work.varies)
            for trigger, work in assumed.work.items()
            if work.takes is not None and work.nine_of_ten is not None and work.varies is not None
        }
        self._queues: dict[tuple[str, str | None], Queue | None] = {}
        self._of: dict[str, list[Queue]] = {}
        self._busy: set[str] = set()
        self._lives: dict[int, Life] = {}
        self._events: list[tuple[int, int, Callable[..., None], object]] = []
        self._number = 0
        self._reporters = self._who_report()

    def run(self, heard: Callable[[int, int], None] | None = None) -> None:
        """Live through all of it; `heard(days done, of)` is called as it goes."""
        plan, town, events = self.plan, self.rehearsal, self._events
        comings = arrivals.moments(plan.assumed.arrivals, plan.whole.programme.time_zone, plan.start, plan.seed)
        self._later(next(comings), self._arrive, comings)
        told = plan.start
        while True:
            timer = town.next()
            event = events[0][0] if events else _NEVER
            now = event if timer is None else min(timer, event)
            if now >= plan.end or (self.arrived == plan.most and not self._lives):
                break
            if heard is not None and now - told >= DAY:
                told = now
                heard((now - plan.start) // DAY, plan.days)
            if now < event:
                town.until(now)
                self._came_by_itself()
            else:
                _, _, does, about = heapq.heappop(events)
                town.before(now)
                does(about)
        town.until(plan.end)
        self._came_by_itself()
        for life in self._lives.values():
            self._judge(life.case, plan.end)
        for load in self.loads.values():
            load.level.change(plan.end, 0)

    @property
    def open_at_end(self) -> int:
        return len(self._lives)

    def crews(self) -> dict[str, list[staffing.Crew]]:
        """Who worked at all, by role."""
        found: dict[str, list[staffing.Crew]] = {}
        for (role, _), queue in sorted(self._queues.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            if queue is not None:
                found.setdefault(role, []).append(queue.crew)
        return found

    def _later(self, at: int, does: Callable[..., None], about: object) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, does, about))

    def _who_report(self) -> tuple[str | None, ...]:
        people = self.town.people.people
        roles = set(self.plan.assumed.arrivals.from_)
        return tuple(name for name, person in people.items() if roles & set(person.roles)) or (None,)

    def _arrive(self, comings: arrivals.Moments) -> None:
        """A case is reported; the next one is waited for."""
        number = self.arrived
        self.arrived += 1
        truth = self._facts.truth(number)
        who = self._reporters[int(dice.share(self.plan.seed, number, _REPORTER) * len(self._reporters))]
        now = self.rehearsal.now
        try:
            case = self.rehearsal.open(self.plan.assumed.workflow, actor=who, facts=self._facts.opening(truth, now))
        except (errors.EngineError, states_errors.StatesError) as refusal:
            self.refused[f"open: {refusal.code}"] += 1
        else:
            life = self._lives[case.id] = Life(case=case, truth=truth, entered=now, state=case.state)
            self._take_in()
            self._decide(life)
        if self.arrived != self.plan.most:
            self._later(next(comings), self._arrive, comings)

    def _decide(self, life: Life, without: frozenset[str] = frozenset()) -> None:
        """What comes next on a case, and into whose hands."""
        case, work = life.case, self.plan.assumed.work
        life.visit += 1
        after = {**life.truth, **case.facts}
        weights = {}
        for trigger in self.compiled.machine.leaving.get(case.state, ()):
            rule, weight = self.flow.transitions[trigger], work[trigger].weight or 0
            if weight and trigger not in without and (rule.when is None or machine.matches(rule.when, after)):
                weights[trigger] = weight
        final = case.state in self.compiled.machine.final
        if final:
            weights[""] = max(0, 100 - sum(weights.values()))
        mix = dice.Mix(weights)
        trigger = mix.pick(dice.share(self.plan.seed, case.id, life.visit, _CHOICE)) if mix.total else ""
        if trigger:
            self._hand_to(life, trigger)
        elif final and not case.timers:
            self._close(life)

    def _hand_to(self, life: Life, trigger: str) -> None:
        rule, wanted = self.flow.transitions[trigger], self.plan.assumed.work[trigger].by
        unit = life.case.unit
        now = self.rehearsal.now
        for role in (wanted,) if wanted is not None else rule.by:
            queue = self._queue(role, unit)
            if queue is not None:
                job = life.job = Job(life=life, trigger=trigger, queue=queue, since=now)
                self._enter(job, queue)
                self._serve(queue)
                return
        if "reporter" in rule.by or "anyone" in rule.by:
            life.job = Job(life=life, trigger=trigger, queue=None, since=now, who=life.case.reporter)
            self._later(now + self._takes(life, trigger), self._done, life.job)
        else:
            self.unserved[next((role for role in rule.by if role in self.loads), rule.by[0])] += 1

    def _queue(self, role: str, unit: str | None) -> Queue | None:
        """The cases that wait for a role (in a unit); None where nobody does that work."""
        key = (role, unit if self.rehearsal.town.people.scope.get(role) == "unit" else None)
        if key not in self._queues:
            staff = self.plan.assumed.staff.get(role)
            crew = None if staff is None else staffing.crew(self.rehearsal.town.people, self.compiled.timelines, role, unit, staff)
            queue = self._queues[key] = None if crew is None else Queue(crew=crew)
            if queue is not None:
                for who in queue.crew.members:
                    self._of.setdefault(who, []).append(queue)
        return self._queues[key]

    def _enter(self, job: Job, queue: Queue, *, first: bool = False) -> None:
        case = job.life.case
        due = _NEVER
        if first:
            rank = _FIRST
        else:
            rank = 1 if case.urgent else 2
            for name, fold in case.folds.items():
                if fold.settled is None and len(fold.spans) % 2:
                    due = min(due, folds.deadline(self.compiled.plans[name], fold, self.compiled.timelines) or _NEVER)
        self._number += 1
        job.key = (rank, due, self._number)
        heapq.heappush(queue.jobs, (job.key, self._number, job))
        if not first:
            self.loads[queue.crew.role].level.change(self.rehearsal.now, 1)

    def _serve(self, queue: Queue) -> None:
        """Whoever is free takes what is most pressing among what he may do."""
        now = self.rehearsal.now
        while queue.jobs and (queue.jobs[0][2].gone or queue.jobs[0][2].who is not None or queue.jobs[0][0] != queue.jobs[0][2].key):
            heapq.heappop(queue.jobs)
        if not queue.jobs:
            return
        free = [who for who in queue.crew.here(now) if who not in self._busy]
        aside: list[tuple[tuple[int, int, int], int, Job]] = []
        while free and queue.jobs and len(aside) < _LOOKED_AT:
            entry = heapq.heappop(queue.jobs)
            key, _, job = entry
            if job.gone or job.who is not None or key != job.key:
                continue
            last = job.life.case.last
            eyes = self.flow.transitions[job.trigger].not_by
            who = next((each for each in free if not any(last.get(did) == each for did in eyes)), None)
            if who is None:
                aside.append(entry)
                continue
            free.remove(who)
            self._begin(job, queue, who)
        for entry in aside:
            heapq.heappush(queue.jobs, entry)
        if queue.jobs and not free and queue.waked <= now:
            following = queue.crew.opens(now)
            if following > now:
                queue.waked = following
                self._later(following, self._serve, queue)

    def _begin(self, job: Job, queue: Queue, who: str) -> None:
        now, load = self.rehearsal.now, self.loads[queue.crew.role]
        job.who = who
        self._busy.add(who)
        takes = self._takes(job.life, job.trigger)
        load.level.change(now, -1)
        load.waits.add(now - job.since)
        until = queue.crew.done(now, takes)
        load.busy += takes if until <= self.plan.end else max(0, min(takes, self.plan.end - now))
        self._later(until, self._done, job)

    def _takes(self, life: Life, trigger: str) -> int:
        return self._spans[trigger].draw(dice.share(self.plan.seed, life.case.id, life.visit, _SPAN))

    def _done(self, job: Job) -> None:
        """The work is done: the trigger is pulled, and whoever did it is free."""
        if not job.gone:
            self._pull(job)
        if job.queue is not None and job.who is not None:
            self._busy.discard(job.who)
            waiting = [queue for queue in self._of[job.who] if queue.jobs]
            for queue in sorted(waiting, key=lambda each: each.jobs[0][0]) if len(waiting) > 1 else waiting:
                self._serve(queue)

    def _pull(self, job: Job) -> None:
        life, case = job.life, job.life.case
        life.job = None
        try:
            facts = self._facts.move(job.trigger, life.truth, self.rehearsal.now)
            self.rehearsal.move(case.id, job.trigger, actor=job.who or "", facts=facts)
        except (errors.EngineError, states_errors.StatesError) as refusal:
            self.refused[f"{job.trigger}: {refusal.code}"] += 1
            self._decide(life, frozenset({job.trigger}))
            return
        self._take_in()
        self._moved(life)
        self._decide(life)

    def _moved(self, life: Life) -> None:
        """The stay in a state has ended, or nothing has."""
        case, now = life.case, self.rehearsal.now
        if case.state != life.state:
            self.stages[life.state].add(now - life.entered)
            life.state, life.entered = case.state, now

    def _take_in(self) -> rehearsal.Happened:
        """What the engine did: rungs and mails are counted."""
        came = self.rehearsal.happened()
        for fired in came.fired:
            self.fired[fired.clock, fired.rung] += 1
        for mail in came.mails:
            if not mail.dropped:
                self.post.add(mail)
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
            if mail.kind == "ladder" and not mail.dropped and mail.clock is not None:
                self._chased(mail, mail.clock)

    def _overtaken(self, life: Life) -> None:
        """A timer has moved the case: what was to be done on it is void."""
        job = life.job
        if job is not None:
            job.gone, life.job = True, None
            if job.queue is not None and job.who is None:
                self.loads[job.queue.crew.role].level.change(self.rehearsal.now, -1)
        self._moved(life)
        self._decide(life)

    def _chased(self, mail: rehearsal.Mail, clock: str) -> None:
        """Somebody at work may say that he is on it, and take the case next."""
        life = self._lives.get(mail.case)
        job = life.job if life is not None else None
        if job is None or job.queue is None or job.who is not None or job.key[0] == _FIRST:
            return
        chance = (self.plan.assumed.acknowledge or 0) / 100
        if dice.share(self.plan.seed, mail.case, mail.seq, _ACKNOWLEDGED) >= chance or mail.recipient not in job.queue.crew.here(mail.at):
            return
        try:
            self.rehearsal.acknowledge(mail.case, clock, actor=mail.recipient)
        except (errors.EngineError, states_errors.StatesError):
            return
        self.acknowledged += 1
        self._take_in()
        self._enter(job, job.queue, first=True)

    def _close(self, life: Life) -> None:
        """Nothing comes after this: it is added up and forgotten."""
        case = life.case
        self.ended[case.state] += 1
        self.whole_time.add((case.closed_at or self.rehearsal.now) - case.opened_at)
        self._judge(case, self.rehearsal.now)
        self._lives.pop(case.id, None)
        self.rehearsal.forget(case.id)

    def _judge(self, case: draft.Draft, now: int) -> None:
        """Each clock's verdict, as `clocks.reckon` has it; every round counts."""
        for name, fold in case.folds.items():
            lapsed = fold.breached_at
            if lapsed is None and fold.terms is not None:
                lapsed = folds.lapse(self.compiled.plans[name], fold, self.compiled.timelines)
            rounds = fold.earlier_breaches + (lapsed is not None and lapsed <= now)
            if fold.terms is not None or rounds:
                self.begun[name] += 1
                self.late[name] += rounds > 0
                self.breaches[name] += rounds


_ = workflow
