"""What a mail may say of a case: the variables of its template, taken from the history up to the entry that the message belongs to.

Names of riders and residents are not among them: identity stays with those who may see it (`engine.views`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from config.robots import ROBOT
from config.words import Text
from config.workflow import FactType
from engine import catalog, checklists, draft, eras, history, registers, secrecy
from engine import facts as kept
from engine import now as times
from notifications import compose, recipients, say
from sla import clocks

MINUTE = 60_000_000
"""Less than this past its deadline, a clock is said to be due, not overdue."""
_KEPT_AS: Mapping[FactType, type] = {
    FactType.CATEGORY: str,
    FactType.CHOICE: str,
    FactType.ENTRY: str,
    FactType.POINT: dict,
    FactType.PHOTOS: list,
    FactType.VIDEOS: list,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One message and what it is about: the case, its whole history, and the entry (by number) that told."""

    case: draft.Draft
    entries: Sequence[tuple[Any, ...]]
    seq: int
    kind: str
    recipient: str
    language: str
    now: int
    link: str
    code: str = ""
    """The code to answer with, where the message asks, and the link that has it: the mail's one link then."""
    answer_link: str = ""

    @property
    def entry(self) -> tuple[Any, ...]:
        return self.entries[self.seq - 1]

    @property
    def detail(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.entry[history.DETAIL]) if self.entry[history.DETAIL] else {}
        return found

    @property
    def compiled(self) -> catalog.Compiled:
        """The definition of the era in which the entry was written."""
        return eras.compiled_at(self.case, self.seq)

    @property
    def hides(self) -> frozenset[str]:
        """The facts that the recipient may not see."""
        return secrecy.hidden(self.case, self.recipient)

    def facts(self) -> dict[str, Any]:
        """The facts as they stood when the entry was written, without those that the recipient may not see; for a group, those that somebody
        without any part in the case sees."""
        known: dict[str, Any] = {}
        for row in self.entries[: self.seq]:
            known.update(orjson.loads(row[history.FACTS]))
        if self.recipient.startswith(ROBOT):
            known = {name: value for name, value in secrecy.unprivileged(known).items() if value != secrecy.HIDDEN}
        return {name: known[name] for name in known.keys() - hides} if (hides := self.hides) else known

    def said(self, text: Text | str) -> str:
        return text.say(self.language) if isinstance(text, Text) else text


def variables(about: Subject, recipient_name: str) -> dict[str, object]:
    """Everything that applies to this message, by the names of notifications.variables.VARIABLES."""
    case, town = about.case, about.case.town.live
    facts = about.facts()
    words: dict[str, object] = {
        "zone": about.compiled.zone,
        "now": about.now,
        "programme": about.said(town.programme.title),
        "recipient": recipient_name,
        "link": about.link,
        "number": case.number,
        "workflow": about.said(about.compiled.workflow.title),
        "urgent": compose.is_urgent(case.town.people, facts),
        "state": about.said(about.compiled.workflow.states[about.entry[history.TO]].title),
        "opened": case.opened_at,
        "at": about.entry[history.AT],
        "others": _others(about),
    }
    words |= _of_facts(about, facts)
    words |= _of_plan(about, facts) if _helps(about) else {}
    words |= _of_move(about) if about.kind == "notice" else {}
    words |= _of_answer(about)
    clock = about.detail.get("clock")
    if clock is not None:
        words |= _of_clock(about, clock)
    return words


def _of_answer(about: Subject) -> dict[str, object]:
    """How to answer, where it is asked; why a case was not reopened, where that was asked for."""
    if about.code:
        return {"answer_code": about.code, "link": about.answer_link, "answer_until": about.detail["until"]}
    if about.entry[history.KIND] == "refused" and "answer" in about.detail:
        return {"refusal": about.detail["zh"] if about.language == "zh" else about.detail["message"]}
    return {}


def pictures(about: Subject) -> tuple[str, ...]:
    """The photos that a mail may show, by their hashes: those of the facts that its template may speak of, the result's first."""
    facts, flow = about.facts(), about.compiled.workflow
    listed = [
        (name, facts[name]) for name, fact in flow.facts.items() if fact.type is FactType.PHOTOS and isinstance(facts.get(name), list)
    ]
    shown = [digest for result in (True, False) for name, value in listed if name.startswith("result") is result for digest in value]
    return tuple(dict.fromkeys(shown))


def _picture(about: Subject, digest: str, *, result: bool) -> dict[str, str]:
    zh, en = ("处置后照片", "Photo of the result") if result else ("照片", "Photo")
    return {"src": f"cid:{digest}", "said": zh if about.language == "zh" else en}


