"""The house keeps itself: what is tracked, what is packaged, what is pinned, and what the prose promises."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
LOCK = (ROOT / "requirements.txt").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
FOLDERS = {
    "config",
    "states",
    "sla",
    "notifications",
    "places",
    "storage",
    "engine",
    "workflows",
    "portal",
    "cli",
    "tests",
    "docs",
    "bench",
    ".ci",
    ".github",
}
"""What docs/architecture.md knows at the top level."""
TEXT = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".json", ".cfg", ".ini", ".sh", ".j2", ".html", ".mako", ".js", ".css", ".csv", ""}
# Spelled with gaps, so that this file does not find itself.
FOREIGN = re.compile(
    r"(?<![\w.~])/(?:work|farm|root|home|Users)/[\w.]"  # a folder of one machine
    r"|--(?:extra-)?(?:index-ur[l])|--find-link[s]"  # an address given to an installer
    r"|pythonhosted\.or[g]|//pypi\.|registry\.(?:npmjs|yarnpkg)|npmmirro[r]|tuna\.tsinghu[a]"  # a registry's host
    r"|[\"']resolve[d][\"']:\s*[\"']"  # an address in a lock
)


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git working tree: nothing is tracked")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def packages() -> set[str]:
    """Every folder with an `__init__.py`, tests aside, dotted."""
    tops = [folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name in FOLDERS - {"tests"}]
    return {".".join(found.parent.relative_to(ROOT).parts) for top in tops for found in top.rglob("__init__.py")}


def documents() -> list[Path]:
    return [ROOT / name for name in tracked() if name.endswith(".md")]


# --- what is tracked


@pytest.mark.parametrize(
    "line",
    [
        "see /wor" + "k/main/x",
        "--extra-index-u" + "rl https://x",
        "https://files.pythonhosted.o" + "rg/a",
        '"resolve' + 'd": "https://x"',
        "/hom" + "e/li/x",
    ],
)
def test_the_pattern_of_foreign_things_bites(line: str) -> None:
    assert FOREIGN.search(line)


def test_nothing_tracked_belongs_to_one_machine_or_registry() -> None:
    found = []
    for name in tracked():
        if Path(name).suffix not in TEXT:
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        found += [f"{name}:{n}: {line.strip()[:100]}" for n, line in enumerate(text.splitlines(), 1) if FOREIGN.search(line)]
    assert found == []


def test_every_top_level_folder_is_one_of_the_architecture() -> None:
    assert {name.split("/")[0] for name in tracked() if "/" in name} <= FOLDERS


def test_no_module_is_called_after_nothing() -> None:
    vague = {"utils", "util", "common", "core", "helpers", "helper", "managers", "manager", "services", "service", "misc"}
    assert [name for name in tracked() if name.endswith(".py") and vague & {*Path(name).with_suffix("").parts}] == []


def test_nothing_generated_is_tracked() -> None:
    made = re.compile(r"(^|/)(\.venv|__pycache__|node_modules|var|build|\.hypothesis)/|\.(pyc|db|sqlite3?)$|\.egg-info/")
    assert [name for name in tracked() if made.search(name)] == []


# --- what is packaged


def test_the_packages_are_listed_explicitly_and_completely() -> None:
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == packages()


def test_types_layers_and_coverage_look_at_every_package() -> None:
    tops = {name for name in packages() if "." not in name}
    assert set(PYPROJECT["tool"]["mypy"]["files"]) == tops | {"tests"}
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == tops
    assert set(PYPROJECT["tool"]["coverage"]["run"]["source"]) == tops - {"bench"}


def test_every_file_that_is_no_module_is_package_data() -> None:
    """What a folder carries beside its modules must be in a wheel too: YAML, schemas, templates."""
    listed = PYPROJECT["tool"]["setuptools"]["package-data"]
    carried: set[str] = set()
    for package, patterns in listed.items():
        folder = ROOT / package.replace(".", "/")
        for pattern in patterns:
            carried |= {str(found.relative_to(ROOT)) for found in folder.glob(pattern)}
    tops = {name for name in packages() if "." not in name}
    loose = [name for name in tracked() if name.split("/")[0] in tops and not name.endswith(".py") and name not in carried]
    assert loose == []


# --- what is pinned


def test_the_lock_pins_with_hashes_and_names_no_address() -> None:
    lines = [line for line in LOCK.splitlines() if line and not line.lstrip().startswith("#")]
    pins = [line for line in lines if not line.startswith(" ")]
    assert len(pins) > 50
    assert [line for line in pins if not re.match(r"^[a-z0-9-]+==[^ ]+( ; .+)? \\$", line)] == []
    assert [line for line in lines if line.startswith(" ") and not re.match(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$", line)] == []
    assert "://" not in LOCK


def test_the_lock_has_what_pyproject_asks_for() -> None:
    project = PYPROJECT["project"]
    asked = [Requirement(line) for line in (*project["dependencies"], *project["optional-dependencies"]["dev"])]
    pinned = {canonicalize_name(name): version for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;]+)", LOCK, re.MULTILINE)}
    assert [str(r) for r in asked if not r.specifier.contains(pinned.get(canonicalize_name(r.name), "0"), prereleases=True)] == []


# --- make


def test_every_target_says_what_it_is_for() -> None:
    explained = set(re.findall(r"^([a-z]+):.*## .+ / .+$", MAKEFILE, re.MULTILINE))
    phony = set("".join(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)).split())
    assert explained == TARGETS == phony
    assert {"help", "setup", "run", "test", "check", "prove", "demo", "bench", "lock"} <= TARGETS


def test_what_needs_the_environment_sets_it_up() -> None:
    using = {name for name, body in re.findall(r"^([a-z]+):[^\n]*\n((?:\t.*\n?)+)", MAKEFILE, re.MULTILINE) if "$(BIN)" in body}
    assert "test" in using
    assert [name for name in using if not re.search(rf"^{name}: setup\b", MAKEFILE, re.MULTILINE)] == []


def test_every_make_command_in_the_prose_exists() -> None:
    said = {(doc.name, word) for doc in documents() for word in re.findall(r"`(?:[A-Z_]+=\S+ )?make ([a-z]+)", doc.read_text())}
    said |= {(doc.name, word) for doc in documents() for word in re.findall(r"^make ([a-z]+)", doc.read_text(), re.MULTILINE)}
    assert {"run", "test"} <= {word for name, word in said if name == "README.md"}
    assert [(name, word) for name, word in sorted(said) if word not in TARGETS] == []


# --- the prose


def anchors(document: Path) -> set[str]:
    """The headings' fragments, as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_link_in_the_prose_leads_somewhere() -> None:
    lost = []
    links = 0
    for document in documents():
        prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", target):
                continue
            links += 1
            path, _, fragment = target.partition("#")
            found = (document.parent / path) if path else document
            if not found.exists() or (fragment and found.suffix == ".md" and fragment not in anchors(found)):
                lost.append(f"{document.relative_to(ROOT)}: {target}")
    assert links > 10
    assert lost == []


