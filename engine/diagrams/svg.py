"""A picture as SVG, read like a score: each state has a column, each move is a row from column to column, each clock a bar across.

So no two labels ever meet, whatever an admin draws. Own drawing: a town's machine needs no other program for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagrams import captions, drawing, pictures, strips
from notifications import say

EDGE, GUTTER, COLUMN = 28.0, 190.0, 162.0
"""Margins, the space left of the columns, and a column's width."""
_CARD, _COUNTED = 58.0, 128.0
_LABEL = COLUMN - 12


def svg(picture: pictures.Picture, language: str) -> str:
    """The whole picture, in `zh` or `en`."""
    sheet = drawing.Sheet(language)
    wide = EDGE * 2 + GUTTER + COLUMN * len(picture.nodes)
    wide = max(wide, strips.least_width(picture) + EDGE * 2)
    y = _heading(sheet, picture, wide)
    top = y
    y = _cards(sheet, picture, y)
    lines, sheet.parts = sheet.parts, []
    bottom = _moves(sheet, picture, y + 16)
    bottom = strips.spans(sheet, picture, bottom + 22, xs(picture), COLUMN, left=EDGE, right=wide - EDGE)
    moves, sheet.parts = sheet.parts, lines
    for x in xs(picture):
        sheet.draw("line", x1=x, x2=x, y1=top + (_COUNTED if picture.counted else _CARD), y2=bottom, class_="line")
    sheet.parts += moves
    bottom = strips.ladders(sheet, picture, bottom + 30, left=EDGE, right=wide - EDGE)
    title = f"{sheet.say(picture.subtitle)} · {sheet.say(picture.title)}"
    return sheet.svg(wide, bottom + EDGE, title, _described(sheet, picture))


def xs(picture: pictures.Picture) -> list[float]:
    """Where each state's column has its middle."""
    return [EDGE + GUTTER + COLUMN * (place + 0.5) for place in range(len(picture.nodes))]


def _described(sheet: drawing.Sheet, picture: pictures.Picture) -> str:
    """What somebody hears who cannot see it."""
    states = sheet.says(", ", "、").join(sheet.say(node.title) for node in picture.nodes)
    clocks = sheet.says(", ", "、").join(sheet.say(span.title) for span in picture.spans)
    return sheet.says(f"States: {states}. Clocks: {clocks}.", f"状态：{states}。时限：{clocks}。")


def _heading(sheet: drawing.Sheet, picture: pictures.Picture, wide: float) -> float:
    """Title and legend; returns where the cards may begin."""
    title = drawing.cut(sheet.say(picture.title), drawing.SIZES["h1"], wide / 2)
    sheet.write(EDGE, EDGE + 20, title, "h1")
    after = EDGE + drawing.width(title, drawing.SIZES["h1"]) + 14
    about = [sheet.say(picture.subtitle), f"{picture.programme}/{picture.workflow}"]
    if picture.counted is not None:
        about.append(sheet.say(picture.counted))
    sheet.write(after, EDGE + 20, drawing.cut(" · ".join(about), drawing.SIZES["small"], wide - EDGE - after), "small")
    return _legend(sheet, picture, EDGE + 48, wide)


def _legend(sheet: drawing.Sheet, picture: pictures.Picture, y: float, wide: float) -> float:
    x = EDGE
    entries = [
        ("on", sheet.says("goes on", "前进")),
        ("back", sheet.says("goes back: return, rework, reopen", "退回、返工、重办等")),
        ("stays", sheet.says("stays where it is", "状态不变")),
        ("run", sheet.says("clock runs", "计时")),
        ("pause", sheet.says("clock pauses", "暂停")),
        ("done", sheet.says("ends as done", "办结")),
        ("rejected", sheet.says("ends as rejected", "不予办理")),
    ]
    if picture.counted is not None:
        entries += [("pill", sheet.says("overdue now", "现已超时")), ("heat", sheet.says("share of all time spent", "耗时占比"))]
    for kind, words in entries:
        span = 44 + drawing.width(words, drawing.SIZES["small"]) + 22
        if x + span > wide - EDGE:
            x, y = EDGE, y + 22
        _sample(sheet, kind, x, y)
        sheet.write(x + 44, y + 4, words, "small")
        x += span
    return y + 24


def _sample(sheet: drawing.Sheet, kind: str, x: float, y: float) -> None:
    if kind in ("on", "back", "stays"):
        sheet.draw("path", d=f"M{x:.1f} {y:.1f}h36", class_=f"arrow {kind}")
        if kind == "stays":
            _loop(sheet, x + 18, y)
        else:
            sheet.arrow(x + 36, y, kind, right=True)
    elif kind in ("run", "pause"):
        sheet.draw("rect", x=x, y=y - 6, width=36, height=12, rx=3, fill=drawing.COLOURS[0] if kind == "run" else "url(#pause0)")
    elif kind in ("done", "rejected"):
        sheet.draw("rect", x=x + 6, y=y - 7, width=26, height=14, rx=4, class_=kind)
    else:
        sheet.draw("rect", x=x + 4, y=y - 5, width=30, height=10, rx=5 if kind == "pill" else 0, class_=kind)


