"""The same simulated time lived through several times, with one number changed: a clock's target, the staff of a role, the arrivals.

All runs share their seed, and a draw belongs to what it is drawn for: what differs comes of the change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from config import workflow
from config.assumptions import Staff
from config.words import Duration
from engine import errors
from engine.simulating import simulated, simulation

USAGE = 2
MOST = 20
_SHORT = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(\d{1,4})\.\.(\d{1,4})")
_SWEEP = re.compile(r"(?:([a-z][a-z0-9_-]*)\.)?(within|staff|arrivals)=(?:([a-z][a-z0-9_-]*):)?(.+)")


class SweepInvalid(errors.EngineError):
    """What is to be compared cannot be understood."""

    code = "sweep-invalid"
    exit = USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the runs: `value` as it was asked for, and what is simulated."""

    value: str
    plan: simulation.Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is changed (`dispatching.within`, `duty.staff`, `arrivals`), and the runs in the order given."""

    what: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A sweep with a report for each of its runs."""

    sweep: Sweep
    reports: tuple[simulated.Report, ...]


def compare(sweep: Sweep, heard: Callable[[int, int], None] | None = None) -> Compared:
    """Live through all of them. `heard(days done, of all runs together)` is called as it goes."""
    return Compared(sweep=sweep, reports=tuple(_runs(sweep, heard)))


def _runs(sweep: Sweep, heard: Callable[[int, int], None] | None) -> Iterator[simulated.Report]:
    whole = sum(variant.plan.days for variant in sweep.variants)
    done = 0
    for variant in sweep.variants:
        told = None if heard is None else _onwards(heard, done, whole)
        yield simulated.simulate(variant.plan, told)
        done += variant.plan.days


def _onwards(heard: Callable[[int, int], None], done: int, whole: int) -> Callable[[int, int], None]:
    return lambda days, _: heard(done + days, whole)


def read(words: str, plan: simulation.Plan) -> Sweep:
    """`CLOCK.within=10m,15m`, `staff=ROLE:1..4` or `arrivals=1000,2000` → the runs. Clock and role may be left out where only one
    is meant: what waits in the first state. Raises SweepInvalid."""
    found = _SWEEP.fullmatch(words.strip())
    if found is None or (found[1] and found[2] != "within") or (found[3] and found[2] != "staff"):
        raise SweepInvalid(
            f"--sweep {words}: write CLOCK.within=10m,15m,20m or staff=ROLE:1..4 or arrivals=1000,2000",
            f"--sweep {words}：请写成 时限.within=10m,15m,20m、staff=角色:1..4 或 arrivals=1000,2000",
        )
    clock, kind, role, listed = found.groups()
    if kind == "within":
        return _within(words, clock, listed, plan)
    numbers = _numbers(words, listed)
    if kind == "staff":
        return _staff(words, role, numbers, plan)
    if min(numbers) == 0 or max(numbers) > 1_000_000:
        raise SweepInvalid(f"--sweep {words}: give from 1 to 1000000 cases a day", f"--sweep {words}：每天案件数应在 1 到 1000000 之间")
    arrivals = plan.assumed.arrivals
    given = [(number, plan.assumed.model_copy(update={"arrivals": arrivals.model_copy(update={"a_day": number})})) for number in numbers]
    return Sweep(what="arrivals", variants=tuple(Variant(value=str(n), plan=replace(plan, assumed=assumed)) for n, assumed in given))


def _within(words: str, clock: str | None, listed: str, plan: simulation.Plan) -> Sweep:
    flow = plan.whole.workflows[plan.assumed.workflow]
    swept = tuple(name for name, each in flow.clocks.items() if each.within is not None)
    first = tuple(name for name in swept if flow.initial in flow.runs_in(name) and flow.clocks[name].runs_in != ("open",))
    name = clock if clock is not None else first[0] if len(first) == 1 else ""
    if name not in swept:
        raise SweepInvalid(
            f"--sweep {words}: say of which clock, as {(swept or ('CLOCK',))[0]}.within=…; there is: {', '.join(swept) or 'none'}",
            f"--sweep {words}：请写明哪个时限，如 {(swept or ('CLOCK',))[0]}.within=…；可选：{'、'.join(swept) or '无'}",
            possible=swept,
        )
    variants = [
        Variant(value=value, plan=replace(plan, whole=plan.whole.model_copy(update={"workflows": {**plan.whole.workflows, flow.workflow: _aimed(flow, name, span)}})))
        for value, span in _durations(words, listed)
    ]  # fmt: skip
    return Sweep(what=f"{name}.within", variants=tuple(variants))


