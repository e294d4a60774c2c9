"""A programme's folder → values: every file read, every problem of text and shape at once. `checks` then asks for sense.

    programme.yaml  people.yaml  [units.yaml  calendars.yaml  categories.yaml  schedules.yaml  areas.yaml  duties.yaml  points.yaml
    plans.yaml  robots.yaml  figures.yaml]
    workflows/NAME.yaml  [workflows/NAME.tests.yaml]  [registers/NAME.yaml]  [templates/NAME.zh.txt …]  [areas/NAME.geojson …]
    [outside/NAME.csv …]  [README.md]
    [map.yaml: how `fengxing replay` reads a log; assumptions.yaml: how `fengxing simulate` imagines the town; read there]

Nothing an admin may put there makes this raise; a file nobody knows is a problem, so that `poeple.yaml` is not passed over."""

from __future__ import annotations

import difflib
import functools
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config import areas, plans, points, problems, programme, registers, robots, schedules, shape, stories, words, workflow, yamltext
from config.problems import Problem, Said, Saying
from config.programme import Programme
from config.shape import Fitted
from config.source import Source

LARGEST = 256 * 1024
LARGEST_FOLDER = 2 * 1024 * 1024
LIMITS = {
    "": (LARGEST, LARGEST_FOLDER),
    "registers": (4 * 1024 * 1024, 16 * 1024 * 1024),
    "areas": (8 * 1024 * 1024, 16 * 1024 * 1024),
}
"""Bytes of one file, and of all of its kind: a town's homes, and what is drawn, are more than anybody writes of rules."""
MOST_FILES = 200
OUTSIDE = "outside"
"""Where in a folder the counts of others lie, named by figures.yaml."""
_NEEDED = ("programme.yaml", "people.yaml")
_TEMPLATE = re.compile(r"[a-z][a-z0-9_-]{0,59}\.(zh|en)\.(txt|html)")
_WORKFLOW = _REGISTER = re.compile(r"[A-Za-z0-9_-]{1,60}\.yaml")
_MAP = re.compile(words.MAP_FILE)
_TESTS = re.compile(r"[A-Za-z0-9_-]{1,60}\.tests\.yaml")
_BESIDE = re.compile(r"(map|assumptions)(-[a-z0-9-]+)?\.yaml")
_OUTSIDE = re.compile(words.CSV)
_IGNORED = re.compile(r"\..*|.*~|README(\.[a-z-]+)?\.md|__pycache__", re.IGNORECASE)

NO_FOLDER = Saying(
    "no-folder",
    "there is no such folder",
    "give the folder of a programme, or the folder of all",
    "没有这个文件夹",
    "请给出某个项目的文件夹，或全部项目的文件夹",
)
UNREADABLE = Saying(
    "unreadable", "cannot be read: {what}", "check what it is and its permissions", "无法读取：{what}", "请检查它是什么及其权限"
)
TOO_LARGE = Saying(
    "too-large", "is larger than {most} kB", "no definition needs that; split it or shorten it", "大于 {most} kB", "请拆分或缩短"
)
TOO_MANY = Saying(
    "too-many-files",
    "more than {most} files in this folder",
    "take out what does not belong here",
    "文件夹中的文件超过 {most} 个",
    "请移走不属于这里的文件",
)
NOT_UTF8 = Saying("not-utf8", "is not UTF-8 text", "save it as UTF-8", "不是 UTF-8 文本", "请以 UTF-8 编码保存")
UNKNOWN_FILE = Saying("unknown-file", "nobody reads this file", "{near}", "此文件不会被读取", "{near}")
NO_FILE = Saying(
    "missing-file",
    "there is no `{name}`",
    "a programme needs it; copy one from another programme",
    "缺少 `{name}`",
    "每个项目都需要它，可从其他项目复制",
)
NO_WORKFLOW = Saying(
    "no-workflow",
    "there is no workflow",
    "write one as `workflows/report.yaml`",
    "没有流程定义",
    "请写一个，如 `workflows/report.yaml`",
)
SAME_REGISTER = Saying(
    "same-register",
    "`{name}` is defined in `{other}` too",
    "give each register its own name",
    "`{name}` 在 `{other}` 中也有定义",
    "请给每个登记表不同的名称",
)
SAME_WORKFLOW = Saying(
    "same-workflow",
    "`{name}` is defined in `{other}` too",
    "give each workflow its own name",
    "`{name}` 在 `{other}` 中也有定义",
    "请给每个流程不同的名称",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file: its data as written (None where it could not be read to its end) and what of it fits the language."""

    source: Source
    data: Any
    fitted: Fitted[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a folder holds. `programme` is there only if every file is sound in shape; `parts` (by name within the folder, as
    `workflows/report.yaml`) hold what could be read of each, so that everything can be checked at once."""

    folder: Path
    programme: Programme | None
    problems: tuple[Problem, ...]
    parts: Mapping[str, Part] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, Source]:
        return {name: part.source for name, part in self.parts.items()}

    def workflow_files(self) -> dict[str, str]:
        """A workflow's name → the name of its file within the folder."""
        named = {name: part.fitted.value for name, part in self.parts.items() if isinstance(part.fitted.value, workflow.Workflow)}
        return {value.workflow: name for name, value in sorted(named.items(), reverse=True)}

    def register_files(self) -> dict[str, str]:
        """A register's name → the name of its file within the folder."""
        named = {name: part.fitted.value for name, part in self.parts.items() if isinstance(part.fitted.value, registers.Register)}
        return {value.register_: name for name, value in sorted(named.items(), reverse=True)}


