"""The versions of a programme: what was in force when, by whom and why, and its files as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, session

if TYPE_CHECKING:
    from engine import versions as published

versions = typer.Typer(help="What was published: when, by whom, why, and what is in force.", rich_markup_mode="rich")


def register(app: typer.Typer) -> None:
    app.add_typer(versions, name="versions")


@versions.callback(invoke_without_command=True)
def list_versions(
    context: typer.Context,
    programme: Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme's.", show_default=False)] = None,
    as_json: given.Json = False,
) -> None:
    """What was published: when, by whom, why, what is in force, and how many open cases keep to each version.

    A changed folder that cannot be taken up is named too: what is wrong with it goes to stderr.

    [bold]Examples[/bold]

    fengxing versions --programme ningxiang

    fengxing versions show 3f9a1c2e --write ../as-it-was
    """
    if context.invoked_subcommand is not None:
        return
    from engine import authored
    from engine import versions as published

    with session.opened(as_json=as_json) as engine:
        with engine.store.reading(consistent=True) as tx:
            found = published.listed(tx, engine.catalog, programme)
        against = authored.against(engine)
    if as_json:
        output.json([version.body() for version in found])
    else:
        _table(found)
    if against:
        session.aloud(list(against), as_json=as_json)


def _table(found: Sequence[published.Version]) -> None:
    from rich.text import Text

    from cli import tables
    from engine import versions as published

    if not found:
        output.line(
            output.say("nothing was published yet; see `fengxing publish --help`", "尚未发布任何版本；见 `fengxing publish --help`")
        )
        return
    heads = (
        ("programme", "项目"),
        ("version", "版本"),
        ("published", "发布时间"),
        ("by", "发布人"),
        ("why", "原因"),
        ("open cases", "未结案件"),
    )
    # version and time are copied into the next command: never broken over lines
    table = tables.plain(*(output.say(*head) for head in heads), "", whole=(1, 2), right=(5,))
    for version in found:
        table.add_row(
            version.programme,
            version.hash[: published.SHORT],
            tables.moment(version.latest.at, version.zone),
            version.latest.author,
            version.latest.reason,
            str(version.open_cases),
            Text(output.say("in force", "生效中") if version.in_force else "", style="bold green"),
        )
    output.console().print(table)


@versions.command("show")
def show_version(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="The beginning of a hash, or a programme's name: what is in force.", show_default=False)
    ],
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write the files into this new or empty folder, as they were.", show_default=False),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """The files of a version, verbatim: to look at, or to begin from again.

    [bold]Examples[/bold]

    fengxing versions show ningxiang --json

    fengxing versions show 3f9a1c2e --write ../as-it-was
    """
    from cli import tables
    from engine import versions as published

    with session.opened(as_json=as_json) as engine, engine.store.reading(consistent=True) as tx:
        found = published.stored(tx, engine.catalog, version)
    if write is not None:
        _write(found.files, write)
    if as_json:
        output.json({**found.version.body(), "files": dict(found.files), "written_to": str(write) if write is not None else None})
        return
    for said in found.version.publications:
        output.line(
            output.say(
                f"# {found.version.programme} {found.version.hash}, published {tables.moment(said.at, found.version.zone)} by {said.author}: {said.reason}",
                f"# {found.version.programme} {found.version.hash}，{tables.moment(said.at, found.version.zone)} 由 {said.author} 发布：{said.reason}",
            )
        )
    if write is not None:
        output.line(output.say(f"{output.count(len(found.files), 'file')} written to {write}", f"{len(found.files)} 个文件已写入 {write}"))
        return
    for name, text in found.files.items():
        output.line(f"\n# file: {name}\n{text.rstrip()}")


def _write(files: Mapping[str, str], into: Path) -> None:
    """Never over what somebody has: the folder is new, or empty."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise failures.Usage(
            f"--write {into}: something is there already; give a new folder, or an empty one",
            f"--write {into}：已有内容；请给出新的或空的文件夹",
        )
    for name, text in files.items():
        place = into / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
