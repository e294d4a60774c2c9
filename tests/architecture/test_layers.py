"""Who may import whom: the contracts in pyproject.toml hold, and each of them notices when it is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINTER = PYPROJECT["tool"]["importlinter"]
CONTRACTS = {contract["name"]: contract for contract in LINTER["contracts"]}
PACKAGES: list[str] = LINTER["root_packages"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        # a use case that orchestrates
        ("engine", "import workflows", "Layers"),
        # two siblings that know each other
        ("sla", "import states", "Layers"),
        ("notifications", "import storage", "Layers"),
        # the language asking what time counts
        ("config", "import sla", "Layers"),
        ("storage", "import config", "Storage knows nothing"),
        ("places", "import storage", "Layers"),
        ("engine", "import transitions", "Only states"),
        ("engine", "import shapely", "Only places"),
        ("config", "import prcoords", "Only places"),
        ("engine", "import sqlmodel", "Only storage"),
        ("cli", "from sqlalchemy import text", "Only storage"),
        ("cli", "import prefect", "Only workflows"),
        ("engine", "import fastapi", "The engine's import path"),
        ("sla", "import time", "The middle is pure"),
        ("states", "import sqlite3", "The middle is pure"),
        ("places", "import random", "The middle is pure"),
        ("engine", "import jinja2", "Only notifications"),
        ("engine", "from matplotlib import figure", "Charts"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, module: str, line: str, broken: str) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / module / "planted.py").write_text(f"{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert [name for name in CONTRACTS if name.startswith(broken) and f"{name} BROKEN" in result.stdout]


def test_the_layers_name_every_package_once() -> None:
    layers = next(contract["layers"] for contract in CONTRACTS.values() if contract["type"] == "layers")
    named = [name.strip() for layer in layers for name in layer.split("|")]
    assert sorted(named) == sorted(PACKAGES)


@pytest.mark.parametrize("contract", [name for name in CONTRACTS if name.startswith("Only ")])
def test_the_one_importer_is_the_only_one_left_out(contract: str) -> None:
    """A package that joins must be forbidden too, or the contract says less than its name."""
    left_out = set(PACKAGES) - set(CONTRACTS[contract]["source_modules"])
    owner = contract.split()[1]
    assert left_out - {"bench", "cli"} == {owner}


@pytest.mark.parametrize("contract", [name for name in CONTRACTS if name.endswith(" alone")])
def test_where_one_module_is_the_importer_every_package_is_forbidden(contract: str) -> None:
    """The module is let in by name; its package is not left out."""
    assert set(CONTRACTS[contract]["source_modules"]) == set(PACKAGES)
    owner = contract.split()[-2]
    assert {line.split(" -> ")[0] for line in CONTRACTS[contract]["ignore_imports"]} == {owner}


@pytest.mark.parametrize("big", ["transitions", "sqlmodel", "prefect", "shapely"])
def test_the_big_libraries_are_really_there(big: str) -> None:
    """`forbidden` says nothing of a library that nobody has: then the contract would keep itself."""
    assert any(name.startswith(big) for name in PYPROJECT["project"]["dependencies"])
    assert shutil.which("lint-imports", path=str(Path(sys.executable).parent))


ROOMS = ("diagrams", "figuring", "mining", "simulating", "stories")


def test_what_lives_a_case_does_not_lean_on_what_is_built_around_it() -> None:
    """The rooms of `engine` may use its flat part; of the flat part only the full check reads stories."""
    leaning = {
        f"{path.name}: {line.strip()}"
        for path in (ROOT / "engine").glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(f"from engine.{room} import" in line for room in ROOMS)
    }
    assert leaning == {"loading.py: from engine.stories import trials"}
