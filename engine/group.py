"""Group commit: callers that wait at the same moment share one transaction; each is answered after it stands on disk.

A durable commit waits for the disk, not for Python: a hundred cases a commit are some thirty times cheaper a step. Who comes
while nobody writes leads: he carries out his own request and all that wait, answers them, and hands the lead to the first who came since."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from engine import cases, catalog, doorbell, errors, requests
from engine import now as times
from storage import database
from storage import errors as storage_errors

logger = logging.getLogger(__name__)

GATHERING, LOOK = 0.00005, 0.0001
"""Seconds that a leader waits at most for each caller of the last time to come again, and between two looks. A lone caller never waits."""


@dataclass(slots=True)
class _Slot:
    """One caller's request. `turn` is held until it is answered, or until its caller is to lead."""

    request: requests.Request
    outcome: cases.Outcome | BaseException | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Group:
    """The one door through which a process writes. `largest`: requests a transaction takes at most."""

    store: database.Store
    catalog: catalog.Catalog
    time: times.Time
    largest: int = 200
    _waiting: list[_Slot] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _led: bool = False
    _lately: int = 1

    def submit(self, request: requests.Request) -> requests.Done:
        """Carry out a request; raises its refusal. Blocks until the result is durable."""
        slot = _Slot(request)
        slot.turn.acquire()
        with self._guard:
            self._waiting.append(slot)
            leads, self._led = not self._led, True
        if not leads:
            slot.turn.acquire()
        if slot.outcome is None:
            self._lead()
        outcome = slot.outcome
        assert outcome is not None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _lead(self) -> None:
        """Carry out what waits; the leader's own request is the first of it."""
        until = time.monotonic() + GATHERING * self._lately
        while len(self._waiting) < self._lately and time.monotonic() < until:
            time.sleep(LOOK)
        with self._guard:
            taken, self._waiting = self._waiting[: self.largest], self._waiting[self.largest :]
        self._lately = len(taken)
        try:
            self._together(taken)
        finally:
            with self._guard:
                following = self._waiting[:1]
                self._led = bool(following)
            for slot in (*taken[1:], *following):
                slot.turn.release()

    def _together(self, taken: list[_Slot]) -> None:
        try:
            outcomes = self._perform([slot.request for slot in taken])
        except storage_errors.Duplicate:
            for slot in taken:
                slot.outcome = self._alone(slot.request)
        except storage_errors.StorageError as exc:
            for slot in taken:
                slot.outcome = exc
        except Exception:  # one of them is more than the engine can take; the others are not to suffer for it
            logger.exception("requests that came together failed; each is tried by itself", extra={"requests": len(taken)})
            for slot in taken:
                slot.outcome = self._alone(slot.request)
        except BaseException as exc:
            for slot in taken:
                slot.outcome = exc
            raise
        else:
            for slot, outcome in zip(taken, outcomes, strict=True):
                slot.outcome = outcome

    def _alone(self, request: requests.Request) -> cases.Outcome | BaseException:
        """Somebody else changed the same case meanwhile: by itself, a few times."""
        for _ in range(cases.REPLAYS):
            try:
                return self._perform([request])[0]
            except storage_errors.Duplicate:
                continue
            except Exception as exc:
                return exc
        return errors.Busy("others keep changing the same case; look at it again and repeat", "其他人正在修改同一案件；请查看后重试")

    def _perform(self, asked: list[requests.Request]) -> list[cases.Outcome]:
        with self.store.writing() as tx:
            self.catalog.refresh(tx)
            now = self.time.now() if self.time.mode != "virtual" else self._virtual(tx, asked)
            outcomes, earliest = cases.perform_in(tx, self.catalog, asked, now=now)
            if earliest is not None and earliest <= now + self.time.span_of(doorbell.POLL):
                doorbell.ring(tx, self.store)
            return outcomes

    def _virtual(self, tx: database.Transaction, asked: list[requests.Request]) -> int:
        """A virtual clock moves to the latest moment that is spoken of, and never back."""
        return self.time.move_to(tx, max((r.at for r in asked if r.at is not None), default=0))
