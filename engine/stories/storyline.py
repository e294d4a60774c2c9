"""The course of a tale in words, line by line, for whoever wants to see what happened: who did what, which mail went to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from config import moments, workflow
from config.robots import ROBOT
from config.words import Text
from engine import awards, balances, catalog, rehearsal, requests
from engine.stories import happenings
from notifications import recipients

_MACHINES = {
    requests.TIMER: ("时钟", "the clock"),
    requests.SYSTEM: ("定时任务", "the schedule"),
    requests.LINKED: ("关联案件", "a linked case"),
}
AROUND = 3
"""Lines of the course shown before and after each difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`mark`: a space for what happened, `-` for what was expected and did not, `+` for what was not expected, `…` for lines left out."""

    at: int
    said: Text
    mark: str = " "


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a town's people and things are called: ids in English, names and titles in Chinese."""

    town: catalog.InForce
    flow: workflow.Workflow
    zone: str
    flows: Mapping[str, workflow.Workflow]

    def of(self, flow: str) -> Words:
        """The same for cases of another workflow."""
        return self if flow == self.flow.workflow else replace(self, flow=self.flows[flow])

    def person(self, who: str) -> Text:
        if who.startswith(recipients.FACT):
            name = who.removeprefix(recipients.FACT)
            return Text(zh=self.flow.facts[name].title.zh if name in self.flow.facts else name, en=name)
        if who.startswith(ROBOT):
            name = who.removeprefix(ROBOT)
            robot = self.town.live.robots.robots.get(name)
            return Text(zh=robot.title.zh if robot is not None else name, en=name)
        known = self.town.live.people.people.get(who)
        return Text(
            zh=known.name if known is not None else _MACHINES.get(who, (who, who))[0],
            en=_MACHINES.get(who, (who, who))[1],
        )

    def who(self, word: str) -> Text:
        """A role, `reporter`, `tracker`, a person or a fact that hears."""
        role = self.town.live.people.roles.get(word)
        if role is not None:
            return Text(zh=role.title.zh, en=word)
        special = {"reporter": "上报人", "tracker": "专人"}
        return Text(zh=special[word], en=word) if word in special else self.person(word)

    def people(self, who: Sequence[str]) -> Text:
        named = [self.person(each) for each in who]
        return Text(zh="、".join(each.zh for each in named) or "无人", en=", ".join(each.en for each in named) or "nobody")

    def state(self, name: str) -> Text:
        return Text(zh=self.flow.states[name].title.zh, en=name)

    def clock(self, name: str) -> Text:
        return Text(zh=self.flow.clocks[name].title.zh, en=name)

    def trigger(self, name: str) -> Text:
        title = self.flow.transitions[name].title if name in self.flow.transitions else None
        return Text(zh=title.zh if title is not None else name, en=name)

    def owns(self, person: str, account: str, amount: int) -> Text:
        """`xu-peng has 5 points`."""
        who, (_, unit) = self.person(person), balances.titles(self.town, account)
        return Text(zh=f"{who.zh}有 {amount} {unit.zh}", en=f"{who.en} has {amount} {unit.en}")

    def awarded(self, step: happenings.Step) -> Text | None:
        """What a step did in people's own accounts; None if nothing."""
        lines = [
            (self.person(who), balances.titles(self.town, account)[1], amount)
            for body in step.detail.get("awarded", ())
            for who, account, amount in awards.record(body).lines
            if who in self.town.live.people.people
        ]
        if not lines:
            return None
        return Text(
            zh="、".join(f"{who.zh} {amount:+d} {unit.zh}" for who, unit, amount in lines),
            en=", ".join(f"{who.en} {amount:+d} {unit.en}" for who, unit, amount in lines),
        )

    def at(self, moment: int) -> str:
        return moments.written(moment, self.zone)

    def mail(self, mail: rehearsal.Mail) -> Text:
        who, clock = self.person(mail.recipient), self.clock(mail.clock) if mail.clock else None
        about, about_zh = (f" ({clock.en})", f"（{clock.zh}）") if clock is not None else ("", "")
        return Text(zh=f"{who.zh}收到 {mail.template}{about_zh}", en=f"{who.en} mailed '{mail.template}'{about}")

    def step(self, step: happenings.Step) -> Text | None:
        """An entry of the history; None for a rung that told somebody: its mails say so."""
        actor = self.person(step.actor) if step.actor is not None else Text(zh="匿名", en="somebody")
        if step.kind == "open" and step.actor == requests.SYSTEM:
            return Text(zh=f"{actor.zh}开案 → {self.state(step.state).zh}", en=f"{actor.en} opens → {step.state}")
        if step.kind == "open" and step.actor == requests.LINKED:
            return Text(zh=f"登记 → {self.state(step.state).zh}", en=f"opened → {step.state}")
        if step.kind == "open":
            return Text(zh=f"{actor.zh}上报 → {self.state(step.state).zh}", en=f"{actor.en} reports → {step.state}")
        if step.kind == "move":
            trigger = self.trigger(step.trigger)
            return Text(zh=f"{actor.zh}{trigger.zh} → {self.state(step.state).zh}", en=f"{actor.en}: {step.trigger} → {step.state}")
        if step.kind == "answer":
            who, yes = self.person(step.detail["recipient"]), step.detail["answer"] == "satisfied"
            return Text(zh=f"{who.zh}{'满意' if yes else '不满意'}", en=f"{who.en} is {'' if yes else 'not '}satisfied")
        if step.kind == "refused" and "answer" in step.detail:
            return Text(
                zh=f"未能{self.trigger(step.trigger).zh}（{step.detail['code']}）", en=f"could not {step.trigger} ({step.detail['code']})"
            )
        if step.kind == "refused" and "clock" not in step.detail:
            told = self.trigger(step.trigger)
            return Text(
                zh=f"{actor.zh}未能{told.zh}（{step.detail['code']}）", en=f"{actor.en} could not {step.trigger} ({step.detail['code']})"
            )  # fmt: skip
        if "clock" not in step.detail:
            return None
        clock = self.clock(step.detail["clock"])
        if step.kind == "acknowledge":
            return Text(zh=f"{actor.zh}知道了{clock.zh}", en=f"{actor.en} acknowledges {clock.en}")
        if step.kind == "refused":
            return Text(
                zh=f"{clock.zh}未能{self.trigger(step.trigger).zh}（{step.detail['code']}）", en=f"{clock.en} could not {step.trigger} ({step.detail['code']})"
            )  # fmt: skip
        if step.detail.get("unreached"):
            return Text(
                zh=f"{clock.zh}第 {step.detail['rung'] + 1} 级通知不到任何人",
                en=f"{clock.en}, rung {step.detail['rung'] + 1}: nobody reached",
            )
        return None


