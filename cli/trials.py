"""Definition tests from the command line: the stories beside the workflows are run, and what does not hold is shown as a difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import failures, given, output
from config import problems
from engine import settings

if TYPE_CHECKING:
    from config.words import Text
    from engine.stories import storyline, trials, verdicts

_KINDS = {"states": ("states", "状态"), "transitions": ("transitions", "流转"), "rungs": ("rungs", "升级"), "targets": ("targets", "限时")}


def register(app: typer.Typer) -> None:
    app.command("test")(run)


def run(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]...", help="A programme's folder or the folder of all; by default FENGXING_PROGRAMMES.", show_default=False
        ),
    ] = None,
    story: Annotated[
        str, typer.Option("--story", metavar="TEXT", help="Only the stories whose name contains this.", show_default=False)
    ] = "",
    uncovered: Annotated[
        bool, typer.Option("--uncovered", help="Name the states, transitions, rungs and targets that no story visits.", show_default=False)
    ] = False,
    least: Annotated[
        int | None,
        typer.Option(
            "--least", metavar="PERCENT", min=0, max=100, help="Fail where less than this is visited of any workflow.", show_default=False
        ),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Run the stories beside the workflows (`NAME.tests.yaml`) on a moving clock, without a store. Exit 1 if one does not hold.

    [bold]Examples[/bold]

    fengxing test

    fengxing test config/programmes/ningxiang --story 除夕 --uncovered
    """
    from engine.stories import trials

    result = trials.run(folders or [given.from_here(settings.from_environment().programmes)], only=story, abreast_=True)
    if story and not result.trials:
        raise failures.Usage(f"no story is called so: {story}", f"没有名称含“{story}”的故事")
    short = [] if least is None or story else [each for each in result.coverage if min(s.percent for s in each.shares().values()) < least]
    if as_json:
        output.json(_body(result))
    else:
        for line in _told(result, uncovered=uncovered, short=short, least=least or 0):
            output.line(line)
    if not result.ok or short:
        raise typer.Exit(failures.FINDINGS)


def _say(text: Text) -> str:
    return text.say(output.language())


def _told(result: trials.Result, *, uncovered: bool, short: list[trials.Coverage], least: int) -> Iterator[str]:
    """As a test runner says it: what is wrong with the files, each story that failed, how much was visited, the sum."""
    for problem in result.problems:
        yield problem.say(output.language())
    for trial in result.trials:
        if not trial.ok:
            yield from _failed(trial, result.zones[trial.tale.file])
    for each in result.coverage:
        yield _visited(each)
        if uncovered:
            for kind, share in each.shares().items():
                if share.missing:
                    yield f"    {output.say(*_KINDS[kind])}: {', '.join(share.missing)}"
    for each in short:
        yield output.say(
            f"{each.programme}/{each.workflow}: less than {least} % is visited; `--uncovered` names the rest",
            f"{each.programme}/{each.workflow}：覆盖不足 {least} %，用 `--uncovered` 查看未覆盖的部分",
        )
    yield _closing(result)


def _failed(trial: trials.Trial, zone: str) -> Iterator[str]:
    from config import moments
    from engine.stories import storyline

    yield f"✗ {trial.tale.name}  ({trial.tale.file}:{trial.tale.line})"
    for verdict in trial.failures:
        yield output.say(f"  line {verdict.sentence.line}: ", f"  第 {verdict.sentence.line} 行：") + verdict.sentence.text
        yield f"    {output.say('expected', '应当')}: {_say(verdict.expected)}"
        yield f"    {output.say('happened', '实际')}: {_say(verdict.happened)}"
    for line in storyline.around(trial.course):
        at = " " * 16 if line.mark == "…" else moments.written(line.at, zone)
        yield f"    {' ' if line.mark == '…' else line.mark} {at}  {_say(line.said)}"
    yield ""


def _visited(each: trials.Coverage) -> str:
    parts = [f"{output.say(*_KINDS[kind])} {share.visited}/{share.of}" for kind, share in each.shares().items()]
    return f"{each.programme}/{each.workflow}: " + output.say(" · ", "，").join(parts)


def _closing(result: trials.Result) -> str:
    """`41 stories hold, 1 does not; 0.21 s.`"""
    failed, took = sum(not trial.ok for trial in result.trials), sum(trial.micros for trial in result.trials) / 1e6
    wrong = len(problems.errors(result.problems))
    if not result.trials and not wrong:
        return output.say("no stories were found.", "没有找到故事。")
    held = len(result.trials) - failed
    en = "1 story holds" if held == 1 else f"{held} stories hold"
    en += f", {failed} {'does' if failed == 1 else 'do'} not" if failed else ""
    en += f", {output.count(wrong, 'problem')}" if wrong else ""
    zh = f"{held} 个故事成立" + (f"，{failed} 个不成立" if failed else "") + (f"，{wrong} 个问题" if wrong else "")
    return output.say(f"{en}; {took:.2f} s.", f"{zh}；用时 {took:.2f} 秒。")


def _body(result: trials.Result) -> dict[str, Any]:
    return {
        "stories": [_story(trial, result.zones[trial.tale.file]) for trial in result.trials],
        "coverage": [_coverage(each) for each in result.coverage],
        "problems": [problem.body() for problem in result.problems],
    }


def _story(trial: trials.Trial, zone: str) -> dict[str, Any]:
    tale = trial.tale
    shown = [] if trial.ok else [_line(line, zone) for line in trial.course]
    return {
        "file": tale.file,
        "line": tale.line,
        "name": tale.name,
        "workflow": tale.flow,
        "ok": trial.ok,
        "ms": round(trial.micros / 1000, 3),
        "failures": [_failure(verdict) for verdict in trial.failures],
        "course": shown,
    }


def _failure(verdict: verdicts.Verdict) -> dict[str, Any]:
    return {
        "line": verdict.sentence.line,
        "column": verdict.sentence.column,
        "sentence": verdict.sentence.text,
        "expected": _say(verdict.expected),
        "happened": _say(verdict.happened),
    }


def _line(line: storyline.Line, zone: str) -> dict[str, Any]:
    from engine import now as times

    return {"mark": line.mark, "at": times.written(line.at, zone), "said": _say(line.said)}


def _coverage(each: trials.Coverage) -> dict[str, Any]:
    shares = {kind: {"visited": s.visited, "of": s.of, "missing": list(s.missing)} for kind, s in each.shares().items()}
    return {"programme": each.programme, "workflow": each.workflow, **shares}
