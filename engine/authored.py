"""Publishing by a person: a programme's folder is checked and put in force under a name and for a reason.

What the watch over FENGXING_PROGRAMMES takes up by itself (`engine.loading.take_up`) goes the same way, as `system`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config import differences, problems, reading
from config import programme as programmes
from engine import actors, catalog, composition, errors, folders, loading, publishing, requests, versions
from storage import database, statements


class MayNotPublish(errors.EngineError):
    """Somebody who only reports decides no rules."""

    code = "role"


class SeveralProgrammes(errors.EngineError):
    """A version is one programme."""

    code = "several-programmes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of publishing a folder. `published` is None where `problems` hold an error: what was in force stays.

    `changes` against what was in force until then; `older` counts open cases under definitions that are no longer the newest."""

    published: publishing.Published | None
    problems: tuple[problems.Problem, ...]
    changes: tuple[differences.Change, ...] = ()
    older: int = 0


def publish(engine: composition.Engine, folder: Path, *, author: str, reason: str) -> Outcome:
    """Check a programme's folder and put it in force, for `author` (a person's id, or `system`).

    Where it is one of the folders that are watched, it is noted as seen. Raises NotFound or MayNotPublish for the author,
    SeveralProgrammes for the folder of all, Invalid where another programme has its prefix."""
    inside = reading.read_programmes(folder)
    if len(inside) > 1:
        names = [each.name for each in inside]
        raise SeveralProgrammes(
            f"{folder} holds {len(inside)} programmes; publish one: {', '.join(str(folder / name) for name in names)}",
            f"{folder} 中有 {len(inside)} 个项目；请指定其一：{'、'.join(str(folder / name) for name in names)}",
            possible=names,
        )
    now, mark = engine.time.now(), folders.mark(inside[0]) if inside[0].is_dir() else ""
    loaded = loading.load(inside[0], now=now)
    if loaded.programme is None:
        return Outcome(published=None, problems=loaded.problems)
    _require_author(engine, loaded.programme, author)
    done = publishing.publish(engine.store, engine.catalog, loaded.programme, loaded.files, now=now, author=author, reason=reason)
    watched = {each.resolve() for each in reading.read_programmes(engine.settings.programmes)}
    if inside[0].resolve() in watched:
        with engine.store.writing() as tx:
            folders.note(tx, inside[0], mark)
            folders.note_content(tx, inside[0], done.hash)
    with engine.store.reading(consistent=True) as tx:
        before = versions.stored(tx, engine.catalog, done.before).whole if done.changed and done.before is not None else None
        changes = differences.differences(before, loaded.programme) if before is not None else []
        return Outcome(published=done, problems=loaded.problems, changes=tuple(changes), older=_older(tx, engine.catalog, done.programme))


def _require_author(engine: composition.Engine, whole: programmes.Programme, author: str) -> None:
    """A person of the programme as it is in force (or, the first time, as it will be) with a role that is no rider's."""
    if author == requests.SYSTEM:
        return
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
    town = engine.catalog.programmes.get(whole.programme.programme)
    people = town.live.people if town is not None else whole.people
    person = people.people.get(author)
    if person is None:
        raise errors.NotFound("person", author, zh="人员", known=[each for each in people.people if actors.decides(people, each)][:10])
    if not actors.decides(people, author):
        raise MayNotPublish(
            f"{author} only reports; a version is published by somebody with another role, or by the operator (without --as)",
            f"{author} 只有上报角色；请由其他角色的人员发布，或由运维发布（不填 --as）",
        )


def _older(tx: database.Transaction, known: catalog.Catalog, programme: str) -> int:
    """Open cases under a definition that a new case would no longer pin."""
    known.refresh(tx)
    newest = set(known.of(programme).newest.values())
    ours = {number for version in versions.listed(tx, known, programme) for number in version.definitions.values()}
    return sum(count for definition, count in tx.all(statements.OPEN_BY_DEFINITION) if definition in ours - newest)


def against(engine: composition.Engine) -> tuple[problems.Problem, ...]:
    """What keeps changed folders of FENGXING_PROGRAMMES from being taken up; empty, and cheap, where nothing changed."""
    changed = folders.changed(engine.store, engine.settings.programmes)
    found = [problem for folder, _ in changed for problem in loading.load(folder, now=engine.time.now()).problems]
    return tuple(problems.errors(found))
