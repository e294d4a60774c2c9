"""Photos and videos: checked, re-encoded without what a camera writes beside the picture, and kept by the hash of their content.

A photo that is none is refused; the file is on disk before the row that names it is committed."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from engine import errors
from storage import database, statements

LONGEST_SIDE = 4096
MOST_PIXELS = 80_000_000
EXTENSIONS = {"image/jpeg": "jpg", "video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file as it is kept. `original` is the hash of the bytes that came; `taken_at` is what the camera said, if anything."""

    hash: str
    media: str
    size: int
    width: int | None
    height: int | None
    taken_at: str | None
    original: str


def store_photo(folder: Path, source: Path, *, limit_mb: int = 20) -> Stored:
    """Read a picture (JPEG, PNG, GIF, WebP, HEIC …), re-encode it as JPEG without EXIF, keep it. Raises AttachmentInvalid."""
    content = _content(source, limit_mb)
    encoded, width, height, taken = _encoded(source.name, content)
    return _keep(folder, encoded, "image/jpeg", hashlib.sha256(content).hexdigest(), (width, height, taken))


def store_video(folder: Path, source: Path, *, limit_mb: int = 200) -> Stored:
    """Keep a video as it came, if its first bytes are those of one. Raises AttachmentInvalid."""
    content = _content(source, limit_mb)
    media = "video/webm" if content[:4] == b"\x1a\x45\xdf\xa3" else None
    if content[4:8] == b"ftyp":
        media = "video/quicktime" if content[8:10] == b"qt" else "video/mp4"
    if media is None:
        raise errors.AttachmentInvalid(
            f"{source.name} is no video; send MP4, MOV or WebM", f"{source.name} 不是视频；请上传 MP4、MOV 或 WebM"
        )
    return _keep(folder, content, media, hashlib.sha256(content).hexdigest(), (None, None, None))


def store(folder: Path, source: Path, *, photo_mb: int, video_mb: int) -> Stored:
    """A photo or a video, by its first bytes."""
    head = _head(source)
    is_video = head[:4] == b"\x1a\x45\xdf\xa3" or (head[4:8] == b"ftyp" and head[8:12] not in (b"heic", b"heix", b"mif1", b"heif", b"avif"))
    return store_video(folder, source, limit_mb=video_mb) if is_video else store_photo(folder, source, limit_mb=photo_mb)


def record(tx: database.Transaction, files: list[Stored], *, now: int) -> None:
    """Note the files in the store; the same content twice is one row."""
    rows = [(f.hash, f.media, f.size, f.width, f.height, f.taken_at, f.original, now) for f in files]
    tx.many(statements.INSERT_ATTACHMENTS, rows)


def place(folder: Path, digest: str, media: str) -> Path:
    """Where a file lies under the data folder."""
    return folder / "attachments" / digest[:2] / f"{digest}.{EXTENSIONS[media]}"


def problem(folder: Path, digest: str, media: str) -> str | None:
    """What is wrong with a kept file; None if it is what it was."""
    path = place(folder, digest, media)
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        return f"{path.name}: cannot be read ({exc.strerror})"
    return None if found == digest else f"{path.name}: its content is not what was stored"


def younger(folder: Path, digest: str, seconds: int) -> bool:
    """Whether a file was given, or given again, within so many seconds."""
    return any(time.time() - path.stat().st_mtime < seconds for path in _everywhere(folder, digest))


def remove(folder: Path, digest: str) -> None:
    """Take a file from the data folder; one that is not there is no matter."""
    for path in _everywhere(folder, digest):
        path.unlink(missing_ok=True)


def _everywhere(folder: Path, digest: str) -> list[Path]:
    return [path for media in EXTENSIONS if (path := place(folder, digest, media)).exists()]


def _head(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            return file.read(16)
    except OSError as exc:
        raise errors.AttachmentInvalid(f"{source}: cannot be read ({exc.strerror})", f"{source}：无法读取（{exc.strerror}）") from exc


def _content(source: Path, limit_mb: int) -> bytes:
    try:
        size = source.stat().st_size
        content = source.read_bytes() if size <= limit_mb * 1_000_000 else b""
    except OSError as exc:
        raise errors.AttachmentInvalid(f"{source}: cannot be read ({exc.strerror})", f"{source}：无法读取（{exc.strerror}）") from exc
    if size > limit_mb * 1_000_000:
        raise errors.AttachmentInvalid(
            f"{source.name} has {size / 1e6:.1f} MB; at most {limit_mb}", f"{source.name} 有 {size / 1e6:.1f} MB；最多 {limit_mb} MB"
        )
    if not content:
        raise errors.AttachmentInvalid(f"{source.name} is empty", f"{source.name} 是空文件")
    return content


def _encoded(name: str, content: bytes) -> tuple[bytes, int, int, str | None]:
    """The picture as a plain JPEG, upright, its EXIF read and dropped."""
    import warnings

    import pillow_heif
    from PIL import Image, ImageOps

    pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                _require_bearable(image.width, image.height)
                taken = image.getexif().get(0x0132)
                upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=85, optimize=True)
    except Exception as exc:
        raise errors.AttachmentInvalid(
            f"{name} is not a photo that can be read; send a JPEG, PNG, GIF, WebP or HEIC picture",
            f"{name} 不是可读的照片；请上传 JPEG、PNG、GIF、WebP 或 HEIC 图片",
        ) from exc
    return out.getvalue(), upright.width, upright.height, str(taken) if taken else None


def _require_bearable(width: int, height: int) -> None:
    """Before anything is decoded: a few bytes may unfold to gigabytes."""
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width}x{height} pixels")


def _keep(folder: Path, content: bytes, media: str, original: str, about: tuple[int | None, int | None, str | None]) -> Stored:
    """Write the file under its hash: whole and on disk, or not at all."""
    digest = hashlib.sha256(content).hexdigest()
    target = place(folder, digest, media)
    if target.exists():
        target.touch()  # given again: see `younger`
    else:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, content)
        except OSError as exc:
            raise errors.AttachmentUnstored(f"the photo could not be stored: {exc.strerror}", f"照片无法保存：{exc.strerror}") from exc
    width, height, taken = about
    return Stored(hash=digest, media=media, size=len(content), width=width, height=height, taken_at=taken, original=original)


def _write(target: Path, content: bytes) -> None:
    """All of it under its name, or nothing; both the file and its name are on disk afterwards."""
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
