"""semantics.md, "Nothing accepted is without effect": every key of the language is changed in a small programme, the same two days are
lived through, and what people see must differ where the row says. A new key without a row fails here."""

from __future__ import annotations

import functools
import inspect
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from config import areas, effects, registers, robots, schedules, visibility
from config import plans as plans_
from config import points as ledgers
from config import programme as programmes
from config import workflow as workflows
from config.words import Frozen, Text
from engine import answering, balances, board, errors, messages, requests, retention, scheduling, stats, views
from engine.figuring import circular, morning
from engine.suggesting import suggestions
from states import errors as states_errors
from tests import builders, groupchat
from tests.acceptance.town import Town, a_town, edited

NOT_WRITTEN = {"Programme", "Definition", "Live"}
"""Models that nobody writes: what a folder becomes, and what is kept of it."""
EFFECTS = """\
opens:
  - {on: refuse, workflow: report, link: inquiry, with: {description: reason, other: other}, reporter: actor, when: {urgency: 3}}
  - {on: rework, workflow: report, link: errand, with: {description: {is: 顺带查看}}}
tells:
  - {on: discard, case: opener, trigger: heard, with: {reason: reason, result: {is: 同件已作废}}, when: {luck: [true, false]}}
links:
  - {on: join, fact: other, as: twin}
  - {on: part, as: twin, cut: true}
joins:
  - {of: twin, when: all, do: settle}
"""
BASE = {
    "programme": builders.PROGRAMME
    + 'language: zh\nquiet: "22:00-06:00"\ndigest_above: 3\nurgent: {urgency: [1]}\nkeep_personal: 1 day\ndatum: wgs84\n',
    "people": edited(
        builders.PEOPLE,
        ('  rider:      {title: {zh: 骑手, en: Rider}, rider: true, quiet: "03:00-03:30"}', '  rider:      {title: {zh: 骑手, en: Rider}, rider: true, quiet: "11:30-13:00"}'),
        ("  qian:   {name: 钱核查, roles: [verifier], email: qian@example.org}", "  qian:   {name: 钱核查, roles: [verifier, rider], email: qian@example.org}\n  kong:   {name: 孔网格, roles: [handler], unit: grid, email: kong@example.org}\n  bao:    {name: 包核查, roles: [verifier, handler], unit: lights, email: bao@example.org}"),
        ("roles: [leader], email: [mayor@example.org, mayor2@example.org]", "roles: [leader], email: [mayor@example.org, mayor2@example.org], language: en"),
        ("unit: lights, email: li@example.org", 'unit: lights, email: li@example.org, phone: "13700000001"'),
        ('    - {hours: "08:00-20:00", who: [wang]}', '    - {hours: "08:00-20:00", days: mon-sun, who: [wang]}'),
    ),
    "units": builders.UNITS + "  grid:      {title: {zh: 一网格, en: Grid one}, kind: grid, part_of: community}\n  outpost:   {title: {zh: 无人站, en: Outpost}}\n  beyond:    {title: {zh: 邻街, en: Next street}, kind: neighbour}\n",
    "areas": "areas:\n  - {file: areas/town.geojson, kind: community}\n  - {file: areas/crew.geojson, kind: grid}\n  - {file: areas/beyond.geojson, kind: neighbour}\nnearest: 300\naccuracy: 100\n",
    "duties": "duties:\n  - {category: lamp, area: lights, unit: grid}\n  - {category: greening, unit: outpost}\n  - {unit: area}\n",
    # two squares half a kilometre apart, a neighbour to the east, and another drawing of the town
    "maps": builders.a_map("town", builders.an_area("community", (111.18, 37.33), (111.19, 37.34), other="grid"))
    + builders.a_map("anew", builders.an_area("community", (111.18, 37.33), (111.185, 37.34)))
    + builders.a_map("crew", builders.an_area("lights", (111.196, 37.33), (111.206, 37.34)))
    + builders.a_map("beyond", builders.an_area("beyond", (111.206, 37.33), (111.216, 37.34))),
    "calendars": edited(builders.CALENDARS, ("    holidays: CN\n", '    holidays: CN\n    makeup: "09:00-12:00"\n    days: {2026-09-21: closed}\n')),
    "categories": edited(builders.CATEGORIES, ("  lamp:        {title: {zh: 路灯, en: Street lamp},", '  lamp:        {title: {zh: 路灯, en: Street lamp}, code: "0118",')),
    "plans": """\
plans:
  gas:     {title: {zh: 燃气, en: Gas}, steps: {cordon: {title: {zh: 拉线, en: Cordon}, by: [handler]}, valve: {title: {zh: 关阀, en: Valve}}}}
  general: {title: {zh: 一般, en: General}, steps: {look: {title: {zh: 查看, en: Look}}}}
""",
    "robots": builders.ROBOTS + '  crews: {title: {zh: 抢修群, en: Crews}, kind: wecom, address: "env:TOWN_CREWS_URL", for: [lights]}\n',
    "workflow": edited(
        builders.WORKFLOW,
        ("most: 9,", "most: 9, kept: 5 days,"),
        ("  result:      {type: text,", "  plan:        {type: checklist, title: {zh: 预案, en: Plan}}\n  satisfied:   {type: yes_no, title: {zh: 满意, en: Satisfied}}\n  pleased:     {type: yes_no, title: {zh: 高兴, en: Pleased}}\n  result:      {type: text,"),
        ("  reopen:   {from: verified, to: dispatched, by: [leader],", "  reopen:   {from: verified, to: dispatched, by: [leader, reporter],"),
        ("  discard:  {",
         ("  alarm:    {from: dispatched, by: [duty], starts: {plan: plan, named: [{when: {urgency: 1}, is: gas}, {is: general}]}}\n"
         "  tick:     {from: dispatched, by: [duty, handler], ticks: plan}\n"
         "  finish:   {from: dispatched, to: resolved, by: [handler], needs: [result], needs_done: [plan], places: {most: 2, in: [resolved]}}\n"
         "  discard:  {")),
        ("notices:\n", "satisfaction: {asks: [reporter], on: [close], fact: satisfied, template: how-was-it, within: 7 days, reopens: reopen}\nnotices:\n"),
        ("  reason:      {type: text,", "  grantor:     {type: person, title: {zh: 准延人, en: Granted by}}\n  luck:        {type: yes_no, drawn: 50%, title: {zh: 抽中, en: Drawn}}\n  other:       {type: case, workflow: report, title: {zh: 另一件, en: Other case}}\n  reason:      {type: text,"),
        ("  reason:      {type: text,", "  location:    {type: point, title: {zh: 位置, en: Place}}\n  area:        {type: unit, located: location, title: {zh: 所在区域, en: Area}}\n  tracker:     {type: person, title: {zh: 专人, en: Tracker}}\n  reason:      {type: text,"),
        ("needs: [category, urgency, unit]}", "needs: [category, urgency, unit], takes: [tracker], routes: unit}"),
        ("  suspend:  {from: dispatched, to: suspended, by: [leader], needs: [reason, review_on]}",
         ("  suspend:  {from: dispatched, to: suspended, by: [leader], needs: [reason, review_on], most: 3}\n"
         "  refuse:   {title: {zh: 退单, en: Refuse}, from: dispatched, to: reported, by: [handler], needs: [reason], kind: return}\n"
         "  grant:    {from: dispatched, by: [leader], claims: grantor, sets: {result: 已准延}, extends: {clock: whole, by: 1 hour, most: 1, once_overdue: true}}\n"
         "  join:     {from: [reported, dispatched], by: [duty], needs: [other]}\n"
         "  part:     {from: [reported, dispatched], by: [duty]}\n"
         "  heard:    {from: [reported, dispatched], by: [linked], takes: [reason, result]}\n"
         "  settle:   {from: dispatched, by: [linked]}\n"
         "  close:    {from: resolved, to: verified, by: [leader], when: {urgency: [1, 2]}}")),
        ("    within: 24 hours\n", "    within: 24 hours\n    on_return: restart\n    on_reopen: restart\n"),
        ("    runs_in: [resolved]\n", "    runs_in: [resolved, reported]\n"),
        ("notices:\n", EFFECTS + "visibility:\n  - {in: [dispatched], facts: [photos], only: [handler]}\nnotices:\n"),
        ("    - {at: due, notify: [verifier, desk-chief], template: overdue}", "    - {at: 50%, notify: [verifier], template: due-soon}\n    - {at: due, notify: [verifier, desk-chief], template: overdue}"),
    )
    + """\
awards:
  - {on: dispatch, to: reporter, account: points, amount: [{when: {urgency: 1}, is: 5}, {is: 2}], when: {urgency: [1, 2]}, for: {zh: 上报奖励, en: For reporting}}
  - {on: resolve, holds: gift, to: reporter}
  - {on: rework, releases: gift}
  - {on: close, exchange: gift, to: reporter}
  - {on: reopen, reverses: close}
""",
    "points": """\
accounts:
  points: {title: {zh: 积分, en: Points}, unit: {zh: 分, en: points}, monthly_cap: 12}
  yuan:   {title: {zh: 奖金, en: Money}, unit: {zh: 元, en: yuan}, budget: 100}
exchanges:
  gift: {title: {zh: 小礼品, en: A gift}, from: {points: 1}, to: {yuan: 20}, monthly_cap: 9}
""",
    "figures": """\
outside:
  complaints: {title: {zh: 投诉, en: Complaints}, file: complaints.csv, known: true}
morning: {to: [mayor, zhao], at: "07:30", days: [mon, wed], rates: [found_rate, overdue_rate]}
monthly: {to: [mayor, zhao], at: "08:30", day: 1, rates: [on_time_closing_rate, closing_rate, overdue_rate], exempt: both}
""",
}  # fmt: skip
PLACES = (
    ("in the town", "111.1893,37.335", "advertising"),
    ("of the crew", "111.2,37.335,wgs84,50", "lamp"),
    ("between", "111.193,37.335", "advertising"),
    ("over the border", "111.21,37.335", "greening"),
)
BASE |= {
    "errand": edited(
        builders.ERRAND[: builders.ERRAND.index("clocks:")],
        ("{title: {zh: 待接单, en: Offered}}", "{title: {zh: 待接单, en: Offered}, no_deadline: 由骑手自愿接单}"),
    ),
    "orders": edited(
        builders.ORDERS,
        ("  rider: {type: person,", "  after: {type: entry, register: orders, title: {zh: 之后, en: After}}\n  rider: {type: person,"),
        ("  wang: {title: 王爷爷,", "  wang: {title: 王爷爷, after: li,"),
    ),
    "schedules": """\
schedules:
  lunch: {title: {zh: 午餐, en: Lunch}, opens: errand, at: "10:30", days: mon-sun, for_each: {register: orders, when: {meal: lunch}}, late_by: 2 hours}
  round: {title: {zh: 巡检, en: Round}, opens: errand, at: "09:00", monthly: [18, 20, 30], calendar: office, with: {meal: supper}}
""",
}
_RENAMED = [("orders", "register: orders\n", "register: meals\n"), ("orders", "register: orders,", "register: meals,"), ("errand", "register: orders", "register: meals"), ("schedules", "register: orders", "register: meals")]  # fmt: skip
CODE = re.compile(r"\d+-\d+-\d+(-[A-Z2-7]{4}){4}")
GRANNY = {"name": "王奶奶", "phone": "13800000000", "email": "granny@example.net"}


