"""A picture as Mermaid text (`stateDiagram-v2`), which code hosts and many editors draw. Pure.

States get ids of their own, since a name like `end` is a word of Mermaid's. What its grammar reads is written full width (`；` for
`;`): Mermaid's own character codes come out undecoded in its state diagrams."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from config.workflow import Final
from engine.diagrams import captions, pictures

_READ = re.compile(r"[!-/:-@\[-`{-~]")
"""ASCII punctuation."""
_HARMLESS = frozenset("()+,./-%")
_TOGETHER = re.compile(r"--+|%%+|direction(?=\s)", re.IGNORECASE)
"""What is harmless by itself, but not like this, wherever on a line it stands."""
_WIDER = 0xFEE0
_COLON = "∶"
"""The sign for a ratio: narrower than the full-width colon, for the sake of English."""
_BACK, _STAYS = "↩", "↻"
_LATE = "fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d"
_DONE, _REJECTED = "fill:#dcfce7,stroke:#15803d,color:#14532d", "fill:#f1f5f9,stroke:#64748b,color:#334155"


def mermaid(picture: pictures.Picture, language: str) -> str:
    """The whole text, in `zh` or `en`, with a line feed at its end."""
    return "\n".join(_lines(picture, language)) + "\n"


def _lines(picture: pictures.Picture, language: str) -> Iterator[str]:
    yield "stateDiagram-v2"
    ids = {node.name: f"s{place}" for place, node in enumerate(picture.nodes)}
    for node in picture.nodes:
        yield f'  state "{_state(node, language)}" as {ids[node.name]}'
    for node in picture.nodes:
        if node.initial:
            opened = captions.joined(picture.opened_by).say(language)
            yield f"  [*] --> {ids[node.name]} : {escaped(f'登记：{opened}' if language == 'zh' else f'open, by {opened}')}"
    for edge in picture.edges:
        for source, way in edge.ways.items():
            if way is pictures.Way.STAYS or edge.target is None:
                yield f"  {ids[source]} : {_STAYS} {_move(edge, language)}"
            else:
                back = f"{_BACK} " if way is pictures.Way.BACK else ""
                yield f"  {ids[source]} --> {ids[edge.target]} : {back}{_move(edge, language)}"
    for node in picture.nodes:
        if node.final is not None:
            yield f"  {ids[node.name]} --> [*]"
    for name, said in _notes(picture, language).items():
        yield f"  note right of {ids[name]}"
        yield from (f"    {line}" for line in said)
        yield "  end note"
    yield from _colours(picture, ids)


def _state(node: pictures.Node, language: str) -> str:
    said = node.title.say(language)
    if node.cases is not None:
        late = node.overdue or 0
        said += f"（{node.cases} 件，超时 {late}）" if language == "zh" else f" ({node.cases} cases, {late} late)"
    return escaped(said)


def _move(edge: pictures.Edge, language: str) -> str:
    """`派单：值班员、值班长（承办单位）`."""
    zh = language == "zh"
    said = f"{edge.title.say(language)}{'：' if zh else ', by '}{captions.joined(edge.by).say(language)}"
    more = [captions.joined(edge.needs).say(language)] if edge.needs else []
    more += [rule.say(language) for rule in edge.rules]
    if more:
        said += f"（{'；'.join(more)}）" if zh else f" ({'. '.join(more)})"
    return escaped(said)


def _notes(picture: pictures.Picture, language: str) -> dict[str, list[str]]:
    """Each clock in the note of the first state it runs in: its limits, then its rungs."""
    notes: dict[str, list[str]] = {}
    for span in picture.spans:
        if not span.runs:
            continue
        lines = notes.setdefault(span.runs[0], [])
        lines.append(f"⏱ {escaped(span.title.say(language))}")
        lines += [f"· {escaped(target.say(language))}" for target in span.targets]
        lines += [f"· {escaped(_rung(step, language))}" for step in span.steps]
        if span.pauses:
            titles = [node.title for node in picture.nodes if node.name in span.pauses]
            lines.append(f"· {'暂停：' if language == 'zh' else 'pauses in '}{escaped(captions.joined(titles).say(language))}")
    return notes


def _rung(step: pictures.Step, language: str) -> str:
    zh = language == "zh"
    parts = [captions.joined(step.hears).say(language)] if step.hears else []
    if step.does is not None:
        parts.append(f"自动执行 {step.does.zh}" if zh else f"does {step.does.en}")
    if step.repeats is not None:
        parts.append(step.repeats.say(language))
    if step.always:
        parts.append("已确认也照发" if zh else "even when acknowledged")
    return f"{step.moment.say(language)}{'：' if zh else ' → '}{('；' if zh else ', ').join(parts)}"


def _colours(picture: pictures.Picture, ids: dict[str, str]) -> Iterator[str]:
    groups: Sequence[tuple[str, str, list[str]]] = (
        ("done", _DONE, [ids[node.name] for node in picture.nodes if node.final is Final.DONE]),
        ("rejected", _REJECTED, [ids[node.name] for node in picture.nodes if node.final is Final.REJECTED]),
        ("late", _LATE, [ids[node.name] for node in picture.nodes if node.overdue]),
    )
    for name, style, members in groups:
        if members:
            yield f"  classDef {name} {style}"
            yield f"  class {','.join(members)} {name}"


def escaped(words: str) -> str:
    """On one line, with the punctuation that Mermaid would read in its full-width form."""
    seen = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    alone = _TOGETHER.sub(lambda found: "".join(_wide(each) for each in found[0]), seen)
    return _READ.sub(lambda found: found[0] if found[0] in _HARMLESS else _wide(found[0]), alone)


def _wide(character: str) -> str:
    return _COLON if character == ":" else chr(ord(character) + _WIDER)
