"""A second engine: a workflow as a statechart of sismic, on its simulated clock. For comparison only; it shares nothing with ours.

The case's states are one region, each clock is another (unborn, running, paused, settled), and a bell wakes them. A second has
two halves, so that order within it is said by time: what people do comes in the first, what comes by itself in the second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sismic.interpreter import Interpreter
from sismic.model import BasicState, CompoundState, Event, OrthogonalState, Statechart, Transition

from tests import second_clock

HALVES = 2
BACK = ("return", "rework", "reopen")


class Case:
    """What the chart's guards and actions ask and do. `log`: what a history would hold."""

    def __init__(self, flow: Mapping[str, Any]) -> None:
        self.flow = flow
        final = frozenset(name for name, state in flow["states"].items() if "final" in state)
        self.clocks = {
            name: second_clock.Clock(name, rule, flow["ladders"].get(rule.get("ladder"), ()), final, list(flow["states"]))
            for name, rule in flow["clocks"].items()
        }
        self.facts: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.state = flow["initial"]
        self.log: list[tuple[Any, ...]] = []
        self.moves = 0
        self.bell = 0
        self.turn: str | None = None

    # may it move?

    def may(self, trigger: str, event: Any, now: int) -> bool:
        rule = self.flow["transitions"][trigger]
        facts = {**self.facts, **event.facts}
        extends = rule.get("extends")
        return (
            bool(set(rule["by"]) & set(event.words))
            and not any(self.last.get(did) == event.actor for did in rule.get("not_by", ()))
            and self.counts.get(trigger, 0) < min(rule.get("most", 1000), extends.get("most", 2) if extends else 1000)
            and set(rule.get("needs", ())) <= set(event.facts) <= {*rule.get("needs", ()), *rule.get("takes", ())}
            and all(facts.get(fact) in [str(value) for value in values] for fact, values in rule.get("when", {}).items())
            and (extends is None or self._extendable(extends, now))
        )

    def _extendable(self, extends: Mapping[str, Any], now: int) -> bool:
        clock = self.clocks[extends["clock"]]
        if clock.round is None or clock.round.ended is not None or clock.round.target is None:
            return False
        overdue = clock.round.breached is not None or clock.lapse(now) is not None
        return not overdue or extends.get("once_overdue", False)

    def moved(self, trigger: str, event: Any, now: int) -> dict[str, Any]:
        """Take note of a move; returns what the clocks need to know of it."""
        self.judge(now - 1)
        rule, was = self.flow["transitions"][trigger], self.state
        kind = rule.get("kind") or (trigger if trigger in BACK else None)
        self.state = rule.get("to", was)
        self.facts.update(event.facts)
        self.last[trigger] = event.actor
        self.counts[trigger] = self.counts.get(trigger, 0) + 1
        self.moves += 1
        self.log.append((now, "move", trigger, was, self.state, event.actor))
        extends = rule.get("extends")
        more = (extends["clock"], second_clock.seconds(extends["by"])) if extends else None
        return {"to": self.state, "was": was, "kind": kind, "more": more}

    # the regions of the clocks

    def anew(self, clock: str, event: Any) -> bool:
        """Does a round begin? After going back, if the clock restarts; otherwise if it had ended and runs again."""
        found = self.clocks[clock]
        inside = event.to in found.runs_in or event.to in found.pauses_in
        went = found.now_on.went_back | ({event.kind} if event.kind else set())
        if event.to == event.was and not event.kind:
            return False
        if inside and any(found.rule.get(f"on_{kind}") == "restart" for kind in went):
            return True
        return found.now_on.ended is not None and event.to in found.runs_in and not went

    def resumes(self, clock: str, event: Any) -> bool:
        """Does what had ended go on, since the case only went back?"""
        found = self.clocks[clock]
        return (event.to != event.was or bool(event.kind)) and bool(found.now_on.went_back or event.kind)

    def affected(self, clock: str, event: Any, now: int) -> None:
        """Facts and extensions, while the clock goes on, or in the very second in which it ended."""
        found = self.clocks[clock]
        if found.now_on.ended in (None, now):
            if event.more is not None and event.more[0] == clock:
                found.now_on.more += event.more[1]
            found.choose(now, self.facts)

    def settle(self, clock: str, event: Any, now: int) -> None:
        found = self.clocks[clock]
        found.now_on.ended = now
        found.now_on.went_back = {event.kind} if event.kind else set()

    def resume(self, clock: str, now: int) -> None:
        found = self.clocks[clock]
        found.now_on.ended, found.now_on.went_back = None, set()
        found.choose(now, self.facts)

    # the ladders

    def may_acknowledge(self, clock: str, event: Any) -> bool:
        found = self.clocks[clock]
        return event.clock == clock and found.now_on.ended is None and bool(found.told() & set(event.words))

    def acknowledge(self, clock: str, event: Any, now: int) -> None:
        found = self.clocks[clock]
        found.now_on.seen = now
        self.log.append((now, "acknowledge", clock, found.now_on.number, event.actor))

    def next_bell(self, now: int) -> tuple[int, str] | None:
        """The earliest second at which a clock owes a rung, and whose; whose turn it is goes on until it owes nothing now."""
        owed = {name: due.at for name, clock in self.clocks.items() if (due := clock.owed()) is not None}
        if owed.get(self.turn or "", now + 1) <= now:
            assert self.turn is not None
            return owed[self.turn], self.turn
        self.turn = None
        return min(((at, name) for name, at in owed.items()), default=None)

    def whose(self, now: int) -> str:
        following = self.next_bell(now)
        assert following is not None
        self.turn = following[1]
        return self.turn

    def ring(self, clock: str, now: int) -> str | None:
        """A rung fires; returns the trigger it pulls."""
        found = self.clocks[clock]
        fired = found.fire(now)
        assert fired is not None
        due, skipped = fired
        self.log.append((now, "rung", clock, found.now_on.number, due.rung, due.repeat, sorted(skipped)))
        trigger = found.ladder[due.rung].get("do")
        return trigger if isinstance(trigger, str) else None

    def judge(self, now: int) -> None:
        for clock in self.clocks.values():
            clock.judge(now)