def _cards(sheet: drawing.Sheet, picture: pictures.Picture, y: float) -> float:
    high = _COUNTED if picture.counted is not None else _CARD
    if picture.counted is not None:
        labels = (sheet.says("cases there now", "现有件数"), sheet.says("median stay · share of time", "停留中位数 · 耗时占比"))
        for place, words in zip((72, 103), labels, strict=True):
            sheet.write(EDGE, y + place, words, "small")
    opened = sheet.say(captions.joined(picture.opened_by))
    lines = drawing.lines_of("small", [sheet.says(f"opened by {opened}", f"登记：{opened}")], GUTTER - 30)[:2]
    sheet.paragraph(EDGE, y + 10, lines)
    for x, node in zip(xs(picture), picture.nodes, strict=True):
        _card(sheet, node, x, y, high)
    return y + high


def _card(sheet: drawing.Sheet, node: pictures.Node, x: float, y: float, high: float) -> None:
    wide = COLUMN - 18
    left = x - wide / 2
    kind = node.final.value if node.final is not None else "card"
    sheet.draw("rect", x=left, y=y, width=wide, height=high, rx=9, class_=kind)
    if node.final is not None:
        sheet.draw("rect", x=left + 3, y=y + 3, width=wide - 6, height=high - 6, rx=7, class_=kind)
    if node.initial:
        sheet.draw("circle", cx=left, cy=y + 24, r=6, class_="onhead")
    size, title = "state", sheet.say(node.title)
    if drawing.width(title, drawing.SIZES[size]) > wide - 16:
        size = "who"
    lines = drawing.folded(title, drawing.SIZES[size], wide - 14)[:2]
    base = y + 24 if len(lines) == 1 else y + 19
    for number, line in enumerate(lines):
        sheet.write(x, base + number * 14, line, f"{size} strong", "middle")
    sheet.write(x, y + 50, say.short(node.name, 22), "code", "middle")
    if node.cases is not None:
        _counts(sheet, node, x, y, left, wide)


