"""The language as pages to look things up in, English and Chinese: generated from the same schemas that editors use, committed under docs/.

`python -m config.reference` writes the pages anew; a test holds them equal to the models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import described, robots, schema, words

Defined = Mapping[str, dict[str, Any]]
"""The mappings and closed sets within a file, by name."""
PAGES = {"en": "reference.md", "zh": "reference.zh.md"}
FOLDER = Path(__file__).parent.parent / "docs"
_PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,59}$": "name",
    words.DURATION: "duration",
    r"^(due|[1-9]\d?%)$": "moment",
    words.WINDOW: "hours",
    words.TIME: "time",
    words.DAY: "days",
    words.DATE: "date",
    words.ADDRESS: "address",
    words.PREFIX: "prefix",
    robots.VARIABLE: "variable",
    robots.MENTION: "mention",
    words.CSV: "csv",
}
_KINDS: dict[str, tuple[str, str]] = {
    "name": ("[name](#names)", "[名称](#名称)"),
    "duration": ("[duration](#durations)", "[时长](#时长)"),
    "moment": ("`due` or a share as `80%`", "`due` 或百分比如 `80%`"),
    "hours": ("[hours](#hours-and-days)", "[时段](#时段与星期)"),
    "time": ("time of day as `10:30`", "钟点如 `10:30`"),
    "days": ("[weekdays](#hours-and-days)", "[星期](#时段与星期)"),
    "date": ("date", "日期"),
    "address": ("e-mail address", "邮箱地址"),
    "variable": ("`env:NAME`", "`env:变量名`"),
    "mention": ("person, `id:…` or `all`", "人员、`id:…` 或 `all`"),
    "prefix": ("2–6 capital letters", "2–6 个大写字母"),
    "csv": ("file name as `counts.csv`", "文件名如 `counts.csv`"),
    "string": ("words", "文字"),
    "integer": ("whole number", "整数"),
    "boolean": ("`true` or `false`", "`true` 或 `false`"),
    "scalar": ("value", "取值"),
    "one or more": ("{}, or a list of them", "{}（可多个）"),
    "list": ("list of {}", "{}列表"),
    "mapping": ("{} → {}", "{} → {}"),
    "or": (" or ", " 或 "),
    "required": ("required", "必填"),
}
_HEAD = {
    "en": """# Reference of the language

Every key of every file of a programme, generated from the models that read them (`python -m config.reference`). A key that does not stand here
is refused. The guided tour is [writing a workflow](writing-a-workflow.md); in Chinese: [语言参考](reference.zh.md).

## Names

Lower case, digits, `-` and `_`, beginning with a letter, at most 60 characters. Where a list of names is wanted, a single one may stand without brackets.

## Durations

`90 seconds`, `10 minutes`, `4 hours`, `2 days`, `1 week`; `4 working hours` and `2 working days` count in the clock's `hours`. Hours and minutes elapse;
a day is the same wall time on the next date.

## Hours and days

`08:30-12:00`; `22:00-06:00` goes over midnight; a day ends at `24:00`. Write them in quotes. Weekdays are `mon` to `sun`, a span of them is `mon-fri`.
Dates are `2026-11-20`.
""",
    "zh": """# 语言参考

项目文件夹中每个文件的每个键，由读取它们的模型生成（`python -m config.reference`）。此处没有的键会被拒绝。
入门请看[编写流程](writing-a-workflow.zh.md)；英文版：[Reference](reference.md)。

## 名称

小写字母、数字、`-` 和 `_`，以字母开头，最多 60 个字符。需要名称列表的地方，单个名称可以不写方括号。

## 时长

`90 seconds`、`10 minutes`、`4 hours`、`2 days`、`1 week`；`4 working hours` 与 `2 working days` 按时钟的 `hours` 计。小时和分钟按流逝计；
一天是次日的同一钟点。

## 时段与星期

`08:30-12:00`；`22:00-06:00` 跨夜；一天止于 `24:00`。请加引号。星期写 `mon` 到 `sun`，连续几天写 `mon-fri`。日期写 `2026-11-20`。
""",
}
_COLUMNS = {"en": ("key", "value", "default", "what it is for"), "zh": ("键", "值", "默认", "用途")}


def pages() -> dict[str, str]:
    """File name under docs/ → its text."""
    return {name: _page(language) for language, name in PAGES.items()}


def _page(language: str) -> str:
    parts = [_HEAD[language]]
    said: set[str] = set()
    models = schema.models()
    for name, whole in schema.schemas().items():
        inside = whole.get("$defs", {})
        file = schema.FILES_OF.get(name, f"{name}.yaml")
        parts.append(f"## {file}\n\n{_table(models[name].__name__, whole, inside, language)}")
        for inner, definition in inside.items():
            if inner not in said and definition.get("type") == "object":  # closed sets of words stand where they are used
                said.add(inner)
                parts.append(f"### {inner}\n\n{_table(inner, definition, inside, language)}")
    return "\n".join(parts)


def _table(model: str, definition: dict[str, Any], inside: Defined, language: str) -> str:
    rows = [f"| {' | '.join(_COLUMNS[language])} |", "|---|---|---|---|"]
    for key, value in definition.get("properties", {}).items():
        default = _KINDS["required"][language == "zh"] if key in definition.get("required", ()) else _default(value)
        what = described.KEYS[f"{model}.{key}"][language == "zh"]
        rows.append(f"| `{key}` | {_cell(_worded(value, inside, language))} | {default} | {_cell(what)} |")
    return "\n".join(rows) + "\n"


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if default is None or default in ([], {}):
        return ""
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def _worded(value: dict[str, Any], inside: Defined, language: str) -> str:
    """What may stand there, in words."""
    at = language == "zh"
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        closed = inside.get(name, {}).get("enum")
        return _closed(closed, language) if closed else f"[{name}](#{name.lower()})"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return _closed(value["enum"], language)
    options = value.get("anyOf") or value.get("oneOf")
    if options and "properties" not in value:
        return _either(options, inside, language)
    kind = value.get("type")
    if kind == "array":
        return _KINDS["list"][at].format(_worded(value.get("items", {}), inside, language))
    if kind == "object":
        return _mapping(value, inside, language)
    if isinstance(kind, list):
        return _KINDS["scalar"][at]
    return _KINDS[_PATTERNS.get(value.get("pattern", ""), str(kind))][at]


def _mapping(value: dict[str, Any], inside: Defined, language: str) -> str:
    if "properties" in value:
        return "`{" + ", ".join(f"{key}: {inner.get('const', '…')}" for key, inner in value["properties"].items()) + "}`"
    patterns = value.get("patternProperties", {})
    if patterns:
        pattern, inner = next(iter(patterns.items()))
        key = _KINDS[_PATTERNS.get(pattern, "string")][language == "zh"]
    else:
        inner, key = value.get("additionalProperties", {}), _KINDS["string"][language == "zh"]
    return _KINDS["mapping"][language == "zh"].format(key, _worded(inner, inside, language))


def _either(options: list[dict[str, Any]], inside: Defined, language: str) -> str:
    """One of several; one or several of the same in few words."""
    first, *others = options
    if len(others) == 1 and others[0].get("items") == first:
        return _KINDS["one or more"][language == "zh"].format(_worded(first, inside, language))
    return _KINDS["or"][language == "zh"].join(dict.fromkeys(_worded(option, inside, language) for option in options))


def _closed(listed: list[str], language: str) -> str:
    return _KINDS["or"][language == "zh"].join(f"`{word}`" for word in listed)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
