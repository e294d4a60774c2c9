"""Where the demo plays: a folder and a store of its own, the shipped programmes, a mailbox on loopback, photos drawn and kept, a scaled clock.

The user's own store is never touched: every setting of the demo's processes comes from here."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli import failures, output
from cli.demonstration import scenes, script
from engine import attachments, composition, loading, settings
from engine import now as times
from notifications import mailbox
from storage import database, migrating

MARK = "this folder belongs to `fengxing demo` and is emptied by it\n"
LEAD = 3.0
"""Real seconds that pass on the scaled clock before the day begins: the children come up."""
REFUSED = "kong.jian@lamps.ningxiang.example"
"""An address that the mailbox refuses, so that the next one of the same person is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The demo's place. `given` are the settings of every process in it."""

    folder: Path
    given: settings.Settings
    mailbox: mailbox.Mailbox
    speed: float

    @property
    def mails(self) -> Path:
        return self.folder / "mails"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"


class FolderTaken(failures.Usage):
    """A folder that is not the demo's own."""


def folder() -> Path:
    """An empty folder: `demo` in FENGXING_DATA_DIR where that is set, else the temporary folder's. Raises FolderTaken."""
    own = os.environ.get("FENGXING_DATA_DIR")
    where = Path(own).expanduser() / "demo" if own else Path(tempfile.gettempdir()) / f"fengxing-demo-{os.getuid()}"
    mark = where / "DEMO"
    if where.exists() and any(where.iterdir()) and not mark.is_file():
        raise FolderTaken(
            f"{where} holds something else; move it away, or set FENGXING_DATA_DIR",
            f"{where} 中有其他内容；请移走，或设置 FENGXING_DATA_DIR",
        )
    if mark.is_file() and _alive(mark.read_text().splitlines()[-1]):
        return Path(tempfile.mkdtemp(prefix="fengxing-demo-"))
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.write_text(f"{MARK}{os.getpid()}\n")
    return where.resolve()


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return int(pid) != os.getpid()


def set_up(where: Path, *, speed: float, prefect_port: int) -> Stage:
    """The store with the shipped programmes in force, its clock not yet running, and the mailbox. Stop the mailbox afterwards."""
    box = mailbox.Mailbox(where / "mails")
    box.refuse(REFUSED, 550, "mailbox full, try somebody else")
    box.start()
    values = {
        "FENGXING_DATA_DIR": str(where),
        "FENGXING_SMTP_URL": box.url,
        "FENGXING_MAIL_FROM": "fengxing@ningxiang.example",
        "FENGXING_PREFECT_PORT": str(prefect_port),
        "FENGXING_LANG": output.language(),
    }
    stage = Stage(folder=where, given=settings.Settings(values), mailbox=box, speed=speed)
    stage.logs.mkdir(exist_ok=True)
    store = database.Store(stage.given.database_url)
    migrating.upgrade(store)
    times.make_scaled(store, start=script.moment(script.BEGIN) - 3_600_000_000, speed=0.001)
    store.close()
    with composition.opened(stage.given) as engine:
        problems = loading.take_up(engine)
        if problems:
            raise RuntimeError("the shipped programmes are not sound:\n" + "\n".join(str(problem) for problem in problems))
    return stage


def environment(stage: Stage) -> dict[str, str]:
    return dict(stage.given.given)


def photos(stage: Stage, steps: Iterable[script.Step]) -> Mapping[str, str]:
    """Draw every photo of the script and keep it as the engine keeps photos: the stamp and scene → its hash."""
    kept: dict[str, attachments.Stored] = {}
    drawn = stage.folder / "camera"
    drawn.mkdir(exist_ok=True)
    for step in steps:
        for scene in step.photos.values():
            key = photo_key(step, scene)
            if key not in kept:
                path = scenes.draw(scene, stamp(step), drawn)
                kept[key] = attachments.store(stage.folder, path, photo_mb=20, video_mb=20)
    with composition.opened(stage.given) as engine, engine.store.writing() as tx:
        attachments.record(tx, list(kept.values()), now=engine.time.now())
    return {key: file.hash for key, file in kept.items()}


def photo_key(step: script.Step, scene: str) -> str:
    return f"{stamp(step)} {scene}"


def stamp(step: script.Step) -> str:
    """What a camera would print: the place and the hour."""
    return f"{step.programme.capitalize()} {times.local(step.at, script.ZONE):%Y-%m-%d %H}h"


def begin(stage: Stage) -> composition.Engine:
    """Set the clock going, LEAD real seconds before the day begins, and open the engine under it."""
    store = database.Store(stage.given.database_url)
    times.make_scaled(store, start=script.moment(script.BEGIN) - int(LEAD * stage.speed * 1e6), speed=stage.speed)
    store.close()
    return composition.open_engine(stage.given)


def slow_down(stage: Stage, now: int) -> None:
    """From here on the store's clock goes at the pace of the wall's; processes that are to know must open it anew."""
    store = database.Store(stage.given.database_url)
    times.make_scaled(store, start=now, speed=1.0)
    store.close()


def free_port(wanted: int) -> int:
    """That port if nobody has it, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback")
