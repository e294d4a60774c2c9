"""`kept` on a fact: so long after its case has ended it is gone, a photo with its file, and everybody who looks is told that it was erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import attachments, composition, requests, retention, views
from engine.mining import conformance, processlog
from tests import builders
from tests.integration import towns

DAY = 24 * towns.HOUR
WORKFLOW = builders.WORKFLOW.replace("{type: photos, most: 9,", "{type: photos, most: 9, kept: 10 days,").replace(
    "{type: contact, personal: true,", "{type: contact, personal: true, kept: 5 days,"
)
PERSONAL = WORKFLOW.replace("{type: photos, most: 9, kept: 10 days,", "{type: photos, most: 9, personal: true, kept: 10 days,")
ERASED = {"erased": True}


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, url, workflow=WORKFLOW, programme=builders.PROGRAMME + "keep_personal: 30 days\n") as opened:
        yield opened


def ended(engine: composition.Engine, **facts: object) -> requests.Done:
    case = towns.opened(engine, **facts)
    return towns.moved(engine, case, "discard", "wang", reason="重复")


def erase(engine: composition.Engine, days: int, **how: int) -> int:
    return retention.erase(engine.store, engine.catalog, engine.settings.data_dir, now=towns.START + days * DAY + 1, **how)["testtown"]


def seen(engine: composition.Engine, case: requests.Done, viewer: str | None) -> list[views.EntryView]:
    with engine.store.reading() as tx:
        return views.entries(tx, engine.catalog, views.find(tx, engine.catalog, case.case), viewer=viewer)


def on_disk(engine: composition.Engine, digest: str) -> bool:
    return attachments.place(engine.settings.data_dir, digest, "image/jpeg").exists()


def test_a_photo_is_erased_with_its_file_and_the_chain_stays_whole(engine: composition.Engine) -> None:
    photo = builders.a_photo(engine)
    case = ended(engine, photos=[photo])
    assert erase(engine, 9) == 0
    assert on_disk(engine, photo)
    assert erase(engine, 10) == 1
    assert not on_disk(engine, photo)
    assert towns.shown(engine, case)["facts"]["photos"] == ERASED
    assert towns.findings(engine) == []
    assert erase(engine, 11) == 0
    assert [(each.kind, each.actor, dict(each.facts)) for each in seen(engine, case, None)][-1] == ("erase", "system", {"photos": ERASED})
    assert all(photo not in str(each.facts) for each in seen(engine, case, None))


def test_a_photo_that_another_case_still_names_stays_there(engine: composition.Engine) -> None:
    photo = builders.a_photo(engine)
    gone, still_open = ended(engine, photos=[photo]), towns.opened(engine, photos=[photo])
    assert erase(engine, 10) == 1
    assert on_disk(engine, photo)
    assert towns.shown(engine, gone)["facts"]["photos"] == ERASED
    assert towns.shown(engine, still_open)["facts"]["photos"] == [photo]
    assert towns.findings(engine) == []
    with engine.store.writing() as tx:
        engine.time.move_to(tx, towns.START + 11 * DAY)
    towns.moved(engine, still_open, "discard", "wang", reason="重复")
    assert erase(engine, 22) == 1
    assert not on_disk(engine, photo)


def test_erased_is_not_removed_but_removed_is_still_found(engine: composition.Engine) -> None:
    first, second = builders.a_photo(engine, "orange"), builders.a_photo(engine, "black")
    ended(engine, photos=[first])
    case = towns.opened(engine, photos=[second])
    erase(engine, 10)
    attachments.remove(engine.settings.data_dir, second)
    assert [found.partition(" ")[0] for found in towns.findings(engine)] == ["photo-changed"]
    assert towns.shown(engine, case)["facts"]["photos"] == [second]


def test_a_personal_fact_with_a_time_of_its_own_does_not_wait_for_the_programmes(engine: composition.Engine) -> None:
    case = ended(engine, on_behalf_of="张大妈, zhang@example.org")
    assert erase(engine, 4) == 0
    assert erase(engine, 5) == 1
    assert towns.shown(engine, case)["facts"]["on_behalf_of"] == ERASED
    assert erase(engine, 31) == 0
    assert towns.findings(engine) == []


def test_personal_photos_lose_their_files_too(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, workflow=PERSONAL) as engine:
        photo = builders.a_photo(engine)
        case = ended(engine, photos=[photo])
        assert on_disk(engine, photo)
        assert erase(engine, 10) == 1
        assert not on_disk(engine, photo)
        assert towns.shown(engine, case)["facts"]["photos"] == ERASED
        assert towns.findings(engine) == []


def test_the_same_picture_given_anew_is_there_again(engine: composition.Engine) -> None:
    photo = builders.a_photo(engine)
    ended(engine, photos=[photo])
    assert erase(engine, 10, spare=3600) == 0  # it was given a moment ago: the next time
    assert erase(engine, 10) == 1
    assert builders.a_photo(engine) == photo
    assert towns.shown(engine, towns.opened(engine, photos=[photo]))["facts"]["photos"] == [photo]
    assert towns.findings(engine) == []


def test_in_small_batches_nothing_is_left_over(engine: composition.Engine) -> None:
    cases = [ended(engine, photos=[builders.a_photo(engine, colour)]) for colour in ("red", "green", "blue")]
    assert erase(engine, 10, batch=1) == 3
    assert [towns.shown(engine, case)["facts"]["photos"] for case in cases] == [ERASED] * 3
    assert not list((engine.settings.data_dir / "attachments").rglob("*.jpg"))


def test_a_rider_sees_that_it_was_erased_and_conformance_has_nothing_to_say(engine: composition.Engine) -> None:
    case = ended(engine, photos=[builders.a_photo(engine)])
    erase(engine, 10)
    assert seen(engine, case, "ma")[0].facts["photos"] == ERASED
    report = conformance.conform(engine.store, engine.catalog, processlog.Wanted())
    assert (report.findings, report.notes) == ((), ())
