"""A fifth town, made by an admin with an editor: Najin's folder copied, and nothing but YAML changed. Other people, four severities in
place of three, points of 3, 2, 1 and 0, another ladder; then it lives, through the command line, SMTP and the ledger."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config import programme as programmes
from config import reading
from notifications import mailbox
from tests import commandline
from tests.acceptance.town import edited
from tests.integration.towns import SHIPPED

NAME = "qiaotou"
FAMILIES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = ("一鸣", "二虎", "三秋", "四海")
EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "programme.yaml": (
        ("programme: najin\n", f"programme: {NAME}\n"),
        ("title: {zh: 纳金小哥, en: Riders of Najin street}", "title: {zh: 桥头骑手, en: Riders of Qiaotou}"),
        ("prefix: NJ\n", "prefix: QT\n"),
    ),
    "workflows/report.yaml": (
        ("3: {zh: 一般, en: Ordinary}}}", "3: {zh: 一般, en: Ordinary}, 4: {zh: 可缓, en: Can wait}}}"),
        (
            "      - {when: {urgency: 1}, is: 30 minutes}\n      - {is: 40 minutes}\n",
            "      - {when: {urgency: 1}, is: 20 minutes}\n      - {when: {urgency: 4}, is: 50 minutes}\n      - {is: 40 minutes}\n",
        ),
        (
            "    - {after: 10 minutes, notify: [desk-chief, leader, tracker], template: overdue}\n  handling:",
            (
                "    - {after: 3 minutes, notify: [desk-chief, tracker], template: overdue}\n"
                "    - {after: 7 minutes, notify: [leader], template: overdue, repeat: {every: 15 minutes, most: 2}}\n  handling:"
            ),
        ),
    ),
    "workflows/food-lead.yaml": (
        ("3: {zh: 三级, en: Grade 3}}}", "3: {zh: 三级, en: Grade 3}, 4: {zh: 四级, en: Grade 4}}}"),
        (
            "amount: [{when: {grade: 1}, is: 5}, {when: {grade: 2}, is: 2}, {is: 1}]",
            "amount: [{when: {grade: 1}, is: 3}, {when: {grade: 2}, is: 2}, {when: {grade: 3}, is: 1}, {is: 0}]",
        ),
    ),
}
"""What the admin types, file by file."""
STORY = """\
tests: report
stories:
  - story: Nobody looks at a report of the fourth kind, and then it has fifty minutes
    given: a report by zhaxi, at 2026-11-20 09:00
    when:
      - at 09:20 {duty} classifies, urgency 可缓, category {category}, tracker {tracker}
      - at 09:21 {duty} dispatches, unit {unit}
    then:
      - at 09:05 classifying is breached
      - at 09:08 desk-chief is mailed 'overdue' about classifying
      - at 09:12 leader is mailed 'overdue' about classifying
      - at 09:21 handling is due at 10:11
"""
LEAD = """\
tests: food-lead
stories:
  - story: 四个等级，分别得三分、两分、一分、零分
    given: [扎西有 4 分, 2026-11-20 10:05 扎西上报]
    when: [10:10 仓决核实定级，问题等级 {grade}，类别 {category}]
    then: 10:10 扎西有 {points} 分
"""
GRADES = {"一级": 3, "二级": 2, "三级": 1, "四级": 0}


def renamed(folder: Path) -> dict[str, str]:
    """Everybody has another name, wherever it stands; ids and addresses stay. Old name → new."""
    people = (folder / "people.yaml").read_text(encoding="utf-8")
    old = re.findall(r"\{name: ([^,}]+),", people)
    fresh = [f"{family}{given}" for given in GIVEN for family in FAMILIES]
    assert len(fresh) >= len(old)
    return dict(zip(old, fresh, strict=False))


def said(text: str, names: dict[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, names[name])
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fifth town's folder."""
    made = tmp_path_factory.mktemp("fifth") / NAME
    shutil.copytree(SHIPPED / "najin", made)
    names = renamed(made)
    whole = reading.read_folder(SHIPPED / "najin").programme
    assert whole is not None
    for file in sorted(made.rglob("*.yaml")):
        text = edited(file.read_text(encoding="utf-8"), *EDITS.get(str(file.relative_to(made)), ()))
        file.write_text(said(text, names), encoding="utf-8")
    category, unit = next(iter(whole.categories.categories)), _unit(whole)
    told = STORY.format(duty=_who(whole, "duty"), tracker=_who(whole, "verifier"), category=category, unit=unit)
    (made / "workflows" / "report.tests.yaml").write_text(told, encoding="utf-8")
    leads = [LEAD.format(grade=grade, points=4 + points, category=category) for grade, points in GRADES.items()]
    text = leads[0] + "".join(lead.split("stories:\n")[1] for lead in leads[1:])
    (made / "workflows" / "food-lead.tests.yaml").write_text(said(text, names), encoding="utf-8")
    return made


