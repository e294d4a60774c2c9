"""What would be refused later is said before a folder is put in force: a value of a register, an opening of a schedule."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import loading
from tests import builders
from tests.integration import towns

E, R, S = "workflows/errand.yaml", "registers/orders.yaml", "schedules.yaml"
LAST = "  zhao: {title: {zh: 赵奶奶, en: Mrs Zhao}, meal: supper"


def found(tmp_path: Path, *changes: tuple[str, str, str]) -> list[str]:
    """The codes of what stands against the folder, each at its line and column with its words."""
    files = dict(builders.SCHEDULED)
    for file, old, new in changes:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    loaded = loading.load(builders.beside(builders.a_folder(tmp_path), files), now=towns.START)
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    return [f"{p.code} {Path(p.file).name}:{p.line}: {p.path}: {p.message}" for p in errors]


def test_the_builders_folder_is_sound(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@pytest.mark.parametrize(("column", "value", "said"), [
    ("{type: person", "mayr", "rider: 'mayr' is no person; did you mean mayor?"),
    ("{type: unit", "lihts", "rider: 'lihts' is no unit; did you mean lights?"),
    ("{type: category", "lam", "rider: 'lam' is no category; did you mean lamp?"),
    ("{type: number", "many", "rider: 'many' is not a number"),
    ("{type: date", "2026-02-30", "rider: '2026-02-30' is not a date"),
    ("{type: point", '"111.19,37.34,mars"', "rider: 'mars' is no datum"),
    ("{type: yes_no", "perhaps", "rider: 'perhaps' is neither yes nor no"),
    ("{type: duration", "soon", "rider: `soon` is not a duration"),
    ("{type: entry, register: orders", "zhaoo", "rider: 'zhaoo' is no row of orders; did you mean zhao?"),
    ("{type: choice, choices: {a: 甲}", "b", "rider: 'b' is no choice"),
])  # fmt: skip
def test_a_value_that_is_none_of_its_columns_is_said_at_its_place(tmp_path: Path, column: str, value: str, said: str) -> None:
    errand = (E, "  rider: {type: person, title: {zh: 骑手, en: Rider}}\n", "")
    came = found(
        tmp_path, (R, "rider: {type: person", f"rider: {column}"), (R, ", rider: ma", ""), (R, LAST, f"{LAST}, rider: {value}"), errand
    )
    assert len(came) == 1
    assert came[0].startswith("register-value orders.yaml:9: rows.zhao.rider: ")
    assert said in came[0]


@pytest.mark.parametrize(("changes", "said"), [
    ([(S, "for_each: {register: orders, when: {meal: lunch}}", "late_by: 2 hours")], "no case of `errand` could be opened: meal: required to open a case"),
    ([(E, "rider: {type: person", "rider: {type: number")], "could be opened for `li`: rider: 'ma' is not a number"),
    ([(S, "for_each", "with: {meal: brunch}, for_each")], "meal: 'brunch' is no choice"),
])  # fmt: skip
def test_an_opening_that_would_be_refused_is_said_beforehand(tmp_path: Path, changes: list[tuple[str, str, str]], said: str) -> None:
    came = found(tmp_path, *changes)
    assert len(came) == 1
    assert came[0].startswith("opening-refused schedules.yaml:2: schedules.lunch")
    assert said in came[0]


def test_a_schedule_that_never_comes_is_an_error(tmp_path: Path) -> None:
    sundays = builders.CALENDARS.replace("    holidays: CN\n", "")
    files = {**builders.SCHEDULED, S: builders.SCHEDULES.replace("for_each", "days: sun, calendar: office, for_each")}
    loaded = loading.load(builders.beside(builders.a_folder(tmp_path / "plain", calendars=sundays), files), now=towns.START)
    assert "schedule-never-comes" in {problem.code for problem in loaded.problems}
