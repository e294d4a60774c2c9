"""What an edited folder would have changed in the cases there were: tables with bars, and a picture."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress, session
from engine import courses

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from config import problems
    from engine import plots
    from engine import whatif as engine_whatif

SHOWN = 20
"""Cases that are told one by one on the screen; with --json all are."""
_BAR = 30
_VERDICTS = {
    courses.BREACHED: ("breached", "超时"),
    courses.MET: ("met", "按时"),
    courses.NONE: ("no deadline, or not due", "无时限或未到期"),
}


def register(app: typer.Typer) -> None:
    app.command()(whatif)


def whatif(
    folder: Annotated[Path, typer.Argument(metavar="NEW_DIR", help="The edited folder of a programme.", show_default=False)],
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="T",
            help="Cases opened from then on, and all that are open: 2026-11-01T00:00:00+08:00. All cases by default.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw it too, as .svg or .png.", show_default=False)] = None,
    as_json: given.Json = False,
) -> None:
    """Live through the real history of cases again under an edited folder: who would have been late, and who would have heard of it.

    What people did and when is taken from the history; clocks, rungs and messages come as the rules say, once as they were
    and once as edited. What the new rules would refuse is counted, and the case goes on as it did where that is possible.
    Nothing is written.

    [bold]Examples[/bold]

    fengxing whatif ../edited --since 2026-11-01T00:00:00+08:00

    fengxing whatif ../edited --plot whatif.svg --json
    """
    from engine import loading, plots
    from engine import whatif as engine_whatif

    moment = given.moment(since, "--since")
    if plot is not None:
        plots.form_of(plot)
        given.require_folder(plot, "--plot")
    edited = given.one_programme(folder, "NEW_DIR")
    begun = time.monotonic()
    with session.opened(as_json=as_json) as engine:
        now = engine.time.now()
        loaded = loading.load(edited, now=now)
        if loaded.programme is None:
            _unsound(loaded.problems, as_json=as_json)
        else:
            with progress.bar("cases", "案件") as heard, engine.store.reading(consistent=True) as tx:
                report = engine_whatif.whatif(tx, engine.catalog, loaded.programme, since=moment, now=now, heard=heard)
            if plot is not None:
                plots.write(plot, *_charts(report))
            seconds = round(time.monotonic() - begun, 3)
            if as_json:
                output.json({**report.body(), "seconds": seconds, "plot": str(plot) if plot is not None else None})
            else:
                _tell(report, seconds, plot)
    if loaded.programme is None:
        raise typer.Exit(failures.FINDINGS)


def _unsound(found: Sequence[problems.Problem], *, as_json: bool) -> None:
    if as_json:
        output.json({"problems": [problem.body() for problem in found]})
        return
    for problem in found:
        output.line(problem.say(output.language()))
    output.line(output.say("a folder with problems cannot be lived under; mend it first.", "有问题的文件夹无法推演；请先修正。"))


def _tell(report: engine_whatif.Report, seconds: float, plot: Path | None) -> None:
    console = output.console()
    if not report.cases:
        output.line(output.say("there were no such cases.", "没有符合条件的案件。"))
    for title, what, _, rows in _parts(report):
        if rows:
            console.print(title, style="bold")
            console.print(_table(what, rows))
    for turned in report.turned[:SHOWN]:
        was, now = (output.say(*_VERDICTS[verdict]) for verdict in (turned.before, turned.after))
        output.line(f"{turned.number}  {turned.clock}: {was} → {now}")
    if len(report.turned) > SHOWN:
        more = len(report.turned) - SHOWN
        output.line(
            output.say(f"and {more} more verdicts that change (all of them with --json)", f"另有 {more} 个结果改变（用 --json 可看全部）")
        )
    for row in report.refused():
        passed = output.say("passed over", "按已发生处理") if row["passed_over"] else output.say("left out", "未采用")
        output.line(
            output.say(
                f"{row['trigger']}: the edited rules would have refused it {row['count']} times ({row['code']}; {passed})",
                f"{row['trigger']}：新规则会拒绝 {row['count']} 次（{row['code']}；{passed}）",
            )
        )
    if report.gone:
        output.line(
            output.say(
                f"{report.gone} cases of workflows that are no longer there were left out", f"{report.gone} 件案件的流程已不存在，未推演"
            )
        )
    output.line(
        output.say(
            f"{output.count(report.cases, 'case')} lived through twice in {seconds:.1f} s; as it was, the rehearsal agrees with the history in {report.agree} of {report.compared}",
            f"{report.cases} 件案件推演两遍，用时 {seconds:.1f} 秒；按原规则推演与实际历史一致的有 {report.agree} 件（共比对 {report.compared} 件）",
        )
    )
    if report.migrated:
        output.line(
            output.say(
                f"{output.count(report.migrated, 'case')} moved to another version meanwhile: lived through under the present one, and not compared",
                f"{report.migrated} 件案件曾迁移版本：按现版本推演，不参与比对",
            )
        )
    if report.differ:
        output.line(output.say("it differs in: ", "不一致的有：") + ", ".join(report.differ))
    if plot is not None:
        output.line(output.say(f"drawn in {plot}", f"图表已写入 {plot}"))


Rows = list[tuple[str, int, int]]


def _parts(report: engine_whatif.Report) -> Iterator[tuple[str, str, str, Rows]]:
    """What is compared: a title, what a row stands for, what is counted, and the rows (name, before, after)."""
    cases, clock, unit = output.say("cases", "件"), output.say("clock", "时限"), output.say("unit", "单位")
    breached = [(row["clock"], row["before"][courses.BREACHED], row["after"][courses.BREACHED]) for row in report.clocks()]
    yield output.say("cases with a breach, by clock", "各时限的超时案件"), clock, cases, breached
    rungs = [(f"{row['clock']} {row['rung']}", row["before"], row["after"]) for row in report.rungs()]
    yield output.say("rungs that rang, by clock and number", "触发的提醒（时限与级）"), clock, output.say("times", "次"), rungs
    for key, en, zh, of in (("breached", "cases with a breach, by unit", "各单位有超时的案件", cases), ("mails", "messages, by unit of the case", "各单位案件发出的消息", output.say("messages", "条"))):  # fmt: skip
        yield output.say(en, zh), unit, of, [(row["unit"], row["before"][key], row["after"][key]) for row in report.by_unit()]
    person = output.say("person", "人员")
    for key, en, zh in (
        ("rungs", "messages of rungs, by person", "各人收到的时限提醒"),
        ("mails", "messages, by person", "各人收到的消息"),
    ):
        rows = [(row["person"], row["before"][key], row["after"][key]) for row in report.persons()]
        yield output.say(en, zh), person, output.say("messages", "条"), [row for row in rows if row[1] or row[2]]


def _table(what: str, rows: Sequence[tuple[str, int, int]]) -> Table:
    """Before and after, with a bar for each."""
    from cli import tables

    heads = (("before", "之前"), ("after", "之后"), ("change", "变化"))
    table = tables.plain(what, *(output.say(*head) for head in heads), "", whole=(1, 2, 3, 4), right=(1, 2, 3))
    most = max((max(before, after) for _, before, after in rows), default=0) or 1
    for name, before, after in rows:
        table.add_row(name, f"{before:,}", f"{after:,}", f"{after - before:+,}" if after != before else "", _bar(before, after, most))
    return table


def _bar(before: int, after: int, most: int) -> Text:
    from rich.text import Text

    was, now = (round(_BAR * value / most) for value in (before, after))
    kept = min(was, now)
    return Text.assemble(("█" * kept, "cyan"), ("░" * (was - kept), "green"), ("█" * (now - kept), "red"))


def _charts(report: engine_whatif.Report) -> Iterator[plots.Bars]:
    from engine import plots

    for title, _, unit, rows in _parts(report):
        if rows:
            before = plots.Series(name=output.say("before", "之前"), values=tuple(row[1] for row in rows))
            after = plots.Series(name=output.say("after", "之后"), values=tuple(row[2] for row in rows))
            yield plots.Bars(title=title, labels=tuple(row[0] for row in rows), series=(before, after), unit=unit)
