"""A sentence → a phrase: the pattern it fits with every name in it looked up in the wordbook, or what does not fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from config import moments, sentences, whose
from config.problems import Said
from config.sentences import Kind, Match, Place
from config.wordbook import Wordbook
from config.workflow import FactType

MOMENT = "moment"
_SAID = {
    "person": ("person", "persons", "人员"),
    "who": ("person, role or fact with an address", "persons and roles", "人员或角色"),
    "trigger": ("trigger", "triggers", "操作"),
    "state": ("state", "states", "状态"),
    "clock": ("clock", "clocks", "时限"),
    "fact": ("fact", "facts", "信息项"),
    "category": ("category", "categories", "类别"),
    "unit": ("unit", "units", "单位"),
    "template": ("template", "templates", "模板"),
    "step": ("step", "steps", "步骤"),
    "standing": ("standing of a clock", "standings", "时限状态"),
    "report": ("workflow", "workflows", "流程"),
    "choice": ("choice", "choices", "选项"),
    "schedule": ("schedule", "schedules", "定时任务"),
    "row": ("row of a register", "rows", "登记表条目"),
    "count": ("number", "numbers", "数字"),
    "files": ("number of files", "numbers", "份数"),
    "case": ("linked case", "linked cases", "关联案件"),
    "link": ("link", "links", "关联"),
    "drawn": ("fact that is drawn", "facts that are drawn", "抽取的信息项"),
    "account": ("account", "accounts", "账户"),
    "amount": ("whole number with its unit", "as `5 points`", "数额"),
    MOMENT: ("moment", "moments", "时刻"),
}
_QUOTES = "'\"‘’“”「」『』"
_ITEM = re.compile(r"""(?:"[^"]*"|“[^”]*”|「[^」]*」|[^,，])+""")
_WITHOUT = re.compile(r"(?:without\s+|不填\s*)(.+)", re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,2})\s*(?:张|个|段)?")
_AMOUNT = re.compile(r"([-−]?\d{1,12})\s*(.+)")
_LISTED = re.compile(r"\s*[、,，]\s*|\s+and\s+", re.IGNORECASE)
_FILES = (FactType.PHOTOS, FactType.VIDEOS)
_PUBLIC = re.compile(r"[A-Za-z]+-\d{8}-\d+")
_NONE: whose.Called = {}
_ALL_CASES = frozenset({"report", "case", "案件"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A word that names nothing of its kind; `known` are those that would. `value`: it is what a fact was given."""

    kind: str
    given: str
    known: Collection[str] = ()
    value: bool = False

    @property
    def one(self) -> str:
        return _SAID[self.kind][0]

    @property
    def said(self) -> Said:
        return Said(*_SAID[self.kind][1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A sentence with its names found: person, trigger, clock, state, template, standing and code, as far as the pattern has them.

    `whose`: the way to the case of which it speaks, from the story's first. `who`: names of roles and persons, `reporter`, `tracker`, `fact:NAME`. `facts`: photos and videos by their number, all else as
    written or as the name it means; `without` are those left away on purpose."""

    kind: Kind
    text: str
    names: Mapping[str, str]
    who: tuple[str, ...] = ()
    when: moments.Moment | None = None
    time: moments.Moment | None = None
    facts: Mapping[str, str | int | whose.Step] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    whose: tuple[whose.Step, ...] = ()


def read(text: str, places: tuple[Place, ...], book: Wordbook, called: whose.Called = _NONE) -> Phrase | Misfit | None:
    """The phrase; or the first word that does not fit in the reading that fits best; or None: it is no such sentence at all.

    `called`: the cases that the story has named so far."""
    aside = whose.split(text)
    if aside is None:
        return _plain(text, places, book, called)
    found = whose.find(aside[0], book, called)
    if found is None:
        return Misfit(kind="case", given=bare(aside[0]), known=whose.known(book, called, aside[0]))
    there = tuple(place for place in places if place is not Place.GIVEN)
    readings = [read(aside[1], there, book.beside(flow), called) for flow in found.flows]
    for phrase in readings:
        if isinstance(phrase, Phrase):
            return replace(phrase, text=text, whose=(found.step, *phrase.whose))
    return next((misfit for misfit in readings if misfit is not None), None)


def _plain(text: str, places: tuple[Place, ...], book: Wordbook, called: whose.Called) -> Phrase | Misfit | None:
    best: list[Misfit] | None = None
    for match in sentences.matches(text, places):
        reader = _Reader(book, called)
        phrase = reader.read(text, match)
        if not reader.misfits:
            return phrase
        nothing_fits = len(reader.misfits) > 1 and match.pattern.kind in (Kind.MOVES, Kind.LINK_STATE)
        if not nothing_fits and (best is None or len(reader.misfits) < len(best)):
            best = reader.misfits
    return best[0] if best else None


class _Reader:
    """One way to read a sentence, with what does not fit in it."""

    def __init__(self, book: Wordbook, called: whose.Called) -> None:
        self.book, self.called = book, called
        self.misfits: list[Misfit] = []
        self.names: dict[str, str] = {}
        self.facts: dict[str, str | int | whose.Step] = {}
        self.without: set[str] = set()
        self.whose: tuple[whose.Step, ...] = ()

    def read(self, text: str, match: Match) -> Phrase:
        words, kind = match.words, match.pattern.kind
        who: tuple[str, ...] = ()
        apart = {
            "deed": self.deed, "facts": self.given, "standing": self.standing, "count": self.count, "amount": self.amount, "standing_of": self.link_and_state,
        }  # fmt: skip
        if kind is Kind.LINK_STATE and "link" in words:
            self.linked_state(words["link"], [words["state"]])
            words = {key: word for key, word in words.items() if key not in ("link", "state")}
        for key, word in words.items():
            if key == "who":
                who = tuple(self.who(word))
            elif key in ("code", "name"):
                self.names[key] = bare(word)
            elif key == "report":
                self.report(bare(word), kind, words.get("link"))
            elif key == "fact":
                self.drawn(bare(word))
            elif key in apart:
                apart[key](word if key in ("deed", "facts") else bare(word))
            elif key not in ("when", "time"):
                self.name(key, bare(word), nobody=key == "person" and kind in (Kind.OPENS, Kind.ANOTHER))
        return Phrase(
            kind=kind, text=text, names=self.names, who=who, when=self.moment(words.get("when")), time=self.moment(words.get("time")),
            facts=self.facts, without=frozenset(self.without), whose=self.whose,
        )  # fmt: skip

    def unknown(self, kind: str, word: str) -> Misfit:
        return Misfit(kind=kind, given=word, known=self.book.near(kind, word))

    def moment(self, word: str | None) -> moments.Moment | None:
        found = moments.parse(word) if word is not None else None
        if word is not None and found is None:
            self.misfits.insert(0, Misfit(kind=MOMENT, given=word))
        return found

    def name(self, kind: str, word: str, *, nobody: bool = False) -> None:
        if nobody and word.lower() in sentences.ANONYMOUS:
            return
        found = self.book.find(kind, word)
        if found is None:
            self.misfits.append(self.unknown(kind, word))
        else:
            self.names[kind] = found

    def who(self, word: str) -> Iterator[str]:
        for each in [word] if self.book.find("who", bare(word)) else _LISTED.split(word):
            found = self.book.find("who", bare(each))
            if found is None:
                self.misfits.append(self.unknown("who", bare(each)))
            else:
                yield found

    def standing(self, word: str) -> None:
        spelled = {
            **dict(zip(sentences.STANDINGS.values(), sentences.STANDINGS, strict=True)),
            **{name: name for name in sentences.STANDINGS},
        }
        if word.lower() in spelled:
            self.names["standing"] = spelled[word.lower()]
        else:
            self.misfits.append(Misfit(kind="standing", given=word, known=list(spelled)))

    def count(self, word: str) -> None:
        if word.isascii() and word.isdigit():
            self.names["count"] = str(int(word))
        else:
            self.misfits.append(Misfit(kind="count", given=word, known=("0", "1", "2"), value=True))

    def amount(self, word: str) -> None:
        """`5 points`: how much of which account."""
        found = _AMOUNT.fullmatch(word)
        if found is None:
            self.misfits.append(Misfit(kind="amount", given=word, known=self.book.near("account", word)))
            return
        self.names["amount"] = found[1].replace("−", "-")
        self.name("account", found[2])

    def report(self, word: str, kind: Kind, link: str | None) -> None:
        """Which workflow a case is of: the story's own, any other for another case, that of the link for a linked one."""
        own = self.book.flow.workflow
        found, any_ = self.book.find("report", word), word.casefold() in _ALL_CASES
        flows: Collection[str] = (own,)
        if kind is Kind.ANOTHER:
            flows = self.book.kinds["report"].values()
        elif link is not None:
            flows = self.book.links.get(self.book.find("link", bare(link)) or "", ())
        if any_ and found not in flows:  # a town may have a workflow of that very name
            found = own
        if found is None or (found not in flows and not (link is not None and any_)):
            self.misfits.append(Misfit(kind="report", given=word, known={"report", "case", *flows}))
        elif kind is Kind.ANOTHER:
            self.names["flow"] = found
            self.book = self.book.beside(found)

    def drawn(self, word: str) -> None:
        """A fact that the engine draws: of this case, or of one that may come of it."""
        books = self._kindred()
        for book in books:
            facts, found = book.flow.facts, book.find("fact", word)
            if found in facts and facts[found].drawn is not None:
                self.names |= {"flow": book.flow.workflow, "fact": found}
                return
        known = [name for book in books for name, fact in book.flow.facts.items() if fact.drawn is not None]
        self.misfits.append(Misfit(kind="drawn", given=word, known=known))

    def _kindred(self) -> list[Wordbook]:
        """The books of this case and of all that are linked to it, and to those, the nearest first."""
        books = {self.book.flow.workflow: self.book}
        waiting = [self.book]
        for book in waiting:
            fresh = dict.fromkeys(flow for flows in book.links.values() for flow in flows if flow not in books)
            books |= {flow: book.beside(flow) for flow in fresh}
            waiting += (books[flow] for flow in fresh)
        return list(books.values())

    def linked_state(self, case: str, states: list[str]) -> None:
        """`meeting 2 is decided`: in which state linked cases are."""
        found = whose.find(bare(case), self.book, self.called)
        if found is None:
            self.misfits.append(Misfit(kind="case", given=bare(case), known=whose.known(self.book, self.called, case)))
        books = [self.book.beside(flow) for flow in found.flows] if found is not None else [self.book]
        state = next((named for book in books for each in states if (named := book.find("state", bare(each))) is not None), None)
        if state is None:
            self.misfits.append(
                Misfit(kind="state", given=bare(states[0]), known=frozenset().union(*(b.near("state", states[0]) for b in books)))
            )
        elif found is not None:
            self.whose, self.names["state"] = (found.step,), state

    def link_and_state(self, word: str) -> None:
        """The same in Chinese, where nothing stands between the two."""
        ways = [(word[:cut], word[cut:]) for cut in range(len(word) - 1, 0, -1)]
        for case, state in ways:
            found = whose.find(bare(case), self.book, self.called)
            if found is not None and any(self.book.beside(flow).find("state", state) for flow in found.flows):
                self.linked_state(case, [state])
                return
        case, state = next((way for way in ways if whose.find(bare(way[0]), self.book, self.called) is not None), (word, ""))
        self.linked_state(case, [state])

    def deed(self, word: str) -> None:
        """Who does what, where nothing stands between the two."""
        people = [(len(spelled), self.book.kinds["person"][spelled]) for spelled in _fronts(word, self.book.spellings("person"))]
        for length, person in people:
            trigger = self.book.find("trigger", word[length:])
            if trigger is not None:
                self.names |= {"person": person, "trigger": trigger}
                return
        if people:
            self.misfits.append(self.unknown("trigger", word[people[0][0] :].strip()))
            return
        first, _, rest = word.partition(" ")
        ends = [spelled for spelled in self.book.spellings("trigger") if word.casefold().endswith(spelled)]
        if ends and not rest:
            first, rest = word[: -max(map(len, ends))], max(ends, key=len)
        self.misfits.append(self.unknown("person", first))
        if self.book.find("trigger", rest) is None:
            self.misfits.append(self.unknown("trigger", rest))

    def given(self, words: str) -> None:
        for item in (each.strip() for each in _ITEM.findall(words)):
            without = _WITHOUT.fullmatch(item)
            spelled = next(_fronts(without[1] if without else item, self.book.spellings("fact")), None)
            if spelled is None:
                first = item.split()[0] if item.split() else item
                self.misfits.append(self.unknown("fact", without[1] if without else first))
            elif without:
                self.without.add(self.book.kinds["fact"][spelled])
            else:
                fact = self.book.kinds["fact"][spelled]
                self.facts[fact] = self.value(fact, bare(item[len(spelled) :].strip().lstrip("=＝:：").strip()))

    def value(self, fact: str, word: str) -> str | int | whose.Step:
        """A fact's value as the engine takes it."""
        kind, defined = self.book.kind_of(fact), self.book.flow.facts.get(fact)
        type_ = defined.type if defined is not None else None
        if type_ in _FILES:
            count = _COUNT.fullmatch(word)
            if count is None or int(count[1]) == 0:
                self.misfits.append(Misfit(kind="files", given=word, known=("1", "2"), value=True))
            return int(count[1]) if count else 0
        if type_ is FactType.CASE and not _PUBLIC.fullmatch(word):
            found_case = whose.find(word, self.book, self.called)
            if found_case is None:
                self.misfits.append(Misfit(kind="case", given=word, known=whose.known(self.book, self.called, word), value=True))
            return found_case.step if found_case is not None else word
        known = (
            self.book.choices[fact] if type_ in (FactType.CHOICE, FactType.ENTRY) else self.book.kinds[kind] if kind is not None else None
        )
        if known is None:
            return word
        found = known.get(word.casefold())
        if found is None:
            self.misfits.append(Misfit(kind=kind or "choice", given=word, known=sorted(set(known.values())), value=True))
        return found or word


def bare(word: str) -> str:
    """Without the quotes around it."""
    return word.strip().strip(_QUOTES).strip()


def _fronts(text: str, spellings: Collection[str]) -> Iterator[str]:
    """The spellings with which a text begins, the longest first; a word of letters is not cut in two."""
    for spelled in sorted(spellings, key=lambda each: (-len(each), each)):
        if text[: len(spelled)].casefold() == spelled:
            after = text[len(spelled) : len(spelled) + 1]
            if not (_letter(after) and _letter(spelled[-1])):
                yield spelled


def _letter(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "-_") and character != ""
