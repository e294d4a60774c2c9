"""Registers: do their columns make sense, and has each row what they ask for? Whether each value fits is asked by `engine.registers`."""

from __future__ import annotations

from config import check_facts
from config.landscape import Page
from config.problems import Path, Saying
from config.registers import TITLE, UNFIT, Column, Register

COLUMN_TITLE = Saying(
    "title-column",
    "every row has a `title` anyway",
    "delete this column",
    "每一行都自带 `title`",
    "请删除此列",
)
COLUMN_TYPE = Saying(
    "column-type",
    "a register holds no {type}",
    "give the files to the cases, as facts of theirs",
    "登记表不能保存 {type}",
    "请把文件作为案件的信息项提交",
)
MISSING = Saying(
    "missing-value",
    "this row has no `{name}`",
    "write `{name}: …` here",
    "此行缺少 `{name}`",
    "请在此写上 `{name}: …`",
)
ROW_TITLE = Saying(
    "row-title",
    "a title is words, or words in both languages",
    "write `title: 东门驿站`, or `title: {{zh: 东门驿站, en: East gate}}`",
    "标题应为文字，或中英文两种文字",
    "请写 `title: 东门驿站`，或 `title: {{zh: 东门驿站, en: East gate}}`",
)


def check(page: Page, register: Register) -> None:
    for name, column in register.columns.items():
        _column(page, name, column)
    columns = page.written("columns") or frozenset()
    wanted = [name for name, column in register.columns.items() if column.required]
    whole = page.whole("rows")
    for name, row in register.rows.items():
        path: Path = ("rows", name)
        page.names("column", [(key, (*path, key)) for key in row], columns, (TITLE,))
        for key in (TITLE, *wanted):
            if key not in row and whole:
                page.say(MISSING, path, name=key)
        title = row.get(TITLE)
        if title is not None and not (title.keys() == {"zh", "en"} if isinstance(title, dict) else isinstance(title, str)):
            page.say(ROW_TITLE, (*path, TITLE))


def _column(page: Page, name: str, column: Column) -> None:
    path: Path = ("columns", name)
    if name == TITLE:
        page.say(COLUMN_TITLE, path, key=True)
    if column.type in UNFIT:
        page.say(COLUMN_TYPE, (*path, "type"), type=column.type.value)
    for option, value, kind in (("choices", column.choices, "choice"), ("register", column.register_, "entry")):
        if value is not None and column.type.value != kind:
            page.say(check_facts.OPTION, (*path, option), key=True, option=option, type=column.type.value, types=kind)
    check_facts.of_names(page, column, path)
