from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.demonstration import lines, screen, script, watching
from notifications import mailbox

MINUTE = 60_000_000


def a_row(number: str = "NX-20260812-0001", **more: object) -> watching.Row:
    kept: dict[str, object] = {
        "number": number, "what": "路灯不亮", "state": "Dispatched", "unit": "Street lamp crew", "urgent": False, "clock": "Time to resolve",
        "left": 12 * MINUTE, "share": 0.5, "paused": False, "last": "20:47 Dispatch", **more,
    }  # fmt: skip
    return watching.Row(**kept)  # type: ignore[arg-type] # a builder takes whatever its caller wants to be different


def a_picture(*rows: watching.Row, news: tuple[watching.Happening, ...] = (), at: str = "20:47") -> watching.Picture:
    overdue = sum(row.left is not None and row.left < 0 for row in rows)
    return watching.Picture(now=script.moment(at), rows=rows, news=news, reports=len(rows) + 2, closed=2, overdue=overdue)


def a_letter(subject: str = "【催办】已超时 10 分钟") -> mailbox.Letter:
    raw = f"From: a@b.example\r\nTo: Wu <wu@b.example>\r\nSubject: {subject}\r\nMessage-ID: <x@b.example>\r\n\r\nx".encode()
    return mailbox.Letter(sender="a@b.example", to=("wu@b.example",), received=0, raw=raw)


def drawn(picture: watching.Picture, *, width: int = 140, height: int = 40, letters: tuple[mailbox.Letter, ...] = ()) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None, highlight=False, markup=False)
    with screen.Screen(360, console) as shown:
        shown.headline("Prefect http://127.0.0.1:4200")
        shown.show(picture, letters, {})
    return str(console.file.getvalue())  # type: ignore[attr-defined] # the StringIO above


def test_the_screen_shows_the_towns_clock_and_what_is_open() -> None:
    seen = drawn(a_picture(a_row()), width=170)
    for words in (
        "2026-08-12",
        "20:47:00",
        "×360",
        "NX-20260812-0001",
        "路灯不亮",
        "Street lamp crew",
        "12:00",
        "2 closed of 3",
        "127.0.0.1:4200",
    ):
        assert words in seen


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (a_row(left=90 * MINUTE), "1h 30m"),
        (a_row(left=2 * 1440 * MINUTE), "2d 00h"),
        (a_row(left=-7 * MINUTE, share=0.0), "−7:00"),
        (a_row(paused=True), "paused"),
        (a_row(left=None), "—"),
    ],
)
def test_time_left_as_people_read_it(row: watching.Row, words: str) -> None:
    assert words in drawn(a_picture(row))


def test_a_narrow_terminal_has_fewer_columns() -> None:
    seen = drawn(a_picture(a_row()), width=80, height=24)
    assert "NX-20260812-0001" in seen
    assert "12:00" in seen
    assert "Street lamp crew" not in seen


def test_what_does_not_fit_is_counted() -> None:
    assert "more" in drawn(a_picture(*(a_row(f"NX-20260812-{n:04}") for n in range(60))))


def test_news_and_mails_are_shown_as_they_come() -> None:
    news = (
        watching.Happening(at=script.moment("20:51"), number="NX-20260812-0001", kind="breached", said="Time to dispatch: due → told 钱伟"),
    )
    seen = drawn(a_picture(a_row(), news=news), letters=(a_letter(),))
    assert "told 钱伟" in seen
    assert "【催办】已超时 10 分钟" in seen


def test_nothing_in_a_case_is_read_as_markup() -> None:
    assert "[bold]x[/bold]" in drawn(a_picture(a_row(what="[bold]x[/bold]")))


def test_lines_tell_stories_and_lapses_and_leave_the_ordinary_out(capsys: pytest.CaptureFixture[str]) -> None:
    def told(number: str, kind: str, said: str) -> watching.Happening:
        return watching.Happening(at=script.moment("20:41"), number=number, kind=kind, said=said)

    news = (told("NX-1", "open", "a story begins"), told("NX-2", "move", "an ordinary move"), told("NX-2", "breached", "a lapse"))
    with lines.Lines() as shown:
        shown.show(a_picture(a_row(), news=news), [a_letter("【汇总】8 件")], {"NX-1": "The dead lamp"})
    out = capsys.readouterr().out
    assert "The dead lamp" in out
    assert "20:41:00  NX-1   a story begins" in out
    assert "NX-2 ▲ a lapse" in out
    assert "an ordinary move" not in out
    assert "wu@b.example: 【汇总】8 件" in out, "a digest is worth a line"
