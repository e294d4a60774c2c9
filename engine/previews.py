"""Photos within a mail: small, re-encoded, only so many and so large that every mail server takes them, and only those that the mail was
given when it was put in words."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import attachments

if TYPE_CHECKING:
    from PIL import Image

LONGEST_SIDE = 800
MOST = 6
LARGEST = 1_200_000
"""Bytes of all the photos of one mail; base64 adds a third."""
_QUALITIES = (75, 60, 45)
_EACH = 250_000
"""Bytes one photo may have before it is encoded anew, more coarsely."""
_IMAGE = re.compile(r"<img\b[^>]*\bsrc=\"cid:([0-9a-f]{64})\"[^>]*>")


def asked(html: str, known: Collection[str]) -> tuple[str, ...]:
    """The photos that a page shows, in its order: only those `known` to be the case's, whatever words of a report may have got into it."""
    return tuple(dict.fromkeys(digest for digest in _IMAGE.findall(html) if digest in known))


def within(html: str, digests: Sequence[str], folder: Path) -> tuple[str, dict[str, bytes]]:
    """The page and its pictures (hash → JPEG). What cannot be shown, being erased, damaged or one too many, is taken out of the page."""
    if "<img" not in html:
        return html, {}
    shown: dict[str, bytes] = {}
    for digest in digests:
        made = small(folder, digest) if len(shown) < MOST else None
        if made is not None and sum(map(len, shown.values())) + len(made) <= LARGEST:
            shown[digest] = made
    return _IMAGE.sub(lambda image: image[0] if image[1] in shown else "", html), shown


def small(folder: Path, digest: str) -> bytes | None:
    """A kept photo as a small JPEG; None if it is not there or none."""
    import PIL.Image

    try:
        with PIL.Image.open(attachments.place(folder, digest, "image/jpeg")) as image:
            image.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
            picture = image.convert("RGB")
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        made = [_encoded(picture, _QUALITIES[0])]
        for quality in _QUALITIES[1:]:
            if len(made[-1]) > _EACH:
                made.append(_encoded(picture, quality))
    except (OSError, ValueError):
        return None
    return made[-1]


def _encoded(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
