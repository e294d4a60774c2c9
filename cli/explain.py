"""Why a deadline is when it is, as a timeline that a person can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import decisions, failures, given, output, session

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from engine import explanations

_KINDS = {
    "running": ("runs", "计时", "green"),
    "makeup": ("runs (make-up day)", "计时（调休上班）", "green"),
    "paused": ("paused", "暂停", "yellow"),
    "closed": ("closed", "休息时间", "dim"),
    "holiday": ("holiday", "节假日", "magenta"),
    "stopped": ("stopped", "停止", "dim"),
}
_BAR = 24
"""Characters of the longest stretch's bar."""
_OTHERS = 8
"""How many of those whom a rung does not mean are named; `--json` has them all."""


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(
    case: given.CaseRef,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="T", help="As things stood then (or will stand, if nothing happens): an RFC 3339 time.", show_default=False
        ),
    ] = None,
    clock: Annotated[str | None, typer.Option("--clock", metavar="C", help="Only this clock: handling.", show_default=False)] = None,
    rung: Annotated[
        int | None,
        typer.Option(
            "--rung",
            metavar="R",
            min=1,
            help="With --clock: who hears of this rung (from 1), why, and why others do not.",
            show_default=False,
        ),
    ] = None,
    rungs: Annotated[bool, typer.Option("--rungs", help="The same for every rung.", show_default=False)] = False,
    trigger: Annotated[
        str | None,
        typer.Option(
            "--trigger", metavar="T", help="Instead: may --as ID pull this trigger, and why not. Nothing is done.", show_default=False
        ),
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="ID", help="As this person may see it; with --trigger, who would do it.", show_default=False),
    ] = None,
    fact: given.FactPairs = None,
    facts: given.FactFile = None,
    if_version: Annotated[
        int | None, typer.Option("--if-version", metavar="N", help="With --trigger: the version that was seen.", show_default=False)
    ] = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="Instead: the triggers of rungs that were refused, each with the reason.", show_default=False)
    ] = False,
    as_json: given.Json = False,
) -> None:
    """Why each deadline is when it is: the stretches in which a clock ran, paused or stood outside its hours, with the rule for each.

    With --trigger, why somebody may move the case or not: each condition with its verdict, and who could do it instead.

    [bold]Examples[/bold]

    fengxing explain NX-20261120-0001

    fengxing explain 1 --clock handling --rung 2

    fengxing explain 1 --at 2026-11-20T08:15:00+08:00 --json

    fengxing explain 1 --trigger verify --as kong-jian
    """
    from engine import explaining, views

    moment, reference = given.moment(at, "--at"), given.case(case)
    _require_one_question(trigger=trigger, refused=refused, about_clocks=clock is not None or rung is not None or rungs)
    if rung is not None and clock is None:
        raise failures.Usage("--rung belongs to a clock; give --clock too", "--rung 须与 --clock 一起使用")
    if trigger is not None:
        decisions.weigh(reference, trigger, as_, given.facts(fact, facts), if_version=if_version, at=moment, as_json=as_json)
        return
    if fact or facts is not None or if_version is not None:
        raise failures.Usage(
            "--fact, --facts and --if-version belong to --trigger; give that too",
            "--fact、--facts、--if-version 须与 --trigger 一起使用",
        )
    if refused:
        decisions.refused(reference, as_, as_json=as_json)
        return
    with session.opened(as_json=as_json) as engine:
        now = engine.time.now()
        with engine.store.reading() as tx:
            session.know_person(engine, as_)
            found = views.find(tx, engine.catalog, reference, viewer=as_)
            number = rung - 1 if rung is not None else None
            told = explaining.explain(tx, found, at=moment, clock=clock, rung=number, rungs=rungs, viewer=as_, now=now)
    if as_json:
        output.json(told.body(output.language()))
        return
    console = output.console()
    from cli import tables

    console.print(
        output.say(f"{told.number} at {tables.moment(told.at, told.zone)}", f"{told.number}，{tables.moment(told.at, told.zone)}"),
        style="bold",
    )
    for story in told.clocks:
        _clock(console, story, told.zone)
    if told.refused:
        many = output.count(told.refused, "refused trigger")
        console.print(output.say(f"{many} of rungs: see --refused", f"有 {told.refused} 次自动操作被拒：见 --refused"), style="yellow")
    if not told.clocks:
        console.print(output.say("no clock has begun", "尚无时限开始"))


