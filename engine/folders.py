"""Which programmes' folders have changed since they were last taken up: names, sizes and times of their files, nothing read."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from config import programme, reading
from engine import settings
from storage import database, statements

_SEEN, _CONTENT = "files:", "content:"
_SIGNS = (*programme.FILES, "workflows")
"""Any of these makes a folder a programme's, however broken."""


def mark(folder: Path) -> str:
    """What changes when a file under the folder does, or the library that knows the holidays."""
    parts = [metadata.version("holidays")]
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        stat = path.stat()
        parts.append(f"{path.relative_to(folder)} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def required(given: settings.Settings) -> Path:
    """The folder of the programmes as the settings name it. Raises SettingInvalid where there is none, or no programme in it."""
    root = given.programmes
    try:
        wrong = "" if any((folder / name).exists() for folder in reading.read_programmes(root) for name in _SIGNS) else "no programme in it"
        wrong = wrong if root.is_dir() else "there is no such folder"
    except OSError as exc:
        wrong = f"it cannot be read ({exc.strerror})"
    if wrong:
        raise settings.SettingInvalid(
            f"{settings.PREFIX}PROGRAMMES={str(root)!r}: {wrong}; "
            "name the folder of all programmes (or of one), or leave it away for those shipped with the program"
        )
    return root


def changed(store: database.Store, root: Path) -> list[tuple[Path, str]]:
    """The programmes' folders under `root` that are not as they were when last taken up, each with its mark."""
    marks = [(folder, mark(folder)) for folder in reading.read_programmes(root)]
    with store.reading() as tx:
        seen = {folder: tx.one(statements.META_GET, (_key(folder),)) for folder, _ in marks}
    return [(folder, now) for folder, now in marks if seen[folder] != (now,)]


def note(tx: database.Transaction, folder: Path, taken: str) -> None:
    """The folder was taken up as this mark says."""
    tx.run(statements.META_PUT, (_key(folder), taken))


def content(tx: database.Transaction, folder: Path) -> str | None:
    """The hash of the version that was last taken up from this folder."""
    row = tx.one(statements.META_GET, (_CONTENT + str(folder.resolve()),))
    return None if row is None else str(row[0])


def note_content(tx: database.Transaction, folder: Path, digest: str) -> None:
    """This version was taken up from the folder: files that are only touched are no reason to go back to it."""
    tx.run(statements.META_PUT, (_CONTENT + str(folder.resolve()), digest))


def _key(folder: Path) -> str:
    return _SEEN + str(folder.resolve())
