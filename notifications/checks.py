"""WHETHER a programme's templates can be used: each is read, held against the grammar and said twice, with everything and with nothing given."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from notifications import errors, grammar, render, variables

LANGUAGES = ("zh", "en")
_FILE = re.compile(r"([a-z][a-z0-9_-]{0,59})\.(zh|en)\.(txt|html)")
_BY_LAYOUT = ("received", "overdue", "digest")
"""By these a programme's own layouts are tried."""
_MICROS = re.compile(r"\d{15,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem of a template: `file` under templates/, 1-based line, what is wrong and what would be right."""

    file: str
    line: int
    message: str
    hint: str

    def said(self) -> str:
        return f"templates/{self.file}:{self.line}: {self.message}; {self.hint}"


def check(templates: Mapping[str, str], used: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Every problem of the templates of a programme, and of those it uses but does not have in both languages."""
    return _checked(tuple(sorted(templates.items())), tuple(used))


@functools.lru_cache(maxsize=20)
def _checked(given: tuple[tuple[str, str], ...], used: tuple[str, ...]) -> tuple[Finding, ...]:
    """Once for the same texts: a folder is mostly checked again because something else has changed."""
    templates = dict(given)
    found = [finding for file in sorted(templates) for finding in _file(file)]
    book = render.Book(templates)
    named = {parts[1] for parts in map(_FILE.fullmatch, templates) if parts is not None}
    by_layout = _BY_LAYOUT if named & set(grammar.LAYOUTS) else ()
    for template in dict.fromkeys((*used, *by_layout, *sorted(named - {*grammar.LAYOUTS, "plain"}))):
        for language in LANGUAGES:
            found += _shipped(template, language) if book.ours(template) else _template(book, template, language)
    return tuple(dict.fromkeys(found))


def names() -> frozenset[str]:
    """The templates that come with us and need not be written."""
    return frozenset(path.name.split(".")[0] for path in render.OWN.glob("*.txt"))


def _file(file: str) -> Iterator[Finding]:
    parts = _FILE.fullmatch(file)
    if parts is None:
        yield Finding(file=file, line=1, message="not a template's name", hint="write as `overdue.zh.txt` or `overdue.en.html`")
    elif parts[1] == "plain":
        yield Finding(file=file, line=1, message="`plain` is built in", hint="change layout.zh.html and layout.en.html instead")


@functools.lru_cache(maxsize=200)
def _shipped(template: str, language: str) -> tuple[Finding, ...]:
    """Once a process: our own files do not change."""
    return tuple(_template(render.book(()), template, language))


def _template(book: render.Book, template: str, language: str) -> Iterator[Finding]:
    stem = f"{template}.{language}"
    if book.source(f"{stem}.txt") is None:
        other = "en" if language == "zh" else "zh"
        there = book.source(f"{template}.{other}.txt") is not None
        message = f"the {language} text is missing" if there else f"there is no template `{template}`"
        hint = (
            f"add templates/{stem}.txt" if there else f"add templates/{template}.{{zh,en}}.txt, or use one of {', '.join(sorted(names()))}"
        )
        yield Finding(file=f"{stem}.txt", line=1, message=message, hint=hint)
        return
    refused = [finding for part in ("subject", "txt", "html") for finding in _refused(book, stem, part)]
    if refused:
        yield from refused
        return
    for words in (variables.samples(language), variables.blanks(language)):
        try:
            said = book.say(template, language, words)
        except errors.TemplateBroken as exc:
            yield _finding(exc)
            return
        if not said.subject:
            yield Finding(
                file=f"{stem}.txt",
                line=1,
                message="the subject may be empty",
                hint="say something in it that is always there, as {{ programme }}",
            )
        if _MICROS.search(said.subject + said.text + said.html):
            yield Finding(
                file=f"{stem}.txt",
                line=1,
                message="a time is said as a bare number",
                hint="write `{{ due | moment }}` or `{{ overdue | duration }}`",
            )


def _refused(book: render.Book, stem: str, part: str) -> Iterator[Finding]:
    """All that the grammar refuses in one part of a template, not only the first."""
    try:
        tree = book.tree(f"{stem}.{part}")
    except errors.TemplateBroken as exc:
        yield _finding(exc)
        return
    if tree is not None:
        file = f"{stem}.{'html' if part == 'html' else 'txt'}"
        yield from (_finding(broken) for broken in grammar.walk(tree, file))


def _finding(broken: errors.TemplateBroken) -> Finding:
    return Finding(file=broken.file, line=broken.line, message=broken.message, hint=broken.hint)
