"""The lower half of the picture: each clock as a bar under the states it runs in, and its ladder as a strip along time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagrams import captions, drawing, pictures

_TEXT, _SLOT = 330.0, 132.0
"""The width of a clock's words left of its ladder, and of one rung."""
_BAR = 20.0


def least_width(picture: pictures.Picture) -> float:
    """What the longest ladder needs."""
    before, after = _sides(picture)
    return _TEXT + (before + after + 2) * _SLOT


def spans(
    sheet: drawing.Sheet, picture: pictures.Picture, y: float, places: Sequence[float], column: float, *, left: float, right: float
) -> float:
    """A bar for each clock across the columns of its states; returns where they end."""
    if not picture.spans:
        return y
    sheet.draw("line", x1=left, x2=right, y1=y, y2=y, class_="line")
    sheet.write(left, y + 24, sheet.says("Clocks", "时限"), "h2")
    for x, node in zip(places, picture.nodes, strict=True):
        name = drawing.cut(sheet.say(node.title), drawing.SIZES["small"], column - 12)
        veiled = drawing.width(name, drawing.SIZES["small"]) + 8
        sheet.draw("rect", x=x - veiled / 2, y=y + 10, width=veiled, height=16, class_="veil")
        sheet.write(x, y + 22, name, "small", "middle")
    y += 36
    for number, span in enumerate(picture.spans):
        y = _span(sheet, picture, span, number, y, places, column, left=left)
    return y + 6


def _span(
    sheet: drawing.Sheet,
    picture: pictures.Picture,
    span: pictures.Span,
    number: int,
    y: float,
    places: Sequence[float],
    column: float,
    *,
    left: float,
) -> float:
    colour = drawing.COLOURS[number % len(drawing.COLOURS)]
    title = drawing.lines_of("who", [sheet.say(span.title)], places[0] - column / 2 - left - 22)
    sheet.draw("rect", x=left, y=y + 4, width=10, height=10, rx=2, fill=colour)
    ends = sheet.paragraph(left + 18, y, title)
    middle = y + 9
    columns = [picture.place(state) for state in (*span.runs, *span.pauses)]
    if columns:
        sheet.draw("line", x1=places[min(columns)], x2=places[max(columns)], y1=middle, y2=middle, stroke=colour, stroke_width=1.5)
    said = False
    for first, last in _stretches([picture.place(state) for state in span.runs]):
        start, end = places[first] - column / 2 + 5, places[last] + column / 2 - 5
        sheet.draw("rect", x=start, y=middle - _BAR / 2, width=end - start, height=_BAR, rx=5, fill=colour)
        if not said:
            limit = drawing.cut(_limit(sheet, span), drawing.SIZES["onbar"], end - start - 10)
            sheet.write((start + end) / 2, middle + 4.5, limit, "onbar", "middle")
            said = True
    fill = f"url(#pause{number % len(drawing.COLOURS)})"
    for first, last in _stretches([picture.place(state) for state in span.pauses]):
        start, end = places[first] - column / 2 + 5, places[last] + column / 2 - 5
        sheet.draw("rect", x=start, y=middle - _BAR / 2, width=end - start, height=_BAR, rx=5, class_="sheet")
        sheet.draw("rect", x=start, y=middle - _BAR / 2, width=end - start, height=_BAR, rx=5, fill=fill, stroke=colour)
    return max(ends, y + _BAR) + 8


def _limit(sheet: drawing.Sheet, span: pictures.Span) -> str:
    """The limit on the bar: itself if there is one, else how many there are."""
    if len(span.targets) == 1:
        return sheet.say(span.targets[0])
    return sheet.says(f"{len(span.targets)} limits", f"{len(span.targets)} 档时限")


