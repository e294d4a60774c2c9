"""Charts as files: bars, lines and bands of percentiles, drawn without a screen. What they show is reckoned elsewhere.

A chart is a value; `drawn` puts one or several beneath each other into an SVG or PNG. The same values give the same bytes."""

from __future__ import annotations

import io
import logging
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import errors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMS = ("svg", "png")
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
"""Looked for in this order, by whoever shows an SVG and by us for a PNG."""
COLOURS = ("#4878a8", "#d9772b", "#5a9e6f", "#9a6fb0", "#8a8a8a", "#b5476b")
_USAGE = 2
_WIDTH, _LINE, _PAD, _SIZE = 9.0, 0.30, 0.55, 9.0
_LEAST, _MOST_NAME = 1.4, 3.6
_NARROW = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a chart: a number for each label (None: nothing to show there)."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Horizontal bars, one group a label from top to bottom, one bar a series (as before and after). `unit` stands below."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One line a series over the places `at`, which stand at equal distances in the order given."""

    title: str
    at: tuple[str, ...]
    series: tuple[Series, ...]
    across: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """The median, the 90th and the 99th of a hundred for each label. `names`: what the three are called."""

    title: str
    labels: tuple[str, ...]
    median: tuple[float, ...]
    ninety: tuple[float, ...]
    ninety_nine: tuple[float, ...]
    unit: str = ""
    names: tuple[str, str, str] = ("median", "90 %", "99 %")


Chart = Bars | Lines | Bands


class FormUnknown(errors.EngineError):
    """A file whose ending says nothing about how to draw it."""

    code = "form-unknown"
    exit = _USAGE

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}: charts are drawn as .svg or .png; end the name with one of them",
            f"{name}：图表只能画成 .svg 或 .png；请用其中一种结尾",
            possible=FORMS,
        )


def form_of(path: Path) -> str:
    """`svg` or `png`, by the file's ending. Raises FormUnknown."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise FormUnknown(path.name)
    return form


def write(path: Path, *charts: Chart) -> None:
    """Charts into a file whose ending says how: whole or not at all. Raises FormUnknown, OSError."""
    content = drawn(*charts, form=form_of(path))
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def drawn(*charts: Chart, form: str = "svg", width: float = _WIDTH, dpi: int = 120) -> bytes:
    """The charts beneath each other as one picture (`form`: svg or png); `width` in inches, of which a phone shows four."""
    heights = [_height(chart) for chart in charts]
    with _quietly(form):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, sum(heights)), dpi=dpi)
        bottom = sum(heights)
        for chart, height in zip(charts, heights, strict=True):
            bottom -= height
            _draw(_axes(figure, chart, bottom, height), chart)
        out = io.BytesIO()
        figure.savefig(out, format=form, metadata={"Date": None} if form == "svg" else {"Software": None})
    return out.getvalue()


def chinese() -> bool:
    """Whether this machine has a font with which a PNG can say Chinese; an SVG is shown with the reader's own."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    from matplotlib import font_manager

    here = {font.name for font in font_manager.fontManager.ttflist}
    return any(name in here for name in FONTS)


@contextmanager
def _quietly(form: str) -> Iterator[None]:
    """The settings of a drawing. A font that is not here is no matter: an SVG is shown with the reader's own."""
    import matplotlib as mpl
    from matplotlib import font_manager

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    fonts: Sequence[str] = FONTS
    if form == "png":
        here = {font.name for font in font_manager.fontManager.ttflist}
        fonts = [name for name in FONTS if name in here][:1]
    settings: dict[Any, Any] = {
        "font.family": [*fonts, "DejaVu Sans", "sans-serif"],
        "font.size": _SIZE,
        "axes.unicode_minus": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "fengxing",
        "text.parse_math": False,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _height(chart: Chart) -> float:
    """In inches: a line of text for each bar, room for title, axis and legend."""
    if isinstance(chart, Lines):
        return 3.4
    each = len(chart.series) if isinstance(chart, Bars) else 1
    return 2 * _PAD + 0.35 + _LINE * max(1, len(chart.labels)) * max(1.0, 0.62 * each)


def _axes(figure: Figure, chart: Chart, bottom: float, height: float) -> Axes:
    """Room on the left for the longest label as reckoned here, so that the picture does not hang on installed fonts."""
    width, whole = figure.get_size_inches()
    labels = () if isinstance(chart, Lines) else chart.labels
    longest = max((_ems(label) for label in labels), default=0.0) * _SIZE / 72 + 0.2
    left = (0.8 if width > _NARROW else 0.45) if isinstance(chart, Lines) else min(max(min(_LEAST, _room(width)), longest), _room(width))
    margin = 0.7 if width > _NARROW else 0.3
    place = (left / width, (bottom + _PAD) / whole, (width - left - margin) / width, (height - 2 * _PAD - 0.15) / whole)
    axes = figure.add_axes(place)
    unit = "" if width > _NARROW or isinstance(chart, Lines) or not chart.unit else f" ({chart.unit})"
    axes.set_title(chart.title + unit, loc="left", fontsize=_SIZE + 1.5, fontweight="bold")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def _room(width: float) -> float:
    """Inches that the labels of a picture may take of its width."""
    return float(min(_MOST_NAME, width * 0.4))


def _width(axes: Axes) -> float:
    """Of the picture, in inches."""
    figure = axes.get_figure(root=True)
    return float(figure.get_figwidth()) if figure is not None else _WIDTH


def _below(axes: Axes) -> float:
    """A line below the axis, as a share of its height."""
    figure = axes.get_figure(root=True)
    height = axes.get_position().height * (figure.get_figheight() if figure is not None else _WIDTH)
    return float(0.26 / height)


def _short(label: str, inches: float) -> str:
    """As much of a label as its room holds."""
    room = (inches - 0.2) * 72 / _SIZE
    if _ems(label) <= room:
        return label
    while label and _ems(label) + 1 > room:
        label = label[:-1]
    return f"{label.rstrip()}…"


def _ems(label: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.6 for char in label)


def _draw(axes: Axes, chart: Chart) -> None:
    if isinstance(chart, Bars):
        _bars(axes, chart)
    elif isinstance(chart, Lines):
        _lines(axes, chart)
    else:
        _bands(axes, chart)
    handles, names = axes.get_legend_handles_labels()
    if len(names) > 1:
        wide = _width(axes) > _NARROW  # on a phone the title needs its line for itself
        place: dict[str, Any] = (
            {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0)}
            if wide
            else {"loc": "upper left", "bbox_to_anchor": (-0.02, -_below(axes))}
        )
        axes.legend(handles, names, **place, ncols=min(6 if wide else 3, len(names)), frameon=False, borderaxespad=0.1)


