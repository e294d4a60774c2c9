"""What a replay needs before it begins: the programme, the map held against it, the log read by it, and a virtual store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import logmap, problems, programme, reading, workflow
from engine import composition, errors, loading, logfiles, logs, making, replay, settings
from storage import database, migrating


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Everything in place. `made`: the store was made for this log, and begins with its first case."""

    engine: composition.Engine
    log: logs.Log
    made: bool


class MapInvalid(errors.EngineError):
    """The map, or the programme, cannot be used; every problem is a line of the message."""

    code = "map-invalid"

    def __init__(self, found: Sequence[problems.Problem]) -> None:
        super().__init__("\n".join(str(each) for each in found), "\n".join(each.say("zh") for each in found))


@contextmanager
def staged(given: settings.Settings, file: Path, *, name: str, map_file: Path) -> Iterator[Staged]:
    """Read everything, then open the virtual store; where there is none yet, one is made that begins with the log's first case.

    Raises NotFound, MapInvalid, LogInvalid or NotVirtual; nothing is made or changed then."""
    if not map_file.exists():
        raise errors.NotFound("file", map_file, zh="文件")
    read = logmap.read(map_file)
    if read.map is None:
        raise MapInvalid(read.problems)
    table = logfiles.read(file)
    folders = _folders(given.programmes)
    store = database.Store(given.database_url)
    made = _is_missing(store)
    store.close()
    log = _make(given, folders, name, table, read) if made else None
    with composition.opened(given) as engine:
        replay.require_virtual(engine)
        if name in folders:
            against = loading.take_up(engine, root=folders[name])
            if against and name not in engine.catalog.programmes:
                raise MapInvalid(against)
        if log is None:
            town = engine.catalog.of(name)
            with engine.store.reading() as tx:
                flows = {flow: engine.catalog.newest(tx, name, flow).workflow for flow in town.newest}
            log = _log(table, read, flows, town.live.people, town.live.programme.time_zone)
        yield Staged(engine=engine, log=log, made=made)


def _folders(root: Path) -> dict[str, Path]:
    """The programmes' folders that the settings name, by programme."""
    found: dict[str, Path] = {}
    for folder in reading.read_programmes(root):
        part = reading.read_folder(folder).parts.get("programme.yaml")
        if part is not None and isinstance(part.fitted.value, programme.ProgrammeFile):
            found.setdefault(part.fitted.value.programme, folder)
    return found


def _is_missing(store: database.Store) -> bool:
    if store.path is not None:
        return not store.path.exists()
    return migrating.version(store) is None


def _make(given: settings.Settings, folders: Mapping[str, Path], name: str, table: logfiles.Table, read: logmap.Reading) -> logs.Log:
    """A virtual store that begins with the log's first case, once everything else is known to be right."""
    folder = folders.get(name)
    if folder is None:
        raise errors.unknown("programme", name, sorted(folders), zh="项目")
    whole = reading.read_folder(folder)
    if whole.programme is None:
        raise MapInvalid(problems.errors(whole.problems))
    log = _log(table, read, whole.programme.workflows, whole.programme.people, whole.programme.programme.time_zone)
    if log.first is None:
        raise logfiles.LogInvalid(table.path, 1, "no case in this file can be opened" + _why(log), "文件中没有可开的案件" + _why(log))
    found = [p for p in problems.errors(loading.load(folder, now=log.first).problems) if p.code != loading.NO_ONE.code]
    if found:
        raise MapInvalid(found)
    making.upgrade(given, virtual=log.first)
    return log


def _why(log: logs.Log) -> str:
    return f" ({log.notes[0].line}: {log.notes[0].reason})" if log.notes else ""


def _log(
    table: logfiles.Table, read: logmap.Reading, flows: Mapping[str, workflow.Workflow], people: programme.People, zone: str
) -> logs.Log:
    against = logmap.check(read, flows, people)
    if against or read.map is None:
        raise MapInvalid(against)
    return logs.read(table, read.map, flows[read.map.workflow], zone)
