"""A simulated time as people read it: tables with bars on the terminal, and charts for a report."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from cli import output, tables
from engine import plots
from engine.simulating import simulated, sweeps
from notifications import say

SHOWN = 12
"""People in the table of mails and in its chart; all of them stand in the JSON."""
_BAR = 14
_MINUTE = 60_000_000


def tell(report: simulated.Report) -> None:
    """Everything on the terminal."""
    console = output.console()
    closed = sum(report.ended.values())
    output.line(
        output.say(
            f"{report.programme}/{report.workflow}: {report.days} days, {report.arrived:,} cases came, {closed:,} ended, {report.open_at_end:,} still open",
            f"{report.programme}/{report.workflow}：{report.days} 天，到件 {report.arrived:,}，办结或作废 {closed:,}，未结 {report.open_at_end:,}",
        )
    )
    for table in (_clocks(report), _roles(report), _stages(report), _people(report), _rungs(report)):
        if table.row_count:
            output.line()
            console.print(table)
    for line in _warnings(report):
        output.aside(line)


def compare(compared: sweeps.Compared) -> None:
    """One row a run: the share of breaches a clock, then the usual wait a role."""
    first = compared.reports[0]
    table = _table(output.say(f"Compared: {compared.sweep.what}", f"比较：{compared.sweep.what}"))
    table.add_column("")
    table.add_column(output.say("cases", "件数"), justify="right")
    table.add_column(output.say("open", "未结"), justify="right")
    clocks = [clock for clock in first.clocks if any(each.clocks[first.clocks.index(clock)].begun for each in compared.reports)]
    for clock in clocks:
        table.add_column(output.say(f"late: {tables.title(clock.title)}", f"超时：{tables.title(clock.title)}"), justify="right")
    roles = sorted({role.name: role for each in compared.reports for role in each.roles}.values(), key=lambda role: role.name)
    for role in roles:
        table.add_column(
            output.say(f"waited (90 %): {tables.title(role.title)}", f"等待（90 %）：{tables.title(role.title)}"), justify="right"
        )
    for variant, report in zip(compared.sweep.variants, compared.reports, strict=True):
        late = {clock.name: clock for clock in report.clocks}
        waited = {role.name: role.waited.ninety for role in report.roles}
        cells = [f"{late[clock.name].share:.1%}" for clock in clocks] + [_span(waited.get(role.name)) for role in roles]
        table.add_row(variant.value, f"{report.arrived:,}", f"{report.open_at_end:,}", *cells)
    output.console().print(table)
    for line in dict.fromkeys(line for report in compared.reports for line in _warnings(report)):
        output.aside(line)


def charts(report: simulated.Report) -> dict[str, plots.Chart]:
    """By the name of its file."""
    told = report.people[:SHOWN]
    return {
        "breaches": plots.Bars(
            title=output.say("Cases that breach a deadline", "超时案件比例"),
            labels=tuple(tables.title(clock.title) for clock in report.clocks),
            series=(plots.Series(name="%", values=tuple(100 * clock.share for clock in report.clocks)),),
            unit=output.say("% of the cases with this deadline", "占有该时限案件的 %"),
        ),
        "queues": plots.Bars(
            title=output.say("Waiting for each role", "各角色排队件数"),
            labels=tuple(tables.title(role.title) for role in report.roles),
            series=(
                plots.Series(name=output.say("mean", "平均"), values=tuple(role.mean for role in report.roles)),
                plots.Series(name="90 %", values=tuple(float(role.ninety) for role in report.roles)),
                plots.Series(name=output.say("most", "最多"), values=tuple(float(role.greatest) for role in report.roles)),
            ),
            unit=output.say("cases", "件"),
        ),
        "stages": plots.Bands(
            title=output.say("Time in each state", "各环节停留时间"),
            labels=tuple(tables.title(stage.title) for stage in report.stages),
            median=tuple(stage.stays.median / _MINUTE for stage in report.stages),
            ninety=tuple(stage.stays.ninety / _MINUTE for stage in report.stages),
            ninety_nine=tuple(stage.stays.ninety_nine / _MINUTE for stage in report.stages),
            unit=output.say("minutes", "分钟"),
            names=(output.say("median", "中位数"), "90 %", "99 %"),
        ),
        "mails": plots.Bars(
            title=output.say("Mails a day to each person", "每人每天收到的邮件"),
            labels=tuple(person.name for person in told),
            series=(
                plots.Series(name=output.say("mean", "平均"), values=tuple(person.a_day for person in told)),
                plots.Series(name=output.say("worst day", "最多的一天"), values=tuple(float(person.most) for person in told)),
            ),
            unit=output.say("mails", "封"),
        ),
    }


def sweep_charts(compared: sweeps.Compared) -> dict[str, plots.Chart]:
    """Breaches and waits over what was changed."""
    at = tuple(variant.value for variant in compared.sweep.variants)
    reports = compared.reports
    clocks = tuple(
        plots.Series(name=tables.title(clock.title), values=tuple(100 * report.clocks[number].share for report in reports))
        for number, clock in enumerate(reports[0].clocks)
        if any(report.clocks[number].begun for report in reports)
    )
    titles = {role.name: role.title for report in reports for role in report.roles}
    waits = tuple(
        plots.Series(name=tables.title(title), values=tuple(_waited(report, name) for report in reports)) for name, title in titles.items()
    )
    what = compared.sweep.what
    return {
        "breaches": plots.Lines(
            title=output.say("Cases that breach a deadline", "超时案件比例"), at=at, series=clocks, across=what, unit="%"
        ),
        "waits": plots.Lines(
            title=output.say("Waited no longer in nine of ten", "九成案件的等待时间不超过"),
            at=at,
            series=waits,
            across=what,
            unit=output.say("minutes", "分钟"),
        ),
    }  # fmt: skip


def _waited(report: simulated.Report, role: str) -> float | None:
    return next((each.waited.ninety / _MINUTE for each in report.roles if each.name == role), None)


def _clocks(report: simulated.Report) -> Table:
    table = _table(output.say("Deadlines", "时限"))
    table.add_column(output.say("clock", "时限"))
    for en, zh in (("cases", "件数"), ("breached", "超时"), ("share", "比例")):
        table.add_column(output.say(en, zh), justify="right")
    table.add_column("", style="red")
    for clock in report.clocks:
        table.add_row(tables.title(clock.title), f"{clock.begun:,}", f"{clock.late:,}", f"{clock.share:.1%}", _bar(clock.share))
    return table


def _roles(report: simulated.Report) -> Table:
    table = _table(output.say("Who is waited for", "排队等谁"))
    table.add_column(output.say("role", "角色"))
    columns = [
        ("people", "人数"), ("queue: mean", "排队平均"), ("90 %", "90 %"), ("most", "最多"), ("waited: median", "等待中位数"), ("90 %", "90 %"), ("busy", "忙碌"),
    ]  # fmt: skip
    for en, zh in columns:
        table.add_column(output.say(en, zh), justify="right")
    table.add_column("", style="cyan")
    for role in report.roles:
        used = role.used or 0.0
        table.add_row(
            tables.title(role.title), str(role.people), f"{role.mean:.1f}", f"{role.ninety:,}", f"{role.greatest:,}",
            _span(role.waited.median), _span(role.waited.ninety), f"{used:.0%}", _bar(used),
        )  # fmt: skip
    return table


def _stages(report: simulated.Report) -> Table:
    table = _table(output.say("Time in each state", "各环节停留时间"))
    table.add_column(output.say("state", "环节"))
    for en, zh in (("stays", "次数"), ("median", "中位数"), ("90 %", "90 %"), ("99 %", "99 %")):
        table.add_column(output.say(en, zh), justify="right")
    table.add_column("", style="cyan")
    longest = max((stage.stays.median for stage in report.stages), default=0)
    for stage in report.stages:
        stays = stage.stays
        spans = (_span(span) for span in (stays.median, stays.ninety, stays.ninety_nine))
        table.add_row(tables.title(stage.title), f"{stays.count:,}", *spans, _bar(stays.median / longest if longest else 0.0))
    return table


def _people(report: simulated.Report) -> Table:
    table = _table(output.say("Mails a person", "每人邮件"))
    table.add_column(output.say("who", "人员"))
    table.add_column(output.say("roles", "角色"))
    for en, zh in (("mails", "邮件"), ("of them chasing", "其中催办"), ("a day", "每天"), ("worst day", "最多一天")):
        table.add_column(output.say(en, zh), justify="right")
    table.add_column("", style="yellow")
    worst = max((person.most for person in report.people), default=0)
    for person in report.people[:SHOWN]:
        table.add_row(
            person.name, ", ".join(person.roles), f"{person.mails:,}", f"{person.chasing:,}", f"{person.a_day:.1f}", f"{person.most:,}",
            _bar(person.most / worst if worst else 0.0),
        )  # fmt: skip
    return table


def _rungs(report: simulated.Report) -> Table:
    table = _table(output.say("Rungs fired", "触发的升级"))
    table.add_column(output.say("clock", "时限"))
    table.add_column(output.say("rung", "级"), justify="right")
    table.add_column(output.say("moment", "时点"))
    table.add_column(output.say("fired", "次数"), justify="right")
    table.add_column("", style="magenta")
    titles = {clock.name: tables.title(clock.title) for clock in report.clocks}
    most = max((rung.fired for rung in report.rungs), default=0)
    for rung in report.rungs:
        table.add_row(
            titles[rung.clock], str(rung.rung), tables.rung_moment(rung.moment), f"{rung.fired:,}", _bar(rung.fired / most if most else 0.0)
        )
    return table


def _warnings(report: simulated.Report) -> Sequence[str]:
    """What makes the figures mean less than they seem to."""
    found = []
    for role, count in report.unserved.items():
        found.append(
            output.say(
                f"nobody does the work of {role}: {count:,} times a case waited for nobody (riders do no office work; see --staff)",
                f"没有人承担 {role} 的工作：{count:,} 次无人可等（骑手不算坐班人员；可用 --staff 指定）",
            )
        )
    for state, count in report.stuck.items():
        found.append(
            output.say(
                f"nothing leads on from {state}: {count:,} cases stand still there (see `work` in the assumptions)",
                f"没有操作能从 {state} 往下走：{count:,} 件停在那里（见假设中的 `work`）",
            )
        )
    for what, count in report.refused.items():
        found.append(output.say(f"refused by the rules, {count:,} times: {what}", f"被规则拒绝 {count:,} 次：{what}"))
    return found


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))


def _span(micros: int | None) -> str:
    return "–" if micros is None else say.duration(micros, output.language())


def _bar(share: float) -> str:
    return tables.bar(share, _BAR)
