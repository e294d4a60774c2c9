"""The sentences of a story: a fixed table of patterns, in English and in Chinese, and nothing else. There are no expressions.

A word in capitals stands for something named elsewhere: a moment, a person, a clock. `telling` looks the names up."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from config import moments


class Place(StrEnum):
    """Where in a story a sentence may stand. What may stand under `when` may also follow the opening under `given`."""

    GIVEN = "given"
    WHEN = "when"
    THEN = "then"


class Kind(StrEnum):
    """What a sentence says."""

    OWNS = "owns"
    OPENS = "opens"
    SCHEDULED = "scheduled"
    NOTHING = "nothing"
    TRIES = "tries"
    ACKNOWLEDGES = "acknowledges"
    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    ANOTHER = "another"
    NOT_DRAWN = "not-drawn"
    DRAWN = "drawn"
    MOVES = "moves"
    NOBODY_ELSE = "nobody-else"
    NOBODY = "nobody"
    NEVER_TOLD = "never-told"
    NOT_UNTIL = "not-until"
    BY = "by"
    TOLD = "told"
    STATE = "state"
    NEVER_BREACHES = "never-breaches"
    BREACHES = "breaches"
    DUE = "due"
    STANDING = "standing"
    HAS = "has"
    REFUSED = "refused"
    MAY_NOT = "may-not"
    MAY = "may"
    OCCURS = "occurs"
    OPENED_MANY = "opened-many"
    OPENED = "opened"
    NOT_OPENED = "not-opened"
    NEVER_OPENED = "never-opened"
    LINKED = "linked"
    LINK_STATE = "link-state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One line of the table. `[…]` may be left away; the examples are of the programmes that ship (`ningxiang`)."""

    kind: Kind
    place: Place
    en: str
    zh: str
    example: str
    example_zh: str


