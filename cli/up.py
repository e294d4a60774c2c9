"""`fengxing up`: everything on one machine until SIGTERM or Ctrl-C. Clock, delivery and Prefect are children in processes of their own.

The clock watches the folders of the programmes; this process watches the children. Whatever becomes of Prefect, deadlines are kept."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Annotated

import orjson
import typer

from cli import given, keeping, output, session
from engine import composition, folders, making, settings
from notifications import servers
from storage import database, migrating
from workflows import server

LOOK = 0.5
"""Seconds between two looks at the children."""
PATIENCE = 30.0
"""Seconds that clock and delivery have to say that they are at work."""
PREFECT = 120.0
"""Seconds that the Prefect server has; a new database takes it half a minute on a small machine."""


def register(app: typer.Typer) -> None:
    app.command()(up)


def up(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=1, max=65535, help="Kept for the portal, which this version does not have yet.", show_default=False
        ),
    ] = None,
    no_prefect: Annotated[bool, typer.Option("--no-prefect", help="Without the Prefect server beside it.", show_default=False)] = False,
    as_json: given.Json = False,
) -> None:
    """Run everything on one machine: the clock, the delivery of mails, the Prefect server and what it shows. Until SIGTERM or Ctrl-C.

    A store is made if there is none; an older one is never upgraded silently. A child that dies is started again. The URLs are printed
    once all is up. Without Prefect (its port taken, its import broken) the deadlines are kept all the same.

    [bold]Examples[/bold]

    fengxing up

    FENGXING_PREFECT_PORT=4300 fengxing up --json
    """
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    House(settings.from_environment(), as_json=as_json, with_prefect=not no_prefect, port=port).run(stop)


@dataclass(slots=True)
class House:
    """All processes of one machine."""

    settings: settings.Settings
    as_json: bool
    with_prefect: bool
    port: int | None
    keeper: keeping.Keeper = field(init=False)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = keeping.Keeper(lambda en, zh: self._say(output.say(en, zh)))

    def run(self, stop: threading.Event) -> None:
        """Start all, say so once, keep all until told to stop; then nothing of it is left."""
        self._prepare()
        try:
            self._start()
            self._await(stop)
            if not stop.is_set():
                self._ready()
            while not stop.wait(LOOK):
                self.keeper.look()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            self._say(output.say("stopping", "正在停止"))
            self.keeper.stop()
        self._say(output.say("all has stopped", "已全部停止"))

    def _prepare(self) -> None:
        """A store, and the folders in force. A folder with a problem is said aloud; the town starts with what is in force.

        A setting with which a child could only die again and again is refused before anything is made."""
        folders.required(self.settings)
        servers.parse(self.settings.text("SMTP_URL"))
        store = database.Store(self.settings.database_url)
        try:
            missing = (store.path is not None and not store.path.exists()) or migrating.version(store) is None
        finally:
            store.close()
        if missing:
            made = making.upgrade(self.settings, virtual=None)
            self._say(output.say(f"there was no store: made {made.store}", f"尚无数据库：已新建 {made.store}"))
        with composition.opened(self.settings) as engine:
            found = session.take_up(engine)
            if found:
                session.aloud(found, as_json=self.as_json)
                self.notes.append(output.say(f"{len(found)} problems in the folders, see above", f"文件夹有 {len(found)} 个问题，见上"))
            if not engine.catalog.programmes:
                with engine.store.reading() as tx:
                    engine.catalog.refresh(tx)
            if not engine.catalog.programmes:
                self._note(output.say("no programme is in force: no case can be opened", "没有生效的项目：无法开案"))
            from engine import robots

            for view in robots.listed(engine):
                if not view.ready:
                    self._note(
                        output.say(f"the robot {view.name} cannot speak: {view.lacks}", f"群机器人 {view.name} 无法发送：{view.lacks}")
                    )

    def _start(self) -> None:
        env = keeping.environment({name: value for name, value in os.environ.items() if name.startswith("FENGXING_")})
        said = ["--json"] if self.as_json else []
        for name in ("clock", "deliver"):
            self.keeper.add(name, keeping.command(keeping.ours(name, *said), env, self._hand_on))
        if not self.with_prefect:
            return
        if not self.settings.text("PREFECT_URL"):
            self.keeper.add("prefect-server", self._prefect_server, log=self.settings.data_dir / "prefect" / "server.log")
        log = keeping.Log(self.settings.data_dir / "prefect" / "serve.log")
        self.keeper.add("prefect", keeping.command(["workflows.serve", "--watch", str(os.getpid())], env, log.write), log=log.path)

    def _prefect_server(self, _child: keeping.Child) -> keeping.Process:
        home = (self.settings.data_dir / "prefect").resolve()
        try:
            begun = server.begin(home=home, port=self.settings.number("PREFECT_PORT"))
        except server.ServerError as exc:
            raise RuntimeError(str(exc)) from exc
        assert begun.process is not None
        return begun.process

    def _await(self, stop: threading.Event) -> None:
        """Until clock and delivery are at work, and Prefect answers or has shown that it will not."""
        until = time.monotonic() + PATIENCE
        for child in [c for c in self.keeper.children if c.name in ("clock", "deliver")]:
            while not child.ready.wait(0.1) and not stop.is_set():
                self.keeper.look()
                if time.monotonic() > until:
                    self._note(
                        output.say(f"{child.name} has not begun its work within {PATIENCE:g} s", f"{child.name} 在 {PATIENCE:g} 秒内未就绪")
                    )
                    break
        until = time.monotonic() + PREFECT
        while self.with_prefect and not stop.wait(0.2) and not server.answers(self._prefect_url):
            self.keeper.look()
            if time.monotonic() > until or self._given_up():
                self._note(
                    output.say(
                        f"no Prefect server at {self._prefect_url}; deadlines and mails do not need it",
                        f"{self._prefect_url} 没有 Prefect 服务；时限和邮件不受影响",
                    )
                )
                break

    def _given_up(self) -> bool:
        """Whether the server could not be started at once, or has died twice: it is tried on, but not waited for."""
        own = next((child for child in self.keeper.children if child.name == "prefect-server"), None)
        if own is None:
            return True
        return own.failures >= 2 or (own.process is None and own.failures == 1)

    def _ready(self) -> None:
        """The one line on stdout."""
        shown = self.with_prefect and server.answers(self._prefect_url)
        urls = {"prefect": self._prefect_url} if shown else {}
        pids = {"up": os.getpid(), **{child.name: child.pid for child in self.keeper.children if child.pid is not None}}
        later = output.say("the portal comes with a later version", "网页端在后续版本提供")
        if self.port is not None:
            later += output.say(f", on port {self.port}", f"，端口 {self.port}")
        store = settings.masked(self.settings.database_url)
        if self.as_json:
            body = {"ready": True, "urls": urls, "pids": pids, "store": store, "notes": [*self.notes, later]}
            sys.stdout.write(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE).decode())
        else:
            prefect = f"Prefect {self._prefect_url}" if shown else output.say("without Prefect", "未启用 Prefect")
            sys.stdout.write(output.say("fengxing is up: ", "蜂行已就绪：") + f"{prefect} · {store} · {later}\n")
        sys.stdout.flush()

    @property
    def _prefect_url(self) -> str:
        return self.settings.prefect_url.removesuffix("/api")

    def _note(self, words: str) -> None:
        self.notes.append(words)
        self._say(words)

    def _say(self, words: str) -> None:
        """A loud line on stderr."""
        output.aside(orjson.dumps({"level": "warning", "message": words}).decode() if self.as_json else f"up: {words}")

    def _hand_on(self, name: str, line: str) -> None:
        """What a child says, on stderr."""
        output.aside(line if self.as_json else f"{name}: {line}")
