"""semantics.md, "What a case pins" and "What stays live": each test carries its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.programme import Live
from sla import statutory
from tests import builders
from tests.acceptance.town import Town, a_town, edited

PINNED: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "its workflow": {
        "workflow": (
            ("  discard:  {from: reported, to: invalid, by: [duty], needs: [reason]}\n", ""),
            ("  invalid:    {title: {zh: 已作废, en: Invalid}, final: rejected}\n", ""),
        )
    },
    "clocks": {"workflow": (("    runs_in: [dispatched]\n    within:", "    runs_in: [reported, dispatched]\n    within:"),)},
    "targets": {"workflow": (("within: 10 minutes", "within: 15 minutes"), ("is: 2 days}]", "is: 1 day}]"))},
    "ladders": {
        "workflow": (
            ("    - {before: 1 minute, notify: [duty], template: due-soon}\n", ""),
            ("{at: 80%, notify: [duty]", "{at: 50%, notify: [duty]"),
        )
    },
    "weekly hours": {"calendars": (('"08:30-12:00"', '"09:30-12:00"'),)},
    "categories": {"categories": (("  lamp:        {title: {zh: 路灯, en: Street lamp}", "  lamp:        {title: {zh: 灯, en: Light}"),)},
}


FILES = {"workflow": builders.WORKFLOW, "calendars": builders.CALENDARS, "categories": builders.CATEGORIES}


def a_life(town: Town, opened: str, *, changes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()) -> object:
    """What somebody sees of a case: its moves, clocks, rungs and mails. Half a minute after the opening the folder may change."""
    number = town.open(f"2026-11-20T{opened}", category="lamp")
    other = town.open(f"2026-11-20T{opened}", category="greening")
    if changes:
        assert town.publish(**{name: edited(FILES[name], *each) for name, each in changes}) == []
    seen: list[object] = []
    for case in (number, other):
        seen.append([(c["name"], c["due"]) for c in town.case(case)["clocks"]])
        seen.append(town.case(case)["possible"])
    town.until("2026-11-20T08:19:30")
    for case, category in ((number, "lamp"), (other, "greening")):
        town.move(case, "dispatch", "2026-11-20T08:19:40", by="wang", category=category, urgency=3, unit="lights")
        seen.append([(c["name"], c["due"], c["target"]) for c in town.case(case)["clocks"]])
        seen.append(town.rungs(case))
    seen.append([letter.text for letter in town.mails("li@example.org")])
    return seen


@pytest.mark.parametrize("what", PINNED)
def test_what_a_case_pins_when_opened(tmp_path: Path, what: str) -> None:
    """What a case pins when opened: its workflow, clocks, targets, ladders, weekly hours, categories."""
    changes = tuple(PINNED[what].items())
    with a_town(tmp_path / "old") as old, a_town(tmp_path / "changed") as changed, a_town(tmp_path / "new") as new:
        before = a_life(old, "08:00")
        assert a_life(changed, "08:00", changes=changes) == before, "an old case goes on as it began"
        assert new.publish(**{name: edited(FILES[name], *each) for name, each in changes}) == []
        assert a_life(new, "08:00") != before, "a new one does not"


def test_people_and_contacts_stay_live(town: Town) -> None:
    """What stays live: people, contacts"""
    number = town.dispatched("2026-11-20T08:00")
    people = edited(
        builders.PEOPLE,
        ("  li:     {name: 李师傅, roles: [handler], unit: lights, email: li@example.org}", "  bai:    {name: 白师傅, roles: [handler], unit: lights, email: bai@example.org}"),
        ("sun@example.org", "sun.new@example.org"),
    )  # fmt: skip
    assert town.publish(people=people) == []
    town.until("2026-11-20T09:00")
    assert [who for who, template in town.told(number) if template == "overdue"] == ["bai", "sun"]
    town.deliver()
    assert len(town.box.to("sun.new@example.org")) == 1
    assert not town.box.to("sun@example.org")
    town.move(number, "resolve", by="bai", result="换了灯泡")


def test_the_rota_stays_live(town: Town) -> None:
    """What stays live: … rota"""
    number = town.open("2026-11-20T08:00")
    town.publish(people=edited(builders.PEOPLE, ('{hours: "08:00-20:00", who: [wang]}', '{hours: "08:00-20:00", who: [zhao]}')))
    town.until("2026-11-20T08:08")
    assert ("zhao", "due-soon") in town.told(number)
    assert ("wang", "due-soon") not in town.told(number)


def test_units_stay_live(town: Town) -> None:
    """What stays live: … units"""
    number = town.open("2026-11-20T08:00")
    units = builders.UNITS + "  sewers:    {title: {zh: 排水队, en: Sewer crew}}\n"
    people = edited(
        builders.PEOPLE,
        ("  hu: ", "  gou:    {name: 苟师傅, roles: [handler, unit-chief], unit: sewers, email: gou@example.org}\n  hu: "),
    )
    assert town.publish(units=units, people=people) == []
    town.move(number, "dispatch", by="wang", category="lamp", urgency=3, unit="sewers")
    assert ("gou", "assigned") in town.told(number)
    assert "排水队" in town.mails("gou@example.org")[0].text


def test_templates_wording_stays_live(town: Town) -> None:
    """What stays live: … templates' wording"""
    number = town.open("2026-11-20T08:00")
    town.template("due-soon.zh.txt", "Subject: 快到了\n\n{{ number }} 还有一点时间\n")
    town.until("2026-11-20T08:08")
    assert [letter.text.strip() for letter in town.mails("wang@example.org")] == [f"{number} 还有一点时间"]