def item(about: Subject) -> dict[str, object]:
    """A case as one line of a digest."""
    words = {**_of_facts(about, about.facts()), **_of_clock(about, about.detail["clock"])}
    keys = ("category", "description", "place", "clock", "due", "overdue", "remaining")
    return {
        **{key: words.get(key, None if key in ("due", "overdue", "remaining") else "") for key in keys},
        "number": about.case.number,
        "workflow": about.said(about.compiled.workflow.title),
        "state": about.said(about.compiled.workflow.states[about.entry[history.TO]].title),
        "link": about.link,
    }


def _of_facts(about: Subject, facts: Mapping[str, Any]) -> dict[str, object]:
    """What the facts say, found by their types where a name is the admin's own choice."""
    flow, definition = about.compiled.workflow, about.compiled.definition
    words: dict[str, object] = {}
    for name in ("description", "place", "reason", "result", "review_on"):
        if isinstance(facts.get(name), str):
            words[name] = facts[name]
    for name, fact in flow.facts.items():
        value = facts.get(name)
        if value is None or (isinstance(value, dict) and kept.PERSONAL in value):
            continue
        fits = isinstance(value, _KEPT_AS.get(fact.type, ()))  # else a fact of that name was another in an earlier era
        kind = fact.type if fits else None
        if kind is FactType.CATEGORY and value in definition.categories.categories:
            words["category"] = about.said(definition.categories.categories[value].title)
        elif kind is FactType.CHOICE and name == "urgency":
            words["urgency"] = about.said((fact.choices or {}).get(value, value))
        elif kind is FactType.ENTRY and not isinstance(facts.get("place"), str):
            title = registers.titled(about.case.town.live, fact, value)
            words["place"] = about.said(title) if title is not None else value
        elif kind is FactType.POINT and "place" not in words:
            words["place"] = f"{value['lon']:.5f}, {value['lat']:.5f}"
        elif kind in (FactType.PHOTOS, FactType.VIDEOS):
            key = "result_photos" if name.startswith("result") else "photos"
            words[key] = int(str(words.get(key, 0))) + len(value)
            if kind is FactType.PHOTOS:
                result = key == "result_photos"
                shown = words.setdefault("result_pictures" if result else "pictures", [])
                assert isinstance(shown, list)
                shown += [_picture(about, digest, result=result) for digest in value]
    unit = facts.get("unit")
    units = about.case.town.live.units.units
    if isinstance(unit, str) and unit in units:
        words["unit"] = about.said(units[unit].title)
    words["responsible"] = _responsible(about, words)
    return words


def _helps(about: Subject) -> bool:
    """Whether a mail goes to somebody who has to do with a plan: not to those who reported, for whom it is noise."""
    return about.recipient != about.case.reporter and not about.recipient.startswith(recipients.FACT)


def _of_plan(about: Subject, facts: Mapping[str, Any]) -> dict[str, object]:
    """The checklist that was started last: what is done, and what is open."""
    known = [value for name in checklists.in_definition(about.compiled) if (value := checklists.of(facts, name)) is not None]
    if not known:
        return {}
    value = max(known, key=lambda each: times.parse(each["at"]))
    listed = list(checklists.steps(value))
    return {
        "plan": value["title"][about.language],
        "steps_open": [title.say(about.language) for _, title, done in listed if done is None],
        "steps_done": [{"at": times.parse(done["at"]), "said": title.say(about.language)} for _, title, done in listed if done is not None],
    }


def _responsible(about: Subject, words: Mapping[str, object]) -> str:
    """Who must act: the unit where there is one, with those who handle it; else the roles that may move the case on."""
    flow, roles = about.compiled.workflow, about.case.town.live.people.roles
    state = about.entry[history.TO]
    by = dict.fromkeys(
        role
        for rule in flow.transitions.values()
        if state in rule.from_ and rule.to not in (None, state)
        for role in rule.by
        if role in roles
    )
    scoped = [role for role in by if roles[role].scope == "unit"]
    if scoped and "unit" in words:
        found = recipients.find(about.case.town.people, scoped[:1], about.case.about(about.now), chase=True)
        names = [_called(about, who) for who in found.people[:2]]
        return " ".join([str(words["unit"]), *names])
    return "、".join(about.said(roles[role].title) for role in list(by)[:2]) if about.language == "zh" else ", ".join(
        about.said(roles[role].title) for role in list(by)[:2]
    )  # fmt: skip


