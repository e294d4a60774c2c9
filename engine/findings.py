"""Every kind of finding that `fengxing check` knows, by its code: what waivers are held against, and the pages of docs/findings.

`python -m engine.findings` writes what can be generated of them; what people wrote, from the first `##` on, stays."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import config
from config.problems import Saying

FOLDER = Path(__file__).parents[1] / "docs" / "findings"
_BESIDE = (
    "places.checking",
    "places.geojson",
    "engine.loading",
    "engine.fitting",
    "engine.proofs",
    "engine.bounds",
    "engine.stories.trials",
)
_APART = ("schema", "logmap", "assumptions")
"""Modules of the language that `check` does not ask: the maps of `replay` and the assumptions of `simulate` have their own words."""


@functools.cache
def sayings() -> Mapping[str, Saying]:
    """Code → saying, in the order of the codes."""
    return {saying.code: saying for saying in sorted(every(), key=lambda saying: saying.code)}


def every() -> list[Saying]:
    """Every saying where it is made or used; what is used in several modules comes several times."""
    names = [*(f"config.{module.name}" for module in pkgutil.iter_modules(config.__path__) if module.name not in _APART), *_BESIDE]
    return [saying for name in names for saying in _in(name)]


def _in(module: str) -> Iterator[Saying]:
    for value in vars(importlib.import_module(module)).values():
        for each in value.values() if isinstance(value, dict) else (value,):
            if isinstance(each, Saying):
                yield each


def head(saying: Saying) -> str:
    """The generated part of a page: what is said, how serious it is, whether it can be waived."""
    waive = f"yes: `# waive {saying.code}: reason`" if saying.waivable else "no"
    return f"""# {saying.code}

{_SEVERITIES[saying.severity]} Can it be [waived](README.md#waiving)? {waive[0].upper()}{waive[1:]}.

> {_plain(saying.message)}; {_plain(saying.hint)}
>
> {_plain(saying.message_zh)}；{_plain(saying.hint_zh)}
"""


_SEVERITIES = {"error": "An error: the folder is not loaded.", "warning": "A warning: the folder is loaded all the same."}


def _plain(words: str) -> str:
    """A saying with `‹name›` where something is filled in."""
    marked = words.replace("{{", "\0").replace("}}", "\1").replace("{", "‹").replace("}", "›")
    return marked.replace("\0", "{").replace("\1", "}").replace("<", "\\<").replace("|", "\\|")


def index() -> str:
    """The table of all pages, as it stands in README.md."""
    rows = [
        f"| [{code}]({code}.md) | {saying.severity} | {'yes' if saying.waivable else ''} | {_plain(saying.message)} |"
        for code, saying in sayings().items()
    ]
    return "\n".join(("| code | severity | can be waived | what it says |", "|---|---|---|---|", *rows)) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for code, saying in sayings().items():
        page = FOLDER / f"{code}.md"
        _, mark, written = page.read_text(encoding="utf-8").partition("\n## ") if page.exists() else ("", "", "")
        page.write_text(head(saying) + mark + written, encoding="utf-8")
    readme = FOLDER / "README.md"
    before = readme.read_text(encoding="utf-8").partition("| code |")[0] if readme.exists() else ""
    readme.write_text(before + index(), encoding="utf-8")


if __name__ == "__main__":
    main()