Life = Mapping[str, object]
"""Two days as people saw them, by what they looked at."""


class _Days:
    """Lives through the story and writes down what was asked and answered."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.asked: list[object] = []
        self.fired: list[object] = []
        self.mails: list[object] = []
        self.looked: list[object] = []
        self.cases: dict[str, str] = {}

    def ask(self, said: str, ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
        except (errors.EngineError, states_errors.StatesError) as refusal:
            self.asked.append((said, type(refusal).__name__, str(refusal)))
            return None
        self.asked.append((said, "ok"))
        return answer

    def open(self, name: str, at: str, *, by: str | None = "ma", **facts: Any) -> None:
        number = self.ask(f"open {name}", lambda: self.town.open(f"2026-09-{at}", by=by, **facts))
        if number is not None:
            self.cases[name] = number

    def move(self, name: str, trigger: str, by: str, **facts: Any) -> None:
        if name in self.cases:
            self.ask(f"{trigger} {name} by {by}", lambda: self.town.move(self.cases[name], trigger, by=by, **facts))

    def until(self, at: str) -> None:
        fired = self.town.until(f"2026-09-{at}")
        self.fired += [(f.number, f.clock, f.round, f.rung, f.repeat, self.town.said(f.due)) for f in fired]

    def post(self) -> None:
        with suppress(KeyError):
            self.town.deliver()

    def answer(self, name: str, *, satisfied: bool) -> None:
        """Whoever was asked first says whether all is well now, with the code of his mail."""
        if name not in self.cases:
            return
        with self.town.engine.store.reading() as tx:
            asked = [
                m.id for m in messages.listed(tx) if m.number == self.cases[name] and m.template in ("how-was-it", "received") and m.seq > 1
            ]
        found = CODE.search(messages.letter(self.town.engine, asked[-1]).html) if asked else None
        code = found[0] if found is not None else ""
        self.ask(f"answer {name}", lambda: answering.give(self.town.engine, code, satisfied=satisfied, reason="又来了"))

    def look(self, name: str) -> None:
        if name in self.cases:
            self.looked += [_plain(self.town.case(self.cases[name], viewer=viewer)) for viewer in (None, "hu", "sun")]


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without what differs in every life: hashes."""
    return {key: value for key, value in body.items() if key not in ("definition", "digest", "detail")}


def live_through(town: Town, *, looking_at: str = "") -> Life:
    """A Friday before a make-up Sunday, and the days after; each clock, ladder and rule of BASE has its moment. `looking_at`: only at this."""
    with groupchat.running() as chat, pytest.MonkeyPatch.context() as patch:
        chat.secret = {"dingtalk": groupchat.SECRET}
        patch.setenv("TOWN_DESK_URL", chat.url("dingtalk"))
        patch.setenv("TOWN_DESK_SECRET", groupchat.SECRET)
        patch.setenv("TOWN_CREWS_URL", chat.url("wecom"))
        return _live_through(town, chat, looking_at)


