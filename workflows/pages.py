"""What the flows write: log lines, table rows, overviews. Pure; the words an operator reads."""

from __future__ import annotations

from collections.abc import Sequence

from config import problems
from engine import board, lapses
from engine import now as times
from workflows import wording

SHOWN = 20
"""Problems of a folder that a page names."""


def severity(found: Sequence[lapses.Lapse]) -> str:
    """The gravest of them: urgent, breached or warned."""
    if any(x.urgent for x in found):
        return "urgent"
    return "breached" if any(x.phase != "warned" for x in found) else "warned"


def told(lapse: lapses.Lapse) -> str:
    """One log line: which case, which clock, over by how long, where it stands, who was told."""
    limit = f" of {lapse.target}" if lapse.target else ""
    if lapse.overdue >= 0:
        over = f"over its {lapse.target or 'limit'} by {wording.span(lapse.overdue)}{', ended since' if lapse.ended else ''}"
    else:
        over = f"met with {wording.span(lapse.overdue)}{limit} to spare" if lapse.ended else f"{wording.span(lapse.overdue)} left{limit}"
    hears = f"told {', '.join(lapse.told)}" if lapse.reached else "NOBODY was reached" if lapse.told else "nobody to tell"
    urgent = "URGENT, " if lapse.urgent else ""
    return f"{lapse.number} {lapse.clock} ({lapse.title}): {urgent}{over}; {lapse.state}{f', {lapse.unit}' if lapse.unit else ''}; {hears}"


def row_of(lapse: lapses.Lapse) -> dict[str, object]:
    return {
        "case": lapse.number,
        "clock": lapse.title,
        "phase": lapse.phase,
        "limit": lapse.target,
        "due": f"{times.local(lapse.due, lapse.zone):%m-%d %H:%M:%S}" if lapse.due is not None else "",
        "over by": wording.span(lapse.overdue) if lapse.overdue >= 0 else "",
        "state": lapse.state,
        "unit": lapse.unit,
        "told": ", ".join(lapse.told),
        "urgent": "yes" if lapse.urgent else "",
    }


def line_of(line: board.Line, zone: str) -> dict[str, object]:
    left = "" if line.left is None else f"−{wording.span(line.left)}" if line.left < 0 else wording.span(line.left)
    return {
        "case": line.number,
        "left": f"{left} (paused)" if line.paused else left,
        "clock": line.clock,
        "limit": line.target,
        "due": f"{times.local(line.due, zone):%m-%d %H:%M:%S}" if line.due is not None else "",
        "state": line.state,
        "unit": line.unit,
        "urgent": "yes" if line.urgent else "",
    }


def overview(found: Sequence[board.Board], now: int, against: Sequence[problems.Problem] = ()) -> str:
    """All programmes on one page, the most pressing case of each; and what stands `against` folders that were not taken up."""
    lines = ["| programme | open | overdue | urgent | most pressing |", "|---|---:|---:|---:|---|"]
    for one in found:
        first = next((x for x in one.lines if x.left is not None), None)
        pressing = (
            ""
            if first is None or first.left is None
            else f"{first.number} {first.clock}, {'over by' if first.left < 0 else 'left'} {wording.span(first.left)}"
        )
        lines.append(
            f"| {wording.cell(one.title)} | {one.open} | {one.overdue}{'' if one.complete else '+'} | {one.urgent} | {wording.cell(pressing)} |"
        )
    at = f"{times.local(now, found[0].zone):%Y-%m-%d %H:%M:%S}" if found else ""
    return wording.markdown("蜂行 Fengxing", [*lines, *_not_taken_up(against), "", f"At {at}."])


def _not_taken_up(against: Sequence[problems.Problem]) -> list[str]:
    if not against:
        return []
    shown = [f"- {wording.cell(str(problem))}" for problem in against[:SHOWN]]
    more = [f"- and {len(against) - SHOWN} more"] if len(against) > SHOWN else []
    head = "**A changed folder was not taken up; what was in force before stays in force.** 文件夹有误，仍使用此前生效的版本。"
    return ["", head, "", *shown, *more]


def sentence(breached: Sequence[lapses.Lapse]) -> str:
    worst = breached[0]
    return f"{len(breached)} over their limit; the worst is {worst.number}, {worst.clock}, by {wording.span(max(0, worst.overdue))}."
