"""What a case says in people's words: titles of facts and moves, codes with their scheme, categories that the report itself suggests."""

from __future__ import annotations

from pathlib import Path

from tests import builders
from tests.acceptance.town import Town, a_town, edited


def test_a_report_suggests_its_category_by_keywords_with_the_unit_that_usually_handles_it(town: Town) -> None:
    number = town.open("2026-11-20T08:00", description="东关巷口路灯不亮")
    assert town.case(number)["suggested"] == [
        {"category": "lamp", "title": {"zh": "路灯", "en": "Street lamp"}, "unit": "lights", "words": ["路灯", "不亮"]}
    ]
    town.move(number, "dispatch", by="wang", category="greening", urgency=3, unit="lights")
    assert town.case(number)["suggested"] == []  # somebody has decided


def test_nothing_is_suggested_from_what_the_viewer_may_not_see(tmp_path: Path) -> None:
    personal = edited(
        builders.WORKFLOW, ("description: {type: text, required: true,", "description: {type: text, required: true, personal: true,")
    )
    people = edited(builders.PEOPLE, ("  wang: ", "  feng:   {name: 冯骑手, roles: [rider], email: feng@example.org}\n  wang: "))
    with a_town(tmp_path, workflow=personal, people=people) as town:
        number = town.open("2026-11-20T08:00", description="东关巷口路灯不亮")
        assert [one["category"] for one in town.case(number, viewer="wang")["suggested"]] == ["lamp"]
        assert town.case(number, viewer="feng")["suggested"] == []


def test_facts_in_words_a_category_with_scheme_version_and_code(tmp_path: Path) -> None:
    coded = edited(builders.CATEGORIES, ("en: Street lamp},", 'en: Street lamp}, code: "0118",'))
    with a_town(tmp_path, categories=coded) as town:
        said = town.case(town.dispatched("2026-11-20T08:00"))["said"]
    assert said["category"] == {
        "title": {"zh": "类别", "en": "Category"},
        "value": {"zh": "路灯", "en": "Street lamp"},
        "scheme": "testtown",
        "version": "1",
        "code": "0118",
    }
    assert said["urgency"]["value"] == {"zh": "一般", "en": "一般"}  # a label in one language serves both
    assert (said["unit"]["value"]["en"], said["unit"]["kind"]) == ("Lamp crew", "department")
    assert said["description"] == {"title": {"zh": "说明", "en": "What is it"}, "value": None}


def test_personal_facts_of_any_type_keep_no_mail_from_being_written(tmp_path: Path) -> None:
    flow = edited(
        builders.WORKFLOW,
        ("photos:      {type: photos,", "home:        {type: point, personal: true, title: {zh: 住处, en: Home}}\n  photos:      {type: photos, personal: true,"),
    )  # fmt: skip
    with a_town(tmp_path, workflow=flow) as town:
        number = town.open("2026-11-20T08:00", home="111.19,37.34,wgs84", photos=[builders.a_photo(town.engine)])
        (letter,) = town.mails("ma@example.org")
        assert [m.state for m in town.messages(number)] == ["sent"]
        assert "111.19" not in letter.text
