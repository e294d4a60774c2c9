"""Everything that stands between engine and Prefect, in one process beside them: `python -m workflows.serve --watch PID`.

A thread shows the history in Prefect's event feed; the loop shows lapses as coalesced `escalate` runs and serves the
deployments. With the server away it waits and tries again; the engine notices nothing of all this."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import threading
from pathlib import Path

from engine import composition, feed, settings
from workflows import publisher, server

logger = logging.getLogger(__name__)

SWEEP = 10.0
"""Seconds between looks for lapses: one run per programme and clock holds all of them."""
LIMIT = 2
"""Runs of deployments at a time; each is a process of its own (4 s of CPU to start)."""
NICE = 10
"""The clock comes first on a small machine."""


def main() -> None:
    words = argparse.ArgumentParser(description="Shows the engine in Prefect and serves its deployments.")
    words.add_argument("--watch", type=int, help="end when this parent process is gone")
    words.add_argument("--sweep", type=float, default=SWEEP, help="seconds between looks for lapses")
    said = words.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if said.watch is not None:
        server.watch(said.watch)
    os.nice(NICE)
    given = settings.from_environment()
    os.environ.update(environment(given))
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    run(given, stop, sweep=said.sweep)


def environment(given: settings.Settings) -> dict[str, str]:
    """What Prefect must find in the environment of this process and of the runs it starts."""
    own = os.environ.get("PREFECT_HOME") if given.text("PREFECT_URL") else None
    home = Path(own) if own else (given.data_dir / "prefect").resolve()
    data = {settings.PREFIX + "DATA_DIR": str(given.data_dir.resolve())}
    return server.client_environment(home, given.prefect_url.removesuffix("/api")) | data


def run(given: settings.Settings, stop: threading.Event, *, sweep: float = SWEEP) -> None:
    """Until `stop`. The feed and the runs are two threads: neither waits for the other."""
    engine = composition.open_engine(given)
    api = given.prefect_url
    showing = publisher.Publisher(feed=feed.Feed(engine.store), server=publisher.client(api))
    threads = [
        threading.Thread(
            target=publisher.publish_forever,
            args=(showing, stop),
            kwargs={"beat": lambda: feed.beat(engine.store)},
            name="feed",
            daemon=True,
        ),
        threading.Thread(target=_runs, args=(engine, api, stop, sweep), name="runs", daemon=True),
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(1.0):
        pass
    for thread in threads:
        thread.join(timeout=8.0)
    engine.close()


def _runs(engine: composition.Engine, api: str, stop: threading.Event, sweep: float) -> None:
    """The part that needs Prefect, begun anew whenever it breaks: with the server, or with `import prefect` itself."""
    guard = publisher.Breaker(first=1.0)
    while not stop.is_set():
        if not server.answers(api.removesuffix("/api")):
            stop.wait(guard.failed())
            continue
        guard.worked()
        try:
            asyncio.run(_serving(engine, stop, sweep))
        except Exception:
            logger.exception("showing the engine in prefect broke; beginning anew")
            stop.wait(guard.failed())


async def _serving(engine: composition.Engine, stop: threading.Event, sweep: float) -> None:
    """Register, then serve and watch side by side until told to stop or one of them breaks."""
    from prefect import get_client
    from prefect.runner import Runner

    from workflows import automations, deployments, watch

    runner = Runner(name="fengxing", limit=LIMIT, pause_on_shutdown=False)
    ids = [await runner.aadd_deployment(deployment) for deployment in await deployments.served()]
    names = await automations.put()
    await deployments.forget_missed()
    logger.info("serving in prefect", extra={"deployments": len(ids), "automations": names})
    tasks = [asyncio.create_task(_told(stop)), asyncio.create_task(runner.start()), asyncio.create_task(watch.forever(engine, every=sweep))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(3.0), get_client() as client:
                for number in ids:
                    await client.pause_deployment(number)


async def _told(stop: threading.Event) -> None:
    while not await asyncio.to_thread(stop.wait, 1.0):
        pass


if __name__ == "__main__":
    main()
