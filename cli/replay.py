"""Playing a real log through the engine: what would have come of these cases here."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import failures, given, output, progress
from engine import now as times
from engine import settings

if TYPE_CHECKING:
    from engine import logs, replay

SHOWN = 20
"""Notes on lines of the file that are told on the screen."""


def register(app: typer.Typer) -> None:
    app.command("replay")(run)


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The log: CSV with a header, gzipped or not.", show_default=False)],
    programme: Annotated[str, typer.Option("--programme", metavar="P", help="The programme whose cases they become.", show_default=False)],
    map_file: Annotated[Path, typer.Option("--map", metavar="MAP.yaml", help="Which columns open and move a case.", show_default=False)],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="T",
            help="Let time pass up to T: 2012-01-01T00:00:00-05:00. By default to the log's last event.",
            show_default=False,
        ),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="OUT.csv", help="Write one row a case: key, due, verdict.", show_default=False)
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Drive the openings and moves of a real log through the engine on a virtual clock, with every timer in its place between them.

    The store that FENGXING_DATABASE_URL names must be a virtual one; where there is none yet it is made, beginning with the first case.
    The same log played again does nothing twice. Rows that cannot be taken are left out, counted and listed with their line.
    A verdict is [bold]breached[/bold], [bold]met[/bold], or [bold]none[/bold]: no deadline, or not due yet. Messages are composed; only [bold]deliver[/bold] would send them.

    [bold]Example[/bold]

    FENGXING_DATABASE_URL=sqlite:///july.db FENGXING_PROGRAMMES=tests/programmes fengxing replay 2011-07.csv.gz --programme boston --map tests/programmes/boston/map.yaml --cases verdicts.csv
    """
    from engine import replay, staging

    moment = given.moment(until, "--until")
    if cases is not None and not cases.absolute().parent.is_dir():
        raise failures.Usage(f"--cases {cases}: no such folder; make it first", f"--cases {cases}：文件夹不存在；请先建立")
    begun = time.monotonic()
    with staging.staged(settings.from_environment(), file, name=programme, map_file=map_file) as ready:
        zone = ready.engine.catalog.of(programme).live.programme.time_zone
        with progress.bar("events", "事件") as heard:
            done = replay.replay(ready.engine, ready.log, programme=programme, until=moment, heard=heard)
        if cases is not None:
            _write(cases, done)
        where = settings.masked(ready.engine.settings.database_url)
    seconds = round(time.monotonic() - begun, 3)
    if as_json:
        output.json(_body(done, zone, seconds))
        return
    if ready.made:
        output.aside(output.say(f"{where}: a virtual store was made for this log", f"{where}：已为此日志建立虚拟时间的数据库"))
    _tell(done.notes)
    _table(done, zone, seconds)


def _write(file: Path, done: replay.Replayed) -> None:
    """Whole or not at all."""
    part = file.with_name(file.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("key", "due", "verdict"))
        writer.writerows((each.key, each.due or "", each.verdict) for each in done.verdicts)
    part.replace(file)


def _counts(done: replay.Replayed) -> dict[str, int]:
    return {"cases": len(done.verdicts), "breached": done.count("breached"), "met": done.count("met"), "none": done.count("none")}


def _noted(done: replay.Replayed) -> dict[str, int]:
    kinds = [note.kind.value for note in done.notes]
    return {kind: kinds.count(kind) for kind in ("skipped", "adjusted", "refused")}


def _body(done: replay.Replayed, zone: str, seconds: float) -> dict[str, Any]:
    return {
        **_counts(done),
        "seconds": seconds,
        "until": times.written(done.until, zone),
        "again": done.again,
        "later": done.later,
        "fired": done.fired,
        **_noted(done),
        "notes": [{"line": n.line, "kind": n.kind.value, "reason": output.say(n.reason, n.zh)} for n in done.notes],
    }


_NOTED = {"skipped": ("left out", "未采用"), "adjusted": ("adjusted", "已调整"), "refused": ("refused by the rules", "被规则拒绝")}


def _tell(notes: tuple[logs.Note, ...]) -> None:
    for note in notes[:SHOWN]:
        output.aside(
            output.say(f"line {note.line}: {_NOTED[note.kind][0]}: {note.reason}", f"第 {note.line} 行：{_NOTED[note.kind][1]}：{note.zh}")
        )
    if len(notes) > SHOWN:
        output.aside(
            output.say(f"and {len(notes) - SHOWN} more (all of them with --json)", f"另有 {len(notes) - SHOWN} 条（用 --json 可看全部）")
        )


def _table(done: replay.Replayed, zone: str, seconds: float) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="left")
    table.add_column(justify="right")
    counts, noted = _counts(done), _noted(done)
    lines = [
        ("cases", "案件", counts["cases"]),
        ("breached", "超时", counts["breached"]),
        ("met", "按时", counts["met"]),
        ("no deadline, or not due yet", "无时限或未到期", counts["none"]),
        ("rungs fired", "触发的升级", done.fired),
        ("in the store before", "此前已回放", done.again),
        ("events after the end, not played", "截止之后未回放的事件", done.later),
        ("rows left out", "未采用的行", noted["skipped"]),
        ("rows adjusted", "已调整的行", noted["adjusted"]),
        ("moves refused by the rules", "被规则拒绝的操作", noted["refused"]),
    ]
    for en, zh, number in lines:
        if number or en in counts:
            table.add_row(output.say(en, zh), f"{number:,}")
    output.console().print(table)
    ended = f"{times.local(done.until, zone):%Y-%m-%d %H:%M:%S}"
    output.line(output.say(f"the clock stands at {ended} ({zone}); {seconds:.1f} s", f"时钟停在 {ended}（{zone}）；用时 {seconds:.1f} 秒"))
