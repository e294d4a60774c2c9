"""The work floor of a simulated town: which cases wait for whom, and who takes up which.

A person does one case at a time. First comes what somebody chased has promised to take next, then what is urgent, then what is
due first; what four eyes forbid to one waits for another."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from config.assumptions import Staff
from engine import catalog, draft
from engine.simulating import staffing, tallies
from notifications import directory
from sla import folds

Key = tuple[int, int, int]
_NEVER = 1 << 62
_FIRST, _URGENT, _USUAL = 0, 1, 2
_LOOKED_AT = 8
"""How many waiting cases somebody looks at before he finds one that he may do."""


@dataclass(slots=True, eq=False)
class Life:
    """One open case. `truth`: what it is about; `visit` counts what was decided on it; `entered`: when it came into its state."""

    case: draft.Draft
    truth: Mapping[str, str]
    entered: int
    state: str
    visit: int = 0
    job: Job | None = None
    dues: dict[str, tuple[folds.ClockFold, int]] = field(default_factory=dict)
    """When a clock is due, reckoned once for each of its folds."""


@dataclass(slots=True, eq=False)
class Job:
    """What is to be done next on a case. `key` is its place in the queue; `who` does it; `gone` when the case moved on without it."""

    life: Life
    trigger: str
    queue: Queue | None
    since: int
    key: Key = (_USUAL, 0, 0)
    who: str | None = None
    gone: bool = False

    @property
    def waits(self) -> bool:
        return not self.gone and self.who is None


@dataclass(slots=True, eq=False)
class Queue:
    """The cases that wait for one crew; entries whose key is no longer their job's are void."""

    crew: staffing.Crew
    jobs: list[tuple[Key, Job]] = field(default_factory=list)
    waked: int = 0

    def tidy(self) -> bool:
        """Without what is void in front; whether anything waits."""
        jobs = self.jobs
        while jobs:
            key, job = jobs[0]
            if job.who is None and not job.gone and key is job.key:
                return True
            heapq.heappop(jobs)
        return False


@dataclass(slots=True, eq=False)
class Load:
    """What is counted of a role: how many wait for it, how long, and for how long it worked (µs)."""

    level: tallies.Level
    waits: tallies.Spread = field(default_factory=tallies.Spread)
    busy: int = 0


