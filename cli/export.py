"""Handing the process log to those who mine it: every case with all that happened to it, in a format that their tools open as it is."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress, session
from engine.mining import formats

if TYPE_CHECKING:
    from engine import composition
    from engine.mining import exporting

_ENDINGS = {".xes": formats.Format.XES, ".json": formats.Format.OCEL2, ".jsonocel": formats.Format.OCEL2, ".csv": formats.Format.CSV,
            ".xlsx": formats.Format.XLSX}  # fmt: skip

Programme = Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)]
Workflow = Annotated[str | None, typer.Option("--workflow", metavar="W", help="Only cases of this workflow.", show_default=False)]
Viewer = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="ID", help="As this person may see it; by default as somebody with no part in any case.", show_default=False
    ),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="T", help="Cases opened from then on: 2026-11-01T00:00:00+08:00.", show_default=False)
]
Until = Annotated[str | None, typer.Option("--until", metavar="T", help="Cases opened before then.", show_default=False)]


def register(app: typer.Typer) -> None:
    app.command("export")(run)


def run(
    format_: Annotated[
        formats.Format | None, typer.Option("--format", help="By default what the ending of --out says.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write here, whole or not at all; gzipped if it ends with .gz.", show_default=False),
    ] = None,
    programme: Programme = None,
    workflow: Workflow = None,
    since: Since = None,
    until: Until = None,
    texts: Annotated[bool, typer.Option("--texts", help="Free text too; it may name people.", show_default=False)] = False,
    bom: Annotated[bool, typer.Option("--bom", help="CSV that Excel opens as UTF-8.", show_default=False)] = False,
    as_: Viewer = None,
    as_json: given.Json = False,
) -> None:
    """All cases and everything that happened to them, for a process-mining tool or a spreadsheet.

    Names, phones and other personal facts are never in it, and nothing that a workflow hides from whom it is made for (see docs/visibility.md).
    Without [bold]--out[/bold] it goes to stdout.

    [bold]Examples[/bold]

    fengxing export --format xes --out november.xes.gz --programme ningxiang --since 2026-11-01T00:00:00+08:00

    fengxing export --format csv > log.csv
    """
    from engine import secrecy
    from engine.mining import exporting, processlog

    chosen = _format(format_, out)
    if bom and chosen is not formats.Format.CSV:
        raise failures.Usage("--bom is for CSV; leave it away", "--bom 只用于 CSV；请去掉")
    _require_place(chosen, out, as_json=as_json)
    wanted = processlog.Wanted(
        programme=programme or "",
        workflow=workflow or "",
        since=given.moment(since, "--since"),
        until=given.moment(until, "--until"),
        texts=texts,
        viewer=as_ if as_ is not None else secrecy.NOBODY,
    )
    begun = time.monotonic()
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        session.know_person(engine, as_)
        with engine.store.reading() as tx:
            processlog.require(tx, engine.catalog, wanted)
        asked = exporting.Asked(format=chosen, wanted=wanted, now=engine.time.now(), bom=bom)
        if out is None:
            _to_stdout(engine, asked)
            return
        with progress.bar("cases", "案件") as heard:
            done = exporting.to_file(engine.store, engine.catalog, asked, out, heard=heard)
    seconds = round(time.monotonic() - begun, 3)
    if as_json:
        output.json(
            {
                "file": str(out),
                "format": chosen.value,
                "cases": done.cases,
                "events": done.events,
                "activities": done.activities,
                "left_out": done.left_out,
                "seconds": seconds,
            }
        )
        return
    _left_out(done)
    output.line(
        output.say(
            f"{out}: {output.count(done.cases, 'case')}, {output.count(done.events, 'event')} of {output.count(done.activities, 'kind')}; {seconds:.1f} s",
            f"{out}：{done.cases:,} 件案件，{done.events:,} 个事件（{done.activities} 种）；用时 {seconds:.1f} 秒",
        )
    )


def _format(given_format: formats.Format | None, out: Path | None) -> formats.Format:
    if given_format is not None:
        return given_format
    name = out.name.lower().removesuffix(".gz") if out is not None else ""
    for ending, chosen in _ENDINGS.items():
        if name.endswith(ending):
            return chosen
    known = ", ".join(each.value for each in formats.Format)
    raise failures.Usage(
        f"--format: say which: {known}", f"--format：请指定格式：{known}", possible=[each.value for each in formats.Format]
    )


def _require_place(chosen: formats.Format, out: Path | None, *, as_json: bool) -> None:
    if out is None:
        if chosen is formats.Format.XLSX:
            raise failures.Usage("a workbook is no text; give --out FILE.xlsx", "工作簿不能输出到屏幕；请用 --out 文件.xlsx")
        if as_json:
            raise failures.Usage("--json tells what was written to a file; give --out FILE", "--json 用于报告写入的文件；请给出 --out 文件")
        return
    if out.is_dir():
        raise failures.Usage(f"--out {out}: that is a folder; name a file in it", f"--out {out}：这是文件夹；请给出其中的文件名")
    if out.exists() and not out.is_file():
        raise failures.Usage(
            f"--out {out}: that is no file, and would be replaced by one; leave --out away and send stdout there",
            f"--out {out}：这不是普通文件，写入会将其替换；请去掉 --out，改用标准输出",
        )
    given.require_folder(out, "--out")


def _to_stdout(engine: composition.Engine, asked: exporting.Asked) -> None:
    """In the encoding of the formats, whatever the terminal thinks of itself; a bar only where it does not run through the log."""
    from engine.mining import exporting

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    with progress.bar("cases", "案件") if not sys.stdout.isatty() else contextlib.nullcontext() as heard:
        done = exporting.to_stream(engine.store, engine.catalog, asked, sys.stdout, heard=heard)
    sys.stdout.flush()
    _left_out(done)


def _left_out(done: exporting.Exported) -> None:
    """A log that leaves cases out says how many, so that it is not taken for the whole."""
    if done.left_out:
        said = f"left out: {output.count(done.left_out, 'case')} that not everybody may see (--as ID: what he may see)"
        output.aside(output.say(said, f"未包括 {done.left_out} 件限制查看的案件（--as 编号：按其权限导出）"))
