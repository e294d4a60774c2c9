"""Putting a programme's folder in force, with a name and a reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import diff, failures, given, output, session
from config import problems
from engine import requests

if TYPE_CHECKING:
    from engine import authored

LONGEST_REASON = 500


def register(app: typer.Typer) -> None:
    app.command()(publish)


def publish(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A programme's folder; by default FENGXING_PROGRAMMES, if that is one.", show_default=False),
    ] = None,
    by: given.As = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="WORDS", help="Why: kept with the version, for whoever asks later.", show_default=False),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Put a programme's folder in force, with your name and a reason. New cases use it; running ones keep what they began with.

    Everything is checked first; with a problem nothing changes and the exit code is 1. People, units, words of templates and
    exceptions by date are live: they hold for running cases too. The same content again is no new version.

    [bold]Examples[/bold]

    fengxing publish config/programmes/ningxiang --as zhao-min --reason "the desk gets 20 minutes"

    fengxing publish ../edited --reason "shorter limits for gas" --json
    """
    from engine import authored

    words = (reason or "").strip()
    if not 0 < len(words) <= LONGEST_REASON:
        raise failures.Usage(
            f'--reason: say why in 1 to {LONGEST_REASON} characters, as in --reason "the desk gets 20 minutes"',
            f'--reason：请用 1 到 {LONGEST_REASON} 个字说明原因，如 --reason "派单时限改为 20 分钟"',
        )
    author = given.actor(by) or requests.SYSTEM
    with session.opened(as_json=as_json) as engine:
        place = folder or engine.settings.programmes
        done = authored.publish(engine, place, author=author, reason=words)
        if as_json:
            output.json(_published_body(done, author, words))
        else:
            _published(done)
    if done.published is None:
        raise typer.Exit(failures.FINDINGS)


def _published_body(done: authored.Outcome, author: str, reason: str) -> dict[str, Any]:
    body: dict[str, Any] = {"published": done.published is not None, "problems": [problem.body() for problem in done.problems]}
    if done.published is None:
        return body
    return body | {
        "programme": done.published.programme,
        "version": done.published.hash,
        "before": done.published.before,
        "changed": done.published.changed,
        "author": author,
        "reason": reason,
        "changes": [change.body(output.language()) for change in done.changes],
        "rearmed": done.published.rearmed,
        "open_cases_on_older": done.older,
    }


def _published(done: authored.Outcome) -> None:
    from engine import versions

    for problem in done.problems:
        output.line(problem.say(output.language()))
    if done.published is None:
        against = len(problems.errors(done.problems))
        output.line(
            output.say(
                f"{output.count(against, 'problem')}; nothing was published, and what was in force stays in force.",
                f"共 {against} 个问题；未发布，仍使用此前生效的版本。",
            )
        )
        return
    name, short = done.published.programme, done.published.hash[: versions.SHORT]
    if not done.published.changed:
        output.line(output.say(f"{name} {short} was in force already; it is no new version.", f"{name} {short} 已在生效；没有产生新版本。"))
        return
    if done.published.before is not None:
        diff.show(done.changes)
    output.line(output.say(f"{name} {short} is in force; new cases use it.", f"{name} {short} 已生效；新案件按此办理。"))
    if done.published.rearmed:
        output.line(
            output.say(
                f"the timers of {output.count(done.published.rearmed, 'case')} were armed anew for the changed calendar.",
                f"因日历变更，{done.published.rearmed} 件案件的时限已重新计算。",
            )
        )
    if done.older:
        output.line(
            output.say(
                f"{output.count(done.older, 'open case')} {'stays' if done.older == 1 else 'stay'} on older versions; "
                f"`fengxing migrate --to {short} --dry-run` shows what moving them would mean.",
                f"{done.older} 件未结案件仍按较早版本办理；`fengxing migrate --to {short} --dry-run` 可预演迁移。",
            )
        )
