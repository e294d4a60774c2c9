"""The history's chain: each entry carries a digest over the one before, so that editing the past shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

START = bytes(32)
"""Before the first entry."""
COLUMNS = ("case_id", "seq", "kind", "at", "recorded_at", "trigger", "from_state", "to_state", "actor", "facts", "detail", "mark")
"""What the digest covers, in this order."""


def link(head: bytes, entry: Sequence[object]) -> bytes:
    """The digest of an entry (the values of COLUMNS) after `head`: 32 bytes."""
    return hashlib.sha256(head + orjson.dumps(entry)).digest()