def test_both_readmes_say_the_same_commands() -> None:
    english, chinese = ((ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))

    def commands(text: str) -> list[str]:
        return re.findall(r"^(?:make|\.venv/bin/fengxing) [^#\n]*?(?= *#| *$)", text, re.MULTILINE)

    assert len(commands(english)) >= 2
    assert commands(english) == commands(chinese)


def test_the_folder_map_in_the_readme_is_the_tree() -> None:
    english = (ROOT / "README.md").read_text()
    mapped = set(re.findall(r"^\| `([a-z]+)/` \|", english, re.MULTILINE))
    there = {name for name in FOLDERS if (ROOT / name).is_dir() and not name.startswith(".")}
    assert mapped == there


def test_every_decision_is_listed() -> None:
    records = sorted(path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    assert len(records) >= 6
    assert re.findall(r"\((\d{4}-[^)]+\.md)\)", index) == records
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))


# --- the shipped programmes

SHIPPED = sorted((ROOT / "config" / "programmes").rglob("*.yaml"))


def test_programmes_are_shipped() -> None:
    assert len(SHIPPED) >= 6


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT / "config" / "programmes")))
def test_an_editor_finds_the_schema_of_a_shipped_file(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found, f"{path.name} begins with {first!r}"
    schema = (path.parent / found[1]).resolve()
    folders = {"workflows": "workflow", "registers": "register"}
    kind = "tests" if path.name.endswith(".tests.yaml") else folders.get(path.parent.name, path.stem)
    assert schema == ROOT / "config" / "schema" / f"{kind}.schema.json"
    assert schema.is_file()
