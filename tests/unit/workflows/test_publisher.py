"""The publisher against a server that behaves as Prefect 3.8.8 was measured to: it queues before it stores, and may lose."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from workflows import publisher


@dataclass(frozen=True)
class Told:
    cursor: int

    @property
    def id(self) -> str:
        return f"event-{self.cursor}"

    def body(self) -> dict[str, Any]:
        return {"id": self.id, "event": "case.reported"}


@dataclass
class History:
    """A feed over numbers 1 … n."""

    size: int
    cursor: int = 0

    def read(self, limit: int) -> Sequence[Told]:
        return [Told(n) for n in range(self.cursor + 1, min(self.size, self.cursor + limit) + 1)]

    def shown(self, cursor: int) -> None:
        self.cursor = cursor


@dataclass
class Prefect:
    """`down` answers nobody; `loses` takes these and never stores them; `refuses` finds these malformed."""

    stored: list[str] = field(default_factory=list)
    down: bool = False
    loses: set[str] = field(default_factory=set)
    refuses: set[str] = field(default_factory=set)
    posts: list[int] = field(default_factory=list)
    questions: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused")
        body = orjson.loads(request.content)
        if request.url.path.endswith("/events/filter"):
            self.questions += 1
            have = [i for i in body["filter"]["id"]["id"] if i in self.stored]
            return httpx.Response(200, json={"total": len(have), "events": [{"id": i} for i in have[: body["limit"]]]})
        ids = [e["id"] for e in body]
        if self.refuses & set(ids):
            return httpx.Response(422, text="malformed")
        self.posts.append(len(ids))
        self.stored += [i for i in ids if i not in self.loses]
        return httpx.Response(204)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://prefect/api", transport=httpx.MockTransport(self.answer))


def a_publisher(feed: History, prefect: Prefect, **but: Any) -> publisher.Publisher:
    return publisher.Publisher(feed=feed, server=prefect.client(), patience=0.01, **but)


def test_everything_is_shown_once_and_the_cursor_stands_at_the_end() -> None:
    feed, prefect = History(450), Prefect()
    assert a_publisher(feed, prefect).once() == 450
    assert feed.cursor == 450
    assert prefect.stored == [Told(n).id for n in range(1, 451)]
    assert prefect.posts == [200, 200, 50]


def test_a_restart_sends_nothing_that_the_server_has() -> None:
    feed, prefect = History(300), Prefect()
    a_publisher(feed, prefect).once()
    feed.cursor = 0  # died before the cursor was moved
    a_publisher(feed, prefect).once()
    assert feed.cursor == 300
    assert len(prefect.stored) == len(set(prefect.stored)) == 300


def test_after_a_first_clean_round_it_no_longer_asks_before_it_sends() -> None:
    feed, prefect = History(10), Prefect()
    showing = a_publisher(feed, prefect)
    showing.once()
    asked = prefect.questions
    feed.size = 20
    showing.once()
    assert prefect.questions == asked + 1  # only whether they have arrived


def test_what_the_server_has_in_part_is_completed() -> None:
    feed, prefect = History(120), Prefect(stored=[Told(n).id for n in range(1, 121, 2)])
    a_publisher(feed, prefect).once()
    assert sorted(prefect.stored) == sorted(Told(n).id for n in range(1, 121))
    assert prefect.posts == [60]


def test_a_dead_server_moves_nothing_and_everything_follows_later() -> None:
    feed, prefect = History(250), Prefect(down=True)
    showing = a_publisher(feed, prefect)
    with pytest.raises(publisher.ServerAway, match="ConnectError"):
        showing.once()
    assert feed.cursor == 0
    prefect.down = False
    assert showing.once() == 250
    assert len(prefect.stored) == 250


def test_taken_is_not_stored() -> None:
    """204 means queued: an event that the server lost keeps the cursor where it is."""
    feed, prefect = History(5), Prefect(loses={Told(3).id})
    with pytest.raises(publisher.ServerAway, match="1 of 5 events were taken but not stored"):
        a_publisher(feed, prefect).once()
    assert feed.cursor == 0
    prefect.loses.clear()
    assert a_publisher(feed, prefect).once() == 5
    assert sorted(prefect.stored) == sorted({Told(n).id for n in range(1, 6)})


def test_an_event_that_never_arrives_is_left_out_after_a_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "GIVE_UP", 0.0)
    feed = History(5)
    assert a_publisher(feed, Prefect(loses={Told(3).id})).once() == 5
    assert feed.cursor == 5
    assert "left out" in caplog.text


def test_one_malformed_event_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    feed, prefect = History(100), Prefect(refuses={Told(77).id})
    a_publisher(feed, prefect).once()
    assert feed.cursor == 100
    assert set(prefect.stored) == {Told(n).id for n in range(1, 101)} - {Told(77).id}
    assert caplog.text.count("refuses an event") == 1


def test_memory_is_bounded_however_much_is_behind() -> None:
    feed = History(1_000_000)
    assert a_publisher(feed, Prefect()).once() == publisher.BATCH * publisher.WINDOW


def test_a_server_that_does_not_answer_is_left_alone_longer_and_longer() -> None:
    now = 0.0
    guard = publisher.Breaker(first=1.0, most=8.0, clock=lambda: now)
    assert [guard.failed() for _ in range(5)] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert guard.open_for() == 8.0
    guard.worked()
    assert (guard.open_for(), guard.failed()) == (0.0, 1.0)


def test_the_loop_outlives_whatever_comes(caplog: pytest.LogCaptureFixture) -> None:
    """A broken feed, then a dead server, then all is well: nothing is raised, everything arrives."""

    class Broken(History):
        failures = 2

        def read(self, limit: int) -> Sequence[Told]:
            if self.failures:
                self.failures -= 1
                raise ValueError("the store is away")
            return super().read(limit)

    feed, prefect, stop = Broken(30), Prefect(), threading.Event()
    beats: list[str] = []

    def beat() -> Told:
        beats.append("beat")
        return Told(0)

    with caplog.at_level(logging.WARNING):
        loop = threading.Thread(
            target=publisher.publish_forever,
            args=(a_publisher(feed, prefect), stop),
            kwargs={"pause": 0.01, "breaker": publisher.Breaker(first=0.001), "beat": beat},
        )
        loop.start()
        for _ in range(500):
            if feed.cursor == 30:
                break
            stop.wait(0.01)
        stop.set()
        loop.join(5)
    assert feed.cursor == 30
    assert prefect.stored.count(Told(0).id) == 1  # one sign of life is one event, however often it is looked at
    assert caplog.text.count("does not take events") == 2