def _live_through(town: Town, chat: groupchat.Chat, looking_at: str) -> Life:
    days = _Days(town)
    town.asleep_until("2026-09-18T07:00")
    photos = [builders.a_photo(town.engine, colour) for colour in ("orange", "black")]
    days.open("lamp", "18T08:00", description="巷口路灯不亮", on_behalf_of=GRANNY, photos=photos, location="111.19,37.34,wgs84")
    days.open("nameless", "18T08:00", by=None, location="111.19,37.3405,wgs84")
    days.open("noted", "18T08:00", note="没有这一项")
    for crowd in range(4):
        days.open(f"crowd {crowd}", "18T08:00", by=None)
    days.look("lamp")
    days.until("18T08:08:30")
    days.post()
    days.until("18T08:41")
    for crowd in range(4):
        days.move(f"crowd {crowd}", "discard", "wang", reason="重复上报")
    days.move("lamp", "dispatch", "hu", category="lamp", urgency=2, unit="lights")
    days.move("lamp", "dispatch", "wang", category="lamp", urgency=2, unit="lights", tracker="zhao")
    days.move("nameless", "dispatch", "wang", category="greening", urgency=3, unit="community")
    for twin in ("first twin", "second twin", "third twin"):
        days.open(twin, "18T08:42", by=None, description="同一盏灯")
        days.move(twin, "join", "wang", other=days.cases.get("lamp", "TT-20260918-0999"))
    days.move("third twin", "part", "wang")
    days.move("first twin", "discard", "wang", reason="重复")
    days.look("lamp")
    days.until("18T08:44")
    days.move("second twin", "discard", "wang", reason="重复")
    days.look("lamp")
    days.until("18T09:35")
    days.post()
    for _ in range(3):
        days.move("nameless", "extend", "mayor", more_time="1 hour")
    days.move("lamp", "extend", "mayor", more_time="10 minutes")
    for _ in range(2):
        days.move("lamp", "grant", "mayor")
    if "lamp" in days.cases:
        days.ask("acknowledge by li", lambda: town.acknowledge(days.cases["lamp"], "handling", by="li"))
        days.ask("acknowledge by wang", lambda: town.acknowledge(days.cases["lamp"], "handling", by="wang"))
    days.open("gas", "18T09:40", description="煤气味")
    days.move("gas", "dispatch", "wang", category="lamp", urgency=1, unit="lights")
    days.open("far", "18T09:40", description="远处的事")
    days.move("far", "dispatch", "wang", category="lamp", urgency=3, unit="outpost")  # where there is nobody
    days.until("18T10:45")
    days.post()
    days.move("gas", "extend", "mayor", more_time="1 hour")
    days.move("gas", "close", "mayor")
    days.look("gas")
    days.move("gas", "suspend", "mayor", reason="等配件", review_on="2026-09-18")
    days.until("18T11:45")
    days.move("lamp", "resolve", "bao", result="换了灯泡")
    days.move("lamp", "verify", "bao")
    days.move("lamp", "close", "mayor")
    days.move("lamp", "reopen", "mayor", reason="又灭了")
    days.move("lamp", "resolve", "li", result="换了灯泡")
    days.until("18T12:30")
    days.move("lamp", "rework", "qian", reason="还是不亮")
    days.move("lamp", "return", "li", reason="不归我管")
    days.move("nameless", "refuse", "hu", reason="不归我管")
    days.move("nameless", "dispatch", "wang", category="greening", urgency=3, unit="community")
    days.open("late", "18T12:31", description="半夜的事", on_behalf_of=GRANNY)
    days.move("late", "discard", "wang", reason="不实")
    days.until("18T23:30")
    days.post()
    days.open("night", "18T23:30", description="半夜的事")
    days.open("green", "18T23:31", description="树倒了")
    days.move("green", "dispatch", "zhao", category="lamp", urgency=3, unit="grid")  # whose chief is the community's
    days.move("night", "dispatch", "zhao", category="lamp", urgency=3, unit="lights")
    days.until("18T23:50")
    days.post()
    days.move("night", "resolve", "li", result="没事了")
    days.move("night", "close", "mayor")
    for name, place, category in PLACES:
        days.open(name, "18T23:50", description="在这里", location=place)
        days.move(name, "dispatch", "zhao", category=category, urgency=3)
    days.open("leak", "18T23:50", description="煤气味", photos=photos[:1])
    days.open("other", "18T23:50", description="又一处煤气味", on_behalf_of=GRANNY)
    wordless = requests.Opening(programme=town.programme, workflow="report", actor="ma", facts={"photos": photos[:1]})
    days.ask("open without a word", lambda: town.engine.door.submit(wordless))
    for name in ("leak", "other"):
        days.move(name, "dispatch", "zhao", category="lamp", urgency=1, unit="lights")
    days.move("leak", "alarm", "zhao")
    days.move("leak", "tick", "wang", step="cordon")
    days.move("leak", "tick", "li", step="cordon")
    days.move("leak", "finish", "li", result="关了阀")
    days.move("leak", "tick", "zhao", step="valve")
    days.look("leak")
    days.move("leak", "finish", "li", result="关了阀")
    days.move("other", "finish", "li", result="关了阀")
    days.move("leak", "close", "mayor")
    days.move("other", "finish", "li", result="关了阀")
    days.move("other", "close", "mayor")
    days.until("19T09:00")
    days.answer("other", satisfied=False)
    days.look("other")
    days.until("22T09:00")
    days.post()
    days.answer("leak", satisfied=True)
    erased = retention.erase(town.engine.store, town.engine.catalog, town.engine.settings.data_dir, now=town.now)
    town.asleep_until("2026-09-30T09:00")
    for name in days.cases:
        days.look(name)
    again = retention.erase(town.engine.store, town.engine.catalog, town.engine.settings.data_dir, now=town.now)
    looks = _looks(town, days, chat, (erased, again))
    return {name: look() for name, look in looks.items() if looking_at in (name, "")}


def leaders(town: Town) -> list[object]:
    """The mails of a morning and of a month, where their time has come."""
    outside = town.engine.settings.programmes / town.programme / "outside"
    outside.mkdir(parents=True, exist_ok=True)
    for name, count in (("complaints", 7), ("letters", 3)):
        (outside / f"{name}.csv").write_text(f"date,count\n2026-09-10,{count}\n", encoding="utf-8")
    had = len(town.box.letters)
    morning.send(town.engine, now=town.at("2026-09-30T07:40"), due=True, post=town.post)
    circular.send(town.engine, now=town.at("2026-10-01T08:40"), due=True, post=town.post)
    return [(letter.to, letter.subject, letter.text) for letter in list(town.box.letters)[had:]]


def _looks(town: Town, days: _Days, chat: groupchat.Chat, erased: object) -> Mapping[str, Callable[[], object]]:
    numbers = list(days.cases.values())
    bodies = [body for body in days.looked if isinstance(body, dict)]
    return {
        "asked": lambda: days.asked,
        "cases": lambda: [{k: v for k, v in body.items() if k != "possible"} for body in bodies],
        "possible": lambda: [body["possible"] for body in bodies],
        "history": lambda: [_plain(e) | {"facts": sorted(e["facts"])} for number in numbers for e in town.history(number, viewer="sun")],
        "fired": lambda: days.fired,
        "told": lambda: [
            (m.number, m.recipient, m.template, m.kind, m.clock, m.urgent, m.state, m.created_at, m.next_at) for m in town.messages()
        ],
        "mails": lambda: [(letter.to, letter.subject, str(letter.message["From"]), letter.text) for letter in town.box.letters],
        "groups": lambda: list(chat.taken),
        "listed": lambda: listed(town),
        "explained": lambda: [town.explain(number)["clocks"] for number in numbers],
        "ledger": lambda: ledger(town),
        "suggested": lambda: [suggested(town, number) for number in numbers],
        "scheduled": lambda: scheduled(town),
        "registers": lambda: kept(town),
        "figures": lambda: [figures(town, by) for by in ("programme", "unit", "category", "state", "clock")],
        "leaders": lambda: leaders(town),
        "erased": lambda: erased,
    }


def listed(town: Town) -> list[object]:
    """What `fengxing list` and the boards say."""
    now = town.now
    with town.engine.store.reading() as tx:
        boards = board.boards(tx, town.engine.catalog, now=now)
    return [[_plain(body) for body in town.listed(**wanted)] for wanted in ({"unit": "lights"}, {"overdue": True})] + [boards]


def kept(town: Town) -> list[object]:
    """What `fengxing register` says."""
    programmes_ = town.engine.catalog.programmes
    if town.programme not in programmes_:
        return []
    return [one.model_dump(mode="json") for one in programmes_[town.programme].live.registers.values()]


