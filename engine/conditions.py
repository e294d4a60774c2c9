"""One condition of a move, looked at by itself: whether it holds, and in words what is and what is wanted.

The codes are those of the refusals (`states.errors`, `engine.errors`), so that a script finds the one that refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config import matches, workflow
from config.words import Text
from engine import checklists as lists
from engine import draft, errors, facts, history, particulars, wording
from engine import now as times
from notifications import say
from sla import clocks
from states import errors as states_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`about` is the fact, trigger or clock that it is about, if any; `said` is a sentence about what is."""

    code: str
    about: str | None
    holds: bool
    said: Text


def version(case: draft.Draft, given: int) -> Condition:
    said = wording.composed(zh=f"您看到的是版本 {given}，现在是 {case.version}", en=f"you saw version {given}; it is {case.version}")
    return Condition(code="stale-version", about=None, holds=given == case.version, said=said)


def invalid(name: str, wrong: errors.FactInvalid) -> Condition:
    return Condition(code=wrong.code, about=name, holds=False, said=wording.composed(zh=wrong.zh, en=str(wrong)))


def state(case: draft.Draft, trigger: str, rule: workflow.Transition) -> Condition:
    states = case.compiled.workflow.states
    wanted = [name for name in rule.from_ if name in states]
    zh = f"案件处于“{states[case.state].title.zh}”；{trigger} 可从以下状态执行：{'、'.join(states[name].title.zh for name in wanted)}"
    en = f"the case is {case.state}; {trigger} starts from: {', '.join(wanted)}"
    return Condition(code="wrong-state", about=None, holds=case.state in rule.from_, said=wording.composed(zh=zh, en=en))


def role(case: draft.Draft, actor: str, words: Collection[str], rule: workflow.Transition) -> Condition:
    """What the actor is in this case, and what it takes; a role that he has, but elsewhere, is named."""
    en, zh = states_errors.of_unit(rule.by, case.unit, case.town.people.scope)
    his = [word for word in sorted(words) if word != "anyone"]
    said = wording.composed(
        zh=f"{actor} 在本案中：{'、'.join(his) or '无角色'}；需要：{'、'.join(zh)}",
        en=f"{actor} is {', '.join(his) or 'nobody'} in this case; it takes: {', '.join(en)}",
    )
    person = case.town.live.people.people.get(actor)
    elsewhere = [r for r in rule.by if person is not None and r in person.roles and r not in words]
    if elsewhere and person is not None:
        said = wording.composed(
            zh=f"{said.zh}（{actor} 是单位 {person.unit or '–'} 的 {'、'.join(elsewhere)}）",
            en=f"{said.en} ({actor} is {', '.join(elsewhere)}, but of {person.unit or 'no unit'})",
        )
    return Condition(code="role", about=None, holds=not frozenset(rule.by).isdisjoint(words), said=said)


def four_eyes(case: draft.Draft, did: str, actor: str, rows: Sequence[tuple[Any, ...]]) -> Condition:
    """Who did that last, and when."""
    who = case.last.get(did)
    done = [row for row in rows if row[history.TRIGGER] == did and row[history.ACTOR] == who and row[history.KIND] in ("open", "move")]
    if who is None or not done:
        said = wording.composed(zh=f"双人复核：尚无人执行 {did}", en=f"four eyes: nobody has done {did} yet")
    else:
        at = f"{times.local(done[-1][history.AT], case.compiled.zone):%Y-%m-%d %H:%M:%S}"
        said = wording.composed(zh=f"双人复核：{did} 最近由 {who} 于 {at} 执行", en=f"four eyes: {did} was done last by {who}, {at}")
    return Condition(code="four-eyes", about=did, holds=who != actor, said=said)


def counted(case: draft.Draft, trigger: str, rule: workflow.Transition) -> Iterator[Condition]:
    """How often it was done of how often it may be, for the move and for the extension it grants."""
    done = case.counts.get(trigger, 0)
    for most in (rule.most, rule.extends.most if rule.extends is not None else None):
        if most is not None:
            said = wording.composed(zh=f"已用 {done} 次，最多 {most} 次", en=f"done {done} of {most} times")
            yield Condition(code="too-often", about=trigger, holds=done < most, said=said)


def needed(name: str, given: Mapping[str, Any]) -> Condition:
    if name in given:
        said = wording.composed(zh=f"{name}：已提供", en=f"{name}: given with it")
    else:
        said = wording.composed(zh=f"{name}：必须同时提供", en=f"{name}: must be given with it (--fact {name}=…)")
    return Condition(code="fact-missing", about=name, holds=name in given, said=said)


def unasked(name: str, trigger: str, rule: workflow.Transition) -> Condition:
    takes = (*rule.needs, *rule.takes)
    said = wording.composed(
        zh=f"{name}：{trigger} 不接受；可以提供：{'、'.join(takes) or '无'}",
        en=f"{name}: {trigger} does not take it; it takes: {', '.join(takes) or 'nothing'}",
    )
    return Condition(code="fact-unasked", about=name, holds=False, said=said)


