"""The files around the workflows: people and rota, units, categories, calendars, and the programme itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from config import landscape, problems, programme, week
from config.check_graph import RESERVED
from config.landscape import Landscape, Page
from config.problems import Path, Said, Saying
from config.programme import Calendar, People
from config.workflow import FactType, Workflow

_RESERVED = ("anyone", "timer", "system", "linked", "reporter", "tracker", "open")

ROTA_NOT_DESK = Saying(
    "rota-not-desk",
    "the role `{name}` is not a desk, so its rota has no effect",
    "say `scope: desk` at the role, or delete the rota",
    "角色 `{name}` 不是值班岗位，排班无效",
    "请在角色处写 `scope: desk`，或删除排班",
)
DESK_NO_ROTA = Saying(
    "desk-without-rota",
    "nobody is on the rota of the desk `{name}`",
    "write its shifts under `rota: {name}:`",
    "值班岗位 `{name}` 没有排班",
    "请在 `rota: {name}:` 下写班次",
)
NOT_HOLDER = Saying(
    "not-a-holder",
    "`{person}` does not have the role `{role}`",
    "add it to the person's `roles`, or name somebody who has it",
    "`{person}` 没有角色 `{role}`",
    "请在其 `roles` 中加入，或换人",
)
NO_UNIT = Saying(
    "person-without-unit",
    "`{role}` is meant within a unit, but this person has none",
    "write `unit: …`",
    "`{role}` 是单位内的角色，但此人没有单位",
    "请写 `unit: …`",
)
CYCLE = Saying("unit-cycle", "`{name}` is part of itself", "correct `part_of`", "`{name}` 隶属于它自己", "请改正 `part_of`")
NO_ZONE = Saying("unknown-zone", "no time zone `{name}`", "write as `Asia/Shanghai`", "没有时区 `{name}`", "请写如 `Asia/Shanghai`")
FALLBACK = Saying(
    "fallback-unreached",
    "`{name}` cannot be the fallback: {why}",
    "name a person or a role with an e-mail address who is not a rider",
    "`{name}` 不能作为兜底：{why}",
    "请写有邮箱且不是骑手的人员或角色",
)
FALLBACK_UNKNOWN = Saying("unknown-fallback", "no person or role `{name}`", "{near}", "没有人员或角色 `{name}`", "{near}")
URGENT_NOWHERE = Saying(
    "urgent-nowhere",
    "no workflow has a fact `{name}` with the value `{value}`",
    "name a choice of a fact, as `urgency: 1`",
    "没有流程的信息项 `{name}` 有取值 `{value}`",
    "请写信息项的选项，如 `urgency: 1`",
)
NO_DATE = Saying("no-such-date", "there is no {name}", "correct the date", "没有 {name} 这一天", "请改正日期")
OVERLAP = Saying(
    "windows-overlap",
    "`{second}` begins before `{first}` ends",
    "order the windows of a day, without overlap",
    "`{second}` 早于 `{first}` 结束",
    "一天内的时段应依次排列且不重叠",
)
NEVER_OPEN = Saying(
    "never-open",
    "this calendar never opens",
    "give hours to at least one day under `week`",
    "此日历没有任何开放时段",
    "请在 `week` 下至少给一天写时段",
)
NO_MONDAY = Saying(
    "no-monday",
    "Monday's hours are meant, but Monday has none",
    "write the hours here",
    "此处指周一的时段，但周一没有时段",
    "请在此写明时段",
)
MAKEUP_UNUSED = Saying(
    "makeup-without-holidays",
    "without `holidays: CN` there are no make-up days",
    "say `holidays: CN`, or delete `makeup`",
    "没有 `holidays: CN` 就没有调休日",
    "请写 `holidays: CN`，或删除 `makeup`",
)
UNUSED_ROLE = Saying(
    "unused-role",
    "nothing asks for the role `{name}`",
    "name it where it may act or hears, or delete it",
    "角色 `{name}` 没有用处",
    "请在操作或通知处使用，或删除",
    "warning",
)
UNHELD_ROLE = Saying(
    "role-without-holder",
    "nobody has the role `{name}`, which a workflow asks for",
    "give it to somebody under `people`, or take it out of the workflow",
    "没有人担任角色 `{name}`，而流程需要它",
    "请在 `people` 中让某人担任，或从流程中去掉",
    "warning",
)
UNUSED_CALENDAR = Saying(
    "unused-calendar",
    "no clock counts in `{name}`",
    "name it in a clock's `hours`, or delete it",
    "没有时钟使用日历 `{name}`",
    "请在时钟的 `hours` 中引用，或删除",
    "warning",
)


def check_people(page: Page, people: People) -> None:
    land = page.land
    for section, words in (("roles", _RESERVED), ("people", ("timer", "system", "linked", "anyone"))):
        for name in page.written(section) or ():
            if name in words:
                page.say(RESERVED, (section, name), key=True, name=name)
    for name, person in people.people.items():
        page.names("role", landscape.each(person.roles, "people", name, "roles"), land.roles)
        if person.unit is not None:
            page.names("unit", [(person.unit, ("people", name, "unit"))], land.unit_names)
        for role, path in landscape.each(person.roles, "people", name, "roles"):
            if land.scope(role) == "unit" and person.unit is None and not page.wrote("people", name, "unit"):
                page.say(NO_UNIT, path, role=role)
    _rota(page, people)
    for name, described in people.roles.items():
        _windows(page, described.quiet, ("roles", name, "quiet"))


def _rota(page: Page, people: People) -> None:
    page.names("role", [(name, ("rota", name)) for name in people.rota], page.land.roles)
    for name, shifts in people.rota.items():
        scope = page.land.scope(name)
        if scope is not None and scope != "desk" and page.intact(("roles", name)):
            page.say(ROTA_NOT_DESK, ("rota", name), key=True, name=name)
        for index, shift in enumerate(shifts):
            listed = landscape.each(shift.who, "rota", name, index, "who")
            page.names("person", listed, page.land.persons)
            for person, path in listed:
                if person in people.people and name not in people.people[person].roles and page.whole("people"):
                    page.say(NOT_HOLDER, path, person=person, role=name)
    for name, role in people.roles.items():
        if role.scope == "desk" and not people.rota.get(name) and page.whole("rota"):
            page.say(DESK_NO_ROTA, ("roles", name), key=True, name=name)


def check_units(page: Page, units: programme.Units) -> None:
    for name, unit in units.units.items():
        if unit.part_of is not None:
            page.names("unit", [(unit.part_of, ("units", name, "part_of"))], page.land.unit_names)
    for name in _in_circles({name: unit.part_of for name, unit in units.units.items()}):
        page.say(CYCLE, ("units", name, "part_of"), name=name)


def _in_circles(above: Mapping[str, str | None]) -> Iterator[str]:
    """Those to which the way up from them leads back."""
    done = set[str]()
    for name in above:
        place, way = name, list[str]()
        while place in above and place not in done:
            done.add(place)
            way.append(place)
            place = above[place] or ""
        if place in way:
            yield from way[way.index(place) :]


def check_categories(page: Page, categories: programme.Categories) -> None:
    for name, category in categories.categories.items():
        if category.unit is not None:
            page.names("unit", [(category.unit, ("categories", name, "unit"))], page.land.unit_names)


def check_calendars(page: Page, calendars: programme.Calendars) -> None:
    for name in page.written("calendars") or ():
        if name == "always":
            page.say(RESERVED, ("calendars", name), key=True, name=name)
    for name, calendar in calendars.calendars.items():
        _calendar(page, name, calendar)


def _calendar(page: Page, name: str, calendar: Calendar) -> None:
    path: Path = ("calendars", name)
    week: Path = (*path, "week")
    if not any(calendar.week.values()) and page.whole("calendars"):
        page.say(NEVER_OPEN, week, key=True)
    said: set[tuple[str, ...]] = set()
    for day, windows in calendar.week.items():
        if windows not in said:
            said.add(windows)
            _windows(page, windows, _day_path(page, week, day))
    if calendar.makeup is not None:
        _windows(page, calendar.makeup, (*path, "makeup"))
        if calendar.holidays == "none" and page.intact(path):
            page.say(MAKEUP_UNUSED, (*path, "makeup"), key=True)
    elif calendar.holidays != "none" and not calendar.week.get("mon") and page.whole("calendars"):
        page.say(NO_MONDAY, (*path, "holidays"))
    for written, exception in calendar.days.items():
        place: Path = (*path, "days", written)
        try:
            date.fromisoformat(written)
        except ValueError:
            page.say(NO_DATE, place, key=True, name=written)
        if exception == "open" and not calendar.week.get("mon") and page.intact(path):
            page.say(NO_MONDAY, place)
        if isinstance(exception, tuple):
            _windows(page, exception, place)


def _day_path(page: Page, under: Path, day: str) -> Path:
    """Where a weekday was written, alone or within a span."""
    for key in page.part.source.keys:
        if key[:-1] == under and day in week.days_of(str(key[-1])):
            return key
    return under


def _windows(page: Page, windows: Sequence[str], path: Path) -> None:
    for index in range(1, len(windows)):
        begin, end = week.minutes_of(windows[index - 1])
        if week.minutes_of(windows[index])[0] < (end if end > begin else 1440):
            page.say(OVERLAP, (*path, index), first=windows[index - 1], second=windows[index])


def check_programme(page: Page, file: programme.ProgrammeFile, workflows: Sequence[Workflow], *, whole: bool) -> None:
    """`urgent` holds in the workflows that have its fact; at least one must. `whole`: all workflows could be read."""
    try:
        ZoneInfo(file.time_zone)
    except (OSError, ValueError, KeyError):  # an unknown zone is a KeyError; a path or a folder's name an OSError or ValueError
        page.say(NO_ZONE, ("time_zone",), name=problems.shown(file.time_zone))
    _windows(page, file.quiet, ("quiet",))
    for word, path in landscape.each(file.fallback, "fallback"):
        _fallback(page, word, path)
    if not page.wrote("urgent") or not whole:
        return
    for name, values in file.urgent.items():
        known = {value for workflow in workflows for value in _values(page.land, workflow, name)}
        for value, path in landscape.each(values, "urgent", name):
            if value not in known:
                page.say(URGENT_NOWHERE, path, name=name, value=value)


def _values(land: Landscape, workflow: Workflow, name: str) -> set[str]:
    fact = workflow.facts.get(name)
    if fact is None:
        return set()
    of_type = {
        FactType.YES_NO: {"true", "false"},
        FactType.CATEGORY: set(land.category_names or ()),
        FactType.UNIT: set(land.unit_names or ()),
    }
    return of_type.get(fact.type, set(fact.choices or ()))


def _fallback(page: Page, word: str, path: Path) -> None:
    land = page.land
    if land.people is None or land.roles is None or land.persons is None:
        return
    if word not in land.roles | land.persons:
        page.say(
            FALLBACK_UNKNOWN, path, name=word, near=problems.near(word, land.roles | land.persons, Said("persons and roles", "人员和角色"))
        )
        return
    if not land.people_whole:
        return
    holders = [word] if word in land.people.people else land.holders(word)
    why: Said | None = None
    if land.scope(word) == "unit":
        why = Said("its holders differ from unit to unit", "其人员因单位而异")
    elif word in land.riders() or (holders and all(land.is_rider(person) for person in holders)):
        why = Said("no ladder ends at a rider", "升级不能止于骑手")
    elif not any(land.people.people[person].email and not land.is_rider(person) for person in holders):
        why = Said("it has no e-mail address", "没有邮箱")
    if why is not None:
        page.say(FALLBACK, path, name=word, why=why)


def unused(page: Page, people: People, used: frozenset[str]) -> None:
    """Warn of roles nothing asks for; a riders' role has its effect by being one."""
    for name, role in people.roles.items():
        if name not in used and not role.rider:
            page.say(UNUSED_ROLE, ("roles", name), key=True, name=name)


def unheld(page: Page, people: People, used: frozenset[str]) -> None:
    """Warn of roles that are asked for and that nobody has."""
    held = {role for person in people.people.values() for role in person.roles}
    for name in people.roles:
        if name in used and name not in held and page.whole("people"):
            page.say(UNHELD_ROLE, ("roles", name), key=True, name=name)


def unused_calendars(page: Page, calendars: programme.Calendars, used: frozenset[str]) -> None:
    for name in calendars.calendars:
        if name not in used:
            page.say(UNUSED_CALENDAR, ("calendars", name), key=True, name=name)