_PULL = """
trigger = case.ring('{clock}', int(time) // 2)
if trigger is not None:
    send('t_' + trigger, actor='timer', words=('timer',), facts={{}})
    send('pulled', trigger=trigger, before=case.moves)
else:
    send('rearm')
"""
_REARM = """
case.bell += 1
following = case.next_bell(int(time) // 2)
if following is not None:
    send('bell', number=case.bell, delay=max(0, following[0] * 2 + 1 - time))
"""
_NOW = "int(time) // 2"


def chart_of(flow: Mapping[str, Any]) -> Statechart:
    """The statechart of a workflow (as its YAML has it)."""
    chart = Statechart("case")
    chart.add_state(OrthogonalState("all"), None)
    chart.add_state(CompoundState("life", initial="before"), "all")
    chart.add_state(BasicState("before"), "life")
    for state in flow["states"]:
        chart.add_state(BasicState(f"s_{state}"), "life")
    opened = f"case.log.append(({_NOW}, 'open', None, case.state)); case.facts.update(event.facts); case.last['open'] = event.actor; send('effect', to=case.state, was=None, kind=None, more=None); send('rearm')"
    chart.add_transition(Transition("before", f"s_{flow['initial']}", event="open", action=opened))
    for trigger, rule in flow["transitions"].items():
        done = f"send('effect', **case.moved('{trigger}', event, {_NOW})); send('rearm')"
        for state in rule["from"]:
            target = f"s_{rule['to']}" if "to" in rule else None
            chart.add_transition(
                Transition(f"s_{state}", target, event=f"t_{trigger}", guard=f"case.may('{trigger}', event, {_NOW})", action=done)
            )
    _bell(chart)
    for clock, rule in flow["clocks"].items():
        _region(chart, clock, bool(rule.get("ladder")))
    return chart


def _bell(chart: Statechart) -> None:
    chart.add_state(CompoundState("bell", initial="hangs"), "all")
    chart.add_state(BasicState("hangs"), "bell")
    for event, guard, action in (
        ("rearm", None, _REARM),
        ("bell", "event.number == case.bell", f"send('ring', clock=case.whose({_NOW}))"),
        ("pulled", "event.before == case.moves", f"case.log.append(({_NOW}, 'refused', event.trigger)); send('rearm')"),
    ):
        chart.add_transition(Transition("hangs", None, event=event, guard=guard, action=action))