def matched(name: str, values: Sequence[str], known: Mapping[str, Any], hides: frozenset[str] = frozenset()) -> Condition:
    """One fact of a transition's `when`, with the value it has where it is not among those that are hidden."""
    holds = name in known and matches.spelled(known[name]) in values
    en, zh = " or ".join(values), "或".join(values)
    if name not in known:
        said = wording.composed(zh=f"{name} 尚未填写；须为 {zh}", en=f"{name} is not known; it must be {en}")
    elif name in hides:
        said = wording.composed(zh=f"{name} 不显示；须为 {zh}", en=f"{name} is not shown; it must be {en}")
    elif isinstance(known[name], dict) and facts.PERSONAL in known[name]:
        said = wording.composed(zh=f"{name} 是个人信息；须为 {zh}", en=f"{name} is personal; it must be {en}")
    else:
        value = say.short(matches.spelled(known[name]), 60)
        said = wording.composed(zh=f"{name} 为 {value}；须为 {zh}", en=f"{name} is {value}; it must be {en}")
    return Condition(code="condition", about=name, holds=holds, said=said)


def checklists(case: draft.Draft, rule: workflow.Transition, step: str | None, words: Collection[str]) -> Iterator[Condition]:
    """Whether all is done that must be, and whether the step that is ticked can be."""
    for fact in rule.needs_done:
        value = lists.of(case.facts, fact)
        said = (
            lists.progress(value)
            if value is not None
            else wording.composed(zh="未启动预案，无需完成", en="no plan was started, so nothing is owed")
        )
        open_ = any(done is None for _, _, done in lists.steps(value))
        yield Condition(
            code="steps-open", about=fact, holds=not open_, said=wording.composed(zh=f"{fact}：{said.zh}", en=f"{fact}: {said.en}")
        )
    if rule.ticks is None:
        return
    value = lists.of(case.facts, rule.ticks)
    if value is None:
        said = wording.composed(zh=f"{rule.ticks}：本案尚未启动预案", en=f"{rule.ticks}: no plan was started in this case")
        yield Condition(code="no-plan", about=rule.ticks, holds=False, said=said)
    elif step is None:
        names = list(value["steps"])
        said = wording.composed(
            zh=f"须指明步骤（--fact step=…）：{'、'.join(names)}", en=f"name the step (--fact step=…): {', '.join(names)}"
        )
        yield Condition(code="fact-missing", about=lists.STEP, holds=False, said=said)
    elif step not in value["steps"]:
        names = list(value["steps"])
        said = wording.composed(zh=f"没有步骤 {step}；步骤：{'、'.join(names)}", en=f"no step {step}; steps: {', '.join(names)}")
        yield Condition(code="step-unknown", about=step, holds=False, said=said)
    else:
        yield from _step(step, value["steps"][step], words)


def _step(step: str, kept: Mapping[str, Any], words: Collection[str]) -> Iterator[Condition]:
    done, by = kept.get("done"), kept.get("by", ())
    said = wording.composed(zh=f"{step}：尚未完成", en=f"{step}: not done yet")
    if done is not None:
        said = wording.composed(zh=f"{step}：已由 {done['by']} 于 {done['at']} 完成", en=f"{step}: done by {done['by']} at {done['at']}")
    yield Condition(code="step-done", about=step, holds=done is None, said=said)
    if by:
        said = wording.composed(zh=f"{step} 须由以下角色确认：{'、'.join(by)}", en=f"{step} is ticked by: {', '.join(by)}")
        yield Condition(code="role", about=step, holds=not frozenset(by).isdisjoint(words), said=said)


def places(case: draft.Draft, rule: workflow.Places, taken: int) -> Condition:
    """How many of the places are taken by others."""
    en, zh = zip(*particulars.titles(case.compiled.workflow, rule), strict=True)
    said = wording.composed(
        zh=f"名额（{'、'.join(zh)}）：已用 {taken}，共 {rule.most}", en=f"places ({', '.join(en)}): {taken} of {rule.most} taken"
    )
    return Condition(code="no-place", about=None, holds=taken < rule.most, said=said)


def extension(case: draft.Draft, clock: str, against: states_errors.StatesError | None, *, now: int) -> Condition:
    """Whether the clock that would be extended is under way and not overdue."""
    if against is not None:
        return Condition(code=against.code, about=clock, holds=False, said=wording.composed(zh=against.zh, en=str(against)))
    reckoned = clocks.reckon(case.compiled.plans[clock], case.folds[clock], case.compiled.timelines, now=now)
    left = reckoned.remaining
    said = wording.composed(
        zh=f"“{clock}”可以延期，剩余 {say.duration(left, 'zh') or '–'}",
        en=f"{clock} can be extended; {say.duration(left, 'en') or 'no time'} left",
    )
    return Condition(code="already-overdue", about=clock, holds=True, said=said)
