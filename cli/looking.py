"""Looking at cases: one, its history, and lists by time left. What is shown is what the viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import given, output, session

if TYPE_CHECKING:
    from engine import views

Viewer = Annotated[
    str | None, typer.Option("--as", metavar="ID", help="As this person may see it; by default as the local operator.", show_default=False)
]
ON_SCREEN = 50


def register(app: typer.Typer) -> None:
    app.command()(show)
    app.command()(history)
    app.command("list")(list_cases)


def show(case: given.CaseRef, as_: Viewer = None, as_json: given.Json = False) -> None:
    """Show a case: its facts, its clocks with the time left, and what can be done now.

    [bold]Example[/bold]

    fengxing show NX-20261120-0001
    """
    from engine import views

    reference = given.case(case)
    with session.opened(as_json=as_json) as engine:
        now = engine.time.now()
        with engine.store.reading() as tx:
            found = views.find(tx, engine.catalog, reference, viewer=as_)
            view = views.case(tx, engine.catalog, found, viewer=as_, now=now)
    if as_json:
        output.json(view.body())
        return
    from cli import tables

    console = output.console()
    for part in tables.case(view):
        console.print(part)


def history(case: given.CaseRef, as_: Viewer = None, as_json: given.Json = False) -> None:
    """Everything that happened to a case, oldest first: who, when, with which facts, whom the rungs told.

    [bold]Example[/bold]

    fengxing history NX-20261120-0001
    """
    from engine import views

    reference = given.case(case)
    with session.opened(as_json=as_json) as engine, engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, reference, viewer=as_)
        entries, zone = views.entries(tx, engine.catalog, found, viewer=as_), found.compiled.zone
    if as_json:
        output.json_array(entry.body(zone) for entry in entries)
        return
    from cli import tables

    output.console().print(tables.history(entries, zone))


def list_cases(
    programme: Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help="Only cases in this state: dispatched.", show_default=False)
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="U", help="Only cases of this unit: lamps.", show_default=False)] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only cases with a clock that goes on past its deadline.", show_default=False)
    ] = False,
    only_open: Annotated[bool, typer.Option("--open", help="Leave closed cases away.", show_default=False)] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help=f"At most so many; {ON_SCREEN} on the screen, all with --json.", show_default=False
        ),
    ] = None,
    as_: Viewer = None,
    as_json: given.Json = False,
) -> None:
    """Cases by time left: what is due first stands on top, then what is paused, then the closed ones, the latest first.

    [bold]Examples[/bold]

    fengxing list --overdue

    fengxing list --programme ningxiang --unit lamps --state dispatched --json
    """
    from engine import listing

    wanted = listing.Wanted(programme=programme or "", state=state or "", unit=unit or "", overdue=overdue, closed=not only_open)
    most = limit if as_json else limit or ON_SCREEN
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        if programme is not None:
            engine.catalog.of(programme)
        session.know_person(engine, as_)
        now = engine.time.now()
        with engine.store.reading() as tx:
            shown = listing.listed(tx, engine.catalog, wanted, viewer=as_, now=now, limit=None if most is None else most + (not as_json))
            if as_json:
                output.json_array(view.body() for view in shown)
                return
            lines = list(shown)
    _table(lines, most or ON_SCREEN)


def _table(shown: list[views.CaseView], most: int) -> None:
    from cli import tables

    if not shown:
        output.line(output.say("no such cases", "没有符合条件的案件"))
        return
    output.console().print(tables.cases(shown[:most]))
    if len(shown) > most:
        output.aside(output.say(f"more than {most}; --limit shows more, filters fewer", f"超过 {most} 件；可用 --limit 增加，或用条件筛选"))
