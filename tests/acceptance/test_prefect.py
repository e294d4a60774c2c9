"""The engine beside a real Prefect server: what is shown there, what follows after an outage, and that nothing here depends on it.

One server for all of them (a minute of set-up and half a dozen of seconds a test); what needs no server is tested without."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson
import pytest
from prefect import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings
from prefect.states import Scheduled

from engine import cases, clock, composition, feed, loading, requests, settings
from engine import now as times
from storage import database, migrating, statements
from workflows import automations, deployments, flows, publisher, server, watch

pytestmark = [
    pytest.mark.prefect,
    # Prefect's client leaves its last log handler's connection to the garbage collector; nothing of ours.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
T = TypeVar("T")
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A real server, and this process as its client."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = server.start(home=home, port=port)
    told = {PREFECT_API_URL: running.api, PREFECT_HOME: home, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}
    try:
        with temporary_settings(told):
            yield running
    finally:
        EventsWorker.drain_all(timeout=5)
        APILogWorker.drain_all(timeout=5)
        server.stop(running)
        gc.collect()  # what Prefect's client leaves open is let go here, not in somebody else's test


def a_town(folder: Path, monkeypatch: pytest.MonkeyPatch) -> composition.Engine:
    """Ningxiang on a store of its own; the flows find it by the environment."""
    monkeypatch.setenv("FENGXING_DATA_DIR", str(folder))
    monkeypatch.setenv("FENGXING_PROGRAMMES", str(server.ROOT / "config" / "programmes" / "ningxiang"))
    given = settings.from_environment()
    store = database.Store(given.database_url)
    migrating.upgrade(store)
    store.close()
    engine = composition.open_engine(given)
    assert not [p for p in loading.take_up(engine) if p.severity == "error"]
    return engine


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[composition.Engine]:
    engine = a_town(tmp_path, monkeypatch)
    yield engine
    engine.close()


def reported(engine: composition.Engine, count: int, *, ago: int = 0) -> None:
    """`count` riders' reports, made `ago` microseconds before now; what is due by now fires."""
    now = times.wall()
    asked = [
        requests.Opening(programme="ningxiang", workflow="report", actor="han-chao", facts={"description": f"路灯 {n}"})
        for n in range(count)
    ]
    assert not [x for x in cases.perform(engine.store, engine.catalog, asked, now=now - ago) if isinstance(x, Exception)]
    while clock.fire_due(engine.store, engine.catalog, now=now)[1]:
        pass


def shown(api: httpx.Client, **filters: Any) -> int:
    reply = api.post("/events/filter", json={"filter": {"occurred": publisher.EVER, **filters}, "limit": 0})
    return int(reply.json()["total"])


def until(what: Callable[[], T], seconds: float) -> T:
    """What `what` says once it says something, or at last."""
    end = time.monotonic() + seconds
    while not (said := what()) and time.monotonic() < end:
        time.sleep(0.5)
    return said


def runs(api: httpx.Client, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.post("/flow_runs/filter", json={"sort": "START_TIME_DESC", **more}).json()
    return found


def ran(flow: Any) -> State[Any]:
    """How a run of a flow in this process ended."""
    ended: State[Any] = asyncio.run(flow(return_state=True))
    return ended


def test_its_pages_come_from_the_wheel_and_need_no_network(prefect: server.Server) -> None:
    page = httpx.get(prefect.url, trust_env=False, follow_redirects=True)
    assert page.status_code == 200
    assert "<title>Prefect Server</title>" in page.text
    assets = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page.text)
    assert assets
    for asset in assets:
        assert httpx.get(prefect.url + asset, trust_env=False).status_code == 200, asset
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)


