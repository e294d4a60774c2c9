"""A file's text → plain data with positions: strict YAML 1.2 (core schema), read from ruamel's events.

No anchors, aliases, merge keys, tags or directives; a key once; one document; not deeper than people write. Whatever the
input, this returns data and problems and never raises: it is the border to `ruamel.yaml`, whose only importer it is."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from typing import Any

from config import problems
from config.problems import Path, Problem, Said, Saying
from config.source import Source

DEEPEST = 20
MOST_EVENTS = 40_000
"""Keys, values, and beginnings and ends of lists and mappings: what a second's reading has time for, and no town's file comes near."""
MOST_OF_REGISTER = 400_000
"""The same for a register, whose rows are many and plain."""
_MOST_PROBLEMS = 100
_UNWANTED = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\r?\n)*%")
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

NOT_YAML = Saying("yaml", "not YAML: {what}", "{remedy}", "不是合法的 YAML：{what}", "{remedy}")
UNWANTED = Saying(
    "character",
    "the character {name} does not belong here",
    "delete it; write the file as plain UTF-8 text",
    "此处不应有字符 {name}",
    "请删除它，文件请存为 UTF-8 纯文本",
)
TWICE = Saying(
    "duplicate-key",
    "`{key}` is given twice",
    "the first is in line {line}; keep one of them",
    "`{key}` 写了两次",
    "第一次在第 {line} 行，请只留一个",
)
ALIAS = Saying(
    "alias",
    "anchors and aliases (`&`, `*`, `<<`) are not read in definitions",
    "write the value out where it is needed",
    "定义文件不接受锚点、别名和合并键（`&`、`*`、`<<`）",
    "请在需要处直接写出内容",
)
TAG = Saying("tag", "tags (`{tag}`) are not read in definitions", "delete the tag", "定义文件不接受标签（`{tag}`）", "请删除标签")
DIRECTIVE = Saying(
    "directive",
    "directives (`%…`) are not read in definitions",
    "delete the line; definitions are YAML 1.2",
    "定义文件不接受指令（`%…`）",
    "请删除该行，定义文件一律为 YAML 1.2",
)
DOCUMENTS = Saying(
    "documents",
    "a second document begins here",
    "one file holds one document; delete `---`",
    "这里又开始了一个文档",
    "一个文件只放一个文档，请删除 `---`",
)
DEEP = Saying(
    "too-deep",
    "nested more than {most} levels deep",
    "no definition needs that; check the brackets and the indentation",
    "嵌套超过 {most} 层",
    "请检查括号和缩进",
)
CROWDED = Saying(
    "too-many-values",
    "more than {most} keys and values stand before this place",
    "no definition needs that; split the file or shorten its lists",
    "此处之前的键和值已超过 {most} 个",
    "请拆分文件，或缩短其中的列表",
)
KEY = Saying("key", "a key is a word or a number", "write `word: value`", "键必须是一个词或数字", "请写成 `词: 值`")
NUMBER = Saying(
    "number",
    "`{given}` could be read as a number in more than one way",
    'in quotes it is a code, `"{given}"`; as a number write plain digits without leading zeros',
    "`{given}` 作为数字有歧义",
    '若是代码请加引号 `"{given}"`；若是数字请写普通数字，不加前导零',
)
EMPTY = Saying("empty-file", "the file is empty", "write its keys, or delete the file", "文件是空的", "请填写内容，或删除文件")
MORE = Saying("too-many", "and more of the same", "mend these first", "还有更多同类问题", "请先修正以上问题")

_REMEDIES = (
    (
        "mapping values are not allowed",
        Said("put a text that has `: ` in it in quotes, and check the indentation", "含 `: ` 的文字请加引号，并检查缩进"),
    ),
    ("'\\t'", Said("indent with spaces, not with tabs", "请用空格缩进，不要用制表符")),
    ("cannot start any token", Said("put the text in quotes", "请给这段文字加引号")),
    ("quoted scalar", Said("close the quotes", "请补上引号")),
    ("end of stream", Said("close the quotes or brackets", "请补上引号或括号")),
    ("stream end", Said("close the bracket", "请补上括号")),
    ("expected ','", Said("check the commas, and that each bracket is closed", "请检查逗号，以及括号是否成对")),
    ("could not find expected ':'", Said("write `key: value`", "请写成 `键: 值`")),
    ("block end", Said("lines of one level begin in the same column", "同一层的各行应从同一列开始")),
)


class _Stop(Exception):
    """Reading this file cannot go on."""


def read(name: str, file: str, text: str, *, most: int = MOST_EVENTS) -> tuple[Any, Source, list[Problem]]:
    """The data (None if the text cannot be read to its end), where everything in it stands, and what was refused.

    `most`: how many keys, values, and beginnings and ends of lists and mappings are read."""
    source = Source(name=name, file=file, text=text)
    found = [UNWANTED.at(file, _place(text, m.start()), (), name=f"U+{ord(m[0]):04X}") for m in _some(_UNWANTED, text)]
    directive = _DIRECTIVE.match(text)
    if directive:
        found.append(DIRECTIVE.at(file, _place(text, directive.end() - 1), ()))
    if found:
        return None, source, found
    reader = _Reader(source, most)
    try:
        data = reader.document(_events(text))
    except _Stop:
        return None, source, reader.found
    except Exception as error:  # the border to ruamel: whatever it raises on odd text is a problem of that text
        reader.found.append(_not_yaml(source, error, reader.last))
        return None, source, reader.found
    if data is None and not reader.found:
        reader.found.append(EMPTY.at(file, (1, 1), ()))
    return data, source, reader.found


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=True).parse(text)


class _Reader:
    """Builds data from events, keeping positions and problems."""

    def __init__(self, source: Source, most: int = MOST_EVENTS) -> None:
        self.source, self.most = source, most
        self.found: list[Problem] = []
        self.last = (1, 1)

    def document(self, events: Iterator[Any]) -> Any:
        data: Any = None
        begun = False
        events = self.bounded(events)
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if begun:
                    self.refuse(DOCUMENTS, event, ())
                    raise _Stop
                begun = True
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                data = self.node(event, events, ())
        return data

    def bounded(self, events: Iterator[Any]) -> Iterator[Any]:
        """The events, until there are too many of them."""
        for number, event in enumerate(events):
            if number > self.most:
                self.refuse(CROWDED, event, (), most=self.most // 2)
                raise _Stop
            yield event

    def refuse(self, saying: Saying, event: Any, path: Path, **words: str | int | Said) -> None:
        if len(self.found) >= _MOST_PROBLEMS:
            self.found.append(MORE.at(self.source.file, _where(event), path))
            raise _Stop
        self.found.append(saying.at(self.source.file, _where(event), path, **words))

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        kind = type(event).__name__
        self.last = self.source.values[path] = _where(event)
        if kind == "AliasEvent":
            self.refuse(ALIAS, event, path)
            self.source.voids.add(path)
            return None
        if event.anchor is not None:
            self.refuse(ALIAS, event, path)
        if event.tag is not None:
            self.refuse(TAG, event, path, tag=problems.shown(event.tag))
        if kind == "ScalarEvent":
            self.scalar_with_hash(event)
            return self.scalar(event, path)
        if len(path) >= DEEPEST:
            self.refuse(DEEP, event, path, most=DEEPEST)
            raise _Stop
        return self.sequence(events, path) if kind == "SequenceStartEvent" else self.mapping(events, path)

    def sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self.node(event, events, (*path, len(items))))
        return items

    def mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        """Keys are kept as written: `1` and `"1"` are the same key."""
        data: dict[str, Any] = {}
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self.key(event, events, path)
            if key is not None and key in data:
                first = self.source.keys[(*path, key)][0]
                self.refuse(TWICE, event, (*path, key), key=problems.shown(key), line=first)
                key = None
            if key is None:
                self.skip(next(events), events, path)
                continue
            self.source.keys[(*path, key)] = _where(event)
            data[key] = self.node(next(events), events, (*path, key))
        return data

    def key(self, event: Any, events: Iterator[Any], path: Path) -> str | None:
        """The key as written; None where it cannot be one."""
        kind = type(event).__name__
        if kind != "ScalarEvent":
            self.refuse(ALIAS if kind == "AliasEvent" else KEY, event, path)
            if kind != "AliasEvent":
                self.skip(event, events, path)
            return None
        self.scalar_with_hash(event)
        written = str(event.value)
        if event.anchor is not None or (written == "<<" and event.style is None):
            self.refuse(ALIAS, event, path)
            self.source.voids.add((*path, written))
        if event.tag is not None:
            self.refuse(TAG, event, path, tag=problems.shown(event.tag))
        unwanted = _UNWANTED.search(written)
        if unwanted:
            self.refuse(UNWANTED, event, path, name=f"U+{ord(unwanted[0]):04X}")
            return None
        if not written.strip():
            self.refuse(KEY, event, path)
            return None
        return written

    def skip(self, event: Any, events: Iterator[Any], path: Path) -> None:
        """Read past a node that has no place in the data; depth still counts."""
        _Reader(Source(name="", file=self.source.file, text="", hashes=self.source.hashes)).node(event, events, (*path, "?"))

    def scalar_with_hash(self, event: Any) -> None:
        if "#" in str(event.value):
            self.source.hashes.append((_where(event), (event.end_mark.line + 1, event.end_mark.column + 1)))

    def scalar(self, event: Any, path: Path) -> Any:
        written = str(event.value)
        if event.style is not None:
            found = _UNWANTED.search(written)
            if found:
                self.refuse(UNWANTED, event, path, name=f"U+{ord(found[0]):04X}")
                self.source.voids.add(path)
            return written
        if written in _NULL:
            return None
        if written in _TRUE or written in _FALSE:
            return written in _TRUE
        if _PLAIN_INTEGER.fullmatch(written):
            return int(written)
        if _INTEGER.fullmatch(written) or _BASED.fullmatch(written):
            self.refuse(NUMBER, event, path, given=problems.shown(written))
            self.source.voids.add(path)
            return None
        if _FLOAT.fullmatch(written):
            number = float(written)
            return number if math.isfinite(number) else written
        return written


def _where(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _some(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for count, found in enumerate(pattern.finditer(text)):
        if count >= 5:
            return
        yield found


def _not_yaml(source: Source, error: Exception, last: tuple[int, int]) -> Problem:
    """ruamel's complaint, at the place it names (else at the `last` thing read), with a remedy in our words."""
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    whole = f"{getattr(error, 'context', '') or ''} {what}"
    if begun is not None and mark is not None and begun.line != mark.line:
        what += f" (begun in line {begun.line + 1})"
    remedy = next(
        (said for part, said in _REMEDIES if part in whole),
        Said("check the indentation, quotes and brackets here", "请检查此处的缩进、引号和括号"),
    )
    mark = mark or begun
    place = (mark.line + 1, mark.column + 1) if mark is not None else last
    return NOT_YAML.at(source.file, place, (), what=problems.shown(what, 120), remedy=remedy)


def written(data: Any) -> str:
    """Plain data as YAML that `read` reads back: mappings line by line, the innermost on one line."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style, yaml.width = None, 140
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
