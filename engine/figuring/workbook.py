"""An answer as a workbook: a sheet of the figures, one table with a row a group, and a sheet that says how each is reckoned.

Rates are formulas on their numerator and denominator, with the value kept beside, so that whoever opens it can follow them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.words import Text
from engine import figures
from engine.figuring import asking, charts

_HEAD = {
    "group": Text(zh="分组", en="Group"),
    "figure": Text(zh="指标", en="Figure"),
    "numerator": Text(zh="分子", en="Numerator"),
    "denominator": Text(zh="分母", en="Denominator"),
    "value": Text(zh="数值", en="Value"),
    "before": Text(zh="对比期", en="Before"),
    "change": Text(zh="变化", en="Change"),
    "formula": Text(zh="公式", en="Formula"),
}
_FORMATS = {"rate": "0.00%", "time": "[h]:mm:ss", "count": "#,##0", "points": "+0.00%;-0.00%;0.00%", "name": "@"}
_DAY = 86_400.0
_WIDTHS = {"group": 20, "figure": 34, "formula": 56}


def write(path: Path, answer: asking.Answer, *, by: str, language: str, notes: Sequence[str]) -> None:
    """A file, whole or not at all. Raises OSError. `notes` are the lines above the table; `by` names its sheet."""
    import xlsxwriter

    part = path.with_name(path.name + ".part")
    try:
        book = xlsxwriter.Workbook(str(part), {"strings_to_formulas": False, "strings_to_urls": False})
        formats = {name: book.add_format({"num_format": each}) for name, each in _FORMATS.items()}
        bold = book.add_format({"bold": True, "bottom": 1})
        _figures(book.add_worksheet(by), answer, formats, bold, language, notes)
        _rates(book.add_worksheet("指标一览" if language == "zh" else "rates"), answer, formats, bold, language)
        _formulas(book.add_worksheet("公式" if language == "zh" else "formulas"), answer, bold, language)
        book.close()
        part.replace(path)
    except xlsxwriter.exceptions.FileCreateError as exc:
        raise OSError(str(exc)) from exc
    finally:
        part.unlink(missing_ok=True)


def _figures(sheet: Any, answer: asking.Answer, formats: dict[str, Any], bold: Any, language: str, notes: Sequence[str]) -> None:
    """Every row of the answer."""
    columns = [name for name in _HEAD if answer.against is not None or name not in ("before", "change")]
    for number, note in enumerate(notes):
        sheet.write_string(number, 0, note)
    top = len(notes) + 1
    for place, name in enumerate(columns):
        sheet.write_string(top, place, _HEAD[name].say(language), bold)
        sheet.set_column(place, place, _WIDTHS.get(name, 13))
    for line, each in enumerate(answer.rows, top + 1):
        row = each.row
        sheet.write_string(line, 0, charts.label(row, language))
        sheet.write_string(line, 1, row.title(language))
        sheet.write_number(line, 2, row.numerator)
        sheet.write_number(line, 3, row.denominator)
        _value(sheet, line, 4, row, formats)
        if answer.against is not None:
            _plain(sheet, line, 5, each.before, formats)
            if each.change is not None:
                sheet.write_number(line, 6, each.change, formats["points"])
        sheet.write_string(line, columns.index("formula"), row.formula.say(language))
    sheet.freeze_panes(top + 1, 2)
    if answer.rows:
        sheet.autofilter(top, 0, top + len(answer.rows), len(columns) - 1)


def _value(sheet: Any, line: int, place: int, row: figures.Row, formats: dict[str, Any]) -> None:
    """A rate as the division it is, everything else as a number."""
    if row.figure.kind == "rate" and row.value is not None:
        sheet.write_formula(line, place, f"=C{line + 1}/D{line + 1}", formats["rate"], row.value)
    else:
        _plain(sheet, line, place, row, formats)


def _plain(sheet: Any, line: int, place: int, row: figures.Row | None, formats: dict[str, Any]) -> None:
    if row is not None and row.value is not None:
        sheet.write_number(line, place, row.value / _DAY if row.figure.kind == "time" else row.value, formats[row.figure.kind])


def _rates(sheet: Any, answer: asking.Answer, formats: dict[str, Any], bold: Any, language: str) -> None:
    """A line a group, a column a rate: as a circular prints it."""
    rows = [each.row for each in answer.rows if each.row.figure.kind == "rate"]
    names = list(dict.fromkeys(row.name for row in rows))
    titles = {row.name: row.title(language) for row in rows}
    lines = list(dict.fromkeys(row.group for row in rows))
    sheet.write_string(0, 0, _HEAD["group"].say(language), bold)
    sheet.set_column(0, 0, _WIDTHS["group"])
    for place, name in enumerate(names, 1):
        sheet.write_string(0, place, titles[name], bold)
        sheet.set_column(place, place, 16)
    for row in rows:
        line = lines.index(row.group) + 1
        sheet.write_string(line, 0, charts.label(row, language))
        _plain(sheet, line, names.index(row.name) + 1, row, formats)
    sheet.freeze_panes(1, 1)


def _formulas(sheet: Any, answer: asking.Answer, bold: Any, language: str) -> None:
    sheet.write_string(0, 0, _HEAD["figure"].say(language), bold)
    sheet.write_string(0, 1, _HEAD["formula"].say(language), bold)
    sheet.set_column(0, 0, _WIDTHS["figure"])
    sheet.set_column(1, 1, _WIDTHS["formula"])
    said = dict.fromkeys((each.row.figure.title.say(language), each.row.formula.say(language)) for each in answer.rows)
    for line, (title, formula) in enumerate(said, 1):
        sheet.write_string(line, 0, title)
        sheet.write_string(line, 1, formula)
