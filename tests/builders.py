"""Builders for tests: a programme's folder of one's own, in a line or in full YAML."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine import attachments, composition

PROGRAMME = """\
programme: testtown
title: {zh: 测试镇, en: Testtown}
prefix: TT
time_zone: Asia/Shanghai
fallback: [mayor]
"""
PEOPLE = """\
roles:
  rider:      {title: {zh: 骑手, en: Rider}, rider: true, quiet: "03:00-03:30"}
  duty:       {title: {zh: 值班员, en: Duty officer}, scope: desk}
  desk-chief: {title: {zh: 值班长, en: Head of the desk}}
  handler:    {title: {zh: 承办人, en: Handler}, scope: unit}
  unit-chief: {title: {zh: 单位负责人, en: Head of the unit}, scope: unit}
  verifier:   {title: {zh: 核查员, en: Verifier}}
  leader:     {title: {zh: 分管领导, en: Leader}}
people:
  ma:     {name: 马骑手, roles: [rider], email: ma@example.org}
  wang:   {name: 王值班, roles: [duty], email: wang@example.org}
  zhao:   {name: 赵值班, roles: [duty, desk-chief], email: zhao@example.org}
  li:     {name: 李师傅, roles: [handler], unit: lights, email: li@example.org}
  sun:    {name: 孙队长, roles: [unit-chief], unit: lights, email: sun@example.org}
  hu:     {name: 胡网格, roles: [handler, unit-chief], unit: community, email: hu@example.org}
  qian:   {name: 钱核查, roles: [verifier], email: qian@example.org}
  mayor:  {name: 周镇长, roles: [leader], email: [mayor@example.org, mayor2@example.org]}
rota:
  duty:
    - {hours: "08:00-20:00", who: [wang]}
    - {hours: "20:00-08:00", who: [zhao]}
"""
UNITS = """\
units:
  lights:    {title: {zh: 路灯队, en: Lamp crew}}
  community: {title: {zh: 城东社区, en: East community}, kind: community}
"""
CALENDARS = """\
calendars:
  office:
    title: {zh: 工作时间, en: Office hours}
    week:
      mon-fri: ["08:30-12:00", "14:00-17:30"]
    holidays: CN
"""
CATEGORIES = """\
scheme: testtown
version: "1"
categories:
  lamp:        {title: {zh: 路灯, en: Street lamp}, keywords: [路灯, 不亮], unit: lights}
  greening:    {title: {zh: 绿化, en: Greening}}
  advertising: {title: {zh: 广告, en: Advertising}}
"""
WORKFLOW = """\
workflow: report
title: {zh: 随手拍, en: Snap and report}
initial: reported
facts:
  description: {type: text, required: true, longest: 500, title: {zh: 说明, en: What is it}}
  photos:      {type: photos, most: 9, title: {zh: 照片, en: Photos}}
  on_behalf_of: {type: contact, personal: true, title: {zh: 代谁反映, en: On behalf of}}
  category:    {type: category, title: {zh: 类别, en: Category}}
  urgency:     {type: choice, choices: {1: 紧急, 2: {zh: 较急, en: Soon}, 3: 一般}, title: {zh: 紧急程度, en: Urgency}}
  unit:        {type: unit, title: {zh: 承办单位, en: Unit}}
  more_time:   {type: duration, title: {zh: 延期, en: More time}}
  reason:      {type: text, title: {zh: 理由, en: Reason}}
  review_on:   {type: date, title: {zh: 复查日期, en: Review on}}
  result:      {type: text, title: {zh: 处置结果, en: Result}}
states:
  reported:   {title: {zh: 已上报, en: Reported}}
  dispatched: {title: {zh: 已派单, en: Dispatched}}
  suspended:  {title: {zh: 已挂账, en: Suspended}}
  resolved:   {title: {zh: 已处置, en: Resolved}}
  verified:   {title: {zh: 已办结, en: Closed}, final: done}
  invalid:    {title: {zh: 已作废, en: Invalid}, final: rejected}
