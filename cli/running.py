"""The loops: the clock that fires what is due, and the delivery of mails. Both stop within a second on SIGTERM or Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli import given, logs, output, session, taking
from engine import clock, composition, doorbell, errors, folders, rungs, scheduling, settings
from engine import now as times
from storage import errors as storage_errors

logger = logging.getLogger(__name__)

FIRST_LOOK, LOOK = 2.0, 10.0
"""Seconds until the first and between two further looks at the folders of the programmes."""
MOST_LINES = 20
"""Rungs of a batch that are told one by one on a screen."""


def register(app: typer.Typer) -> None:
    app.command("clock")(run_clock)
    app.command()(deliver)


def run_clock(
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="T", help="Virtual stores only: let time pass up to T, firing all that is due, and exit.", show_default=False
        ),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Keep the deadlines: sleep until the next rung is due, fire it, arm the next. Runs until SIGTERM.

    Several may run on one store. On a virtual store (fengxing db upgrade --virtual START) only --until moves the time.

    [bold]Examples[/bold]

    fengxing clock

    fengxing clock --until 2026-11-20T08:30:00+08:00 --json
    """
    moment = given.moment(until, "--until")
    if moment is None:
        _loop(as_json=as_json)
        return
    with session.opened(as_json=as_json, fresh=True) as engine:
        if engine.time.mode != "virtual":
            raise NotVirtual(engine.time.mode)
        occurred: list[scheduling.Occurred] = []
        fired = clock.fire_until(engine.store, engine.catalog, engine.time, moment, opened=occurred.extend)
        zones = {own: town.live.programme.time_zone for own, town in engine.catalog.programmes.items()}
    if as_json:
        scheduled = [{"programme": one.programme, "schedule": one.schedule, **one.body(zones[one.programme])} for one in occurred]
        output.json({"fired": [body(one) for one in fired], "scheduled": scheduled})
        return
    for one in fired:
        output.line(said(one))
    output.line(output.say(f"{output.count(len(fired), 'rung')} fired", f"共触发 {len(fired)} 级提醒"))
    if occurred:
        opened = sum(past.case is not None for past in occurred)
        output.line(
            output.say(
                f"{output.count(opened, 'case')} opened by schedules, {len(occurred) - opened} skipped (see `fengxing schedules`)",
                f"定时开案 {opened} 件，跳过 {len(occurred) - opened} 次（见 `fengxing schedules`）",
            )
        )


class NotVirtual(errors.EngineError):
    """The store's clock is not one that can be moved."""

    code = "not-virtual"

    def __init__(self, mode: str) -> None:
        super().__init__(
            f"--until moves a virtual store's clock; this store keeps {mode} time. Make a virtual one (`fengxing db upgrade --virtual START` "
            "on a new database), or leave --until away",
            f"--until 只能推进虚拟时钟；本库使用{'真实' if mode == 'real' else '加速'}时间。请新建虚拟库（`fengxing db upgrade --virtual 起始时间`），或不填 --until",
        )


def body(fired: rungs.Fired) -> dict[str, object]:
    """A rung that fired as JSON; rungs from 1."""
    return {
        "case": fired.case,
        "number": fired.number,
        "clock": fired.clock,
        "round": fired.round,
        "rung": fired.rung + 1,
        "repeat": fired.repeat,
        "due": times.written(fired.due, fired.zone),
        "at": times.written(fired.at, fired.zone),
    }


def said(fired: rungs.Fired) -> str:
    at = f"{times.local(fired.at, fired.zone):%Y-%m-%d %H:%M:%S}"
    again = f" ×{fired.repeat + 1}" if fired.repeat else ""
    return output.say(
        f"{at}  {fired.number}  {fired.clock}: rung {fired.rung + 1}{again}",
        f"{at}  {fired.number}  {fired.clock}：第 {fired.rung + 1} 级{again}",
    )


