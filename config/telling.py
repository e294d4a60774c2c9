"""A file of stories → tales: every sentence understood, every name looked up, every moment dated. What cannot be understood is a
problem at its line and column; a tale is told only if all of it is understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from config import landscape, moments, phrases, problems, sentences, whose, wordbook
from config.phrases import Misfit, Phrase
from config.problems import Path, Problem, Said, Saying
from config.programme import Programme
from config.reading import Part
from config.sentences import Kind, Place
from config.source import Source
from config.stories import Stories, Story

NOT_A_SENTENCE = Saying(
    "not-a-sentence",
    "`{given}` is no sentence that can stand under `{place}`",
    "the nearest is `{pattern}`, as in `{example}`; docs/definition-tests.md lists all",
    "`{place}` 下不能写 `{given}`",
    "最接近的句式是 `{pattern}`，如 `{example}`；全部句式见 docs/definition-tests.md",
)
UNKNOWN_WORD = Saying("unknown-word", "no {kind} is called `{name}`", "{near}", "没有叫 `{name}` 的{kind}", "{near}")
BAD_MOMENT = Saying(
    "not-a-time",
    "`{given}` is not a moment that can be reckoned with",
    "write as `at 23:50`, `at 2026-02-16 23:50`, `10 minutes later` or `the next day at 08:00`, between 2000 and 2199",
    "`{given}` 不是可用的时刻",
    "请写成 `23:50`、`2026-02-16 23:50`、`10 分钟后` 或 `次日 08:00`，年份在 2000 至 2199 之间",
)
BAD_VALUE = Saying("wrong-fact", "`{name}` is no {kind}", "{near}", "`{name}` 不是{kind}", "{near}")
NO_DATE = Saying(
    "no-date",
    "the day on which the story begins is not said",
    "write the date too, as `at 2026-02-16 23:50`",
    "没有写明故事从哪一天开始",
    "请写上日期，如 `2026-02-16 23:50`",
)
NO_OPENING = Saying(
    "no-opening",
    "a story begins with a case being opened",
    "let `given` begin as `{pattern}`, and open no second case",
    "故事应从登记一个案件开始",
    "请让 `given` 的第一句为 `{pattern}`，且不再登记第二个案件",
)
GOES_BACK = Saying(
    "goes-back",
    "`{given}` is {at}, which is before {since}",
    "tell what is done in the order in which it happens",
    "`{given}` 是 {at}，早于 {since}",
    "请按发生的先后顺序写",
)
NAME_TAKEN = Saying(
    "name-taken",
    "`{name}` already calls another case of this story",
    "call the case by a name that no link, schedule or other case has",
    "`{name}` 已指本故事的另一件案件",
    "请换一个关联、定时任务和其他案件都没有用的名称",
)
NO_SUCH_WORKFLOW = landscape.UNKNOWN["workflow"]
_LATEST = 7_258_118_400_000_000
"""2200-01-01: calendars are reckoned no further."""
_LISTS = ((), ("given",), ("when",), ("then",))
_BEFORE = (Kind.OWNS, Kind.DRAWN, Kind.NOT_DRAWN)
"""What may stand anywhere under `given`: it is so before the case is opened."""
_STANDS_ASIDE = (Kind.BY, Kind.NOT_UNTIL)
"""What tells of a whole stretch of time does not move the story on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence understood. `at`: the moment it speaks of, in UTC microseconds (of what it forbids or asks always: the last);
    `time`: the second moment of `CLOCK is due at TIME`."""

    phrase: Phrase
    at: int
    time: int | None
    line: int
    column: int

    @property
    def kind(self) -> Kind:
        return self.phrase.kind

    @property
    def text(self) -> str:
        return self.phrase.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """A story that can be lived through: what stands `before` it (what people own, how draws fall), then opened, then `acts` in their order, up to `until`; `checks` must hold."""

    name: str
    file: str
    line: int
    flow: str
    opening: Sentence
    before: tuple[Sentence, ...]
    acts: tuple[Sentence, ...]
    checks: tuple[Sentence, ...]
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A file's tales, in its order, and the problems of those that are missing."""

    tales: tuple[Tale, ...]
    problems: tuple[Problem, ...]


