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
from cli.demonstration import figures, player, proof, show
from notifications import say

MOST = 20


def page(counted: figures.Figures, verdict: proof.Verdict, refusals: Sequence[player.Refusal], failures: Sequence[BaseException]) -> None:
    """Print it to stdout."""
    console = output.console()
    for table in (_programmes(counted), _stages(counted), _clocks(counted)):
        console.print(table)
    for line in (*_refused(refusals, failures), *_proof(verdict)):
        console.print(line, soft_wrap=True)


def _programmes(counted: figures.Figures) -> Table:
    table = _table(output.say("closed ÷ all reported", "处置闭环率 = 办结 ÷ 上报"))
    for name in (
        output.say("programme", "项目"),
        output.say("reports", "上报"),
        output.say("closed", "办结"),
        output.say("discarded", "作废"),
        output.say("rate", "闭环率"),
    ):
        table.add_column(name)
    rows = [*counted.programmes, (output.say("all", "合计"), counted.reports, counted.closed, sum(row[3] for row in counted.programmes))]
    for title, total, closed, out in rows:
        table.add_row(Text(title), str(total), str(closed), str(out), f"{100 * closed / total:.1f} %" if total else "")
    return table


def _stages(counted: figures.Figures) -> Table:
    table = _table(output.say("mean time from the report", "各环节平均用时（从上报起）"))
    for name in (output.say("stage", "环节"), output.say("mean", "平均"), output.say("cases", "件数")):
        table.add_column(name)
    for title, mean, cases in counted.stages:
        table.add_row(Text(title), say.duration(mean, output.language()), str(cases))
    return table


def _clocks(counted: figures.Figures) -> Table:
    table = _table(output.say("clocks: rounds, and those over their limit", "时限：计时次数与超时次数"))
    for name in (output.say("programme", "项目"), output.say("clock", "时限"), output.say("begun", "计时"), output.say("over", "超时")):
        table.add_column(name)
    for clock in counted.clocks:
        table.add_row(
            Text(clock.programme), Text(clock.title), str(clock.rounds), Text(str(clock.breached), style="red" if clock.breached else "")
        )
    return table


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


def where(stage: show.Show, *, patience: float) -> None:
    """Where to look: Prefect's pages, the store, the mails, and a line to paste."""
    place = stage.stage.folder
    if stage.prefect is not None:
        shown, total = stage.await_prefect(patience)
        output.line(
            output.say(
                f"Prefect   {stage.prefect.url}  ({shown} of {total} entries in its event feed)",
                f"Prefect   {stage.prefect.url}（事件流已显示 {shown}/{total} 条）",
            )
        )
    output.line(output.say(f"store     {place / 'fengxing.db'}", f"数据库    {place / 'fengxing.db'}"))
    output.line(output.say(f"mails     {place / 'mails'}", f"邮件      {place / 'mails'}"))
    output.line(output.say(f"photos    {place / 'camera'}, logs {place / 'logs'}", f"照片      {place / 'camera'}，日志 {place / 'logs'}"))
    command = Path(sys.argv[0]).name or "fengxing"
    output.line(output.say("explore   ", "接着看    ") + f"FENGXING_DATA_DIR={shlex.quote(str(place))} {command} list")


def _table(title: str) -> Table:
    return Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
