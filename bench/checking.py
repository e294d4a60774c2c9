"""`fengxing check` of all shipped programmes: from a person's Enter to the closing sentence, and once more in a process that is warm."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from bench import ground, processes
from engine import loading
from engine import now as times

PROGRAMMES = ground.ROOT / "config" / "programmes"


def cold(where: Path, *, turns: int = 5) -> list[float]:
    """Seconds of the whole command, imports and all; of several runs, ascending."""
    took = []
    for _ in range(turns):
        begun = time.monotonic()
        subprocess.run(
            processes.command("check", str(PROGRAMMES)),
            env=processes.environment(where / "fengxing.db"),
            cwd=ground.ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        took.append(time.monotonic() - begun)
    return sorted(took)


def again(*, turns: int = 5) -> list[float]:
    """Seconds of the check alone, where it has been made before and nothing has changed; of several, ascending."""
    loading.check([PROGRAMMES], now=times.wall())
    took = []
    for _ in range(turns):
        begun = time.monotonic()
        loading.check([PROGRAMMES], now=times.wall())
        took.append(time.monotonic() - begun)
    return sorted(took)
