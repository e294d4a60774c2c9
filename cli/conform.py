"""Do the histories keep to their definitions: deviations with their place, fitness per workflow, and the ways that cases really went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import export, failures, given, looking, output, progress, session

if TYPE_CHECKING:
    from rich.console import Console

    from engine.mining import conformance

SHOWN = 50
"""Deviations told on the screen."""
_BAR = 16


def register(app: typer.Typer) -> None:
    app.command("conform")(run)


def run(
    programme: export.Programme = None,
    workflow: export.Workflow = None,
    since: export.Since = None,
    until: export.Until = None,
    variants: Annotated[int, typer.Option("--variants", min=0, max=1000, metavar="N", help="So many ways of each workflow.")] = 10,
    as_: looking.Viewer = None,
    as_json: given.Json = False,
) -> int:
    """Walk every history again by the rules of the definition its case was pinned to. Exit 1 if any entry deviates.

    [bold]fengxing verify[/bold] proves that nothing was altered since; this asks whether it could have come about at all.

    [bold]Examples[/bold]

    fengxing conform --programme ningxiang

    fengxing conform --workflow report --since 2026-11-01T00:00:00+08:00 --json
    """
    from engine.mining import conformance, processlog

    wanted = processlog.Wanted(
        programme=programme or "",
        workflow=workflow or "",
        since=given.moment(since, "--since"),
        until=given.moment(until, "--until"),
    )
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        session.know_person(engine, as_)
        with engine.store.reading() as tx:
            processlog.require(tx, engine.catalog, wanted)
        with progress.bar("cases", "案件") as heard:
            report = conformance.conform(engine.store, engine.catalog, wanted, variants=variants, viewer=as_, progress=heard)
    if as_json:
        output.json(_body(report))
    else:
        _tell(report)
    return 0 if report.ok else failures.FINDINGS


def _body(report: conformance.Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "cases": sum(flow.cases for flow in report.flows),
        "events": sum(flow.events for flow in report.flows),
        "findings": [_found(each) for each in report.findings],
        "notes": [_found(each) for each in report.notes],
        "workflows": [_flow(flow) for flow in report.flows],
    }


def _found(finding: conformance.Finding) -> dict[str, Any]:
    return {"code": finding.code, "case": finding.case, "seq": finding.seq, "detail": finding.detail.say(output.language())}


def _flow(flow: conformance.Flow) -> dict[str, Any]:
    return {
        "programme": flow.programme,
        "workflow": flow.workflow,
        "cases": flow.cases,
        "conforming": flow.conforming,
        "fitness": _share(flow.conforming, flow.cases),
        "events": flow.events,
        "events_conforming": flow.events_conforming,
        "event_fitness": _share(flow.events_conforming, flow.events),
        "ways": flow.ways,
        "variants": [
            {
                "path": list(way.path),
                "cases": way.cases,
                "share": _share(way.cases, flow.cases),
                "mean_s": None if way.mean is None else round(way.mean / 1e6, 3),
            }
            for way in flow.variants
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _tell(report: conformance.Report) -> None:
    console = output.console()
    for flow in report.flows:
        _variants(console, flow)
    for finding in report.findings[:SHOWN]:
        output.line(_line(finding))
    if len(report.findings) > SHOWN:
        output.line(
            output.say(
                f"and {len(report.findings) - SHOWN} more (all with --json)", f"另有 {len(report.findings) - SHOWN} 条（--json 可看全部）"
            )
        )
    for note in report.notes[:SHOWN]:
        output.aside(f"{output.say('note', '注')}: {_line(note)}")
    if len(report.notes) > SHOWN:
        output.aside(output.say(f"and {len(report.notes) - SHOWN} more notes", f"另有 {len(report.notes) - SHOWN} 条说明"))
    cases, bad = sum(flow.cases for flow in report.flows), len(report.findings)
    if not cases and report.ok:
        output.line(output.say("no cases to hold against their definitions", "没有可核对的案件"))
    elif report.ok:
        output.line(
            output.say(f"{output.count(cases, 'case')}: every entry keeps to its definition", f"{cases} 件案件：每条记录均符合定义")
        )
    else:
        output.line(output.say(f"{output.count(cases, 'case')}, {output.count(bad, 'deviation')}", f"{cases} 件案件，{bad} 处偏离"))


def _line(finding: conformance.Finding) -> str:
    where = "" if finding.seq is None else output.say(f" entry {finding.seq}", f" 第 {finding.seq} 条")
    return f"{finding.case}{where}: {finding.code}: {finding.detail.say(output.language())}"


def _variants(console: Console, flow: conformance.Flow) -> None:
    """One workflow: its fitness, and its most frequent ways with bars."""
    from rich.table import Table
    from rich.text import Text

    from cli import tables
    from notifications import say

    language = output.language()
    fits, events = _share(flow.conforming, flow.cases) or 0.0, _share(flow.events_conforming, flow.events) or 0.0
    title = f"{flow.title.say(language)} ({flow.programme}/{flow.workflow})"
    console.print(Text(title, style="bold"))
    console.print(
        Text(
            output.say(
                f"cases that conform {flow.conforming:,} ÷ {flow.cases:,} = {fits:.2%}; events {flow.events_conforming:,} ÷ {flow.events:,} = {events:.2%}",
                f"符合定义的案件 {flow.conforming:,} ÷ {flow.cases:,} = {fits:.2%}；事件 {flow.events_conforming:,} ÷ {flow.events:,} = {events:.2%}",
            ),
            style="green" if flow.conforming == flow.cases else "bold red",
        )
    )
    if not flow.variants:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(output.say("cases", "案件"), justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    table.add_column(output.say("share", "占比"), justify="right", no_wrap=True)
    table.add_column(output.say("mean time to closing", "平均结案用时"), justify="right", no_wrap=True)
    table.add_column(output.say("way", "路径"), overflow="fold")
    for way in flow.variants:
        share = way.cases / flow.cases
        mean = "–" if way.mean is None else say.duration(way.mean, language)
        table.add_row(f"{way.cases:,}", tables.bar(share, _BAR), f"{share:.1%}", mean, " → ".join(way.path))
    console.print(table)
    if flow.ways > len(flow.variants):
        rest = flow.ways - len(flow.variants)
        output.line(output.say(f"and {rest:,} other ways (--variants shows more)", f"另有 {rest:,} 种路径（--variants 可看更多）"))
    output.line()
