"""A backup: one file with a consistent copy of the store, every photo that it names, and a manifest with their hashes.

    manifest.json   store.db (SQLite) or store.dump (PostgreSQL)   attachments/ab/abcd….jpg …

It is written beside the running engine, and restored with nothing running: read in full and compared with its manifest before
anything is put in place, and proved by `verify` afterwards."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from engine import attachments, composition, errors, settings, verify
from engine import now as times
from storage import copying, database, migrating, statements

FORMAT = 1
MANIFEST = "manifest.json"
STORES = {"sqlite": "store.db", "postgresql": "store.dump"}
_ATTACHMENT = re.compile(r"attachments/([0-9a-f]{2})/(\1[0-9a-f]{62})\.(jpg|mp4|mov|webm)")
_BLOCK = 1 << 20


class BackupUnusable(errors.EngineError):
    """The file is no backup of this program, or not the one that was written."""

    code = "backup-unusable"


class InTheWay(errors.EngineError):
    """Something is there that would be overwritten."""

    code = "in-the-way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A backup. `missing`: photos that the store names and the data folder does not have."""

    cases: int
    attachments: int
    missing: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back. `aside`: where the store that was there is now."""

    report: verify.Report
    aside: str | None


def write(engine: composition.Engine, file: Path) -> Written:
    """Write a backup; the file appears whole or not at all. Raises InTheWay, DiskFull, OSError where it cannot be written."""
    if file.exists():
        raise InTheWay(f"{file} is there already; choose another name or move it away", f"{file} 已存在；请换个名称或先移走")
    if not file.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(file.parent))
    store, folder = engine.store, engine.settings.data_dir
    with tempfile.TemporaryDirectory(prefix=".fengxing-backup-", dir=file.parent) as work:
        name = STORES[store.dialect]
        copy, packed = Path(work) / name, Path(work) / "packed"
        copying.copy(store, copy)
        with store.reading() as tx:
            listed = [(digest, media) for digest, media in tx.all(statements.ATTACHMENTS_ALL)]
            cases = int((tx.one(statements.CASE_COUNT) or (0,))[0])
        photos = {str(attachments.place(Path(), digest, media)): digest for digest, media in listed}
        there = {inside: digest for inside, digest in photos.items() if (folder / inside).is_file()}
        manifest = {
            "format": FORMAT,
            "made_at": times.written(times.wall(), "UTC"),
            "dialect": store.dialect,
            "schema": migrating.HEAD,
            "cases": cases,
            "files": {name: _digest(copy), **there},
        }
        with tarfile.open(packed, "w:gz", compresslevel=3) as tar:
            _add(tar, MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
            tar.add(copy, name)
            for inside in sorted(there):
                tar.add(folder / inside, inside)
        with packed.open("rb") as done:
            os.fsync(done.fileno())
        size = packed.stat().st_size
        packed.chmod(0o600)  # it holds names and phones
        packed.replace(file)
    return Written(cases=cases, attachments=len(there), missing=tuple(sorted(photos.keys() - there.keys())), size=size)


def restore(given: settings.Settings, file: Path, *, force: bool) -> Restored:
    """Put a backup in place of nothing, or with `force` of what is moved aside; then prove it.

    Raises BackupUnusable, InTheWay, SchemaAhead or StoreUnavailable; then nothing was changed."""
    if not file.is_file():
        raise errors.NotFound("backup", file, zh="备份文件")
    store = database.Store(given.database_url)
    folder = given.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    if store.path is not None:
        store.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if copying.there(store) and not force:
            raise InTheWay(
                f"a store is there already ({settings.masked(given.database_url)}); --force moves it aside",
                f"已有数据库（{settings.masked(given.database_url)}）；--force 会先将其移开",
            )
        with tempfile.TemporaryDirectory(prefix=".fengxing-restore-", dir=store.path.parent if store.path is not None else folder) as work:
            manifest = _unpacked(file, Path(work))
            if manifest["dialect"] != store.dialect:
                raise BackupUnusable(
                    f"{file.name} holds a {manifest['dialect']} store, FENGXING_DATABASE_URL names {store.dialect}; restore it to its own kind",
                    f"{file.name} 是 {manifest['dialect']} 库的备份，而 FENGXING_DATABASE_URL 指向 {store.dialect}；请恢复到同类数据库",
                )
            copy = Path(work) / STORES[store.dialect]
            if store.path is not None:
                copying.prepare(copy)
            _photos(Path(work), folder, manifest["files"])
            moved = copying.aside(store) if copying.there(store) else None
            copying.put(store, copy)
    finally:
        store.close()
    with composition.opened(given) as engine:
        return Restored(report=verify.verify(engine.store, engine.catalog, folder), aside=moved)


def _unpacked(file: Path, work: Path) -> dict[str, Any]:
    """Everything the manifest names, in a folder of its own, each with the hash it was written under; the manifest."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(file, "r:*") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or not _expected(member.name):
                    raise _unusable(file, f"holds {member.name!r}, which no backup does")
                if member.name == MANIFEST:
                    manifest = orjson.loads(content.read(_BLOCK * 64))
                    continue
                place = work / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("wb") as out:
                    shutil.copyfileobj(content, out, _BLOCK)
                found[member.name] = _digest(place)
    except (tarfile.TarError, EOFError, orjson.JSONDecodeError, ValueError) as exc:
        raise _unusable(
            file, f"is not whole, or no backup at all ({str(exc).splitlines()[0] if str(exc) else type(exc).__name__})"
        ) from exc
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not isinstance(manifest.get("files"), dict):
        raise _unusable(file, "has no manifest that this program knows")
    wanted: Mapping[str, str] = manifest["files"]
    wrong = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    if wrong:
        raise _unusable(file, f"is not what was written: {', '.join(wrong[:5])}")
    return manifest


def _unusable(file: Path, why: str) -> BackupUnusable:
    return BackupUnusable(f"{file.name} {why}; nothing was changed", f"{file.name} 不可用（{why}）；未作任何更改")


def _expected(name: str) -> bool:
    return name in (MANIFEST, *STORES.values()) or _ATTACHMENT.fullmatch(name) is not None


def _photos(work: Path, folder: Path, files: Mapping[str, str]) -> None:
    """Into the data folder what is not there yet; a photo's name is its content."""
    for inside in files:
        target = folder / inside
        if inside.startswith("attachments/") and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(work / inside, target.with_suffix(".part"))
            target.with_suffix(".part").replace(target)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
