"""Photos and videos given on the command line: stored by content first, then named in the fact that this opening or move takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from config import workflow
from engine import attachments, catalog, composition, errors, views

_TYPES = {"image": workflow.FactType.PHOTOS, "video": workflow.FactType.VIDEOS}
_NAMES = {"image": ("photos", "照片"), "video": ("videos", "视频")}


def of_opening(engine: composition.Engine, programme: str, flow: str, files: Sequence[Path], given: dict[str, Any]) -> dict[str, Any]:
    """The facts with the stored files in the workflow's first fact of their type. Raises AttachmentInvalid, FactInvalid."""
    if not files:
        return given
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
        compiled = engine.catalog.newest(tx, programme, flow)
    return _placed(engine, compiled, list(compiled.workflow.facts), files, given, what=f"opening {flow}", zh=f"{flow} 开案")


def of_move(
    engine: composition.Engine, case: str, trigger: str, files: Sequence[Path], given: dict[str, Any], *, actor: str | None
) -> dict[str, Any]:
    """The facts with the stored files in the one that the trigger needs or takes; an unknown trigger is for the engine to refuse."""
    if not files:
        return given
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
        compiled = views.find(tx, engine.catalog, case, viewer=actor).compiled
    rule = compiled.workflow.transitions.get(trigger)
    if rule is None:
        return given
    return _placed(engine, compiled, [*rule.needs, *rule.takes], files, given, what=trigger, zh=trigger)


def _placed(
    engine: composition.Engine,
    compiled: catalog.Compiled,
    names: Iterable[str],
    files: Sequence[Path],
    given: dict[str, Any],
    *,
    what: str,
    zh: str,
) -> dict[str, Any]:
    taking: dict[workflow.FactType, str] = {}
    for name in names:
        taking.setdefault(compiled.workflow.facts[name].type, name)
    if not taking.keys() & _TYPES.values():
        raise errors.FactInvalid("photo", f"{what} takes no photos; leave --photo away", f"{zh} 不接受照片；请不要使用 --photo")
    settings = engine.settings
    limits = {"photo_mb": settings.number("PHOTO_LIMIT_MB"), "video_mb": settings.number("VIDEO_LIMIT_MB")}
    stored = [attachments.store(settings.data_dir, file, **limits) for file in files]
    facts = dict(given)
    for file, source in zip(stored, files, strict=True):
        kind = file.media.partition("/")[0]
        if _TYPES[kind] not in taking:
            kinds, kinds_zh = _NAMES[kind]
            raise errors.FactInvalid("photo", f"{what} takes no {kinds}; leave {source} away", f"{zh} 不接受{kinds_zh}；请去掉 {source}")
        name = taking[_TYPES[kind]]
        before = facts.get(name, [])
        facts[name] = [*(before if isinstance(before, list) else [before]), file.hash]
    now = engine.time.now()
    with engine.store.writing() as tx:
        attachments.record(tx, stored, now=now)
    return facts