_G, _W, _T = Place.GIVEN, Place.WHEN, Place.THEN
TABLE = (
    Pattern(kind=Kind.OPENS, place=_G, en="a REPORT[ by PERSON][, FACTS], WHEN", zh="WHEN [PERSON]上报[，FACTS]",
            example="a report by xu-peng, urgency 1, at 2026-02-16 23:50", example_zh="2026-02-16 23:50 许鹏上报，紧急程度 紧急"),
    Pattern(kind=Kind.SCHEDULED, place=_G, en="schedule SCHEDULE opens a REPORT[ for ROW], WHEN", zh="WHEN 定时任务SCHEDULE开案[，条目ROW]",
            example="schedule round opens a case, at 2026-02-16 09:00", example_zh="2026-02-16 09:00 定时任务巡检开案"),
    Pattern(kind=Kind.OWNS, place=_G, en="PERSON has AMOUNT", zh="PERSON有 AMOUNT",
            example="xu-peng has 12 points", example_zh="许鹏有 12 分"),
    Pattern(kind=Kind.NOTHING, place=_W, en="nobody acts[ until TIME]", zh="无人处理[，直到 TIME]",
            example="nobody acts", example_zh="无人处理"),
    Pattern(kind=Kind.TRIES, place=_W, en="[WHEN ]PERSON tries to TRIGGER[, FACTS]", zh="[WHEN ]PERSON试图TRIGGER[，FACTS]",
            example="at 00:30 kong-jian tries to verify", example_zh="00:30 孔健试图核查办结"),
    Pattern(kind=Kind.ACKNOWLEDGES, place=_W, en="[WHEN ]PERSON acknowledges CLOCK", zh="[WHEN ]PERSON知道了CLOCK",
            example="at 00:35 kong-jian acknowledges handling", example_zh="00:35 孔健知道了处置时限"),
    Pattern(kind=Kind.DISSATISFIED, place=_W, en="[WHEN ]WHO is not satisfied", zh="[WHEN ]WHO表示不满意",
            example="at 09:00 reporter is not satisfied", example_zh="09:00 上报人表示不满意"),
    Pattern(kind=Kind.SATISFIED, place=_W, en="[WHEN ]WHO is satisfied", zh="[WHEN ]WHO表示满意",
            example="at 09:00 reporter is satisfied", example_zh="09:00 上报人表示满意"),
    Pattern(kind=Kind.ANOTHER, place=_W, en="[WHEN ]another REPORT[ by PERSON][, FACTS], called NAME", zh="[WHEN ][PERSON]上报另一件REPORT[，FACTS]，称为NAME",
            example="at 00:10 another report by kong-jian, urgency 1, called twin", example_zh="00:10 孔健上报另一件案件，紧急程度 紧急，称为 twin"),
    Pattern(kind=Kind.NOT_DRAWN, place=_W, en="FACT is not drawn", zh="未抽中FACT",
            example="sampled is not drawn", example_zh="未抽中抽查"),
    Pattern(kind=Kind.DRAWN, place=_W, en="FACT is drawn", zh="抽中FACT",
            example="sampled is drawn", example_zh="抽中抽查"),
    Pattern(kind=Kind.MOVES, place=_W, en="[WHEN ]PERSON TRIGGER[, FACTS]", zh="[WHEN ]PERSON TRIGGER[，FACTS]",
            example="10 minutes later wu-xia dispatches, unit lamps", example_zh="10 分钟后吴霞派单，承办单位 路灯维修班"),
    Pattern(kind=Kind.NOBODY_ELSE, place=_T, en="nobody else is mailed", zh="此外无人收到邮件",
            example="nobody else is mailed", example_zh="此外无人收到邮件"),
    Pattern(kind=Kind.NOBODY, place=_T, en="[WHEN ]nobody is mailed[ TEMPLATE]", zh="[WHEN ]无人收到邮件[TEMPLATE]",
            example="at 24:10 nobody is mailed", example_zh="24:10 无人收到邮件"),
    Pattern(kind=Kind.NEVER_TOLD, place=_T, en="WHO is never mailed[ TEMPLATE]", zh="WHO始终未收到邮件[TEMPLATE]",
            example="leader is never mailed", example_zh="分管领导始终未收到邮件"),
    Pattern(kind=Kind.NOT_UNTIL, place=_T, en="until TIME WHO is not mailed[ TEMPLATE]", zh="TIME 前WHO未收到邮件[TEMPLATE]",
            example="until 24:00 desk-chief is not mailed 'overdue'", example_zh="24:00 前值班长未收到邮件 overdue"),
    Pattern(kind=Kind.BY, place=_T, en="by TIME WHO has been mailed TEMPLATE", zh="最晚 TIME WHO已收到[邮件]TEMPLATE",
            example="by 24:00 duty has been mailed 'due-soon'", example_zh="最晚 24:00 值班员已收到 due-soon"),
    Pattern(kind=Kind.TOLD, place=_T, en="[WHEN ]WHO is mailed TEMPLATE[ about CLOCK]", zh="[WHEN ]WHO收到[邮件]TEMPLATE[，因CLOCK]",
            example="at 24:00 duty is mailed 'overdue' about dispatching", example_zh="24:00 值班员收到 overdue，因派单时限"),
    Pattern(kind=Kind.STATE, place=_T, en="[WHEN ]the case is STATE", zh="[WHEN ]案件STATE",
            example="at 00:30 the case is dispatched", example_zh="00:30 案件已派单"),
    Pattern(kind=Kind.NEVER_BREACHES, place=_T, en="CLOCK never breaches", zh="CLOCK始终未超时",
            example="dispatching never breaches", example_zh="派单时限始终未超时"),
    Pattern(kind=Kind.BREACHES, place=_T, en="CLOCK breaches at TIME", zh="CLOCK于 TIME 超时",
            example="handling breaches at 01:00", example_zh="处置时限于 01:00 超时"),
    Pattern(kind=Kind.DUE, place=_T, en="[WHEN ]CLOCK is due at TIME", zh="[WHEN ]CLOCK应于 TIME 到期",
            example="handling is due at 01:00", example_zh="处置时限应于 01:00 到期"),
    Pattern(kind=Kind.STANDING, place=_T, en="[WHEN ]CLOCK is STANDING", zh="[WHEN ]CLOCK为STANDING",
            example="at 01:00 handling is breached", example_zh="01:00 处置时限为超时"),
    Pattern(kind=Kind.HAS, place=_T, en="[WHEN ]PERSON has AMOUNT", zh="[WHEN ]PERSON有 AMOUNT",
            example="at 10:00 xu-peng has 5 points", example_zh="10:00 许鹏有 5 分"),
    Pattern(kind=Kind.REFUSED, place=_T, en="[WHEN ]TRIGGER is refused[ as CODE]", zh="[WHEN ]TRIGGER被拒绝[，因CODE]",
            example="at 00:30 verify is refused as four-eyes", example_zh="00:30 核查办结被拒绝，因 four-eyes"),
    Pattern(kind=Kind.MAY_NOT, place=_T, en="[WHEN ]PERSON may not TRIGGER", zh="[WHEN ]PERSON不能TRIGGER",
            example="at 00:30 kong-jian may not verify", example_zh="00:30 孔健不能核查办结"),
    Pattern(kind=Kind.MAY, place=_T, en="[WHEN ]PERSON may TRIGGER", zh="[WHEN ]PERSON可以TRIGGER",
            example="at 00:30 wang-jing may verify", example_zh="00:30 王静可以核查办结"),
    Pattern(kind=Kind.OCCURS, place=_T, en="[WHEN ]schedule SCHEDULE opens COUNT cases", zh="[WHEN ]定时任务SCHEDULE开案 COUNT 件",
            example="at 10:30 schedule round opens 2 cases", example_zh="10:30 定时任务巡检开案 2 件"),
    Pattern(kind=Kind.OPENED_MANY, place=_T, en="[WHEN ]COUNT cases are opened as LINK", zh="[WHEN ]登记了LINK COUNT 件",
            example="at 00:30 2 cases are opened as meeting", example_zh="00:30 登记了联席会议 2 件"),
    Pattern(kind=Kind.OPENED, place=_T, en="[WHEN ]a REPORT is opened as LINK", zh="[WHEN ]登记了LINK",
            example="at 00:30 a joint-meeting is opened as meeting", example_zh="00:30 登记了联席会议"),
    Pattern(kind=Kind.NOT_OPENED, place=_T, en="[WHEN ]no LINK is opened", zh="[WHEN ]未登记LINK",
            example="at 00:30 no meeting is opened", example_zh="00:30 未登记联席会议"),
    Pattern(kind=Kind.NEVER_OPENED, place=_T, en="LINK is never opened", zh="始终未登记LINK",
            example="meeting is never opened", example_zh="始终未登记联席会议"),
    Pattern(kind=Kind.LINKED, place=_T, en="[WHEN ]COUNT cases are linked as LINK", zh="[WHEN ]关联LINK COUNT 件",
            example="at 00:30 2 cases are linked as meeting", example_zh="00:30 关联联席会议 2 件"),
    Pattern(kind=Kind.LINK_STATE, place=_T, en="[WHEN ]LINK is STATE", zh="[WHEN ]LINK STATE",
            example="at 10:00 meeting is decided", example_zh="10:00 联席会议已定责"),
)  # fmt: skip
"""The more particular before the more general."""
STANDINGS: Mapping[str, str] = {
    "running": "计时中", "paused": "暂停", "met": "按时", "breached": "超时", "not running": "未计时",
}  # fmt: skip
"""What may be said of a clock at a moment, in both languages; `not running`: it has not begun, or its round is over."""
ANONYMOUS = ("匿名", "anonymous", "somebody")
"""In place of a person who opens a case."""

