"""A town to try things in: a store, a programme in force, the engine on it, and the few verbs with which stories are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from config import programme as programmes
from config import reading
from engine import clock, composition, history, publishing, requests, rungs, settings, verify, views
from engine import now as times
from storage import database, statements
from tests import builders

SHIPPED = Path(__file__).parent.parent.parent / "config" / "programmes"
ZONE = "Asia/Shanghai"
DAY = "2026-11-20"
"""A Friday."""
MINUTE, HOUR = 60_000_000, 3_600_000_000

WORKFLOW = builders.WORKFLOW.replace(
    "  discard:  {",
    """\
  reclassify: {from: [reported, dispatched], by: [duty], needs: [category, urgency]}
  note:       {from: [reported, dispatched, suspended, resolved], by: [anyone], takes: [reason]}
  discard:  {""",
).replace("    runs_in: [dispatched]\n", "    runs_in: [dispatched]\n    pauses_in: [suspended]\n")
"""The builder's report with two moves that leave the case where it is, and a clock that waits while it is suspended."""


def at(words: str) -> int:
    """`08:31`, `08:31:05` (of that Friday) or `2026-11-21T08:31` on the wall in Testtown, as UTC microseconds."""
    return times.parse((words if "T" in words else f"{DAY}T{words}") + "+08:00")


def clock_time(moment: int) -> str:
    """`08:31:00`, with its date if it is another day's."""
    local = times.local(moment, ZONE)
    return f"{local:%H:%M:%S}" if f"{local:%Y-%m-%d}" == DAY else f"{local:%Y-%m-%dT%H:%M:%S}"


START = at("08:00")


def a_programme(folder: Path, *, beside: Mapping[str, str] | None = None, **files: str) -> programmes.Programme:
    """Testtown as a value; say which of its files are to be others, and which stand beside them."""
    made = builders.a_folder(folder, **{"workflow": WORKFLOW, **files})
    read = reading.read_folder(builders.beside(made, beside or {}))
    assert read.programme is not None, read.problems
    return read.programme


def publish(engine: composition.Engine, whole: programmes.Programme) -> publishing.Published:
    return publishing.publish(engine.store, engine.catalog, whole, {}, now=engine.time.now())


@contextmanager
def a_town(
    folder: Path,
    url: str,
    *,
    start: int | None = START,
    speed: float | None = None,
    shipped: Sequence[str] = (),
    given: dict[str, str] | None = None,
    beside: Mapping[str, str] | None = None,
    **files: str,
) -> Iterator[composition.Engine]:
    """The engine on an upgraded store with Testtown (or the shipped programmes) in force; virtual from `start` on, or scaled by `speed`."""
    store = database.Store(url)
    if speed is not None:
        times.make_scaled(store, start=start or START, speed=speed)
    elif start is not None:
        times.make_virtual(store, start)
    store.close()
    with composition.opened(the_settings(folder, url, given)) as engine:
        for name in shipped:
            read = reading.read_folder(SHIPPED / name)
            assert read.programme is not None, read.problems
            publish(engine, read.programme)
        if not shipped:
            publish(engine, a_programme(folder, beside=beside, **files))
        yield engine


def the_settings(folder: Path, url: str, given: dict[str, str] | None = None) -> settings.Settings:
    return settings.Settings({"FENGXING_DATABASE_URL": url, "FENGXING_DATA_DIR": str(folder), **(given or {})})


@contextmanager
def another(engine: composition.Engine) -> Iterator[composition.Engine]:
    """The same store as a second process sees it: connections, catalogue and door of its own."""
    with composition.opened(engine.settings) as second:
        yield second


def an_opening(*, by: str | None = "ma", when: str | None = None, key: str | None = None, **facts: Any) -> requests.Opening:
    given = {"description": "东关巷路灯不亮", **facts}
    return requests.Opening(programme="testtown", workflow="report", actor=by, facts=given, key=key, at=at(when) if when else None)


def opened(engine: composition.Engine, **given: Any) -> requests.Done:
    return engine.door.submit(an_opening(**given))


def a_move(
    case: int | str, trigger: str, by: str, *, when: str | None = None, key: str | None = None, if_version: int | None = None, **facts: Any
) -> requests.Move:
    return requests.Move(case=case, trigger=trigger, actor=by, facts=facts, key=key, if_version=if_version, at=at(when) if when else None)


def moved(engine: composition.Engine, case: requests.Done | int | str, trigger: str, by: str, **given: Any) -> requests.Done:
    return engine.door.submit(a_move(case.case if isinstance(case, requests.Done) else case, trigger, by, **given))


def dispatched(engine: composition.Engine, *, when: str | None = None, **facts: Any) -> requests.Done:
    """A case opened by the rider Ma and sent to the lamp crew by whoever is on duty."""
    case = opened(engine, when=when)
    given = {"category": "lamp", "urgency": "2", "unit": "lights", **facts}
    return moved(engine, case, "dispatch", on_duty(engine, when), when=when, **given)


def on_duty(engine: composition.Engine, when: str | None = None) -> str:
    """Wang by day, Zhao by night: the roles of either would do, since a desk role is asked of whoever has it."""
    return "wang" if 8 <= times.local(at(when) if when else engine.time.now(), ZONE).hour < 20 else "zhao"


def acknowledged(engine: composition.Engine, case: requests.Done, clock: str, by: str, *, when: str | None = None) -> requests.Done:
    return engine.door.submit(requests.Acknowledgement(case=case.case, clock=clock, actor=by, at=at(when) if when else None))


def until(engine: composition.Engine, when: str) -> list[tuple[str, int, str]]:
    """Let time pass; what fired as (clock, rung from 1, when)."""
    return said(clock.fire_until(engine.store, engine.catalog, engine.time, at(when)))


def jump(engine: composition.Engine, when: str) -> list[tuple[str, int, str]]:
    """The clock was down and comes back at that moment; what fired then."""
    with engine.store.writing() as tx:
        now = engine.time.move_to(tx, at(when))
    fired: list[rungs.Fired] = []
    while (came := clock.fire_due(engine.store, engine.catalog, now=now))[1]:
        fired += came[0]
    return said(fired)


def said(fired: Sequence[rungs.Fired]) -> list[tuple[str, int, str]]:
    return [(one.clock, one.rung + 1, clock_time(one.at)) for one in fired]


def shown(engine: composition.Engine, case: requests.Done | int | str, viewer: str | None = None) -> dict[str, Any]:
    """The case as `show --json` prints it, with its clocks by name."""
    with engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, case.case if isinstance(case, requests.Done) else case)
    now = max(engine.time.now(), found.latest)
    with engine.store.reading() as tx:
        body = views.case(tx, engine.catalog, found, viewer=viewer, now=now).body()
    body["clocks"] = {each["name"]: each for each in body["clocks"]}
    return body


