"""Did openings and moves keep to the definition: from where, to where, by whom, with which facts, under which condition?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from config import words, workflow
from engine import extensions, history, requests
from engine.mining import conform_clocks, conform_walk
from engine.mining.conform_walk import Detail, Entry, Remark, Walk, deviation
from states import errors as refusals
from states import machine


def opening(walk: Walk, place: int, row: Entry, detail: Detail) -> Iterator[Remark]:
    actor, flow = row[history.ACTOR], walk.compiled.workflow
    if place:
        yield deviation("opening", row, "the case was opened a second time", "重复开案")
        return
    walk.reporter = history.reporter(row)
    to = row[history.TO]
    if row[history.FROM] is not None or to != flow.initial:
        yield deviation("opening", row, f"a case begins in {flow.initial}, this one in {to}", f"案件应始于 {flow.initial}，而此案始于 {to}")
    given = orjson.loads(row[history.FACTS])
    missing = flow.lacking(given)
    if missing:
        yield deviation("fact-missing", row, f"opened without {', '.join(missing)}", f"开案时缺少 {'、'.join(missing)}")
    yield from _unasked(row, [name for name in given if name not in flow.facts])
    if actor == requests.LINKED and "opener" in detail:
        return
    if actor in requests.RESERVED:
        walk.reporter = None
        if "schedule" not in detail:
            yield _role(row, flow.opened_by)
        return
    may, unit = frozenset(flow.opened_by), given.get("unit")
    known = walk.people.words(actor, may, unit=unit if isinstance(unit, str) else None, reporter=actor, tracker=None, own_unit=True)
    if known is None:
        yield conform_walk.stranger(row)
    elif not known & may:
        yield _role(row, flow.opened_by)


def move(walk: Walk, place: int, row: Entry, detail: Detail) -> Iterator[Remark]:
    if place == 0:
        yield deviation("opening", row, "the history does not begin with an opening", "记录并非以开案开始")
    compiled, trigger, source, to = walk.compiled, row[history.TRIGGER], row[history.FROM], row[history.TO]
    rule = compiled.workflow.transitions.get(trigger)
    if rule is None:
        yield deviation("unknown-trigger", row, f"the definition has no transition {trigger}", f"定义中没有操作 {trigger}")
        return
    leads = compiled.machine.table.get((source, trigger))
    if leads is None:
        over = source in compiled.machine.final
        yield deviation(
            "after-the-end" if over else "wrong-state",
            row,
            f"{trigger} does not lead out of {source}{', which is an end' if over else ''}",
            f"{trigger} 不能在 {source} 状态执行{'，该状态为终态' if over else ''}",
        )
    elif leads != to:
        yield deviation(
            "wrong-target", row, f"{trigger} leads from {source} to {leads}, not to {to}", f"{trigger} 应由 {source} 到 {leads}，而非 {to}"
        )
    yield from _guarded(walk, row, rule)
    yield from _extension(walk, row, rule, detail)
    if row[history.ACTOR] == requests.TIMER and conform_clocks.bids(compiled, walk.entries, place) != trigger:
        yield _unbidden(row)


def refused(walk: Walk, place: int, row: Entry, detail: Detail) -> Iterator[Remark]:
    """A rung, a linked case or an answer pulled a trigger in vain: did one, and would the rules have refused it?"""
    trigger, at, compiled = row[history.TRIGGER], row[history.AT], walk.compiled
    if row[history.ACTOR] == requests.LINKED or "answer" in detail:
        return  # what it came with is not kept
    yield from conform_walk.machines(row, requests.TIMER)
    if conform_clocks.bids(compiled, walk.entries, place) != trigger:
        yield _unbidden(row)
        return
    asked = _asked(walk, requests.TIMER, frozenset({requests.TIMER}), {})
    try:
        compiled.machine.step(str(walk.state_at(at)), trigger, asked)
    except refusals.StatesError:
        return
    if walk.folds is not None and extensions.against(compiled, walk.folds, trigger, at=at) is None:
        yield deviation("refused-wrongly", row, f"nothing in the rules stood against {trigger}", f"规则并未禁止 {trigger}")


def _asked(walk: Walk, actor: str, answers_to: frozenset[str], given: dict[str, Any]) -> machine.Asked:
    return machine.Asked(
        actor=actor, words=answers_to, facts={**walk.facts, **given}, given=frozenset(given), last=walk.last, counts=walk.counts
    )


def _guarded(walk: Walk, row: Entry, rule: workflow.Transition) -> Iterator[Remark]:
    """Who might, with other eyes, how often, with which facts, under which condition: the first of them that was against it."""
    actor, by = row[history.ACTOR], frozenset(rule.by)
    known = frozenset({actor}) if actor in requests.RESERVED else walk.words_of(actor, by)
    if row[history.DETAIL] and "answer" in orjson.loads(row[history.DETAIL]):
        known = (known or frozenset()) | {"reporter"}  # pulled in the reporter's name
    if known is None:
        yield conform_walk.stranger(row)
    given = {name: value for name, value in orjson.loads(row[history.FACTS]).items() if name not in rule.writes()}
    asked = _asked(walk, str(actor), by if known is None else known, given)
    refusal = walk.compiled.machine.guards[row[history.TRIGGER]].against(asked)
    if refusal is not None:
        yield from _said(row, rule, refusal)


def _said(row: Entry, rule: workflow.Transition, refusal: refusals.StatesError) -> Iterator[Remark]:
    """What the rules would have said, now that it is done."""
    code, trigger, who = refusal.code, row[history.TRIGGER], row[history.ACTOR]
    if isinstance(refusal, refusals.RoleRefused):
        yield _role(row, rule.by)
    elif isinstance(refusal, refusals.FourEyes):
        did = refusal.did
        yield deviation(code, row, f"{who} did {did} too; somebody else had to {trigger}", f"{who} 已执行 {did}，{trigger} 应由他人执行")
    elif isinstance(refusal, refusals.TooOften):
        yield deviation(code, row, f"{trigger} more often than {refusal.most} times", f"{trigger} 超过 {refusal.most} 次")
    elif isinstance(refusal, refusals.FactMissing):
        yield deviation(code, row, f"{trigger} without {', '.join(refusal.missing)}", f"{trigger} 缺少 {'、'.join(refusal.missing)}")
    elif isinstance(refusal, refusals.FactUnasked):
        yield from _unasked(row, refusal.unasked)
    elif isinstance(refusal, refusals.ConditionFailed):
        yield deviation(code, row, f"{trigger} is only for cases with {refusal.condition}", f"{trigger} 仅限 {refusal.condition} 的案件")


def _extension(walk: Walk, row: Entry, rule: workflow.Transition, detail: Detail) -> Iterator[Remark]:
    """Was what was granted what the rule grants, and could the clock be extended then?"""
    trigger, granted = row[history.TRIGGER], detail.get("extension")
    owed = None if rule.extends is None else _grants(rule.extends, {**walk.facts, **orjson.loads(row[history.FACTS])})
    if granted != owed:
        yield deviation(
            "extension",
            row,
            f"{trigger} grants {_amount(owed)}, not {_amount(granted)}",
            f"{trigger} 应延长 {_amount(owed)}，而非 {_amount(granted)}",
        )
    if rule.extends is not None and walk.folds is not None and walk.walked:
        refusal = extensions.against(walk.compiled, walk.folds_at(row[history.AT]), trigger, at=row[history.AT])
        if refusal is not None:
            yield deviation(refusal.code, row, str(refusal), refusal.zh)


def _grants(rule: workflow.Extends, facts: dict[str, Any]) -> list[Any] | None:
    try:
        by = words.Duration.parse(str(facts.get(rule.by.fact))) if isinstance(rule.by, workflow.FromFact) else rule.by
    except ValueError:
        return None
    return [rule.clock, by.micros, by.unit.value]


def _amount(granted: list[Any] | None) -> str:
    return "–" if granted is None else f"{granted[0]} +{granted[1] / 1e6:.0f} s"


def _unasked(row: Entry, names: Sequence[str]) -> Iterator[Remark]:
    trigger = row[history.TRIGGER]
    if names:
        yield deviation("fact-unasked", row, f"{trigger} does not take {', '.join(names)}", f"{trigger} 不接受 {'、'.join(names)}")


def _role(row: Entry, by: Sequence[str]) -> Remark:
    who, trigger = row[history.ACTOR], row[history.TRIGGER]
    return deviation(
        "role",
        row,
        f"{who or 'somebody anonymous'} never had a role that may {trigger}: {', '.join(by)}",
        f"{who or '匿名者'} 从未具有可执行 {trigger} 的角色：{'、'.join(by)}",
    )


def _unbidden(row: Entry) -> Remark:
    trigger = row[history.TRIGGER]
    return deviation("timer-unbidden", row, f"no rung pulled {trigger} just before", f"此前没有任何一级提醒触发 {trigger}")
