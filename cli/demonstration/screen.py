"""The demo on a terminal: the town's clock, the open cases with their countdowns, what happens, and the mails as they arrive."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli import output
from cli.demonstration import watching
from engine import now as times
from notifications import mailbox

STYLES = {"warned": "yellow", "breached": "bold red", "acknowledge": "cyan", "refused": "red", "open": "white"}
BAR = 10
COLUMNS = (
    ("case", "编号", 0, 0),
    ("what", "内容", 4, 0),
    ("state", "状态", 2, 0),
    ("unit", "单位", 3, 130),
    ("clock", "时限", 3, 95),
    ("time left", "剩余", 0, 0),
    ("last", "最近", 6, 110),
)
"""In both languages, with the share of the width (0: fixed) and the terminal's width from which on it is shown."""


class Screen:
    """Draws the whole terminal a few times a second; leaves it as it was."""

    def __init__(self, speed: float, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, markup=False, emoji=False)
        self.speed = speed
        self._live = Live(console=self.console, screen=True, auto_refresh=False)
        self._news: deque[watching.Happening] = deque(maxlen=60)
        self._where = ""

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self._live.__exit__(kind, exc, trace)

    def headline(self, words: str) -> None:
        """What stands beside the counts all the time."""
        self._where = words

    def show(self, picture: watching.Picture, letters: Sequence[mailbox.Letter], titles: dict[str, str]) -> None:
        """Draw the town as it stands."""
        self._news.extend(picture.news)
        height = self.console.size.height
        below = max(6, min(14, height // 3))
        layout = Layout()
        layout.split_column(Layout(name="head", size=3), Layout(name="cases"), Layout(name="below", size=below))
        layout["below"].split_row(Layout(name="news", ratio=5), Layout(name="mails", ratio=4))
        layout["head"].update(self._head(picture, len(letters)))
        layout["cases"].update(_cases(picture, max(1, height - below - 3 - 3), self.console.size.width))
        layout["news"].update(
            _panel(output.say("what happens", "刚刚发生"), [_news(one, titles) for one in list(self._news)[-(below - 2) :]])
        )
        layout["mails"].update(
            _panel(output.say("mails as they arrive", "收到的邮件"), [_mail(one) for one in list(letters)[-(below - 2) :]])
        )
        self._live.update(layout, refresh=True)

    def _head(self, picture: watching.Picture, mails: int) -> RenderableType:
        at = times.local(picture.now, "Asia/Shanghai")
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(" 蜂行 ", style="bold black on yellow")
        line.append(f"  {at:%Y-%m-%d} ", style="dim")
        line.append(f"{at:%H:%M:%S}", style="bold")
        line.append(f"  ×{self.speed:g}", style="dim")
        line.append(
            output.say(f"   {picture.overdue} overdue", f"   超时 {picture.overdue}"), style="bold red" if picture.overdue else "green"
        )
        counts = output.say(
            f" · {len(picture.rows)} open · {picture.closed} closed of {picture.reports} reports",
            f" · 在办 {len(picture.rows)} · 办结 {picture.closed} · 上报 {picture.reports}",
        )
        line.append(counts)
        line.append(output.say(f" · {mails} mails", f" · 邮件 {mails}"))
        return Panel(Group(line), subtitle=Text(self._where, style="dim"), subtitle_align="right", box=box.ROUNDED, padding=(0, 1))


def _cases(picture: watching.Picture, most: int, width: int) -> RenderableType:
    """The most pressing first; a narrow terminal has fewer columns rather than narrower ones."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, header_style="bold", show_edge=False)
    columns = [(en, zh, ratio) for en, zh, ratio, least in COLUMNS if width >= least]
    for en, zh, ratio in columns:
        table.add_column(
            output.say(en, zh), no_wrap=True, overflow="ellipsis", ratio=ratio or None, width={"case": 16, "time left": 19}.get(en)
        )
    for row in picture.rows[:most]:
        cells = {
            "case": Text(row.number, style="bold red" if row.urgent else ""),
            "what": Text(row.what),
            "state": Text(row.state, style="cyan"),
            "unit": Text(row.unit),
            "clock": Text(row.clock, style="dim"),
            "time left": _left(row),
            "last": Text(row.last, style="dim"),
        }
        table.add_row(*(cells[en] for en, _, _ in columns))
    if len(picture.rows) > most:
        table.add_row(Text(output.say(f"… {len(picture.rows) - most} more", f"……还有 {len(picture.rows) - most} 件"), style="dim"))
    return table


def _left(row: watching.Row) -> Text:
    """A bar that empties, and the time: green, yellow in the last fifth, red when over; a paused clock stands still."""
    if row.left is None:
        return Text("—", style="dim")
    if row.paused:
        return Text(output.say("‖ paused", "‖ 暂停"), style="yellow")
    span = _span(abs(row.left))
    if row.left < 0:
        return Text(f"{'!' * 3} −{span}", style="bold white on red")
    full = round(row.share * BAR)
    style = "yellow" if row.share < 0.2 else "green"
    return Text.assemble(("█" * full, style), ("·" * (BAR - full), "dim"), (f" {span}", style))


def _span(micros: int) -> str:
    """`2d 03h`, `1h 04m`, `7:30`."""
    seconds = micros // 1_000_000
    if seconds >= 86_400:
        return f"{seconds // 86_400}d {seconds % 86_400 // 3600:02}h"
    if seconds >= 3_600:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"
    return f"{seconds // 60}:{seconds % 60:02}"


def _panel(title: str, lines: Sequence[Text]) -> Panel:
    return Panel(Group(*lines), title=Text(title, style="bold"), title_align="left", box=box.ROUNDED, padding=(0, 1), border_style="dim")


def _news(told: watching.Happening, titles: dict[str, str]) -> Text:
    style = "green" if told.final else STYLES.get(told.kind, "")
    line = Text(f"{watching.clock_of(told.at)} ", style="dim", no_wrap=True, overflow="ellipsis")
    line.append(f"{told.number[-4:]} ", style="bold" if told.number in titles else "dim")
    line.append(told.said, style=style)
    return line


def _mail(letter: mailbox.Letter) -> Text:
    name = letter.message["To"].addresses[0].display_name or letter.to[0]
    line = Text("✉ ", style="dim", no_wrap=True, overflow="ellipsis")
    line.append(f"{name} ", style="bold")
    line.append(letter.subject, style="red" if letter.message["Importance"] else "")
    return line
