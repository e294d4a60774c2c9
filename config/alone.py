"""A file that is read by itself, beside a programme: the map of a log, the assumptions of a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from config import problems, shape, yamltext
from config.problems import Problem, Saying
from config.source import Source
from config.words import Frozen

M = TypeVar("M", bound=Frozen)
LARGEST = 64 * 1024


def read(path: Path, model: type[M], unreadable: Saying) -> tuple[M | None, Source, tuple[Problem, ...]]:
    """The file's value (None where it cannot be used), its source, and what is wrong with it; never raises for what is in it."""
    source = Source(name=path.name, file=str(path), text="")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8 text"
        return None, source, (source.problem(unreadable, (), what=what),)
    if len(raw) > LARGEST:
        return None, source, (source.problem(unreadable, (), what="too large"),)
    data, source, found = yamltext.read(path.name, str(path), text)
    if data is None:
        return None, source, tuple(found)
    fitted = shape.fit(model, data, source)
    found += fitted.found
    return None if found else fitted.value, source, problems.ordered(found)
