"""The registers of a town: which there are, and what stands in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.matches import Match
    from config.registers import Column, Register
    from engine import catalog

register_ = typer.Typer(
    help="The registers of a town: service points, homes, standing orders.", rich_markup_mode="rich", no_args_is_help=True
)
Programme = Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme's.", show_default=False)]
ON_SCREEN = 100
_YES_NO = {"yes": "true", "true": "true", "是": "true", "no": "false", "false": "false", "否": "false"}


def register(app: typer.Typer) -> None:
    app.add_typer(register_, name="register")


@register_.command("list")
def list_registers(programme: Programme = None, as_json: given.Json = False) -> None:
    """The registers in force: their columns, and how many rows each has.

    [bold]Example[/bold]

    fengxing register list --programme ningxiang
    """
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        found = _found(engine.catalog.programmes if programme is None else {programme: engine.catalog.of(programme)})
    if as_json:
        output.json([{"programme": own, **_head(one), "rows": len(one.rows)} for own, one in found])
        return
    if not found:
        output.line(
            output.say(
                "there are no registers; a programme keeps them as registers/NAME.yaml", "没有登记表；登记表写在 registers/名称.yaml 中"
            )
        )
        return
    from cli import tables

    heads = (("programme", "项目"), ("register", "登记表"), ("title", "名称"), ("columns", "列"), ("rows", "行数"))
    table = tables.plain(*(output.say(*head) for head in heads), whole=(0, 1), right=(4,))
    for own, one in found:
        columns = output.say(", ", "、").join(tables.title(column.title) for column in one.columns.values())
        table.add_row(own, one.register_, tables.title(one.title), columns, f"{len(one.rows):,}")
    output.console().print(table)


@register_.command("show")
def show_register(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The register.", show_default=False)],
    programme: Programme = None,
    when: Annotated[
        list[str] | None, typer.Option("--when", metavar="COLUMN=VALUE", help="Only rows with this value; repeatable.", show_default=False)
    ] = None,
    as_json: given.Json = False,
) -> None:
    """What stands in a register, row by row.

    [bold]Example[/bold]

    fengxing register show orders --programme ningxiang --when meal=lunch
    """
    from config import registers
    from engine import errors

    asked = _asked(when)
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        everything = _found(engine.catalog.programmes if programme is None else {programme: engine.catalog.of(programme)})
    found = [(own, one) for own, one in everything if one.register_ == name]
    if not found:
        raise errors.unknown("register", name, [one.register_ for _, one in everything], zh="登记表")
    if len(found) > 1:
        owners = [own for own, _ in found]
        raise failures.Usage(
            f"{name}: {', '.join(owners)} have a register of this name; say which with --programme",
            f"{name}：{'、'.join(owners)} 都有同名登记表；请用 --programme 指明",
            possible=owners,
        )
    own, one = found[0]
    for column in asked:
        if column not in one.columns:
            raise errors.unknown("column", column, list(one.columns), zh="列")
    asked = {column: _values(one.columns[column], values) for column, values in asked.items()}
    rows = {row: values for row, values in one.rows.items() if registers.meets(values, asked)}
    if as_json:
        output.json({"programme": own, **_head(one), "rows": [{"id": row, **values} for row, values in rows.items()]})
        return
    from cli import tables

    table = tables.plain(
        output.say("row", "编号"), output.say("title", "名称"), *(tables.title(c.title) for c in one.columns.values()), whole=(0,)
    )
    for row, values in list(rows.items())[:ON_SCREEN]:
        title = one.titled(row)
        table.add_row(row, tables.title(title) if title is not None else "", *(_cell(values.get(column, "")) for column in one.columns))
    output.line(
        output.say(
            f"{own}: {tables.title(one.title)}, {output.count(len(rows), 'row')}", f"{own}：{tables.title(one.title)}，共 {len(rows)} 行"
        )
    )
    output.console().print(table)
    if len(rows) > ON_SCREEN:
        output.aside(
            output.say(
                f"… and {len(rows) - ON_SCREEN:,} more (--json has them all)", f"……还有 {len(rows) - ON_SCREEN} 行（--json 可看全部）"
            )
        )


def _found(towns: Mapping[str, catalog.InForce]) -> list[tuple[str, Register]]:
    return [(own, one) for own, town in towns.items() for one in town.live.registers.values()]


def _head(one: Register) -> dict[str, object]:
    columns = {name: column.model_dump(mode="json", by_alias=True, exclude_none=True) for name, column in one.columns.items()}
    return {"register": one.register_, "title": one.title.body(), "columns": columns}


def _asked(pairs: Sequence[str] | None) -> Match:
    """`COLUMN=VALUE` pairs as a condition; several values of one column are alternatives."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs or ():
        column, sign, value = pair.partition("=")
        if not sign or not column:
            raise failures.Usage(
                f"--when {pair!r}: write COLUMN=VALUE, as in --when meal=lunch", f"--when {pair!r}：请写成 列=值，如 --when meal=lunch"
            )
        found[column.strip()] = (*found.get(column.strip(), ()), value.strip())
    return found


def _values(column: Column, given: Sequence[str]) -> tuple[str, ...]:
    """As a row has them. Raises NotFound for a value that no row can have."""
    from config.workflow import FactType
    from engine import errors

    if column.type is FactType.YES_NO:
        given = [_YES_NO.get(value.lower(), value) for value in given]
    known = ("true", "false") if column.type is FactType.YES_NO else tuple(column.choices or ())
    for value in given:
        if known and value not in known:
            raise errors.unknown("value", value, list(known), zh="取值")
    return tuple(given)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return output.say("yes", "是") if value else output.say("no", "否")
    return output.say(", ", "，").join(str(each) for each in value.values()) if isinstance(value, dict) else str(value)
