"""Which workflow a picture shows: one of a folder, as it would be in force, or one that is in force; then with its counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from config import problems, reading
from config import programme as programmes
from engine import catalog, errors, loading
from engine.diagrams import census, pictures
from storage import database


def of_folder(folder: Path, flow: str | None, *, now: int) -> pictures.Picture:
    """A workflow of a programme's folder (the only one, if none is named). Raises NotFound, and Invalid for a folder with errors."""
    if not folder.is_dir():
        raise errors.NotFound("folder", folder, zh="文件夹")
    inside = reading.read_programmes(folder)
    if inside != [folder]:
        listed = [str(each) for each in inside]
        raise errors.RequestInvalid(
            f"{folder} holds several programmes; name one of: {', '.join(listed)}",
            f"{folder} 内有多个项目；请指明其一：{'、'.join(listed)}",
            possible=listed,
        )
    loaded = loading.load(folder, now=now)
    if loaded.programme is None:
        against = problems.errors(loaded.problems)
        raise errors.Invalid(
            f"{folder} is no programme that could be drawn: {against[0].say('en')} (`fengxing check {folder}` lists all {len(against)})",
            f"{folder} 不是可以绘制的项目：{against[0].say('zh')}（`fengxing check {folder}` 列出全部 {len(against)} 个问题）",
        )
    name = chosen(loaded.programme.workflows, flow, "workflow", "流程")
    return pictures.picture(programmes.definition_of(loaded.programme, name), programmes.live_of(loaded.programme))


def in_force(
    tx: database.Transaction,
    known: catalog.Catalog,
    programme: str | None,
    flow: str | None,
    *,
    now: int,
    counts: bool = False,
    since: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pictures.Picture:
    """A workflow as new cases use it; with `counts`, where cases (opened since) are now and where time goes."""
    known.refresh(tx)
    town = chosen(known.programmes, programme, "programme", "项目")
    name = chosen(known.of(town).newest, flow, "workflow", "流程")
    compiled, live = known.newest(tx, town, name), known.of(town).live
    drawn = pictures.picture(compiled.definition, live)
    if not counts:
        return drawn
    tallies = census.census(tx, known, town, name, since=since, now=now, progress=progress)
    return census.counted(drawn, tallies, since=since, now=now, zone=compiled.zone)


def chosen(known: Mapping[str, object], name: str | None, what: str, zh: str) -> str:
    """The one that is named, or the only one there is."""
    if name is None and len(known) == 1:
        return next(iter(known))
    if name is None:
        listed = sorted(known)
        raise errors.RequestInvalid(
            f"name one {what}; there is: {', '.join(listed) or 'none'}", f"请指明{zh}；已有：{'、'.join(listed) or '无'}", possible=listed
        )
    if name not in known:
        raise errors.unknown(what, name, sorted(known), zh=zh)
    return name