def _region(chart: Statechart, clock: str, ladder: bool) -> None:
    """unborn → running ⇄ paused → settled, and from there on again or anew."""
    chart.add_state(CompoundState(f"c_{clock}", initial=f"{clock}_unborn"), "all")
    unborn, running, paused, settled = (f"{clock}_{each}" for each in ("unborn", "running", "paused", "settled"))
    for state in (unborn, running, paused, settled):
        chart.add_state(BasicState(state), f"c_{clock}")
    this, anew = f"case.clocks['{clock}']", f"case.anew('{clock}', event)"
    runs, pauses = f"event.to in {this}.runs_in", f"event.to in {this}.pauses_in"
    begin, affected = f"{this}.begin({_NOW}, event.to, case.facts)", f"case.affected('{clock}', event, {_NOW})"
    run, stop, resume = f"{this}.run({_NOW})", f"{this}.stop({_NOW})", f"case.resume('{clock}', {_NOW})"
    settle, gone_back = f"case.settle('{clock}', event, {_NOW})", f"case.resumes('{clock}', event)"
    out = f"not ({runs}) and not ({pauses})"

    def on(source: str, target: str | None, guard: str, *actions: str, event: str = "effect") -> None:
        chart.add_transition(Transition(source, target, event=event, guard=guard, action="; ".join(actions)))

    on(unborn, running, runs, begin)
    for state in (running, paused, settled):
        on(state, running, f"{anew} and {runs}", begin)
        on(state, paused, f"{anew} and {pauses}", begin)
    on(running, None, f"not {anew} and {runs}", affected)
    on(running, paused, f"not {anew} and {pauses}", affected, stop)
    on(running, settled, f"not {anew} and {out}", affected, stop, settle)
    on(paused, None, f"not {anew} and {pauses}", affected)
    on(paused, running, f"not {anew} and {runs}", affected, run)
    on(paused, settled, f"not {anew} and {out}", affected, settle)
    on(settled, running, f"not {anew} and {runs} and {gone_back}", affected, resume, run)
    on(settled, paused, f"not {anew} and {pauses} and {gone_back}", affected, resume)
    on(
        settled,
        None,
        f"not {anew} and ({out} or (event.to == event.was and not event.kind))",
        affected,
        f"{this}.now_on.went_back |= {{event.kind}} - {{None}}",
    )
    if ladder:
        on(running, None, f"event.clock == '{clock}'", _PULL.format(clock=clock).strip(), event="ring")
        for state in (running, paused):
            on(
                state,
                None,
                f"case.may_acknowledge('{clock}', event)",
                f"case.acknowledge('{clock}', event, {_NOW}); send('rearm')",
                event="acknowledge",
            )


class Second:
    """A case lived through in the chart. Moments are whole seconds."""

    def __init__(self, flow: Mapping[str, Any]) -> None:
        self.case = Case(flow)
        self.chart = Interpreter(chart_of(flow), initial_context={"case": self.case}, ignore_contract=True)
        self.chart.execute()

    def before(self, moment: int) -> None:
        """Let all that comes by itself before a moment happen."""
        self._until(moment * HALVES)

    def until(self, moment: int) -> None:
        self._until(moment * HALVES + HALVES - 1)
        self.case.judge(moment)

    def tell(self, name: str, **words: Any) -> bool:
        """An event from outside, now; False if the chart would not have it."""
        known = len(self.case.log)
        self.chart.queue(Event(name, **words)).execute()
        return len(self.case.log) > known

    def _until(self, half: int) -> None:
        while self.chart._internal_queue and self.chart._internal_queue[0][0] <= half:
            self._stand(max(self.chart._internal_queue[0][0], self.chart.clock.time))
        self._stand(half)

    def _stand(self, half: float) -> None:
        self.chart.clock.time = max(half, self.chart.clock.time)
        self.chart.execute()

    @property
    def state(self) -> str:
        (found,) = [name for name in self.chart.configuration if name.startswith("s_")]
        return str(found).removeprefix("s_")

    def phase(self, clock: str) -> str:
        (found,) = [name for name in self.chart.configuration if name.startswith(f"{clock}_")]
        return str(found).removeprefix(f"{clock}_")
