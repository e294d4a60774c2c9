"""Why a case stays where it is. Each says what is possible instead; `zh` is the sentence for the page and the phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class StatesError(Exception):
    """Base of this package. `possible` lists the triggers this actor may pull now; `code` is stable for scripts."""

    code = "refused"

    def __init__(self, message: str, zh: str, *, possible: Sequence[str] = ()) -> None:
        self.possible = tuple(possible)
        self.zh = zh
        super().__init__(message)


def _or_nothing(possible: Sequence[str], nothing: str = "nothing") -> str:
    return ", ".join(possible) or nothing


def of_unit(roles: Sequence[str], unit: str | None, scopes: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Roles in English and in Chinese, those that count only within the case's unit with its name; `scopes`: role → unit, desk …"""
    en, zh = list(roles), list(roles)
    for place, role in enumerate(roles):
        if scopes.get(role) == "unit":
            en[place] = f"{role} of unit {unit}" if unit is not None else f"{role} of the case's unit, which is not chosen yet"
            zh[place] = f"单位 {unit} 的 {role}" if unit is not None else f"承办单位的 {role}（尚未指定单位）"
    return en, zh


class MoveRefused(StatesError):
    """The trigger does not lead out of this state."""

    code = "wrong-state"

    def __init__(self, *, state: str, trigger: str, possible: Sequence[str]) -> None:
        self.state, self.trigger = state, trigger
        super().__init__(
            f"cannot {trigger} a case that is {state}; possible: {_or_nothing(possible)}",
            f"案件处于“{state}”，不能执行 {trigger}；现在可以：{_or_nothing(possible, '无')}",
            possible=possible,
        )


class TriggerUnknown(StatesError):
    """No transition of that name in the case's definition."""

    code = "unknown-trigger"

    def __init__(self, *, trigger: str, near: Sequence[str], possible: Sequence[str]) -> None:
        self.trigger = trigger
        hint = f"; did you mean {near[0]}?" if near else ""
        super().__init__(
            f"no transition is called {trigger!r}{hint}; possible now: {_or_nothing(possible)}",
            f"没有名为 {trigger!r} 的操作；现在可以：{_or_nothing(possible, '无')}",
            possible=possible,
        )


class RoleRefused(StatesError):
    """The actor has none of the roles that may, or not within the case's unit (see `of_unit`)."""

    code = "role"

    def __init__(
        self, *, trigger: str, actor: str, by: Sequence[str], possible: Sequence[str], unit: str | None, scopes: Mapping[str, str]
    ) -> None:
        self.trigger, self.actor, self.by = trigger, actor, tuple(by)
        en, zh = of_unit(by, unit, scopes)
        super().__init__(
            f"{actor} may not {trigger} this case; it takes: {', '.join(en)}. Possible for {actor}: {_or_nothing(possible)}",
            f"{actor} 无权对本案执行 {trigger}；需要角色：{'、'.join(zh)}。{actor} 现在可以：{_or_nothing(possible, '无')}",
            possible=possible,
        )


class FactMissing(StatesError):
    """The move must come with facts that did not come."""

    code = "fact-missing"

    def __init__(self, *, trigger: str, missing: Sequence[str], possible: Sequence[str]) -> None:
        self.trigger, self.missing = trigger, tuple(missing)
        super().__init__(
            f"to {trigger}, give {', '.join(missing)} with it (--fact {missing[0]}=…)",
            f"执行 {trigger} 必须同时提供：{'、'.join(missing)}",
            possible=possible,
        )


class FactUnasked(StatesError):
    """A fact came that this move does not take; nothing is silently dropped or changed."""

    code = "fact-unasked"

    def __init__(self, *, trigger: str, unasked: Sequence[str], takes: Sequence[str], possible: Sequence[str]) -> None:
        self.trigger, self.unasked = trigger, tuple(unasked)
        super().__init__(
            f"{trigger} does not take {', '.join(unasked)}; it takes: {_or_nothing(takes)}",
            f"{trigger} 不接受：{'、'.join(unasked)}；可以提供：{_or_nothing(takes, '无')}",
            possible=possible,
        )


