"""The one full check of a folder (shape, graph, names, calendars, templates, reach), and taking a changed folder up.

`fengxing check`, publishing and start-up all come here. A folder with a problem never replaces the one in force."""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config import areas, check_people, checks, outside, problems, reading, waivers, workflow
from config import programme as programmes
from engine import abreast, bounds, composition, errors, findings, fitting, folders, proofs, publishing, versions
from engine import now as times
from engine.stories import trials
from notifications import checks as template_checks
from notifications import directory, reach

logger = logging.getLogger(__name__)

FORTNIGHT = 14 * 24 * 3600 * 1_000_000
NO_ONE = problems.Saying(
    "nobody-reached",
    "this rung reaches nobody with an address {when}",
    "add somebody to {roles}, or an e-mail address, or a shift in `rota`",
    "这一级在{when}通知不到任何有邮箱的人",
    "请为 {roles} 增加人员、邮箱，或在 `rota` 中补班",
)
PROVISIONAL = problems.Saying(
    "provisional-year",
    "the holidays of {year} are not published yet, so {year} is reckoned by plain weeks",
    "nothing to do: update the program once the State Council has published them; deadlines are then armed anew",
    "{year} 年的放假安排尚未公布，暂按普通周历计算",
    "无需处理：公布后升级程序即可，届时自动重算时限",
    severity="warning",
)


