"""The figures: how much came in, what became of it, how long it took, and what was late."""

from __future__ import annotations

from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import given, output, progress, session
from engine import figures

if TYPE_CHECKING:
    from rich.console import Console

_BAR = 12


class By(StrEnum):
    UNIT = "unit"
    CATEGORY = "category"
    PROGRAMME = "programme"
    STATE = "state"
    RIDER = "rider"
    HOUR = "hour"
    CLOCK = "clock"


def register(app: typer.Typer) -> None:
    app.command("stats")(run)


def run(
    by: Annotated[By | None, typer.Option("--by", help="One block of figures for each.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Cases opened from then on: 2026-11-01T00:00:00+08:00.", show_default=False)
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="T", help="Cases opened before then.", show_default=False)] = None,
    programme: Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)] = None,
    as_json: given.Json = False,
) -> None:
    """The figures of a period, each with its numerator, denominator and formula; by the same reckoning as the alarms.

    [bold]Examples[/bold]

    fengxing stats --programme ningxiang --from 2026-11-01T00:00:00+08:00 --to 2026-12-01T00:00:00+08:00

    fengxing stats --by unit --json
    """
    from engine import stats

    wanted = stats.Wanted(
        by=None if by is None else by.value,
        since=given.moment(since, "--from"),
        until=given.moment(until, "--to"),
        programme=programme or "",
    )
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        if programme is not None:
            engine.catalog.of(programme)
        now = engine.time.now()
        with engine.store.reading() as tx, progress.bar("cases", "案件") as heard:
            rows = stats.stats(tx, engine.catalog, wanted, now=now, progress=heard)
    if as_json:
        output.json([_body(row) for row in rows])
        return
    console = output.console()
    if not rows:
        output.line(output.say("no case was opened in that time", "该时段内没有开案"))
    for group, block in groupby(rows, key=lambda row: ALL if by is By.CLOCK else row.group):
        _block(console, group, list(block))


ALL = "all"


def _body(row: figures.Row) -> dict[str, Any]:
    language = output.language()
    return {
        "name": row.name,
        "group": row.group,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "value": row.value,
        "formula": row.figure.formula.say(language),
        "title": row.title("zh"),
        "group_title": row.group_title.say(language) if row.group_title is not None else row.group,
    }


def _block(console: Console, group: str, rows: list[figures.Row]) -> None:
    """One group: rates with bars, times in words, and by which formula."""
    from rich.table import Table

    language = output.language()
    named = rows[0].group_title
    heading = "" if group == ALL else named.say(language) if named is not None else group
    table = Table(title=heading or None, title_justify="left", box=None, padding=(0, 2, 0, 0), title_style="bold")
    table.add_column(output.say("figure", "指标"), no_wrap=True)
    table.add_column(output.say("value", "数值"), justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    table.add_column(output.say("of", "分子/分母"), justify="right", no_wrap=True)
    table.add_column(output.say("formula", "公式"), style="dim")
    longest = max((row.value or 0 for row in rows if row.figure.kind == "time"), default=0)
    for row in rows:
        about = row.group_title if group == ALL and row.group != ALL else None
        title = row.title(language) + (f" · {about.say(language)}" if about is not None else "")
        table.add_row(title, _value(row, language), _bar(row, longest), _of(row), row.figure.formula.say(language))
    console.print(table)
    console.print()


def _value(row: figures.Row, language: str) -> str:
    from notifications import say

    if row.value is None:
        return "–"
    if row.figure.kind == "rate":
        return f"{row.value:.2%}"
    if row.figure.kind == "time":
        return say.duration(round(row.value * 1e6), language)
    return f"{row.value:,.0f}"


def _of(row: figures.Row) -> str:
    if row.figure.kind == "rate":
        return f"{row.numerator:,.0f} ÷ {row.denominator:,}"
    return f"{row.denominator:,}" if row.figure.kind == "time" else ""


def _bar(row: figures.Row, longest: float) -> str:
    """A share of one as a bar; times against the longest of the block."""
    from cli import tables

    if row.value is None or row.figure.kind == "count":
        return ""
    share = row.value if row.figure.kind == "rate" else row.value / longest if longest else 0.0
    return tables.bar(share, _BAR)
