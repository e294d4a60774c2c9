"""Paper and pen of the pictures: SVG elements written out by hand, text measured and folded, the colours of day and night. Pure.

No font is asked: a wide character counts one em, any other a little more than half, which is what fonts for screens do."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence

from config.words import Text

SIZES = {"h1": 22, "h2": 15, "state": 15, "label": 13, "who": 12, "small": 11, "code": 10, "big": 22, "onbar": 12}
"""Text classes and their sizes in pixels."""
COLOURS = ("#2563eb", "#0f766e", "#b45309", "#7c3aed", "#be185d", "#4d7c0f", "#0369a1", "#854d0e")
"""Of clocks, in order; white text on each has a contrast of 4.5 or more."""
_NARROW = 0.56
_INVALID = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONT = (
    "'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei','WenQuanYi Zen Hei',"
    "system-ui,'Segoe UI',Roboto,sans-serif"
)
_DAY = {
    ".sheet{fill:#ffffff}": ".sheet{fill:#0f172a}",
    "text{fill:#1e293b}": "text{fill:#e2e8f0}",
    ".small,.code{fill:#526077}": ".small,.code{fill:#a3b1c6}",
    ".card{fill:#f1f5f9;stroke:#64748b}": ".card{fill:#1e293b;stroke:#94a3b8}",
    ".done{fill:#dcfce7;stroke:#15803d}": ".done{fill:#14351f;stroke:#4ade80}",
    ".rejected{fill:#fee2e2;stroke:#b91c1c}": ".rejected{fill:#3d1717;stroke:#f87171}",
    ".line{stroke:#cbd5e1}": ".line{stroke:#334155}",
    ".on{stroke:#334155}": ".on{stroke:#cbd5e1}",
    ".onhead{fill:#334155}": ".onhead{fill:#cbd5e1}",
    ".back{stroke:#b45309}": ".back{stroke:#fbbf24}",
    ".backhead{fill:#b45309}": ".backhead{fill:#fbbf24}",
    ".stays{stroke:#64748b}": ".stays{stroke:#94a3b8}",
    ".stayshead{fill:#64748b}": ".stayshead{fill:#94a3b8}",
    ".veil{fill:#ffffff}": ".veil{fill:#0f172a}",
    ".late{fill:#b91c1c}": ".late{fill:#f87171}",
    ".rail{fill:#e2e8f0}": ".rail{fill:#334155}",
    ".heat{fill:#ea580c}": ".heat{fill:#fb923c}",
}
"""Each rule by day, with the one that takes its place where the reader's screen is dark."""


def style() -> str:
    """The sheet's style: sizes, weights, colours for a light and for a dark screen."""
    sizes = "".join(f".{name}{{font-size:{size}px}}" for name, size in SIZES.items())
    fixed = (
        f"text{{font-family:{_FONT}}}.h1,.h2,.state,.label,.big,.strong{{font-weight:600}}.code{{font-family:ui-monospace,monospace}}"
        ".onbar{fill:#ffffff}.arrow{fill:none;stroke-width:1.8}.back{stroke-dasharray:6 4}.stays{stroke-dasharray:2 3}"
        ".card,.done,.rejected{stroke-width:1.5}.line{stroke-width:1}.veil{opacity:.92}.pill{fill:#b91c1c}"
    )
    day, night = "".join(_DAY), "".join(_DAY.values())
    # what is fixed comes last, so that words on a bar stay white
    return f"{sizes}{day}{fixed}@media (prefers-color-scheme:dark){{{night}.onbar{{fill:#ffffff}}}}"


def width(words: str, size: float) -> float:
    """How wide a text is, about, in pixels."""
    return sum(1.0 if unicodedata.east_asian_width(each) in "WFA" else _NARROW for each in words) * size


