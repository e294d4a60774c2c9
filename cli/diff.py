"""What a change of a programme means, as a table by file: read before it is published, and printed when it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import given, output, session
from config import problems
from engine import errors

if TYPE_CHECKING:
    from config import differences
    from config import programme as programmes

_EFFECTS = {"pinned": ("new cases", "新案件"), "live": ("all cases, at once", "所有案件，立即生效")}
_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}
_SIGNS = {"added": "+", "removed": "−", "changed": "~"}


def register(app: typer.Typer) -> None:
    app.command()(diff)


Old = Annotated[
    str, typer.Argument(metavar="OLD", help="A programme's folder, a version's hash, or a programme's name: what is in force.", show_default=False)
]  # fmt: skip
New = Annotated[str, typer.Argument(metavar="NEW", help="The same for what it is compared with.", show_default=False)]


def diff(old: Old, new: New, as_json: given.Json = False) -> None:
    """What a change means, in the language's own terms: a state added, a limit shortened, a person removed. Exit 0, whatever differs.

    Each change says whom it concerns: new cases only, or all cases at once. Comments and spacing are no change.

    [bold]Examples[/bold]

    fengxing diff ningxiang config/programmes/ningxiang

    fengxing diff 3f9a1c2e in-force:ningxiang --json
    """
    from config import differences

    before, after = _programme(old, "OLD"), _programme(new, "NEW")
    found = differences.differences(before, after)
    if as_json:
        output.json({"changes": [change.body(output.language()) for change in found]})
        return
    show(found)


def _programme(words: str, name: str) -> programmes.Programme:
    """A folder where there is one of that name, else a version of the store."""
    from config import reading
    from engine import versions as engine_versions

    folder = Path(words)
    if folder.is_dir():
        read = reading.read_folder(given.one_programme(folder, name))
        if read.programme is None:
            wrong = [problem.say(output.language()) for problem in problems.errors(read.problems)]
            raise Unreadable(words, wrong)
        return read.programme
    if "/" in words:
        raise errors.NotFound("folder", words, zh="文件夹")
    with session.opened(as_json=True) as engine, engine.store.reading() as tx:
        return engine_versions.stored(tx, engine.catalog, words).whole


class Unreadable(errors.EngineError):
    """A folder that cannot be read as a programme, so that nothing can be said of what it changes."""

    code = "definition-invalid"

    def __init__(self, folder: str, wrong: Sequence[str]) -> None:
        shown = "\n".join(wrong[:10])
        super().__init__(
            f"{folder} cannot be read as a programme; mend this first (`fengxing check` names all):\n{shown}",
            f"{folder} 不是可读的项目；请先修正（`fengxing check` 列出全部问题）：\n{shown}",
        )


def show(found: Sequence[differences.Change]) -> None:
    """A table by file: what changed, and for whom."""
    from rich.text import Text

    from cli import tables

    if not found:
        output.line(output.say("no difference in meaning.", "含义上没有差别。"))
        return
    table = tables.plain("", output.say("change", "变更"), output.say("concerns", "影响"))
    file = ""
    for change in found:
        if change.file != file:
            file = change.file
            table.add_row("", Text(file, style="bold"), "")
        sign = Text(_SIGNS[change.kind], style=_STYLES[change.kind])
        table.add_row(sign, change.say(output.language()), output.say(*_EFFECTS[change.effect]))
    output.console().print(table)
    new = sum(change.effect == "pinned" for change in found)
    output.line(
        output.say(
            f"{output.count(len(found), 'change')}: {new} for new cases only, {len(found) - new} for all cases at once.",
            f"共 {len(found)} 处变更：{new} 处只影响新案件，{len(found) - new} 处对所有案件立即生效。",
        )
    )
