"""Cases, clocks and histories as a person reads them: titles in his language, countdowns in colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cli import output
from config import words
from engine import now as times
from engine import views
from notifications import say

WARN_BELOW = 300_000_000
"""Microseconds left under which a countdown turns yellow."""
_EIGHTHS = " ▏▎▍▌▋▊▉"
_STATES = {"running": ("running", "计时中"), "paused": ("paused", "暂停"), "met": ("met", "按时"), "breached": ("breached", "超时")}
_STYLES = {"running": "cyan", "paused": "yellow", "met": "green", "breached": "bold red"}


def title(text: words.Text) -> str:
    return text.say(output.language())


def bar(share: float, width: int) -> str:
    """A share of one as a bar of at most so many columns."""
    eighths = round(min(1.0, share) * width * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def moment(at: int | None, zone: str) -> str:
    """`2026-11-20 08:31:07`, in the programme's zone."""
    return "" if at is None else f"{times.local(at, zone):%Y-%m-%d %H:%M:%S}"


def left(clock: views.ClockView) -> Text:
    """`2 minutes left`, `overdue by 12 minutes`; of a clock that has ended, how it ended."""
    r = clock.reckoned
    state = output.say(*_STATES[r.state])
    if r.phase == "settled" and r.state == "met" and r.target is None and r.due is None:
        return Text(output.say("no limit", "无时限"), style="dim")
    if r.phase == "settled" or r.remaining is None:
        return Text(state, style=_STYLES[r.state])
    span = say.duration(r.remaining, output.language())
    over = r.state == "breached" and r.remaining <= 0
    said = output.say(f"overdue by {span}", f"超时 {span}") if over else output.say(f"{span} left", f"剩余 {span}")
    style = "bold red" if over else "yellow" if r.phase == "paused" or r.remaining < WARN_BELOW else "green"
    if r.phase == "paused":
        said = output.say(f"paused, {said}", f"暂停，{said}")
    elif r.state == "breached" and not over:
        said += output.say(" (breached before)", "（此前已超时）")
    return Text(said, style=style)


def case(view: views.CaseView) -> list[Any]:
    """One case: a heading, its facts, its clocks, what can be done now."""
    heading = Text.assemble(
        (view.number, "bold"),
        "  ",
        title(view.title),
        " · ",
        (title(view.state_title), "bold cyan"),
        f" · {output.say('version', '版本')} {view.version}",
    )
    if view.urgent:
        heading.append(output.say("  URGENT", "  紧急"), style="bold red")
    opened = output.say(f"opened {moment(view.opened_at, view.zone)}", f"开案 {moment(view.opened_at, view.zone)}")
    by = (
        output.say(f" by {view.reporter}", f" · {view.reporter}")
        if view.reporter
        else output.say(" · nobody named as reporter", " · 未署名")
    )
    parts: list[Any] = [heading, Text(f"{view.programme} · {opened}{by} · #{view.id}", style="dim")]
    lists = {name: given for name, given in view.facts.items() if _is_list(given)}
    unsure = output.say("to be confirmed: the place lies in no area for certain", "待确认：位置不能确定在哪个区域")
    told = [(name, _named(view, name)) for name in view.facts if name not in lists] + [(name, unsure) for name in view.unplaced]
    if told:
        parts.append(_facts(told))
    parts += [_checklist(name, given) for name, given in lists.items()]
    if view.clocks:
        parts.append(clocks(view.clocks, view.zone))
    if view.asked:
        parts.append(_asked(view))
    if view.possible:
        parts.append(Text(output.say("possible now: ", "现在可以：") + ", ".join(view.possible), style="dim"))
    return parts


def value(given: Any) -> str:
    """A fact's value on one line."""
    if given == {"hidden": True}:
        return output.say("(hidden)", "（不可见）")
    if given == {"erased": True}:
        return output.say("(erased)", "（已清除）")
    if _is_list(given):
        done = sum("done" in step for step in given["steps"].values())
        return f"{given['title'][output.language()]} {done}/{len(given['steps'])}"
    if isinstance(given, dict):
        return _point(given) if "lon" in given and "lat" in given else ", ".join(str(v) for v in given.values())
    if isinstance(given, list):
        return ", ".join(f"{v[:12]}…" if isinstance(v, str) and len(v) == 64 else str(v) for v in given)
    if isinstance(given, bool):
        return output.say("yes", "是") if given else output.say("no", "否")
    return say.short(given)


def _point(given: Mapping[str, Any]) -> str:
    """A place as it is kept, then as it was given where that was another datum, and how exactly it is known."""
    raw, accuracy = given.get("raw"), given.get("accuracy")
    parts = [f"{given['lon']}, {given['lat']} {given.get('datum', '')}".rstrip()]
    if isinstance(raw, dict):
        pair = f"{raw.get('lon')}, {raw.get('lat')} {raw.get('datum', '')}".rstrip()
        parts.append(output.say(f"given as {pair}", f"原始坐标 {pair}"))
    if accuracy is not None:
        parts.append(output.say(f"to within {accuracy:g} m", f"误差 {accuracy:g} 米"))
    return output.say("; ", "；").join(parts)