def read_programmes(root: Path) -> list[Path]:
    """The programmes' folders under `root`, which may be one itself (it is, when it has a `programme.yaml`)."""
    known = {*programme.FILES, "workflows"}
    try:
        if (root / "programme.yaml").exists():
            return [root]
        inside = [entry for entry in sorted(root.iterdir()) if entry.is_dir() and not _IGNORED.fullmatch(entry.name)]
        return [entry for entry in inside if any(name.name in known for name in entry.iterdir())] or [root]
    except (OSError, ValueError):
        return [root]  # reading it says what is wrong with it


def read_folder(folder: Path) -> Reading:
    """Read all of a programme's folder; never raises for what is in it."""
    walk = _Walk(folder)
    walk.go()
    parts, said = _fitted(folder, walk.texts)
    found = [*walk.found, *said, *_same_names(parts)]
    whole = None if problems.errors(found) else _whole(parts, walk.templates, walk.maps)
    return Reading(folder=folder, programme=whole, problems=problems.ordered(found), parts=parts, templates=walk.templates, maps=walk.maps)


def read_head(folder: Path) -> Part | None:
    """What a folder's programme.yaml says, and nothing of the rest; None where it has none."""
    walk = _Walk(folder)
    text = walk.text("programme.yaml")
    return _part("programme.yaml", str(folder / "programme.yaml"), text, programme.ProgrammeFile)[0] if text is not None else None


def read_tests(folder: Path) -> tuple[dict[str, Part], tuple[Problem, ...]]:
    """The stories beside the workflows (`workflows/NAME.tests.yaml` → what fits) and their problems of text and shape.

    Apart from the folder itself: a story that is out of date must not keep a town from its definitions."""
    walk = _Walk(folder)
    try:
        found = [entry.name for entry in (folder / "workflows").iterdir() if _TESTS.fullmatch(entry.name)]
    except (OSError, ValueError):
        return {}, ()  # reading the folder says what is wrong with it
    for name in sorted(found)[:MOST_FILES]:
        walk.take(f"workflows/{name}", stories.Stories)
    parts, said = _fitted(folder, walk.texts)
    return parts, problems.ordered([*walk.found, *said])


def _fitted(folder: Path, texts: Mapping[str, tuple[str, type[BaseModel]]]) -> tuple[dict[str, Part], list[Problem]]:
    """Each text as what fits its model."""
    parts, found = dict[str, Part](), list[Problem]()
    for name, (text, model) in sorted(texts.items()):
        parts[name], said = (_part if len(text) <= LARGEST else _part.__wrapped__)(name, str(folder / name), text, model)
        found += said
    return parts, found


