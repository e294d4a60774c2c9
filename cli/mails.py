"""The outbox: what waits, what went, what nobody would take; a mail's text; trying a dead letter again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli import given, output, session
from engine import composition

if TYPE_CHECKING:
    from engine import messages

outbox = typer.Typer(no_args_is_help=True, help="The mails: which wait, went or died, and what they say.", rich_markup_mode="rich")
ON_SCREEN = 50
MessageId = Annotated[int, typer.Argument(metavar="ID", help="The message's id, as `outbox list` shows it.", show_default=False)]


Reader = Annotated[
    str | None, typer.Option("--as", metavar="ID", help="Only what went to this person, as far as he may see its case.", show_default=False)
]


class State(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


_TITLES = {"pending": "待发送", "sent": "已发送", "dead": "无法投递", "dropped": "已撤销"}
_STYLES = {"pending": "yellow", "sent": "green", "dead": "bold red", "dropped": "dim"}


def register(app: typer.Typer) -> None:
    app.add_typer(outbox, name="outbox")


@outbox.command("list")
def list_messages(
    state: Annotated[State | None, typer.Option("--state", help="Only these.", show_default=False)] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="CASE", help="Only those of one case.", show_default=False)] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help=f"At most so many; {ON_SCREEN} on the screen, all with --json.", show_default=False
        ),
    ] = None,
    as_: Reader = None,
    as_json: given.Json = False,
) -> None:
    """Messages, the newest first.

    [bold]Examples[/bold]

    fengxing outbox list --state dead

    fengxing outbox list --case NX-20261120-0001 --json
    """
    from engine import messages, views

    reference = given.case(case) if case is not None else None
    with session.opened(as_json=as_json) as engine, engine.store.reading() as tx:
        session.know_person(engine, as_)
        of = views.find(tx, engine.catalog, reference, viewer=as_).id if reference is not None else 0
        most = limit if as_json else (limit or ON_SCREEN) + 1
        reader = messages.Reader(known=engine.catalog, person=as_) if as_ is not None else None
        found = messages.listed(tx, state=str(state or ""), case=of, limit=most, reader=reader)
        if as_json:
            output.json_array(message.body(_zone(engine, message)) for message in found)
            return
        shown = [(message, _zone(engine, message)) for message in found]
    _table(shown, limit or ON_SCREEN)


def _zone(engine: composition.Engine, message: messages.MessageView) -> str:
    town = engine.catalog.programmes.get(message.programme)
    return town.live.programme.time_zone if town is not None else "UTC"


def _table(shown: list[tuple[messages.MessageView, str]], most: int) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from cli import tables

    if not shown:
        output.line(output.say("no such messages", "没有符合条件的消息"))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    heads = (("id", "编号"), ("case", "案件"), ("when", "时间"), ("to", "收件人"), ("kind", "种类"), ("state", "状态"), ("subject", "主题"))
    for en, zh in heads:
        table.add_column(output.say(en, zh), overflow="fold")
    for message, zone in shown[:most]:
        state = Text(output.say(message.state, _TITLES[message.state]), style=_STYLES[message.state])
        if message.attempts > 1:
            state.append(f" ×{message.attempts}")
        subject = message.subject or output.say(f"({message.template}, not written yet)", f"（{message.template}，尚未生成）")
        when = tables.moment(message.done_at or message.created_at, zone)
        table.add_row(str(message.id), message.number, when, message.recipient, message.kind, state, Text(subject))
    output.console().print(table)
    if len(shown) > most:
        output.aside(output.say(f"more than {most}; --limit shows more", f"超过 {most} 条；可用 --limit 增加"))


@outbox.command()
def show(
    message: MessageId,
    html: Annotated[bool, typer.Option("--html", help="The HTML instead of the text.", show_default=False)] = False,
    as_: Reader = None,
    as_json: given.Json = False,
) -> None:
    """What a mail says, to whom it went, and what the servers answered.

    [bold]Example[/bold]

    fengxing outbox show 12
    """
    from engine import messages

    with session.opened(as_json=as_json) as engine:
        session.know_person(engine, as_)
        letter = messages.letter(engine, message, viewer=as_)
        zone = _zone(engine, letter.message)
    if as_json:
        body = letter.message.body(zone)
        output.json({**body, "subject": letter.subject, "text": letter.text, "html": letter.html, "preview": letter.preview})
        return
    if html:
        output.line(letter.html)
        return
    one = letter.message
    output.line(output.say(f"To: {one.recipient}", f"收件人：{one.recipient}"))
    output.line(output.say(f"Subject: {letter.subject}", f"主题：{letter.subject}"))
    output.line(
        output.say(f"State: {one.state}", f"状态：{_TITLES[one.state]}")
        + (output.say(" (as it would read now)", "（按现在的内容预览）") if letter.preview else "")
    )
    if one.message_id:
        output.line(f"Message-ID: {one.message_id}")
    for address, outcome, detail in one.tried:
        output.line(output.say(f"Tried: {address or '-'}: {outcome}: {detail}", f"投递记录：{address or '-'}：{outcome}：{detail}"))
    output.line()
    output.line(letter.text)


@outbox.command()
def retry(message: MessageId, as_json: given.Json = False) -> None:
    """Put a dead letter back among the waiting, once its address or the server is right again.

    [bold]Example[/bold]

    fengxing outbox retry 12
    """
    from engine import messages

    with session.opened(as_json=as_json) as engine:
        _changed(engine, messages.retry(engine, message), as_json=as_json)


@outbox.command()
def drop(message: MessageId, as_json: given.Json = False) -> None:
    """Take a message that waits or died out of the post for good; the case's history keeps that it was told.

    [bold]Example[/bold]

    fengxing outbox drop 12
    """
    from engine import messages

    with session.opened(as_json=as_json) as engine:
        _changed(engine, messages.drop(engine, message), as_json=as_json)


def _changed(engine: composition.Engine, message: messages.MessageView, *, as_json: bool) -> None:
    if as_json:
        output.json(message.body(_zone(engine, message)))
        return
    output.line(output.say(f"message {message.id} is now {message.state}", f"消息 {message.id}：{_TITLES[message.state]}"))
