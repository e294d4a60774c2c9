"""Plain data → a model of the language, with every misfit at its place, in the words of an admin.

What does not fit is taken out and the rest is kept, so that one wrong key does not hide what else is wrong in the file:
`fit` returns the rest, what was taken out, and where list items have moved."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config import problems, robots, sayings, words
from config.problems import Path, Problem, Said, Saying
from config.source import Source

_ROUNDS = 40
_MOST_ERRORS = 300
M = TypeVar("M", bound=BaseModel)

UNKNOWN_KEY = Saying("unknown-key", "unknown key", "{near}", "不认识的键", "{near}")
NOTHING = Saying("no-value", "`{name}` has no value", "write one, or delete the line", "`{name}` 没有值", "请填写，或删除该行")
MISSING = Saying("missing-key", "`{key}` is missing", "write `{key}: …` here", "缺少 `{key}`", "请在此处写上 `{key}: …`")
WRONG_TYPE = Saying(
    "wrong-type", "{expected} is wanted here, not `{given}`", "{remedy}", "此处应为 {expected}，而不是 `{given}`", "{remedy}"
)
NOT_ONE_OF = Saying("not-one-of", "`{given}` is not known here", "{near}", "此处不能写 `{given}`", "{near}")
OUT_OF_RANGE = Saying("out-of-range", "{given} is out of range", "write a number {range}", "{given} 超出范围", "请写{range}的数字")
EMPTY = Saying("empty", "nothing stands here", "write at least one", "此处不能为空", "请至少写一项")
NOT_A_NAME = Saying(
    "not-a-name",
    "`{given}` is not a name",
    "names begin with a small letter and have small letters, digits, `-` and `_`, 60 at most",
    "`{given}` 不能作为名称",
    "名称以小写字母开头，只含小写字母、数字、`-` 和 `_`，最长 60 个字符",
)
MISSPELT = Saying("misspelt", "`{given}` is not {expected}", "{remedy}", "`{given}` 不是{expected}", "{remedy}")
LONG = Saying("too-long", "this is longer than {most} characters", "shorten it", "超过 {most} 个字符", "请缩短")
MANY = Saying(
    "too-many-entries",
    "more than {most} entries",
    "split the workflow, or leave out what is not needed",
    "超过 {most} 项",
    "请拆分流程，或删去不需要的内容",
)
OTHER = Saying("wrong-value", "{what}", "correct the value", "{what}", "请改正此值")

_EXPECTED = {
    "string_type": Said("text", "文字"),
    "int_type": Said("a whole number", "整数"),
    "int_from_float": Said("a whole number", "整数"),
    "bool_type": Said("`true` or `false`", "`true` 或 `false`"),
    "tuple_type": Said("a list", "列表"),
    "list_type": Said("a list", "列表"),
    "dict_type": Said("a mapping (`key: value`)", "映射（`键: 值`）"),
    "model_type": Said("a mapping (`key: value`)", "映射（`键: 值`）"),
    "model_attributes_type": Said("a mapping (`key: value`)", "映射（`键: 值`）"),
}
_QUOTES = Said("put it in quotes", "请加引号")
_COLON = Said("a colon and a space in it make a mapping: put the whole in quotes", "冒号加空格会使它变成映射：请把整句放进引号")
_ACCORDINGLY = Said("write it so", "请照此填写")
_BOOLEAN = Said("definitions are YAML 1.2: only `true` and `false` are yes and no", "定义文件是 YAML 1.2：是与否只写 `true`、`false`")
_SPELLINGS = {
    words.DAY: (Said("a weekday", "星期"), Said("write `mon` … `sun`, or a span as `mon-fri`", "请写 `mon` … `sun`，或区间如 `mon-fri`")),
    words.WINDOW: (
        Said("a window of hours", "时段"),
        Said(
            "write as `08:30-12:00`, over midnight `22:00-06:00`, to the day's end `18:00-24:00`",
            "请写成 `08:30-12:00`，跨夜 `22:00-06:00`，到当日结束 `18:00-24:00`",
        ),
    ),
    words.TIME: (Said("a time of day", "钟点"), Said("write as `10:30`, in quotes", "请写成 `10:30`，并加引号")),
    words.CSV: (
        Said("the name of a CSV file", "CSV 文件名"),
        Said("letters, digits, `-` and `_`, as `complaints.csv`", "只用字母、数字、`-`、`_`，如 `complaints.csv`"),
    ),
    words.PREFIX: (
        Said("a prefix for case numbers", "案件编号前缀"),
        Said("two to six capital letters, as `NX`", "两到六个大写字母，如 `NX`"),
    ),
    words.DATE: (Said("a date", "日期"), Said("write as `2026-10-01`", "请写成 `2026-10-01`")),
    words.MAP_FILE: (
        Said("a file of areas", "区域文件"),
        Said("write as `areas/communities.geojson`", "请写成 `areas/communities.geojson`"),
    ),
    robots.MENTION: (
        Said("somebody to be called", "可 @ 的对象"),
        Said(
            "write a person's name of people.yaml, `id:…` as the product knows him, or `all`",
            "请写 people.yaml 中的人员、产品中的 `id:…` 或 `all`",
        ),
    ),
    words.ADDRESS: (Said("an e-mail address", "邮箱地址"), Said("write as `name@example.org`", "请写成 `name@example.org`")),
}
_ABOUT = Said("allowed here", "此处可用")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted(Generic[M]):
    """What of a file fits: `value` is None if nothing whole remains; `gone` is what was taken out, by its path in the file."""

    value: M | None
    found: tuple[Problem, ...] = ()
    gone: frozenset[Path] = frozenset()
    moved: Mapping[Path, tuple[int, ...]] = field(default_factory=dict)

    def origin(self, path: Path) -> Path:
        """A path in `value` → the path in the file, where list items were taken out before it."""
        return _origin(path, self.moved)


def fit(model: type[M], data: Any, source: Source) -> Fitted[M]:
    """Read `data` as `model`; never raises for what an admin may write."""
    nothing = {path for path in _nothings(data, ()) if not _spoken_of(source, path)}
    found = [source.problem(NOTHING, path, key=True, name=problems.shown(path[-1])) for path in sorted(nothing, key=str)]
    gone = nothing | source.voids
    for round_ in range(_ROUNDS):
        moved: dict[Path, tuple[int, ...]] = {}
        rest = _without(data, gone, (), moved)
        try:
            return Fitted(value=model.model_validate(rest), found=tuple(found), gone=frozenset(gone), moved=moved)
        except ValidationError as error:
            before = len(gone)
            for number, detail in enumerate(_telling(error.errors(include_url=False))):
                place, is_key, missing = _place(detail, rest)
                at = _origin(place, moved)
                whole = (*at, missing) if missing else at
                if round_ == 0 and number < _MOST_ERRORS and whole not in nothing and not _spoken_of(source, whole):
                    found.append(_said(model, detail, source, at, is_key, missing))
                gone.add(at)
            if () in gone or len(gone) == before:
                break
    return Fitted(value=None, found=tuple(found), gone=frozenset(gone))


def _telling(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without "too short" of a list whose items are wrong: pydantic counts only the right ones."""
    enclosing = {d["loc"][:length] for d in details for length in range(len(d["loc"]))}
    return [d for d in details if d["type"] != "too_short" or d["loc"] not in enclosing]


