"""A town on a virtual store, as people meet it: they open and move cases, time passes, mails arrive. Everything goes through the engine's doors.

Moments are written as a clock on the wall shows them (`2026-11-20T08:00`) in the programme's zone, spans of a case's life as the JSON says them."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config import problems
from engine import clock, composition, explaining, listing, loading, making, messages, outbox, requests, rungs, settings, verify, views
from engine import now as times
from notifications import mailbox, mailer, servers
from storage import database
from tests import builders

START = "2026-01-01T00:00:00+00:00"


@functools.cache
def _template(files: tuple[tuple[str, str], ...]) -> Path:
    """A virtual store in which these files are in force, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="fengxing-town-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    given = settings_of(folder / "data", folder)
    making.upgrade(given, virtual=times.parse(START))
    with composition.opened(given) as engine:
        found = loading.take_up(engine, root=builders.a_folder(folder, **dict(files)))
    assert not [p for p in found if p.severity == "error"], "\n".join(str(p) for p in found)
    return folder / "data" / "fengxing.db"


def settings_of(data: Path, programmes: Path, **more: str) -> settings.Settings:
    given = {"DATA_DIR": str(data), "PROGRAMMES": str(programmes), "SQLITE_SYNCHRONOUS": "NORMAL", **more}
    return settings.Settings({settings.PREFIX + name: value for name, value in given.items()})


def edited(text: str, *changes: tuple[str, str]) -> str:
    """A file of a programme with some words changed; each must be there."""
    for old, new in changes:
        assert old in text, f"nothing to change: {old!r}"
        text = text.replace(old, new)
    return text