def scheduled(town: Town) -> list[object]:
    """What opened by itself, and what `fengxing schedules` says."""
    now = town.now
    with town.engine.store.reading() as tx:
        found = scheduling.listed(tx, town.engine.catalog, None, now=now, until=now + 40 * 86_400_000_000, most=50)
    opened = [town.case(past.case) for one in found for past in one.latest if past.case is not None]
    said = [{key: value for key, value in one.body().items() if key in ("schedule", "title", "next", "last")} for one in found]
    return [*said, *((case["workflow"], case["facts"], case["opened_at"], case["said"]) for case in opened)]


def figures(town: Town, by: str) -> object:
    """What `fengxing stats --by` says."""
    with town.engine.store.reading() as tx:
        return stats.stats(tx, town.engine.catalog, stats.Wanted(by=by), now=town.at("2026-09-30T09:00"))


def ledger(town: Town) -> list[object]:
    """What `fengxing points` says, and the rider's statement."""
    known = town.engine.catalog
    with town.engine.store.reading() as tx:
        found: list[object] = [each.body() for each in balances.balances(tx, known, now=town.at("2026-09-30T09:00"))]
        return [*found, *(balances.statement(tx, known, name, "ma").body() for name in known.programmes)]


def suggested(town: Town, number: str) -> object:
    """What `fengxing suggest` says."""
    engine = town.engine
    with engine.store.reading() as tx:
        return suggestions.suggest(tx, engine.catalog, views.find(tx, engine.catalog, number)).body("en")


@functools.cache
def base() -> Life:
    with tempfile.TemporaryDirectory() as folder, a_town(Path(folder) / "town", **BASE) as town:
        return live_through(town)


