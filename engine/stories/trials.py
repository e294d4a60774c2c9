"""Definition tests: the stories beside a workflow, run. Each is lived through on a rehearsal of its town and judged; what all of them
have visited of a workflow is its coverage."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import checks, problems, reading, telling, workflow
from config import programme as programmes
from engine import abreast, rehearsal
from engine.stories import happenings, living, storyline, verdicts
from notifications import checks as template_checks

NO_STORIES = problems.Saying(
    "no-stories",
    "the workflow `{name}` has no stories",
    "write some in `{where}`; docs/definition-tests.md says how",
    "流程 `{name}` 没有故事可供检验",
    "请写在 `{where}` 中，写法见 docs/definition-tests.md",
    severity="warning",
)
UNSOUND = problems.Saying(
    "unsound-folder",
    "the stories were not run, since the folder itself has problems",
    "run `fengxing check {folder}` and mend them first",
    "文件夹本身有问题，未运行故事",
    "请先运行 `fengxing check {folder}` 并改正",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One story, tried. `micros`: how long that took. `course`: what happened, with the differences in it."""

    tale: telling.Tale
    failures: tuple[verdicts.Verdict, ...]
    course: tuple[storyline.Line, ...]
    micros: int

    @property
    def ok(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of a kind of thing visited; `missing` are the names of the rest. Rungs and targets are numbered from 1, by clock."""

    of: int
    missing: tuple[str, ...]

    @property
    def visited(self) -> int:
        return self.of - len(self.missing)

    @property
    def percent(self) -> float:
        """100 where there is nothing to visit."""
        return 100.0 * self.visited / self.of if self.of else 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What of one workflow its stories have visited."""

    programme: str
    workflow: str
    states: Share
    transitions: Share
    rungs: Share
    targets: Share

    def shares(self) -> dict[str, Share]:
        return {"states": self.states, "transitions": self.transitions, "rungs": self.rungs, "targets": self.targets}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All stories of some folders, in their order, with the problems of their files. `zones`: the time zone of each story's file."""

    trials: tuple[Trial, ...]
    coverage: tuple[Coverage, ...]
    problems: tuple[problems.Problem, ...]
    zones: dict[str, str]

    @property
    def ok(self) -> bool:
        return all(trial.ok for trial in self.trials) and not problems.errors(self.problems)


def run(paths: Sequence[Path], *, only: str = "", abreast_: bool = False) -> Result:
    """Run the stories of the programmes under `paths`; with `only`, those whose name contains it (the coverage is then theirs).

    `abreast_`: several folders at once, for a command that does nothing else."""
    folders = [folder for path in paths for folder in reading.read_programmes(path)]
    work = functools.partial(_run, only=only)
    each = abreast.of_each(work, folders) if abreast_ else [work(folder) for folder in folders]
    return Result(
        trials=tuple(trial for one in each for trial in one.trials),
        coverage=tuple(coverage for one in each for coverage in one.coverage),
        problems=problems.ordered(problem for one in each for problem in one.problems),
        zones={file: zone for one in each for file, zone in one.zones.items()},
    )


def _run(folder: Path, *, only: str) -> Result:
    """The stories of one programme."""
    trials, coverage, zones = list[Trial](), list[Coverage](), dict[str, str]()
    read = reading.read_folder(folder)
    if read.programme is None or _unsound(read):
        missing = [problem for problem in read.problems if problem.code == reading.NO_FOLDER.code]
        said = missing or [UNSOUND.at(str(folder), (1, 1), (), folder=str(folder))]
        return Result(trials=(), coverage=(), problems=tuple(said), zones={})
    files = _files(folder, read.programme)
    found = list(files.problems)
    base = rehearsal.of_programme(read.programme, now=0)
    visited = {flow: happenings.Visited() for flow in read.programme.workflows}
    for tale in files.tales:
        zones[tale.file] = read.programme.programme.time_zone
        if only.casefold() in tale.name.casefold():
            trials.append(_try(tale, base, visited))
    for flow, seen in visited.items():
        coverage.append(covered(read.programme.programme.programme, read.programme.workflows[flow], seen))
        if flow not in files.flows and not seen.states:
            found.append(_without_stories(read, flow))
    return Result(trials=tuple(trials), coverage=tuple(coverage), problems=tuple(found), zones=zones)


def tales(folder: Path, whole: programmes.Programme) -> tuple[telling.Tale, ...]:
    """The stories of a folder that could be understood."""
    return _files(folder, whole).tales


def try_(tale: telling.Tale, base: rehearsal.Rehearsal) -> Trial:
    """One story, lived and judged."""
    return _try(tale, base, {})


def _unsound(read: reading.Reading) -> bool:
    """Whether something stands against the definition that nobody could live under; what is a judgement does not keep stories from being told."""
    known = template_checks.names() | {name.split(".")[0] for name in read.templates}
    return any(not problem.waivable for problem in problems.errors(checks.check(read, templates=known)))


def check(folder: Path, whole: programmes.Programme) -> tuple[problems.Problem, ...]:
    """What is wrong with the files of stories in a folder; nothing is run."""
    return _files(folder, whole).problems


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    tales: tuple[telling.Tale, ...]
    problems: tuple[problems.Problem, ...]
    flows: frozenset[str]


def _files(folder: Path, whole: programmes.Programme) -> _Files:
    """Every file of stories of a folder, understood; `flows` are the workflows that have one."""
    parts, said = reading.read_tests(folder)
    told = [(part, telling.tell(part, whole, template_checks.names())) for part in parts.values()]
    named = {part.data.get("tests") for part, _ in told if isinstance(part.data, dict)}
    return _Files(
        tales=tuple(tale for _, each in told for tale in each.tales),
        problems=problems.ordered([*said, *(problem for _, each in told for problem in each.problems)]),
        flows=frozenset(name for name in named if isinstance(name, str)),
    )


def _without_stories(read: reading.Reading, flow: str) -> problems.Problem:
    file = read.workflow_files()[flow]
    return read.parts[file].source.problem(NO_STORIES, ("workflow",), name=flow, where=f"{file.removesuffix('.yaml')}.tests.yaml")


def _try(tale: telling.Tale, base: rehearsal.Rehearsal, visited: dict[str, happenings.Visited]) -> Trial:
    begun = time.perf_counter_ns()
    lived = living.live(tale, base)
    flows = {name: compiled.workflow for name, compiled in base.definitions.items()}
    words = storyline.Words(town=base.town, flow=flows[tale.flow], zone=lived.zone, flows=flows)
    failures = verdicts.judge(tale, lived, words)
    for flow, seen in lived.visited.items():
        visited.setdefault(flow, happenings.Visited()).add(seen)
    surplus = frozenset(place for verdict in failures for place in verdict.surplus)
    lines = storyline.of(lived, words, surplus, [line for verdict in failures for line in verdict.missing])
    return Trial(tale=tale, failures=failures, course=lines, micros=(time.perf_counter_ns() - begun) // 1000)


def covered(programme: str, flow: workflow.Workflow, visited: happenings.Visited) -> Coverage:
    """Visits against the definition."""
    rungs = [(name, number) for name, clock in flow.clocks.items() if clock.ladder for number in range(len(flow.ladders[clock.ladder]))]
    targets = [(name, number) for name, clock in flow.clocks.items() for number in range(len(clock.within or (None,)))]
    return Coverage(
        programme=programme,
        workflow=flow.workflow,
        states=_named(flow.states, visited.states),
        transitions=_named(flow.transitions, visited.transitions),
        rungs=_numbered(rungs, visited.rungs),
        targets=_numbered(targets, visited.targets),
    )


def _named(all_: Iterable[str], visited: set[str]) -> Share:
    names = list(all_)
    return Share(of=len(names), missing=tuple(name for name in names if name not in visited))


def _numbered(all_: Sequence[tuple[str, int]], visited: set[tuple[str, int]]) -> Share:
    return Share(of=len(all_), missing=tuple(f"{clock}.{number + 1}" for clock, number in all_ if (clock, number) not in visited))
