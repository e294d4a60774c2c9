"""A clock and its ladder as semantics.md and the tour describe them: the second reading, of which nothing comes from `sla/`.

It keeps when the clock ran, in whole seconds of elapsed time, and answers what is due; `tests.second` runs it in a statechart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


def seconds(words: str) -> int:
    """`10 minutes`; this reading knows elapsed time only."""
    found = re.fullmatch(r"(\d+) (second|minute|hour)s?", words)
    assert found is not None, words
    return int(found[1]) * _SECONDS[found[2]]


class Due(NamedTuple):
    """A rung whose moment comes: at which second, which one, and for the how-manieth time."""

    at: int
    rung: int
    repeat: int


@dataclass(slots=True)
class Round:
    """From the moment at which the clock begins anew."""

    number: int
    started: int
    target: int | None
    since: int
    ran: list[list[int]] = field(default_factory=list)
    """Spans [begin, end]; the end of one that is still going on is not known yet: one number."""
    before: tuple[int, int | None, int] | None = None
    """At which second the target changed last, the target until then, and since when that had held."""
    more: int = 0
    fired: list[int] = field(default_factory=list)
    seen: int | None = None
    ended: int | None = None
    breached: int | None = None
    went_back: set[str] = field(default_factory=set)


class Clock:
    """`rule` and `ladder` as the YAML has them. States are kept by the chart; this keeps the time."""

    def __init__(
        self, name: str, rule: Mapping[str, Any], ladder: Sequence[Mapping[str, Any]], final: frozenset[str], states: Sequence[str]
    ) -> None:
        self.name, self.rule, self.ladder = name, rule, ladder
        self.pauses_in = frozenset(rule.get("pauses_in", ()))
        runs_in = frozenset(rule["runs_in"]) if rule["runs_in"] != "open" else frozenset(states) - final - self.pauses_in
        self.runs_in = runs_in
        self.round: Round | None = None
        self.earlier = 0

    @property
    def now_on(self) -> Round:
        assert self.round is not None
        return self.round

    # what happens to it

    def begin(self, now: int, to: str, facts: Mapping[str, str]) -> None:
        """The first round, or the next; a breach of an earlier one stays counted."""
        number = 1
        if self.round is not None:
            number = self.round.number + 1
            self.earlier += self.round.breached is not None and self.round.breached < now
        self.round = Round(number=number, started=now, target=self._wanted(facts), since=now, fired=[0] * len(self.ladder))
        if to in self.runs_in:
            self.run(now)

    def run(self, now: int) -> None:
        ran = self.now_on.ran
        if ran and len(ran[-1]) == 2 and ran[-1][1] == now:
            ran[-1].pop()
        else:
            ran.append([now])

    def stop(self, now: int) -> None:
        self.now_on.ran[-1].append(now)

    def choose(self, now: int, facts: Mapping[str, str]) -> None:
        """The target that holds of the facts now; changes within one second leave no trace of their order."""
        this, wanted = self.now_on, self._wanted(facts)
        if wanted == this.target:
            return
        before = this.before if this.before is not None and this.before[0] == now else (now, this.target, this.since)
        if before[1] == wanted:
            this.target, this.since, this.before = wanted, before[2], None
        else:
            this.target, this.since, this.before = wanted, now, before

    def _wanted(self, facts: Mapping[str, str]) -> int | None:
        within = self.rule["within"]
        for number, target in enumerate([{"is": within}] if isinstance(within, str) else within):
            if all(facts.get(fact) in [str(value) for value in values] for fact, values in target.get("when", {}).items()):
                return number
        return None

    # by when

    def whole(self) -> int:
        """The seconds of the target with its extensions."""
        this, within = self.now_on, self.rule["within"]
        assert this.target is not None
        return seconds(within if isinstance(within, str) else within[this.target]["is"]) + this.more

    def later(self, origin: int, amount: int) -> int:
        """The second at which the clock will have run for so long since `origin`, if it goes on from where it stands.

        If it has, just as a pause begins, it is when the pause ends."""
        ran = self.now_on.ran
        for number, span in enumerate(ran):
            begin = max(span[0], origin)
            if number == len(ran) - 1 or begin + amount < span[1]:
                return begin + amount
            amount -= max(0, span[1] - begin)
        return origin + amount

    def deadline(self) -> int | None:
        return None if self.now_on.target is None else self.later(self.now_on.started, self.whole())

    def lapse(self, now: int) -> int | None:
        """When the target was used up, if it is by `now`; never before it came to hold."""
        due, ran = self.deadline(), self.now_on.ran
        if due is None or not ran or (len(ran[-1]) == 2 and due >= ran[-1][1]):
            return None
        lapsed = max(due, self.now_on.since)
        return lapsed if lapsed <= now else None

    def judge(self, now: int) -> None:
        """At the end of a second: is it breached by now? What is breached stays so."""
        if self.round is not None and self.round.breached is None:
            self.round.breached = self.lapse(now)

    # its ladder

    def _quiet_until(self, rung: Mapping[str, Any]) -> float:
        """Who has seen to it is not told again, unless always; a trigger is no telling."""
        if self.now_on.seen is None or rung.get("always") or "do" in rung:
            return 0
        lasts = self.rule.get("acknowledge", {}).get("for")
        return math.inf if lasts is None else self.now_on.seen + seconds(lasts)

    def _place(self, number: int, repeat: int) -> int:
        this, rung = self.now_on, self.ladder[number]
        if "after" in rung:
            place = self.later(this.started, self.whole() + seconds(rung["after"]))
        elif "before" in rung:
            place = self.later(this.started, max(0, self.whole() - seconds(rung["before"])))
        else:
            share = 100 if rung["at"] == "due" else int(rung["at"].rstrip("%"))
            place = self.later(this.started, math.ceil(self.whole() * share / 100))
        place = max(place, this.since)
        place = next(max(place, span[0]) for span in this.ran if len(span) == 1 or max(place, span[0]) < span[1])
        return self.later(place, repeat * seconds(rung["repeat"]["every"])) if repeat else place

    def _open(self) -> Iterator[Due]:
        """All that has not fired and may, of a running clock; in the ladder's order."""
        for number, rung in enumerate(self.ladder):
            quiet = self._quiet_until(rung)
            if quiet == math.inf:
                continue
            for repeat in range(self.now_on.fired[number], rung.get("repeat", {}).get("most", 0) + 1):
                yield Due(max(self._place(number, repeat), int(quiet)), number, repeat)

    def owed(self) -> Due | None:
        """What comes next; of two at one second the one that stands first in the ladder."""
        return min(self._open(), key=lambda due: (due.at, due.rung), default=None) if self._runs() else None

    def _runs(self) -> bool:
        return self.round is not None and self.round.target is not None and bool(self.round.ran) and len(self.round.ran[-1]) == 1

    def fire(self, now: int) -> tuple[Due, list[tuple[int, int]]] | None:
        """The highest rung whose time has come, standing for all others; those with a trigger are never skipped."""
        come = sorted(due for due in self._open() if due.at <= now) if self._runs() else []
        if not come:
            return None
        acts = [number for number, due in enumerate(come) if "do" in self.ladder[due.rung]]
        fires = max(come, key=lambda due: due[1:])
        if acts and (acts[0] == 0 or self.ladder[come[acts[0]].rung].get("notify")):
            come = come[: acts[0] + 1]
            fires = come[-1]
        elif acts:
            come = come[: acts[0]]
            fires = max(come, key=lambda due: due[1:])
        for due in come:
            self.now_on.fired[due.rung] = max(self.now_on.fired[due.rung], due.repeat + 1)
        return fires, [due[1:] for due in come if due != fires]

    def told(self) -> set[str]:
        """The roles that a rung of this round has told."""
        return {role for rung, fired in zip(self.ladder, self.now_on.fired, strict=True) if fired for role in rung.get("notify", ())}
