"""Folders that a town might hand in by mistake or in bad faith: each of the shipped ones, and the tests' own, spoilt in one of many ways.

A mutant is known by its number alone, so that one that failed can be made again."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

from notifications import render
from tests import payloads
from tests.unit.config import test_mutations

SHIPPED = Path(__file__).parent.parent / "config" / "programmes"
Files = dict[str, bytes]
Spoil = Callable[[Files, random.Random], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A folder's files by their names within it. `kind` says how it was spoilt."""

    number: int
    kind: str
    base: str
    files: Files


def mutant(number: int) -> Mutant:
    """The mutant of that number; neighbours are spoilt in different ways."""
    rng = random.Random(number)
    kind = list(KINDS)[number % len(KINDS)]
    base = rng.choice((*bases(), *["testtown"] * 5))
    files = dict(bases()[base])
    KINDS[kind](files, rng)
    return Mutant(number=number, kind=kind, base=base, files=files)


@cache
def bases() -> dict[str, Files]:
    """Every shipped folder, and the tests' own with a template beside it."""
    found = {
        folder.name: {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        for folder in sorted(SHIPPED.iterdir())
        if (folder / "programme.yaml").exists()
    }
    own = {name: text.encode() for name, text in test_mutations.FILES.items()}
    own["templates/overdue.en.txt"] = (render.OWN / "overdue.en.txt").read_bytes()
    return {**found, "testtown": own}


# in the text


def _some(files: Files, rng: random.Random) -> str:
    """One of the YAML files, the workflow more often than the others."""
    names = sorted(name for name in files if name.endswith(".yaml"))
    return rng.choice([*names, *[name for name in names if name.startswith("workflows/")] * 3])


def _text(change: Callable[[str, random.Random], str]) -> Spoil:
    def spoil(files: Files, rng: random.Random) -> None:
        name = _some(files, rng)
        files[name] = change(files[name].decode("utf-8", "replace") or "x: y\n", rng).encode("utf-8", "surrogatepass")

    return spoil


def _strokes(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 2, 5))):
        text = rng.choice(test_mutations.WAYS)(text or " x ", rng) if re.search(r"\w", text) else text + "x"
    return text


