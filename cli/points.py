"""Points and money: who owns what, a person's statement, a workbook for whoever pays out, and corrections by hand."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import failures, given, output, session
from engine import errors

if TYPE_CHECKING:
    from engine import balances, composition

points = typer.Typer(invoke_without_command=True, help="Points and money: balances, statements, corrections.", rich_markup_mode="rich")
Programme = Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)]
Month = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="A month of the programme's zone.", show_default=False)]


def register(app: typer.Typer) -> None:
    app.add_typer(points, name="points")


@points.callback()
def show(
    context: typer.Context,
    programme: Programme = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help="The statement of one person.", show_default=False)] = None,
    month: Month = None,
    as_json: given.Json = False,
) -> None:
    """Who owns what (at the end of --month; now by default); with --person every line of one person, with the balance after it.

    A balance is always the sum of the postings. What is held for a request that was not decided yet is shown apart.

    [bold]Examples[/bold]

    fengxing points --programme najin --month 2026-11

    fengxing points --programme najin --person xu-peng
    """
    if context.invoked_subcommand is not None:
        return
    from engine import balances

    wanted = _month(month)
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        if person is not None:
            of = _programme_of(engine, programme, person)
            with engine.store.reading() as tx:
                found = balances.statement(tx, engine.catalog, of, person, month=wanted)
            if as_json:
                output.json(found.body())
            else:
                _statement(found, engine)
            return
        now = engine.time.now()
        with engine.store.reading() as tx:
            listed = balances.balances(tx, engine.catalog, programme=programme or "", month=wanted, now=now)
    if as_json:
        output.json([balance.body() for balance in listed])
    else:
        _balances(listed)


@points.command()
def export(
    xlsx: Annotated[Path, typer.Option("--xlsx", metavar="FILE", help="The workbook to write.", show_default=False)],
    programme: Programme = None,
    month: Month = None,
    as_json: given.Json = False,
) -> None:
    """Balances and all lines as a workbook.

    [bold]Example[/bold]

    fengxing points export --xlsx november.xlsx --programme najin --month 2026-11
    """
    from engine import balances
    from engine.mining import ledgerbook

    given.require_folder(xlsx, "--xlsx")
    wanted = _month(month)
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        now = engine.time.now()
        with engine.store.reading(consistent=True) as tx:
            listed = balances.balances(tx, engine.catalog, programme=programme or "", month=wanted, now=now)
            lines = balances.lines(tx, engine.catalog, programme=programme or "", month=wanted)
            try:
                count = ledgerbook.write(listed, lines, xlsx, language=output.language())
            except OSError as exc:
                raise failures.Usage(f"--xlsx {xlsx}: {exc.strerror}", f"--xlsx {xlsx}：无法写入（{exc.strerror}）") from exc
    if as_json:
        output.json({"file": str(xlsx), "balances": len(listed), "lines": count})
        return
    output.line(
        output.say(
            f"{xlsx}: {output.count(len(listed), 'balance')}, {output.count(count, 'line')}",
            f"{xlsx}：余额 {len(listed)} 条，明细 {count} 条",
        )
    )


@points.command()
def correct(
    person: Annotated[str, typer.Option("--person", metavar="ID", help="Whose account.", show_default=False)],
    account: Annotated[str, typer.Option("--account", metavar="A", help="Which account of points.yaml.", show_default=False)],
    amount: Annotated[int, typer.Option("--amount", metavar="N", help="How much more, or with a minus how much less.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why; it stands on the statement.", show_default=False)],
    who: given.As = None,
    programme: Programme = None,
    as_json: given.Json = False,
) -> None:
    """Correct an account by hand: a posting of no case, with its reason. Without --as, the operator answers for it.

    [bold]Example[/bold]

    fengxing points correct --programme najin --person xu-peng --account points --amount 5 --reason "counted on paper" --as liu-ya
    """
    from engine import corrections

    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        of = _programme_of(engine, programme, person)
        wanted = corrections.Correction(programme=of, person=person, account=account, amount=amount, reason=reason, actor=given.actor(who))
        found = corrections.correct(engine.store, engine.catalog, wanted, now=engine.time.now())
    if as_json:
        output.json(found.body())
        return
    unit = found.unit.say(output.language())
    output.line(output.say(f"{found.name} now has {found.balance} {unit}", f"{found.name} 现有 {found.balance} {unit}"))


def _month(word: str | None) -> str | None:
    from engine import balances

    try:
        return balances.require_month(word) if word is not None else None
    except balances.BadMonth as exc:
        raise failures.Usage(str(exc), exc.zh) from exc


def _programme_of(engine: composition.Engine, programme: str | None, person: str) -> str:
    """The programme that is meant: the one named, the only one, or the only one that has the person.

    Raises NotFound for somebody like one who lives: a slip of the pen rather than one who has left."""
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
    known = engine.catalog.programmes
    if programme is not None:
        return engine.catalog.of(programme).live.programme.programme
    living = [one for town in known.values() for one in town.live.people.people]
    fitting = [name for name, town in known.items() if person in town.live.people.people] or list(known)
    if len(fitting) == 1:
        return fitting[0]
    if person not in living and difflib.get_close_matches(person, living, n=1):
        raise errors.unknown("person", person, living, zh="人员")
    raise failures.Usage(
        f"which programme? give --programme, one of: {', '.join(sorted(fitting)) or 'none yet'}",
        f"哪个项目？请用 --programme 指定：{'、'.join(sorted(fitting)) or '尚无'}",
        possible=sorted(fitting),
    )


def _balances(found: list[balances.Balance]) -> None:
    from cli import tables

    if not found:
        output.line(output.say("nobody owns anything yet", "还没有任何积分或款项"))
        return
    heads = (
        ("programme", "项目"),
        ("person", "人员"),
        ("account", "账户"),
        ("balance", "余额"),
        ("held", "冻结"),
        ("this month", "本月变动"),
    )
    table = tables.plain(*(output.say(en, zh) for en, zh in heads), whole=(0, 1, 2, 3, 4, 5), right=(3, 4, 5))
    for one in found:
        language = output.language()
        owned, held = f"{one.balance:,} {one.unit.say(language)}", f"{one.held:,}" if one.held else ""
        changed = f"{one.month:+,}" if one.month else ""
        table.add_row(one.programme, f"{one.name} ({one.person})", one.title.say(language), owned, held, changed)
    output.console().print(table)


def _statement(found: balances.Statement, engine: composition.Engine) -> None:
    from engine import balances as reading

    town, language = engine.catalog.of(found.programme), output.language()
    titled = {account: reading.titles(town, account) for account in (*found.before, *found.balances, *found.held)}
    output.line(f"{found.name} ({found.person}) · {town.live.programme.title.say(language)}" + (f" · {found.month}" if found.month else ""))
    for account, amount in found.before.items():
        unit = titled[account][1].say(language)
        output.line(output.say(f"brought forward: {amount:,} {unit}", f"上期结转：{amount:,} {unit}"))
    if found.entries:
        _entries(found.entries, language)
    else:
        output.line(output.say("no lines", "没有明细"))
    for account, amount in found.balances.items():
        title, counted = titled[account]
        held = found.held.get(account, 0)
        more = output.say(f" (and {held:,} held)", f"（另冻结 {held:,}）") if held else ""
        output.line(f"{title.say(language)}{output.say(': ', '：')}{amount:,} {counted.say(language)}{more}")


def _entries(entries: tuple[balances.Entry, ...], language: str) -> None:
    from cli import tables

    heads = (("date", "日期"), ("case", "案件"), ("reason", "事由"), ("amount", "数额"), ("balance", "余额"))
    table = tables.plain(*(output.say(en, zh) for en, zh in heads), whole=(0, 1, 3, 4), right=(3, 4))
    for line in entries:
        unit = line.unit.say(language)
        by = f" · {line.actor}" if line.case is None and line.actor else ""
        when, why = tables.moment(line.at, line.zone)[:16], line.reason.say(language) + by
        table.add_row(when, line.case or "", why, f"{line.amount:+,} {unit}", f"{line.balance:,} {unit}")
    output.console().print(table)
