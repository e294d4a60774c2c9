"""The nine Prefect flows: thin, named by meaning, safe to repeat. (The admins' workflows are YAML under config/programmes; these are not they.)

The engine has done its work and committed before any of them runs: they show, sweep and send again. A breach is data, not a
failure; red is for what is really broken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from prefect import flow, get_client, get_run_logger
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import Field

from config import problems
from engine import authored, composition, feed, lapses, outbox, outcomes, settings, verify
from engine import board as boards
from engine import now as times
from engine import recover as recovery
from engine import retention as forgetting
from engine.figuring import circular as circulars
from engine.figuring import morning as mornings
from engine.suggesting import training
from workflows import pages, wording

T = TypeVar("T")
LINES = 50
"""Log lines a run writes about cases; the artifact has them all."""
SPARE = 3600
"""Seconds for which a photo that was just given again is left alone: its new case may not be there yet."""

Programme = str | None
Cursor = int | None


class ClockSilent(Exception):
    """No engine clock has given a sign of life: deadlines are not being kept."""


class StoreDamaged(Exception):
    """`fengxing verify` has findings."""


async def ask(work: Callable[[composition.Engine], T]) -> T:
    """Engine work in a thread of its own, on a store opened for it: Prefect's loop is never held up by a disk."""

    def go() -> T:
        with composition.opened(settings.from_environment()) as engine:
            return work(engine)

    return await asyncio.to_thread(go)


@flow(
    name="escalate",
    flow_run_name=wording.begun("escalate"),
    description="What lapsed since the last time, by programme and clock: log lines with case numbers, a table of the breaches. "
    "The engine has already told whoever must hear; this run shows it. 逾期与预警汇总。",
    retries=2,
    retry_delay_seconds=10,
)
async def escalate(programme: Programme = None, clock: str | None = None, after: Cursor = None, until: Cursor = None) -> State[Any]:
    """Show what lapsed between two places of the history.

    Args:
        programme: Only this programme, as its folder calls it (ningxiang). Empty: all.
        clock: Only this clock, as the workflow calls it (dispatching). Empty: all.
        after: Place in the history to begin behind. Empty: where the last run stopped.
        until: Place in the history to end at. Empty: its end.
    """
    by_itself = after is None

    def look(engine: composition.Engine) -> tuple[list[lapses.Lapse], int, int]:
        now = engine.time.now()
        with engine.store.reading() as tx:
            begin = feed.cursor(tx, "escalate") if after is None else after
            found, end = lapses.between(tx, engine.catalog, after=begin, until=until if until is not None else feed.head(tx), now=now)
        return [x for x in found if programme in (None, x.programme) and clock in (None, x.clock)], end, now

    found, end, now = await ask(look)
    for (town, name), group in lapses.grouped(found).items():
        await _show(town, name, group, now)
    if by_itself and found:
        local = times.local(now, found[0].zone)
        await _rename(wording.run_name("escalate", len(found), clock or "all", local), wording.tags(severity=pages.severity(found)))
    if by_itself and programme is None and clock is None:
        await ask(lambda engine: _advance(engine, end))
    breached = [x for x in found if x.phase != "warned"]
    if breached:
        return Completed(name="Breached", message=pages.sentence(breached))
    return Completed(message=f"{len(found)} warned before their deadline" if found else "nothing lapsed")


@flow(
    name="deliver",
    flow_run_name=wording.begun("deliver"),
    description="Sends what waits in the outbox and is due: the safety net under the engine's own delivery. 补投待发邮件。",
    retries=2,
    retry_delay_seconds=30,
)
async def deliver() -> State[Any]:
    """Send what is due; whatever fails is tried again later under the same Message-ID."""
    report = await ask(outbox.deliver_once)
    log = get_run_logger()
    for problem in report.problems[:LINES]:
        log.warning("%s", problem)
    message = f"{report.sent} sent, {report.put_off} put off, {report.dropped} dropped, {report.dead} dead"
    log.info(message)
    if report.touched:
        await _rename(wording.run_name("deliver", report.sent, "mails", datetime.now(ZoneInfo(wording.ZONE))), [])
    return Completed(message=message)


