"""Visibility: does each rule mean somebody and something, and does nobody act on, or hear of, what is hidden from him?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config import check_facts, landscape, visibility
from config.landscape import WorkflowPage
from config.problems import Path, Said, Saying
from config.visibility import Veil, Visibility
from config.workflow import ACTORS, FactType

NOBODY = Saying(
    "nobody-may-see",
    "nobody has any of these roles, so what the rule hides is hidden from everybody: {words}",
    "give one of the roles to somebody under `people`, or name another",
    "没有人担任这些角色，所以没有任何人能看到：{words}",
    "请在 `people` 中让某人担任，或改写其他角色",
)
NO_EFFECT = Saying(
    "rule-without-effect",
    "earlier rules decide on all that this one names, so it has no effect",
    "put it before them, or delete it",
    "前面的规则已决定了此规则涉及的全部内容，它不起作用",
    "请把它移到前面，或删除",
)
OVERTAKEN = Saying(
    "rule-overtaken",
    "in {states} an earlier rule hides the whole case, so there {facts} is seen by all whom that rule names",
    "put this rule before it, or name the states in which it is meant to hold (`in: [...]`)",
    "在 {states} 状态，前面的规则隐藏整个案件，因此该规则所列的人都能看到 {facts}",
    "请把此规则移到前面，或写明它适用的状态（`in: [...]`）",
    "warning",
)
ACTS_BLIND = Saying(
    "acts-blind",
    "`{word}` may pull `{trigger}` in {states}, where {what} is hidden from `{word}`",
    "name `{word}` in the rule's `only`, or let somebody else do it",
    "`{word}` 可在 {states} 状态执行 `{trigger}`，但{what}对 `{word}` 是隐藏的",
    "请在该规则的 `only` 中加入 `{word}`，或改由他人操作",
)
TOLD = Saying(
    "told-but-may-not-see",
    "`{word}` would be told of a case that is hidden from `{word}` in {states}",
    "name `{word}` in the rule's `only`, or tell somebody else; as it stands the message would never be sent",
    "将通知 `{word}`，但在 {states} 状态案件对 `{word}` 是隐藏的",
    "请在该规则的 `only` 中加入 `{word}`，或改为通知他人；否则消息不会发出",
)
_CASE = Said("the case", "案件")
_MACHINE = frozenset({"timer", "system", "linked"})
_PEOPLE = (FactType.CONTACT, FactType.PERSON)


def check(page: WorkflowPage) -> None:
    rules = page.workflow.visibility
    for index, rule in enumerate(rules):
        path: Path = ("visibility", index)
        page.names("state", landscape.each(rule.in_, *path, "in"), page.written("states"))
        if not rule.whole:
            page.names("fact", landscape.each(rule.facts, *path, "facts"), page.written("facts"))
        for word, place in landscape.each(rule.only, *path, "only"):
            check_facts.recipient(page, word, place, reporter=True)
        _nobody(page, rule, path)
        _overtaken(page, rules[:index], rule, path)
    veils = visibility.veils(rules, page.workflow.states)
    if veils and page.whole("transitions", "states", "visibility") and page.land.people is not None and page.land.people_whole:
        _acting(page, veils)
        _hearing(page, veils)


def _nobody(page: WorkflowPage, rule: Visibility, path: Path) -> None:
    roles = page.land.roles
    if roles is not None and page.land.people_whole and all(word in roles and not page.land.holders(word) for word in rule.only):
        page.say(NOBODY, (*path, "only"), key=True, words=", ".join(rule.only))


def _overtaken(page: WorkflowPage, earlier: Sequence[Visibility], rule: Visibility, path: Path) -> None:
    """Say where earlier rules decide: everywhere, or in the states in which one hides the whole case."""
    states = [state for state in page.workflow.states if rule.holds_in(state)]
    if not earlier or not states or not page.whole("states", "visibility"):
        return
    if all(_decided(earlier, rule, state) for state in states):
        page.say(NO_EFFECT, path)
        return
    behind = [state for state in states if any(one.whole and one.holds_in(state) for one in earlier)]
    if behind and not rule.whole:
        page.say(OVERTAKEN, (*path, "facts"), key=True, states=", ".join(behind), facts=", ".join(rule.facts))


def _decided(earlier: Sequence[Visibility], rule: Visibility, state: str) -> bool:
    here = [one for one in earlier if one.holds_in(state)]
    if any(one.whole for one in here):
        return True
    return not rule.whole and set(rule.facts) <= {name for one in here for name in one.facts}


def _acting(page: WorkflowPage, veils: dict[str, Veil]) -> None:
    """Whoever may pull a trigger sees the case, and the facts that he gives or that the move is decided by."""
    for trigger, rule in page.workflow.transitions.items():
        judged = tuple(dict.fromkeys((*rule.needs, *(rule.when or {}))))
        for word, path in landscape.each(rule.by, "transitions", trigger, "by"):
            if word in _MACHINE:
                continue
            hidden: dict[str, list[str]] = {}
            for state in (state for state in rule.from_ if state in veils):
                for what in _unseen(page, word, veils[state], judged):
                    hidden.setdefault(what, []).append(state)
            for what, states in hidden.items():
                said = _CASE if what == visibility.ALL else Said(f"the fact `{what}`", f"信息项 `{what}` ")
                page.say(ACTS_BLIND, path, word=word, trigger=trigger, states=", ".join(states), what=said)


def _unseen(page: WorkflowPage, word: str, veil: Veil, facts: Sequence[str]) -> list[str]:
    """Which of these facts are hidden from a word, or `all` where the case is."""
    if veil.case is not None and blind(page, word, veil.case):
        return [visibility.ALL]
    return [fact for fact in facts if fact in veil.facts and blind(page, word, veil.facts[fact])]


def _hearing(page: WorkflowPage, veils: dict[str, Veil]) -> None:
    for word, path, states in _told(page):
        hidden = [s for s in states if s in veils and (only := veils[s].case) is not None and blind(page, word, only)]
        if hidden:
            page.say(TOLD, path, word=word, states=", ".join(hidden))


def _told(page: WorkflowPage) -> Iterator[tuple[str, Path, Sequence[str]]]:
    """Each word of each notice, question and rung, with the states in which a case can be when it is told."""
    flow = page.workflow
    for index, notice in enumerate(flow.notices):
        rule = flow.transitions.get(notice.on)
        after = (flow.initial,) if notice.on == "open" else () if rule is None else (rule.to,) if rule.to is not None else rule.from_
        for word, path in landscape.each(notice.to, "notices", index, "to"):
            yield word, path, after
    if flow.satisfaction is not None:
        rules = [flow.transitions[trigger] for trigger in flow.satisfaction.on if trigger in flow.transitions]
        ends = [state for rule in rules for state in ((rule.to,) if rule.to is not None else rule.from_)]
        for word, path in landscape.each(flow.satisfaction.asks, "satisfaction", "asks"):
            yield word, path, tuple(dict.fromkeys(ends))
    for ladder, rungs in flow.ladders.items():
        running = {state for name, clock in flow.clocks.items() if clock.ladder == ladder for state in flow.runs_in(name)}
        states = [state for state in flow.states if state in running]
        for number, rung in enumerate(rungs):
            for word, path in landscape.each(rung.notify, "ladders", ladder, number, "notify"):
                yield word, path, states


def blind(page: WorkflowPage, word: str, only: frozenset[str]) -> bool:
    """Whether somebody whom the word means may be none of `only`, by the people there are."""
    if word in only:
        return False
    if word == "reporter":
        openers = page.workflow.opened_by
        return "anyone" in openers or any(blind(page, opener, only) for opener in openers)
    people, roles, fact = page.land.people, page.land.roles or frozenset(), page.workflow.facts.get(word)
    if word in ACTORS or (fact is not None and fact.type in _PEOPLE):
        return True
    if people is None or word not in roles:
        return False
    seeing = {role for role in only if role in roles and (page.land.scope(role) != "unit" or page.land.scope(word) == "unit")}
    return any(seeing.isdisjoint(people.people[person].roles) for person in page.land.holders(word))
