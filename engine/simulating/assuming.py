"""What a simulation needs before it begins: the programme's folder, checked, and assumptions held against it and filled up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from config import assumptions, problems, programme, reading
from config.assumptions import Arrivals, Assumptions, Staff
from engine import composition, errors, folders, loading, settings
from engine import now as times
from engine.simulating import assumed, observed, simulation

BESIDE = "assumptions.yaml"


class AssumptionsInvalid(errors.EngineError):
    """The programme or the assumptions cannot be used; every problem is a line of the message."""

    code = "assumptions-invalid"

    def __init__(self, found: Sequence[problems.Problem]) -> None:
        super().__init__("\n".join(str(each) for each in found), "\n".join(each.say("zh") for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the caller says: which workflow, for how long from which moment on (None: this year's first), and over the assumptions
    (`file`; by default those beside the programme) how many cases a day and which staff. `observed`: under the assumptions lies what
    the store's cases say (`engine.simulating.observed`)."""

    programme: str
    workflow: str
    days: int
    seed: int
    start: int | None = None
    file: Path | None = None
    a_day: int | None = None
    staff: Mapping[str, int] | None = None
    observed: bool = False


def plan(given: settings.Settings, wanted: Wanted) -> simulation.Plan:
    """Everything checked and filled up. Raises NotFound or AssumptionsInvalid."""
    now = times.wall()
    folder = _folder(folders.required(given), wanted.programme)
    loaded = loading.load(folder, now=now)
    if loaded.programme is None:
        raise AssumptionsInvalid(problems.errors(loaded.problems))
    whole = loaded.programme
    if wanted.workflow not in whole.workflows:
        raise errors.unknown("workflow", wanted.workflow, whole.workflows, zh="流程")
    said = _read(folder, wanted, whole)
    if wanted.observed:
        with composition.opened(given) as engine, engine.store.reading() as tx:
            said = _laid_over(said, observed.assumptions_of(tx, engine.catalog, whole, wanted.workflow))
    said = _over(said, wanted, whole)
    zone = whole.programme.time_zone
    start = wanted.start if wanted.start is not None else times.micros(datetime(times.local(now, zone).year, 1, 1, tzinfo=times.zone(zone)))
    return simulation.Plan(
        whole=whole,
        assumed=assumed.complete(whole, wanted.workflow, said),
        start=_midnight(start, zone),
        days=wanted.days,
        seed=wanted.seed,
    )


def _folder(root: Path, name: str) -> Path:
    found: dict[str, Path] = {}
    for folder in reading.read_programmes(root):
        part = reading.read_folder(folder).parts.get("programme.yaml")
        if part is not None and isinstance(part.fitted.value, programme.ProgrammeFile):
            found.setdefault(part.fitted.value.programme, folder)
    if name not in found:
        raise errors.unknown("programme", name, sorted(found), zh="项目")
    return found[name]


def _read(folder: Path, wanted: Wanted, whole: programme.Programme) -> Assumptions:
    """The file that was named, else the one beside the programme if it is about this workflow, else nothing."""
    beside = folder / BESIDE
    file = wanted.file if wanted.file is not None else beside if beside.exists() else None
    if file is None:
        return Assumptions(workflow=wanted.workflow)
    if not file.exists():
        raise errors.NotFound("file", file, zh="文件")
    read = assumptions.read(file)
    found = assumptions.check(read, whole)
    if read.assumptions is None or found:
        raise AssumptionsInvalid(found)
    if read.assumptions.workflow != wanted.workflow:
        if wanted.file is None:
            return Assumptions(workflow=wanted.workflow)
        raise errors.RequestInvalid(
            f"{file} is about the workflow {read.assumptions.workflow}, not {wanted.workflow}; name that one, or give another file",
            f"{file} 针对流程 {read.assumptions.workflow}，而不是 {wanted.workflow}；请改用该流程或另一文件",
        )
    return read.assumptions


def _over(said: Assumptions, wanted: Wanted, whole: programme.Programme) -> Assumptions:
    """With what the caller says instead of the file."""
    staff = dict(said.staff)
    for role, count in (wanted.staff or {}).items():
        if role not in whole.people.roles:
            raise errors.unknown("role", role, whole.people.roles, zh="角色")
        staff[role] = Staff(at_work=count, hours=staff[role].hours if role in staff else None)
    arrivals = said.arrivals if wanted.a_day is None else Arrivals(
        a_day=wanted.a_day, hours=said.arrivals.hours, days=said.arrivals.days, from_=said.arrivals.from_
    )  # fmt: skip
    return said.model_copy(update={"staff": staff, "arrivals": arrivals})


def _laid_over(said: Assumptions, seen: Assumptions) -> Assumptions:
    """What an admin has said goes before what was seen."""
    arrivals = said.arrivals
    return said.model_copy(
        update={
            "arrivals": Arrivals(
                a_day=arrivals.a_day or seen.arrivals.a_day,
                hours=arrivals.hours or seen.arrivals.hours,
                days=arrivals.days or seen.arrivals.days,
                from_=arrivals.from_,
            ),
            "facts": {**seen.facts, **said.facts},
            "work": {**seen.work, **said.work},
        }
    )


def _midnight(moment: int, zone: str) -> int:
    return times.micros(datetime.combine(times.local(moment, zone).date(), time.min, tzinfo=times.zone(zone)))