def test_each_entry_of_the_history_is_one_event_however_often_it_is_told(prefect: server.Server, town: composition.Engine) -> None:
    reported(town, 30, ago=12 * MINUTE)  # opened, and ten minutes to dispatch them lapsed
    with publisher.client(prefect.api) as api:
        showing = publisher.Publisher(feed=feed.Feed(town.store), server=api)
        assert showing.once() == 60
        with town.store.writing() as tx:
            feed.move(tx, "prefect", 0)  # died before the cursor was moved: everything is told again
        reported(town, 5)
        assert publisher.Publisher(feed=feed.Feed(town.store), server=api).once() == 65
        ids = [e.id for e in feed.Feed(town.store, name="all").read(1000)]
        assert shown(api, id={"id": ids}) == 65
        case = {"resource": {"id": ["case.1"]}, "id": {"id": ids}}
        told = api.post("/events/filter", json={"filter": {"occurred": publisher.EVER, **case}, "limit": 50}).json()["events"]
    assert sorted(e["event"] for e in told) == ["case.reported", "case.sla.breached"]
    breach = next(e for e in told if e["event"] == "case.sla.breached")
    assert breach["resource"]["prefect.resource.name"] == breach["payload"]["number"]
    assert {r["prefect.resource.id"] for r in breach["related"]} == {
        "programme.ningxiang",
        "workflow.ningxiang.report",
        "clock.ningxiang.dispatching",
    }
    assert "han-chao" not in str(told)  # a role, never a name


def test_what_was_not_shown_follows_when_the_server_is_back(prefect: server.Server, town: composition.Engine) -> None:
    reported(town, 40)
    history = feed.Feed(town.store)
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = free.getsockname()[1]
    with publisher.client(f"http://127.0.0.1:{nowhere}/api") as dead, pytest.raises(publisher.ServerAway):
        publisher.Publisher(feed=history, server=dead).once()
    reported(town, 10, ago=12 * MINUTE)  # the engine has gone on meanwhile, rungs and all
    with publisher.client(prefect.api) as api:
        assert publisher.Publisher(feed=history, server=api).once() == 60
        assert history.read(10) == []


def test_lapses_become_one_run_per_clock_named_by_meaning(prefect: server.Server, town: composition.Engine) -> None:
    reported(town, 12, ago=14 * MINUTE)
    assert asyncio.run(watch.sweep(town)) == 1
    assert asyncio.run(watch.sweep(town)) == 0  # shown once
    with publisher.client(prefect.api) as api:
        run = runs(api, flow_runs={"tags": {"all_": ["programme:ningxiang", "clock:dispatching"]}}, limit=1)[0]
        artifact = api.get("/artifacts/breaches-ningxiang-dispatching/latest").json()
        wanted = {"logs": {"flow_run_id": {"any_": [run["id"]]}}}
        said = until(
            lambda: [x for x in api.post("/logs/filter", json=wanted).json() if "over its 10 minutes by 4 min" in x["message"]], 10
        )
    assert re.fullmatch(r"escalate-12-dispatching-\d\d:\d\d:\d\d", run["name"])
    assert "severity:breached" in run["tags"]
    assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "Breached")  # a breach is data, not a failure
    assert "12 over their limit" in artifact["description"]
    assert artifact["data"].count("10 minutes") == 12
    assert len(said) == 12


def test_boards_lie_under_fixed_keys(prefect: server.Server, town: composition.Engine) -> None:
    reported(town, 3, ago=12 * MINUTE)
    state = ran(flows.board)
    assert (state.type, state.message) == (StateType.COMPLETED, "3 open, 3 overdue")
    with publisher.client(prefect.api) as api:
        assert "| 3 | 3 | 0 |" in api.get("/artifacts/overview/latest").json()["data"]
        assert orjson.loads(api.get("/artifacts/board-ningxiang/latest").json()["data"])[0]["left"] == "−2 min"


def test_recover_puts_right_what_it_can_and_is_red_for_real_damage(prefect: server.Server, town: composition.Engine) -> None:
    reported(town, 4)
    recover = flows.recover.with_options(retries=0)
    with town.store.writing() as tx:
        tx.run(database.both("DELETE FROM timers WHERE case_id = 1"))
    state = ran(recover)
    assert state.type is StateType.COMPLETED
    assert re.search(r"[1-9]\d* timers put right; 4 cases proved", state.message or "")
    with town.store.writing() as tx:
        tx.run(database.both("UPDATE history SET facts = '{}' WHERE case_id = 2"))
    state = ran(recover)
    assert state.type is StateType.FAILED
    assert "run `fengxing verify`" in (state.message or "")