def _doubled(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.choice([n for n, line in enumerate(lines) if ":" in line] or [0])
    lines.insert(rng.choice((at, at + 1)), lines[at])
    return "".join(lines)


def _odd(text: str, rng: random.Random) -> str:
    """A character that nobody types, anywhere; or digits that only look like digits."""
    if rng.random() < 0.2:
        return text.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(payloads.ODD) * rng.choice((1, 1, 3)) + text[at:]


def _lines(files: Files, rng: random.Random) -> None:
    """Line ends, indentation and encodings as other programs write them."""
    name = _some(files, rng)
    text = files[name].decode("utf-8", "replace")
    files[name] = rng.choice((
        lambda: text.replace("\n", "\r\n").encode(),
        lambda: text.replace("\n", "\r").encode(),
        lambda: text.replace("  ", "\t").encode(),
        lambda: re.sub(r"\n(?=\S)", "\n\t", text).encode(),
        lambda: text.replace(": ", ":\t").encode(),
        lambda: text.rstrip().encode(),
        lambda: b"\xef\xbb\xbf" + text.encode(),
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32"),
        lambda: text.encode("gb18030"),
        lambda: text.encode("latin-1", "replace"),
        lambda: text.encode() + bytes([rng.randrange(128, 256)]),
        lambda: text.encode("utf-8") + "\ud800".encode("utf-8", "surrogatepass"),
    ))()  # fmt: skip


def _value(found: re.Match[str], given: str) -> str:
    return found[1] + given + "\n"


def _planted(many: Callable[[random.Random], str]) -> Spoil:
    """A piece of YAML in the place of a value, at the beginning or at the end of a file, or as the whole of it."""

    def change(text: str, rng: random.Random) -> str:
        piece, way = many(rng), rng.randrange(4)
        if way == 0:
            return piece + "\n"
        if way == 1:
            return text + "\nextra: " + piece + "\n"
        if way == 2:
            return f"extra: {piece}\n{text}"
        places = list(re.finditer(r"(?m)^(\s*[\w-]+:\s)(.*)\n", text))
        found = rng.choice(places)
        return text[: found.start()] + _value(found, piece) + text[found.end() :]

    return _text(change)


def _huge(files: Files, rng: random.Random) -> None:
    if rng.random() < 0.15:
        files.update({f"workflows/more-{n}.yaml": files[_some(files, rng)] for n in range(rng.choice((20, 300)))})
    elif rng.random() < 0.15:
        files[rng.choice(sorted(files))] = rng.choice((b"x", b"#", b"\n", b"- ", b"a: ", b"\0", b"{", b"{{ ")) * rng.choice(
            (60_000, 1_000_000)
        )
    else:
        _planted(lambda r: r.choice(payloads.HUGE)())(files, rng)


def _misplaced(files: Files, rng: random.Random) -> None:
    """A file is missing, empty, elsewhere, or called otherwise."""
    name = rng.choice(sorted(files))
    text = files.pop(name)
    way = rng.randrange(4)
    if way == 0:
        files[name] = rng.choice((b"", b" ", b"\n" * 9, b"# nothing\n", b"---\n", b"...\n", b"---\n---\n", b"null\n", b"[]\n", b"3\n"))
    elif way == 1:
        files[rng.choice(payloads.FILES).format(name=Path(name).name, stem=Path(name).stem)] = text
    elif way == 2:
        files[name] = files[rng.choice(sorted(files))]


# in the data


@cache
def _data(base: str, name: str) -> Any:
    return YAML(typ="safe", pure=True).load(bases()[base][name].decode())


def _tree(change: Callable[[Any, random.Random], None]) -> Spoil:
    """A change of one file's data, written back as JSON, which is YAML too."""

    def spoil(files: Files, rng: random.Random) -> None:
        name = _some(files, rng)
        base = next(base for base, given in bases().items() if given.get(name) == files[name])
        data = copy.deepcopy(_data(base, name))
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            change(data, rng)
        files[name] = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str)

    return spoil


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or index), the outermost first."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in list(inside):
        yield data, key
        yield from _places(value)


def _scalars(data: Any) -> list[tuple[Any, Any]]:
    return [(at, key) for at, key in _places(data) if not isinstance(at[key], dict | list)]


def _deleted(data: Any, rng: random.Random) -> None:
    if found := list(_places(data)):
        at, key = rng.choice(found)
        del at[key]


def _swapped(data: Any, rng: random.Random) -> None:
    found = list(_places(data)) if rng.random() < 0.5 else _scalars(data)
    if len(found) < 2:
        return
    (one, first), (other, second) = rng.sample(found, 2)
    inner, outer = copy.deepcopy(one[first]), copy.deepcopy(other[second])
    one[first], other[second] = outer, inner


def _mistyped(data: Any, rng: random.Random) -> None:
    found = _scalars(data) if rng.random() < 0.5 else [(at, key) for at, key in _places(data) if isinstance(at, dict)]
    if not found:
        return
    at, key = rng.choice(found)
    if isinstance(at, dict) and rng.random() < 0.6:
        _renamed(at, key, test_mutations._mistype(str(key) + "_", rng))
    elif not isinstance(at[key], dict | list) and re.search(r"\w", str(at[key])):
        at[key] = test_mutations._mistype(str(at[key]) + "_", rng)


def _renamed(at: dict[Any, Any], key: Any, name: Any) -> None:
    items = [(name if each == key else each, value) for each, value in at.items()]
    at.clear()
    at.update(items)


