"""Folders that change: what is taken up, whom it concerns, and what stays in force where a folder is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import composition, doorbell, errors, loading, publishing
from tests import builders
from tests.integration import towns

Engine = composition.Engine
OFFICE = towns.WORKFLOW.replace("within: 24 hours", "within: 8 working hours\n    hours: office")


def test_new_cases_use_a_changed_folder_and_running_ones_keep_theirs(engine: Engine, tmp_path: Path) -> None:
    old = towns.opened(engine)
    changed = towns.publish(
        engine, towns.a_programme(tmp_path / "2", workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes"))
    )
    assert (changed.changed, changed.rearmed) == (True, 0)
    new = towns.opened(engine)
    assert [towns.due(engine, case, "dispatching") for case in (old, new)] == ["08:10:00", "08:05:00"]
    assert towns.shown(engine, old)["definition"] != towns.shown(engine, new)["definition"]
    assert ("dispatching", 3, "08:05:00") in towns.until(engine, "08:05")
    assert towns.findings(engine) == []


def test_another_process_uses_it_at_its_next_request(engine: Engine, tmp_path: Path) -> None:
    with towns.another(engine) as second:
        towns.publish(engine, towns.a_programme(tmp_path / "2", workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes")))
        assert towns.due(second, towns.opened(second), "dispatching") == "08:05:00"


def test_the_same_content_is_in_force_already(engine: Engine, tmp_path: Path) -> None:
    assert not towns.publish(engine, towns.a_programme(tmp_path / "2")).changed


def test_people_are_live_for_running_cases_too(engine: Engine, tmp_path: Path) -> None:
    case = towns.opened(engine)
    towns.publish(
        engine,
        towns.a_programme(
            tmp_path / "2", people=builders.PEOPLE.replace('- {hours: "08:00-20:00", who: [wang]}', '- {hours: "08:00-20:00", who: [zhao]}')
        ),
    )
    towns.until(engine, "08:08")
    assert towns.told(engine, case)[-1] == ("zhao", "due-soon")


def test_a_prefix_belongs_to_one_programme(engine: Engine, tmp_path: Path) -> None:
    twin = towns.a_programme(tmp_path / "2", programme=builders.PROGRAMME.replace("testtown", "othertown"))
    with pytest.raises(errors.Invalid, match="prefix TT belongs to testtown"):
        towns.publish(engine, twin)
    assert sorted(engine.catalog.programmes) == ["testtown"]


CLOSED = builders.CALENDARS + '    days: {"2026-11-23": closed}\n'


def test_a_changed_calendar_arms_open_cases_anew_and_the_history_says_why(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, workflow=OFFICE) as engine:
        resolved = towns.dispatched(engine, when="16:00")
        towns.moved(engine, resolved, "resolve", "li", when="16:30", result="好了")
        untouched = towns.opened(engine)
        assert towns.due(engine, resolved, "verifying") == "2026-11-23T17:30:00", "an hour on Friday, seven on Monday"
        done = towns.publish(engine, towns.a_programme(tmp_path / "2", workflow=OFFICE, calendars=CLOSED))
        assert done.rearmed == 1
        assert towns.due(engine, resolved, "verifying") == "2026-11-24T17:30:00"
        entry = towns.entries(engine, resolved)[-1]
        assert (entry["kind"], entry["actor"], entry["detail"]["reason"]) == ("rearm", "system", "calendar")
        assert list(entry["detail"]["moved"]) == ["verifying"]
        assert [each["kind"] for each in towns.entries(engine, untouched)] == ["open"]
        assert towns.findings(engine) == []
        with towns.another(engine) as second:
            assert towns.findings(second) == []


def test_a_crash_before_all_timers_are_armed_anew_is_made_up_for(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with towns.a_town(tmp_path, url, workflow=OFFICE) as engine:
        case = towns.dispatched(engine, when="16:00")
        towns.moved(engine, case, "resolve", "li", when="16:30", result="好了")
        whole = towns.a_programme(tmp_path / "2", workflow=OFFICE, calendars=CLOSED)

        def crashes(*_: object, **__: object) -> int:
            raise SystemExit

        with monkeypatch.context() as crash:
            crash.setattr(publishing, "rearm", crashes)
            with pytest.raises(SystemExit):
                towns.publish(engine, whole)
        with towns.another(engine) as second:
            assert towns.publish(second, whole).rearmed == 1
            assert not towns.publish(second, whole).changed
            assert towns.findings(second) == []


def test_what_is_published_while_timers_are_armed_anew_stays_in_force(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with towns.a_town(tmp_path, url, workflow=OFFICE) as engine:
        case = towns.dispatched(engine, when="16:00")
        towns.moved(engine, case, "resolve", "li", when="16:30", result="好了")
        first = towns.a_programme(tmp_path / "2", workflow=OFFICE, calendars=CLOSED)
        second = towns.a_programme(tmp_path / "3", workflow=OFFICE, calendars=CLOSED, people=builders.PEOPLE.replace("王值班", "王新值班"))
        arm = publishing.rearm

        def overtaken(*given: Any, **named: Any) -> int:
            monkeypatch.setattr(publishing, "rearm", arm)
            with towns.another(engine) as other:
                towns.publish(other, second)
            return arm(*given, **named)

        monkeypatch.setattr(publishing, "rearm", overtaken)
        towns.publish(engine, first)
        with towns.another(engine) as later:
            assert later.catalog.of("testtown").live.people.people["wang"].name == "王新值班"
            assert towns.findings(later) == []


def test_clocks_that_sleep_are_rung_for_timers_that_are_armed_anew(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with towns.a_town(tmp_path, url, workflow=OFFICE) as engine:
        case = towns.dispatched(engine, when="16:00")
        towns.moved(engine, case, "resolve", "li", when="16:30", result="好了")
        rung: list[object] = []
        monkeypatch.setattr(doorbell, "ring", lambda *given: rung.append(given))
        towns.publish(engine, towns.a_programme(tmp_path / "2", workflow=OFFICE, people=builders.PEOPLE.replace("王值班", "王新值班")))
        assert rung == []
        towns.publish(engine, towns.a_programme(tmp_path / "3", workflow=OFFICE, calendars=CLOSED))
        assert len(rung) == 1


# Folders


def taken_up(engine: Engine, root: Path) -> list[str]:
    return [problem.code for problem in loading.take_up(engine, root=root)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "programmes"


def test_a_changed_folder_is_taken_up_once(engine: Engine, root: Path) -> None:
    folder = builders.a_folder(root, workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes"))
    assert taken_up(engine, root) == []
    assert towns.due(engine, towns.opened(engine), "dispatching") == "08:05:00"
    ((before,),) = towns.rows(engine, "SELECT max(id) FROM bundles")
    assert taken_up(engine, root) == []
    (folder / "workflows" / "report.yaml").write_text(towns.WORKFLOW.replace("within: 10 minutes", "within: 7 minutes"), encoding="utf-8")
    assert taken_up(engine, root) == []
    assert towns.due(engine, towns.opened(engine), "dispatching") == "08:07:00"
    ((after,),) = towns.rows(engine, "SELECT max(id) FROM bundles")
    assert after == before + 1


BROKEN: list[tuple[str, Callable[[Path], object]]] = [
    ("a text that is no YAML", lambda folder: (folder / "workflows" / "report.yaml").write_text("{", encoding="utf-8")),
    ("a clock that nobody can read", lambda folder: (folder / "workflows" / "report.yaml").write_text(towns.WORKFLOW.replace("10 minutes", "10 parsecs", 1), encoding="utf-8")),
    ("a template that nobody wrote", lambda folder: (folder / "workflows" / "report.yaml").write_text(towns.WORKFLOW.replace("template: received", "template: recieved"), encoding="utf-8")),
    ("a file that is gone", lambda folder: (folder / "people.yaml").unlink()),
]  # fmt: skip


@pytest.mark.parametrize(("_sentence", "break_"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_folder_leaves_the_one_in_force(
    tmp_path: Path, lite: str, root: Path, _sentence: str, break_: Callable[[Path], object]
) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        folder = builders.a_folder(root, workflow=towns.WORKFLOW)
        assert taken_up(engine, root) == []
        before = engine.catalog.of("testtown").hash
        break_(folder)
        for _ in range(2):
            assert taken_up(engine, root), "said each time until it is mended"
        assert engine.catalog.of("testtown").hash == before
        assert towns.opened(engine).state == "reported"


def test_a_gap_in_the_rota_does_not_stop_a_towns_restart(tmp_path: Path, lite: str, root: Path) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        builders.a_folder(root, workflow=towns.WORKFLOW, people=builders.PEOPLE.replace('    - {hours: "20:00-08:00", who: [zhao]}\n', ""))
        found = loading.take_up(engine, root=root)
        assert {(problem.code, problem.severity) for problem in found} == {("nobody-reached", "warning")}
        assert engine.catalog.of("testtown").live.people.rota["duty"][0].who == ("wang",)
        assert len(engine.catalog.of("testtown").live.people.rota["duty"]) == 1


def test_a_folder_with_anothers_prefix_does_not_stop_the_others(tmp_path: Path, lite: str, root: Path) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        builders.a_folder(root / "a", programme=builders.PROGRAMME.replace("testtown", "atown"))
        (root / "a" / "testtown").rename(root / "atown")
        builders.a_folder(root, workflow=towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes"))
        assert taken_up(engine, root) == ["definition-invalid"]
        assert towns.due(engine, towns.opened(engine), "dispatching") == "08:05:00"
