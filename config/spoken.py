"""How values of the language are said in a sentence: a limit, a rung, a shift, a condition, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config import words
from config.effects import Constant, ForEach, Joins, Links, Opens, Tells
from config.problems import Said, shown
from config.programme import Category, Shift
from config.visibility import Visibility
from config.week import DAYS
from config.words import Duration, Frozen, Text
from config.workflow import Award, FromFact, Named, Notice, Repeat, Rung, Share, Starts, Target

LONGEST = 60
NOTHING = Said("none", "无")
NO_LABEL = Said("", "")


def duration(value: Duration) -> Said:
    """`4 working hours` → `4 个工作小时`."""
    return Said(str(value), words.in_chinese(str(value)))


def days(names: Sequence[str]) -> str:
    """`mon, tue, wed` → `mon-wed`."""
    places = [DAYS.index(name) for name in names]
    if len(places) > 1 and places == list(range(places[0], places[0] + len(places))):
        return f"{names[0]}-{names[-1]}"
    return "+".join(names)


def moment(rung: Rung) -> Said:
    """Where a rung stands on its clock."""
    if rung.at is not None:
        return Said("at the deadline", "到期时") if rung.at.share == 100 else Said(f"at {rung.at}", f"时限的 {rung.at}")
    if rung.before is not None:
        return Said(f"{rung.before} before the deadline", f"到期前 {duration(rung.before).zh}")
    assert rung.after is not None
    return Said(f"{rung.after} after the deadline", f"到期后 {duration(rung.after).zh}")


def match(when: Mapping[str, Sequence[str]]) -> Said:
    """`{urgency: [1, 2]}` → `urgency 1 or 2`."""
    return Said(
        " and ".join(f"{fact} {' or '.join(values)}" for fact, values in when.items()),
        "且".join(f"{fact} 为 {' 或 '.join(values)}" for fact, values in when.items()),
    )


def label(value: Frozen, *, among: int) -> Said:
    """What a reader calls a member of a list of `among` members."""
    if isinstance(value, Target):
        if value.when is None:
            return Said(" in all other cases", "（其余情况）") if among > 1 else Said("", "")
        said = match(value.when)
        return Said(f" for {said.en}", f"（{said.zh}）")
    if isinstance(value, Rung):
        return moment(value)
    if isinstance(value, Shift):
        return same(value.hours if value.days == DAYS else f"{value.hours} {days(value.days)}")
    if isinstance(value, Notice):
        return Said(f"on `{value.on}`", f"`{value.on}` 时")
    if isinstance(value, Award | Opens | Tells | Links):
        return Said(f"on {', '.join(f'`{on}`' for on in value.on)}", f"{'、'.join(f'`{on}`' for on in value.on)} 时")
    if isinstance(value, Joins):
        return Said(f"cases linked as `{value.of}`", f"以 `{value.of}` 关联的案件")
    if isinstance(value, Share | Named):
        said = match(value.when) if value.when is not None else Said("all others", "其余")
        return Said(f" for {said.en}", f"（{said.zh}）")
    if isinstance(value, Visibility):
        return _hidden(value)
    return NO_LABEL


def _hidden(rule: Visibility) -> Said:
    """What a rule of visibility is about: `the case in reported`."""
    what = Said("the case", "整个案件") if rule.whole else Said(", ".join(rule.facts), "、".join(rule.facts))
    if not rule.in_:
        return Said(f"{what.en} in every state", f"所有状态的{what.zh}")
    return Said(f"{what.en} in {', '.join(rule.in_)}", f"{'、'.join(rule.in_)} 状态的{what.zh}")


def same(words: str) -> Said:
    """A word that both languages share."""
    return Said(words, words)


def spoken(value: Any) -> Said:
    """A value as a reader would say it, on one line and not for long."""
    said = _spoken(value)
    return Said(shown(said.en, LONGEST), shown(said.zh, LONGEST))


def _spoken(value: Any) -> Said:
    if value is None or value in ((), {}):
        return NOTHING
    if isinstance(value, Said):
        return value
    if isinstance(value, bool):
        return Said("yes", "是") if value else Said("no", "否")
    if isinstance(value, Duration):
        return duration(value)
    if isinstance(value, Text):
        return Said(value.en, value.zh)
    if isinstance(value, dict):
        if all(isinstance(each, tuple) for each in value.values()):
            return match(value)
        if "title" in value:
            return _spoken(value["title"])
        if value.keys() == {"zh", "en"}:
            return Said(str(value["en"]), str(value["zh"]))
        return Said(", ".join(value), "、".join(value))
    if isinstance(value, tuple) and set(value) <= set(DAYS):
        return same(days(value))
    if isinstance(value, tuple):
        parts = [_spoken(each) for each in value]
        return Said(", ".join(p.en for p in parts), "、".join(p.zh for p in parts))
    return _model(value) if isinstance(value, Frozen) else same(str(value))


def _model(value: Frozen) -> Said:
    if isinstance(value, Rung | Notice):
        do = value.do if isinstance(value, Rung) else None
        whom = (*(value.notify if isinstance(value, Rung) else value.to), *value.robots)
        tells = [f"tell {', '.join(whom)} (`{value.template}`)"] if whom else []
        tells_zh = [f"通知 {'、'.join(whom)}（`{value.template}`）"] if whom else []
        return Said(" and ".join([*tells, *([f"pull `{do}`"] if do else [])]), "并".join([*tells_zh, *([f"执行 `{do}`"] if do else [])]))
    if isinstance(value, Award):
        return _award(value)
    if isinstance(value, Share | Constant):
        return same(str(value.is_))
    if isinstance(value, Opens | Tells | Links | Joins | Named | Starts):
        return _plans(value) if isinstance(value, Named | Starts) else _linked(value)
    if isinstance(value, Visibility):
        return _spoken(value.only)
    if isinstance(value, Target):
        said, hours = duration(value.is_), f" ({value.hours})" if value.hours else ""
        return Said(said.en + hours, said.zh + hours)
    if isinstance(value, FromFact):
        return Said(f"what fact `{value.fact}` says", f"信息项 `{value.fact}`")
    if isinstance(value, Repeat):
        return Said(f"every {value.every}, at most {value.most} times", f"每 {duration(value.every).zh}，最多 {value.most} 次")
    if isinstance(value, Shift):
        return _spoken(value.who)
    if isinstance(value, ForEach):
        which = match(value.when) if value.when else Said("", "")
        return Said(f"each row of {value.register_} {which.en}".strip(), f"{value.register_} 的每一条 {which.zh}".strip())
    title = getattr(value, "title", None) or getattr(value, "name", None)
    if title is not None and not isinstance(value, Category):
        return _spoken(title)
    given = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return same(", ".join(f"{key} {_flat(each)}" for key, each in given.items()))


def _flat(value: Any) -> str:
    """What stands within a value, on one line and without brackets."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_flat(each)}" for key, each in value.items())
    return " / ".join(_flat(each) for each in value) if isinstance(value, list) else str(value)


