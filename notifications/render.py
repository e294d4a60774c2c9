"""IN WHICH WORDS: a template's name, a language and variables become subject, text and HTML. Jinja2 in a sandbox, on the deliver path only.

A programme's own `templates/NAME.{zh,en}.{txt,html}` come first, then those beside this file. The text's first line is `Subject: …`."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType

import css_inline
import jinja2
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment

from config.programme import Live
from notifications import errors, grammar, say, variables

logger = logging.getLogger(__name__)
OWN = Path(__file__).parent / "templates"
LONGEST_MAIL = 400_000
LONGEST_SUBJECT = 250
SMALL = 16_000
"""What is larger (characters of a template, bytes of its code) is not kept for the next programme."""
_TAGS_ONLY = re.compile(r"^[ \t]*((?:(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})[ \t]*)+)$", re.MULTILINE)
_SILENT = "\0"
"""Before a line that consists of tags only, so that it leaves no empty line behind; values cannot contain it, they are cleaned."""
_SILENT_LINE = re.compile(_SILENT + r"[ \t]*(?:\n|$)")
_SUBJECT = re.compile(r"Subject:[ \t]*(\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A mail's words. The subject is one line; `html` is a whole page without anything to be fetched."""

    subject: str
    text: str
    html: str


class Book:
    """The templates of one programme over our own, compiled when first used."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self.templates = dict(templates)
        self.environment = _environment(jinja2.FunctionLoader(self._load))

    def render(self, template: str, language: str, given: Mapping[str, object]) -> Rendered:
        """TemplateBroken if the words cannot be used; a broken template of the programme gives way to ours of that name."""
        words = variables.complete({**given, "language": language})
        try:
            return self.say(template, language, words)
        except errors.TemplateBroken:
            if not (self._of_programme(template, language) and (OWN / f"{template}.{language}.txt").exists()):
                raise
            logger.exception("a programme's template is broken, the built-in one was taken", extra={"template": template})
            return book(()).say(template, language, words)

    def say(self, template: str, language: str, words: Mapping[str, object]) -> Rendered:
        """Render without a net; `words` are complete variables."""
        stem = f"{template}.{language}"
        subject = " ".join(self._run(f"{stem}.subject", words).split())
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self._run(f"{stem}.txt", words).split("\n"))).strip() + "\n"
        if f"{stem}.html" in self.templates or (f"{stem}.txt" not in self.templates and (OWN / f"{stem}.html").exists()):
            html = self._run(f"{stem}.html", words)
        else:
            html = self._run(f"plain.{language}.html", {**words, "subject": subject, "text": text})
        return Rendered(subject=say.short(subject, LONGEST_SUBJECT), text=text, html=_inliner().inline(html))

    def source(self, file: str) -> str | None:
        """The text of a template's file: the programme's, or ours."""
        own = self.templates.get(file)
        if own is not None:
            return own.removeprefix("\ufeff").replace("\r\n", "\n")
        path = OWN / file
        return path.read_text(encoding="utf-8") if path.parent == OWN and path.is_file() else None

    def ours(self, template: str) -> bool:
        """Whether a template is said from the files beside this one only: then it reads alike in every programme."""
        return not {file.split(".")[0] for file in self.templates} & {template, *grammar.LAYOUTS, "plain"}

    def _of_programme(self, template: str, language: str) -> bool:
        return any(file.endswith(f".{language}.html") or file == f"{template}.{language}.txt" for file in self.templates)

    def _load(self, name: str) -> tuple[str, str, None] | None:
        """Jinja's loader: nothing passes that the grammar refuses."""
        file, part = _file(name), self._part(name)
        if part is None:
            return None
        part = _TAGS_ONLY.sub(lambda line: _SILENT + line[1].rstrip(), part)
        also = frozenset({"text", "subject"}) if file.startswith("plain.") else frozenset[str]()
        grammar.guard(_parsed(part, file), file, also)
        return part, file, None

    def tree(self, name: str) -> jinja2.nodes.Template | None:
        """A part of a template as Jinja reads it, not yet held against the grammar; None if there is none."""
        part = self._part(name)
        return None if part is None else _parsed(part, _file(name))

    def _part(self, name: str) -> str | None:
        """`NAME.zh.subject`: a text file's first line; `NAME.zh.txt`: its body, on the same lines; an HTML file as it is."""
        file = _file(name)
        source = self.source(file)
        if source is None or file.endswith(".html"):
            return source
        first, _, rest = source.partition("\n")
        found = _SUBJECT.match(first)
        if found is None:
            raise errors.TemplateBroken(
                file, 1, "a text begins with its subject", "write `Subject: …` in the first line, then an empty line"
            )
        return found[1].strip() if name.endswith(".subject") else "\n" + rest

    def _run(self, name: str, words: Mapping[str, object]) -> str:
        file = _file(name)
        try:
            return _bounded(self.environment.get_template(name), words, file)
        except jinja2.TemplateNotFound as exc:
            raise errors.TemplateBroken(
                str(exc.name), 1, "there is no such template", "add the file to the programme's templates/"
            ) from exc
        except errors.TemplateBroken:
            raise
        except Exception as exc:
            raise errors.TemplateBroken(
                file, _line(exc, file), f"cannot be said: {exc}", "guard what may be empty with `{% if … %}`"
            ) from exc


