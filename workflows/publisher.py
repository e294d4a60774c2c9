"""Shows the engine's history in Prefect's event feed, afterwards and never in its way.

The cursor moves when the server *has* the events, not when it has said 204: its `POST /events` only queues them in memory
(measured on 3.8.8). And it is never sent what it already has: beyond its memory of 1,000 ids, a batch of only known events
makes its insert fail, and after five failures it drops the whole queue, new events too. So: ask, send, ask again. Plain HTTP;
Prefect itself is not imported here."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import orjson

logger = logging.getLogger(__name__)

BATCH = 200
"""Events a request. Larger ones do not go faster (measured: 590 events a second stored, read back included)."""
WINDOW = 5
"""Batches on the way at once: bounded memory here, and well under the server's queue of 10,000."""
PAGE = 50
"""What the server gives at most per page of `events/filter`."""
GIVE_UP = 900.0
EVER = {"since": "1970-01-02T00:00:00Z", "until": "2261-01-01T00:00:00Z"}


class ServerAway(Exception):
    """Prefect cannot take events now; what was not shown follows later."""


class Shown(Protocol):
    """An event as the feed gives it; see `engine.feed.Event`."""

    @property
    def id(self) -> str: ...
    @property
    def cursor(self) -> int: ...
    def body(self) -> dict[str, Any]: ...


class Feed(Protocol):
    """Where events come from and how far they have been shown; see `engine.feed.Feed`."""

    def read(self, limit: int) -> Sequence[Shown]:
        """The next events after the cursor, in commit order."""

    def shown(self, cursor: int) -> None:
        """Everything up to `cursor` is in the server."""


@dataclass(slots=True)
class Breaker:
    """How long to leave a server alone that does not answer: twice as long each time, up to five seconds: asking is cheap, waiting is not."""

    first: float = 0.5
    most: float = 5.0
    failures: int = 0
    _until: float = 0.0
    clock: Callable[[], float] = field(default=time.monotonic)

    def open_for(self) -> float:
        """Seconds still to wait; 0 when it may be tried."""
        return max(0.0, self._until - self.clock())

    def failed(self) -> float:
        pause: float = min(self.most, self.first * 2.0 ** min(self.failures, 16))
        self.failures += 1
        self._until = self.clock() + pause
        return pause

    def worked(self) -> None:
        self.failures = 0
        self._until = 0.0


def client(api: str, *, patience: float = 20.0) -> httpx.Client:
    """A client for `http://…/api`; proxies of the environment do not apply to the loopback, Prefect's own credentials do anywhere."""
    local = httpx.URL(api).host in ("127.0.0.1", "localhost", "::1")
    key, basic = os.environ.get("PREFECT_API_KEY"), os.environ.get("PREFECT_API_AUTH_STRING")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    user, _, password = (basic or "").partition(":")
    auth = httpx.BasicAuth(user, password) if basic and not key else None
    return httpx.Client(base_url=api, timeout=httpx.Timeout(patience, connect=3.0), trust_env=not local, headers=headers, auth=auth)


@dataclass(slots=True, kw_only=True)
class Publisher:
    """One feed to one server. `sure`: nothing of what comes next can have been sent before (by a run that died, or failed)."""

    feed: Feed
    server: httpx.Client
    patience: float = 20.0
    sure: bool = False
    stuck: tuple[str, float] = ("", 0.0)
    """The first event that the server took and did not store, and since when. It takes no id twice within five minutes, so a
    quarter of an hour is waited before such an event is left out."""

    def once(self, *, most: int = BATCH * WINDOW) -> int:
        """Show the next events, at most `most`; how many. Raises ServerAway with the cursor where it is still true."""
        events = self.feed.read(most)
        sure, self.sure = self.sure, False
        sent = []
        fresh = True
        for batch in _batches(events):
            known = set() if sure else stored(self.server, batch)
            fresh = fresh and not known
            refused = post(self.server, [e for e in batch if e.id not in known])
            sent.append((batch, [e for e in batch if e.id not in refused]))
        for batch, taken in sent:
            self._confirm(taken)
            self.feed.shown(batch[-1].cursor)
        self.sure = fresh
        return len(events)

    def _confirm(self, batch: Sequence[Shown]) -> None:
        """Wait until the server has stored the batch; send once more what it lost."""
        if _settled(self.server, batch, self.patience):
            return
        have = stored(self.server, batch)
        post(self.server, [e for e in batch if e.id not in have])
        if _settled(self.server, batch, self.patience):
            return
        have = stored(self.server, batch)
        lost = [e for e in batch if e.id not in have]
        if not lost:
            return
        if self.stuck[0] != lost[0].id:
            self.stuck = (lost[0].id, time.monotonic())
        if time.monotonic() - self.stuck[1] < GIVE_UP:
            raise ServerAway(f"{len(lost)} of {len(batch)} events were taken but not stored within {2 * self.patience:.0f} s")
        logger.error("prefect takes events and does not store them; they are left out", extra={"events": [e.id for e in lost]})