@flow(
    name="board",
    flow_run_name=wording.begun("board"),
    description="Open cases by time left, one table per programme and one overview of all. 在办案件看板。",
    retries=1,
    retry_delay_seconds=10,
)
async def board(programme: Programme = None) -> State[Any]:
    """Write the boards.

    Args:
        programme: Only this programme, as its folder calls it (ningxiang). Empty: all, and the overview.
    """

    def look(engine: composition.Engine) -> tuple[list[boards.Board], int, tuple[problems.Problem, ...]]:
        now = engine.time.now()
        against = authored.against(engine)
        with engine.store.reading() as tx:
            return boards.boards(tx, engine.catalog, now=now), now, against

    found, now, against = await ask(look)
    found = [b for b in found if programme in (None, b.programme)]
    for one in found:
        await acreate_table_artifact(
            key=wording.key("board", one.programme),
            table=wording.table([pages.line_of(line, one.zone) for line in one.lines]) or [{"case": "nothing is open"}],
            description=f"{one.title}: {one.open} open, {one.overdue} overdue, {one.urgent} urgent, at {times.local(now, one.zone):%Y-%m-%d %H:%M:%S}",
        )
    if programme is None:
        await acreate_markdown_artifact(
            key="overview", markdown=pages.overview(found, now, against), description="All programmes at a glance"
        )
    total, overdue = sum(b.open for b in found), sum(b.overdue for b in found)
    said = f"{total} open, {overdue}{'' if all(b.complete for b in found) else '+'} overdue"
    get_run_logger().info("%s in %d programmes", said, len(found))
    if found:
        await _rename(wording.run_name("board", total, "open", times.local(now, found[0].zone)), [])
    return Completed(message=said)


@flow(
    name="digest",
    flow_run_name=wording.begun("digest"),
    description="The morning mail to each programme's leaders: what is open and overdue, yesterday, the month's rates, with pictures. 晨报。",
    retries=3,
    retry_delay_seconds=120,
)
async def digest(programme: Programme = None, due: bool = False) -> State[Any]:
    """Send the morning digest; who has had today's is not sent it again.

    Args:
        programme: Only this programme, as its folder calls it (ningxiang). Empty: all.
        due: Only where the time that figures.yaml names has come by the town's own clock.
    """
    told = await ask(lambda engine: mornings.send(engine, now=engine.time.now(), programme=programme, due=due))
    return _mailed(told)


@flow(
    name="circular",
    flow_run_name=wording.begun("circular"),
    description="The monthly circular to leaders: last month's rates unit by unit, beside the month before. 月度通报。",
    retries=3,
    retry_delay_seconds=120,
)
async def circular(programme: Programme = None, due: bool = False) -> State[Any]:
    """Send last month's circular; who has had it is not sent it again.

    Args:
        programme: Only this programme, as its folder calls it (ningxiang). Empty: all that ask for one.
        due: Only where the day and time that figures.yaml names have come by the town's own clock.
    """
    told = await ask(lambda engine: circulars.send(engine, now=engine.time.now(), programme=programme, due=due))
    return _mailed(told)


@flow(
    name="figures",
    flow_run_name=wording.begun("figures"),
    description="Remembers what became of cases that are over, so that figures over many of them come at once. 统计结果归集。",
    retries=2,
    retry_delay_seconds=60,
)
async def figures() -> State[Any]:
    """Go along the history from where the last run stopped."""
    written = await ask(lambda engine: outcomes.keep_up(engine.store, engine.catalog, now=engine.time.now()))
    return Completed(message=f"{written} cases remembered")


@flow(
    name="recover",
    flow_run_name=wording.begun("recover"),
    description="Puts right what a crash may have left: leases, missing timers; proves a sample of cases. Red when the clock is silent or the proof fails. 自检与恢复。",
    retries=1,
    retry_delay_seconds=30,
)
async def recover(because: str = "on schedule", sample: Annotated[int, Field(ge=0, le=100_000)] = 250) -> State[Any]:
    """Recover, prove, and look whether the clock is alive.

    Args:
        because: Why it runs, for the log.
        sample: Cases to prove: so many that moved lately, and so many by lot.
    """
    log = get_run_logger()
    log.info("recover: %s", because)
    done = await ask(lambda engine: recovery.recover(engine.store, engine.catalog, now=engine.time.now(), wall=times.wall()))
    log.info("%d leases released, %d timers put right in %d open cases", done.leases, done.timers, done.cases)
    report = await ask(lambda engine: _prove(engine, sample))
    for finding in report.findings[:LINES]:
        log.error("%s %s: `fengxing verify` says more", finding.case or "the store", finding.code)
    silent = await _silence(patience=60.0)
    if report.findings:
        raise StoreDamaged(f"{len(report.findings)} findings in {report.cases} cases; run `fengxing verify`")
    if silent is not None:
        raise ClockSilent(
            f"the clock is silent for {wording.span(silent)}: deadlines are not kept; start it with `fengxing up` or `fengxing clock`"
        )
    return Completed(message=f"{done.leases} leases, {done.timers} timers put right; {report.cases} cases proved")