def _retyped(data: Any, rng: random.Random) -> None:
    at, key = rng.choice(list(_places(data)))
    at[key] = copy.deepcopy(rng.choice(([], {}, [[]], [at[key]], {"x": at[key]}, None, True, 0, 1.5, "", "x", [1, "1"], {"": ""}, [None])))


def _numbers(data: Any, rng: random.Random) -> None:
    found = [(at, key) for at, key in _scalars(data) if re.search(r"\d", str(at[key]))]
    if not found:
        return
    at, key = rng.choice(found)
    given = rng.choice(payloads.NUMBERS)
    at[key] = given if rng.random() < 0.3 else re.sub(r"\d+", lambda _: str(given), str(at[key]), count=rng.choice((0, 1)))


def _injected(data: Any, rng: random.Random) -> None:
    at, key = rng.choice(_scalars(data))
    at[key] = rng.choice(payloads.INJECTED)


def _named(data: Any, rng: random.Random) -> None:
    at, key = rng.choice([(at, key) for at, key in _places(data) if isinstance(at, dict)])
    _renamed(at, key, rng.choice(payloads.NAMES))


def _circles(files: Files, rng: random.Random) -> None:
    """Units that are part of each other, states that lead round and round."""
    if rng.random() < 0.5:
        many = rng.choice((1, 2, 3, 60, 1000))
        units = {f"u{n}": {"title": {"zh": "某", "en": "Some"}, "part_of": f"u{(n + 1) % (many + rng.randrange(2))}"} for n in range(many)}
        files["units.yaml"] = orjson.dumps({"units": units}, option=orjson.OPT_INDENT_2)
        return
    name = "workflows/report.yaml"
    files[name] = re.sub(r"\b(to|from|initial): \[?[\w, -]+\]?", lambda found: f"{found[1]}: {rng.choice(_states(found.string))}", files[name].decode(), count=rng.choice((1, 3, 0))).encode()  # fmt: skip


def _states(text: str) -> list[str]:
    return re.findall(r"(?m)^  ([\w-]+): *\{title: \{[^}]*\}(?:, final|\})", text) or ["reported"]


def _template(files: Files, rng: random.Random) -> None:
    """A template of the programme's own, with something in it that only its writer understands."""
    name = rng.choice(sorted({*(n for n in files if n.startswith("templates/")), "templates/overdue.zh.txt", "templates/received.en.html", "templates/layout.zh.html"}))  # fmt: skip
    text = files.get(name, b"").decode("utf-8", "replace") or (render.OWN / Path(name).name).read_text(encoding="utf-8")
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.choice([found.start() for found in re.finditer(r"^|\s|$", text)])
        text = text[:at] + rng.choice(payloads.TEMPLATES)() + text[at:]
    files[name] = text.encode("utf-8", "surrogatepass")


def _crowded(files: Files, rng: random.Random) -> None:
    files["workflows/report.yaml"] = orjson.dumps(payloads.crowd(rng))


def _twice(files: Files, rng: random.Random) -> None:
    for kind in rng.sample(["strokes", "doubled", "odd characters", "lines", "aliases", "tags", "misplaced", "template"], 2):
        KINDS[kind](files, rng)


KINDS: dict[str, Spoil] = {
    "strokes": _text(_strokes),
    "deleted": _tree(_deleted),
    "swapped": _tree(_swapped),
    "mistyped": _tree(_mistyped),
    "wrong type": _tree(_retyped),
    "numbers": _tree(_numbers),
    "injected": _tree(_injected),
    "named": _tree(_named),
    "doubled": _text(_doubled),
    "odd characters": _text(_odd),
    "lines": _lines,
    "aliases": _planted(lambda rng: rng.choice(payloads.ALIASES)()),
    "tags": _planted(lambda rng: rng.choice(payloads.TAGS)),
    "deep": _planted(lambda rng: rng.choice(payloads.DEEP)()),
    "huge": _huge,
    "misplaced": _misplaced,
    "circles": _circles,
    "template": _template,
    "crowded": _crowded,
    "two at once": _twice,
}