Language = Literal["en", "zh"]
_TOKEN = re.compile(r"PERSON TRIGGER|LINK STATE|[A-Z]{3,}|[\[\]]|, |，| +|[^A-Z\[\], ，]+")
OPENINGS = (Kind.OPENS, Kind.SCHEDULED)
"""What a story may begin with."""
_EITHER = {"cases": "cases?", "are": "(?:is|are)", "is": "(?:is|are)", "has": "(?:has|have)", "a": "an?"}
_LINKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A sentence that fits a pattern: what stands in the place of each capital word (`deed` for
    PERSON TRIGGER, `standing_of` for LINK STATE)."""

    pattern: Pattern
    words: Mapping[str, str]


def matches(text: str, places: tuple[Place, ...]) -> Iterator[Match]:
    """Every way to read a sentence, the most particular first; names are not looked up yet."""
    given = _LINKS.sub(" ", text).strip().rstrip("。.")
    for pattern in TABLE:
        if pattern.place in places:
            for compiled in _COMPILED[pattern.kind]:
                found = compiled.fullmatch(given)
                if found:
                    yield Match(pattern=pattern, words={key: word.strip() for key, word in found.groupdict().items() if word})


def nearest(text: str, places: tuple[Place, ...]) -> tuple[Pattern, Language]:
    """The pattern whose example is most like a sentence that is none, and in which language."""
    ranked: list[tuple[float, Pattern, Language]] = []
    for pattern in TABLE:
        if pattern.place in places:
            ranked.append((_likeness(text, pattern.example), pattern, "en"))
            ranked.append((_likeness(text, pattern.example_zh), pattern, "zh"))
    best = max(ranked, key=lambda each: each[0])
    return best[1], best[2]


def mistimed(text: str) -> str | None:
    """The beginning of a sentence that looks like a moment and is none: `at 24:70`."""
    found = re.match(
        r"(?:(?:at|on|by|until)\s+)?(?:\d{4}-\d{1,2}-\d{1,2}\s+(?:at\s+)?)?\d{1,2}[:：]\d{1,2}(?:[:：]\d+)?", text, re.IGNORECASE
    )
    return found[0] if found and (moments.parse(found[0]) is None) else None


def _likeness(text: str, example: str) -> float:
    return difflib.SequenceMatcher(None, text[:200].lower(), example.lower()).ratio()


def _expression(pattern: str, language: Language) -> re.Pattern[str]:
    """A pattern as a regular expression: every capital word a lazy group, Chinese with or without spaces between words."""
    parts = [_part(token, language) for token in _TOKEN.findall(pattern)]
    return re.compile("".join(parts), re.IGNORECASE)


def _part(word: str, language: Language) -> str:
    if word in "[]":
        return "(?:" if word == "[" else ")?"
    if word in (", ", "，"):
        return r"\s*[,，]\s*"
    if word.isspace():
        return r"\s+" if language == "en" else r"\s*"
    if word == "WHEN":
        return rf"(?P<when>{moments.WHEN_EN if language == 'en' else moments.WHEN_ZH})(?:\s*[,，])?"
    if word == "TIME":
        return rf"(?P<time>{moments.TIME})"
    if word == "PERSON TRIGGER":
        return r"(?P<deed>[^,，]+?)"
    if word == "LINK STATE":
        return r"(?P<standing_of>[^,，]+?)"
    if word == "COUNT" and language == "zh":  # no space parts it from the name before it
        return r"(?P<count>\d+)"
    if word == "REPORT":
        return r"(?P<report>[^,，]+?)"
    if word.isupper():
        return rf"(?P<{word.lower()}>.+?)"
    literal = _EITHER.get(word, re.escape(word))
    return literal if language == "en" else rf"\s*{literal}\s*"


_COMPILED = {pattern.kind: (_expression(pattern.en, "en"), _expression(pattern.zh, "zh")) for pattern in TABLE}
