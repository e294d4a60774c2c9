"""Taking changed folders up in a process of its own, at a low priority: `python -m cli.taking`, started beside a running clock."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from cli import failures, output, session
from config import problems
from engine import settings

if TYPE_CHECKING:
    from engine import composition

NICE = 10
LOOK = 0.2


def beside(ended: threading.Event) -> None:
    """Run it and wait; ended with its parent. What was taken up, and what stands against a folder, goes to stderr."""
    child = subprocess.Popen([sys.executable, "-m", "cli.taking"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while child.poll() is None:
        if ended.wait(LOOK):
            child.terminate()
            child.wait(timeout=2)
            return


def main() -> int:
    """Take up what changed; 1 if something stands against a folder, 2 if there is none."""
    os.nice(NICE)
    try:
        with session.opened(as_json=False) as engine:
            before = _in_force(engine)
            found = session.take_up(engine)
            session.aloud(found, as_json=False)
            for name, version in sorted(_in_force(engine).items() - before.items()):
                said = f"{name} {version[:12]}"
                output.aside(output.say(f"{said} was taken up and is in force; new cases use it", f"{said} 已自动生效；新案件将使用此版本"))
    except settings.SettingInvalid as exc:  # the clock goes on with what is in force
        output.aside(failures.of(exc).message)
        return failures.USAGE
    return 1 if problems.errors(found) else 0


def _in_force(engine: composition.Engine) -> dict[str, str]:
    """The version of each programme."""
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
    return {name: town.hash for name, town in engine.catalog.programmes.items()}


if __name__ == "__main__":
    sys.exit(main())
