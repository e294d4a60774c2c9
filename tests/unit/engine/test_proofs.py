"""What follows from a definition together with its people, rota and templates: the finding at its place, and its look-alikes that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.problems import Problem, Saying
from engine import loading, proofs
from engine import now as times
from tests import builders

NOW = times.parse("2026-11-20T08:00:00+08:00")
OF_PROOFS = {saying.code for saying in vars(proofs).values() if isinstance(saying, Saying)}
NIGHT = '    - {hours: "20:00-08:00", who: [zhao]}\n'
HU = "  hu:     {name: 胡网格, roles: [handler, unit-chief], unit: community, email: hu@example.org}\n"


def found_in(folder: Path) -> list[Problem]:
    loaded = loading.load(folder, now=NOW)
    assert [str(problem) for problem in loaded.problems if problem.severity == "error" and problem.code != "nobody-reached"] == []
    return [problem for problem in loaded.problems if problem.code in OF_PROOFS]


def edited(text: str, *changes: tuple[str, str]) -> str:
    for sound, other in changes:
        assert sound in text
        text = text.replace(sound, other, 1)
    return text


def test_the_builders_town_is_proved_sound(tmp_path: Path) -> None:
    assert found_in(builders.a_folder(tmp_path)) == []


@pytest.mark.parametrize(
    ("shifts", "words", "zh"),
    [
        # nobody sits there from six to eight in the morning
        (
            '    - {hours: "20:00-06:00", who: [zhao]}\n',
            "nobody sits at the desk `duty` 06:00–08:00 every day",
            "每天 06:00–08:00 无人值班",
        ),
        # every night, which ends on the day after
        ("", "nobody sits at the desk `duty` 20:00–08:00 every day", "每天 20:00–08:00 无人值班"),
        # nor on the nights of the weekend
        (
            '    - {hours: "20:00-08:00", days: mon-fri, who: [zhao]}\n',
            "on Sat 20:00–Sun 08:00, Sun 20:00–Mon 08:00",
            "周六 20:00–周日 08:00",
        ),
    ],
)
def test_the_hours_in_which_a_desk_is_empty_are_named(tmp_path: Path, shifts: str, words: str, zh: str) -> None:
    (problem,) = found_in(builders.a_folder(tmp_path, people=edited(builders.PEOPLE, (NIGHT, shifts))))
    assert (problem.code, problem.path, problem.severity) == ("desk-unmanned", "rota.duty", "warning")
    assert words in problem.message
    assert zh in problem.message_zh


def test_a_unit_without_a_handler_cannot_move_its_cases_on(tmp_path: Path) -> None:
    """In `dispatched` the leader may suspend; once he may not, nobody of the community is left."""
    workflow = edited(
        builders.WORKFLOW,
        ("suspend:  {from: dispatched, to: suspended, by: [leader]", "suspend:  {from: dispatched, to: suspended, by: [handler]"),
        ("{on: dispatch, to: [handler]", "{on: dispatch, to: [handler, leader]"),
    )
    folder = builders.a_folder(
        tmp_path, people=edited(builders.PEOPLE, ("roles: [handler, unit-chief]", "roles: [unit-chief]")), workflow=workflow
    )
    (problem,) = found_in(folder)
    assert (problem.code, problem.path) == ("nobody-may-act", "states.dispatched")
    assert "out of `dispatched` in unit community: `handler`" in problem.message
    assert "单位 community 中没有人可以把案件移出 `dispatched`" in problem.message_zh


def test_a_notice_that_finds_nobody_in_a_unit_is_named_with_it(tmp_path: Path) -> None:
    people = edited(builders.PEOPLE, ("roles: [handler, unit-chief]", "roles: [unit-chief]"))
    (problem,) = found_in(builders.a_folder(tmp_path, people=people))
    assert (problem.code, problem.path) == ("notice-unheard", "notices.1.to")
    assert "nobody hears this notice in unit community: `handler`" in problem.message


def test_the_unit_above_answers_for_one_without_people(tmp_path: Path) -> None:
    units = edited(builders.UNITS, ("en: East community}", "en: East community}, part_of: lights"))
    people = edited(builders.PEOPLE, ("roles: [handler, unit-chief]", "roles: [unit-chief]"))
    assert found_in(builders.a_folder(tmp_path, people=people, units=units)) == []


@pytest.mark.parametrize(
    ("sound", "other", "path", "words"),
    [
        # nobody handles a case that has just been opened: it has no unit yet
        ("  - {on: dispatch, to: [handler]", "  - {on: open, to: [unit-chief], template: assigned}\n  - {on: dispatch, to: [handler]", "notices.1.to", "at `open` a case may have none yet"),
        # and a rung in `reported` that tells the unit's chief tells nobody
        ("{after: 10 minutes, notify: [desk-chief]", "{after: 10 minutes, notify: [unit-chief]", "ladders.desk.3.notify", "in `reported` a case may have none yet"),
    ],
)  # fmt: skip
def test_a_units_role_means_nobody_before_there_is_a_unit(tmp_path: Path, sound: str, other: str, path: str, words: str) -> None:
    (problem,) = found_in(builders.a_folder(tmp_path, workflow=edited(builders.WORKFLOW, (sound, other))))
    assert (problem.code, problem.path) == ("unit-not-known", path)
    assert words in problem.message


def test_a_unit_that_the_move_itself_sets_is_known_from_then_on(tmp_path: Path) -> None:
    # civil affairs, whatever the desk says: nobody types the unit, and its handler hears
    workflow = edited(builders.WORKFLOW, ("needs: [category, urgency, unit]}", "needs: [category, urgency], sets: {unit: lights}}"))
    assert found_in(builders.a_folder(tmp_path, workflow=workflow)) == []


def test_told_together_with_the_desk_it_may_be_so(tmp_path: Path) -> None:
    workflow = edited(
        builders.WORKFLOW, ("{after: 10 minutes, notify: [desk-chief]", "{after: 10 minutes, notify: [unit-chief, desk-chief]")
    )
    assert found_in(builders.a_folder(tmp_path, workflow=workflow)) == []


def test_only_a_unit_may_act_and_there_is_none_yet(tmp_path: Path) -> None:
    workflow = edited(
        builders.WORKFLOW,
        ("dispatch: {from: reported, to: dispatched, by: [duty], needs: [category, urgency, unit]}", "dispatch: {from: reported, to: dispatched, by: [unit-chief], needs: [category, urgency]}"),
        ("discard:  {from: reported, to: invalid, by: [duty]", "discard:  {from: reported, to: invalid, by: [handler]"),
        ("{on: dispatch, to: [handler]", "{on: dispatch, to: [handler, leader]"),
    )  # fmt: skip
    found = [problem for problem in found_in(builders.a_folder(tmp_path, workflow=workflow)) if problem.code == "nobody-may-act"]
    assert [(problem.path, "before it has a unit" in problem.message) for problem in found] == [("states.reported", True)]


@pytest.mark.parametrize(
    ("subject", "body", "notice", "words"),
    [
        # a clock's words in a notice
        ("{{ programme }}", "{{ due | moment }}", "{on: dispatch, to: [handler], template: mine}", "a notice tells of a move, not of a clock"),
        # a fact that this workflow does not have
        ("{{ programme }}", "{{ place }}", "{on: dispatch, to: [handler], template: mine}", "has no fact for it (`place`)"),
        ("{{ place }} {{ programme }}", "x", "{on: dispatch, to: [handler], template: mine}", "has no fact for it (`place`)"),
        # by how much it was extended, where nothing is
        ("{{ programme }}", "{{ extended_by | words }}", "{on: dispatch, to: [handler], template: mine}", "`dispatch` extends no clock"),
        ("{{ programme }}", "{% if number %}{{ count }}{% endif %}", "{on: dispatch, to: [handler], template: mine}", "only a digest has it"),
    ],
)  # fmt: skip
def test_a_template_that_says_what_is_always_empty_is_named_where_it_is_used(
    tmp_path: Path, subject: str, body: str, notice: str, words: str
) -> None:
    workflow = edited(builders.WORKFLOW, ("{on: dispatch, to: [handler], template: assigned}", notice))
    folder = builders.a_folder(tmp_path, workflow=workflow)
    (folder / "templates").mkdir()
    for language in ("zh", "en"):
        (folder / "templates" / f"mine.{language}.txt").write_text(f"Subject: {subject}\n\n{body}\n", encoding="utf-8")
    (problem,) = found_in(folder)
    assert (problem.code, problem.path) == ("template-says-nothing", "notices.1.template")
    assert words in problem.message


def test_the_row_of_a_register_is_a_place(tmp_path: Path) -> None:
    workflow = edited(
        builders.WORKFLOW,
        ("{on: dispatch, to: [handler], template: assigned}", "{on: dispatch, to: [handler], template: mine}"),
        (
            "  reason:      {type: text,",
            "  order: {type: entry, register: orders, title: {zh: 订餐, en: Order}}\n  reason:      {type: text,",
        ),
    )
    folder = builders.a_folder(tmp_path, workflow=workflow, orders=builders.ORDERS)
    (folder / "templates").mkdir()
    for language in ("zh", "en"):
        (folder / "templates" / f"mine.{language}.txt").write_text("Subject: {{ programme }}\n\n{{ place }}\n", encoding="utf-8")
    assert found_in(folder) == []


@pytest.mark.parametrize("body", [
    "{% if due %}{{ due | moment }}{% endif %}", "{{ place or description }}", "{{ place | default('-') }}", "{{ place if place else description }}",
    "{% if place or unit %}{{ place }}{% endif %}", "{{ description }} {{ reason }} {{ result }} {{ urgency }} {{ category }} {{ unit }} {{ photos }}",
])  # fmt: skip
def test_what_is_asked_before_it_is_said_leaves_no_hole(tmp_path: Path, body: str) -> None:
    workflow = edited(
        builders.WORKFLOW, ("{on: dispatch, to: [handler], template: assigned}", "{on: dispatch, to: [handler], template: mine}")
    )
    folder = builders.a_folder(tmp_path, workflow=workflow)
    (folder / "templates").mkdir()
    for language in ("zh", "en"):
        (folder / "templates" / f"mine.{language}.txt").write_text(f"Subject: {{{{ programme }}}}\n\n{body}\n", encoding="utf-8")
    assert found_in(folder) == []


def test_a_row_of_a_register_is_a_place_too(tmp_path: Path) -> None:
    workflow = edited(
        builders.WORKFLOW,
        ("{on: dispatch, to: [handler], template: assigned}", "{on: dispatch, to: [handler], template: mine}"),
        ("facts:\n", "facts:\n  station: {type: entry, register: stations, title: {zh: 驿站, en: Station}}\n"),
    )
    folder = builders.a_folder(tmp_path, workflow=workflow)
    for name in ("templates", "registers"):
        (folder / name).mkdir()
    (folder / "registers" / "stations.yaml").write_text(
        "register: stations\ntitle: {zh: 驿站, en: Stations}\nrows:\n  east: {title: 东门驿站}\n", encoding="utf-8"
    )
    for language in ("zh", "en"):
        (folder / "templates" / f"mine.{language}.txt").write_text("Subject: {{ programme }}\n\n{{ place }}\n", encoding="utf-8")
    assert found_in(folder) == []


def test_a_desk_that_closes_at_night_may_say_so(tmp_path: Path) -> None:
    early = ("rota:\n  duty:", "rota:\n  # waive desk-unmanned: 清晨由区里值班\n  duty:")
    people = edited(builders.PEOPLE, (NIGHT, NIGHT.replace("08:00", "06:00")), early)
    workflow = builders.WORKFLOW.replace("notify: [duty]", "notify: [duty, desk-chief]")
    loaded = loading.load(builders.a_folder(tmp_path, people=people, workflow=workflow), now=NOW)
    assert [problem.code for problem in loaded.problems if problem.code in OF_PROOFS] == []
    assert [(waived.problem.code, waived.reason) for waived in loaded.waived] == [("desk-unmanned", "清晨由区里值班")]
    assert loaded.programme is not None