def _award(value: Award) -> Said:
    if value.reverses:
        return Said(f"take back {', '.join(value.reverses)}", f"收回 {'、'.join(value.reverses)}")
    if value.amount is not None:
        most = "/".join(str(share.is_) for share in value.amount)
        return Said(f"{most} {value.account} to {value.to}", f"给 {value.to} {most} {value.account}")
    did = {"exchange": ("exchange", "兑换"), "holds": ("hold", "冻结"), "releases": ("release", "解冻")}
    key = next(key for key in did if getattr(value, key) is not None)
    return Said(f"{did[key][0]} {getattr(value, key)}", f"{did[key][1]} {getattr(value, key)}")


def _linked(value: Opens | Tells | Links | Joins) -> Said:
    """What becomes of linked cases."""
    if isinstance(value, Joins):
        return Said(f"{value.when}, then `{value.do}`", f"{'全部' if value.when == 'all' else '任一'}办结后执行 `{value.do}`")
    if isinstance(value, Links):
        by = Said(f" by fact `{value.fact}`", f"，依据信息项 `{value.fact}`") if value.fact else Said(", cut off", "，解除关联")
        return Said(f"as `{value.as_}`{by.en}", f"作为 `{value.as_}`{by.zh}")
    only = match(value.when) if value.when else None
    which = Said(f" for {only.en}", f"（{only.zh}）") if only else NO_LABEL
    if isinstance(value, Tells):
        return Said(f"`{value.trigger}` on `{value.case}`{which.en}", f"对 `{value.case}` 执行 `{value.trigger}`{which.zh}")
    return Said(f"`{value.workflow}` as `{value.link}`{which.en}", f"`{value.workflow}`，关联名 `{value.link}`{which.zh}")


def _plans(value: Named | Starts) -> Said:
    """Which plan is started for which cases."""
    said = [(each.is_, label(each, among=2)) for each in (value.named if isinstance(value, Starts) else (value,))]
    return Said(", ".join(f"`{name}`{which.en}" for name, which in said), "、".join(f"`{name}`{which.zh}" for name, which in said))
