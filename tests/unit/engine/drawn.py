"""Pictures for tests: the shipped programmes', Testtown's, and one whose words are all that a grammar might trip over."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path

from config import programme as programmes
from config import reading
from config.words import Text
from engine.diagrams import pictures
from tests import builders

ROOT = Path(__file__).parents[3]
FOUR = ("ningxiang", "dingcheng", "haidian", "najin")
NASTY = (
    "end", '"] --> x', '%%{init: {"theme":"dark"}}%%', "a;b:c", "<script>alert(1)</script>", "end note", "state x {", "`code` & \\ ~ | #quot;",
    "--", "[*]", "direction LR", "style s0 fill:red", "note left of s1", "\\n<br/>", "$$x$$", "{}[]()", "it's", "class A b", "]]>", ":::late",
    "<<fork>>", "&amp; &#60;", "一二三四五六七八九十" * 8, "W" * 120, "\u0007\ufffe",
)  # fmt: skip


def of(folder: Path, flow: str = "report") -> pictures.Picture:
    read = reading.read_folder(folder)
    assert read.programme is not None, read.problems
    return pictures.picture(programmes.definition_of(read.programme, flow), programmes.live_of(read.programme))


@functools.cache
def shipped(name: str) -> pictures.Picture:
    return of(ROOT / "config" / "programmes" / name)


def a_picture(workflow: str = builders.WORKFLOW) -> pictures.Picture:
    """Testtown's report, or another in its place."""
    with tempfile.TemporaryDirectory() as folder:
        return of(builders.a_folder(Path(folder), workflow=workflow))


def nasty(shift: int = 0) -> pictures.Picture:
    """Najin's picture, the words of its states, moves and clocks replaced one by one."""
    drawn = shipped("najin")

    def word(place: int) -> Text:
        said = NASTY[(place + shift) % len(NASTY)]
        return Text.model_construct(zh=said, en=said)

    return replace(
        drawn,
        title=word(0),
        opened_by=(word(1), word(2)),
        nodes=tuple(replace(node, title=word(place)) for place, node in enumerate(drawn.nodes)),
        edges=tuple(
            replace(edge, title=word(place + 3), by=(word(place + 9),), needs=(word(place + 5), word(place + 6)))
            for place, edge in enumerate(drawn.edges)
        ),
        spans=tuple(replace(span, title=word(place + 2), targets=(word(place), word(place + 1))) for place, span in enumerate(drawn.spans)),
    )


def counted(drawn: pictures.Picture) -> pictures.Picture:
    """With counts in every state, long ones too."""
    nodes = tuple(
        replace(
            node,
            cases=10 ** min(place, 5),
            overdue=10 ** min(place, 5) // 2,
            stays=3,
            median=(place + 1) * 3_723_000_000,
            share=min(1.0, place / 10),
        )
        for place, node in enumerate(drawn.nodes)
    )
    return replace(drawn, nodes=nodes, counted=Text(zh="全部案件，截至 2026-11-20 08:00", en="all cases, as of 2026-11-20 08:00"))
