"""What the tests of the command share: a store that is made once a session and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import commandline


@pytest.fixture(scope="session")
def made_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual store with Ningxiang in force; copy it, never use it."""
    return commandline.template(tmp_path_factory.mktemp("template") / "data")


@pytest.fixture
def fengxing(made_town: Path, tmp_path: Path) -> commandline.Town:
    """The command, on a virtual store of the test's own."""
    shutil.copytree(made_town, tmp_path / "data")
    return commandline.Town(folder=tmp_path / "data")
