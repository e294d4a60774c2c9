"""The ledger as a workbook: a sheet of balances and one of all lines, for whoever pays out and whoever audits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from engine import balances
from engine import now as times
from engine.mining import sheets

BALANCES = {
    "en": ("programme", "person", "name", "account", "unit", "balance", "held", "this month"),
    "zh": ("项目", "编号", "姓名", "账户", "单位", "余额", "冻结", "本月变动"),
}
LINES = {
    "en": ("programme", "person", "date", "case", "reason", "account", "amount", "balance", "by", "recorded"),
    "zh": ("项目", "编号", "日期", "案件", "事由", "账户", "数额", "余额", "经办", "录入"),
}
_SHEETS = {"en": ("balances", "lines"), "zh": ("余额", "明细")}
_WIDTHS = (14, 12, 19, 20, 30, 12, 10, 10, 12, 19)


def write(found: Sequence[balances.Balance], lines: Iterable[tuple[str, str, balances.Entry]], path: Path, *, language: str) -> int:
    """Write both sheets; returns how many lines. Texts are written as texts, so that none becomes a formula; times are the programme's."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    at = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    first, second = _SHEETS[language]
    sheet = _begin(book, first, BALANCES[language])
    for number, one in enumerate(found, 1):
        cells = (one.programme, one.person, one.name, one.title.say(language), one.unit.say(language), one.balance, one.held, one.month)
        _row(sheet, number, cells)
    sheet, count = _begin(book, second, LINES[language]), 0
    for programme, person, line in lines:
        count += 1
        if count > sheets.MOST_ROWS:
            break
        _row(sheet, count, (programme, person, None, line.case or "", line.reason.say(language), line.account, line.amount, line.balance, line.actor or ""))  # fmt: skip
        for column, moment in ((2, line.at), (9, line.recorded_at)):
            sheet.write_datetime(count, column, times.local(moment, line.zone).replace(tzinfo=None), at)
    book.close()
    return count


def _begin(book: Any, name: str, columns: Sequence[str]) -> Any:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    for number, column in enumerate(columns):
        sheet.set_column(number, number, _WIDTHS[number])
        sheet.write_string(0, number, column, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def _row(sheet: Any, number: int, cells: Sequence[str | int | None]) -> None:
    for column, value in enumerate(cells):
        if isinstance(value, str):
            sheet.write_string(number, column, value)
        elif value is not None:
            sheet.write_number(number, column, value)