def _bars(axes: Axes, chart: Bars) -> None:
    thick = 0.8 / max(1, len(chart.series))
    for number, series in enumerate(chart.series):
        values = [value or 0.0 for value in series.values]
        places = [place + thick * (number - (len(chart.series) - 1) / 2) for place in range(len(values))]
        drawn = axes.barh(places, values, height=thick * 0.92, color=COLOURS[number % len(COLOURS)], label=series.name)
        axes.bar_label(drawn, labels=[_number(value) for value in series.values], padding=3, fontsize=_SIZE - 1.5)
    _downwards(axes, chart.labels, chart.unit)


def _bands(axes: Axes, chart: Bands) -> None:
    """The widest lies below; each stands for its share of cases."""
    places = range(len(chart.labels))
    for values, colour, name in (
        (chart.ninety_nine, "#c9d7e6", chart.names[2]),
        (chart.ninety, "#8fb0d0", chart.names[1]),
        (chart.median, "#3f6d9c", chart.names[0]),
    ):
        drawn = axes.barh(places, values, height=0.7, color=colour, label=name)
        if values is chart.ninety_nine:
            said = (" · ".join(map(_number, row)) for row in zip(chart.median, chart.ninety, chart.ninety_nine, strict=True))
            axes.bar_label(drawn, labels=list(said), padding=3, fontsize=_SIZE - 1.5)
    _downwards(axes, chart.labels, chart.unit, room=0.25)


def _downwards(axes: Axes, labels: Sequence[str], unit: str, *, room: float = 0.12) -> None:
    inches = _room(_width(axes))
    axes.set_yticks(range(len(labels)), [_short(label, inches) for label in labels])
    axes.set_ylim(max(1, len(labels)) - 0.4, -0.6)
    axes.set_xlabel(unit if _width(axes) > _NARROW else "", loc="right")
    axes.margins(x=room)
    axes.set_xlim(left=0, right=None if axes.dataLim.xmax > 0 else 1)  # of nothing but zeroes an axis of hundredths would be drawn


def _lines(axes: Axes, chart: Lines) -> None:
    for number, series in enumerate(chart.series):
        points = [(place, value) for place, value in enumerate(series.values) if value is not None]
        marks = "o" if len(chart.at) <= 40 else ""
        axes.plot(
            [place for place, _ in points], [value for _, value in points], marker=marks, markersize=4,
            color=COLOURS[number % len(COLOURS)], label=series.name,
        )  # fmt: skip
    step = max(1, -(-len(chart.at) // (12 if _width(axes) > _NARROW else 5)))
    axes.set_xticks(range(0, len(chart.at), step), list(chart.at[::step]))
    axes.set_xlabel(chart.across, loc="right")
    axes.set_ylabel(chart.unit)
    axes.set_ylim(bottom=0)


def _number(value: float | None) -> str:
    """Three figures are enough for an eye."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
