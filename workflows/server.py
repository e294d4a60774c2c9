"""The Prefect server beside the engine: started as a child of `up` and `demo` on the loopback, ready or explained, stopped in seconds.

`python -m workflows.server --port N --watch PID` is the child. Nothing here imports Prefect in the parent; where a Prefect
server already runs, `start` only looks whether it answers."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
NICE = 5
"""The engine's clock comes first on a small machine."""
ROOT = Path(__file__).resolve().parent.parent
"""Where our packages lie: a child finds them also where they were not installed."""


class ServerError(Exception):
    """The Prefect server cannot be had; the engine goes on without it."""


class PortTaken(ServerError):
    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            f"{HOST}:{port} is taken by another program; set FENGXING_PREFECT_PORT to a free port, "
            "or FENGXING_PREFECT_URL to use the Prefect server that runs there"
        )


class ServerSilent(ServerError):
    """Started but not ready in time, or ended before it was; `tail` is the end of its log."""

    def __init__(self, what: str, tail: str = "") -> None:
        self.tail = tail
        super().__init__(f"{what}{chr(10) + tail if tail else ''}")


@dataclass(slots=True, kw_only=True)
class Server:
    """A server that answers at `url` (no `/api`); `process` is None where somebody else runs it."""

    url: str
    process: subprocess.Popen[bytes] | None = None
    log: Path | None = None

    @property
    def api(self) -> str:
        return self.url.rstrip("/") + "/api"


def client_environment(home: Path, url: str) -> dict[str, str]:
    """What a process that talks to this server must have in its environment before it imports Prefect."""
    paths = [str(ROOT), *(p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != str(ROOT))]
    spared = ",".join(x for x in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1,localhost") if x)
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": url.rstrip("/") + "/api",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": os.pathsep.join(paths),
        "NO_PROXY": spared,
        "no_proxy": spared,
    }


def server_environment(home: Path, port: int) -> dict[str, str]:
    """Quiet, local, swept of old events and runs. Events are flushed each second in large batches: the default (20, or five
    seconds) took 0.2 s of commits a batch and made the feed wait."""
    return client_environment(home, f"http://{HOST}:{port}") | {
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    }


def answers(url: str, *, timeout: float = 1.0) -> bool:
    """Whether a Prefect server is up at `url`."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}) if HOST in url or "localhost" in url else urllib.request.ProxyHandler()
    )
    try:
        with opener.open(url.rstrip("/") + "/api/health", timeout=timeout) as reply:
            return bool(reply.status == 200 and reply.read().strip() == b"true")
    except (OSError, ValueError, urllib.error.URLError):
        return False


def start(
    *, home: Path, port: int = 4200, external: str | None = None, patience: float = 120.0, env: Mapping[str, str] | None = None
) -> Server:
    """A server that is ready: the `external` one if given (its address without `/api`), else a child of ours. Raises ServerError."""
    if external:
        url = external.rstrip("/").removesuffix("/api")
        if not answers(url, timeout=5.0):
            raise ServerSilent(
                f"no Prefect server answers at {url}; look at FENGXING_PREFECT_URL, or leave it empty to have one started here"
            )
        return Server(url=url)
    server = begin(home=home, port=port, env=env)
    wait(server, patience=patience)
    return server


def begin(*, home: Path, port: int = 4200, env: Mapping[str, str] | None = None) -> Server:
    """Start the child and return at once; `wait` for it. In a process group of its own, so that Ctrl-C is ours to hand on."""
    if not _free(port):
        raise PortTaken(port)
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    if log.exists():
        log.replace(home / "server.log.1")
    environment = dict(os.environ if env is None else env) | server_environment(home, port)
    command = [sys.executable, "-m", "workflows.server", "--port", str(port), "--watch", str(os.getpid())]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True)
    return Server(url=f"http://{HOST}:{port}", process=process, log=log)


def wait(server: Server, *, patience: float = 120.0) -> None:
    """Until it answers: 6 s, and 13 s when its database is new (two shared cores). Raises ServerSilent and ends the child."""
    until = time.monotonic() + patience
    while not answers(server.url):
        if server.process is not None and server.process.poll() is not None:
            raise ServerSilent(
                f"the Prefect server ended with code {server.process.returncode} before it was ready; its log ({server.log}) ends:",
                _tail(server.log),
            )
        if time.monotonic() > until:
            stop(server)
            raise ServerSilent(f"the Prefect server was not ready within {patience:.0f} s; its log ({server.log}) ends:", _tail(server.log))
        time.sleep(0.1)


def stop(server: Server, *, patience: float = 5.0) -> None:
    """Ends our child and its children: asked first, then told. A server of somebody else's is left alone."""
    if server.process is None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, sign)
        try:
            server.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGKILL)


def watch(parent: int, *, every: float = 1.0) -> None:
    """End this process when its parent is gone: a parent killed with -9 must not leave a server behind."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5.0)
        os._exit(1)

    threading.Thread(target=look, name="parent-watch", daemon=True).start()


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _tail(log: Path | None, lines: int = 8) -> str:
    if log is None or not log.exists():
        return ""
    kept = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join(kept[-lines:])


def main() -> None:
    """The child itself: what `prefect server start` does in the foreground, with an eye on the parent."""
    words = argparse.ArgumentParser(description="The Prefect server as a child of fengxing.")
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--watch", type=int, required=True, help="process id of the parent")
    said = words.parse_args()
    watch(said.watch)
    os.nice(NICE)
    import uvicorn
    from prefect.server.api.server import create_app

    uvicorn.run(create_app(final=True), host=HOST, port=said.port, timeout_keep_alive=5, timeout_graceful_shutdown=3, log_level="warning")


if __name__ == "__main__":
    main()