def _aimed(flow: workflow.Workflow, clock: str, span: Duration) -> workflow.Workflow:
    """With another target for all that no condition picks out: the last line of `within`."""
    each = flow.clocks[clock]
    assert each.within is not None
    within = (*each.within[:-1], each.within[-1].model_copy(update={"is_": span}))
    return flow.model_copy(update={"clocks": {**flow.clocks, clock: each.model_copy(update={"within": within})}})


def _staff(words: str, role: str | None, numbers: list[int], plan: simulation.Plan) -> Sweep:
    staff = plan.assumed.staff
    name = role if role is not None else _role_of_start(plan)
    if name not in staff:
        raise SweepInvalid(
            f"--sweep {words}: say of which role, as staff={next(iter(staff), 'ROLE')}:1..4; there is: {', '.join(staff) or 'none'}",
            f"--sweep {words}：请写明哪个角色，如 staff={next(iter(staff), 'ROLE')}:1..4；可选：{'、'.join(staff) or '无'}",
            possible=tuple(staff),
        )
    if max(numbers) > 1000:
        raise SweepInvalid(f"--sweep {words}: at most 1000 people", f"--sweep {words}：最多 1000 人")
    variants = []
    for number in numbers:
        more = {**staff, name: Staff(at_work=number, hours=staff[name].hours)}
        variants.append(Variant(value=str(number), plan=replace(plan, assumed=plan.assumed.model_copy(update={"staff": more}))))
    return Sweep(what=f"{name}.staff", variants=tuple(variants))


def _role_of_start(plan: simulation.Plan) -> str:
    """Who does what is usual with a case that has just come."""
    flow, work = plan.whole.workflows[plan.assumed.workflow], plan.assumed.work
    rules = [(work[trigger].weight or 0, rule) for trigger, rule in flow.transitions.items() if flow.initial in rule.from_]
    usual = max(rules, key=lambda each: each[0], default=None)
    return next((role for role in usual[1].by if role in plan.assumed.staff), "") if usual is not None else ""


def _numbers(words: str, listed: str) -> list[int]:
    span = _SPAN.fullmatch(listed.strip())
    values = [str(n) for n in range(int(span[1]), int(span[2]) + 1)] if span is not None else [each.strip() for each in listed.split(",")]
    if not 1 <= len(values) <= MOST or not all(value.isascii() and value.isdigit() and len(value) <= 9 for value in values):
        raise SweepInvalid(
            f"--sweep {words}: write whole numbers, as 1,2,4 or 1..4, at most {MOST} of them",
            f"--sweep {words}：请写整数，如 1,2,4 或 1..4，最多 {MOST} 个",
        )
    return [int(value) for value in dict.fromkeys(values)]


def _durations(words: str, listed: str) -> list[tuple[str, Duration]]:
    found = []
    for value in dict.fromkeys(each.strip() for each in listed.split(",")):
        short = _SHORT.fullmatch(value)
        try:
            found.append((value, Duration.parse(f"{short[1]} {_UNITS[short[2]]}" if short is not None else value)))
        except ValueError as exc:
            raise SweepInvalid(
                f"--sweep {words}: {value!r} is no duration; write 10m, 2h, 1d or 10 minutes, 4 working hours",
                f"--sweep {words}：{value!r} 不是时长；请写 10m、2h、1d 或 10 minutes、4 working hours",
            ) from exc
    if len(found) > MOST:
        raise SweepInvalid(f"--sweep {words}: at most {MOST} values", f"--sweep {words}：最多 {MOST} 个值")
    return found