def _counts(sheet: drawing.Sheet, node: pictures.Node, x: float, y: float, left: float, wide: float) -> None:
    number = str(node.cases)
    late = sheet.says(f"{node.overdue} late", f"超时 {node.overdue}") if node.overdue else ""
    pill = drawing.width(late, drawing.SIZES["small"]) + 14 if late else 0.0
    size = next((each for each in ("big", "state", "small") if drawing.width(number, drawing.SIZES[each]) + pill + 14 < wide), "code")
    span = drawing.width(number, drawing.SIZES[size])
    start = x - (span + (pill + 8 if late else 0)) / 2
    sheet.write(start, y + 76, number, size)
    if late:
        sheet.draw("rect", x=start + span + 8, y=y + 60, width=pill, height=18, rx=9, class_="pill")
        sheet.write(start + span + 15, y + 73, late, "small onbar")
    if node.median is None or node.share is None:
        return
    said = f"{say.duration(node.median, sheet.language)} · {node.share:.0%}"
    small = "small" if drawing.width(said, drawing.SIZES["small"]) <= wide + 10 else "code"
    sheet.write(x, y + 103, said, small, "middle")
    sheet.draw("rect", x=left + 12, y=y + 110, width=wide - 24, height=7, rx=3, class_="rail")
    sheet.draw("rect", x=left + 12, y=y + 110, width=max(2.0, (wide - 24) * node.share), height=7, rx=3, class_="heat")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A move with its label: the columns it joins, and the space it takes from left to right."""

    edge: pictures.Edge
    columns: tuple[int, ...]
    target: int | None
    label: tuple[tuple[str, str], ...]
    middle: float
    left: float
    right: float

    @property
    def high(self) -> float:
        return self.text + 12 + self.gap

    @property
    def text(self) -> float:
        return sum(drawing.leading(kind) for kind, _ in self.label)

    @property
    def gap(self) -> float:
        """Between the words and the line; a loop stands in it."""
        return 16 if pictures.Way.STAYS in self.edge.ways.values() else 8


def _moves(sheet: drawing.Sheet, picture: pictures.Picture, y: float) -> float:
    """The arrows, those that go on first; returns where they end."""
    headings = {
        pictures.Way.ON: sheet.says("Going on", "前进"),
        pictures.Way.STAYS: sheet.says("Staying", "状态不变"),
        pictures.Way.BACK: sheet.says("Going back", "退回、返工、重办"),
    }
    for way, heading in headings.items():
        placed = [_placed(sheet, picture, edge) for edge in picture.edges if edge.way is way]
        if not placed:
            continue
        sheet.write(EDGE, y + 24, heading, "h2")
        for row in _rows(placed):
            high = max(each.high for each in row)
            for each in row:
                _draw(sheet, picture, each, y + high - 10)
            y += high + 4
        y += 12
    return y


def _placed(sheet: drawing.Sheet, picture: pictures.Picture, edge: pictures.Edge) -> _Placed:
    places = xs(picture)
    columns = tuple(picture.place(state) for state in edge.ways)
    target = picture.place(edge.target) if edge.target is not None else None
    joined = (*columns, *((target,) if target is not None else ()))
    left, right = places[min(joined)], places[max(joined)]
    label = tuple(_label(sheet, edge, max(_LABEL, right - left - 24)))
    half = max(drawing.width(words, drawing.SIZES[kind]) for kind, words in label) / 2 + 4
    middle = max((left + right) / 2, EDGE + GUTTER - 30 + half)
    stays = [place for place, way in zip(columns, edge.ways.values(), strict=True) if way is pictures.Way.STAYS]
    mixed = len(stays) < len(columns) and bool(stays)
    turns = (22 if mixed else 0, 22 if stays and not mixed else 0)
    return _Placed(
        edge=edge, columns=columns, target=target, label=label, middle=middle, left=min(left - turns[0], middle - half), right=max(right + turns[1], middle + half)
    )  # fmt: skip


def _label(sheet: drawing.Sheet, edge: pictures.Edge, most: float) -> list[tuple[str, str]]:
    """What the move is called, who may pull it, what must be given with it, its conditions."""
    needs = sheet.say(captions.joined(edge.needs))
    more = ([sheet.says(f"with {needs}", f"须填 {needs}")] if edge.needs else []) + [sheet.say(rule) for rule in edge.rules]
    return [
        *drawing.lines_of("label", [sheet.say(edge.title)], most),
        *drawing.lines_of("who", [sheet.say(captions.joined(edge.by))], most),
        *drawing.lines_of("small", more, most),
    ]


def _rows(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    """Moves side by side where they do not touch, in the order of the states they start from."""
    rows: list[list[_Placed]] = []
    for each in sorted(placed, key=lambda one: (min(one.columns), one.right)):
        free = next((row for row in rows if all(each.right <= other.left or other.right <= each.left for other in row)), None)
        if free is None:
            rows.append([each])
        else:
            free.append(each)
    return rows


def _draw(sheet: drawing.Sheet, picture: pictures.Picture, placed: _Placed, y: float) -> None:
    """One move, its line at `y`, its label above."""
    places, edge = xs(picture), placed.edge
    high, gap = placed.text, placed.gap
    half = max(drawing.width(words, drawing.SIZES[kind]) for kind, words in placed.label) / 2 + 4
    sheet.draw("rect", x=placed.middle - half, y=y - high - gap, width=half * 2, height=high, class_="veil")
    sheet.paragraph(placed.middle, y - high - gap, placed.label, "middle")
    if placed.target is None and len(placed.columns) > 1:
        sheet.draw("path", d=f"M{places[placed.columns[0]]:.1f} {y:.1f}H{places[placed.columns[-1]]:.1f}", class_="arrow stays")
    going = [(column, way) for column, way in zip(placed.columns, edge.ways.values(), strict=True) if way is not pictures.Way.STAYS]
    for column in (column for column in placed.columns if column not in dict(going)):
        _loop(sheet, places[column], y, left=any(other > column for other, _ in going))
    for right in (True, False):
        sources = [(column, way) for column, way in going if placed.target is not None and (placed.target > column) is right]
        if not sources or placed.target is None:
            continue
        far, way = sources[0] if right else sources[-1]
        end = places[placed.target] + (-1 if right else 1)
        sheet.draw("path", d=f"M{places[far]:.1f} {y:.1f}H{end - 6 if right else end + 6:.1f}", class_=f"arrow {way}")
        for column, _ in sources:
            sheet.draw("circle", cx=places[column], cy=y, r=3.5, class_=f"{way}head")
        sheet.arrow(end, y, way, right=right)


def _loop(sheet: drawing.Sheet, x: float, y: float, *, left: bool = False) -> None:
    """A small arrow that comes back to where it began, on the side where nothing else arrives."""
    ring = drawing.tag("path", d="M0 0A9 9 0 1 1 3.5 7.1", class_="arrow stays", style="stroke-dasharray:none")
    head = drawing.tag("path", d="M5 0l-9 -4v8z", class_="stayshead", transform="translate(3.5 7.1) rotate(-142)")
    dot = drawing.tag("circle", r=3.5, class_="stayshead")
    sheet.draw("g", ring, head, dot, transform=f"translate({x:.1f} {y:.1f}){' scale(-1 1)' if left else ''}")
