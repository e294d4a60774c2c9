"""What tests/conftest.py promises to every test."""

from __future__ import annotations

import os
import socket
import time

import pytest

from tests import proving


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
