"""Why somebody may pull a trigger or not, as a list that a person can go through: what holds, what does not, who could do it instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli import failures, given, output, session

if TYPE_CHECKING:
    from rich.console import Console

    from engine import decisions

_SHOWN = 12
"""Candidates on a screen; `--json` has them all."""


def weigh(
    case: str, trigger: str, actor: str | None, facts: dict[str, Any], *, if_version: int | None, at: int | None, as_json: bool
) -> None:
    """`explain CASE --trigger T --as ID`."""
    from engine import decisions, requests, views

    if actor is None:
        raise failures.Usage("--trigger asks about somebody; give --as ID too", "--trigger 须与 --as 一起使用：给出人员编号")
    who = actor if actor == requests.TIMER else given.actor(actor)
    asked = decisions.Asked(trigger=trigger, actor=str(who), facts=facts, if_version=if_version)
    with session.opened(as_json=as_json) as engine:
        now = engine.time.now()
        with engine.store.reading() as tx:
            weighed = decisions.decide(tx, engine.catalog, views.find(tx, engine.catalog, case, viewer=who), asked, at=at, now=now)
    if as_json:
        output.json(weighed.body(output.language()))
        return
    _print(output.console(), weighed)


def refused(case: str, viewer: str | None, *, as_json: bool) -> None:
    """`explain CASE --refused [--as ID]`."""
    from engine import decisions, views

    with session.opened(as_json=as_json) as engine, engine.store.reading() as tx:
        session.know_person(engine, viewer)
        found = decisions.refused(tx, engine.catalog, views.find(tx, engine.catalog, case, viewer=viewer), viewer=viewer)
    if as_json:
        output.json([each.body(output.language()) for each in found])
        return
    console = output.console()
    for each in found:
        _print(console, each)
    if not found:
        console.print(output.say("no rung's trigger was refused on this case", "此件没有被拒绝的自动操作"))


def _print(console: Console, weighed: decisions.Decision) -> None:
    from rich.text import Text

    from cli import tables

    asked, at = weighed.asked, tables.moment(weighed.at, weighed.zone)
    entry = output.say(f" (entry {weighed.seq})", f"（第 {weighed.seq} 条记录）") if weighed.seq is not None else ""
    may = weighed.possible
    verdict = output.say("yes" if may else "no", "可以" if may else "不可以")
    heading = output.say(
        f"{weighed.number}, {weighed.state}, {at}{entry}: may {asked.actor} {asked.trigger}? ",
        f"{weighed.number}，{weighed.state}，{at}{entry}：{asked.actor} 能否执行 {asked.trigger}？",
    )
    console.print(Text.assemble((heading, "bold"), (verdict, "bold green" if may else "bold red")))
    if weighed.refusal is not None:
        console.print(Text(output.say(str(weighed.refusal), weighed.refusal.zh), style="red"))
    language = output.language()
    for each in weighed.conditions:
        console.print(Text.assemble(("  ✓ " if each.holds else "  ✗ ", "green" if each.holds else "red"), each.said.say(language)))
    if weighed.path:
        way = " → ".join(weighed.path)
        console.print(output.say(f"  the way there: {way}", f"  需先执行：{way}"))
    elif weighed.path is None and weighed.refusal is not None and weighed.refusal.code == "wrong-state":
        console.print(output.say("  no move leads there any more", "  已无法到达可执行的状态"))
    _candidates(console, weighed)


def _candidates(console: Console, weighed: decisions.Decision) -> None:
    language = output.language()
    said = [
        f"{each.person} ({', '.join(each.words)}{'; ' + each.hours.say(language) if each.hours is not None else ''})"
        for each in weighed.may[:_SHOWN]
    ]
    if len(weighed.may) > _SHOWN:
        said.append(output.say(f"and {len(weighed.may) - _SHOWN} more", f"等 {len(weighed.may)} 人"))
    listed = ", ".join(said) or output.say("nobody", "无人")
    console.print(output.say(f"  who has the role for it: {listed}", f"  有权执行者：{listed}"))