transitions:
  dispatch: {from: reported, to: dispatched, by: [duty], needs: [category, urgency, unit]}
  resolve:  {from: dispatched, to: resolved, by: [handler], needs: [result], takes: [photos]}
  return:   {from: dispatched, to: reported, by: [handler], needs: [reason]}
  suspend:  {from: dispatched, to: suspended, by: [leader], needs: [reason, review_on]}
  resume:   {from: suspended, to: dispatched, by: [leader, timer]}
  extend:   {from: dispatched, by: [leader], needs: [more_time], extends: {clock: handling, by: {fact: more_time}}}
  rework:   {from: resolved, to: dispatched, by: [verifier], needs: [reason]}
  verify:   {from: resolved, to: verified, by: [verifier], not_by: [resolve]}
  discard:  {from: reported, to: invalid, by: [duty], needs: [reason]}
  reopen:   {from: verified, to: dispatched, by: [leader], needs: [reason]}
clocks:
  dispatching:
    title: {zh: 派单时限, en: Time to dispatch}
    runs_in: reported
    within: 10 minutes
    on_return: restart
    ladder: desk
  handling:
    title: {zh: 处置时限, en: Time to resolve}
    runs_in: [dispatched]
    within:
      - {when: {urgency: 1}, is: 30 minutes}
      - {when: {category: [greening, advertising]}, is: 8 working hours, hours: office}
      - {is: 1 hour}
    on_rework: restart
    acknowledge: {for: 2 hours}
    ladder: handling
  verifying:
    title: {zh: 核查时限, en: Time to verify}
    runs_in: [resolved]
    within: 24 hours
    ladder: verifying
  whole:
    title: {zh: 全程时限, en: Report to closure}
    runs_in: open
    pauses_in: [suspended]
    within: [{when: {urgency: 1}, is: 3 hours}, {is: 2 days}]
    ladder: leaders
  review:
    title: {zh: 挂账复查, en: Review}
    runs_in: [suspended]
    due: {fact: review_on}
    ladder: review
ladders:
  desk:
    - {at: 80%, notify: [duty], template: due-soon}
    - {before: 1 minute, notify: [duty], template: due-soon}
    - {at: due, notify: [duty], template: overdue}
    - {after: 10 minutes, notify: [desk-chief], template: overdue}
    - {after: 30 minutes, notify: [leader], template: overdue, repeat: {every: 1 hour, most: 5}}
  handling:
    - {at: 80%, notify: [handler], template: due-soon}
    - {at: due, notify: [handler, unit-chief], template: overdue}
    - {after: 30 minutes, notify: [leader], template: overdue, always: true}
  verifying:
    - {at: due, notify: [verifier, desk-chief], template: overdue}
  leaders:
    - {at: due, notify: [leader], template: overdue}
  review:
    - {at: due, do: resume}
notices:
  - {on: open, to: [reporter], template: received}
  - {on: dispatch, to: [handler], template: assigned}
  - {on: verify, to: [reporter, on_behalf_of], template: closed, when: {urgency: [1, 2]}}
"""
ERRAND = """\
workflow: errand
title: {zh: 跑腿, en: Errand}
initial: offered
opened_by: [system]
facts:
  order: {type: entry, register: orders, title: {zh: 订单, en: Order}}
  meal:  {type: choice, choices: {lunch: 午餐, supper: 晚餐}, title: {zh: 餐次, en: Meal}, required: true}
  rider: {type: person, title: {zh: 骑手, en: Rider}}
states:
  offered:   {title: {zh: 待接单, en: Offered}}
  delivered: {title: {zh: 已送达, en: Delivered}, final: done}
transitions:
  deliver: {from: offered, to: delivered, by: [rider, duty]}
clocks:
  delivery:
    title: {zh: 送达时限, en: Delivery}
    runs_in: [offered]
    within: 45 minutes
    ladder: late
ladders:
  late:
    - {at: due, notify: [leader], template: overdue}
"""
"""A workflow that only schedules open."""
ORDERS = """\
register: orders
title: {zh: 订餐, en: Standing orders}
columns:
  meal:  {type: choice, choices: {lunch: 午餐, supper: 晚餐}, title: {zh: 餐次, en: Meal}, required: true}
  rider: {type: person, title: {zh: 骑手, en: Rider}}
rows:
  li:   {title: {zh: 李奶奶, en: Mrs Li}, meal: lunch, rider: ma}
  wang: {title: 王爷爷, meal: lunch}
  zhao: {title: {zh: 赵奶奶, en: Mrs Zhao}, meal: supper}
"""
SCHEDULES = """\
schedules:
  lunch: {title: {zh: 午餐, en: Lunch}, opens: errand, at: "10:30", for_each: {register: orders, when: {meal: lunch}}}
