"""What follows from a definition together with its people, rota and templates: states nobody may move on, words that mean nobody, holes in mails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config import check_cycles, check_graph, problems, reading
from config import programme as programmes
from config.problems import Problem, Said, Saying
from config.source import Source
from config.workflow import ACTORS, FactType, Workflow
from notifications import directory, localtime, render, say, uses

NOBODY_ACTS = Saying(
    "nobody-may-act",
    "nobody may move a case out of `{name}`{where}: {roles} has no holder there",
    "give one of these roles to somebody, or name another role in `by`",
    "{where}没有人可以把案件移出 `{name}`：{roles} 无人担任",
    "请让某人担任其中一个角色，或在 `by` 中写别的角色",
    "warning",
)
DESK_UNMANNED = Saying(
    "desk-unmanned",
    "nobody sits at the desk `{name}` {hours}",
    "add a shift, or waive this if the desk closes then",
    "值班岗位 `{name}` 在{hours}无人值班",
    "请补班；若此时本来就不值班，可豁免",
    "warning",
)
NOTICE_UNHEARD = Saying(
    "notice-unheard",
    "nobody hears this notice{where}: {roles} has no holder there",
    "give the role to somebody, or tell somebody else too",
    "{where}没有人会收到这条通知：{roles} 无人担任",
    "请让某人担任此角色，或同时通知其他人",
    "warning",
)
UNIT_UNKNOWN = Saying(
    "unit-not-known",
    "{roles} is meant within the case's unit, and {when} a case may have none yet",
    "tell a role of the desk or the programme too, or ask for `unit` before",
    "{roles} 指承办单位内的角色，而{when}案件可能还没有承办单位",
    "请同时通知值班或全项目的角色，或先填写 `unit`",
    "warning",
)
SAYS_NOTHING = Saying(
    "template-says-nothing",
    "the template `{template}` says `{variable}`, which is always empty here: {why}",
    "put it in `{{% if {variable} %}}`, or use another template",
    "模板 `{template}` 中的 `{variable}` 在此永远为空：{why}",
    "请放进 `{{% if {variable} %}}`，或换一个模板",
    "warning",
)
_ANYBODY = frozenset(ACTORS)
_OF_A_CLOCK = frozenset({"clock", "target", "due", "overdue", "remaining", "rung", "tried", "skipped", "missed"})
_OF_A_DIGEST = frozenset({"items", "count"})
_BY_NAME = ("description", "reason", "result", "review_on", "unit", "place")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Town:
    """A sound folder: one workflow of it, its file, the people of all, and in which units a unit's role is held, and heard."""

    flow: Workflow
    source: Source
    people: directory.Directory
    units: tuple[str, ...]
    held: Mapping[str, frozenset[str]]
    heard: Mapping[str, frozenset[str]]

    def scope(self, word: str) -> str | None:
        return self.people.scope.get(word)

    def everywhere(self, word: str) -> bool:
        """Whether a word of `by` means somebody whatever the case's unit. A rider may act; a ladder is another matter."""
        return self.scope(word) != "unit" and (word not in self.people.scope or bool(self.people.having.get(word)))

    def lacking(self, words: Sequence[str]) -> list[str]:
        """The units in which none of these words means somebody who may act."""
        if any(self.everywhere(word) for word in words):
            return []
        held = frozenset[str]().union(*(self.held.get(word, frozenset()) for word in words))
        return [unit for unit in self.units if unit not in held]


def check(read: reading.Reading, whole: programmes.Programme, people: directory.Directory) -> Iterator[Problem]:
    """Warnings only: what is certain to be wrong is an error elsewhere."""
    used: set[str] = set()
    book = render.Book(read.templates)
    said: dict[str, frozenset[str]] = {}
    held: dict[str, set[str]] = {}
    heard: dict[str, set[str]] = {}
    for (role, unit), persons in people.within.items():
        held.setdefault(role, set()).add(unit)
        if not people.addressed.isdisjoint(persons):
            heard.setdefault(role, set()).add(unit)
    for name, file in read.workflow_files().items():
        town = _Town(
            flow=whole.workflows[name],
            source=read.parts[file].source,
            people=people,
            units=whole.units.ours,
            held={role: frozenset(units) for role, units in held.items()},
            heard={role: frozenset(units) for role, units in heard.items()},
        )
        yield from _acting(town)
        yield from _hearing(town)
        for path, template, trigger in _templates(town.flow):
            if template not in said:
                said[template] = uses.unguarded(book, template)
            yield from _empty(town, path, template, trigger, said[template])
        used |= _named(town.flow)
    yield from _desks(read.parts["people.yaml"].source, people, used)