class Floor:
    """Everybody's queues. `takes` says how long a job takes, `done` hears that it is; `later(at, does, about)` calls `does(about, at)`."""

    def __init__(
        self,
        people: directory.Directory,
        compiled: catalog.Compiled,
        staff: Mapping[str, Staff],
        *,
        since: int,
        until: int,
        takes: Callable[[Job], int],
        done: Callable[[Job], None],
        later: Callable[[int, Callable[..., None], object], None],
    ) -> None:
        self.loads = {role: Load(level=tallies.Level(since)) for role in staff}
        self._people, self._compiled, self._staff, self._until = people, compiled, staff, until
        self._takes, self._done, self._later = takes, done, later
        self._queues: dict[tuple[str, str | None], Queue | None] = {}
        self._of: dict[str, list[Queue]] = {}
        self._busy: set[str] = set()
        self._eyes = {name: rule.not_by for name, rule in compiled.workflow.transitions.items()}
        self._number = 0

    def crews(self) -> dict[str, list[staffing.Crew]]:
        """Who had anything to do, by role."""
        found: dict[str, list[staffing.Crew]] = {}
        for (role, _), queue in sorted(self._queues.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            if queue is not None:
                found.setdefault(role, []).append(queue.crew)
        return found

    def queue(self, role: str, unit: str | None) -> Queue | None:
        """The cases that wait for a role (in a unit); None where nobody does that work."""
        key = (role, unit if self._people.scope.get(role) == "unit" else None)
        if key not in self._queues:
            staff = self._staff.get(role)
            crew = None if staff is None else staffing.crew(self._people, self._compiled.timelines, role, unit, staff)
            self._queues[key] = None if crew is None else self._opened(crew)
        return self._queues[key]

    def _opened(self, crew: staffing.Crew) -> Queue:
        queue = Queue(crew=crew)
        for who in crew.members:
            self._of.setdefault(who, []).append(queue)
        return queue

    def wait(self, job: Job, queue: Queue, now: int) -> None:
        """A job comes in; whoever is free takes it at once."""
        life = job.life
        due = _NEVER
        for name, fold in life.case.folds.items():
            if fold.settled is None and len(fold.spans) % 2:
                known = life.dues.get(name)
                if known is None or known[0] is not fold:
                    found = folds.deadline(self._compiled.plans[name], fold, self._compiled.timelines)
                    known = life.dues[name] = (fold, _NEVER if found is None else found)
                due = min(due, known[1])
        self._enter(job, queue, _URGENT if life.case.urgent else _USUAL, due)
        self.loads[queue.crew.role].level.change(now, 1)
        self.serve(queue, now)

    def may_promise(self, job: Job, who: str, now: int) -> bool:
        """Whether somebody at work may say that he takes this next."""
        return job.queue is not None and job.waits and job.key[0] != _FIRST and who in job.queue.crew.here(now)

    def promise(self, job: Job) -> None:
        """The job moves to the front of its queue."""
        assert job.queue is not None
        self._enter(job, job.queue, _FIRST, 0)

    def drop(self, job: Job, now: int) -> None:
        """The case has moved on by itself; who works on it finds out at the end."""
        job.gone = True
        if job.queue is not None and job.who is None:
            self.loads[job.queue.crew.role].level.change(now, -1)

    def finished(self, job: Job, now: int) -> None:
        """Whoever did the job is free, and looks at what waits for him, the most pressing first."""
        if job.queue is None or job.who is None:
            return
        self._busy.discard(job.who)
        waiting = [queue for queue in self._of[job.who] if queue.jobs and queue.tidy()]
        for queue in sorted(waiting, key=lambda each: each.jobs[0][0]) if len(waiting) > 1 else waiting:
            self.serve(queue, now)

    def serve(self, queue: Queue, now: int) -> None:
        """Whoever is at work and free takes what is most pressing among what he may do; else the queue is looked at when others come."""
        if not queue.tidy():
            return
        free = [who for who in queue.crew.here(now) if who not in self._busy]
        aside: list[tuple[Key, Job]] = []
        while free and queue.tidy() and len(aside) < _LOOKED_AT:
            key, job = heapq.heappop(queue.jobs)
            last, eyes = job.life.case.last, self._eyes[job.trigger]
            who = next((each for each in free if not any(last.get(did) == each for did in eyes)), None)
            if who is None:
                aside.append((key, job))
            else:
                free.remove(who)
                self._begin(job, queue, who, now)
        for entry in aside:
            heapq.heappush(queue.jobs, entry)
        if queue.jobs and queue.waked <= now and (following := queue.crew.opens(now)) > now:
            queue.waked = following
            self._later(following, self._wake, queue)

    def close(self, now: int) -> None:
        """The end of the count."""
        for load in self.loads.values():
            load.level.change(now, 0)

    def _wake(self, queue: Queue, now: int) -> None:
        self.serve(queue, now)

    def _enter(self, job: Job, queue: Queue, rank: int, due: int) -> None:
        self._number += 1
        job.key = (rank, due, self._number)
        heapq.heappush(queue.jobs, (job.key, job))

    def _begin(self, job: Job, queue: Queue, who: str, now: int) -> None:
        load, takes = self.loads[queue.crew.role], self._takes(job)
        job.who = who
        self._busy.add(who)
        load.level.change(now, -1)
        load.waits.add(now - job.since)
        until = queue.crew.done(now, takes)
        load.busy += takes if until <= self._until else queue.crew.worked(now, self._until)
        self._later(until, self._done_at, job)

    def _done_at(self, job: Job, now: int) -> None:
        self._done(job)
        self.finished(job, now)
