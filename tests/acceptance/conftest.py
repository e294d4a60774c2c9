"""A fresh town for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import town as towns


@pytest.fixture
def town(tmp_path: Path) -> Iterator[towns.Town]:
    """The programme of tests.builders on a virtual store."""
    with towns.a_town(tmp_path) as opened:
        yield opened