Change = tuple[str, str, str]
ROWS: Mapping[str, tuple[str, list[Change]]] = {
    "Text.zh": ("mails", [("programme", "测试镇", "试验镇")]),
    "Text.en": ("mails", [("programme", "Testtown", "Trialtown")]),
    # a workflow
    "Workflow.workflow": ("asked", [("workflow", "workflow: report", "workflow: other")]),
    "Workflow.title": ("mails", [("workflow", "title: {zh: 随手拍", "title: {zh: 随时报")]),
    "Workflow.initial": ("cases", [("workflow", "initial: reported", "initial: dispatched")]),
    "Workflow.opened_by": ("asked", [("workflow", "initial: reported\n", "initial: reported\nopened_by: [rider, duty]\n")]),
    "Workflow.facts": ("asked", [("workflow", "  result:      {type: text,", "  note:        {type: text, title: {zh: 备注, en: Note}}\n  result:      {type: text,")]),
    "Workflow.states": ("cases", [("workflow", "  invalid:", "  void:"), ("workflow", "to: invalid", "to: void")]),
    "Workflow.transitions": ("asked", [("workflow", "  extend:   {", "  prolong:  {")]),
    "Workflow.clocks": ("fired", [("workflow", "clocks:\n", "clocks:\n  extra: {title: {zh: 另一, en: Another}, runs_in: [reported], within: 5 minutes, ladder: leaders}\n")]),
    "Workflow.ladders": ("fired", [("workflow", "    - {before: 1 minute, notify: [duty], template: due-soon}\n", "")]),
    "Workflow.opens": ("listed", [("workflow", "  - {on: rework, workflow: report, link: errand, with: {description: {is: 顺带查看}}}\n", "")]),
    "Workflow.tells": ("history", [("workflow", "tells:\n  - {on: discard, case: opener, trigger: heard, with: {reason: reason, result: {is: 同件已作废}}, when: {luck: [true, false]}}\n", ""), ("workflow", "by: [linked], takes: [reason, result]", "by: [duty], takes: [reason, result]")]),
    "Workflow.links": ("history", [("workflow", "links:\n  - {on: join, fact: other, as: twin}\n  - {on: part, as: twin, cut: true}\n", ""), ("workflow", "joins:\n  - {of: twin, when: all, do: settle}\n", ""), ("workflow", "  settle:   {from: dispatched, by: [linked]}\n", "")]),
    "Workflow.joins": ("history", [("workflow", "joins:\n  - {of: twin, when: all, do: settle}\n", ""), ("workflow", "  settle:   {from: dispatched, by: [linked]}\n", "")]),
    "Opens.on": ("listed", [("workflow", "on: rework, workflow", "on: verify, workflow")]),
    "Opens.link": ("cases", [("workflow", "link: inquiry", "link: query")]),
    "Opens.with": ("listed", [("workflow", "{description: {is: 顺带查看}}", "{description: {is: 顺带查看}, unit: {is: lights}}")]),
    "Opens.reporter": ("told", [("workflow", "reporter: actor", "reporter: none")]),
    "Opens.when": ("told", [("workflow", "reporter: actor, when: {urgency: 3}", "reporter: actor, when: {urgency: 1}")]),
    "Tells.on": ("history", [("workflow", "  - {on: discard, case: opener", "  - {on: suspend, case: opener")]),
    "Tells.case": ("history", [("workflow", "case: opener, trigger: heard", "case: twin, trigger: heard")]),
    "Tells.trigger": ("history", [("workflow", "case: opener, trigger: heard, with: {reason: reason, result: {is: 同件已作废}}", "case: opener, trigger: noted"), ("workflow", "  heard:    {from: [reported, dispatched], by: [linked], takes: [reason, result]}\n", "  noted:    {from: [reported, dispatched], by: [linked]}\n")]),
    "Tells.with": ("history", [("workflow", "with: {reason: reason, result: {is: 同件已作废}}", "with: {reason: reason}")]),
    "Tells.when": ("history", [("workflow", "when: {luck: [true, false]}", "when: {urgency: 1}")]),
    "Links.on": ("history", [("workflow", "{on: join, fact: other", "{on: dispatch, fact: other")]),
    "Links.as": ("cases", [("workflow", "fact: other, as: twin", "fact: other, as: double"), ("workflow", "of: twin", "of: double"), ("workflow", "on: part, as: twin", "on: part, as: double")]),
    "Links.fact": ("history", [("workflow", "{on: join, fact: other", "{on: join, fact: another"), ("workflow", "  other:       {type: case, workflow: report,", "  another:     {type: case, workflow: report, title: {zh: 又一件, en: Another}}\n  other:       {type: case, workflow: report,")]),
    "Links.cut": ("history", [("workflow", "  - {on: part, as: twin, cut: true}\n", "")]),
    "Joins.of": ("history", [("workflow", "of: twin, when: all", "of: errand, when: all")]),
    "Joins.when": ("history", [("workflow", "when: all, do", "when: any, do")]),
    "Joins.do": ("history", [("workflow", "do: settle", "do: conclude"), ("workflow", "  settle:   {", "  conclude: {")]),
    "Constant.is": ("cases", [("workflow", "{is: 同件已作废}", "{is: 另一件已作废}")]),
    "Fact.drawn": ("cases", [("workflow", "drawn: 50%", "drawn: 100%")]),
    "Transition.claims": ("cases", [("workflow", "claims: grantor, ", "")]),
    "Transition.sets": ("history", [("workflow", "sets: {result: 已准延}, ", "")]),
    "Workflow.notices": ("told", [("workflow", "  - {on: dispatch, to: [handler], template: assigned}\n", "")]),
    "Workflow.counts": ("figures", [("workflow", "notices:\n", "counts: {valid: [resolved]}\nnotices:\n")]),
    "Counts.responded": ("figures", [("workflow", "notices:\n", "counts: {responded: [resolved]}\nnotices:\n")]),
    "Counts.resolved": ("figures", [("workflow", "notices:\n", "counts: {resolved: [verified]}\nnotices:\n")]),
    "Counts.valid": ("figures", [("workflow", "notices:\n", "counts: {valid: [resolved]}\nnotices:\n")]),
    "Fact.type": ("asked", [("workflow", "result:      {type: text", "result:      {type: number"), ("workflow", "sets: {result: 已准延}", "sets: {result: 1}"), ("workflow", "result: {is: 同件已作废}", "result: {is: 1}")]),
    "Fact.title": ("cases", [("workflow", "zh: 专人", "zh: 跟踪人")]),
    "Fact.required": ("asked", [("workflow", "photos:      {type: photos,", "photos:      {type: photos, required: true,"), ("workflow", "other: other}", "other: other, photos: photos}"), ("workflow", "{is: 顺带查看}}", "{is: 顺带查看}, photos: photos}")]),
    "Fact.or": ("asked", [("workflow", "description: {type: text, required: true,", "description: {type: text, required: true, or: photos,")]),
    "Fact.personal": ("cases", [("workflow", "{type: contact, personal: true,", "{type: contact,")]),
    "Fact.most": ("asked", [("workflow", "most: 9", "most: 1")]),
    "Fact.longest": ("asked", [("workflow", "longest: 500", "longest: 5")]),
    "Fact.choices": ("mails", [("workflow", "1: 紧急", "1: 十万火急")]),
    "Fact.kept": ("erased", [("workflow", "kept: 5 days", "kept: 60 days")]),
    "State.title": ("mails", [("workflow", "已派单", "已派")]),
    "State.final": ("figures", [("workflow", "final: rejected", "final: done")]),
    "Transition.title": ("cases", [("workflow", "{zh: 退单, en: Refuse}", "{zh: 拒收, en: Refuse}")]),
    "Transition.from": ("asked", [("workflow", "  close:    {from: resolved", "  close:    {from: [resolved, dispatched]")]),
    "Transition.to": ("cases", [("workflow", "discard:  {from: reported, to: invalid", "discard:  {from: reported, to: verified"), ("workflow", "  reopen:   {", "  annul:    {from: reported, to: invalid, by: [duty]}\n  reopen:   {")]),
    "Transition.by": ("asked", [("workflow", "  extend:   {from: dispatched, by: [leader]", "  extend:   {from: dispatched, by: [desk-chief]")]),
    "Transition.needs": ("asked", [("workflow", "discard:  {from: reported, to: invalid, by: [duty], needs: [reason]", "discard:  {from: reported, to: invalid, by: [duty], needs: [reason, result]")]),
    "Transition.takes": ("asked", [("workflow", ", takes: [tracker]", "")]),
    "Transition.when": ("asked", [("workflow", "by: [leader], when: {urgency: [1, 2]}}", "by: [leader], when: {urgency: [1, 2, 3]}}")]),
    "Transition.not_by": ("asked", [("workflow", ", not_by: [resolve]", "")]),
    "Transition.kind": ("cases", [("workflow", ", kind: return", "")]),
    "Transition.extends": ("cases", [("workflow", ", extends: {clock: whole, by: 1 hour, most: 1, once_overdue: true}", "")]),
    "Transition.most": ("asked", [("workflow", "takes: [photos]}", "takes: [photos], most: 1}")]),
    "Transition.starts": ("cases", [("workflow", "alarm:    {from: dispatched, by: [duty],", "alarm:    {from: dispatched, by: [duty]}\n  warn:     {from: dispatched, by: [duty],")]),
    "Transition.ticks": ("asked", [("workflow", ", ticks: plan}", "}")]),
    "Transition.needs_done": ("asked", [("workflow", ", needs_done: [plan]", "")]),
    "Transition.places": ("asked", [("workflow", ", places: {most: 2, in: [resolved]}", "")]),
    "Starts.plan": ("cases", [("workflow", "  plan:        {type: checklist", "  steps:       {type: checklist"), ("workflow", "starts: {plan: plan", "starts: {plan: steps"), ("workflow", "ticks: plan", "ticks: steps"), ("workflow", "needs_done: [plan]", "needs_done: [steps]")]),
    "Starts.named": ("cases", [("workflow", "named: [{when: {urgency: 1}, is: gas}, {is: general}]", "named: general")]),
    "Named.when": ("cases", [("workflow", "{when: {urgency: 1}, is: gas}", "{when: {urgency: 3}, is: gas}")]),
    "Named.is": ("cases", [("workflow", "{when: {urgency: 1}, is: gas}", "{when: {urgency: 1}, is: general}")]),
    "Places.most": ("asked", [("workflow", "places: {most: 2,", "places: {most: 3,")]),
    "Places.in": ("asked", [("workflow", "in: [resolved]}", "in: [resolved, verified]}")]),
    "Workflow.satisfaction": ("told", [("workflow", "satisfaction: {asks: [reporter], on: [close], fact: satisfied, template: how-was-it, within: 7 days, reopens: reopen}\n", "")]),
    "Satisfaction.asks": ("told", [("workflow", "asks: [reporter]", "asks: [reporter, on_behalf_of]")]),
    "Satisfaction.on": ("told", [("workflow", "on: [close]", "on: [verify]")]),
    "Satisfaction.fact": ("cases", [("workflow", "fact: satisfied", "fact: pleased")]),
    "Satisfaction.template": ("told", [("workflow", "template: how-was-it", "template: received")]),
    "Satisfaction.within": ("asked", [("workflow", "within: 7 days, reopens", "within: 1 day, reopens")]),
    "Satisfaction.reopens": ("history", [("workflow", ", reopens: reopen}", "}")]),
    # plans.yaml
    "Plans.plans": ("cases", [("plans", "  gas: ", "  fumes: "), ("workflow", "is: gas", "is: fumes")]),
    "EmergencyPlan.title": ("cases", [("plans", "zh: 燃气", "zh: 煤气")]),
    "EmergencyPlan.steps": ("asked", [("plans", "cordon:", "fence:")]),
    "Step.title": ("cases", [("plans", "zh: 拉线", "zh: 围护")]),
    "Step.by": ("asked", [("plans", ", by: [handler]}", "}")]),
    "Transition.exempts": ("figures", [("workflow", "by: [leader], when: {urgency: [1, 2]}}", "by: [leader], when: {urgency: [1, 2]}, exempts: [handling]}")]),
    "Extends.clock": ("cases", [("workflow", "extends: {clock: whole, by: 1 hour", "extends: {clock: handling, by: 1 hour")]),
    "Extends.by": ("cases", [("workflow", "by: 1 hour, most: 1", "by: 2 hours, most: 1")]),
    "Extends.most": ("asked", [("workflow", "by: 1 hour, most: 1", "by: 1 hour, most: 2")]),
    "Extends.once_overdue": ("asked", [("workflow", "by: {fact: more_time}}", "by: {fact: more_time}, once_overdue: true}")]),
    "FromFact.fact": ("cases", [("workflow", "due: {fact: review_on}", "due: {fact: before_on}"), ("workflow", "  result:      {type: text,", "  before_on:   {type: date, title: {zh: 之前, en: Before}}\n  result:      {type: text,"), ("workflow", "needs: [reason, review_on], most: 3}", "needs: [reason, review_on], takes: [before_on], most: 3}")]),
    "Clock.title": ("mails", [("workflow", "zh: 处置时限", "zh: 处理时限")]),
    "Clock.runs_in": ("cases", [("workflow", "runs_in: [dispatched]", "runs_in: [dispatched, suspended]")]),
    "Clock.pauses_in": ("cases", [("workflow", "    pauses_in: [suspended]\n", "")]),
    "Clock.within": ("fired", [("workflow", "within: 10 minutes", "within: 12 minutes")]),
    "Clock.due": ("cases", [("workflow", "due: {fact: review_on}", "within: 5 minutes")]),
    "Clock.hours": ("cases", [("workflow", "    within: 24 hours\n", "    within: 24 hours\n    hours: office\n")]),
    "Clock.on_return": ("cases", [("workflow", "    within: 10 minutes\n    on_return: restart\n", "    within: 10 minutes\n")]),
    "Clock.on_rework": ("cases", [("workflow", "    on_rework: restart\n", "")]),
    "Clock.on_reopen": ("cases", [("workflow", "    on_rework: restart\n", "    on_rework: restart\n    on_reopen: restart\n")]),
    "Clock.acknowledge": ("fired", [("workflow", "    acknowledge: {for: 2 hours}\n", "")]),
    "Clock.ladder": ("fired", [("workflow", "    ladder: verifying\n", "    ladder: leaders\n"), ("workflow", "    ladder: leaders\n  review", "    ladder: verifying\n  review")]),
    "Target.when": ("cases", [("workflow", "- {when: {urgency: 1}, is: 30 minutes}", "- {when: {urgency: 2}, is: 30 minutes}")]),
    "Target.is": ("cases", [("workflow", "is: 8 working hours", "is: 9 working hours")]),
    "Target.hours": ("cases", [("workflow", "is: 8 working hours, hours: office", "is: 8 hours")]),
    "Acknowledge.for": ("fired", [("workflow", "{for: 2 hours}", "{for: 30 minutes}")]),
    "Rung.at": ("fired", [("workflow", "{at: 80%, notify: [handler]", "{at: 70%, notify: [handler]")]),
    "Rung.before": ("fired", [("workflow", "before: 1 minute", "before: 90 seconds")]),
    "Rung.after": ("fired", [("workflow", "{after: 10 minutes", "{after: 11 minutes")]),
    "Rung.notify": ("told", [("workflow", "notify: [desk-chief]", "notify: [desk-chief, leader]")]),
    "Rung.template": ("mails", [("workflow", "notify: [desk-chief], template: overdue", "notify: [desk-chief], template: supervise")]),
    "Rung.do": ("history", [("workflow", "{at: due, do: resume}", "{at: due, notify: [leader], template: overdue}"), ("workflow", "by: [leader, timer]", "by: [leader]")]),
    "Rung.always": ("fired", [("workflow", ", always: true", "")]),
    "Rung.repeat": ("fired", [("workflow", ", repeat: {every: 1 hour, most: 5}", "")]),
    "Repeat.every": ("fired", [("workflow", "every: 1 hour", "every: 2 hours")]),
    "Repeat.most": ("fired", [("workflow", "most: 5}", "most: 3}")]),
    "Rung.robots": ("told", [("workflow", "notify: [desk-chief], template: overdue", "notify: [desk-chief], robots: [crews], template: overdue")]),
    "Notice.on": ("told", [("workflow", "{on: open, to: [reporter]", "{on: resolve, to: [reporter]")]),
    "Notice.to": ("told", [("workflow", "to: [handler], template: assigned", "to: [handler, reporter], template: assigned")]),
    "Notice.template": ("mails", [("workflow", "to: [handler], template: assigned", "to: [handler], template: received")]),
    "Notice.when": ("told", [("workflow", "template: assigned}", "template: assigned, when: {urgency: 1}}")]),
    "Workflow.awards": ("ledger", [("workflow", "  - {on: rework, releases: gift}\n", "")]),
    "Award.on": ("ledger", [("workflow", "{on: rework, releases", "{on: return, releases")]),
    "Award.when": ("ledger", [("workflow", ", when: {urgency: [1, 2]}, for:", ", for:")]),
    "Award.to": ("ledger", [("workflow", "{on: dispatch, to: reporter", "{on: dispatch, to: actor")]),
    "Award.account": ("ledger", [("workflow", "account: points", "account: yuan")]),
    "Award.amount": ("ledger", [("workflow", "{is: 2}]", "{is: 3}]")]),
    "Award.for": ("ledger", [("workflow", "zh: 上报奖励", "zh: 线索奖励")]),
    "Award.exchange": ("ledger", [("workflow", "  - {on: close, exchange: gift, to: reporter}\n  - {on: reopen, reverses: close}\n", "")]),
    "Award.holds": ("ledger", [("workflow", "  - {on: resolve, holds: gift, to: reporter}\n  - {on: rework, releases: gift}\n", "")]),
    "Award.releases": ("ledger", [("workflow", "{on: rework, releases: gift}", "{on: rework, reverses: dispatch}")]),
    "Award.reverses": ("ledger", [("workflow", "reverses: close", "reverses: dispatch")]),
    "Share.when": ("ledger", [("workflow", "[{when: {urgency: 1}, is: 5}", "[{when: {urgency: 3}, is: 5}")]),
    "Share.is": ("ledger", [("workflow", "{when: {urgency: 1}, is: 5}", "{when: {urgency: 1}, is: 4}")]),
    # points.yaml
    "Points.accounts": ("ledger", [("points", "  points: {", "  marks: {"), ("points", "{points: 1}", "{marks: 1}"), ("workflow", "account: points", "account: marks")]),
    "Points.exchanges": ("ledger", [("points", "monthly_cap: 9}\n", "monthly_cap: 9}\n  other: {from: {points: 3}, to: {yuan: 7}}\n"), ("workflow", "holds: gift", "holds: other"), ("workflow", "exchange: gift", "exchange: other"), ("workflow", "releases: gift", "releases: other")]),
    "Account.title": ("ledger", [("points", "zh: 积分,", "zh: 分数,")]),
    "Account.unit": ("ledger", [("points", "zh: 元,", "zh: 块,")]),
    "Account.monthly_cap": ("ledger", [("points", "monthly_cap: 12", "monthly_cap: 6")]),
    "Account.budget": ("asked", [("points", "budget: 100", "budget: 10")]),
    "Exchange.title": ("ledger", [("points", "zh: 小礼品", "zh: 大礼包")]),
    "Exchange.from": ("ledger", [("points", "from: {points: 1}", "from: {points: 2}")]),
    "Exchange.to": ("ledger", [("points", "to: {yuan: 20}", "to: {yuan: 30}")]),
    "Exchange.monthly_cap": ("asked", [("points", "monthly_cap: 9", "monthly_cap: 1"), ("workflow", "  - {on: rework, releases: gift}\n", "")]),
    "Workflow.visibility": ("cases", [("workflow", "visibility:\n  - {in: [dispatched], facts: [photos], only: [handler]}\n", "")]),
    "Visibility.in": ("cases", [("workflow", "{in: [dispatched], facts: [photos]", "{in: [reported], facts: [photos]")]),
    "Visibility.facts": ("cases", [("workflow", "facts: [photos], only", "facts: [category], only")]),
    "Visibility.only": ("cases", [("workflow", "facts: [photos], only: [handler]", "facts: [photos], only: [unit-chief]")]),
    "Notice.robots": ("told", [("workflow", "to: [handler], template: assigned", "to: [handler], robots: [desk], template: assigned")]),
    # programme.yaml
    "ProgrammeFile.programme": ("asked", [("programme", "programme: testtown", "programme: other")]),
    "ProgrammeFile.title": ("mails", [("programme", "测试镇", "试验镇")]),
    "ProgrammeFile.prefix": ("cases", [("programme", "prefix: TT", "prefix: XX")]),
    "ProgrammeFile.time_zone": ("cases", [("programme", "Asia/Shanghai", "Asia/Tokyo")]),
    "ProgrammeFile.language": ("mails", [("programme", "language: zh", "language: en")]),
    "ProgrammeFile.fallback": ("told", [("programme", "fallback: [mayor]", "fallback: [zhao]")]),
    "ProgrammeFile.quiet": ("told", [("programme", '"22:00-06:00"', '"22:00-07:00"')]),
    "ProgrammeFile.digest_above": ("mails", [("programme", "digest_above: 3", "digest_above: 9")]),
    "ProgrammeFile.urgent": ("told", [("programme", "urgent: {urgency: [1]}", "urgent: {urgency: [1, 2]}")]),
    "ProgrammeFile.keep_personal": ("erased", [("programme", "keep_personal: 1 day", "keep_personal: 60 days")]),
    # figures.yaml
    "Figures.workflows": ("leaders", [("figures", "outside:\n", "workflows: [report]\noutside:\n")]),
    "Figures.outside": ("leaders", [("figures", "outside:\n  complaints: {title: {zh: 投诉, en: Complaints}, file: complaints.csv, known: true}\n", "")]),
    "Figures.morning": ("leaders", [("figures", 'morning: {to: [mayor, zhao], at: "07:30", days: [mon, wed], rates: [found_rate, overdue_rate]}\n', "")]),
    "Figures.monthly": ("leaders", [("figures", 'monthly: {to: [mayor, zhao], at: "08:30", day: 1, rates: [on_time_closing_rate, closing_rate, overdue_rate], exempt: both}\n', "")]),
    "Outside.title": ("leaders", [("figures", "zh: 投诉", "zh: 热线")]),
    "Outside.file": ("leaders", [("figures", "complaints.csv", "letters.csv")]),
    "Outside.known": ("leaders", [("figures", ", known: true", "")]),
    "MorningMail.to": ("leaders", [("figures", "morning: {to: [mayor, zhao]", "morning: {to: [zhao]")]),
    "MorningMail.at": ("leaders", [("figures", '"07:30"', '"07:50"')]),
    "MorningMail.days": ("leaders", [("figures", "[mon, wed]", "[mon, tue]")]),
    "MorningMail.rates": ("leaders", [("figures", "[found_rate, overdue_rate]", "[found_rate]")]),
    "Circular.to": ("leaders", [("figures", "monthly: {to: [mayor, zhao]", "monthly: {to: [mayor]")]),
    "Circular.at": ("leaders", [("figures", '"08:30"', '"08:50"')]),
    "Circular.day": ("leaders", [("figures", "day: 1,", "day: 2,")]),
    "Circular.rates": ("leaders", [("figures", "[on_time_closing_rate, closing_rate, overdue_rate]", "[on_time_closing_rate, overdue_rate]")]),
    "Circular.exempt": ("leaders", [("figures", "exempt: both", "exempt: without")]),
    # people.yaml
    "People.roles": ("asked", [("people", "  duty:", "  desk:"), ("people", "[duty", "[desk"), ("robots", "[duty", "[desk"), ("workflow", "[duty", "[desk")]),
    "People.people": ("asked", [("people", "  bao: ", "  biao: ")]),
    "People.rota": ("told", [("people", 'who: [wang]', 'who: [zhao]')]),
    "Role.title": ("mails", [("people", "zh: 核查员", "zh: 质检员")]),
    "Role.scope": ("told", [("people", "handler:    {title: {zh: 承办人, en: Handler}, scope: unit}", "handler:    {title: {zh: 承办人, en: Handler}}")]),
    "Role.rider": ("told", [("people", "en: Rider}, rider: true", "en: Rider}, rider: false")]),
    "Role.quiet": ("told", [("people", 'quiet: "11:30-13:00"', 'quiet: "03:00-03:30"')]),
    "Person.name": ("mails", [("people", "name: 李师傅", "name: 木子师傅")]),
    "Person.roles": ("told", [("people", "roles: [duty, desk-chief]", "roles: [duty, desk-chief, leader]")]),
    "Person.unit": ("told", [("people", "roles: [unit-chief], unit: lights", "roles: [unit-chief], unit: community"), ("people", "roles: [verifier, handler], unit: lights", "roles: [verifier, handler, unit-chief], unit: lights")]),
    "Person.email": ("mails", [("people", "li@example.org", "li.new@example.org")]),
    "Person.phone": ("mails", [("people", "13700000001", "13700000002")]),
    "Person.language": ("mails", [("people", ", language: en", "")]),
    "Shift.hours": ("told", [("people", '"08:00-20:00"', '"09:00-20:00"'), ("people", '"20:00-08:00"', '"20:00-09:00"')]),
    "Shift.days": ("told", [("people", "days: mon-sun", "days: [mon-thu, sat-sun]"), ("people", "who: [zhao]}\n", 'who: [zhao]}\n    - {hours: "08:00-20:00", days: fri, who: [zhao]}\n')]),
    "Shift.who": ("told", [("people", "who: [wang]", "who: [zhao]")]),
    # units.yaml
    "Units.units": ("asked", [("units", "  grid: ", "  patch: "), ("people", "unit: grid", "unit: patch"), ("duties", "unit: grid", "unit: patch")]),
    "Unit.title": ("mails", [("units", "zh: 路灯队", "zh: 灯队")]),
    "Unit.kind": ("cases", [("units", "kind: community}", "kind: department}")]),
    "Unit.part_of": ("told", [("units", ", part_of: community", "")]),
    # robots.yaml
    "Robots.robots": ("told", [("robots", "  crews:", "  gangs:")]),
    "Robot.title": ("mails", [("robots", "zh: 值班群", "zh: 城管值班群")]),
    "Robot.kind": ("groups", [("robots", "kind: wecom", "kind: feishu")]),
    "Robot.address": ("groups", [("robots", "env:TOWN_CREWS_URL", "env:TOWN_GANGS_URL")]),
    "Robot.secret": ("groups", [("robots", ', secret: "env:TOWN_DESK_SECRET"', "")]),
    "Robot.for": ("told", [("robots", "for: [lights]", "for: [verifier]")]),
    "Robot.mention": ("groups", [("robots", "mention: [li]", 'mention: ["id:wang"]')]),
    # calendars.yaml
    "Calendars.calendars": ("explained", [("calendars", "  office:", "  bureau:"), ("workflow", "hours: office", "hours: bureau"), ("schedules", "calendar: office", "calendar: bureau")]),
    "Calendar.title": ("cases", [("calendars", "zh: 工作时间", "zh: 上班时间")]),
    "Calendar.week": ("cases", [("calendars", '"14:00-17:30"', '"14:00-18:00"')]),
    "Calendar.holidays": ("cases", [("calendars", "holidays: CN", "holidays: none"), ("calendars", '    makeup: "09:00-12:00"\n', "")]),
    "Calendar.makeup": ("cases", [("calendars", '"09:00-12:00"', '"10:00-12:00"')]),
    "Calendar.days": ("cases", [("calendars", "2026-09-21: closed", "2026-09-22: closed")]),
    # categories.yaml
    "Categories.scheme": ("cases", [("categories", "scheme: testtown", "scheme: othertown")]),
    "Categories.version": ("cases", [("categories", 'version: "1"', 'version: "2"')]),
    "Categories.learns": ("suggested", [("categories", "categories:\n", "learns: {from: 60}\ncategories:\n")]),
    "Categories.duplicates": ("suggested", [("categories", "categories:\n", "duplicates: {metres: 50}\ncategories:\n")]),
    "Learns.from": ("suggested", [("categories", "categories:\n", "learns: {from: 60}\ncategories:\n")]),
    "Learns.per_category": ("suggested", [("categories", "categories:\n", "learns: {per_category: 5}\ncategories:\n")]),
    "Near.metres": ("suggested", [("categories", "categories:\n", "duplicates: {metres: 50}\ncategories:\n")]),
    "Near.hours": ("suggested", [("categories", "categories:\n", "duplicates: {hours: 2}\ncategories:\n")]),
    "Category.duplicates": ("suggested", [("categories", "unit: lights}", "unit: lights, duplicates: {metres: 50}}")]),
    "Categories.categories": ("asked", [("categories", "  greening:    {", "  green:       {"), ("workflow", "greening", "green"), ("duties", "category: greening", "category: green")]),
    "Category.title": ("mails", [("categories", "zh: 路灯,", "zh: 灯,")]),
    "Category.code": ("cases", [("categories", '"0118"', '"0137"')]),
    "Category.keywords": ("cases", [("categories", "[路灯, 不亮]", "[灯泡]")]),
    "Fact.located": ("cases", [("workflow", ", located: location", "")]),
    "Transition.routes": ("asked", [("workflow", ", routes: unit", "")]),
    "ProgrammeFile.datum": ("cases", [("programme", "datum: wgs84", "datum: gcj02")]),
    "Areas.areas": ("cases", [("areas", "  - {file: areas/beyond.geojson, kind: neighbour}\n", "")]),
    "Areas.nearest": ("cases", [("areas", "nearest: 300", "nearest: 100")]),
    "Areas.accuracy": ("cases", [("areas", "accuracy: 100", "accuracy: 20")]),
    "Layer.file": ("cases", [("areas", "areas/town", "areas/anew")]),
    "Layer.kind": ("cases", [("areas", "kind: grid", "kind: community")]),
    "Layer.name": ("cases", [("areas", "kind: community", "kind: community, name: other")]),
    "Layer.unit": ("cases", [("areas", "kind: community", "kind: community, unit: {community: grid}")]),
    "Layer.datum": ("cases", [("areas", "kind: community", "kind: community, datum: gcj02")]),
    "Duties.duties": ("cases", [("duties", "  - {category: greening, unit: outpost}\n", "")]),
    "Duty.category": ("cases", [("duties", "category: greening", "category: advertising")]),
    "Duty.area": ("cases", [("duties", "area: lights", "area: community")]),
    "Duty.unit": ("cases", [("duties", "unit: outpost", "unit: lights")]),
    "Category.unit": ("cases", [("categories", "unit: lights", "unit: community")]),
    # registers/NAME.yaml
    "Fact.register": ("registers", _RENAMED),
    "Register.register": ("registers", _RENAMED),
    "Register.title": ("registers", [("orders", "zh: 订餐", "zh: 订餐表")]),
    "Register.columns": ("scheduled", [("orders", "  rider: {type: person, title: {zh: 骑手, en: Rider}}\n", ""), ("orders", ", rider: ma", "")]),
    "Register.rows": ("scheduled", [("orders", "  li:   {", "  liu:  {"), ("orders", "after: li", "after: liu")]),
    "Column.type": ("registers", [("orders", "rider: {type: person", "rider: {type: text")]),
    "Column.title": ("registers", [("orders", "zh: 骑手", "zh: 跑腿人")]),
    "Column.required": ("registers", [("orders", ", required: true", "")]),
    "Column.choices": ("registers", [("orders", "lunch: 午餐", "lunch: 中饭")]),
    "Column.register": ("registers", _RENAMED),
    # schedules.yaml
    "Schedules.schedules": ("scheduled", [("schedules", "  round:", "  tour:")]),
    "Schedule.title": ("scheduled", [("schedules", "zh: 巡检", "zh: 巡查")]),
    "Schedule.opens": ("scheduled", [("schedules", 'opens: errand, at: "09:00"', 'opens: report, at: "09:00"'), ("schedules", "with: {meal: supper}", "with: {description: 巡检}")]),
    "Schedule.at": ("scheduled", [("schedules", '"10:30"', '"10:20"')]),
    "Schedule.days": ("scheduled", [("schedules", "days: mon-sun", "days: mon-thu")]),
    "Schedule.monthly": ("scheduled", [("schedules", "[18, 20, 30]", "[20, 30]")]),
    "Schedule.calendar": ("scheduled", [("schedules", "calendar: office, ", ""), ("schedules", "[18, 20, 30]", "[18, 20, 21, 30]")]),
    "Schedule.for_each": ("scheduled", [("schedules", "for_each: {register: orders, when: {meal: lunch}}", "with: {meal: lunch}")]),
    "Schedule.with": ("scheduled", [("schedules", "with: {meal: supper}", "with: {meal: lunch}")]),
    "Schedule.late_by": ("scheduled", [("schedules", "late_by: 2 hours", "late_by: 1 day")]),
    "ForEach.register": ("registers", _RENAMED),
    "ForEach.when": ("scheduled", [("schedules", "when: {meal: lunch}", "when: {meal: supper}")]),
}  # fmt: skip
WITHOUT_IT_NOTHING_IS_IN_FORCE = {"State.no_deadline"}
"""Keys without which a folder is not taken up at all; see the test of each."""
OF_SEVERAL_WORKFLOWS = {"Opens.workflow", "Fact.workflow", "Opens.for_each", "ForEach.register", "ForEach.when"}
"""Keys that say nothing where there is one workflow and no register: tests/integration/test_linking.py changes these."""


