"""A bar on stderr while something takes, only where somebody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli import output


@contextmanager
def bar(en: str, zh: str) -> Iterator[Callable[[int, int], None] | None]:
    """A callable `(done, of)` that moves the bar; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import Progress

    with Progress(console=output.console(stderr=True), transient=True) as shown:
        task = shown.add_task(output.say(en, zh), total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