def _nothings(data: Any, path: Path) -> Iterable[Path]:
    """Where a value was left empty; the language has no use for that."""
    if data is None and path:
        yield path
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _nothings(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _nothings(value, (*path, index))


def _spoken_of(source: Source, path: Path) -> bool:
    return any(path[: len(void)] == void for void in source.voids)


def _without(data: Any, gone: set[Path], path: Path, moved: dict[Path, tuple[int, ...]]) -> Any:
    """A copy without what is `gone`; fills `moved` with the items that stay in each shortened list."""
    if isinstance(data, dict):
        return {key: _without(value, gone, (*path, key), moved) for key, value in data.items() if (*path, key) not in gone}
    if isinstance(data, list):
        stay = tuple(i for i in range(len(data)) if (*path, i) not in gone)
        if len(stay) < len(data):
            moved[path] = stay
        return [_without(data[i], gone, (*path, i), moved) for i in stay]
    return data


def _origin(path: Path, moved: Mapping[Path, tuple[int, ...]]) -> Path:
    result: Path = ()
    for part in path:
        stay = moved.get(result)
        result = (*result, stay[part] if stay is not None and isinstance(part, int) and part < len(stay) else part)
    return result


def _place(detail: ErrorDetails, data: Any) -> tuple[Path, bool, str]:
    """Where in the data: the innermost part of pydantic's path that exists, whether its key is meant, and which key is missing."""
    loc = detail["loc"]
    missing = str(loc[-1]) if detail["type"] == "missing" else ""
    path: Path = ()
    for part in loc[: len(loc) - 1] if missing else loc:
        inner = _under(data, part)
        if inner:
            data, path = inner[0], (*path, part)
    is_key = detail["type"] == "extra_forbidden" or "[key]" in loc
    return path, is_key, missing


def _under(data: Any, part: str | int) -> tuple[Any, ...]:
    if isinstance(data, dict) and part in data:
        return (data[part],)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return (data[part],)
    return ()


def _said(model: type[BaseModel], detail: ErrorDetails, source: Source, at: Path, is_key: bool, missing: str) -> Problem:
    """pydantic's complaint in our words."""
    kind, context, given = detail["type"], detail.get("ctx") or {}, detail.get("input")
    shown = problems.shown(at[-1] if is_key and at else _written(given))
    if missing:
        return MISSING.at(source.file, source.position(at, key=True), (*at, missing), key=missing)
    if kind == "extra_forbidden":
        return source.problem(UNKNOWN_KEY, at, key=True, near=problems.near(str(at[-1]), keys_of(model, at[:-1]), _ABOUT))
    if kind in ("enum", "literal_error"):
        return source.problem(NOT_ONE_OF, at, key=is_key, given=shown, near=problems.near(_written(given), _options(context), _ABOUT))
    if kind == "string_pattern_mismatch":
        expected = _SPELLINGS.get(str(context.get("pattern")))
        if expected is None:
            return source.problem(NOT_A_NAME, at, key=is_key, given=shown)
        return source.problem(MISSPELT, at, key=is_key, given=shown, expected=expected[0], remedy=expected[1])
    if kind in _EXPECTED:
        return source.problem(WRONG_TYPE, at, key=is_key, given=shown, expected=_EXPECTED[kind], remedy=_remedy(kind, given))
    if kind in ("greater_than_equal", "less_than_equal"):
        return source.problem(OUT_OF_RANGE, at, key=is_key, given=shown, range=_range(context))
    if kind in ("too_short", "string_too_short"):
        return source.problem(EMPTY, at, key=is_key)
    if kind == "too_long":
        return source.problem(MANY, at, key=True, most=str(context.get("max_length")))
    if kind == "string_too_long":
        return source.problem(LONG, at, key=is_key, most=str(context.get("max_length")))
    if kind in sayings.SAYINGS:
        at, is_key = _narrowed(at, is_key, given, context.get("given"))
        return source.problem(sayings.SAYINGS[kind], at, key=is_key, **{key: problems.shown(word) for key, word in context.items()})
    return source.problem(OTHER, at, key=is_key, what=detail["msg"])


def _remedy(kind: str, given: object) -> Said:
    """How to write what is wanted in place of something of another type."""
    if kind == "string_type":
        return _QUOTES if isinstance(given, int | float) else _COLON if isinstance(given, dict) else _ACCORDINGLY
    return _BOOLEAN if kind == "bool_type" else _ACCORDINGLY


def _narrowed(at: Path, is_key: bool, inside: object, given: object) -> tuple[Path, bool]:
    """A complaint about a whole list or mapping, at the item it is about: the key `given`, or its second mention."""
    if isinstance(inside, dict) and given in inside:
        return (*at, str(given)), True
    if isinstance(inside, list):
        mentions = [index for index, item in enumerate(inside) if _written(item) == given]
        if mentions:
            return (*at, mentions[-1]), False
    return at, is_key or isinstance(inside, dict)


def _written(given: object) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if given is None:
        return "nothing"
    if isinstance(given, dict | list | tuple):
        return "{…}" if isinstance(given, dict) else "[…]"
    return str(given)


def _options(context: Mapping[str, Any]) -> list[str]:
    """pydantic lists the values as `'a', 'b' or 'c'`."""
    return str(context.get("expected", "")).replace(" or ", ", ").replace("'", "").split(", ")


def _range(context: Mapping[str, Any]) -> Said:
    if "ge" in context:
        return Said(f"of at least {context['ge']}", f"不小于 {context['ge']}")
    return Said(f"of at most {context.get('le')}", f"不大于 {context.get('le')}")


def keys_of(model: type[BaseModel], path: Path) -> list[str]:
    """The keys the language knows at `path` of a file."""
    places: list[Any] = [model]
    for part in path:
        places = [inner for place in places for inner in _inside(place, part)]
    return sorted({info.alias or name for place in places if _is_model(place) for name, info in place.model_fields.items()})


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _inside(annotation: Any, part: str | int) -> Iterable[Any]:
    """The types that may stand under `part` of a value of this type, unions taken apart."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if _is_model(annotation):
        for name, info in annotation.model_fields.items():
            if part == (info.alias or name):
                yield from _apart(info.annotation)
    elif origin is dict:
        yield from _apart(arguments[1])
    elif origin is tuple:
        yield from _apart(arguments[0])


def _apart(annotation: Any) -> Iterable[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _apart(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for inner in typing.get_args(annotation):
            yield from _apart(inner)
    else:
        yield annotation