def of(lived: happenings.Lived, words: Words, surplus: frozenset[int], missing: Iterable[Line]) -> tuple[Line, ...]:
    """The whole course in order; `surplus` are the places in `lived.heard` of mails that should not have gone, `missing` what should be."""
    lines = list[Line]()
    for step in lived.steps:
        own = words.of(lived.flows[step.case])
        lines += [
            Line(at=step.at, said=labelled(lived, step.case, said)) for said in (own.step(step), own.awarded(step)) if said is not None
        ]
    for place, heard in enumerate(lived.heard):
        if not heard.mail.dropped:
            said = labelled(lived, heard.mail.case, words.of(lived.flows[heard.mail.case]).mail(heard.mail))
            lines.append(Line(at=heard.mail.at, said=said, mark="+" if place in surplus else " "))
    return tuple(sorted([*missing, *lines], key=lambda line: line.at))


def labelled(lived: happenings.Lived, case: int, said: Text) -> Text:
    """What happens in another case than the first begins with what the story calls that."""
    label = lived.cast.label(case)
    return Text(zh=f"{label}：{said.zh}", en=f"{label}: {said.en}") if label else said


def around(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The differences with a few lines about each."""
    near = {place + step for place, line in enumerate(lines) if line.mark in "+-" for step in range(-AROUND, AROUND + 1)}
    shown = list[Line]()
    for place, line in enumerate(lines):
        if place in near or place == 0:
            shown.append(line)
        elif shown[-1].mark != "…":
            shown.append(Line(at=line.at, said=Text(zh="……", en="…"), mark="…"))
    return tuple(shown)
