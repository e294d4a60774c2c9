"""What holds for every test: no setting of the machine leaks in, nothing leaves the loopback, and random searches can be repeated."""

from __future__ import annotations

import ipaddress
import os
import sys
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import proving

for name in [name for name in os.environ if name.startswith("FENGXING_") and name != "FENGXING_PROVE"]:
    del os.environ[name]
os.environ.update(PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1")
# A zone nobody ships a programme for, with half hours: whoever reads the machine's local time shows.
os.environ["TZ"] = "America/St_Johns"
time.tzset()

settings.register_profile("default", derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("prove", max_examples=3000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("prove" if proving.PROVING else "default")


def _is_loopback(host: object) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _stay_at_home(event: str, args: tuple[Any, ...]) -> None:
    """Refuses to bind or connect anywhere but on the loopback; a local socket's address is its path."""
    if event in {"socket.bind", "socket.connect"} and isinstance(args[1], tuple) and not _is_loopback(args[1][0]):
        raise PermissionError(f"a test tried {event} with {args[1]!r}; tests stay on the loopback")


sys.addaudithook(_stay_at_home)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for shared in ("prefect", "browser"):
            if item.get_closest_marker(shared):
                item.add_marker(pytest.mark.xdist_group(shared))
        if item.get_closest_marker("prove") and not proving.PROVING:
            item.add_marker(pytest.mark.skip(reason="too long for every change; make prove runs it"))