class ConditionFailed(StatesError):
    """The case's facts do not meet the transition's `when`."""

    code = "condition"

    def __init__(self, *, trigger: str, condition: str, possible: Sequence[str]) -> None:
        self.trigger, self.condition = trigger, condition
        super().__init__(
            f"{trigger} is only for cases with {condition}; possible: {_or_nothing(possible)}",
            f"只有满足 {condition} 的案件才能执行 {trigger}；现在可以：{_or_nothing(possible, '无')}",
            possible=possible,
        )


class FourEyes(StatesError):
    """Somebody else must do this one."""

    code = "four-eyes"

    def __init__(self, *, trigger: str, actor: str, did: str, possible: Sequence[str]) -> None:
        self.trigger, self.actor, self.did = trigger, actor, did
        super().__init__(
            f"{actor} did {did} on this case, so somebody else has to {trigger} it (four eyes)",
            f"{actor} 已在本案中执行 {did}，{trigger} 须由他人完成（双人复核）",
            possible=possible,
        )


class TooOften(StatesError):
    """The transition (or the extension it grants) has been used as often as the definition allows."""

    code = "too-often"

    def __init__(self, *, trigger: str, most: int, possible: Sequence[str]) -> None:
        self.trigger, self.most = trigger, most
        super().__init__(
            f"{trigger} was used {most} times on this case, which is all the definition allows",
            f"本案的 {trigger} 已用满 {most} 次，不能再用",
            possible=possible,
        )


class AlreadyOverdue(StatesError):
    """An extension is asked for a clock whose deadline has lapsed."""

    code = "already-overdue"

    def __init__(self, *, trigger: str, clock: str, possible: Sequence[str]) -> None:
        self.trigger, self.clock = trigger, clock
        super().__init__(
            f"{clock} is overdue already; once overdue, a deadline can no longer be extended",
            f"“{clock}”已超时，超时后不得延期",
            possible=possible,
        )


class NothingToExtend(StatesError):
    """The clock that would be extended is not running and has no due date."""

    code = "nothing-to-extend"

    def __init__(self, *, trigger: str, clock: str, possible: Sequence[str]) -> None:
        self.trigger, self.clock = trigger, clock
        super().__init__(
            f"{clock} is not under way on this case, so there is nothing to {trigger}",
            f"“{clock}”当前未计时，无需延期",
            possible=possible,
        )


class BalanceShort(StatesError):
    """Somebody owns less than the move takes; what is held for other requests is not his to spend. `account`: its unit in English and Chinese."""

    code = "balance"

    def __init__(self, *, trigger: str, who: str, account: tuple[str, str], found: int, needed: int) -> None:
        self.trigger, self.who, self.found, self.needed = trigger, who, found, needed
        super().__init__(
            f"{who} has {found} {account[0]} and {trigger} takes {needed}; {needed - found} are lacking",
            f"{who} 现有 {found} {account[1]}，{trigger} 需要 {needed} {account[1]}，还差 {needed - found}",
        )


class MonthlyLimit(StatesError):
    """Somebody has exchanged as often as a month allows."""

    code = "monthly-limit"

    def __init__(self, *, trigger: str, who: str, exchange: str, most: int, month: str) -> None:
        self.trigger, self.who, self.most = trigger, who, most
        super().__init__(
            f"{who} has used {exchange} {most} times in {month}, which is all a month allows; {trigger} is possible again next month",
            f"{who} 在 {month} 已兑换 {exchange} {most} 次，达到每月上限；下月才能再执行 {trigger}",
        )


