"""The figures: how much came in, what became of it, how long it took, what was late; beside another period and what is known from elsewhere."""

from __future__ import annotations

import difflib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress, session
from engine import errors, figures

if TYPE_CHECKING:
    from rich.console import Console

    from engine import composition, stats
    from engine.figuring import asking, periods

_BAR = 12


class By(StrEnum):
    UNIT = "unit"
    CATEGORY = "category"
    AREA = "area"
    PROGRAMME = "programme"
    WORKFLOW = "workflow"
    STATE = "state"
    RIDER = "rider"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    CLOCK = "clock"


class ByDate(StrEnum):
    OPENED = "opened"
    DUE = "due"


class Exempt(StrEnum):
    WITH = "with"
    WITHOUT = "without"
    BOTH = "both"


def register(app: typer.Typer) -> None:
    app.command("stats")(run)


def run(
    by: Annotated[By | None, typer.Option("--by", help="One block of figures for each.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Cases opened from then on: 2026-11-01T00:00:00+08:00.", show_default=False)
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="T", help="Cases opened before then.", show_default=False)] = None,
    month: Annotated[
        str | None, typer.Option("--month", metavar="M", help="The cases of a month, by the town's clock: 2026-11.", show_default=False)
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="M", help="Beside those of another month, 2026-10, or of FROM/TO.", show_default=False),
    ] = None,
    by_date: Annotated[
        ByDate, typer.Option("--by-date", help="Whether a case is of the period it was opened or was due in.")
    ] = ByDate.OPENED,
    exempt: Annotated[
        Exempt, typer.Option("--exempt", help="With exemptions (exempted breaches do not count), without, or both beside each other.")
    ] = Exempt.WITH,
    rates: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="NAME", help="Only this figure; repeatable: on_time_closing_rate.", show_default=False),
    ] = None,
    programme: Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)] = None,
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="W", help="Only cases of this workflow: report.", show_default=False)
    ] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Into a workbook.", show_default=False)] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="As a picture, .svg or .png.", show_default=False)] = None,
    as_json: given.Json = False,
) -> None:
    """The figures of a period, each with its numerator, denominator and formula; by the same reckoning as the alarms.

    [bold]Examples[/bold]

    fengxing stats --programme ningxiang --month 2026-11 --against 2026-10 --by unit

    fengxing stats --month 2026-11 --by unit --rate on_time_closing_rate --exempt both --xlsx november.xlsx

    fengxing stats --programme ningxiang --workflow report --rate closure_rate

    fengxing stats --by day --plot november.svg --json
    """
    from engine import stats
    from engine.figuring import asking

    names = _names(rates)
    for file, option in ((xlsx, "--xlsx"), (plot, "--plot")):
        if file is not None:
            _writable(file, option)
    if month is not None and (since is not None or until is not None):
        raise failures.Usage("give --month, or --from and --to", "请只给出 --month，或 --from 与 --to")
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        if programme is not None:
            engine.catalog.of(programme)
        _know_workflow(engine, programme, workflow)
        period, before = _periods(engine, programme or "", month, given.moment(since, "--from"), given.moment(until, "--to"), against)
        wanted = stats.Wanted(
            by=None if by is None else by.value, programme=programme or "", workflows=(workflow,) if workflow else (), by_due=by_date is ByDate.DUE, exempt=exempt.value, names=names,
            mails=figures.MESSAGES_SENT.name in names,
        )  # fmt: skip
        with progress.bar("cases", "案件") as heard:
            answer = asking.answer(engine, wanted, period=period, against=before, now=engine.time.now(), progress=heard)
    _write(answer, by, wanted, xlsx, plot)
    for problem in answer.problems:
        if not as_json:
            output.aside(problem.say(output.language()))
    if as_json:
        output.json([asking.body(each, output.language(), compared=before is not None) for each in answer.rows])
        return
    console = output.console()
    if not answer.rows:
        output.line(output.say("no case was opened in that time", "该时段内没有开案") if not wanted.by_due else output.say("no case was due in that time", "该时段内没有到期案件"))  # fmt: skip
    blocks = {ALL: list(answer.rows)} if by is By.CLOCK else answer.groups
    for group, block in blocks.items():
        _block(console, group, block, compared=before)
    _files(xlsx, plot)


ALL = "all"


def _know_workflow(engine: composition.Engine, programme: str | None, workflow: str | None) -> None:
    """Raises NotFound for a workflow that no programme in question has."""
    towns = [engine.catalog.of(programme)] if programme is not None else list(engine.catalog.programmes.values())
    known = sorted({name for town in towns for name in town.newest})
    if workflow is not None and workflow not in known:
        raise errors.unknown("workflow", workflow, known, zh="流程")


def _names(rates: list[str] | None) -> tuple[str, ...]:
    """Figures by name, with or without what they are of (`overdue_rate:handling`). Raises Usage for a name nobody knows."""
    known = [each.name for each in vars(figures).values() if isinstance(each, figures.Figure)]
    known += [f"{each[0]}_{suffix}" for each in (figures.STAGE, figures.CLOCK_TIME, figures.TO_RESOLVE, figures.TO_CLOSE) for suffix in ("mean", "median", "p90")]  # fmt: skip
    for name in rates or ():
        plain = name.partition(":")[0].partition("@")[0]
        if plain not in known:
            near = difflib.get_close_matches(plain, known, n=1) or known
            raise failures.Usage(
                f"--rate {name}: no such figure; {'did you mean' if len(near) == 1 else 'there is'} {', '.join(near)}",
                f"--rate {name}：没有这项指标；{'是否指' if len(near) == 1 else '可选'} {'、'.join(near)}",
                possible=near,
            )
    return tuple(rates or ())


