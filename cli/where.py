"""Where and whose: the duties table, what fits a place, the row a decision implies; and the town on a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import diagram, failures, given, output, session

if TYPE_CHECKING:
    from engine import catalog, dutytable

duties = typer.Typer(help="Who does what where: the table, and what fits a place and a category.", rich_markup_mode="rich")
Programme = Annotated[
    str | None, typer.Option("--programme", metavar="P", help="Which programme; needed only where there are several.", show_default=False)
]


def register(app: typer.Typer) -> None:
    app.add_typer(duties, name="duties")
    app.command("map")(draw_map)


@duties.callback(invoke_without_command=True)
def show_duties(
    context: typer.Context,
    programme: Programme = None,
    point: Annotated[
        str | None,
        typer.Option("--point", metavar="LON,LAT[,DATUM[,M]]", help="Whose is this place: 111.19,37.34,gcj02.", show_default=False),
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="C", help="Who has the duty for this category there: lamp.", show_default=False)
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Who does what where: the duties table; with --point and --category, in whose area it lies and which row fits.

    [bold]Examples[/bold]

    fengxing duties --programme ningxiang

    fengxing duties --programme ningxiang --point 111.19,37.34,gcj02 --category lamp

    fengxing duties propose NX-20261120-0007
    """
    if context.invoked_subcommand is not None:
        return
    from engine import dutytable, facts

    with session.opened(as_json=as_json) as engine:
        town = _town(engine.catalog, programme, lambda: session.take_up(engine))
        with engine.store.reading() as tx:
            newest = [engine.catalog.pinned(tx, number) for number in town.newest.values()]
        categories = newest[0].definition.categories.categories if newest else {}
        asked = point is not None or category is not None
        where = facts.point("--point", point, town) if point is not None else None
        answer = dutytable.ask(town, categories, point=where, category=category) if asked else None
        listed = dutytable.rows(town, categories)
    if as_json:
        said = answer.body() if answer is not None else {"located": None, "routed": None}
        output.json({"programme": town.live.programme.programme, "duties": [row.body() for row in listed], "point": where, **said})
        return
    if answer is not None:
        _answered(answer, town)
        return
    _table(listed)


def _town(known: catalog.Catalog, programme: str | None, take_up: object) -> catalog.InForce:
    from engine.diagrams import exhibits

    if (not known.programmes or (programme is not None and programme not in known.programmes)) and callable(take_up):
        take_up()
    listed = sorted(known.programmes)
    if programme is None and len(listed) > 1:
        raise failures.Usage(
            f"which programme? give --programme, one of: {', '.join(listed)}",
            f"哪个项目？请用 --programme 指定：{'、'.join(listed)}",
            possible=listed,
        )
    return known.of(exhibits.chosen(known.programmes, programme, "programme", "项目"))


def _table(listed: list[dutytable.Row]) -> None:
    from cli import tables

    if not listed:
        output.line(output.say("there is no duties table; write duties.yaml", "没有职责表；请编写 duties.yaml"))
        return
    heads = (("row", "行"), ("category", "类别"), ("area", "区域"), ("unit", "单位"))
    table = tables.plain(*(output.say(*head) for head in heads), right=(0,))
    language = output.language()
    for row in listed:
        table.add_row(str(row.number), row.categories.say(language), row.places.say(language), row.unit.say(language))
    output.console().print(table)


def _answered(answer: dutytable.Answer, town: catalog.InForce) -> None:
    from engine import placewords

    for said in placewords.answer(answer, town):
        output.line(said.say(output.language()))


@duties.command("propose")
def propose(case: given.CaseRef, as_json: given.Json = False) -> None:
    """The row that a case's decision implies for the duties table, for an admin to publish. Nothing is edited.

    [bold]Example[/bold]

    fengxing duties propose NJ-20261120-0007
    """
    from engine import dutytable, requests, views

    reference = given.case(case)
    with session.opened(as_json=as_json) as engine, engine.store.reading() as tx:
        found = dutytable.propose(tx, views.find(tx, engine.catalog, reference))
    if as_json:
        output.json(found.body())
        return
    if found.line is None:
        output.aside(
            output.say(
                f"row {found.table.row} says {found.decided} already; nothing to change",
                f"第 {found.table.row} 行已经是 {found.decided}，无需修改",
            )
        )
        return
    by, by_zh = (found.by, f" {found.by} ") if found.by != requests.LINKED else ("a linked case", "关联案件")
    output.aside(
        output.say(
            f"{by} decided so in entry {found.seq} of {found.case}. Put this above row {found.above} of duties.yaml, then `fengxing publish`:",
            f"{found.case} 第 {found.seq} 条记录由{by_zh}如此决定。请放在 duties.yaml 第 {found.above} 行之前，再运行 `fengxing publish`：",
        )
    )
    output.line(found.line)


def draw_map(
    programme: Programme = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.svg", help="Write it there instead of on stdout.", show_default=False)
    ] = None,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="With the cases that this person may see; by default all.", show_default=False)
    ] = None,
    lang: Annotated[
        diagram.Language | None, typer.Option("--lang", help="The map's language; FENGXING_LANG, else Chinese.", show_default=False)
    ] = None,
    as_json: given.Json = False,
) -> None:
    """Draw the town: its areas, its neighbours, and where its open cases lie. With --json, what is drawn as data.

    [bold]Example[/bold]

    fengxing map --programme ningxiang --out town.svg
    """
    from engine import errors, listing
    from engine.diagrams import atlas

    if out is not None and out.suffix.lower() != ".svg":
        raise failures.Usage(f"--out {out}: a map is drawn as .svg", f"--out {out}：地图只能画成 .svg")
    if out is not None:
        given.require_folder(out, "--out")
    with session.opened(as_json=as_json) as engine:
        town = _town(engine.catalog, programme, lambda: session.take_up(engine))
        if as_ is not None and as_ not in town.live.people.people:
            raise errors.unknown("person", as_, list(town.live.people.people), zh="人员")
        wanted, now = listing.Wanted(programme=town.live.programme.programme, closed=False), engine.time.now()
        with engine.store.reading() as tx:
            drawn = atlas.atlas(engine.catalog, town, listing.listed(tx, engine.catalog, wanted, viewer=as_, now=now, limit=None))
    text = atlas.svg(drawn, diagram.language(lang))
    if out is not None:
        diagram.write(out, text)
    if as_json:
        output.json({**drawn.body(), **({"file": str(out)} if out is not None else {})})
    else:
        output.line(str(out) if out is not None else text.removesuffix("\n"))