"""
SCHEDULED = {"workflows/errand.yaml": ERRAND, "registers/orders.yaml": ORDERS, "schedules.yaml": SCHEDULES}
"""What stands beside a folder where lunch is taken out at half past ten."""
POINTS = """\
accounts:
  points: {title: {zh: 积分, en: Points}, unit: {zh: 分, en: points}, monthly_cap: 20}
  yuan:   {title: {zh: 奖金, en: Money}, unit: {zh: 元, en: yuan}, budget: 4000}
exchanges:
  reward: {title: {zh: 积分兑奖, en: Points for money}, from: {points: 10}, to: {yuan: 200}, monthly_cap: 2}
"""
TEMPLATES = ("due-soon", "overdue", "received", "assigned", "result", "discarded", "closed")
"""Names of templates that the builder's workflow and the sketch ask for."""
ROBOTS = """\
robots:
  desk: {title: {zh: 值班群, en: Desk group}, kind: dingtalk, address: "env:TOWN_DESK_URL", secret: "env:TOWN_DESK_SECRET", for: [duty], mention: [li]}
"""


def a_folder(
    at: Path,
    *,
    workflow: str = WORKFLOW,
    programme: str = PROGRAMME,
    people: str = PEOPLE,
    units: str = UNITS,
    calendars: str = CALENDARS,
    categories: str = CATEGORIES,
    points: str = "",
    plans: str = "",
    robots: str = "",
    areas: str = "",
    duties: str = "",
    maps: str = "",
    errand: str = "",
    orders: str = "",
    schedules: str = "",
    figures: str = "",
) -> Path:
    """A programme's folder under `at`, sound as it stands; say which file is to be another. Returns the folder.

    All after `categories` are files that it has only if they are given; `maps` are drawings as `a_map` writes them, a line each."""
    folder = at / "testtown"
    (folder / "workflows").mkdir(parents=True, exist_ok=True)
    files = {"programme": programme, "people": people, "units": units, "calendars": calendars, "categories": categories}
    seldom = {"areas": areas, "duties": duties, "points": points, "plans": plans, "robots": robots, "figures": figures}
    files |= {name: text for name, text in seldom.items() if text}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    for line in maps.splitlines():
        (folder / "areas").mkdir(exist_ok=True)
        name, _, text = line.partition(" ")
        (folder / "areas" / f"{name}.geojson").write_text(text, encoding="utf-8")
    (folder / "workflows" / "report.yaml").write_text(workflow, encoding="utf-8")
    more = {"workflows/errand.yaml": errand, "registers/orders.yaml": orders, "schedules.yaml": schedules}
    return beside(folder, {name: text for name, text in more.items() if text})


def beside(folder: Path, files: Mapping[str, str]) -> Path:
    """Write more files into a folder (name within it → text); returns the folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def a_map(file: str, *features: str) -> str:
    """A drawing in one line, as `a_folder` takes it: the file's name, and a FeatureCollection of what `an_area` writes."""
    return f'{file} {{"type": "FeatureCollection", "features": [{", ".join(features)}]}}\n'


def an_area(name: str, *corners: tuple[float, float], **properties: str) -> str:
    """A polygon around corners (lon, lat), which need not be closed; or a rectangle, from its south-western corner to its north-eastern."""
    if len(corners) == 2:
        (west, south), (east, north) = corners
        corners = ((west, south), (east, south), (east, north), (west, north))
    ring = [list(corner) for corner in (*corners, corners[0])]
    return json.dumps(
        {"type": "Feature", "properties": {"name": name, **properties}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    )


def a_photo(engine: composition.Engine, colour: str = "orange") -> str:
    """A tiny photo on disk and in the store, as `--photo` puts it there; its hash."""
    from PIL import Image

    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.new("RGB", (4, 3), colour).save(file, "PNG")
        file.flush()
        return _stored(engine, Path(file.name))


def a_video(engine: composition.Engine) -> str:
    """The first bytes of a video, kept likewise; its hash."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(b"\x00\x00\x00\x18ftypmp42" + bytes(12))
        file.flush()
        return _stored(engine, Path(file.name))


def _stored(engine: composition.Engine, source: Path) -> str:
    kept, now = attachments.store(engine.settings.data_dir, source, photo_mb=1, video_mb=1), engine.time.now()
    with engine.store.writing() as tx:
        attachments.record(tx, [kept], now=now)
    return kept.hash
