from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from cli.demonstration import around, scenes, script, stage
from config import programme as programmes
from config import reading
from engine import settings

ROOT = settings.Settings({}).programmes


@cache
def town(name: str) -> programmes.Programme:
    whole = reading.read_folder(ROOT / name).programme
    assert whole is not None
    return whole


def test_the_day_is_the_same_each_time() -> None:
    assert around.day() == around.day()


def test_the_day_has_as_many_reports_as_a_lively_town() -> None:
    assert 40 <= script.whole(around.day()).cases <= 60


def test_everybody_in_the_script_is_a_person_of_the_programme_and_pulls_its_triggers() -> None:
    for step in script.whole(around.day()).steps:
        whole = town(step.programme)
        assert step.by in whole.people.people, step
        assert step.do in {script.OPEN, script.ACKNOWLEDGE, *whole.workflows["report"].transitions}, step
        steps = {"step"} if step.do == "tick" else set[str]()
        assert (set(step.facts) - steps) | set(step.photos) <= set(whole.workflows["report"].facts), step
        assert step.clock is None or step.clock in whole.workflows["report"].clocks


def test_every_story_of_the_domain_is_told() -> None:
    told, titles = script.stories()
    assert {"lamp", "steel", "manhole", "sparks", "kitchen", "lift", "pothole", "elderly"} <= set(titles)
    assert {step.programme for step in told} == {"ningxiang", "dingcheng", "haidian", "najin"}
    assert all(title.zh and title.en for title in titles.values())


def test_no_rider_is_asked_to_verify_and_nobody_verifies_his_own() -> None:
    done: dict[str, str] = {}
    for step in script.whole(around.day()).steps:
        if step.do in ("resolve", "help"):
            done[step.case] = step.by
        if step.do == "verify":
            assert step.by != done[step.case], step


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ("stories: {a: {title: {zh: 一, en: a}, programme: x, steps: [{at: '17:00', by: b, do: open, fcts: {}}]}}", "fcts"),
        ("stories: {a: {title: {zh: 一, en: a}, programme: x, steps: [{at: noon, by: b, do: open}]}}", "at"),
        ("stories: {a: 1, a: 2}", "twice"),
    ],
)
def test_a_script_that_cannot_be_meant_is_refused(tmp_path: Path, yaml: str, words: str) -> None:
    file = tmp_path / "stories.yaml"
    file.write_text(yaml, encoding="utf-8")
    with pytest.raises(script.ScriptInvalid, match=words):
        script.stories(file)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("x", "17:00", "classify")], "before it is opened"),
        ([("x", "17:00", "open"), ("x", "17:01", "open")], "twice"),
        ([("x", "09:00", "open")], "outside the day"),
    ],
)
def test_steps_out_of_order_are_refused(steps: list[tuple[str, str, str]], words: str) -> None:
    with pytest.raises(script.ScriptInvalid, match=words):
        script.whole([script.Step(case=case, programme="p", at=script.moment(at), by="b", do=do) for case, at, do in steps])


@pytest.mark.parametrize("scene", sorted(scenes.SCENES))
def test_each_scene_is_a_real_photo(scene: str, tmp_path: Path) -> None:
    with Image.open(scenes.draw(scene, "Ningxiang 2026-08-12 20h", tmp_path)) as image:
        assert image.format == "JPEG"
        assert image.size == scenes.SIZE
        assert len(image.getcolors(100_000) or []) > 20


def test_every_scene_of_the_script_is_drawn() -> None:
    used = {scene for step in script.whole(around.day()).steps for scene in step.photos.values()}
    assert used <= set(scenes.SCENES)


# --- the demo's folder


def test_the_demo_keeps_to_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGXING_DATA_DIR", str(tmp_path))
    (tmp_path / "fengxing.db").write_text("the town's own")
    place = stage.folder()
    assert place == tmp_path / "demo"
    (place / "left over").touch()
    assert [path.name for path in stage.folder().iterdir()] == ["DEMO"], "what it left there itself is cleared"
    assert (tmp_path / "fengxing.db").read_text() == "the town's own"


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGXING_DATA_DIR", str(tmp_path))
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").touch()
    with pytest.raises(stage.FolderTaken, match="holds something else"):
        stage.folder()
    assert (tmp_path / "demo" / "thesis.txt").exists()


def test_a_demo_under_way_is_not_disturbed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGXING_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first = stage.folder()
    (first / "DEMO").write_text(f"{stage.MARK}{os.getppid()}\n")  # another process, and alive
    assert stage.folder() != first


def test_a_taken_port_is_no_obstacle() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert stage.free_port(port) not in (0, port)
