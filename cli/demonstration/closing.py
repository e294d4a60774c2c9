"""The last page of the demo: the figures with their formulas, what the proof found, and where to look."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from cli import output
from cli.demonstration import player, proof, show
from engine import composition, figures, stats
from notifications import say

MOST = 20
"""Findings that are shown one by one."""
TOWN = "ningxiang"
STAGES = ("reported", "classified", "dispatched", "on_site", "resolved", "returned", "suspended")
"""The town's states in the order of a case's way."""


def page(engine: composition.Engine, verdict: proof.Verdict, people: player.Player, *, until: int) -> None:
    """Print it to stdout: the day as it stood at `until`."""
    console = output.console()
    with engine.store.reading() as tx:
        programmes = stats.stats(tx, engine.catalog, stats.Wanted(by="programme"), now=until)
        town = stats.stats(tx, engine.catalog, stats.Wanted(programme=TOWN), now=until)
        limits = stats.stats(tx, engine.catalog, stats.Wanted(by="clock"), now=until)
    for table in (_programmes(programmes), _times(town), _clocks(limits)):
        console.print(table)
    for line in (*_refused(people.refusals, people.failures), *_proof(verdict)):
        console.print(line, soft_wrap=True)


def _programmes(rows: Sequence[figures.Row]) -> Table:
    table = _table(output.say("closure rate = resolved ÷ all reported", "处置闭环率 = 已处置 ÷ 全部上报"))
    for en, zh in (
        ("programme", "项目"),
        ("reports", "上报"),
        ("resolved", "已处置"),
        ("closed", "办结"),
        ("discarded", "作废"),
        ("closure rate", "闭环率"),
    ):
        table.add_column(output.say(en, zh), justify="left" if en == "programme" else "right")
    groups: dict[str, dict[str, figures.Row]] = {}
    for row in rows:
        groups.setdefault(row.group, {})[row.name] = row
    for group in sorted(groups.values(), key=lambda rows: -rows["reports"].numerator):
        title = group["reports"].group_title
        counts = [f"{group[name].numerator:.0f}" for name in ("reports", "resolved", "closed", "rejected")]
        table.add_row(Text(title.say(output.language()) if title else ""), *counts, _rate(group["closure_rate"]))
    return table


def _times(rows: Sequence[figures.Row]) -> Table:
    table = _table(output.say("mean times in Ningxiang", "宁乡各环节平均用时"))
    table.add_column(output.say("stage", "环节"))
    table.add_column(output.say("mean", "平均"))
    table.add_column(output.say("stays", "次数"), justify="right")
    for row in sorted(rows, key=lambda row: STAGES.index(row.of) if row.of in STAGES else len(STAGES)):
        if row.figure.name.endswith("_mean") and row.value is not None:
            name = row.of_title if row.of_title is not None else row.figure.title
            table.add_row(Text(name.say(output.language())), say.duration(round(row.value * 1e6), output.language()), str(row.denominator))
    return table


def _clocks(rows: Sequence[figures.Row]) -> Table:
    """The limits that were broken, and in one line all others."""
    table = _table(output.say("limits that were broken", "超时的时限"))
    table.add_column(output.say("clock", "时限"))
    table.add_column(output.say("over", "超时"), justify="right")
    table.add_column(output.say("of", "共"), justify="right")
    broken = [row for row in rows if row.figure is figures.OVERDUE_RATE and row.numerator]
    kept = [row for row in rows if row.figure is figures.OVERDUE_RATE and not row.numerator]
    for row in sorted(broken, key=lambda row: -row.numerator):
        name = row.group_title.say(output.language()) if row.group_title is not None else row.group
        table.add_row(Text(name), Text(f"{row.numerator:.0f}", style="red"), str(row.denominator))
    table.add_row(
        Text(output.say(f"the other {len(kept)}", f"其余 {len(kept)} 种"), style="dim"), "0", str(sum(row.denominator for row in kept))
    )
    return table


def _rate(row: figures.Row) -> str:
    return "" if row.value is None else f"{row.value:.1%}"


def _refused(refusals: Sequence[player.Refusal], failures: Sequence[BaseException]) -> list[Text]:
    lines = []
    for refusal in refusals:
        meant = output.say("as the rules mean it", "规则本该如此") if refusal.planned else output.say("NOT PLANNED", "计划之外")
        lines.append(
            Text(
                f"✗ {refusal.number} {refusal.step.do} ({refusal.step.by}): {refusal.words} [{meant}]",
                style="" if refusal.planned else "bold red",
            )
        )
    lines += [Text(f"✗ {type(failure).__name__}: {failure}", style="bold red") for failure in failures]
    return lines


def _proof(verdict: proof.Verdict) -> list[Text]:
    reckoned, posted = verdict.reckoned, verdict.posted
    late, delays = verdict.lateness, [delay / 1e3 for delay in posted.delays]
    lines = [
        Text(
            output.say(
                f"rungs: {len(reckoned.fired)} were due by the histories, each fired once; late by p50 {proof.share(late, 50):.0f} ms, "
                f"p99 {proof.share(late, 99):.0f} ms, at most {max(late, default=0):.0f} ms of real time",
                f"提醒：按历史应触发 {len(reckoned.fired)} 级，逐级各一次；真实延迟 p50 {proof.share(late, 50):.0f} 毫秒，"
                f"p99 {proof.share(late, 99):.0f} 毫秒，最大 {max(late, default=0):.0f} 毫秒",
            )
            if not reckoned.findings
            else output.say(f"rungs: {len(reckoned.findings)} findings", f"提醒：{len(reckoned.findings)} 处不符")
        ),
        Text(
            output.say(
                f"mails: {posted.told} messages told, {posted.mails} mails in the mailbox ({posted.digests} digests for {posted.in_digests} messages, "
                f"{posted.second_address} to a second address, {posted.dropped} no longer needed); rung → mailbox p50 {proof.share(delays, 50):.0f} ms, "
                f"p99 {proof.share(delays, 99):.0f} ms",
                f"邮件：应告知 {posted.told} 条，信箱收到 {posted.mails} 封（合并邮件 {posted.digests} 封含 {posted.in_digests} 条，"
                f"改投第二地址 {posted.second_address} 封，已无需发送 {posted.dropped} 条）；触发到收到 p50 {proof.share(delays, 50):.0f} 毫秒，"
                f"p99 {proof.share(delays, 99):.0f} 毫秒",
            )
        ),
        Text(
            output.say(
                f"verify: {verdict.verified.cases} cases, {len(verdict.verified.findings)} findings",
                f"核验：{verdict.verified.cases} 件，{len(verdict.verified.findings)} 处不符",
            )
        ),
    ]
    lines += [Text(f"  {one.case}: {one.detail}", style="dim") for one in reckoned.overtaken]
    lines += [Text(f"  {finding.code} {finding.case}: {finding.detail}", style="bold red") for finding in verdict.findings[:MOST]]
    if len(verdict.findings) > MOST:
        lines.append(
            Text(output.say(f"  … and {len(verdict.findings) - MOST} more", f"  ……另有 {len(verdict.findings) - MOST} 处"), style="red")
        )
    good = output.say("The day is as its histories say.", "全部与历史相符。")
    bad = output.say(f"{len(verdict.findings)} findings.", f"共 {len(verdict.findings)} 处不符。")
    lines.append(Text(good, style="bold green") if verdict.ok else Text(bad, style="bold red"))
    return lines


def where(stage: show.Show, *, patience: float, leaving: bool) -> None:
    """Where to look: Prefect's pages, the store, the mails, and a line to paste."""
    place = stage.stage.folder
    if stage.prefect is not None:
        shown, total = stage.await_prefect(patience)
        ends = output.say("; it ends with the demo, which stays up without --exit", "；随演示结束，不加 --exit 则保留") if leaving else ""
        said = output.say(f"({shown} of {total} entries are in its event feed{ends})", f"（事件流已显示 {shown}/{total} 条{ends}）")
        output.line(f"Prefect   {stage.prefect.url}  {said}")
    portal = output.say("their links lead to the portal, which comes with a later version", "其中的链接指向网页端，网页端在后续版本提供")
    for en, zh, words in (
        ("store", "数据库", str(place / "fengxing.db")),
        ("mails", "邮件", f"{place / 'mails'}  ({portal})"),
        ("photos", "照片", str(place / "camera")),
        ("logs", "日志", str(place / "logs")),
        ("explore", "接着看", f"FENGXING_DATA_DIR={shlex.quote(str(place))} {_ourselves()} list"),
    ):
        output.line(f"{en:10}{words}" if output.language() == "en" else f"{zh}{'　' * (4 - len(zh))} {words}")


def _ourselves() -> str:
    """The command as it can be typed here."""
    called = Path(sys.argv[0])
    if called.suffix == ".py" or not called.exists():
        return "fengxing"
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else str(called)


def _table(title: str) -> Table:
    return Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