def _named(view: views.CaseView, name: str) -> str:
    """A fact's value, with what people call it where it is a name of the definition or the town."""
    said, given = view.said.get(name), value(view.facts[name])
    return given if said is None or said.value is None else f"{given} · {title(said.value)}"


def _facts(facts: Iterable[tuple[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, given in facts:
        table.add_row(Text(name, style="dim"), Text(value(given)))
    return table


def _is_list(given: Any) -> bool:
    """Whether a fact's value is a checklist."""
    return isinstance(given, dict) and isinstance(given.get("steps"), dict)


def _checklist(name: str, given: Mapping[str, Any]) -> Table:
    """The steps of a plan: what is done, by whom and when; what is open, and whose it is."""
    table = plain(
        "", f"{given['title'][output.language()]} ({name})", output.say("by", "何人"), output.say("done at", "完成时间"), whole=(0, 2, 3)
    )
    for step, about in given["steps"].items():
        done = about.get("done")
        title = f"{about['title'][output.language()]} ({step})"
        who = done["by"] if done else ", ".join(about.get("by", ()))
        at = done["at"][:19].replace("T", " ") if done else ""
        table.add_row("✓" if done else "·", Text(title), Text(who, style="" if done else "dim"), at, style="green" if done else "")
    return table


def _asked(view: views.CaseView) -> Text:
    """Who was asked whether all is well now, and what he said."""
    words = {
        "satisfied": output.say("satisfied", "满意"),
        "dissatisfied": output.say("not satisfied", "不满意"),
        None: output.say("no answer", "未答复"),
    }
    last = max(each.round for each in view.asked)
    said = [f"{each.recipient.removeprefix('fact:')}: {words[each.answer]}" for each in view.asked if each.round == last]
    again = output.say(f" (asked {last} times)", f"（第 {last} 次征求）") if last > 1 else ""
    return Text(output.say("how was it? ", "满意度：") + ", ".join(said) + again)


def clocks(shown: Sequence[views.ClockView], zone: str) -> Table:
    """The clocks of a case, one a row."""
    table = plain(
        output.say("clock", "时限"),
        output.say("stands", "状态"),
        output.say("due", "到期"),
        output.say("target", "目标"),
        output.say("rungs", "已提醒"),
        whole=(1, 2),
    )
    for clock in shown:
        r = clock.reckoned
        name = f"{title(clock.title)} ({r.clock})" + (f" ×{r.round}" if r.round > 1 else "")
        stands = left(clock)
        if r.acknowledged:
            stands.append(output.say(" · acknowledged", " · 已确认"), style="dim")
        fired = " ".join(str(rung + 1) for rung, _ in r.rungs_fired)
        due = moment(r.due, zone) + (output.say(" (provisional)", "（暂定）") if r.provisional else "")
        table.add_row(Text(name), stands, Text(due), Text(say.words(r.target, output.language())), Text(fired))
    return table


def rung_moment(words: str) -> str:
    """Where a rung stands (`at 80%`, `due`, `after 20 minutes`), in the reader's language."""
    if output.language() != "zh":
        return words
    kind, _, rest = words.removeprefix("at ").partition(" ")
    if kind in ("after", "before") and rest:
        return f"{'逾期' if kind == 'after' else '到期前'} {say.words(rest, 'zh')}"
    return "到期" if kind == "due" else words.removeprefix("at ")


def cases(shown: Sequence[views.CaseView]) -> Table:
    """A list of cases, the most pressing clock of each."""
    table = plain(
        output.say("number", "编号"),
        output.say("state", "状态"),
        output.say("unit", "单位"),
        output.say("clock", "时限"),
        output.say("time left", "剩余时间"),
        output.say("what", "内容"),
        whole=(0, 1, 3, 4),
    )
    for view in shown:
        clock = view.pressing
        number = Text(view.number, style="bold red" if view.urgent else "bold")
        table.add_row(
            number,
            Text(title(view.state_title)),
            Text(view.unit or ""),
            Text(output.say(clock.reckoned.clock, clock.title.zh) if clock else ""),
            left(clock) if clock else Text(output.say("closed", "已结"), style="dim") if view.closed_at else Text(""),
            Text(say.short(_what(view), 40)),
        )
    return table


def _what(view: views.CaseView) -> str:
    """The first words of the case: its first fact that is a text."""
    return next((v.replace("\n", " ") for v in view.facts.values() if isinstance(v, str)), "")


def history(entries: Sequence[views.EntryView], zone: str) -> Table:
    """What happened, oldest first."""
    table = plain(
        "#",
        output.say("when", "时间"),
        output.say("what", "事项"),
        output.say("state", "状态"),
        output.say("who", "何人"),
        output.say("with", "附带"),
    )
    for entry in entries:
        late = output.say(" (entered later)", "（补录）") if entry.recorded_at > entry.at else ""
        state = entry.to_state if entry.from_state in (None, entry.to_state) else f"{entry.from_state} → {entry.to_state}"
        style = "red" if entry.kind in ("rung", "refused") else ""
        who = entry.actor or output.say("anonymous", "匿名")
        table.add_row(
            str(entry.seq), moment(entry.at, zone) + late, Text(_event(entry), style=style), Text(state), Text(who), Text(_with(entry))
        )
    return table


def _event(entry: views.EntryView) -> str:
    detail = entry.detail
    if entry.kind == "rung":
        again = f" ×{detail['repeat'] + 1}" if detail["repeat"] else ""
        return output.say(f"rung {detail['rung']}{again} of {detail['clock']}", f"{detail['clock']} 第 {detail['rung']} 级{again}")
    if entry.kind == "acknowledge":
        return output.say(f"acknowledged {detail['clock']}", f"确认 {detail['clock']}")
    if entry.kind == "refused":
        return output.say(f"{entry.trigger} refused", f"{entry.trigger} 被拒")
    if entry.kind == "rearm":
        return output.say("timers armed anew", "重新计时")
    if entry.kind == "ask":
        return output.say("asked how it was", "征求意见")
    if entry.kind == "answer":
        return output.say(f"answered: {detail['answer']}", f"答复：{'满意' if detail['answer'] == 'satisfied' else '不满意'}")
    if entry.kind == "erase":
        return output.say("erased: its time is over", "保存期满，已清除")
    if entry.kind == "migrate":
        back = entry.detail.get("back", False)
        return (
            output.say("taken back to the version before", "撤回到先前版本")
            if back
            else output.say("moved to another version", "迁移到另一版本")
        )
    return f"{entry.trigger} {detail['ticked']}" if "ticked" in detail else entry.trigger


def _with(entry: views.EntryView) -> str:
    said = [f"{name}={say.short(value(given), 60)}" for name, given in entry.facts.items()]
    routed = entry.detail.get("routed")
    if routed:
        said.append(
            output.say("unit by ", "单位依据")
            + (
                output.say(f"row {routed['row']} of the duties table", f"职责表第 {routed['row']} 行")
                if routed["row"]
                else output.say("the category", "类别")
            )
        )
    said += [_where(point, found) for point, found in entry.detail.get("located", {}).items() if found["how"] != "inside"]
    told = [one["recipient"] for one in entry.detail.get("told", ())]
    if told:
        said.append(output.say("told ", "通知 ") + ", ".join(told))
    withheld = entry.detail.get("withheld", ())
    if withheld:
        said.append(output.say("not told, for they may not see it: ", "因无权查看未通知：") + ", ".join(withheld))
    if entry.detail.get("unreached"):
        told_instead = ("reached nobody: fallback told", "无人收到：已告后备") if told else ("reached nobody", "无人收到")
        said.append(output.say(*told_instead))
    if entry.kind == "refused":
        said.append(output.say(entry.detail.get("message", ""), entry.detail.get("zh") or entry.detail.get("message", "")))
    if entry.kind == "answer" and entry.detail.get("reason"):
        said.append(entry.detail["reason"])
    if entry.kind == "rearm":
        reason = entry.detail["reason"]
        said += [output.say("the calendar has changed", "日历有变") if reason == "calendar" else reason, *_moved(entry.detail)]
    if entry.kind == "migrate":
        said += _migrated(entry.detail)
    return "; ".join(said)


def _where(point: str, found: Mapping[str, Any]) -> str:
    """A place that lies in no area for certain."""
    words = {
        "nearest": ("outside all areas, the nearest taken", "在区域外，取最近的"),
        "unsure": ("to be confirmed", "待确认"),
        "outside": ("outside all areas", "不在任何区域内"),
    }
    return f"{point}: " + output.say(*words[found["how"]])


def _moved(detail: Mapping[str, Any]) -> list[str]:
    """Which clock's next rung moved from when to when."""
    said: list[str] = []
    for clock, dues in sorted(detail.get("moved", {}).items()):
        before, after = (due[:16].replace("T", " ") if due else output.say("none", "无") for due in dues)
        said.append(output.say(f"next rung of {clock}: {before} → {after}", f"{clock} 下一级提醒：{before} → {after}"))
    return said


def _migrated(detail: Mapping[str, Any]) -> list[str]:
    """Why a case came under another version, from which to which, what its clocks are called now, and which have ended."""
    said = [detail["reason"]] if detail["reason"] else []
    said.append(f"{detail['from']['hash'][:8]} → {detail['to']['hash'][:8]}")
    said += [f"{before} → {after}" for before, after in sorted(detail["clocks"].items()) if before != after]
    said += [output.say(f"{name} ended", f"{name} 终止") for name in sorted(detail["ended"])]
    return [*said, *_moved(detail)]


def plain(*columns: str, whole: Sequence[int] = (), right: Sequence[int] = (), title: str | None = None) -> Table:
    """A table whose columns fold where the screen is narrow, but those numbered in `whole`; numbers stand at the `right`."""
    from rich import box

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number in whole, justify="right" if number in right else "left")
    return table