@functools.lru_cache(maxsize=500)
def _part(name: str, file: str, text: str, model: type[BaseModel]) -> tuple[Part, tuple[Problem, ...]]:
    """One text as what fits its model; a folder is mostly read again because one file of it has changed."""
    most = yamltext.MOST_EVENTS if model is not registers.Register else yamltext.MOST_OF_REGISTER
    data, source, said = yamltext.read(name, file, text, most=most)
    fitted: Fitted[Any] = Fitted(value=None) if data is None else shape.fit(model, data, source)
    return Part(source=source, data=data, fitted=fitted), (*said, *fitted.found)


def _whole(parts: Mapping[str, Part], templates: Mapping[str, str], maps: Mapping[str, str]) -> Programme:
    values: dict[str, Any] = {name: part.fitted.value for name, part in parts.items()}
    return Programme(
        programme=values["programme.yaml"],
        people=values["people.yaml"],
        units=values.get("units.yaml") or programme.Units(),
        calendars=values.get("calendars.yaml") or programme.Calendars(),
        categories=values.get("categories.yaml") or programme.Categories(),
        areas=values.get("areas.yaml") or areas.Areas(),
        duties=values.get("duties.yaml") or areas.Duties(),
        points=values.get("points.yaml") or points.Points(),
        plans=values.get("plans.yaml") or plans.Plans(),
        robots=values.get("robots.yaml") or robots.Robots(),
        figures=values.get("figures.yaml") or programme.Figures(),
        workflows={value.workflow: value for value in values.values() if isinstance(value, workflow.Workflow)},
        templates=dict(templates),
        registers={value.register_: value for value in values.values() if isinstance(value, registers.Register)},
        schedules=values.get("schedules.yaml") or schedules.Schedules(),
        maps=dict(maps),
    )


def _same_names(parts: Mapping[str, Part]) -> list[Problem]:
    found, first = [], dict[tuple[str, str], str]()
    for name, part in parts.items():
        value = part.fitted.value
        if isinstance(value, workflow.Workflow | registers.Register):
            kind, called, saying = (
                ("workflow", value.workflow, SAME_WORKFLOW)
                if isinstance(value, workflow.Workflow)
                else ("register", value.register_, SAME_REGISTER)
            )
            if (kind, called) in first:
                found.append(part.source.problem(saying, (kind,), name=called, other=first[kind, called]))
            first.setdefault((kind, called), name)
    return found


