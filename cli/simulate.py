"""Living through a town's time in advance: what its deadlines, its staff and its ladders would come to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, progress
from engine import settings

if TYPE_CHECKING:
    from engine import plots
    from engine.simulating import simulation

LONGEST = 3660


def register(app: typer.Typer) -> None:
    app.command("simulate")(run)


def run(
    workflow: Annotated[str, typer.Argument(metavar="WORKFLOW", help="The workflow, as `report`.", show_default=False)],
    programme: Annotated[str, typer.Option("--programme", metavar="P", help="The programme it belongs to.", show_default=False)],
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, max=LONGEST, help="For how many days.")] = 30,
    arrivals: Annotated[
        int | None, typer.Option("--arrivals", metavar="N", min=1, max=1_000_000, help="Cases a day, on average.", show_default=False)
    ] = None,
    staff: Annotated[
        list[str] | None,
        typer.Option(
            "--staff", metavar="ROLE=N,…", help="So many at work at a time, in each unit or on each shift; repeatable.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, max=2**31, help="The same seed, the same result.")] = 0,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="T", help="The first day: 2026-02-01T00:00:00+08:00. By default this year's first.", show_default=False
        ),
    ] = None,
    assume: Annotated[
        Path | None,
        typer.Option(
            "--assume", metavar="FILE.yaml", help="What is assumed; by default assumptions.yaml beside the programme.", show_default=False
        ),
    ] = None,
    from_history: Annotated[
        bool, typer.Option("--from-history", help="Assume what the cases in the store have shown.", show_default=False)
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE.yaml", help="Write all that would be assumed, for editing, and end.", show_default=False),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option(
            "--sweep",
            metavar="WHAT",
            help="Compare: CLOCK.within=10m,15m,20m or staff=ROLE:1..4 or arrivals=1000,2000.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE|DIR", help="Charts as one .svg or .png, or each into a folder.", show_default=False),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Live through a time to come with the engine's own states, clocks and ladders: who breaches, who is waited for, who is drowned in mails.

    Nothing is stored or sent. What is assumed of arrivals, handling times and staff is derived from the definition where no file says it;
    [bold]--write[/bold] shows it all. docs/simulation.md says what a simulation can tell and what not.

    [bold]Examples[/bold]

    fengxing simulate report --programme ningxiang --days 90 --arrivals 300 --staff verifier=4

    fengxing simulate report --programme ningxiang --sweep dispatching.within=10m,15m,20m --plot sweep.svg

    fengxing simulate report --programme ningxiang --sweep staff=duty:1..4 --json
    """
    from engine import plots
    from engine.simulating import assuming

    wanted = assuming.Wanted(
        programme=programme, workflow=workflow, days=days, seed=seed, start=given.moment(since, "--from"), file=assume, a_day=arrivals,
        staff=_staff(staff or ()), observed=from_history,
    )  # fmt: skip
    if plot is not None and plot.suffix:
        plots.form_of(plot)
        given.require_folder(plot, "--plot")
    plan = assuming.plan(settings.from_environment(), wanted)
    if write is not None:
        _write(write, plan, as_json=as_json)
        return
    begun = time.monotonic()
    cases = _one(plan, plot, as_json=as_json) if sweep is None else _several(sweep, plan, plot, as_json=as_json)
    if not as_json:
        seconds = time.monotonic() - begun
        output.aside(output.say(f"{cases:,} cases lived through in {seconds:.1f} s", f"模拟 {cases:,} 件，用时 {seconds:.1f} 秒"))


def _one(plan: simulation.Plan, plot: Path | None, *, as_json: bool) -> int:
    """One run, told; returns how many cases it had."""
    from cli import simulated
    from engine.simulating import simulated as reports

    with progress.bar("days", "天") as heard:
        report = reports.simulate(plan, heard)
    if plot is not None:
        _draw(plot, simulated.charts(report))
    if as_json:
        output.json(report.body())
    else:
        simulated.tell(report)
    return report.arrived


def _several(words: str, plan: simulation.Plan, plot: Path | None, *, as_json: bool) -> int:
    """A run for each value, compared; returns how many cases they had together."""
    from cli import simulated
    from engine.simulating import sweeps

    sweep = sweeps.read(words, plan)
    with progress.bar("days", "天") as heard:
        compared = sweeps.compare(sweep, heard)
    if plot is not None:
        _draw(plot, simulated.sweep_charts(compared))
    if as_json:
        runs = zip(sweep.variants, compared.reports, strict=True)
        output.json({"sweep": sweep.what, "runs": [{"value": variant.value, **report.body()} for variant, report in runs]})
    else:
        simulated.compare(compared)
    return sum(report.arrived for report in compared.reports)


def _staff(pairs: list[str] | tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in (each for said in pairs for each in said.split(",")):
        role, _, number = pair.partition("=")
        if not (number.isascii() and number.isdigit() and len(number) <= 4 and int(number) <= 1000) or not role:
            raise failures.Usage(
                f"--staff {pair}: write ROLE=N with N from 0 to 1000, as --staff duty=3",
                f"--staff {pair}：请写成 角色=人数（0 到 1000），如 --staff duty=3",
            )
        found[role] = int(number)
    return found


def _write(file: Path, plan: simulation.Plan, *, as_json: bool) -> None:
    """The assumptions as a file of their own; one that is there already is not lost."""
    from engine.simulating import assumed

    given.require_folder(file, "--write")
    if file.exists():
        raise failures.Usage(f"--write {file}: it is there already; give another name", f"--write {file}：文件已存在；请换一个名称")
    file.write_text(assumed.text(plan.assumed), encoding="utf-8")
    if as_json:
        output.json({"file": str(file), "assumptions": assumed.written(plan.assumed)})
    else:
        output.line(output.say(f"written: {file}; edit it and give it as --assume", f"已写入 {file}；编辑后用 --assume 指定"))


def _draw(to: Path, charts: dict[str, plots.Chart]) -> None:
    from engine import plots

    if to.suffix:
        plots.write(to, *charts.values())
        return
    to.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        plots.write(to / f"{name}.svg", chart)