def _of_move(about: Subject) -> dict[str, object]:
    """Who made the move (as a unit or a role, never a rider's name) and what it granted."""
    words: dict[str, object] = {}
    actor = about.entry[history.ACTOR]
    people = about.case.town.live.people
    person = people.people.get(actor) if actor else None
    if person is not None and actor != about.case.reporter and not any(people.roles[r].rider for r in person.roles):
        unit = about.case.town.live.units.units.get(person.unit) if person.unit else None
        words["actor"] = about.said(unit.title) if unit is not None else about.said(people.roles[person.roles[0]].title)
    rule = about.compiled.workflow.transitions.get(about.entry[history.TRIGGER])
    if rule is not None and rule.extends is not None:
        by = rule.extends.by
        given = {} if hasattr(by, "fact") and by.fact in about.hides else orjson.loads(about.entry[history.FACTS])
        words["extended_by"] = str(given.get(by.fact, "")) if hasattr(by, "fact") else str(by)
    return words


def _of_clock(about: Subject, clock: str) -> dict[str, object]:
    """Where the clock stood when the rung fired, what was tried before, which rungs it stands for."""
    case, detail = about.case, about.detail
    at = about.entry[history.AT]
    folds = eras.life(case, about.entries[: about.seq]).folds()
    words: dict[str, object] = {"clock": about.said(about.compiled.workflow.clocks[clock].title), "rung": detail.get("rung", 0) + 1}
    if clock in folds and not secrecy.undated(about.compiled, clock, about.hides):
        stand = clocks.reckon(about.compiled.plans[clock], folds[clock], about.compiled.timelines, now=at)
        words["target"] = stand.target if stand.target is not None and about.compiled.workflow.clocks[clock].due is None else ""
        words["due"] = stand.due
        if stand.due is not None:
            late = at - stand.due
            words["overdue" if late >= 0 else "remaining"] = 0 if 0 <= late < MINUTE else abs(late)
    words["tried"] = _tried(about, clock)
    words["skipped"] = [{"at": at, "said": _rung(about, about.compiled, clock, rung)} for rung, _ in detail.get("skipped", ())]
    if detail.get("unreached"):
        rung = about.compiled.notices.rungs[clock][detail["rung"]]
        found = recipients.find(case.town.people, rung.notify, case.about(at), chase=True)
        words["missed"] = list(recipients.explain(case.town.people, found.missed, about.language))
    return words


def _tried(about: Subject, clock: str) -> list[dict[str, object]]:
    """The rungs of this clock and round that fired before, with whom they told."""
    tried: list[dict[str, object]] = []
    for row in about.entries[: about.seq - 1]:
        if row[history.KIND] != "rung":
            continue
        detail = orjson.loads(row[history.DETAIL])
        named = eras.called(about.case, about.entries, detail["clock"], after=row[history.SEQ], until=about.seq)
        if named == clock and detail["round"] == about.detail.get("round"):
            names = [_name(about, told[0]) for told in detail.get("told", ())]
            joined = ("、" if about.language == "zh" else ", ").join(names)
            said = _rung(about, eras.compiled_at(about.case, row[history.SEQ]), detail["clock"], detail["rung"])
            tell = f"{said}：已通知{joined}" if about.language == "zh" else f"{said}: told {joined}"
            tried.append({"at": row[history.AT], "said": tell if names else said})
    return tried[-12:]


def _rung(about: Subject, compiled: catalog.Compiled, clock: str, number: int) -> str:
    """A rung in a word or two: 预警, 催办 …, by where it stands on its ladder."""
    rung = compiled.notices.rungs[clock][number]
    before = rung.before is not None or (rung.at is not None and rung.at.share < 100)
    zh, en = (
        ("预警", "due soon")
        if before
        else ("催办", "due")
        if rung.at is not None
        else (f"超时 {say.words(str(rung.after), 'zh')}", f"{rung.after} after")
    )
    return zh if about.language == "zh" else en


def _others(about: Subject) -> list[str]:
    return [_name(about, told[0]) for told in about.detail.get("told", ()) if told[0] != about.recipient][:12]


def _called(about: Subject, who: str) -> str:
    """Whom to ask, in a ladder's mail with the telephone: it goes to those who have to get things moving, never to reporters or groups."""
    person = about.case.town.live.people.people.get(who)
    phone = person.phone if person is not None and about.kind != "notice" and not about.recipient.startswith(ROBOT) else None
    return f"{_name(about, who)} {phone}" if phone else _name(about, who)


def _name(about: Subject, who: str) -> str:
    """A person as others may read them: riders by their role, contacts by theirs."""
    people = about.case.town.live.people
    person = people.people.get(who)
    robot = about.case.town.live.robots.robots.get(who.removeprefix(ROBOT)) if who.startswith(ROBOT) else None
    if robot is not None:
        return about.said(robot.title)
    if person is None:
        return {"zh": "相关群众", "en": "a resident"}[about.language] if who.startswith(recipients.FACT) else who
    rider = next((people.roles[r] for r in person.roles if people.roles[r].rider), None)
    return about.said(rider.title) if rider is not None else person.name
