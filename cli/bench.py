"""`fengxing bench`: the table of docs/performance.md, measured on this machine."""

from __future__ import annotations

import signal
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli import given, output
from engine import settings

if TYPE_CHECKING:
    from bench import rows


def register(app: typer.Typer) -> None:
    app.command("bench")(run_bench)


def run_bench(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ROW", help="Measure this row; repeatable. An unknown name lists them all.", show_default=False),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A tenth of the sizes, in a minute or two: a look, not the table.", show_default=False)
    ] = False,
    as_json: given.Json = False,
) -> None:
    """Measure this machine: the engine against plain SQL in the same process, lateness, idle cost, start. Within ten minutes.

    The stores lie under FENGXING_DATA_DIR/bench, which must be on a real disk, and are removed at the end. A row that falls short is
    marked (`ok`); the exit code is 0 all the same, since a busy machine is no error.

    [bold]Examples[/bold]

    fengxing bench

    fengxing bench --only lifecycle-single --only lapse --json
    """
    from bench import rows, workshop

    names = only or []
    measures = rows.chosen(names)
    signal.signal(signal.SIGTERM, _interrupted)
    where = (settings.from_environment().data_dir / "bench").resolve()
    found: list[rows.Measured] = []
    with workshop.opened(where, workshop.QUICK if quick else workshop.FULL, output.aside) as shop:
        for measured in rows.run(shop, measures, frozenset(names)):
            found.append(measured)
            if not as_json:
                output.aside(_line(measured))
    if as_json:
        output.json([measured.body() for measured in found])
    else:
        _table(found)


def _interrupted(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends it as Ctrl-C does: the stores are removed on the way."""
    raise KeyboardInterrupt


def _line(measured: rows.Measured) -> str:
    return f"  {measured.row.name}: {measured.figure.value:.3g} {measured.row.unit}"


def _table(found: list[rows.Measured]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for words in (("row", "项目"), ("measured", "实测"), ("must", "要求"), ("aim", "目标"), ("", ""), ("of", "说明")):
        table.add_column(output.say(*words))
    for measured in found:
        row = measured.row
        sign, must = ("≥", row.at_least) if row.at_least is not None else ("≤", row.at_most)
        verdict = Text(output.say("ok", "达标"), style="green") if measured.ok else Text(output.say("short", "未达"), style="bold red")
        value = f"{measured.figure.value:.3g} {row.unit}"
        table.add_row(Text(row.name), Text(value), f"{sign} {must:g}", f"{row.aim:g}", verdict, Text(output.say(row.en, row.zh)))
    output.console().print(table)
