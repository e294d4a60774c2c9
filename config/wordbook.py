"""The words by which a story may call what a workflow and its folder name: the name itself, or its title in either language.

A title that two things share calls neither. Triggers may be conjugated as English does: `classifies`, `hands over`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from config import effects, kin, robots, words, workflow
from config.points import Account
from config.programme import Programme
from config.workflow import FactType, Workflow

REPORTER, TRACKER = workflow.SPECIAL
_BRACKETS = re.compile(r"\s*[（(][^（）()]*[）)]\s*$")
_SPECIAL = {REPORTER: ("上报人",), TRACKER: ("专人", "跟踪专人")}
_OPENER = {effects.OPENER: ("the opener", "来源案件", "发起案件")}
STEP = "step"
"""Beside the facts: which step of a checklist a move ticks."""
_PEOPLE = (FactType.CONTACT, FactType.PERSON, FactType.UNIT)
_NAMED = {FactType.CATEGORY: "category", FactType.UNIT: "unit", FactType.PERSON: "person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordbook:
    """Per kind of thing: spelling (lower case) → name. `choices` is the same for each fact of type choice or entry.

    `links`, `openers` and `schedules` say of which workflows the cases are that these bring; `beside` is the book of another workflow."""

    flow: Workflow
    kinds: Mapping[str, Mapping[str, str]]
    choices: Mapping[str, Mapping[str, str]]
    links: Mapping[str, tuple[str, ...]]
    openers: tuple[str, ...]
    schedules: Mapping[str, str]
    beside: Callable[[str], Wordbook]

    def find(self, kind: str, spelled: str) -> str | None:
        return self.kinds[kind].get(_plain(spelled))

    def spellings(self, kind: str) -> frozenset[str]:
        return frozenset(self.kinds[kind])

    def near(self, kind: str, spelled: str) -> frozenset[str]:
        """What exists, for who spelled it wrong: the names, and the title that is most like what he wrote."""
        names = frozenset(name.removeprefix(workflow.FACT).removeprefix(robots.ROBOT) for name in self.kinds[kind].values())
        return names | frozenset(difflib.get_close_matches(_plain(spelled[:80]), self.kinds[kind], n=1, cutoff=0.6))

    def kind_of(self, fact: str) -> str | None:
        """The kind of name that a fact's value is: category, unit, person, step; None for what is no name."""
        if fact not in self.flow.facts:
            return STEP
        return _NAMED.get(self.flow.facts[fact].type)


def of(whole: Programme, flow: Workflow, templates: Iterable[str]) -> Wordbook:
    """`templates` are the names of the words that can be sent, the folder's own among them."""
    return _Shelf(whole, tuple(templates)).book(flow.workflow)


class _Shelf:
    """The books of a folder's workflows; each is made when it is first asked for."""

    def __init__(self, whole: Programme, templates: Iterable[str]) -> None:
        self._whole, self._templates = whole, templates
        self._books: dict[str, Wordbook] = {}

    def book(self, flow: str) -> Wordbook:
        found = self._books.get(flow)
        if found is None:
            found = self._books[flow] = _made(self._whole, self._whole.workflows[flow], self._templates, self.book)
        return found