@flow(
    name="retention",
    flow_run_name=wording.begun("retention"),
    description="Erases names, phones and faces of cases that closed longer ago than their programme keeps them, and photos whose time is over. 到期个人信息和照片清除。",
    retries=2,
    retry_delay_seconds=60,
)
async def retention() -> State[Any]:
    """Erase what is due; the chain of history stays whole."""
    erased = await ask(
        lambda engine: forgetting.erase(engine.store, engine.catalog, engine.settings.data_dir, now=engine.time.now(), spare=SPARE)
    )
    log = get_run_logger()
    for name, count in erased.items():
        log.info("%s: %d facts erased", name, count)
    return Completed(message=f"{sum(erased.values())} facts erased")


@flow(
    name="learn",
    flow_run_name=wording.begun("learn"),
    description="Learns categories from the confirmed cases of each programme; used only where that is no worse than keywords. 类别建议的学习。",
    retries=1,
    retry_delay_seconds=60,
)
async def learn(programme: Programme = None) -> State[Any]:
    """Train and judge; what came of it is kept in the store.

    Args:
        programme: Only this programme, as its folder calls it (ningxiang). Empty: all.
    """
    done = await ask(lambda engine: training.train_all(engine.store, engine.catalog, programme, now=engine.time.now()))
    log = get_run_logger()
    for each in done:
        log.info("%s: %s", each.programme, each.said.en)
    return Completed(message=f"{sum(each.evaluation.better for each in done)} of {len(done)} programmes suggest what was learned")


FLOWS = (escalate, deliver, board, digest, circular, figures, recover, retention, learn)


def _mailed(told: Mapping[str, int]) -> State[Any]:
    log = get_run_logger()
    for name, people in told.items():
        log.info("%s: %d told", name, people)
    return Completed(message=", ".join(f"{name}: {people}" for name, people in told.items() if people) or "nobody needed telling")


async def _show(town: str, clock: str, group: Sequence[lapses.Lapse], now: int) -> None:
    log = get_run_logger()
    for lapse in group[:LINES]:
        (log.info if lapse.phase == "warned" else log.warning)(pages.told(lapse))
    if len(group) > LINES:
        log.info("… and %d more; the table has them", len(group) - LINES)
    breached = [x for x in group if x.phase != "warned"]
    if breached:
        await acreate_table_artifact(
            key=wording.key("breaches", town, clock),
            table=wording.table([pages.row_of(x) for x in breached]),
            description=f"{pages.sentence(breached)} At {times.local(now, breached[0].zone):%Y-%m-%d %H:%M:%S}.",
        )


def _advance(engine: composition.Engine, end: int) -> None:
    with engine.store.writing() as tx:
        feed.move(tx, "escalate", end)


def _prove(engine: composition.Engine, sample: int) -> verify.Report:
    with engine.store.reading() as tx:
        ids = recovery.sample(tx, sample)
    return verify.verify(engine.store, engine.catalog, engine.settings.data_dir, only=ids)


async def _silence(*, patience: float, most: int = 120_000_000) -> int | None:
    """How long the clock has been silent, if too long and still after a moment's patience; None where none has ever run."""
    silent = await ask(lambda engine: feed.silence(engine.store))
    if silent is not None and silent >= most:
        await asyncio.sleep(patience)
        silent = await ask(lambda engine: feed.silence(engine.store))
    return silent if silent is not None and silent >= most else None


async def _rename(name: str, tags: Sequence[str]) -> None:
    """A run of a deployment gets its meaning as its name once it is known."""
    number = flow_run.id
    if number is None or flow_run.parent_flow_run_id is not None:
        return
    async with get_client() as client:
        await client.update_flow_run(number, name=name, tags=[*flow_run.tags, *tags])