def tell(part: Part, whole: Programme, templates: frozenset[str]) -> Told:
    """Understand a file that fits in shape. `templates`: the names that ship with the engine."""
    value = part.fitted.value
    if not isinstance(value, Stories):
        return Told(tales=(), problems=())
    flow = whole.workflows.get(value.tests)
    if flow is None:
        near = problems.near(value.tests, list(whole.workflows), Said("workflows", "流程"))
        found = part.source.problem(NO_SUCH_WORKFLOW, ("tests",), name=value.tests, near=near)
        return Told(tales=(), problems=(found,))
    own = {name.split(".", 1)[0] for name in whole.templates}
    book = wordbook.of(whole, flow, templates | own)
    tales, wrong = [], list[Problem]()
    for index, story in enumerate(value.stories):
        place = part.fitted.origin(("stories", index))
        gone = [path[len(place) :] for path in part.fitted.gone if path[: len(place)] == place]
        if any(path[:1] in _LISTS for path in gone):
            continue  # without one of its sentences the others would mean something else
        teller = _Teller(source=part.source, place=place, book=book, zone=whole.programme.time_zone)
        tale = teller.tell(story)
        wrong += teller.found
        if tale is not None and not teller.found and not gone:
            tales.append(tale)
    return Told(tales=tuple(tales), problems=tuple(wrong))


