"""The store: making and upgrading it, proving it, backing it up and bringing it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress, session
from engine import settings

if TYPE_CHECKING:
    from engine import backup as backups

db = typer.Typer(no_args_is_help=True, help="The store: make or upgrade it, back it up, restore it.", rich_markup_mode="rich")


def register(app: typer.Typer) -> None:
    app.command()(verify)
    app.add_typer(db, name="db")


@db.command()
def upgrade(
    virtual: Annotated[
        str | None,
        typer.Option(
            "--virtual",
            metavar="START",
            help="Give the store a clock of its own that stands at START and moves only when told.",
            show_default=False,
        ),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Make the store, or bring it to this program's shape. A store made by a newer program is refused untouched.

    [bold]Examples[/bold]

    fengxing db upgrade

    FENGXING_DATA_DIR=try fengxing db upgrade --virtual 2026-11-20T08:00:00+08:00
    """
    from engine import making

    start = given.moment(virtual, "--virtual")
    made = making.upgrade(settings.from_environment(), virtual=start)
    if as_json:
        output.json({"version": made.version, "before": made.before, "store": made.store, "clock": made.clock})
        return
    if made.before == made.version:
        output.line(output.say(f"{made.store}: up to date (shape {made.version})", f"{made.store}：已是最新（版本 {made.version}）"))
    else:
        output.line(output.say(f"{made.store}: now of shape {made.version}", f"{made.store}：已升级到版本 {made.version}"))
    if made.clock != "real":
        output.line(output.say(f"its clock is {made.clock}", f"时钟模式：{made.clock}"))


def verify(as_json: given.Json = False) -> None:
    """Prove that nothing was lost or altered: chains, clocks, timers, messages, photos. Exit 1 if there are findings.

    [bold]Example[/bold]

    fengxing verify --json
    """
    from engine import verify as proof

    with session.opened(as_json=as_json) as engine, progress.bar("cases", "案件") as moved:
        report = proof.verify(engine.store, engine.catalog, engine.settings.data_dir, progress=moved)
    if as_json:
        found = [{"code": f.code, "case": f.case, "detail": f.detail} for f in report.findings]
        output.json({"ok": report.ok, "cases": report.cases, "findings": found})
    else:
        for finding in report.findings:
            output.line(f"{finding.case or '-'}: {finding.code}: {finding.detail}")
        output.line(
            output.say(f"{output.count(report.cases, 'case')}, all as the history says", f"共 {report.cases} 件，均与历史一致")
            if report.ok
            else output.say(
                f"{output.count(len(report.findings), 'finding')} in {output.count(report.cases, 'case')}",
                f"{report.cases} 件中发现 {len(report.findings)} 处问题",
            )
        )
    if not report.ok:
        raise typer.Exit(failures.FINDINGS)


@db.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it: fengxing-2026-11-20.tar.gz.", show_default=False)],
    as_json: given.Json = False,
) -> None:
    """Write a consistent copy of the store and its photos into one file, while everything runs.

    [bold]Example[/bold]

    fengxing db backup fengxing-2026-11-20.tar.gz
    """
    from engine import backup as backups

    with session.opened(as_json=as_json) as engine:
        done = backups.write(engine, file)
    if as_json:
        output.json(
            {"file": str(file), "cases": done.cases, "attachments": done.attachments, "missing": list(done.missing), "bytes": done.size}
        )
    else:
        _backed_up(file, done)
    if done.missing:
        raise typer.Exit(failures.FINDINGS)


def _backed_up(file: Path, done: backups.Written) -> None:
    said = f"{file}: {output.count(done.cases, 'case')}, {done.attachments} photos and videos, {done.size / 1e6:.1f} MB"
    output.line(output.say(said, f"{file}：{done.cases} 件案件，{done.attachments} 个照片和视频，{done.size / 1e6:.1f} MB"))
    for name in done.missing:
        output.line(
            output.say(f"{name}: the store names it, the data folder does not have it", f"{name}：数据库中有记录，数据文件夹中没有")
        )


@db.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `db backup` wrote.", show_default=False)],
    force: Annotated[
        bool, typer.Option("--force", help="Move a store that is there aside, instead of refusing.", show_default=False)
    ] = False,
    as_json: given.Json = False,
) -> None:
    """Bring a backup back, with nothing running; then prove it. A store that is there is never overwritten.

    [bold]Example[/bold]

    fengxing db restore fengxing-2026-11-20.tar.gz --force
    """
    from engine import backup as backups

    done = backups.restore(settings.from_environment(), file, force=force)
    if as_json:
        found = [{"code": f.code, "case": f.case, "detail": f.detail} for f in done.report.findings]
        output.json({"ok": done.report.ok, "cases": done.report.cases, "findings": found, "aside": str(done.aside) if done.aside else None})
    else:
        if done.aside is not None:
            output.line(output.say(f"the store that was there is now {done.aside}", f"原有的库已移至 {done.aside}"))
        for finding in done.report.findings:
            output.line(f"{finding.case or '-'}: {finding.code}: {finding.detail}")
        output.line(output.say(f"{output.count(done.report.cases, 'case')} restored", f"已恢复 {done.report.cases} 件案件"))
    if not done.report.ok:
        raise typer.Exit(failures.FINDINGS)
