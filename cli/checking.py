"""Checking what a town writes: every problem at its place, what is waived and why, and the worst case that the definition allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output
from config import problems
from engine import now as times
from engine import settings

if TYPE_CHECKING:
    from engine import bounds, loading


def register(app: typer.Typer) -> None:
    app.command()(check)


def check(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]...", help="A programme's folder or the folder of all; by default FENGXING_PROGRAMMES.", show_default=False
        ),
    ] = None,
    worst: Annotated[
        bool, typer.Option("--bounds", help="Also print the worst case of each workflow: until a leader hears, until closure.")
    ] = False,
    show_waived: Annotated[bool, typer.Option("--show-waived", help="Also print what is waived, with the reason given.")] = False,
    as_json: given.Json = False,
) -> None:
    """Read programmes and name every problem at once: file:line:column, what is wrong, what would be right. Exit 1 if anything is wrong.

    docs/findings has a page for each code. `# waive CODE: reason` beside a warning takes it off the list.

    [bold]Examples[/bold]

    fengxing check

    fengxing check config/programmes/ningxiang --bounds

    fengxing check config/programmes/ningxiang --json
    """
    from engine import loading

    checked = loading.check(folders or [given.from_here(settings.from_environment().programmes)], now=times.wall(), abreast_=True)
    found = checked.problems
    if as_json:
        excused = [{**waived.problem.body(), "reason": waived.reason} for waived in checked.waived]
        bounds = [bound.body() for bound in checked.bounds]
        output.json({"problems": [problem.body() for problem in found], "waived": excused, "bounds": bounds})
    else:
        for problem in found:
            output.line(_line(problem))
        for waived in checked.waived if show_waived else ():
            output.line(output.say("waived: ", "已豁免：") + _line(waived.problem))
            output.line(output.say(f"    because: {waived.reason}", f"    原因：{waived.reason}"))
        if worst:
            _worst(checked.bounds)
        output.line(_closing(checked))
    if problems.errors(found):
        raise typer.Exit(failures.FINDINGS)


def _line(problem: problems.Problem) -> str:
    """What can be waived is told with its code, by which it is waived."""
    return problem.say(output.language()) + (f" [{problem.code}]" if problem.waivable else "")


def _closing(checked: loading.Checked) -> str:
    """`2 problems in 1 file; 1 waived; nothing was loaded.`"""
    against = problems.errors(checked.problems)
    warnings, waived = len(checked.problems) - len(against), len(checked.waived)
    also = output.say(f"; {output.count(warnings, 'warning')}", f"；警告 {warnings} 条") if warnings else ""
    also += output.say(f"; {waived} waived", f"；已豁免 {waived} 条") if waived else ""
    if not against:
        return output.say(f"everything is in order{also}.", f"全部通过{also}。")
    files = len({problem.file for problem in against})
    return output.say(
        f"{output.count(len(against), 'problem')} in {output.count(files, 'file')}{also}; nothing was loaded.",
        f"{files} 个文件中有 {len(against)} 个问题{also}；未加载任何内容。",
    )


def _worst(found: Sequence[bounds.Bound]) -> None:
    """A row for each severity of each workflow; what the figures leave out stands below."""
    from cli import tables

    if not found:
        output.line(output.say("The worst case is reckoned once nothing is wrong.", "改正错误之后才能推算最坏情况。"))
        return
    table = tables.plain(*(output.say(*words) for words in _COLUMNS), title=output.say("The worst case", "最坏情况"))
    for bound in found:
        town = Path(bound.file).parent.parent.name
        spans = (bound.leader_hears, bound.straight, bound.closure, bound.whole)
        table.add_row(f"{town} {bound.workflow}", bound.severity or output.say("all", "全部"), *map(_span, spans), " → ".join(bound.path))
    output.console().print(table)
    for line in dict.fromkeys(line for bound in found for line in _left_out(bound)):
        output.line(line)


_COLUMNS = (
    ("workflow", "流程"),
    ("severity", "紧急程度"),
    ("a leader hears within", "领导最迟得知"),
    ("closed within", "最迟办结"),
    ("with every way back once", "含每种退回一次"),
    ("limit of the whole", "全程时限"),
    ("the longest way", "最长路径"),
)


def _span(micros: int | None) -> str:
    from notifications import say

    return output.say("no bound", "无上限") if micros is None else say.exactly(micros, output.language())


def _left_out(bound: bounds.Bound) -> list[str]:
    lines = []
    place = f"{Path(bound.file).parent.parent.name} {bound.workflow}"
    if bound.waits:
        states = ", ".join(bound.waits)
        lines.append(output.say(f"{place}: not counted is the wait in {states}", f"{place}：未计入在 {states} 的等待"))
    if bound.unheard:
        states = ", ".join(bound.unheard)
        lines.append(
            output.say(f"{place}: no rung tells a leader of a case in {states}", f"{place}：没有任何一级把 {states} 中的案件告诉领导")
        )
    return lines
