"""What tests/conftest.py promises to every test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import proving

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::"])
def test_a_test_binds_on_the_loopback_only(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server, pytest.raises(PermissionError, match="stay on the loopback"):
        server.bind((address, 0))


def test_a_test_reaches_nobody_outside() -> None:
    with socket.socket() as client, pytest.raises(PermissionError, match="stay on the loopback"):
        client.connect(("192.0.2.1", 25))


def test_the_loopback_itself_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_the_machines_zone_is_nobodys_programme() -> None:
    assert time.localtime(0).tm_gmtoff == -12600


def test_no_setting_of_the_machine_leaks_in() -> None:
    assert [name for name in os.environ if name.startswith("FENGXING_") and name != "FENGXING_PROVE"] == []


@pytest.mark.prove
def test_what_takes_long_runs_only_to_prove() -> None:
    assert proving.PROVING


def test_a_test_looks_longer_when_proving() -> None:
    assert proving.times(12, 50) == (50 if proving.PROVING else 12)


def test_what_shares_a_server_runs_on_one_worker(tmp_path: Path) -> None:
    for name in ("__init__.py", "conftest.py", "proving.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / name)
    says = "import os, pathlib, pytest\n@pytest.mark.prefect\n@pytest.mark.parametrize('n', range(6))\n"
    says += "def test_x(n):\n    pathlib.Path(os.environ['PYTEST_XDIST_WORKER']).touch()\n"
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(says)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    result = subprocess.run([*command, "--rootdir", ".", "."], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len([path for path in tmp_path.iterdir() if path.name.startswith("gw")]) == 1
