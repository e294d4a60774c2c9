"""Which cases a tale is about: its first, those it names, and whatever hangs together with them; and the words by which it calls them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from config import whose
from config.whose import Way
from engine import draft, errors, history


class NoSuchCase(errors.EngineError):
    """Nothing is linked in the way that a sentence goes."""

    code = "no-such-case"

    def __init__(self, said: str) -> None:
        super().__init__(f"there is no case that is {said} at this moment", f"此刻没有案件“{said}”")


class WhichCase(errors.EngineError):
    """Several cases are linked in the way that a sentence goes, and one must act."""

    code = "which-case"

    def __init__(self, said: str, count: int) -> None:
        super().__init__(
            f"{count} cases are {said}; say which, as `in {said} 1, …`", f"“{said}”有 {count} 件，请写明哪一件，如 `在{said} 1 中：…`"
        )


class Cast:
    """Learns from histories as they are written. Links that were cut keep their places, so that `meeting 2` is always the same case."""

    def __init__(self, scheduled: Collection[str] = ()) -> None:
        """`scheduled`: the schedules whose cases the tale speaks of."""
        self._scheduled = scheduled
        self._called: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._linked: dict[tuple[int, str], list[int]] = {}
        self._openers: dict[int, list[int]] = {}
        self._came: dict[str, list[int]] = {}
        self._way: dict[int, tuple[int | None, str]] = {}
        """How each case was first come to: from which, by which word."""

    def call(self, name: str, case: int) -> None:
        self._called[name] = case

    @property
    def first(self) -> int:
        return self._called[whose.FIRST]

    def learn(self, rows: Iterable[tuple[Any, ...]], cases: Mapping[int, draft.Draft]) -> None:
        """Take up who opened, joined and was opened by what. A case's entry may come before that of its opener."""
        told = [(row[history.CASE], row[history.DETAIL]) for row in rows if row[history.KIND] in ("open", "move")]
        for case, _ in told:
            if case in cases:
                self._numbers.setdefault(cases[case].number, case)
        for case, detail in told:
            kept = orjson.loads(detail) if detail else {}
            if "opener" in kept:
                number, link = kept["opener"]
                self._link(number, link, case)
            if "schedule" in kept:
                schedule = kept["schedule"]["name"]
                self._came.setdefault(schedule, []).append(case)
                self._way.setdefault(case, (None, schedule))
            for link, number in kept.get("joined", ()):
                self._link(number, link, case)

    def _link(self, number: str, link: str, case: int) -> None:
        opener = self._numbers[number]
        there = self._linked.setdefault((opener, link), [])
        if case not in there:
            there.append(case)
            self._openers.setdefault(case, []).append(opener)
            self._way.setdefault(case, (opener, link))

    def has(self, case: int, past: frozenset[int] = frozenset()) -> bool:
        """Whether the tale is about a case."""
        if case in self._called.values() or any(case in self._came.get(name, ()) for name in self._scheduled):
            return True
        return any(opener not in past and self.has(opener, past | {case}) for opener in self._openers.get(case, ()))

    def find(self, way: Sequence[whose.Step], since: int | None = None) -> list[int]:
        """The cases to which steps lead, from the first case or another."""
        found = [self.first if since is None else since]
        for step in way:
            found = list(dict.fromkeys(case for base in found for case in self._step(base, step)))
        return found

    def _step(self, base: int, step: whose.Step) -> list[int]:
        if step.way is Way.CALLED:
            return [self._called[step.name]] if step.name in self._called and step.number in (None, 1) else []
        found = {
            Way.LINK: self._linked.get((base, step.name), []),
            Way.OPENER: self._openers.get(base, []),
            Way.SCHEDULE: self._came.get(step.name, []),
        }[step.way]
        return found if step.number is None else found[step.number - 1 : step.number]

    def one(self, way: Sequence[whose.Step], since: int | None = None) -> int:
        """The one case that is to act or be named. Raises NoSuchCase or WhichCase."""
        found = self.find(way, since)
        if not found:
            raise NoSuchCase(said(way))
        if len(found) > 1:
            raise WhichCase(said(way), len(found))
        return found[0]

    def label(self, case: int) -> str:
        """What the course calls a case; nothing for the first."""
        return "/".join(self._labels(case))

    def _labels(self, case: int) -> Iterator[str]:
        for name, called in self._called.items():
            if called == case:
                if name != whose.FIRST:
                    yield name
                return
        opener, word = self._way.get(case, (None, str(case)))
        beside = self._came.get(word, [case]) if opener is None else self._linked[opener, word]
        if opener is not None:
            yield from self._labels(opener)
        yield word if len(beside) < 2 else f"{word} {beside.index(case) + 1}"


def said(way: Sequence[whose.Step]) -> str:
    """`twin/meeting 2`"""
    return "/".join(step.name if step.number is None else f"{step.name} {step.number}" for step in way)
