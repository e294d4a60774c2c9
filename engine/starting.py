"""A new programme's folder: the small town of `config/starting`, under a name, a title and a prefix of its own.

The folder in the package is a programme itself, checked and tested as any other; here it is copied and renamed."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from config import schema, words
from engine import errors
from engine import now as times

TEMPLATE = Path(schema.__file__).parent / "starting"
_SCHEMA = re.compile(r"^(# yaml-language-server: \$schema=)(?:\.\./)+schema/", re.MULTILINE)
_NAME: TypeAdapter[str] = TypeAdapter(words.Name)


class CannotStart(errors.EngineError):
    """The folder cannot be begun so; nothing was written."""

    code = "cannot-start"


def start(into: Path, name: str, *, title_zh: str | None = None, title_en: str | None = None, prefix: str | None = None, zone: str = "Asia/Shanghai") -> Path:  # fmt: skip
    """Write the folder `into/name`, whole or not at all; returns it.

    Without a prefix, the name's letters make one. Editors find the schemas beside it: in `into/../schema` where they are (as in the
    shipped tree), else in a folder `.schema` written with it. Raises CannotStart for a name, prefix or zone that the language does not
    take, and for a folder that is there already."""
    begun = prefix or _prefix_of(name)
    _require(name, begun, zone)
    folder = into / name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotStart(
            f"{folder} is there already and is left as it is; choose another name, or another place with --into",
            f"{folder} 已存在，未作改动；请换一个名称，或用 --into 指定其他位置",
        )
    into.mkdir(parents=True, exist_ok=True)
    beside = (into.parent / "schema" / "programme.schema.json").exists()
    with tempfile.TemporaryDirectory(dir=into, prefix=".new-") as half:
        made = Path(half) / name
        shutil.copytree(TEMPLATE, made, ignore=shutil.ignore_patterns("__pycache__"))
        for file in made.rglob("*.yaml"):
            up = "../" * (len(file.relative_to(made).parts) - 1)
            where = f"../../{up}schema/" if beside else f"{up}.schema/"
            file.write_text(_SCHEMA.sub(rf"\g<1>{where}", file.read_text(encoding="utf-8")), encoding="utf-8")
        _rename(made, name, begun, zone, title_zh or name, title_en or name)
        if not beside:
            (made / ".schema").mkdir()
            for kind, content in schema.schemas().items():
                (made / ".schema" / f"{kind}.schema.json").write_text(schema.text(content), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return folder


def _require(name: str, prefix: str, zone: str) -> None:
    try:
        _NAME.validate_python(name)
    except ValidationError as exc:
        raise CannotStart(
            f"{name!r} is not a name: lower case letters, digits, - and _, beginning with a letter, at most 60",
            f"{name!r} 不能作为名称：请用小写字母、数字、- 和 _，以字母开头，最多 60 个字符",
        ) from exc
    if not re.fullmatch(words.PREFIX, prefix):
        raise CannotStart(
            f"{prefix!r} is not a prefix of case numbers: 2 to 6 capital letters, as MT; give one with --prefix",
            f"{prefix!r} 不能作为编号前缀：请用 2 到 6 个大写字母，如 MT（--prefix）",
        )
    try:
        times.zone(zone)
    except (KeyError, ValueError, OSError) as exc:
        raise CannotStart(f"no time zone {zone!r}; write as Asia/Shanghai", f"没有时区 {zone!r}；请写成 Asia/Shanghai") from exc


def _prefix_of(name: str) -> str:
    """The first letters of the name's parts; of a name in one part, its first two letters."""
    parts = [part for part in re.split(r"[^a-z]+", name.lower()) if part]
    initials = "".join(part[0] for part in parts)
    return (initials if len(initials) > 1 else "".join(parts)[:2]).upper()[:6]


def _rename(folder: Path, name: str, prefix: str, zone: str, title_zh: str, title_en: str) -> None:
    """Where the template names itself."""
    quoted = {language: _quoted(title) for language, title in (("zh", title_zh), ("en", title_en))}
    _edit(
        folder / "programme.yaml",
        ("programme: mytown\n", f"programme: {name}\n"),
        ("title: {zh: 我们镇, en: Our town}", f"title: {{zh: {quoted['zh']}, en: {quoted['en']}}}"),
        ("prefix: MT  ", f"prefix: {prefix:<4}"),
        ("MT-20261120-0001", f"{prefix}-20261120-0001"),
        ("time_zone: Asia/Shanghai", f"time_zone: {zone}"),
    )
    _edit(folder / "categories.yaml", ("scheme: mytown\n", f"scheme: {name}\n"))
    _edit(folder / "README.md", ("# 我们镇 · Our town", f"# {title_zh} · {title_en}"))


def _edit(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{file.name} of config/starting no longer says {old!r}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def _quoted(words_: str) -> str:
    """As a JSON string, which YAML reads whatever it holds."""
    return orjson.dumps("".join(c for c in words_ if c.isprintable()).strip() or "?").decode()
