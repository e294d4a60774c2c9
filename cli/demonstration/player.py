"""The people of the demo: each step of the script is taken at its moment of the scaled clock, through the engine's one door.

A step of a case waits for the one before it; somebody who acknowledges waits until he has been told."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent import futures
from dataclasses import dataclass, field

from cli import output
from cli.demonstration import around, script, stage
from engine import composition, moving, requests

PATIENCE = 3.0
"""Real seconds that somebody who was told something waits for it to be so in the store."""
HANDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the rules said no to. `planned`: the script meant it."""

    step: script.Step
    number: str
    words: str
    planned: bool


@dataclass(slots=True)
class Player:
    """Plays a script in threads of its own. `numbers` are the cases' public numbers by the script's names."""

    engine: composition.Engine
    day: script.Script
    photos: Mapping[str, str]
    numbers: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    @property
    def playing(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """End after the steps in hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        before: dict[str, futures.Future[None]] = {}
        with futures.ThreadPoolExecutor(HANDS, thread_name_prefix="person") as people:
            for step in self.day.steps:
                wait = self.engine.time.wait_of(step.at - self.engine.time.now())
                if self._stop.wait(max(0.0, wait)):
                    break
                taken = people.submit(self._in_turn, step, before.get(step.case))
                taken.add_done_callback(self._taken)
                before[step.case] = taken

    def _taken(self, future: futures.Future[None]) -> None:
        exc = future.exception()
        if exc is not None:
            self.failures.append(exc)

    def _in_turn(self, step: script.Step, before: futures.Future[None] | None) -> None:
        if before is not None:
            futures.wait([before])
        facts = {**step.facts, **{fact: [self.photos[stage.photo_key(step, scene)]] for fact, scene in step.photos.items()}}
        if step.do == script.OPEN:
            # what comes at once is due at once, however long this machine takes to write it down
            at = step.at if step.case.startswith(around.STORMY) else None
            opening = requests.Opening(
                programme=step.programme, workflow="report", actor=step.by, facts=facts, key=f"demo/{step.case}", at=at
            )
            self.numbers[step.case] = self.engine.door.submit(opening).number
            return
        number = self.numbers[step.case]
        request: requests.Request = requests.Move(case=number, trigger=step.do, actor=step.by, facts=facts)
        until = 0.0
        if step.do == script.ACKNOWLEDGE:
            request = requests.Acknowledgement(case=number, clock=step.clock or "", actor=step.by)
            until = time.monotonic() + PATIENCE
        self._ask(step, number, request, until)

    def _ask(self, step: script.Step, number: str, request: requests.Request, until: float) -> None:
        """Ask; again for a while if it may only be too early. A refusal is kept, never raised."""
        while True:
            try:
                self.engine.door.submit(request)
            except moving.REFUSALS as refusal:
                if time.monotonic() < until:
                    time.sleep(0.02)
                    continue
                self.refusals.append(Refusal(step=step, number=number, words=output.say(str(refusal), refusal.zh), planned=step.refused))
            return
