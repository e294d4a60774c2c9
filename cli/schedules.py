"""The schedules of a town: what comes next, and what was opened or skipped last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import given, output, session

if TYPE_CHECKING:
    from engine import scheduling

DAY = 86_400_000_000
KEPT, ON_SCREEN = 20, 3


def register(app: typer.Typer) -> None:
    app.command("schedules")(list_schedules)


def list_schedules(
    programme: Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme's.", show_default=False)] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, metavar="N", help="What comes within so many days.")] = 7,
    as_json: given.Json = False,
) -> None:
    """What opens by itself: when it comes next, and what was opened or skipped last.

    [bold]Example[/bold]

    fengxing schedules --programme ningxiang --days 2
    """
    from engine import scheduling

    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        now = engine.time.now()
        with engine.store.reading(consistent=True) as tx:
            found = scheduling.listed(tx, engine.catalog, programme, now=now, until=now + days * DAY, most=KEPT)
    if as_json:
        output.json([one.body() for one in found])
        return
    if not found:
        output.line(
            output.say(
                "nothing opens by itself; a programme says what does in schedules.yaml", "没有定时任务；定时任务写在 schedules.yaml 中"
            )
        )
        return
    from cli import tables

    heads = (
        ("programme", "项目"),
        ("schedule", "定时任务"),
        ("opens", "开案流程"),
        ("rows", "条目"),
        ("next", "下次"),
        ("then", "此后"),
        ("last", "最近"),
    )
    table = tables.plain(*(output.say(*head) for head in heads), whole=(0, 1, 4), right=(3,))
    for one in found:
        following = [tables.moment(moment, one.zone)[:16] for moment in one.coming[:1]] or [
            output.say(f"not within {days} days", f"{days} 天内没有")
        ]
        more = max(0, len(one.coming) - 1)
        table.add_row(
            one.programme,
            f"{one.name}\n{tables.title(one.schedule.title)}",
            one.schedule.opens,
            "" if one.rows is None else f"{one.rows:,}",
            *following,
            output.say(f"{more} more in {output.count(days, 'day')}", f"{days} 天内还有 {more} 次") if more else "",
            "\n".join(_said(past, one.zone) for past in one.latest[:ON_SCREEN]),
        )
    output.console().print(table)


def _said(past: scheduling.Occurred, zone: str) -> str:
    """`2026-11-20 10:30 NX-20261120-0007 (li)`, or why nothing was opened."""
    from cli import tables
    from engine import scheduling

    reasons = {
        scheduling.LATE: output.say("skipped: too late", "已跳过：太迟"),
        scheduling.FAILED: output.say("skipped: the program failed (see its log)", "已跳过：程序出错（见日志）"),
    }
    came = past.case or reasons.get(past.reason or "") or output.say(f"refused: {past.reason}", f"被拒绝：{past.reason}")
    row = (output.say(" ({})", "（{}）")).format(past.entry) if past.entry else ""
    return f"{tables.moment(past.moment, zone)[:16]} {came}{row}"
