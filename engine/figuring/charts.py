"""Pictures of an answer: rates side by side, with those of the period before, or along days, months and hours. Drawn by `engine.plots`."""

from __future__ import annotations

from collections.abc import Sequence

from config.programme import Rate
from engine import figures, plots, stats
from engine.figuring import asking

SHOWN = (Rate.ON_TIME, Rate.CLOSURE, Rate.OVERDUE)
MOST = 30
"""Groups of one picture; more cannot be read, and the rest is said in its title."""
LOWER_IS_BETTER = frozenset({Rate.OVERDUE, Rate.RETURN, Rate.REWORK, Rate.EXTENSION})
ALONG = ("hour", "day", "month")
_HUNDRED = 100.0


def charts(answer: asking.Answer, *, by: str | None, rates: Sequence[str], language: str) -> tuple[plots.Chart, ...]:
    """What there is to see: of no grouping all rates in one picture, else a picture a rate, along days and hours one of how many cases too.

    Empty where there is nothing to draw."""
    if by is None:
        overview = _overview(answer, rates, language)
        return (overview,) if overview.labels else ()
    if by in ALONG:
        return _along(answer, rates, language)
    return tuple(chart for name in rates if (chart := _by_group(answer, name, language)) is not None)


def _overview(answer: asking.Answer, rates: Sequence[str], language: str) -> plots.Bars:
    rows = [each for each in answer.rows if each.row.figure.kind == "rate" and each.row.value is not None and _wanted(each.row, rates)]
    labels = tuple(each.row.title(language) for each in rows)
    title = f"各项指标（{answer.period.words}）" if language == "zh" else f"Rates, {answer.period.words}"
    return plots.Bars(title=title, labels=labels, series=_series(rows, answer, language), unit="%")


def _wanted(row: figures.Row, rates: Sequence[str]) -> bool:
    return not rates or row.figure.name in rates


def _by_group(answer: asking.Answer, name: str, language: str) -> plots.Chart | None:
    """One rate by group, the best first; what has nothing to divide by is left out."""
    rows = [each for each in answer.rows if each.row.name == name and each.row.value is not None]
    if not rows:
        return None
    down = 1 if name.partition(":")[0].partition("@")[0] in LOWER_IS_BETTER else -1
    rows.sort(key=lambda each: (down * (each.row.value or 0.0), -each.row.denominator, each.row.group))
    title = rows[0].row.title(language)
    if len(rows) > MOST:
        title += f"（前 {MOST} 项，共 {len(rows)} 项）" if language == "zh" else f" (the first {MOST} of {len(rows)})"
    rows = rows[:MOST]
    labels = tuple(label(each.row, language) for each in rows)
    return plots.Bars(title=title, labels=labels, series=_series(rows, answer, language), unit="%")


def _series(rows: Sequence[asking.Compared], answer: asking.Answer, language: str) -> tuple[plots.Series, ...]:
    now = plots.Series(
        name=answer.period.words or ("本期" if language == "zh" else "now"), values=tuple(_percent(each.row) for each in rows)
    )
    if answer.against is None:
        return (now,)
    return (now, plots.Series(name=answer.against.words, values=tuple(_percent(each.before) for each in rows)))


def _percent(row: figures.Row | None) -> float | None:
    return None if row is None or row.value is None else round(row.value * _HUNDRED, 2)


def _along(answer: asking.Answer, rates: Sequence[str], language: str) -> tuple[plots.Chart, ...]:
    """Rates as lines over the groups in their order, and how many cases there were."""
    groups = answer.groups
    at = tuple(groups)
    found: dict[str, dict[str, asking.Compared]] = {}
    for group, rows in groups.items():
        for each in rows:
            found.setdefault(each.row.name, {})[group] = each
    lines = [
        plots.Series(name=next(iter(found[name].values())).row.title(language), values=tuple(_at(found[name], group) for group in at))
        for name in rates if name in found
    ]  # fmt: skip
    counted = found.get(figures.REPORTS.name, {})
    cases = plots.Series(
        name=figures.REPORTS.title.say(language), values=tuple(counted[group].row.value if group in counted else None for group in at)
    )
    said = answer.period.words
    titles = (f"各项指标（{said}）", f"上报数（{said}）") if language == "zh" else (f"Rates, {said}", f"Reports, {said}")
    found_lines = (plots.Lines(title=titles[0], at=at, series=tuple(lines), unit="%"),) if lines else ()
    return (*found_lines, plots.Lines(title=titles[1], at=at, series=(cases,))) if counted else found_lines


def _at(rows: dict[str, asking.Compared], group: str) -> float | None:
    return _percent(rows[group].row) if group in rows else None


def label(row: figures.Row, language: str) -> str:
    """What a group is called."""
    if row.group_title is not None:
        return row.group_title.say(language)
    return stats.TITLES[row.group].say(language) if row.group in stats.TITLES else row.group