def _require_one_question(*, trigger: str | None, refused: bool, about_clocks: bool) -> None:
    if sum((trigger is not None, refused, about_clocks)) > 1:
        raise failures.Usage(
            "--trigger, --refused, and --clock with --rung or --rungs are different questions; ask one at a time",
            "--trigger、--refused、--clock（及 --rung、--rungs）是不同的问题；请分别查询",
        )


def _clock(console: Console, story: explanations.ClockStory, zone: str) -> None:
    from rich.text import Text

    from cli import tables
    from notifications import say

    r = story.view.reckoned
    heading = Text.assemble("\n", (tables.title(story.view.title), "bold"), f" ({r.clock})  ", tables.left(story.view))
    if r.due is not None:
        heading.append(output.say(f"  due {tables.moment(r.due, zone)}", f"  到期 {tables.moment(r.due, zone)}"))
    console.print(heading)
    target = say.words(r.target, "zh") or "无"
    console.print(Text(output.say(f"target {r.target or 'none'}: {r.rule}", f"目标 {target}：{r.rule}"), style="dim"))
    if story.segments or story.ahead:
        console.print(_timeline(story, zone))
    for each in story.rungs or ((story.rung,) if story.rung is not None else ()):
        _rung(console, each, zone)


def _timeline(story: explanations.ClockStory, zone: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    from cli import tables
    from notifications import say

    pieces = [*((segment, False) for segment in story.segments), *((segment, True) for segment in story.ahead)]
    longest = max(segment.end - segment.begin for segment, _ in pieces)
    table = Table.grid(padding=(0, 2))
    for segment, ahead in pieces:
        en, zh, style = _KINDS.get(segment.kind, (segment.kind, segment.kind, ""))
        span = segment.end - segment.begin
        bar = ("░" if ahead else "█") * max(1, round(_BAR * span / longest))
        kind = output.say(en, zh) + (output.say(" (ahead)", "（之后）") if ahead else "")
        table.add_row(
            Text(tables.moment(segment.begin, zone), style="dim"),
            Text(bar, style=style),
            Text(f"{kind} {say.duration(span, output.language())}"),
            Text(segment.rule, style="dim"),
        )
    return table


def _rung(console: Console, rung: explanations.RungStory, zone: str) -> None:
    from cli import tables

    moment: Any = tables.moment
    console.print(
        output.say(f"rung {rung.number + 1}: {rung.moment()}", f"第 {rung.number + 1} 级：{tables.rung_moment(rung.moment())}"),
        style="bold",
    )
    stands = moment(rung.due, zone)
    said = (f"  stands at {stands}", f"  时间点 {stands}") if stands else ("  does not stand in this round", "  本轮不会到达")
    console.print(output.say(*said))
    for fired in rung.fired:
        by = output.say(f", by rung {fired.by + 1}", f"，由第 {fired.by + 1} 级代为提醒") if fired.by != rung.number else ""
        told = ", ".join(fired.told) or output.say("nobody", "无人")
        console.print(
            output.say(f"  fired {moment(fired.at, zone)}{by}; told: {told}", f"  {moment(fired.at, zone)} 触发{by}；通知：{told}")
        )
    if rung.rule.do is not None:
        console.print(output.say(f"  pulls the trigger {rung.rule.do}", f"  自动执行 {rung.rule.do}"))
    if rung.rule.notify:
        console.print(output.say(f"  who hears at {moment(rung.at, zone)}:", f"  {moment(rung.at, zone)} 应通知："))
    for sentence in rung.reached.say(output.language()):
        console.print(f"    {sentence}")
    if rung.passed:
        console.print(output.say("  who does not:", "  不通知："), style="dim")
    for one in rung.passed[:_OTHERS]:
        console.print(f"    {one.say(output.language())}", style="dim")
    if len(rung.passed) > _OTHERS:
        more = len(rung.passed) - _OTHERS
        console.print(output.say(f"    and {more} more", f"    另有 {more} 人"), style="dim")
