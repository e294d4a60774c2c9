"""Moving open cases to another version of their workflow: what would change, case by case; then for real; and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress, session
from engine import requests

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from engine import crossing, forecast, migration


LONGEST_REASON = 500


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(
    to: Annotated[
        str, typer.Option("--to", metavar="VERSION", help="`in-force`, or the beginning of a version's hash.", show_default=False)
    ],
    programme: Annotated[
        str, typer.Option("--programme", metavar="P", help="Whose version; may be left away where VERSION says it.", show_default=False)
    ] = "",
    workflow: Annotated[str, typer.Option("--workflow", metavar="W", help="Only the cases of this workflow.", show_default=False)] = "",
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="CASE", help="Only this case; repeatable.", show_default=False)
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OLD=NEW",
            help="A state or clock that is called otherwise there; repeatable. `state:old=new` and `clock:old=new` where both are meant.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would become of each case; change nothing.", show_default=False)
    ] = False,
    back: Annotated[
        bool, typer.Option("--back", help="Take back: the cases that came to VERSION by this command go back.", show_default=False)
    ] = False,
    who: given.As = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept in each case's history.", show_default=False)] = "",
    as_json: given.Json = False,
) -> None:
    """Move open cases to another version of their workflow. What has fired never fires again, and --back takes it back. Exit 1 if a case cannot go.

    [bold]Examples[/bold]

    fengxing migrate --to in-force --programme ningxiang --dry-run

    fengxing migrate --to in-force --programme ningxiang --map resolved=done --as zhao-min --reason "新版处置流程"

    fengxing migrate --to in-force --programme ningxiang --back
    """
    from engine import migration

    renamed, actor = _names(names or ()), given.actor(who)
    if len(reason) > LONGEST_REASON:
        raise failures.Usage(f"--reason: at most {LONGEST_REASON} characters", f"--reason：最多 {LONGEST_REASON} 个字")
    chosen = tuple(given.case(word) for word in case or ())
    with session.opened(as_json=as_json, fresh=to == migration.IN_FORCE) as engine:
        with engine.store.reading() as tx:
            version = migration.version(tx, engine.catalog, to.strip().lower(), programme)
            wanted = migration.Wanted(
                version=version, workflow=workflow, cases=chosen, names=renamed, back=back, actor=actor or requests.SYSTEM, reason=reason
            )
            asked = migration.count(tx, engine.catalog, wanted)
        rows = migration.rehearse(engine, wanted) if dry_run else migration.carry_out(engine, wanted)
        seen: list[forecast.Row] = []
        tally = _Tally()
        if as_json:
            output.json_array(row.body(output.language()) for row in tally.counted(rows))
        else:
            with progress.bar("moving cases", "迁移案件") as moved:
                for number, row in enumerate(tally.counted(rows), 1):
                    if dry_run or row.refusal is not None or row.fires:
                        seen.append(row)
                    if moved is not None:
                        moved(number, max(asked, number))
    if not as_json:
        if seen:
            output.console().print(_table(seen))
        output.line(tally.said(wanted, dry_run=dry_run))
    if tally.refused:
        raise typer.Exit(failures.FINDINGS)


def _names(pairs: Sequence[str]) -> tuple[crossing.Name, ...]:
    """What is called otherwise; nothing goes two ways at once."""
    found = tuple(map(_name, pairs))
    for number, name in enumerate(found):
        if any((other.kind, other.before) == (name.kind, name.before) and other.after != name.after for other in found[:number]):
            raise failures.Usage(
                f"--map: {name.before} is said to become several things; say one of them",
                f"--map：{name.before} 对应了多个新名；请只写一个",
            )
    return found


def _name(pair: str) -> crossing.Name:
    from engine import crossing

    kind, colon, rest = pair.partition(":")
    before, sign, after = (rest if colon else pair).partition("=")
    if not sign or not before.strip() or not after.strip() or (colon and kind not in (crossing.STATE, crossing.CLOCK)):
        raise failures.Usage(
            f"--map {pair!r}: write OLD=NEW, as in --map resolved=done, or clock:handling=repair",
            f"--map {pair!r}：请写成 旧名=新名，如 --map resolved=done 或 clock:handling=repair",
        )
    return crossing.Name(kind if colon else "", before.strip(), after.strip())


class _Tally:
    """What became of the cases, counted as the rows pass."""

    def __init__(self) -> None:
        self.moved = self.refused = self.changed = self.late = self.fires = 0

    def counted(self, rows: Iterable[forecast.Row]) -> Iterator[forecast.Row]:
        for row in rows:
            if row.refusal is not None:
                self.refused += 1
            else:
                self.moved += 1
                self.changed += any(clock.changes for clock in row.clocks)
                self.late += any(clock.breaches for clock in row.clocks)
                self.fires += len(row.fires)
            yield row

    def said(self, wanted: migration.Wanted, *, dry_run: bool) -> str:
        """The closing line."""
        from engine import versions

        short = wanted.version.hash[: versions.SHORT]
        if not self.moved and not self.refused:
            return output.say(
                "no open case was moved there by this command" if wanted.back else f"no open case is elsewhere than in {short}",
                "没有可撤回的在办案件" if wanted.back else f"所有在办案件均已在版本 {short}",
            )
        cases = output.count(self.moved, "case")
        en = f"{cases} would {'leave' if wanted.back else 'go to'}" if dry_run else f"{cases} {'left' if wanted.back else 'went to'}"
        zh = f"{self.moved} 件{'将' if dry_run else '已'}{'撤出' if wanted.back else '迁移到'}"
        en += f" {short}: clocks change in {self.changed}, {self.late} late by it, {output.count(self.fires, 'rung')} due at once"
        zh += f"版本 {short}：{self.changed} 件时限有变，{self.late} 件因此超时，{self.fires} 级提醒立即触发"
        if self.refused:
            en += f"; {output.count(self.refused, 'case')} cannot go and {'stays' if self.refused == 1 else 'stay'}"
            zh += f"；{self.refused} 件不能迁移，保持不变"
        if dry_run:
            return output.say(f"{en}. Nothing was changed.", f"{zh}。未作任何更改。")
        return output.say(f"{en}.", f"{zh}。")


def _table(rows: Sequence[forecast.Row]) -> Table:
    """One row a clock, under its case."""
    from rich.text import Text

    from cli import tables

    heads = (("case", "案件"), ("clock", "时限"), ("due before", "原到期"), ("due after", "新到期"), ("then", "届时"))
    table = tables.plain(*(output.say(*head) for head in heads), whole=(0, 1))
    for column in table.columns:  # at 80 columns names stay whole, and a moment is broken between day and time
        column.min_width = 10
    for row in rows:
        first = Text.assemble((row.number, "bold"), "\n", _way(row))
        if row.refusal is not None:
            no = output.say(f"stays: {row.refusal}", f"保持不变：{row.refusal.zh}")
            table.add_row(first, Text(""), Text(""), Text(""), Text(no, style="bold red"))
            continue
        for clock in row.clocks or (None,):
            table.add_row(first, *(_clock(row, clock) if clock is not None else ()))
            first = Text("")
    return table


def _way(row: forecast.Row) -> str:
    return row.from_state if row.to_state in (None, row.from_state) else f"{row.from_state} → {row.to_state}"


def _clock(row: forecast.Row, clock: forecast.ClockChange) -> list[Text]:
    from rich.text import Text

    from cli import tables

    was, will = clock.before, clock.after
    name = will.reckoned.clock if will is not None else was.reckoned.clock if was is not None else ""
    if was is not None and will is not None and was.reckoned.clock != name:
        name = f"{was.reckoned.clock} → {name}"
    style = "" if clock.changes else "dim"
    if will is None:
        then = Text(output.say("ends", "终止"), style="yellow")
    else:
        then = tables.left(will)
        if was is None:
            then = Text(output.say("begins; ", "开始计时；"), style="yellow") + then
        for fires in (each for each in row.fires if each.clock == will.reckoned.clock):
            then.append("\n" + _fires(fires), style="red")
    dues = [tables.moment(view.reckoned.due, row.zone) if view is not None else "" for view in (was, will)]
    return [Text(name, style=style), Text(dues[0], style=style), Text(dues[1], style=style if dues[0] == dues[1] else "bold"), then]


def _fires(fires: forecast.Fires) -> str:
    who = ", ".join(fires.reaches or fires.tells)
    en, zh = f"rung {fires.rung} fires at once", f"第 {fires.rung} 级立即触发"
    if who:
        en, zh = f"{en}: tells {who}", f"{zh}：通知 {who}"
    if fires.pulls is not None:
        en, zh = f"{en}; pulls {fires.pulls}", f"{zh}；自动执行 {fires.pulls}"
    return output.say(en, zh)
