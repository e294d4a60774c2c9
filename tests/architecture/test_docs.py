"""What the prose shows is true: every YAML block in it is read as an admin's file would be, and every command exists."""

from __future__ import annotations

import importlib
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from config import areas, checks, programme, reading, sentences
from config.workflow import Workflow
from engine import settings, starting

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# file: (\S+)\n")


def blocks(document: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(document.read_text(encoding="utf-8")) if found == language]


TOURS = [ROOT / "docs" / name for name in ("writing-a-workflow.md", "writing-a-workflow.zh.md")]
PART = re.compile(r"# part of: (\S+)\n")


@pytest.mark.parametrize("tour", TOURS, ids=lambda path: path.name)
def test_the_town_of_the_tour_is_that_of_fengxing_new(tour: Path) -> None:
    """Whole files but for their first line, which names the schema; and parts of the workflow as they stand in it."""
    whole = {named[1]: block[named.end() :] for block in blocks(tour, "yaml") if (named := FILE.match(block))}
    parts = [(named[1], block[named.end() :]) for block in blocks(tour, "yaml") if (named := PART.match(block))]
    assert whole.keys() | {name for name, _ in parts} == {
        str(path.relative_to(starting.TEMPLATE)) for path in starting.TEMPLATE.rglob("*.yaml") if not path.name.endswith(".tests.yaml")
    }
    for name, text in whole.items():
        assert text == (starting.TEMPLATE / name).read_text(encoding="utf-8").split("\n", 1)[1], name
    for name, text in parts:
        assert text in (starting.TEMPLATE / name).read_text(encoding="utf-8"), text
    shown = {key for _, text in parts for key in YAML(typ="safe").load(text)}
    assert shown == {"facts", "states", "transitions", "clocks", "ladders", "notices"}


@pytest.mark.parametrize("tour", TOURS, ids=lambda path: path.name)
def test_the_stories_of_the_tour_are_those_of_fengxing_new(tour: Path) -> None:
    told = (starting.TEMPLATE / "workflows" / "report.tests.yaml").read_text(encoding="utf-8")
    shown = [block for block in blocks(tour, "text") if "- story:" in block]
    assert len(shown) == 2
    assert [block for block in shown if block not in told] == []


def test_both_tours_show_the_same() -> None:
    english, chinese = TOURS
    assert blocks(english, "yaml") == blocks(chinese, "yaml")
    assert blocks(english, "") == blocks(chinese, "")


def test_a_mistake_in_it_is_found_as_the_tour_shows(tmp_path: Path) -> None:
    folder = tmp_path / "programmes" / "mytown"
    shutil.copytree(starting.TEMPLATE, folder)
    report = folder / "workflows" / "report.yaml"
    report.write_text(report.read_text(encoding="utf-8").replace("within: 10 minutes", "withn: 10 minutes"), encoding="utf-8")
    read = reading.read_folder(folder)
    found = [str(problem).removeprefix(f"{tmp_path}/") for problem in (*read.problems, *checks.check(read))]
    assert found == [line for block in blocks(TOURS[0], "") for line in block.splitlines() if ".yaml:" in line]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_fragments_fit_the_language(document: Path) -> None:
    """A block that is no whole file shows parts of a workflow, or of areas.yaml or duties.yaml; each part fits the model of its key."""
    wrong = []
    known = areas.Areas.model_fields | areas.Duties.model_fields | Workflow.model_fields
    for block in blocks(document, "yaml"):
        if named := FILE.match(block):
            if named[1] == "figures.yaml":
                TypeAdapter(programme.Figures).validate_python(YAML(typ="safe").load(block))
            continue
        parts: dict[str, Any] = YAML(typ="safe").load(block)
        for key, value in parts.items():
            model: Any = known[key].annotation if key in known else None
            if model is None:
                wrong.append(f"{key}: no key of a workflow")
                continue
            try:
                TypeAdapter(model).validate_python(value)
            except ValidationError as error:
                wrong.append(f"{key}: {error}")
    assert wrong == []


def test_a_problem_reads_everywhere_as_it_is_printed() -> None:
    """`file:line:column: path: message; hint`: the form that the examples promise."""
    shape = re.compile(r"^[\w/.-]+\.yaml:\d+:\d+: [\w.\[\]-]+: [^;]+; .+$")
    shown = [line for document in DOCUMENTS for block in blocks(document, "") for line in block.splitlines() if ".yaml:" in line]
    assert len(shown) >= 3
    assert [line for line in shown if not shape.match(line)] == []


def spoken(pattern: str) -> list[tuple[str, str]]:
    """(document, what the pattern's group found) over all prose, each once."""
    return sorted({(document.name, found) for document in DOCUMENTS for found in re.findall(pattern, document.read_text(encoding="utf-8"))})


def resolves(dotted: str) -> bool:
    """`engine.cases.perform`: the longest importable front, then attributes."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


def test_names_of_the_code_in_the_prose_exist() -> None:
    ours = r"bench|cli|config|engine|notifications|places|sla|states|storage"
    named = spoken(rf"`((?:{ours})(?:\.[A-Za-z_]+)+)[`(]")
    assert len(named) > 15
    assert [(document, name) for document, name in named if not resolves(name)] == []


def test_files_named_in_the_prose_exist() -> None:
    named = spoken(r"`((?:bench|cli|config|engine|notifications|sla|states|storage|workflows|tests|\.ci)/[\w./-]*)`")
    assert len(named) > 15
    town = ROOT / "config" / "programmes" / "ningxiang"  # `workflows/report.yaml` is a town's own
    assert [(document, name) for document, name in named if not (ROOT / name).exists() and not (town / name).exists()] == []


def test_every_setting_in_the_prose_exists() -> None:
    known = {settings.PREFIX + setting.name for setting in settings.SETTINGS} | {"FENGXING_PROVE"}
    named = spoken(r"\bFENGXING_[A-Z_]*[A-Z]\b")
    assert len(named) > 5
    assert [(document, name) for document, name in named if name not in known] == []


def test_every_command_in_the_prose_exists() -> None:
    if not (ROOT / "cli" / "main.py").exists():
        pytest.skip("the command is not written yet")
    command: Any = typer.main.get_command(importlib.import_module("cli.main").app)
    asked = [(document, name) for document, name in spoken(r"(?:`|bin/)fengxing ([a-z]+)")]
    assert len(asked) > 10
    assert [(document, name) for document, name in asked if name not in command.commands] == []


def test_the_sentences_of_stories_are_listed_as_they_are_understood() -> None:
    """docs/definition-tests.md has one row a pattern, in the table's order, and no other."""
    page = (ROOT / "docs" / "definition-tests.md").read_text(encoding="utf-8")
    rows = [f"| `{each.en}`<br>{each.example} | `{each.zh}`<br>{each.example_zh} |" for each in sentences.TABLE]
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows
    assert ", ".join(f"`{en}` {zh}" for en, zh in sentences.STANDINGS.items()) in page


def test_every_command_has_its_row_in_the_page_of_commands() -> None:
    command: Any = typer.main.get_command(importlib.import_module("cli.main").app)
    rows = "\n".join(line for line in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `"))
    assert [name for name in command.commands if not re.search(rf"`{name}[ `]", rows)] == []
