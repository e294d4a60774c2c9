"""The full check of a folder: every problem at once, whatever else is wrong, and never an exception."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from config import problems
from engine import loading
from engine import now as times
from tests import builders
from tests.unit.config import test_mutations, test_problem_table

NOW = times.parse("2026-11-20T08:00:00+08:00")
GAP = ('    - {hours: "20:00-08:00", who: [zhao]}\n', '    - {hours: "20:00-06:00", who: [zhao]}\n')


def found_in(folder: Path) -> list[problems.Problem]:
    return [p for p in loading.load(folder, now=NOW).problems if p.severity == "error"]


def test_a_gap_in_the_rota_is_said_beside_what_else_is_wrong(tmp_path: Path) -> None:
    workflow = builders.WORKFLOW.replace("by: [leader, timer]", "by: [laeder, timer]").replace("to: resolved, by", "to: resovled, by")
    found = found_in(builders.a_folder(tmp_path, people=builders.PEOPLE.replace(*GAP), workflow=workflow))
    assert sum(p.path.startswith("transitions.") for p in found) == 2
    assert {p.path for p in found if p.code == "nobody-reached"} == {f"ladders.desk.{rung}.notify" for rung in range(3)}


def test_a_rung_that_tells_an_unknown_role_is_not_blamed_twice(tmp_path: Path) -> None:
    workflow = builders.WORKFLOW.replace("{after: 10 minutes, notify: [desk-chief]", "{after: 10 minutes, notify: [desk_chief]")
    (problem,) = [p for p in found_in(builders.a_folder(tmp_path, workflow=workflow)) if p.path.startswith("ladders")]
    assert problem.path.startswith("ladders.desk.3.notify")
    assert problem.code != "nobody-reached"


@pytest.mark.parametrize(
    ("file", "sound", "wrong"),
    [
        ("people", "roles: [handler], unit: lights", "roles: [handelr], unit: lights"),
        ("people", "roles: [handler], unit: lights", "roles: [handler], unit: ligths"),
        ("people", "who: [zhao]", "who: [zaho]"),
        ("people", "  duty:\n    - {", "  dutty:\n    - {"),
        ("people", "scope: desk", "scope: unit"),
        ("programme", "[mayor]", "[myaor]"),
        ("programme", "Asia/Shanghai", "Asia/Shangai"),
        ("units", "en: Lamp crew}", "en: Lamp crew}, part_of: nowhere"),
        ("units", "en: Lamp crew}", "en: Lamp crew}, part_of: lights"),
        ("calendars", "    holidays: CN", "    holidays: CN\n    days: {2026-02-30: closed}"),
        ("calendars", "    holidays: CN", "    holidays: XX"),
    ],
)
def test_names_that_lead_nowhere_are_problems_and_no_exceptions(tmp_path: Path, file: str, sound: str, wrong: str) -> None:
    text = {"people": builders.PEOPLE, "programme": builders.PROGRAMME, "units": builders.UNITS, "calendars": builders.CALENDARS}[file]
    assert sound in text
    folder = builders.beside(builders.a_folder(tmp_path), builders.SCHEDULED)
    (folder / f"{file}.yaml").write_text(text.replace(sound, wrong, 1), encoding="utf-8")
    assert found_in(folder)


@pytest.mark.parametrize("row", test_problem_table.ROWS, ids=[f"{row[0]}-{number}" for number, row in enumerate(test_problem_table.ROWS)])
def test_no_known_problem_hides_behind_an_exception(tmp_path: Path, row: tuple[str, str, str, list[tuple[str, str, str]]]) -> None:
    folder = builders.beside(builders.a_folder(tmp_path), test_problem_table.SOUND)
    for file, sound, wrong in row[3]:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(sound, wrong.replace("¦", ""), 1), encoding="utf-8")
    assert row[0] in {p.code for p in loading.load(folder, now=NOW).problems}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_is_mistyped_makes_it_raise(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    folder = builders.beside(builders.a_folder(tmp_path), builders.SCHEDULED)
    for _ in range(20):
        name = rng.choice(list(test_mutations.FILES))
        text = test_mutations.FILES[name]
        for _ in range(rng.choice((1, 2, 3))):
            text = rng.choice(test_mutations.WAYS)(text or " x ", rng)
        (folder / name).write_text(text, encoding="utf-8")
        loading.load(folder, now=NOW)
        (folder / name).write_text(test_mutations.FILES[name], encoding="utf-8")
