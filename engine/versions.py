"""Published versions of a programme: what there is, who put each in force and why, and what one of them says.

A version is a whole folder, by the hash of its content. Cases pin definitions, of which a version has one for each workflow;
versions that differ in people or words alone share them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from config import programme as programmes
from config import schedules
from engine import catalog, errors
from engine import now as times
from storage import database, statements

SHORT = 12
"""Letters of a hash that people are shown; any four or more that fit one version name it."""
IN_FORCE = "in-force:"
_HASH = re.compile(r"[0-9a-f]{4,64}")


class Ambiguous(errors.EngineError):
    """The beginning of a hash that fits several versions."""

    code = "ambiguous"

    def __init__(self, words: str, fitting: Mapping[str, str]) -> None:
        """`fitting`: the programme by the hash."""
        said = [f"{digest[:SHORT]} ({programme})" for digest, programme in fitting.items()]
        super().__init__(
            f"{words} is the beginning of {len(fitting)} versions; give more letters: {', '.join(said)}",
            f"{words} 对应 {len(fitting)} 个版本；请多写几位：{'、'.join(said)}",
            possible=[digest[:SHORT] for digest in fitting],
        )


class NothingPublished(errors.EngineError):
    """There is no version at all."""

    code = "not-found"
    exit = errors.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(
            "nothing was published yet; begin with `fengxing publish DIR`", "尚未发布任何版本；请先运行 `fengxing publish DIR`"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Who put a version in force, when and why; `system` for a folder that was taken up because it had changed."""

    at: int
    author: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published folder. `publications` oldest first; `open_cases` are those under a definition of this version."""

    id: int
    hash: str
    programme: str
    zone: str
    publications: tuple[Publication, ...]
    in_force: bool
    open_cases: int
    definitions: Mapping[str, int]

    @property
    def latest(self) -> Publication:
        return self.publications[-1]

    def body(self) -> dict[str, Any]:
        said = [{"at": times.written(p.at, self.zone), "author": p.author, "reason": p.reason} for p in self.publications]
        return {
            "version": self.hash,
            "programme": self.programme,
            **said[-1],
            "in_force": self.in_force,
            "open_cases": self.open_cases,
            "workflows": sorted(self.definitions),
            "publications": said,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A version with all that is in it: the programme as it was read, and its files verbatim (name within the folder → text)."""

    version: Version
    whole: programmes.Programme
    files: Mapping[str, str]


def listed(tx: database.Transaction, known: catalog.Catalog, programme: str | None = None) -> list[Version]:
    """Every version, the one published last first. Raises NotFound for a programme nobody published."""
    known.refresh(tx)
    if programme is not None:
        known.of(programme)
    open_cases: dict[int, int] = dict(row for row in tx.all(statements.OPEN_BY_DEFINITION))
    again: dict[str, list[Publication]] = {}
    for (value,) in tx.all(statements.PUBLICATIONS):
        note = orjson.loads(value)
        again.setdefault(note["hash"], []).append(Publication(at=note["at"], author=note["author"], reason=note["reason"]))
    found = []
    for number, digest, name, workflows, author, reason, at in tx.all(statements.BUNDLES_LISTED):
        town = known.programmes.get(name)
        if programme not in (None, name) or town is None:
            continue
        definitions: dict[str, int] = orjson.loads(workflows)
        version = Version(
            id=number,
            hash=digest,
            programme=name,
            zone=town.live.programme.time_zone,
            publications=(Publication(at=at, author=author, reason=reason), *again.get(digest, ())),
            in_force=town.bundle == number,
            open_cases=sum(open_cases.get(definition, 0) for definition in set(definitions.values())),
            definitions=definitions,
        )
        found.append(version)
    return sorted(found, key=lambda v: (v.latest.at, v.in_force, v.id), reverse=True)


def named(tx: database.Transaction, words: str, programme: str = "") -> tuple[str, str, dict[str, int]] | None:
    """The version (of a programme) whose hash begins with these words: its programme, its hash, its definitions by workflow.

    None where there is none. Raises Ambiguous where the letters fit several."""
    found = tx.all(statements.BUNDLES_LIKE, (f"{words}%", programme, programme)) if _HASH.fullmatch(words) else []
    if len(found) > 1:
        raise Ambiguous(words, {digest: name for name, digest, _ in found})
    return next(((name, digest, orjson.loads(workflows)) for name, digest, workflows in found), None)


def stored(tx: database.Transaction, known: catalog.Catalog, words: str) -> Stored:
    """A version by the beginning of its hash, or what is in force by the programme's name (`in-force:` may stand before it).

    Raises NotFound, or Ambiguous where the letters fit several."""
    versions = listed(tx, known)
    name = words.removeprefix(IN_FORCE)
    if words.startswith(IN_FORCE) or name in known.programmes:
        digest = known.of(name).hash
    else:
        _, digest, _ = named(tx, words) or ("", "", {})
    found = next((version for version in versions if version.hash == digest), None)
    if found is None:
        if not versions:
            raise NothingPublished
        there = [*(version.hash[:SHORT] for version in versions[:5]), *(f"{IN_FORCE}{each}" for each in sorted(known.programmes))]
        raise errors.NotFound("published version", words, zh="已发布的版本", known=there)
    row = tx.one(statements.BUNDLE_WHOLE, (found.id,))
    assert row is not None
    return Stored(version=found, whole=_whole(tx, row[0], row[1]), files=orjson.loads(row[2]))


def _whole(tx: database.Transaction, live_text: str, workflows: str) -> programmes.Programme:
    """The programme again: its live part, and the definitions that cases pin."""
    live = programmes.Live.model_validate_json(live_text)
    numbers: dict[str, int] = orjson.loads(workflows)
    texts = {row[0]: row[4] for row in tx.all(statements.DEFINITIONS_MANY, (tx.listed(sorted(set(numbers.values()))),))}
    pinned = {flow: programmes.Definition.model_validate_json(texts[number]) for flow, number in numbers.items()}
    categories = next((definition.categories for definition in pinned.values()), programmes.Categories())
    shared = programmes.Live.model_fields.keys() & programmes.Programme.model_fields.keys() - {"schedules"}
    return programmes.Programme(
        **{name: getattr(live, name) for name in shared},
        categories=categories,
        workflows={flow: definition.workflow for flow, definition in pinned.items()},
        schedules=schedules.Schedules(schedules=live.schedules),
    )
