"""What a town writes, for tools: the schemas an editor wants, and the settings of this process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import given, output
from engine import errors, settings


def register(app: typer.Typer) -> None:
    app.command()(schema)
    app.command("settings")(list_settings)


def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="workflow, people, programme …; all of them by default.", show_default=False)
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write NAME.schema.json files into this folder instead.", show_default=False),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """The JSON Schemas of the YAML files, made from the same models that read them. Editors use them for completion.

    [bold]Examples[/bold]

    fengxing schema workflow

    fengxing schema --write config/schema
    """
    from config import schema as schemas

    known = schemas.schemas()
    if name is not None and name not in known:
        raise errors.NotFound("schema", name, zh="模式", known=sorted(known))
    chosen = {name: known[name]} if name is not None else known
    if write is None:
        output.json(next(iter(chosen.values())) if name is not None else chosen)
        return
    write.mkdir(parents=True, exist_ok=True)
    files = []
    for each, content in chosen.items():
        file = write / f"{each}.schema.json"
        file.write_text(schemas.text(content), encoding="utf-8")
        files.append(str(file))
    if as_json:
        output.json({"files": files})
    else:
        for file_name in files:
            output.line(file_name)


def list_settings(as_json: given.Json = False) -> None:
    """Every setting with its value, where that comes from, and what it means. Secrets are masked.

    [bold]Example[/bold]

    FENGXING_LANG=zh fengxing settings
    """
    rows = settings.from_environment().listed()
    if as_json:
        output.json(rows)
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in (output.say("setting", "设置"), output.say("value", "值"), output.say("from", "来源"), output.say("meaning", "含义")):
        table.add_column(column, overflow="fold")
    for row in rows:
        source = output.say(row["source"], "环境变量" if row["source"] == "environment" else "默认")
        table.add_row(row["name"], row["value"], source, output.say(row["meaning"], row["meaning_zh"]))
    output.console().print(table)