def keys() -> set[str]:
    """Every key that YAML may hold, from the models themselves, as `Model.key`."""
    found = {f"Text.{name}" for name in Text.model_fields}
    for module in (workflows, effects, programmes, areas, ledgers, plans_, registers, robots, schedules, visibility):
        for name, model in inspect.getmembers(module, inspect.isclass):
            if issubclass(model, Frozen) and model.__module__ == module.__name__ and name not in NOT_WRITTEN:
                found |= {f"{name}.{field.alias or key}" for key, field in model.model_fields.items()}
    return found


def test_every_key_of_the_language_has_a_row() -> None:
    """Nothing accepted is without effect: a test changes every key of the language"""
    assert set(ROWS) | WITHOUT_IT_NOTHING_IS_IN_FORCE | OF_SEVERAL_WORKFLOWS == keys()


@pytest.mark.parametrize("key", ROWS)
def test_a_change_of_the_key_changes_what_people_see(tmp_path: Path, key: str) -> None:
    """… and sees behaviour change."""
    where, changes = ROWS[key]
    files = dict(BASE)
    for file, old, new in changes:
        files[file] = edited(files[file], (old, new))
    with a_town(tmp_path, **files) as town:
        assert live_through(town, looking_at=where)[where] != base()[where], f"{key}: {where} stayed the same"