def test_deployments_are_scheduled_and_automations_put_once(prefect: server.Server) -> None:
    async def register() -> list[str]:
        for deployment in await deployments.served():
            await deployment.aapply()
        await automations.put()
        return await automations.put()

    names = asyncio.run(register())
    with publisher.client(prefect.api) as api:
        assert sorted(a["name"] for a in api.post("/automations/filter", json={}).json()) == sorted(names)
        listed = api.post("/deployments/filter", json={}).json()
        assert sorted((d["name"], d["concurrency_options"]["collision_strategy"]) for d in listed) == sorted(
            (plan.name, "ENQUEUE") for plan in deployments.PLANNED
        )
        assert all(d["description"] and d["parameter_openapi_schema"] is not None for d in listed)
        scheduled = until(lambda: runs(api, flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}}, sort="EXPECTED_START_TIME_ASC"), 20)
    assert scheduled, "the server schedules nothing: Prefect 3.8 needs SQLAlchemy < 2.1"


def test_after_an_outage_each_deployment_makes_up_for_one_run(prefect: server.Server) -> None:
    async def missed() -> int:
        for deployment in await deployments.served():
            await deployment.aapply()
        async with get_client() as client:
            for name, hours in (
                ("board/every-ten-minutes", 1),
                ("board/every-ten-minutes", 2),
                ("digest/morning", 3),
                ("board/every-ten-minutes", 4),
            ):
                found = await client.read_deployment_by_name(name)
                state: State[Any] = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=hours))
                await client.create_flow_run_from_deployment(
                    found.id, state=state, tags=["auto-scheduled", "fengxing"], name=f"missed-{hours}"
                )
        return await deployments.forget_missed()

    assert asyncio.run(missed()) == 2
    with publisher.client(prefect.api) as api:
        left = runs(api, flow_runs={"name": {"like_": "missed-"}}, sort="NAME_ASC")
        assert [run["name"] for run in left] == ["missed-1", "missed-3"]


def test_a_silent_clock_and_a_failed_escalate_run_call_for_recover(
    prefect: server.Server, town: composition.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The automations of `workflows.automations`, with ten seconds of silence instead of three minutes."""

    async def register() -> None:
        for deployment in await deployments.served():
            await deployment.aapply()
        await automations.put(silence=timedelta(seconds=10))

    async def broken(*_: Any) -> Any:
        raise OSError("the disk is gone")

    asyncio.run(register())
    with publisher.client(prefect.api) as api:
        with town.store.writing() as tx:
            tx.run(statements.META_PUT, (clock.HEARTBEAT, str(times.wall())))
        beat = feed.beat(town.store)
        assert beat is not None
        publisher.post(api, [beat])
        monkeypatch.setattr(flows, "ask", broken)
        state = ran(flows.escalate.with_options(retries=0))
        assert state.type is StateType.FAILED

        def because() -> set[str]:
            found = {str(r["parameters"].get("because")) for r in runs(api)}
            return found if {"the clock is silent", "an escalate run failed"} <= found else set()

        assert until(because, 45), [r["parameters"] for r in runs(api)]


def test_without_prefect_the_engine_keeps_its_deadlines(tmp_path: Path) -> None:
    """`import prefect` fails: cases are opened, rungs fire, mails are composed, and serving says so and goes on."""
    story = """
import sys, threading, time
sys.modules["prefect"] = None
from engine import cases, clock, composition, loading, requests, settings
from engine import now as times
from storage import database, migrating
from workflows import publisher, serve, server
given = settings.from_environment()
migrating.upgrade(database.Store(given.database_url))
engine = composition.open_engine(given)
loading.take_up(engine)
now = times.wall()
cases.perform(engine.store, engine.catalog, [requests.Opening(programme="ningxiang", workflow="report", facts={"description": "x"})], now=now - 720_000_000)
fired, _ = clock.fire_due(engine.store, engine.catalog, now=now)
assert [f.clock for f in fired] == ["dispatching"], fired
server.answers = lambda url, **_: True  # a server, but no client for it
stop = threading.Event()
threading.Timer(2.5, stop.set).start()
serve.run(given, stop)
assert "prefect" not in [name.partition(".")[0] for name, module in sys.modules.items() if module is not None]
print("on time")
"""
    environment = {**os.environ, "FENGXING_DATA_DIR": str(tmp_path), "FENGXING_PREFECT_PORT": "1", "PYTHONPATH": str(server.ROOT)}
    done = subprocess.run([sys.executable, "-c", story], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "on time"
    assert "showing the engine in prefect broke; beginning anew" in done.stderr
