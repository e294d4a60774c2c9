"""Does a tale hold? Each sentence under `then` is asked of what happened; one that does not hold says what was expected and what was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from config import sentences, telling, whose
from config.robots import ROBOT
from config.sentences import Kind
from config.words import Text
from engine import moving, rehearsal
from engine.stories import cast, happenings, storyline
from notifications import recipients
from sla import clocks

_SECOND = 1_000_000
_ALWAYS = (Kind.NEVER_TOLD, Kind.NOT_UNTIL, Kind.NOBODY_ELSE, Kind.NEVER_BREACHES, Kind.NEVER_OPENED)
"""What is asked of a whole stretch of time, also of cases that come later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a sentence does not hold. `missing`: lines that the course of things lacks; `surplus`: places in `Lived.heard` of mails that
    should not have gone."""

    sentence: telling.Sentence
    expected: Text
    happened: Text
    missing: tuple[storyline.Line, ...] = ()
    surplus: frozenset[int] = frozenset()


def judge(tale: telling.Tale, lived: happenings.Lived, words: storyline.Words) -> tuple[Verdict, ...]:
    """Every sentence that does not hold. Of a tale that could not go on, only why."""
    if lived.stopped is not None:
        return (_stopped(lived.stopped),)
    found = [_of_cases(check, tale, lived, words) for check in tale.checks]
    return tuple(verdict for verdict in found if verdict is not None)


def _of_cases(check: telling.Sentence, tale: telling.Tale, lived: happenings.Lived, words: storyline.Words) -> Verdict | None:
    """Ask a sentence of each case of which it speaks; the first in which it does not hold is told."""
    way = check.phrase.whose
    cases = lived.cast.find(way)
    if check.kind not in _ALWAYS:
        cases = [case for case in cases if (case, check.at) in lived.seen]
    if not cases:
        said = cast.said(way)
        expected = Text(zh=f"有关联案件“{said}”", en=f"there is a case that is {said}")
        happened = Text(zh="此刻没有这样的案件", en="there is no such case at that moment")
        return Verdict(sentence=check, expected=expected, happened=happened, missing=(_line(check.at, expected),))
    for case in cases:
        verdict = _Judge(tale, lived, words.of(lived.flows[case]), case).ask(check)
        if verdict is not None:
            return verdict
    return None


def _stopped(stopped: tuple[telling.Sentence, moving.Refusal | None]) -> Verdict:
    sentence, refusal = stopped
    done, not_done = Text(zh="可以执行", en="it goes through"), Text(zh="应被拒绝", en="it is refused")
    if refusal is None:
        happened = Text(zh="没有被拒绝", en="it went through")
        return Verdict(sentence=sentence, expected=not_done, happened=happened, missing=(_line(sentence.at, not_done),))
    happened = Text(zh=f"被拒绝（{refusal.code}）：{refusal.zh}", en=f"it was refused ({refusal.code}): {refusal}")
    said = Text(zh=sentence.text, en=sentence.text)
    return Verdict(sentence=sentence, expected=done, happened=happened, missing=(_line(sentence.at, said),))


def _line(at: int, said: Text) -> storyline.Line:
    return storyline.Line(at=at, said=said, mark="-")


class _Judge:
    """One case of a tale before the judge: the sentences that speak of it are asked one by one."""

    def __init__(self, tale: telling.Tale, lived: happenings.Lived, words: storyline.Words, case: int) -> None:
        self.tale, self.lived, self.words, self.case = tale, lived, words, case
        self.went = [(place, heard) for place, heard in enumerate(lived.heard) if not heard.mail.dropped and heard.mail.case == case]

    def ask(self, check: telling.Sentence) -> Verdict | None:
        return _ASKED[check.kind](self, check)

    def seen(self, at: int) -> happenings.Seen:
        return self.lived.seen[self.case, at]

    def line(self, at: int, said: Text, mark: str = "-") -> storyline.Line:
        return storyline.Line(at=at, said=storyline.labelled(self.lived, self.case, said), mark=mark)

    # --- who is mailed

    def told(self, check: telling.Sentence) -> Verdict | None:
        """Everybody whom the words mean hears at the moment."""
        lacking = self.lacking(check, [(place, heard) for place, heard in self.meant(check) if _at(heard) == check.at])
        return self.untold(check, lacking, check.at) if lacking else None

    def by(self, check: telling.Sentence) -> Verdict | None:
        lacking = self.lacking(check, [(place, heard) for place, heard in self.meant(check) if heard.mail.at <= check.at + _SECOND - 1])
        return self.untold(check, lacking, check.at) if lacking else None

    def meant(self, check: telling.Sentence) -> list[tuple[int, happenings.Heard]]:
        """The mails with the words, and of the clock, that a sentence names."""
        names = check.phrase.names
        return [
            (place, heard)
            for place, heard in self.went
            if names.get("template") in (None, heard.mail.template) and names.get("clock") in (None, heard.mail.clock)
        ]

    def lacking(self, check: telling.Sentence, found: Iterable[tuple[int, happenings.Heard]]) -> dict[str, tuple[str, ...]]:
        """Per word of WHO, the persons whom none of the mails reached; the word itself where it means nobody."""
        mails = [heard for _, heard in found]
        reached = {heard.mail.recipient for heard in mails}
        lacking = {}
        for word in check.phrase.who:
            abouts = [heard.about for heard in mails] or [self.seen(check.at).about]
            chase = any(heard.mail.kind == "ladder" for heard in mails)
            wanted = [set(self.persons(word, about, chase=chase)) for about in abouts]
            if not any(each and each <= reached for each in wanted):
                lacking[word] = tuple(sorted(wanted[-1] - reached))
        return lacking

    def persons(self, word: str, about: recipients.About, *, chase: bool) -> tuple[str, ...]:
        if word.startswith(ROBOT):
            return (word,)
        return recipients.find(self.words.town.people, [word.removeprefix(recipients.FACT)], about, chase=chase).people

    def untold(self, check: telling.Sentence, lacking: Mapping[str, tuple[str, ...]], at: int) -> Verdict:
        template = check.phrase.names["template"]
        expected = [self.words.who(word) for word in lacking]
        en, zh = " and ".join(e.en for e in expected), "、".join(e.zh for e in expected)
        sure = Text(zh=f"{self.words.at(at)} {zh}收到 {template}", en=f"{en} mailed '{template}' at {self.words.at(at)}")
        line = Text(zh=f"{zh}收到 {template}", en=f"{en} mailed '{template}'")
        missed = {person for persons in lacking.values() for person in persons}
        named = self.named()
        late = [(abs(h.mail.at - at), place) for place, h in self.meant(check) if h.mail.recipient in missed and place not in named]
        other = min(late)[1] if late else None
        happened = self.instead(lacking, at, None if other is None else self.lived.heard[other].mail)
        surplus = frozenset() if other is None else frozenset({other})
        return Verdict(sentence=check, expected=sure, happened=happened, missing=(self.line(at, line),), surplus=surplus)

    def instead(self, lacking: Mapping[str, tuple[str, ...]], at: int, other: rehearsal.Mail | None) -> Text:
        """What came in place of a mail that did not: others at that moment, or the same at another."""
        said = list[Text]()
        for word, persons in lacking.items():
            if not persons:
                called = self.words.who(word)
                said.append(Text(zh=f"此刻没有“{called.zh}”可通知", en=f"{called.en} means nobody with an address then"))
        here = [heard.mail for _, heard in self.went if _at(heard) == at]
        if here:
            mails = [self.words.mail(mail) for mail in here]
            said.append(Text(zh="此刻" + "，".join(m.zh for m in mails), en="at that moment " + ", ".join(m.en for m in mails)))
        if other is not None:
            mail = self.words.mail(other)
            said.append(Text(zh=f"{self.words.at(other.at)} {mail.zh}", en=f"{mail.en} at {self.words.at(other.at)}"))
        if not said:
            return Text(zh="此刻无人收到邮件", en="nobody was mailed then")
        return Text(zh="；".join(s.zh for s in said), en="; ".join(s.en for s in said))

    # --- who is not

    def nobody(self, check: telling.Sentence) -> Verdict | None:
        return self.unwanted(check, {place for place, heard in self.meant(check) if _at(heard) == check.at} - self.groups())

    def never(self, check: telling.Sentence) -> Verdict | None:
        return self.unwanted(check, {place for place, heard in self.meant(check) if self.means(check, heard)})

    def not_until(self, check: telling.Sentence) -> Verdict | None:
        return self.unwanted(check, {place for place, h in self.meant(check) if h.mail.at < check.at and self.means(check, h)})

    def nobody_else(self, check: telling.Sentence) -> Verdict | None:
        """Every mail is one that a sentence names."""
        return self.unwanted(check, {place for place, _ in self.went} - self.named() - self.groups())

    def groups(self) -> set[int]:
        """What went to chat groups: a group is nobody, and is told beside somebody."""
        return {place for place, heard in self.went if heard.mail.recipient.startswith(ROBOT)}

    def named(self) -> set[int]:
        """The mails that sentences ask for."""
        named = set[int]()
        for other in self.tale.checks:
            if other.kind in (Kind.TOLD, Kind.BY) and self.case in self.lived.cast.find(other.phrase.whose):
                for place, heard in self.meant(other):
                    in_time = _at(heard) == other.at if other.kind is Kind.TOLD else heard.mail.at < other.at + _SECOND
                    if in_time and self.means(other, heard):
                        named.add(place)
        return named

    def means(self, check: telling.Sentence, heard: happenings.Heard) -> bool:
        """Whether WHO means the recipient of a mail."""
        return any(heard.mail.recipient in self.persons(word, heard.about, chase=False) for word in check.phrase.who)

    def unwanted(self, check: telling.Sentence, places: set[int]) -> Verdict | None:
        if not places:
            return None
        mails = [self.lived.heard[place].mail for place in sorted(places)]
        shown = [(self.words.mail(mail), self.words.at(mail.at)) for mail in mails[:5]]
        more = f" (+{len(mails) - 5})" if len(mails) > 5 else ""
        happened = Text(zh="，".join(f"{at} {m.zh}" for m, at in shown) + more, en=", ".join(f"{m.en} at {at}" for m, at in shown) + more)
        expected = Text(zh="没有这些邮件", en="no such mail")
        return Verdict(sentence=check, expected=expected, happened=happened, surplus=frozenset(places))

    # --- where the case and its clocks stand

    def state(self, check: telling.Sentence) -> Verdict | None:
        wanted, stands = check.phrase.names["state"], self.seen(check.at).state
        if stands == wanted:
            return None
        want, there = self.words.state(wanted), self.words.state(stands)
        return self.otherwise(
            check, Text(zh=f"案件{want.zh}", en=f"the case is {want.en}"), Text(zh=f"案件{there.zh}", en=f"the case is {there.en}")
        )

    def standing(self, check: telling.Sentence) -> Verdict | None:
        wanted = check.phrase.names["standing"]
        stands = _standing(self.seen(check.at).clocks.get(check.phrase.names["clock"]))
        return None if wanted in stands else self.of_clock(check, _stands(wanted), _stands(stands[0]))

    def due(self, check: telling.Sentence) -> Verdict | None:
        reckoned = self.seen(check.at).clocks.get(check.phrase.names["clock"])
        due = reckoned.due if reckoned is not None else None
        assert check.time is not None
        if due is not None and due // _SECOND * _SECOND == check.time:
            return None
        said = (
            Text(zh="没有时限", en="has no deadline")
            if due is None
            else Text(zh=f"应于 {self.words.at(due)} 到期", en=f"is due at {self.words.at(due)}")
        )
        return self.of_clock(check, Text(zh=f"应于 {self.words.at(check.time)} 到期", en=f"is due at {self.words.at(check.time)}"), said)

    def breaches(self, check: telling.Sentence) -> Verdict | None:
        when = self.breached(check)
        if any(at // _SECOND * _SECOND == check.at for at in when):
            return None
        return self.of_clock(
            check, Text(zh=f"于 {self.words.at(check.at)} 超时", en=f"breaches at {self.words.at(check.at)}"), self.when_breached(when)
        )

    def never_breaches(self, check: telling.Sentence) -> Verdict | None:
        when = self.breached(check)
        return self.of_clock(check, Text(zh="始终未超时", en="never breaches"), self.when_breached(when)) if when else None

    def breached(self, check: telling.Sentence) -> list[int]:
        return [at for (case, clock, _), at in self.lived.breaches.items() if (case, clock) == (self.case, check.phrase.names["clock"])]

    def when_breached(self, when: list[int]) -> Text:
        at = [self.words.at(each) for each in when]
        return Text(zh=f"于 {'、'.join(at)} 超时" if at else "始终未超时", en=f"breaches at {' and '.join(at)}" if at else "never breaches")

    def of_clock(self, check: telling.Sentence, expected: Text, happened: Text) -> Verdict:
        clock = self.words.clock(check.phrase.names["clock"])
        return self.otherwise(
            check, Text(zh=clock.zh + expected.zh, en=f"{clock.en} {expected.en}"), Text(zh=clock.zh + happened.zh, en=f"{clock.en} {happened.en}")
        )  # fmt: skip

    def otherwise(self, check: telling.Sentence, expected: Text, happened: Text) -> Verdict:
        lines = (self.line(check.at, expected), self.line(check.at, happened, "+"))
        return Verdict(sentence=check, expected=expected, happened=happened, missing=lines)

    # --- what opens by itself

    def occurs(self, check: telling.Sentence) -> Verdict | None:
        """So many cases were opened by the schedule at the moment."""
        names = check.phrase.names
        came = [one for one in self.lived.occurred if one.schedule == names["schedule"]]
        opened = [one for one in came if one.moment == check.at and one.case is not None]
        if len(opened) == int(names["count"]):
            return None
        refused = sorted({one.reason for one in came if one.moment == check.at and one.reason is not None})
        why, why_zh = (f" (refused: {', '.join(refused)})", f"（被拒绝：{'、'.join(refused)}）") if refused else ("", "")
        expected = Text(zh=f"{names['schedule']} 开案 {names['count']} 件", en=f"{names['schedule']} opens {names['count']}")
        moments = sorted({one.moment for one in came})
        if not opened and not refused and moments:
            why = f"; it came at {', '.join(self.words.at(moment) for moment in moments[:3])}"
            why_zh = f"；到来的时刻：{'、'.join(self.words.at(moment) for moment in moments[:3])}"
        return self.otherwise(check, expected, Text(zh=f"开案 {len(opened)} 件{why_zh}", en=f"it opens {len(opened)}{why}"))

    # --- what is opened and linked

    def opened(self, check: telling.Sentence) -> Verdict | None:
        """So many cases are opened under a link at the moment."""
        names = check.phrase.names
        wanted = {Kind.OPENED: 1, Kind.NOT_OPENED: 0}.get(check.kind, int(names.get("count", 0)))
        at = [moment // _SECOND * _SECOND for moment in self.born(names["link"])]
        here = at.count(check.at)
        if here == wanted or (check.kind is Kind.OPENED and here > 1):
            return None
        said = [self.words.at(moment) for moment in dict.fromkeys(at) if moment != check.at]
        when, when_zh = (f"; it was opened at {', '.join(said)}", f"；登记于 {'、'.join(said)}") if said and not here else ("", "")
        happened = Text(zh=f"登记 {here} 件{when_zh}", en=f"{here} are opened as {names['link']}{when}")
        return self.otherwise(check, Text(zh=f"登记 {names['link']} {wanted} 件", en=f"{wanted} opened as {names['link']}"), happened)

    def never_opened(self, check: telling.Sentence) -> Verdict | None:
        name = check.phrase.names["link"]
        at = [self.words.at(moment) for moment in dict.fromkeys(self.born(name))]
        if not at:
            return None
        happened = Text(zh=f"登记于 {'、'.join(at)}", en=f"{name} is opened at {', '.join(at)}")
        return self.otherwise(check, Text(zh=f"始终未登记 {name}", en=f"{name} is never opened"), happened)

    def born(self, link: str) -> list[int]:
        """When the cases of a link were opened."""
        return [self.lived.opened[case] for case in self.lived.cast.find([whose.Step(whose.Way.LINK, link)], self.case)]

    def linked(self, check: telling.Sentence) -> Verdict | None:
        names = check.phrase.names
        wanted, there = int(names["count"]), self.seen(check.at).linked[names["link"]]
        if wanted == there:
            return None
        name = names["link"]
        return self.otherwise(
            check, Text(zh=f"关联 {name} {wanted} 件", en=f"{wanted} linked as {name}"), Text(zh=f"关联 {name} {there} 件", en=f"{there} are linked as {name}")
        )  # fmt: skip

    # --- what people own

    def has(self, check: telling.Sentence) -> Verdict | None:
        names = check.phrase.names
        person, account = names["person"], names["account"]
        wanted, owned = int(names["amount"]), self.lived.owned[check.at, person, account]
        return (
            None
            if wanted == owned
            else self.otherwise(check, self.words.owns(person, account, wanted), self.words.owns(person, account, owned))
        )

    # --- who may, and who may not

    def may(self, check: telling.Sentence) -> Verdict | None:
        names, wanted = check.phrase.names, check.kind is Kind.MAY
        possible = self.seen(check.at).may.get(names["person"], ())
        if (names["trigger"] in possible) == wanted:
            return None
        person, trigger = self.words.person(names["person"]), self.words.trigger(names["trigger"])
        listed = [self.words.trigger(each) for each in possible]
        expected = Text(
            zh=f"{person.zh}{'可以' if wanted else '不能'}{trigger.zh}", en=f"{person.en} may{'' if wanted else ' not'} {trigger.en}"
        )
        offered = Text(zh="、".join(t.zh for t in listed) or "无", en=", ".join(t.en for t in listed) or "nothing")
        return self.otherwise(check, expected, Text(zh=f"{person.zh}此刻可以：{offered.zh}", en=f"{person.en} may: {offered.en}"))

    def refused(self, check: telling.Sentence) -> Verdict | None:
        names = check.phrase.names
        tried = [
            refusal
            for case, act, refusal in self.lived.tried
            if (case, act.at, act.phrase.names["trigger"]) == (self.case, check.at, names["trigger"])
        ]
        code = names.get("code")
        if any(code in (None, refusal.code) for refusal in tried):
            return None
        why = f" as {code}" if code else ""
        expected = Text(zh=f"{names['trigger']} 被拒绝{f'（{code}）' if code else ''}", en=f"{names['trigger']} is refused{why}")
        if not tried:
            return self.otherwise(check, expected, Text(zh="此刻没有人试图这样做", en="nobody tries it at that moment"))
        happened = Text(zh=f"被拒绝（{tried[0].code}）：{tried[0].zh}", en=f"it is refused as {tried[0].code}: {tried[0]}")
        return self.otherwise(check, expected, happened)


def _at(heard: happenings.Heard) -> int:
    return heard.mail.at // _SECOND * _SECOND


def _standing(reckoned: clocks.Reckoning | None) -> tuple[str, ...]:
    """What may be said of a clock: its verdict first, and that it does not run where its round is over."""
    if reckoned is None:
        return ("not running",)
    return (reckoned.state, "not running") if reckoned.phase == "settled" else (reckoned.state, reckoned.phase)


def _stands(standing: str) -> Text:
    return Text(zh=f"为{sentences.STANDINGS[standing]}", en=f"is {standing}")


_ASKED: Mapping[Kind, Callable[[_Judge, telling.Sentence], Verdict | None]] = {
    Kind.TOLD: _Judge.told,
    Kind.BY: _Judge.by,
    Kind.NOBODY: _Judge.nobody,
    Kind.NEVER_TOLD: _Judge.never,
    Kind.NOT_UNTIL: _Judge.not_until,
    Kind.NOBODY_ELSE: _Judge.nobody_else,
    Kind.STATE: _Judge.state,
    Kind.STANDING: _Judge.standing,
    Kind.DUE: _Judge.due,
    Kind.BREACHES: _Judge.breaches,
    Kind.NEVER_BREACHES: _Judge.never_breaches,
    Kind.HAS: _Judge.has,
    Kind.MAY: _Judge.may,
    Kind.MAY_NOT: _Judge.may,
    Kind.REFUSED: _Judge.refused,
    Kind.OCCURS: _Judge.occurs,
    Kind.OPENED: _Judge.opened,
    Kind.OPENED_MANY: _Judge.opened,
    Kind.NOT_OPENED: _Judge.opened,
    Kind.NEVER_OPENED: _Judge.never_opened,
    Kind.LINKED: _Judge.linked,
    Kind.LINK_STATE: _Judge.state,
}
