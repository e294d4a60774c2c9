"""The table: what `fengxing bench` measures, what each row must reach and what it aims at. docs/performance.md explains each.

Measures that share a store or a run give several rows; `--only` names a row or a measure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import checking, figuring, foresight, ground, lapse, lateness, lifecycle, standing, suggesting, workshop
from engine import errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. Of `at_least` and `at_most` one is given; `raw` says that the value is a multiple of plain sqlite3's speed."""

    name: str
    en: str
    zh: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    aim: float
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What came out, in the row's unit. `detail`: what it was made of, for people."""

    value: float
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A row with its figure."""

    row: Row
    figure: Figure

    @property
    def ok(self) -> bool:
        return (self.row.at_least is None or self.figure.value >= self.row.at_least) and (
            self.row.at_most is None or self.figure.value <= self.row.at_most
        )

    def body(self) -> dict[str, Any]:
        """As JSON. Where plain SQL took turns `raw` is 1 and `value` the engine's speed as a multiple of it; `detail` has both speeds."""
        row = self.row
        must = {"at_least": row.at_least} if row.at_least is not None else {"at_most": row.at_most}
        return {
            "name": row.name,
            "value": round(self.figure.value, 4),
            "raw": 1.0 if row.raw else None,
            **must,
            "aim": row.aim,
            "unit": row.unit,
            "ok": self.ok,
            "detail": dict(self.figure.detail),
        }