def due(engine: composition.Engine, case: requests.Done, name: str) -> str | None:
    """When a clock of a case is due, on the wall."""
    written = shown(engine, case)["clocks"][name]["due"]
    return None if written is None else clock_time(times.parse(written))


def entries(engine: composition.Engine, case: requests.Done | int) -> list[dict[str, Any]]:
    """The history of a case, oldest first."""
    with engine.store.reading() as tx:
        found = history.rows(tx, case.case if isinstance(case, requests.Done) else case)
    return [
        {
            "kind": row[history.KIND],
            "at": clock_time(row[history.AT]),
            "recorded": clock_time(row[history.RECORDED]),
            "trigger": row[history.TRIGGER],
            "to": row[history.TO],
            "actor": row[history.ACTOR],
            "facts": orjson.loads(row[history.FACTS]),
            "detail": orjson.loads(row[history.DETAIL]) if row[history.DETAIL] else {},
        }
        for row in found
    ]


def rows(engine: composition.Engine, sql: str, *params: object) -> list[tuple[Any, ...]]:
    with engine.store.reading() as tx:
        return tx.all(database.both(sql), params)


def damage(engine: composition.Engine, sql: str, *params: object) -> None:
    """What somebody with a database client might do."""
    with engine.store.writing() as tx:
        touched = tx.run(database.both(sql), params)
    assert touched, f"nothing was damaged by {sql}"


def timers(engine: composition.Engine, case: requests.Done) -> dict[str, tuple[str, int]]:
    """What is armed: clock → (when, rung from 1)."""
    with engine.store.reading() as tx:
        found = tx.all(statements.TIMERS_OF, (case.case,))
    return {row[1]: (clock_time(row[2]), row[4] + 1) for row in found}


def told(engine: composition.Engine, case: requests.Done) -> list[tuple[str, str]]:
    """The outbox of a case: (recipient, template), in order."""
    return [
        (who, template)
        for who, template in rows(engine, "SELECT recipient, template FROM messages WHERE case_id = ? ORDER BY id", case.case)
    ]


def findings(engine: composition.Engine, *only: requests.Done) -> list[str]:
    """What `fengxing verify` finds (in these cases, if any are named), as `code case: detail`."""
    report = verify.verify(engine.store, engine.catalog, engine.settings.data_dir, only=[case.case for case in only] or None)
    return [f"{found.code} {found.case}: {found.detail}" for found in report.findings]
