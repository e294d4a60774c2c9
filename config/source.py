"""A file of a programme as it stands, and where everything in it is: what puts a problem at its line and column."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.problems import Path, Problem, Said, Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file as it stands: `name` within the folder, `file` as messages call it, its verbatim `text`, and where things are in it.

    `voids` are places whose value was refused when reading: nothing more is said of them. `hashes` are the scalars that have a `#`
    in them, as (line, column) of their beginning and of their end: no comment begins there."""

    name: str
    file: str
    text: str
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    voids: set[Path] = field(default_factory=set)
    hashes: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)

    def position(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """(line, column) of the value at `path`, or of its key; of what encloses it where there is no such place."""
        for end in range(len(path), 0, -1):
            part = path[:end]
            if (key or end < len(path)) and part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
        return self.values.get((), (1, 1))

    def knows(self, path: Path) -> bool:
        return path in self.values

    def problem(self, saying: Saying, path: Path, *, key: bool = False, **words: str | int | Said) -> Problem:
        return saying.at(self.file, self.position(path, key=key), path, **words)
