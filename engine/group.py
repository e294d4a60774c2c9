"""Group commit: callers that wait at the same moment share one transaction; each is answered after it stands on disk.

A durable commit waits for the disk, not for Python: a hundred cases a commit are some thirty times cheaper a step."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from engine import cases, catalog, doorbell, errors, requests
from engine import now as times
from storage import database
from storage import errors as storage_errors


@dataclass(slots=True)
class _Slot:
    request: requests.Request
    outcome: cases.Outcome | BaseException | None = None


@dataclass(slots=True)
class Group:
    """The one door through which a process writes. `largest`: requests a transaction takes at most."""

    store: database.Store
    catalog: catalog.Catalog
    time: times.Time
    largest: int = 200
    _waiting: list[_Slot] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _writer: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, request: requests.Request) -> requests.Done:
        """Carry out a request; raises its refusal. Blocks until the result is durable."""
        slot = _Slot(request)
        with self._guard:
            self._waiting.append(slot)
        with self._writer:
            while slot.outcome is None:
                with self._guard:
                    taken, self._waiting = self._waiting[: self.largest], self._waiting[self.largest :]
                self._together(taken)
        if isinstance(slot.outcome, BaseException):
            raise slot.outcome
        return slot.outcome

    def _together(self, taken: list[_Slot]) -> None:
        try:
            outcomes = self._perform([slot.request for slot in taken])
        except storage_errors.Duplicate:
            for slot in taken:
                slot.outcome = self._alone(slot.request)
        except BaseException as exc:
            for slot in taken:
                slot.outcome = exc
            if not isinstance(exc, Exception):
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
            if earliest is not None and earliest <= now + int(doorbell.POLL * 1e6):
                doorbell.ring(tx, self.store)
            return outcomes

    def _virtual(self, tx: database.Transaction, asked: list[requests.Request]) -> int:
        """A virtual clock moves to the latest moment that is spoken of, and never back."""
        return self.time.move_to(tx, max((r.at for r in asked if r.at is not None), default=0))
