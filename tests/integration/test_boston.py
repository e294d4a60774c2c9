"""Boston's July 2011, as it was, through the engine: against the city's own verdicts and the city's own deadlines."""

from __future__ import annotations

import csv
import gzip
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from config import reading
from engine import composition, replay, settings, staging, verify, whatif
from storage import database
from tests import replaying

JULY = replaying.ROOT.parent / "shared" / "data" / "boston311" / "2011-07.csv.gz"
ZONE = ZoneInfo("America/New_York")
OFFICE = (8 * 60 + 30, 17 * 60)

pytestmark = pytest.mark.skipif(not JULY.exists(), reason="the city's log is not beside the project")


@pytest.fixture(scope="module")
def city() -> dict[str, dict[str, str]]:
    with gzip.open(JULY, "rt", encoding="utf-8", newline="") as file:
        return {row["case_enquiry_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def promised(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, replay.Replayed]:
    store = replaying.a_store(tmp_path_factory.mktemp("promised"))
    return store, replaying.play(store, JULY)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> replay.Replayed:
    return replaying.play(replaying.a_store(tmp_path_factory.mktemp("own")), JULY, by="map-own.yaml")


def test_the_verdict_is_the_citys_on_every_labelled_row(promised: tuple[Path, replay.Replayed], city: dict[str, dict[str, str]]) -> None:
    _, done = promised
    assert [each.key for each in done.verdicts] == list(city)
    labelled = [each for each in done.verdicts if city[each.key]["ontime"]]
    assert len(labelled) == 9833
    assert [each for each in labelled if (each.verdict == "breached") != (city[each.key]["ontime"] == "OVERDUE")] == []
    assert done.count("none") == sum(not row["target_dt"] for row in city.values()) == 1697
    assert done.notes == ()


def test_every_promise_that_was_broken_rang_once_and_the_store_is_proved(promised: tuple[Path, replay.Replayed]) -> None:
    store, done = promised
    with composition.opened(replaying.where(store)) as engine:
        assert verify.verify(engine.store, engine.catalog, store.parent).findings == ()
        with engine.store.reading() as tx:
            rung = tx.all(database.both("SELECT at, recorded_at, detail, kind FROM history WHERE mark IS NOT NULL"))
    broken = [orjson.loads(detail) for _, _, detail, _ in rung]
    assert done.fired == len(rung)
    assert sum(each["clock"] == "promised" for each in broken) == done.count("breached")
    assert all(at == recorded for at, recorded, _, _ in rung)
    # each at its very moment; only what was past when the case came waited for nothing but that
    late = [each for (at, *_), each in zip(rung, broken, strict=True) if at != each["due"]]
    assert len(late) <= 3


@pytest.mark.parametrize(
    ("kind", "office", "at_least"),
    [
        ("Schedule a Bulk Item Pickup", True, 0.992),
        ("Sticker Request", True, 0.977),
        ("Missed Trash/Recycling/Yard Waste/Bulk Item", True, 0.996),
        ("Street Light Outages", True, 0.997),
        # at any hour, in days by the wall clock; 120 of them cross the end of summer time
        ("Unsatisfactory Living Conditions", False, 1.0),
        ("Rodent Activity", False, 0.994),
    ],
)
def test_our_own_targets_are_the_citys_deadlines(
    own: replay.Replayed, city: dict[str, dict[str, str]], kind: str, office: bool, at_least: float
) -> None:
    agrees = []
    for each in own.verdicts:
        row = city[each.key]
        if row["type"] != kind or not row["target_dt"] or (office and not _in_office_hours(row["open_dt"])):
            continue
        assert each.due is not None
        ours = datetime.fromisoformat(each.due)
        agrees.append(abs(ours - datetime.fromisoformat(row["target_dt"]).replace(tzinfo=ZONE)) <= timedelta(minutes=1))
    share = sum(agrees) / len(agrees)
    assert round(share, 3) >= at_least, f"{sum(agrees)} of {len(agrees)}: {share:.2%}"


def _in_office_hours(words: str) -> bool:
    moment = datetime.fromisoformat(words)
    return moment.weekday() < 5 and OFFICE[0] <= moment.hour * 60 + moment.minute < OFFICE[1]


def test_the_same_month_again_is_nothing_new(promised: tuple[Path, replay.Replayed]) -> None:
    store, done = promised
    before = replaying.counts(store)
    again = replaying.play(store, JULY)
    assert again.verdicts == done.verdicts
    assert (again.again, again.fired) == (len(done.verdicts), 0)
    assert replaying.counts(store) == before


def test_what_if_says_what_the_month_under_other_rules_then_shows(
    promised: tuple[Path, replay.Replayed], own: replay.Replayed, tmp_path: Path
) -> None:
    """Seven working days for a street light instead of ten: asked of July as it was, and played from the log under the edited folder."""
    edited = Path(shutil.copytree(replaying.BOSTON, tmp_path / "programmes" / "boston"))
    flow = edited / "workflows" / "report.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("is: 10 working days", "is: 7 working days"), encoding="utf-8")
    whole = reading.read_folder(edited).programme
    assert whole is not None
    store, done = promised
    with composition.opened(replaying.where(store)) as engine:
        now = engine.time.now()
        with engine.store.reading(consistent=True) as tx:
            report = whatif.whatif(tx, engine.catalog, whole, since=None, now=now)
    assert (report.agree, report.cases) == (len(done.verdicts), len(done.verdicts))
    other = replaying.a_store(tmp_path)
    given = settings.Settings({**replaying.where(other).given, "FENGXING_PROGRAMMES": str(edited.parent)})
    with staging.staged(given, JULY, name="boston", map_file=replaying.BOSTON / "map-own.yaml") as ready:
        played = replay.replay(ready.engine, ready.log, programme="boston")
    asked = next(row for row in report.clocks() if row["clock"] == "own")
    assert (asked["before"]["breached"], asked["after"]["breached"]) == (own.count("breached"), played.count("breached"))
    assert played.count("breached") > own.count("breached")
    changed = sum(
        (before.verdict, after.verdict) == ("met", "breached") for before, after in zip(own.verdicts, played.verdicts, strict=True)
    )
    assert len(report.turned) == changed
