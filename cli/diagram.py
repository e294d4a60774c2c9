"""A workflow as a picture: SVG for people, Mermaid for pages that draw it themselves."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress, session

if TYPE_CHECKING:
    from engine.diagrams import pictures


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


_ENDINGS = {".svg": Format.SVG, ".mmd": Format.MERMAID, ".mermaid": Format.MERMAID}


def register(app: typer.Typer) -> None:
    app.command()(diagram)


def diagram(
    workflow: Annotated[
        str | None,
        typer.Argument(metavar="[WORKFLOW]", help="Which workflow; needed only where there are several.", show_default=False),
    ] = None,
    programme: Annotated[
        str | None,
        typer.Option(
            "--programme", metavar="P", help="As it is in force in the store; needed only where there are several.", show_default=False
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="From a programme's folder instead; no store is needed.", show_default=False),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="By default what --out ends in, else svg.", show_default=False, case_sensitive=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there instead of on stdout.", show_default=False)
    ] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="With the cases in each state now, those overdue, and where time goes.", show_default=False)
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="T", help="With --counts: only cases opened from then on: 2026-11-01T00:00:00+08:00.", show_default=False
        ),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option("--lang", help="The picture's language; FENGXING_LANG, else Chinese.", show_default=False)
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Draw a workflow: its states, who may move what, its clocks as bars, its ladders as strips. With --json, what is drawn as data.

    [bold]Examples[/bold]

    fengxing diagram --programme ningxiang --out report.svg

    fengxing diagram --from config/programmes/najin --format mermaid --lang en

    fengxing diagram report --programme ningxiang --counts --since 2026-11-01T00:00:00+08:00 --out now.svg
    """
    begin = given.moment(since, "--since")
    if folder is not None and (programme is not None or counts):
        raise failures.Usage(
            "--from draws a folder; --programme and --counts belong to the store: give one or the other",
            "--from 绘制文件夹中的流程；--programme 与 --counts 用于库中数据：请二选一",
        )
    if begin is not None and not counts:
        raise failures.Usage("--since belongs to --counts; give --counts too", "--since 须与 --counts 一起使用")
    if folder is not None:
        drawn = _of_folder(folder, workflow)
    else:
        drawn = _in_force(programme, workflow, counts=counts, since=begin, as_json=as_json)
    chosen = form or (_ENDINGS.get(out.suffix.lower(), Format.SVG) if out is not None else Format.SVG)
    text = _text(drawn, chosen, language(lang))
    if out is not None:
        write(out, text)
    if as_json:
        output.json({**drawn.body(), **({"file": str(out)} if out is not None else {})})
    elif out is not None:
        output.line(str(out))
    else:
        output.line(text.removesuffix("\n"))
    if drawn.elsewhere and not as_json:
        output.aside(
            output.say(
                f"{output.count(drawn.elsewhere, 'open case')} in states that this version no longer has; not in the picture",
                f"另有 {drawn.elsewhere} 件处于此版本已没有的状态，图中未计",
            )
        )


def _of_folder(folder: Path, workflow: str | None) -> pictures.Picture:
    from engine import now as times
    from engine.diagrams import exhibits

    return exhibits.of_folder(folder, workflow, now=times.wall())


def _in_force(programme: str | None, workflow: str | None, *, counts: bool, since: int | None, as_json: bool) -> pictures.Picture:
    from engine.diagrams import exhibits

    with session.opened(as_json=as_json) as engine:
        if not engine.catalog.programmes or (programme is not None and programme not in engine.catalog.programmes):
            session.take_up(engine)
        now = engine.time.now()
        with engine.store.reading() as tx, progress.bar("cases", "案件") as heard:
            return exhibits.in_force(tx, engine.catalog, programme, workflow, now=now, counts=counts, since=since, progress=heard)


def language(asked: Language | None) -> str:
    """What was asked for, else what the reader has set; pictures hang on walls, so Chinese where nobody said."""
    if asked is not None:
        return asked.value
    return output.language() if os.environ.get("FENGXING_LANG") else Language.ZH.value


def _text(drawn: pictures.Picture, form: Format, language: str) -> str:
    if form is Format.MERMAID:
        from engine.diagrams import mermaid

        return mermaid.mermaid(drawn, language)
    from engine.diagrams import svg

    return svg.svg(drawn, language)


def write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise failures.Usage(f"--out {out}: cannot be written ({exc.strerror})", f"--out {out}：无法写入（{exc.strerror}）") from exc
