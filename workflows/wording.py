"""How things are called in Prefect's pages: run names, tags, artifact keys, lengths of time. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
"""The wall clock that schedules and run names go by where no programme is at hand."""
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(micros: int) -> str:
    """`4 min 12 s`, `2 d 3 h`: the two largest units that say something; never a sign."""
    seconds = abs(micros) // 1_000_000
    parts = []
    for size, unit in _SPANS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def run_name(verb: str, count: int, what: str, at: datetime) -> str:
    """`escalate-12-dispatch-08:31:07`: what was done to how many of what, and when by the programme's clock."""
    return f"{verb}-{count}-{what}-{at:%H:%M:%S}"


def begun(verb: str) -> Callable[[], str]:
    """The name of a run that does not know yet what it will find: `board-08:31:07`."""
    return lambda: f"{verb}-{datetime.now(ZoneInfo(ZONE)):%H:%M:%S}"


def tags(*, programme: str | None = None, clock: str | None = None, severity: str | None = None) -> list[str]:
    """Tags that the run list can be filtered by."""
    named = (("programme", programme), ("clock", clock), ("severity", severity))
    return [f"{key}:{value}" for key, value in named if value]


def key(*parts: str) -> str:
    """An artifact's key: lower case, digits and dashes, always the same for the same thing."""
    return "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)))


def table(rows: Sequence[Mapping[str, object]], *, most: int = 200) -> list[dict[str, object]]:
    """Rows for a table artifact; a page nobody can scroll is cut, and says so."""
    shown = [dict(row) for row in rows[:most]]
    if len(rows) > most and shown:
        first = next(iter(shown[0]))
        shown.append(dict.fromkeys(shown[0]) | {first: f"… and {len(rows) - most} more"})
    return shown


def markdown(title: str, lines: Iterable[str]) -> str:
    return f"## {title}\n\n" + "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text inside a markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