@dataclass(slots=True)
class _Teller:
    """One story: goes through its sentences in order and keeps where in time it is."""

    source: Source
    place: Path
    book: wordbook.Wordbook
    zone: str
    found: list[Problem] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    """What the story calls its cases, with their workflows."""

    def tell(self, story: Story) -> Tale | None:
        self.called = {whose.FIRST: self.book.flow.workflow}
        given = list(self.read("given", story.given, (Place.GIVEN, Place.WHEN)))
        done = list(self.read("when", story.when, (Place.WHEN,)))
        asked = list(self.read("then", story.then, (Place.THEN,)))
        standing = [(phrase, path) for phrase, path in given if phrase.kind in _BEFORE]
        given = [(phrase, path) for phrase, path in given if phrase.kind not in _BEFORE]
        opening = self.opening([phrase for phrase, _ in given])
        if opening is None or self.found:
            return None
        before = tuple(self.sentence(phrase, path, opening.at) for phrase, path in standing)
        acts = self.acts(opening.at, [*given[1:], *done])
        last = acts[-1].at if acts else opening.at
        checks, end = self.checks(opening.at, last, asked)
        line, _ = self.source.position(self.place)
        doing = tuple(act for act in acts if act.kind is not Kind.NOTHING)
        return Tale(
            name=story.story, file=self.source.file, line=line, flow=self.book.flow.workflow, opening=opening, before=before, acts=doing, checks=checks, until=max(last, end)
        )  # fmt: skip

    def read(self, key: str, texts: Sequence[str], places: tuple[Place, ...]) -> Iterator[tuple[Phrase, Path]]:
        """The sentences of a list that can be understood, each with its place in the file."""
        for index, text in enumerate(texts):
            path = (*self.place, key, index) if self.source.knows((*self.place, key, index)) else (*self.place, key)
            phrase = phrases.read(text, places, self.book, self.called)
            if isinstance(phrase, Phrase):
                self.name(phrase, path)
                yield phrase, path
            else:
                self.say(text, phrase, key, places, path)

    def name(self, phrase: Phrase, path: Path) -> None:
        """Another case gets its name, by which the sentences after it may call it."""
        if phrase.kind is Kind.ANOTHER:
            name = phrase.names["name"]
            if whose.taken(name, self.book, self.called):
                self.found.append(self.source.problem(NAME_TAKEN, path, name=problems.shown(name)))
            self.called[name] = phrase.names["flow"]

    def opening(self, given: Sequence[Phrase]) -> Sentence | None:
        path = (*self.place, "given")
        if not given or given[0].kind not in sentences.OPENINGS or any(phrase.kind in sentences.OPENINGS for phrase in given[1:]):
            if not self.found:
                self.found.append(self.source.problem(NO_OPENING, path, pattern=sentences.TABLE[0].en))
            return None
        when = given[0].when
        if when is None or not when.dated:
            self.found.append(self.source.problem(NO_DATE, path))
            return None
        return self.sentence(given[0], path, moments.instant(when, self.zone, after=0, since=0))

    def acts(self, opened: int, phrases_: Sequence[tuple[Phrase, Path]]) -> list[Sentence]:
        told, now = list[Sentence](), opened
        for phrase, path in phrases_:
            said = phrase.when or phrase.time
            at = self.moment(said, phrase, path, after=now, since=now) if said is not None else now
            if at < now:
                self.back(phrase, path, at, now)
            now = max(now, at)
            told.append(self.sentence(phrase, path, now))
        return told

    def checks(self, opened: int, last: int, phrases_: Sequence[tuple[Phrase, Path]]) -> tuple[tuple[Sentence, ...], int]:
        """A time of day is the first since the sentence before (the first sentence: since the opening); what has no moment, or comes
        some time later, is counted from the sentence before (the first: from the last act)."""
        told, since, after, end = list[Sentence](), last, opened, last
        for phrase, path in phrases_:
            at = self.moment(phrase.when, phrase, path, after=after, since=since) if phrase.when is not None else since
            time = None
            if phrase.time is not None:
                time = self.moment(phrase.time, phrase, path, after=after if phrase.when is None else at, since=at)
                at = at if phrase.kind is Kind.DUE else time
            if at < opened:
                self.back(phrase, path, at, opened)
                at = opened
            if phrase.kind not in _STANDS_ASIDE and (phrase.when is not None or phrase.kind is Kind.BREACHES):
                since = after = at
            end = max(end, at)
            told.append(self.sentence(phrase, path, at, time))
        return tuple(told), end

    def moment(self, said: moments.Moment, phrase: Phrase, path: Path, *, after: int, since: int) -> int:
        at = moments.instant(said, self.zone, after=after, since=since)
        if at >= _LATEST:
            self.found.append(self.source.problem(BAD_MOMENT, path, given=problems.shown(phrase.text)))
            return since
        return at

    def sentence(self, phrase: Phrase, path: Path, at: int, time: int | None = None) -> Sentence:
        line, column = self.source.position(path)
        return Sentence(phrase=phrase, at=at, time=time, line=line, column=column)

    def back(self, phrase: Phrase, path: Path, at: int, since: int) -> None:
        there, before = moments.written(at, self.zone), moments.written(since, self.zone)
        self.found.append(self.source.problem(GOES_BACK, path, given=problems.shown(phrase.text), at=there, since=before))

    def say(self, text: str, misfit: Misfit | None, key: str, places: tuple[Place, ...], path: Path) -> None:
        """What is wrong with a sentence that was not understood."""
        bare = whose.bare(text)
        mistimed = sentences.mistimed(bare) or (misfit.given if misfit is not None and misfit.kind == phrases.MOMENT else None)
        if mistimed is not None:
            self.found.append(self.source.problem(BAD_MOMENT, path, given=problems.shown(mistimed)))
        elif misfit is None:
            pattern, language = sentences.nearest(bare, places)
            shown, example = (pattern.zh, pattern.example_zh) if language == "zh" else (pattern.en, pattern.example)
            given = problems.shown(text, 80)
            self.found.append(self.source.problem(NOT_A_SENTENCE, path, given=given, place=key, pattern=shown, example=example))
        else:
            saying = BAD_VALUE if misfit.value else UNKNOWN_WORD
            near = problems.near(misfit.given, misfit.known, misfit.said)
            one = Said(misfit.one, misfit.said.zh)
            self.found.append(self.source.problem(saying, path, name=problems.shown(misfit.given), kind=one, near=near))