def publish_forever(
    publisher: Publisher,
    stop: threading.Event,
    *,
    pause: float = 0.5,
    breaker: Breaker | None = None,
    beat: Callable[[], Shown | None] | None = None,
) -> None:
    """Until `stop`: whatever happens is logged and tried again, never raised into the engine. `beat` is the clock's sign of life."""
    guard = breaker or Breaker()
    last = ""
    while not stop.is_set():
        try:
            last = _beat(publisher.server, beat, last)
            count = publisher.once()
            if guard.failures:
                logger.info("prefect takes events again", extra={"failures": guard.failures})
            guard.worked()
            if count < BATCH:
                stop.wait(pause)
        except Exception as exc:
            waits = guard.failed()
            if guard.failures in (1, 10) or not isinstance(exc, ServerAway):
                logger.warning(
                    "prefect does not take events; the engine goes on, they follow later", extra={"why": str(exc), "again_in": waits}
                )
            stop.wait(waits)


def stored(server: httpx.Client, events: Sequence[Shown]) -> set[str]:
    """Which of these the server has. One small question when it is none or all of them, pages of 50 otherwise."""
    ids = [e.id for e in events]
    total = _count(server, ids)
    if total == 0:
        return set()
    if total >= len(ids):
        return set(ids)
    pages = [ids[at : at + PAGE] for at in range(0, len(ids), PAGE)]
    return {e["id"] for page in pages for e in _ask(server, page, PAGE)["events"]}


def post(server: httpx.Client, events: Sequence[Shown]) -> set[str]:
    """Hand a batch over. What the server refuses for its form is found by halving, said, and its ids given back: one bad event
    stops no other."""
    if not events:
        return set()
    reply = _call(server, "/events", [e.body() for e in events])
    if reply.is_success:
        return set()
    if reply.status_code != 422:
        raise ServerAway(f"{reply.status_code} from {reply.request.url}")
    if len(events) == 1:
        logger.error("prefect refuses an event; it is left out", extra={"event": events[0].body(), "why": reply.text[:500]})
        return {events[0].id}
    half = len(events) // 2
    return post(server, events[:half]) | post(server, events[half:])


def _settled(server: httpx.Client, batch: Sequence[Shown], patience: float) -> bool:
    """Whether all of them are stored before patience runs out."""
    until, nap = time.monotonic() + patience, 0.05
    while batch and _count(server, [e.id for e in batch]) < len(batch):
        if time.monotonic() > until:
            return False
        time.sleep(nap)
        nap = min(0.5, nap * 1.5)
    return True


def _beat(server: httpx.Client, beat: Callable[[], Shown | None] | None, last: str) -> str:
    """Send the clock's sign of life if it is a new one; which was the last sent."""
    sign = beat() if beat is not None else None
    if sign is None or sign.id == last:
        return last
    post(server, [sign])
    return sign.id


def _count(server: httpx.Client, ids: Sequence[str]) -> int:
    return int(_ask(server, ids, 0)["total"]) if ids else 0


def _ask(server: httpx.Client, ids: Sequence[str], limit: int) -> dict[str, Any]:
    reply = _call(server, "/events/filter", {"filter": {"id": {"id": list(ids)}, "occurred": EVER}, "limit": limit})
    if not reply.is_success:
        raise ServerAway(f"{reply.status_code} from {reply.request.url}")
    answer: dict[str, Any] = reply.json()
    return answer


def _call(server: httpx.Client, path: str, body: object) -> httpx.Response:
    try:
        return server.post(path, content=orjson.dumps(body), headers={"content-type": "application/json"})
    except (httpx.HTTPError, OSError) as exc:
        raise ServerAway(f"{type(exc).__name__}: {exc}") from exc


def _batches(events: Sequence[Shown]) -> Iterator[Sequence[Shown]]:
    for at in range(0, len(events), BATCH):
        yield events[at : at + BATCH]
