"""What a town writes: checking its folder, the schemas an editor wants, and the settings of this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import failures, given, output
from engine import errors, settings
from engine import now as times

if TYPE_CHECKING:
    from config import problems
    from engine import loading

_SHOWN = ("file", "line", "column", "path", "code", "severity", "message", "hint")


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(schema)
    app.command("settings")(list_settings)


def check(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]...", help="A programme's folder or the folder of all; by default FENGXING_PROGRAMMES.", show_default=False
        ),
    ] = None,
    show_waived: Annotated[bool, typer.Option("--show-waived", help="Also print what is waived, with the reason given.")] = False,
    as_json: given.Json = False,
) -> None:
    """Read programmes and name every problem at once: file:line:column, what is wrong, what would be right. Exit 1 if anything is wrong.

    docs/findings has a page for each code. `# waive CODE: reason` beside a warning takes it off the list.

    [bold]Examples[/bold]

    fengxing check

    fengxing check config/programmes/ningxiang --json
    """
    from engine import loading

    checked = loading.check(folders or [_from_here(settings.from_environment().programmes)], now=times.wall())
    found = checked.problems
    if as_json:
        excused = [{**_body(waived.problem), "reason": waived.reason} for waived in checked.waived]
        output.json({"problems": [_body(problem) for problem in found], "waived": excused})
    else:
        for problem in found:
            output.line(problem.say(output.language()))
        for waived in checked.waived if show_waived else ():
            output.line(output.say("waived: ", "已豁免：") + waived.problem.say(output.language()))
            output.line(output.say(f"    because: {waived.reason}", f"    原因：{waived.reason}"))
        output.line(_closing(checked))
    if any(problem.severity == "error" for problem in found):
        raise typer.Exit(failures.FINDINGS)


def _body(problem: problems.Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in _SHOWN}


def _from_here(folder: Path) -> Path:
    """A path as short as it can be said where the command runs."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _closing(checked: loading.Checked) -> str:
    """`2 problems in 1 file; 1 waived; nothing was loaded.`"""
    against = [problem for problem in checked.problems if problem.severity == "error"]
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
