from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import alone, assumptions, programme, reading
from tests import builders

SOUND = """\
workflow: report
arrivals:
  a_day: 300
  hours: {"06:00-22:00": 5, "22:00-06:00": 1}
  days: {mon-fri: 3, sat-sun: 2}
  from: [rider]
facts:
  urgency: {1: 1, 2: 4, 3: 5}
  category: {lamp: 1}
staff:
  duty: {at_work: 2}
  verifier: {at_work: 1, hours: office}
work:
  dispatch: {weight: 95, takes: 2 minutes, nine_of_ten: 5 minutes, varies: lognormal, by: duty}
  discard: {weight: 5}
acknowledge: 20
"""


def the_programme(folder: Path) -> programme.Programme:
    whole = reading.read_folder(builders.a_folder(folder)).programme
    assert whole is not None
    return whole


def found(folder: Path, text: str) -> list[str]:
    file = folder / "assumptions.yaml"
    file.write_text(text, encoding="utf-8")
    return [str(problem).removeprefix(f"{folder}/") for problem in assumptions.check(assumptions.read(file), the_programme(folder))]


def test_sound_assumptions_have_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("sound", "wrong", "said"),
    [
        ("workflow: report", "workflow: reprot", "1:11: workflow: `reprot` is not known in this programme; did you mean `report`?"),
        ("a_day: 300", "a_day: 0", "3:10: arrivals.a_day: 0 is out of range"),
        ("a_day: 300", "aday: 300", "3:3: arrivals.aday: unknown key; did you mean `a_day`?"),
        ("from: [rider]", "from: [ridder]", "6:10: arrivals.from.0: `ridder` is not known in this programme; did you mean `rider`?"),
        ("from: [rider]", "from: ridder", "6:9: arrivals.from: `ridder` is not known"),
        ("{mon-fri: 3, sat-sun: 2}", "{mon-fri: 0}", "5:3: arrivals.days: no case would ever come; give at least one"),
        ('"06:00-22:00": 5', '"6-22": 5', "4:11: arrivals.hours.6-22: `6-22` is not a window of hours"),
        ("{1: 1, 2: 4, 3: 5}", "{4: 1}", "8:13: facts.urgency.4: `4` is not known in this programme; values: 1, 2, 3"),
        ("{1: 1, 2: 4, 3: 5}", "{1: 0}", "8:3: facts.urgency: no case would ever come"),
        ("category: {lamp: 1}", "description: {x: 1}", "9:3: facts.description: `description` is no choice between a few values"),
        ("category: {lamp: 1}", "catgory: {lamp: 1}", "9:3: facts.catgory: `catgory` is not known in this programme; did you mean `category`?"),
        ("duty: {at_work: 2}", "dutty: {at_work: 2}", "11:3: staff.dutty: `dutty` is not known in this programme; did you mean `duty`?"),
        ("hours: office}", "hours: offices}", "12:33: staff.verifier.hours: `offices` is not known in this programme; did you mean `office`?"),
        ("discard: {weight", "discrad: {weight", "15:3: work.discrad: `discrad` is not known in this programme; did you mean `discard`?"),
        ("by: duty", "by: leader", "14:91: work.dispatch.by: `leader` may not do `dispatch`; it is done by: duty"),
        ("takes: 2 minutes", "takes: soon", "14:33: work.dispatch.takes: `soon` is not a duration"),
        ("varies: lognormal", "varies: normal", "14:76: work.dispatch.varies: `normal` is not known here; did you mean `lognormal`?"),
        ("acknowledge: 20", "acknowledge: 101", "16:14: acknowledge: 101 is out of range"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, sound: str, wrong: str, said: str) -> None:
    assert sound in SOUND
    (problem,) = found(tmp_path, SOUND.replace(sound, wrong, 1))
    assert problem.startswith(f"assumptions.yaml:{said}")


def test_a_file_that_is_none_is_a_problem_too(tmp_path: Path) -> None:
    assert "No such file" in assumptions.read(tmp_path / "none.yaml").problems[0].message
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    assert "not UTF-8 text" in assumptions.read(tmp_path / "binary.yaml").problems[0].message
    (tmp_path / "large.yaml").write_text("#" * (alone.LARGEST + 1))
    assert "too large" in assumptions.read(tmp_path / "large.yaml").problems[0].message
    (tmp_path / "broken.yaml").write_text("workflow: [")
    assert assumptions.read(tmp_path / "broken.yaml").assumptions is None


def test_they_may_lie_beside_the_programme(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "assumptions.yaml").write_text(SOUND, encoding="utf-8")
    (folder / "assumptions-winter.yaml").write_text(SOUND, encoding="utf-8")
    assert reading.read_folder(folder).problems == ()
    (folder / "asumptions.yaml").write_text(SOUND, encoding="utf-8")
    assert [problem.code for problem in reading.read_folder(folder).problems] == ["unknown-file"]


def test_the_example_of_the_page_is_sound(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    (block,) = re.findall(
        r"```yaml\n# file: assumptions.yaml\n(.*?)```", (root / "docs" / "simulation.md").read_text(encoding="utf-8"), re.DOTALL
    )
    whole = reading.read_folder(root / "config" / "programmes" / "ningxiang").programme
    assert whole is not None
    (tmp_path / "assumptions.yaml").write_text(block, encoding="utf-8")
    read = assumptions.read(tmp_path / "assumptions.yaml")
    assert assumptions.check(read, whole) == ()
    assert read.assumptions is not None
    assert read.assumptions.arrivals.a_day == 300
