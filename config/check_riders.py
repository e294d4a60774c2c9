"""A rider is never chased: tasks are offers. What only riders can take up comes back by itself when nobody does, and meals are quiet."""

from __future__ import annotations

from collections.abc import Collection

from config import landscape
from config.landscape import Page, WorkflowPage
from config.problems import Saying
from config.programme import People
from config.workflow import Transition, Workflow

CLAIMANT_CHASED = Saying(
    "claimant-chased",
    "only riders come into `{name}` (by `{trigger}`); no ladder ends at a rider",
    "tell those who sit at a desk, and let a rung offer the task anew (`do`)",
    "只有骑手会进入 `{name}`（通过 `{trigger}`），升级阶梯不能催骑手",
    "请通知值守人员，并用一级 `do` 重新派发",
)
OFFER = Saying(
    "offer-without-end",
    "out of `{name}` only riders can move a case ({words}), and nobody may chase them",
    "write a rung with `do` that takes the case on from there when nobody does, or let somebody else move it too",
    "只有骑手能把案件移出 `{name}`（{words}），而骑手不能催",
    "请写一级 `do`，到时自动转出；或允许其他人操作",
)
NO_QUIET = Saying(
    "rider-without-quiet",
    "riders have no quiet hours: they would be disturbed at their busiest",
    'write the meal peaks, as `quiet: ["11:00-13:30", "17:00-19:30"]`',
    "骑手没有安静时段，会在最忙时被打扰",
    '请写用餐高峰，如 `quiet: ["11:00-13:30", "17:00-19:30"]`',
    judgement=True,
)


def check(page: WorkflowPage) -> None:
    if page.land.people is None or not page.land.people_whole or not page.whole("states", "transitions"):
        return
    riders = page.land.riders()
    if not riders:
        return
    claimed = claimed_by_riders(page.workflow, riders)
    for name, ladder in page.workflow.ladders.items():
        for index, rung in enumerate(ladder):
            for word, place in landscape.each(rung.notify, "ladders", name, index, "notify"):
                if word in claimed:
                    page.say(CLAIMANT_CHASED, place, name=word, trigger=claimed[word])
    if page.whole("clocks", "ladders"):
        _offers(page, riders | claimed.keys())


def claimed_by_riders(workflow: Workflow, riders: Collection[str]) -> dict[str, str]:
    """The facts of type person into which only riders come (by `claims`): fact → a trigger by which they do."""
    claims: dict[str, list[tuple[str, Transition]]] = {}
    for trigger, rule in workflow.transitions.items():
        fact = getattr(rule, "claims", None)
        if fact is not None:
            claims.setdefault(fact, []).append((trigger, rule))
    given = {name for rule in workflow.transitions.values() for name in (*rule.needs, *rule.takes)}
    return {
        fact: rules[0][0] for fact, rules in claims.items() if fact not in given and all(set(rule.by) <= set(riders) for _, rule in rules)
    }


def _offers(page: WorkflowPage, riders: Collection[str]) -> None:
    workflow = page.workflow
    for name, state in workflow.states.items():
        if state.final is not None:
            continue
        leaving = [rule for rule in workflow.transitions.values() if name in rule.from_ and rule.to not in (None, name)]
        people = {word for rule in leaving for word in rule.by if word != "timer"}
        if people and people <= set(riders) and not _timed(workflow, name):
            page.say(OFFER, ("states", name), key=True, name=name, words=", ".join(sorted(people)))


def _timed(workflow: Workflow, state: str) -> bool:
    """Whether a rung of a clock that runs there takes a case out of it."""
    for name, clock in workflow.clocks.items():
        if state not in workflow.runs_in(name):
            continue
        for rung in workflow.ladders.get(clock.ladder or "", ()):
            rule = workflow.transitions.get(rung.do or "")
            if rule is not None and state in rule.from_ and rule.to not in (None, state):
                return True
    return False


def quiet(page: Page, people: People) -> None:
    """Every role of riders has hours in which what is not urgent waits."""
    for name, role in people.roles.items():
        if role.rider and not role.quiet and page.intact(("roles", name)):
            page.say(NO_QUIET, ("roles", name), key=True)
