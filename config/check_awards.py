"""Awards and points.yaml: do the accounts, exchanges and people they speak of exist, and does each rule have something to do?"""

from __future__ import annotations

from config import check_facts, check_matches, landscape, problems
from config.landscape import Page, WorkflowPage
from config.points import Points
from config.problems import Path, Saying
from config.workflow import EARNERS, Award, FactType

PERSONAL_EARNER = Saying(
    "personal-earner",
    "the fact `{name}` is personal and can be erased; a ledger is kept for good",
    "name a person by a fact that is not `personal`",
    "信息项 `{name}` 属个人信息，可被清除，而账目长期保留",
    "请改用非 `personal` 的信息项",
)
NOTHING_BACK = Saying(
    "nothing-to-take-back",
    "`{name}` gives nothing here, so there is nothing to take back",
    "name a trigger (or an exchange) that an award of this workflow has",
    "`{name}` 在此不发放任何东西，无可收回",
    "请写本流程某条奖励所用的操作（或兑换）",
)
AWARDED_TWICE = Saying(
    "awarded-twice",
    "an award above does the same for `{to}` on `{trigger}`; of one case it counts once, so this one never does",
    "put both into one `amount` table, or take the trigger out of one",
    "上面已有一条奖励在 `{trigger}` 时对 `{to}` 做同样的事；每个案件只计一次，此条不会生效",
    "请合并为一张 `amount` 表，或从其中一条去掉该操作",
)
SAME_ACCOUNT = Saying(
    "exchange-of-itself",
    "`{name}` is both given and got",
    "exchange one account for another",
    "`{name}` 既是付出又是得到",
    "请在不同账户之间兑换",
)


def check(page: WorkflowPage) -> None:
    rules = page.workflow.awards
    triggers = page.written("transitions")
    for index, rule in enumerate(rules):
        path: Path = ("awards", index)
        page.names("trigger", landscape.each(rule.on, *path, "on"), triggers, ("open",))
        check_matches.check(page, rule.when, (*path, "when"))
        if rule.to is not None:
            _earner(page, rule.to, (*path, "to"))
        if rule.account is not None:
            page.names("account", [(rule.account, (*path, "account"))], page.land.accounts)
        for key in ("exchange", "holds", "releases"):
            if (name := getattr(rule, key)) is not None:
                page.names("exchange", [(name, (*path, key))], page.land.exchanges)
        _amounts(page, rule, (*path, "amount"))
        _back(page, rule, path)
        _twice(page, rule, index)


def check_points(page: Page, value: Points) -> None:
    """Exchanges name accounts of the same file."""
    for name, exchange in value.exchanges.items():
        for key, sums in (("from", exchange.from_), ("to", exchange.to)):
            known = page.written("accounts") or frozenset()
            for account in sums:
                if account not in known:
                    near = problems.near(account, known, landscape.WORDS["account"])
                    page.say(landscape.UNKNOWN["account"], ("exchanges", name, key, account), key=True, name=account, near=near)
        for account in exchange.to:
            if account in exchange.from_:
                page.say(SAME_ACCOUNT, ("exchanges", name, "to", account), key=True, name=account)


def _earner(page: WorkflowPage, word: str, path: Path) -> None:
    fact = page.workflow.facts.get(word)
    page.names("fact", [(word, path)], page.written("facts"), EARNERS if word != "tracker" else ())
    if fact is not None and word not in EARNERS:
        check_facts.fact_of(page, word, path, FactType.PERSON)
    if fact is not None and fact.personal and word not in ("reporter", "actor"):
        page.say(PERSONAL_EARNER, path, name=word)


def _amounts(page: WorkflowPage, rule: Award, path: Path) -> None:
    listed = rule.amount or ()
    asked = [check_matches.sets(share.when) for share in listed]
    for index, share in enumerate(listed):
        check_matches.check(page, share.when, (*path, index, "when"))
        if any(check_matches.covers(earlier, asked[index]) for earlier in asked[:index]):
            page.say(check_matches.AFTER_DEFAULT, (*path, index))


def _back(page: WorkflowPage, rule: Award, path: Path) -> None:
    """What is reversed or released is given or held somewhere."""
    giving = {on for other in page.workflow.awards if other.amount or other.exchange for on in other.on}
    holding = {other.holds for other in page.workflow.awards}
    triggers = (page.written("transitions") or frozenset()) | {"open"}
    if not page.whole("awards"):
        return
    for name, place in landscape.each(rule.reverses, *path, "reverses"):
        page.names("trigger", [(name, place)], page.written("transitions"), ("open",))
        if name in triggers and name not in giving:
            page.say(NOTHING_BACK, place, name=name)
    if rule.releases is not None and rule.releases not in holding:
        page.say(NOTHING_BACK, (*path, "releases"), name=rule.releases)


def _twice(page: WorkflowPage, rule: Award, index: int) -> None:
    """A rule is known by what it gives to whom on which trigger: two that are alike are one."""
    does = (rule.account, rule.exchange, rule.holds)
    if rule.to is None:
        return
    for earlier in page.workflow.awards[:index]:
        shared = [on for on in rule.on if on in earlier.on]
        if shared and (earlier.account, earlier.exchange, earlier.holds) == does and earlier.to == rule.to:
            page.say(AWARDED_TWICE, ("awards", index), to=rule.to, trigger=shared[0])
            return