def _named(flow: Workflow) -> set[str]:
    told = {word for ladder in flow.ladders.values() for rung in ladder for word in rung.notify}
    return told | {word for notice in flow.notices for word in notice.to} | {word for rule in flow.transitions.values() for word in rule.by}


def _acting(town: _Town) -> Iterator[Problem]:
    """From every open state somebody can move a case on, or make known what it takes (its unit)."""
    flow = town.flow
    leaving, given = check_cycles.leaving_of(flow), check_graph.given_in(flow)
    for name, state in flow.states.items():
        rules = leaving.get(name, [])
        out = [rule for rule in rules if rule.to not in (None, name)]
        if state.final is not None or name not in given or not out:
            continue
        roles = tuple(dict.fromkeys(word for rule in out for word in rule.by))
        if not _ANYBODY.isdisjoint(roles):
            continue
        lacking = town.lacking(roles)
        helping = {word for rule in rules if rule.to not in (None, name) or "unit" in (*rule.needs, *rule.takes) for word in rule.by}
        unknown = "unit" not in given[name] and not any(town.everywhere(word) for word in helping)
        if "unit" in flow.facts and unknown and not (town.units and len(lacking) == len(town.units)):
            yield town.source.problem(
                NOBODY_ACTS,
                ("states", name),
                key=True,
                name=name,
                roles=_listed(roles),
                where=Said(" before it has a unit", "尚无承办单位时"),
            )
        if lacking:
            yield town.source.problem(NOBODY_ACTS, ("states", name), key=True, name=name, roles=_listed(roles), where=_where(town, lacking))
        elif not town.units and not any(town.everywhere(word) for word in roles):
            yield town.source.problem(NOBODY_ACTS, ("states", name), key=True, name=name, roles=_listed(roles), where=Said("", ""))


def _where(town: _Town, lacking: Sequence[str]) -> Said:
    if len(lacking) == len(town.units):
        return Said("", "")
    named = ", ".join(lacking[:6]) + (" …" if len(lacking) > 6 else "")
    return Said(f" in {'unit' if len(lacking) == 1 else 'units'} {named}", f"单位 {named} 中")


def _listed(roles: Sequence[str]) -> Said:
    names = [f"`{role}`" for role in roles[:6]]
    return Said(" or ".join(names), "、".join(names))


def _hearing(town: _Town) -> Iterator[Problem]:
    """Each notice finds somebody in every unit, and where only a unit's people are told, there is a unit. Rungs are held to more."""
    flow, given = town.flow, check_graph.given_in(town.flow)
    required = flow.always_given
    for number, notice in enumerate(flow.notices):
        scopes = [town.scope(word) for word in notice.to]
        if None in scopes or "desk" in scopes:
            continue
        told = any(_addressed(town, word) for word in notice.to if town.scope(word) == "programme")
        heard = frozenset[str]().union(*(town.heard.get(word, frozenset()) for word in notice.to))
        lacking = [] if told else [unit for unit in town.units if unit not in heard]
        if lacking or not (told or heard):
            where = _where(town, lacking) if lacking else Said("", "")
            yield town.source.problem(NOTICE_UNHEARD, ("notices", number, "to"), roles=_listed(notice.to), where=where)
        rule = flow.transitions.get(notice.on)
        before = [given[name] | set(rule.needs) | rule.writes() for name in rule.from_ if name in given] if rule is not None else [required]
        if set(scopes) == {"unit"} and any("unit" not in facts for facts in before):
            when = Said(f"at `{notice.on}`", f"`{notice.on}` 时")
            yield town.source.problem(UNIT_UNKNOWN, ("notices", number, "to"), roles=_listed(notice.to), when=when)
    for ladder, rungs in flow.ladders.items():
        runs = [name for clock, one in flow.clocks.items() if one.ladder == ladder for name in sorted(flow.runs_in(clock)) if name in given]
        early = next((name for name in runs if "unit" not in given[name]), None)
        for number, rung in enumerate(rungs):
            if early is not None and rung.notify and {town.scope(word) for word in rung.notify} == {"unit"}:
                when = Said(f"in `{early}`", f"在 `{early}` 时")
                yield town.source.problem(UNIT_UNKNOWN, ("ladders", ladder, number, "notify"), roles=_listed(rung.notify), when=when)


def _addressed(town: _Town, word: str) -> bool:
    return not town.people.addressed.isdisjoint(town.people.having.get(word, ()))