Work = Callable[[workshop.Workshop], dict[str, Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is measured in one go, and the rows it gives."""

    name: str
    rows: tuple[Row, ...]
    work: Work


def run(shop: workshop.Workshop, measures: Sequence[Measure], wanted: frozenset[str]) -> Iterator[Measured]:
    """Measure one after the other; only the rows wanted (all, if none is named) are given."""
    for measure in measures:
        shop.say(f"measuring {measure.name}")
        figures = measure.work(shop)
        for row in measure.rows:
            if not wanted or row.name in wanted or measure.name in wanted:
                yield Measured(row=row, figure=figures[row.name])


class NoSuchRow(errors.EngineError):
    code = "no-such-row"
    exit = errors.NOT_FOUND

    def __init__(self, name: str, known: Sequence[str]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint, zh = (
            (f"did you mean {near[0]}?", f"是不是 {near[0]}？") if near else (f"there is: {', '.join(known)}", f"可选：{'、'.join(known)}")
        )
        super().__init__(f"no row {name}; {hint}", f"没有 {name} 这一行；{zh}", possible=near or known)


def chosen(names: Sequence[str]) -> tuple[Measure, ...]:
    """The measures that give these rows, in the table's order; all, if none is named. Raises NoSuchRow."""
    known = {row.name: measure for measure in MEASURES for row in measure.rows} | {measure.name: measure for measure in MEASURES}
    for name in names:
        if name not in known:
            raise NoSuchRow(name, list(known))
    wanted = {known[name].name for name in names}
    return tuple(measure for measure in MEASURES if not wanted or measure.name in wanted)


def _speeds(name: str, speeds: lifecycle.Speeds, what: str) -> dict[str, Figure]:
    detail = {f"engine_{what}_a_second": round(speeds.engine, 1), f"raw_{what}_a_second": round(speeds.raw, 1)}
    if speeds.together > 1:
        detail["requests_a_commit"] = round(speeds.together, 1)
    return {name: Figure(value=speeds.ratio, detail=detail)}


def _single(shop: workshop.Workshop) -> dict[str, Figure]:
    speeds = lifecycle.single(shop.folder, shop.template, rounds=shop.sizes.rounds, a_round=shop.sizes.a_round)
    return _speeds("lifecycle-single", speeds, "transitions")


def _batched(shop: workshop.Workshop) -> dict[str, Figure]:
    speeds = lifecycle.batched(shop.folder, shop.template, rounds=shop.sizes.batches, together=shop.sizes.together)
    return _speeds("lifecycle-batched", speeds, "transitions")


def _grouped(shop: workshop.Workshop) -> dict[str, Figure]:
    speeds = lifecycle.grouped(shop.folder, shop.template, callers=shop.sizes.together, lives=shop.sizes.lives)
    return _speeds("lifecycle-grouped", speeds, "transitions")


def _lapse(shop: workshop.Workshop) -> dict[str, Figure]:
    return _speeds("lapse", lapse.against_raw(shop.folder, shop.template, timers=shop.sizes.lapsing), "timers")


def _size(name: str, order: str) -> Work:
    def work(shop: workshop.Workshop) -> dict[str, Figure]:
        half = shop.sizes.small // 2
        costs = lapse.by_size(lambda: shop.small(order), shop.large(order), timers=half)
        detail = {
            f"at_{shop.sizes.large}_armed_us": round(costs.large * 1e6, 1),
            f"at_{shop.sizes.small}_armed_us": round(costs.small * 1e6, 1),
        }
        return {name: Figure(value=costs.large / costs.small, detail=detail)}

    return work


def _check(shop: workshop.Workshop) -> dict[str, Figure]:
    found = {"check-cold": checking.cold(shop.folder, turns=shop.sizes.starts), "check-again": checking.again(turns=shop.sizes.starts)}
    return {
        name: Figure(value=took[len(took) // 2], detail={"fastest_s": round(took[0], 3), "slowest_s": round(took[-1], 3)})
        for name, took in found.items()
    }


def _simulate(shop: workshop.Workshop) -> dict[str, Figure]:
    cpu, wall, cases = foresight.took(shop.sizes.simulated)
    detail = {"cases": cases, "cpu_s": round(cpu, 2), "wall_s": round(wall, 2), "ms_a_case": round(cpu / cases * 1000, 3)}
    return {"simulate": Figure(value=cpu / cases * 100_000, detail=detail)}


def _idle(shop: workshop.Workshop) -> dict[str, Figure]:
    used = standing.idle(shop.large("in_order").own, settle=shop.sizes.settle, measured=shop.sizes.idle)
    return {"idle": Figure(value=used, detail={"armed": shop.sizes.large, "measured_s": shop.sizes.idle})}


def _start(shop: workshop.Workshop) -> dict[str, Figure]:
    took = standing.start(shop.folder, shop.template, armed=shop.sizes.armed, turns=shop.sizes.starts)
    detail = {"armed": shop.sizes.armed, "fastest_s": round(took[0], 3), "slowest_s": round(took[-1], 3), "starts": len(took)}
    return {"start": Figure(value=took[len(took) // 2], detail=detail)}


def _stats(shop: workshop.Workshop) -> dict[str, Figure]:
    took = figuring.took(shop.folder, shop.template, count=shop.sizes.closed, turns=shop.sizes.starts)
    again = took.again
    detail = {
        "closed_cases": took.counted,
        "first_s": round(took.first, 2),
        "fastest_s": round(again[0], 3),
        "slowest_s": round(again[-1], 3),
    }
    return {"stats-month": Figure(value=again[len(again) // 2], detail=detail)}


def _stories(shop: workshop.Workshop) -> dict[str, Figure]:
    took, single = standing.stories(shop.folder, turns=shop.sizes.starts)
    detail = {
        "stories": len(single) // len(took),
        "fastest_s": round(took[0], 3),
        "slowest_s": round(took[-1], 3),
        "median_story_ms": round(single[len(single) // 2], 2),
        "slowest_story_ms": round(single[-1], 2),
    }
    return {"definition-tests": Figure(value=took[len(took) // 2], detail=detail)}


def _suggesting(shop: workshop.Workshop) -> dict[str, Figure]:
    shop.say(f"filling a store with {shop.sizes.placed:,} cases all over a town")
    took, used, found = suggesting.took(shop.folder, shop.template, placed=shop.sizes.placed, openings=shop.sizes.asked)
    said = {f"p{percent:g}_ms": round(lateness.share(took, percent), 2) for percent in (50, 90, 99)}
    commit = round(ground.commit_ms(shop.folder), 2)
    detail = {
        "cases": shop.sizes.placed,
        "openings": len(took),
        **said,
        "worst_ms": round(took[-1], 2),
        "cpu_p50_ms": round(lateness.share(used, 50), 2),
        "cpu_p99_ms": round(lateness.share(used, 99), 2),
        "duplicates": found,
    }
    return {"opening-with-suggestions": Figure(value=lateness.share(took, 99), detail={**detail, "one_commit_of_this_disk_ms": commit})}


def _late(late: Sequence[float], shop: workshop.Workshop) -> dict[str, Any]:
    said = {f"p{percent:g}_ms": round(lateness.share(late, percent), 2) for percent in (50, 90, 99)}
    commit = round(ground.commit_ms(shop.folder), 2)
    return {"armed": shop.sizes.armed, "due": len(late), **said, "worst_ms": round(late[-1], 2), "one_commit_of_this_disk_ms": commit}


def _alone(shop: workshop.Workshop) -> dict[str, Figure]:
    late = lateness.alone(shop.folder, shop.template, armed=shop.sizes.armed, due=shop.sizes.due, within=shop.sizes.within)
    detail = _late(late, shop)
    return {f"lateness-p{percent}": Figure(value=lateness.share(late, percent), detail=detail) for percent in (50, 99)}


def _under_up(shop: workshop.Workshop) -> dict[str, Figure]:
    late = lateness.under_up(shop.folder, shop.template, armed=shop.sizes.armed, due=shop.sizes.due, within=shop.sizes.within)
    return {"lateness-up-p99": Figure(value=lateness.share(late, 99), detail=_late(late, shop))}


MEASURES = (
    Measure(
        name="check",
        rows=(
            Row(name="check-cold", en="`fengxing check` of all programmes, the whole command", zh="检查全部项目，整条命令", unit="s", at_most=5, aim=2),
            Row(name="check-again", en="the same where it has been made before, nothing changed", zh="同上，进程内再次检查，无改动", unit="s", at_most=1, aim=0.4),
        ),
        work=_check,
    ),
    Measure(
        name="suggestions",
        rows=(Row(name="opening-with-suggestions", en="a case opened, its category suggested and duplicates looked for, 100,000 cases in the store: p99", zh="登记一件并给出类别和疑似重复建议，库中 10 万件：p99", unit="ms", at_most=10, aim=6),),
        work=_suggesting,
    ),
    Measure(
        name="simulate",
        rows=(Row(name="simulate", en="100,000 cases simulated, 3,000 a day", zh="模拟 10 万件（每天 3000 件）", unit="CPU s", at_most=120, aim=55),),
        work=_simulate,
    ),
    Measure(
        name="lifecycle-single",
        rows=(Row(name="lifecycle-single", en="lifecycle, one commit per transition", zh="全流程，每步一次提交", unit="of raw", at_least=0.5, aim=0.7, raw=True),),
        work=_single,
    ),
    Measure(
        name="lifecycle-batched",
        rows=(Row(name="lifecycle-batched", en="lifecycle, batches of 100 cases a commit", zh="全流程，每批 100 件一次提交", unit="of raw", at_least=0.2, aim=0.4, raw=True),),
        work=_batched,
    ),
    Measure(
        name="lifecycle-grouped",
        rows=(Row(name="lifecycle-grouped", en="lifecycle, 100 callers at once sharing commits", zh="全流程，100 个并发调用者合并提交", unit="of raw", at_least=0.2, aim=0.4, raw=True),),
        work=_grouped,
    ),
    Measure(
        name="lapse",
        rows=(Row(name="lapse", en="100,000 due timers, each one escalation exactly once, against one commit per timer", zh="10 万个到期定时器，各升级恰好一次", unit="of raw", at_least=5, aim=12, raw=True),),
        work=_lapse,
    ),
    Measure(
        name="idle",
        rows=(Row(name="idle", en="idle with 1,000,000 armed", zh="100 万个定时器时的空闲开销", unit="CPU s a minute", at_most=0.1, aim=0.05),),
        work=_idle,
    ),
    Measure(
        name="size-due-order",
        rows=(Row(name="size-due-order", en="cost per fired timer at 1,000,000 armed ÷ at 10,000, due order", zh="百万与一万定时器的单次开销之比，按到期顺序", unit="ratio", at_most=1.5, aim=1.2),),
        work=_size("size-due-order", "in_order"),
    ),
    Measure(
        name="size-random-order",
        rows=(Row(name="size-random-order", en="the same, random order", zh="同上，随机顺序", unit="ratio", at_most=5, aim=2.5),),
        work=_size("size-random-order", "shuffled"),
    ),
    Measure(
        name="start",
        rows=(Row(name="start", en="start of the clock to its first firing, 100,000 armed and overdue", zh="时钟启动到首次触发（10 万个已逾期）", unit="s", at_most=1.2, aim=0.8),),
        work=_start,
    ),
    Measure(
        name="stats-month",
        rows=(Row(name="stats-month", en="`fengxing stats` of a month by unit, 100,000 closed cases, the whole command", zh="10 万件已结案件的月度统计（按单位），整条命令", unit="s", at_most=2, aim=1.2),),
        work=_stats,
    ),
    Measure(
        name="definition-tests",
        rows=(Row(name="definition-tests", en="`fengxing test` of all programmes, the whole process", zh="运行全部项目的故事（整个进程）", unit="s", at_most=5, aim=2),),
        work=_stories,
    ),
    Measure(
        name="lateness",
        rows=(
            Row(name="lateness-p50", en="lateness, 100,000 armed, 2,000 due within 20 s, clock alone: p50", zh="延迟中位数，仅时钟", unit="ms", at_most=3, aim=2),
            Row(name="lateness-p99", en="the same: p99", zh="同上，p99", unit="ms", at_most=20, aim=10),
        ),
        work=_alone,
    ),
    Measure(
        name="lateness-up",
        rows=(Row(name="lateness-up-p99", en="the same under `up`, with Prefect and deliveries running: p99", zh="同上，`up` 全部运行时", unit="ms", at_most=150, aim=50),),
        work=_under_up,
    ),
)  # fmt: skip
"""In the order in which they are measured: what needs the machine for itself does not follow on what leaves it busy."""