class _Walk:
    """Goes through a folder once and holds what it found: the texts to be read, templates, problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, tuple[str, type[BaseModel]]] = {}
        self.templates: dict[str, str] = {}
        self.maps: dict[str, str] = {}
        self.found: list[Problem] = []
        self.sizes = dict.fromkeys(LIMITS, 0)
        self.workflows_seen = False

    def go(self) -> None:
        names = self.names("")
        if names is None:
            return
        folders: dict[str, Callable[[], None]] = {
            "workflows": self.workflows,
            "registers": self.registers,
            "templates": self.take_templates,
            "areas": self.take_maps,
            OUTSIDE: self.outside,
        }
        for name in self.read_of(names):
            if name in programme.FILES:
                self.take(name, programme.FILES[name])
            elif name in folders:
                folders[name]()
            elif not _BESIDE.fullmatch(name):
                self.unknown(name, (*programme.FILES, *(f"{folder}/" for folder in folders)))
        for name in _NEEDED:
            if name not in names:
                self.say(NO_FILE, "", name=name)
        if not self.workflows_seen and len(names) <= MOST_FILES:
            self.say(NO_WORKFLOW, "")

    def workflows(self) -> None:
        names = self.names("workflows")
        self.workflows_seen = names is not None and len(names) > MOST_FILES  # what are not read are there all the same
        for name in self.read_of(names):
            if _WORKFLOW.fullmatch(name):
                self.workflows_seen = True
                self.take(f"workflows/{name}", workflow.Workflow)
            elif not _TESTS.fullmatch(name):
                self.unknown(f"workflows/{name}", ("NAME.yaml", "NAME.tests.yaml"))

    def registers(self) -> None:
        for name in self.read_of(self.names("registers")):
            if _REGISTER.fullmatch(name):
                self.take(f"registers/{name}", registers.Register)
            else:
                self.unknown(f"registers/{name}", ("NAME.yaml",))

    def take_templates(self) -> None:
        for name in self.read_of(self.names("templates")):
            if not _TEMPLATE.fullmatch(name):
                self.unknown(f"templates/{name}", ("NAME.zh.txt", "NAME.en.txt", "NAME.zh.html", "NAME.en.html"))
                continue
            text = self.text(f"templates/{name}")
            if text is not None:
                self.templates[name] = text

    def take_maps(self) -> None:
        for name in self.read_of(self.names("areas")):
            if not _MAP.fullmatch(f"areas/{name}"):
                self.unknown(f"areas/{name}", ("NAME.geojson",))
                continue
            text = self.text(f"areas/{name}")
            if text is not None:
                self.maps[f"areas/{name}"] = text

    def outside(self) -> None:
        """Counts of others are read when figures are asked for (see `engine.figuring.outside`); here only their names are looked at."""
        for name in self.read_of(self.names(OUTSIDE)):
            if not _OUTSIDE.fullmatch(name):
                self.unknown(f"{OUTSIDE}/{name}", ("NAME.csv",))

    def take(self, name: str, model: type[BaseModel]) -> None:
        text = self.text(name)
        if text is not None:
            self.texts[name] = (text, model)

    def names(self, inside: str) -> list[str] | None:
        """What is in a folder, less what editors and git leave there."""
        try:
            names = sorted(entry.name for entry in (self.folder / inside).iterdir() if not _IGNORED.fullmatch(entry.name))
        except FileNotFoundError:
            self.say(NO_FOLDER, inside)
            return None
        except (OSError, ValueError) as error:
            self.say(UNREADABLE, inside, what=getattr(error, "strerror", None) or str(error))
            return None
        if len(names) > MOST_FILES:
            self.say(TOO_MANY, inside, most=MOST_FILES)
        return names

    @staticmethod
    def read_of(names: list[str] | None) -> list[str]:
        """All of them, or none where there are too many: reading them would take its time, and be for nothing."""
        return [] if names is None or len(names) > MOST_FILES else names

    def text(self, name: str) -> str | None:
        """A regular file of a reasonable size in UTF-8; else a problem and None."""
        kind = name.partition("/")[0] if name.partition("/")[0] in LIMITS else ""
        largest, whole = LIMITS[kind]
        path = self.folder / name
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                self.say(UNREADABLE, name, what="not a regular file")
                return None
            with path.open("rb") as file:
                raw = file.read(largest + 1)
        except (OSError, ValueError) as error:
            self.say(UNREADABLE, name, what=getattr(error, "strerror", None) or str(error))
            return None
        self.sizes[kind] += len(raw)
        if len(raw) > largest or self.sizes[kind] > whole:
            self.say(TOO_LARGE, name if len(raw) > largest else "", most=(largest if len(raw) > largest else whole) // 1024)
            return None
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # both end a line in YAML, and in an editor
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
            self.found.append(NOT_UTF8.at(str(path), (before.count(b"\n") + 1, column), ()))
            return None

    def unknown(self, name: str, known: tuple[str, ...]) -> None:
        last = name.rsplit("/", 1)[-1]
        if last.endswith(".yml") and f"{last[:-4]}.yaml" in known:
            known = (f"{last[:-4]}.yaml",)
        kind = Said("read here", "此处会读取")
        like = difflib.get_close_matches(last, known, n=1, cutoff=0.6)
        self.say(UNKNOWN_FILE, name, near=problems.near(like[0] if like else last, known, kind))

    def say(self, saying: Saying, where: str, **words: str | int | Said) -> None:
        self.found.append(saying.at(str(self.folder / where), (1, 1), (), **words))
