"""Beginning: a programme's folder to be edited, sound from its first minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import given, output


def register(app: typer.Typer) -> None:
    app.command("new")(new)


def new(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Its name, as commands will mean it: mytown.", show_default=False)],
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="DIR", help="Where the folder is made; by default FENGXING_PROGRAMMES.", show_default=False),
    ] = None,
    title_zh: Annotated[
        str | None, typer.Option("--title-zh", metavar="WORDS", help="What people read, in Chinese.", show_default=False)
    ] = None,
    title_en: Annotated[str | None, typer.Option("--title-en", metavar="WORDS", help="The same in English.", show_default=False)] = None,
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", metavar="XX", help="How case numbers begin: 2 to 6 capital letters.", show_default=False),
    ] = None,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Its time zone.")] = "Asia/Shanghai",
    as_json: given.Json = False,
) -> None:
    """Begin a programme: a small town's folder with everything in it, which passes check and test as it stands. Edit from there.

    [bold]Example[/bold]

    fengxing new mytown --title-zh 我们镇 --title-en "Our town" --into programmes
    """
    from engine import settings, starting

    where = into if into is not None else settings.from_environment().programmes
    folder = starting.start(where, programme, title_zh=title_zh, title_en=title_en, prefix=prefix, zone=zone)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".json")
    if as_json:
        output.json({"folder": str(folder), "files": files})
        return
    output.line(
        output.say(f"{folder} is there: {output.count(len(files), 'file')}. Next:", f"已建立 {folder}，共 {len(files)} 个文件。接下来：")
    )
    for command, en, zh in (
        (f"fengxing check {folder}", "is anything wrong?", "有没有问题"),
        (f"fengxing test {folder}", "does it keep its promises?", "是否守约"),
        (f"fengxing publish {folder}", "put it in force", "生效"),
    ):
        output.line(f"  {command:<{len(str(folder)) + 20}}# {output.say(en, zh)}")
