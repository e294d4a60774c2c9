from __future__ import annotations

import io
from pathlib import Path

import pytest

from engine import attachments, errors


def a_picture(kind: str, *, size: tuple[int, int] = (64, 48), turned: bool = False, taken: str = "") -> bytes:
    """A small picture, red above and blue below, as a camera of that kind would write it."""
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    image = Image.new("RGB", size, "red")
    image.paste((0, 0, 255), (0, size[1] // 2, *size))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 3  # upside down
        image = image.rotate(180)
    if taken:
        exif[0x0132] = taken
        exif[0x010F] = "SecretCamera"
    out = io.BytesIO()
    if turned or taken:
        image.save(out, kind, exif=exif.tobytes())
    else:
        image.save(out, kind)
    return out.getvalue()


MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)
MOV = b"\x00\x00\x00\x14ftypqt  " + bytes(64)
WEBM = b"\x1a\x45\xdf\xa3" + bytes(64)


def stored(folder: Path, content: bytes, name: str = "came.jpg", *, photo_mb: int = 1, video_mb: int = 1) -> attachments.Stored:
    (folder / name).write_bytes(content)
    return attachments.store(folder / "data", folder / name, photo_mb=photo_mb, video_mb=video_mb)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "GIF"])
def test_a_picture_of_any_usual_kind_is_kept_as_a_jpeg(tmp_path: Path, kind: str) -> None:
    from PIL import Image

    found = stored(tmp_path, a_picture(kind))
    assert (found.media, found.width, found.height) == ("image/jpeg", 64, 48)
    with Image.open(attachments.place(tmp_path / "data", found.hash, found.media)) as kept:
        assert kept.format == "JPEG"
        red = kept.convert("RGB").getpixel((32, 5))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[2] < 60
    assert attachments.problem(tmp_path / "data", found.hash, found.media) is None


def test_what_a_camera_writes_beside_the_picture_is_read_and_dropped(tmp_path: Path) -> None:
    from PIL import Image

    found = stored(tmp_path, a_picture("JPEG", taken="2026:11:20 08:03:00"))
    assert found.taken_at == "2026:11:20 08:03:00"
    path = attachments.place(tmp_path / "data", found.hash, found.media)
    with Image.open(path) as kept:
        assert dict(kept.getexif()) == {}
    assert b"SecretCamera" not in path.read_bytes()


def test_a_picture_taken_upside_down_stands_upright(tmp_path: Path) -> None:
    from PIL import Image

    found = stored(tmp_path, a_picture("JPEG", turned=True))
    with Image.open(attachments.place(tmp_path / "data", found.hash, found.media)) as kept:
        top = kept.convert("RGB").getpixel((32, 5))
    assert isinstance(top, tuple)
    assert top[0] > 200, "red is above again"
    assert top[2] < 60


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    found = stored(tmp_path, a_picture("PNG", size=(5000, 100)))
    assert (found.width, found.height) == (attachments.LONGEST_SIDE, 82)


@pytest.mark.parametrize(("content", "media"), [(MP4, "video/mp4"), (MOV, "video/quicktime"), (WEBM, "video/webm")])
def test_a_video_is_kept_as_it_came(tmp_path: Path, content: bytes, media: str) -> None:
    found = stored(tmp_path, content, "came.mp4")
    assert (found.media, found.size) == (media, len(content))
    assert attachments.place(tmp_path / "data", found.hash, media).read_bytes() == content


def test_the_same_picture_twice_is_one_file(tmp_path: Path) -> None:
    first, second = stored(tmp_path, a_picture("PNG"), "a.png"), stored(tmp_path, a_picture("PNG"), "b.png")
    assert first == second
    assert len([path for path in (tmp_path / "data").rglob("*") if path.is_file()]) == 1


def a_bomb() -> bytes:
    """A few bytes that say they are a picture of ten billion pixels."""
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"dear all, the lamp is broken", "not a photo that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a photo that can be read"),
        (a_picture("JPEG", size=(400, 400))[:900], "not a photo that can be read"),
        (a_picture("HEIF")[:300], "not a photo that can be read"),
        (a_bomb(), "not a photo that can be read"),
        (bytes(1_000_001), "has 1.0 MB; at most 1"),
        (MP4 + bytes(1_000_000), "has 1.0 MB; at most 1"),
    ],
    ids=["empty", "a text", "an SVG", "a JPEG cut short", "a HEIC cut short", "a decompression bomb", "too large", "too long a video"],
)
def test_what_is_no_photo_is_refused_and_nothing_is_kept(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(errors.AttachmentInvalid, match=says) as caught:
        stored(tmp_path, content)
    assert "came.jpg" in str(caught.value)
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.AttachmentInvalid, match="cannot be read"):
        attachments.store(tmp_path / "data", tmp_path / "none.jpg", photo_mb=1, video_mb=1)
