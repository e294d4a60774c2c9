"""The robots of chat groups as people look at them: whether each can speak, how much it has said, and a word to try it by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from config import robots
from engine import composition, errors, groups, pacing
from engine import now as times
from notifications import chat
from notifications.mailer import Fate
from storage import pacing as statements

LONGEST = 2000
"""Characters of a word to try a robot by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotView:
    """One robot of one programme. `missing` are variables of the environment that are not set; `wrong` says what is wrong with the
    address that is; `until` is when its product lets it speak again (real UTC microseconds), None where it may now."""

    programme: str
    name: str
    robot: robots.Robot
    missing: tuple[str, ...]
    wrong: str | None
    sent: int
    waiting: int
    until: int | None

    @property
    def ready(self) -> bool:
        return not self.missing and self.wrong is None

    @property
    def lacks(self) -> str:
        """What keeps it from speaking, in a word or two: variables that are not set, or what is wrong with the address."""
        return ", ".join(self.missing) or self.wrong or ""

    def body(self, zone: str) -> dict[str, Any]:
        """As JSON. Addresses and secrets are never among it, only the names of their variables."""
        return {
            "programme": self.programme,
            "name": self.name,
            "title": {"zh": self.robot.title.zh, "en": self.robot.title.en},
            "kind": self.robot.kind,
            "address": self.robot.address,
            "secret": self.robot.secret,
            "for": list(self.robot.for_),
            "mention": list(self.robot.mention),
            "ready": self.ready,
            "missing": list(self.missing),
            "wrong": self.wrong,
            "sent_last_minute": self.sent,
            "a_minute": pacing.A_MINUTE,
            "waiting": self.waiting,
            "silent_until": times.written(self.until, zone) if self.until is not None else None,
        }


class NotReady(errors.EngineError):
    """A robot that could not say a word; the sentence says why."""

    code = "robot-not-ready"


class Refused(errors.EngineError):
    """The product did not take the message; the sentence says what to do."""

    code = "robot-refused"


def listed(engine: composition.Engine, *, programme: str | None = None) -> list[RobotView]:
    """Every robot of the programmes in force, or of one. Raises NotFound for a programme that nobody knows."""
    if programme is not None:
        engine.catalog.of(programme)
    towns = {name: town for name, town in sorted(engine.catalog.programmes.items()) if programme in (None, name)}
    return list(_views(engine, [(name, each) for name, town in towns.items() for each in town.live.robots.robots]))


def _views(engine: composition.Engine, named: Sequence[tuple[str, str]]) -> Iterator[RobotView]:
    if not named:
        return
    from notifications import webhooks

    now = times.wall()
    with engine.store.reading() as tx:
        recipients = sorted({robots.ROBOT + name for _, name in named})
        rows = tx.all(statements.WAITING, (tx.listed(recipients),))
        waiting = {(programme, recipient): int(count) for programme, recipient, count in rows}
        for programme, name in named:
            robot = engine.catalog.of(programme).live.robots.robots[name]
            known = groups.access(robot)
            pace = pacing.look(tx, known.address) if known.address else pacing.Pace()
            yield RobotView(
                programme=programme,
                name=name,
                robot=robot,
                missing=known.missing,
                wrong=webhooks.wrong_address(known.address) if known.address else None,
                sent=len(pace.recent(now)),
                waiting=waiting.get((programme, robots.ROBOT + name), 0),
                until=pace.until if pace.until > now else None,
            )


def find(engine: composition.Engine, name: str, *, programme: str | None = None) -> RobotView:
    """One robot by its name, in a programme where several have one of that name. Raises NotFound."""
    views = listed(engine, programme=programme)
    found = [view for view in views if view.name == name]
    if len(found) > 1:
        where = [view.programme for view in found]
        raise NotReady(
            f"several programmes have a robot {name}: {', '.join(where)}; say which with --programme",
            f"多个项目都有群机器人 {name}：{'、'.join(where)}；请用 --programme 指明",
            possible=where,
        )
    if not found:
        raise errors.unknown("robot", name, [view.name for view in views], zh="群机器人")
    return found[0]


def try_out(engine: composition.Engine, view: RobotView, words: str) -> str:
    """Say a word in a group now, as one of the robot's 20 a minute; what its product answered. Raises NotReady, Refused."""
    if view.missing:
        unset = ", ".join(view.missing)
        raise NotReady(f"{view.name}: not set in the environment: {unset}", f"{view.name}：环境变量未设置：{unset}", possible=view.missing)
    live = engine.catalog.of(view.programme).live.programme
    title, _, text = words.strip()[:LONGEST].partition("\n")
    if not title:
        raise NotReady("there is nothing to say; write the words in quotes", "没有内容；请在引号中写要发送的文字")
    said = chat.Words(title=title, text=text, sender=live.title.say(live.language), link="", language=live.language)
    answer = groups.say(engine, view.robot, said, chat.NOBODY, urgent=False).verdict
    if answer.kind is not Fate.SENT:
        en, _, zh = answer.detail.rpartition(" / ")
        raise Refused(f"{view.name}: {en or zh}", f"{view.name}：{zh}" + (f"（{answer.code}）" if answer.code is not None else ""))
    return answer.detail
