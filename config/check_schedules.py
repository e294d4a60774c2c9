"""Schedules: do the workflow, the calendar, the register and the facts they name exist? What the opening itself would refuse is asked by `engine.occasions`."""

from __future__ import annotations

from collections.abc import Mapping

from config import check_matches, landscape, problems, registers
from config.effects import ForEach
from config.landscape import Page
from config.problems import Path, Said, Saying
from config.registers import Register
from config.schedules import Schedules
from config.workflow import FactType, Workflow

LATE_WORKING = Saying(
    "late-by-working",
    "`late_by` elapses, whatever the hours are",
    "write it without `working`, as `1 hour`",
    "`late_by` 按流逝时间计，与工作时段无关",
    "请去掉 `working`，如 `1 hour`",
)
NO_SUCH_ROW = Saying(
    "no-row-meets",
    "no row of `{register}` meets this",
    "correct the condition, or add a row",
    "登记表 `{register}` 中没有符合条件的行",
    "请改正条件，或增加一行",
    "warning",
)
_CLOSED = (FactType.CHOICE, FactType.YES_NO)


def check(page: Page, file: Schedules, flows: Mapping[str, Workflow]) -> None:
    """`flows` are the workflows that could be read."""
    for name, schedule in file.schedules.items():
        path: Path = ("schedules", name)
        page.names("workflow", [(schedule.opens, (*path, "opens"))], page.land.workflow_names)
        if schedule.calendar is not None:
            page.names("calendar", [(schedule.calendar, (*path, "calendar"))], page.land.calendar_names, ("always",))
        if schedule.late_by.working:
            page.say(LATE_WORKING, (*path, "late_by"))
        if schedule.for_each is not None:
            for_each(page, schedule.for_each, (*path, "for_each"))
        flow = flows.get(schedule.opens)
        if flow is not None:
            page.names("fact", [(fact, (*path, "with", fact)) for fact in schedule.with_], frozenset(flow.facts))


def for_each(page: Page, asked: ForEach, path: Path) -> None:
    """A register and a condition on its columns."""
    page.names("register", [(asked.register_, (*path, "register"))], page.land.register_names)
    register = page.land.registers.get(asked.register_)
    if register is None:
        return
    for name, values in (asked.when or {}).items():
        page.names("column", [(name, (*path, "when", name))], frozenset(register.columns))
        known = _values(register, name)
        for value, place in landscape.each(values, *path, "when", name):
            if known is not None and value not in known:
                page.say(check_matches.NOT_A_VALUE, place, value=value, name=name, near=problems.near(value, known, Said("values", "取值")))
    columns_known = all(name in register.columns for name in asked.when or {})
    if columns_known and not any(registers.meets(row, asked.when) for row in register.rows.values()):
        page.say(NO_SUCH_ROW, (*path, "when") if asked.when else path, register=asked.register_)


def _values(register: Register, column: str) -> frozenset[str] | None:
    found = register.columns.get(column)
    if found is None or found.type not in _CLOSED:
        return None
    return frozenset(found.choices or ()) if found.type is FactType.CHOICE else frozenset({"true", "false"})