TEMPLATE = problems.Saying("template", "{what}", "{remedy}", "{what}", "{remedy}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A folder read and checked. `programme` is None where an error stands against it; `waived` is what its admins answer for."""

    folder: Path
    programme: programmes.Programme | None
    problems: tuple[problems.Problem, ...]
    files: dict[str, str]
    waived: tuple[waivers.Waived, ...] = ()
    bounds: tuple[bounds.Bound, ...] = ()
    read: reading.Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `fengxing check` tells of all the folders it was given."""

    problems: tuple[problems.Problem, ...]
    waived: tuple[waivers.Waived, ...]
    bounds: tuple[bounds.Bound, ...]


def load(folder: Path, *, now: int) -> Loaded:
    """Read a programme's folder and check all of it. Never raises for what is in it."""
    read = reading.read_folder(folder)
    known = template_checks.names() | {name.split(".")[0] for name in read.templates}
    found = [*read.problems, *checks.check(read, templates=known)]
    worst: list[bounds.Bound] = []
    if read.programme is not None and not any(p.code == check_people.NO_ZONE.code for p in found):
        wrong = {(p.file, p.path) for p in problems.errors(found)}
        people = directory.Directory(programmes.live_of(read.programme))
        found += fitting.registers(read, read.programme)
        found += [*_reach(read, read.programme, people, now, wrong), *_provisional(read, read.programme, now, wrong)]
        if all(problem.waivable for problem in problems.errors(found) if problem.code != NO_ONE.code):
            found += fitting.schedules(read, read.programme, now=now)
            found += proofs.check(read, read.programme, people)
            worst, exceeding = bounds.check(read, read.programme, now=now)
            found += exceeding
    if read.templates or read.programme is not None:
        found += _templates(read)
    if read.maps:
        found += _areas(read)
    if read.programme is not None:
        for counts in read.programme.figures.outside.values():
            found += outside.read(folder / reading.OUTSIDE / counts.file)[1]
    sources = [part.source for part in read.parts.values() if part.data is not None]
    outcome = waivers.apply(found, sources, findings.sayings(), whole=read.programme is not None)
    files = {name: part.source.text for name, part in read.parts.items()}
    files |= {f"templates/{name}": text for name, text in read.templates.items()} | dict(read.maps)
    whole = None if problems.errors(outcome.problems) else read.programme
    return Loaded(
        folder=folder, programme=whole, problems=outcome.problems, files=files, waived=outcome.waived, bounds=tuple(worst), read=read
    )


def check(paths: Sequence[Path], *, now: int, abreast_: bool = False) -> Checked:
    """Everything about the programmes under `paths`, each of which is a programme's folder or the folder of all.

    `abreast_`: several folders at once, for a command that does nothing else."""
    folders = [folder for path in paths for folder in reading.read_programmes(path)]
    work = functools.partial(_checked, now=now)
    each = abreast.of_each(work, folders) if abreast_ else [work(folder) for folder in folders]
    across = checks.across(reading.read_head(folder) for folder in folders) if len(folders) > 1 else ()
    return Checked(
        problems=(*(problem for one in each for problem in one.problems), *across),
        waived=tuple(waived for one in each for waived in one.waived),
        bounds=tuple(bound for one in each for bound in one.bounds),
    )


def _checked(folder: Path, *, now: int) -> Checked:
    """One folder, with its stories."""
    loaded = load(folder, now=now)
    return Checked(problems=(*loaded.problems, *_stories(loaded)), waived=loaded.waived, bounds=loaded.bounds)


_TOLD: dict[str, tuple[object, tuple[problems.Problem, ...]]] = {}
"""What was said of a folder's stories, and of which texts."""


def _stories(loaded: Loaded) -> tuple[problems.Problem, ...]:
    """A story that is out of date is a problem to be told, and no reason to keep a town from its definitions."""
    if loaded.programme is None:
        return ()
    tests = {name: part.source.text for name, part in reading.read_tests(loaded.folder)[0].items()}
    texts = (dict(loaded.files), tests)
    known = _TOLD.get(str(loaded.folder))
    if known is None or known[0] != texts:
        known = _TOLD[str(loaded.folder)] = (texts, trials.check(loaded.folder, loaded.programme))
    return known[1]


def _reach(
    read: reading.Reading, whole: programmes.Programme, people: directory.Directory, now: int, wrong: Collection[tuple[str, str]]
) -> Iterator[problems.Problem]:
    """Every rung reaches at least one person with an address at every minute of the coming fortnight.

    A rung whose `notify` is among what is `wrong` already (file, path) is passed over: whom it means is not known."""
    units: list[str | None] = list(whole.units.ours) or [None]
    found: dict[tuple[str, ...], tuple[reach.Gap, ...]] = {}
    for name, file in read.workflow_files().items():
        flow = whole.workflows[name]
        source = read.parts[file].source
        for ladder, rungs in flow.ladders.items():
            for number, rung in enumerate(rungs):
                if not rung.notify or any(file == source.file and _within(path, ladder, number) for file, path in wrong):
                    continue
                if rung.notify not in found:
                    found[rung.notify] = reach.reach(people, rung.notify, units, now, now + FORTNIGHT)
                gaps = found[rung.notify]
                if gaps:
                    when = _when(gaps, whole)
                    yield source.problem(NO_ONE, ("ladders", ladder, number, "notify"), when=when, roles=", ".join(rung.notify))


def _within(path: str, ladder: str, number: int) -> bool:
    notify = f"ladders.{ladder}.{number}.notify"
    return path == notify or path.startswith(f"{notify}.")


def _when(gaps: Sequence[reach.Gap], whole: programmes.Programme) -> problems.Said:
    """The first gaps in words, in the programme's zone."""
    zone = whole.programme.time_zone
    shown, shown_zh = [], []
    for gap in gaps[:3]:
        begin, end = times.local(gap.begin, zone), times.local(gap.end, zone)
        always = gap.end - gap.begin >= FORTNIGHT
        span = "" if always else f" {begin:%a %H:%M}–{end:%a %H:%M}"
        shown.append(
            (f"at any time{f' for unit {gap.unit}' if gap.unit else ''}")
            if always
            else f"on{span}{f' for unit {gap.unit}' if gap.unit else ''}"
        )
        shown_zh.append(f"{f'单位 {gap.unit} 的' if gap.unit else ''}{'任何时间' if always else f'{begin:%m-%d %H:%M}–{end:%m-%d %H:%M}'}")
    more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
    return problems.Said(en="; ".join(shown) + more, zh="、".join(shown_zh) + (f" 等 {len(gaps)} 处" if more else ""))


def _provisional(
    read: reading.Reading, whole: programmes.Programme, now: int, wrong: Collection[tuple[str, str]]
) -> Iterator[problems.Problem]:
    """Next year's holidays, where a sound calendar follows them and they are not published."""
    named = [name for name, calendar in whole.calendars.calendars.items() if calendar.holidays != "none"]
    part = read.parts.get("calendars.yaml")
    if not named or part is None or any(file == part.source.file for file, _ in wrong):
        return
    from sla import calendars

    lines = calendars.Timelines(whole.calendars.calendars, whole.programme.time_zone, {})
    this = times.local(now, whole.programme.time_zone).year
    for name in named:
        for year in (this, this + 1):
            if lines.provisional(name, year):
                yield part.source.problem(PROVISIONAL, ("calendars", name, "holidays"), year=str(year))


def _areas(read: reading.Reading) -> Sequence[problems.Problem]:
    """The polygons themselves; a folder without any never imports what reads them."""
    from places import checking

    said, units = (read.parts[name].fitted.value if name in read.parts else None for name in ("areas.yaml", "units.yaml"))
    kinds = {name: unit.kind for name, unit in units.units.items()} if isinstance(units, programmes.Units) else None
    return checking.check(read.folder, said, read.maps, kinds) if isinstance(said, areas.Areas) else ()


def _templates(read: reading.Reading) -> Iterator[problems.Problem]:
    """The programme's templates, and the ones its workflows use."""
    flows = [p.fitted.value for p in read.parts.values() if isinstance(p.fitted.value, workflow.Workflow)]
    used = [n.template for f in flows for n in f.notices] + [
        r.template for f in flows for rungs in f.ladders.values() for r in rungs if r.template
    ]
    available = template_checks.names() | {name.split(".")[0] for name in read.templates}
    for finding in template_checks.check(read.templates, [name for name in dict.fromkeys(used) if name in available]):
        file = str(read.folder / "templates" / finding.file)
        yield TEMPLATE.at(file, (finding.line, 1), (), what=finding.message, remedy=finding.hint)


def take_up(engine: composition.Engine, *, root: Path | None = None, force: bool = False) -> list[problems.Problem]:
    """Put in force what changed under the folder of programmes since it was last seen (an implicit publish).

    Cheap when nothing changed (see `engine.folders`). Returns the problems of folders that were not taken up; what was in force
    stays so. Raises SettingInvalid where the settings name no folder with a programme."""
    root = root or folders.required(engine.settings)
    found: list[problems.Problem] = []
    changed = [(f, folders.mark(f)) for f in reading.read_programmes(root)] if force else folders.changed(engine.store, root)
    for folder, mark in changed:
        against = _take(engine, folder)
        found += against
        if not problems.errors(against):
            with engine.store.writing() as tx:
                folders.note(tx, folder, mark)
    return found


def _take(engine: composition.Engine, folder: Path) -> list[problems.Problem]:
    """Check one folder and put it in force; what stands against it, or what it was taken up in spite of (as warnings)."""
    now = engine.time.now()
    loaded = load(folder, now=now)
    whole, against = loaded.programme, problems.errors(loaded.problems)
    if whole is None and against and all(p.code == NO_ONE.code for p in against):
        whole = reading.read_folder(folder).programme  # a gap in the rota must not stop a town's restart
        against = [replace(p, severity="warning") for p in against]
    if whole is None:
        logger.error("a folder was not taken up; what was in force stays", extra={"folder": str(folder), "problems": len(against)})
        return against
    files = loaded.files
    digest = publishing.digest_of(whole, files)
    with engine.store.reading() as tx:
        touched = folders.content(tx, folder) == digest
        engine.catalog.refresh(tx)
        town = engine.catalog.programmes.get(whole.programme.programme)
        if touched and town is not None and town.hash != digest:
            # another version was published since; all that may have changed here is what is known of holidays
            stored = versions.stored(tx, engine.catalog, town.hash)
            whole, files = stored.whole, dict(stored.files)
    try:
        publishing.publish(engine.store, engine.catalog, whole, files, now=now)
        with engine.store.writing() as tx:
            folders.note_content(tx, folder, digest)
    except errors.Invalid as exc:
        file = str(folder / "programme.yaml")
        return [problems.Problem(file=file, line=1, column=1, path="", code=exc.code, message=str(exc), hint="", message_zh=exc.zh)]
    return against
