"""`fengxing demo`: a day in Ningxiang and its neighbours in a minute, through the real engine, real mail and the real Prefect server."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from cli.demonstration import show

SPEED = 360.0


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    speed: Annotated[
        float, typer.Option("--speed", metavar="N", min=1.0, max=2000.0, help="So many seconds of the day pass in a real one.")
    ] = SPEED,
    leave: Annotated[
        bool,
        typer.Option("--exit", help="End with the day: exit 0 only if every rung and mail came and verify is clean.", show_default=False),
    ] = False,
    no_prefect: Annotated[bool, typer.Option("--no-prefect", help="Without the Prefect server beside it.", show_default=False)] = False,
) -> None:
    """A day in Ningxiang on a fast clock: reports come in, some are forgotten, and whoever must hear gets the mail at the right second.

    The stories of the four programmes and an ordinary evening around them go through the real engine, a real mail server on the
    loopback and a real Prefect server, in a store of the demo's own. At the end the day is reckoned again from its histories alone.

    [bold]Examples[/bold]

    fengxing demo

    fengxing demo --exit --speed 600
    """
    from cli.demonstration import closing, lines, screen, show

    signal.signal(signal.SIGTERM, _interrupted)
    terminal = sys.stdout.isatty() and sys.stdin.isatty()
    output.line(output.say("Setting the stage: store, mailbox, photos, Prefect …", "正在准备：数据库、信箱、照片、Prefect ……"))
    sys.stdout.flush()
    begun = time.monotonic()
    with show.prepared(speed, with_prefect=not no_prefect, say=output.aside) as (stage, photos, day):
        drawn = screen.Screen(speed) if terminal else lines.Lines()
        output.line(
            output.say(
                f"ready after {time.monotonic() - begun:.0f} s; {show.where(stage.prefect)}",
                f"用时 {time.monotonic() - begun:.0f} 秒就绪；{show.where(stage.prefect)}",
            )
        )
        with drawn:
            people, until = stage.play(drawn, photos, day)
        verdict = stage.prove(until)
        closing.page(people.engine, verdict, people, until=until)
        closing.where(stage, patience=4.0 if leave else 10.0, leaving=leave or not terminal)
        sys.stdout.flush()
        if not leave and terminal:
            _stay(stage)
    raise typer.Exit(verdict.exit_code)


def _stay(stage: show.Show) -> None:
    """Everything stays up, at the wall's pace, until Ctrl-C."""
    stage.go_on()
    output.line(
        output.say("Everything stays up, now at the wall's pace. Ctrl-C ends it.", "系统继续运行（改为真实时间流速）。按 Ctrl-C 结束。")
    )
    try:
        while True:
            stage.keeper.look()
            time.sleep(0.5)
    except KeyboardInterrupt:
        output.line(output.say("stopping …", "正在停止……"))


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
