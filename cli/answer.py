"""Answering whether all is well now, with the code of the mail: for whoever was asked, by himself or by the desk that he told."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli import given, output, session

if TYPE_CHECKING:
    from engine import answering as answering_


class Word(StrEnum):
    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"


def register(app: typer.Typer) -> None:
    app.command()(answer)


def answer(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code of the mail: 7-12-1-K3QZ-M7WD-2LXA-9RTB.", show_default=False)],
    word: Annotated[Word, typer.Argument(metavar="satisfied|dissatisfied", help="Whether all is well now.", show_default=False)],
    reason: Annotated[str | None, typer.Option("--reason", metavar="WORDS", help="Why; above all why not.", show_default=False)] = None,
    as_json: given.Json = False,
) -> None:
    """Answer whether all is well now, with the code of the mail that asked. Who is not satisfied has the case reopened, if its rules allow it.

    The same answer twice is one; another answer than before is refused (exit 5), and so is a code that is wrong or too old (exit 3).

    [bold]Examples[/bold]

    fengxing answer 7-12-1-K3QZ-M7WD-2LXA-9RTB satisfied

    fengxing answer 7-12-1-K3QZ-M7WD-2LXA-9RTB dissatisfied --reason 灯又灭了
    """
    from engine import answering

    with session.opened(as_json=as_json, fresh=True) as engine:
        outcome = answering.give(engine, code, satisfied=word is Word.SATISFIED, reason=reason)
    if as_json:
        output.json(
            {
                "number": outcome.number,
                "state": outcome.state,
                "answer": str(word),
                "again": outcome.again,
                "reopened": outcome.reopened,
                "why": None if outcome.why is None else output.say(*outcome.why),
            }
        )
        return
    for line in _lines(outcome):
        output.line(line)


def _lines(outcome: answering_.Outcome) -> list[str]:
    number = outcome.number
    thanks = output.say(f"{number}: recorded, thank you", f"{number}：已记录，谢谢")
    if outcome.again:
        thanks = output.say(f"{number}: this answer was given before; nothing was done again", f"{number}：此前已作同样答复，没有重复记录")
    lines = [thanks]
    if outcome.reopened:
        en, zh = (f"; it is {outcome.state} now", f"，现为 {outcome.state}") if outcome.state is not None else ("", "")
        lines.append(output.say(f"the case is taken up again{en}", f"已重新办理{zh}"))
    elif outcome.why is not None:
        lines.append(output.say(f"the case was not reopened: {outcome.why[0]}", f"未能重新办理：{outcome.why[1]}"))
    return lines
