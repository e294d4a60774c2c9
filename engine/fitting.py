"""Do the values of registers fit their columns, and would what schedules open be taken? Asked as the engine itself will ask it, before a folder is put in force."""

from __future__ import annotations

from collections.abc import Iterator

from config import problems, programme, reading, workflow
from config.problems import Path, Saying
from config.registers import TITLE, UNFIT, Register
from config.words import Text
from engine import catalog, errors, facts, scheduling
from sla import occasions

_WORDS = Text(zh="登记表", en="register")
VALUE = Saying("register-value", "{what}", "correct the value", "{what}", "请改正此值")
REFUSED = Saying(
    "opening-refused",
    "no case of `{workflow}` could be opened{row}: {what}",
    "give it in `with`, in a column of that name, or change the workflow",
    "无法{row}开出 `{workflow}` 案件：{what}",
    "请在 `with` 或同名的列中给出，或修改流程",
)
NEVER = Saying(
    "schedule-never-comes",
    "this never comes: no date is all that it asks for",
    "correct `days`, `monthly` or `calendar`",
    "永远不会到来：没有任何日期符合全部条件",
    "请改正 `days`、`monthly` 或 `calendar`",
)


def registers(read: reading.Reading, whole: programme.Programme) -> Iterator[problems.Problem]:
    """Every value of every row, read as a fact of its column's type."""
    town = catalog.in_force(programme.live_of(whole), bundle=0, digest="", newest={})
    for name, file in read.register_files().items():
        part = read.parts[file]
        register = whole.registers[name]
        compiled = _stand_in(whole, register)
        for row, values in register.rows.items():
            for column, value in values.items():
                if column == TITLE or column not in compiled.workflow.facts:
                    continue
                try:
                    facts.check(compiled, town, {column: value})
                except errors.FactInvalid as refusal:
                    said = problems.Said(str(refusal), refusal.zh)
                    yield part.source.problem(VALUE, part.fitted.origin(("rows", row, column)), what=said)


def _stand_in(whole: programme.Programme, register: Register) -> catalog.Compiled:
    """A workflow whose facts are the columns, for a look at values."""
    columns = {name: column.fact() for name, column in register.columns.items() if column.type not in UNFIT}
    state = workflow.State(title=_WORDS)
    flow = workflow.Workflow(workflow="register", title=_WORDS, initial="kept", facts=columns, states={"kept": state}, transitions={})
    definition = programme.Definition(
        programme=whole.programme.programme, time_zone=whole.programme.time_zone, workflow=flow, categories=whole.categories
    )
    return catalog.made(0, "", definition, None)


def schedules(read: reading.Reading, whole: programme.Programme, *, now: int) -> Iterator[problems.Problem]:
    """Whether each schedule ever comes, and whether the cases it opens would be taken; the first row that would not be, of each."""
    part = read.parts.get("schedules.yaml")
    if part is None:
        return
    live = programme.live_of(whole)
    town, lines = catalog.in_force(live, bundle=0, digest="", newest={}), scheduling.lines_of(live)
    for name, schedule in live.schedules.items():
        path: Path = ("schedules", name)
        if next(occasions.upcoming(schedule, lines, now), None) is None:
            yield part.source.problem(NEVER, path, key=True)
        definition = programme.definition_of(whole, schedule.opens)
        compiled = catalog.made(0, "", definition, live)
        for row, opening in scheduling.asked(town, compiled, name, now):
            try:
                facts.required(compiled, facts.check(compiled, town, opening.facts))
            except errors.FactInvalid as refusal:
                for_row = problems.Said(f" for `{row}`" if row else "", f"为 `{row}` " if row else "")
                said = problems.Said(str(refusal), refusal.zh)
                where = (*path, "with", refusal.fact) if refusal.fact in schedule.with_ else path
                yield part.source.problem(REFUSED, where, key=where == path, workflow=schedule.opens, row=for_row, what=said)
                break
