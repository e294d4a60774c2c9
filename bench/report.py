"""The JSON of `fengxing bench` as the table of docs/performance.md: `python -m bench.report RESULT.json [docs/performance.md]`.

With a document the table between its two marks is replaced, so that no figure is ever typed by hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench import rows

BEGIN, END = "<!-- figures: python -m bench.report -->", "<!-- end of figures -->"


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Markdown, one line a row, in the order of the results."""
    known = {row.name: row for measure in rows.MEASURES for row in measure.rows}
    lines = ["| row | what | measured | must | aim | |", "|---|---|---|---|---|---|"]
    for result in results:
        row = known[result["name"]]
        must = f"≥ {row.at_least:g}" if row.at_least is not None else f"≤ {row.at_most:g}"
        verdict = "" if result["ok"] else "**short**"
        lines.append(f"| `{row.name}` | {row.en} | {_said(result)} | {must} | {row.aim:g} | {verdict} |")
    return "\n".join(lines)


def _said(result: Mapping[str, Any]) -> str:
    """`0.67 of raw (513 ÷ 762 a second)`."""
    detail = result["detail"]
    engine = next((value for name, value in detail.items() if name.startswith("engine_")), None)
    raw = next((value for name, value in detail.items() if name.startswith("raw_")), None)
    speeds = f" ({engine:,.0f} ÷ {raw:,.0f} a second)" if engine is not None and raw is not None else ""
    return f"{result['value']:.3g} {result['unit']}{speeds}"


def filled(document: str, results: Sequence[Mapping[str, Any]]) -> str:
    """The document with its table replaced."""
    before, _, rest = document.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"the document has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{after}"


def main() -> None:
    if len(sys.argv) not in (2, 3):
        raise SystemExit("usage: python -m bench.report RESULT.json [DOCUMENT.md]")
    results = orjson.loads(Path(sys.argv[1]).read_bytes())
    if len(sys.argv) == 2:
        sys.stdout.write(table(results) + "\n")
        return
    document = Path(sys.argv[2])
    document.write_text(filled(document.read_text(encoding="utf-8"), results), encoding="utf-8")


if __name__ == "__main__":
    main()