def render(live: Live, template: str, language: str, given: Mapping[str, object]) -> Rendered:
    """One mail in the programme's words. `given` are variables of `variables.VARIABLES`; what is not given does not apply."""
    return book(tuple(sorted(live.templates.items()))).render(template, language, given)


@lru_cache(maxsize=16)
def book(templates: tuple[tuple[str, str], ...]) -> Book:
    return Book(dict(templates))


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, extra_css=(OWN / "style.css").read_text(encoding="utf-8"))


def _environment(loader: jinja2.BaseLoader | None) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        auto_reload=False,
        bytecode_cache=_KEPT,
    )
    environment.globals.clear()
    environment.filters = {name: made for name, made in environment.filters.items() if name in grammar.FILTERS} | _filters()
    environment.tests = {name: test for name, test in environment.tests.items() if name in grammar.TESTS}
    return environment


def _filters() -> dict[str, object]:
    @jinja2.pass_context
    def moment(context: jinja2.runtime.Context, at: int | None) -> str:
        return say.moment(at, context["language"], context["zone"], context["now"])

    @jinja2.pass_context
    def time(context: jinja2.runtime.Context, at: int | None) -> str:
        return say.clock_time(at, context["zone"])

    @jinja2.pass_context
    def date(context: jinja2.runtime.Context, given: int | str | None) -> str:
        return say.day(given, context["language"], context["zone"])

    @jinja2.pass_context
    def duration(context: jinja2.runtime.Context, micros: int | None) -> str:
        return say.duration(micros, context["language"])

    @jinja2.pass_context
    def words(context: jinja2.runtime.Context, target: str) -> str:
        return say.words(target, context["language"])

    return {"moment": moment, "time": time, "date": date, "duration": duration, "words": words, "short": say.short}


class _Kept(jinja2.BytecodeCache):
    """What this process has compiled: the same words under the same name are the same code, whichever programme has them."""

    most = 300

    def __init__(self) -> None:
        self.code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        inner = [each for each in bucket.code.co_consts if isinstance(each, CodeType)]
        if sum(len(each.co_code) for each in inner) > SMALL:
            return
        if len(self.code) >= self.most:
            self.code.clear()
        self.code[bucket.key, bucket.checksum] = bucket.code


_KEPT = _Kept()


def _parsed(source: str, file: str) -> jinja2.nodes.Template:
    return _parsed_once(source, file) if len(source) <= SMALL else _parsed_anew(source, file)


def _parsed_anew(source: str, file: str) -> jinja2.nodes.Template:
    if len(source) > grammar.LONGEST_SOURCE:
        raise errors.TemplateBroken(file, 1, f"longer than {grammar.LONGEST_SOURCE} characters", "a mail is read on a phone: shorten it")
    try:
        return _environment(None).parse(source)
    except jinja2.TemplateSyntaxError as exc:
        raise errors.TemplateBroken(
            file, exc.lineno, exc.message or "not understood", "variables are `{{ … }}`, conditions `{% if … %}`"
        ) from exc
    except (RecursionError, ValueError) as exc:
        raise errors.TemplateBroken(file, 1, f"not understood: {exc}", "write shorter expressions") from exc


_parsed_once = lru_cache(maxsize=300)(_parsed_anew)


def _file(name: str) -> str:
    return name.removesuffix("subject") + "txt" if name.endswith(".subject") else name


def _bounded(template: jinja2.Template, words: Mapping[str, object], file: str) -> str:
    parts: list[str] = []
    size = 0
    for part in template.generate(words):
        size += len(part)
        if size > LONGEST_MAIL:
            raise errors.TemplateBroken(
                file, 1, f"says more than {LONGEST_MAIL} characters", "shorten what it says in its loop, as in `| short`"
            )
        parts.append(part)
    return variables.clean(_SILENT_LINE.sub("", "".join(parts)))


def _line(exc: BaseException, file: str) -> int:
    """The template's line an error came from, as Jinja notes it in the traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == file]
    return (lines[-1] or 1) if lines else 1
