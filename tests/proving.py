"""How long a test may look: a little at every change, long under `make prove` (FENGXING_PROVE=1)."""

from __future__ import annotations

import os

PROVING = os.environ.get("FENGXING_PROVE") == "1"


def times(usual: int, proving: int) -> int:
    """How often a test repeats its random part: `times(12, 50)` kills at every change and fifty to prove it."""
    return proving if PROVING else usual