def _made(whole: Programme, flow: Workflow, templates: Iterable[str], beside: Callable[[str], Wordbook]) -> Wordbook:
    people, roles = whole.people.people, whole.people.roles
    persons = _spelled({name: (person.name,) for name, person in people.items()})
    who = _spelled({name: _both(role.title) for name, role in roles.items()} | dict(_SPECIAL))
    heard = {name: fact for name, fact in flow.facts.items() if fact.type in _PEOPLE}
    facts = {
        spelling: workflow.FACT + name for spelling, name in _spelled({name: _both(fact.title) for name, fact in heard.items()}).items()
    }
    spelled_groups = _spelled({name: _both(robot.title) for name, robot in whole.robots.robots.items()})
    groups = {spelling: robots.ROBOT + name for spelling, name in spelled_groups.items()}
    links = {name: tuple(sorted(flows)) for name, flows in kin.linked(flow, whole.workflows).items() if flows}
    return Wordbook(
        flow=flow,
        kinds={
            "person": persons,
            "who": groups | facts | persons | who,
            "trigger": _spelled(
                {name: (*third_person(name), *(_both(rule.title) if rule.title else ())) for name, rule in flow.transitions.items()}
            ),
            "state": _spelled({name: _both(state.title) for name, state in flow.states.items()}),
            "clock": _spelled({name: _both(clock.title) for name, clock in flow.clocks.items()}),
            "fact": _spelled({name: _both(fact.title) for name, fact in flow.facts.items()} | _stepping(flow)),
            "step": _spelled({name: _both(step.title) for plan in whole.plans.plans.values() for name, step in plan.steps.items()}),
            "category": _spelled({name: _both(category.title) for name, category in whole.categories.categories.items()}),
            "unit": _spelled({name: _both(unit.title) for name, unit in whole.units.units.items()}),
            "schedule": _spelled({name: _both(schedule.title) for name, schedule in whole.schedules.schedules.items()}),
            "row": _spelled(_rows(whole, flow)),
            "template": _spelled(dict.fromkeys(templates, ())),
            "link": _spelled({name: _titled(whole, flows) for name, flows in links.items()}),
            "opener": _spelled(_OPENER),
            "report": _spelled({name: _both(other.title) for name, other in whole.workflows.items()}),
            "account": _spelled({name: _counted(account) for name, account in whole.points.accounts.items()}),
        },
        choices={name: _spelled(_values(whole, fact)) for name, fact in flow.facts.items()},
        links=links,
        openers=tuple(sorted(kin.openers(flow, whole.workflows))),
        schedules={name: schedule.opens for name, schedule in whole.schedules.schedules.items() if schedule.opens in whole.workflows},
        beside=beside,
    )


def _titled(whole: Programme, flows: tuple[str, ...]) -> tuple[str, ...]:
    """What cases of a link may be called where all of them are of one workflow."""
    return _both(whole.workflows[flows[0]].title) if len(flows) == 1 else ()


def _values(whole: Programme, fact: workflow.Fact) -> dict[str, tuple[str, ...]]:
    """What a choice or an entry may be, with what people read."""
    if fact.type is not FactType.ENTRY:
        return {key: _labels(label) for key, label in (fact.choices or {}).items()}
    return _titles(whole, fact.register_ or "")


def _rows(whole: Programme, flow: Workflow) -> dict[str, tuple[str, ...]]:
    """The rows for which schedules open cases of a workflow."""
    by = {one.for_each.register_ for one in whole.schedules.schedules.values() if one.for_each is not None and one.opens == flow.workflow}
    return {row: titles for name in sorted(by) for row, titles in _titles(whole, name).items()}


def _titles(whole: Programme, name: str) -> dict[str, tuple[str, ...]]:
    """The rows of a register, with what people call them."""
    register = whole.registers.get(name)
    titles = {row: register.titled(row) for row in register.rows} if register is not None else {}
    return {row: _both(title) if title is not None else () for row, title in titles.items()}


def _stepping(flow: Workflow) -> dict[str, tuple[str, ...]]:
    """What a move that ticks comes with, where there is one."""
    return {STEP: ("步骤",)} if any(rule.ticks is not None for rule in flow.transitions.values()) else {}


def third_person(trigger: str) -> tuple[str, ...]:
    """`hand_over` → `hands_over`, `hands over`, `hand over`."""
    first, *rest = trigger.split("_")
    if first.endswith("y") and first[-2:-1] not in "aeiou":
        says = f"{first[:-1]}ies"
    else:
        says = f"{first}es" if first.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{first}s"
    return ("_".join((says, *rest)), " ".join((says, *rest)), " ".join((first, *rest)))


def _both(title: words.Text) -> tuple[str, ...]:
    """A title in both languages; of `照片（取证）` the part before the brackets too."""
    return (title.zh, title.en, *(_BRACKETS.sub("", each) for each in (title.zh, title.en)))


def _counted(account: Account) -> tuple[str, ...]:
    """An account by its title or its unit; `1 point` as well as `5 points`."""
    return (*_both(account.title), account.unit.zh, account.unit.en, account.unit.en.removesuffix("s"))


def _labels(label: words.Text | str) -> tuple[str, ...]:
    return _both(label) if isinstance(label, words.Text) else (label,)


def _plain(spelled: str) -> str:
    return " ".join(spelled.split()).casefold()


def _spelled(things: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """A thing's own name is always its own; a title only if it calls one thing."""
    titles: dict[str, set[str]] = {}
    for name, spellings in things.items():
        for spelling in spellings:
            titles.setdefault(_plain(spelling), set()).add(name)
    clear = {spelling: next(iter(names)) for spelling, names in titles.items() if len(names) == 1}
    return clear | {_plain(name): name for name in things}
