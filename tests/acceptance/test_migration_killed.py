"""A migration that is killed, with no chance to say goodbye, and run again: each case is whole, on one side or the other, and in the end over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import proving, replaying
from tests.integration import towns
from tests.integration.test_migration import SHORTER

ONE_BY_ONE = "import sys; from engine import migration; migration.CHUNK = 1; from cli import main; sys.exit(main.run(sys.argv[1:]))"
"""The command, with a transaction for each case."""


@pytest.mark.slow
def test_a_migration_that_is_killed_is_run_again(tmp_path: Path) -> None:
    url = f"sqlite:///{replaying.a_store(tmp_path)}"
    with towns.a_town(tmp_path, url) as engine:
        for _ in range(60):
            towns.opened(engine)
        towns.publish(engine, towns.a_programme(tmp_path / "2", workflow=SHORTER))
        migrate = [sys.executable, "-c", ONE_BY_ONE, "migrate", "--to", engine.catalog.of("testtown").hash]
        given = {**os.environ, "FENGXING_DATABASE_URL": url, "FENGXING_DATA_DIR": str(tmp_path)}

        def over() -> int:
            return int(towns.rows(engine, "SELECT count(*) FROM history WHERE kind = 'migrate'")[0][0])

        for kill in range(proving.times(2, 12)):
            process = subprocess.Popen([*migrate, *(["--back"] if kill % 2 else [])], env=given, stdout=subprocess.DEVNULL)
            begun, until = over(), time.monotonic() + 60
            while over() < begun + 3 and process.poll() is None and time.monotonic() < until:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert over() > begun, "it was at work when it was killed"
            assert towns.findings(engine) == []
        assert subprocess.run(migrate, env=given, check=False, capture_output=True).returncode == 0
        definitions = towns.rows(engine, "SELECT definition, count(*) FROM cases GROUP BY definition")
        assert definitions == [(2, 60)]
        assert towns.findings(engine) == []
