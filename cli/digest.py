"""The leaders' mails: the morning digest and the monthly circular, written to be looked at, or sent."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import failures, given, output, session

if TYPE_CHECKING:
    from engine.figuring import mails


class Kind(StrEnum):
    MORNING = "morning"
    MONTHLY = "monthly"


def register(app: typer.Typer) -> None:
    app.command("digest")(run)


def run(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="morning or monthly.", show_default=False)],
    programme: Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="T", help="As it reads at that moment: 2026-11-20T07:30:00+08:00. Now by default.", show_default=False
        ),
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to whoever has not had this day's or month's.", show_default=False)] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write each mail there, as .eml, .html, .txt and its pictures.", show_default=False),
    ] = None,
    as_json: given.Json = False,
) -> None:
    """The mails that bring the figures to leaders, one each. Without --send nothing leaves the house; who has had one is not sent it again.

    [bold]Examples[/bold]

    fengxing digest morning --programme ningxiang --out preview

    fengxing digest monthly --send
    """
    from engine.figuring import circular, morning

    module = morning if kind is Kind.MORNING else circular
    moment = given.moment(at, "--at")
    if send and at is not None:
        raise failures.Usage("--send sends what is so now; leave --at away", "--send 发送的是现在的情况；请不要同时给出 --at")
    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        with engine.store.reading() as tx:
            engine.catalog.refresh(tx)
        names = [programme] if programme is not None else sorted(engine.catalog.programmes)
        for name in names:
            engine.catalog.of(name)
        now = engine.time.now() if moment is None else moment
        written = {name: module.written(engine, name, now=now) for name in names}
        files = _write(kind, written, out) if out is not None else {}
        sent = module.send(engine, now=now, programme=programme) if send else {}
        silent = [name for name in names if kind is Kind.MONTHLY and engine.catalog.of(name).live.figures.monthly is None]
    if as_json:
        output.json([_body(name, letter, files, sent) for name, letters in written.items() for letter in letters])
        return
    _say(written, files, sent if send else None, silent)


def _body(name: str, letter: mails.Letter, files: dict[tuple[str, str], list[str]], sent: dict[str, int]) -> dict[str, Any]:
    return {
        "programme": name,
        "recipient": letter.person,
        "to": letter.envelope.to,
        "subject": letter.rendered.subject,
        "message_id": letter.envelope.message_id,
        "text": letter.rendered.text,
        "pictures": [picture.name for picture in letter.pictures],
        "files": files.get((name, letter.person), []),
        "sent": sent.get(name, 0),
    }


def _say(
    written: dict[str, list[mails.Letter]], files: dict[tuple[str, str], list[str]], sent: dict[str, int] | None, silent: Sequence[str]
) -> None:
    for name, letters in written.items():
        for letter in letters:
            output.line(f"{name} · {letter.person} <{letter.envelope.to}>")
            output.line(letter.rendered.subject)
            if not files and sent is None:
                output.line()
                output.line(letter.rendered.text)
            for file in files.get((name, letter.person), []):
                output.line(f"  {file}")
        if not letters and name in silent:
            output.aside(
                output.say(
                    f"{name}: no circular is asked for; write `monthly:` in its figures.yaml",
                    f"{name}：未设置月度通报；请在 figures.yaml 中写 `monthly:`",
                )
            )
        elif not letters:
            output.aside(output.say(f"{name}: there is nothing to tell", f"{name}：没有可报告的内容"))
        if sent is not None:
            output.line(output.say(f"{name}: {sent.get(name, 0)} sent", f"{name}：已发送 {sent.get(name, 0)} 封"))


def _write(kind: Kind, written: dict[str, list[mails.Letter]], folder: Path) -> dict[tuple[str, str], list[str]]:
    """The mails as files: what a mail program opens, and what a browser shows (its pictures beside it)."""
    found: dict[tuple[str, str], list[str]] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, letters in written.items():
            for letter in letters:
                stem = f"{kind.value}.{name}.{letter.person}"
                html = letter.rendered.html
                contents: dict[str, bytes] = {f"{stem}.eml": letter.message(letter.envelope.to or "nobody@example.org").as_bytes()}
                for picture in letter.pictures:
                    contents[f"{stem}.{picture.name}.png"] = picture.content
                    html = html.replace(f"cid:{picture.name}", f"{stem}.{picture.name}.png")
                contents |= {f"{stem}.html": html.encode(), f"{stem}.txt": letter.rendered.text.encode()}
                for file, content in contents.items():
                    (folder / file).write_bytes(content)
                found[name, letter.person] = [str(folder / file) for file in contents]
    except OSError as exc:
        raise failures.Usage(f"--out {folder}: cannot be written ({exc.strerror})", f"--out {folder}：无法写入（{exc.strerror}）") from exc
    return found