@dataclass(slots=True)
class Town:
    """An engine of its own on a virtual store, with the programme `testtown` of tests.builders in force (or what was given)."""

    folder: Path
    engine: composition.Engine
    zone: str = "Asia/Shanghai"
    programme: str = "testtown"
    files: dict[str, str] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _box: mailbox.Mailbox | None = None
    _post: mailer.Post | None = None

    # time

    def at(self, words: str) -> int:
        """A wall-clock moment of the town (or one with its own offset) in UTC microseconds."""
        moment = datetime.fromisoformat(words)
        return times.micros(moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(self.zone)))

    def said(self, moment: int | None) -> str | None:
        """UTC microseconds as the wall clock shows them, without the offset."""
        return None if moment is None else times.local(moment, self.zone).replace(tzinfo=None).isoformat()

    @property
    def now(self) -> int:
        return self.engine.time.now()

    def until(self, words: str) -> list[rungs.Fired]:
        """Time passes; every timer fires at its moment."""
        return clock.fire_until(self.engine.store, self.engine.catalog, self.engine.time, self.at(words))

    def asleep_until(self, words: str) -> None:
        """Time passes while no clock runs: an outage."""
        with self.engine.store.writing() as tx:
            self.engine.time.move_to(tx, self.at(words))

    def restart(self) -> None:
        """The program is stopped and started again."""
        self.engine.close()
        self.engine = composition.open_engine(self.engine.settings)

    # what people do

    def open(self, at: str | None = None, *, by: str | None = "ma", workflow: str = "report", key: str | None = None, **facts: Any) -> str:
        """A case is reported; its number."""
        given = {"description": "巷口路灯不亮", **facts} if workflow == "report" else facts
        moment = None if at is None else self.at(at)
        opening = requests.Opening(programme=self.programme, workflow=workflow, actor=by, facts=given, key=key, at=moment)
        return self.engine.door.submit(opening).number

    def move(self, case: str | int, trigger: str, at: str | None = None, *, by: str, key: str | None = None, **facts: Any) -> requests.Done:
        moment = None if at is None else self.at(at)
        return self.engine.door.submit(requests.Move(case=case, trigger=trigger, actor=by, facts=facts, key=key, at=moment))

    def dispatched(self, at: str, *, unit: str = "lights", urgency: int = 3, category: str = "lamp", **facts: Any) -> str:
        """A case reported and dispatched at the same moment; its number."""
        case = self.open(at, **facts)
        self.move(case, "dispatch", at, by="wang", category=category, urgency=urgency, unit=unit)
        return case

    def acknowledge(self, case: str, clock: str, at: str | None = None, *, by: str) -> requests.Done:
        moment = None if at is None else self.at(at)
        return self.engine.door.submit(requests.Acknowledgement(case=case, clock=clock, actor=by, at=moment))

    # what people see

    def case(self, case: str | int, *, viewer: str | None = None) -> dict[str, Any]:
        """The case as JSON shows it to somebody; None is the operator."""
        now = self.now
        with self.engine.store.reading() as tx:
            self.engine.catalog.refresh(tx)
            found = views.find(tx, self.engine.catalog, case)
            return views.case(tx, self.engine.catalog, found, viewer=viewer, now=now).body()

    def clock(self, case: str, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = [c for c in self.case(case)["clocks"] if c["name"] == name]
        assert found, f"{name} has not begun on {case}"
        return found[0]

    def due(self, case: str, name: str) -> str:
        """When a clock is due, as the wall clock shows it."""
        return str(self.clock(case, name)["due"])[:-6]

    def history(self, case: str, *, viewer: str | None = None) -> list[dict[str, Any]]:
        with self.engine.store.reading() as tx:
            found = views.find(tx, self.engine.catalog, case)
            return [entry.body(self.zone) for entry in views.entries(tx, self.engine.catalog, found, viewer=viewer)]

    def rungs(self, case: str) -> list[tuple[str, int, int, str]]:
        """What the history says has fired: (clock, round, rung, when), rungs from 1."""
        return [
            (e["detail"]["clock"], e["detail"]["round"], e["detail"]["rung"], e["at"][:-6])
            for e in self.history(case)
            if e["kind"] == "rung"
        ]

    def listed(self, **wanted: Any) -> list[dict[str, Any]]:
        now = self.now
        with self.engine.store.reading() as tx:
            found = listing.listed(tx, self.engine.catalog, listing.Wanted(**wanted), viewer=None, now=now, limit=None)
            return [view.body() for view in found]

    def explain(self, case: str, *, at: str | None = None, clock: str | None = None, rung: int | None = None) -> dict[str, Any]:
        """As `fengxing explain`; rungs from 1."""
        now, moment, number = self.now, None if at is None else self.at(at), None if rung is None else rung - 1
        with self.engine.store.reading() as tx:
            found = views.find(tx, self.engine.catalog, case)
            return explaining.explain(tx, found, at=moment, clock=clock, rung=number, now=now).body("en")

    def messages(self, case: str | None = None) -> list[messages.MessageView]:
        """The outbox, oldest first."""
        with self.engine.store.reading() as tx:
            number = views.find(tx, self.engine.catalog, case).id if case is not None else 0
            return list(messages.listed(tx, case=number))[::-1]

    def told(self, case: str) -> list[tuple[str, str]]:
        """Who hears what, in order: (recipient, template)."""
        return [(m.recipient, m.template) for m in self.messages(case)]

    @property
    def box(self) -> mailbox.Mailbox:
        """The mail server of the town, up from the first look."""
        if self._box is None:
            self._box = self._stack.enter_context(mailbox.Mailbox())
            self._post = self._stack.enter_context(mailer.Post(servers.parse(self._box.url), timeout=5))
        return self._box

    @property
    def post(self) -> mailer.Post:
        """The way to the town's mail server."""
        assert self.box.port
        assert self._post is not None
        return self._post

    def deliver(self) -> outbox.Report:
        """Everything that may go now is delivered."""
        assert self.box.port
        return outbox.deliver_once(self.engine, self._post)

    def mails(self, address: str | None = None) -> list[mailbox.Letter]:
        """What the mailbox holds after a delivery, for one address or all."""
        self.deliver()
        return self.box.to(address) if address is not None else list(self.box.letters)

    def verified(self) -> list[str]:
        """The codes of what `verify` finds."""
        return [f.code for f in verify.verify(self.engine.store, self.engine.catalog, self.engine.settings.data_dir).findings]

    # what the town changes

    def publish(self, **files: str) -> list[problems.Problem]:
        """Files of the folder are written anew (as builders.a_folder names them; templates by `templates={…}`) and taken up."""
        self.files |= files
        builders.a_folder(self.folder, **self.files)
        return loading.take_up(self.engine, root=self.folder / "testtown", force=True)

    def template(self, name: str, text: str) -> list[problems.Problem]:
        """One of the programme's own templates is written and taken up."""
        (self.folder / "testtown" / "templates").mkdir(exist_ok=True)
        (self.folder / "testtown" / "templates" / name).write_text(text, encoding="utf-8")
        return loading.take_up(self.engine, root=self.folder / "testtown", force=True)

    # what nobody should do

    def damage(self, sql: str, *values: Any) -> int:
        """A statement straight on the tables; how many rows it touched."""
        with self.engine.store.writing() as tx:
            return tx.run(database.both(sql), values)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.engine.store.reading() as tx:
            return tx.all(database.both(sql), values)


@contextmanager
def a_town(folder: Path, *, zone: str = "Asia/Shanghai", **files: str) -> Iterator[Town]:
    """A town with its programme in force; say which files are to be other than those of tests.builders."""
    data, programmes = folder / "data", folder / "programmes"
    data.mkdir(parents=True)
    if zone != "Asia/Shanghai":
        files["programme"] = edited(files.get("programme", builders.PROGRAMME), ("Asia/Shanghai", zone))
    shutil.copy(_template(tuple(sorted(files.items()))), data / "fengxing.db")
    builders.a_folder(programmes, **files)
    engine = composition.open_engine(settings_of(data, programmes))
    with ExitStack() as stack:
        town = Town(folder=programmes, engine=engine, zone=zone, files=dict(files), _stack=stack)
        try:
            yield town
        finally:
            town.engine.close()  # perhaps another than at the beginning
