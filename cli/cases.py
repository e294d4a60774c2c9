"""Opening a case, moving it, acknowledging one of its clocks: each a request to the engine, answered with the case as it then stands."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import given, output, session
from engine import composition, requests

Programme = Annotated[
    str, typer.Option("--programme", metavar="P", help="The programme, as its programme.yaml calls it.", show_default=False)
]


def register(app: typer.Typer) -> None:
    app.command("open")(open_case)
    app.command()(move)
    app.command()(acknowledge)


def open_case(
    workflow: Annotated[str, typer.Argument(metavar="WORKFLOW", help="The workflow, as its file calls it: report.", show_default=False)],
    programme: Programme,
    as_: given.As = None,
    fact: given.FactPairs = None,
    facts: given.FactFile = None,
    photo: given.Photos = None,
    key: given.Key = None,
    at: given.At = None,
    as_json: given.Json = False,
) -> None:
    """Open a case. Without --as it is an anonymous report.

    [bold]Examples[/bold]

    fengxing open report --programme ningxiang --as xu-peng --fact description=路灯不亮

    fengxing open report --programme najin --as zhaxi --fact description=短路冒火花 --photo lamp.jpg --fact location=91.14,29.65,gcj02
    """
    actor, moment = given.actor(as_), given.moment(at, "--at")
    values, once = given.facts(fact, facts), given.key(key)
    with session.opened(as_json=as_json, fresh=True) as engine:
        if photo:
            from cli import photos

            values = photos.of_opening(engine, programme, workflow, photo, values)
        opening = requests.Opening(programme=programme, workflow=workflow, actor=actor, facts=values, key=once, at=moment)
        _carry_out(engine, opening, as_json=as_json)


def move(
    case: given.CaseRef,
    trigger: Annotated[str, typer.Argument(metavar="TRIGGER", help="The transition: classify, dispatch, extend …", show_default=False)],
    as_: Annotated[str, typer.Option("--as", metavar="ID", help="Who does it: a person's id in people.yaml.", show_default=False)],
    fact: given.FactPairs = None,
    facts: given.FactFile = None,
    photo: given.Photos = None,
    if_version: Annotated[
        int | None,
        typer.Option(
            "--if-version", metavar="N", help="Refuse (exit 5) if the case has moved on since you saw this version.", show_default=False
        ),
    ] = None,
    key: given.Key = None,
    at: given.At = None,
    as_json: given.Json = False,
) -> None:
    """Move a case: every transition of its workflow, by somebody who may. A refusal (exit 3) says what is possible instead.

    [bold]Examples[/bold]

    fengxing move NX-20261120-0001 classify --as zhao-min --fact category=street-lamp --fact urgency=2

    fengxing move 1 resolve --as kong-jian --fact result=已更换灯泡 --photo after.jpg

    fengxing move 1 extend --as wu-xia --fact reason=缺配件 --fact extension='2 hours' --if-version 4
    """
    actor, moment = given.actor(as_), given.moment(at, "--at")
    reference, values, once = given.case(case), given.facts(fact, facts), given.key(key)
    with session.opened(as_json=as_json, fresh=True) as engine:
        if photo:
            from cli import photos

            values = photos.of_move(engine, reference, trigger, photo, values, actor=actor)
        _carry_out(
            engine,
            requests.Move(case=reference, trigger=trigger, actor=str(actor), facts=values, if_version=if_version, key=once, at=moment),
            as_json=as_json,
        )


def acknowledge(
    case: given.CaseRef,
    clock: Annotated[
        str, typer.Option("--clock", metavar="C", help="The clock whose rung told you: dispatching, handling …", show_default=False)
    ],
    as_: Annotated[str, typer.Option("--as", metavar="ID", help="Who is on it: a person's id in people.yaml.", show_default=False)],
    key: given.Key = None,
    as_json: given.Json = False,
) -> None:
    """Say "I am on it": stops the repeats and later rungs of a clock, until its round ends or the acknowledgement runs out.

    [bold]Example[/bold]

    fengxing acknowledge NX-20261120-0001 --clock handling --as kong-jian
    """
    actor, reference, once = given.actor(as_), given.case(case), given.key(key)
    with session.opened(as_json=as_json, fresh=True) as engine:
        _carry_out(engine, requests.Acknowledgement(case=reference, clock=clock, actor=str(actor), key=once), as_json=as_json)


def _carry_out(engine: composition.Engine, request: requests.Request, *, as_json: bool) -> None:
    """Through the one door, then the case as its actor may see it; of one that he may not see (any more), that it was done."""
    from engine import secrecy, views

    done, now = engine.door.submit(request), engine.time.now()
    with engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, done.case)
        seen = secrecy.sees(found, request.actor)
        view = views.case(tx, engine.catalog, found, viewer=request.actor, now=now) if seen else None
    if view is None:
        _receipt(done, as_json=as_json)
        return
    if as_json:
        output.json(view.body())
        return
    from cli import tables

    if done.again:
        output.aside(output.say("this key was used before: nothing was done again", "此幂等键已用过：没有重复执行"))
    console = output.console()
    for part in tables.case(view):
        console.print(part)


def _receipt(done: requests.Done, *, as_json: bool) -> None:
    if as_json:
        output.json({"id": done.case, "number": done.number, "hidden": True})
        return
    output.line(output.say(f"{done.number}: done; from here on only others see this case", f"{done.number}：已完成；此件此后仅限他人查看"))