def _stretches(columns: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of neighbouring columns, as first and last."""
    found: list[tuple[int, int]] = []
    for column in sorted(columns):
        if found and found[-1][1] == column - 1:
            found[-1] = (found[-1][0], column)
        else:
            found.append((column, column))
    return found


def _sides(picture: pictures.Picture) -> tuple[int, int]:
    """The most rungs before a deadline, and the most after it."""
    before = max((sum(step.side < 0 for step in span.steps) for span in picture.spans), default=0)
    after = max((sum(step.side > 0 for step in span.steps) for span in picture.spans), default=0)
    return before, after


def ladders(sheet: drawing.Sheet, picture: pictures.Picture, y: float, *, left: float, right: float) -> float:
    """Each clock's limits in words, and its rungs in the order of time, all deadlines under one another; returns where they end."""
    if not picture.spans:
        return y
    sheet.write(left, y, sheet.says("Limits and ladders", "限时与升级阶梯"), "h2")
    sheet.write(left + _TEXT, y, sheet.says("who hears when (in order, not to scale)", "何时通知谁（按先后，不按比例）"), "small")
    y += 14
    before, after = _sides(picture)
    slot = (right - left - _TEXT) / (before + after + 2)
    due = left + _TEXT + (before + 1) * slot
    for number, span in enumerate(picture.spans):
        y = _ladder(sheet, span, drawing.COLOURS[number % len(drawing.COLOURS)], y, due, slot, left=left, right=right) + 12
    return y


def _ladder(
    sheet: drawing.Sheet, span: pictures.Span, colour: str, y: float, due: float, slot: float, *, left: float, right: float
) -> float:
    sheet.draw("line", x1=left, x2=right, y1=y, y2=y, class_="line")
    y += 8
    sheet.draw("rect", x=left, y=y + 4, width=10, height=10, rx=2, fill=colour)
    words = [
        *drawing.lines_of("label", [sheet.say(span.title)], _TEXT - 40),
        *drawing.lines_of("small", [sheet.say(t) for t in span.targets], _TEXT - 40),
    ]
    ends = sheet.paragraph(left + 18, y, words)
    if not span.steps:
        sheet.write(left + _TEXT, y + 16, sheet.says("no ladder: nobody is told", "没有阶梯：不通知任何人"), "small")
        return ends
    rail = y + 26
    sheet.draw("rect", x=left + _TEXT, y=rail - 4, width=due - left - _TEXT, height=8, rx=4, fill=colour)
    sheet.draw("rect", x=due, y=rail - 4, width=right - due, height=8, rx=4, class_="pill", opacity=0.75)
    sheet.draw("line", x1=due, x2=due, y1=rail - 11, y2=rail + 11, class_="on", stroke_width=2)
    placed = _placed(span.steps, due, slot)
    if not any(step.side == 0 for step in span.steps):
        sheet.write(due, y + 11, sheet.says("due", "到期"), "small", "middle")
    for x, step in placed:
        ends = max(ends, _rung(sheet, step, x, y, rail, slot))
    return ends


def _placed(steps: Sequence[pictures.Step], due: float, slot: float) -> list[tuple[float, pictures.Step]]:
    """The rungs with where they stand: those before the deadline end at it, those after follow."""
    found: list[tuple[float, pictures.Step]] = []
    for side in (-1, 0, 1):
        there = [step for step in steps if step.side == side]
        for number, step in enumerate(there):
            offset = number - len(there) if side < 0 else (number + 1) * side
            found.append((due + offset * slot, step))
    return found


def _rung(sheet: drawing.Sheet, step: pictures.Step, x: float, y: float, rail: float, slot: float) -> float:
    sheet.draw("circle", cx=x, cy=rail, r=7, class_="sheet")
    sheet.draw("circle", cx=x, cy=rail, r=5, class_="late" if step.side >= 0 else "onhead")
    sheet.write(x, y + 12, sheet.say(step.moment), "who strong", "middle")
    said = [sheet.say(captions.joined(step.hears))] if step.hears else []
    more = []
    if step.does is not None:
        more.append(sheet.says(f"does: {sheet.say(step.does)}", f"自动执行：{sheet.say(step.does)}"))
    if step.repeats is not None:
        more.append(sheet.say(step.repeats))
    if step.always:
        more.append(sheet.says("even when acknowledged", "已确认也照发"))
    lines = [*drawing.lines_of("who", said, slot - 10), *drawing.lines_of("small", more, slot - 10)]
    return sheet.paragraph(x, rail + 10, lines, "middle")
