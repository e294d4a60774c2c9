"""docs/findings says of every finding what the checker says, and its examples are found wrong and right as they claim."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.problems import Saying
from engine import bounds, findings, loading, proofs
from engine import now as times
from tests import builders

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in findings.FOLDER.glob("*.md") if path.stem != "README"}
NOW = times.parse("2026-11-20T08:00:00+08:00")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = sorted(code for code, page in PAGES.items() if "\n## Wrong\n" in page)
PROVED = sorted(
    {saying.code for module in (bounds, proofs) for saying in vars(module).values() if isinstance(saying, Saying)}
    | {"endless-cycle", "stuck-state", "way-used-up", "rung-never-comes", "repeat-cut-short", "overlapping-matches", "laxer-first"}
    | {"told-already", "four-eyes-impossible", "four-eyes-blocked", "role-without-holder"}
)


def sound() -> dict[str, Any]:
    """The builders' town, its limits made to add up."""
    workflow = builders.WORKFLOW.replace("within: 24 hours", "within: [{when: {urgency: 1}, is: 2 hours}, {is: 24 hours}]")
    workflow = workflow.replace("{is: 2 days}]", "{is: 9 days}]")
    yaml = YAML(typ="safe", pure=True)
    return {"workflows/report.yaml": yaml.load(workflow), "people.yaml": yaml.load(builders.PEOPLE)}


def merged(files: dict[str, Any], page: str, heading: str) -> None:
    """Put the fragments under a heading into the files: entry by entry into a section, a list in place of the list."""
    part = re.split(r"^## ", page, flags=re.MULTILINE)
    (text,) = [one for one in part if one.startswith(f"{heading}\n")]
    blocks = BLOCK.findall(text)
    assert blocks
    for block in blocks:
        named = re.match(r"# file: (\S+)\n", block)
        file = files[named[1] if named else "workflows/report.yaml"]
        for section, content in YAML(typ="safe", pure=True).load(block).items():
            file[section] = {**file.get(section, {}), **content} if isinstance(content, dict) else content


def codes(tmp_path: Path, files: dict[str, Any]) -> set[str]:
    folder = builders.a_folder(tmp_path)
    for name, content in files.items():
        with (folder / name).open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(content, file)
    return {problem.code for problem in loading.load(folder, now=NOW).problems}


def test_every_finding_has_its_page_and_no_page_is_left_over() -> None:
    assert set(PAGES) == set(findings.sayings())


def test_a_code_means_one_thing() -> None:
    assert len({saying.code for saying in findings.every()}) == len(set(findings.every()))


@pytest.mark.parametrize("code", sorted(findings.sayings()))
def test_a_page_says_what_the_checker_says(code: str) -> None:
    head, _, _ = PAGES[code].partition("\n## ")
    assert head.rstrip("\n") + "\n" == findings.head(findings.sayings()[code]), "run `.venv/bin/python -m engine.findings`"


def test_the_index_lists_them_all() -> None:
    readme = (findings.FOLDER / "README.md").read_text(encoding="utf-8")
    assert readme.endswith(f"\n\n{findings.index()}"), "run `.venv/bin/python -m engine.findings`"


def test_every_proof_says_why_it_matters_and_shows_wrong_and_right() -> None:
    assert [code for code in PROVED if not all(f"\n## {part}\n" in PAGES[code] for part in ("Why it matters", "Wrong", "Right"))] == []


def test_the_town_of_the_examples_is_sound(tmp_path: Path) -> None:
    assert codes(tmp_path, sound()) <= {"provisional-year"}


@pytest.mark.parametrize("code", EXAMPLES)
def test_what_a_page_calls_wrong_is_found_and_what_it_calls_right_is_not(tmp_path: Path, code: str) -> None:
    files = sound()
    merged(files, PAGES[code], "Wrong")
    assert code in codes(tmp_path / "wrong", files)
    merged(files, PAGES[code], "Right")
    assert code not in codes(tmp_path / "right", files)