def _who(whole: programmes.Programme, role: str) -> str:
    return next(name for name, person in whole.people.people.items() if role in person.roles)


def _unit(whole: programmes.Programme) -> str:
    """A unit that has somebody to handle things."""
    return next(str(person.unit) for person in whole.people.people.values() if "handler" in person.roles)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """A data folder in which the fifth town is in force."""
    made = commandline.Town(folder=tmp_path_factory.mktemp("settled"), programmes=folder)
    assert made.say("db", "upgrade", "--virtual", commandline.START).exit == 0
    assert made.say("list", "--programme", NAME, "--json").out == "[]\n"
    return made.folder


@pytest.fixture
def town(tmp_path: Path, folder: Path, settled: Path) -> commandline.Town:
    shutil.copytree(settled, tmp_path, dirs_exist_ok=True)
    return commandline.Town(folder=tmp_path, programmes=folder)


def test_nothing_but_yaml_was_touched(folder: Path) -> None:
    changed = [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and file.read_bytes() != (SHIPPED / "najin" / file.relative_to(folder)).read_bytes()
    ]
    assert {*EDITS, "people.yaml"} <= set(changed)
    assert all(name.endswith(".yaml") for name in changed)
    assert len(list(folder.rglob("*"))) == len(list((SHIPPED / "najin").rglob("*")))


def test_it_is_checked_and_tells_its_stories(town: commandline.Town, folder: Path) -> None:
    checked = town.say("check", str(folder))
    assert checked.exit == 0, checked.out
    tried = town.say("test", str(folder), "--json")
    assert tried.exit == 0, town.say("test", str(folder)).out
    told = {story["name"]: story["ok"] for story in tried.data["stories"]}
    assert sum(name.startswith(("四个等级", "Nobody looks")) for name in told) == 2
    assert all(told.values())


def test_a_rider_reports_and_the_fifth_towns_people_are_mailed(town: commandline.Town, folder: Path) -> None:
    """Through the door, the clock of the changed ladder, and SMTP."""
    whole = reading.read_folder(folder).programme
    assert whole is not None
    case = reported(town, "report", "--fact", "description=桥头路灯不亮")
    assert case["number"].startswith("QT-20261120-")
    town.until("2026-11-20T08:12:00+08:00")
    with mailbox.Mailbox() as box:
        assert town.say("deliver", "--once", FENGXING_SMTP_URL=box.url).exit == 0
        letters = [str(letter.message["To"]) for letter in box.letters]
    leaders = [person for person in whole.people.people.values() if "leader" in person.roles]
    assert any(leader.name in to for leader in leaders for to in letters), letters
    assert all("旦增罗布" not in to for to in letters)
    assert town.say("verify").exit == 0


@pytest.mark.parametrize(("grade", "points"), [("1", 3), ("2", 2), ("3", 1), ("4", 0)])
def test_a_lead_earns_what_the_fifth_town_says(town: commandline.Town, folder: Path, grade: str, points: int) -> None:
    whole = reading.read_folder(folder).programme
    assert whole is not None
    case = reported(town, "food-lead", "--fact", "description=后厨脏乱", "--fact", "shop=某快餐店")
    category = next(iter(whole.categories.categories))
    town.ask("move", str(case["id"]), "confirm", "--as", "cangjue", "--fact", f"grade={grade}", "--fact", f"category={category}")
    owned = {each["account"]: each["balance"] for each in town.ask("points", "--programme", NAME) if each["person"] == "zhaxi"}
    assert owned.get("points", 0) == points
    assert town.say("verify").exit == 0


def reported(town: commandline.Town, flow: str, *facts: str) -> dict[str, Any]:
    """What a rider sends in, with a photo."""
    photo = town.folder / "photo.png"
    Image.new("RGB", (4, 3), "orange").save(photo, "PNG")
    found: dict[str, Any] = town.ask("open", flow, "--programme", NAME, "--as", "zhaxi", "--photo", str(photo), *facts)
    return found
