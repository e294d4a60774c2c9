"""Publishing with a name and a reason: who may, what stands afterwards, and what was in force before."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from config import reading
from engine import authored, composition, errors, loading, migration, versions
from storage import database
from storage import errors as storage_errors
from tests import builders
from tests.integration import towns

Engine = composition.Engine
SHORTER = towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes")


def a_folder(at: Path, **files: str) -> Path:
    return builders.a_folder(at, **{"workflow": towns.WORKFLOW, **files})


def publish(engine: Engine, folder: Path, author: str = "mayor", reason: str = "the desk gets five minutes") -> authored.Outcome:
    return authored.publish(engine, folder, author=author, reason=reason)


def listed(engine: Engine) -> list[versions.Version]:
    with engine.store.reading() as tx:
        return versions.listed(tx, engine.catalog, "testtown")


def stored(engine: Engine, words: str) -> versions.Stored:
    with engine.store.reading() as tx:
        return versions.stored(tx, engine.catalog, words)


def test_a_version_says_who_when_why_what_changed_and_who_stays_behind(engine: Engine, tmp_path: Path) -> None:
    old = towns.opened(engine)
    done = publish(engine, a_folder(tmp_path / "2", workflow=SHORTER))
    assert done.published is not None
    assert done.published.changed
    assert [change.said.en for change in done.changes] == ["the limit of `dispatching` is shortened from 10 minutes to 5 minutes"]
    assert done.older == 1
    new = towns.opened(engine)
    assert [towns.due(engine, case, "dispatching") for case in (old, new)] == ["08:10:00", "08:05:00"]
    newest, first = listed(engine)
    assert (newest.latest.author, newest.latest.reason, newest.in_force, newest.open_cases) == (
        "mayor",
        "the desk gets five minutes",
        True,
        1,
    )
    assert (first.latest.author, first.in_force, first.open_cases) == ("system", False, 1)
    assert newest.body()["at"] == "2026-11-20T08:00:00+08:00"


def test_the_files_come_back_to_the_letter(engine: Engine, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "2", workflow="# by hand\n" + SHORTER)
    done = publish(engine, folder)
    assert done.published is not None
    found = stored(engine, done.published.hash[:8])
    assert {name: (folder / name).read_text(encoding="utf-8") for name in found.files} == dict(found.files)
    assert found.whole == reading.read_folder(folder).programme
    assert stored(engine, "testtown").version.hash == stored(engine, "in-force:testtown").version.hash == done.published.hash


def test_the_same_content_is_no_new_version(engine: Engine, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "2", workflow=SHORTER)
    publish(engine, folder)
    again = publish(engine, folder)
    assert again.published is not None
    assert not again.published.changed
    assert again.changes == ()
    assert len(listed(engine)) == 2
    assert len(listed(engine)[0].publications) == 1


def test_somebody_stands_for_what_was_taken_up_by_itself(engine: Engine, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "programmes", workflow=SHORTER)
    loading.take_up(engine, root=folder)
    publish(engine, folder, author="zhao", reason="agreed on Monday")
    publish(engine, folder, author="zhao", reason="agreed on Monday")
    assert [(p.author, p.reason) for p in listed(engine)[0].publications] == [("system", "loaded"), ("zhao", "agreed on Monday")]


def test_going_back_to_an_earlier_version_is_in_the_list_with_its_own_reason(engine: Engine, tmp_path: Path) -> None:
    ten, five = a_folder(tmp_path / "2", workflow="# ten\n" + towns.WORKFLOW), a_folder(tmp_path / "3", workflow=SHORTER)
    publish(engine, ten, reason="first")
    publish(engine, five, reason="shorter")
    back = publish(engine, ten, author="zhao", reason="too short")
    assert [change.said.en for change in back.changes] == ["the limit of `dispatching` is lengthened from 5 minutes to 10 minutes"]
    in_force = next(version for version in listed(engine) if version.in_force)
    assert [(p.author, p.reason) for p in in_force.publications] == [("mayor", "first"), ("zhao", "too short")]


@pytest.mark.parametrize("what", ["workflow", "people"])
def test_a_folder_with_a_problem_changes_nothing(tmp_path: Path, lite: str, what: str) -> None:
    broken = {"workflow": towns.WORKFLOW.replace("within:", "withn:", 1), "people": builders.PEOPLE.replace('    - {hours: "20:00-08:00", who: [zhao]}\n', "")}  # fmt: skip
    with towns.a_town(tmp_path, lite) as engine:
        done = publish(engine, a_folder(tmp_path / "2", **{what: broken[what]}))
        assert done.published is None
        assert any(problem.severity == "error" for problem in done.problems)
        assert len(listed(engine)) == 1


def test_who_only_reports_publishes_nothing(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite) as engine:
        folder = a_folder(tmp_path / "2", workflow=SHORTER)
        with pytest.raises(authored.MayNotPublish, match="ma only reports"):
            publish(engine, folder, author="ma")
        with pytest.raises(errors.NotFound, match="no person nobody"):
            publish(engine, folder, author="nobody")
        # who would only become somebody by this very version is nobody yet
        with pytest.raises(errors.NotFound, match="no person upstart"):
            publish(engine, a_folder(tmp_path / "3", people=builders.PEOPLE.replace("  qian: ", "  upstart: ")), author="upstart")
        assert len(listed(engine)) == 1


def test_two_who_publish_at_once_take_turns(engine: Engine, tmp_path: Path) -> None:
    minutes = (7, 8, 9)
    folders = [a_folder(tmp_path / str(n), workflow=towns.WORKFLOW.replace("within: 10 minutes", f"within: {n} minutes")) for n in minutes]
    went: list[str] = []

    def go(folder: Path) -> None:
        with towns.another(engine) as mine:
            for _ in range(2):
                done = publish(mine, folder, reason=folder.parent.name)
                assert done.published is not None
                went.append(done.published.hash)

    threads = [threading.Thread(target=go, args=(folder,)) for folder in (*folders, folders[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(went) == 8
    found = listed(engine)
    assert len(found) == 4, "one for each content, and the one at the beginning"
    assert [version.in_force for version in found].count(True) == 1
    assert towns.findings(engine) == []


def test_a_hash_must_fit_one_version(engine: Engine, tmp_path: Path) -> None:
    publish(engine, a_folder(tmp_path / "2", workflow=SHORTER))
    with pytest.raises(errors.NotFound, match="no published version 0123456789ab"):
        stored(engine, "0123456789ab")
    with pytest.raises(errors.NotFound, match="no published version abc"):
        stored(engine, "abc")
    with pytest.raises(errors.NotFound, match="no programme nowhere"):
        stored(engine, "in-force:nowhere")


# A folder that is watched


@pytest.fixture
def watched(tmp_path: Path, lite: str) -> Path:
    return tmp_path / "programmes"


def test_a_watched_folder_that_was_published_is_not_taken_up_again(tmp_path: Path, lite: str, watched: Path) -> None:
    folder = a_folder(watched, workflow=SHORTER)
    with towns.a_town(tmp_path, lite, given={"FENGXING_PROGRAMMES": str(watched)}) as engine:
        publish(engine, folder)
        assert loading.take_up(engine) == []
        assert [p.author for p in listed(engine)[0].publications] == ["mayor"]


def test_touching_the_watched_folder_does_not_undo_what_was_published_from_another(tmp_path: Path, lite: str, watched: Path) -> None:
    folder = a_folder(watched)
    with towns.a_town(tmp_path, lite, given={"FENGXING_PROGRAMMES": str(watched)}) as engine:
        loading.take_up(engine)
        done = publish(engine, a_folder(tmp_path / "edited", workflow=SHORTER))
        assert done.published is not None
        (folder / "people.yaml").touch()
        assert loading.take_up(engine) == []
        assert engine.catalog.of("testtown").hash == done.published.hash
        (folder / "workflows" / "report.yaml").write_text(
            towns.WORKFLOW.replace("within: 10 minutes", "within: 7 minutes"), encoding="utf-8"
        )
        assert loading.take_up(engine) == []
        assert towns.due(engine, towns.opened(engine), "dispatching") == "08:07:00", "a change of its content counts again"


def test_a_watched_folder_that_is_broken_is_named_beside_the_versions(tmp_path: Path, lite: str, watched: Path) -> None:
    folder = a_folder(watched)
    with towns.a_town(tmp_path, lite, given={"FENGXING_PROGRAMMES": str(watched)}) as engine:
        loading.take_up(engine)
        assert authored.against(engine) == ()
        (folder / "people.yaml").write_text("people: [\n", encoding="utf-8")
        assert {problem.file for problem in authored.against(engine)} == {str(folder / "people.yaml")}


def test_the_folder_of_all_programmes_is_no_version(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite) as engine, pytest.raises(authored.SeveralProgrammes, match="holds 5 programmes; publish one"):
        publish(engine, towns.SHIPPED)


def test_what_is_stored_already_cannot_be_stored_twice_even_so(engine: Engine, tmp_path: Path) -> None:
    """Where the turn were not taken, the store's own rule stands behind it."""
    publish(engine, a_folder(tmp_path / "2", workflow=SHORTER))
    with pytest.raises(storage_errors.Duplicate):
        towns.damage(engine, "INSERT INTO bundles (hash, programme, prefix, live, files, workflows, author, reason, at) SELECT hash, programme, prefix, live, files, workflows, author, reason, at FROM bundles")  # fmt: skip


def test_letters_that_fit_several_versions_name_them_all_wherever_a_version_is_meant(engine: Engine, tmp_path: Path) -> None:
    publish(engine, a_folder(tmp_path / "2", workflow=SHORTER))
    with engine.store.writing() as tx:
        for number in (1, 2):
            tx.run(database.both("UPDATE bundles SET hash = ? WHERE id = ?"), (f"abcd{number}".ljust(64, "0"), number))
    with engine.store.reading() as tx:
        for asked in (versions.stored, migration.version):
            with pytest.raises(versions.Ambiguous, match=r"abcd1.* \(testtown\), abcd2.* \(testtown\)") as several:
                asked(tx, engine.catalog, "abcd")
            assert several.value.possible == ("abcd10000000", "abcd20000000")
        assert versions.stored(tx, engine.catalog, "abcd2").version.hash.startswith("abcd2")
        assert migration.version(tx, engine.catalog, "abcd2").hash.startswith("abcd2")
