"""What a change of a programme means, in the language's own terms: a state added, a limit shortened, a person removed.

Two programmes as `reading` gives them go in, `Change`s come out; comments and spacing are no change. Each says whom it
concerns: `pinned` is for cases opened from then on, `live` for running ones too, at once (see docs/adr/0004)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from config import changewords, comparing
from config.problems import Said, dotted
from config.programme import Programme
from config.words import Frozen

Effect = Literal["pinned", "live"]
_FILES = {
    "programme.yaml": "programme",
    "people.yaml": "people",
    "units.yaml": "units",
    "calendars.yaml": "calendars",
    "categories.yaml": "categories",
    "schedules.yaml": "schedules",
    "areas.yaml": "areas",
    "duties.yaml": "duties",
    "points.yaml": "points",
    "plans.yaml": "plans",
    "robots.yaml": "robots",
    "figures.yaml": "figures",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `path` is written as `fengxing check` writes it; `old` and `new` are JSON values, None where there is none."""

    kind: Literal["added", "removed", "changed"]
    file: str
    path: str
    effect: Effect
    said: Said
    old: Any
    new: Any

    def body(self, language: str) -> dict[str, Any]:
        """As JSON: `sentence` in the reader's language, and both under their own names."""
        return {
            "kind": self.kind,
            "file": self.file,
            "path": self.path,
            "effect": self.effect,
            "sentence": self.say(language),
            "en": self.said.en,
            "zh": self.said.zh,
            "old": self.old,
            "new": self.new,
        }

    def say(self, language: str) -> str:
        return self.said.zh if language == "zh" else self.said.en


def differences(old: Programme, new: Programme) -> list[Change]:
    """Every change from `old` to `new`, by file and from top to bottom; empty if both mean the same."""
    found = []
    for file, name in _FILES.items():
        found += [_change(file, d) for d in comparing.compare(getattr(old, name), getattr(new, name))]
    found += _files("workflows", old.workflows, new.workflows)
    found += _files("registers", old.registers, new.registers)
    found += [
        _change(f"templates/{d.path[1]}", d) for d in comparing.compare(old.templates, new.templates, ("templates",)) if len(d.path) > 1
    ]
    found += [_change(str(d.path[1]), d) for d in comparing.compare(old.maps, new.maps, ("maps",)) if len(d.path) > 1]
    return found


def _files(inside: str, old: Mapping[str, Frozen], new: Mapping[str, Frozen]) -> Iterator[Change]:
    """What differs in the files of a folder within the programme's."""
    for name in dict.fromkeys([*new, *old]):
        file = f"{inside}/{name}.yaml"
        if name in old and name in new:
            yield from (_change(file, d) for d in comparing.compare(old[name], new[name]))
        else:
            verb: comparing.Verb = "added" if name in new else "removed"
            whole = comparing.Difference(verb=verb, path=(inside, name), old=old.get(name), new=new.get(name))
            yield _change(file, whole)


def _change(file: str, found: comparing.Difference) -> Change:
    parts = tuple(str(part) for part in found.path)
    return Change(
        kind="added" if found.verb == "added" else "removed" if found.verb == "removed" else "changed",
        file=file,
        path=dotted(parts),
        effect=_effect(file, parts),
        said=changewords.sentence(found.verb, found.path, found.old, found.new),
        old=_plain(found.old),
        new=_plain(found.new),
    )


def _effect(file: str, parts: tuple[str, ...]) -> Effect:
    """Which part of a programme a case pins (config.programme.definition_of)."""
    if file.startswith("workflows/") or file == "categories.yaml" or (file, parts) == ("programme.yaml", ("time_zone",)):
        return "pinned"
    return "pinned" if file == "calendars.yaml" and parts[2:3] != ("days",) else "live"


def _plain(value: Any) -> Any:
    """As JSON: durations and moments as their words."""
    if isinstance(value, Frozen):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Said):
        return value.en
    return value if value is None or isinstance(value, bool | int | str) else str(value)