def _loop(*, as_json: bool) -> None:
    logs.long_running(as_json=as_json)
    engine = composition.open_engine(settings.from_environment())
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(engine, ended), name="folders", daemon=True)
    with contextlib.closing(doorbell.Bell(engine.store)) as bell:
        loop = clock.Clock(engine.store, engine.catalog, engine.time, bell, heard=_heard(as_json=as_json))
        on_signal(loop.stop)
        if engine.time.mode == "virtual":
            output.aside(
                output.say(
                    "this store's clock is virtual: it moves by `clock --until` and --at", "本库为虚拟时钟：由 `clock --until` 和 --at 推进"
                )
            )
        output.aside(output.say("the clock runs; Ctrl-C ends it", "时钟运行中；按 Ctrl-C 结束"))
        watch.start()
        try:
            loop.run()
        finally:
            ended.set()
            watch.join(timeout=0.5)
    if not watch.is_alive():  # else it is amid a folder; the process ends and its transaction is rolled back
        engine.close()
    output.aside(output.say("the clock has stopped", "时钟已停止"))


def _heard(*, as_json: bool) -> Callable[[Sequence[rungs.Fired]], None]:
    """Tells what fired on stdout: JSON lines for scripts, sentences for people, a count where there are many."""

    def heard(fired: Sequence[rungs.Fired]) -> None:
        if as_json:
            sys.stdout.write("".join(orjson.dumps(body(one)).decode() + "\n" for one in fired))
        elif len(fired) <= MOST_LINES:
            sys.stdout.write("".join(said(one) + "\n" for one in fired))
        else:
            sys.stdout.write(output.say(f"{len(fired)} rungs fired\n", f"触发 {len(fired)} 级提醒\n"))
        sys.stdout.flush()

    return heard


def on_signal(stop: Callable[[], object]) -> None:
    """Let SIGTERM and Ctrl-C end a loop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _watch(engine: composition.Engine, ended: threading.Event) -> None:
    """Have changed folders taken up beside the running clock, by a process of its own: reading them would make the clock late.

    The first look waits until what was overdue has had its turn. A folder that was refused is tried again once it has changed."""
    seen: list[tuple[Path, str]] = []
    span = FIRST_LOOK
    while not ended.wait(span):
        span = LOOK
        try:
            changed = folders.changed(engine.store, engine.settings.programmes)
            if changed and changed != seen:
                taking.beside(ended)
            seen = changed
        except storage_errors.StorageError as exc:
            logger.warning("the folders of the programmes could not be looked at; looking again later", extra={"reason": str(exc)})
        except Exception:
            logger.exception("the folders of the programmes could not be taken up; looking again later")


def deliver(
    once: Annotated[
        bool, typer.Option("--once", help="Deliver what may go now, say what came of it, and exit.", show_default=False)
    ] = False,
    as_json: given.Json = False,
) -> None:
    """Deliver the mails that wait in the outbox, as they come. Runs until SIGTERM; several may share the work.

    [bold]Examples[/bold]

    fengxing deliver

    fengxing deliver --once --json
    """
    from engine import outbox

    if not once:
        logs.long_running(as_json=as_json)
    with session.opened(as_json=as_json) as engine:
        if not once:
            ended = threading.Event()
            on_signal(ended.set)
            output.aside(output.say("delivering; Ctrl-C ends it", "投递中；按 Ctrl-C 结束"))
            outbox.deliver_forever(engine, ended)
            return
        logging.getLogger("engine.outbox").setLevel(logging.CRITICAL)  # its problems are printed below
        report = outbox.deliver_once(engine)
    counts = {name: getattr(report, name) for name in ("sent", "dead", "dropped", "put_off", "digests")}
    if as_json:
        output.json({**counts, "problems": list(report.problems)})
        return
    names = {"sent": "已发送", "dead": "无法投递", "dropped": "已撤销", "put_off": "稍后再发", "digests": "合并邮件"}
    output.line(", ".join(output.say(f"{count} {name.replace('_', ' ')}", f"{names[name]} {count}") for name, count in counts.items()))
    for problem in report.problems:
        output.aside(problem)