def _templates(flow: Workflow) -> Iterator[tuple[problems.Path, str, str | None]]:
    """Where a template is named, and on which trigger; None: by a rung."""
    for number, notice in enumerate(flow.notices):
        yield ("notices", number, "template"), notice.template, notice.on
    for ladder, rungs in flow.ladders.items():
        for number, rung in enumerate(rungs):
            if rung.template is not None:
                yield ("ladders", ladder, number, "template"), rung.template, None


def _empty(town: _Town, path: problems.Path, template: str, trigger: str | None, said: frozenset[str]) -> Iterator[Problem]:
    for variable in sorted(said):
        why = _why_empty(town.flow, variable, trigger)
        if why is not None:
            yield town.source.problem(SAYS_NOTHING, path, template=template, variable=variable, why=why)


def _why_empty(flow: Workflow, variable: str, trigger: str | None) -> Said | None:
    if variable in _OF_A_DIGEST:
        return Said("only a digest has it", "只有汇总邮件才有")
    if variable in _OF_A_CLOCK and trigger is not None:
        return Said("a notice tells of a move, not of a clock", "通知说的是一步操作，不是时限")
    if variable in ("actor", "extended_by") and trigger is None:
        return Said("a rung tells of a clock, not of a move", "升级阶梯说的是时限，不是一步操作")
    if variable == "extended_by" and (trigger not in flow.transitions or flow.transitions[str(trigger)].extends is None):
        return Said(f"`{trigger}` extends no clock", f"`{trigger}` 不延长任何时限")
    return (
        None if _has(flow, variable) else Said(f"the workflow has no fact for it (`{variable}`)", f"流程中没有对应的信息项（`{variable}`）")
    )


def _has(flow: Workflow, variable: str) -> bool:
    """Whether a fact of the workflow fills the variable, as `engine.letters` does; those that come from elsewhere are always had."""
    types = {name: fact.type for name, fact in flow.facts.items()}
    shows = {name for name, kind in types.items() if kind in (FactType.PHOTOS, FactType.VIDEOS)}
    by_type = {
        "category": FactType.CATEGORY in types.values(),
        "urgency": types.get("urgency") is FactType.CHOICE,
        "photos": any(not name.startswith("result") for name in shows),
        "result_photos": any(name.startswith("result") for name in shows),
    }
    if variable == "place" and not {FactType.POINT, FactType.ENTRY}.isdisjoint(types.values()):
        return True
    return variable in types if variable in _BY_NAME else by_type.get(variable, True)


def _desks(source: Source, people: directory.Directory, used: set[str]) -> Iterator[Problem]:
    """The hours of the week in which a desk that a workflow names is empty."""
    for role, rota in people.rotas.items():
        if people.scope.get(role) != "desk" or role not in used:
            continue
        ends = (*rota.cuts[1:], localtime.WEEK_MINUTES)
        empty = [(begin, end) for begin, end, seats in zip(rota.cuts, ends, rota.seats, strict=True) if not seats]
        if empty:
            yield source.problem(DESK_UNMANNED, ("rota", role), key=True, name=role, hours=_hours(_joined(empty)))


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours as one, Sunday night and Monday morning too (its end then lies after the week's)."""
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    if len(found) > 1 and found[0][0] == 0 and found[-1][1] == localtime.WEEK_MINUTES:
        found = [*found[1:-1], (found[-1][0], localtime.WEEK_MINUTES + found[0][1])]
    return found


def _hours(spans: Sequence[tuple[int, int]]) -> Said:
    """Minutes of the week in words; what is the same on all seven days is said once."""
    daily = {(begin % 1440, end - begin) for begin, end in spans}
    if len(spans) == 7 and len(daily) == 1:
        begin, length = next(iter(daily))
        return Said(f"{_clock(begin)}–{_clock(begin + length)} every day", f"每天 {_clock(begin)}–{_clock(begin + length)} ")
    said = {
        language: [f"{_moment(begin, days)}–{_moment(end, days)}" for begin, end in spans[:4]] for language, days in say.WEEKDAYS.items()
    }
    more = len(spans) - 4
    return Said(
        "on " + ", ".join(said["en"]) + (f" and {more} more" if more > 0 else ""),
        "、".join(said["zh"]) + (f" 等 {len(spans)} 段时间" if more > 0 else " "),
    )


def _clock(minute: int) -> str:
    return f"{minute % 1440 // 60:02}:{minute % 60:02}"


def _moment(minute: int, days: Sequence[str]) -> str:
    return f"{days[minute // 1440 % 7]} {_clock(minute)}"
