"""The committed JSON Schemas are those of the models, accept what the reader accepts, and explain every key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from config import described, reference, schema, shape, yamltext
from tests import builders

HERE = Path(__file__).parents[2]
SKETCH = HERE.parent / "shared" / "definition-sketch.yaml"
SCHEMAS = schema.schemas()
MODELS = schema.models()
STORIES = """\
tests: report
stories:
  - story: 除夕
    given: a report by ma, at 2026-02-16 23:50
    when: [nobody acts]
    then: [the case is reported, nobody else is mailed]
"""


def complaints(name: str, text: str) -> list[str]:
    data, _, problems = yamltext.read(name, name, text)
    assert problems == []
    return [f"{error.json_path}: {error.message}" for error in jsonschema.Draft202012Validator(SCHEMAS[name]).iter_errors(data)]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_committed_schema_is_that_of_the_models(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    committed = (schema.FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == schema.text(SCHEMAS[name]), "run `.venv/bin/python -m config.schema` and commit what it writes"


def test_no_schema_is_left_over() -> None:
    assert {path.name for path in schema.FOLDER.iterdir()} == {f"{name}.schema.json" for name in SCHEMAS}


def test_every_key_is_described_in_both_languages() -> None:
    keys: set[str] = set()
    for name, one in SCHEMAS.items():
        for model, inner in {MODELS[name].__name__: one, **one.get("$defs", {})}.items():
            keys.update(f"{model}.{key}" for key in inner.get("properties", {}))
            assert all(part.get("description") for part in inner.get("properties", {}).values())
    assert keys == set(described.KEYS)


def test_the_sketch_fits_the_schema() -> None:
    if not SKETCH.exists():
        pytest.skip("the sketch lies beside the project, not in it")
    assert complaints("workflow", SKETCH.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("name", "text"), [
    ("workflow", builders.WORKFLOW), ("programme", builders.PROGRAMME), ("people", builders.PEOPLE), ("units", builders.UNITS),
    ("calendars", builders.CALENDARS), ("categories", builders.CATEGORIES), ("tests", STORIES),
    ("register", builders.ORDERS), ("schedules", builders.SCHEDULES), ("workflow", builders.ERRAND),
])  # fmt: skip
def test_the_builders_files_fit(name: str, text: str) -> None:
    assert complaints(name, text) == []


@pytest.mark.parametrize("folder", sorted(path.parent for path in HERE.glob("*/programmes/*/programme.yaml")), ids=lambda path: path.name)
def test_shipped_files_fit_and_name_their_schema(folder: Path) -> None:
    for path in [*folder.glob("*.yaml"), *folder.glob("workflows/*.yaml"), *folder.glob("registers/*.yaml")]:
        if path.name.startswith("map"):
            continue
        text = path.read_text(encoding="utf-8")
        within = {"workflows": "workflow", "registers": "register"}
        name = "tests" if path.name.endswith(".tests.yaml") else within.get(path.parent.name, path.stem)
        assert complaints(name, text) == []
        first = text.splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (path.parent / first.split("=", 1)[1]).resolve() == schema.FOLDER / f"{name}.schema.json"


SAYABLE: list[tuple[str, str, str]] = [
    ("workflow", "within: 10 minutes", "within: [{is: 10 minutes}]"),
    ("workflow", "      - {is: 1 hour}\n", "      - {is: none}\n"),
    ("workflow", "runs_in: open", "runs_in: [reported, dispatched]"),
    ("workflow", "{urgency: [1, 2]}", "{urgency: 1}"),
    ("workflow", "{urgency: [1, 2]}", "{urgency: true}"),
    ("workflow", "by: {fact: more_time}", "by: 2 working days"),
    ("workflow", "{1: 紧急,", "{\"1\": 紧急,"),
    ("calendars", "mon-fri:", "mon:"),
    ("calendars", '["08:30-12:00", "14:00-17:30"]', '"18:00-24:00"'),
    ("calendars", "holidays: CN", "days: {2026-10-01: closed, 2026-10-02: open, 2026-10-03: [\"08:00-12:00\"], 2026-10-04: \"08:00-12:00\"}"),
    ("people", '{hours: "08:00-20:00", who: [wang]}', '{hours: "08:00-20:00", days: mon-fri, who: wang}'),
    ("people", "email: ma@example.org", "email: [ma@example.org, ma2@example.org]"),
    ("programme", "prefix: TT", "prefix: TT\nurgent: {urgency: 1, grade: [1, 2]}"),
    # and what neither accepts
    ("workflow", "within: 10 minutes", "within: ten minutes"),
    ("workflow", "within: 10 minutes", "within: 10"),
    ("workflow", "within: 10 minutes", "within: []"),
    ("workflow", "within: 10 minutes", "withn: 10 minutes"),
    ("workflow", "required: true", "required: yes"),
    ("workflow", "required: true", "required:"),
    ("workflow", "  desk:\n", "  Desk:\n"),
    ("workflow", "{at: due, do: resume}", "{at: due, after: 1 day, do: resume}"),
    ("workflow", "{at: due, do: resume}", "{at: due}"),
    ("workflow", "{at: due, do: resume}", "{at: due, notify: leader}"),
    ("workflow", "ladder: review", "within: 1 day"),
    ("workflow", "most: 9", "most: 99"),
    ("workflow", "by: [leader, timer]", "by: [leader, leader]"),
    ("calendars", "mon-fri:", "mo-fr:"),
    ("calendars", "holidays: CN", "days: {2026-10-01: shut}"),
    ("people", "scope: desk", "scope: dusk"),
    ("people", "ma@example.org", "ma"),
    ("programme", "prefix: TT", "prefix: tt"),
    ("programme", "[mayor]", "[]"),
    ("categories", 'version: "1"', "version: 1"),
    ("schedules", 'at: "10:30"', 'at: ["10:30", "16:30"], days: mon-fri, monthly: 1, calendar: office, late_by: 2 hours'),
    ("schedules", 'at: "10:30"', 'at: "24:30"'),
    ("schedules", 'at: "10:30"', 'at: "10:30", monthly: [0]'),
    ("schedules", "opens: errand, ", ""),
    ("schedules", "{register: orders,", "{register: Orders,"),
    ("register", "title: 王爷爷, meal: lunch", "title: 王爷爷, meal: lunch, beds: 4.5, alone: true"),
    ("register", "title: 王爷爷, meal: lunch", "title: 王爷爷, meal: [lunch]"),
    ("register", "{type: person,", "{type: persn,"),
    ("register", "  wang: {", "  Wang: {"),
    ("tests", "when: [nobody acts]", "when: nobody acts"),
    ("tests", "    when: [nobody acts]\n", ""),
    ("tests", "tests: report", "tests: Report"),
    ("tests", "tests: report\n", ""),
    ("tests", "    given: a report by ma, at 2026-02-16 23:50\n", ""),
    ("tests", "then: [the case is reported, nobody else is mailed]", "then: []"),
    ("tests", "- story: 除夕", "- name: 除夕"),
    ("tests", "[nobody acts]", "[{nobody: acts}]"),
]  # fmt: skip
SOUND = {
    "workflow": builders.WORKFLOW, "programme": builders.PROGRAMME, "people": builders.PEOPLE, "calendars": builders.CALENDARS,
    "categories": builders.CATEGORIES, "tests": STORIES, "register": builders.ORDERS, "schedules": builders.SCHEDULES,
}  # fmt: skip


@pytest.mark.parametrize(("name", "sound", "other"), SAYABLE)
def test_schema_and_reader_agree(name: str, sound: str, other: str) -> None:
    assert sound in SOUND[name]
    text = SOUND[name].replace(sound, other, 1)
    data, source, problems = yamltext.read(name, name, text)
    assert problems == []
    model: Any = MODELS[name]
    assert (complaints(name, text) == []) == (not shape.fit(model, data, source).found)


def test_the_reference_pages_are_those_of_the_models() -> None:
    """`python -m config.reference` writes them."""
    for name, text in reference.pages().items():
        assert (reference.FOLDER / name).read_text(encoding="utf-8") == text, name


def test_the_reference_has_a_row_for_every_key_in_both_languages() -> None:
    for language, name in reference.PAGES.items():
        text = reference.pages()[name]
        for key, said in described.KEYS.items():
            words = said[language == "zh"].replace("|", "\\|")
            assert f"| `{key.split('.')[1]}` | " in text
            assert words in text, key
