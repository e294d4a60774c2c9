"""The figures at the day's end: reports, closures, the mean time of each stage, breaches per clock. From the histories, each with its formula."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from cli import output
from engine import catalog, history
from notifications import say
from sla import clocks
from storage import database, statements

STAGES = (
    ("report → dispatched", "上报 → 派单", "dispatched"),
    ("report → on site", "上报 → 到场", "on_site"),
    ("report → resolved", "上报 → 处置", "resolved"),
    ("report → closed", "上报 → 办结", "verified"),
)
"""A stage ends when the case first comes to this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock of a programme over the day: how many rounds of it there were, and how many of these were over their limit."""

    programme: str
    title: str
    target: str
    rounds: int
    breached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`stages`: (name, mean in microseconds, cases). `closed` counts those ended as done; `rejected` those answered and discarded."""

    programmes: tuple[tuple[str, int, int, int], ...]
    stages: tuple[tuple[str, int, int], ...]
    clocks: tuple[Clock, ...]

    @property
    def reports(self) -> int:
        return sum(row[1] for row in self.programmes)

    @property
    def closed(self) -> int:
        return sum(row[2] for row in self.programmes)


def figures(store: database.Store, known: catalog.Catalog, *, now: int) -> Figures:
    """Reckon them at `now`. Programmes: (title, reports, closed as done, discarded)."""
    language = output.language()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    spans: dict[str, list[int]] = defaultdict(list)
    lines: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    named: dict[tuple[str, str], tuple[str, str]] = {}
    with store.reading() as tx:
        known.refresh(tx)
        last = -1
        while rows := tx.all(statements.CASES_AFTER, (last, 500)):
            last = rows[-1][0]
            for row in rows:
                compiled = known.pinned(tx, row[3])
                entries = history.rows(tx, row[0])
                _count(counts[compiled.programme], compiled, row[4])
                for _, _, state in STAGES:
                    at = next((entry[history.AT] for entry in entries if entry[history.TO] == state), None)
                    if at is not None:
                        spans[state].append(at - entries[0][history.AT])
                folds = clocks.fold(compiled.plans, history.effects(compiled, entries), compiled.timelines)
                for name, fold in folds.items():
                    stand = clocks.reckon(compiled.plans[name], fold, compiled.timelines, now=now)
                    line = lines[compiled.programme, name]
                    line[0] += stand.round
                    line[1] += (stand.breached_at is not None) + stand.earlier_breaches
                    named[compiled.programme, name] = (compiled.workflow.clocks[name].title.say(language), stand.target or "")
        titles = {name: known.of(name).live.programme.title.say(language) for name in counts}
    return Figures(
        programmes=tuple(
            (titles[name], total, closed, out) for name, (total, closed, out) in sorted(counts.items(), key=lambda one: -one[1][0])
        ),
        stages=tuple((output.say(en, zh), sum(spans[s]) // len(spans[s]), len(spans[s])) for en, zh, s in STAGES if spans[s]),
        clocks=tuple(
            Clock(programme=titles[p], title=named[p, c][0], target=say.words(named[p, c][1], language), rounds=rounds, breached=breached)
            for (p, c), (rounds, breached) in sorted(lines.items(), key=lambda line: -counts[line[0][0]][0])
        ),
    )


def _count(line: list[int], compiled: catalog.Compiled, state: str) -> None:
    final = compiled.workflow.states[state].final
    line[0] += 1
    line[1] += final == "done"
    line[2] += final == "rejected"