def folded(words: str, size: float, most: float) -> list[str]:
    """Lines no wider than `most`; broken at spaces and after Chinese characters, a longer word where it must be."""
    lines, line = [], ""
    for piece in _pieces(words):
        if line and width((line + piece).rstrip(), size) > most:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
        while width(line.rstrip(), size) > most and len(line) > 1:
            kept = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or width(line[:n], size) <= most)
            lines.append(line[:kept])
            line = line[kept:]
    return [*lines, line.rstrip()] if line.strip() else lines


def cut(words: str, size: float, most: float) -> str:
    """A line no wider than `most`, with `…` where it was longer."""
    if width(words, size) <= most:
        return words
    kept = next((n for n in range(len(words) - 1, 0, -1) if width(words[:n] + "…", size) <= most), 0)
    return words[:kept].rstrip() + "…"


def _pieces(words: str) -> list[str]:
    """What may not be broken: words with the space after them, single wide characters with the punctuation that follows."""
    return re.findall(
        r"[^\W\x00-\x7f]?[、，。；：）》”！？→]+\s*|[^\W\x00-\x7f]\s*|[（《“]?[\x21-\x7e]+[、，。；：）》”]*\s*|.\s*",
        " ".join(words.split()),
    )


def escaped(words: object) -> str:
    """Fit for XML, whatever an admin wrote."""
    return html.escape(_INVALID.sub("", str(words)), quote=True)


def tag(name: str, *inside: str, **attributes: object) -> str:
    """One element; `inside` is markup. An attribute's `_` is a `-`, and one at its end is left out (`class_`); floats have one decimal."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>"


def _value(given: object) -> str:
    return f"{given:.1f}".removesuffix(".0") if isinstance(given, float) else escaped(given)


class Sheet:
    """What has been drawn so far, in one language. Places are pixels from the top left."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.parts: list[str] = []

    def say(self, text: Text) -> str:
        return text.say(self.language)

    def says(self, en: str, zh: str) -> str:
        return zh if self.language == "zh" else en

    def draw(self, name: str, *inside: str, **attributes: object) -> None:
        self.parts.append(tag(name, *inside, **attributes))

    def write(self, x: float, y: float, words: str, kind: str, anchor: str = "start") -> None:
        """A line of text; `y` is its base line."""
        self.draw("text", escaped(words), x=x, y=y, class_=kind, text_anchor=None if anchor == "start" else anchor)

    def paragraph(self, x: float, y: float, lines: Iterable[tuple[str, str]], anchor: str = "start") -> float:
        """Lines (class, words) from the top `y` down; returns where they end."""
        for kind, words in lines:
            y += leading(kind)
            self.write(x, y - leading(kind) * 0.26, words, kind, anchor)
        return y

    def arrow(self, x: float, y: float, kind: str, *, right: bool) -> None:
        """An arrow's head with its point at x, y."""
        back = -9 if right else 9
        self.draw("path", d=f"M{x:.1f} {y:.1f}l{back} -5v10z", class_=f"{kind}head")

    def svg(self, wide: float, high: float, title: str, description: str) -> str:
        """The whole document."""
        inside = (tag("title", escaped(title)), tag("desc", escaped(description)), tag("style", style()), _hatching())
        paper = tag("rect", width="100%", height="100%", class_="sheet")
        size = {"width": round(wide), "height": round(high), "viewBox": f"0 0 {round(wide)} {round(high)}"}
        return tag("svg", *inside, paper, *self.parts, xmlns="http://www.w3.org/2000/svg", role="img", lang=self.language, **size) + "\n"


def leading(kind: str) -> float:
    """The height of a line of that class."""
    return SIZES[kind] * 1.32


def lines_of(kind: str, words: Sequence[str], most: float) -> list[tuple[str, str]]:
    """Paragraphs of one class, folded."""
    return [(kind, line) for each in words for line in folded(each, SIZES[kind], most)]


def _hatching() -> str:
    """Stripes in each clock's colour, for where it pauses."""
    stripe = {"width": 8, "height": 8, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return tag(
        "defs",
        *(
            tag("pattern", tag("rect", width=4, height=8, fill=colour), id=f"pause{number}", **stripe)
            for number, colour in enumerate(COLOURS)
        ),
    )
