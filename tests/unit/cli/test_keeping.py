from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import keeping

Said = list[str]


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
def keeper(said: Said, monkeypatch: pytest.MonkeyPatch) -> Iterator[keeping.Keeper]:
    monkeypatch.setattr(keeping, "FIRST", 0.05)
    monkeypatch.setattr(keeping, "PATIENCE", 1.0)
    keeper = keeping.Keeper(lambda en, _zh: said.append(en))
    yield keeper
    keeper.stop()


def python(code: str, heard: Callable[[str, str], None] = lambda _name, _line: None) -> Callable[[keeping.Child], keeping.Process]:
    """How to start a few lines of Python as a child: written to a module and run with -m, as our own children are."""
    module = f"child_{abs(hash(code))}"
    folder = Path(os.environ["PYTEST_CHILDREN"])
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    return keeping.command([module], {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1"}, heard)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_CHILDREN", str(tmp_path))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool], timeout: float = 10.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_child_is_ready_when_it_speaks_and_its_lines_are_handed_on(keeper: keeping.Keeper) -> None:
    lines: list[tuple[str, str]] = []
    child = keeper.add(
        "clock", python("import time; print('the clock runs'); time.sleep(60)", lambda name, line: lines.append((name, line)))
    )
    assert child.ready.wait(10)
    until(lambda: lines == [("clock", "the clock runs")])


def test_a_child_that_dies_is_started_again_and_said_so(keeper: keeping.Keeper, said: Said) -> None:
    child = keeper.add("clock", python("print('here')"))
    until(lambda: child.pid is None and child.process is not None)
    keeper.look()
    assert said == ["clock has died (exit code 0); trying again in 0.05 s"]
    first = child.began

    def begun_anew() -> bool:
        keeper.look()
        return child.began > first

    until(begun_anew)


def test_the_pause_grows_with_each_death(keeper: keeping.Keeper, said: Said) -> None:
    child = keeper.add("clock", python("raise SystemExit(3)"))

    def died_thrice() -> bool:
        keeper.look()
        return len(said) >= 3

    until(died_thrice)
    assert [words.split("again in ")[1] for words in said[:3]] == ["0.05 s", "0.1 s", "0.2 s"]
    assert child.failures >= 3


def test_what_keeps_dying_is_not_said_for_ever(keeper: keeping.Keeper, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 0.05)
    child = keeper.add("prefect-server", python("raise SystemExit(1)"), log=Path("server.log"))

    def died_often() -> bool:
        keeper.look()
        return child.failures > keeping.LOUD + 1

    until(died_often, 20)
    assert len(said) == keeping.LOUD
    assert "see server.log" in said[0]
    assert "without a word from now on" in said[-1]


def test_what_cannot_be_started_is_tried_again(keeper: keeping.Keeper, said: Said) -> None:
    tries: list[int] = []
    sound = python("import time; time.sleep(60)")

    def start(child: keeping.Child) -> keeping.Process:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("127.0.0.1:4200 is taken")
        return sound(child)

    child = keeper.add("prefect-server", start)
    assert said == ["prefect-server could not be started: 127.0.0.1:4200 is taken; trying again in 0.05 s"]

    def runs() -> bool:
        keeper.look()
        return child.pid is not None

    until(runs)


def test_nothing_of_a_group_outlives_its_end(keeper: keeping.Keeper) -> None:
    """Neither a child that does not listen to SIGTERM nor what it has started itself."""
    deaf = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    child = keeper.add(
        "deaf", python(deaf + "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print(p.pid); time.sleep(60)", lambda _n, line: pids.append(int(line)))
    )  # fmt: skip
    pids: list[int] = []
    until(lambda: bool(pids))
    assert child.pid is not None
    pids.append(child.pid)
    begun = time.monotonic()
    keeping.end([child], patience=0.5)
    assert time.monotonic() - begun < 20
    until(lambda: not any(alive(pid) for pid in pids), 3)


def test_a_dismissed_child_is_not_started_again_until_it_is_taken_back(keeper: keeping.Keeper, said: Said) -> None:
    child = keeper.add("clock", python("import time; print('x'); time.sleep(60)"))
    assert child.ready.wait(10)
    keeper.dismiss(child)
    keeper.look()
    assert child.pid is None
    assert said == []
    keeper.take_back(child)
    assert child.ready.wait(10)
    assert child.pid is not None


def test_a_childs_settings_are_the_given_ones_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGXING_SMTP_URL", "smtp://elsewhere")
    monkeypatch.setenv("PYTHONPATH", "x")
    environment = keeping.environment({"FENGXING_DATA_DIR": "d"})
    assert {name: value for name, value in environment.items() if name.startswith("FENGXING_")} == {"FENGXING_DATA_DIR": "d"}
    assert environment["PYTHONPATH"].split(os.pathsep)[1:] == ["x"]


def test_ours_is_a_command_that_ends_with_its_parent() -> None:
    assert keeping.ours("clock", "--json") == ["cli.child", "--watch", str(os.getpid()), "clock", "--json"]
    assert sys.executable


def test_a_log_keeps_the_one_before(tmp_path: Path) -> None:
    keeping.Log(tmp_path / "logs" / "a.log").write("a", "first")
    keeping.Log(tmp_path / "logs" / "a.log").write("a", "second")
    assert (tmp_path / "logs" / "a.log").read_text() == "second\n"
    assert (tmp_path / "logs" / "a.log.1").read_text() == "first\n"
