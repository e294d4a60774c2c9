"""The demo where there is no terminal: one readable line for each thing that matters, in the order of its happening.

Stories are told step by step; of the day around them only what is late. Notices are counted, escalations are shown with their mails."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from cli import output
from cli.demonstration import watching
from engine import now as times
from notifications import mailbox


class Lines:
    """Prints to stdout as the day goes on."""

    def __init__(self) -> None:
        self._mails = 0
        self._hour = ""
        self._stories: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def headline(self, words: str) -> None:
        """Said already, where there is no headline."""

    def show(self, picture: watching.Picture, letters: Sequence[mailbox.Letter], titles: dict[str, str]) -> None:
        """What is new since the last time."""
        self._on_the_hour(picture)
        for told in picture.news:
            self._tell(told, titles)
        for letter in letters[self._mails :]:
            if letter.message["X-Fengxing-Case"] is None:
                output.line(f"          ✉  {letter.to[0]}: {letter.subject}")
        self._mails = len(letters)

    def _tell(self, told: watching.Happening, titles: dict[str, str]) -> None:
        story = titles.get(told.number)
        late = told.kind in ("warned", "breached", "refused")
        if story is None and not late:
            return
        if story is not None and told.number not in self._stories:
            self._stories.add(told.number)
            output.line(f"--------  {told.number}  {story}")
        mark = {"warned": "△", "breached": "▲", "refused": "✗"}.get(told.kind, "✓" if told.final else " ")
        output.line(f"{times.local(told.at, 'Asia/Shanghai'):%H:%M:%S}  {told.number} {mark} {told.said}")

    def _on_the_hour(self, picture: watching.Picture) -> None:
        half = f"{times.local(picture.now, 'Asia/Shanghai'):%H}:{'00' if times.local(picture.now, 'Asia/Shanghai').minute < 30 else '30'}"
        if half != self._hour and picture.reports:
            self._hour = half
            output.line(
                output.say(
                    f"== {half} == {picture.reports} reports, {picture.closed} closed, {len(picture.rows)} open, {picture.overdue} overdue, {self._mails} mails",
                    f"== {half} == 上报 {picture.reports}，办结 {picture.closed}，在办 {len(picture.rows)}，超时 {picture.overdue}，邮件 {self._mails}",
                )
            )