def test_a_state_that_waits_without_a_clock_must_say_why(tmp_path: Path) -> None:
    """`no_deadline` is what lets such a folder be taken up; without it the one in force stays."""
    lonely = edited(BASE["workflow"], ("    runs_in: open\n    pauses_in: [suspended]\n", "    runs_in: [reported, dispatched]\n"), ("  suspended:  {title: {zh: 已挂账, en: Suspended}}", "  suspended:  {title: {zh: 已挂账, en: Suspended}, no_deadline: 等上级答复}"), ("    runs_in: [suspended]\n    due: {fact: review_on}\n", "    runs_in: [reported]\n    within: 1 hour\n"))  # fmt: skip
    lonely = edited(
        lonely, ("{at: due, do: resume}", "{at: due, notify: [leader], template: overdue}"), ("by: [leader, timer]", "by: [leader]")
    )
    with a_town(tmp_path, **{**BASE, "workflow": lonely}) as town:
        number = town.dispatched("2026-11-20T08:00")
        town.move(number, "suspend", by="mayor", reason="等配件", review_on="2026-12-01")
        assert {c["phase"] for c in town.case(number)["clocks"]} == {"settled"}
        found = town.publish(**{**BASE, "workflow": edited(lonely, (", no_deadline: 等上级答复", ""))})
        assert [p.path for p in found if p.code != "nobody-reached"] == ["states.suspended"]
