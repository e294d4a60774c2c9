"""What is known from elsewhere in a period: the counts that figures.yaml names, read from the programmes' folders as they lie there now."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import outside, problems, reading
from config.words import Text
from engine import catalog, figures, stats
from engine import now as times

_NAMED = re.compile(r"^programme:\s*[\"']?([a-z][a-z0-9_-]*)", re.MULTILINE)


@dataclass(slots=True)
class Known:
    """What came of the files: by name what it is called and how many in each group, how many in each group count as known, what is wrong."""

    titles: dict[str, Text] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    problems: list[problems.Problem] = field(default_factory=list)

    def rows(self, wanted: stats.Wanted) -> Iterator[figures.Row]:
        """Each count as a figure of its own, `outside:complaints`; of groupings it says nothing of, none."""
        for name, groups in self.counts.items():
            for group in sorted(groups):
                row = figures.count(figures.OUTSIDE, group, groups[group], None if group != stats.ALL else stats.TITLES[stats.ALL])
                row = figures.about(row, name, self.titles[name])
                if not wanted.names or row.name in wanted.names or row.figure.name in wanted.names:
                    yield row


def read(root: Path, known: catalog.Catalog, wanted: stats.Wanted) -> Known:
    """The counts of a period, in the groups in which cases are counted; a file that does not say a unit counts in none of them."""
    found = Known()
    names = [wanted.programme] if wanted.programme else sorted(known.programmes)
    asked = [name for name in names if name in known.programmes and known.of(name).live.figures.outside]
    folders = _folders(root) if asked else {}
    for programme in asked:
        live = known.of(programme).live
        first, last = _days(wanted, live.programme.time_zone)
        for name, entry in live.figures.outside.items():
            rows, wrong = outside.read(folders.get(programme, root / programme) / reading.OUTSIDE / entry.file)
            found.problems += wrong
            found.titles.setdefault(name, entry.title)
            groups = found.counts.setdefault(name, {})
            if wanted.by in (None, "programme"):
                groups.setdefault(programme if wanted.by else stats.ALL, 0)
            for row in outside.within(rows, first, last):
                group = _group(row, wanted.by, programme)
                if group is None:
                    continue
                groups[group] = groups.get(group, 0) + row.count
                if entry.known:
                    found.known[group] = found.known.get(group, 0) + row.count
    return found


def _group(row: outside.Counted, by: str | None, programme: str) -> str | None:
    if by in ("unit", "category", "area"):
        return str(getattr(row, by)) or None
    if by == "day":
        return row.day.isoformat()
    if by == "month":
        return f"{row.day:%Y-%m}"
    return programme if by == "programme" else stats.ALL if by is None else None


def _days(wanted: stats.Wanted, zone: str) -> tuple[dt.date, dt.date]:
    """The days of a period, those it only begins or ends in included."""
    lowest, highest = dt.date.min, dt.date.max
    first = times.local(wanted.since, zone).date() if wanted.since is not None else lowest
    last = times.local(wanted.until - 1, zone).date() if wanted.until is not None else highest
    return first, last


def _folders(root: Path) -> dict[str, Path]:
    """Which folder is which programme's, by the name it gives itself."""
    found: dict[str, Path] = {}
    for folder in reading.read_programmes(root):
        try:
            named = _NAMED.search((folder / "programme.yaml").read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            continue
        if named is not None:
            found.setdefault(named[1], folder)
    return found