class BudgetSpent(StatesError):
    """What the town gives in a month does not suffice any more. `account`: its unit in English and Chinese."""

    code = "budget"

    def __init__(self, *, trigger: str, account: tuple[str, str], left: int, needed: int, month: str) -> None:
        self.trigger, self.left, self.needed = trigger, left, needed
        super().__init__(
            f"{left} {account[0]} are left of the budget of {month} and {trigger} gives {needed}; raise it in points.yaml, or wait for the next month",
            f"{month} 的预算只剩 {left} {account[1]}，{trigger} 需要 {needed} {account[1]}；请在 points.yaml 中提高预算，或等到下月",
        )


class NothingToExchange(StatesError):
    """The exchange is not in points.yaml any more, or there is nobody for whom it could be (`nobody`: the word that means no one)."""

    code = "no-exchange"

    def __init__(self, *, trigger: str, exchange: str, nobody: str | None, known: Sequence[str]) -> None:
        self.trigger, self.exchange = trigger, exchange
        super().__init__(
            f"{trigger} is for `{nobody}`, and this case has none"
            if nobody
            else f"points.yaml has no exchange {exchange}; it has: {_or_nothing(known)}",
            f"{trigger} 的对象是 `{nobody}`，而本案没有"
            if nobody
            else f"points.yaml 中没有兑换 {exchange}；已有：{_or_nothing(known, '无')}",
        )


class StepsOpen(StatesError):
    """Steps of a checklist are not done yet. `steps`: the titles of those, English and Chinese."""

    code = "steps-open"

    def __init__(self, *, trigger: str, fact: str, steps: Sequence[tuple[str, str]], possible: Sequence[str]) -> None:
        self.trigger, self.fact, self.steps = trigger, fact, tuple(steps)
        super().__init__(
            f"to {trigger}, every step of {fact} must be done; still open: {', '.join(en for en, _ in steps)}",
            f"执行 {trigger} 前，{fact} 的各步骤须全部完成；尚未完成：{'、'.join(zh for _, zh in steps)}",
            possible=possible,
        )


class StepUnknown(StatesError):
    """No step of the checklist has that name. `known`: the names there are."""

    code = "step-unknown"

    def __init__(self, *, trigger: str, step: str, known: Sequence[str], near: Sequence[str], possible: Sequence[str]) -> None:
        self.trigger, self.step, self.known = trigger, step, tuple(known)
        hint, hint_zh = (f" (did you mean {near[0]}?)", f"（是不是 {near[0]}？）") if near else ("", "")
        super().__init__(
            f"the plan has no step {step!r}{hint}; steps: {', '.join(known)}",
            f"预案中没有步骤 {step!r}{hint_zh}；步骤：{'、'.join(known)}",
            possible=possible,
        )


class StepDone(StatesError):
    """The step was ticked before."""

    code = "step-done"

    def __init__(self, *, trigger: str, step: str, by: str, at: str, possible: Sequence[str]) -> None:
        self.trigger, self.step = trigger, step
        super().__init__(
            f"{step} was done already, by {by} at {at}; a step is ticked once",
            f"步骤 {step} 已由 {by} 于 {at} 完成；每个步骤只确认一次",
            possible=possible,
        )


class NoPlan(StatesError):
    """There is no checklist to tick: none was started in this case."""

    code = "no-plan"

    def __init__(self, *, trigger: str, fact: str, possible: Sequence[str]) -> None:
        self.trigger, self.fact = trigger, fact
        super().__init__(
            f"no plan was started in this case ({fact}), so there is no step to {trigger}",
            f"本案尚未启动预案（{fact}），没有可执行 {trigger} 的步骤",
            possible=possible,
        )


class NoPlace(StatesError):
    """As many cases as there may be are in those states already."""

    code = "no-place"

    def __init__(self, *, trigger: str, most: int, states: Sequence[tuple[str, str]], possible: Sequence[str]) -> None:
        self.trigger, self.most = trigger, most
        super().__init__(
            f"all {most} places are taken ({', '.join(en for en, _ in states)}), so {trigger} has to wait until one is free",
            f"{most} 个名额已满（{'、'.join(zh for _, zh in states)}），须有空缺后才能执行 {trigger}",
            possible=possible,
        )
