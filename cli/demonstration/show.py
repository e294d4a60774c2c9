"""The demo from its first line to its last: set up, play, stop the clock, let the post come, prove, and perhaps stay."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cli import keeping, output
from cli.demonstration import around, player, proof, script, stage, watching
from engine import composition
from notifications import mailbox
from storage import proving
from workflows import server

LOOK = 0.25
"""Real seconds between two looks at the town."""
POST = 15.0
"""Real seconds within which the last mails must come."""
VERDICT = "verdict.json"
"""What the proof found, beside the store: so that the day can be proved again."""


class Shown(Protocol):
    """Where the day is shown: a terminal's screen, or lines."""

    def headline(self, words: str) -> None: ...
    def show(self, picture: watching.Picture, letters: Sequence[mailbox.Letter], titles: dict[str, str]) -> None: ...


@dataclass(slots=True)
class Show:
    """One run of the demo."""

    stage: stage.Stage
    keeper: keeping.Keeper
    prefect: server.Server | None
    engine: composition.Engine | None = None
    children: dict[str, keeping.Child] = field(default_factory=dict)

    def play(self, shown: Shown, photos: dict[str, str], day: script.Script) -> tuple[player.Player, int]:
        """Let the day pass; the player, and the moment of the store's clock when the clock was stopped."""
        engine = self.engine = stage.begin(self.stage)
        self._start(shown)
        people = player.Player(engine, day, photos)
        watch = watching.Watch(engine)
        people.start()
        try:
            while people.playing or engine.time.now() < script.moment(script.END):
                self._look(shown, watch, people, day)
                time.sleep(LOOK)
        finally:
            people.stop()
        until = engine.time.now()
        self.keeper.dismiss(self.children["clock"])
        self._await_post()
        self._look(shown, watch, people, day)
        return people, until

    def prove(self, until: int) -> proof.Verdict:
        """The proof of the day, kept beside the store."""
        assert self.engine is not None
        verdict = proof.prove(self.engine, list(self.stage.mailbox.letters), until=until)
        proof.write(self.stage.folder / VERDICT, verdict, until=until)
        return verdict

    def await_prefect(self, patience: float) -> tuple[int, int]:
        """Wait until Prefect's feed has shown the whole history: (entries shown, entries in all)."""
        assert self.engine is not None
        until = time.monotonic() + patience
        while True:
            with self.engine.store.reading() as tx:
                row = tx.one(proving.SHOWN, ("feed.prefect",)) or (0, 0)
            if row[0] >= row[1] or time.monotonic() > until:
                return int(row[0]), int(row[1])
            time.sleep(0.2)

    def go_on(self) -> None:
        """From now on at the wall's pace, with the clock running again: something to explore."""
        assert self.engine is not None
        now = self.engine.time.now()
        self.engine.close()
        stage.slow_down(self.stage, now)
        for name, child in self.children.items():
            if name == "clock":
                self.keeper.take_back(child)
            else:
                self.keeper.restart(child)

    def _start(self, shown: Shown) -> None:
        env = keeping.environment(stage.environment(self.stage))
        commands = {"clock": keeping.ours("clock"), "deliver": keeping.ours("deliver")}
        if self.prefect is not None:
            commands["prefect"] = ["workflows.serve", "--watch", str(os.getpid()), "--sweep", "2"]
        for name, words in commands.items():
            log = keeping.Log(self.stage.logs / f"{name}.log")
            self.children[name] = self.keeper.add(name, keeping.command(words, env, log.write))
        shown.headline(where(self.prefect))

    def _look(self, shown: Shown, watch: watching.Watch, people: player.Player, day: script.Script) -> None:
        self.keeper.look()
        titles = {people.numbers[case]: title for case, title in day.titles.items() if case in people.numbers}
        watch.titles = titles
        said = {number: title.say(output.language()) for number, title in titles.items()}
        shown.show(watch.look(), list(self.stage.mailbox.letters), said)

    def _await_post(self) -> None:
        """What was told goes out; the delivery holds back what may become a digest for a minute of the store's clock."""
        assert self.engine is not None
        until = time.monotonic() + POST
        while time.monotonic() < until:
            with self.engine.store.reading() as tx:
                if (tx.one(proving.PENDING) or (0,))[0] == 0:
                    return
            time.sleep(0.1)


def where(prefect: server.Server | None) -> str:
    """Where to look meanwhile."""
    if prefect is None:
        return output.say("without Prefect", "未启用 Prefect")
    return f"Prefect {prefect.url}"


@contextmanager
def prepared(speed: float, *, with_prefect: bool, say: Callable[[str], None]) -> Iterator[tuple[Show, dict[str, str], script.Script]]:
    """The stage with everything laid out, its photos and the script; everything is stopped afterwards."""
    place = stage.folder()
    port = stage.free_port(int(os.environ.get("FENGXING_PREFECT_PORT") or 4200))
    keeper = keeping.Keeper(lambda en, zh: say(output.say(en, zh)))
    prefect = _begin_prefect(place, port, say) if with_prefect else None
    setting = None
    try:
        setting = stage.set_up(place, speed=speed, prefect_port=port)
        day = script.whole(around.day())
        photos = dict(stage.photos(setting, day.steps))
        if prefect is not None:
            prefect = _await_prefect(prefect, say)
        show = Show(setting, keeper, prefect)
        yield show, photos, day
        if show.engine is not None:
            show.engine.close()
    finally:
        keeper.stop()
        if prefect is not None:
            server.stop(prefect)
        if setting is not None:
            setting.mailbox.stop()


def _begin_prefect(place: Path, port: int, say: Callable[[str], None]) -> server.Server | None:
    try:
        return server.begin(home=place / "prefect", port=port)
    except (server.ServerError, OSError) as exc:
        say(output.say(f"Prefect cannot be started: {exc}. The engine goes on without it.", f"Prefect 无法启动：{exc}。引擎照常运行。"))
        return None


def _await_prefect(prefect: server.Server, say: Callable[[str], None]) -> server.Server | None:
    try:
        server.wait(prefect, patience=90.0)
    except server.ServerError as exc:
        say(output.say(f"Prefect does not come up: {exc}\nThe engine goes on without it.", f"Prefect 未能启动：{exc}\n引擎照常运行。"))
        server.stop(prefect)
        return None
    return prefect