def _writable(file: Path, option: str) -> None:
    from engine import plots

    given.require_folder(file, option)
    if option == "--plot":
        plots.form_of(file)
    elif file.suffix.lower() != ".xlsx":
        raise failures.Usage(f"--xlsx {file}: end its name with .xlsx", f"--xlsx {file}：文件名请以 .xlsx 结尾")


def _periods(
    engine: composition.Engine, programme: str, month: str | None, since: int | None, until: int | None, against: str | None
) -> tuple[periods.Period, periods.Period | None]:  # fmt: skip
    """The period asked for and the one to compare it with."""
    from engine.figuring import periods

    def spelled(words: str) -> periods.Period:
        first, slash, last = words.partition("/")
        if not slash:
            return periods.month(words, periods.zone_of(engine.catalog, programme))
        return periods.Period(since=given.moment(first, "--against"), until=given.moment(last, "--against"), words=words)

    before = spelled(against) if against is not None else None
    if month is not None:
        return periods.month(month, periods.zone_of(engine.catalog, programme)), before
    words = (
        output.say("now", "本期")
        if since is None and until is None
        else f"{_said(engine, programme, since)}/{_said(engine, programme, until)}"
    )
    return periods.Period(since=since, until=until, words=words), before


def _said(engine: composition.Engine, programme: str, at: int | None) -> str:
    from engine import now as times

    zone = engine.catalog.of(programme).live.programme.time_zone if programme else "UTC"
    return "…" if at is None else f"{times.local(at, zone):%Y-%m-%d %H:%M}"


def _write(answer: asking.Answer, by: By | None, wanted: stats.Wanted, xlsx: Path | None, plot: Path | None) -> None:
    from engine import plots
    from engine.figuring import charts, workbook

    language = output.language()
    try:
        if xlsx is not None:
            workbook.write(xlsx, answer, by=by.value if by else ALL, language=language, notes=_notes(answer, wanted))
        if plot is not None:
            rates = wanted.names or (() if by is None else charts.SHOWN)
            drawn = charts.charts(answer, by=by.value if by else None, rates=rates, language=language)
            if not drawn:
                raise failures.Usage(
                    f"--plot {plot}: there is nothing to draw; ask for a rate, or for another period",
                    f"--plot {plot}：没有可画的内容；请选择比率类指标，或换一个期间",
                )
            plots.write(plot, *drawn)
    except OSError as exc:
        name = exc.filename or xlsx or plot
        raise failures.Usage(f"{name}: cannot be written ({exc.strerror or exc})", f"{name}：无法写入（{exc.strerror or exc}）") from exc


def _notes(answer: asking.Answer, wanted: stats.Wanted) -> list[str]:
    """What stands above a table that leaves the house."""
    date = output.say("by due date", "按到期日期") if wanted.by_due else output.say("by opening date", "按开案日期")
    how = {
        "with": output.say("exempted breaches do not count", "申诉免责的超时不计"),
        "without": output.say("exempted breaches count", "申诉免责的超时照计"),
        "both": output.say("with and without exemptions", "剔除与未剔除免责并列"),
    }[wanted.exempt]
    said = [f"{output.say('Period', '期间')}: {answer.period.words} · {date} · {how}"]
    if answer.against is not None:
        said.append(f"{output.say('Compared with', '对比期')}: {answer.against.words}")
    if wanted.programme:
        said.append(f"{output.say('Programme', '项目')}: {wanted.programme}")
    return said


def _files(*written: Path | None) -> None:
    for file in written:
        if file is not None:
            output.aside(output.say(f"written: {file}", f"已写入：{file}"))


def _block(console: Console, group: str, rows: list[asking.Compared], *, compared: periods.Period | None) -> None:
    """One group: rates with bars, times in words, and by which formula."""
    from rich.table import Table

    language = output.language()
    named = rows[0].row.group_title
    heading = "" if group == ALL else named.say(language) if named is not None else group
    table = Table(title=heading or None, title_justify="left", box=None, padding=(0, 2, 0, 0), title_style="bold")
    table.add_column(output.say("figure", "指标"), no_wrap=True)
    table.add_column(output.say("value", "数值"), justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    table.add_column(output.say("of", "分子/分母"), justify="right", no_wrap=True)
    if compared is not None:
        table.add_column(compared.words, justify="right", no_wrap=True)
        table.add_column(output.say("of", "分子/分母"), justify="right", no_wrap=True)
        table.add_column(output.say("change", "变化"), justify="right", no_wrap=True)
    table.add_column(output.say("formula", "公式"), style="dim")
    longest = max((each.row.value or 0 for each in rows if each.row.figure.kind == "time"), default=0)
    for each in rows:
        row = each.row
        about = row.group_title if group == ALL and row.group != ALL else None
        title = row.title(language) + (f" · {about.say(language)}" if about is not None else "")
        beside = []
        if compared is not None:
            beside = [_value(each.before, language), _of(each.before) if each.before is not None else "", _change(each)]
        table.add_row(title, _value(row, language), _bar(row, longest), _of(row), *beside, row.formula.say(language))
    console.print(table)
    console.print()


def _change(each: asking.Compared) -> str:
    """`+2.10 points`, of few cases with a mark; other figures in per cent."""
    if each.change is None:
        return ""
    if each.row.figure.kind == "rate":
        few = output.say(" (few cases)", "（件数少）") if each.few else ""
        return f"{each.change * 100:+.2f}{output.say(' points', ' 个百分点')}{few}"
    return f"{each.change:+.1%}"


def _value(row: figures.Row | None, language: str) -> str:
    from notifications import say

    if row is None or row.value is None:
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