def test_newly_published_holidays_stay_live_re_arm_and_record_why(town: Town) -> None:
    """newly published holidays (these re-arm and record why)"""
    number = town.dispatched("2026-11-19T16:30", category="greening")
    assert town.due(number, "handling") == "2026-11-20T17:30:00"  # one hour today, seven tomorrow
    town.publish(calendars=builders.CALENDARS + "    days: {2026-11-20: closed}\n")
    assert town.due(number, "handling") == "2026-11-23T17:30:00"
    (entry,) = (e for e in town.history(number) if e["kind"] == "rearm")
    assert (entry["actor"], entry["detail"]["reason"]) == ("system", "calendar")
    assert set(entry["detail"]["moved"]) == {"handling"}
    assert not [fired for fired in town.until("2026-11-21T00:00") if fired.clock == "handling" and fired.rung == 1]
    assert town.verified() == []


def test_a_statutory_holiday_published_later_moves_open_cases(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """newly published holidays: also those of the country, which come with a new version of the program"""
    arrangement, known = statutory.arrangement, statutory.known()
    monkeypatch.setattr(statutory, "arrangement", lambda _year: None)
    monkeypatch.setattr(statutory, "known", lambda: "none yet")
    town.restart()
    town.publish()
    number = town.dispatched("2026-09-30T16:30", category="greening")
    assert town.due(number, "handling") == "2026-10-01T17:30:00"
    monkeypatch.setattr(statutory, "arrangement", arrangement)
    monkeypatch.setattr(statutory, "known", lambda: known)
    town.restart()
    town.publish()
    assert town.due(number, "handling") == "2026-10-08T17:30:00"
    assert [e["detail"]["reason"] for e in town.history(number) if e["kind"] == "rearm"] == ["calendar"]


def test_nothing_is_neither_pinned_nor_live() -> None:
    """Beside the definition a case pins, the live part holds people, units, words, exceptions, and what a town keeps beside its workflows: the two lists of the decision."""
    assert set(Live.model_fields) == {
        "programme",
        "units",
        "people",
        "calendars",
        "areas",
        "duties",
        "points",
        "plans",
        "robots",
        "figures",
        "templates",
        "registers",
        "schedules",
        "maps",
    }
