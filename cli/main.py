"""The command `fengxing`. Each family of commands is a module of its own that registers onto the app; heavy things are imported where
they are used, so that the clock is up in less than a second."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Sequence

import typer
from typer.main import get_command

from cli import (
    answer,
    bench,
    cases,
    checking,
    conform,
    definitions,
    demo,
    diagram,
    diff,
    digest,
    explain,
    export,
    failures,
    logs,
    looking,
    mails,
    migrate,
    new,
    output,
    points,
    publish,
    registers,
    replay,
    robot,
    running,
    schedules,
    simulate,
    stats,
    store,
    suggest,
    trials,
    up,
    versions,
    whatif,
    where,
)

logger = logging.getLogger(__name__)

app = typer.Typer(
    name="fengxing",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    help="""蜂行 Fengxing: reports from the street, each with its deadlines; whoever must act hears in time.

    Start with [bold]fengxing db upgrade[/bold], then [bold]fengxing check[/bold] and [bold]fengxing up[/bold].
    Settings are FENGXING_… variables ([bold]fengxing settings[/bold] lists them); FENGXING_LANG=zh speaks Chinese.

    Exit codes: 0 fine · 1 findings · 2 usage · 3 refused · 4 not found · 5 conflict · 6 unavailable.
    """,
)
FAMILIES = (
    cases,
    answer,
    looking,
    explain,
    suggest,
    stats,
    points,
    digest,
    export,
    conform,
    running,
    mails,
    robot,
    checking,
    new,
    definitions,
    migrate,
    diagram,
    trials,
    diff,
    whatif,
    publish,
    versions,
    registers,
    schedules,
    store,
    replay,
    simulate,
    where,
    up,
    demo,
    bench,
)
"""In the order of `--help`: the day's work, the loops, what a town writes, the store, measuring."""
for family in FAMILIES:
    family.register(app)


def main() -> None:
    """The console script. JSON is UTF-8 wherever it runs; what a terminal cannot show is spelled out rather than failed over."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if "--json" in sys.argv else None, errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; returns the exit code. Nothing foreseeable leaves a traceback."""
    as_json = "--json" in arguments
    logs.one_shot(as_json=as_json)
    try:
        ended = get_command(app).main(args=list(arguments), prog_name="fengxing", standalone_mode=False)
    except typer.TyperException as exc:
        words = exc.format_message().replace("Value error, ", "")  # pydantic's own word, which tells a reader nothing
        if words or as_json:  # without words its help was shown already
            words = words or "which command?"
            _tell(failures.Failure(exit=failures.USAGE, code="usage", message=words, zh=words), as_json=as_json, hint=_command(arguments))
        return failures.USAGE
    except typer.Abort:
        return 130
    except BrokenPipeError:
        return _unheard()
    except SystemExit as exc:  # Typer's own end of a pipe that closed: 1, which would say that there are findings
        if isinstance(exc.__context__, BrokenPipeError):
            return _unheard()
        raise
    except Exception as exc:
        failure = failures.of(exc)
        if failure.exit == failures.UNFORESEEN:
            logger.exception("a command failed in a way nobody foresaw")
        _tell(failure, as_json=as_json, hint=_command(arguments))
        return failure.exit
    return ended if isinstance(ended, int) else 0


def _unheard() -> int:
    """Whoever listened has gone, as `head` does: what a shell says of it, and neither "fine" nor "findings"."""
    sys.stdout, sys.stderr = open(os.devnull, "w"), open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the process ends
    return 128 + 13


def _tell(failure: failures.Failure, *, as_json: bool, hint: str) -> None:
    message = output.say(failure.message, failure.zh)
    if as_json:
        output.json_error(failure.code, message, failure.possible)
        return
    output.aside(f"{output.say('error', '错误')}: {message}")
    if failure.exit == failures.USAGE and failure.code == "usage":
        output.aside(output.say(f"see `{hint} --help`", f"用法见 `{hint} --help`"))


def _command(arguments: Sequence[str]) -> str:
    """The command as far as it was named, for the hint."""
    named = [word for word in arguments[:2] if not word.startswith("-")]
    known = get_command(app)
    groups = getattr(known, "commands", {})
    if not named or named[0] not in groups:
        return "fengxing"
    inner = getattr(groups[named[0]], "commands", {})
    return " ".join(["fengxing", named[0], *(named[1:2] if len(named) > 1 and named[1] in inner else [])])


if __name__ == "__main__":
    main()
